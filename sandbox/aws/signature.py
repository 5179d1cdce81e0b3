# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Verify Signature Version 4. Source: "Create a signed AWS API request", IAM User Guide. Pure functions."""

from __future__ import annotations

import hashlib
import hmac
import typing as t
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

if t.TYPE_CHECKING:
    from .call import Call, Credential, Environ

_TOLERANCE = timedelta(minutes=15)


def is_genuine(call: Call, secret: str) -> bool:
    """Return whether the request was signed with this secret access key."""
    credential = call.credential
    if credential is None:
        return False
    request = _canonical_request(call.environ, call.body, credential)
    scope = f"{credential.date}/{credential.region}/{credential.service}/aws4_request"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", call.environ.get("HTTP_X_AMZ_DATE", ""), scope, hashlib.sha256(request).hexdigest()]
    )
    expected = hmac.new(_signing_key(secret, credential), to_sign.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, credential.signature)


def untimely(call: Call) -> str | None:
    """Return AWS's message for a request that was signed too early or in the future, or None.

    The message and the 15 minutes are from "Troubleshoot Signature Version 4 signed requests" (IAM User Guide).
    """
    signed, now = call.environ.get("HTTP_X_AMZ_DATE", ""), datetime.now(tz=UTC)
    received, earliest, latest = (f"{one:%Y%m%dT%H%M%SZ}" for one in (now, now - _TOLERANCE, now + _TOLERANCE))
    if signed < earliest:
        return f"Signature expired: {signed} is now earlier than {earliest} ({received} - 15 min.)"
    if signed > latest:
        return f"Signature not yet current: {signed} is still later than {latest} ({received} + 15 min.)"
    return None


def _signing_key(secret: str, credential: Credential) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (credential.date, credential.region, credential.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _canonical_request(environ: Environ, body: bytes, credential: Credential) -> bytes:
    pairs = sorted(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    headers = "".join(f"{name}:{_header(environ, name)}\n" for name in credential.signed_headers.split(";"))
    return "\n".join(
        [
            environ["REQUEST_METHOD"],
            quote(environ.get("PATH_INFO") or "/", safe="/-_.~"),
            "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs),
            headers,
            credential.signed_headers,
            _payload(environ, body),
        ]
    ).encode()


def _payload(environ: Environ, body: bytes) -> str:
    """Return the hash of the payload as it was signed. S3 accepts unsigned payloads over TLS (x-amz-content-sha256)."""
    said = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    return said if said.startswith(("UNSIGNED-", "STREAMING-")) else hashlib.sha256(body).hexdigest()


def _header(environ: Environ, name: str) -> str:
    variable = name.upper().replace("-", "_")
    value = environ.get(f"HTTP_{variable}") or environ.get(variable, "")
    return " ".join(str(value).split())
