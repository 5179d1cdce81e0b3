# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What tests see of the endpoint: counts, the log, resets, other services, the connection."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from .conftest import PASSWORD, POLICY_NAME, Aws, allow, document, refused


def test_counts_include_what_was_refused(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    refused("EntityAlreadyExists", 409, aws.iam.create_user, UserName="alice")
    refused("SignatureDoesNotMatch", 403, aws.client("sts", secret="wrong").get_caller_identity)
    assert aws.sandbox.calls() == {"iam:CreateUser": 2, "sts:GetCallerIdentity": 1}


def test_the_log_tells_who_did_what(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice", Path="/class/")
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="bob")
    operator = aws.sandbox.connection["access_key"]
    assert aws.sandbox.log() == [
        {
            "account": "123456789012",
            "action": "iam:CreateUser",
            "access_key_id": operator,
            "parameters": {"UserName": "alice", "Path": "/class/"},
            "status": 200,
            "error": None,
        },
        {
            "account": "123456789012",
            "action": "iam:GetUser",
            "access_key_id": operator,
            "parameters": {"UserName": "bob"},
            "status": 404,
            "error": "NoSuchEntity",
        },
    ]


def test_no_secret_is_logged(aws: Aws) -> None:
    key = aws.user()
    aws.iam.create_login_profile(UserName="alice", Password=PASSWORD, PasswordResetRequired=True)
    refused("AccessDenied", 403, aws.as_user("iam", key).change_password, OldPassword=PASSWORD, NewPassword="Secret-2!")
    serial = aws.iam.create_virtual_mfa_device(VirtualMFADeviceName="d")["VirtualMFADevice"]["SerialNumber"]
    codes = {"AuthenticationCode1": "135791", "AuthenticationCode2": "246802"}
    aws.iam.enable_mfa_device(UserName="alice", SerialNumber=serial, **codes)
    refused("PasswordPolicyViolation", 400, aws.iam.update_login_profile, UserName="alice", Password="shortpw")
    text = json.dumps(aws.sandbox.log()) + (aws.sandbox.run_dir / "server.log").read_text(encoding="utf-8")
    for secret in (PASSWORD, "Secret-2!", "135791", "246802", "shortpw", key["SecretAccessKey"]):
        assert secret not in text
    assert aws.sandbox.secrets() == {PASSWORD, "Secret-2!", "shortpw", key["SecretAccessKey"]}
    profile = next(entry for entry in aws.sandbox.log() if entry["action"] == "iam:CreateLoginProfile")
    assert profile["parameters"] == {"UserName": "alice", "Password": "********", "PasswordResetRequired": True}


def test_a_secret_whose_reply_got_lost_is_known_and_forgotten_by_a_reset(aws: Aws) -> None:
    key = aws.user()
    aws.sandbox.weather(reset_after={"action": "CreateAccessKey"})
    with pytest.raises(HTTPClientError):
        aws.iam.create_access_key(UserName="alice")
    aws.iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
    assert len(aws.sandbox.secrets() - {key["SecretAccessKey"]}) == 1
    aws.sandbox.reset()
    assert aws.sandbox.secrets() == set()


def test_a_reset_forgets_everything_but_the_operator(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.create_account_alias(AccountAlias="class")
    aws.iam.update_account_password_policy(MinimumPasswordLength=20)
    aws.sandbox.reset()
    assert aws.sandbox.calls() == {}
    assert aws.sandbox.log() == []
    assert [user["UserName"] for user in aws.iam.list_users()["Users"]] == ["sandbox-operator"]
    assert aws.iam.list_account_aliases()["AccountAliases"] == []
    refused("NoSuchEntity", 404, aws.iam.get_account_password_policy)


def test_objects_and_secrets_are_kept(aws: Aws) -> None:
    s3, secrets = aws.client("s3"), aws.client("secretsmanager")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="class/a b.csv", Body=b"x" * 100_000)
    assert s3.head_object(Bucket="bucket", Key="class/a b.csv")["ContentLength"] == 100_000
    assert s3.get_object(Bucket="bucket", Key="class/a b.csv")["Body"].read() == b"x" * 100_000
    refused("NoSuchKey", 404, s3.get_object, Bucket="bucket", Key="none")
    secrets.create_secret(Name="alice", SecretString="secret")
    assert secrets.get_secret_value(SecretId="alice")["SecretString"] == "secret"
    counts = aws.sandbox.calls()
    assert counts["secretsmanager:CreateSecret"] == 1
    assert counts["s3:CreateBucket"] == counts["s3:PutObject"] == 1
    assert "secret" not in json.dumps([entry["parameters"] for entry in aws.sandbox.log()])
    refused("SignatureDoesNotMatch", 403, aws.client("s3", secret="wrong").list_buckets)


def test_a_connection_serves_many_calls(aws: Aws) -> None:
    connection = http.client.HTTPConnection(urlsplit(aws.sandbox.url).netloc)
    connection.request("GET", "/_sandbox/ping")
    connection.getresponse().read()
    socket = connection.sock
    assert socket is not None
    for method in ("POST", "GET", "HEAD"):
        connection.request(method, "/", body=b"Action=ListUsers" if method == "POST" else None)
        connection.getresponse().read()
    assert connection.sock is socket
    connection.close()


def test_many_threads_at_once(aws: Aws) -> None:
    def student(number: int) -> str:
        name = f"user{number}"
        aws.iam.create_user(UserName=name)
        aws.iam.create_access_key(UserName=name)
        aws.sts.get_caller_identity()
        return name

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        created = list(pool.map(student, range(40)))
    assert {user["UserName"] for user in aws.iam.list_users()["Users"]} == {"sandbox-operator", *created}
    assert {entry["status"] for entry in aws.sandbox.log()} == {200}


def test_the_control_paths_have_a_password(aws: Aws) -> None:
    connection = http.client.HTTPConnection(urlsplit(aws.sandbox.url).netloc)
    for headers, command, status in (
        ({}, "reset", 403),
        ({"X-Sandbox-Secret": "wrong"}, "log", 403),
        ({"X-Sandbox-Secret": aws.sandbox.connection["secret_key"]}, "nonsense", 404),
        ({"X-Sandbox-Secret": aws.sandbox.connection["secret_key"]}, "calls", 200),
    ):
        connection.request("POST", f"/_sandbox/{command}", b"{}", headers)
        response = connection.getresponse()
        response.read()
        assert response.status == status
    connection.close()


def test_what_a_malformed_call_gets(aws: Aws) -> None:
    client = aws.client("iam")

    def letters(params: dict[str, str], **_: object) -> None:
        params["body"]["MaxItems"] = "many"  # type: ignore[index]

    client.meta.events.register("before-call.iam.ListUsers", letters)
    refused("MalformedInput", 400, client.list_users, MaxItems=5)


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("put_user_policy", {"UserName": "alice", "PolicyName": "p", "PolicyDocument": "no policy"}),
        ("get_account_password_policy", {}),
        ("get_server_certificate", {"ServerCertificateName": "none"}),
        ("get_user", {"UserName": "nobody"}),
    ],
)
def test_an_error_has_one_message(aws: Aws, call: str, parameters: dict[str, str]) -> None:
    aws.iam.create_user(UserName="alice")
    with pytest.raises(ClientError) as caught:
        getattr(aws.iam, call)(**parameters)
    assert set(caught.value.response) == {"Error", "ResponseMetadata"}
    assert set(caught.value.response["Error"]) == {"Type", "Code", "Message"}
    assert aws.sandbox.log()[-1]["error"] == caught.value.response["Error"]["Code"]


