# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Access keys are exchanged: the new one works before the old one goes, whatever happens in between."""

from __future__ import annotations

import csv
import datetime
import itertools
import os
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.modules import iam_access_keys_rotate

from .conftest import Workshop
from .file_faults.sitecustomize import Faults
from .support.engine_lane import KILLED, Cell, Done, EngineLane

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.aws.client import Sandbox

WRITES = ["CreateAccessKey", "TagUser", "UpdateAccessKey", "DeleteAccessKey", "UntagUser"]


@pytest.fixture(scope="module")
def lane(endpoint: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> EngineLane:
    """One account for all tests here, each with a student of its own."""
    endpoint.reset()
    return EngineLane(endpoint, tmp_path_factory.mktemp("rotate"))


def rotate(cell: Cell, file_fault: Mapping[str, t.Any] | None = None, **arguments: t.Any) -> Done:
    """Exchange the key of the student alone; arguments of the module, and weather."""
    prepare = None
    if file_fault is not None:
        where = {"folder": str(cell.credentials), "log": str(cell.log), "parent": os.getpid()}
        prepare = Faults(**{**where, **file_fault}).install
    parameters = cell.parameters() | {"older_than_days": 0}
    parameters["users"] = [one for one in parameters["users"] if one["name"] == cell.student]
    parameters |= {name: arguments.pop(name) for name in iam_access_keys_rotate.ROTATION if name in arguments}
    done = cell.lane.run(parameters, prepare, iam_access_keys_rotate.main, **arguments)
    assert "Traceback" not in done.said, done.said
    return done


def served(lane: EngineLane) -> tuple[Cell, str, str]:
    """A student who has everything, and the key that is to be exchanged."""
    cell = lane.cell()
    cell.again()
    return cell, *saved(cell)


def saved(cell: Cell) -> tuple[str, str]:
    """The key that is on file."""
    with (cell.credentials / f"{cell.student}_accessKeys.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    return row["Access key ID"], row["Secret access key"]


def keys(cell: Cell) -> dict[str, str]:
    """The student's keys with their status."""
    listed = cell.lane.account.iam.list_access_keys(UserName=cell.student)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in listed}


def tags(cell: Cell) -> dict[str, str]:
    """The student's tags."""
    return {tag["Key"]: tag["Value"] for tag in cell.lane.account.iam.list_user_tags(UserName=cell.student)["Tags"]}


def assert_rotated(cell: Cell, old: str) -> None:
    """See that all is well, with another key than before, and that nothing is left of the old one."""
    assert saved(cell)[0] != old
    assert old not in keys(cell)
    assert old not in tags(cell)
    cell.assert_kept()


def refusal(done: Done, cell: Cell) -> str:
    """Why the student was not served."""
    one = done.outcome(cell.student)
    assert one["failed"]
    return str(one["msg"])


def test_the_old_key_goes_when_the_new_one_works(lane: EngineLane) -> None:
    cell, old, _secret = served(lane)
    before = len(lane.aws.log())
    assert rotate(cell).outcome(cell.student)["changed"]
    calls = [one["action"].partition(":")[2] for one in lane.aws.log()[before:]]
    assert [one for one in calls if not one.startswith(("Get", "List"))] == WRITES
    # The key proves itself before the other one is touched.
    assert calls.index("UpdateAccessKey") > len(calls) - 1 - calls[::-1].index("GetCallerIdentity")
    assert_rotated(cell, old)


def test_provisioning_and_age_leave_a_rotated_key_alone(lane: EngineLane) -> None:
    cell, old, _secret = served(lane)
    rotate(cell, grace_days=7)
    new = saved(cell)[0]
    assert cell.run().result["changed"] is False
    assert rotate(cell, older_than_days=1, grace_days=7).result["changed"] is False
    assert keys(cell) == {new: "Active", old: "Inactive"}


def test_killed_at_every_write(lane: EngineLane, subtests: pytest.Subtests) -> None:
    for action, when in itertools.product(WRITES, ("before", "after")):
        with subtests.test("rotation", at=f"killed {when} {action}"):
            cell, old, _secret = served(lane)
            assert rotate(cell, kill={"action": action, "nth": 1, "when": when}).status == KILLED
            assert rotate(cell).status == 0
            assert_rotated(cell, old)


@pytest.mark.slow
def test_killed_at_every_file_operation(lane: EngineLane, subtests: pytest.Subtests, long: bool) -> None:
    for nth in itertools.count(1, 1 if long else 4):
        with subtests.test("rotation", at=f"killed after file operation {nth}"):
            cell, old, _secret = served(lane)
            lives = rotate(cell, {"nth": nth, "how": "after"}).status != KILLED
            assert rotate(cell).status == 0
            if not lives:
                assert_rotated(cell, old)
        if lives:
            assert nth > 15
            break


def test_every_reply_is_lost(lane: EngineLane, subtests: pytest.Subtests) -> None:
    for action in WRITES:
        with subtests.test("rotation", at=f"reply to {action} lost"):
            cell, old, _secret = served(lane)
            assert rotate(cell, reset_after={"action": action, "nth": 1, "times": 1}).status == 0
            assert_rotated(cell, old)


def test_after_an_interrupted_setup_its_key_is_finished_and_not_rotated(lane: EngineLane) -> None:
    """That key is not described yet, and must not be taken for an orphan as soon as there is another one."""
    cell = lane.cell()
    assert cell.run(kill={"action": "TagUser", "nth": 1, "when": "before"}).status == KILLED
    key, _secret = saved(cell)
    done = rotate(cell).outcome(cell.student)
    assert not done["failed"], done["msg"]
    assert saved(cell)[0] == key
    cell.again()
    rotate(cell)
    assert_rotated(cell, key)


def test_a_key_whose_description_somebody_removed_is_not_left_behind(lane: EngineLane) -> None:
    cell, old, _secret = served(lane)
    lane.account.iam.untag_user(UserName=cell.student, TagKeys=[old])
    assert rotate(cell, kill={"action": "UpdateAccessKey", "nth": 1, "when": "before"}).status == KILLED
    assert rotate(cell).status == 0
    assert_rotated(cell, old)


def test_a_password_that_an_interrupted_run_lost_is_not_forgotten(lane: EngineLane) -> None:
    cell, old, _secret = served(lane)
    # The other one of the class has to keep the password that all tests know.
    alone = {"users": [{"name": cell.student, "update_password": "always"}]}
    kill = {"action": "UpdateLoginProfile", "nth": 1, "when": "after"}
    assert lane.run(cell.parameters() | alone, kill=kill).status == KILLED
    assert "an interrupted run may have set a console password" in refusal(rotate(cell), cell)
    assert keys(cell) == {old: "Active"}
    cell.again()
    rotate(cell)
    assert_rotated(cell, old)


def test_a_grace_period_ends(lane: EngineLane) -> None:
    cell, old, _secret = served(lane)
    rotate(cell, grace_days=7)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    assert tags(cell)[old] == f"rotated {today}"
    early = today - datetime.timedelta(days=6)
    late = today - datetime.timedelta(days=7)
    for day, left in ((early, 2), (late, 1)):
        lane.account.iam.tag_user(UserName=cell.student, Tags=[{"Key": old, "Value": f"rotated {day}"}])
        rotate(cell, older_than_days=1, grace_days=7)
        assert len(keys(cell)) == left
    assert_rotated(cell, old)


def test_an_old_key_of_ours_makes_room_before_its_time(lane: EngineLane) -> None:
    cell, first, _secret = served(lane)
    rotate(cell, grace_days=7)
    second = saved(cell)[0]
    rotate(cell, grace_days=7)
    assert keys(cell) == {saved(cell)[0]: "Active", second: "Inactive"}
    assert first not in tags(cell)


def test_a_key_that_is_not_ours_goes_only_when_told(lane: EngineLane) -> None:
    cell, old, _secret = served(lane)
    other = lane.account.iam.create_access_key(UserName=cell.student)["AccessKey"]["AccessKeyId"]
    said = refusal(rotate(cell), cell)
    assert f"has another access key, {other} (created elsewhere), and" in said
    assert "invoice_iam_user_rotate_delete_other_key=true" in said
    assert keys(cell) == {old: "Active", other: "Active"}
    rotate(cell, delete_other_key=True)
    assert_rotated(cell, old)


def test_who_is_not_ours_is_not_touched(lane: EngineLane) -> None:
    cell, old, _secret = served(lane)
    lane.account.iam.untag_user(UserName=cell.student, TagKeys=["managed-by"])
    assert "is not managed by this collection" in refusal(rotate(cell), cell)
    assert keys(cell) == {old: "Active"}


def test_who_has_nothing_to_rotate_is_told_so(lane: EngineLane) -> None:
    cell = lane.cell()
    assert f"there is no IAM user {cell.student!r}" in refusal(rotate(cell), cell)
    assert "give 0 or more" in rotate(cell, grace_days=-1).said


def test_a_class_rotates_with_an_outcome_for_each(workshop: Workshop) -> None:
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    names = ["anna", "ben"]
    workshop.hosts({name: {} for name in names})
    assert workshop.run("playbooks/class.yml").status == 0
    before = (workshop.credentials / "aws_configure_import.csv").read_text(encoding="ascii").splitlines()
    assert workshop.run("playbooks/rotate.yml").recap("anna")["changed"] == 0
    told = workshop.run("playbooks/rotate.yml", "--check", "--diff", rotate_older_than_days=0)
    assert before[1].split(",")[1] in told.output
    assert "(new)" in told.output
    assert not workshop.writes().keys() & {"iam:UpdateAccessKey", "iam:DeleteAccessKey"}
    run = workshop.run("playbooks/rotate.yml", rotate_older_than_days=0)
    assert run.status == 0, run.output
    after = (workshop.credentials / "aws_configure_import.csv").read_text(encoding="ascii").splitlines()
    for name, old, new in zip(names, before[1:], after[1:], strict=True):
        assert run.recap(name)["changed"] == told.recap(name)["changed"] == 1
        (key,) = workshop.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert new.split(",")[:2] == [name, key["AccessKeyId"]]
        assert old.split(",")[1] != key["AccessKeyId"]
        own = workshop.credentials / f"{name}_aws_configure_import.csv"
        assert own.read_text(encoding="ascii").splitlines() == [after[0], new]
