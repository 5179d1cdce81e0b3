# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Make text that somebody typed, such as people's names, safe for files."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# What a spreadsheet would run as a formula; a phone number is not one.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s()/.-]*$)")


def printable(value: object) -> str:
    """Convert a value to text without unprintable characters, for a page or a table."""
    return _UNPRINTABLE.sub("\ufffd", "" if value is None else str(value))


def one_line(value: object) -> str:
    """Convert a value to printable text in which each run of blanks and line breaks is one space."""
    return printable(" ".join(() if value is None else str(value).split()))


def as_data(cell: str) -> str:
    """Prefix a cell with an apostrophe if a spreadsheet would run it as a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
