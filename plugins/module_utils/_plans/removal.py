# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What stands in the way of deleting a user, as one table, and from what is there to an ordered list of steps.

AWS refuses to delete a user that still has anything ("DeleteUser", IAM API Reference); the console clears it away
first. The user is locked out before anything else goes, so that one whose removal was interrupted is at least harmless.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from .._users import expiry as _expiry
from .._users import tag as _tag

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

_INACTIVE = "Inactive"
# A tag whose key is an access key ID describes that key ("IAM identifiers", IAM User Guide).
_ACCESS_KEY_PREFIX = "AKIA"
_ACCESS_KEY_LENGTH = 20


class Listing(t.NamedTuple):
    """A call that lists things of a user, the member of its answer, and the member of an entry that identifies it."""

    call: str
    member: str
    id: str


class Call(t.NamedTuple):
    """A call that changes one thing of a user, how it names that (not at all where there is only one), and in words."""

    name: str
    parameter: str
    words: str


@dataclass(frozen=True)
class Kind:
    """One kind of thing that a user has: how it is listed, and how it goes. Calls are named as boto3 names them."""

    # What the archive calls it
    name: str
    listing: Listing
    removal: Call
    # What makes it useless before it goes
    locking: Call | None = None
    # Where GetUser or GetAccountAuthorizationDetails has it
    detail: str = ""


KINDS: tuple[Kind, ...] = (
    Kind(
        "login_profile",
        Listing("get_login_profile", "LoginProfile", ""),
        Call("delete_login_profile", "", "disable console sign-in for {user}"),
    ),
    Kind(
        "access_keys",
        Listing("list_access_keys", "AccessKeyMetadata", "AccessKeyId"),
        Call("delete_access_key", "AccessKeyId", "delete access key {id} of {user}"),
        Call("update_access_key", "AccessKeyId", "deactivate access key {id} of {user}"),
    ),
    Kind(
        "service_specific_credentials",
        Listing("list_service_specific_credentials", "ServiceSpecificCredentials", "ServiceSpecificCredentialId"),
        Call(
            "delete_service_specific_credential",
            "ServiceSpecificCredentialId",
            "delete service-specific credential {id} of {user}",
        ),
        Call(
            "update_service_specific_credential",
            "ServiceSpecificCredentialId",
            "deactivate service-specific credential {id} of {user}",
        ),
    ),
    Kind(
        "ssh_public_keys",
        Listing("list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId"),
        Call("delete_ssh_public_key", "SSHPublicKeyId", "delete SSH public key {id} of {user}"),
        Call("update_ssh_public_key", "SSHPublicKeyId", "deactivate SSH public key {id} of {user}"),
    ),
    Kind(
        "signing_certificates",
        Listing("list_signing_certificates", "Certificates", "CertificateId"),
        Call("delete_signing_certificate", "CertificateId", "delete signing certificate {id} of {user}"),
        Call("update_signing_certificate", "CertificateId", "deactivate signing certificate {id} of {user}"),
    ),
    Kind(
        "mfa_devices",
        Listing("list_mfa_devices", "MFADevices", "SerialNumber"),
        Call("deactivate_mfa_device", "SerialNumber", "deactivate MFA device {id} of {user}"),
    ),
    Kind(
        "inline_policies",
        Listing("list_user_policies", "PolicyNames", "PolicyName"),
        Call("delete_user_policy", "PolicyName", "delete inline policy {id} of {user}"),
        detail="UserPolicyList",
    ),
    Kind(
        "managed_policies",
        Listing("list_attached_user_policies", "AttachedPolicies", "PolicyArn"),
        Call("detach_user_policy", "PolicyArn", "detach policy {id} from {user}"),
        detail="AttachedManagedPolicies",
    ),
    Kind(
        "groups",
        Listing("list_groups_for_user", "Groups", "GroupName"),
        Call("remove_user_from_group", "GroupName", "remove {user} from group {id}"),
        detail="GroupList",
    ),
    # The last, because a user without its boundary may do more than before.
    Kind(
        "permissions_boundary",
        Listing("", "", "PermissionsBoundaryArn"),
        Call("delete_user_permissions_boundary", "", "remove the permissions boundary {id} of {user}"),
        detail="PermissionsBoundary",
    ),
)
_LOCKED_BY_REMOVAL = frozenset({"login_profile"})


