# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""One rate of requests for a whole account, however many threads send them.

IAM throttles an account as a whole and does not publish its limit. The governor starts without one, learns it from
the first refusal, and then keeps just below: it slows down at once when AWS says so and speeds up a little every
second when it does not (additive increase, multiplicative decrease, as TCP does). botocore's own adaptive mode keeps
one limit a client; ours is shared by all clients of the account, and knows the operator's ceiling.
"""

from __future__ import annotations

import threading
import time
import typing as t
from collections import deque

if t.TYPE_CHECKING:
    from collections.abc import Callable

_DECREASE = 0.85
_INCREASE = 0.5  # requests per second, each second
_SLOWEST = 1.0
# Refusals of requests that were already under way belong to one event.
_EPISODE_SECONDS = 1.0
_WINDOW_SECONDS = 1.0


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
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock()
        self._accepted: deque[float] = deque()
        self._episode_until = clock()
        self._raised_at = clock()

    @property
    def rate(self) -> float | None:
        """Requests a second at present; None while no limit is known."""
        return self._rate

    def wait(self) -> None:
        """Wait for the turn of one request."""
        with self._lock:
            now = self._clock()
            if self._rate is None:
                return
            self._raise(now)
            turn = max(now, self._next)
            self._next = turn + 1 / self._rate
        if turn > now:
            self._sleep(turn - now)

    def accepted(self) -> None:
        """Note that AWS took a request."""
        with self._lock:
            now = self._clock()
            self._accepted.append(now)
            while self._accepted and self._accepted[0] < now - _WINDOW_SECONDS:
                self._accepted.popleft()

    def throttled(self) -> None:
        """Note that AWS refused a request because there were too many."""
        with self._lock:
            now = self._clock()
            if now < self._episode_until:
                return
            recent = sum(1 for moment in self._accepted if moment >= now - _WINDOW_SECONDS) / _WINDOW_SECONDS
            known = recent if self._rate is None else min(recent, self._rate)
            self._rate = max(known * _DECREASE, _SLOWEST)
            self._episode_until = now + _EPISODE_SECONDS
            self._raised_at = now + _EPISODE_SECONDS
            # An account's bucket is empty now; let it fill a little.
            self._next = now + _EPISODE_SECONDS / 2

    def _raise(self, now: float) -> None:
        if self._rate is None or now <= self._raised_at:
            return
        raised = self._rate + (now - self._raised_at) * _INCREASE
        self._rate = min(raised, self._ceiling) if self._ceiling else raised
        self._raised_at = now
