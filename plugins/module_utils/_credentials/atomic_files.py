# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Files with secrets in one directory. No other code writes secrets to a disk.

Every file is written to a temporary name, flushed to the disk and then renamed. So readers, and runs after one that was
killed, see either the old content or the new, never a part. Modes are set when a file is created, not afterwards.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import itertools
import os
import re
import secrets
import shlex
import stat
import time
import typing as t
import unicodedata
from pathlib import Path

from .destination import DestinationError
from .run import Run

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SUPERSEDED = "superseded"
_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600
_TEMPORARY = ".tmp"
_REMAINS_SECONDS = 3600
# Several times the size of one user's files, so that a full disk is noticed before AWS is asked for a secret
_PROBE_BYTES = 65536
# Room for the longest name in superseded/: a user name of 64 characters, each of them escaped as three
_LONGEST_FILE = 300
# The time at which a file in superseded/ was replaced, with a number if several were replaced within one second
_FORMER = re.compile(r"(.+)\.\d{8}T\d{6}Z(?:\.\d+)?(\.\w+)", re.ASCII | re.DOTALL)
# Control characters, and line and paragraph separators. Nobody wants them, but a YAML block may end with one.
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


def _sentence(path: Path | str, error: OSError) -> DestinationError:
    known = {
        errno.EACCES: "the user who runs Ansible may not write there; choose another directory or change its owner",
        errno.EPERM: "the user who runs Ansible may not write there; choose another directory or change its owner",
        errno.EROFS: "the file system is read-only; choose another directory",
        errno.ENOSPC: "there is no space left on the device; free some or choose another directory",
        errno.EDQUOT: "the disk quota is used up; free some space or choose another directory",
        errno.ENOTDIR: "there is a file where a directory is needed; move it away or choose another directory",
        errno.EEXIST: "there is a file where a directory is needed; move it away or choose another directory",
        errno.ENAMETOOLONG: "the name is too long for the file system; choose a shorter one",
        errno.ENOENT: "it does not exist; create it or choose another directory",
    }
    reason = known.get(error.errno or 0, os.strerror(error.errno or errno.EIO))
    return DestinationError(f"credentials cannot be saved in {str(path)!r}: {reason}")


def _name_problem(name: str) -> str | None:
    """Return why a text is not a directory's name, as the end of a sentence, or None."""
    unseen = next((char for char in name if unicodedata.category(char) in _UNSEEN), None)
    if unseen:
        return f"the name contains {unseen!r}; remove that"
    if not name.strip():
        return "the name is empty; name a directory"
    if name.startswith("~"):
        # Ansible has already replaced the home directories that exist.
        return f"no user of this machine has that home directory; if a directory has this name, give {f'./{name}'!r}"
    try:
        path = os.fsencode(os.path.abspath(name))
    except UnicodeEncodeError:
        return "the file system does not allow this name; choose another directory"
    # The longest file name has to fit as well, as that file contains a secret.
    too_long = len(path) + _LONGEST_FILE > os.pathconf("/", "PC_PATH_MAX")
    if too_long or any(len(part) > os.pathconf("/", "PC_NAME_MAX") for part in path.split(b"/")):
        return "the name is too long for the file system; choose a shorter one"
    return None


def _misplaced(path: Path, found: int | None, wanted: int) -> DestinationError:
    what = _KINDS.get(found or 0, "neither a file nor a directory")
    place = "" if found == stat.S_IFLNK else f" where {_KINDS[wanted]} should be"
    return DestinationError(f"{str(path)!r} is {what}{place}; move it away")


