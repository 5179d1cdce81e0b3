# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What goes wrong with any store is said in one sentence, with what to do."""

from __future__ import annotations

import typing as t

import botocore.exceptions
import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.s3 import S3Shelf
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.secrets_manager import (
    SecretsManagerShelf,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.shelf import Sheet, explained
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.fake_aws import (
    Aws,
    refusal,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import aws_error


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


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("NoSuchBucket", "; create the bucket, private and versioned, or choose another"),
        ("KMS.NotFoundException", "; check invoice_iam_user_credentials_kms_key and the region"),
        ("EncryptionFailure", "; check invoice_iam_user_credentials_kms_key and the region"),
        ("ExpiredToken", "; the operator's session has expired; sign in again"),
        ("Strange", ""),
    ],
)
def test_what_can_be_done_about_it_is_said_once(code: str, remedy: str) -> None:
    with pytest.raises(DestinationError) as caught, explained("s3://b"):
        raise aws_error(code, "It is so.")
    assert str(caught.value) == f"'s3://b' cannot be used for credentials: Failed to do it: It is so ({code}){remedy}"


def test_other_errors_are_left_as_they_are() -> None:
    with pytest.raises(ValueError, match=r"^mine$"), explained("s3://b"):
        raise ValueError("mine")


def test_no_secret_is_in_what_python_shows() -> None:
    assert "geheim" not in repr(Sheet(b"geheim", "v1"))
