# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The credential files, byte for byte: what is in them and how they are read back. No file is touched here.

The first two are the console's own downloads, the third is what C(aws configure import --csv) of the AWS CLI v2
takes, the fourth is the console's older all-in-one form, which serves an instructor as the sheet of the class.
"""

from __future__ import annotations

import csv
import io
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.invoice_scanner.iam.plugins.module_utils._run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._user_name import file_name_stem

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

LOGIN_HEADER = ("User name", "Password", "Console sign-in URL")
ACCESS_KEY_HEADER = ("Access key ID", "Secret access key")
IMPORT_HEADER = ("User name", "Access key ID", "Secret access key")
CLASS_HEADER = ("User name", "Password", "Access key ID", "Secret access key", "Console login link")

IMPORT_FILE = "aws_configure_import.csv"
CLASS_FILE = "class_credentials.csv"

# Excel takes a CSV file without a byte order mark for the code page of the machine, and mangles every accent.
_BOM = "\ufeff"


class NotOurFileError(ValueError):
    """A file of one of our names does not hold what we write there."""


@dataclass(frozen=True)
class Credentials:
    """What a user needs to sign in and to call AWS; a part that is not known is empty."""

    user_name: str
    password: str = field(default="", repr=False)
    sign_in_url: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)

    def completed_by(self, older: Credentials | None) -> Credentials:
        """Fill what is not known here from C(older); an access key stays one with its secret."""
        if older is None:
            return self
        key = self if self.access_key_id else older
        return Credentials(
            self.user_name,
            self.password or older.password,
            self.sign_in_url or older.sign_in_url,
            key.access_key_id,
            key.secret_access_key,
        )


@dataclass(frozen=True)
class Intent:
    """A secret of this user is being asked for and may not have reached the disk. Holds no secret itself."""

    login_profile: bool = False
    access_key: bool = False
    # The access keys that existed before: whichever appears besides them, and is not on file, is an orphan of ours.
    known_access_key_ids: tuple[str, ...] = ()
    # Who asks. While that process is at work, the intent is none of an interrupted run.
    run: Run | None = field(default=None, compare=False)

    def __bool__(self) -> bool:
        return self.login_profile or self.access_key

    def merged(self, newer: Intent) -> Intent:
        """Add C(newer). The keys known at the first intent stay: one made since then may be the orphan."""
        known = self.known_access_key_ids if self.access_key else newer.known_access_key_ids
        login, key = self.login_profile or newer.login_profile, self.access_key or newer.access_key
        return Intent(login, key, tuple(sorted(known)), newer.run)

    def without(self, *, login_profile: bool, access_key: bool) -> Intent:
        """Take back what reached the disk."""
        key = self.access_key and not access_key
        return Intent(self.login_profile and not login_profile, key, self.known_access_key_ids if key else (), self.run)


def login_file(user_name: str) -> str:
    """Name the file that holds the user's console login."""
    name = f"{file_name_stem(user_name)}_credentials.csv"
    # A user may be called "class", and a file system may ignore case.
    return f"%{ord(name[0]):02X}{name[1:]}" if name.lower() == CLASS_FILE else name


def access_key_file(user_name: str) -> str:
    """Name the file that holds the user's access key."""
    return f"{file_name_stem(user_name)}_accessKeys.csv"


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


def class_csv(everybody: Iterable[Credentials]) -> bytes:
    """Render the sheet of the class, a row a user."""
    rows = [
        (one.user_name, one.password, one.access_key_id, one.secret_access_key, one.sign_in_url)
        for one in sorted(everybody, key=_by_name)
    ]
    return _spreadsheet_csv(CLASS_HEADER, rows)


def importable(one: Credentials) -> bool:
    """Tell whether C(aws configure import) can take this user: it splits on commas and knows no quotes."""
    return bool(one.access_key_id and one.secret_access_key) and "," not in one.user_name


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


def intent_json(intent: Intent) -> bytes:
    """Render an intent."""
    noted = {
        "login_profile": intent.login_profile,
        "access_key": intent.access_key,
        "known_access_key_ids": intent.known_access_key_ids,
        "run": intent.run and intent.run.noted(),
    }
    return (json.dumps(noted, indent=2) + "\n").encode("ascii")


def parse_intent(content: bytes) -> Intent:
    """Read an intent back."""
    try:
        noted = json.loads(content)
        known = tuple(str(one) for one in noted["known_access_key_ids"])
        run = Run.read(noted["run"]) if noted.get("run") else None
        return Intent(bool(noted["login_profile"]), bool(noted["access_key"]), known, run)
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurFileError("is not an intent") from error


def claim_json(run: Run, user_names: Collection[str]) -> bytes:
    """Render whom a run serves."""
    return (json.dumps({"run": run.noted(), "users": sorted(user_names)}) + "\n").encode("ascii")


def parse_claim(content: bytes) -> tuple[Run, frozenset[str]]:
    """Read back whom a run serves."""
    try:
        claim = json.loads(content)
        return Run.read(claim["run"]), frozenset(claim["users"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurFileError("does not say whom a run serves") from error


def _rows(content: bytes, header: Sequence[str]) -> list[list[str]]:
    """Read a CSV file of ours back, or raise NotOurFileError in words that follow the file's name."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotOurFileError("is not a CSV file in UTF-8") from error
    if not rows or tuple(rows[0]) != tuple(header):
        raise NotOurFileError(f"does not begin with {','.join(header)!r}")
    if any(len(row) != len(header) for row in rows[1:]):
        raise NotOurFileError(f"has a row that is not of {len(header)} cells")
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


def parse_class(content: bytes) -> dict[str, Credentials]:
    """Read the sheet of the class back, by user name."""
    return {
        name: Credentials(name, password, url, key_id, secret)
        for name, password, key_id, secret, url in _rows(content, CLASS_HEADER)
    }


def parse_import(content: bytes) -> dict[str, Credentials]:
    """Read the import file back, by user name."""
    return {
        name: Credentials(name, access_key_id=key_id, secret_access_key=secret)
        for name, key_id, secret in _rows(content, IMPORT_HEADER)
    }
