# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A whole class: planned at once, and each with an outcome of its own."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import engine, hours
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.engine import Result
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.planning import Planner
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.preflight import namesake_problem
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.rotation import Rotation
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error, lost_reply
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    READ_ONLY,
    URL,
    a_wanted_user,
    an_account,
)

SECRET = "Zq7-Geheim!"
CLASS = ["anna", "bert", "carl"]


def options(name: str, /, **changes: t.Any) -> dict[str, t.Any]:
    """What a task says of one user."""
    return {**vars(a_wanted_user(name=name)), "managed_policies": ["AIInvoiceScannerFullPolicy"], **changes}


class Desk:
    """An account in memory, a directory on disk, and an operator."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path / "credentials"
        self.iam = FakeIam(self.path)
        self.plan_file = path / "plan.json"
        self.marks = io.StringIO()
        self.clock = clock

    def run(
        self, *wanted: dict[str, t.Any], check_mode: bool = False, planner: Planner | None = None, **changes: t.Any
    ) -> Result:
        self.iam.calls.clear()
        values: dict[str, t.Any] = {
            "users": wanted or [options(name) for name in CLASS],
            "credentials_dest": str(self.path),
            "verify_key": True,
            "account": None,
            "pending_policies": [],
            "policy_documents": {},
            "threads": 4,
            "slices": 1,
            "run": None,
            "plan_file": str(self.plan_file),
        }
        params = values | changes
        self.marks = io.StringIO()
        task = engine.Task(str(self.path), planner) if planner else engine.Task.of(params)
        result = engine.run(as_iam(self.iam), params, task, Marks(self.marks), check_mode)
        engine.write_decided(params["plan_file"], result.pop("decided"))
        return result

    def decided(self) -> t.Any:
        """What was written down for tasks that go step by step."""
        return json.loads(self.plan_file.read_text(encoding="utf-8"))

    def sheet(self) -> dict[str, dict[str, str]]:
        """The sheet of the class, by name."""
        with (self.path / "class_credentials.csv").open(encoding="utf-8-sig", newline="") as stream:
            return {row["User name"]: row for row in csv.DictReader(stream)}


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Begin with nothing, and let no test wait."""
    return Desk(tmp_path, clock)


def outcome(result: Result, name: str) -> dict[str, t.Any]:
    (one,) = [user for user in result["users"] if user["name"] == name]
    return t.cast("dict[str, t.Any]", one)


# A good day ----------------------------------------------------------------------------------------------------------


def test_a_new_class(desk: Desk) -> None:
    result = desk.run()
    assert result["changed"]
    assert [(one["name"], one["changed"], one["failed"], one["msg"]) for one in result["users"]] == [
        (name, True, False, "") for name in CLASS
    ]
    for name, row in desk.sheet().items():
        user = desk.iam.users[name]
        assert user.keys == {row["Access key ID"]: row["Secret access key"]}
        assert user.password == row["Password"]
        assert outcome(result, name)["access_key_id"] == row["Access key ID"]
    assert sorted(desk.sheet()) == CLASS
    assert desk.marks.getvalue() == "..."


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    desk.run()
    result = desk.run()
    assert not result["changed"]
    assert not any(one["changed"] or one["warnings"] for one in result["users"])
    assert result["diff"] == []
    assert desk.iam.writes == []


def test_no_secret_is_returned(desk: Desk) -> None:
    result = desk.run(options("anna", console_password=SECRET), options("bert"), options("carl", name="no blanks"))
    said = json.dumps(result)
    for row in desk.sheet().values():
        assert row["Password"] not in said
        assert row["Secret access key"] not in said


def test_check_mode_foretells_and_touches_nothing(desk: Desk) -> None:
    desk.iam.users["bert"] = User(tags=dict(OURS))
    checked = desk.run(check_mode=True)
    assert desk.iam.writes == []
    assert not desk.path.exists()
    assert desk.marks.getvalue() == ""
    done = desk.run()
    assert set(checked) == set(done)
    for name in ("changed", "account", "diff"):
        assert checked[name] == done[name]
    for before, after in zip(checked["users"], done["users"], strict=True):
        # What is there and on file in the end, only the end tells.
        end = {name: after[name] for name in ("access_key_id", "password_on_file", "state") if name in after}
        assert before | end == after


def test_a_class_file_that_is_gone_comes_back(desk: Desk) -> None:
    desk.run()
    sheet = desk.path / "class_credentials.csv"
    before = sheet.read_bytes()
    sheet.unlink()
    assert desk.run(check_mode=True)["changed"]
    assert desk.run()["changed"]
    assert sheet.read_bytes() == before


