# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Plan the removal of a user: an ordered list of changes, of which the last one deletes it.

The user is locked out first, so that it can do no harm if the removal is interrupted.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .._users import expiry as _expiry
from .._users import hours as _hours
from .._users import managed_policy as _managed_policy
from .._users import tag as _tag
from .._users.belonging import KINDS, LOGIN_PROFILE, MFA_DEVICES, is_virtual
from . import change
from . import preflight as _preflight
from .change import Plan

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from .._users.user import User
    from .change import Change

# A tag whose key is an access key ID describes that key ("IAM identifiers", IAM User Guide).
_ACCESS_KEY_PREFIX = "AKIA"
_ACCESS_KEY_LENGTH = 20


@dataclass(frozen=True)
class Removal(Plan):
    """The removal of one user: it is locked out, then everything it has is removed, then the user itself."""

    # How many of the changes lock it out; they come first
    locks: int = 0


def removal(user: User, left_over: Iterable[str] = ()) -> Removal:
    """Plan the removal of a user. C(left_over): virtual MFA devices that an interrupted removal has deactivated."""
    lock: list[Change] = []
    strip: list[Change] = []
    for one in user.belongings:
        if one.kind is LOGIN_PROFILE:
            lock.append(change.take(user, one))
            continue
        if one.kind.locking and one.active:
            lock.append(change.lock(user, one))
        strip.append(change.take(user, one))
        if one.kind is MFA_DEVICES and is_virtual(one.id):
            strip.append(change.delete_virtual_mfa_device(user.name, one.id))
    listed = set(user.ids(MFA_DEVICES))
    strip += [change.delete_virtual_mfa_device(user.name, serial) for serial in left_over if serial not in listed]
    descriptions = [key for key in user.tags if key.startswith(_ACCESS_KEY_PREFIX) and len(key) == _ACCESS_KEY_LENGTH]
    if descriptions:
        strip.append(change.remove_descriptions(user.name, descriptions))
    # pylint: disable-next=redundant-keyword-arg # it does not see inherited fields of a dataclass
    return Removal(user.name, user, (*lock, *strip, change.delete_user(user.name)), locks=len(lock))


# Whom to remove ----------------------------------------------------------------------------------------------------


def refusal(user: User, operator_arn: str, class_name: str) -> str | None:
    """Return one sentence saying why a user is not removed, or None."""
    if user.class_name != class_name and user.class_name:
        return _preflight.class_problem(user, class_name)
    if user.arn == operator_arn:
        return f"this run uses the credentials of user {user.name!r}, so it is not removed"
    if not user.ours:
        return (
            f"user {user.name!r} does not carry the tag {_tag.OWNERSHIP_KEY}={_tag.OWNERSHIP_VALUE}, so this "
            "collection did not create it; it is not removed"
        )
    return None


def is_selected(tags: Mapping[str, str], wanted: Mapping[str, str], expired: bool, today: datetime.date) -> bool:
    """Return whether a user with these tags is to be removed."""
    if any(tags.get(key) != value for key, value in wanted.items()):
        return False
    return not expired or _expiry.has_passed(tags, today)


def confirmation_problem(names: Sequence[str], confirmed: int, everywhere: int = 0) -> str | None:
    """Return who would be removed and how to confirm it, or None if that many were confirmed.

    C(everywhere): the number of users in all accounts.
    """
    count = max(len(names), everywhere)
    if count <= confirmed or not names:
        return None
    agreed = "none has" if confirmed <= 1 else f"only {confirmed} have"
    return (
        f"{count} users would be removed, but {agreed} been confirmed, so nothing was done: {', '.join(names)}. "
        f"To remove them, run again with invoice_iam_user_teardown_confirm={count}"
    )


# The archive -------------------------------------------------------------------------------------------------------


def archive(user: User, today: datetime.datetime, earlier: Mapping[str, t.Any] | None) -> bytes:
    """Render everything known about a user before its removal, merged with what an interrupted removal has archived."""
    document: dict[str, t.Any] = {
        "user_name": user.name,
        "arn": user.arn,
        "user_id": user.id,
        "path": user.path,
        "create_date": user.create_date,
        "removal_began": today.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tags": dict(user.tags),
        **{kind.name: [dict(one.said) for one in user.all(kind)] for kind in KINDS},
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
    """List the virtual MFA devices that an archive mentions."""
    serials = [str(one.get("SerialNumber", "")) for one in archived.get("mfa_devices", [])]
    return [serial for serial in serials if is_virtual(serial)]


# Policies ----------------------------------------------------------------------------------------------------------


def hours_policies(gone: Iterable[User], class_name: str) -> list[str]:
    """List the hours policies of removed users' classes, and that of this class even if it has no users left."""
    attached = {_managed_policy.name_of(arn) for user in gone for arn in user.attached_policies}
    names = {name for name in attached if name.startswith(_hours.PREFIX)}
    return sorted({*names, *([_hours.policy_name(class_name)] if class_name else [])})


def policy_refusal(policy: Mapping[str, t.Any], released: int, released_boundaries: int) -> str | None:
    """Return why a customer-managed policy is kept after it was detached from the users, or None.

    C(released) and C(released_boundaries) are how often it was attached to them, or was their boundary.
    """
    name = policy["PolicyName"]
    if not _tag.is_ours({tag["Key"]: tag["Value"] for tag in policy.get("Tags", [])}):
        return f"policy {name} stays: it does not carry the tag {_tag.OWNERSHIP_KEY}={_tag.OWNERSHIP_VALUE}"
    used = policy.get("AttachmentCount", 0) - released
    bounds = policy.get("PermissionsBoundaryUsageCount", 0) - released_boundaries
    if used > 0 or bounds > 0:
        return (
            f"policy {name} stays: it is still attached {used} times, and it is the permissions boundary of {bounds} "
            "users or roles"
        )
    return None
