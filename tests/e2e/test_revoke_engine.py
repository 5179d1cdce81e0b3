# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A leaked key is taken out of use, whosever it is, and nothing else is touched."""

from __future__ import annotations

import json
import typing as t

import botocore.exceptions
import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import revoke
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks

from .conftest import Workshop
from .support.leavers import DESCRIPTION, OWNERSHIP, Gateway, InterruptedRun, account, user_with_everything

if t.TYPE_CHECKING:
    from sandbox.aws.client import Sandbox


class Desk:
    """An account with a student, a stranger, and somebody who revokes keys."""

    def __init__(self, aws: Sandbox, patch: pytest.MonkeyPatch) -> None:
        self.aws = aws
        self.iam = Workshop.client_for(aws.url, aws.connection, "iam")
        self._gateway = Gateway(aws, patch)
        self.iam.create_group(GroupName="students")
        self.stranger = user_with_everything(self.iam, "stranger", ours=False)
        self.before = account(self.iam)
        self.iam.create_user(UserName="student", Tags=[OWNERSHIP])
        self.iam.create_login_profile(UserName="student", Password="Correct-Horse-7")
        self.iam.attach_user_policy(UserName="student", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        self.keys = [self.new_key(), self.new_key()]

    def new_key(self) -> dict[str, str]:
        key = self.iam.create_access_key(UserName="student")["AccessKey"]
        self.iam.tag_user(UserName="student", Tags=[{"Key": key["AccessKeyId"], "Value": DESCRIPTION}])
        return t.cast("dict[str, str]", key)

    def run(
        self, *, check_mode: bool = False, cut: tuple[str, int] | None = None, **options: t.Any
    ) -> dict[str, t.Any]:
        names = ("delete", "sign_in", "sessions", "strangers")
        params = dict.fromkeys(names, False) | {
            "users": None,
            "access_key_ids": None,
            "class_name": "",
            "threads": 1,
            **options,
        }
        self._gateway.mend()
        if cut:
            setattr(self._gateway, *cut)
        return revoke.run(self._gateway, params, Marks(), check_mode)

    def changes(self) -> int:
        """How many changes the last run made."""
        return self._gateway.changes

    def answers(self, key: t.Mapping[str, str]) -> bool:
        """Whether AWS takes a key."""
        pair = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
        try:
            Workshop.client_for(self.aws.url, pair, "sts").get_caller_identity()
        except botocore.exceptions.ClientError:
            return False
        return True

    def statuses(self) -> dict[str, str]:
        keys = self.iam.list_access_keys(UserName="student")["AccessKeyMetadata"]
        return {one["AccessKeyId"]: one["Status"] for one in keys}

    def descriptions(self) -> set[str]:
        return {tag["Key"] for tag in self.iam.list_user_tags(UserName="student")["Tags"]} - {"managed-by", "revoked"}

    def strangers_changed(self) -> bool:
        now = account(self.iam)
        return bool(now["users"]["stranger"] != self.before["users"]["stranger"])


@pytest.fixture
def desk(endpoint: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Desk:
    endpoint.reset()
    return Desk(endpoint, monkeypatch)


def test_by_its_id_alone_a_key_is_made_useless(desk: Desk) -> None:
    leaked, other = desk.keys
    assert desk.answers(leaked)
    told = desk.run(access_key_ids=[leaked["AccessKeyId"]], check_mode=True)
    assert desk.answers(leaked)
    result = desk.run(access_key_ids=[leaked["AccessKeyId"]])
    assert told == result
    (outcome,) = result["users"]
    assert (outcome["name"], outcome["changed"], outcome["failed"]) == ("student", True, False)
    assert (desk.answers(leaked), desk.answers(other)) == (False, True)
    assert desk.iam.get_login_profile(UserName="student")
    assert desk.descriptions() == {one["AccessKeyId"] for one in desk.keys}
    assert not desk.strangers_changed()
    assert desk.run(access_key_ids=[leaked["AccessKeyId"]])["changed"] is False


def test_it_says_what_the_key_could_do_and_last_did(desk: Desk) -> None:
    used, unused = desk.keys
    pair = {"access_key": used["AccessKeyId"], "secret_key": used["SecretAccessKey"]}
    Workshop.client_for(desk.aws.url, pair, "iam").list_users()
    (outcome,) = desk.run(users=["student"])["users"]
    first, second = outcome["report"]
    assert f"{used['AccessKeyId']} of student could do what these policies allow: ReadOnlyAccess since 20" in first
    assert "for iam in us-east-1" in first
    assert unused["AccessKeyId"] in second
    assert "AWS has not seen it used" in second


def test_a_user_is_locked_out_altogether(desk: Desk) -> None:
    (outcome,) = desk.run(users=["student"], sign_in=True, sessions=True, delete=True)["users"]
    assert not outcome["failed"], outcome["msg"]
    assert desk.statuses() == {}
    assert desk.descriptions() == set()
    with pytest.raises(desk.iam.exceptions.NoSuchEntityException):
        desk.iam.get_login_profile(UserName="student")
    policy = desk.iam.get_user_policy(UserName="student", PolicyName="AWSRevokeOlderSessions")["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", ["*"], ["*"])
    (condition,) = statement["Condition"].items()
    assert condition[0] == "DateLessThan"
    assert set(condition[1]) == {"aws:TokenIssueTime"}
    assert not desk.strangers_changed()


def test_a_strangers_key_takes_more_than_its_id(desk: Desk) -> None:
    leaked = desk.stranger[0]
    (outcome,) = desk.run(access_key_ids=[leaked])["users"]
    assert outcome["failed"]
    assert "invoice_iam_user_revoke_strangers=true" in outcome["msg"]
    assert not desk.strangers_changed()
    (outcome,) = desk.run(access_key_ids=[leaked], strangers=True)["users"]
    assert (outcome["changed"], outcome["failed"]) == (True, False)


@pytest.mark.parametrize("key_id", ["ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG", "AKIA"])
def test_what_is_no_key_of_a_user_is_refused(desk: Desk, key_id: str) -> None:
    with pytest.raises(RefusedError, match=r"key of a session|is not the ID of an access key"):
        desk.run(access_key_ids=[desk.keys[0]["AccessKeyId"], key_id])
    assert set(desk.statuses().values()) == {"Active"}


def test_interrupted_anywhere_it_is_finished_by_the_next_run(desk: Desk, long: bool) -> None:
    # After one call is before the next.
    wheres = ["cut_before", "cut_after"] if long else ["cut_after"]
    wishes: dict[str, t.Any] = {"delete": True, "sign_in": True, "sessions": True}
    first, second = (one["AccessKeyId"] for one in desk.keys)
    desk.run(access_key_ids=[first, second], **wishes)
    total = desk.changes()
    assert total >= 6
    for number in range(1, total + 1):
        for where in wheres:
            keys = [desk.new_key()["AccessKeyId"], desk.new_key()["AccessKeyId"]]
            desk.iam.create_login_profile(UserName="student", Password="Correct-Horse-7")
            desk.iam.delete_user_policy(UserName="student", PolicyName="AWSRevokeOlderSessions")
            desk.iam.untag_user(UserName="student", TagKeys=["revoked"])
            with pytest.raises(InterruptedRun):
                desk.run(access_key_ids=keys, cut=(where, number), **wishes)
            result = desk.run(access_key_ids=keys, **wishes)
            assert not [one for one in result["users"] if one["failed"]], json.dumps(result["users"])
            assert (desk.statuses(), desk.descriptions()) == ({}, set())
            with pytest.raises(desk.iam.exceptions.NoSuchEntityException):
                desk.iam.get_login_profile(UserName="student")
            assert desk.iam.get_user_policy(UserName="student", PolicyName="AWSRevokeOlderSessions")
    assert not desk.strangers_changed()
