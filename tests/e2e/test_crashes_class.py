# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A class run that is killed anywhere, run again, leaves everybody with what is promised."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from .support.engine_lane import KILLED, EngineLane

if t.TYPE_CHECKING:
    from sandbox.aws.client import Sandbox

WRITES = [
    ("CreateUser", 1),
    ("AttachUserPolicy", 1),
    ("AttachUserPolicy", 2),
    ("CreateLoginProfile", 1),
    ("CreateAccessKey", 1),
    ("TagUser", 1),
]


@pytest.fixture(scope="module")
def lane(endpoint: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> EngineLane:
    """One account for all tests here, each with a student of its own."""
    endpoint.reset()
    return EngineLane(endpoint, tmp_path_factory.mktemp("class"))


def test_the_table_names_every_write(lane: EngineLane) -> None:
    before = len(lane.aws.log())
    lane.cell().run()
    done = [one["action"] for one in lane.aws.log()[before:]]
    writes = [one.removeprefix("iam:") for one in done if not one.startswith(("iam:Get", "iam:List", "sts:"))]
    assert writes == [action for action, _nth in WRITES]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_write(lane: EngineLane, subtests: pytest.Subtests, when: str) -> None:
    for action, nth in WRITES:
        with subtests.test("crash matrix", lane="engine", at=f"{when} {action} {nth}"):
            cell = lane.cell()
            assert cell.run(kill={"action": action, "nth": nth, "when": when}).status == KILLED
            cell.again()


@pytest.mark.slow
def test_killed_at_every_file_operation(lane: EngineLane, subtests: pytest.Subtests, long: bool) -> None:
    """After one operation is before the next: the long tests do both, though nothing happens in between."""
    whens = ["before", "after"] if long else ["after"]
    cell = lane.cell()
    cell.run({"nth": 0, "how": "before"})
    operations = cell.operations()
    assert "rename credentials/student_accessKeys.csv" in operations
    for (nth, operation), when in itertools.product(enumerate(operations, 1), whens):
        with subtests.test("crash matrix", lane="engine", at=f"{when} {nth}: {operation}"):
            cell = lane.cell()
            assert cell.run({"nth": nth, "how": when}).status == KILLED
            assert cell.operations()[-1] == operation
            # Not only in the end, and with a umask that takes nothing away
            assert not [path for path in cell.credentials.rglob("*") if path.stat().st_mode & 0o077]
            cell.again()


def test_killed_twice(lane: EngineLane, subtests: pytest.Subtests) -> None:
    """The run that was to mend what the first one left is killed as well."""
    mending = [("CreateAccessKey", 1, "after"), ("DeleteAccessKey", 1, "after"), ("UpdateLoginProfile", 1, "after")]
    for action, nth, when in mending:
        with subtests.test("crash matrix", lane="engine", at=f"{when} {action} {nth} of the second run"):
            cell = lane.cell()
            first = "CreateLoginProfile" if action == "UpdateLoginProfile" else "CreateAccessKey"
            fault = {"action": action, "nth": nth, "when": when}
            for one in ({"action": first, "nth": 1, "when": "after"}, fault):
                assert cell.run(kill=one).status == KILLED
            cell.again()


def test_killed_while_many_are_served_at_once(lane: EngineLane, subtests: pytest.Subtests, long: bool) -> None:
    for nth in itertools.count(1, 1 if long else 40):
        with subtests.test("crash matrix", lane="engine", at=f"after operation {nth}, with four threads"):
            cell = lane.cell("b", "c", "d")
            lives = cell.run({"nth": nth, "how": "after"}, threads=4).status != KILLED
            cell.again()
        if lives:
            assert nth > 4 * 25
            break
