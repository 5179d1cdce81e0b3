# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""A destination for credentials in a durable store. It works like the directory, but with conditional writes.

A store has no lock that is released when its holder is killed, as the kernel's is. So each write only succeeds if the
document is still as it was read just before. A run leaves its intent, with its identity, in the same document. If
another run has taken over the intent, this one gives way and reports that.

The files of the class are not saved here, because every slice of a class would have to rewrite them. They are made
from the users' documents when those are collected.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import time
import typing as t

from .._users.on_file import NOTHING_MISSING, Credentials, Intent, Missing
from . import document as _credentials_document
from . import notes
from .csv_files import NotOurFileError
from .destination import (
    DestinationError,
    Look,
    Names,
    StaleError,
)
from .document import Document
from .run import Run

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from .shelf import Shelf

# How often a write is tried while others keep changing the document
_ATTEMPTS = 10
_PAUSE = 0.2
# Bytes that saving may add to a document after an intent was left in it
_ROOM = 4096


class CredentialsStore:
    """Credentials of one or many users in a durable store."""

    def __init__(self, shelf: Shelf, run: Run | None = None, part_of: Run | None = None) -> None:
        """Take the store, the process that works on it, by default this one, and the run it is part of."""
        self._shelf = shelf
        self._run = run or Run.of(os.getpid())
        self._ours = (self._run, part_of)
        # Users for whom this process has left an intent
        self._claimed: set[str] = set()
        self._proven = False

    def __str__(self) -> str:
        return str(self._shelf)

    # Checks that change nothing ----------------------------------------------------------------------------------

    def problem(self) -> str | None:
        """Return one sentence saying why nothing can be saved here, or None. Changes nothing, for check mode."""
        return self._shelf.problem()

    def class_files_problem(self) -> str | None:
        """Return None: a store has no files of the class."""
        return None

    # Writing -----------------------------------------------------------------------------------------------------

    def account(self) -> str | None:
        """Return the ID of the AWS account that the credentials here belong to, or None if that is unknown."""
        content = self._shelf.note()
        try:
            return None if content is None else notes.parse_account(content)
        except NotOurFileError as error:
            raise DestinationError(f"the note of the account in {str(self)!r} {error}; remove it") from error

    def prepare(self, account: str | None = None) -> None:
        """Prove that documents can be saved, and note which account they belong to."""
        problem = self.problem()
        if problem:
            raise DestinationError(problem)
        if not self._proven:
            self._shelf.prove()
            self._proven = True
        if account and self.account() is None:
            self._shelf.put_note(notes.account_json(account))

    @contextlib.contextmanager
    def alone(self, _user_names: Collection[str]) -> Iterator[None]:
        """Do nothing: runs for the same user notice each other in its document."""
        yield

    def leave_intent(self, user_name: str, intent: Intent, planned_key: str | None = None) -> Intent:
        """Record that this run is about to ask for secrets of this user. Returns the intent of an earlier run."""
        found: list[Intent] = []

        def edit(before: Document) -> Document:
            other = self._other_run(user_name, before.run)
            if other:
                raise DestinationError(other)
            if planned_key is not None and before.credentials.access_key_id != planned_key:
                raise StaleError
            # If the intent is this run's own, the write has succeeded and only its reply was lost.
            if not found or before.run != self._run:
                found[:] = [before.intent]
            after = before.with_intent(found[0].merged(intent), self._run)
            if len(after.json()) + _ROOM > self._shelf.capacity:
                raise DestinationError(
                    f"{self._named(user_name)} is full; save a copy elsewhere, then delete entries that you no longer "
                    "need from its 'superseded'"
                )
            return after

        self._claimed.add(user_name)
        self._change(user_name, edit)
        return found[0]

    def settle_intent(self, user_name: str, remaining: Intent) -> None:
        """Reduce the intent to what has not been saved yet: usually nothing, which removes it."""

        def edit(before: Document) -> Document:
            if self._is_taken_over(user_name, before.run):
                raise DestinationError(self._taken_over(user_name, before.run))
            return before.with_intent(remaining, self._run)

        self._change(user_name, edit)

    def save_login(self, one: Credentials) -> bool:
        """Save the console login of a user. Returns whether it changed."""
        return self._save(one, lambda before: before.with_login(one, _now()))

    def save_access_key(self, one: Credentials) -> bool:
        """Save the access key of a user. Returns whether it changed."""
        return self._save(one, lambda before: before.with_access_key(one, _now()))

    def set_access_key_aside(self, user_name: str) -> bool:
        """Move a user's saved access key to the old ones, so that none is current. Returns whether there was one."""
        return self.save_access_key(Credentials(user_name))

    def _save(self, one: Credentials, edit: Callable[[Document], Document]) -> bool:
        lost_to: list[Run | None] = []

        def edited(before: Document) -> Document:
            lost_to.clear()
            if self._is_taken_over(one.user_name, before.run, asked=True):
                # The other run's secret is newer. This run's secret is kept among the old ones.
                lost_to.append(before.run)
                return before.beside(one, _now())
            return edit(before)

        changed = self._change(one.user_name, edited)
        if lost_to:
            raise DestinationError(self._taken_over(one.user_name, lost_to[0]))
        return changed

    def save_class_files(self, everybody: Iterable[Credentials]) -> bool:
        """Do nothing: the files of the class are made when credentials are collected."""
        return bool(self.class_files_with(everybody))

    def class_files_with(self, _everybody: Iterable[Credentials]) -> dict[str, bytes]:
        """Return nothing: see save_class_files."""
        return {}

    # Removing ----------------------------------------------------------------------------------------------------

    def files_of(self, user_name: str) -> list[str]:
        """Return the name of a user's document, if it exists. Refuses one that this collection did not write."""
        return [] if self._read(user_name)[1] is None else [self._shelf.name(user_name)]

    def forget(self, user_name: str) -> list[str]:
        """Delete a user's document for good. Returns its name."""
        found = self.files_of(user_name)
        if found:
            self._shelf.delete(user_name)
        return found

    def rows_of(self, user_names: Collection[str]) -> dict[str, list[str]]:
        """Return no files: see save_class_files."""
        return {name: [] for name in user_names}

    def forget_rows(self, _user_names: Collection[str]) -> None:
        """Do nothing: see save_class_files."""

    # Reading -----------------------------------------------------------------------------------------------------

    def names(self, user_name: str) -> Names:
        """Return the name of a user's document, for each kind of credentials."""
        return Names(*[self._shelf.name(user_name)] * 4)

    def look(self, user_name: str) -> Look:
        """Read everything that is saved for a user."""
        document = self._read(user_name)[0]
        return Look(document.credentials, document.intent, self._other_run(user_name, document.run) or "")

    def saved(self, user_name: str) -> Credentials:
        """Read a user's saved credentials."""
        return self._read(user_name)[0].credentials

    def missing(self, _user_name: str) -> Missing:
        """Return nothing: a document cannot be missing in part."""
        return NOTHING_MISSING

    def intent(self, user_name: str) -> Intent | None:
        """Read the intent that an earlier run left for a user, if any."""
        return self._read(user_name)[0].intent or None

    def key_owners(self) -> Mapping[str, str]:
        """Return nothing: each document contains the name of its user."""
        return {}

    def _read(self, user_name: str) -> tuple[Document, str | None]:
        sheet = self._shelf.get(user_name)
        if sheet is None:
            return Document.of(user_name), None
        try:
            return _credentials_document.parse(sheet.content, user_name), sheet.version
        except NotOurFileError as error:
            raise DestinationError(
                f"{self._named(user_name)} {error}; it was changed by hand or by another program: move it away"
            ) from error

    def _change(self, user_name: str, edit: Callable[[Document], Document]) -> bool:
        """Replace a document by an edited one, and try again while others are quicker. Returns whether it changed.

        If the reply to a write was lost, the second attempt finds the document changed already.
        """
        changed = False
        for attempt in range(_ATTEMPTS):
            before, version = self._read(user_name)
            after = edit(before)
            if after == before:
                return changed
            changed = True
            if self._shelf.put(user_name, after.json(), version):
                return changed
            time.sleep(_PAUSE * attempt)
        raise DestinationError(f"{self._named(user_name)} keeps being changed by other runs; run again later")

    # Other runs --------------------------------------------------------------------------------------------------

    def _other_run(self, user_name: str, run: Run | None) -> str | None:
        """Return one sentence saying which other run is asking for secrets of this user, or None.

        A run that cannot be seen from here is ignored, as the jobs of a controller run in containers that are gone
        afterwards. If it still works, it will find that its intent was taken over.
        """
        if run is None or run in self._ours or not run.is_at_work():
            return None
        return f"another run ({run}) is setting credentials of {user_name!r}; run again when it has ended"

    def _is_taken_over(self, user_name: str, run: Run | None, asked: bool = False) -> bool:
        """Return whether another run has replaced this run's intent. C(asked): this run did leave one, for a secret."""
        if run is None or run in self._ours:
            return False
        if user_name in self._claimed:
            return True
        at_work = run.is_at_work()
        return bool(at_work) or (at_work is None and asked)

    @staticmethod
    def _taken_over(user_name: str, run: Run | None) -> str:
        return (
            f"another run ({run}) has started to set credentials of {user_name!r} in the meantime, and it takes "
            "precedence; run again when it has ended"
        )

    def _named(self, user_name: str) -> str:
        return f"{self._shelf.name(user_name)!r} in {str(self)!r}"


def _now() -> str:
    return f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
