# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Remove many users with everything that blocks their deletion, each with an outcome of its own."""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.iam import (
    BUSY,
    CONFLICT,
    Iam,
    error_code,
    explain,
    wait_out,
)
from .._credentials.destination import DestinationError
from .._credentials.directory import CredentialsDirectory
from .._plans import removal as _removal
from .._plans.removal import FoundUser, Removal
from .._report.progress import DONE, FAILED
from .._users import expiry as _expiry
from .._users import user_name as _user_name
from . import belongings, policies_removal
from .destination import open_destination

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .._aws.iam import Answer
    from .._plans.removal import Step

Result = dict[str, t.Any]
_PAUSE = 1.0
_LONGEST_PAUSE = 15.0
# Below so many, users are read one by one; the account may have thousands of others.
_FEW = 5


class TeardownError(Exception):
    """Nobody is removed; the message says why."""


@dataclass(frozen=True)
class Request:
    """What the task asks for."""

    users: Sequence[str] | None
    tags: Mapping[str, str]
    expired: bool
    confirm: int
    policies: Sequence[str]
    archive_dest: str
    credentials_dest: str | None
    delete_files: bool
    wait_timeout: int
    threads: int
    progress_file: str | None


@dataclass
class Outcome:
    """What becomes of one user."""

    name: str
    removal: Removal | None = None
    failure: str | None = None
    warnings: list[str] = field(default_factory=list)
    archive: str = ""
    deleted_files: list[str] = field(default_factory=list)

    @property
    def goes(self) -> bool:
        """Whether the user is to be removed, or was."""
        return self.removal is not None and self.failure is None


def run(iam: Iam, request: Request, check_mode: bool) -> Result:
    """Plan, and unless in check mode remove. Raises TeardownError, AnsibleIAMError and DestinationError."""
    _check(request)
    teardown = Teardown(iam, request)
    outcomes = teardown.plan()
    going = [one for one in outcomes.values() if one.goes]
    unconfirmed = _removal.confirmation_problem([one.name for one in going], request.confirm)
    warnings = [unconfirmed] if unconfirmed and check_mode else []
    if unconfirmed and not check_mode:
        raise TeardownError(unconfirmed)
    if not check_mode:
        teardown.apply(going)
    gone = [one.removal.user for one in going if one.removal and one.goes]
    policies = policies_removal.run(
        iam, request.policies, gone, check_mode, policies_removal.Tools(teardown.archive, request.wait_timeout)
    )
    teardown.forget(list(outcomes.values()), check_mode)
    names = list(dict.fromkeys(request.users)) if request.users is not None else list(outcomes)
    users = {name: _result(outcomes[name], check_mode) for name in names}
    return {
        "changed": any(one["changed"] for one in [*users.values(), *policies]),
        "warnings": warnings,
        "users": [users[name] for name in (names if request.users is None else request.users)],
        "policies": policies,
        "diff": [one["diff"] for one in users.values() if one["diff"]],
    }


def _check(request: Request) -> None:
    if request.users is None and not request.tags and not request.expired:
        raise TeardownError(
            "say which users are to go: name them, or give tags that they carry, or set expired (in the role "
            "invoice_iam_user_teardown_tags and invoice_iam_user_teardown_expired)"
        )
    for name in request.users or ():
        problem = _user_name.problem(name)
        if problem:
            raise TeardownError(problem)
    if request.delete_files and request.credentials_dest is None:
        raise TeardownError("delete_files deletes credential files, and credentials_dest does not say where they are")


