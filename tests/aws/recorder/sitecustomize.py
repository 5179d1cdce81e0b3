# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Writes down what every reply of AWS to a Python process looks like: member names and types, never a value.

Python imports a C(sitecustomize) at its start where PYTHONPATH has this folder, so that it reaches the modules that a
playbook starts. C(RECORDED_REPLIES) names the file that gets a JSON line for each reply: C(action), C(status), C(code),
C(members). C(RECORDED_PATH) is an IAM path: what lies elsewhere in the account is nobody's business and left out.
"""

from __future__ import annotations

import datetime
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import re
import sys
import types
import typing as t

Members = dict[str, set[str]]

# A member that other elements of the same list have, and this one has not
NOTHING = "nothing"
# "Understanding unique ID prefixes" in the IAM User Guide
_PREFIXES = {
    "AccessKeyId": "AKIA",
    "GroupId": "AGPA",
    "PolicyId": "ANPA",
    "SSHPublicKeyId": "APKA",
    "ServiceSpecificCredentialId": "ACCA",
    "UserId": "AIDA",
}


def kind_of(value: t.Any, name: str) -> str:
    """Name the type of a value. For an ID, that is its length and whether it begins as its kind does, too."""
    if isinstance(value, str) and name in _PREFIXES:
        with_it = "with" if value.startswith(_PREFIXES[name]) else "without"
        return f"{len(value)} characters {with_it} {_PREFIXES[name]}"
    return type_of(value)


def type_of(value: t.Any, _name: str = "") -> str:
    """Name the type of a value, and no more."""
    if isinstance(value, datetime.datetime):
        return "timestamp"
    return {"str": "text", "bool": "true or false", "int": "number"}.get(type(value).__name__, type(value).__name__)


def members(value: t.Any, kind: t.Callable[[t.Any, str], str] = kind_of, path: str = "") -> Members:
    """Return each member of a reply, such as C(Users[].Path), with what it was seen to be."""
    if isinstance(value, dict):
        inside = _joined(members(inner, kind, f"{path}.{name}".lstrip(".")) for name, inner in value.items())
        return {path: {"structure"}} | inside if path else inside
    if isinstance(value, list):
        return {path: {"list"}} | _joined(_even([members(one, kind, f"{path}[]") for one in value]))
    return {path: {kind(value, re.split(r"[.\[]", path.removesuffix("[]"))[-1])}}


def _joined(many: t.Iterable[Members]) -> Members:
    joined: Members = {}
    for one in many:
        for path, kinds in one.items():
            joined.setdefault(path, set()).update(kinds)
    return joined


def _even(elements: list[Members]) -> list[Members]:
    """Note what some elements of a list lack."""
    every = {path for one in elements for path in one}
    return [{path: one.get(path, {NOTHING}) for path in every} for one in elements]


def within(value: t.Any, path: str) -> t.Any:
    """Leave out the users, groups and policies of a reply that lie outside an IAM path."""
    if isinstance(value, dict):
        return {name: within(inner, path) for name, inner in value.items()}
    if isinstance(value, list):
        return [within(one, path) for one in value if not _elsewhere(one, path)]
    return value


def _elsewhere(one: t.Any, path: str) -> bool:
    return isinstance(one, dict) and not str(one.get("Path", path)).startswith(path)


def told(parsed: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return a reply as AWS sent it, without what botocore adds."""
    request_id = parsed.get("ResponseMetadata", {}).get("RequestId")
    content = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    return content | ({"RequestId": request_id} if request_id else {})


def _note(event_name: str, parsed_response: t.Any, **_rest: t.Any) -> None:
    """Take down one reply, also one that botocore will not show anybody because it asks again."""
    parsed = parsed_response or {"Error": {"Code": "no reply"}}
    # The operator asks, too, whose IDs may be of any kind.
    found = members(within(told(parsed), os.environ.get("RECORDED_PATH", "/")), type_of)
    record = {
        "action": event_name.rpartition(".")[2],
        "status": parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 0),
        "code": parsed.get("Error", {}).get("Code", ""),
        "members": {path: sorted(kinds) for path, kinds in found.items()},
    }
    handle = os.open(os.environ["RECORDED_REPLIES"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, f"{json.dumps(record)}\n".encode())
    os.close(handle)


class _Finder(importlib.abc.MetaPathFinder):
    """Waits for somebody to import botocore: most processes of a playbook never do, and it takes its time."""

    def find_spec(
        self, fullname: str, path: t.Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "botocore.session":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec and spec.loader:
            _watch(spec.loader)
        return spec


def _watch(loader: t.Any) -> None:
    execute = loader.exec_module

    def execute_and_watch(module: t.Any) -> None:
        execute(module)
        create_client = module.Session.create_client

        def create_watched_client(*arguments: t.Any, **options: t.Any) -> t.Any:
            client = create_client(*arguments, **options)
            client.meta.events.register("response-received", _note)
            return client

        module.Session.create_client = create_watched_client

    loader.exec_module = execute_and_watch


if "RECORDED_REPLIES" in os.environ:
    sys.meta_path.insert(0, _Finder())