@dataclass(frozen=True)
class Attachment:
    """One thing that a user has, with what AWS said of it, which is never a secret."""

    kind: Kind
    id: str
    said: Mapping[str, t.Any] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether it can be used."""
        return bool(self.said.get("Status") != _INACTIVE)


@dataclass(frozen=True)
class FoundUser:
    """A user of the account with everything that hangs on it."""

    name: str
    arn: str
    id: str
    path: str
    create_date: str
    tags: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()

    @property
    def ours(self) -> bool:
        """Whether the user carries the tag of this collection."""
        return _tag.is_ours(self.tags)

    def ids(self, kind_name: str) -> list[str]:
        """Name everything of one kind that the user has."""
        return [one.id for one in self.attachments if one.kind.name == kind_name]


@dataclass(frozen=True)
class Step:
    """One call, and what it does in words. To do it twice is to do it once."""

    call: str
    parameters: Mapping[str, t.Any]
    words: str


@dataclass(frozen=True)
class Removal:
    """How one user goes: first it can do nothing any more, then it has nothing any more, then it is no more."""

    user: FoundUser
    lock: tuple[Step, ...]
    strip: tuple[Step, ...]
    delete: Step

    @property
    def sentences(self) -> list[str]:
        """Say to people what will be done, in order."""
        return [step.words for step in (*self.lock, *self.strip, self.delete)]


def attachments(kind: Kind, listed: Iterable[t.Any]) -> list[Attachment]:
    """Build attachments from AWS's entries, of which some are names only."""
    entries = [one if isinstance(one, dict) else {kind.listing.id: one} for one in listed]
    return [Attachment(kind, str(one[kind.listing.id]) if kind.listing.id else "", one) for one in entries]


def found_user(said: Mapping[str, t.Any], has: Iterable[Attachment]) -> FoundUser:
    """Build the domain value from AWS's answers."""
    return FoundUser(
        name=said["UserName"],
        arn=said["Arn"],
        id=said["UserId"],
        path=said["Path"],
        create_date=said["CreateDate"].isoformat(),
        tags={tag["Key"]: tag["Value"] for tag in said.get("Tags", [])},
        attachments=tuple(has),
    )


def removal(user: FoundUser, left_over: Iterable[str] = ()) -> Removal:
    """Plan how a user goes. C(left_over) are virtual MFA devices that an interrupted removal had taken off it."""
    lock: list[Step] = []
    strip: list[Step] = []
    for one in user.attachments:
        if one.kind.name in _LOCKED_BY_REMOVAL:
            lock.append(removing(user, one))
            continue
        if one.kind.locking and one.active:
            lock.append(locking(user, one))
        strip.append(removing(user, one))
        if one.kind.name == "mfa_devices" and is_virtual(one.id):
            strip.append(_virtual_device(user, one.id))
    listed = set(user.ids("mfa_devices"))
    strip += [_virtual_device(user, serial) for serial in left_over if serial not in listed]
    descriptions = [key for key in user.tags if key.startswith(_ACCESS_KEY_PREFIX) and len(key) == _ACCESS_KEY_LENGTH]
    if descriptions:
        strip.append(untagging(user, descriptions))
    delete = Step("delete_user", {"UserName": user.name}, f"delete user {user.name}")
    return Removal(user, tuple(lock), tuple(strip), delete)


def locking(user: FoundUser, one: Attachment) -> Step:
    """Make something useless that can be made useful again. Raises ValueError where that cannot be done."""
    if one.kind.locking is None:
        raise ValueError(one.kind.name)
    return _step(user, one, one.kind.locking, Status=_INACTIVE)


def removing(user: FoundUser, one: Attachment) -> Step:
    """Take something away from a user."""
    return _step(user, one, one.kind.removal)


def _step(user: FoundUser, one: Attachment, call: Call, **more: str) -> Step:
    named = {call.parameter: one.id} if call.parameter else {}
    return Step(call.name, {"UserName": user.name, **named, **more}, call.words.format(id=one.id, user=user.name))


def untagging(user: FoundUser, key_ids: Sequence[str]) -> Step:
    """Forget how access keys were described: AWS leaves the tag when the key goes."""
    words = f"remove the description of access key {', '.join(key_ids)} of {user.name}"
    return Step("untag_user", {"UserName": user.name, "TagKeys": list(key_ids)}, words)


