# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Bad weather, only where it was asked for."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from botocore.exceptions import ConnectionClosedError

from sandbox.aws import weather
from sandbox.aws.errors import AwsError

from .conftest import PASSWORD, Aws, refused


def names(aws: Aws) -> list[str]:
    """The users that there are besides the operator."""
    return [user["UserName"] for user in aws.iam.list_users()["Users"]][1:]


def key_ids(aws: Aws) -> list[str]:
    """The access keys of alice that a list shows."""
    return [key["AccessKeyId"] for key in aws.iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]]


def test_settings_are_read_strictly(aws: Aws) -> None:
    for settings in (
        {"sunshine": 1},
        {"new_user_missing_for": {"minutes": 1}},
        {"reset_after": {"action": "CreateUser", "status": 500}},
        {"reset_after": {"nth": 1}},
        {"kill": {"action": "any", "pid": 1}},
    ):
        with pytest.raises(ValueError, match=r".+"):
            aws.sandbox.weather(**settings)
    aws.sandbox.weather()


def test_new_weather_replaces_the_old(aws: Aws) -> None:
    aws.sandbox.weather(reset_before={"action": "CreateUser"})
    aws.sandbox.weather(latency_ms=0)
    aws.iam.create_user(UserName="alice")
    aws.sandbox.weather(reset_before={"action": "any"})
    aws.sandbox.reset()
    aws.iam.create_user(UserName="alice")


def test_latency(aws: Aws) -> None:
    aws.sandbox.weather(latency_ms=100)
    start = time.monotonic()
    aws.iam.list_users()
    assert time.monotonic() - start >= 0.1


def test_throttling(aws: Aws) -> None:
    aws.sandbox.weather(throttle={"rate": 0.001, "burst": 3})
    for _unused in range(3):
        aws.iam.list_users()
    assert refused("Throttling", 400, aws.iam.list_users) == "Rate exceeded"
    aws.sts.get_caller_identity()
    assert aws.sandbox.calls() == {"iam:ListUsers": 4, "sts:GetCallerIdentity": 1}


def test_the_bucket_fills_again() -> None:
    now = 0.0
    throttle = weather.Throttle(rate=2, burst=4, clock=lambda: now)

    def admitted() -> int:
        for number in range(100):
            try:
                throttle.admit()
            except AwsError:
                return number
        return 100

    assert admitted() == 4
    now = 1.0
    assert admitted() == 2
    now = 100.0
    assert admitted() == 4


@pytest.mark.parametrize("setting", [3, {"seconds": 3}])
def test_a_span_of_seconds(setting: float | dict[str, float]) -> None:
    now = 0.0
    span = weather.Span(setting, lambda: now)
    assert span.holds()
    now = 2.9
    assert span.holds()
    now = 3.0
    assert not span.holds()


def test_a_span_of_calls() -> None:
    span = weather.Span({"calls": 2}, lambda: 0.0)
    assert [span.holds() for _unused in range(4)] == [True, True, False, False]


def test_a_new_user_is_not_known_at_once(aws: Aws) -> None:
    aws.sandbox.weather(new_user_missing_for={"calls": 2})
    aws.iam.create_user(UserName="alice")
    message = refused("NoSuchEntity", 404, aws.iam.get_user, UserName="alice")
    assert message == "The user with name alice cannot be found."
    refused("EntityAlreadyExists", 409, aws.iam.create_user, UserName="alice")
    refused("NoSuchEntity", 404, aws.iam.create_access_key, UserName="alice")
    aws.iam.create_access_key(UserName="alice")


def test_seconds_pass_too(aws: Aws) -> None:
    aws.sandbox.weather(new_user_missing_for=3600)
    aws.iam.create_user(UserName="alice")
    for _unused in range(3):
        refused("NoSuchEntity", 404, aws.iam.get_user, UserName="alice")


def test_a_new_key_is_not_valid_at_once(aws: Aws) -> None:
    aws.sandbox.weather(new_key_invalid_for={"calls": 2})
    sts = aws.as_user("sts", aws.user())
    for _unused in range(2):
        refused("InvalidClientTokenId", 403, sts.get_caller_identity)
    sts.get_caller_identity()


