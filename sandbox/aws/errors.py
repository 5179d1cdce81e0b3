# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Errors as IAM and STS send them, and the two ways in which a call gets no proper answer at all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

# HTTP status of every error code used here, from the "Errors" sections of the IAM API Reference and from its
# "Common errors"; what is not listed is a 400.
STATUS = {
    "AccessDenied": 403,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "EntityTemporarilyUnmodifiable": 409,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "LimitExceeded": 409,
    "MissingAuthenticationToken": 403,
    "NoSuchEntity": 404,
    "NotImplemented": 501,
    "NotSupportedService": 404,
    "SignatureDoesNotMatch": 403,
}

NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


@dataclass
class Reply:
    """An HTTP reply."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)


class AwsError(Exception):
    """A refusal, with AWS's code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = STATUS.get(code, 400)

    def reply(self, service: str) -> Reply:
        """Return the refusal in the XML of AWS's query protocol."""
        request_id = str(uuid.uuid4())
        body = (
            f'<ErrorResponse xmlns="{NAMESPACES.get(service, NAMESPACES["iam"])}"><Error><Type>Sender</Type>'
            f"<Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
        return Reply(self.status, body.encode(), headers)


class ConnectionDropped(Exception):
    """The connection is to be closed without a reply."""


def no_such_entity(message: str) -> AwsError:
    """Return the error for something that does not exist."""
    return AwsError("NoSuchEntity", message)
