# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Lists with paging. moto does not page most of them, so all paging is done here."""

from __future__ import annotations

import base64
import binascii
import typing as t

from .errors import AwsError
from .request import Answer, Request

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

DEFAULT_PAGE = 100


def page(request: Request, items: Sequence[t.Any]) -> tuple[Sequence[t.Any], Answer]:
    """Return the page for MaxItems and Marker, and the members that say whether there is another page."""
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
    raise AwsError("ValidationError", "Invalid Marker.")


def _below(request: Request, items: Iterable[t.Any]) -> list[t.Any]:
    """Return only the items below the call's PathPrefix."""
    prefix = request.get("PathPrefix", "/")
    return [item for item in items if item.path.startswith(prefix)]


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value or ""} for key, value in tags.items()]


def _attached(request: Request) -> list[dict[str, str]]:
    policies = _below(request, request.holder.managed_policies.values())
    return [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in policies]


def _policies(request: Request) -> list[t.Any]:
    """Return the managed policies of the account, of AWS, or both."""
    backend = request.account.backend
    ours = [policy for policy in backend.managed_policies.values() if not _is_aws(policy)]
    by_scope = {"Local": ours, "AWS": backend.aws_managed_policies}
    found = _below(request, by_scope.get(request.get("Scope"), [*ours, *backend.aws_managed_policies]))
    found = request.account.with_boundary_usage(found)
    if _wants_boundaries(request):
        return [policy for policy in found if policy.permissions_boundary_usage_count]
    return [policy for policy in found if policy.attachment_count or not request.flag("OnlyAttached")]


def _wants_boundaries(request: Request) -> bool:
    return bool(request.get("PolicyUsageFilter") == "PermissionsBoundary")


def _is_aws(policy: t.Any) -> bool:
    return bool(policy.arn.split(":")[4] == "aws")


def _policy_versions(request: Request) -> list[t.Any]:
    """Return the versions, newest first."""
    return sorted(request.policy.versions, key=lambda version: -int(version.version_id[1:]))


def _groups_for_user(request: Request) -> list[t.Any]:
    user = request.user
    return [group for group in request.account.backend.groups.values() if user in group.users]


def _instance_profiles_for_role(request: Request) -> list[t.Any]:
    role = request.role
    return [profile for profile in request.account.backend.instance_profiles.values() if role in profile.roles]


def _mfa_devices(request: Request) -> list[dict[str, t.Any]]:
    user = request.user
    return [
        {"UserName": user.name, "SerialNumber": device.serial_number, "EnableDate": device.enable_date}
        for device in user.mfa_devices.values()
    ]


def _virtual_mfa_devices(request: Request) -> list[dict[str, t.Any]]:
    """Return the devices without their secrets, which are only in the response to CreateVirtualMFADevice."""
    states = {"Assigned": (True,), "Unassigned": (False,)}.get(request.get("AssignmentStatus"), (True, False))
    return [
        {"SerialNumber": device.serial_number, "EnableDate": device.enable_date, "User": device.user}
        for device in request.account.backend.virtual_mfa_devices.values()
        if bool(device.user) in states
    ]


def _service_specific_credentials(request: Request) -> list[t.Any]:
    """Return the service-specific credentials of a user, or of all users."""
    owners = request.account.backend.users.values() if request.flag("AllUsers") else [request.user]
    service = request.get("ServiceName")
    return [
        credential
        for owner in owners
        for credential in getattr(owner, "service_specific_credentials", [])
        if service in (None, credential["ServiceName"])
    ]