class AtomicFiles:
    """The files of one directory. All methods except C(problem) raise DestinationError."""

    def __init__(self, path: str) -> None:
        """Take the directory's path. Raises DestinationError if the name is impossible or obviously a mistake."""
        refused = _name_problem(path)
        if refused:
            raise DestinationError(f"credentials cannot be saved in {path!r}: {refused}")
        self.path = Path(path)
        self._here = Run.of(os.getpid()).place

    def __str__(self) -> str:
        return str(self.path)

    # Checks that change nothing --------------------------------------------------------------------------------

    def problem(self, *files: str) -> str | None:
        """Return one sentence saying why nothing can be saved here, or None. C(files) must be files, if they exist."""
        try:
            self._examine()
            for name in files:
                self.see(self.path / name, stat.S_IFREG)
        except DestinationError as error:
            return str(error)
        except OSError as error:
            return str(_sentence(self.path, error))
        return None

    def _examine(self) -> None:
        kind = self._kind(self.path)
        if kind == stat.S_IFLNK:
            target = os.path.realpath(self.path)
            raise DestinationError(f"{str(self.path)!r} is a symbolic link; name its target: {target!r}")
        if kind is not None:
            self._examine_existing()
            return
        parent = next(one for one in self.path.absolute().parents if os.path.lexists(one))
        if not parent.is_dir():
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    def _examine_existing(self) -> None:
        if self._kind(self.path) != stat.S_IFDIR:
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        mode = stat.S_IMODE(self.path.stat().st_mode)
        if mode & 0o077:
            name = str(self.path)
            remedy = f"run: chmod 700 {shlex.quote(name)}" if name.isprintable() else "give it the mode 0700"
            raise DestinationError(f"{name!r} can be read by other users of this machine (mode {mode:04o}); {remedy}")
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        self._check_attic()

    def _check_attic(self) -> bool:
        """Return whether superseded/ exists. Raises DestinationError if it is something else, such as a link."""
        return self.see(self.path / SUPERSEDED, stat.S_IFDIR)

    def see(self, path: Path, kind: int = stat.S_IFREG) -> bool:
        """Return whether a path exists. Raises DestinationError if it is not of this kind."""
        found = self._kind(path)
        if found not in (None, kind):
            raise _misplaced(path, found, kind)
        return found is not None

    @staticmethod
    def _kind(path: Path) -> int | None:
        """Return the file type of a path without following links, or None if it does not exist."""
        try:
            return stat.S_IFMT(path.lstat().st_mode)
        except FileNotFoundError:
            return None

    # Reading ---------------------------------------------------------------------------------------------------

    def exists(self) -> bool:
        """Return whether the directory exists."""
        return self.path.exists()

    def get(self, name: str) -> bytes | None:
        """Read a file, or return None if it does not exist."""
        with self.explained():
            try:
                handle = self.open(self.path / name, os.O_RDONLY)
            except (FileNotFoundError, NotADirectoryError):
                return None
            with os.fdopen(handle, "rb") as stream:
                return stream.read()

    @staticmethod
    def open(path: Path, flags: int) -> int:
        """Open a regular file. Refuses links, which may lead anywhere, and pipes, which would block."""
        try:
            handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, _FILE_MODE)
        except OSError as error:
            # A link; a directory or a pipe that is opened for writing; a socket
            if error.errno not in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise
            raise _misplaced(path, stat.S_IFMT(path.lstat().st_mode), stat.S_IFREG) from error
        kind = stat.S_IFMT(os.fstat(handle).st_mode)
        if kind != stat.S_IFREG:
            os.close(handle)
            raise _misplaced(path, kind, stat.S_IFREG)
        return handle

    def like(self, pattern: str) -> list[Path]:
        """Find the regular files that match a pattern. This collection never creates links and the like."""
        return [path for path in sorted(self.path.glob(pattern)) if self._kind(path) == stat.S_IFREG]

    def superseded(self) -> list[str]:
        """List the names in superseded/."""
        with self.explained():
            return sorted(path.name for path in (self.path / SUPERSEDED).iterdir()) if self._check_attic() else []

    def former(self, *names: str) -> list[str]:
        """List the replaced versions of these files in superseded/, as paths within the directory."""
        found = self.all_former()
        return sorted(path for name in names for path in found.get(name, ()))

    def all_former(self) -> dict[str, list[str]]:
        """List the replaced versions of all files by the name of the file, as paths within the directory."""
        found: dict[str, list[str]] = {}
        for old in filter(None, map(_FORMER.fullmatch, self.superseded())):
            found.setdefault(f"{old[1]}{old[2]}", []).append(f"{SUPERSEDED}/{old[0]}")
        return found

    @staticmethod
    def age(path: Path) -> float:
        """Return the seconds since a file was written, or until then if the clock was set back since."""
        try:
            return abs(time.time() - path.lstat().st_mtime)
        except FileNotFoundError:
            return float("inf")

    # Writing -----------------------------------------------------------------------------------------------------

    def prepare(self, *files: str) -> None:
        """Create the directory if it is missing, and write a file to prove that it works."""
        problem = self.problem(*files)
        if problem:
            raise DestinationError(problem)
        with self.explained():
            if not self.path.exists():
                self._make_directory(self.path)
            self.remove_remains()
            probe = self.temporary()
            try:
                self.write_new(probe, b"\0" * _PROBE_BYTES)
            finally:
                probe.unlink(missing_ok=True)

    def put(self, name: str, content: bytes, keep_old: bool = False) -> bool:
        """Write a file, and keep the old version in superseded/ if asked to. Returns whether anything changed."""
        before = self.get(name)
        if before == content:
            return False
        path = self.path / name
        with self.explained(), self.written(content) as temporary:
            if keep_old and before is not None:
                self._keep(path, before)
            os.rename(temporary, path)
            self._sync_directory(self.path)
        return True

    @contextlib.contextmanager
    def written(self, content: bytes) -> Iterator[Path]:
        """Write a temporary file for the caller to rename. It is removed if anything fails."""
        temporary = self.temporary()
        try:
            self.write_new(temporary, content)
            yield temporary
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _keep(self, path: Path, content: bytes) -> None:
        """Save the content of a file in superseded/ before it is replaced, so that nothing saved is ever lost."""
        attic = self.path / SUPERSEDED
        if not self._check_attic():
            self._make_directory(attic)
        with self.written(content) as temporary:
            os.rename(temporary, self._free_name(attic / f"{path.stem}.{_now():%Y%m%dT%H%M%SZ}{path.suffix}"))
        self._sync_directory(attic)

    @staticmethod
    def _free_name(path: Path) -> Path:
        kind = path.suffix
        names = (path.with_suffix(f".{count}{kind}" if count else kind) for count in itertools.count())
        return next(one for one in names if not os.path.lexists(one))

    def remove(self, *names: str) -> None:
        """Delete files for good."""
        with self.explained():
            for name in names:
                self.see(self.path / name)
                (self.path / name).unlink(missing_ok=True)
            self._sync_directory(self.path)

    def set_aside(self, name: str) -> None:
        """Move a file to superseded/."""
        content = self.get(name)
        if content is not None:
            with self.explained():
                self._keep(self.path / name, content)
            self.remove(name)

    def temporary(self) -> Path:
        """Return a new temporary name. It names the writing process, so that others can see whether it still runs."""
        return self.path / f".{os.getpid()}-{self._here}-{secrets.token_hex(4)}{_TEMPORARY}"

    def write_new(self, path: Path, content: bytes) -> None:
        """Write a new file and flush it to the disk."""
        # The directory was checked at the beginning, but may have been replaced by a link since.
        self.see(self.path, stat.S_IFDIR)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, _FILE_MODE)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def remove_remains(self) -> None:
        """Remove temporary files of processes that are gone. Those of other machines are only removed after an hour."""
        for path in self.like(f".*{_TEMPORARY}"):
            pid, place = (*path.name[1:].split("-"), "")[:2]
            here = place == self._here and pid.isdecimal()
            gone = not Run.of(int(pid)).started if here else self.age(path) > _REMAINS_SECONDS
            if gone:
                path.unlink(missing_ok=True)

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
    def explained(self) -> Iterator[None]:
        """Turn an OSError into a DestinationError with one sentence."""
        try:
            yield
        except OSError as error:
            raise _sentence(self.path, error) from error


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC)
