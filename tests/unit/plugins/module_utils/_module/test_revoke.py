# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Leaked access keys are taken out of use, whosever they are, each user with an outcome of its own."""

from __future__ import annotations

import datetime
import io
import json
import typing as t

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import revoke
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import aws_error, lost_reply
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    DESCRIPTION,
    FULL,
    OURS,
)

ANNA, OLD, BERT = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE", "AKIAIOSFODNN7EXBERT1"
GONE = "AKIAGONEGONEGONEGONE"
DENIED = aws_error("AccessDenied", "User: arn is not authorized", 403)


class Desk:
    """An account with two users of ours in it, and an operator."""

    def __init__(self) -> None:
        self.iam = FakeIam()
        for name, key_id in (("anna", ANNA), ("bert", BERT)):
            self.iam.users[name] = User(tags=OURS | {key_id: DESCRIPTION}, policies=[FULL], password="Zq7-Geheim!")
            self.iam.new_key(name, key_id)
        self.iam.new_key("anna", OLD)
        self.iam.statuses[OLD] = "Inactive"
        self.iam.users["operator"] = User()
        self.iam.new_key("operator", self.iam.own_key_id)
        self.marks = io.StringIO()

    def run(self, *key_ids: str, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
        wishes = dict.fromkeys(("delete", "sign_in", "sessions", "strangers"), False)
        values: dict[str, t.Any] = {
            "access_key_ids": list(key_ids) or None,
            "users": None,
            "threads": 4,
            "class_name": "",
            **wishes,
        }
        self.iam.calls.clear()
        self.marks = io.StringIO()
        return revoke.run(as_iam(self.iam), values | options, Marks(self.marks), check_mode)


@pytest.fixture
def desk() -> Desk:
    """Begin anew."""
    return Desk()


def names(result: dict[str, t.Any]) -> list[str]:
    return [one["name"] for one in result["users"]]


# By the IDs of keys ---------------------------------------------------------------------------------------------------


def test_the_owner_of_a_key_is_looked_up_and_the_key_is_useless_at_once(desk: Desk) -> None:
    result = desk.run(ANNA)
    (anna,) = result["users"]
    assert (anna["name"], anna["changed"], anna["failed"], anna["access_key_ids"]) == ("anna", True, False, [ANNA])
    assert anna["changes"][0] == f"deactivate access key {ANNA} of anna"
    assert desk.iam.statuses[ANNA] == "Inactive"
    assert (result["changed"], result["warnings"], result["problems"], desk.marks.getvalue()) == (True, [], [], ".")
    assert len(result["diff"]) == 1


def test_that_it_was_on_purpose_is_noted(desk: Desk) -> None:
    """Or the next run for the class would make another key."""
    desk.run(ANNA)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    assert desk.iam.users["anna"].tags["revoked"] == today
    assert "revoked" not in desk.iam.users["bert"].tags


def test_keys_of_several_users_in_any_order(desk: Desk) -> None:
    result = desk.run(BERT, ANNA, OLD, BERT)
    assert names(result) == ["bert", "anna"]
    assert [one["access_key_ids"] for one in result["users"]] == [[BERT], [ANNA, OLD]]
    assert desk.iam.statuses == dict.fromkeys((ANNA, OLD, BERT), "Inactive")


def test_every_key_is_useless_before_anything_else_is_looked_up(desk: Desk) -> None:
    """What nothing depends on may fail, and takes time."""
    desk.run(ANNA)
    verbs = [call.verb for call in desk.iam.calls]
    (locked,) = [index for index, verb in enumerate(verbs) if verb == "update_access_key"]
    assert verbs[:locked].count("key_last_used") == 1, "whose it is"
    assert verbs[locked:].count("key_last_used") == 1, "what it last did"


def test_what_it_could_do_and_last_did_is_told(desk: Desk) -> None:
    when = datetime.datetime(2026, 7, 1, 8, 9, tzinfo=datetime.UTC)
    desk.iam.used[ANNA] = {"LastUsedDate": when, "ServiceName": "s3", "Region": "eu-west-1"}
    (anna,) = desk.run(ANNA)["users"]
    assert anna["report"] == [
        f"access key {ANNA} of anna could do what these policies allow: AIInvoiceScannerFullPolicy since 2026-01-02 "
        "03:04 UTC; AWS last saw it used on 2026-07-01 08:09 UTC, for s3 in eu-west-1"
    ]


def test_an_operator_who_may_not_ask_when_a_key_was_used_revokes_it_all_the_same(desk: Desk) -> None:
    desk.iam.fail("key_last_used")
    desk.iam.fail("key_last_used", DENIED)
    (anna,) = desk.run(ANNA)["users"]
    assert (anna["failed"], desk.iam.statuses[ANNA]) == (False, "Inactive")
    assert anna["report"][0].endswith("AWS does not say when it was last used")


def test_whose_a_key_is_is_found_in_the_tags_of_users_where_one_may_not_ask(desk: Desk) -> None:
    """Our keys are described there."""
    desk.iam.fail("key_last_used", DENIED, times=10)
    result = desk.run(ANNA, BERT)
    assert names(result) == ["anna", "bert"]
    assert (desk.iam.statuses[ANNA], desk.iam.statuses[BERT]) == ("Inactive", "Inactive")
    assert (result["warnings"], result["problems"]) == ([], [])


def test_a_key_that_is_gone_is_told_of_and_stops_nobody(desk: Desk) -> None:
    desk.iam.fail("key_last_used", DENIED)
    result = desk.run(GONE, ANNA)
    assert result["warnings"] == [f"account {ACCOUNT_ID} no longer has access key {GONE}: there is nothing to revoke"]
    assert (names(result), result["problems"]) == (["anna"], [])


def test_a_key_that_is_gone_is_told_from_one_for_which_one_may_not_ask(desk: Desk) -> None:
    """AWS says the same of both; of the operator's own key it says something else to who may ask."""
    desk.iam.fail("key_last_used", DENIED)
    result = desk.run(GONE)
    assert (len(result["warnings"]), result["problems"], result["changed"]) == (1, [], False)
    desk.iam.fail("key_last_used", DENIED, times=2)
    result = desk.run(GONE)
    assert result["warnings"] == []
    (problem,) = result["problems"]
    assert problem.startswith(f"AWS does not name the owner of access key {GONE}: it is deleted, or these")
    assert "(AccessDenied)" in problem


def test_an_operator_without_a_key_of_his_own_cannot_tell_either(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.iam, "own_key_id", "")
    desk.iam.fail("key_last_used", DENIED)
    result = desk.run(GONE)
    assert (result["warnings"], len(result["problems"])) == ([], 1)


def test_a_key_of_another_account_is_told_of_and_stops_nobody(desk: Desk) -> None:
    desk.iam.elsewhere[GONE] = "999999999999"
    desk.iam.fail("key_last_used", DENIED)
    result = desk.run(GONE, ANNA)
    assert result["problems"] == [
        f"access key {GONE} belongs to account 999999999999, but the AWS credentials belong to account {ACCOUNT_ID}; "
        "run again with credentials of account 999999999999"
    ]
    assert desk.iam.statuses[ANNA] == "Inactive"


def test_aws_that_does_not_answer_whose_a_key_is_is_an_error(desk: Desk) -> None:
    desk.iam.fail("key_last_used", lost_reply())
    with pytest.raises(AnsibleIAMError):
        desk.run(ANNA)
    assert desk.iam.writes == []


@pytest.mark.parametrize(
    ("key_ids", "said"),
    [
        (["ASIAIOSFODNN7EXAMPLE"], "ASIAIOSFODNN7EXAMPLE is the key of a session"),
        ([ANNA, "AKIA"], "'AKIA' is not the ID of an access key"),
        (["", "AKIA"], "'' is not the ID of an access key"),
    ],
)
def test_what_is_no_key_stops_everybody_before_anything_is_asked(desk: Desk, key_ids: list[str], said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        desk.run(*key_ids)
    assert str(caught.value).startswith(said)
    assert desk.iam.calls == []


# By users -------------------------------------------------------------------------------------------------------------


def test_all_keys_of_users_in_the_order_in_which_they_are_named(desk: Desk) -> None:
    result = desk.run(users=["bert", "anna", "bert"])
    assert names(result) == ["bert", "anna", "bert"]
    assert result["users"][1]["access_key_ids"] == [ANNA, OLD]
    assert len(desk.iam.made("update_access_key")) == 2
    assert not [call for call in desk.iam.calls if call.verb == "all_users"]


def test_a_name_that_is_none_and_a_user_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="the user name 'no blanks' contains"):
        desk.run(users=["no blanks", "anna"])
    assert desk.iam.calls == []
    result = desk.run(users=["dora", "anna"])
    assert [(one["failed"], one["msg"]) for one in result["users"]] == [
        (True, "there is no user 'dora'; check the name"),
        (False, ""),
    ]
    assert sorted(desk.marks.getvalue()) == [".", "x"]


def test_whom_get_user_does_not_know_yet_is_locked_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.iam, "user", lambda _name: None)
    (anna,) = desk.run(users=["anna"])["users"]
    assert (anna["failed"], anna["changed"]) == (False, True)
    assert "Active" not in desk.iam.users["anna"].keys.values()


