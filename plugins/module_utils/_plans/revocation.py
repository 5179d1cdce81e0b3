# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What is done about a leaked access key, and what is said of it: pure, from what AWS tells of its owner."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

from .._users import managed_policy as _managed_policy
from .._users import tag as _tag
from . import removal as _removal

if t.TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Mapping

    from .removal import Attachment, FoundUser, Step

# As AWS's console calls it ("Revoke IAM role temporary security credentials", IAM User Guide)
SESSIONS_POLICY = "AWSRevokeOlderSessions"
_SESSION_PREFIX = "ASIA"
_KEY_ID = re.compile(r"\w{16,128}", re.ASCII)  # "GetAccessKeyLastUsed", IAM API Reference
# What GetAccessKeyLastUsed says of a key that was never used
_NEVER = "N/A"


@dataclass(frozen=True)
class Wishes:
    """What is to be done beside deactivating keys."""

    delete: bool = False
    sign_in: bool = False
    sessions: bool = False
    strangers: bool = False


@dataclass(frozen=True)
class Revocation:
    """What is done about one user's keys."""

    user: FoundUser
    key_ids: tuple[str, ...]
    locks: tuple[Step, ...] = ()
    # Whether sessions are ended, when no more can begin
    ends_sessions: bool = False
    # The last, because whose a key was cannot be looked up by an interrupted run's successor once it is gone.
    deletions: tuple[Step, ...] = ()
    problem: str = ""

    @property
    def sentences(self) -> list[str]:
        """Say to people what will be done, in order."""
        ending = [f"end the sessions of {self.user.name} that began before now"] if self.ends_sessions else []
        return [*(step.words for step in self.locks), *ending, *(step.words for step in self.deletions)]


def key_problem(key_id: str) -> str | None:
    """Say in one sentence why C(key_id) is no access key of a user, or return None."""
    if key_id.startswith(_SESSION_PREFIX):
        return (
            f"{key_id} is the key of a session and cannot be revoked by itself; name the user whose session it is, and "
            "ask for sessions to be ended"
        )
    if not _KEY_ID.fullmatch(key_id):
        return f"{key_id!r} is not the ID of an access key; it reads like AKIAIOSFODNN7EXAMPLE, and is not the secret"
    return None


def revocation(user: FoundUser, key_ids: Collection[str] | None, wishes: Wishes) -> Revocation:
    """Plan what is done about these keys of a user, or about all of them. All are useless before one is deleted."""
    keys = [
        one for one in user.attachments if one.kind.name == "access_keys" and (key_ids is None or one.id in key_ids)
    ]
    ids = tuple(one.id for one in keys)
    if not user.ours and not wishes.strangers:
        problem = (
            f"user {user.name!r} does not carry the tag {_tag.OWNERSHIP_KEY}={_tag.OWNERSHIP_VALUE}; to revoke keys of "
            "a user that this collection did not make, run again with invoice_iam_user_revoke_strangers=true"
        )
        return Revocation(user, ids, problem=problem)
    steps = [_removal.locking(user, key) for key in keys if key.active]
    if wishes.sign_in:
        steps += [_removal.removing(user, one) for one in user.attachments if one.kind.name == "login_profile"]
    deletions = _deletions(user, keys) if wishes.delete else []
    return Revocation(user, ids, tuple(steps), wishes.sessions, tuple(deletions))


def _deletions(user: FoundUser, keys: list[Attachment]) -> list[Step]:
    """Forget the descriptions first: once the key is gone, nobody could tell from its ID whose it was."""
    described = [key.id for key in keys if key.id in user.tags]
    untagging = [_removal.untagging(user, described)] if described else []
    return [*untagging, *(_removal.removing(user, key) for key in keys)]


def sessions_policy(now: datetime.datetime) -> str:
    """Write the policy that AWS's console writes: what long-term keys do has no TokenIssueTime, and is not denied."""
    statement = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def report(user: FoundUser, key: Attachment, used: Mapping[str, t.Any]) -> str:
    """Say in one sentence what a key could do since when, and what it last did."""
    made = key.said.get("CreateDate")
    policies = [_managed_policy.name_of(arn) for arn in user.ids("managed_policies")]
    policies += [f"{name} (inline)" for name in user.ids("inline_policies") if name != SESSIONS_POLICY]
    policies += [f"those of group {name}" for name in user.ids("groups")]
    allowed = f"what these policies allow: {', '.join(policies)}" if policies else "nothing that takes a permission"
    bounds = "".join(f", within {_managed_policy.name_of(arn)}" for arn in user.ids("permissions_boundary"))
    since = f" since {made:%Y-%m-%d %H:%M} UTC" if made else ""
    return f"access key {key.id} of {user.name} could do {allowed}{bounds}{since}; {_last_use(used)}"


def _last_use(used: Mapping[str, t.Any]) -> str:
    when = used.get("LastUsedDate")
    if not when:
        return "AWS has not seen it used"
    service, region = used.get("ServiceName", _NEVER), used.get("Region", _NEVER)
    where = "" if region == _NEVER else f" in {region}"
    return f"AWS last saw it used on {when:%Y-%m-%d %H:%M} UTC, for {service}{where}"


def diff(one: Revocation) -> dict[str, t.Any]:
    """Render what C(--diff) shows for one user."""
    user = one.user
    keys = {key.id: key.said.get("Status", "Active") for key in user.attachments if key.id in one.key_ids}
    signs_in = any(other.kind.name == "login_profile" for other in user.attachments)
    before = {"access_keys": keys, "console_sign_in": "enabled" if signs_in else "disabled"}
    calls = {step.call for step in (*one.locks, *one.deletions)}
    after = {
        "access_keys": {} if "delete_access_key" in calls else dict.fromkeys(keys, "Inactive"),
        "console_sign_in": "disabled" if "delete_login_profile" in calls else before["console_sign_in"],
        **({"sessions": "those that began before now are ended"} if one.ends_sessions else {}),
    }
    return {"before_header": user.name, "after_header": user.name, "before": before, "after": after}
