# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Credentials in a directory: what is saved is read back, and nothing saved is lost."""

from __future__ import annotations

import os
import time
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import (
    DestinationError,
    StaleError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import (
    NOTHING_MISSING,
    Credentials,
    Intent,
)

if t.TYPE_CHECKING:
    pass

from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.people import (
    ANNA,
    BERT,
    NEWER,
    URL,
    content,
    write_everything,
)

OF_KEY = ("anna_accessKeys.csv", "anna_aws_configure_import.csv")


def test_what_was_saved_is_read_back(directory: CredentialsDirectory, path: Path) -> None:
    assert directory.saved("anna") == Credentials("anna")
    assert directory.save_login(ANNA)
    assert directory.save_access_key(ANNA)
    assert directory.saved("anna") == ANNA
    assert content(path) == {
        "anna_credentials.csv": files.login_csv(ANNA),
        "anna_accessKeys.csv": files.access_key_csv(ANNA),
        "anna_aws_configure_import.csv": files.import_csv([ANNA]),
    }


def test_who_has_a_comma_in_the_name_has_no_file_for_the_aws_cli(directory: CredentialsDirectory, path: Path) -> None:
    one = replace(ANNA, user_name="a,b")
    directory.save_access_key(one)
    assert [*content(path)] == ["a%2Cb_accessKeys.csv"]
    assert directory.missing("a,b") == NOTHING_MISSING
    assert directory.files_of("a,b") == ["a%2Cb_accessKeys.csv"]
    assert directory.names("a,b").own_import == ""


def test_a_key_is_known_from_the_file_for_the_aws_cli(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_access_key(ANNA)
    (path / "anna_accessKeys.csv").unlink()
    assert directory.saved("anna").secret_access_key == ANNA.secret_access_key
    assert directory.missing("anna") == ("", "anna_accessKeys.csv", "")


def test_a_file_for_the_aws_cli_with_another_key_is_replaced_and_kept(
    directory: CredentialsDirectory, path: Path
) -> None:
    """As where a run was killed between the two files of a new key."""
    directory.save_access_key(NEWER)
    (path / "anna_aws_configure_import.csv").write_bytes(files.import_csv([ANNA]))
    assert directory.saved("anna").access_key_id == NEWER.access_key_id
    assert directory.missing("anna").own_import == "anna_aws_configure_import.csv"
    assert directory.save_access_key(directory.saved("anna"))
    assert directory.missing("anna") == NOTHING_MISSING
    (kept,) = (path / "superseded").iterdir()
    assert kept.read_bytes() == files.import_csv([ANNA])


@pytest.mark.parametrize("gone", [[], [files.CLASS_FILE], [files.IMPORT_FILE]])
def test_what_only_files_of_the_class_have_is_kept_before_it_is_replaced(
    directory: CredentialsDirectory, path: Path, gone: list[str]
) -> None:
    directory.prepare()
    for save in (directory.save_login, directory.save_access_key):
        save(ANNA)
    directory.save_class_files([ANNA])
    for name in ("anna_credentials.csv", *OF_KEY, *gone):
        (path / name).unlink()
    for save in (directory.save_login, directory.save_access_key):
        save(NEWER)
    directory.save_class_files([NEWER])
    assert directory.saved("anna") == NEWER
    old = b"".join(one.read_bytes() for one in (path / "superseded").iterdir())
    assert ANNA.secret_access_key.encode() in old
    assert (ANNA.password.encode() in old) is (files.CLASS_FILE not in gone)


def test_a_secret_that_somebody_typed_into_a_class_file_is_kept(directory: CredentialsDirectory, path: Path) -> None:
    directory.prepare()
    for one in (ANNA, NEWER):
        directory.save_login(one)
        directory.save_access_key(one)
        directory.save_class_files([one, BERT])
    kept = path / "superseded"
    assert not [*kept.glob("*class*"), *kept.glob("aws_configure_import*")], (
        "the user's own files have what was replaced"
    )
    sheet, imports = path / files.CLASS_FILE, path / files.IMPORT_FILE
    sheet.write_bytes(files.class_csv([replace(NEWER, password="Typed@1"), BERT]))
    imports.write_bytes(files.import_csv([replace(NEWER, secret_access_key="typed/secret"), BERT]))
    directory.save_class_files([NEWER, BERT])
    assert NEWER.password.encode() in sheet.read_bytes()
    (old,) = kept.glob("class_credentials.*.csv")
    assert b"Typed@1" in old.read_bytes()
    (old_import,) = kept.glob("aws_configure_import.*.csv")
    assert b"typed/secret" in old_import.read_bytes()
    directory.forget_rows(["anna"])
    for of_class in (sheet, imports, old, old_import):
        assert b"anna" not in of_class.read_bytes()
        assert b"bert" in of_class.read_bytes()


def test_two_rows_of_a_user_are_refused(directory: CredentialsDirectory, path: Path) -> None:
    directory.prepare()
    for name, twice in (
        (files.CLASS_FILE, files.class_csv([ANNA, NEWER])),
        (files.IMPORT_FILE, files.import_csv([ANNA, NEWER])),
    ):
        (path / name).write_bytes(twice)
        assert f"{name}' has two rows of user 'anna'" in (directory.class_files_problem() or "")
        (path / name).unlink()


def test_somebody_elses_file_for_the_aws_cli_is_refused(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_access_key(ANNA)
    (path / "anna_aws_configure_import.csv").write_bytes(files.import_csv([BERT]))
    with pytest.raises(DestinationError, match=r"anna_aws_configure_import\.csv' names user 'bert' .*move it away"):
        directory.look("anna")


def test_what_is_gone_is_known_from_the_files_of_the_class(directory: CredentialsDirectory, path: Path) -> None:
    directory.prepare()
    for save in (directory.save_login, directory.save_access_key):
        save(ANNA)
    directory.save_class_files([ANNA, BERT])
    for name in OF_KEY:
        (path / name).unlink()
    assert directory.saved("anna") == ANNA
    assert directory.missing("anna") == ("", *OF_KEY)
    (path / "class_credentials.csv").unlink()
    assert directory.saved("anna") == ANNA
    # What is wrong with a file of the class keeps nobody from reading one's own.
    (path / "aws_configure_import.csv").write_bytes(b"my notes\n")
    assert directory.saved("anna") == Credentials("anna", ANNA.password, ANNA.sign_in_url)
    assert directory.missing("anna") == NOTHING_MISSING


@pytest.mark.parametrize("foreign", [b"", b"my notes\n", files.access_key_csv(ANNA), b"\xff\xfe"])
def test_a_file_with_something_else_in_it_is_refused(
    directory: CredentialsDirectory, path: Path, foreign: bytes
) -> None:
    (path / files.login_file("anna")).write_bytes(foreign)
    with pytest.raises(DestinationError, match=r"anna_credentials\.csv' .*move it away"):
        directory.saved("anna")


def test_the_login_of_somebody_else_is_not_taken_for_ones_own(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_login(BERT)
    theirs = (path / files.login_file("bert")).rename(path / files.login_file("anna"))
    before = content(path)
    with pytest.raises(DestinationError) as caught:
        directory.look("anna")
    assert str(caught.value) == (
        f"{str(theirs)!r} names user 'bert' and should name 'anna'; it was changed by hand or by another program: move "
        "it away"
    )
    assert BERT.password not in str(caught.value)
    assert directory.saved("bert").password == ""
    assert content(path) == before


@pytest.mark.parametrize("name", [files.CLASS_FILE, files.IMPORT_FILE])
def test_a_class_file_with_something_else_in_it_is_not_overwritten(
    directory: CredentialsDirectory, path: Path, name: str
) -> None:
    (path / name).write_bytes(b"my notes\n")
    with pytest.raises(DestinationError, match=f"{name}' does not begin with .*move it away"):
        directory.save_class_files([ANNA])
    assert content(path) == {name: b"my notes\n"}


def test_what_the_first_intent_knew_stays(directory: CredentialsDirectory) -> None:
    directory.leave_intent("anna", Intent(access_key=True, known_access_key_ids=("AKIAOLD",)))
    directory.leave_intent("anna", Intent(True, True, ("AKIAOLD", "AKIAORPHAN")))
    assert directory.intent("anna") == Intent(True, True, ("AKIAOLD",))
    assert directory.intent("bert") is None


def test_an_intent_is_settled(directory: CredentialsDirectory, path: Path) -> None:
    directory.leave_intent("anna", Intent(True, True))
    directory.settle_intent("anna", Intent(access_key=True))
    assert directory.intent("anna") == Intent(access_key=True)
    directory.settle_intent("anna", Intent())
    directory.settle_intent("anna", Intent())
    assert directory.intent("anna") is None
    assert content(path) == {}


def test_a_plan_is_stale_when_another_run_has_saved_a_key_since(directory: CredentialsDirectory) -> None:
    directory.save_access_key(ANNA)
    with pytest.raises(StaleError):
        directory.leave_intent("anna", Intent(access_key=True), planned_key="")
    assert directory.intent("anna") is None
    directory.leave_intent("anna", Intent(access_key=True), planned_key=ANNA.access_key_id)


def test_others_stay_in_the_class(directory: CredentialsDirectory, path: Path) -> None:
    assert directory.save_class_files([ANNA, BERT])
    later = Credentials("carl", "Carl@7890", URL)
    assert directory.save_class_files([later])
    assert content(path) == {
        files.CLASS_FILE: files.class_csv([ANNA, BERT, later]),
        files.IMPORT_FILE: files.import_csv([ANNA, BERT]),
    }


def test_a_cell_that_was_known_stays(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_class_files([ANNA, BERT])
    new_key = Credentials("anna", access_key_id=NEWER.access_key_id, secret_access_key=NEWER.secret_access_key)
    directory.save_class_files([new_key])
    merged = Credentials("anna", ANNA.password, URL, NEWER.access_key_id, NEWER.secret_access_key)
    assert content(path)[files.CLASS_FILE] == files.class_csv([merged, BERT])
    assert content(path)[files.IMPORT_FILE] == files.import_csv([NEWER, BERT])


def test_who_has_nothing_is_not_in_the_class(directory: CredentialsDirectory, path: Path) -> None:
    assert not directory.save_class_files([Credentials("anna")])
    assert content(path) == {}


def test_a_directory_that_has_disappeared_is_not_taken_for_one_that_nobody_needed(
    directory: CredentialsDirectory, path: Path
) -> None:
    path.rmdir()
    with pytest.raises(DestinationError, match="it does not exist; create it or choose another directory"):
        directory.save_class_files([Credentials("anna")])


def test_check_mode_foretells_which_files_change(path: Path) -> None:
    directory = CredentialsDirectory(str(path))
    assert set(directory.class_files_with([ANNA])) == {files.CLASS_FILE, files.IMPORT_FILE}
    assert not directory.save_class_files([ANNA]), "nothing is made by the way"
    assert not path.exists()
    directory.prepare()
    directory.save_class_files([ANNA])
    assert directory.class_files_with([ANNA]) == {}
    assert set(directory.class_files_with([Credentials("anna", "Other@456")])) == {files.CLASS_FILE}


def test_the_sheet_of_the_class_tells_whose_a_key_is(directory: CredentialsDirectory) -> None:
    """The file of a key does not say."""
    assert directory.key_owners() == {}
    directory.save_class_files([ANNA, BERT, Credentials("carl", "Carl@7890", URL)])
    assert directory.key_owners() == {ANNA.access_key_id: "anna", BERT.access_key_id: "bert"}


# Whose they are ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urls", "account"),
    [
        ([], None),
        ([URL], "123456789012"),
        ([URL, URL], "123456789012"),
        # Nothing tells it from an alias.
        (["https://acme.signin.aws.amazon.com/console"], None),
        ([URL, "https://acme.signin.aws.amazon.com/console"], "123456789012"),
    ],
)
def test_a_directory_that_was_made_before_this_was_noted_tells_by_its_sheet(
    directory: CredentialsDirectory, urls: list[str], account: str | None
) -> None:
    directory.save_class_files([Credentials(f"user-{number}", "Pw", url) for number, url in enumerate(urls)])
    assert directory.account() == account


def test_the_column_of_the_sheet_tells_the_account_where_the_note_is_lost(
    directory: CredentialsDirectory, path: Path
) -> None:
    """C(cp credentials/*) leaves the note behind, and an alias in the URL names no account."""
    directory.prepare("999999999999")
    directory.save_class_files([replace(ANNA, sign_in_url="https://acme.signin.aws.amazon.com/console")])
    (path / ".account.json").unlink()
    assert directory.account() == "999999999999"


def test_rows_of_two_accounts_are_refused_where_the_note_is_lost(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_class_files([ANNA, replace(BERT, sign_in_url=URL.replace("123456789012", "999999999999"))])
    with pytest.raises(DestinationError, match=r"has rows of the accounts 123456789012 and 999999999999; move it away"):
        directory.account()


def test_what_is_noted_counts_more_than_the_sheet(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_class_files([ANNA])
    directory.prepare("999999999999")
    assert directory.account() == "999999999999"
    (path / ".account.json").write_text("my notes", encoding="ascii")
    with pytest.raises(DestinationError, match=r"\.account\.json' does not name an account; it was changed by hand"):
        directory.account()


def test_a_login_is_as_old_as_its_file(directory: CredentialsDirectory, path: Path) -> None:
    assert directory.look("anna").login_age == float("inf")
    directory.save_login(ANNA)
    assert directory.look("anna").login_age < 60
    os.utime(path / "anna_credentials.csv", (time.time() - 500,) * 2)
    assert 499 < directory.look("anna").login_age < 560


# Taking away ---------------------------------------------------------------------------------------------------------


def test_what_is_there_of_a_user_goes_and_nothing_else(directory: CredentialsDirectory, path: Path) -> None:
    """Whose name begins alike is somebody else; and what was replaced goes, too."""
    write_everything(directory)
    other = Credentials("anna_credentials", "Other@456", URL, "AKIAOTHER", "secret")
    for one in (BERT, other):
        directory.save_login(one)
        directory.save_access_key(one)
    own = {"anna_credentials.csv", *OF_KEY, "anna_intent.json"}
    found = directory.files_of("anna")
    assert own < set(found)
    assert len([name for name in found if name.startswith("superseded/anna_")]) == 3
    before = set(content(path))
    assert directory.forget("anna") == found
    assert before - set(content(path)) == set(found)
    assert directory.forget("anna") == directory.files_of("anna") == []
    assert directory.saved("anna_credentials") == other


@pytest.mark.parametrize("lost", [False, True])
def test_an_access_key_that_is_set_aside_is_in_no_current_file(
    directory: CredentialsDirectory, path: Path, lost: bool
) -> None:
    """Nor is it lost, where the files of the class alone had it."""
    directory.save_access_key(ANNA)
    directory.save_class_files([ANNA, BERT])
    if lost:
        (path / "anna_accessKeys.csv").unlink()
    directory.set_access_key_aside("anna")
    found = content(path)
    for stem, kept in (("accessKeys", files.access_key_csv(ANNA)), ("aws_configure_import", files.import_csv([ANNA]))):
        (old,) = [name for name in found if name.startswith(f"superseded/anna_{stem}.")]
        assert found.pop(old) == kept
    without = Credentials("anna", ANNA.password, URL)
    assert found == {files.CLASS_FILE: files.class_csv([without, BERT]), files.IMPORT_FILE: files.import_csv([BERT])}


def test_rows_of_the_class_go(directory: CredentialsDirectory, path: Path) -> None:
    later = Credentials("carl", "Carl@7890", URL)
    directory.save_class_files([ANNA, BERT, later])
    both = [files.CLASS_FILE, files.IMPORT_FILE]
    assert directory.rows_of(["anna", "carl", "dora"]) == {"anna": both, "carl": [files.CLASS_FILE], "dora": []}
    directory.forget_rows(["anna", "dora"])
    assert content(path) == {
        files.CLASS_FILE: files.class_csv([BERT, later]),
        files.IMPORT_FILE: files.import_csv([BERT]),
    }


def test_where_there_is_no_directory_nothing_goes(path: Path) -> None:
    directory = CredentialsDirectory(str(path))
    assert directory.forget("anna") == []
    directory.forget_rows(["anna"])
    assert not path.exists()
