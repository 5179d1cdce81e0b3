# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Check lengths, patterns, value sets and required members with AWS's API model, which is part of botocore."""

from __future__ import annotations

import functools
import re
import typing as t
import unicodedata

from ..errors import AwsError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto.core.model import OperationModel

# IAM has special messages for these.
_WORDS = {
    "userName": "alphanumeric characters and/or the following: +=,.@_-",
    "newUserName": "alphanumeric characters and/or the following: +=,.@_-",
    "groupName": "alphanumeric characters and/or the following: +=,.@_-",
    "roleName": "alphanumeric characters and/or the following: +=,.@_-",
    "policyName": "alphanumeric characters and/or the following: +=,.@_-",
}
_PATHS = frozenset({"path", "newPath"})
_NOT_NULL = "Member must not be null"
# Elements of lists for which AWS's message contains this as well. The model does not say so.
_NEVER_NULL = frozenset({"tagKeyType"})
# Letters, separators and numbers of any script are replaced by an ASCII one, as Python's patterns have no \p{L}.
_FOLDED = {"L": "a", "Z": " ", "N": "0"}


def check(operation: OperationModel, parameters: dict[str, t.Any]) -> None:
    """Refuse parameters that are invalid according to AWS's model of the action."""
    if operation.input_shape is None:
        return
    faults = list(_faults(operation.input_shape, parameters, ""))
    if not faults:
        return
    for name, fault in faults:
        if "pattern" in fault and name in _WORDS:
            raise AwsError(
                "ValidationError", f"The specified value for {name} is invalid. It must contain only {_WORDS[name]}"
            )
        if "pattern" in fault and name in _PATHS:
            raise AwsError(
                "ValidationError",
                f"The specified value for {name} is invalid. It must begin and end with "
                "/ and contain only alphanumeric characters and/or / characters.",
            )
    plural = "s" if len(faults) > 1 else ""
    text = "; ".join(fault for _name, fault in faults)
    raise AwsError("ValidationError", f"{len(faults)} validation error{plural} detected: {text}")


def _faults(shape: t.Any, value: t.Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield for each error the parameter and a message. It does not contain the value, which may be a secret."""
    for rule in _broken(shape, value):
        yield name, f"Value at '{name}' failed to satisfy constraint: {rule}"
    if shape.type_name == "structure":
        for required in shape.metadata.get("required", []):
            if required not in value:
                where = _joined(name, required)
                yield where, f"Value at '{where}' failed to satisfy constraint: {_NOT_NULL}"
        for member, inner in value.items():
            yield from _faults(shape.members[member], inner, _joined(name, member))
    elif shape.type_name == "list" and shape.member.type_name == "structure":
        for number, inner in enumerate(value, 1):
            yield from _faults(shape.member, inner, f"{name}.{number}.member")


def _joined(name: str, member: str) -> str:
    lowered = member[0].lower() + member[1:]
    return f"{name}.{lowered}" if name else lowered


def _broken(shape: t.Any, value: t.Any) -> Iterator[str]:
    """Yield the constraints that a value breaks, in the words of AWS's validation."""
    yield from (text for text, holds in _constraints(shape) if not holds(value))
    if shape.type_name == "list" and any(next(_broken(shape.member, one), None) for one in value):
        rules = [text for text, _holds in _constraints(shape.member)]
        rules += [_NOT_NULL] if shape.member.name in _NEVER_NULL else []
        yield f"Member must satisfy constraint: [{', '.join(rules)}]"


def _constraints(shape: t.Any) -> Iterator[tuple[str, Callable[[t.Any], bool]]]:
    """Yield the constraints of a value in AWS's order, each with a function that returns whether it holds."""
    limits = shape.metadata
    if shape.type_name not in {"string", "list", "integer", "long"}:
        return
    what, size = ("value", int) if shape.type_name in {"integer", "long"} else ("length", len)
    if "max" in limits:
        yield f"Member must have {what} less than or equal to {limits['max']}", lambda it: size(it) <= limits["max"]
    if "min" in limits:
        yield f"Member must have {what} greater than or equal to {limits['min']}", lambda it: size(it) >= limits["min"]
    if pattern := limits.get("pattern"):
        matches = _pattern(pattern).fullmatch
        yield (
            f"Member must satisfy regular expression pattern: {pattern}",
            lambda it: bool(matches(_folded(pattern, it))),
        )
    if "enum" in limits:
        yield "Member must satisfy enum value set", lambda it: it in limits["enum"]


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str]:
    r"""Translate one of AWS's patterns: its \w is ASCII, and Python does not support \p{L}."""
    for category, char in (("\\p{L}", "a-zA-Z"), ("\\p{Z}", " "), ("\\p{N}", "0-9")):
        pattern = pattern.replace(category, char)
    return re.compile(pattern, re.ASCII)


def _folded(pattern: str, value: str) -> str:
    """Replace letters, separators and numbers beyond ASCII by ones that the translated pattern matches."""
    if value.isascii() or "\\p{" not in pattern:
        return value
    return "".join(char if char.isascii() else _FOLDED.get(unicodedata.category(char)[0], char) for char in value)
