# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Interpret AWS's errors: which are temporary, whether the call may have been applied, and what to tell people."""

from __future__ import annotations

import contextlib
import sys

with contextlib.suppress(ImportError):  # AnsibleAWSModule reports what is missing and how to install it.
    import botocore.exceptions

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

_SENT_BEFORE = "invoice_scanner_sent_before"
_SERVER_ERROR = 500  # and above: HTTP statuses of a call that may have been applied


def error_code(error: AnsibleIAMError) -> str:
    """Return AWS's error code, or "" if AWS did not reply."""
    response = getattr(error.exception, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def was_sent_before(error: AnsibleIAMError) -> bool:
    """Return whether the failed call was a repetition. AWS may have applied an earlier attempt whose reply was lost."""
    return getattr(error, _SENT_BEFORE, False)


def note_sent_before(error: AnsibleIAMError) -> None:
    """Note in an error that AWS may have applied an earlier attempt."""
    setattr(error, _SENT_BEFORE, True)


def reply_was_lost(error: AnsibleIAMError) -> bool:
    """Return whether AWS may have applied the call although it failed here."""
    cause = error.exception
    if isinstance(cause, botocore.exceptions.ClientError):
        return may_have_been_applied(int(cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)), None)
    return may_have_been_applied(0, cause)


def may_have_been_applied(status: int, cause: BaseException | None) -> bool:
    """Return whether AWS may have applied a call with this HTTP status, or that failed with this exception."""
    # If there was no connection, botocore raises other errors, so the call was never sent.
    return status >= _SERVER_ERROR or isinstance(cause, botocore.exceptions.HTTPClientError)


# A new user or policy is not visible everywhere at once ("IAM is eventually consistent", IAM User Guide).
NOT_YET = frozenset({"NoSuchEntity"})
# Somebody else is changing the same object, or an object of this name was just deleted ("Common errors", "DeleteUser"
# and "CreateLoginProfile", IAM API Reference). The gateway waits and tries again for every write.
BUSY = frozenset({"EntityTemporarilyUnmodifiable", "ConcurrentModification"})
# Something that was just removed still seems to exist.
CONFLICT = frozenset({"DeleteConflict"})
# botocore repeats throttled calls, except those that are sent only once.
THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"})
# A new access key is not known everywhere at once.
NEW_KEY = frozenset({"InvalidClientTokenId"})

# What the operator can do about an error code
_REMEDIES = {
    "AccessDenied": "the operator's AWS credentials may not do this; see docs/operator_policy.json for what they need, "
    "or docs/removal_policy.json to revoke or remove",
    "InvalidClientTokenId": "AWS does not know the operator's access key; check AWS_PROFILE or AWS_ACCESS_KEY_ID, "
    "and the region, which decides the partition of AWS",
    "SignatureDoesNotMatch": "the operator's secret access key is wrong; check AWS_PROFILE or AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "the operator's session has expired; sign in again",
    "LimitExceeded": "a quota of the account is used up; remove what you no longer need, or ask AWS to raise it",
    "EntityTemporarilyUnmodifiable": "a user of this name was deleted and created again; AWS needs several minutes, so "
    "run again later",
    "DeleteConflict": "something still depends on it; somebody else is changing it, so run again",
    "ConcurrentModification": "somebody else is changing it at the same time; run again",
    "EntityAlreadyExists": "somebody else created it at the same time; run again",
    "Throttling": "AWS limits the requests of the account; run again a little later",
}


# STS gives the same reply for all of these, so only the owner of the role can find out which it is.
_NOT_ASSUMED = (
    "the role has to exist and to trust the operator, with the external ID that it asks for, and the operator needs "
    "sts:AssumeRole for it; check assume_role_arn and assume_role_external_id in aws_connection"
)


# The same code as for a wrong secret; only the message differs ("Troubleshoot Signature Version 4", IAM User Guide).
_OTHER_TIMES = ("Signature expired", "Signature not yet current")
_WRONG_TIME = "the clock of this machine is wrong; set it, and run again"


def explain(error: AnsibleIAMError) -> str:
    """Return one sentence saying what went wrong and, if known, what to do."""
    cause = error.exception
    if cause is None:
        return str(error.message)
    if isinstance(cause, botocore.exceptions.ClientError):
        code = error_code(error)
        said = str(cause.response.get("Error", {}).get("Message") or "").strip().rstrip(".")
        remedy = _WRONG_TIME if said.startswith(_OTHER_TIMES) else _REMEDIES.get(code)
        if code == "AccessDenied" and cause.operation_name == "AssumeRole":
            remedy = _NOT_ASSUMED
        return f"{error.message}: {said or code} ({code})" + (f"; {remedy}" if remedy else "")
    if isinstance(cause, botocore.exceptions.NoCredentialsError | botocore.exceptions.PartialCredentialsError):
        return f"{error.message}: no AWS credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret"
    if isinstance(cause, botocore.exceptions.EndpointConnectionError | botocore.exceptions.ConnectTimeoutError):
        return f"{error.message}: AWS cannot be reached ({cause}); check the network, the region and AWS_ENDPOINT_URL"
    return f"{error.message}: {_without_stop(cause)}{_signing_in(cause)}"


def _without_stop(cause: BaseException) -> str:
    return str(cause).strip().rstrip(".")


def _signing_in(cause: BaseException) -> str:
    """Return what to do about a profile that fails to sign in."""
    if isinstance(cause, botocore.exceptions.MissingDependencyException):
        return f". That is for the Python that runs Ansible: {sys.executable} -m pip install 'botocore[crt]'"
    if isinstance(cause, botocore.exceptions.SSOError):
        return "; sign in again with aws sso login, for the same profile"
    if isinstance(cause, botocore.exceptions.LoginError):
        return "; sign in again with aws login, for the same profile"
    if isinstance(cause, botocore.exceptions.ProfileNotFound):
        return "; check AWS_PROFILE, or profile in aws_connection, and the files in ~/.aws"
    return ""