@pytest.mark.parametrize(("class_name", "refused"), [("2026", False), ("2025", True), ("", True)])
def test_a_user_of_another_class_is_not_meant_by_its_name(desk: Desk, class_name: str, refused: bool) -> None:
    """Every class has its user-01. Whose key has leaked is out of the question."""
    desk.iam.users["anna"].tags["workshop-class"] = "2026"
    (anna,) = desk.run(users=["anna"], class_name=class_name)["users"]
    assert anna["failed"] is refused
    assert bool(desk.iam.writes) is not refused
    assert ("belongs to class '2026'" in anna["msg"]) is refused
    assert not desk.run(ANNA, class_name=class_name)["users"][0]["failed"]


# What is wished for besides -------------------------------------------------------------------------------------------


def test_sign_in_sessions_and_keys_go(desk: Desk) -> None:
    before = datetime.datetime.now(tz=datetime.UTC)
    (anna,) = desk.run(users=["anna"], delete=True, sign_in=True, sessions=True)["users"]
    user = desk.iam.users["anna"]
    assert (user.keys, user.password, user.others["inline_policies"]) == ({}, None, ["AWSRevokeOlderSessions"])
    assert ANNA not in user.tags
    (statement,) = json.loads(desk.iam.documents["anna", "AWSRevokeOlderSessions"])["Statement"]
    at = datetime.datetime.fromisoformat(statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])
    # The policy knows milliseconds.
    assert before - datetime.timedelta(milliseconds=1) <= at <= datetime.datetime.now(tz=datetime.UTC)
    assert anna["changes"][-1] == f"delete access key {OLD} of anna"
    assert desk.iam.writes[:2] == ["update_access_key", "delete_login_profile"]


