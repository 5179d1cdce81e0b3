# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Plan the rotation of a user's access key: create, save and try the new key, then remove the old one.

An old key that is kept for a grace period is deactivated, and its description becomes the day of the rotation. As it no
longer has this collection's description, all other actions treat it as somebody else's key.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass, replace

from .._users import access_key as _access_key
from . import change
from . import preflight as _preflight
from .change import Change, UserPlan
from .provisioning import files_again

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .._users.on_file import OnFile
    from .._users.user import AccessKey, Account, User, WantedUser

# "Unique identifiers" in the IAM User Guide: AKIA, and then letters and digits
_ACCESS_KEY_ID = re.compile(r"AKIA[A-Z0-9]{12,124}")


@dataclass(frozen=True)
class Rotation:
    """Which keys to rotate, and what becomes of the old ones."""

    now: datetime.datetime
    # Minimum age of a key in full days
    older_than_days: int = 0
    # Days for which an old key is kept inactive; 0 deletes it at once
    grace_days: int = 0
    # Whether somebody else's key may be deleted if AWS has no room for another one
    delete_other_key: bool = False

    def plan(self, wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> UserPlan:
        """Plan one user. If there are problems, the plan has no changes."""
        begun = UserPlan(wanted.name, user, wanted=wanted, on_file=on_file)
        problems = tuple(_problems(wanted, user, on_file))
        if problems or user is None:
            return replace(begun, problems=problems)
        if not wanted.access_key:
            told = f"invoice_iam_user_access_key is false for {wanted.name!r}, so no access key is rotated"
            return replace(begun, warnings=(told,))
        if user.revoked:
            return replace(begun, warnings=(_preflight.revoked_warning(user),))
        keys = _Keys.of(wanted, user, on_file)
        changes, problem = self._changes(wanted, user, keys, account)
        if problem:
            return replace(begun, problems=(problem,))
        changes += _remove_descriptions(wanted, user, on_file)
        changes += files_again(user, on_file, changes)
        if on_file.intent and not any(one.intent for one in changes):
            changes.append(change.settle_intent(user.name))
        return replace(begun, changes=tuple(changes), warnings=_warnings(wanted, keys))

    def _changes(
        self, wanted: WantedUser, user: User, keys: _Keys, account: Account
    ) -> tuple[list[Change], str | None]:
        gone = [key for key in keys.retired if self._is_past_grace(key)]
        if keys.interrupted or keys.current is None or self._age(keys.current) < self.older_than_days:
            # An interrupted rotation is finished; the key that it created is not rotated again.
            finish = [*_delete_orphans(user, keys), *self._finish(keys, wanted), *_delete_rotated(user, gone)]
            return finish, None
        room = account.summary.get("AccessKeysPerUserQuota", 2) - len(user.access_keys)
        makes_room, problem = self._make_room(user, keys, gone, room + len(keys.orphans) + len(gone))
        exchange = [
            *_delete_orphans(user, keys),
            *_delete_rotated(user, gone),
            *makes_room,
            *_described(keys.current, wanted),
            change.create_access_key(wanted),
            *self._retire(user.name, [keys.current]),
        ]
        return exchange, problem

    def _age(self, key: AccessKey) -> int:
        return (self.now - datetime.datetime.fromisoformat(key.create_date)).days

    def _is_past_grace(self, key: AccessKey) -> bool:
        since = datetime.date.fromisoformat(_access_key.rotated_on(key.description))
        return since + datetime.timedelta(days=self.grace_days) <= self.now.date()

    def _finish(self, keys: _Keys, wanted: WantedUser) -> Iterator[Change]:
        if not keys.interrupted or keys.current is None:
            return
        yield from _described(keys.current, wanted)
        yield change.prove_access_key(wanted.name, keys.current.id)
        yield from self._retire(wanted.name, keys.left_over)

    def _retire(self, name: str, keys: list[AccessKey]) -> Iterator[Change]:
        """Deactivate keys whose successor is saved, and delete them or mark them for the grace period."""
        for key in keys:
            if key.active:
                yield change.deactivate_access_key(name, key.id)
            if self.grace_days:
                description = _access_key.rotated_description(self.now.date().isoformat())
                yield change.retire_access_key(name, key.id, description)
            else:
                yield change.delete_rotated_access_key(name, key.id)

    def _make_room(self, user: User, keys: _Keys, gone: list[AccessKey], room: int) -> tuple[list[Change], str | None]:
        if room > 0:
            return [], None
        early = [key for key in keys.retired if key not in gone]
        if early:
            return list(_delete_rotated(user, early[:1])), None
        strangers = [key for key in keys.others if not _access_key.rotated_on(key.description)]
        if strangers and self.delete_other_key:
            return [change.delete_other_access_key(user.name, strangers[0].id)], None
        told = " and ".join(f"{key.id} ({_access_key.whose(key)})" for key in keys.others)
        remedy = (
            "delete it, or set invoice_iam_user_rotate_delete_other_key=true to have it deleted"
            if strangers
            else "somebody activated it again: delete it in IAM when nobody needs it any more"
        )
        return [], f"user {user.name!r} has another access key, {told}, and AWS allows two; {remedy}"


@dataclass(frozen=True)
class _Keys:
    """The keys of a user, by their part in the rotation."""

    # The key to rotate: the saved one, or one of this collection whose secret is lost
    current: AccessKey | None
    orphans: list[AccessKey]
    # Rotated earlier and kept inactive for the grace period
    retired: list[AccessKey]
    # Keys of this collection whose successor is saved: a rotation was interrupted
    left_over: list[AccessKey]
    others: list[AccessKey]
    # Whether the saved key was created by a run that did not finish
    interrupted: bool

    @classmethod
    def of(cls, wanted: WantedUser, user: User, on_file: OnFile) -> _Keys:
        orphans = _access_key.orphans(user.access_keys, on_file)
        # A rotated key that somebody has activated again is in use, so it counts as somebody else's.
        retired = [key for key in user.access_keys if _access_key.rotated_on(key.description) and not key.active]
        known = [key for key in user.access_keys if key not in orphans and key not in retired]
        ours = [key for key in _access_key.lost(known, on_file, wanted.access_key_description) if key in known]
        saved = _access_key.current(known, on_file)
        current = saved or next(iter(ours), None)
        # A key that is newer than the saved one is not its predecessor.
        left_over = [key for key in ours if saved and key.create_date <= saved.create_date]
        others = [key for key in known if key != current and key not in left_over]
        asked = saved and on_file.intent.access_key and saved.id not in on_file.intent.known_access_key_ids
        return cls(current, orphans, retired, left_over, others, bool(left_over or asked))


def _warnings(wanted: WantedUser, keys: _Keys) -> tuple[str, ...]:
    days = {key.id: _access_key.rotated_on(key.description) for key in keys.others}
    return tuple(
        f"access key {key_id} of {wanted.name!r} was rotated on {day} and is active again, so it is kept; "
        "delete it in IAM when nobody needs it any more"
        for key_id, day in days.items()
        if day
    )


def _described(key: AccessKey, wanted: WantedUser) -> Iterator[Change]:
    """Describe the old key first: without description, it looks like a stranger's once the new key is saved."""
    if key.description != wanted.access_key_description:
        yield change.describe_access_key(wanted.name, key.id, wanted.access_key_description)


def _delete_orphans(user: User, keys: _Keys) -> Iterator[Change]:
    yield from (change.delete_orphaned_access_key(user.name, key.id) for key in keys.orphans)


def _delete_rotated(user: User, keys: list[AccessKey]) -> Iterator[Change]:
    yield from (change.delete_rotated_access_key(user.name, key.id) for key in keys)


def _remove_descriptions(wanted: WantedUser, user: User, on_file: OnFile) -> Iterator[Change]:
    """Remove the descriptions of keys that are gone: AWS keeps the tag when a key is deleted."""
    known = {on_file.access_key_id, *(key.id for key in user.access_keys)}
    for name, value in user.tags.items():
        ours = value == wanted.access_key_description or _access_key.rotated_on(value)
        if ours and _ACCESS_KEY_ID.fullmatch(name) and name not in known:
            yield change.remove_descriptions(user.name, [name], ", which is gone")


def _problems(wanted: WantedUser, user: User | None, on_file: OnFile) -> Iterator[str]:
    yield from _preflight.input_problems(wanted)
    if on_file.other_run:
        yield on_file.other_run
    if user is None:
        yield f"there is no IAM user {wanted.name!r}, so no key to rotate; run the playbook setup or class first"
        return
    yield from _preflight.ownership_problems(wanted, user)
    if on_file.intent.login_profile:
        # A rotation removes the intent, and with it the only record of that password.
        yield (
            f"an interrupted run may have set a console password of {wanted.name!r} that is not saved; run the "
            "playbook setup or class again, and then this one"
        )
    if wanted.access_key and not user.revoked and _Keys.of(wanted, user, on_file).current is None:
        yield f"user {wanted.name!r} has no access key of this collection to rotate; run the playbook setup or class"
