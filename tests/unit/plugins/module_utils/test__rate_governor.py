# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The rate governor against an account that is simulated, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._rate_governor import RateGovernor


class Clock:
    """Time that passes while one sleeps, and otherwise as told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Bucket:
    """An account that takes a burst and then so many requests a second, as a token bucket does."""

    def __init__(self, clock: Clock, rate: float, burst: float) -> None:
        self._clock, self._rate, self._burst = clock, rate, burst
        self._tokens, self._seen = burst, clock.now

    def takes(self) -> bool:
        """Take a request, or refuse it."""
        self._tokens = min(self._burst, self._tokens + (self._clock.now - self._seen) * self._rate)
        self._seen = self._clock.now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def serve(governor: RateGovernor, clock: Clock, bucket: Bucket, requests: int, latency: float = 0.01) -> int:
    """Send requests one after the other, each until it is taken. Returns how many were refused."""
    refused = 0
    for _request in range(requests):
        while True:
            governor.wait()
            clock.sleep(latency)
            if bucket.takes():
                governor.accepted()
                break
            refused += 1
            governor.throttled()
    return refused


def test_without_a_refusal_nobody_waits() -> None:
    clock = Clock()
    governor = RateGovernor(None, clock, clock.sleep)
    before = clock.now
    for _request in range(100):
        governor.wait()
        governor.accepted()
    assert clock.now == before
    assert governor.rate is None


def test_a_ceiling_is_kept_from_the_first_request() -> None:
    clock = Clock()
    governor = RateGovernor(10.0, clock, clock.sleep)
    before = clock.now
    for _request in range(101):
        governor.wait()
        governor.accepted()
    assert clock.now - before == pytest.approx(10.0)


@pytest.mark.parametrize(("rate", "burst"), [(15.0, 30.0), (5.0, 5.0), (40.0, 100.0)])
def test_it_keeps_just_below_a_limit_that_nobody_told(rate: float, burst: float) -> None:
    clock = Clock()
    governor = RateGovernor(None, clock, clock.sleep)
    began = clock.now
    refused = serve(governor, clock, Bucket(clock, rate, burst), 800)
    assert refused < 0.1 * 800
    assert clock.now - began <= 1.2 * 800 / rate


def test_refusals_of_requests_under_way_slow_down_once() -> None:
    clock = Clock()
    governor = RateGovernor(None, clock, clock.sleep)
    for _request in range(20):
        clock.sleep(0.05)
        governor.accepted()
    governor.throttled()
    first = governor.rate
    for _request in range(7):
        governor.throttled()
    assert first is not None
    assert governor.rate == first == pytest.approx(20 * 0.85, rel=0.1)


def test_it_speeds_up_again_but_never_past_the_ceiling() -> None:
    clock = Clock()
    governor = RateGovernor(12.0, clock, clock.sleep)
    for _request in range(10):
        clock.sleep(0.1)
        governor.accepted()
    governor.throttled()
    assert governor.rate is not None
    slow = governor.rate
    clock.sleep(3)
    governor.wait()
    assert slow < governor.rate <= 12.0
    clock.sleep(600)
    governor.wait()
    assert governor.rate == 12.0
