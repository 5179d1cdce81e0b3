# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Plan the exchange of a user's access key: the new one first, saved and proven, then the old one goes.

A key that is kept for a while after its exchange is deactivated, and its description says since when. It is none of
those that tell our key from others, so everything else takes it for a key that somebody keeps.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass

from .._users import access_key as _access_key
from . import preflight as _preflight
from .provisioning import Change, Plan

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .._users.on_file import OnFile
    from .._users.user import AccessKey, Account, ObservedUser, WantedUser

_ROTATED = "rotated {day}"
# "Unique identifiers" in the IAM User Guide: AKIA, and then letters and digits
_ACCESS_KEY_ID = re.compile(r"AKIA[A-Z0-9]{12,124}")
_ROTATED_ON = re.compile(r"rotated (\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Rotation:
    """Which keys to exchange, and what becomes of the old ones."""

    now: datetime.datetime
    # Full days that a key must have existed for
    older_than_days: int = 0
    # Days for which an old key is kept, inactive; without any it is deleted at once.
    grace_days: int = 0
    # Whether a key that is not ours may go where AWS has no room for another one
    delete_other_key: bool = False

    def plan(self, wanted: WantedUser, observed: ObservedUser | None, saved: OnFile, account: Account) -> Plan:
        """Plan one user. Where there are problems there are no changes."""
        problems = tuple(_problems(wanted, observed, saved))
        if problems or observed is None:
            return Plan(wanted, observed, (), problems, saved_key=saved.access_key_id)
        keys = _Keys.of(wanted, observed, saved)
        gone = [key for key in keys.retired if self._is_past_grace(key)]
        if keys.interrupted or keys.current is None or self._age(keys.current) < self.older_than_days:
            # What an interrupted exchange has left over is finished, and not exchanged once more.
            changes: list[Change] = [*_orphans_go(keys), *self._finish(keys, wanted), *_rotated_go(gone)]
        else:
            room = account.summary.get("AccessKeysPerUserQuota", 2) - len(observed.access_keys)
            room += len(keys.orphans) + len(gone)
            makes_room, problem = self._make_room(keys, gone, room, wanted)
            if problem:
                return Plan(wanted, observed, (), (problem,), saved_key=saved.access_key_id)
            changes = [
                *_orphans_go(keys),
                *_rotated_go(gone),
                *makes_room,
                *_described(keys.current, wanted),
                Change("create_access_key"),
                *self._retire([keys.current]),
            ]
        changes += _descriptions_go(wanted, observed, saved)
        if saved.intent and not any(change.action.endswith("access_key") for change in changes):
            changes.append(Change("clear_intent"))
        return Plan(wanted, observed, tuple(changes), warnings=_warnings(wanted, keys), saved_key=saved.access_key_id)

    def _age(self, key: AccessKey) -> int:
        return (self.now - datetime.datetime.fromisoformat(key.create_date)).days

    def _is_past_grace(self, key: AccessKey) -> bool:
        since = datetime.date.fromisoformat(_rotated_on(key))
        return since + datetime.timedelta(days=self.grace_days) <= self.now.date()

    def _finish(self, keys: _Keys, wanted: WantedUser) -> Iterator[Change]:
        if not keys.interrupted or keys.current is None:
            return
        yield from _described(keys.current, wanted)
        yield Change("prove_access_key", keys.current.id)
        yield from self._retire(keys.left_over)

    def _retire(self, keys: list[AccessKey]) -> Iterator[Change]:
        """Let keys go whose successor is on file: nobody but their owner can tell who still uses them."""
        for key in keys:
            if key.active:
                yield Change("deactivate_access_key", key.id)
            if self.grace_days:
                yield Change("retire_access_key", key.id, {key.id: _ROTATED.format(day=self.now.date().isoformat())})
            else:
                yield Change("delete_rotated_access_key", key.id)

    def _make_room(
        self, keys: _Keys, gone: list[AccessKey], room: int, wanted: WantedUser
    ) -> tuple[list[Change], str | None]:
        if room > 0:
            return [], None
        early = [key for key in keys.retired if key not in gone]
        if early:
            return list(_rotated_go(early[:1])), None
        if keys.others and self.delete_other_key:
            return [Change("delete_other_access_key", keys.others[0].id)], None
        ids = " and ".join(key.id for key in keys.others)
        return [], (
            f"user {wanted.name!r} has another access key, which is not ours ({ids}), and AWS allows two; delete it, "
            "or set invoice_iam_user_rotate_delete_other_key=true to have it deleted"
        )


@dataclass(frozen=True)
class _Keys:
    """The keys of a user by what they are to us."""

    # The one that is to be exchanged: on file, or ours with its secret lost
    current: AccessKey | None
    orphans: list[AccessKey]
    # Exchanged, and kept inactive for a while
    retired: list[AccessKey]
    # Ours, with a successor on file: an exchange was interrupted.
    left_over: list[AccessKey]
    others: list[AccessKey]
    # Whether the key on file is one that a run had asked for which did not get to its end
    interrupted: bool

    @classmethod
    def of(cls, wanted: WantedUser, user: ObservedUser, saved: OnFile) -> _Keys:
        orphans = _access_key.orphans(user.access_keys, saved)
        # One that somebody activated again is in use: as good as somebody else's.
        retired = [key for key in user.access_keys if _rotated_on(key) and not key.active]
        known = [key for key in user.access_keys if key not in orphans and key not in retired]
        ours = [key for key in _access_key.lost(known, saved, wanted.access_key_description) if key in known]
        on_file = _access_key.on_file(known, saved)
        current = on_file or next(iter(ours), None)
        # One that is newer than the key on file is no predecessor of it.
        left_over = [key for key in ours if on_file and key.create_date <= on_file.create_date]
        others = [key for key in known if key != current and key not in left_over]
        asked = on_file and saved.intent.access_key and on_file.id not in saved.intent.known_access_key_ids
        return cls(current, orphans, retired, left_over, others, bool(left_over or asked))


def _rotated_on(key: AccessKey) -> str:
    found = _ROTATED_ON.fullmatch(key.description or "")
    return found[1] if found else ""


def _warnings(wanted: WantedUser, keys: _Keys) -> tuple[str, ...]:
    return tuple(
        f"access key {key.id} of {wanted.name!r} was rotated on {_rotated_on(key)} and is active again, so it is kept; "
        "delete it in IAM when nobody needs it any more"
        for key in keys.others
        if _rotated_on(key)
    )


def _described(key: AccessKey, wanted: WantedUser) -> Iterator[Change]:
    """Without its description, an old key is a stranger's as soon as the file holds the new one."""
    if key.description != wanted.access_key_description:
        yield Change("describe_access_key", key.id, {key.id: wanted.access_key_description})


def _orphans_go(keys: _Keys) -> Iterator[Change]:
    yield from (Change("delete_orphaned_access_key", key.id) for key in keys.orphans)


def _rotated_go(keys: list[AccessKey]) -> Iterator[Change]:
    yield from (Change("delete_rotated_access_key", key.id) for key in keys)


def _descriptions_go(wanted: WantedUser, user: ObservedUser, saved: OnFile) -> Iterator[Change]:
    """Find what is left of keys that were deleted before their description could be: AWS leaves that to us."""
    known = {saved.access_key_id, *(key.id for key in user.access_keys)}
    for name, value in user.tags.items():
        ours = value == wanted.access_key_description or _ROTATED_ON.fullmatch(value)
        if ours and _ACCESS_KEY_ID.fullmatch(name) and name not in known:
            yield Change("remove_description", name)


def _problems(wanted: WantedUser, observed: ObservedUser | None, saved: OnFile) -> Iterator[str]:
    yield from _preflight.input_problems(wanted)
    if saved.other_run:
        yield saved.other_run
    if observed is None:
        yield f"there is no IAM user {wanted.name!r}, so it has no access key to rotate; make the user first"
        return
    yield from _preflight.ownership_problems(wanted, observed)
    if saved.intent.login_profile:
        # To rotate is to settle the intent, and nobody would know of the password any more.
        yield (
            f"an interrupted run may have set a console password of {wanted.name!r} that is not on file; run the "
            "playbook that made the user again, and then this one"
        )
    if _Keys.of(wanted, observed, saved).current is None:
        yield f"user {wanted.name!r} has no access key of ours to rotate; run the playbook that made the user again"
