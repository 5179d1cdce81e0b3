# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Serialize responses to the XML of AWS's query protocol, ten times as fast as moto does for large pages."""

from __future__ import annotations

import base64
import functools
import typing as t
import uuid
from datetime import datetime
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from botocore import xform_name
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker

from .errors import NAMESPACES, Reply

if t.TYPE_CHECKING:
    from moto.core.model import OperationModel

_PROFILES = (
    "AddRoleToInstanceProfile",
    "CreateInstanceProfile",
    "GetAccountAuthorizationDetails",
    "GetInstanceProfile",
    "ListInstanceProfiles",
    "ListInstanceProfilesForRole",
)
# By structure and action, members that AWS's model contains but AWS does not send. The API Reference says so for
# ListUsers, ListRoles, ListPolicies and ListVirtualMFADevices; the others were observed.
HIDDEN: dict[str, dict[str, frozenset[str]]] = {
    "User": dict.fromkeys(
        ("GetGroup", "ListUsers", "ListVirtualMFADevices"), frozenset({"PermissionsBoundary", "Tags"})
    ),
    "Role": {
        "CreateRole": frozenset({"Description", "MaxSessionDuration", "RoleLastUsed"}),
        "ListRoles": frozenset({"PermissionsBoundary", "RoleLastUsed", "Tags"}),
        "UpdateRoleDescription": frozenset({"MaxSessionDuration", "RoleLastUsed", "Tags"}),
        **dict.fromkeys(
            _PROFILES,
            frozenset({"Description", "MaxSessionDuration", "PermissionsBoundary", "RoleLastUsed", "Tags"}),
        ),
    },
    "InstanceProfile": dict.fromkeys(
        set(_PROFILES) - {"CreateInstanceProfile", "GetInstanceProfile"}, frozenset({"Tags"})
    ),
    "Policy": {"CreatePolicy": frozenset({"Description"}), "ListPolicies": frozenset({"Description", "Tags"})},
    "PolicyVersion": dict.fromkeys(("CreatePolicyVersion", "ListPolicyVersions"), frozenset({"Document"})),
}
# Members that are left out if they are empty: by these actions, or by all if None
_ABSENT_WHEN_EMPTY: dict[tuple[str, str], frozenset[str] | None] = {
    ("InstanceProfile", "Tags"): frozenset({"CreateInstanceProfile"}),
    ("ManagedPolicyDetail", "Description"): None,
    ("PasswordPolicy", "HardExpiry"): None,
    ("PasswordPolicy", "MaxPasswordAge"): None,
    ("Policy", "Description"): None,
    ("Policy", "Tags"): frozenset({"CreatePolicy"}),
    ("Role", "Tags"): None,
    ("UserDetail", "UserPolicyList"): None,
    ("VirtualMFADevice", "Tags"): None,
}
# Members that are sent as an empty list if moto has nothing
_EMPTY_WHEN_ABSENT = frozenset({("ServerCertificate", "Tags"), ("UserDetail", "Tags")})
# The service sends another value than the only one in the model, PermissionsBoundaryPolicy.
_CONSTANT = {"PermissionsBoundaryAttachmentType": "Policy"}
_PICKER = XFormedAttributePicker()
_MISSING = object()


def reply(operation: OperationModel, service: str, answer: dict[str, t.Any]) -> Reply:
    """Serialize a response according to AWS's model of the action. It may contain moto's objects."""
    request_id = str(uuid.uuid4())
    headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
    return Reply(200, _body(operation, service, answer, request_id), headers)


def _body(operation: OperationModel, service: str, answer: dict[str, t.Any], request_id: str) -> bytes:
    action = str(operation.name)
    parts = [f'<{action}Response xmlns="{NAMESPACES[service]}">']
    shape: t.Any = operation.output_shape
    if shape is not None:
        _element(parts, shape.serialization.get("resultWrapper", f"{action}Result"), shape, answer, action)
    parts.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>")
    return "".join(parts).encode()


def _element(parts: list[str], tag: str, shape: t.Any, value: t.Any, action: str) -> None:
    parts.append(f"<{tag}>")
    if shape.type_name == "structure":
        hidden = HIDDEN.get(shape.name, {}).get(action, frozenset())
        kind: t.Any = type(value)
        for name, keys in _members(shape, kind):
            inner = _sent(shape.name, name, _value(value, keys), action)
            if inner is not None and name not in hidden:
                member = shape.members[name]
                _element(parts, member.serialization.get("name", name), member, inner, action)
    elif shape.type_name == "list":
        for item in value:
            _element(parts, shape.member.serialization.get("name", "member"), shape.member, item, action)
    elif shape.type_name == "map":
        for key, item in value.items():
            parts.append(f"<entry><key>{escape(str(key))}</key><value>{escape(str(item))}</value></entry>")
    else:
        parts.append(escape(_text(shape, value)))
    parts.append(f"</{tag}>")


def _sent(structure: str, member: str, value: t.Any, action: str) -> t.Any:
    """Return the value to send for a member, or None to leave it out."""
    if value is None and (structure, member) in _EMPTY_WHEN_ABSENT:
        return []
    actions = _ABSENT_WHEN_EMPTY.get((structure, member), frozenset())
    return None if not value and (actions is None or action in actions) else value


@functools.cache
def _members(shape: t.Any, kind: t.Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the members of a structure, each with its possible names in a moto object of this class."""
    sample: t.Any = {} if kind is dict else object.__new__(kind)
    found = []
    for name, member in shape.members.items():
        member.parent = shape
        context = AttributePickerContext(obj=sample, key=name, key_path="", shape=member)
        keys = [*_PICKER.get_possible_keys(context), *_without_class_name(name, kind)]
        found.append((name, tuple(dict.fromkeys(keys))))
    return tuple(found)


def _without_class_name(name: str, kind: t.Any) -> list[str]:
    """Return a member's names without the name of a base class: C(PolicyName) is C(name) in a ManagedPolicy, too."""
    bases = [base.__name__ for base in kind.__mro__]
    return [xform_name(name.removeprefix(base)) for base in bases if name.startswith(base)]


def _value(source: t.Any, keys: tuple[str, ...]) -> t.Any:
    for key in keys:
        value = source.get(key, _MISSING) if isinstance(source, dict) else getattr(source, key, _MISSING)
        if value is not _MISSING:
            return value
    return None


def _text(shape: t.Any, value: t.Any) -> str:
    if shape.type_name == "blob":
        return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()
    if shape.name == "policyDocumentType":
        return _document_text(str(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")  # IAM's times have whole seconds.
    return _CONSTANT.get(shape.name) or str(value)


def _document_text(document: str) -> str:
    """URL-encode a policy document ("GetUserPolicy", IAM API Reference). moto does so only for some, and not fully."""
    return quote(document if document.lstrip().startswith("{") else unquote(document), safe="")
