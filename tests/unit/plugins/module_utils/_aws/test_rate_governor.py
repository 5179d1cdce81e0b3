# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The rate governor against an account that is simulated, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
import typing as t
from collections import deque
from dataclasses import dataclass, field
from functools import partial

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.rate_governor import RateGovernor, share


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
    governor = RateGovernor(20.0, clock, clock.sleep)
    governor.throttled()
    assert governor.rate == pytest.approx(20 * 0.65)
    for _request in range(7):
        governor.throttled()
    assert governor.rate == pytest.approx(20 * 0.65)


def test_a_refusal_holds_back_the_requests_that_wait() -> None:
    """Turns that were given out beforehand would be taken at the old rate, and most of them refused."""
    governor = RateGovernor(10.0)
    sent: list[float] = []

    def send() -> None:
        governor.wait()
        sent.append(time.monotonic())

    threads = [threading.Thread(target=send) for _thread in range(8)]
    for thread in threads:
        thread.start()
    while len(sent) < 2:
        time.sleep(0.001)
    refused = time.monotonic()
    governor.throttled()
    for thread in threads:
        thread.join()
    # One may have been let go just before.
    assert sum(1 for moment in sent if refused < moment < refused + 0.5) <= 1


def test_it_speeds_up_again_but_never_past_the_ceiling() -> None:
    clock = Clock()
    governor = RateGovernor(12.0, clock, clock.sleep)
    governor.throttled()
    assert governor.rate is not None
    slow = governor.rate
    serve(governor, clock, Bucket(clock, 1000, 1000), 30)
    assert slow < governor.rate < 12.0
    serve(governor, clock, Bucket(clock, 1000, 1000), 600)
    assert governor.rate == 12.0


def test_it_does_not_speed_up_while_nobody_asks() -> None:
    clock = Clock()
    governor = RateGovernor(12.0, clock, clock.sleep)
    governor.throttled()
    slow = governor.rate
    clock.sleep(600)
    governor.wait()
    assert governor.rate == slow


# Several at once, which cannot see each other -------------------------------------------------------------------


@dataclass
class Sender:
    """A process with threads that serve so many requests, through a governor of its own."""

    requests: int
    ceiling: float | None = None
    starts: float = 0.0
    governor: RateGovernor = field(init=False)
    queue: deque[int] = field(default_factory=deque)
    polling: bool = False
    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)


class Simulation:
    """Senders on one account, with the latency of a network and botocore's pauses after a refusal."""

    def __init__(self, senders: list[Sender], rate: float, burst: float, seed: int) -> None:
        self._clock = Clock()
        self._bucket = Bucket(self._clock, rate, burst)
        self._random = random.Random(seed)
        self._events: list[tuple[float, int, t.Callable[[], None]]] = []
        self._count = itertools.count()
        for sender in senders:
            self._at(sender.starts, partial(self._start, sender))

    def run(self, latency: float = 0.08) -> None:
        """Let everything happen."""
        self._latency = latency
        while self._events:
            self._clock.now, _number, happen = heapq.heappop(self._events)
            happen()

    def _at(self, seconds: float, happen: t.Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._clock.now + seconds, next(self._count), happen))

    def _start(self, sender: Sender) -> None:
        sender.governor = RateGovernor(sender.ceiling, self._clock, self._clock.sleep)
        for _thread in range(8):
            self._next_request(sender)

    def _next_request(self, sender: Sender) -> None:
        if sender.requests:
            sender.requests -= 1
            self._enqueue(sender, 0)

    def _enqueue(self, sender: Sender, attempt: int) -> None:
        sender.queue.append(attempt)
        if not sender.polling:
            self._poll(sender)

    def _poll(self, sender: Sender) -> None:
        sender.polling = False
        while sender.queue and not sender.polling:
            if seconds := sender.governor.turn():
                sender.polling = True
                self._at(seconds, partial(self._poll, sender))
            else:
                attempt = sender.queue.popleft()
                self._at(self._latency / 2, partial(self._arrive, sender, attempt))

    def _arrive(self, sender: Sender, attempt: int) -> None:
        takes = self._bucket.takes()
        (sender.taken if takes else sender.refused).append(self._clock.now)
        self._at(self._latency / 2, partial(self._answer, sender, attempt, takes))

    def _answer(self, sender: Sender, attempt: int, takes: bool) -> None:
        if takes:
            sender.governor.accepted()
            self._next_request(sender)
        else:
            sender.governor.throttled()
            pause = self._random.random() * min(2**attempt, 20)
            self._at(pause, partial(self._enqueue, sender, attempt + 1))


def simulated(senders: list[Sender], rate: float = 15.0, burst: float = 30.0, seed: int = 1) -> tuple[float, float]:
    """Run senders on one account. Returns the part of all requests that was refused, and the seconds it took."""
    Simulation(senders, rate, burst, seed).run()
    taken, refused = (sum(len(getattr(one, name)) for one in senders) for name in ("taken", "refused"))
    return refused / (taken + refused), max(one.taken[-1] for one in senders) - 1000.0


def fairness(senders: list[Sender], began: float, ended: float) -> float:
    """Jain's index of the requests that each had taken in a span of time: 1 when all had the same."""
    shares = [sum(1 for moment in one.taken if began <= moment < ended) for one in senders]
    return float(sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares)))


@pytest.mark.parametrize("seed", range(3))
def test_four_that_start_together_come_to_fair_shares(seed: int) -> None:
    senders = [Sender(600) for _sender in range(4)]
    refused, seconds = simulated(senders, seed=seed)
    assert refused < 0.1
    assert seconds <= 1.1 * 2400 / 15
    assert fairness(senders, 1030, 1030 + 90) > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_few_are_refused_though_all_begin_with_a_burst(seed: int) -> None:
    senders = [Sender(150) for _sender in range(4)]
    refused, seconds = simulated(senders, seed=seed)
    assert refused < 0.1
    assert seconds <= 1.1 * 600 / 15


@pytest.mark.parametrize("seed", range(3))
def test_those_who_come_later_get_their_share(seed: int) -> None:
    senders = [Sender(600, starts=10.0 * number) for number in range(4)]
    refused, seconds = simulated(senders, seed=seed)
    assert refused < 0.1
    assert seconds <= 1.1 * 2400 / 15
    assert fairness(senders, 1060, 1060 + 60) > 0.85


def test_those_who_stay_take_over_what_others_leave() -> None:
    senders = [Sender(requests) for requests in (50, 150, 300, 900)]
    refused, seconds = simulated(senders)
    assert refused < 0.1
    assert seconds <= 1.15 * 1400 / 15


def test_those_who_know_their_share_are_hardly_ever_refused() -> None:
    senders = [Sender(150, ceiling=share(15, 4)) for _sender in range(4)]
    refused, seconds = simulated(senders)
    assert refused < 0.01
    assert seconds <= 1.1 * 600 / 15


@pytest.mark.parametrize("limit", [12.0, 8.0])
def test_a_share_of_more_than_there_is_is_found_out(limit: float) -> None:
    senders = [Sender(300, ceiling=15 / 4) for _sender in range(4)]
    refused, seconds = simulated(senders, rate=limit)
    assert refused < 0.1
    assert seconds <= 1.15 * 1200 / limit
