# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A class run that meets lost replies, bad weather and bad disks keeps what is promised, or does so when run again."""

from __future__ import annotations

import datetime
import errno
import itertools
import time
import typing as t

import botocore.auth
import botocore.crt.auth
import pytest

from .support.engine_lane import EngineLane
from .test_crashes_class import WRITES, lane

if t.TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["lane"]  # the fixture

LOST: dict[str, Mapping[str, t.Any]] = {
    "reply lost after AWS applied the call": {"kind": "reset_after"},
    "connection lost before AWS got the call": {"kind": "reset_before"},
    "HTML 500, applied": {"kind": "html_error", "status": 500, "applied": True},
    "HTML 503, not applied": {"kind": "html_error", "status": 503, "applied": False},
}
WEATHER: dict[str, Mapping[str, t.Any]] = {
    "throttled": {"throttle": {"rate": 20, "burst": 2}},
    "new users are missing": {"new_user_missing_for": {"calls": 2}},
    "new keys are invalid": {"new_key_invalid_for": {"calls": 3}},
    "lists of keys are stale": {"stale_key_lists_for": {"calls": 3}},
    "GetUser is late": {"stale_get_user_for": {"calls": 2}},
    "GetLoginProfile is late": {"stale_get_login_profile_for": {"calls": 2}},
    "every third write meets another one": {"concurrent_modification": {"every": 3}},
    "all of it, slowly": {
        "latency_ms": 40,
        "throttle": {"rate": 20, "burst": 5},
        "new_user_missing_for": {"calls": 2},
        "new_key_invalid_for": {"calls": 2},
        "stale_key_lists_for": {"calls": 2},
        "stale_get_user_for": {"calls": 2},
        "stale_get_login_profile_for": {"calls": 2},
        "concurrent_modification": {"every": 5},
    },
}
FULL_AT = ("fsync credentials/a.tmp", "open credentials/.lock")
REFUSALS = {
    errno.ENOSPC: "there is no space left on the device",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "the user who runs Ansible may not write there",
    errno.EIO: "Input/output error",
}


def weather_of(fault: Mapping[str, t.Any], action: str, nth: int = 1, times: int = 1) -> dict[str, t.Any]:
    extra = {name: value for name, value in fault.items() if name != "kind"}
    return {str(fault["kind"]): {"action": action, "nth": nth, "times": times, **extra}}


@pytest.mark.parametrize("fault", LOST)
def test_a_reply_is_lost_at_every_write(lane: EngineLane, subtests: pytest.Subtests, fault: str, long: bool) -> None:
    for action, nth in WRITES if long or fault != "connection lost before AWS got the call" else WRITES[4:]:
        with subtests.test("lost replies", lane="engine", at=f"{fault}: {action} {nth}"):
            cell = lane.cell()
            done = cell.run(**weather_of(LOST[fault], action, nth))
            assert not done.outcome(cell.student)["failed"], done.outcome(cell.student)["msg"]
            cell.assert_kept()
            cell.again()


def test_replies_with_keys_are_lost_again_and_again(lane: EngineLane, subtests: pytest.Subtests) -> None:
    """After three keys that nobody has, the run gives up; the next one finds the third and makes the fourth."""
    for times in (2, 3):
        with subtests.test("lost replies", lane="engine", at=f"{times} times: CreateAccessKey"):
            cell = lane.cell()
            done = cell.run(**weather_of(LOST["reply lost after AWS applied the call"], "CreateAccessKey", times=times))
            assert done.outcome(cell.student)["failed"] is (times == 3)
            cell.again()


@pytest.mark.parametrize("what", WEATHER)
def test_bad_weather(lane: EngineLane, subtests: pytest.Subtests, what: str) -> None:
    with subtests.test("weather", lane="engine", at=what):
        cell = lane.cell("b", "c")
        done = cell.run(threads=4, **WEATHER[what])
        assert not [one["msg"] for one in done.result["users"] if one["failed"]]
        cell.assert_kept()
        cell.again()


def test_a_lost_reply_in_bad_weather(lane: EngineLane, subtests: pytest.Subtests) -> None:
    """A list of keys that is stale hides the very key that got lost."""
    for action, nth in WRITES[3:]:
        with subtests.test("weather", lane="engine", at=f"all of it, and a lost reply: {action} {nth}"):
            cell = lane.cell()
            cell.run(**WEATHER["all of it, slowly"], **weather_of({"kind": "reset_after"}, action, nth))
            cell.again()


@pytest.mark.slow
def test_the_disk_refuses(lane: EngineLane, subtests: pytest.Subtests, long: bool) -> None:
    """From some operation on, nothing can be written; later there is room again."""
    dry = lane.cell()
    dry.run({"nth": 0, "how": "before"})
    for error, sentence in REFUSALS.items():
        for nth, operation in enumerate(dry.operations(), 1):
            if not long and nth > 1 and (error != errno.ENOSPC or operation not in FULL_AT):
                continue
            with subtests.test("bad disks", lane="engine", at=f"{errno.errorcode[error]} from {nth} on: {operation}"):
                cell = lane.cell()
                done = cell.run({"nth": nth, "how": error})
                assert sentence in done.said
                cell.again()


@pytest.mark.slow
@pytest.mark.parametrize("hours", [1, -1])
def test_the_clock_jumps(lane: EngineLane, subtests: pytest.Subtests, hours: int, long: bool) -> None:
    """From some call on, AWS takes no signature; later the clock is right again."""
    for nth in range(1 if hours > 0 else 3, 18, 1 if long else 4):
        with subtests.test("clocks", lane="engine", at=f"{hours} hours at call {nth}"):
            cell = lane.cell()
            before = len(lane.aws.log())
            done = cell.run(prepare=lambda nth=nth: jump(hours, nth))  # type: ignore[misc]
            jumped = len(lane.aws.log()) - before >= nth
            assert ("the clock of this machine is wrong; set it, and run again" in done.said) is jumped
            cell.again()


def jump(hours: int, nth: int) -> None:
    """Let this process's time of day be another one from the n-th call to AWS on."""
    calls = itertools.count(1)
    # botocore's types do not know it. With awscrt, the second one signs.
    signers: list[t.Any] = [botocore.auth, botocore.crt.auth]
    really_now: t.Callable[..., datetime.datetime] = signers[0].get_current_datetime
    really_time = time.time

    def now(**how: t.Any) -> datetime.datetime:
        if next(calls) < nth:
            return really_now(**how)
        setattr(time, "time", lambda: really_time() + 3600 * hours)  # noqa: B010
        return really_now(**how) + datetime.timedelta(hours=hours)

    for signer in signers:
        signer.get_current_datetime = now


def test_the_directory_disappears(lane: EngineLane, subtests: pytest.Subtests, long: bool) -> None:
    """What was in it is gone; no key stays behind in AWS that nobody knows, and the operator can have all made anew."""
    dry = lane.cell()
    dry.run({"nth": 0, "how": "before"})
    # After the last one the run has done all that it can, and what disappears then is the next run's matter.
    for nth, operation in enumerate(dry.operations()[:-1], 1):
        if not long and operation not in ("open credentials/a.tmp", "unlink credentials/a.claim"):
            continue
        with subtests.test("bad disks", lane="engine", at=f"gone at {nth}: {operation}"):
            cell = lane.cell()
            done = cell.run({"nth": nth, "how": "gone"})
            assert "it does not exist; create it or choose another directory" in done.said
            again = cell.run(wishes={"lost_secret": "replace", "update_password": "always"})
            assert again.status == 0, again.said
            cell.assert_kept()
