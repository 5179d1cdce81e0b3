# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Render and parse the credential files. No file is read or written here.

There are four kinds: the console's downloads for a login and for an access key; the file for
C(aws configure import --csv) of the AWS CLI v2, for one user or for the class; and C(class_credentials.csv), the class
sheet for the instructor, in the form of the console's older all-in-one download.
"""

from __future__ import annotations

import csv
import io
import re
import typing as t

from .._users.on_file import Credentials
from .._users.text import as_data, one_line
from .._users.user_name import file_name_stem

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOGIN_HEADER = ("User name", "Password", "Console sign-in URL")
ACCESS_KEY_HEADER = ("Access key ID", "Secret access key")
IMPORT_HEADER = ("User name", "Access key ID", "Secret access key")
# The console's columns come first, then the person and the account. Older class sheets have fewer columns.
_CONSOLES_CLASS_HEADER = ("User name", "Password", "Access key ID", "Secret access key", "Console login link")
_PERSONS_CLASS_HEADER = (*_CONSOLES_CLASS_HEADER, "Display name", "E-mail")
CLASS_HEADER = (*_PERSONS_CLASS_HEADER, "Account ID")

IMPORT_FILE = "aws_configure_import.csv"
CLASS_FILE = "class_credentials.csv"

# Without a byte order mark, Excel reads a CSV file in the machine's code page and mangles every accent.
_BOM = "\ufeff"


class NotOurFileError(ValueError):
    """A file with the name of a credential file does not contain what this collection writes into it."""


def login_file(user_name: str) -> str:
    """Return the name of the file with the user's console login."""
    name = f"{file_name_stem(user_name)}_credentials.csv"
    # A user may be called "class", whose file would be the class sheet; file systems may ignore case.
    return f"%{ord(name[0]):02X}{name[1:]}" if name.lower() == CLASS_FILE else name


def access_key_file(user_name: str) -> str:
    """Return the name of the file with the user's access key."""
    return f"{file_name_stem(user_name)}_accessKeys.csv"


def own_import_file(user_name: str) -> str:
    """Return the name of the user's own file for the AWS CLI's import, or "" if the CLI cannot import that user."""
    return f"{file_name_stem(user_name)}_{IMPORT_FILE}" if _importable_name(user_name) else ""


def intent_file(user_name: str) -> str:
    """Return the name of the file that records which secrets of the user a run is asking for."""
    return f"{file_name_stem(user_name)}_intent.json"


def _spreadsheet_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return (_BOM + text.getvalue()).encode("utf-8")


def login_csv(one: Credentials) -> bytes:
    """Render the console's Create-user download."""
    return _spreadsheet_csv(LOGIN_HEADER, [(one.user_name, one.password, one.sign_in_url)])


def access_key_csv(one: Credentials) -> bytes:
    """Render the console's access key download."""
    return _spreadsheet_csv(ACCESS_KEY_HEADER, [(one.access_key_id, one.secret_access_key)])


def class_csv(everybody: Iterable[Credentials], account: str = "") -> bytes:
    """Render the class sheet, one row a user, with the ID of their AWS account."""
    return _spreadsheet_csv(CLASS_HEADER, (_class_row(one, account) for one in sorted(everybody, key=_by_name)))


def _class_row(one: Credentials, account: str) -> Sequence[str]:
    # Passwords are not changed for spreadsheets, as other texts are: a changed password would be wrong.
    access = (one.user_name, one.password, one.access_key_id, one.secret_access_key, one.sign_in_url)
    return (*access, as_data(one_line(one.display_name)), as_data(one_line(one.email)), account)


def account_in(sign_in_url: str) -> str:
    """Return the account ID from a console sign-in URL, or "" if the URL has an alias instead."""
    found = re.match(r"https://(\d{12})\.", sign_in_url, re.ASCII)
    return found[1] if found else ""


def importable(one: Credentials) -> bool:
    """Return whether C(aws configure import) can import this user. It splits at commas and does not support quotes."""
    return bool(one.access_key_id and one.secret_access_key) and _importable_name(one.user_name)


