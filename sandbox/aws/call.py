# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Parse a request: its service, action and signature, and its parameters according to AWS's API model."""

from __future__ import annotations

import io
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel, Shape
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model

from .store_calls import STORES, read_s3, read_secrets_manager

Environ = dict[str, t.Any]

# The parameter "Version" of the query APIs, which identifies the service of an unsigned request
_VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts"}
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key_id>[^/,]+)/(?P<date>\d{8})/(?P<region>[^/,]+)/(?P<service>[^/,]+)/"
    r"aws4_request, *SignedHeaders=(?P<signed_headers>[^,]+), *Signature=(?P<signature>[0-9a-f]+)"
)
# Parameters with such names contain secrets, even if the API model does not mark them as sensitive.
_SECRET_NAME = re.compile("password|secret|authenticationcode|privatekey", re.IGNORECASE)
# Names of secrets in Secrets Manager, which are not secret themselves
_NO_SECRETS = frozenset({"SecretId"})
MASK = "********"
_READS = ("Get", "List", "Simulate", "Generate")


@dataclass(frozen=True)
class Credential:
    """The contents of an Authorization header of Signature Version 4."""

    key_id: str
    date: str
    region: str
    service: str
    signed_headers: str
    signature: str


@dataclass
class Call:
    """One request to an AWS API."""

    environ: Environ
    body: bytes
    service: str
    action: str
    credential: Credential | None = None
    form: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, t.Any] = field(default_factory=dict)
    malformed: bool = False
    # The account that the signing key belongs to
    account_id: str = ""

    @property
    def name(self) -> str:
        """The name of the call in policies and counts, such as C(iam:CreateUser)."""
        return f"{self.service}:{self.action}"

    @property
    def key_id(self) -> str:
        """The access key ID that signed the call, or ""."""
        return self.credential.key_id if self.credential else ""

    @property
    def operation(self) -> OperationModel | None:
        """AWS's model of the action, or None if AWS has no such action."""
        try:
            return t.cast("OperationModel", get_service_model(self.service).operation_model(self.action))
        except OperationNotFoundError:
            return None

    def public_parameters(self) -> dict[str, t.Any]:
        """Return the parameters with all secrets masked."""
        operation = self.operation
        shape = operation.input_shape if operation else None
        return t.cast("dict[str, t.Any]", _masked(shape, self.parameters)) if shape else {}


def is_write(name: str) -> bool:
    """Return whether an action, with or without C(iam:), changes something in IAM."""
    service, _unused, action = name.rpartition(":")
    return service in ("", "iam") and not action.startswith(_READS)


def _masked(shape: t.Any, value: t.Any) -> t.Any:
    """Mask values that the API model marks as sensitive, or whose names suggest a secret."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: MASK if _is_secret(name, shape.members.get(name)) else _masked(shape.members[name], member)
            for name, member in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_masked(shape.member, member) for member in value]
    return value


def _is_secret(name: str, shape: Shape | None) -> bool:
    # Only texts can be secrets, unlike PasswordResetRequired and the like.
    if shape is None or shape.type_name not in {"string", "blob"}:
        return shape is None
    return bool(shape.metadata.get("sensitive")) or (name not in _NO_SECRETS and bool(_SECRET_NAME.search(name)))


def read_call(environ: Environ) -> Call:
    """Parse a request, and leave its body for moto to read again."""
    body: bytes = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    match = _AUTHORIZATION.fullmatch(environ.get("HTTP_AUTHORIZATION", "").strip())
    credential = Credential(**match.groupdict()) if match else None
    form = _form(environ, body)
    service = credential.service if credential else _VERSIONS.get(form.get("Version", ""), "")
    call = Call(environ, body, service, _action(environ, form), credential, form)
    if call.service in _VERSIONS.values() and call.operation:
        parser: t.Any = PROTOCOL_PARSERS["query"](call.operation)
        try:
            call.parameters = parser.parse({"values": form})
        except ValueError:  # such as letters for a number
            call.malformed = True
    elif call.service in STORES:
        _read_store_call(call)
    return call


def _read_store_call(call: Call) -> None:
    if call.service == "s3":
        call.action, call.parameters = read_s3(call.environ)
        return
    try:
        call.parameters = read_secrets_manager(call.body)
    except ValueError:
        call.malformed = True


def _form(environ: Environ, body: bytes) -> dict[str, str]:
    is_form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    text = body.decode("utf-8", "replace") if is_form and body else environ.get("QUERY_STRING", "")
    return dict(parse_qsl(text, keep_blank_values=True))


def _action(environ: Environ, form: dict[str, str]) -> str:
    """Return the action of the query and JSON protocols, or the method of a REST request."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    return form.get("Action") or target.rpartition(".")[2] or str(environ.get("REQUEST_METHOD", ""))
