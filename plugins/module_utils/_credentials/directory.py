# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Credentials of one or many users as CSV files in a directory."""

from __future__ import annotations

import contextlib
import functools
import os
import typing as t
from dataclasses import replace
from pathlib import Path

from .._users.on_file import Credentials, Intent, Missing
from . import csv_files as files
from . import notes
from .atomic_files import AtomicFiles
from .claims import LOCK, UNSEEN_SECONDS, Claims
from .destination import DestinationError, Look, Names, StaleError
from .run import Run

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager


# Contains the account that the credentials belong to
_ACCOUNT = ".account.json"

# Cached, because every user of a class is looked up in the same files.
_parse_class = functools.lru_cache(maxsize=1)(files.parse_class)
_parse_import = functools.lru_cache(maxsize=1)(files.parse_import)

_SHEET = Path(files.CLASS_FILE).stem
# The files of the class
_PARSERS = {files.CLASS_FILE: files.parse_class, files.IMPORT_FILE: files.parse_import}


def _secrets(one: Credentials) -> set[str]:
    return {one.password, one.secret_access_key} - {""}


def _has_same_key(one: Credentials | None, other: Credentials) -> bool:
    return one is not None and (one.access_key_id, one.secret_access_key) == (
        other.access_key_id,
        other.secret_access_key,
    )


