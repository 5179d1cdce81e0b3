# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The credential files, byte for byte: what is in them and how they are read back. No file is touched here.

The first two are the console's own downloads, the third is what C(aws configure import --csv) of the AWS CLI v2
takes, for one user or for the class, the fourth is the console's older all-in-one form, which serves an instructor as
the sheet of the class.
"""

from __future__ import annotations

import csv
import io
import re
import typing as t

from .._users.on_file import Credentials
from .._users.text import as_data, printable
from .._users.user_name import file_name_stem

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOGIN_HEADER = ("User name", "Password", "Console sign-in URL")
ACCESS_KEY_HEADER = ("Access key ID", "Secret access key")
IMPORT_HEADER = ("User name", "Access key ID", "Secret access key")
# The console's own columns first, then whose it is and where. Sheets of before have less.
_CONSOLES_CLASS_HEADER = ("User name", "Password", "Access key ID", "Secret access key", "Console login link")
_PERSONS_CLASS_HEADER = (*_CONSOLES_CLASS_HEADER, "Display name", "E-mail")
CLASS_HEADER = (*_PERSONS_CLASS_HEADER, "Account ID")

IMPORT_FILE = "aws_configure_import.csv"
CLASS_FILE = "class_credentials.csv"

# Excel takes a CSV file without a byte order mark for the code page of the machine, and mangles every accent.
_BOM = "\ufeff"


class NotOurFileError(ValueError):
    """A file of one of our names does not hold what we write there."""


def login_file(user_name: str) -> str:
    """Name the file that holds the user's console login."""
    name = f"{file_name_stem(user_name)}_credentials.csv"
    # A user may be called "class", and a file system may ignore case.
    return f"%{ord(name[0]):02X}{name[1:]}" if name.lower() == CLASS_FILE else name


def access_key_file(user_name: str) -> str:
    """Name the file that holds the user's access key."""
    return f"{file_name_stem(user_name)}_accessKeys.csv"


def own_import_file(user_name: str) -> str:
    """Name the file from which the AWS CLI imports the user alone; empty where the CLI cannot take that name."""
    return f"{file_name_stem(user_name)}_{IMPORT_FILE}" if _importable_name(user_name) else ""


def intent_file(user_name: str) -> str:
    """Name the file that says which secret of the user is being asked for."""
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
    """Render the sheet of the class, a row a user, with the ID of the AWS account to which all of them belong."""
    return _spreadsheet_csv(CLASS_HEADER, (_class_row(one, account) for one in sorted(everybody, key=_by_name)))


def _class_row(one: Credentials, account: str) -> Sequence[str]:
    # A changed password would be a wrong one.
    access = (one.user_name, one.password, one.access_key_id, one.secret_access_key, one.sign_in_url)
    return (*access, _in_one_line(one.display_name), _in_one_line(one.email), account)


def _in_one_line(text: str) -> str:
    return as_data(printable(" ".join(text.split())))


def account_in(sign_in_url: str) -> str:
    """Find the ID of the account in a console sign-in URL; empty where that has an alias in its place."""
    found = re.match(r"https://(\d{12})\.", sign_in_url, re.ASCII)
    return found[1] if found else ""


def importable(one: Credentials) -> bool:
    """Tell whether C(aws configure import) can take this user: it splits on commas and knows no quotes."""
    return bool(one.access_key_id and one.secret_access_key) and _importable_name(one.user_name)


def _importable_name(user_name: str) -> bool:
    return "," not in user_name


def import_csv(everybody: Iterable[Credentials]) -> bytes:
    """Render the file for C(aws configure import --csv file://...): ASCII, no mark, never quoted."""
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
    """Read a CSV file of ours back, or raise NotOurFileError in words that follow the file's name.

    C(older) are headers that such a file may have had in former days.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotOurFileError("is not a CSV file in UTF-8") from error
    if not rows or tuple(rows[0]) not in map(tuple, (header, *older)):
        raise NotOurFileError(f"does not begin with {','.join(header)!r}")
    if any(len(row) != len(rows[0]) for row in rows[1:]):
        raise NotOurFileError(f"has a row that is not of {len(rows[0])} cells")
    return rows[1:]


def _only_row(content: bytes, header: Sequence[str]) -> list[str]:
    rows = _rows(content, header)
    if len(rows) != 1:
        raise NotOurFileError(f"has {len(rows)} rows and should have one")
    return rows[0]


def parse_login(content: bytes, user_name: str) -> Credentials:
    """Read a login file back. A file that was renamed, or copied, holds somebody else's password."""
    owner, password, url = _only_row(content, LOGIN_HEADER)
    if owner != user_name:
        raise NotOurFileError(f"names user {owner!r} and should name {user_name!r}")
    return Credentials(user_name, password=password, sign_in_url=url)


def parse_access_key(content: bytes, user_name: str) -> Credentials:
    """Read an access key file back; it does not say whose it is."""
    key_id, secret = _only_row(content, ACCESS_KEY_HEADER)
    return Credentials(user_name, access_key_id=key_id, secret_access_key=secret)


def parse_own_import(content: bytes, user_name: str) -> Credentials:
    """Read back the file from which the AWS CLI imports one user alone."""
    owner, key_id, secret = _only_row(content, IMPORT_HEADER)
    if owner != user_name:
        raise NotOurFileError(f"names user {owner!r} and should name {user_name!r}")
    return Credentials(user_name, access_key_id=key_id, secret_access_key=secret)


def parse_class(content: bytes) -> dict[str, Credentials]:
    """Read the sheet of the class back, by user name."""
    rows = _rows(content, CLASS_HEADER, _PERSONS_CLASS_HEADER, _CONSOLES_CLASS_HEADER)
    return {
        name: Credentials(name, password, url, key_id, secret, *more[:2])
        for name, password, key_id, secret, url, *more in rows
    }


def parse_import(content: bytes) -> dict[str, Credentials]:
    """Read the import file back, by user name."""
    return {
        name: Credentials(name, access_key_id=key_id, secret_access_key=secret)
        for name, key_id, secret in _rows(content, IMPORT_HEADER)
    }
