# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Actions that moto lacks, or gets wrong in a way that no check before it could mend. State stays in moto's objects."""

from __future__ import annotations

import secrets
import typing as t
import uuid
from datetime import timedelta

from moto.core.utils import get_service_model, utcnow

from . import xml
from .account import ACCOUNT_ID
from .errors import AwsError, Reply, no_such_entity
from .listing import LISTS, authorization_details, lists
from .request import Request

if t.TYPE_CHECKING:
    from collections.abc import Callable

Answer = dict[str, t.Any]
Action = t.Callable[[Request], Answer]


def render(request: Request, answer: Answer) -> Reply:
    """Put an answer into the XML that AWS's API model prescribes."""
    operation: t.Any = get_service_model(request.service).operation_model(request.action)
    request_id = str(uuid.uuid4())
    headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
    return Reply(200, xml.render(operation, request.service, answer, request_id), headers)


# The caller ------------------------------------------------------------------------------------------------------


def get_caller_identity(request: Request) -> Answer:
    """moto looks through the keys of all users."""
    return {"UserId": request.caller.identifier, "Account": ACCOUNT_ID, "Arn": request.caller.arn}


# Users -----------------------------------------------------------------------------------------------------------


def create_user(request: Request) -> Answer:
    """moto does not know PermissionsBoundary."""
    name, tags = request.get("UserName"), request.get("Tags", [])
    user = request.account.backend.create_user(request.region, name, request.get("Path"), tags)
    user.id = "AIDA" + secrets.token_hex(9).upper()[:17]
    _bound(request, user, request.get("PermissionsBoundary"))
    return {"User": user}


def get_user(request: Request) -> Answer:
    """moto invents a user when the call names none."""
    return {"User": request.user}


def update_user(request: Request) -> Answer:
    """moto keeps tags by ARN, and loses them with it; an access key goes on naming the old user."""
    backend, user = request.account.backend, request.user
    tags = backend.tagger.tags.pop(user.arn, {})
    backend.update_user(user.name, request.get("NewPath"), request.get("NewUserName"))
    backend.tagger.tags[user.arn] = tags
    for key in user.access_keys:
        key.user_name = user.name
    return {}


def delete_user(request: Request) -> Answer:
    """A boundary that bounds nobody any more can be deleted."""
    user = request.user
    _bound(request, user, None)
    request.account.backend.delete_user(user.name)
    return {}


def tag_user(request: Request) -> Answer:
    """A key that differs in case only replaces the one before ("Rules for tagging in IAM and AWS STS")."""
    arn, tags = request.user.arn, request.get("Tags", [])
    _drop_tags(request, {tag["Key"] for tag in tags})
    request.account.backend.tagger.tag_resource(arn, tags)
    return {}


def untag_user(request: Request) -> Answer:
    """Keys are compared without regard to case here too."""
    _drop_tags(request, set(request.get("TagKeys", [])))
    return {}


def _drop_tags(request: Request, keys: set[str]) -> None:
    lowered = {key.lower() for key in keys}
    old = [key for key in request.account.tags(request.user) if key.lower() in lowered]
    request.account.backend.tagger.untag_resource_using_names(request.user.arn, old)


# Permissions boundaries --------------------------------------------------------------------------------------------


def put_user_permissions_boundary(request: Request) -> Answer:
    """moto has boundaries for roles only."""
    _bound(request, request.user, request.get("PermissionsBoundary"))
    return {}


def delete_user_permissions_boundary(request: Request) -> Answer:
    """A boundary that is not there cannot be deleted."""
    if not getattr(request.user, "permissions_boundary", None):
        raise no_such_entity(f"The user with name {request.user.name} does not have a permissions boundary.")
    _bound(request, request.user, None)
    return {}


def _bound(request: Request, user: t.Any, arn: str | None) -> None:
    before = getattr(user, "permissions_boundary", None)
    for changed, step in ((before and before["PermissionsBoundaryArn"], -1), (arn, 1)):
        if policy := request.account.policy(changed or ""):
            policy.permissions_boundary_usage_count = getattr(policy, "permissions_boundary_usage_count", 0) + step
    kind = "PermissionsBoundaryPolicy"
    user.permissions_boundary = {"PermissionsBoundaryType": kind, "PermissionsBoundaryArn": arn} if arn else None


# Managed policies --------------------------------------------------------------------------------------------------


def attach_user_policy(request: Request) -> Answer:
    """moto counts a policy twice that is attached again."""
    policy = request.account.policy(request.get("PolicyArn"))
    if policy.arn not in request.user.managed_policies:
        policy.attach_to(request.user)
    return {}


def detach_user_policy(request: Request) -> Answer:
    """moto goes through all policies of the account."""
    request.account.policy(request.get("PolicyArn")).detach_from(request.user)
    return {}


# Passwords ---------------------------------------------------------------------------------------------------------


def create_login_profile(request: Request) -> Answer:
    """moto drops PasswordResetRequired, and gives the date of the user."""
    user = request.user
    user.password = request.get("Password")
    user.password_reset_required = bool(request.flag("PasswordResetRequired"))
    user.login_profile_date = utcnow()
    return _login_profile(user)


def get_login_profile(request: Request) -> Answer:
    """The same, read."""
    return _login_profile(request.user)


def update_login_profile(request: Request) -> Answer:
    """Change the password, or whether it must be changed, or both; moto forgets what is not sent."""
    user = request.user
    user.password = request.get("Password", user.password)
    required = request.flag("PasswordResetRequired")
    user.password_reset_required = user.password_reset_required if required is None else required
    return {}