def _virtual_device(user: FoundUser, serial: str) -> Step:
    words = f"delete virtual MFA device {serial} of {user.name}"
    return Step("delete_virtual_mfa_device", {"SerialNumber": serial}, words)


def is_virtual(serial: str) -> bool:
    """Tell a virtual MFA device, which stays in the account, from others, which go when they are deactivated."""
    return ":mfa/" in serial


# Who goes ----------------------------------------------------------------------------------------------------------


def refusal(user: FoundUser, operator_arn: str) -> str | None:
    """Say in one sentence why a user is not removed, or return None."""
    if user.arn == operator_arn:
        return f"user {user.name!r} is the one whose credentials this runs with; it is not removed"
    if not user.ours:
        return (
            f"user {user.name!r} does not carry the tag {_tag.OWNERSHIP_KEY}={_tag.OWNERSHIP_VALUE}, so this "
            "collection did not make it; it is not removed"
        )
    return None


def is_selected(tags: Mapping[str, str], wanted: Mapping[str, str], expired: bool, today: datetime.date) -> bool:
    """Tell whether a user with these tags is meant."""
    if any(tags.get(key) != value for key, value in wanted.items()):
        return False
    return not expired or _expiry.has_passed(tags, today)


def confirmation_problem(names: Sequence[str], confirmed: int) -> str | None:
    """Say who would go and how to agree, where more would go than was agreed to."""
    if len(names) <= confirmed:
        return None
    agreed = "nobody has" if confirmed <= 1 else f"{confirmed} have"
    return (
        f"{len(names)} users would be removed and {agreed} been confirmed, so nothing was done: {', '.join(names)}. "
        f"If they are to go, run again with invoice_iam_user_teardown_confirm={len(names)}"
    )


# What is kept of it ------------------------------------------------------------------------------------------------


def archive(user: FoundUser, today: datetime.datetime, earlier: Mapping[str, t.Any] | None) -> bytes:
    """Render what is known of a user that is about to go; what an interrupted removal had written of it stays."""
    document: dict[str, t.Any] = {
        "user_name": user.name,
        "arn": user.arn,
        "user_id": user.id,
        "path": user.path,
        "create_date": user.create_date,
        "removal_began": today.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tags": dict(user.tags),
        **{kind.name: [dict(one.said) for one in user.attachments if one.kind.name == kind.name] for kind in KINDS},
    }
    if earlier:
        for kind in KINDS:
            kept = list(earlier.get(kind.name, []))
            ids = {one.get(kind.listing.id) for one in kept}
            document[kind.name] = kept + [one for one in document[kind.name] if one.get(kind.listing.id) not in ids]
        document["removal_began"] = earlier.get("removal_began", document["removal_began"])
        document["tags"] = {**document["tags"], **earlier.get("tags", {})}
    return (json.dumps(document, indent=2, default=str) + "\n").encode("utf-8")


def left_over_devices(archived: Mapping[str, t.Any]) -> list[str]:
    """Name the virtual MFA devices that an archive mentions."""
    serials = [str(one.get("SerialNumber", "")) for one in archived.get("mfa_devices", [])]
    return [serial for serial in serials if is_virtual(serial)]


# Policies ----------------------------------------------------------------------------------------------------------


def policy_refusal(policy: Mapping[str, t.Any], released: int, released_boundaries: int) -> str | None:
    """Say why a customer-managed policy stays, once users have let go of it, or return None."""
    name = policy["PolicyName"]
    if not _tag.is_ours({tag["Key"]: tag["Value"] for tag in policy.get("Tags", [])}):
        return f"policy {name} stays: it does not carry the tag {_tag.OWNERSHIP_KEY}={_tag.OWNERSHIP_VALUE}"
    used = policy.get("AttachmentCount", 0) - released
    bounds = policy.get("PermissionsBoundaryUsageCount", 0) - released_boundaries
    if used > 0 or bounds > 0:
        return f"policy {name} stays: it is still attached {used} times and bounds {bounds} others"
    return None


def diff(one: Removal) -> dict[str, t.Any]:
    """Render what C(--diff) shows for one user."""
    user = one.user
    before: dict[str, t.Any] = {"arn": user.arn, "tags": dict(user.tags)}
    before |= {kind.name: user.ids(kind.name) for kind in KINDS if user.ids(kind.name)}
    if "login_profile" in before:
        before["login_profile"] = "enabled"
    return {"before_header": user.name, "after_header": user.name, "before": before, "after": {}}
