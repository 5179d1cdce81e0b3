# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Bad weather, only where it was asked for."""

from __future__ import annotations

import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox.aws import faults, weather
from sandbox.aws.errors import AwsError

from .conftest import PASSWORD, POLICY_ARN, Aws, allow, document, refused


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
        {"concurrent_modification": {"action": "ListUsers"}},
        {"concurrent_modification": {"nth": 2}},
        {"concurrent_modification": {"every": 2, "nth": 2}},
        {"html_error": {"every": 0}},
    ):
        with pytest.raises(ValueError, match=r".+"):
            aws.sandbox.weather(**settings)
    aws.sandbox.weather()


def test_every_setting_is_documented() -> None:
    readme = (Path(weather.__file__).parent / "README.md").read_text(encoding="utf-8")
    undocumented = {name for name in weather.DURATIONS | set(faults.KINDS) if f"| `{name}=`" not in readme}
    assert undocumented == set()


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


def test_a_new_login_profile_cannot_be_changed_at_once(aws: Aws) -> None:
    aws.sandbox.weather(unmodifiable_after_create_for={"calls": 2})
    profile = {"UserName": "alice", "Password": PASSWORD}
    aws.iam.create_user(UserName="alice")
    aws.iam.create_login_profile(**profile)
    refused("EntityAlreadyExists", 409, aws.iam.create_login_profile, **profile)
    sentence = "Login Profile for User alice cannot be modified while login profile is being created."
    assert refused("EntityTemporarilyUnmodifiable", 409, aws.iam.update_login_profile, **profile) == sentence
    delete = aws.iam.delete_login_profile
    assert refused("EntityTemporarilyUnmodifiable", 409, delete, UserName="alice") == sentence
    delete(UserName="alice")
    aws.iam.create_login_profile(**profile)


def test_a_login_profile_is_read_late(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.sandbox.weather(stale_get_login_profile_for={"calls": 2})
    profile = {"UserName": "alice", "Password": PASSWORD}
    aws.iam.create_login_profile(**profile)
    refused("EntityAlreadyExists", 409, aws.iam.create_login_profile, **profile)
    for _unused in range(2):
        message = refused("NoSuchEntity", 404, aws.iam.get_login_profile, UserName="alice")
        assert message == "Login Profile for User alice cannot be found."
    assert aws.iam.get_login_profile(UserName="alice")["LoginProfile"]["PasswordResetRequired"] is False
    aws.iam.delete_login_profile(UserName="alice")
    for _unused in range(2):
        aws.iam.get_login_profile(UserName="alice")
    refused("NoSuchEntity", 404, aws.iam.get_login_profile, UserName="alice")


def test_a_user_is_read_late(aws: Aws) -> None:
    def tags() -> list[dict[str, str]]:
        shown: list[dict[str, str]] = aws.iam.get_user(UserName="alice")["User"].get("Tags", [])
        return shown

    tag = {"Key": "k", "Value": "v"}
    aws.sandbox.weather(stale_get_user_for={"calls": 1})
    aws.iam.create_user(UserName="alice")
    aws.iam.list_user_tags(UserName="alice")
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="alice")
    assert tags() == []
    aws.iam.tag_user(UserName="alice", Tags=[tag])
    assert aws.iam.list_user_tags(UserName="alice")["Tags"] == [tag]
    assert [tags(), tags()] == [[], [tag]]
    aws.iam.delete_user(UserName="alice")
    assert tags() == [tag]
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="alice")


def test_a_user_is_read_late_write_by_write(aws: Aws) -> None:
    aws.sandbox.weather(stale_get_user_for={"calls": 1})
    aws.iam.create_user(UserName="alice")
    aws.iam.tag_user(UserName="alice", Tags=[{"Key": "k", "Value": "v"}])
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="alice")
    assert ["Tags" in aws.iam.get_user(UserName="alice")["User"] for _unused in range(2)] == [False, True]


