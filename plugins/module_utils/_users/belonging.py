# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""A table of everything an IAM user can have: how each kind is listed, deactivated and removed.

AWS refuses to delete a user that still has any of these ("DeleteUser", IAM API Reference). The console removes them
first.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INACTIVE = "Inactive"


class Listing(t.NamedTuple):
    """A call that lists things of a user, the response's member with the list, and the entries' member with the ID."""

    call: str
    member: str
    id: str


class Taking(t.NamedTuple):
    """A call that removes or deactivates one thing of a user: its name, the parameter for the ID, and it in words.

    C(parameter) is empty where a user can have only one such thing.
    """

    call: str
    parameter: str
    words: str


@dataclass(frozen=True)
class Kind:
    """One kind of thing that a user has. Calls are named as boto3 names them."""

    # What results and archives call it
    name: str
    listing: Listing
    removal: Taking
    # Deactivates it, so that it gives no access until it is removed
    locking: Taking | None = None
    # Its member in GetAccountAuthorizationDetails; for the boundary, in GetUser as well
    detail: str = ""


LOGIN_PROFILE = Kind(
    "login_profile",
    Listing("get_login_profile", "LoginProfile", ""),
    Taking("delete_login_profile", "", "disable console sign-in for {user}"),
)
ACCESS_KEYS = Kind(
    "access_keys",
    Listing("list_access_keys", "AccessKeyMetadata", "AccessKeyId"),
    Taking("delete_access_key", "AccessKeyId", "delete access key {id} of {user}"),
    Taking("update_access_key", "AccessKeyId", "deactivate access key {id} of {user}"),
)
MFA_DEVICES = Kind(
    "mfa_devices",
    Listing("list_mfa_devices", "MFADevices", "SerialNumber"),
    Taking("deactivate_mfa_device", "SerialNumber", "deactivate MFA device {id} of {user}"),
)
INLINE_POLICIES = Kind(
    "inline_policies",
    Listing("list_user_policies", "PolicyNames", "PolicyName"),
    Taking("delete_user_policy", "PolicyName", "delete inline policy {id} of {user}"),
    detail="UserPolicyList",
)
MANAGED_POLICIES = Kind(
    "managed_policies",
    Listing("list_attached_user_policies", "AttachedPolicies", "PolicyArn"),
    Taking("detach_user_policy", "PolicyArn", "detach policy {id} from {user}"),
    detail="AttachedManagedPolicies",
)
GROUPS = Kind(
    "groups",
    Listing("list_groups_for_user", "Groups", "GroupName"),
    Taking("remove_user_from_group", "GroupName", "remove {user} from group {id}"),
    detail="GroupList",
)
PERMISSIONS_BOUNDARY = Kind(
    "permissions_boundary",
    Listing("", "", "PermissionsBoundaryArn"),
    Taking("delete_user_permissions_boundary", "", "remove the permissions boundary {id} of {user}"),
    detail="PermissionsBoundary",
)
# In the order of their removal. The boundary is the last, because a user without it may do more than before.
KINDS: tuple[Kind, ...] = (
    LOGIN_PROFILE,
    ACCESS_KEYS,
    Kind(
        "service_specific_credentials",
        Listing("list_service_specific_credentials", "ServiceSpecificCredentials", "ServiceSpecificCredentialId"),
        Taking(
            "delete_service_specific_credential",
            "ServiceSpecificCredentialId",
            "delete service-specific credential {id} of {user}",
        ),
        Taking(
            "update_service_specific_credential",
            "ServiceSpecificCredentialId",
            "deactivate service-specific credential {id} of {user}",
        ),
    ),
    Kind(
        "ssh_public_keys",
        Listing("list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId"),
        Taking("delete_ssh_public_key", "SSHPublicKeyId", "delete SSH public key {id} of {user}"),
        Taking("update_ssh_public_key", "SSHPublicKeyId", "deactivate SSH public key {id} of {user}"),
    ),
    Kind(
        "signing_certificates",
        Listing("list_signing_certificates", "Certificates", "CertificateId"),
        Taking("delete_signing_certificate", "CertificateId", "delete signing certificate {id} of {user}"),
        Taking("update_signing_certificate", "CertificateId", "deactivate signing certificate {id} of {user}"),
    ),
    MFA_DEVICES,
    INLINE_POLICIES,
    MANAGED_POLICIES,
    GROUPS,
    PERMISSIONS_BOUNDARY,
)


@dataclass(frozen=True)
class Belonging:
    """One thing that a user has, with AWS's description of it, which never contains a secret."""

    kind: Kind
    id: str
    said: Mapping[str, t.Any] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether it can be used."""
        return bool(self.said.get("Status") != INACTIVE)


def belongings(kind: Kind, listed: Iterable[t.Any]) -> list[Belonging]:
    """Build belongings from the entries of AWS's list, some of which are just names."""
    entries = [one if isinstance(one, dict) else {kind.listing.id: one} for one in listed]
    return [Belonging(kind, str(one[kind.listing.id]) if kind.listing.id else "", one) for one in entries]


def is_virtual(serial: str) -> bool:
    """Return whether an MFA device is virtual. Virtual ones stay in the account when they are deactivated."""
    return ":mfa/" in serial
