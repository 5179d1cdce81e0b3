# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What AWS answers in an account where much is changed at once, or shortly after a change: it passes, in every verb."""

from __future__ import annotations

import shutil
import typing as t

import botocore.exceptions
import pytest

from ansible_collections.invoice_scanner.iam.plugins.modules import (
    iam_access_keys_revoke,
    iam_access_keys_rotate,
    iam_users_teardown,
)

from .support.engine_lane import POLICIES, Cell, Done, EngineLane
from .support.promise import Promise
from .support.steps_lane import StepsLane

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.aws.client import Sandbox

    from .conftest import Workshop

CONFLICT, CONFLICT_FAULT = "ConcurrentModification", "concurrent_modification"
BOUNDARY = "arn:aws:iam::123456789012:policy/AmplifyAdminPolicy"
# What is different for a user who exists: everything that provisioning changes in one
CHANGED: dict[str, t.Any] = {
    "path": "/class/",
    "tags": {"seat": "1"},
    "managed_policies": POLICIES[:1],
    "purge_policies": True,
    "permissions_boundary": BOUNDARY,
    "update_password": "always",
}
LATE: dict[str, t.Any] = {
    "new_user_missing_for": {"calls": 1},
    "stale_get_user_for": {"calls": 1},
    "stale_get_login_profile_for": {"calls": 2},
    "unmodifiable_after_create_for": {"calls": 2},
    "unmodifiable_after_recreate_for": {"calls": 2},
    "new_key_invalid_for": {"calls": 2},
}


