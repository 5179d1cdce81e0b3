# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The progress of a class: the marks that the module writes, without names or secrets, and how they are shown."""

from __future__ import annotations

import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

DONE = "."
FAILED = "x"
# A user's thread waits for AWS, or has stopped waiting.
WAITS = "w"
WAITED = "d"
_WIDTH = 30


class Progress:
    """Counts the marks that the module has written for its users."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.done = 0
        self.failed = 0
        self.waiting = 0
        self._clock = clock
        self._began = clock()

    def read(self, marks: str) -> None:
        """Count all marks that were written so far."""
        self.failed = marks.count(FAILED)
        self.done = marks.count(DONE) + self.failed
        self.waiting = marks.count(WAITS) - marks.count(WAITED)

    @property
    def rate(self) -> float:
        """The number of users done per second since the beginning."""
        return self.done / max(self._clock() - self._began, 0.001)

    @property
    def seconds_left(self) -> float | None:
        """The remaining time at this rate; None while no user is done."""
        return (self.total - self.done) / self.rate if self.done else None


def line(progress: Progress) -> str:
    """Render the progress as one line for a log."""
    left = "" if progress.seconds_left is None else f", about {_minutes(progress.seconds_left)} left"
    waiting = f", {progress.waiting} waiting for AWS" if progress.waiting else ""
    count = f"{progress.done} of {progress.total} users done, {progress.failed} failed"
    return f"{count}, {progress.rate:.1f} a second{left}{waiting}"


def drawn(progress: Progress) -> str:
    """Render the progress as a bar for a terminal."""
    filled = _WIDTH * progress.done // max(progress.total, 1)
    return f"[{'#' * filled}{'-' * (_WIDTH - filled)}] {line(progress)}    "


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
