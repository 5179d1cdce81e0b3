# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Collecting: the files that a directory would have had, and nothing lost on the way."""

from __future__ import annotations

import errno
import os
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import (
    DestinationError,
    Look,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import collecting
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent

if t.TYPE_CHECKING:
    from pathlib import Path

URL = "https://123456789012.signin.aws.amazon.com/console"
ANNA = Credentials("anna", "Admin@123", URL, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
BERT = Credentials("bert", "Bert@7890", URL, "AKIAIOSFODNN7EXBERT1", "bertXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYX")
BOTH = {files.class_csv([ANNA, BERT]), files.import_csv([ANNA, BERT])}


class Store:
    """A store that can only be read."""

    def __init__(self, *saved: Credentials) -> None:
        self.found: dict[str, Look | Exception] = {one.user_name: Look(one, Intent()) for one in saved}
        self.belongs: str | None = None

    def __str__(self) -> str:
        return "s3://a-bucket/class"

    def account(self) -> str | None:
        """Tell to which account it belongs."""
        return self.belongs

    def look(self, user_name: str) -> Look:
        """Read what is there."""
        found = self.found.get(user_name, Look(Credentials(user_name), Intent()))
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a directory that is not there yet."""
    return tmp_path / "credentials"


OF_KEY = ("anna_accessKeys.csv", "anna_aws_configure_import.csv")


def collect(
    store: Store, path: Path, *names: str, check_mode: bool = False, display_name: str = "", email: str = ""
) -> collecting.Collection:
    """Collect."""
    directory = CredentialsDirectory(str(path))
    people = [{"name": name, "display_name": display_name, "email": email} for name in names]
    return collecting.collect(t.cast("t.Any", store), directory, people, 4, check_mode)


def content(path: Path) -> dict[str, bytes]:
    """Read all files but the lock."""
    return {one.name: one.read_bytes() for one in path.iterdir() if one.is_file() and not one.name.startswith(".")}


def test_the_files_are_those_of_a_directory(path: Path) -> None:
    done = collect(Store(ANNA, BERT), path, "bert", "anna")
    assert [(one.name, one.failure, len(one.files), one.access_key_id) for one in done.users] == [
        ("bert", "", 3, BERT.access_key_id),
        ("anna", "", 3, ANNA.access_key_id),
    ]
    assert set(done.class_files) == {files.CLASS_FILE, files.IMPORT_FILE}
    expected = CredentialsDirectory(str(path.with_name("expected")))
    expected.prepare()
    for one in (ANNA, BERT):
        expected.save_login(one)
        expected.save_access_key(one)
    expected.save_class_files([ANNA, BERT])
    assert content(path) == content(path.with_name("expected"))


def test_the_sheet_says_whose_they_are(path: Path) -> None:
    """The store does not know it. Who collects without it, as before there was a roster, loses nothing."""
    collect(Store(ANNA), path, "anna", display_name="Anna Müller", email="a@example.org")
    collect(Store(ANNA, BERT), path, "anna", "bert")
    sheet = content(path)[files.CLASS_FILE].decode("utf-8-sig").splitlines()
    assert [line.split(",")[-3:-1] for line in sheet[1:]] == [["Anna Müller", "a@example.org"], ["", ""]]


def test_a_second_time_changes_nothing(path: Path) -> None:
    collect(Store(ANNA), path, "anna")
    done = collect(Store(ANNA), path, "anna")
    assert done.users[0].files == done.class_files == ()


def test_check_mode_tells_and_writes_nothing(path: Path) -> None:
    done = collect(Store(ANNA), path, "anna", check_mode=True)
    assert done.users[0].files == ("anna_credentials.csv", *OF_KEY)
    assert len(done.class_files) == 2
    assert not path.exists()


def test_one_after_the_other_makes_the_same_class(path: Path) -> None:
    for one in (BERT, ANNA):
        collect(Store(ANNA, BERT), path, one.user_name)
    assert set(content(path).values()) >= BOTH


def test_only_what_is_new_is_written_and_the_old_is_kept(path: Path) -> None:
    collect(Store(ANNA), path, "anna")
    done = collect(Store(replace(ANNA, password="Other@456")), path, "anna")
    assert done.users[0].files == ("anna_credentials.csv",)
    (kept,) = (path / "superseded").iterdir()
    assert ANNA.password in kept.read_text(encoding="utf-8-sig")


def test_who_has_half_gets_half(path: Path) -> None:
    done = collect(Store(replace(ANNA, access_key_id="", secret_access_key="")), path, "anna")
    assert done.users[0].files == ("anna_credentials.csv",)
    assert "anna_accessKeys.csv" not in content(path)


def test_who_fails_stops_nobody_else(path: Path) -> None:
    store = Store(ANNA)
    store.found["carl"] = DestinationError("it was changed by hand")
    done = collect(store, path, "bert", "carl", "d'arc", "anna")
    assert [one.failure for one in done.users] == [
        "nothing is saved for user 'bert' in 's3://a-bucket/class'; run the playbook setup or class first",
        "it was changed by hand",
        'the user name "d\'arc" contains "\'"; AWS allows letters, digits and _+=,.@- only',
        "",
    ]
    assert set(content(path)) >= {"anna_credentials.csv", *OF_KEY}


@pytest.mark.parametrize("name", ["anna_credentials.csv", "anna_accessKeys.csv", "anna_aws_configure_import.csv"])
def test_what_got_lost_is_brought_again(path: Path, name: str) -> None:
    collect(Store(ANNA), path, "anna")
    before = content(path)
    (path / name).unlink()
    assert collect(Store(ANNA), path, "anna").users[0].files == (name,)
    assert content(path) == before
    assert b"bert" not in content(path)[files.CLASS_FILE]


def test_a_damaged_file_is_its_users_failure(path: Path) -> None:
    collect(Store(ANNA), path, "anna")
    (path / "anna_credentials.csv").write_text("my notes", encoding="utf-8")
    done = collect(Store(ANNA, BERT), path, "anna", "bert")
    assert "move it away" in done.users[0].failure
    assert done.users[1].failure == ""
    assert (path / "anna_credentials.csv").read_text(encoding="utf-8") == "my notes"


def test_an_interrupted_run_is_told_of(path: Path) -> None:
    store = Store(ANNA)
    store.found["anna"] = Look(ANNA, Intent(access_key=True))
    assert collect(store, path, "anna").users[0].interrupted


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_place_that_takes_nothing_is_found_out_first(path: Path, check_mode: bool) -> None:
    path.mkdir(mode=0o755)
    with pytest.raises(DestinationError, match="can be read by other users of this machine"):
        collect(Store(ANNA), path, "anna", check_mode=check_mode)


def test_a_full_disk_is_found_out_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: t.Any) -> t.NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DestinationError, match="no space left"):
        collect(Store(ANNA), path, "anna")


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_directory_of_another_account_takes_none_of_this_ones(path: Path, check_mode: bool) -> None:
    CredentialsDirectory(str(path)).prepare("999999999999")
    store = Store(ANNA)
    store.belongs = "123456789012"
    with pytest.raises(DestinationError, match="holds the credentials of account 999999999999, and this is account 1"):
        collect(store, path, "anna", check_mode=check_mode)
    assert content(path) == {}


def test_the_directory_belongs_to_the_account_of_the_store(path: Path) -> None:
    store = Store(ANNA)
    store.belongs = "123456789012"
    collect(store, path, "anna")
    assert CredentialsDirectory(str(path)).account() == "123456789012"


# What the module is told and tells -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("src", "dest", "said"),
    [
        ("s3://b/p", "/home/me/credentials", None),
        ("secretsmanager://p", "credentials", None),
        ("/home/me/credentials", "credentials", "src is '/home/me/credentials', which is not a store; give s3://"),
        ("s3://b/p", "s3://b/q", "dest is 's3://b/q', which is a store; give a directory"),
    ],
)
def test_from_a_store_to_a_directory_and_not_otherwise(src: str, dest: str, said: str | None) -> None:
    params = {"src": src, "dest": dest}
    if said is None:
        collecting.check(params)
        return
    with pytest.raises(RefusedError) as caught:
        collecting.check(params)
    assert str(caught.value).startswith(said)


def test_what_is_returned(path: Path) -> None:
    store = Store(ANNA)
    result = collecting.result_of(collect(store, path, "anna", "bert"))
    anna, bert = result["users"]
    assert anna | {"diff": []} == anna | {
        "name": "anna",
        "changed": True,
        "failed": False,
        "msg": "",
        "changes": [f"save {one}" for one in ("anna_credentials.csv", *OF_KEY)],
        "access_key_id": ANNA.access_key_id,
        "interrupted": False,
        "diff": [],
    }
    assert anna["diff"] == [{"before": "", "after": "".join(f"{one}\n" for one in ("anna_credentials.csv", *OF_KEY))}]
    assert (bert["changed"], bert["failed"], bert["changes"], bert["diff"]) == (False, True, [], [])
    assert "nothing is saved for user 'bert'" in bert["msg"]
    assert (result["changed"], set(result["class_files"])) == (True, {files.CLASS_FILE, files.IMPORT_FILE})
    assert not any(secret in str(result) for secret in (ANNA.password, ANNA.secret_access_key))
    assert collecting.result_of(collect(store, path, "anna"))["changed"] is False


def test_a_sheet_alone_that_is_gone_is_a_change(path: Path) -> None:
    collect(Store(ANNA), path, "anna")
    (path / files.CLASS_FILE).unlink()
    result = collecting.result_of(collect(Store(ANNA), path, "anna"))
    assert (result["changed"], result["users"][0]["changed"]) == (True, False)


def test_what_is_warned_of(path: Path) -> None:
    store = Store(ANNA, replace(BERT, user_name="b,b"))
    store.found["anna"] = Look(ANNA, Intent(access_key=True))
    assert list(collecting.warnings(collect(store, path, "anna", "b,b"))) == [
        "a run for user 'anna' is at work or was interrupted; run it again, and then collect again",
        "user 'b,b' is left out of aws_configure_import.csv and has no such file of its own: the AWS CLI does not "
        "allow commas in names",
    ]
