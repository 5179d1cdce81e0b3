# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Remove many users with everything that blocks their deletion, each with its own result."""

from __future__ import annotations

import datetime
import glob
import json
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import CONFLICT, error_code
from .._credentials import uri as _uri
from .._credentials.atomic_files import AtomicFiles
from .._credentials.destination import DestinationError, account_problem
from .._credentials.open_store import open_folder
from .._plans import removal
from .._users import expiry as _expiry
from .._users import tag as _tag
from .._users import user_name as _user_name
from .._users.user import User
from . import handing_out, observe, policies_removal
from .accounts import alone
from .common import ERRORS, RefusedError, as_tags, open_destination, place_for, sentence

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .._aws.iam import Answer, Iam
    from .._plans.change import Change
    from .._plans.removal import Removal
    from .accounts import Ready
    from .marks import Marks

Result = dict[str, t.Any]
# Up to this many users are read one by one, as the account may have thousands of others.
_FEW = 5


@dataclass
class Outcome:
    """The plan and the result for one user."""

    name: str
    removal: Removal | None = None
    # The changes that were made; in check mode, all
    done: list[Change] = field(default_factory=list)
    # Whether its files are deleted, with the user or although the user is gone already
    forgets: bool = False
    failure: str | None = None
    warnings: list[str] = field(default_factory=list)
    archive: str = ""
    deleted_files: list[str] = field(default_factory=list)

    @property
    def goes(self) -> bool:
        """Whether the user is to be removed, or has been."""
        return self.removal is not None and self.failure is None


def run(iam: Iam, params: Mapping[str, t.Any], marks: Marks, check_mode: bool, ready: Ready = alone) -> Result:
    """Plan, and remove unless in check mode. Raises RefusedError, AnsibleIAMError and DestinationError."""
    _check(params)
    teardown = Teardown(iam, params)
    outcomes = teardown.plan()
    going = [one for one in outcomes.values() if one.goes]
    # Deleting only files has to be confirmed as well.
    meant = [one.name for one in outcomes.values() if one.goes or teardown.has_files(one)]
    unconfirmed = removal.confirmation_problem(meant, params["confirm"], ready(len(meant)))
    warnings = [unconfirmed] if unconfirmed and check_mode else []
    if unconfirmed and not check_mode:
        raise RefusedError(unconfirmed)
    if check_mode:
        for one in going:
            one.done += one.removal.changes if one.removal else ()
    else:
        teardown.apply(going, marks)
    gone = [one.removal.user for one in going if one.removal and one.removal.user and one.goes]
    named = [*params["policies"], *removal.hours_policies(gone, params["class_name"])]
    policies = policies_removal.run(iam, named, gone, teardown.archive, check_mode)
    teardown.forget(list(outcomes.values()), check_mode)
    names = list(dict.fromkeys(params["users"])) if params["users"] is not None else list(outcomes)
    users = {name: _result(outcomes[name]) for name in names}
    return {
        "changed": any(one["changed"] for one in [*users.values(), *policies]),
        "warnings": [*warnings, *(text for one in users.values() for text in one["warnings"])],
        "users": [users[name] for name in (names if params["users"] is None else params["users"])],
        "policies": policies,
        "account": {"id": teardown.account_id},
        "diff": [one["diff"] for one in users.values() if one["diff"]],
    }


def _check(params: Mapping[str, t.Any]) -> None:
    empty = [str(key) for key, value in params["tags"].items() if value is None]
    if empty:
        raise RefusedError(f"the tag {empty[0]!r} to select users by has no value; write '' for an empty one")
    if params["users"] is None and not params["tags"] and not params["expired"]:
        raise RefusedError(
            "say which users to remove: name them, or give tags that they have, or set expired (in the role "
            "invoice_iam_user_teardown_tags and invoice_iam_user_teardown_expired)"
        )
    for name in params["users"] or ():
        problem = _user_name.problem(name)
        if problem:
            raise RefusedError(problem)
    if params["delete_files"] and params["credentials_dest"] is None:
        raise RefusedError("delete_files is true, but credentials_dest is not set; set it to where the files are")