OTHER = "210987654321"


def test_an_account_knows_nothing_of_another(aws: Aws) -> None:
    other = aws.sandbox.account(OTHER)
    theirs = {service: aws.client(service, other["access_key"], other["secret_key"]) for service in ("iam", "sts")}
    assert theirs["sts"].get_caller_identity()["Account"] == OTHER
    assert aws.sts.get_caller_identity()["Account"] == "123456789012"
    aws.iam.create_user(UserName="alice")
    assert theirs["iam"].create_user(UserName="alice")["User"]["Arn"] == f"arn:aws:iam::{OTHER}:user/alice"
    policies = theirs["iam"].list_policies(Scope="Local")["Policies"]
    assert [one["Arn"] for one in policies] == [f"arn:aws:iam::{OTHER}:policy/{POLICY_NAME}"]
    theirs["iam"].attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert aws.iam.list_attached_user_policies(UserName="alice")["AttachedPolicies"] == []
    assert aws.iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")["Policy"]["AttachmentCount"] == 0
    key = theirs["iam"].create_access_key(UserName="alice")["AccessKey"]
    assert aws.as_user("sts", key).get_caller_identity()["Account"] == OTHER
    assert {one["account"] for one in aws.sandbox.log() if one["access_key_id"] == key["AccessKeyId"]} == {OTHER}
    aws.sandbox.reset()
    refused("InvalidClientTokenId", 403, theirs["sts"].get_caller_identity)


def test_a_role_of_another_account_is_in_that_account(aws: Aws) -> None:
    other = aws.sandbox.account(OTHER)
    iam = aws.client("iam", other["access_key"], other["secret_key"])
    trust = document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="class", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="class", PolicyName="all", PolicyDocument=document(allow("iam:*")))
    keys = aws.sts.assume_role(RoleArn=role, RoleSessionName="run")["Credentials"]
    session = [keys[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    aws.client("iam", *session).create_user(UserName="alice")
    assert {user["UserName"] for user in iam.list_users()["Users"]} == {"alice", "sandbox-operator"}


def test_an_account_has_its_own_limit_and_its_own_faults(aws: Aws) -> None:
    other = aws.sandbox.account(OTHER)
    iam = aws.client("iam", other["access_key"], other["secret_key"])
    aws.sandbox.weather(throttle={"rate": 0.001, "burst": 2}, expired_token={"action": "ListUsers", "account": OTHER})
    aws.iam.list_users()
    aws.iam.list_users()
    refused("Throttling", 400, aws.iam.list_users)
    refused("ExpiredToken", 403, iam.list_users)
    with pytest.raises(ValueError, match="the 12 digits of a new account"):
        aws.sandbox.account(OTHER)
