# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Render and parse a table of the class, for the mail merge of an office suite or a learning system."""

from __future__ import annotations

import csv
import io
import typing as t

from .._users.on_file import Credentials
from .._users.text import as_data

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .person import Person

FILE = "class_mailmerge.csv"
_BEFORE = ("User name", "Display name", "E-mail")
_AFTER = (
    "Password",
    "Console sign-in URL",
    "Account ID",
    "Access key ID",
    "Secret access key",
    "Valid until",
)
# Without a byte order mark, Excel reads a CSV file in the machine's code page.
_BOM = "\ufeff"


def mail_merge(rows: Iterable[tuple[Person, Credentials, str]]) -> bytes:
    """Render the table. C(rows) are the people with their credentials and account IDs, in this order."""
    everybody = list(rows)
    columns = list(dict.fromkeys(column for person, _saved, _account in everybody for column in person.cells))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*_BEFORE, *map(as_data, columns), *_AFTER])
    writer.writerows(_row(columns, *one) for one in everybody)
    return (_BOM + text.getvalue()).encode("utf-8")


def _row(columns: Sequence[str], person: Person, saved: Credentials, account: str) -> list[str]:
    about = [person.name, as_data(person.display_name), as_data(person.email)]
    # Not changed for spreadsheets: a changed password would be wrong.
    access = [saved.password, saved.sign_in_url, account, saved.access_key_id, saved.secret_access_key]
    return [*about, *(as_data(person.cells.get(column, "")) for column in columns), *access, person.expires]


def parse(content: bytes) -> dict[str, tuple[Credentials, str]]:
    """Parse such a table into credentials and account ID by user name; other tables give nothing."""
    rows = _rows(content)
    width = len(rows[0]) if rows else 0
    # By position, because a roster may have columns with the same names.
    if width < len(_BEFORE) + len(_AFTER) or (*rows[0][: len(_BEFORE)], *rows[0][-len(_AFTER) :]) != _BEFORE + _AFTER:
        return {}
    return {row[0]: _read(row[0], *row[-len(_AFTER) : -1]) for row in rows[1:] if len(row) == width}


def _rows(content: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return []


def _read(name: str, password: str, url: str, account: str, key_id: str, secret: str) -> tuple[Credentials, str]:
    return Credentials(name, password, url, key_id, secret), account


def names_in(content: bytes) -> list[str]:
    """Return the user names in such a table; other tables give none."""
    rows = _rows(content)
    return [row[0] for row in rows[1:] if row] if rows and rows[0][:1] == [_BEFORE[0]] else []
