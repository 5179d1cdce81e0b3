# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Limit the rate of requests to an account for all threads of a process together.

IAM throttles an account as a whole and does not publish its limit. The governor starts without a limit. From the first
throttled request on, it searches for one: it slows down at once when AWS throttles, and speeds up a little with each
accepted request (additive increase, multiplicative decrease, as in TCP). botocore's adaptive mode has a limit for each
client; this one is for all clients of a process, and respects the operator's ceiling.

Other processes may use the same account: slices of the same class, or other people's tools. They do not see each other,
only that AWS throttles. The constants are chosen so that four processes soon have equal shares of 15 requests a second,
with about one request in twenty throttled; the unit tests simulate that.
"""

from __future__ import annotations

import threading
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

# Without a ceiling, the first throttled request only shows that there is a limit. Every process then starts again at
# the same rate, so that none has to compensate for the burst of another.
_FIRST = 4.0  # requests a second
_FIRST_STEP = 0.3  # requests a second, for each accepted request: doubles the rate in less than three seconds
_DECREASE = 0.65
_STEP = 0.35  # requests a second, each second
# Below this rate, steps are smaller: then there are probably many processes, which all take steps at the same time.
_SMALL_SHARE = 4.0
# After this many seconds without throttling, another process has probably ended, and steps are twice as big.
_QUIET_SECONDS = 10.0
_SLOWEST = 0.25
# Requests that were sent before the rate was reduced may be throttled too; together they count as one event.
_EPISODE_SECONDS = 1.0
# The account's token bucket is empty after throttling; let it refill a little.
_PAUSE_SECONDS = 0.5


def share(ceiling: float | None, slices: int) -> float | None:
    """Return one slice's share of the operator's ceiling; None if there is no ceiling."""
    return ceiling / slices if ceiling else None


class RateGovernor:
    """Delays requests so that they are no faster than the account allows."""

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
        """The current limit in requests a second; None while no limit is known."""
        return self._rate

    def wait(self) -> None:
        """Wait until one request may be sent."""
        if self._rate is None:
            return
        # One thread waits for the next turn, and the others wait for that thread. If turns were assigned in advance,
        # requests would still be sent at the old rate after AWS has throttled.
        with self._turnstile:
            while seconds := self.turn():
                self._sleep(seconds)

    def turn(self) -> float:
        """Take the next turn and return 0 if it is due, or return the seconds until it is."""
        with self._lock:
            now = self._clock()
            if self._rate is None:
                return 0.0
            if now < self._next:
                return self._next - now
            # A thread that wakes up late does not delay the others. But unused turns are lost.
            self._next = max(self._next + 1 / self._rate, now)
            return 0.0

    def accepted(self) -> None:
        """Note that AWS accepted a request."""
        with self._lock:
            now = self._clock()
            if self._rate is None or now < self._episode_until:
                return
            quiet = 1 + (now - self._episode_until) / _QUIET_SECONDS
            self._rate += _FIRST_STEP if self._starting else quiet * _STEP / max(self._rate, _SMALL_SHARE)
            self._rate = min(self._rate, self._ceiling or self._rate)

    def throttled(self) -> None:
        """Note that AWS throttled a request."""
        with self._lock:
            now = self._clock()
            if now < self._episode_until:
                return
            self._starting = self._rate is None
            self._rate = max(self._rate * _DECREASE, _SLOWEST) if self._rate else _FIRST
            self._episode_until = now + _EPISODE_SECONDS
            self._next = now + _PAUSE_SECONDS
