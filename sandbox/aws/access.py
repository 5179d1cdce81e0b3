# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Authenticate and authorize callers. moto ignores the status of keys, resources, conditions and boundaries."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from moto.core.utils import utcnow
from moto.iam.models import AccessKeyLastUsed

from .account import PARTITION, Account
from .errors import AwsError
from .policy import Context, Verdict, judge
from .signature import is_genuine, untimely
from .store_calls import STORES
from .stores import permissions, resource, resource_tags

if t.TYPE_CHECKING:
    from .call import Call

# The first needs no permissions ("GetCallerIdentity", STS API Reference). The others are not signed at all.
FREE = frozenset({"sts:GetCallerIdentity"})
UNSIGNED = frozenset({"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"})

# Creating something with tags also needs the permission to tag it ("Tagging IAM resources", IAM User Guide).
ALSO_NEEDED_FOR_TAGS = {
    "iam:CreateUser": "iam:TagUser",
    "iam:CreatePolicy": "iam:TagPolicy",
    "iam:CreateRole": "iam:TagRole",
    "iam:CreateVirtualMFADevice": "iam:TagMFADevice",
    "iam:CreateInstanceProfile": "iam:TagInstanceProfile",
}

# Without a user name, these are about the caller ("UserName ... defaults to the user making the request").
ABOUT_ONESELF = frozenset(
    f"iam:{action}"
    for action in (
        "ChangePassword",
        "CreateAccessKey",
        "CreateLoginProfile",
        "CreateServiceSpecificCredential",
        "DeactivateMFADevice",
        "DeleteAccessKey",
        "DeleteLoginProfile",
        "DeleteServiceSpecificCredential",
        "DeleteSigningCertificate",
        "GetLoginProfile",
        "GetUser",
        "ListAccessKeys",
        "ListMFADevices",
        "ListServiceSpecificCredentials",
        "ListSSHPublicKeys",
        "ListSigningCertificates",
        "ResetServiceSpecificCredential",
        "UpdateAccessKey",
        "UpdateServiceSpecificCredential",
        "UpdateSigningCertificate",
        "UploadSigningCertificate",
    )
)


@dataclass(frozen=True)
class Principal:
    """The caller who signed a request: a user, or a role in a session."""

    key_id: str
    arn: str
    identifier: str
    user: t.Any = None
    role: t.Any = None

    @property
    def documents(self) -> list[str]:
        """The documents of the caller's own policies, as JSON."""
        if self.role is not None:
            return [*self.role.policies.values(), *_default_versions(self.role.managed_policies)]
        return [*self.user.policies.values(), *_default_versions(self.user.managed_policies)]

    @property
    def boundary_arn(self) -> str | None:
        """The ARN of the caller's permissions boundary."""
        boundary = getattr(self.role if self.role is not None else self.user, "permissions_boundary", None)
        return boundary["PermissionsBoundaryArn"] if boundary else None


def _default_versions(policies: dict[str, t.Any]) -> list[str]:
    return [version.document for policy in policies.values() for version in policy.versions if version.is_default]


def identify(call: Call, account: Account) -> Principal:
    """Authenticate a call, or refuse it as AWS does ("Common errors", IAM API Reference)."""
    if call.credential is None:
        if call.environ.get("HTTP_AUTHORIZATION"):
            raise AwsError("IncompleteSignature", "The request signature does not conform to AWS standards.")
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token")
    principal, secret = _long_lived(call, account) or _session(call, account) or (None, "")
    if principal is None:
        raise invalid_token()
    if call.service in ("iam", "sts") and (why := untimely(call)):
        raise AwsError("SignatureDoesNotMatch", why)
    if not is_genuine(call, secret):
        raise AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        )
    _remember_use(call, account)
    return principal


def _remember_use(call: Call, account: Account) -> None:
    """Record the use for GetAccessKeyLastUsed (IAM API Reference). Refused calls count as well."""
    key = account.backend.access_keys.get(call.key_id)
    if key is not None:
        key.last_used = AccessKeyLastUsed(utcnow(), call.service, call.credential.region if call.credential else "")


def invalid_token() -> AwsError:
    """Return the error for a key that is unknown or not active."""
    return AwsError("InvalidClientTokenId", "The security token included in the request is invalid.")


def _long_lived(call: Call, account: Account) -> tuple[Principal, str] | None:
    key = account.backend.access_keys.get(call.key_id)
    if key is None or not key.user_name or key.status != "Active" or "HTTP_X_AMZ_SECURITY_TOKEN" in call.environ:
        return None
    user = account.backend.users.get(key.user_name)
    return (Principal(call.key_id, user.arn, user.id, user=user), key.secret_access_key) if user else None


def _session(call: Call, account: Account) -> tuple[Principal, str] | None:
    for assumed in account.sts.assumed_roles:
        if assumed.access_key_id == call.key_id:
            role = next((role for role in account.backend.get_roles() if role.arn == assumed.role_arn), None)
            if role is None or call.environ.get("HTTP_X_AMZ_SECURITY_TOKEN") != assumed.session_token:
                return None
            if utcnow() >= assumed.expiration:
                raise AwsError("ExpiredToken", "The security token included in the request is expired")
            return Principal(call.key_id, assumed.arn, assumed.user_id, role=role), assumed.secret_access_key
    return None


def authorize(call: Call, caller: Principal, account: Account) -> None:
    """Refuse a call that the caller's policies or permissions boundary do not allow."""
    if call.name in FREE or _may_change_own_password(call, account):
        return
    if call.service in STORES:
        context = _context(call, caller, account)
        for action in permissions(call):
            _decide(caller, account, action, resource(call), context)
        return
    actions = [call.name]
    if call.parameters.get("Tags") and call.name in ALSO_NEEDED_FOR_TAGS:
        actions.append(ALSO_NEEDED_FOR_TAGS[call.name])
    about = resource_of(call, caller, account)
    context = _context(call, caller, account)
    for action in actions:
        _decide(caller, account, action, about, context)