def test_a_sheet_of_former_days_learns_whose_the_users_are(desk: Desk) -> None:
    desk.run()
    sheet = desk.path / "class_credentials.csv"
    former = ["".join(f"{cell}," for cell in list(row.values())[:5])[:-1] for row in desk.sheet().values()]
    header = "\ufeffUser name,Password,Access key ID,Secret access key,Console login link"
    sheet.write_text("\r\n".join([header, *former, ""]), encoding="utf-8", newline="")
    before = desk.sheet()
    named = options("anna", display_name="Anna Müller", email="a@example.org")
    assert desk.run(named, check_mode=True)["changed"]
    assert desk.run(named)["changed"]
    person = {"Display name": "Anna Müller", "E-mail": "a@example.org"}
    nobody = dict.fromkeys(person, "")
    account = {"Account ID": "123456789012"}
    assert desk.sheet() == {
        name: row | account | (person if name == "anna" else nobody) for name, row in before.items()
    }
    assert not desk.run(named)["changed"]
    # Who does not tell the name any more takes it from nobody.
    desk.run()
    assert desk.sheet()["anna"] == before["anna"] | person | account


@pytest.mark.parametrize(("others", "bulk"), [(0, True), (700, False)])
def test_few_of_many_users_are_read_one_by_one(desk: Desk, others: int, bulk: bool) -> None:
    desk.iam.users |= {f"other-{number}": User() for number in range(others)}
    desk.run()
    assert bool(desk.iam.made("all_users")) is bulk
    assert bool(desk.iam.made("user")) is not bulk


@pytest.mark.parametrize(("policy", "scopes"), [("AmplifyAdminPolicy", ["Local"]), (READ_ONLY, ["Local", "AWS"])])
def test_aws_1400_policies_are_listed_only_when_one_is_named(desk: Desk, policy: str, scopes: list[str]) -> None:
    desk.run(options("anna", managed_policies=[policy]))
    assert [call.arguments[0] for call in desk.iam.made("managed_policies")] == scopes


def test_what_an_earlier_task_knows_of_the_account_is_not_asked_again(desk: Desk) -> None:
    known = desk.run()["account"]
    result = desk.run(options("dora"), account=json.loads(json.dumps(known)))
    assert not desk.iam.made("caller_identity")
    assert result["account"] == known
    assert not outcome(result, "dora")["failed"]


def test_a_policy_that_is_about_to_be_made_is_planned_with(desk: Desk) -> None:
    wanted = options("anna", managed_policies=["Pending", FULL])
    assert outcome(desk.run(wanted, check_mode=True), "anna")["problems"]
    pending = ["Pending", "AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy", "NobodyAskedForIt"]
    result = desk.run(wanted, check_mode=True, pending_policies=pending)
    arn = "arn:aws:iam::123456789012:policy/Pending"
    assert f"attach policy {arn} to anna" in outcome(result, "anna")["changes"]
    assert desk.decided()["users"][0]["managed_policies"] == [arn, FULL]
    assert desk.decided()["missing_policies"] == ["Pending"], "those that are asked for, and are not there"


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_was_decided_is_written_down_for_tasks_that_go_step_by_step(desk: Desk, check_mode: bool) -> None:
    """In a result, Ansible would mask whatever contains somebody's password."""
    desk.iam.users["bert"] = User(tags=dict(OURS), policies=[FULL], password="theirs")
    desk.iam.new_key("bert", "AKIATHEIRS")
    wanted = [options("anna", permissions_boundary=BOUNDARY, tags={"seat": "7"}), options("bert")]
    desk.run(*wanted, check_mode=check_mode)
    decided = desk.decided()
    assert (decided["region"], decided["to_do"], decided["account"]["id"]) == ("eu-central-1", True, ACCOUNT_ID)
    assert decided["users"] == [
        {
            "actions": ["create_user", "attach_user_policy", "create_login_profile", "create_access_key"],
            "managed_policies": [FULL],
            "permissions_boundary": BOUNDARY,
            "tags": OURS | {"seat": "7"},
            "asks_for": ["login_profile", "access_key"],
            "access_key_ids": [],
            "access_key_id": "",
            "interrupted": False,
        },
        {
            "actions": ["create_access_key"],
            "managed_policies": [FULL],
            "permissions_boundary": None,
            "tags": OURS,
            "asks_for": ["access_key"],
            "access_key_ids": ["AKIATHEIRS"],
            "access_key_id": "",
            "interrupted": False,
        },
    ]


def test_where_nothing_is_to_be_done_that_is_written_down(desk: Desk) -> None:
    desk.run()
    desk.run(check_mode=True)
    assert desk.decided()["to_do"] is False
    (desk.path / "class_credentials.csv").unlink()
    desk.run(check_mode=True)
    assert desk.decided()["to_do"] is True, "the sheet of the class is to be made anew"