def test_lists_of_keys_are_stale(aws: Aws) -> None:
    old = aws.user()["AccessKeyId"]
    aws.sandbox.weather(stale_key_lists_for={"calls": 2})
    new = aws.iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    aws.iam.delete_access_key(UserName="alice", AccessKeyId=old)
    assert [key_ids(aws) for _unused in range(4)] == [[old], [old], [new], [new]]


@pytest.mark.parametrize("whole_user", [False, True])
def test_a_deleted_login_profile_leaves_a_shadow(aws: Aws, whole_user: bool) -> None:
    aws.sandbox.weather(unmodifiable_after_recreate_for={"calls": 2})
    profile = {"UserName": "alice", "Password": PASSWORD}
    aws.iam.create_user(UserName="alice")
    aws.iam.create_login_profile(**profile)
    aws.iam.delete_login_profile(UserName="alice")
    if whole_user:
        aws.iam.delete_user(UserName="alice")
        aws.iam.create_user(UserName="alice")
    for _unused in range(2):
        message = refused("EntityTemporarilyUnmodifiable", 409, aws.iam.create_login_profile, **profile)
        assert message == "Login Profile for User alice cannot be modified while login profile is being created."
    aws.iam.create_login_profile(**profile)
    aws.iam.update_login_profile(**profile)


def test_the_connection_breaks_before(aws: Aws) -> None:
    aws.sandbox.weather(reset_before={"action": "CreateUser", "nth": 2})
    aws.iam.create_user(UserName="alice")
    with pytest.raises(ConnectionClosedError):
        aws.iam.create_user(UserName="bob")
    assert names(aws) == ["alice"]
    aws.iam.create_user(UserName="bob")
    assert aws.sandbox.calls()["iam:CreateUser"] == 3
    assert [entry["error"] for entry in aws.sandbox.log()] == [None, "ConnectionDropped", None, None]


def test_the_connection_breaks_after(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.sandbox.weather(reset_after={"action": "CreateAccessKey", "nth": 1})
    with pytest.raises(ConnectionClosedError):
        aws.iam.create_access_key(UserName="alice")
    assert len(key_ids(aws)) == 1


@pytest.mark.parametrize(("status", "applied"), [(500, True), (503, False)])
def test_a_load_balancer_answers(aws: Aws, status: int, applied: bool) -> None:
    fault = {"action": "CreateUser", "nth": 1, "status": status, "applied": applied}
    aws.sandbox.weather(html_error=fault)
    refused(str(status), status, aws.iam.create_user, UserName="alice")
    assert names(aws) == (["alice"] if applied else [])
    assert aws.sandbox.log()[0]["status"] == status


def test_several_faults(aws: Aws) -> None:
    aws.sandbox.weather(
        html_error=[{"action": "iam:CreateUser", "times": 2, "status": 503}, {"action": "any", "nth": 4}]
    )
    for name in ("alice", "bob"):
        refused("503", 503, aws.iam.create_user, UserName=name)
    aws.iam.create_user(UserName="alice")
    refused("500", 500, aws.iam.list_users)


@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["alice"])])
def test_the_caller_is_killed(aws: Aws, when: str, left: list[str]) -> None:
    script = (
        "import sys, boto3; sys.stdin.readline();"
        "iam = boto3.client('iam'); iam.list_users(); iam.create_user(UserName='alice'); print('survived')"
    )
    victim = subprocess.Popen(
        [sys.executable, "-c", script],
        env={"PATH": "", **aws.sandbox.env()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    aws.sandbox.weather(kill={"action": "CreateUser", "nth": 1, "pid": victim.pid, "when": when})
    output, _unused = victim.communicate(b"go\n", timeout=30)
    assert victim.returncode == -9
    assert output == b""
    assert names(aws) == left


def test_killing_nobody_changes_nothing(aws: Aws) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    gone.wait()
    aws.sandbox.weather(kill={"action": "any", "nth": 1, "pid": gone.pid})
    aws.iam.create_user(UserName="alice")
