# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Tags of IAM users: what AWS allows in them, and the tags that this collection sets itself."""

from __future__ import annotations

import typing as t
import unicodedata

if t.TYPE_CHECKING:
    from collections.abc import Mapping

OWNERSHIP_KEY = "managed-by"
OWNERSHIP_VALUE = "invoice_scanner.iam"
# The day on which somebody revoked the user's access on purpose
REVOKED_KEY = "revoked"
# The class that a user of this collection belongs to, if any
CLASS_KEY = "workshop-class"

# "Rules for tagging in IAM and AWS STS" in the IAM User Guide, and TagUser in the IAM API Reference:
# [\p{L}\p{Z}\p{N}_.:/=+\-@], keys of 1 to 128 characters, values of up to 256, 50 tags a user.
_PUNCTUATION = "_.:/=+-@"
_KEY_MAX_LENGTH = 128
_VALUE_MAX_LENGTH = 256
MAX_TAGS = 50
_RULE = "letters, digits, spaces and _.:/=+-@"


def _refused(text: str) -> str:
    return "".join(
        sorted({char for char in text if char not in _PUNCTUATION and unicodedata.category(char)[0] not in "LZN"})
    )


def value_problem(what: str, value: str) -> str | None:
    """Return one sentence saying why AWS would refuse C(value) as a tag's value, or None."""
    if len(value) > _VALUE_MAX_LENGTH:
        return f"{what} has {len(value)} characters; AWS allows {_VALUE_MAX_LENGTH} in a tag"
    wrong = _refused(value)
    if wrong:
        return f"{what} {value!r} contains {wrong!r}; AWS allows {_RULE} in a tag"
    return None


def _key_problem(key: str) -> str | None:
    if not 1 <= len(key) <= _KEY_MAX_LENGTH:
        return f"the tag key {key!r} has {len(key)} characters; AWS allows 1 to {_KEY_MAX_LENGTH}"
    wrong = _refused(key)
    if wrong:
        return f"the tag key {key!r} contains {wrong!r}; AWS allows {_RULE} in a tag"
    if key.lower().startswith("aws:"):
        return f"the tag key {key!r} begins with 'aws:', which AWS reserves for itself"
    return None


def problems(tags: Mapping[str, str | None]) -> list[str]:
    """List everything that AWS would refuse in C(tags), one sentence each."""
    found = [f"the tag {key!r} has no value; write '' for an empty one" for key, value in tags.items() if value is None]
    found += _problems({key: value for key, value in tags.items() if value is not None})
    return found


def _problems(tags: Mapping[str, str]) -> list[str]:
    found = [_key_problem(key) or value_problem(f"the value of the tag {key!r}", value) for key, value in tags.items()]
    seen: dict[str, str] = {}
    for key in tags:
        # The keys of a user's tags are case-insensitive (same guide).
        if seen.setdefault(key.lower(), key) != key:
            found.append(f"the tag keys {seen[key.lower()]!r} and {key!r} differ in case only; AWS allows one of them")
    found += [
        f"the tag {key!r} marks users of this collection; leave it out of your tags"
        for key, value in tags.items()
        if (key.lower() == OWNERSHIP_KEY and (key, value) != (OWNERSHIP_KEY, OWNERSHIP_VALUE))
        or key.lower() in (REVOKED_KEY, CLASS_KEY)
    ]
    return [one for one in found if one]


def is_ours(tags: Mapping[str, str]) -> bool:
    """Return whether a user with these tags was created or adopted by this collection."""
    return tags.get(OWNERSHIP_KEY) == OWNERSHIP_VALUE
