# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Who calls is really checked, and what they may do really decides."""

from __future__ import annotations

import json
import typing as t
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import botocore.auth
import botocore.crt.auth
import pytest

from .conftest import PASSWORD, POLICY_ARN, Aws, allow, document, refused

DENY = {"Effect": "Deny", "Action": "iam:GetUser", "Resource": "*"}


def test_the_operator_may_do_everything(aws: Aws) -> None:
    assert aws.sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/sandbox-operator"
    aws.iam.create_user(UserName="alice")


def test_a_wrong_secret_is_refused(aws: Aws) -> None:
    key_id = aws.sandbox.connection["access_key"]
    for service, call in (("iam", "list_users"), ("sts", "get_caller_identity")):
        client = aws.client(service, key_id, "wrong" * 8)
        assert "signature" in refused("SignatureDoesNotMatch", 403, getattr(client, call))


@pytest.mark.parametrize(
    ("minutes", "said"), [(-16, "Signature expired: "), (-14, ""), (14, ""), (16, "Signature not yet current: ")]
)
def test_a_signature_of_another_time_is_refused(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, minutes: int, said: str
) -> None:
    signed = datetime.now(tz=UTC) + timedelta(minutes=minutes)
    for signer in (botocore.auth, botocore.crt.auth):
        # With awscrt, it is that which signs.
        monkeypatch.setattr(signer, "get_current_datetime", lambda **_how: signed)
    if said:
        assert refused("SignatureDoesNotMatch", 403, aws.sts.get_caller_identity).startswith(said)
    else:
        assert aws.sts.get_caller_identity()


def test_an_unknown_key_is_refused(aws: Aws) -> None:
    client = aws.client("sts", "AKIAAAAAAAAAAAAAAAAA", "x" * 40)
    message = refused("InvalidClientTokenId", 403, client.get_caller_identity)
    assert message == "The security token included in the request is invalid."


def test_a_key_with_a_session_token_is_refused(aws: Aws) -> None:
    connection = aws.sandbox.connection
    client = aws.client("sts", connection["access_key"], connection["secret_key"], "token")
    refused("InvalidClientTokenId", 403, client.get_caller_identity)


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_an_inactive_and_a_deleted_key_are_refused(aws: Aws, service: str) -> None:
    key = aws.user("alice", allow("*"))
    name = {"UserName": "alice", "AccessKeyId": key["AccessKeyId"]}
    client = aws.as_user(service, key)
    call = client.get_caller_identity if service == "sts" else client.list_users
    call()
    aws.iam.update_access_key(**name, Status="Inactive")
    refused("InvalidClientTokenId", 403, call)
    aws.iam.update_access_key(**name, Status="Active")
    call()
    aws.iam.delete_access_key(**name)
    refused("InvalidClientTokenId", 403, call)