@pytest.fixture(scope="module")
def lane(endpoint: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> EngineLane:
    """One account for all tests here, each with a student of its own."""
    endpoint.reset()
    return EngineLane(endpoint, tmp_path_factory.mktemp("busy"))


class Verbs:
    """Everything that is done with the student of a cell, a module each."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        connection = cell.parameters()
        self._connection = {name: connection[name] for name in ("endpoint_url", "access_key", "secret_key", "region")}

    def provision(self, **weather: t.Any) -> Done:
        return self._of_student("users", {}, None, weather)

    def change(self, **weather: t.Any) -> Done:
        return self._of_student("users", CHANGED, None, weather)

    def rotate(self, **weather: t.Any) -> Done:
        return self._of_student("users", CHANGED, iam_access_keys_rotate.main, weather, older_than_days=0)

    def revoke(self, **weather: t.Any) -> Done:
        more = {"users": [self._cell.student], "delete": True, "sign_in": True, "sessions": True}
        return self._run(more, iam_access_keys_revoke.main, weather)

    def restore(self, **weather: t.Any) -> Done:
        return self._of_student("users", {**CHANGED, "restore_access": True}, None, weather)

    def remove(self, **weather: t.Any) -> Done:
        places = {"archive_dest": str(self._cell.credentials / "removed"), "credentials_dest": None}
        return self._run({"users": [self._cell.student], **places}, iam_users_teardown.main, weather)

    def _of_student(
        self,
        option: str,
        wishes: dict[str, t.Any],
        main: Callable[[], None] | None,
        weather: dict[str, t.Any],
        **more: t.Any,
    ) -> Done:
        parameters = self._cell.parameters() | more
        parameters[option] = [{"name": self._cell.student, "managed_policies": POLICIES, **wishes}]
        return self._go(parameters, main, weather)

    def _run(self, more: dict[str, t.Any], main: Callable[[], None], weather: dict[str, t.Any]) -> Done:
        return self._go({**self._connection, "wait_timeout": 20, **more}, main, weather)

    def _go(self, parameters: dict[str, t.Any], main: Callable[[], None] | None, weather: dict[str, t.Any]) -> Done:
        lane = self._cell.lane
        done = lane.run(parameters, None, main, **weather) if main else lane.run(parameters, **weather)
        assert "Traceback" not in done.said, done.said
        assert done.status == 0, done.said
        assert not done.outcome(self._cell.student)["failed"], done.said
        return done


# In the order of a user's life, with the writes that each of them makes
LIFE = {
    "provision": {"CreateUser", "AttachUserPolicy", "CreateLoginProfile", "CreateAccessKey", "TagUser"},
    "change": {
        *("UpdateUser", "TagUser", "DetachUserPolicy", "PutUserPermissionsBoundary", "UpdateLoginProfile"),
    },
    "rotate": {"CreateAccessKey", "TagUser", "UpdateAccessKey", "DeleteAccessKey", "UntagUser"},
    "revoke": {"UpdateAccessKey", "DeleteAccessKey", "DeleteLoginProfile", "PutUserPolicy", "TagUser", "UntagUser"},
    "restore": {"CreateAccessKey", "CreateLoginProfile", "TagUser", "UntagUser"},
    "remove": {
        *("UpdateAccessKey", "DeleteAccessKey", "UntagUser", "DeleteLoginProfile", "DetachUserPolicy"),
        *("DeleteUserPolicy", "DeleteUserPermissionsBoundary", "DeleteUser"),
    },
}


def answered(lane: EngineLane | StepsLane, before: int, code: str) -> set[str]:
    """Which actions were answered with a code."""
    aws = lane.aws if isinstance(lane, EngineLane) else lane.workshop.aws
    return {one["action"].partition(":")[2] for one in aws.log()[before:] if one["error"] == code}


def is_there(cell: Cell) -> bool:
    """Whether the account has the student."""
    try:
        cell.lane.account.iam.get_user(UserName=cell.student)
    except botocore.exceptions.ClientError:
        return False
    return True


def test_every_write_of_every_verb_meets_another_change(
    lane: EngineLane, subtests: pytest.Subtests, long: bool
) -> None:
    """Every second write is refused, so that each one is; the long tests refuse each alone, three times."""
    weather: list[dict[str, t.Any]] = [{CONFLICT_FAULT: [{"action": "any", "nth": 1}, {"action": "any", "every": 2}]}]
    every = sorted({action for actions in LIFE.values() for action in actions})
    weather += [{CONFLICT_FAULT: {"action": action, "nth": 1, "times": 3}} for action in every] if long else []
    for one in weather:
        cell = lane.cell()
        verbs = Verbs(cell)
        for verb, writes in LIFE.items():
            with subtests.test("concurrent changes", lane="engine", at=f"{verb}: {one}"):
                before = len(lane.aws.log())
                getattr(verbs, verb)(**one)
                met = answered(lane, before, CONFLICT)
                assert met == (writes if one is weather[0] else met & writes)
        assert not is_there(cell)
        assert not list(lane.account.changed_strangers())


def test_a_whole_life_though_aws_is_late(lane: EngineLane, subtests: pytest.Subtests) -> None:
    """What was just made is not known yet, and what was just changed cannot be changed again."""
    cell = lane.cell()
    verbs = Verbs(cell)
    before = len(lane.aws.log())
    lane.aws.weather(**LATE)
    for verb in ("provision", "provision", "change", "rotate", "revoke", "restore", "remove", "provision"):
        with subtests.test("weather", lane="engine", at=f"AWS is late: {verb}"):
            getattr(verbs, verb)()
    lane.aws.weather()
    shutil.rmtree(cell.credentials / "removed")
    assert {"UpdateLoginProfile", "CreateLoginProfile"} & answered(lane, before, "EntityTemporarilyUnmodifiable")
    assert "GetLoginProfile" in answered(lane, before, "NoSuchEntity")
    cell.again()


def test_a_class_in_a_busy_account(lane: EngineLane, long: bool) -> None:
    """Nobody fails, and nobody has anything twice, though AWS refuses every tenth write."""
    names = [f"pupil-{number:03d}" for number in range(200 if long else 60)]
    credentials = lane.folder / "many"
    before = len(lane.aws.log())
    done = lane.run(
        {**lane.parameters(credentials, *names), "threads": 8, "wait_timeout": 60},
        concurrent_modification={"action": "any", "every": 10},
    )
    assert done.status == 0, done.said
    assert not [one["msg"] for one in done.result["users"] if one["failed"]]
    refused = [one for one in lane.aws.log()[before:] if one["error"] == CONFLICT]
    assert len(refused) > len(names) / 2
    broken = Promise(lane.account, credentials, POLICIES).broken(*names)
    assert not broken, broken
    lane.aws.reset()


def test_step_by_step_in_a_busy_account(workshop: Workshop, subtests: pytest.Subtests, long: bool) -> None:
    """Modules of amazon.aws give up where AWS is busy or late, also when they make policies; the run goes on."""
    lane = StepsLane(workshop)
    boundary = {"create_policies": True, "permissions_boundary": "AIInvoiceScannerPermissionsBoundary"}
    busy: dict[str, t.Any] = {CONFLICT_FAULT: [{"action": "any", "nth": 1}, {"action": "any", "every": 2}]}
    cell = lane.cell()
    for what, weather, wishes in (
        ("concurrent changes", {**busy, "new_policy_missing_for": {"calls": 2}}, boundary),
        ("weather", LATE, {"update_password": "always", "path": "/class/", **boundary}),
        ("concurrent changes", busy, {"update_password": "always", "path": "/class/", "tags": {"seat": 2}}),
    ):
        if weather is LATE and not long:
            continue
        with subtests.test(what, lane="steps", at=f"{', '.join(weather)}: {', '.join(wishes)}"):
            workshop.aws.weather(**weather)
            before = len(workshop.aws.log())
            run = workshop.setup(name=cell.person, credentials_dest=str(cell.credentials), **t.cast("t.Any", wishes))
            workshop.aws.weather()
            assert "[WARNING]" not in run.output
            if what == "concurrent changes":
                assert answered(lane, before, CONFLICT)
    user = lane.account.iam.get_user(UserName=cell.person)["User"]
    assert user["Path"] == "/class/"
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("/AIInvoiceScannerPermissionsBoundary")
    lane.account.iam.untag_user(UserName=cell.person, TagKeys=["seat"])
    cell.assert_kept()


@pytest.mark.long
def test_every_write_step_by_step_is_refused_alone(workshop: Workshop, subtests: pytest.Subtests) -> None:
    """The modules of amazon.aws meet it at each of their writes; the engine completes what they give up."""
    lane = StepsLane(workshop)
    new = {"create_policies": True, "permissions_boundary": "AIInvoiceScannerPermissionsBoundary"}
    changed = {**CHANGED, "tags": {"seat": "1"}}
    cells = [("provision", action) for action in ("CreatePolicy", *sorted(LIFE["provision"]))]
    for verb, action in [*cells, *(("change", action) for action in sorted(LIFE["change"]))]:
        with subtests.test("concurrent changes", lane="steps", at=f"{verb}: {action}"):
            cell = lane.cell()
            wishes = {"name": cell.person, "credentials_dest": str(cell.credentials), "lane": "steps"}
            if verb == "change":
                workshop.setup(**t.cast("t.Any", wishes))
            before = len(workshop.aws.log())
            workshop.aws.weather(**{CONFLICT_FAULT: {"action": action, "nth": 1, "times": 3}})
            run = workshop.setup(**t.cast("t.Any", {**wishes, **(changed if verb == "change" else new)}))
            workshop.aws.weather()
            assert "[WARNING]" not in run.output
            assert answered(lane, before, CONFLICT) == {action}
            policies = POLICIES[:1] if verb == "change" else POLICIES
            if verb == "change":
                lane.account.iam.untag_user(UserName=cell.person, TagKeys=["seat"])
            broken = Promise(lane.account, cell.credentials, policies).broken(cell.person)
            assert not broken, broken