def _importable_name(user_name: str) -> bool:
    return "," not in user_name


def import_csv(everybody: Iterable[Credentials]) -> bytes:
    """Render the file for C(aws configure import --csv file://...): ASCII, no byte order mark, no quotes."""
    lines = [",".join(IMPORT_HEADER)]
    lines += [
        f"{one.user_name},{one.access_key_id},{one.secret_access_key}"
        for one in sorted(everybody, key=_by_name)
        if importable(one)
    ]
    return ("\n".join(lines) + "\n").encode("ascii")


def _by_name(one: Credentials) -> tuple[str, str]:
    return one.user_name.lower(), one.user_name


def _rows(content: bytes, header: Sequence[str], *older: Sequence[str]) -> list[list[str]]:
    """Parse a CSV file that this collection wrote. Raises NotOurFileError whose message follows the file's name.

    C(older) are headers that earlier versions wrote.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotOurFileError("is not a CSV file in UTF-8") from error
    if not rows or tuple(rows[0]) not in map(tuple, (header, *older)):
        raise NotOurFileError(f"does not begin with {','.join(header)!r}")
    if any(len(row) != len(rows[0]) for row in rows[1:]):
        raise NotOurFileError(f"has a row without exactly {len(rows[0])} cells")
    return rows[1:]


def _only_row(content: bytes, header: Sequence[str]) -> list[str]:
    rows = _rows(content, header)
    if len(rows) != 1:
        raise NotOurFileError(f"has {len(rows)} rows but should have one")
    return rows[0]


def parse_login(content: bytes, user_name: str) -> Credentials:
    """Parse a login file. Refuses a renamed or copied file, as it contains somebody else's password."""
    owner, password, url = _only_row(content, LOGIN_HEADER)
    if owner != user_name:
        raise NotOurFileError(f"names user {owner!r} and should name {user_name!r}")
    return Credentials(user_name, password=password, sign_in_url=url)


def parse_access_key(content: bytes, user_name: str) -> Credentials:
    """Parse an access key file, which does not contain the user's name."""
    key_id, secret = _only_row(content, ACCESS_KEY_HEADER)
    return Credentials(user_name, access_key_id=key_id, secret_access_key=secret)


def parse_own_import(content: bytes, user_name: str) -> Credentials:
    """Parse one user's own file for the AWS CLI's import."""
    owner, key_id, secret = _only_row(content, IMPORT_HEADER)
    if owner != user_name:
        raise NotOurFileError(f"names user {owner!r} and should name {user_name!r}")
    return Credentials(user_name, access_key_id=key_id, secret_access_key=secret)


def parse_class(content: bytes) -> dict[str, Credentials]:
    """Parse the class sheet into credentials by user name."""
    rows = _rows(content, CLASS_HEADER, _PERSONS_CLASS_HEADER, _CONSOLES_CLASS_HEADER)
    return _by_user(
        Credentials(name, password, url, key_id, secret, *more[:2])
        for name, password, key_id, secret, url, *more in rows
    )


def class_accounts(content: bytes) -> set[str]:
    """Return the IDs of the AWS accounts in the class sheet: of its own column, or of the sign-in URLs without it."""
    rows = _rows(content, CLASS_HEADER, _PERSONS_CLASS_HEADER, _CONSOLES_CLASS_HEADER)
    return {"".join(row[7:]) or account_in(row[4]) for row in rows} - {""}


def parse_import(content: bytes) -> dict[str, Credentials]:
    """Parse the class's file for the AWS CLI's import into credentials by user name."""
    return _by_user(
        Credentials(name, access_key_id=key_id, secret_access_key=secret)
        for name, key_id, secret in _rows(content, IMPORT_HEADER)
    )


def _by_user(everybody: Iterable[Credentials]) -> dict[str, Credentials]:
    found: dict[str, Credentials] = {}
    for one in everybody:
        if one.user_name in found:
            raise NotOurFileError(f"has two rows of user {one.user_name!r}")
        found[one.user_name] = one
    return found
