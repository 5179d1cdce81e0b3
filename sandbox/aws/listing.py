# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Lists that come in pages. moto truncates none of these, or only some, so the paging is made here, once for all."""

from __future__ import annotations

import base64
import binascii
import typing as t

from .errors import AwsError
from .request import Request

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT_PAGE = 100


def page(request: Request, items: Sequence[t.Any]) -> tuple[Sequence[t.Any], dict[str, t.Any]]:
    """Return the page that MaxItems and Marker ask for, and the members that say whether there is another."""
    start = _offset(request.get("Marker"))
    end = start + int(request.get("MaxItems", DEFAULT_PAGE))
    if end >= len(items):
        return items[start:], {"IsTruncated": False}
    marker = base64.urlsafe_b64encode(f"offset:{end}".encode()).decode()
    return items[start:end], {"IsTruncated": True, "Marker": marker}


def _offset(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        word, _unused, number = base64.urlsafe_b64decode(marker).decode().partition(":")
        if word == "offset":
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise AwsError("ValidationError", f"Invalid Marker: {marker}")


def users(request: Request) -> list[t.Any]:
    """All users below a path."""
    prefix = request.get("PathPrefix", "/")
    return [user for user in request.account.backend.users.values() if user.path.startswith(prefix)]


def user_tags(request: Request) -> list[dict[str, str]]:
    """The tags of a user."""
    return [{"Key": key, "Value": value or ""} for key, value in request.account.tags(request.user).items()]


def _attached(entity: t.Any, prefix: str) -> list[dict[str, str]]:
    policies = [policy for policy in entity.managed_policies.values() if policy.path.startswith(prefix)]
    return [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in policies]


def attached_user_policies(request: Request) -> list[dict[str, str]]:
    """The managed policies of a user."""
    return _attached(request.user, request.get("PathPrefix", "/"))


def policies(request: Request) -> list[t.Any]:
    """The managed policies of the account, of AWS, or both."""
    backend = request.account.backend
    ours = [policy for policy in backend.managed_policies.values() if policy.arn.split(":")[4] != "aws"]
    by_scope = {"Local": ours, "AWS": backend.aws_managed_policies}
    wanted = by_scope.get(request.get("Scope"), [*ours, *backend.aws_managed_policies])
    prefix, only_attached = request.get("PathPrefix", "/"), request.flag("OnlyAttached")
    return [
        policy for policy in wanted if policy.path.startswith(prefix) and (policy.attachment_count or not only_attached)
    ]


def groups_for_user(request: Request) -> list[t.Any]:
    """The groups of a user."""
    user = request.user
    return [group for group in request.account.backend.groups.values() if user in group.users]


def mfa_devices(request: Request) -> list[dict[str, t.Any]]:
    """The MFA devices of a user."""
    user = request.user
    return [
        {"UserName": user.name, "SerialNumber": device.serial_number, "EnableDate": device.enable_date}
        for device in user.mfa_devices.values()
    ]


def service_specific_credentials(request: Request) -> list[t.Any]:
    """The service-specific credentials of a user, or of all users."""
    owners = request.account.backend.users.values() if request.flag("AllUsers") else [request.user]
    service = request.get("ServiceName")
    return [
        credential
        for owner in owners
        for credential in getattr(owner, "service_specific_credentials", [])
        if service in (None, credential["ServiceName"])
    ]


# Action -> member of the answer, and what goes in.
LISTS: dict[str, tuple[str, Callable[[Request], Sequence[t.Any]]]] = {
    "ListUsers": ("Users", users),
    "ListUserTags": ("Tags", user_tags),
    "ListAttachedUserPolicies": ("AttachedPolicies", attached_user_policies),
    "ListUserPolicies": ("PolicyNames", lambda request: list(request.user.policies)),
    "ListPolicies": ("Policies", policies),
    "ListGroups": ("Groups", lambda request: list(request.account.backend.groups.values())),
    "ListGroupsForUser": ("Groups", groups_for_user),
    "ListMFADevices": ("MFADevices", mfa_devices),
    "ListSSHPublicKeys": ("SSHPublicKeys", lambda request: request.user.ssh_public_keys),
    "ListSigningCertificates": ("Certificates", lambda request: list(request.user.signing_certificates.values())),
    "ListServiceSpecificCredentials": ("ServiceSpecificCredentials", service_specific_credentials),
}


def lists(request: Request) -> dict[str, t.Any]:
    """Answer one of these."""
    member, collect = LISTS[request.action]
    items, truncation = page(request, collect(request))
    return {member: items, **truncation}


def authorization_details(request: Request) -> dict[str, t.Any]:
    """Answer GetAccountAuthorizationDetails: one sequence of pages through all that the filter names."""
    backend = request.account.backend
    wanted = set(request.get("Filter", [])) or {"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}
    members: list[tuple[str, t.Any]] = []
    if "User" in wanted:
        members += [("UserDetailList", user) for user in backend.users.values()]
    if "Group" in wanted:
        members += [("GroupDetailList", group) for group in backend.groups.values()]
    if "Role" in wanted:
        members += [("RoleDetailList", role) for role in backend.roles.values()]
    for policy in backend.managed_policies.values():
        is_aws = policy.arn.split(":")[4] == "aws"
        # Of AWS's own policies it shows those that are in use.
        if (
            "AWSManagedPolicy" in wanted
            if is_aws and policy.attachment_count
            else (not is_aws and "LocalManagedPolicy" in wanted)
        ):
            members.append(("Policies", policy))
    items, truncation = page(request, members)
    answer: dict[str, t.Any] = {
        name: [] for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    }
    for name, item in items:
        answer[name].append(item)
    return {**answer, **truncation}
