# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""A user's last day, kept in a tag of the user. After that day, the user may be removed."""

from __future__ import annotations

import datetime
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping

TAG_KEY = "expires"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(text: str) -> datetime.date | None:
    """Parse a date as YYYY-MM-DD, or return None. Python accepts more forms, and other ones in each release."""
    try:
        return datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def problem(text: str) -> str | None:
    """Return one sentence saying why C(text) is not a date, or None."""
    return None if _day(text) else f"the last day {text!r} is not a date; write it as in '2026-12-31'"


def passed_warning(name: str, text: str, today: datetime.date) -> str | None:
    """Return one sentence saying that a user's last day has passed, or None if it has not."""
    if not has_passed({TAG_KEY: text}, today):
        return None
    return f"the last day of user {name!r}, {text}, has passed; a removal of expired users will remove it"


def has_passed(tags: Mapping[str, str], today: datetime.date) -> bool:
    """Return whether a user's last day has passed. A tag that is not a date is ignored."""
    day = _day(tags.get(TAG_KEY, ""))
    return day is not None and day < today


def is_unclear(tags: Mapping[str, str]) -> bool:
    """Return whether a user has the tag for the last day, but its value is not a date."""
    return TAG_KEY in tags and _day(tags[TAG_KEY]) is None
