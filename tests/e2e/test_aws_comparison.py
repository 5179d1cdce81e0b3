# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""How replies are held against each other by make test-aws."""

from __future__ import annotations

import datetime
import subprocess
import sys
import typing as t
from pathlib import Path

import botocore.exceptions
import pytest

from tests.aws import recorded
from tests.aws.mark import Mark, token_of_name, token_of_path
from tests.aws.playbooks import RECORDER
from tests.aws.recorder.sitecustomize import members, within
from tests.aws.replies import Difference, Reply, Who, ask, differences
from tests.aws.report import Report
from tests.aws.things import code_of

from .conftest import PROJECT, environment

if t.TYPE_CHECKING:
    from sandbox.aws.client import Sandbox

WHO = Who("210987654321", "arn:aws:iam::210987654321:user/me", "/ours/")
DATE = datetime.datetime(2026, 2, 24, tzinfo=datetime.UTC)


def reply(**content: t.Any) -> Reply:
    return ask(lambda: {**content, "ResponseMetadata": {"HTTPStatusCode": 200, "RequestId": "1"}}, WHO)


def refusal(code: str, status: int) -> Reply:
    said: t.Any = {"Error": {"Code": code, "Message": "No"}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse() -> t.Any:
        raise botocore.exceptions.ClientError(said, "Call")

    return ask(refuse, WHO)


def found(aws: Reply, sandbox: Reply) -> list[str]:
    """The differences as people read them, without the call."""
    return [str(one).removeprefix("call: ") for one in differences("call", aws, sandbox)]


@pytest.mark.parametrize(
    ("aws", "sandbox", "expected"),
    [
        (reply(Name="a", Date=DATE), reply(Name="b", Date=DATE), []),
        (reply(Name="a", Date=DATE), reply(Name="a"), ["Date: AWS: timestamp; the sandbox: nothing"]),
        (reply(Count=1), reply(Count="1"), ["Count: AWS: number; the sandbox: text"]),
        (reply(Status="Active"), reply(Status="Inactive"), ["Status: AWS: 'Active'; the sandbox: 'Inactive'"]),
        (reply(Arn="arn:aws:iam::210987654321:user/x"), reply(Arn="arn:aws:iam::ACCOUNT:user/x"), []),
        (
            reply(Users=[{"A": "x", "B": "y"}, {"A": "z"}]),
            reply(Users=[{"A": "x", "B": "y"}]),
            ["Users[].B: AWS: nothing or text; the sandbox: text"],
        ),
        (reply(Users=[{"A": {"B": "x"}}]), reply(Users=[]), ["Users[]: AWS: structure; the sandbox: nothing"]),
        (reply(Tags=["a"]), reply(Tags=[]), ["Tags[]: AWS: text; the sandbox: nothing"]),
        (reply(User={"A": {"B": "x"}}), reply(User={}), ["User.A: AWS: structure; the sandbox: nothing"]),
        (reply(Users=[{"A": {"B": "x"}}]), reply(), ["Users: AWS: list; the sandbox: nothing"]),
        (reply(Users=[{"Path": "/theirs/", "New": 1}]), reply(Users=[]), []),
        (reply(UserId="AROA" + "A" * 17), reply(UserId="AIDA" + "A" * 17),
            ["UserId: AWS: 21 characters without AIDA; the sandbox: 21 characters with AIDA"]),
        (refusal("A", 400), refusal("A", 409), ["HTTP status: AWS: 400; the sandbox: 409"]),
        (
            refusal("A", 403),
            refusal("B", 404),
            ["error code: AWS: A; the sandbox: B", "HTTP status: AWS: 403; the sandbox: 404"],
        ),
        (reply(Name="a"), refusal("B", 200), ["error code: AWS: none; the sandbox: B"]),
    ],
)  # fmt: skip
def test_differences_are_named_by_member(aws: Reply, sandbox: Reply, expected: list[str]) -> None:
    assert found(aws, sandbox) == expected


def test_no_value_of_a_secret_is_kept() -> None:
    secret = "wJalrXUtnFEMI"
    one = reply(AccessKey={"SecretAccessKey": secret, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, ServicePassword=secret)
    assert secret not in repr(one)
    assert secret not in " ".join(found(one, reply(AccessKey="", ServicePassword=1)))


def test_what_is_elsewhere_in_the_account_is_left_out() -> None:
    answer = {"Users": [{"UserName": "x", "Path": "/"}, {"UserName": "y", "Path": "/ours/1/", "Tags": [{"Key": "k"}]}]}
    assert within(answer, "/ours/") == {"Users": answer["Users"][1:]}
    assert members(within(answer, "/nobodys/")) == {"Users": {"list"}}


def record(action: str, code: str = "", **kinds: list[str]) -> dict[str, t.Any]:
    return {"action": action, "status": 404 if code else 200, "code": code, "members": kinds}


def test_replies_to_playbooks_are_compared_by_what_was_ever_answered() -> None:
    report = Report()
    same = [record("GetUser", User=["text"]), record("CreateUser", User=["text", "nothing"])]
    aws = [*same, record("CreateUser", "ConcurrentModification"), record("ListUsers", Users=["list"])]
    recorded.compare("class", [*aws, *aws], same, report)
    assert not report.differences
    assert report.late == ["CreateUser, class: ConcurrentModification"]
    assert report.remarks == ["ListUsers, class: asked on AWS only"]
    some = record("ListKeys", Keys=["list"])
    some["members"]["Keys[]"] = ["text"]
    recorded.compare("class", [record("ListKeys", Keys=["list"])], [some], report)
    assert report.late[1:] == ["ListKeys, class: Keys without elements"]
    recorded.compare("class", [*same, record("TagUser")], [*same[:1], record("CreateUser", User=["list"])], report)
    assert report.differences == [
        Difference("CreateUser, class", "User", "text", "list"),
        Difference("TagUser, class", "answer", "success", "nothing"),
    ]


def test_every_reply_to_a_process_is_recorded_without_values(endpoint: Sandbox, tmp_path: Path) -> None:
    endpoint.reset()
    endpoint.weather(throttle={"rate": 2, "burst": 1})
    path = tmp_path / "replies"
    script = (
        "import boto3; iam = boto3.client('iam'); iam.create_user(UserName='anna', Path='/ours/'); iam.list_users()"
    )
    recorder = {"PYTHONPATH": str(RECORDER), "RECORDED_REPLIES": str(path), "RECORDED_PATH": "/ours/"}
    # boto3 waits a random time, which may be nearly none, so that its usual three attempts may be too early.
    recorder["AWS_MAX_ATTEMPTS"] = "10"
    variables = environment() | endpoint.env() | recorder
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT, env=variables, check=True)
    records = recorded.read(path)
    throttled = [one for one in records if one["code"]]
    assert {(one["code"], one["status"]) for one in throttled} == {("Throttling", 400)}
    created, users = (one for one in records if not one["code"])
    assert (created["action"], created["members"]["User.CreateDate"]) == ("CreateUser", ["timestamp"])
    assert users["members"]["Users[].UserName"] == ["text"]
    assert "anna" not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_mark_is_found_again_in_names_and_paths() -> None:
    mark = Mark.new()
    assert token_of_name(mark.name("x")) == token_of_name(mark.name("X").upper()) == mark.token
    assert token_of_path(mark.path) == mark.token
    for name in ("x", mark.prefix, f"x{mark.name('x')}", "invoice-scanner-test-x", mark.name("x").replace("-x", "x")):
        assert token_of_name(name) is None
    for path in ("/", "/invoice-scanner-test/", f"{mark.path}x/", f"/x{mark.path}"):
        assert token_of_path(path) is None


def test_the_codes_of_a_device_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B, the last six of its eight digits
    assert code_of(b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59) == "287082"
    assert code_of(b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1111111109) == "081804"
