# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The shelf in Secrets Manager: what is asked of AWS. That AWS does it is tested on the sandbox."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.secrets_manager import (
    SecretsManagerShelf,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.shelf import Sheet
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.fake_aws import (
    Answers,
    Aws,
    NotFound,
    opened,
    refusal,
)

OURS = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]


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
    with pytest.raises(DestinationError, match=r"too many runs are testing .+ at the same time; run again later"):
        secrets.prove()
    removed = {one["SecretId"] for one in aws.parameters("delete_secret")}
    assert removed == {f"class/.probe-{number}" for number in range(16)}


@pytest.mark.parametrize("key", [None, "alias/workshop"])
def test_a_key_of_kms_is_named_where_it_is_given(aws: Aws, key: str | None) -> None:
    options = f"?kms_key={key}" if key else ""
    opened(SecretsManagerShelf, aws, f"secretsmanager://class{options}").put("anna", b"x", None)
    (create,) = aws.parameters("create_secret")
    assert create.get("KmsKeyId") == key


def test_a_secret_goes_at_once_and_its_name_is_free_again(aws: Aws, secrets: SecretsManagerShelf) -> None:
    """Or the next class could not use it for weeks; and what was known of the old one is forgotten."""
    aws.answers |= {"describe_secret": {"Tags": OURS}, "get_secret_value": {"SecretString": "x", "VersionId": "v1"}}
    secrets.get("anna")
    secrets.delete("anna")
    assert aws.parameters("delete_secret") == [{"SecretId": "class/anna", "ForceDeleteWithoutRecovery": True}]
    secrets.get("anna")
    assert len(aws.parameters("describe_secret")) == 2


def test_what_it_is_called(secrets: SecretsManagerShelf) -> None:
    """A secret's name takes every character of a user's name but a comma, and no user's name has a slash."""
    assert (str(secrets), secrets.name("a,b=@c")) == ("secretsmanager://class", "class/a/2C/b=@c")


def test_what_is_noted_of_all_is_noted_once(aws: Aws, secrets: SecretsManagerShelf) -> None:
    """And never in the place of a user: no user's name has a slash in it."""
    aws.answers["describe_secret"] = NotFound({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeSecret")
    assert secrets.note() is None
    secrets.put_note(b"first")
    (made,) = aws.parameters("create_secret")
    assert (made["Name"], made["SecretString"], made["Tags"]) == ("class/.account/id", "first", OURS)
    aws.answers["create_secret"] = refusal("ResourceExistsException")
    secrets.put_note(b"second")
    assert not aws.parameters("put_secret_value")
    aws.answers |= {"describe_secret": {"Tags": OURS}, "get_secret_value": {"SecretString": "first", "VersionId": "1"}}
    assert secrets.note() == b"first"
