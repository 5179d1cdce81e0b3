# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""One rate of requests for a whole account, however many threads send them.

IAM throttles an account as a whole and does not publish its limit. The governor starts without one, and from the first
refusal on it feels its way: it slows down at once when AWS says so and speeds up a little with every request that AWS
takes (additive increase, multiplicative decrease, as TCP does). botocore's own adaptive mode keeps one limit a client;
ours is shared by all clients of a process, and knows the operator's ceiling.

Other processes may draw on the same account: slices of the same class, or somebody else's tools. They cannot see each
other, only AWS's refusals. The constants below are such that four of them soon have equal shares of 15 requests a
second, with about one refusal in twenty; the unit tests simulate it.
"""

from __future__ import annotations

import threading
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

# Where there is no ceiling, the first refusal says no more than that there is a limit. Everybody who meets it begins
# anew at the same rate, so that nobody has to make up for the burst that another one had.
_FIRST = 4.0  # requests a second
_FIRST_STEP = 0.3  # requests a second, with each request that is taken: twice the rate in less than three seconds
_DECREASE = 0.65
_STEP = 0.35  # requests a second, each second
# Below this rate, steps are smaller: a small share is one of many, and all of them take a step at the same time.
_SMALL_SHARE = 4.0
# After so many seconds without a refusal, somebody else has gone, and steps are twice as big.
_QUIET_SECONDS = 10.0
_SLOWEST = 0.25
# Refusals of requests that were already under way belong to one event.
_EPISODE_SECONDS = 1.0
# An account's bucket is empty after a refusal; let it fill a little.
_PAUSE_SECONDS = 0.5


def share(ceiling: float | None, slices: int) -> float | None:
    """Return what one of so many processes may use of the operator's ceiling; None where there is no ceiling."""
    return ceiling / slices if ceiling else None


class RateGovernor:
    """Lets requests pass one after the other, no faster than the account takes them."""

    def __init__(
        self,
        ceiling: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ceiling = ceiling
        self._rate = ceiling
        self._starting = False
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._turnstile = threading.Lock()
        self._next = clock()
        self._episode_until = clock()

    @property
    def rate(self) -> float | None:
        """Requests a second at present; None while no limit is known."""
        return self._rate

    def wait(self) -> None:
        """Wait for the turn of one request."""
        if self._rate is None:
            return
        # One thread waits for the next turn and the others wait for that thread. Were turns given out beforehand,
        # those requests would follow at the old rate after a refusal.
        with self._turnstile:
            while seconds := self.turn():
                self._sleep(seconds)

    def turn(self) -> float:
        """Take the next turn if it has come, and return 0; else return the seconds until it comes."""
        with self._lock:
            now = self._clock()
            if self._rate is None:
                return 0.0
            if now < self._next:
                return self._next - now
            # A thread that woke up late does not slow down the others, unless nobody wanted the turn.
            self._next = max(self._next + 1 / self._rate, now)
            return 0.0

    def accepted(self) -> None:
        """Note that AWS took a request."""
        with self._lock:
            now = self._clock()
            if self._rate is None or now < self._episode_until:
                return
            quiet = 1 + (now - self._episode_until) / _QUIET_SECONDS
            self._rate += _FIRST_STEP if self._starting else quiet * _STEP / max(self._rate, _SMALL_SHARE)
            self._rate = min(self._rate, self._ceiling or self._rate)

    def throttled(self) -> None:
        """Note that AWS refused a request because there were too many."""
        with self._lock:
            now = self._clock()
            if now < self._episode_until:
                return
            self._starting = self._rate is None
            self._rate = max(self._rate * _DECREASE, _SLOWEST) if self._rate else _FIRST
            self._episode_until = now + _EPISODE_SECONDS
            self._next = now + _PAUSE_SECONDS
