# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What AWS's errors mean, and what people are told of them."""

from __future__ import annotations

import sys

import botocore.exceptions
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import errors as _errors
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.errors import (
    error_code,
    explain,
    note_sent_before,
    reply_was_lost,
    was_sent_before,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import (
    ENDPOINT,
    aws_error,
    lost_reply,
    no_answer,
)

UNREACHABLE = botocore.exceptions.EndpointConnectionError(endpoint_url=ENDPOINT)


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (lost_reply(), True),
        (no_answer(botocore.exceptions.ReadTimeoutError(endpoint_url=ENDPOINT)), True),
        (no_answer(botocore.exceptions.ResponseStreamingError(error="cut off")), True),
        (aws_error("500", "Internal Server Error", 500), True),
        (aws_error("ServiceUnavailable", status=503), True),
        (no_answer(UNREACHABLE), False),
        (no_answer(botocore.exceptions.ConnectTimeoutError(endpoint_url=ENDPOINT)), False),
        (no_answer(botocore.exceptions.NoCredentialsError()), False),
        (aws_error("LimitExceeded", status=409), False),
        (aws_error("Throttling"), False),
        (AnsibleIAMError("Failed to do it"), False),
    ],
)
def test_whether_a_reply_was_lost(error: AnsibleIAMError, lost: bool) -> None:
    assert reply_was_lost(error) is lost


def test_codes_and_repetitions() -> None:
    assert error_code(aws_error("Throttling")) == "Throttling"
    assert error_code(lost_reply()) == error_code(AnsibleIAMError("Failed to do it")) == ""
    assert not was_sent_before(aws_error("EntityAlreadyExists", attempts=1)), "AWS may have throttled it"
    assert not was_sent_before(lost_reply())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AnsibleIAMError("Failed to do it"), "Failed to do it"),
        (
            aws_error("AccessDenied", "User: arn is not authorized."),
            "Failed to do it: User: arn is not authorized (AccessDenied); the operator's AWS credentials may not do "
            "this; see docs/operator_policy.json for what they need, or docs/removal_policy.json to revoke or remove",
        ),
        (aws_error("Strange", "Never heard of it."), "Failed to do it: Never heard of it (Strange)"),
        (aws_error("Strange"), "Failed to do it: Strange (Strange)"),
        (aws_error("ExpiredToken", "x"), "Failed to do it: x (ExpiredToken); the operator's session has expired; "),
        (
            aws_error("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2 (3 - 15 min.)"),
            "Failed to do it: Signature expired: 1 is now earlier than 2 (3 - 15 min.) (SignatureDoesNotMatch); the "
            "clock of this machine is wrong; set it, and run again",
        ),
        (aws_error("SignatureDoesNotMatch", "No."), "Failed to do it: No (SignatureDoesNotMatch); the operator's sec"),
        (aws_error("Throttling", "Rate exceeded"), "Failed to do it: Rate exceeded (Throttling); AWS limits the "),
        (
            no_answer(botocore.exceptions.NoCredentialsError()),
            "Failed to do it: no AWS credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret",
        ),
        (
            no_answer(botocore.exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY")),
            "Failed to do it: no AWS credentials were found",
        ),
        (
            no_answer(botocore.exceptions.MissingDependencyException(msg="You will need botocore[crt].")),
            "Failed to do it: Missing Dependency: You will need botocore[crt]. That is for the Python that runs "
            f"Ansible: {sys.executable} -m pip install 'botocore[crt]'",
        ),
        (
            no_answer(botocore.exceptions.SSOTokenLoadError(error_msg="Token for x does not exist")),
            "Failed to do it: Error loading SSO Token: Token for x does not exist; sign in again with aws sso login, "
            "for the same profile",
        ),
        (
            no_answer(botocore.exceptions.LoginTokenLoadError(error_msg="none")),
            "Failed to do it: Error loading login session token: none; sign in again with aws login, for the same "
            "profile",
        ),
        (
            no_answer(botocore.exceptions.ProfileNotFound(profile="school")),
            "Failed to do it: The config profile (school) could not be found; check AWS_PROFILE, or profile in ",
        ),
        (no_answer(UNREACHABLE), 'Failed to do it: AWS cannot be reached (Could not connect to the endpoint URL: "'),
        (lost_reply(), "Failed to do it: Connection was closed before we received a valid response"),
    ],
)
def test_errors_are_explained_in_one_sentence(error: AnsibleIAMError, said: str) -> None:
    assert explain(error).startswith(said)
    assert "\n" not in explain(error)


def test_that_a_call_was_sent_before_can_be_noted_where_the_last_error_does_not_tell() -> None:
    error = aws_error("EntityAlreadyExists")
    note_sent_before(error)
    assert was_sent_before(error)
    assert not was_sent_before(aws_error("EntityAlreadyExists")), "and of no other error"


def test_every_code_that_is_waited_out_is_explained_where_waiting_did_not_help() -> None:
    for code in (*_errors.BUSY, *_errors.CONFLICT, "Throttling"):
        assert "; " in explain(aws_error(code)), code


def test_what_is_waited_out_in_one_place_is_not_in_another() -> None:
    """A call that was refused as busy was not applied; of what is not there yet, nobody knows whether it comes."""
    groups = [_errors.NOT_YET, _errors.BUSY, _errors.CONFLICT, _errors.THROTTLED, _errors.NEW_KEY]
    assert sum(map(len, groups)) == len(frozenset().union(*groups))
