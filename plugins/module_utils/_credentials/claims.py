# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Keep runs that share a directory from working on the same users.

An intent names the process that left it. While that process runs, no other may ask for secrets of that user. A run for
many users also claims them in a file, which it keeps locked while it works. So slices of a class can run side by side,
but a second run for the same user is refused.
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
# How long to respect an intent whose process cannot be seen from here, on a file system that machines share
UNSEEN_SECONDS = 900


@dataclass(frozen=True)
class _Claim:
    """The users that a run has claimed, and whether it still holds the claim."""

    path: Path
    run: Run
    names: frozenset[str]
    held: bool


class Claims:
    """The lock of a directory, and the claims in it. All methods raise DestinationError."""

    def __init__(self, files: AtomicFiles, run: Run) -> None:
        self._files = files
        self._run = run
        # flock would work for threads too, but they would have to poll.
        self._one_at_a_time = threading.Lock()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the directory against other runs, to read and write without interference."""
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
        """Try to take a lock. Returns whether it was free."""
        with self._files.explained():
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    # Users -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def alone(self, user_names: Collection[str]) -> Iterator[None]:
        """Claim these users for this run. Raises DestinationError if another run has claimed one of them.

        The kernel releases the lock when the process ends, even if it was killed. A claim without a lock says that
        that run was interrupted, and so were its intents. It is removed once later runs have dealt with all its users.
        """
        # IAM ignores case in names.
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
        with self._files.explained(), self._files.written(notes.claim_json(self._run, names)) as temporary:
            path = temporary.with_suffix(_CLAIM)
            handle = os.open(temporary, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The rename comes last, so that others only ever find a complete, locked claim.
                os.rename(temporary, path)
            except OSError:
                os.close(handle)
                raise
        return path, handle

    def _claims(self) -> Iterator[_Claim]:
        for path in self._files.like(f".*{_CLAIM}"):
            content = self._files.get(path.name)
            if content is None:
                continue  # That run has just ended.
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
            # A shared lock, so that two runs that check at the same time do not take each other for the owner.
            return not self._takes_lock(handle, fcntl.LOCK_SH)
        finally:
            os.close(handle)

    def is_at_work(self, run: Run) -> bool | None:
        """Return whether a run still works here, or None if that is unknown."""
        at_work = run.is_at_work()
        if at_work is None:
            # The run is in another container or on another machine, but may hold a claim here.
            return next((claim.held for claim in self._claims() if claim.run == run), None)
        return at_work

    def remove_abandoned(self, user_names: Collection[str]) -> None:
        """Remove claims of killed runs if this run has dealt with all their users, or if they are old."""
        names = frozenset(name.lower() for name in user_names)
        for claim in self._claims():
            if not claim.held and (claim.names <= names or self._files.age(claim.path) > UNSEEN_SECONDS):
                claim.path.unlink(missing_ok=True)
