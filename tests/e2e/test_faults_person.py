# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A run for one person that is killed, or that loses a reply, keeps what is promised, or does so when run again.

Each takes a playbook run or two, so that the daily tests do only those in which a secret is at stake.
"""

from __future__ import annotations

import itertools
import typing as t

import pytest

from .support.steps_lane import KILLED, StepsLane

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Workshop

WRITES = [
    ("CreateUser", 1),
    ("AttachUserPolicy", 1),
    ("AttachUserPolicy", 2),
    ("CreateLoginProfile", 1),
    ("CreateAccessKey", 1),
    ("TagUser", 1),
]
SECRETS = [("CreateLoginProfile", 1), ("CreateAccessKey", 1)]
LOST: list[Mapping[str, t.Any]] = [
    {"reset_after": {}},
    {"reset_before": {}},
    {"html_error": {"status": 500, "applied": True}},
    {"html_error": {"status": 503, "applied": False}},
]


@pytest.fixture
def lane(workshop: Workshop) -> StepsLane:
    """An account for one test."""
    return StepsLane(workshop)


def test_killed(lane: StepsLane, subtests: pytest.Subtests, long: bool) -> None:
    """When a secret is lost with the run, only the intent says that there was one."""
    cells = itertools.product(WRITES, ("before", "after")) if long else [(write, "after") for write in SECRETS]
    for (action, nth), when in cells:
        with subtests.test("crash matrix", lane="steps", at=f"{when} {action} {nth}"):
            cell = lane.cell()
            assert cell.run(kill={"action": action, "nth": nth, "when": when}).status == KILLED
            cell.again()
    for (nth, operation), when in itertools.product(operations(lane) if long else (), ("before", "after")):
        with subtests.test("crash matrix", lane="steps", at=f"{when} {nth}: {operation}"):
            cell = lane.cell()
            assert cell.run({"nth": nth, "how": when}).status == KILLED
            assert cell.operations()[-1] == operation
            cell.again()


def operations(lane: StepsLane) -> list[tuple[int, str]]:
    """The file operations of a run, counted from one."""
    cell = lane.cell()
    assert cell.run({"nth": 0, "how": "before"}).status == 0
    return list(enumerate(cell.operations(), 1))


@pytest.mark.slow
def test_a_reply_is_lost(lane: StepsLane, subtests: pytest.Subtests, long: bool) -> None:
    kinds, writes = (LOST, WRITES) if long else (LOST[:1], [("CreateUser", 1), *SECRETS])
    for fault, (action, nth) in itertools.product(kinds, writes):
        ((kind, extra),) = fault.items()
        with subtests.test("lost replies", lane="steps", at=f"{kind} {extra} {action} {nth}"):
            cell = lane.cell()
            run = cell.run(**{kind: {"action": action, "nth": nth, **extra}})
            if run.status == 0:
                cell.assert_kept()
                continue
            # amazon.aws repeats CreateUser blindly and takes its own user for somebody else's; a second run goes on.
            assert action == "CreateUser", run.output
            cell.again()


@pytest.mark.slow
def test_consistency_comes_late(lane: StepsLane, subtests: pytest.Subtests, long: bool) -> None:
    with subtests.test("weather", lane="steps", at="new keys are invalid, and lists of keys stale"):
        cell = lane.cell()
        run = cell.run(new_key_invalid_for={"calls": 3}, stale_key_lists_for={"calls": 2})
        assert run.status == 0, run.output
        cell.assert_kept()
    for weather in ({"throttle": {"rate": 5, "burst": 2}}, {"new_user_missing_for": {"calls": 2}}) if long else ():
        with subtests.test("weather", lane="steps", at=", ".join(weather)):
            cell = lane.cell()
            cell.run(**weather)  # amazon.aws does not wait for a user whom it has just made
            cell.again()
