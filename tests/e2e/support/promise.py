# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Check the whole promise about a person with independent readers: boto3, csv and the file system."""

from __future__ import annotations

import csv
import json
import re
import typing as t
from pathlib import Path

import boto3
import botocore.config
import botocore.exceptions

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.aws.client import Sandbox

OWNERSHIP = ("managed-by", "invoice_scanner.iam")
DESCRIPTION = "AI Invoice Scanner Project"
URL = "https://123456789012.signin.aws.amazon.com/console"
HEADERS = {
    "aws_configure_import.csv": ["User name", "Access key ID", "Secret access key"],
    "class_credentials.csv": [
        *("User name", "Password", "Access key ID", "Secret access key", "Console login link"),
        *("Display name", "E-mail", "Account ID"),
    ],
    "_credentials.csv": ["User name", "Password", "Console sign-in URL"],
    "_accessKeys.csv": ["Access key ID", "Secret access key"],
}
# Files for flock, which are always empty
LOCKS = {".lock"}
# The note about the account
NOTE, NOTED = ".account.json", {"account_id": "123456789012"}
Row = dict[str, str]


class Account:
    """Reads the account independently of the code under test."""

    def __init__(self, aws: Sandbox) -> None:
        self._url = aws.url
        self._session = boto3.session.Session(region_name="us-east-1")
        self.iam = self.client("iam", aws.connection["access_key"], aws.connection["secret_key"])
        self._strangers: dict[str, t.Any] = {}

    def client(self, service: str, access_key: str, secret_key: str) -> t.Any:
        """Return a client that repeats nothing."""
        return self._session.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self._url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )

    def let_users_change_their_passwords(self) -> None:
        """Allow users to change their passwords. As that needs the old password, it is a way to try one."""
        self.iam.update_account_password_policy(MinimumPasswordLength=8, AllowUsersToChangePassword=True)

    def add_stranger(self, name: str) -> None:
        """Create a user that has nothing to do with this collection, with a login, a policy, tags and two keys."""
        self.iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "finance"}])
        self.iam.create_login_profile(UserName=name, Password="Their-0wn-password")
        self.iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        for _number in range(2):
            key = self.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        self.iam.tag_user(UserName=name, Tags=[{"Key": key, "Value": DESCRIPTION}])
        self._strangers[name] = self._everything_about(name)

    def _everything_about(self, name: str) -> dict[str, t.Any]:
        answers = {
            "user": self.iam.get_user(UserName=name)["User"],
            "login": self.iam.get_login_profile(UserName=name)["LoginProfile"],
            "keys": self.iam.list_access_keys(UserName=name)["AccessKeyMetadata"],
            "policies": self.iam.list_attached_user_policies(UserName=name)["AttachedPolicies"],
        }
        answers["user"].pop("PasswordLastUsed", None)
        return answers

    def changed_strangers(self) -> Iterator[str]:
        """Yield a sentence for each stranger that was changed."""
        for name, before in self._strangers.items():
            if self._everything_about(name) != before:
                yield f"stranger {name} was touched"


