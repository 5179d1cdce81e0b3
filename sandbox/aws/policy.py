# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Evaluate policy documents for an action. Pure functions.

Source: "Policy evaluation logic" and "IAM JSON policy elements reference" in the IAM User Guide.
"""

from __future__ import annotations

import functools
import json
import operator
import re
import typing as t
from datetime import UTC, datetime
from enum import Enum

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Condition keys are in lower case, because AWS ignores case in them.
Context = dict[str, list[str]]


class Verdict(Enum):
    """The result of an evaluation. An explicit deny wins over an allow; without either, nothing is allowed."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


def judge(documents: Iterable[str], action: str, resource: str, context: Context) -> Verdict:
    """Evaluate policy documents for an action on a resource."""
    verdict = Verdict.SILENT
    for document in documents:
        for statement in _statements(document):
            if not _applies(statement, action, resource, context):
                continue
            if statement.get("Effect") == "Deny":
                return Verdict.DENIED
            verdict = Verdict.ALLOWED
    return verdict


@functools.lru_cache(maxsize=512)
def _statements(document: str) -> tuple[dict[str, t.Any], ...]:
    return tuple(_listed(json.loads(document).get("Statement", [])))


def _listed(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def _applies(statement: Mapping[str, t.Any], action: str, resource: str, context: Context) -> bool:
    return (
        _element(statement, "Action", lambda pattern: matches(pattern.lower(), action.lower()))
        and _element(statement, "Resource", lambda pattern: matches(_expanded(pattern, context), resource))
        and all(
            _condition(name, key, _listed(wanted), context)
            for name, block in statement.get("Condition", {}).items()
            for key, wanted in block.items()
        )
    )


def _element(statement: Mapping[str, t.Any], name: str, hit: Callable[[str], bool]) -> bool:
    """Match C(Action) or C(NotAction), C(Resource) or C(NotResource)."""
    if f"Not{name}" in statement:
        return not any(hit(pattern) for pattern in _listed(statement[f"Not{name}"]))
    return any(hit(pattern) for pattern in _listed(statement.get(name, [])))


def matches(pattern: str, value: str) -> bool:
    """Match a pattern with the wildcards of policies: C(*) for any text, C(?) for one character."""
    return bool(_wildcards(pattern).fullmatch(value))


@functools.lru_cache(maxsize=4096)
def _wildcards(pattern: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _expanded(text: str, context: Context) -> str:
    """Replace policy variables such as C(${aws:username}). Unknown ones match nothing."""
    return re.sub(r"\$\{([^}]+)\}", lambda found: (context.get(found[1].lower()) or ["\0"])[0], text)


def _same(wanted: str, value: str) -> bool:
    return wanted == value


def _same_in_any_case(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _moment(text: str) -> float:
    """Parse a date of a policy: ISO 8601, which is UTC without an offset, or seconds since 1970."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _dated(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    """Compare the date of the request with that of the policy. Values that are not dates never match."""

    def hit(wanted: str, value: str) -> bool:
        try:
            return compare(_moment(value), _moment(wanted))
        except ValueError:
            return False

    return hit


# "IAM JSON policy elements: Condition operators". For each operator a function, and whether it is negated. Operators
# for numbers and addresses are left out, because no condition key of this endpoint has such values.
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "stringequals": (_same, False),
    "stringnotequals": (_same, True),
    "stringequalsignorecase": (_same_in_any_case, False),
    "stringnotequalsignorecase": (_same_in_any_case, True),
    "stringlike": (matches, False),
    "stringnotlike": (matches, True),
    "arnequals": (matches, False),
    "arnnotequals": (matches, True),
    "arnlike": (matches, False),
    "arnnotlike": (matches, True),
    "bool": (_same_in_any_case, False),
    "dateequals": (_dated(operator.eq), False),
    "datenotequals": (_dated(operator.eq), True),
    "datelessthan": (_dated(operator.lt), False),
    "datelessthanequals": (_dated(operator.le), False),
    "dategreaterthan": (_dated(operator.gt), False),
    "dategreaterthanequals": (_dated(operator.ge), False),
}


def _condition(name_of_operator: str, key: str, wanted: list[t.Any], context: Context) -> bool:
    quantifier, _unused, name = name_of_operator.lower().rpartition(":")
    values = context.get(key.lower())
    if name == "null":
        return (values is None) == (str(wanted[0]).lower() == "true")
    if_exists = name.endswith("ifexists")
    if if_exists and values is None:
        return True
    hit, negated = _OPERATORS.get(name.removesuffix("ifexists"), (_never, False))
    if values is None:
        return negated or quantifier == "forallvalues"
    texts = [_expanded(_text(one), context) for one in wanted]
    answers = (any(hit(text, value) for text in texts) != negated for value in values)
    return any(answers) if quantifier == "foranyvalue" else all(answers)


def _never(_wanted: str, _value: str) -> bool:
    return False


def _text(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