def may(call: Call, caller: Principal, account: Account, action: str, about: str) -> bool:
    """Return whether the caller has a permission other than that for the call itself."""
    try:
        _decide(caller, account, action, about, _context(call, caller, account))
    except AwsError:
        return False
    return True


def _decide(caller: Principal, account: Account, action: str, resource: str, context: Context) -> None:
    documents = caller.documents
    if caller.user is not None:
        for group in account.backend.groups.values():
            if caller.user in group.users:
                documents += [*group.policies.values(), *_default_versions(group.managed_policies)]
    layers = [("identity-based policy", documents)]
    if caller.boundary_arn:
        boundary = account.policy(caller.boundary_arn)
        layers.append(("permissions boundary", _default_versions({"": boundary}) if boundary else []))
    for kind, texts in layers:
        verdict = judge(texts, action, resource, context)
        if verdict is not Verdict.ALLOWED:
            why = f"with an explicit deny in {_article(kind)} {kind}"
            if verdict is Verdict.SILENT:
                why = f"because no {kind} allows the {action} action"
            message = f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} {why}"
            raise AwsError("AccessDenied", message)


def _article(kind: str) -> str:
    return "an" if kind[0] in "aeiou" else "a"


def _may_change_own_password(call: Call, account: Account) -> bool:
    """With AllowUsersToChangePassword, no policy is needed ("Set an account password policy", IAM User Guide)."""
    policy = account.backend.account_password_policy
    return call.name == "iam:ChangePassword" and bool(policy and policy.allow_users_to_change_password)


def arn(account: Account, kind: str, path: str, name: str) -> str:
    """Return the ARN of an object in this account."""
    return f"arn:{PARTITION}:iam::{account.id}:{kind}{path or '/'}{name}"


def resource_of(call: Call, caller: Principal, account: Account) -> str:
    """Return the ARN to match with C(Resource) in policies ("Actions ... for AWS IAM", Service Authorization)."""
    given, backend = call.parameters, account.backend
    roles = {role.name: role for role in backend.get_roles()}
    # In order of precedence: for example, AddUserToGroup with a user and a group is about the group.
    kinds = (
        ("InstanceProfileName", "instance-profile", backend.instance_profiles),
        ("GroupName", "group", backend.groups),
        ("RoleName", "role", roles),
        ("UserName", "user", backend.users),
    )
    for parameter, kind, existing in kinds:
        if name := given.get(parameter):
            return arn(account, kind, getattr(existing.get(name), "path", given.get("Path", "/")), name)
    if call.service == "sts":
        return str(given.get("RoleArn", "*"))
    if call.name in ABOUT_ONESELF and caller.user is not None:
        return str(caller.user.arn)
    return _other_resource(call, account)


def _other_resource(call: Call, account: Account) -> str:
    given = call.parameters
    if call.action == "GetAccessKeyLastUsed":
        key = account.backend.access_keys.get(given.get("AccessKeyId"))
        owner = account.backend.users.get(key.user_name) if key else None
        return str(owner.arn) if owner else "*"
    if name := given.get("VirtualMFADeviceName"):
        return arn(account, "mfa", given.get("Path", "/"), name)
    if name := given.get("PolicyName"):
        return arn(account, "policy", given.get("Path", "/"), name)
    return str(given.get("PolicyArn") or given.get("SerialNumber") or "*")


def _context(call: Call, caller: Principal, account: Account) -> Context:
    """Return the values of the supported condition keys, whose names are in lower case."""
    given, now = call.parameters, account.now()
    context: Context = {
        "aws:currenttime": [now.isoformat()],
        "aws:epochtime": [str(int(now.timestamp()))],
        "aws:principalarn": [caller.arn],
        "aws:principalaccount": [account.id],
        "aws:userid": [caller.identifier],
        "aws:requestedregion": [call.credential.region if call.credential else ""],
        "aws:securetransport": ["false"],
        "aws:principaltype": ["User" if caller.user is not None else "AssumedRole"],
    }
    if caller.user is not None:
        context["aws:username"] = [caller.user.name]
        _add_tags(context, account.tags(caller.user), "aws:principaltag")
    if given.get("PolicyArn"):
        context["iam:policyarn"] = [given["PolicyArn"]]
    owner = account.backend.users.get(given.get("UserName"))
    if owner is not None:
        _add_tags(context, account.tags(owner), "iam:resourcetag", "aws:resourcetag")
    boundary = given.get("PermissionsBoundary") or _boundary_of(call, account)
    if boundary:
        context["iam:permissionsboundary"] = [boundary]
    _add_tags(context, resource_tags(call), "aws:resourcetag", "secretsmanager:resourcetag")
    tags = {tag["Key"]: tag.get("Value", "") for tag in given.get("Tags", []) if "Key" in tag}
    _add_tags(context, tags, "aws:requesttag")
    if keys := [*tags, *given.get("TagKeys", [])]:
        context["aws:tagkeys"] = keys
    return context


def _add_tags(context: Context, tags: dict[str, str], *prefixes: str) -> None:
    context.update({f"{prefix}/{key.lower()}": [value] for prefix in prefixes for key, value in tags.items()})


def _boundary_of(call: Call, account: Account) -> str | None:
    """Return the boundary of the user or role that the call is about."""
    name = call.parameters.get("RoleName")
    target = account.backend.users.get(call.parameters.get("UserName"))
    if name:
        target = next((role for role in account.backend.get_roles() if role.name == name), None)
    boundary = getattr(target, "permissions_boundary", None)
    return boundary["PermissionsBoundaryArn"] if boundary else None
