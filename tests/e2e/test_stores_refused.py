# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What stores are refused, in one sentence and before anything is written to the account."""

from __future__ import annotations

import json
import typing as t

import pytest

from .conftest import PROJECT
from .support.durable import BUCKET, KINDS, StoreLane, uri

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.aws.client import Sandbox

STORES_POLICY = json.loads((PROJECT / "docs" / "stores_policy.json").read_text(encoding="utf-8"))
OPERATOR_POLICY = json.loads((PROJECT / "docs" / "operator_policy.json").read_text(encoding="utf-8"))
MAKE_A_BUCKET = {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:PutBucketVersioning"], "Resource": "*"}
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
# Nobody can see from here what S3 and Secrets Manager ask of KMS.
UNSEEN = {"kms:Decrypt", "kms:GenerateDataKey"}


def policy(without: str = "") -> dict[str, t.Any]:
    """What the documentation says an operator needs, and to make the bucket here."""
    statements = [*OPERATOR_POLICY["Statement"], *STORES_POLICY["Statement"], MAKE_A_BUCKET]
    left = [{**one, "Action": [action for action in one["Action"] if action != without]} for one in statements]
    return {**STORES_POLICY, "Statement": left}


class Refusals:
    """An account of each test's own."""

    def __init__(self, aws: Sandbox, folder: Path) -> None:
        self.aws = aws
        self.lane = StoreLane(aws, folder)
        self.stores = self.lane.stores

    def said(self, kind: str, options: str = "", name: str = "anna") -> str:
        """Run, expect no write to the account, and return what was said."""
        before = self.lane.writes()
        done = self.lane.serve(kind, name, options=options)
        assert self.lane.writes() == before
        result = done.result
        assert "\n" not in result.get("msg", "")
        return str(result["msg"] if result.get("failed") else result["users"][0]["msg"])


@pytest.fixture
def refusals(endpoint: Sandbox, tmp_path: Path) -> Refusals:
    """An empty account."""
    endpoint.reset()
    return Refusals(endpoint, tmp_path)


def test_a_missing_bucket_is_refused(refusals: Refusals) -> None:
    assert refusals.said("s3") == (
        f"'s3://{BUCKET}/class' cannot be used for credentials: Failed to read whether the bucket keeps versions: The "
        "specified bucket does not exist (NoSuchBucket); create the bucket, private and versioned, or choose another"
    )


def test_an_unversioned_bucket_is_refused(refusals: Refusals) -> None:
    refusals.stores.make_bucket(versioned=False)
    assert refusals.said("s3") == (
        f"the bucket of 's3://{BUCKET}/class' is not versioned, so anyone who may write there can destroy what is "
        "saved; enable versioning, or put 'unversioned' into invoice_iam_user_credentials_accept"
    )
    assert refusals.lane.serve("s3", "anna", options="?accept=unversioned").outcome("anna")["msg"] == ""


def test_a_public_bucket_is_refused(refusals: Refusals) -> None:
    refusals.stores.make_bucket(public=True)
    sentence = (
        f"the bucket of 's3://{BUCKET}/class' is public; block public access to it, or put 'public' into "
        "invoice_iam_user_credentials_accept"
    )
    assert refusals.said("s3") == sentence
    assert refusals.said("s3", "?accept=unversioned") == sentence
    refusals.stores.s3.delete_bucket_policy(Bucket=BUCKET)
    refusals.stores.s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read")
    assert refusals.said("s3") == sentence
    configuration = dict.fromkeys(BLOCKS, True)
    refusals.stores.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=configuration)
    assert refusals.lane.serve("s3", "anna").outcome("anna")["msg"] == ""


def test_what_is_public_can_be_accepted(refusals: Refusals) -> None:
    refusals.stores.make_bucket(public=True)
    assert refusals.lane.serve("s3", "anna", options="?accept=public").outcome("anna")["msg"] == ""


