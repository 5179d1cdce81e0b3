# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What a request is: service, action, parameters by AWS's own API model, and who signed it."""

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

# "Version" of the query APIs, for a request that nobody signed.
_VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts"}
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key_id>[^/,]+)/(?P<date>\d{8})/(?P<region>[^/,]+)/(?P<service>[^/,]+)/"
    r"aws4_request, *SignedHeaders=(?P<signed_headers>[^,]+), *Signature=(?P<signature>[0-9a-f]+)"
)
# A name like this holds a secret although the API model does not say "sensitive".
_SECRET_NAME = re.compile("password|secret|authenticationcode|privatekey", re.IGNORECASE)
# Names of things, in Secrets Manager
_NO_SECRETS = frozenset({"SecretId"})
MASK = "********"
_READS = ("Get", "List", "Simulate", "Generate")


@dataclass(frozen=True)
class Credential:
    """What the Authorization header of Signature Version 4 says."""

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
    # The account whose key signed
    account_id: str = ""

    @property
    def name(self) -> str:
        """The call as policies and counts name it, such as C(iam:CreateUser)."""
        return f"{self.service}:{self.action}"

    @property
    def key_id(self) -> str:
        """The access key ID that signed, or an empty text."""
        return self.credential.key_id if self.credential else ""

    @property
    def operation(self) -> OperationModel | None:
        """AWS's model of the action; None for an action that AWS does not have."""
        try:
            return t.cast("OperationModel", get_service_model(self.service).operation_model(self.action))
        except OperationNotFoundError:
            return None

    def public_parameters(self) -> dict[str, t.Any]:
        """The parameters with every secret masked."""
        operation = self.operation
        shape = operation.input_shape if operation else None
        return t.cast("dict[str, t.Any]", _masked(shape, self.parameters)) if shape else {}


def is_write(name: str) -> bool:
    """Tell whether an action, with or without C(iam:), changes something in IAM."""
    service, _unused, action = name.rpartition(":")
    return service in ("", "iam") and not action.startswith(_READS)


def _masked(shape: t.Any, value: t.Any) -> t.Any:
    """Replace what the API model marks as sensitive, or what is called like a secret."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: MASK if _is_secret(name, shape.members.get(name)) else _masked(shape.members[name], member)
            for name, member in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_masked(shape.member, member) for member in value]
    return value


def _is_secret(name: str, shape: Shape | None) -> bool:
    # PasswordResetRequired and the like are no secrets: a secret is a text.
    if shape is None or shape.type_name not in {"string", "blob"}:
        return shape is None
    return bool(shape.metadata.get("sensitive")) or (name not in _NO_SECRETS and bool(_SECRET_NAME.search(name)))


def read_call(environ: Environ) -> Call:
    """Read a request, and leave its body to be read once more by moto."""
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
    """The action of the query and JSON protocols; a REST call goes by its method."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    return form.get("Action") or target.rpartition(".")[2] or str(environ.get("REQUEST_METHOD", ""))
