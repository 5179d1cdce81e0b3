# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The directory that holds credential files: the only code that writes secrets to a disk.

Every file is written whole beside its place, flushed to the disk and renamed into it, so a reader, or a run that was
killed, sees the old bytes or the new ones and never a part. Modes are set when a file is made, not afterwards.

Runs keep out of each other's way by two means. An intent names the process that left it: while that one is at work,
no other may ask for secrets of that user. And a run for many users claims them, in a file that it holds a lock on as
long as it works: slices of a class may work side by side, and whoever claims the same user has to wait.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import functools
import itertools
import os
import re
import secrets
import shlex
import stat
import threading
import time
import typing as t
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.invoice_scanner.iam.plugins.module_utils import _credentials_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_destination import (
    DestinationError,
    Look,
    Names,
    StaleError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_files import (
    Credentials,
    Intent,
    NotOurFileError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._run import Run

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600
_SUPERSEDED = "superseded"
_LOCK = ".lock"
_LOCK_SECONDS = 60
_CLAIM = ".claim"
# How long an intent holds whose process cannot be seen from here, on a file system that machines share
_UNSEEN_SECONDS = 900
_TEMPORARY = ".tmp"
_REMAINS_SECONDS = 3600
# Enough for the files of a user several times over; a full disk is found out before AWS is asked for a secret.
_PROBE_BYTES = 65536
# In superseded/, the file of a user whose name has 64 characters, each written as three, takes most of these bytes.
_LONGEST_FILE = 300
# Controls, and the ends of lines and paragraphs: nobody means them, a block of YAML may end with one.
_UNSEEN = ("Cc", "Zl", "Zp")
_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a directory",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True)
class _Claim:
    """Whom a run serves, and whether it still does."""

    path: Path
    run: Run
    names: frozenset[str]
    held: bool


def _sentence(path: Path | str, error: OSError) -> DestinationError:
    known = {
        errno.EACCES: "this account may not write there; choose another directory or change its owner",
        errno.EPERM: "this account may not write there; choose another directory or change its owner",
        errno.EROFS: "the file system is read-only; choose another directory",
        errno.ENOSPC: "there is no space left on the device; free some or choose another directory",
        errno.EDQUOT: "the disk quota is used up; free some space or choose another directory",
        errno.ENOTDIR: "a file stands where a directory is needed; move it away or choose another directory",
        errno.EEXIST: "a file stands where a directory is needed; move it away or choose another directory",
        errno.ENAMETOOLONG: "the name is too long for the file system; choose a shorter one",
        errno.ENOENT: "it is not there (any more); make the directory again or choose another one",
    }
    reason = known.get(error.errno or 0, os.strerror(error.errno or errno.EIO))
    return DestinationError(f"credentials cannot be saved in {str(path)!r}: {reason}")


def _name_problem(name: str) -> str | None:
    """Say why a text is no name of a directory, in words that follow it, or return None."""
    unseen = next((char for char in name if unicodedata.category(char) in _UNSEEN), None)
    if unseen:
        return f"the name holds {unseen!r}; take that out"
    if not name.strip():
        return "the name is empty; name a directory"
    if name.startswith("~"):
        # Ansible has put home directories in the place of those that it knows.
        return f"no account has that home directory; if a directory is called so, give {f'./{name}'!r}"
    try:
        path = os.fsencode(os.path.abspath(name))
    except UnicodeEncodeError:
        return "the file system takes no such name; choose another directory"
    # The last file of all must find room as well: it holds a secret.
    too_long = len(path) + _LONGEST_FILE > os.pathconf("/", "PC_PATH_MAX")
    if too_long or any(len(part) > os.pathconf("/", "PC_NAME_MAX") for part in path.split(b"/")):
        return "the name is too long for the file system; choose a shorter one"
    return None


def _misplaced(path: Path, found: int | None, wanted: int) -> DestinationError:
    what = _KINDS.get(found or 0, "neither a file nor a directory")
    place = "" if found == stat.S_IFLNK else f" where {_KINDS[wanted]} should be"
    return DestinationError(f"{str(path)!r} is {what}{place}; move it away")


class CredentialsDirectory:
    """Credential files of one or many users in one directory."""

    def __init__(self, path: str, run: Run | None = None, part_of: Run | None = None) -> None:
        """Name the directory, who works on it (by default this process), and the run of which that is a part.

        Raises DestinationError where no directory can have that name, or nobody can mean it.
        """
        refused = _name_problem(path)
        if refused:
            raise DestinationError(f"credentials cannot be saved in {path!r}: {refused}")
        self._path = Path(path)
        self._run = run or Run.of(os.getpid())
        self._ours = (self._run, part_of)
        self._here = Run.of(os.getpid()).place
        # flock keeps processes apart and would let threads poll for each other.
        self._one_at_a_time = threading.Lock()
        self._is_prepared = False

    def __str__(self) -> str:
        return str(self._path)

    # What could go wrong, without touching anything ------------------------------------------------------------

    def problem(self) -> str | None:
        """Say in one sentence why nothing can be saved here, or return None. Changes nothing, for check mode."""
        try:
            self._examine()
        except DestinationError as error:
            return str(error)
        except OSError as error:
            return str(_sentence(self._path, error))
        return None

    def _examine(self) -> None:
        kind = self._kind(self._path)
        if kind == stat.S_IFLNK:
            target = os.path.realpath(self._path)
            raise DestinationError(
                f"{str(self._path)!r} is a symbolic link; name the directory that is meant: {target!r}"
            )
        if kind is not None:
            self._examine_existing()
            return
        parent = next(one for one in self._path.absolute().parents if os.path.lexists(one))
        if not parent.is_dir():
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    def _examine_existing(self) -> None:
        if self._kind(self._path) != stat.S_IFDIR:
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        mode = stat.S_IMODE(self._path.stat().st_mode)
        if mode & 0o077:
            name = str(self._path)
            remedy = f"run: chmod 700 {shlex.quote(name)}" if name.isprintable() else "give it the mode 0700"
            raise DestinationError(f"{name!r} can be read by other accounts (mode {mode:04o}); {remedy}")
        if not os.access(self._path, os.R_OK | os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        self._see_attic()
        self._see(self._path / _LOCK, stat.S_IFREG)

    def _see_attic(self) -> bool:
        """Tell whether superseded/ is there. Raises DestinationError where it is something else, such as a link."""
        return self._see(self._path / _SUPERSEDED, stat.S_IFDIR)

    def _see(self, path: Path, kind: int) -> bool:
        """Tell whether something is there. Raises DestinationError if it is not of this kind."""
        found = self._kind(path)
        if found not in (None, kind):
            raise _misplaced(path, found, kind)
        return found is not None

    @staticmethod
    def _kind(path: Path) -> int | None:
        """Tell what is there, links not followed; None is nothing."""
        try:
            return stat.S_IFMT(path.lstat().st_mode)
        except FileNotFoundError:
            return None

    def class_files_problem(self) -> str | None:
        """Say in one sentence why the files of the class cannot be completed, or return None."""
        try:
            self.class_files_with(())
        except DestinationError as error:
            return str(error)
        return None

    # Writing -----------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the directory if it is missing and prove that it takes files. Raises DestinationError."""
        problem = self.problem()
        if problem:
            raise DestinationError(problem)
        with self._explained():
            if not self._path.exists():
                self._make_directory(self._path)
            self._remove_remains()
            probe = self._temporary()
            try:
                self._write_new(probe, b"\0" * _PROBE_BYTES)
            finally:
                probe.unlink(missing_ok=True)
        self._is_prepared = True

    def leave_intent(self, user_name: str, intent: Intent, planned_key: str | None = None) -> Intent:
        """Write down that secrets of this user are about to be asked for, and return what an earlier run left.

        Raises DestinationError where another run is at it, and StaleError where one was since the plan was made: the
        access key on file is then another than C(planned_key).
        """
        with self.lock():
            other = self.other_run(user_name)
            if other:
                raise DestinationError(other)
            if planned_key is not None and self.saved(user_name).access_key_id != planned_key:
                raise StaleError
            found = self.intent(user_name) or Intent()
            self._put(files.intent_file(user_name), files.intent_json(replace(found.merged(intent), run=self._run)))
        return found

    def settle_intent(self, user_name: str, remaining: Intent) -> None:
        """Leave of the intent what has not reached the disk yet: as a rule nothing, and then it goes."""
        if remaining:
            self._put(files.intent_file(user_name), files.intent_json(remaining))
            return
        path = self._path / files.intent_file(user_name)
        with self._explained():
            self._see(path, stat.S_IFREG)
            path.unlink(missing_ok=True)
            self._sync_directory(self._path)

    def save_login(self, one: Credentials) -> bool:
        """Save the console login of a user. Tells whether the file changed."""
        return self._put(files.login_file(one.user_name), files.login_csv(one), keep_old=True)

    def save_access_key(self, one: Credentials) -> bool:
        """Save the access key of a user. Tells whether the file changed."""
        return self._put(files.access_key_file(one.user_name), files.access_key_csv(one), keep_old=True)

    def save_class_files(self, everybody: Iterable[Credentials]) -> bool:
        """Bring the rows of these users in the two files of the class up to date. Tells whether one changed."""
        # One that was there when this run began to save has disappeared with all that was in it, which the lock tells.
        if not self._is_prepared and not self._path.exists():
            return False
        rows = list(everybody)
        with self.lock():
            self._remove_remains()
            self._remove_claims(frozenset(one.user_name.lower() for one in rows))
            pending = self.class_files_with(rows)
            for name, content in pending.items():
                self._put(name, content)
        return bool(pending)

    def class_files_with(self, everybody: Iterable[Credentials]) -> dict[str, bytes]:
        """Render the files of the class with these users' rows in them; only the files that would change."""
        rows = {one.user_name: one for one in everybody if one.password or one.access_key_id}
        wanted = {
            files.CLASS_FILE: files.class_csv(self._merged(files.CLASS_FILE, files.parse_class, rows)),
            files.IMPORT_FILE: files.import_csv(self._merged(files.IMPORT_FILE, files.parse_import, rows)),
        }
        return {name: content for name, content in wanted.items() if rows and self._get(name) != content}

    # Taking away -------------------------------------------------------------------------------------------------

    def record(self, name: str) -> bytes | None:
        """Read a file that is no credentials, such as what is known of a user that was removed."""
        return self._get(name)

    def save_record(self, name: str, content: bytes) -> None:
        """Save such a file."""
        self._put(name, content)

    def files_of(self, user_name: str) -> list[str]:
        """Name every file that holds something of this user alone, those in superseded/ among them."""
        own = [one for one in self.names(user_name) if os.path.lexists(self._path / one)]
        stems = "|".join(re.escape(Path(one).stem) for one in self.names(user_name)[:2])
        old = re.compile(rf"(?:{stems})\.\d{{8}}T\d{{6}}Z(?:\.\d+)?\.csv", re.ASCII)
        attic = self._path / _SUPERSEDED
        with self._explained():
            found = attic.iterdir() if self._see_attic() else ()
            kept = sorted(path.name for path in found if old.fullmatch(path.name))
        return [*own, *(f"{_SUPERSEDED}/{name}" for name in kept)]

    def forget(self, user_name: str) -> list[str]:
        """Delete the files of this user, and name them."""
        found = self.files_of(user_name)
        if found:
            with self.lock(), self._explained():
                for name in found:
                    (self._path / name).unlink(missing_ok=True)
                self._sync_directory(self._path)
        return found

    def rows_of(self, user_names: Collection[str]) -> dict[str, list[str]]:
        """Tell which files of the class have a row of each of these users."""
        rows = {name: parsed for name, parsed, _render in self._class_files()}
        return {user_name: [name for name, parsed in rows.items() if user_name in parsed] for user_name in user_names}

    def forget_rows(self, user_names: Collection[str]) -> None:
        """Take these users' rows out of the files of the class."""
        if not self._path.exists():
            return
        gone = frozenset(user_names)
        with self.lock():
            for name, rows, render in self._class_files():
                if gone & rows.keys():
                    self._put(name, render([one for user_name, one in rows.items() if user_name not in gone]))

    def _class_files(self) -> Iterator[tuple[str, dict[str, Credentials], Callable[[list[Credentials]], bytes]]]:
        """Read the files of the class that are there, each with what renders it."""
        for name, parse, render in (
            (files.CLASS_FILE, files.parse_class, files.class_csv),
            (files.IMPORT_FILE, files.parse_import, files.import_csv),
        ):
            content = self._get(name)
            if content is not None:
                yield name, dict(self._parsed(name, functools.partial(parse, content))), render

    # Reading -----------------------------------------------------------------------------------------------------

    def names(self, user_name: str) -> Names:
        """Tell how the files of a user are called."""
        return Names(files.login_file(user_name), files.access_key_file(user_name), files.intent_file(user_name))

    def look(self, user_name: str) -> Look:
        """Read all that is there of a user."""
        intent = self.intent(user_name) or Intent()
        return Look(self.saved(user_name), intent, self.other_run(user_name) or "")

    def saved(self, user_name: str) -> Credentials:
        """Read what is on file for a user. Raises DestinationError where a file is not one of ours."""
        one = Credentials(user_name)
        content = self._get(files.login_file(user_name))
        if content is not None:
            login = self._parsed(files.login_file(user_name), lambda: files.parse_login(content, user_name))
            one = replace(one, password=login.password, sign_in_url=login.sign_in_url)
        key_content = self._get(files.access_key_file(user_name))
        if key_content is not None:
            name = files.access_key_file(user_name)
            key = self._parsed(name, lambda: files.parse_access_key(key_content, user_name))
            one = replace(one, access_key_id=key.access_key_id, secret_access_key=key.secret_access_key)
        return one

    def intent(self, user_name: str) -> Intent | None:
        """Read the intent that an earlier run left for a user, if any."""
        name = files.intent_file(user_name)
        content = self._get(name)
        return None if content is None else self._parsed(name, lambda: files.parse_intent(content))

    # Other runs --------------------------------------------------------------------------------------------------

    def other_run(self, user_name: str) -> str | None:
        """Say in one sentence which other run is asking for secrets of this user, or return None."""
        intent = self.intent(user_name)
        if intent is None or intent.run is None or intent.run in self._ours:
            return None
        at_work = intent.run.is_at_work()
        if at_work is None:
            at_work = self._holds_its_claim(intent.run)
        if at_work:
            return f"another run ({intent.run}) is asking for secrets of {user_name!r}; run again when it has ended"
        path = self._path / files.intent_file(user_name)
        if at_work is None and self._age(path) < _UNSEEN_SECONDS:
            return (
                f"another run ({intent.run}) was asking for secrets of {user_name!r} less than "
                f"{_UNSEEN_SECONDS // 60} minutes ago, and whether it still is cannot be seen from here; run again "
                f"later, or, if it has ended, remove {str(path)!r}"
            )
        return None

    def _holds_its_claim(self, run: Run) -> bool | None:
        """Tell whether a process of another container or machine is there still; None where it claimed nothing."""
        return next((claim.held for claim in self._claims() if claim.run == run), None)

    @staticmethod
    def _age(path: Path) -> float:
        """Tell the seconds since a file was written; those that a clock was set back count as well."""
        try:
            return abs(time.time() - path.lstat().st_mtime)
        except FileNotFoundError:
            return float("inf")

    @contextlib.contextmanager
    def alone(self, user_names: Collection[str]) -> Iterator[None]:
        """Have these users to oneself. Raises DestinationError if another run has claimed one of them.

        The kernel gives the lock back when the process ends, however it ends. The claim that is left then tells that
        the intents of that run are those of an interrupted one, and goes once somebody has seen to all its users.
        """
        # IAM does not tell names apart by case.
        names = frozenset(name.lower() for name in user_names)
        with self.lock():
            for claim in self._claims():
                both = sorted(claim.names & names)
                if claim.held and both:
                    others = f" and {len(both) - 1} more" if both[1:] else ""
                    raise DestinationError(
                        f"another run ({claim.run}) is saving credentials of {both[0]!r}{others} in {str(self)!r}; "
                        "run again when it has ended"
                    )
            path, handle = self._claim(names)
        try:
            yield
        finally:
            os.close(handle)
            with self._explained():
                path.unlink(missing_ok=True)

    def _claim(self, names: frozenset[str]) -> tuple[Path, int]:
        temporary = self._temporary()
        path = temporary.with_suffix(_CLAIM)
        with self._explained():
            self._write_new(temporary, files.claim_json(self._run, names))
            handle = os.open(temporary, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Whoever finds it finds it whole, and locked.
                os.rename(temporary, path)
            except OSError:
                os.close(handle)
                temporary.unlink(missing_ok=True)
                raise
        return path, handle

    def _claims(self) -> Iterator[_Claim]:
        for path in self._files_like(f".*{_CLAIM}"):
            content = self._get(path.name)
            if content is None:
                continue  # It has just ended.
            try:
                run, names = files.parse_claim(content)
            except NotOurFileError:
                continue
            yield _Claim(path, run, names, self._is_held(path))

    def _is_held(self, path: Path) -> bool:
        try:
            handle = self._open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            # Shared, so that two who look at the same time do not take each other for its owner.
            return not self._is_locked(handle, fcntl.LOCK_SH)
        finally:
            os.close(handle)

    def _remove_claims(self, seen_to: frozenset[str]) -> None:
        """Remove what runs that were killed had claimed, if nothing depends on it any more."""
        for claim in self._claims():
            if not claim.held and (claim.names <= seen_to or self._age(claim.path) > _UNSEEN_SECONDS):
                claim.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory against other runs for a read and a write that belong together."""
        with self._one_at_a_time, self._lock_file(_LOCK) as handle:
            self._wait_for_lock(handle)
            yield

    @contextlib.contextmanager
    def _lock_file(self, name: str) -> Iterator[int]:
        with self._explained():
            handle = self._open(self._path / name, os.O_RDWR | os.O_CREAT)
        try:
            yield handle
        finally:
            os.close(handle)

    def _is_locked(self, handle: int, kind: int = fcntl.LOCK_EX) -> bool:
        """Try to lock, and tell whether that went well."""
        with self._explained():
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def _wait_for_lock(self, handle: int) -> None:
        deadline = time.monotonic() + _LOCK_SECONDS
        while not self._is_locked(handle):
            if time.monotonic() > deadline:
                raise DestinationError(
                    f"another run has been writing to {str(self)!r} for {_LOCK_SECONDS} seconds; try again later"
                )
            time.sleep(0.05)

    # The file system ---------------------------------------------------------------------------------------------

    def _parsed(self, name: str, parse: Callable[[], t.Any]) -> t.Any:
        try:
            return parse()
        except files.NotOurFileError as error:
            raise DestinationError(
                f"{str(self._path / name)!r} {error}; it was changed by hand or by another program: move it away"
            ) from error

    def _merged(
        self, name: str, parse: Callable[[bytes], Mapping[str, Credentials]], rows: Mapping[str, Credentials]
    ) -> Iterable[Credentials]:
        """Put rows into those of a class file. A cell that is known there and not here stays: nothing saved is lost."""
        content = self._get(name)
        before = {} if content is None else dict(self._parsed(name, lambda: parse(content)))
        return (before | {user: one.completed_by(before.get(user)) for user, one in rows.items()}).values()

    def _get(self, name: str) -> bytes | None:
        path = self._path / name
        with self._explained():
            try:
                handle = self._open(path, os.O_RDONLY)
            except (FileNotFoundError, NotADirectoryError):
                return None
            with os.fdopen(handle, "rb") as stream:
                return stream.read()

    @staticmethod
    def _open(path: Path, flags: int) -> int:
        """Open a file, and nothing else: what a link leads to is none of ours, and a pipe would keep us waiting."""
        try:
            handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, _FILE_MODE)
        except OSError as error:
            # A link, a directory or a pipe that is opened to write, and a socket
            if error.errno not in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise
            raise _misplaced(path, stat.S_IFMT(path.lstat().st_mode), stat.S_IFREG) from error
        kind = stat.S_IFMT(os.fstat(handle).st_mode)
        if kind != stat.S_IFREG:
            os.close(handle)
            raise _misplaced(path, kind, stat.S_IFREG)
        return handle

    def _put(self, name: str, content: bytes, keep_old: bool = False) -> bool:
        before = self._get(name)
        if before == content:
            return False
        path = self._path / name
        temporary = self._temporary()
        with self._explained():
            try:
                self._write_new(temporary, content)
                if keep_old and before is not None:
                    self._keep(path, before)
                os.rename(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
            self._sync_directory(self._path)
        return True

    def _keep(self, path: Path, content: bytes) -> None:
        """Save what is about to be replaced in superseded/: nothing that was saved is ever lost."""
        attic = self._path / _SUPERSEDED
        if not self._see_attic():
            self._make_directory(attic)
        temporary = self._temporary()
        try:
            self._write_new(temporary, content)
            os.rename(temporary, self._free_name(attic / f"{path.stem}.{_now():%Y%m%dT%H%M%SZ}.csv"))
        finally:
            temporary.unlink(missing_ok=True)
        self._sync_directory(attic)

    @staticmethod
    def _free_name(path: Path) -> Path:
        names = (path.with_suffix(f".{count}.csv" if count else ".csv") for count in itertools.count())
        return next(one for one in names if not os.path.lexists(one))

    def _temporary(self) -> Path:
        """Name a temporary file so that whoever finds it can tell whether its writer is gone."""
        return self._path / f".{os.getpid()}-{self._here}-{secrets.token_hex(4)}{_TEMPORARY}"

    def _write_new(self, path: Path, content: bytes) -> None:
        # It was no link when this run began.
        self._see(self._path, stat.S_IFDIR)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, _FILE_MODE)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def _remove_remains(self) -> None:
        """Remove what a process that was killed left half-written; one of another machine may still be at work."""
        for path in self._files_like(f".*{_TEMPORARY}"):
            pid, place = (*path.name[1:].split("-"), "")[:2]
            here = place == self._here and pid.isdecimal()
            gone = not Run.of(int(pid)).started if here else self._age(path) > _REMAINS_SECONDS
            if gone:
                path.unlink(missing_ok=True)

    def _files_like(self, pattern: str) -> list[Path]:
        """Find files whose names are of a pattern. Links and the like are never ours."""
        return [path for path in sorted(self._path.glob(pattern)) if self._kind(path) == stat.S_IFREG]

    def _make_directory(self, path: Path) -> None:
        missing = itertools.takewhile(lambda one: not one.exists(), (path, *path.parents))
        for one in reversed(list(missing)):
            with contextlib.suppress(FileExistsError):
                one.mkdir(mode=_DIRECTORY_MODE)
            self._sync_directory(one.parent)

    @staticmethod
    def _sync_directory(path: Path) -> None:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _sentence(self._path, error) from error


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)
