# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""S3 and Secrets Manager stand behind the same door as IAM."""

from __future__ import annotations

import json
import typing as t

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from .conftest import Aws, allow, refused

BUCKET = "a-bucket"
OBJECT = {"Bucket": BUCKET, "Key": "class/a b%2Cc.json"}
TOKENS = ("0" * 32, "1" * 32)
PUBLIC = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
}


@pytest.fixture
def s3(aws: Aws) -> t.Any:
    """A client, and a bucket."""
    client = aws.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def secrets(aws: Aws) -> t.Any:
    """A client."""
    return aws.client("secretsmanager")


# Who may -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("s3", "list_buckets", "SignatureDoesNotMatch", 403),
        ("secretsmanager", "list_secrets", "InvalidSignatureException", 400),
    ],
)
def test_a_signature_is_checked(aws: Aws, service: str, operation: str, code: str, status: int) -> None:
    refused(code, status, getattr(aws.client(service, secret="wrong"), operation))


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("s3", "list_buckets", "InvalidAccessKeyId", 403),
        ("secretsmanager", "list_secrets", "UnrecognizedClientException", 400),
    ],
)
def test_an_unknown_key_is_nobodys(aws: Aws, service: str, operation: str, code: str, status: int) -> None:
    refused(code, status, getattr(aws.client(service, "AKIAUNKNOWN000000000", "x"), operation))


def test_policies_hold_for_objects(aws: Aws, s3: t.Any) -> None:
    key = aws.user("alice", allow("s3:PutObject", "s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/class/*"))
    alice = aws.as_user("s3", key)
    alice.put_object(**OBJECT, Body=b"x")
    assert alice.get_object(**OBJECT)["Body"].read() == b"x"
    refused("AccessDenied", 403, alice.put_object, Bucket=BUCKET, Key="elsewhere", Body=b"x")
    refused("AccessDenied", 403, alice.delete_object, **OBJECT)
    for operation in ("get_bucket_versioning", "get_public_access_block", "list_objects_v2"):
        refused("AccessDenied", 403, getattr(alice, operation), Bucket=BUCKET)
    assert s3.get_object(**OBJECT)["Body"].read() == b"x"


def test_permissions_are_called_as_aws_calls_them(aws: Aws, s3: t.Any) -> None:
    actions = ("s3:GetBucketPublicAccessBlock", "s3:GetObjectVersion", "s3:ListBucket")
    alice = aws.as_user("s3", aws.user("alice", allow(*actions)))
    version = s3.put_object(**OBJECT, Body=b"x").get("VersionId", "null")
    alice.get_public_access_block(Bucket=BUCKET)
    alice.head_bucket(Bucket=BUCKET)
    alice.get_object(**OBJECT, VersionId=version)
    refused("AccessDenied", 403, alice.get_object, **OBJECT)


def test_who_may_not_list_is_not_told_what_is_missing(aws: Aws, s3: t.Any) -> None:
    alice = aws.as_user("s3", aws.user("alice", allow("s3:GetObject")))
    refused("AccessDenied", 403, alice.get_object, **OBJECT)
    refused("NoSuchKey", 404, s3.get_object, **OBJECT)


def test_policies_hold_for_secrets(aws: Aws, secrets: t.Any) -> None:
    names = "arn:aws:secretsmanager:*:*:secret:class/*"
    ours = {"StringEquals": {"aws:ResourceTag/managed-by": "us"}}
    statements = [
        allow("secretsmanager:CreateSecret", "secretsmanager:TagResource", resource=names),
        {**allow("secretsmanager:GetSecretValue", resource=names), "Condition": ours},
    ]
    alice = aws.as_user("secretsmanager", aws.user("alice", *statements))
    alice.create_secret(Name="class/a", SecretString="x", Tags=[{"Key": "managed-by", "Value": "us"}])
    alice.create_secret(Name="class/b", SecretString="x")
    assert alice.get_secret_value(SecretId="class/a")["SecretString"] == "x"
    refused("AccessDeniedException", 400, alice.get_secret_value, SecretId="class/b")
    refused("AccessDeniedException", 400, alice.create_secret, Name="elsewhere", SecretString="x")
    refused("AccessDeniedException", 400, alice.put_secret_value, SecretId="class/a", SecretString="y")
    assert secrets.get_secret_value(SecretId="class/a")["SecretString"] == "x"


def test_to_make_a_tagged_secret_takes_the_tagging_permission(aws: Aws) -> None:
    alice = aws.as_user("secretsmanager", aws.user("alice", allow("secretsmanager:CreateSecret")))
    tags = [{"Key": "a", "Value": "b"}]
    message = refused("AccessDeniedException", 400, alice.create_secret, Name="a", SecretString="x", Tags=tags)
    assert "secretsmanager:TagResource" in message


# What AWS does and moto does not -------------------------------------------------------------------------------------


def test_a_new_bucket_is_not_public_and_not_versioned(s3: t.Any) -> None:
    blocked = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    assert "Status" not in s3.get_bucket_versioning(Bucket=BUCKET)
    refused("NoSuchBucketPolicy", 404, s3.get_bucket_policy_status, Bucket=BUCKET)


def test_it_can_be_made_public_and_versioned(s3: t.Any) -> None:
    s3.delete_public_access_block(Bucket=BUCKET)
    refused("NoSuchPublicAccessBlockConfiguration", 404, s3.get_public_access_block, Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [PUBLIC]}))
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"]
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    versions = [s3.put_object(**OBJECT, Body=body)["VersionId"] for body in (b"old", b"new")]
    assert s3.get_object(**OBJECT, VersionId=versions[0])["Body"].read() == b"old"