def _post(aws: Aws, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(aws.sandbox.url, b"Action=ListUsers&Version=2010-05-08", headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    return caught.value.code, caught.value.read().decode()


def test_a_call_that_nobody_signed_is_refused(aws: Aws) -> None:
    status, body = _post(aws, {})
    assert status == 403
    assert "MissingAuthenticationToken" in body


def test_a_malformed_signature_is_refused(aws: Aws) -> None:
    status, body = _post(aws, {"Authorization": "AWS4-HMAC-SHA256 nonsense"})
    assert status == 400
    assert "IncompleteSignature" in body


def test_who_am_i_needs_no_permission(aws: Aws) -> None:
    key = aws.user()
    assert aws.as_user("sts", key).get_caller_identity()["Arn"].endswith(":user/alice")
    message = refused("AccessDenied", 403, aws.as_user("iam", key).list_users)
    assert message == (
        "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:ListUsers on resource: * "
        "because no identity-based policy allows the iam:ListUsers action"
    )


def test_a_policy_allows_what_it_names(aws: Aws) -> None:
    iam = aws.as_user("iam", aws.user("alice", allow("iam:Get*", "iam:listusers")))
    iam.list_users()
    iam.get_user()
    refused("AccessDenied", 403, iam.create_user, UserName="bob")


def test_an_explicit_deny_wins(aws: Aws) -> None:
    iam = aws.as_user("iam", aws.user("alice", allow("*"), DENY))
    iam.list_users()
    assert "explicit deny in an identity-based policy" in refused("AccessDenied", 403, iam.get_user)


def test_the_resource_decides(aws: Aws) -> None:
    iam = aws.as_user("iam", aws.user("alice", allow("iam:*", resource="arn:aws:iam::*:user/class/*")))
    iam.create_user(UserName="bob", Path="/class/")
    iam.get_user(UserName="bob")
    refused("AccessDenied", 403, iam.create_user, UserName="carol")
    refused("AccessDenied", 403, iam.list_users)


def test_tags_on_creation_need_their_own_permission(aws: Aws) -> None:
    iam = aws.as_user("iam", aws.user("alice", allow("iam:CreateUser")))
    iam.create_user(UserName="bob")
    message = refused("AccessDenied", 403, iam.create_user, UserName="carol", Tags=[{"Key": "a", "Value": "b"}])
    assert "iam:TagUser" in message


def test_conditions_and_variables_decide(aws: Aws) -> None:
    own = allow("iam:CreateAccessKey", resource="arn:aws:iam::*:user/${aws:username}")
    bounded = {**allow("iam:CreateUser"), "Condition": {"StringLike": {"iam:PermissionsBoundary": "*/Workshop"}}}
    iam = aws.as_user("iam", aws.user("alice", own, bounded))
    iam.create_access_key(UserName="alice")
    refused("AccessDenied", 403, iam.create_access_key, UserName="sandbox-operator")
    refused("AccessDenied", 403, iam.create_user, UserName="bob")
    iam.create_user(UserName="bob", PermissionsBoundary=POLICY_ARN)


def test_groups_and_managed_policies_count(aws: Aws) -> None:
    key = aws.user()
    iam = aws.as_user("iam", key)
    aws.iam.create_group(GroupName="class")
    aws.iam.put_group_policy(GroupName="class", PolicyName="p", PolicyDocument=document(allow("iam:ListUsers")))
    refused("AccessDenied", 403, iam.list_users)
    aws.iam.add_user_to_group(GroupName="class", UserName="alice")
    iam.list_users()
    refused("AccessDenied", 403, iam.list_groups)
    aws.iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.list_groups()


def test_a_boundary_limits_and_grants_nothing(aws: Aws) -> None:
    boundary = aws.iam.create_policy(PolicyName="Boundary", PolicyDocument=document(allow("iam:List*", "s3:*")))
    key = aws.user("alice", allow("iam:ListUsers", "iam:GetUser"))
    arn = boundary["Policy"]["Arn"]
    aws.iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
    iam = aws.as_user("iam", key)
    iam.list_users()
    assert "no permissions boundary allows" in refused("AccessDenied", 403, iam.get_user)
    assert "no identity-based policy allows" in refused("AccessDenied", 403, iam.list_groups)
    aws.iam.delete_user_permissions_boundary(UserName="alice")
    iam.get_user()


def test_a_role_in_a_session(aws: Aws) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    role = aws.iam.create_role(RoleName="teacher", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    aws.iam.put_role_policy(
        RoleName="teacher", PolicyName="p", PolicyDocument=document(allow("iam:ListUsers", "iam:GetUser"))
    )
    session = aws.sts.assume_role(RoleArn=role["Arn"], RoleSessionName="lesson")["Credentials"]
    key_id, secret, token = session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
    iam = aws.client("iam", key_id, secret, token)
    iam.list_users()
    refused("AccessDenied", 403, iam.list_groups)
    assert "Must specify userName" in refused("ValidationError", 400, iam.get_user)
    identity = aws.client("sts", key_id, secret, token).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/teacher/lesson"
    refused("InvalidClientTokenId", 403, aws.client("sts", key_id, secret, "another").get_caller_identity)


def trust(*statements: dict[str, t.Any]) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole", **one} for one in statements]}
    )


@pytest.mark.parametrize(
    ("principal", "trusted"),
    [
        ({"AWS": "arn:aws:iam::123456789012:root"}, True),
        ({"AWS": ["arn:aws:iam::999999999999:root", "123456789012"]}, True),
        ({"AWS": "arn:aws:iam::123456789012:user/sandbox-operator"}, True),
        ({"AWS": "arn:aws:iam::123456789012:user/alice"}, False),
        ({"Service": "lambda.amazonaws.com"}, False),
    ],
)
def test_a_role_trusts_whom_its_policy_names(aws: Aws, principal: t.Any, trusted: bool) -> None:
    document = trust({"Effect": "Allow", "Principal": principal})
    arn = aws.iam.create_role(RoleName="teacher", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if trusted:
        aws.sts.assume_role(RoleArn=arn, RoleSessionName="lesson")
    else:
        refused("AccessDenied", 403, aws.sts.assume_role, RoleArn=arn, RoleSessionName="lesson")


def test_a_role_may_ask_for_an_external_id(aws: Aws) -> None:
    asks = {"StringEquals": {"sts:ExternalId": "spring"}}
    document = trust({"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": asks})
    arn = aws.iam.create_role(RoleName="teacher", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    session = {"RoleArn": arn, "RoleSessionName": "lesson"}
    said = refused("AccessDenied", 403, aws.sts.assume_role, **session)
    assert said.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {arn}")
    refused("AccessDenied", 403, aws.sts.assume_role, **session, ExternalId="autumn")
    aws.sts.assume_role(**session, ExternalId="spring")
    long = {**session, "ExternalId": "spring", "DurationSeconds": 7200}
    assert "exceeds the MaxSessionDuration" in refused("ValidationError", 400, aws.sts.assume_role, **long)
    refused("AccessDenied", 403, aws.sts.assume_role, RoleArn=f"{arn}-missing", RoleSessionName="lesson")


def test_a_session_ends(aws: Aws) -> None:
    document = trust({"Effect": "Allow", "Principal": {"AWS": "*"}})
    arn = aws.iam.create_role(RoleName="teacher", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for seconds, over in ((0, True), (900, False)):
        aws.sandbox.sessions(seconds)
        keys = aws.sts.assume_role(RoleArn=arn, RoleSessionName="lesson")["Credentials"]
        sts = aws.client("sts", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        if over:
            refused("ExpiredToken", 403, sts.get_caller_identity)
        else:
            sts.get_caller_identity()


def test_the_account_lets_users_change_their_password(aws: Aws) -> None:
    key = aws.user()
    aws.iam.create_login_profile(UserName="alice", Password=PASSWORD)
    iam = aws.as_user("iam", key)
    change = {"OldPassword": PASSWORD, "NewPassword": f"{PASSWORD}!"}
    refused("AccessDenied", 403, iam.change_password, **change)
    aws.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    iam.change_password(**change)


def test_the_operator_may_be_given_less(aws: Aws) -> None:
    aws.sandbox.reset(operator_policy={"Version": "2012-10-17", "Statement": [allow("iam:ListUsers")]})
    aws.iam.list_users()
    refused("AccessDenied", 403, aws.iam.create_user, UserName="alice")
    aws.sandbox.reset()
    aws.iam.create_user(UserName="alice")


def test_when_a_key_was_last_used(aws: Aws) -> None:
    key = aws.user("alice", allow("iam:*"))

    def last_used() -> dict[str, t.Any]:
        answer = aws.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert answer["UserName"] == "alice"
        return t.cast("dict[str, t.Any]", answer["AccessKeyLastUsed"])

    assert last_used() == {"ServiceName": "N/A", "Region": "N/A"}
    aws.as_user("iam", key).list_users()
    used = last_used()
    assert (used["ServiceName"], used["Region"]) == ("iam", "us-east-1")
    aws.as_user("sts", key).get_caller_identity()
    assert last_used()["ServiceName"] == "sts"
    wrong = {**key, "SecretAccessKey": "wrong"}
    refused("SignatureDoesNotMatch", 403, aws.as_user("iam", wrong).list_users)
    assert last_used()["ServiceName"] == "sts"


def test_nobody_learns_anything_of_an_unknown_key(aws: Aws) -> None:
    deleted = aws.user()["AccessKeyId"]
    aws.iam.delete_access_key(UserName="alice", AccessKeyId=deleted)
    for key_id in (deleted, "AKIAAAAAAAAAAAAAAAAA"):
        message = refused("AccessDenied", 403, aws.iam.get_access_key_last_used, AccessKeyId=key_id)
        assert message == (
            "User: arn:aws:iam::123456789012:user/sandbox-operator is not authorized to perform "
            f"iam:GetAccessKeyLastUsed on resource: access key {key_id}"
        )


def test_the_clock_decides_and_a_test_sets_it(aws: Aws) -> None:
    now = {"DateGreaterThanEquals": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
    closed = {"Effect": "Deny", "NotAction": "iam:GetUser", "Resource": "*", "Condition": now}
    iam = aws.as_user("iam", aws.user("alice", allow("*"), closed))
    for at, denied in (("2029-12-31T23:59:59Z", False), ("2030-01-01T01:00:00+01:00", True), (None, False)):
        aws.sandbox.clock(at)
        iam.get_user()
        if denied:
            assert "explicit deny" in refused("AccessDenied", 403, iam.list_users)
        else:
            iam.list_users()
    aws.sandbox.clock("2031-01-01T00:00:00Z")
    refused("AccessDenied", 403, iam.list_users)
    aws.sandbox.reset()
    aws.as_user("iam", aws.user("alice", allow("*"), closed)).list_users()
    for wrong in ("soon", "2031-01-01T00:00:00"):
        with pytest.raises(ValueError, match=r"Invalid isoformat|has no offset"):
            aws.sandbox.clock(wrong)
