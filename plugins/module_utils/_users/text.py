# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Texts that somebody typed, such as names of people, as files can hold them."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# What a spreadsheet would run; a phone number is none.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s()/.-]*$)")


def printable(value: object) -> str:
    """Write a value as a text that any page or table can hold."""
    return _UNPRINTABLE.sub("\ufffd", "" if value is None else str(value))


def as_data(cell: str) -> str:
    """Keep a cell of a table from being a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