@pytest.mark.parametrize("options", [{}, {"delete": True, "sign_in": True, "sessions": True}])
def test_check_mode_foretells_and_touches_nothing(desk: Desk, options: dict[str, bool]) -> None:
    checked = desk.run(ANNA, BERT, check_mode=True, **options)
    assert desk.iam.writes == []
    assert desk.run(ANNA, BERT, **options) == checked


def test_a_second_time_changes_nothing(desk: Desk) -> None:
    desk.run(ANNA, OLD)
    result = desk.run(ANNA, OLD)
    (anna,) = result["users"]
    assert (result["changed"], anna["changes"], anna["diff"], desk.iam.writes) == (False, [], {}, [])


def test_a_stranger_is_left_alone_unless_that_is_asked_for(desk: Desk) -> None:
    desk.iam.users["anna"].tags.pop("managed-by")
    (anna,) = desk.run(ANNA)["users"]
    assert (anna["failed"], anna["changes"], desk.iam.writes) == (True, [], [])
    assert anna["msg"].endswith("run again with invoice_iam_user_revoke_strangers=true")
    (anna,) = desk.run(ANNA, strangers=True)["users"]
    assert (anna["failed"], desk.iam.writes) == (False, ["update_access_key"])


# What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "done"),
    [
        ("update_access_key", []),
        ("tag_user", [f"deactivate access key {ANNA} of anna"]),
        ("delete_access_key", [f"deactivate access key {ANNA} of anna"]),
    ],
)
def test_who_fails_is_told_how_far_it_went_and_stops_nobody(desk: Desk, verb: str, done: list[str]) -> None:
    desk.iam.fail(verb, DENIED)
    result = desk.run(ANNA, BERT, delete=True, threads=1)
    anna, bert = result["users"]
    assert (anna["failed"], anna["changed"], bool(anna["diff"])) == (True, bool(done), bool(done))
    assert anna["changes"][:1] == done
    assert f"delete access key {ANNA} of anna" not in anna["changes"]
    assert "(AccessDenied)" in anna["msg"]
    assert (bert["failed"], desk.iam.statuses[BERT]) == (False, "Inactive")
    assert desk.marks.getvalue() == "x."
    assert not desk.run(ANNA, delete=True)["users"][0]["failed"], "and a second run goes on"


def test_a_user_that_vanishes_meanwhile_has_nothing_left_to_revoke(desk: Desk) -> None:
    desk.iam.fail("update_access_key", happens=lambda: t.cast("None", desk.iam.users.pop("anna")))
    (anna,) = desk.run(users=["anna"])["users"]
    assert (anna["failed"], anna["msg"]) == (False, "")


def test_a_key_that_is_not_there_is_told_of() -> None:
    result = Desk().run(GONE)
    assert result["warnings"] == [f"access key {GONE} does not exist: there is nothing to revoke"]
    assert result["problems"] == []
