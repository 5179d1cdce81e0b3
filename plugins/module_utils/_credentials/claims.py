# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""How runs that share a directory keep out of each other's way.

An intent names the process that left it: while that one is at work, no other may ask for secrets of that user. And a
run for many users claims them, in a file that it holds a lock on as long as it works: slices of a class may work side
by side, and whoever claims the same user has to wait.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
import typing as t
from dataclasses import dataclass

from . import notes
from .csv_files import NotOurFileError
from .destination import DestinationError

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from .atomic_files import AtomicFiles
    from .run import Run

LOCK = ".lock"
_LOCK_SECONDS = 60
_CLAIM = ".claim"
# How long an intent holds whose process cannot be seen from here, on a file system that machines share
UNSEEN_SECONDS = 900


@dataclass(frozen=True)
class _Claim:
    """Whom a run serves, and whether it still does."""

    path: Path
    run: Run
    names: frozenset[str]
    held: bool


class Claims:
    """The lock of a directory, and what runs have claimed in it. Everything raises DestinationError."""

    def __init__(self, files: AtomicFiles, run: Run) -> None:
        self._files = files
        self._run = run
        # flock keeps processes apart and would let threads poll for each other.
        self._one_at_a_time = threading.Lock()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory against other runs for a read and a write that belong together."""
        with self._one_at_a_time:
            with self._files.explained():
                handle = self._files.open(self._files.path / LOCK, os.O_RDWR | os.O_CREAT)
            try:
                self._wait_for_lock(handle)
                yield
            finally:
                os.close(handle)

    def _wait_for_lock(self, handle: int) -> None:
        deadline = time.monotonic() + _LOCK_SECONDS
        while not self._takes_lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise DestinationError(
                    f"another run has been writing to {str(self._files)!r} for {_LOCK_SECONDS} seconds; try again later"
                )
            time.sleep(0.05)

    def _takes_lock(self, handle: int, kind: int) -> bool:
        """Try to take a lock, and tell whether it was free."""
        with self._files.explained():
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    # Users -------------------------------------------------------------------------------------------------------

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
                        f"another run ({claim.run}) is saving credentials of {both[0]!r}{others} in "
                        f"{str(self._files)!r}; run again when it has ended"
                    )
            path, handle = self._claim(names)
        try:
            yield
        finally:
            os.close(handle)
            with self._files.explained():
                path.unlink(missing_ok=True)

    def _claim(self, names: frozenset[str]) -> tuple[Path, int]:
        temporary = self._files.temporary()
        path = temporary.with_suffix(_CLAIM)
        with self._files.explained():
            self._files.write_new(temporary, notes.claim_json(self._run, names))
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
        for path in self._files.like(f".*{_CLAIM}"):
            content = self._files.get(path.name)
            if content is None:
                continue  # It has just ended.
            try:
                run, names = notes.parse_claim(content)
            except NotOurFileError:
                continue
            yield _Claim(path, run, names, self._is_held(path))

    def _is_held(self, path: Path) -> bool:
        try:
            handle = self._files.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            # Shared, so that two who look at the same time do not take each other for its owner.
            return not self._takes_lock(handle, fcntl.LOCK_SH)
        finally:
            os.close(handle)

    def is_at_work(self, run: Run) -> bool | None:
        """Tell whether a run still works here; None where nothing tells."""
        at_work = run.is_at_work()
        if at_work is None:
            # A process of another container or machine may hold its claim.
            return next((claim.held for claim in self._claims() if claim.run == run), None)
        return at_work

    def remove_abandoned(self, user_names: Collection[str]) -> None:
        """Remove what runs that were killed had claimed, once these users or time have seen to all of it."""
        names = frozenset(name.lower() for name in user_names)
        for claim in self._claims():
            if not claim.held and (claim.names <= names or self._files.age(claim.path) > UNSEEN_SECONDS):
                claim.path.unlink(missing_ok=True)