class Teardown:
    """Takes users away, through one gateway and with one archive."""

    def __init__(self, iam: Iam, request: Request) -> None:
        self._iam = iam
        self._request = request
        self.archive = CredentialsDirectory(request.archive_dest)
        place = request.credentials_dest if request.delete_files else None
        self._credentials = open_destination(place, lambda: iam.connection) if place else None

    # Who goes, and how -----------------------------------------------------------------------------------------

    def plan(self) -> dict[str, Outcome]:
        """Find out what becomes of each user. Changes nothing."""
        problem = self.archive.problem() or (self._credentials and self._credentials.class_files_problem())
        if problem:
            raise DestinationError(problem)
        request = self._request
        operator = self._iam.caller_identity()["Arn"]
        today = _now().date()
        found = self._found()
        names = list(dict.fromkeys(request.users)) if request.users is not None else list(found)

        def decide(name: str) -> Outcome | None:
            said = found.get(name)
            if said is None:
                return Outcome(name, failure=self._foreign_file(name))
            user = _removal.found_user(said, ())
            unclear = request.expired and _expiry.is_unclear(user.tags)
            warnings = [_unclear(user)] if unclear and (user.ours or request.users is not None) else []
            if not _removal.is_selected(user.tags, request.tags, request.expired, today):
                named = request.users is not None
                return Outcome(name, warnings=warnings) if named or warnings else None
            refusal = _removal.refusal(user, operator)
            if refusal:
                # Whom nobody named is not meant: others may use the same tags.
                return Outcome(name, failure=refusal) if request.users is not None else None
            foreign = self._foreign_file(name)
            if foreign:
                return Outcome(name, failure=foreign)
            return Outcome(name, self._planned(belongings.with_attachments(self._iam, said)), warnings=warnings)

        with ThreadPoolExecutor(max_workers=request.threads) as pool:
            return {one.name: one for one in pool.map(decide, names) if one}

    def _found(self) -> dict[str, Answer]:
        names = self._request.users
        if names is None or len(names) > _FEW:
            return {one["UserName"]: one for one in self._iam.all_users()}
        one_by_one = {name: self._iam.user(name) for name in names}
        return {name: one for name, one in one_by_one.items() if one}

    def _planned(self, user: FoundUser) -> Removal:
        return _removal.removal(user, _removal.left_over_devices(self._archived(user) or {}))

    def _archived(self, user: FoundUser) -> Mapping[str, t.Any] | None:
        content = self.archive.record(_archive_name(user))
        try:
            found = json.loads(content) if content else None
        except ValueError:
            found = None  # It is written anew.
        return found if isinstance(found, dict) else None

    # Taking away -----------------------------------------------------------------------------------------------

    def apply(self, outcomes: Sequence[Outcome]) -> None:
        """Lock everybody out, and only then take the time that the rest needs."""
        if not outcomes:
            return
        self.archive.prepare()
        with contextlib.ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(max_workers=self._request.threads))
            path = self._request.progress_file
            marks = stack.enter_context(open(path, "a", encoding="ascii")) if path else None

            def remove(one: Outcome) -> None:
                self._each(one, self._remove)
                if marks:
                    marks.write(FAILED if one.failure else DONE)
                    marks.flush()

            list(pool.map(lambda one: self._each(one, self._lock_out), outcomes))
            list(pool.map(remove, outcomes))

    @staticmethod
    def _each(one: Outcome, work: Callable[[Outcome], None]) -> None:
        """Whatever goes wrong is this user's failure and nobody else's."""
        if one.failure:
            return
        try:
            work(one)
        except AnsibleIAMError as error:
            one.failure = explain(error)
        except DestinationError as error:
            one.failure = str(error)

    def _lock_out(self, one: Outcome) -> None:
        if one.removal is None:
            return
        user = one.removal.user
        one.archive = _archive_name(user)
        self.archive.save_record(one.archive, _removal.archive(user, _now(), self._archived(user)))
        self._take(one.removal.lock)

    def _remove(self, one: Outcome) -> None:
        """Strip and delete. Where AWS still sees something, look again: it may be new, or only seem to be there."""
        removal, pause = one.removal, _PAUSE
        deadline = time.monotonic() + self._request.wait_timeout
        while removal is not None:
            try:
                self._take([*removal.strip, removal.delete])
                return
            except AnsibleIAMError as error:
                if error_code(error) not in CONFLICT or time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            removal = self._again(removal.user)
            if removal:
                self._take(removal.lock)

    def _again(self, before: FoundUser) -> Removal | None:
        said = self._iam.user(before.name)
        if said is None or said["UserId"] != before.id:
            return None
        return self._planned(belongings.with_attachments(self._iam, said))

    def _take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            call = functools.partial(self._iam.take, step.words, step.call, step.parameters)
            wait_out(call, BUSY, self._request.wait_timeout)

    # Files -----------------------------------------------------------------------------------------------------

    def _foreign_file(self, name: str) -> str | None:
        """Say that a file of this name is none of this user, and would take somebody else's secret with it."""
        try:
            if self._credentials:
                self._credentials.saved(name)
        except DestinationError as error:
            return str(error)
        return None

    def forget(self, outcomes: Sequence[Outcome], check_mode: bool) -> None:
        """Delete the files of those that are gone, where that was asked for."""
        credentials = self._credentials
        if credentials is None:
            return
        gone = [one for one in outcomes if one.failure is None and (one.goes or not self._stays(one))]
        rows = credentials.rows_of([one.name for one in gone])

        forget_own = credentials.files_of if check_mode else credentials.forget

        def forget(one: Outcome) -> None:
            one.deleted_files = forget_own(one.name) + rows[one.name]

        with ThreadPoolExecutor(max_workers=self._request.threads) as pool:
            list(pool.map(lambda one: self._each(one, forget), gone))
        if not check_mode:
            credentials.forget_rows([one.name for one in gone])

    def _stays(self, one: Outcome) -> bool:
        """Tell whether a user that was named, and is not removed, is there all the same."""
        return self._iam.user(one.name) is not None


def _archive_name(user: FoundUser) -> str:
    # A user ID is never given away again: who has the same name another day has another file.
    return f"{_user_name.file_name_stem(user.name)}.{user.id}.json"


def _unclear(user: FoundUser) -> str:
    text = user.tags[_expiry.TAG_KEY]
    return f"user {user.name!r} stays: its tag {_expiry.TAG_KEY} is {text!r} and not a date, as in '2026-12-31'"


def _result(one: Outcome, check_mode: bool) -> Result:
    sentences = one.removal.sentences if one.removal else []
    sentences += [f"delete credentials of {one.name} in {name}" for name in one.deleted_files]
    return {
        "name": one.name,
        "changed": bool(sentences),
        "failed": one.failure is not None,
        "msg": one.failure or "",
        "warnings": one.warnings,
        "changes": sentences,
        "archive": one.archive,
        "deleted_files": one.deleted_files,
        "diff": _removal.diff(one.removal) if one.removal else {},
    }


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)