@pytest.mark.parametrize(
    ("kind", "missing", "what"),
    [
        ("s3", "s3:GetBucketVersioning", "read whether the bucket keeps versions"),
        ("s3", "s3:GetBucketPublicAccessBlock", "read whether the bucket is public"),
        ("s3", "s3:GetObject", "read class/.account.json"),
        ("s3", "s3:ListBucket", "read class/.account.json"),
        ("s3", "s3:PutObject", "write class/.probe"),
        ("secretsmanager", "secretsmanager:DescribeSecret", "look for the secret class/.account/id"),
        ("secretsmanager", "secretsmanager:CreateSecret", "make the secret class/.probe-"),
        ("secretsmanager", "secretsmanager:TagResource", "make the secret class/.probe-"),
        ("secretsmanager", "secretsmanager:DeleteSecret", "delete the secret class/.probe-"),
    ],
)
def test_a_permission_that_is_missing_is_said(refusals: Refusals, kind: str, missing: str, what: str) -> None:
    refusals.aws.reset(operator_policy=policy(without=missing))
    refusals.stores.make_bucket()
    said = refusals.said(kind)
    assert said.startswith(f"'{uri(kind)}' cannot be used for credentials: Failed to {what}")
    assert said.endswith("; docs/stores_policy.json lists what the operator needs for a store")


def test_somebody_elses_secret_is_refused(refusals: Refusals) -> None:
    refusals.stores.secrets.create_secret(Name="class/anna", SecretString="theirs", Tags=[{"Key": "a", "Value": "b"}])
    assert refusals.said("secretsmanager") == (
        "anna: the secret 'class/anna' in 'secretsmanager://class' does not carry the tag "
        "managed-by=invoice_scanner.iam, so it is somebody else's; choose another prefix"
    )
    assert refusals.stores.text("secretsmanager", "class/anna") == "theirs"


def test_a_deleted_secret_is_refused(refusals: Refusals) -> None:
    refusals.stores.secrets.create_secret(
        Name="class/anna", SecretString="{}", Tags=[{"Key": "managed-by", "Value": "invoice_scanner.iam"}]
    )
    refusals.stores.secrets.delete_secret(SecretId="class/anna")
    assert "is marked for deletion; restore it (aws secretsmanager restore-secret)" in refusals.said("secretsmanager")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["my notes", '["a"]', '{"user_name": "bert"}', '{"user_name": "anna", "x": "y"}'])
def test_something_else_in_place_of_a_document_is_refused(refusals: Refusals, kind: str, text: str) -> None:
    refusals.stores.make_bucket()
    if kind == "secretsmanager":
        tags = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]
        refusals.stores.secrets.create_secret(Name="class/anna", SecretString="x", Tags=tags)
    refusals.stores.put(kind, "class/anna", text)
    assert refusals.said(kind).endswith("it was changed by hand or by another program: move it away")
    assert refusals.stores.text(kind, "class/anna") == text


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_not_there_is_refused(refusals: Refusals, kind: str) -> None:
    refusals.stores.make_bucket()
    said = refusals.said(kind, "?kms_key=alias/none")
    assert said.endswith("; check invoice_iam_user_credentials_kms_key and the region")


# What is needed ------------------------------------------------------------------------------------------------------


def test_the_documented_policies_are_enough_and_no_more(refusals: Refusals) -> None:
    refusals.aws.reset(operator_policy=policy())
    refusals.stores.make_bucket()
    made = set(refusals.aws.calls())
    refusals.aws.weather()
    for kind in KINDS:
        assert refusals.lane.serve(kind, f"anna-{kind}").outcome(f"anna-{kind}")["msg"] == ""
    called = {one for one in set(refusals.aws.calls()) - made if one.startswith(("s3:", "secretsmanager:"))}
    # Called otherwise, needed to tag a new secret and to be told that an object is missing, and asked for where a
    # bucket does not block public access.
    called -= {"s3:GetPublicAccessBlock"}
    called |= {"s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning", "s3:ListBucket", "secretsmanager:TagResource"}
    called |= {"s3:GetBucketPolicyStatus", "s3:GetBucketAcl"}
    assert called | UNSEEN == {action for one in STORES_POLICY["Statement"] for action in one["Action"]}


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_who_read_the_same_one_writes(refusals: Refusals, kind: str) -> None:
    """On the wire, without anything above it."""
    refusals.stores.make_bucket()
    one, other = (refusals.lane.shelf(kind) for _number in range(2))
    assert one.get("anna") is other.get("anna") is None
    assert one.put("anna", b"first", None)
    assert not other.put("anna", b"second", None)
    for content in (b"third", b"fourth"):
        there = one.get("anna")
        assert there == other.get("anna")
        assert one.put("anna", content, there.version)
        assert not other.put("anna", b"too late", there.version)
    assert refusals.stores.text(kind, "class/anna") == "fourth"
