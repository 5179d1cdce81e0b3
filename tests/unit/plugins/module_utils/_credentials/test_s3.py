# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The shelves of S3 and Secrets Manager: what is asked of AWS. That AWS does it is tested on the sandbox."""

from __future__ import annotations

import io
import types
import typing as t

import botocore.exceptions
import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import uri as _destination_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.s3 import S3Shelf
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.secrets_manager import (
    SecretsManagerShelf,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.shelf import Sheet

EVERYBODY = {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}
OURSELVES = {"Grantee": {"ID": "1234"}, "Permission": "FULL_CONTROL"}
OURS = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]


def refusal(code: str) -> botocore.exceptions.ClientError:
    """What botocore raises for an error of AWS's."""
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": f"It is {code}."}}, "AnyOperation")


class NotFound(botocore.exceptions.ClientError):
    """As botocore makes one for a client."""


class Aws:
    """Stands for a connection and its clients: answers what it is told to, and writes down what is asked."""

    def __init__(self, endpoint: str = "https://s3.eu-central-1.amazonaws.com") -> None:
        self.meta = types.SimpleNamespace(endpoint_url=endpoint)
        self.exceptions = types.SimpleNamespace(
            ClientError=botocore.exceptions.ClientError, ResourceNotFoundException=NotFound
        )
        self.answers: dict[str, t.Any] = {"get_bucket_versioning": {"Status": "Enabled"}}
        self.asked: list[tuple[str, dict[str, t.Any]]] = []
        self.options: list[t.Any] = []

    def client(self, _service: str, options: t.Any = None) -> Aws:
        self.options.append(options)
        return self

    def __getattr__(self, verb: str) -> t.Callable[..., t.Any]:
        def ask(**parameters: t.Any) -> t.Any:
            self.asked.append((verb, parameters))
            answer = self.answers.get(verb, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return ask

    def parameters(self, verb: str) -> list[dict[str, t.Any]]:
        """All that was asked with one verb."""
        return [parameters for one, parameters in self.asked if one == verb]


def opened(shelf: t.Any, aws: Aws, uri: str) -> t.Any:
    """Open a shelf."""
    store = _destination_uri.parse(uri)
    assert store is not None
    return shelf(t.cast("Connection", aws), store)


@pytest.fixture
def aws() -> Aws:
    """An AWS that says yes to everything."""
    return Aws()


@pytest.fixture
def s3(aws: Aws) -> S3Shelf:
    """A shelf in a bucket."""
    return t.cast("S3Shelf", opened(S3Shelf, aws, "s3://a-bucket/class"))


@pytest.fixture
def secrets(aws: Aws) -> SecretsManagerShelf:
    """A shelf of secrets."""
    return t.cast("SecretsManagerShelf", opened(SecretsManagerShelf, aws, "secretsmanager://class"))


# S3 ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "path_style"),
    [
        ("https://s3.eu-central-1.amazonaws.com", False),
        ("https://s3.cn-north-1.amazonaws.com.cn", False),
        ("http://localhost:4566", True),
        ("https://amazonaws.com.example.org", True),
    ],
)
def test_buckets_have_host_names_at_aws_only(endpoint: str, path_style: bool) -> None:
    aws = Aws(endpoint)
    opened(S3Shelf, aws, "s3://a-bucket/class")
    assert aws.options == ([None, {"s3": {"addressing_style": "path"}}] if path_style else [None])


Answers = dict[str, t.Any]
BLOCKED = {"RestrictPublicBuckets": True, "IgnorePublicAcls": True}


