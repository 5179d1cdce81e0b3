# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""How long to wait for what passes, and who hears of it."""

from __future__ import annotations

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import patience as _patience
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.patience import Patience
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error, lost_reply

CODES = frozenset({"EntityTemporarilyUnmodifiable", "NoSuchEntity"})


class Flaky:
    """Fails for a while and then no more."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times = times
        self.error = error
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls > self.times:
            return "done"
        raise self.error


@pytest.mark.parametrize("code", sorted(CODES))
def test_what_passes_is_waited_out(clock: Clock, code: str) -> None:
    call = Flaky(8, aws_error(code))
    assert Patience(300).wait_out(call, CODES) == "done"
    assert clock.slept == [0.25, 0.5, 1, 2, 4, 8, 15, 15]


@pytest.mark.parametrize("seconds", [0, 0.2, 0.25, 1, 60, 300])
def test_waiting_ends_and_no_pause_is_without_a_further_try(clock: Clock, seconds: float) -> None:
    call = Flaky(1000, aws_error("NoSuchEntity"))
    with pytest.raises(AnsibleIAMError) as caught:
        Patience(seconds).wait_out(call, CODES)
    assert caught.value is call.error
    assert sum(clock.slept) <= seconds
    assert call.calls == len(clock.slept) + 1
    assert (call.calls == 1) is (seconds < 0.25)


@pytest.mark.parametrize(("own", "asked", "slept"), [(300, 1, 0.75), (0, 1, 0.75), (1, None, 0.75), (300, 0, 0)])
def test_a_caller_may_have_more_or_less_patience(clock: Clock, own: float, asked: float | None, slept: float) -> None:
    with pytest.raises(AnsibleIAMError):
        Patience(own).wait_out(Flaky(1000, aws_error("NoSuchEntity")), CODES, asked)
    assert sum(clock.slept) == slept


@pytest.mark.parametrize(
    "error", [aws_error("AccessDenied"), lost_reply(), aws_error("InvalidClientTokenId"), ValueError("x")]
)
def test_nothing_else_is_waited_out(clock: Clock, error: Exception) -> None:
    call = Flaky(1, error)
    with pytest.raises(type(error)):
        Patience(300).wait_out(call, CODES)
    assert (call.calls, clock.slept) == (1, [])


def test_what_takes_long_by_itself_leaves_less_to_wait(clock: Clock) -> None:
    """The seconds are those of the clock, not of the pauses."""
    call = Flaky(1000, aws_error("NoSuchEntity"))

    def slow() -> str:
        clock.now += 20
        return call()

    with pytest.raises(AnsibleIAMError):
        Patience(60).wait_out(slow, CODES)
    assert call.calls <= 4


@pytest.mark.parametrize(
    ("times", "heard"),
    [
        # 3.75 seconds are over when the sixth try begins, 7.75 when the seventh does.
        (4, []),
        (5, []),
        (6, [True, False]),
        (8, [True, False]),
        (1000, [True, False]),
    ],
)
def test_a_wait_is_told_of_once_after_some_seconds_and_once_when_it_is_over(
    clock: Clock, times: int, heard: list[bool]
) -> None:
    told: list[tuple[bool, float]] = []
    patience = Patience(60, lambda begins: told.append((begins, clock.now - 1000)))
    call = Flaky(times, aws_error("NoSuchEntity"))
    if times > 100:
        with pytest.raises(AnsibleIAMError):
            patience.wait_out(call, CODES)
    else:
        assert patience.wait_out(call, CODES) == "done"
    assert [begins for begins, _when in told] == heard
    assert all(when >= 5 for _begins, when in told)
    assert not told or told[0][1] < 15


@pytest.mark.parametrize("error", [aws_error("AccessDenied"), KeyboardInterrupt()])
def test_a_wait_that_ends_with_an_error_is_over_as_well(clock: Clock, error: BaseException) -> None:
    """Else the progress would show somebody waiting for good."""
    told: list[bool] = []
    busy = Flaky(6, aws_error("NoSuchEntity"))

    def call() -> str:
        if busy.calls == 6:
            raise error
        return busy()

    with pytest.raises(type(error)):
        Patience(300, told.append).wait_out(call, CODES)
    assert told == [True, False]
    assert len(clock.slept) == 6


def test_who_looks_until_it_has_seen_enough_may_stop(clock: Clock) -> None:
    told: list[bool] = []
    waits: list[float] = []
    for waited in Patience(300, told.append).pauses():
        waits.append(waited)
        if waited > 10:
            break
    assert waits == [0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75]
    assert told == [True, False]
    assert sum(clock.slept) == 15.75


def test_those_who_were_refused_together_do_not_come_back_together(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(_patience, "time", clock)
    for _one in range(50):
        Patience(300).wait_out(Flaky(1, aws_error("NoSuchEntity")), CODES)
    assert len(set(clock.slept)) > 10
    assert all(0.25 * 0.75 <= slept <= 0.25 for slept in clock.slept)


def test_patience_is_none_by_itself(clock: Clock) -> None:
    call = Flaky(1, aws_error("NoSuchEntity"))
    with pytest.raises(AnsibleIAMError):
        Patience().wait_out(call, CODES)
    assert clock.slept == []