class CredentialsDirectory:
    """A destination for credentials that is a directory."""

    def __init__(self, path: str, run: Run | None = None, part_of: Run | None = None) -> None:
        """Take the directory's path, the process that works on it, by default this one, and the run it is part of.

        Raises DestinationError if the name is impossible or obviously a mistake.
        """
        self._files = AtomicFiles(path)
        self._run = run or Run.of(os.getpid())
        self._ours = (self._run, part_of)
        self._claims = Claims(self._files, self._run)
        self._is_prepared = False

    def __str__(self) -> str:
        return str(self._files)

    # Checks that change nothing ----------------------------------------------------------------------------------

    def problem(self) -> str | None:
        """Return one sentence saying why nothing can be saved here, or None. Changes nothing, for check mode."""
        return self._files.problem(LOCK, _ACCOUNT)

    def class_files_problem(self) -> str | None:
        """Return one sentence saying why the files of the class cannot be updated, or None."""
        try:
            self.class_files_with(())
        except DestinationError as error:
            return str(error)
        return None

    # Writing -----------------------------------------------------------------------------------------------------

    def account(self) -> str | None:
        """Return the ID of the AWS account that the credentials here belong to, or None if that is unknown."""
        noted = self._noted_account()
        content = None if noted else self._files.get(files.CLASS_FILE)
        if content is None:
            return noted
        # No note: it was not copied, or the directory was made by an earlier version, or by a run that was killed.
        found = sorted(self._parsed(files.CLASS_FILE, lambda: files.class_accounts(content)))
        if len(found) > 1:
            raise DestinationError(
                f"{str(self._files.path / files.CLASS_FILE)!r} has rows of the accounts {' and '.join(found)}; move it "
                "away, and keep the credentials of each account in a directory of their own"
            )
        return next(iter(found), None)

    def _noted_account(self) -> str | None:
        content = self._files.get(_ACCOUNT)
        return None if content is None else str(self._parsed(_ACCOUNT, lambda: notes.parse_account(content)))

    def prepare(self, account: str | None = None) -> None:
        """Create the directory if it is missing, prove that files can be saved, and note the account they belong to."""
        self._files.prepare(LOCK, _ACCOUNT)
        self._is_prepared = True
        if account:
            self._files.put(_ACCOUNT, notes.account_json(account))

    def alone(self, user_names: Collection[str]) -> AbstractContextManager[None]:
        """Claim these users for this run, which serves many."""
        return self._claims.alone(user_names)

    def leave_intent(self, user_name: str, intent: Intent, planned_key: str | None = None) -> Intent:
        """Record that this run is about to ask for secrets of this user. Returns the intent that an earlier run left.

        Raises DestinationError if another run is working on the user now, and StaleError if one did so since the plan
        was made, so that the saved access key is not C(planned_key).
        """
        with self._claims.lock():
            found, run = self._noted(user_name)
            other = self._other_run(user_name, run)
            if other:
                raise DestinationError(other)
            if planned_key is not None and self.saved(user_name).access_key_id != planned_key:
                raise StaleError
            self._files.put(files.intent_file(user_name), notes.intent_json(found.merged(intent), self._run))
        return found

    def settle_intent(self, user_name: str, remaining: Intent) -> None:
        """Reduce the intent to what has not been saved yet: usually nothing, which removes it."""
        name = files.intent_file(user_name)
        if remaining:
            self._files.put(name, notes.intent_json(remaining, self._run))
        else:
            self._files.remove(name)

    def save_login(self, one: Credentials) -> bool:
        """Save the console login of a user, and keep the old one. Returns whether the file changed."""
        former = self._only_in_others(one.user_name, files.login_file(one.user_name))
        if former.password not in ("", one.password):
            self._put_login(former)
        return self._put_login(one)

    def _put_login(self, one: Credentials) -> bool:
        return self._files.put(files.login_file(one.user_name), files.login_csv(one), keep_old=True)

    def save_access_key(self, one: Credentials) -> bool:
        """Save the access key of a user, and keep the old one. Returns whether a file changed."""
        former = self._only_in_others(one.user_name, files.access_key_file(one.user_name))
        if former.secret_access_key and not _has_same_key(former, one):
            self._put_access_key(former)
        return self._put_access_key(one)

    def _put_access_key(self, one: Credentials) -> bool:
        changed = self._files.put(files.access_key_file(one.user_name), files.access_key_csv(one), keep_old=True)
        if not files.importable(one):
            return changed
        name = files.own_import_file(one.user_name)
        return self._files.put(name, files.import_csv([one]), keep_old=True) or changed

    def _only_in_others(self, user_name: str, own_file: str) -> Credentials:
        """Read what is saved for a user, but not in its own file: what replaces it would leave no copy."""
        return Credentials(user_name) if os.path.lexists(self._files.path / own_file) else self.saved(user_name)

    def set_access_key_aside(self, user_name: str) -> bool:
        """Move the saved access key of a user to superseded/, leaving no current one. Returns whether there was one."""
        if not self.saved(user_name).access_key_id:
            return False
        if self.missing(user_name).access_key:
            # The key is only in files from which it is removed below.
            self.save_access_key(self.saved(user_name))
        with self._claims.lock():
            for name, rows, render in self._class_files():
                if user_name in rows:
                    rows[user_name] = replace(rows[user_name], access_key_id="", secret_access_key="")
                    self._files.put(name, render(list(rows.values())))
            # The access key file is last: while it exists, an interrupted run can see that the work is not done.
            for name in filter(None, (files.own_import_file(user_name), files.access_key_file(user_name))):
                self._files.set_aside(name)
        return True

    def save_class_files(self, everybody: Iterable[Credentials]) -> bool:
        """Update the rows of these users in the two files of the class. Returns whether a file changed."""
        # If this run has prepared the directory and it has disappeared since, taking the lock below reports that.
        if not self._is_prepared and not self._files.exists():
            return False
        rows = list(everybody)
        with self._claims.lock():
            self._files.remove_remains()
            self._claims.remove_abandoned([one.user_name for one in rows])
            pending = self.class_files_with(rows)
            for name, content in pending.items():
                self._files.put(name, content, keep_old=self._loses_a_secret(name, content))
        return bool(pending)

    def _loses_a_secret(self, name: str, content: bytes) -> bool:
        """Return whether a file of the class has a secret that is saved nowhere else, as somebody typed it there."""
        before = self._files.get(name)
        if before is None:
            return False
        parse = _PARSERS[name]
        kept, former = parse(content), self._files.all_former()
        lost = {
            user_name: _secrets(one) - _secrets(kept.get(user_name, Credentials(user_name)))
            for user_name, one in parse(before).items()
        }
        return any(some and not some <= self._own_secrets(user_name, former) for user_name, some in lost.items())

    def _own_secrets(self, user_name: str, former: Mapping[str, Sequence[str]]) -> set[str]:
        """Return the secrets in a user's own files, and in those of them that were replaced."""
        found = _secrets(self._own(user_name))
        for own, parse in (
            (files.login_file(user_name), files.parse_login),
            (files.access_key_file(user_name), files.parse_access_key),
        ):
            for name in former.get(own, ()):
                with contextlib.suppress(DestinationError):
                    one = self._read(name, parse, user_name)
                    found |= _secrets(one) if one else set()
        return found

    def class_files_with(self, everybody: Iterable[Credentials]) -> dict[str, bytes]:
        """Render those files of the class that would change if these users' rows were updated."""
        rows = {one.user_name: one for one in everybody if one.password or one.access_key_id}
        wanted = {
            files.CLASS_FILE: self._class_csv(self._merged(files.CLASS_FILE, files.parse_class, rows)),
            files.IMPORT_FILE: files.import_csv(self._merged(files.IMPORT_FILE, files.parse_import, rows)),
        }
        return {name: content for name, content in wanted.items() if rows and self._files.get(name) != content}

    def _class_csv(self, everybody: Iterable[Credentials]) -> bytes:
        return files.class_csv(everybody, self._noted_account() or "")

    def _merged(
        self, name: str, parse: Callable[[bytes], Mapping[str, Credentials]], rows: Mapping[str, Credentials]
    ) -> Iterable[Credentials]:
        """Merge rows into those of a class file. Unknown cells keep their content, so that nothing saved is lost."""
        content = self._files.get(name)
        before = {} if content is None else dict(self._parsed(name, lambda: parse(content)))
        return (before | {user: one.completed_by(before.get(user)) for user, one in rows.items()}).values()

    # Removing ----------------------------------------------------------------------------------------------------

    def files_of(self, user_name: str) -> list[str]:
        """List all files of this user alone, including those in superseded/."""
        *saved, _intent = names = list(filter(None, self.names(user_name)))
        own = [one for one in names if os.path.lexists(self._files.path / one)]
        return [*own, *self._files.former(*saved)]

    def forget(self, user_name: str) -> list[str]:
        """Delete all files of this user alone. Returns their names."""
        found = self.files_of(user_name)
        if found:
            with self._claims.lock():
                self._files.remove(*found)
        return found

    def rows_of(self, user_names: Collection[str]) -> dict[str, list[str]]:
        """Return for each of these users which files of the class have a row for it."""
        rows = {name: parsed for name, parsed, _render in self._class_files()}
        return {user_name: [name for name, parsed in rows.items() if user_name in parsed] for user_name in user_names}

    def forget_rows(self, user_names: Collection[str]) -> None:
        """Remove these users' rows from the files of the class."""
        if not self._files.exists():
            return
        gone = frozenset(user_names)
        former = self._files.former(*_PARSERS)
        with self._claims.lock():
            for name, rows, render in self._class_files(former):
                if gone & rows.keys():
                    self._files.put(name, render([one for user_name, one in rows.items() if user_name not in gone]))

    def _class_files(
        self, former: Iterable[str] = ()
    ) -> Iterator[tuple[str, dict[str, Credentials], Callable[[list[Credentials]], bytes]]]:
        """Read the existing files of the class, and these versions of them that were replaced.

        Yields name, rows, and the function that renders the file.
        """
        for name in (*_PARSERS, *former):
            content = self._files.get(name)
            kind = files.CLASS_FILE if Path(name).name.startswith(_SHEET) else files.IMPORT_FILE
            render = self._class_csv if kind == files.CLASS_FILE else files.import_csv
            if content is not None:
                yield name, dict(self._parsed(name, functools.partial(_PARSERS[kind], content))), render

    # Reading -----------------------------------------------------------------------------------------------------

    def names(self, user_name: str) -> Names:
        """Return the names of a user's files."""
        kinds = (files.login_file, files.access_key_file, files.own_import_file, files.intent_file)
        return Names(*(name_of(user_name) for name_of in kinds))

    def look(self, user_name: str) -> Look:
        """Read everything that is saved for a user."""
        intent, run = self._noted(user_name)
        age = self._files.age(self._files.path / files.login_file(user_name))
        other = self._other_run(user_name, run) or ""
        own, imported = self._own(user_name), self._own_import(user_name)
        saved = self._completed(own, imported)
        return Look(saved, intent, other, self._missing(own, imported, saved), age)

    def saved(self, user_name: str) -> Credentials:
        """Read a user's saved credentials. What is not in the user's own files is taken from others.

        Raises DestinationError if one of the user's own files was not written by this collection.
        """
        own = self._own(user_name)
        return self._completed(own, None if own.access_key_id else self._own_import(user_name))

    def missing(self, user_name: str) -> Missing:
        """List the files of this user that are gone, but can be restored from other files."""
        own, imported = self._own(user_name), self._own_import(user_name)
        return self._missing(own, imported, self._completed(own, imported))

    def _completed(self, own: Credentials, imported: Credentials | None) -> Credentials:
        """Complete what is in a user's own files by the user's import file, and by the files of the class."""
        one = own if own.access_key_id else own.completed_by(imported)
        if one.password and one.access_key_id:
            return one
        # Errors in the files of the class are reported elsewhere. They must not prevent saving a user's own files.
        with contextlib.suppress(DestinationError):
            one = one.completed_by(self._class_rows().get(own.user_name))
        with contextlib.suppress(DestinationError):
            one = one.completed_by(self._import_rows().get(own.user_name))
        return one

    def _missing(self, own: Credentials, imported: Credentials | None, known: Credentials) -> Missing:
        names = self.names(own.user_name)
        login = known.password and not own.password
        key = known.access_key_id and known.secret_access_key and not own.access_key_id
        imports = files.importable(known) and not _has_same_key(imported, known)
        return Missing(
            names.login if login else "", names.access_key if key else "", names.own_import if imports else ""
        )

    def _own(self, user_name: str) -> Credentials:
        one = Credentials(user_name)
        login = self._read(files.login_file(user_name), files.parse_login, user_name)
        if login:
            one = replace(one, password=login.password, sign_in_url=login.sign_in_url)
        key = self._read(files.access_key_file(user_name), files.parse_access_key, user_name)
        if key:
            one = replace(one, access_key_id=key.access_key_id, secret_access_key=key.secret_access_key)
        return one

    def _own_import(self, user_name: str) -> Credentials | None:
        name = files.own_import_file(user_name)
        return self._read(name, files.parse_own_import, user_name) if name else None

    def key_owners(self) -> Mapping[str, str]:
        """Return the user names of the access keys in the class sheet, as access key files do not contain them."""
        return {one.access_key_id: name for name, one in self._class_rows().items() if one.access_key_id}

    def _class_rows(self) -> dict[str, Credentials]:
        content = self._files.get(files.CLASS_FILE)
        return {} if content is None else dict(self._parsed(files.CLASS_FILE, lambda: _parse_class(content)))

    def _import_rows(self) -> dict[str, Credentials]:
        content = self._files.get(files.IMPORT_FILE)
        return {} if content is None else dict(self._parsed(files.IMPORT_FILE, lambda: _parse_import(content)))

    def _read(self, name: str, parse: Callable[[bytes, str], Credentials], user_name: str) -> Credentials | None:
        content = self._files.get(name)
        return None if content is None else self._parsed(name, lambda: parse(content, user_name))

    def intent(self, user_name: str) -> Intent | None:
        """Read the intent that an earlier run left for a user, if any."""
        return self._noted(user_name)[0] or None

    def _noted(self, user_name: str) -> tuple[Intent, Run | None]:
        """Read the intent for a user, and the run that left it."""
        name = files.intent_file(user_name)
        content = self._files.get(name)
        return (Intent(), None) if content is None else self._parsed(name, lambda: notes.parse_intent(content))

    def _parsed(self, name: str, parse: Callable[[], t.Any]) -> t.Any:
        try:
            return parse()
        except files.NotOurFileError as error:
            raise DestinationError(
                f"{str(self._files.path / name)!r} {error}; it was changed by hand or by another program: move it away"
            ) from error

    # Other runs --------------------------------------------------------------------------------------------------

    def _other_run(self, user_name: str, run: Run | None) -> str | None:
        """Return one sentence saying that the run that left an intent for this user may still be working, or None."""
        if run is None or run in self._ours:
            return None
        at_work = self._claims.is_at_work(run)
        if at_work:
            return f"another run ({run}) is setting credentials of {user_name!r}; run again when it has ended"
        path = self._files.path / files.intent_file(user_name)
        if at_work is None and self._files.age(path) < UNSEEN_SECONDS:
            return (
                f"another run ({run}) began to set credentials of {user_name!r} less than "
                f"{UNSEEN_SECONDS // 60} minutes ago, and this machine cannot see whether it has ended; run again "
                f"later, or, if you know that it has ended, delete {str(path)!r}"
            )
        return None