# For each action the member of the response that is the list, and a function that returns its items
LISTS: dict[str, tuple[str, Callable[[Request], Sequence[t.Any]]]] = {
    "ListUsers": ("Users", lambda request: _below(request, request.account.backend.users.values())),
    "ListUserTags": ("Tags", lambda request: _tags(request.account.tags(request.user))),
    "ListAttachedUserPolicies": ("AttachedPolicies", _attached),
    "ListUserPolicies": ("PolicyNames", lambda request: list(request.user.policies)),
    "ListPolicies": ("Policies", _policies),
    "ListPolicyVersions": ("Versions", _policy_versions),
    "ListPolicyTags": ("Tags", lambda request: list(request.policy.tags.values())),
    "ListGroups": ("Groups", lambda request: _below(request, request.account.backend.groups.values())),
    "ListGroupsForUser": ("Groups", _groups_for_user),
    "ListAttachedGroupPolicies": ("AttachedPolicies", _attached),
    "ListGroupPolicies": ("PolicyNames", lambda request: list(request.group.policies)),
    "ListRoles": ("Roles", lambda request: _below(request, request.account.backend.get_roles())),
    "ListRoleTags": ("Tags", lambda request: request.role.tags),
    "ListAttachedRolePolicies": ("AttachedPolicies", _attached),
    "ListRolePolicies": ("PolicyNames", lambda request: list(request.role.policies)),
    "ListInstanceProfiles": (
        "InstanceProfiles",
        lambda request: _below(request, request.account.backend.instance_profiles.values()),
    ),
    "ListInstanceProfilesForRole": ("InstanceProfiles", _instance_profiles_for_role),
    "ListInstanceProfileTags": (
        "Tags",
        lambda request: request.account.instance_profile(request.get("InstanceProfileName")).tags,
    ),
    "ListMFADevices": ("MFADevices", _mfa_devices),
    "ListVirtualMFADevices": ("VirtualMFADevices", _virtual_mfa_devices),
    "ListSSHPublicKeys": ("SSHPublicKeys", lambda request: request.user.ssh_public_keys),
    "ListSigningCertificates": ("Certificates", lambda request: list(request.user.signing_certificates.values())),
    "ListServiceSpecificCredentials": ("ServiceSpecificCredentials", _service_specific_credentials),
    "ListAccountAliases": ("AccountAliases", lambda request: request.account.backend.list_account_aliases()),
}


def lists(request: Request) -> Answer:
    """Handle any action in LISTS."""
    member, collect = LISTS[request.action]
    items, truncation = page(request, collect(request))
    return {member: items, **truncation}


def group(request: Request) -> Answer:
    """Handle GetGroup, which pages the group's users."""
    users, truncation = page(request, request.group.users)
    return {"Group": request.group, "Users": users, **truncation}


def _in_one_sequence(request: Request, lists: dict[str, list[t.Any]]) -> Answer:
    """Page several lists as if they were one."""
    items, truncation = page(request, [(name, item) for name, members in lists.items() for item in members])
    return {**{name: [item for whose, item in items if whose == name] for name in lists}, **truncation}


def entities_for_policy(request: Request) -> Answer:
    """Handle ListEntitiesForPolicy. Its EntityFilter may also be a kind of policy, which matches no entity."""
    backend, arn, kind = request.account.backend, request.policy.arn, request.get("EntityFilter")
    entities = {
        "User": ("PolicyUsers", backend.users.values()),
        "Role": ("PolicyRoles", backend.get_roles()),
        "Group": ("PolicyGroups", backend.groups.values()),
    }

    def is_meant(entity: t.Any) -> bool:
        if _wants_boundaries(request):
            return bool((getattr(entity, "permissions_boundary", None) or {}).get("PermissionsBoundaryArn") == arn)
        return arn in entity.managed_policies

    found = {
        member: [one for one in _below(request, all_of_them) if kind in (None, name) and is_meant(one)]
        for name, (member, all_of_them) in entities.items()
    }
    return _in_one_sequence(request, found)


def authorization_details(request: Request) -> Answer:
    """Handle GetAccountAuthorizationDetails. It contains only those AWS managed policies that are attached."""
    backend, wanted = request.account.backend, request.get("Filter", [])
    ours = [policy for policy in backend.managed_policies.values() if not _is_aws(policy)]
    theirs = [policy for policy in backend.aws_managed_policies if policy.attachment_count]
    kinds = (
        ("User", "UserDetailList", backend.users.values()),
        ("Group", "GroupDetailList", backend.groups.values()),
        ("Role", "RoleDetailList", backend.get_roles()),
        ("LocalManagedPolicy", "Policies", ours),
        ("AWSManagedPolicy", "Policies", theirs),
    )
    found: dict[str, list[t.Any]] = {}
    for kind, member, items in kinds:
        found.setdefault(member, []).extend(items if not wanted or kind in wanted else ())
    answer = _in_one_sequence(request, found)
    return {**answer, "Policies": request.account.with_boundary_usage(answer["Policies"])}