class Teardown:
    """Removes users through one gateway, with one archive."""

    def __init__(self, iam: Iam, params: Mapping[str, t.Any]) -> None:
        self._iam = iam
        self._params = params
        self.account_id = str(iam.caller_identity()["Account"])
        self.archive = AtomicFiles(params["archive_dest"])
        place = params["credentials_dest"] if params["delete_files"] else None
        own = place_for(params, self.account_id, lambda: iam.connection) if place else None
        self._credentials = open_destination(own, lambda: iam.connection) if own else None
        pages = params["handouts_dest"] if place else None
        pages = _uri.within(pages, self.account_id) if pages and own != place else pages
        self._handouts = open_folder(pages, lambda: iam.connection) if pages else None

    # Planning --------------------------------------------------------------------------------------------------

    def plan(self) -> dict[str, Outcome]:
        """Decide what to do with each user. Changes nothing."""
        credentials = self._credentials
        problem = self.archive.problem() or (credentials and credentials.class_files_problem())
        problem = problem or (credentials and account_problem(credentials, self.account_id))
        problem = problem or (self._handouts.problem() if self._handouts else None)
        if problem:
            raise DestinationError(problem)
        named, expired, class_name = (self._params[name] for name in ("users", "expired", "class_name"))
        selected = as_tags(self._params["tags"])
        operator = self._iam.caller_identity()["Arn"]
        today = _now().date()
        found, in_bulk = self._found()
        names = list(dict.fromkeys(named)) if named is not None else list(found)

        def decide(name: str) -> Outcome | None:
            said = found.get(name)
            if said is None:
                return self._without_user(name)
            user = User.read(said)
            unclear = expired and _expiry.is_unclear(user.tags)
            warnings = [_unclear(user)] if unclear and (user.ours or named is not None) else []
            of_others = named is None and class_name not in ("", user.class_name)
            if of_others or not removal.is_selected(user.tags, selected, expired, today):
                return Outcome(name, warnings=warnings) if named is not None or warnings else None
            refusal = removal.refusal(user, operator, class_name if named is not None else user.class_name)
            if refusal:
                # A user that was selected by tags is skipped instead: others may use the same tags.
                return Outcome(name, failure=refusal) if named is not None else None
            foreign = self._foreign_file(name)
            if foreign:
                return Outcome(name, failure=foreign)
            return Outcome(name, self._planned(said, in_bulk), forgets=True, warnings=warnings)

        with ThreadPoolExecutor(max_workers=self._params["threads"]) as pool:
            return {one.name: one for one in pool.map(decide, names) if one}

    def _without_user(self, name: str) -> Outcome:
        """Decide about the files for a name without a user. They are deleted if the archive has that user's removal."""
        foreign = self._foreign_file(name)
        if foreign:
            return Outcome(name, failure=foreign)
        one = Outcome(name, forgets=self._was_removed_here(name))
        if one.forgets:
            return one
        if self.has_files(replace(one, forgets=True)):
            one.warnings.append(
                f"account {self.account_id} has no user {name!r}, and {str(self.archive)!r} has no record of one that "
                "this collection removed; the files of that name are kept"
            )
        return one

    def _was_removed_here(self, name: str) -> bool:
        stem = _user_name.file_name_stem(name)
        for path in self.archive.like(f"{glob.escape(stem)}.*.json"):
            found = self._read(path.name) or {}
            here = f":{self.account_id}:" in str(found.get("arn"))
            if here and found.get("user_name") == name and _tag.is_ours(found.get("tags") or {}):
                return True
        return False

    def has_files(self, one: Outcome) -> bool:
        """Return whether files would be deleted for a user that is gone already."""
        if self._credentials is None or not one.forgets or one.goes:
            return False
        rows = self._credentials.rows_of([one.name])
        return bool(self._credentials.files_of(one.name) or rows[one.name])

    def _found(self) -> tuple[dict[str, Answer], bool]:
        """Read the users. Returns them by name, and whether they were read in bulk."""
        names = self._params["users"]
        if names is None or len(names) > _FEW:
            return {one["UserName"]: one for one in self._iam.all_users()}, True
        return observe.said_of(self._iam, names), False

    def _planned(self, said: Answer, in_bulk: bool = False) -> Removal:
        user = observe.with_belongings(self._iam, said, in_bulk=in_bulk)
        return removal.removal(user, removal.left_over_devices(self._archived(user) or {}))

    def _archived(self, user: User) -> Mapping[str, t.Any] | None:
        return self._read(_archive_name(user))

    def _read(self, name: str) -> Mapping[str, t.Any] | None:
        content = self.archive.get(name)
        try:
            found = json.loads(content) if content else None
        except ValueError:
            found = None  # A damaged archive is written again.
        return found if isinstance(found, dict) else None

    # Removing --------------------------------------------------------------------------------------------------

    def apply(self, outcomes: Sequence[Outcome], marks: Marks) -> None:
        """Lock all users out first, and then remove them, which takes longer."""
        if not outcomes:
            return
        self.archive.prepare()

        def remove(one: Outcome) -> None:
            self._each(one, self._remove)
            marks.done(one.failure is not None)

        with ThreadPoolExecutor(max_workers=self._params["threads"]) as pool:
            list(pool.map(lambda one: self._each(one, self._lock_out), outcomes))
            list(pool.map(remove, outcomes))

    @staticmethod
    def _each(one: Outcome, work: Callable[[Outcome], None]) -> None:
        """Do some work for a user. If it fails, the others are not affected."""
        if one.failure:
            return
        try:
            work(one)
        except ERRORS as error:
            one.failure = sentence(error)

    def _lock_out(self, one: Outcome) -> None:
        if one.removal is None or one.removal.user is None:
            return
        user = one.removal.user
        one.archive = _archive_name(user)
        self.archive.put(one.archive, removal.archive(user, _now(), self._archived(user)))
        self._take(one, one.removal.changes[: one.removal.locks])

    def _remove(self, one: Outcome) -> None:
        """Remove everything the user has, and the user. If AWS reports that something is left, read the user again."""
        plan = one.removal
        if plan is None:
            return
        left = plan.changes[plan.locks :]
        for _waited in self._iam.patience.pauses():
            try:
                self._take(one, left)
                return
            except AnsibleIAMError as error:
                if error_code(error) not in CONFLICT:
                    raise
            anew = self._again(plan)
            left = anew.changes if anew else ()
        self._take(one, left)

    def _again(self, before: Removal) -> Removal | None:
        said = observe.said_of(self._iam, [before.name]).get(before.name)
        if said is None or before.user is None or said["UserId"] != before.user.id:
            return None
        return self._planned(said)

    def _take(self, one: Outcome, changes: Iterable[Change]) -> None:
        for change in changes:
            for call in change.calls:
                self._iam.take(change.words, call.operation, call.parameters)
            if change not in one.done:
                one.done.append(change)

    # Files -----------------------------------------------------------------------------------------------------

    def _foreign_file(self, name: str) -> str | None:
        """Return an error if a file with this user's name has another content, as it may be somebody else's secret."""
        try:
            if self._credentials:
                self._credentials.saved(name)
        except DestinationError as error:
            return str(error)
        return None

    def forget(self, outcomes: Sequence[Outcome], check_mode: bool) -> None:
        """Delete the files of removed users, if that was asked for."""
        credentials = self._credentials
        if credentials is None:
            return
        gone = [one for one in outcomes if one.failure is None and one.forgets]
        rows = credentials.rows_of([one.name for one in gone])

        forget_own = credentials.files_of if check_mode else credentials.forget

        def forget(one: Outcome) -> None:
            one.deleted_files = forget_own(one.name) + rows[one.name]

        with ThreadPoolExecutor(max_workers=self._params["threads"]) as pool:
            list(pool.map(lambda one: self._each(one, forget), gone))
        if not check_mode:
            credentials.forget_rows([one.name for one in gone])
        if self._handouts:
            pages = handing_out.forget(self._handouts, [one.name for one in gone], check_mode)
            for one in gone:
                one.deleted_files += [f"{self._handouts}/{page}" for page in pages.get(one.name, ())]


def _archive_name(user: User) -> str:
    # AWS never reuses a user ID, so a later user of the same name has another file.
    return f"{_user_name.file_name_stem(user.name)}.{user.id}.json"


def _unclear(user: User) -> str:
    text = user.tags[_expiry.TAG_KEY]
    return f"user {user.name!r} stays: its tag {_expiry.TAG_KEY} is {text!r}, not a date; write it as in '2026-12-31'"


def _result(one: Outcome) -> Result:
    sentences = [change.words for change in one.done]
    sentences += [f"delete credentials of {one.name} in {name}" for name in one.deleted_files]
    return {
        "name": one.name,
        "changed": bool(sentences),
        "removed": one.forgets and one.failure is None,
        "failed": one.failure is not None,
        "fate": "removed" if sentences else "nothing to do",
        "msg": one.failure or "",
        "warnings": one.warnings,
        "changes": sentences,
        "archive": one.archive,
        "deleted_files": one.deleted_files,
        "diff": one.removal.diff(one.done) if one.removal else {},
    }


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)