def rows(path: Path) -> list[Row]:
    """Read a CSV file with Python's csv module."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


class Promise:
    """The promise about people whose credentials are in a directory."""

    def __init__(self, account: Account, credentials: Path, policies: Sequence[str]) -> None:
        self._account = account
        self._iam = account.iam
        self._folder = credentials
        self._policies = set(policies)

    def broken(self, *names: str) -> list[str]:
        """Return a sentence for everything in the promise that is broken."""
        found = [*self._files(names), *self._account.changed_strangers()]
        for name in names:
            try:
                found += [f"{name}: {one}" for one in self._person(name)]
            except (OSError, ValueError, KeyError, csv.Error, botocore.exceptions.ClientError) as error:
                found.append(f"{name}: {error!r}")
        return found

    def _person(self, name: str) -> Iterator[str]:
        user = self._iam.get_user(UserName=name)["User"]
        (login,) = rows(self._folder / f"{name}_credentials.csv")
        (key,) = rows(self._folder / f"{name}_accessKeys.csv")
        key_id, secret = key["Access key ID"], key["Secret access key"]

        listed = self._iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        if [(one["AccessKeyId"], one["Status"]) for one in listed] != [(key_id, "Active")]:
            yield f"{key_id} is on file and AWS lists {[(one['AccessKeyId'], one['Status']) for one in listed]}"
        tags = sorted((tag["Key"], tag["Value"]) for tag in user.get("Tags", []))
        if tags != sorted([OWNERSHIP, (key_id, DESCRIPTION)]):
            yield f"it is tagged {tags}"
        arn = self._account.client("sts", key_id, secret).get_caller_identity()["Arn"]
        if arn != user["Arn"]:
            yield f"its key is that of {arn}"
        attached = {
            one["PolicyArn"] for one in self._iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
        }
        if attached != self._policies:
            yield f"it has the policies {sorted(attached)}"

        if (login["User name"], login["Console sign-in URL"]) != (name, URL):
            yield f"its login file says {login['User name']} and {login['Console sign-in URL']}"
        own = rows(self._folder / f"{name}_aws_configure_import.csv")
        if [list(one.values()) for one in own] != [[name, key_id, secret]]:
            yield "its file to import is not what its own files say"
        yield from self._class_files(name, login["Password"], key_id, secret)
        yield from self._password(name, login["Password"], key_id, secret)

    def _password(self, name: str, password: str, key_id: str, secret: str) -> Iterator[str]:
        """Try the saved password by changing it, and change it back."""
        self._iam.get_login_profile(UserName=name)
        themselves = self._account.client("iam", key_id, secret)
        try:
            themselves.change_password(OldPassword=password, NewPassword=f"{password}x")
        except botocore.exceptions.ClientError as error:
            yield f"its saved password is refused: {error}"
        else:
            themselves.change_password(OldPassword=f"{password}x", NewPassword=password)

    def _class_files(self, name: str, password: str, key_id: str, secret: str) -> Iterator[str]:
        sheet = [one for one in rows(self._folder / "class_credentials.csv") if one["User name"] == name]
        expected = [name, password, key_id, secret, URL, "", "", NOTED["account_id"]]
        if [list(one.values()) for one in sheet] != [expected]:
            yield f"it has {len(sheet)} rows in the sheet of the class, or another one than its own files say"
        imported = [one for one in rows(self._folder / "aws_configure_import.csv") if one["User name"] == name]
        if [list(one.values()) for one in imported] != [[name, key_id, secret]]:
            yield f"it has {len(imported)} rows in the file to import, or another one than its own files say"

    def _files(self, names: Sequence[str]) -> Iterator[str]:
        """Find left-over files, wrong modes and incomplete files."""
        ends = ("_credentials.csv", "_accessKeys.csv", "_aws_configure_import.csv")
        wanted = {f"{name}{end}" for name in names for end in ends}
        wanted |= {"aws_configure_import.csv", "class_credentials.csv", "superseded", NOTE} | LOCKS
        for path in [self._folder, *sorted(self._folder.rglob("*"))]:
            mode = path.stat().st_mode & 0o777
            if mode != (0o700 if path.is_dir() else 0o600):
                yield f"{path.name} has the mode {mode:04o}"
            if path.parent == self._folder and path.name not in wanted:
                yield f"{path.name} is left over"
            if path.name == NOTE:
                if json.loads(path.read_bytes()) != NOTED:
                    yield f"{NOTE} says {path.read_text(encoding='utf-8', errors='replace')}"
            elif path.is_file() and path.name not in LOCKS:
                yield from self._whole(path)

    @staticmethod
    def _whole(path: Path) -> Iterator[str]:
        kind = next(
            (end for end in HEADERS if re.sub(r"\.\d{8}T\d{6}Z(\.\d+)?\.csv$", ".csv", path.name).endswith(end)), ""
        )
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                table = list(csv.reader(stream, strict=True))
        except (csv.Error, UnicodeDecodeError) as error:
            yield f"{path.name} is not whole: {error}"
            return
        if table[:1] != [HEADERS.get(kind)] or any(len(row) != len(table[0]) for row in table):
            yield f"{path.name} is not whole"
        if not path.read_bytes().endswith(b"\n"):
            yield f"{path.name} does not end with a line's end"