def delete_login_profile(request: Request) -> Answer:
    """The next login profile starts anew."""
    request.user.password, request.user.password_reset_required = None, False
    return {}


def change_password(request: Request) -> Answer:
    """What the user must do at the first sign-in is then done."""
    request.user.password, request.user.password_reset_required = request.get("NewPassword"), False
    return {}


def _login_profile(user: t.Any) -> Answer:
    profile = {
        "UserName": user.name,
        "CreateDate": user.login_profile_date,
        "PasswordResetRequired": user.password_reset_required,
    }
    return {"LoginProfile": profile}


# Access keys -------------------------------------------------------------------------------------------------------


def create_access_key(request: Request) -> Answer:
    """moto's own limit of two is not the quota that a test may set."""
    key = request.user.create_access_key("AKIA")
    request.account.backend.access_keys[key.access_key_id] = key
    return {"AccessKey": key}


# Service-specific credentials --------------------------------------------------------------------------------------

# "CreateServiceSpecificCredential" in the IAM API Reference: two a service and user, for these services.
SERVICES = ("bedrock.amazonaws.com", "cassandra.amazonaws.com", "codecommit.amazonaws.com")
CREDENTIALS_PER_SERVICE = 2


def _credentials(user: t.Any) -> list[dict[str, t.Any]]:
    if not hasattr(user, "service_specific_credentials"):
        user.service_specific_credentials = []
    return t.cast("list[dict[str, t.Any]]", user.service_specific_credentials)


def create_service_specific_credential(request: Request) -> Answer:
    """A password of a service's own, or an API key for Amazon Bedrock."""
    user, service = request.user, request.get("ServiceName")
    if service not in SERVICES:
        raise AwsError("NotSupportedService", f"Service {service} is not supported for this operation.")
    present = [one for one in _credentials(user) if one["ServiceName"] == service]
    if len(present) >= CREDENTIALS_PER_SERVICE:
        limit = f"Cannot exceed quota for ServiceSpecificCredentialsPerUser: {CREDENTIALS_PER_SERVICE}"
        raise AwsError("LimitExceeded", limit)
    credential: dict[str, t.Any] = {
        "UserName": user.name,
        "ServiceName": service,
        "ServiceSpecificCredentialId": "ACCA" + secrets.token_hex(8).upper(),
        "Status": "Active",
        "CreateDate": utcnow(),
    }
    label = "ServiceCredentialAlias" if service.startswith("bedrock") else "ServiceUserName"
    names = (f"{user.name}{suffix}-at-{ACCOUNT_ID}" for suffix in ("", "+1"))
    credential[label] = next(name for name in names if name not in {one[label] for one in present})
    if days := request.get("CredentialAgeDays"):
        credential["ExpirationDate"] = credential["CreateDate"] + timedelta(days=int(days))
    _credentials(user).append(credential)
    return {"ServiceSpecificCredential": {**credential, **_new_secret(service)}}


def _new_secret(service: str) -> dict[str, str]:
    """A secret is shown once, and not kept: nothing here takes it for a sign-in."""
    if service.startswith("bedrock"):
        return {"ServiceCredentialSecret": "ABSK" + secrets.token_urlsafe(48)}
    return {"ServicePassword": secrets.token_urlsafe(32) + "="}


def _credential(request: Request) -> dict[str, t.Any]:
    identifier = request.get("ServiceSpecificCredentialId")
    for credential in _credentials(request.user):
        if credential["ServiceSpecificCredentialId"] == identifier:
            return credential
    raise no_such_entity(f"No such credential {identifier} exists")


def update_service_specific_credential(request: Request) -> Answer:
    """Active or not."""
    _credential(request)["Status"] = request.get("Status")
    return {}


def reset_service_specific_credential(request: Request) -> Answer:
    """A new secret for the same credential."""
    credential = _credential(request)
    return {"ServiceSpecificCredential": {**credential, **_new_secret(credential["ServiceName"])}}


def delete_service_specific_credential(request: Request) -> Answer:
    """Gone."""
    _credentials(request.user).remove(_credential(request))
    return {}


ACTIONS: dict[str, Callable[[Request], Answer]] = {
    "GetCallerIdentity": get_caller_identity,
    "CreateUser": create_user,
    "GetUser": get_user,
    "UpdateUser": update_user,
    "DeleteUser": delete_user,
    "TagUser": tag_user,
    "UntagUser": untag_user,
    "PutUserPermissionsBoundary": put_user_permissions_boundary,
    "DeleteUserPermissionsBoundary": delete_user_permissions_boundary,
    "AttachUserPolicy": attach_user_policy,
    "DetachUserPolicy": detach_user_policy,
    "CreateLoginProfile": create_login_profile,
    "GetLoginProfile": get_login_profile,
    "UpdateLoginProfile": update_login_profile,
    "DeleteLoginProfile": delete_login_profile,
    "ChangePassword": change_password,
    "CreateAccessKey": create_access_key,
    "CreateServiceSpecificCredential": create_service_specific_credential,
    "UpdateServiceSpecificCredential": update_service_specific_credential,
    "ResetServiceSpecificCredential": reset_service_specific_credential,
    "DeleteServiceSpecificCredential": delete_service_specific_credential,
    "GetAccountAuthorizationDetails": authorization_details,
    **dict.fromkeys(LISTS, lists),
}