@pytest.mark.parametrize(
    ("blocked", "policy", "grants", "public"),
    [
        (BLOCKED, True, [EVERYBODY], False),
        ({"RestrictPublicBuckets": True}, True, [OURSELVES], False),
        ({"RestrictPublicBuckets": True}, True, [EVERYBODY], True),
        ({"IgnorePublicAcls": True}, False, [EVERYBODY], False),
        ({"IgnorePublicAcls": True}, True, [EVERYBODY], True),
        (None, False, [OURSELVES], False),
        (None, True, [OURSELVES], True),
        (None, None, [OURSELVES], False),
        (None, None, [OURSELVES, EVERYBODY], True),
    ],
)
def test_whether_a_bucket_is_public(
    aws: Aws, s3: S3Shelf, blocked: Answers | None, policy: bool | None, grants: list[Answers], public: bool
) -> None:
    aws.answers["get_public_access_block"] = (
        refusal("NoSuchPublicAccessBlockConfiguration")
        if blocked is None
        else {"PublicAccessBlockConfiguration": blocked}
    )
    aws.answers["get_bucket_policy_status"] = (
        refusal("NoSuchBucketPolicy") if policy is None else {"PolicyStatus": {"IsPublic": policy}}
    )
    aws.answers["get_bucket_acl"] = {"Grants": grants}
    assert ("is public; block public access to it" in (s3.problem() or "")) is public
    asked = len(aws.asked)
    s3.problem()
    assert len(aws.asked) == asked, "a run looks once"


@pytest.mark.parametrize("status", [{}, {"Status": "Suspended"}])
def test_whether_a_bucket_keeps_versions(aws: Aws, status: Answers) -> None:
    aws.answers |= {"get_bucket_versioning": status, "get_bucket_acl": {"Grants": []}}
    assert "keeps no versions" in str(opened(S3Shelf, aws, "s3://a-bucket").problem())
    assert opened(S3Shelf, aws, "s3://a-bucket?accept=unversioned").problem() is None


def test_an_object_is_written_only_if_it_is_as_it_was_read(aws: Aws, s3: S3Shelf) -> None:
    aws.answers["get_object"] = {"Body": io.BytesIO(b"x"), "ETag": '"1"'}
    assert s3.get("a,b") == Sheet(b"x", '"1"')
    assert s3.put("anna", b"x", None)
    assert s3.put("anna", b"y", '"1"')
    first, second = aws.parameters("put_object")
    assert (first["IfNoneMatch"], second["IfMatch"]) == ("*", '"1"')
    assert "IfMatch" not in first
    assert "IfNoneMatch" not in second
    assert first["Key"] == "class/anna.json"
    assert aws.parameters("get_object") == [{"Bucket": "a-bucket", "Key": "class/a%2Cb.json"}]


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
def test_who_was_quicker_in_s3_is_noticed(aws: Aws, s3: S3Shelf, code: str) -> None:
    aws.answers["put_object"] = refusal(code)
    assert not s3.put("anna", b"x", '"1"')


def test_what_is_not_there_is_no_error(aws: Aws, s3: S3Shelf) -> None:
    aws.answers["get_object"] = refusal("NoSuchKey")
    assert s3.get("anna") is None


@pytest.mark.parametrize("key", [None, "alias/workshop"])
def test_a_key_of_kms_is_named_where_it_is_given(aws: Aws, key: str | None) -> None:
    options = f"?kms_key={key}" if key else ""
    opened(S3Shelf, aws, f"s3://a-bucket/class{options}").put("anna", b"x", None)
    opened(SecretsManagerShelf, aws, f"secretsmanager://class{options}").put("anna", b"x", None)
    put, create = aws.parameters("put_object")[0], aws.parameters("create_secret")[0]
    assert put.get("SSEKMSKeyId") == create.get("KmsKeyId") == key
    assert put.get("ServerSideEncryption") == ("aws:kms" if key else None)


# Secrets Manager -----------------------------------------------------------------------------------------------------


def test_whoever_read_the_same_version_asks_for_the_same_next_one(aws: Aws, secrets: SecretsManagerShelf) -> None:
    for name, version in (("anna", "v1"), ("anna", "v1"), ("anna", "v2"), ("bert", "v1")):
        assert secrets.put(name, b"x", version)
    tokens = [one["ClientRequestToken"] for one in aws.parameters("put_secret_value")]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3
    assert {len(one) for one in tokens} == {36}


def test_who_was_quicker_in_secrets_manager_is_noticed(aws: Aws, secrets: SecretsManagerShelf) -> None:
    aws.answers |= dict.fromkeys(("create_secret", "put_secret_value"), refusal("ResourceExistsException"))
    assert not secrets.put("anna", b"x", None)
    assert not secrets.put("anna", b"x", "v1")