def test_what_was_refused_makes_no_read_late(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.sandbox.weather(stale_get_user_for=3600)
    refused("EntityAlreadyExists", 409, aws.iam.create_user, UserName="alice")
    aws.iam.get_user(UserName="alice")


def test_a_new_policy_is_not_known_at_once(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.sandbox.weather(new_policy_missing_for={"calls": 4})
    made = aws.iam.create_policy(PolicyName="New", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    named = {"UserName": "alice", "PolicyArn": made}
    sentence = f"Policy {made} does not exist or is not attachable."
    assert refused("NoSuchEntity", 404, aws.iam.attach_user_policy, **named) == sentence
    assert refused("NoSuchEntity", 404, aws.iam.get_policy, PolicyArn=made) == f"Policy {made} was not found."
    sentence = f"Scope ARN: {made} does not exist or is not attachable."
    put = aws.iam.put_user_permissions_boundary
    assert refused("NoSuchEntity", 404, put, UserName="alice", PermissionsBoundary=made) == sentence
    bounded = {"UserName": "bob", "PermissionsBoundary": made}
    assert refused("NoSuchEntity", 404, aws.iam.create_user, **bounded) == sentence
    aws.iam.create_user(**bounded)
    aws.iam.attach_user_policy(**named)


def test_a_deleted_key_is_listed_and_gone(aws: Aws) -> None:
    key = {"UserName": "alice", "AccessKeyId": aws.user()["AccessKeyId"]}
    aws.sandbox.weather(stale_key_lists_for=3600)
    aws.iam.delete_access_key(**key)
    assert key_ids(aws) == [key["AccessKeyId"]]
    message = refused("NoSuchEntity", 404, aws.iam.update_access_key, **key, Status="Inactive")
    assert message == f"The Access Key with id {key['AccessKeyId']} cannot be found."
    refused("AccessDenied", 403, aws.iam.get_access_key_last_used, AccessKeyId=key["AccessKeyId"])


# Two writes at the same time ---------------------------------------------------------------------------------------

TAGS = [{"Key": "k", "Value": "v"}]
TAGGING = (
    "The previous tagging operation is still ongoing. Please wait for a while and perform the next tagging operation "
    "until it finishes."
)
LIFE: list[tuple[str, dict[str, t.Any], str]] = [
    ("CreatePolicy", {"PolicyName": "New", "PolicyDocument": document(allow("s3:*"))}, ""),
    ("CreateUser", {"UserName": "alice", "Tags": TAGS}, TAGGING),
    ("UpdateUser", {"UserName": "alice", "NewPath": "/class/"}, ""),
    ("TagUser", {"UserName": "alice", "Tags": TAGS}, TAGGING),
    ("UntagUser", {"UserName": "alice", "TagKeys": ["k"]}, TAGGING),
    ("PutUserPermissionsBoundary", {"UserName": "alice", "PermissionsBoundary": POLICY_ARN}, ""),
    ("AttachUserPolicy", {"UserName": "alice", "PolicyArn": POLICY_ARN}, ""),
    ("CreateLoginProfile", {"UserName": "alice", "Password": PASSWORD}, ""),
    ("UpdateLoginProfile", {"UserName": "alice", "Password": PASSWORD}, ""),
    ("CreateAccessKey", {"UserName": "alice"}, ""),
    ("DeleteLoginProfile", {"UserName": "alice"}, ""),
    ("DetachUserPolicy", {"UserName": "alice", "PolicyArn": POLICY_ARN}, ""),
    ("DeleteUserPermissionsBoundary", {"UserName": "alice"}, ""),
]


def test_every_write_may_meet_another(aws: Aws) -> None:
    aws.sandbox.weather(concurrent_modification=[{"action": action} for action, _parameters, _message in LIFE])
    for action, parameters, sentence in LIFE:
        call = getattr(aws.iam, xform_name(action))
        assert refused("ConcurrentModification", 409, call, **parameters) == sentence, action
        call(**parameters)  # It was not applied: none of these can be done twice.
    errors = [entry["error"] for entry in aws.sandbox.log()]
    assert errors == ["ConcurrentModification", None] * len(LIFE)


def test_a_write_that_met_another_was_not_applied(aws: Aws) -> None:
    key = {"UserName": "alice", "AccessKeyId": aws.user()["AccessKeyId"]}
    aws.sandbox.weather(concurrent_modification={"action": "any", "nth": 2, "times": 2})
    aws.iam.update_access_key(**key, Status="Active")
    refused("ConcurrentModification", 409, aws.iam.update_access_key, **key, Status="Inactive")
    refused("ConcurrentModification", 409, aws.iam.delete_access_key, **key)
    (shown,) = aws.iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
    assert shown["Status"] == "Active"
    aws.iam.delete_access_key(**key)


def test_every_third_write_meets_another(aws: Aws) -> None:
    aws.sandbox.weather(concurrent_modification={"every": 3})
    outcomes = []
    for number in range(7):
        aws.iam.list_users()
        aws.sts.get_caller_identity()
        try:
            aws.iam.create_user(UserName=f"user{number}")
            outcomes.append(True)
        except ClientError:
            outcomes.append(False)
    assert outcomes == [True, True, False, True, True, False, True]


def test_every_other_call_of_an_action(aws: Aws) -> None:
    aws.sandbox.weather(html_error={"action": "ListUsers", "every": 2, "status": 503})
    for _unused in range(2):
        aws.iam.list_users()
        refused("503", 503, aws.iam.list_users)
        aws.iam.list_groups()


# Broken connections ------------------------------------------------------------------------------------------------


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
