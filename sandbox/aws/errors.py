# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""AWS's errors in the format of each service, and the exception for a dropped connection."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

# HTTP status of each error code, from the "Errors" sections and the "Common errors" of the IAM API Reference. Codes
# that are not listed have status 400.
STATUS = {
    "AccessDenied": 403,
    "AuthorizationHeaderMalformed": 400,
    "ConcurrentModification": 409,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "EntityTemporarilyUnmodifiable": 409,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServiceError": 500,
    "ExpiredToken": 403,
    "InvalidAccessKeyId": 403,
    "InvalidClientTokenId": 403,
    "LimitExceeded": 409,
    "MissingAuthenticationToken": 403,
    "NoSuchEntity": 404,
    "NotImplemented": 501,
    "ReportNotPresent": 410,
    "SignatureDoesNotMatch": 403,
}

# Common errors have other codes in S3 ("Error responses", S3 API Reference) and in the JSON protocol ("Common errors",
# Secrets Manager API Reference).
_S3_CODES = {
    "IncompleteSignature": "AuthorizationHeaderMalformed",
    "InternalFailure": "InternalError",
    "InvalidClientTokenId": "InvalidAccessKeyId",
    "MissingAuthenticationToken": "AccessDenied",
}
_JSON_CODES = {
    "AccessDenied": "AccessDeniedException",
    "IncompleteSignature": "IncompleteSignatureException",
    "InternalFailure": "InternalServiceError",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
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
    """An error of AWS, with its code and message. Some have an empty message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = STATUS.get(code, 400)

    def reply(self, service: str) -> Reply:
        """Return the error in the format of the service."""
        request_id = str(uuid.uuid4())
        if service == "s3":
            return self._s3_reply(request_id)
        if service == "secretsmanager":
            return self._json_reply(request_id)
        message = f"<Message>{escape(self.message)}</Message>" if self.message else ""
        body = (
            f'<ErrorResponse xmlns="{NAMESPACES.get(service, NAMESPACES["iam"])}"><Error><Type>Sender</Type>'
            f"<Code>{escape(self.code)}</Code>{message}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
        return Reply(self.status, body.encode(), headers)

    def _s3_reply(self, request_id: str) -> Reply:
        code = _S3_CODES.get(self.code, self.code)
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escape(code)}</Code>'
            f"<Message>{escape(self.message)}</Message><RequestId>{request_id}</RequestId></Error>"
        )
        return Reply(STATUS.get(code, 400), body.encode(), [("Content-Type", "application/xml")])

    def _json_reply(self, request_id: str) -> Reply:
        code = _JSON_CODES.get(self.code, self.code)
        body = json.dumps({"__type": code, "message": self.message})
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", request_id)]
        return Reply(STATUS.get(code, 400), body.encode(), headers)


class ConnectionDropped(Exception):
    """The connection has to be closed without a reply."""


def no_such_entity(message: str) -> AwsError:
    """Return the error for an object that does not exist."""
    return AwsError("NoSuchEntity", message)