def test_objects_are_encrypted(aws: Aws, s3: t.Any) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    aws.client("kms").create_alias(AliasName="alias/workshop", TargetKeyId=key)
    assert s3.put_object(**OBJECT, Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.head_object(**OBJECT)["ServerSideEncryption"] == "AES256"
    with_kms = {**OBJECT, "Body": b"x", "ServerSideEncryption": "aws:kms"}
    for name in (key, "alias/workshop"):
        assert s3.put_object(**with_kms, SSEKMSKeyId=name)["ServerSideEncryption"] == "aws:kms"
    for name in ("alias/none", "0" * 8):
        refused("KMS.NotFoundException", 400, s3.put_object, **with_kms, SSEKMSKeyId=name)


def test_writes_can_be_made_to_depend_on_what_is_there(s3: t.Any) -> None:
    refused("NoSuchKey", 404, s3.put_object, **OBJECT, Body=b"x", IfMatch='"none"')
    etag = s3.put_object(**OBJECT, Body=b"one", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", 412, s3.put_object, **OBJECT, Body=b"two", IfNoneMatch="*")
    s3.put_object(**OBJECT, Body=b"two", IfMatch=etag)
    refused("PreconditionFailed", 412, s3.put_object, **OBJECT, Body=b"three", IfMatch=etag)
    assert s3.get_object(**OBJECT)["Body"].read() == b"two"


def test_a_version_of_a_secret_is_written_once(secrets: t.Any) -> None:
    first, second = TOKENS
    for _time in range(2):
        secrets.create_secret(Name="a", SecretString="x", ClientRequestToken=first)
        secrets.put_secret_value(SecretId="a", SecretString="y", ClientRequestToken=second)
    exists = ("ResourceExistsException", 400)
    refused(*exists, secrets.create_secret, Name="a", SecretString="z", ClientRequestToken=first)
    refused(*exists, secrets.put_secret_value, SecretId="a", SecretString="z", ClientRequestToken=second)
    assert secrets.get_secret_value(SecretId="a")["SecretString"] == "y"
    assert secrets.get_secret_value(SecretId="a", VersionStage="AWSPREVIOUS")["SecretString"] == "x"


@pytest.mark.parametrize("name", ["a,b", "a%2Cb", "a" * 513, ""])
def test_names_of_secrets_are_limited(secrets: t.Any, name: str) -> None:
    with pytest.raises(ClientError, match="ValidationException") if name else pytest.raises(Exception, match="Name"):
        secrets.create_secret(Name=name, SecretString="x")


def test_values_of_secrets_are_limited(secrets: t.Any) -> None:
    secrets.create_secret(Name="a", SecretString="x" * 65_536)
    too_long = {"SecretString": "x" * 65_537}
    refused("InvalidParameterException", 400, secrets.create_secret, Name="b", **too_long)
    refused("InvalidParameterException", 400, secrets.put_secret_value, SecretId="a", **too_long)


def test_a_secrets_key_must_exist(aws: Aws, secrets: t.Any) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    secrets.create_secret(Name="a", SecretString="x", KmsKeyId=key)
    refused("EncryptionFailure", 400, secrets.create_secret, Name="b", SecretString="x", KmsKeyId="alias/none")


def test_a_deleted_secret_is_out_of_reach_and_in_the_way(secrets: t.Any) -> None:
    secrets.create_secret(Name="a", SecretString="x", ClientRequestToken=TOKENS[0])
    secrets.delete_secret(SecretId="a")
    invalid = ("InvalidRequestException", 400)
    refused(*invalid, secrets.get_secret_value, SecretId="a")
    refused(*invalid, secrets.put_secret_value, SecretId="a", SecretString="y")
    refused(*invalid, secrets.create_secret, Name="a", SecretString="x", ClientRequestToken=TOKENS[0])
    assert secrets.describe_secret(SecretId="a")["DeletedDate"]


# Weather, and what is written down -----------------------------------------------------------------------------------


def test_replies_get_lost(aws: Aws, s3: t.Any, secrets: t.Any) -> None:
    aws.sandbox.weather(reset_after=[{"action": "PutObject"}, {"action": "secretsmanager:CreateSecret"}])
    with pytest.raises(ConnectionClosedError):
        s3.put_object(**OBJECT, Body=b"x")
    with pytest.raises(ConnectionClosedError):
        secrets.create_secret(Name="a", SecretString="x")
    assert s3.get_object(**OBJECT)["Body"].read() == b"x"
    assert secrets.get_secret_value(SecretId="a")["SecretString"] == "x"


def test_calls_are_counted_and_no_secret_is_logged(aws: Aws, s3: t.Any, secrets: t.Any) -> None:
    s3.put_object(**OBJECT, Body=b"a secret")
    s3.list_objects_v2(Bucket=BUCKET)
    secrets.create_secret(Name="a", SecretString="a secret")
    secrets.get_secret_value(SecretId="a")
    assert aws.sandbox.calls() == {
        "s3:CreateBucket": 1,
        "s3:PutObject": 1,
        "s3:ListObjectsV2": 1,
        "secretsmanager:CreateSecret": 1,
        "secretsmanager:GetSecretValue": 1,
    }
    log = aws.sandbox.log()
    assert "a secret" not in json.dumps(log)
    assert log[1]["parameters"] == OBJECT
    assert log[-1]["parameters"] == {"SecretId": "a"}


def test_a_reset_empties_both(aws: Aws, s3: t.Any, secrets: t.Any) -> None:
    secrets.create_secret(Name="a", SecretString="x")
    aws.sandbox.reset()
    assert s3.list_buckets()["Buckets"] == []
    assert secrets.list_secrets()["SecretList"] == []
