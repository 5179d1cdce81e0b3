# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The day on which a user is over: a tag of the user that says when it may be removed."""

from __future__ import annotations

import datetime
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping

TAG_KEY = "expires"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(text: str) -> datetime.date | None:
    """Read a date; None where it is none. Python takes other forms as well, and not the same ones in every release."""
    try:
        return datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def problem(text: str) -> str | None:
    """Say in one sentence why C(text) is not a day, or return None."""
    return None if _day(text) else f"the last day {text!r} is not a date; write it as in '2026-12-31'"


def passed_warning(name: str, text: str, today: datetime.date) -> str | None:
    """Say in one sentence that the last day of a user is over, or return None."""
    if not has_passed({TAG_KEY: text}, today):
        return None
    return f"the last day of user {name!r}, {text}, has passed; a removal of expired users takes it away"


def has_passed(tags: Mapping[str, str], today: datetime.date) -> bool:
    """Tell whether the last day of a user is over. A tag that is not a date says nothing."""
    day = _day(tags.get(TAG_KEY, ""))
    return day is not None and day < today


def is_unclear(tags: Mapping[str, str]) -> bool:
    """Tell whether there is a tag that ought to be a date and is none."""
    return TAG_KEY in tags and _day(tags[TAG_KEY]) is None