def test_a_new_secret_is_ours(aws: Aws, secrets: SecretsManagerShelf) -> None:
    secrets.put("anna", b"x", None)
    (made,) = aws.parameters("create_secret")
    assert (made["Name"], made["SecretString"], made["Tags"]) == ("class/anna", "x", OURS)


def test_whose_a_secret_is_is_asked_once(aws: Aws, secrets: SecretsManagerShelf) -> None:
    aws.answers |= {
        "describe_secret": {"Tags": [{"Key": "a", "Value": "b"}, *OURS]},
        "get_secret_value": {"SecretString": "x", "VersionId": "v1"},
    }
    assert secrets.get("anna") == secrets.get("anna") == Sheet(b"x", "v1")
    assert len(aws.parameters("describe_secret")) == 1


def test_a_secret_that_is_not_there_is_no_error(aws: Aws, secrets: SecretsManagerShelf) -> None:
    aws.answers["describe_secret"] = NotFound({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeSecret")
    assert secrets.get("anna") is None


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({"Tags": []}, "does not carry the tag managed-by=invoice_scanner.iam, so it is somebody else's"),
        ({}, "does not carry the tag"),
        ({"Tags": [{"Key": "managed-by", "Value": "terraform"}]}, "does not carry the tag"),
        ({"Tags": OURS, "DeletedDate": "today"}, "is marked for deletion; restore it"),
    ],
)
def test_a_secret_that_is_not_ours_is_not_read(
    aws: Aws, secrets: SecretsManagerShelf, described: Answers, why: str
) -> None:
    aws.answers["describe_secret"] = described
    with pytest.raises(DestinationError, match=why):
        secrets.get("anna")
    assert not aws.parameters("get_secret_value")


def test_the_proof_is_deleted_for_good(aws: Aws, secrets: SecretsManagerShelf) -> None:
    for _time in range(20):
        secrets.prove()
    made = [one["Name"] for one in aws.parameters("create_secret")]
    assert [one["SecretId"] for one in aws.parameters("delete_secret")] == made
    assert len(made) == 20
    assert 1 < len(set(made)) <= 16, "a name is not free again at once, and none is left for good"
    assert all(one["ForceDeleteWithoutRecovery"] for one in aws.parameters("delete_secret"))


@pytest.mark.parametrize("code", ["ResourceExistsException", "InvalidRequestException"])
def test_what_a_killed_run_left_of_the_proof_goes(aws: Aws, secrets: SecretsManagerShelf, code: str) -> None:
    aws.answers["create_secret"] = refusal(code)
    with pytest.raises(DestinationError, match="is tried out by too many runs at the same time; run again later"):
        secrets.prove()
    removed = {one["SecretId"] for one in aws.parameters("delete_secret")}
    assert removed == {f"class/.probe-{number}" for number in range(16)}


# Both ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_what_aws_refuses_is_said_in_one_sentence(
    aws: Aws, s3: S3Shelf, secrets: SecretsManagerShelf, code: str
) -> None:
    verbs = ("put_object", "get_object", "create_secret", "describe_secret")
    aws.answers |= dict.fromkeys(verbs, refusal(code))
    for shelf in (s3, secrets):
        calls: list[t.Callable[[], object]] = [shelf.prove, lambda one=shelf: one.get("anna")]  # type: ignore[misc]
        for call in calls:
            with pytest.raises(DestinationError) as caught:
                call()
            said = str(caught.value)
            assert said.startswith(f"'{shelf}' cannot be used for credentials: Failed to ")
            assert said.endswith(f"({code}); docs/stores_policy.json lists what the operator needs for a store")


def test_a_network_that_is_down_is_said(aws: Aws, s3: S3Shelf) -> None:
    aws.answers["get_object"] = botocore.exceptions.EndpointConnectionError(endpoint_url="https://s3")
    with pytest.raises(DestinationError, match=r"AWS cannot be reached .* check the network, the region and"):
        s3.get("anna")