def test_a_note_of_an_interrupted_run_is_told_of(desk: Desk) -> None:
    desk.run(options("anna"))
    CredentialsDirectory(str(desk.path)).leave_intent("anna", Intent(access_key=True))
    desk.run(options("anna"), check_mode=True)
    (decided,) = desk.decided()["users"]
    assert (decided["interrupted"], decided["actions"]) == (True, ["settle_intent"])


def test_a_last_day_that_has_passed_is_warned_of(desk: Desk) -> None:
    result = desk.run(options("anna", expires="2020-01-01"), options("bert"))
    assert [one for one in result["warnings"] if "has passed" in one] == [
        "the last day of user 'anna', 2020-01-01, has passed; a removal of expired users will remove it"
    ]


def test_the_directory_belongs_to_the_account_from_then_on(desk: Desk) -> None:
    desk.run(options("anna"))
    assert CredentialsDirectory(str(desk.path)).account() == ACCOUNT_ID
    CredentialsDirectory(str(desk.path)).prepare("999999999999")
    with pytest.raises(RefusedError, match="holds the credentials of account 999999999999, and this is account"):
        desk.run(options("anna"), check_mode=True)


# A bad student stops nobody -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"name": "no blanks"}, "the user name 'no blanks' contains ' '"),
        ({"name": "x" * 300}, "has 300 characters; AWS allows 64"),
        ({"name": "dora", "managed_policies": ["Nope"]}, "there is no managed policy 'Nope'"),
        ({"name": "dora", "console_password": "qzqz7"}, "breaks AWS's default password policy"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_bad_input_is_one_students_failure(desk: Desk, bad: dict[str, t.Any], said: str, check_mode: bool) -> None:
    result = desk.run(options("anna"), options("dora", **bad), options("bert"), check_mode=check_mode)
    assert [one["failed"] for one in result["users"]] == [False, True, False]
    assert said in result["users"][1]["msg"]
    assert "qzqz7" not in json.dumps(result)
    assert sorted(desk.iam.users) == ([] if check_mode else ["anna", "bert"])


def test_all_that_is_wrong_with_a_student_is_listed(desk: Desk) -> None:
    result = desk.run(options("anna", path="x", managed_policies=["Nope"]))
    assert result["users"][0]["msg"].startswith("2 things are wrong and nothing was changed:\n  1. the path 'x'")


def test_a_stranger_is_left_alone(desk: Desk) -> None:
    desk.iam.users["bert"] = User(tags={"team": "ops"})
    desk.iam.new_key("bert", "AKIATHEIRS")
    result = desk.run()
    assert "is not managed by this collection" in outcome(result, "bert")["msg"]
    assert desk.iam.users["bert"] == User(tags={"team": "ops"}, keys=desk.iam.users["bert"].keys)
    assert sorted(desk.sheet()) == ["anna", "carl"]


def test_a_name_that_stands_twice_serves_neither(desk: Desk) -> None:
    result = desk.run(options("Anna"), options("bert"), options("anna"))
    assert [one["failed"] for one in result["users"]] == [True, False, True]
    assert "'Anna' occurs more than once" in result["users"][0]["msg"]
    assert sorted(desk.iam.users) == ["bert"]


def test_aws_refuses_one(desk: Desk) -> None:
    desk.iam.fail("create_access_key", aws_error("AccessDenied", "not authorized", 403))
    result = desk.run(threads=1)
    assert [one["failed"] for one in result["users"]] == [True, False, False]
    assert "(AccessDenied); the operator's AWS credentials may not do this" in result["users"][0]["msg"]
    assert desk.marks.getvalue() == "x.."
    assert not any(one["failed"] for one in desk.run()["users"]), "and a second run goes on"
    assert all(len(user.keys) == 1 for user in desk.iam.users.values())


@pytest.mark.parametrize("verb", ["create_access_key", "create_user"])
def test_a_lost_reply_is_nobodys_failure(desk: Desk, verb: str) -> None:
    """botocore repeats CreateUser, and AWS says that it exists; it does not repeat CreateAccessKey."""
    exists = aws_error("EntityAlreadyExists", status=409, attempts=1)
    desk.iam.fail(verb, lost_reply() if verb == "create_access_key" else exists, applied=True)
    result = desk.run()
    assert not any(one["failed"] for one in result["users"])
    for name, row in desk.sheet().items():
        assert desk.iam.users[name].keys == {row["Access key ID"]: row["Secret access key"]}
        assert len(desk.iam.users[name].policies) == 1


def test_somebody_else_made_the_user_meanwhile(desk: Desk) -> None:
    """The plan was for a new user; the user who is there now is a stranger, and stays as it is."""

    def somebody() -> None:
        desk.iam.users["anna"] = User()
        desk.iam.new_key("anna", "AKIATHEIRS")

    desk.iam.fail("create_user", happens=somebody)
    result = desk.run(options("anna"))
    assert "is not managed by this collection" in result["users"][0]["msg"]
    adopted = desk.run(options("anna", adopt_existing=True))
    assert not adopted["users"][0]["failed"]
    assert "AKIATHEIRS" in desk.iam.users["anna"].keys


def test_what_is_refused_after_something_was_done_does_not_say_that_nothing_was(
    desk: Desk, other: CredentialsDirectory
) -> None:
    """Another run served the user meanwhile, and somebody changed it for good measure: the new plan is refused."""
    desk.iam.users["anna"] = User(tags=dict(OURS), password="theirs")

    def meanwhile() -> None:
        key, secret = desk.iam.new_key("anna", "AKIATHEIRS")
        other.save_access_key(Credentials("anna", access_key_id=key, secret_access_key=secret))
        desk.iam.statuses[key] = "Inactive"
        desk.iam.users["anna"].tags.clear()

    desk.iam.fail("attach_user_policy", happens=meanwhile)
    anna = outcome(desk.run(options("anna")), "anna")
    assert anna["failed"]
    assert anna["changes"] == [f"attach policy {FULL} to anna"]
    assert anna["msg"].startswith("2 things are wrong:\n  1. an IAM user 'anna' exists and is not managed by this")
    assert "nothing was changed" not in anna["msg"]
    assert len(anna["problems"]) == 2


# What stops everybody ------------------------------------------------------------------------------------------------


def test_a_bad_destination_stops_everybody_and_all_is_listed(desk: Desk) -> None:
    desk.path.mkdir(mode=0o755)
    desk.path.chmod(0o755)
    with pytest.raises(RefusedError) as caught:
        desk.run(options("anna", path="x"), options("bert"))
    said = str(caught.value)
    assert said.startswith("2 things are wrong and nothing was changed:\n")
    assert "can be read by other users of this machine (mode 0755)" in said
    assert "the path 'x'" in said
    assert desk.iam.writes == []


def test_a_class_that_does_not_fit_in_the_account(desk: Desk) -> None:
    account = vars(an_account(summary={"Users": 4999, "UsersQuota": 5000})) | {"password_policy": {}}
    with pytest.raises(RefusedError, match="3 users are to be created, but account 123456789012 has room for 1"):
        desk.run(account=account)
    assert desk.iam.writes == []


def test_a_file_that_is_not_ours_is_its_users_failure_and_not_overwritten(desk: Desk) -> None:
    desk.run()
    desk.iam.users["anna"].password = None
    path = desk.path / "bert_accessKeys.csv"
    path.write_text("my notes\n")
    result = desk.run()
    assert "bert_accessKeys.csv' does not begin with" in outcome(result, "bert")["msg"]
    assert outcome(result, "bert")["failed"]
    assert path.read_text() == "my notes\n"
    assert not outcome(result, "anna")["failed"]
    assert desk.iam.writes == ["create_login_profile"]


# Keys ---------------------------------------------------------------------------------------------------------------


def test_a_key_that_aws_does_not_list_yet_is_no_reason_for_another(desk: Desk) -> None:
    """The key on file answers, so AWS's list is old."""
    desk.run(options("anna"))
    (key,) = desk.iam.users["anna"].keys
    desk.iam.hidden_for[key] = 1
    result = desk.run(options("anna"))
    assert not result["changed"]
    assert list(desk.iam.users["anna"].keys) == [key]


def test_a_key_that_was_deleted_is_made_anew_and_the_old_file_is_kept(desk: Desk) -> None:
    desk.run(options("anna"))
    (old,) = desk.iam.users["anna"].keys
    desk.iam.forget_key("anna", old)
    result = desk.run(options("anna"))
    assert f"the saved access key {old} of 'anna' no longer exists in AWS" in result["users"][0]["warnings"][0]
    (new,) = desk.iam.users["anna"].keys
    assert desk.sheet()["anna"]["Access key ID"] == new
    kept = [path.read_text() for path in (desk.path / "superseded").iterdir()]
    assert len(kept) == 2
    assert all(old in one for one in kept)
    assert not desk.clock.slept, "only a new key is waited for"


def test_a_new_key_that_aws_does_not_know_yet_is_waited_for(desk: Desk) -> None:
    """A run was killed when the secret was just saved."""
    desk.run(options("anna"))
    (key,) = desk.iam.users["anna"].keys
    CredentialsDirectory(str(desk.path)).leave_intent("anna", Intent(access_key=True))
    desk.iam.hidden_for[key] = 1
    desk.iam.fail("caller_of", aws_error("InvalidClientTokenId", status=403), times=3)
    desk.run(options("anna"))
    assert desk.clock.slept == [0.25, 0.5, 1]
    assert list(desk.iam.users["anna"].keys) == [key]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_file_with_a_key_that_was_renamed_is_found_out_by_the_sheet_of_the_class(
    desk: Desk, check_mode: bool
) -> None:
    """The file of a key does not say whose it is, and somebody else's key would be saved as anna's."""
    desk.run(options("anna"), options("bert"))
    (key,) = desk.iam.users["bert"].keys
    (desk.path / "bert_accessKeys.csv").rename(desk.path / "anna_accessKeys.csv")
    result = desk.run(options("anna"), check_mode=check_mode)
    assert outcome(result, "anna")["failed"]
    assert outcome(result, "anna")["msg"] == (
        f"the access key file of 'anna' contains {key}, which belongs to 'bert' according to class_credentials.csv; "
        "the file was renamed or copied: move it away"
    )
    assert desk.iam.writes == []
    assert CredentialsDirectory(str(desk.path)).saved("anna").access_key_id == key, "nothing is touched"


def test_a_key_on_file_that_is_of_another_user_is_not_hers(desk: Desk) -> None:
    """Without the sheet of the class, AWS tells."""
    desk.run(options("anna"), options("bert"))
    (key,) = desk.iam.users["anna"].keys
    desk.iam.forget_key("anna", key)
    (theirs,) = desk.iam.users["bert"].keys
    (desk.path / "anna_accessKeys.csv").write_bytes((desk.path / "bert_accessKeys.csv").read_bytes())
    (desk.path / "class_credentials.csv").unlink()
    desk.run(options("anna"))
    (new,) = desk.iam.users["anna"].keys
    assert new not in (key, theirs)
    assert list(desk.iam.users["bert"].keys) == [theirs]


def test_a_file_that_is_gone_is_made_again_from_the_files_of_the_class(desk: Desk) -> None:
    desk.run(options("anna"))
    own = [desk.path / f"anna_{end}.csv" for end in ("accessKeys", "credentials", "aws_configure_import")]
    before = [path.read_bytes() for path in own]
    for path in own:
        path.unlink()
    checked = desk.run(options("anna"), check_mode=True)
    assert not any(path.exists() for path in own)
    result = desk.run(options("anna"))
    told = "anna_credentials.csv and anna_accessKeys.csv and anna_aws_configure_import.csv"
    words = [f"restore {told} of anna from the other credential files"]
    assert checked["users"][0]["changes"] == result["users"][0]["changes"] == words
    assert [path.read_bytes() for path in own] == before
    (desk.path / "class_credentials.csv").unlink()
    for number in (0, 2):
        own[number].unlink()
        assert desk.run(options("anna"))["users"][0]["fate"] == "completed"
        assert own[number].read_bytes() == before[number]


def test_a_key_whose_secret_is_nowhere_is_kept_and_said_not_to_be_right(desk: Desk) -> None:
    desk.run(options("anna"))
    (key,) = desk.iam.users["anna"].keys
    own = ("anna_accessKeys.csv", "anna_aws_configure_import.csv")
    for name in (*own, "class_credentials.csv", "aws_configure_import.csv"):
        (desk.path / name).unlink()
    (anna,) = desk.run(options("anna"))["users"]
    assert (anna["failed"], anna["fate"]) == (True, "needs action")
    assert f"access key {key} of 'anna' exists, but its secret is not saved" in anna["msg"]
    assert [*desk.iam.users["anna"].keys] == [key]
    result = desk.run(options("anna", lost_secret="fail"))
    assert result["users"][0]["failed"]
    desk.run(options("anna", lost_secret="replace"))
    (new,) = desk.iam.users["anna"].keys
    assert new != key
    assert desk.sheet()["anna"]["Access key ID"] == new
    assert desk.iam.users["anna"].tags == OURS | {new: DESCRIPTION}


def test_the_network_is_gone_when_a_key_is_to_be_looked_for(desk: Desk) -> None:
    """Not knowing whether a key still works is no reason to make another one."""
    desk.run(options("anna"))
    (key,) = desk.iam.users["anna"].keys
    desk.iam.hidden_for[key] = 1
    desk.iam.fail("caller_of", lost_reply())
    with pytest.raises(AnsibleIAMError):
        desk.run(options("anna"))
    assert desk.iam.writes == []
    assert CredentialsDirectory(str(desk.path)).saved("anna").access_key_id == key


@pytest.mark.parametrize(
    ("verb", "done", "key"),
    [
        ("create_user", 0, False),
        ("create_access_key", 3, False),
        # The key is made and saved, whatever comes of its description or its proof.
        ("tag_user", 4, True),
        ("caller_of", 4, True),
    ],
)
def test_who_failed_is_changed_as_far_as_it_went(desk: Desk, verb: str, done: int, key: bool) -> None:
    desk.iam.fail(verb, aws_error("AccessDenied", "no", 403))
    result = desk.run(options("anna"))
    anna = outcome(result, "anna")
    assert anna["failed"]
    assert len(anna["planned"]) == 4
    assert anna["changes"] == anna["planned"][:done]
    assert ("create an access key for anna and save its secret" in anna["changes"]) is key
    assert (desk.path / "anna_accessKeys.csv").exists() is key
    assert anna["changed"] is bool(done)
    assert result["changed"] is bool(done)
    assert (bool(result["diff"]), bool(anna["diff"])) == (bool(done), bool(done))
    assert ("(new)" in anna["diff"].get("after", {}).get("access_keys", {})) is key


@pytest.mark.parametrize("others", [0, 700], ids=["in bulk", "one by one"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_name_that_differs_in_case_only_is_found_before_anything_is_done(
    desk: Desk, others: int, check_mode: bool
) -> None:
    desk.iam.users |= {f"other-{number}": User() for number in range(others)}
    desk.iam.users["Anna"] = User(tags=dict(OURS))
    result = desk.run(options("anna"), options("bert"), check_mode=check_mode)
    assert outcome(result, "anna")["msg"] == namesake_problem("anna", "Anna")
    assert not outcome(result, "bert")["failed"]
    assert bool(desk.iam.made("all_users")) is not bool(others)
    assert "anna" not in desk.iam.users
    assert desk.clock.slept == []


def test_a_name_that_differs_in_case_only_and_appears_after_the_look_is_not_waited_for(desk: Desk) -> None:
    def somebody() -> None:
        desk.iam.users["Anna"] = User(tags=dict(OURS))

    desk.iam.fail("create_user", happens=somebody)
    anna = outcome(desk.run(options("anna")), "anna")
    assert anna["msg"] == namesake_problem("anna", "Anna")
    assert desk.clock.slept == []


def test_a_user_that_is_there_and_not_seen_is_waited_for(desk: Desk) -> None:
    """CreateUser came through and its reply did not; GetUser may know the user a little later."""
    exists = aws_error("EntityAlreadyExists", status=409, attempts=1)

    def hide() -> None:
        hidden = desk.iam.users.pop("anna")
        desk.iam.fail("user", times=4)
        desk.iam.fail("user", happens=lambda: desk.iam.users.update(anna=hidden))

    desk.iam.users["bert"] = User()
    desk.iam.fail("create_user", exists, applied=True)
    # It is hidden when the names are looked through for one that differs in case only.
    desk.iam.fail("user", happens=hide)
    anna = outcome(desk.run(options("anna")), "anna")
    assert not anna["failed"], anna["msg"]
    assert desk.clock.slept[:2] == [0.25, 0.5]
    assert len(desk.iam.users["anna"].keys) == 1


# What was made is looked at once more --------------------------------------------------------------------------------


def test_what_aws_does_not_show_at_once_is_waited_for(desk: Desk) -> None:
    made: list[str] = []

    def hide() -> None:
        made.extend(desk.iam.users["anna"].policies)
        desk.iam.users["anna"].policies.clear()

    # The first look is for the plan.
    desk.iam.fail("all_users")
    desk.iam.fail("all_users", happens=hide)
    desk.iam.fail("all_users")
    desk.iam.fail("all_users", happens=lambda: desk.iam.users["anna"].policies.extend(made))
    anna = outcome(desk.run(options("anna")), "anna")
    assert (anna["failed"], anna["changed"]) == (False, True)
    assert desk.clock.slept == [0.25]


def test_what_somebody_took_away_at_once_is_told(desk: Desk) -> None:
    desk.iam.fail("all_users")
    desk.iam.fail("all_users", happens=lambda: desk.iam.users["anna"].policies.clear())  # noqa: PLW0108
    result = desk.run(options("anna"), options("bert"))
    anna = outcome(result, "anna")
    assert (anna["failed"], anna["changed"], outcome(result, "bert")["failed"]) == (True, True, False)
    assert anna["msg"] == (
        f"AWS does not show what this run changed for user 'anna': policy {FULL} is not attached to 'anna'. Run again"
    )
    assert 200 < sum(desk.clock.slept) <= 300


@pytest.mark.parametrize("planner", [None, Rotation(datetime.datetime.now(tz=datetime.UTC), older_than_days=1).plan])
def test_where_nothing_was_made_nobody_looks_again(desk: Desk, planner: Planner | None) -> None:
    desk.run()
    desk.run(planner=planner)
    assert len(desk.iam.made("all_users")) == 1


# Two runs at once ----------------------------------------------------------------------------------------------------


@pytest.fixture
def other(desk: Desk) -> CredentialsDirectory:
    """Have another run at work there: the process that started this one."""
    one = CredentialsDirectory(str(desk.path), run=Run.of(os.getppid()))
    one.prepare()
    return one


def test_a_user_for_whom_another_run_is_at_work_is_left_to_it(desk: Desk, other: CredentialsDirectory) -> None:
    desk.iam.users["anna"] = User(tags=dict(OURS))
    other.leave_intent("anna", Intent(access_key=True))
    desk.iam.new_key("anna", "AKIATHEIRS")
    for check_mode in (True, False):
        result = desk.run(check_mode=check_mode)
        said = f"another run ({Run.of(os.getppid())}) is setting credentials of 'anna'; run again when it has ended"
        assert outcome(result, "anna")["msg"] == said
        assert [one["failed"] for one in result["users"]] == [True, False, False]
    assert list(desk.iam.users["anna"].keys) == ["AKIATHEIRS"]
    assert desk.iam.users["anna"].password is None
    assert sorted(desk.sheet()) == ["bert", "carl"]


def test_a_user_whom_another_run_served_after_the_plan_is_served_once(desk: Desk, other: CredentialsDirectory) -> None:
    desk.iam.users["anna"] = User(tags=dict(OURS), password="theirs")

    def serve() -> None:
        other.save_login(Credentials("anna", "theirs", URL))
        key, secret = desk.iam.new_key("anna", "AKIATHEIRS")
        other.save_access_key(Credentials("anna", access_key_id=key, secret_access_key=secret))
        desk.iam.hidden_for[key] = 3

    desk.iam.fail("attach_user_policy", happens=serve)
    result = desk.run(options("anna"))
    assert not outcome(result, "anna")["failed"], outcome(result, "anna")["msg"]
    assert outcome(result, "anna")["changes"][0] == f"attach policy {FULL} to anna", "what was done before counts"
    assert list(desk.iam.users["anna"].keys) == ["AKIATHEIRS"]
    assert desk.iam.users["anna"].tags["AKIATHEIRS"] == DESCRIPTION


def test_a_key_that_another_run_exchanged_after_the_plan_is_exchanged_once(
    desk: Desk, other: CredentialsDirectory
) -> None:
    desk.run(options("anna"))
    (old,) = desk.iam.users["anna"].keys
    del desk.iam.users["anna"].tags[old]

    def exchange() -> None:
        key, secret = desk.iam.new_key("anna", "AKIATHEIRSISNEWER")
        other.save_access_key(Credentials("anna", access_key_id=key, secret_access_key=secret))

    desk.iam.fail("tag_user", happens=exchange)
    tomorrow = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(days=1)
    rotation = Rotation(tomorrow, older_than_days=1)
    result = desk.run(options("anna"), planner=rotation.plan)
    assert not outcome(result, "anna")["failed"], outcome(result, "anna")["msg"]
    assert list(desk.iam.users["anna"].keys) == ["AKIATHEIRSISNEWER"]


def test_the_key_that_another_run_is_saving_is_no_orphan(desk: Desk, other: CredentialsDirectory) -> None:
    """It took over from a run that was killed, after we had read that run's intent."""
    desk.iam.users["anna"] = User(tags=dict(OURS), password="theirs")
    killed = CredentialsDirectory(str(desk.path), run=replace(Run.of(os.getpid()), started="long ago"))
    killed.leave_intent("anna", Intent(access_key=True))
    desk.iam.new_key("anna", "AKIATHEIRS")
    desk.iam.fail("attach_user_policy", happens=lambda: t.cast("None", other.leave_intent("anna", Intent(True))))
    result = desk.run(options("anna"))
    assert "is setting credentials of 'anna'" in outcome(result, "anna")["msg"]
    assert list(desk.iam.users["anna"].keys) == ["AKIATHEIRS"]


def test_another_class_has_to_wait(desk: Desk, other: CredentialsDirectory) -> None:
    with other.alone(["anna"]):
        with pytest.raises(DestinationError, match="is saving credentials of 'anna' in"):
            desk.run()
        assert desk.iam.writes == []
        desk.run(options("dora"))  # one user is none of its business
        desk.run(options("bert"), options("carl"))  # nor are others, as those of another slice
    desk.run()
    with other.alone(["anna"]):
        assert not desk.run()["changed"], "nor is a run that has nothing to do"


# What is told of it


def test_a_key_that_was_renamed_to_another_user_stays_out_of_the_files_of_the_class(desk: Desk) -> None:
    desk.run(options("anna"), options("bert"))
    (desk.path / "bert_accessKeys.csv").rename(desk.path / "anna_accessKeys.csv")
    before = desk.sheet()
    assert outcome(desk.run(options("anna")), "anna")["failed"]
    assert desk.sheet() == before


def test_the_key_of_who_failed_after_it_was_saved_is_named(desk: Desk) -> None:
    desk.iam.fail("tag_user", aws_error("AccessDenied", "no", 403))
    anna = outcome(desk.run(options("anna")), "anna")
    assert anna["failed"]
    assert anna["access_key_id"] == CredentialsDirectory(str(desk.path)).saved("anna").access_key_id


def test_the_diff_of_all_is_that_of_each(desk: Desk) -> None:
    result = desk.run(options("anna"), options("bert"))
    assert result["diff"] == [user["diff"] for user in result["users"]]
    assert all(one["after"]["files"] for one in result["diff"])


def test_of_somebody_who_is_only_planned_nothing_is_said_to_be_there(desk: Desk) -> None:
    assert outcome(desk.run(options("anna"), check_mode=True), "anna")["state"] == []
    desk.run(options("anna"))
    assert outcome(desk.run(options("anna"), check_mode=True), "anna")["state"]


def test_what_was_done_before_the_plan_was_made_anew_is_told_from_the_beginning(
    desk: Desk, other: CredentialsDirectory
) -> None:
    def serve() -> None:
        key, secret = desk.iam.new_key("anna", "AKIATHEIRS")
        other.save_access_key(Credentials("anna", access_key_id=key, secret_access_key=secret))

    desk.iam.fail("attach_user_policy", happens=serve)
    anna = outcome(desk.run(options("anna")), "anna")
    assert not anna["failed"]
    assert anna["diff"]["before"] == {}
    assert anna["diff"]["after"]["console_sign_in"] == "enabled, with a generated password"


# Hours ---------------------------------------------------------------------------------------------------------------

HOURS = f"arn:aws:iam::{ACCOUNT_ID}:policy/InvoiceScannerHours-spring"
SPRING = {"class_name": "spring", "closes": "2999-12-31"}


def test_the_hours_of_a_class_are_made_once_and_attached_first(desk: Desk) -> None:
    users = [options(name, **SPRING) for name in CLASS]
    foretold = desk.run(*users, check_mode=True)
    assert desk.iam.writes == []
    assert desk.decided()["missing_hours"] == [{"class_name": "spring", "opens": "", "closes": "3000-01-01T00:00:00Z"}]
    result = desk.run(*users)
    assert result["hours"] == foretold["hours"]
    assert "class 'spring' is open: it closes on Wed 3000-01-01 00:00 UTC" in result["hours"]
    assert desk.iam.writes[0] == "create_policy"
    assert [desk.iam.users[name].policies[0] for name in CLASS] == [HOURS] * len(CLASS)
    assert not desk.run(*users)["changed"]
    assert desk.iam.writes == []


def test_a_run_of_a_class_leaves_a_pause_and_other_hours_alone(desk: Desk) -> None:
    desk.run(options("anna", **SPRING))
    hours.run(as_iam(desk.iam), {**SPRING, "opens": "", "timezone": "", "expires": "", "action": "pause"}, False)
    result = desk.run(options("anna", class_name="spring"), options("late", class_name="spring", closes="2998-01-01"))
    assert desk.iam.users["late"].policies[0] == HOURS
    assert "create_policy_version" not in desk.iam.writes
    assert "class 'spring' is paused" in result["hours"][0]
    assert [one for one in result["warnings"] if "run the playbook hours to change the class" in one]


def test_a_class_that_is_over_before_it_begins_is_refused_and_nobody_made(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="class 'spring': invoice_iam_user_closes is 2020-01-02T"):
        desk.run(options("anna", class_name="spring", closes="2020-01-01"))
    assert desk.iam.writes == []


def test_hours_that_cannot_be_understood_are_their_users_failure(desk: Desk) -> None:
    result = desk.run(options("anna", class_name="spring", closes="soon"), options("bert"))
    assert "invoice_iam_user_closes is 'soon', which is not a time" in outcome(result, "anna")["msg"]
    assert sorted(desk.iam.users) == ["bert"]
