# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Plan what to do about leaked access keys, and describe what they could do. No calls to AWS here."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, replace

from .._users import managed_policy as _managed_policy
from .._users import tag as _tag
from .._users.belonging import ACCESS_KEYS, GROUPS, INLINE_POLICIES, LOGIN_PROFILE, PERMISSIONS_BOUNDARY
from . import change
from . import preflight as _preflight
from .change import Plan

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Mapping

    from .._users.belonging import Belonging
    from .._users.user import User
    from .change import Change

# The name that AWS's console uses ("Revoke IAM role temporary security credentials", IAM User Guide)
SESSIONS_POLICY = "AWSRevokeOlderSessions"
_SESSION_PREFIX = "ASIA"
# "GetAccessKeyLastUsed", IAM API Reference, but in capitals only: all real IDs are, and secrets are not.
_KEY_ID = re.compile(r"[A-Z0-9_]{16,128}", re.ASCII)
_SECRET_LENGTH = 40
# What GetAccessKeyLastUsed returns for a key that was never used
_NEVER = "N/A"


@dataclass(frozen=True)
class Wishes:
    """What to do besides deactivating keys."""

    delete: bool = False
    sign_in: bool = False
    sessions: bool = False
    strangers: bool = False
    # The class that users given by name have to belong to; None if keys are given instead
    class_name: str | None = None


@dataclass(frozen=True)
class Revocation(Plan):
    """The plan for one user's keys: deactivate all of them first, then delete those that are to be deleted."""

    key_ids: tuple[str, ...] = ()
    # How many of the changes take access away; they come first
    locks: int = 0


def key_problem(key_id: str) -> str | None:
    """Return one sentence saying why C(key_id) is not the ID of a user's access key, or None."""
    if key_id.startswith(_SESSION_PREFIX):
        return (
            f"{key_id} is the key of a session and cannot be revoked by itself; instead, run again for the user whose "
            "session it is, with invoice_iam_user_revoke_sessions=true"
        )
    if not _KEY_ID.fullmatch(key_id):
        # A secret access key has 40 characters, and may have been pasted by mistake.
        shown = repr(key_id) if len(key_id) < _SECRET_LENGTH else f"a value of {len(key_id)} characters"
        return f"{shown} is not the ID of an access key; give an ID such as AKIAIOSFODNN7EXAMPLE, not the secret"
    return None


def revocation(user: User, key_ids: Collection[str] | None, wishes: Wishes, day: str) -> Revocation:
    """Plan what to do about these keys of a user, or about all. All are deactivated before any is deleted."""
    keys = [one for one in user.all(ACCESS_KEYS) if key_ids is None or one.id in key_ids]
    # pylint: disable-next=redundant-keyword-arg # it does not see inherited fields of a dataclass
    begun = Revocation(user.name, user, key_ids=tuple(one.id for one in keys))
    if not user.ours and not wishes.strangers:
        problem = (
            f"user {user.name!r} does not carry the tag {_tag.OWNERSHIP_KEY}={_tag.OWNERSHIP_VALUE}; to revoke keys of "
            "a user that this collection did not make, run again with invoice_iam_user_revoke_strangers=true"
        )
        return replace(begun, problems=(problem,))
    if wishes.class_name not in (None, user.class_name) and user.class_name:
        return replace(begun, problems=(_preflight.class_problem(user, str(wishes.class_name)),))
    changes = [change.lock(user, key) for key in keys if key.active]
    if wishes.sign_in:
        changes += [change.take(user, one) for one in user.all(LOGIN_PROFILE)]
    locks = len(changes)
    # The mark keeps later runs from undoing this. A user that this collection did not make gets no mark.
    if user.ours and not user.revoked:
        changes.append(change.note_revocation(user.name, day))
    # Only now, when no new sessions can begin
    if wishes.sessions:
        changes.append(change.end_sessions(user.name))
    # Last, because nobody can look up the owner of a deleted key if this run is interrupted.
    if wishes.delete:
        changes += _deletions(user, keys)
    return replace(begun, changes=tuple(changes), locks=locks)


def _deletions(user: User, keys: list[Belonging]) -> list[Change]:
    """Remove the descriptions before the keys: afterwards, nobody could find the user by the key's ID."""
    described = [key.id for key in keys if key.id in user.tags]
    forgetting = [change.remove_descriptions(user.name, described)] if described else []
    return [*forgetting, *(change.take(user, key) for key in keys)]


def sessions_policy(now: datetime.datetime) -> str:
    """Return the policy that AWS's console uses. It does not deny long-term keys, which have no TokenIssueTime."""
    statement = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def report(user: User, key: Belonging, used: Mapping[str, t.Any] | None) -> str:
    """Return one sentence on what a key could do, since when, and its last use; C(used) is None if that is unknown."""
    made = key.said.get("CreateDate")
    policies = [_managed_policy.name_of(arn) for arn in user.attached_policies]
    policies += [f"{name} (inline)" for name in user.ids(INLINE_POLICIES) if name != SESSIONS_POLICY]
    policies += [f"those of group {name}" for name in user.ids(GROUPS)]
    allowed = f"what these policies allow: {', '.join(policies)}" if policies else "nothing that needs a permission"
    bounds = "".join(f", within {_managed_policy.name_of(arn)}" for arn in user.ids(PERMISSIONS_BOUNDARY))
    since = f" since {made:%Y-%m-%d %H:%M} UTC" if made else ""
    return f"access key {key.id} of {user.name} could do {allowed}{bounds}{since}; {_last_use(used)}"


def _last_use(used: Mapping[str, t.Any] | None) -> str:
    if used is None:
        return "AWS does not say when it was last used"
    when = used.get("LastUsedDate")
    if not when:
        return "AWS has not seen it used"
    service, region = used.get("ServiceName", _NEVER), used.get("Region", _NEVER)
    where = "" if region == _NEVER else f" in {region}"
    return f"AWS last saw it used on {when:%Y-%m-%d %H:%M} UTC, for {service}{where}"
