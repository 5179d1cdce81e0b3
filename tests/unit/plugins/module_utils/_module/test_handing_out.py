# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import csv
import importlib.metadata
import io
import re
import stat
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.atomic_files import AtomicFiles
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts import qr
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import handing_out
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import (
    PASSPHRASE,
    PASSWORD,
    SECRET,
    said,
    saved,
)

if t.TYPE_CHECKING:
    from pathlib import Path


class Desk:
    """A directory with the credentials of a class, and a place for its pages."""

    def __init__(self, path: Path) -> None:
        self.credentials = path / "credentials"
        self.pages = self.credentials / "handouts"
        self.directory = CredentialsDirectory(str(self.credentials))
        self.directory.prepare("123456789012")
        self.marks = io.StringIO()
        for name in ("anna", "bert"):
            self.save(saved(name))

    def save(self, one: Credentials) -> None:
        self.directory.save_login(one)
        self.directory.save_access_key(one)

    def run(self, *names: str, check_mode: bool = False, region: str = "eu-central-1", **more: t.Any) -> t.Any:
        params = {
            "credentials_dest": str(self.credentials),
            "dest": str(self.pages),
            "users": [said(name) for name in names or ("bert", "anna")],
            "title": "",
            "per_page": 4,
            "template": None,
            "passphrase": None,
            "material": str(_handouts.MATERIAL),
            "texts": _handouts.texts("en"),
            "threads": 4,
        }

        def connect() -> t.NoReturn:
            raise AssertionError("AWS was asked")

        done = handing_out.run(params | more, connect, region, Marks(self.marks), check_mode)
        return handing_out.result_of(done, "there") | {"warnings": list(done.warnings)}

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.pages.glob("*.*")} if self.pages.exists() else {}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Begin with a class of two."""
    return Desk(tmp_path)


def test_everybody_has_a_page_and_the_class_has_its_files(desk: Desk) -> None:
    result = desk.run()
    assert set(desk.files()) == {"anna.html", "bert.html", "class.html", "class_mailmerge.csv"}
    assert result["changed"]
    assert [(one["name"], one["fate"], one["changes"]) for one in result["users"]] == [
        ("bert", "written", ["write the page of bert"]),
        ("anna", "written", ["write the page of anna"]),
    ]
    assert result["class_files"] == ["class.html", "class_mailmerge.csv"]
    assert desk.marks.getvalue() == ".."


def test_they_are_for_oneself(desk: Desk) -> None:
    desk.run()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in desk.pages.iterdir()}
    assert (stat.S_IMODE(desk.pages.stat().st_mode), modes) == (0o700, {0o600})


def test_what_has_not_changed_is_not_written(desk: Desk) -> None:
    desk.run()
    before = {path.name: path.stat().st_mtime_ns for path in desk.pages.iterdir()}
    result = desk.run()
    assert (result["changed"], [one["fate"] for one in result["users"]]) == (False, ["unchanged"] * 2)
    assert {path.name: path.stat().st_mtime_ns for path in desk.pages.iterdir()} == before


def test_newer_credentials_give_a_newer_page(desk: Desk) -> None:
    desk.run()
    desk.save(saved("anna", password="Newer-Pw77"))
    result = desk.run()
    assert [one["fate"] for one in result["users"]] == ["unchanged", "written"]
    assert b"Newer-Pw77" in desk.files()["anna.html"]
    assert PASSWORD.encode() not in desk.files()["anna.html"]


def test_of_whom_nothing_is_saved_any_more_keeps_page_card_and_row(desk: Desk) -> None:
    desk.run()
    before = desk.files()
    desk.directory.forget("anna")
    desk.save(saved("bert", password="Newer-Pw77"))
    foretold = desk.run(check_mode=True)
    assert desk.files() == before
    result = desk.run()
    assert result == foretold
    bert, anna = result["users"]
    assert (bert["failed"], anna["failed"], anna["changed"], anna["changes"]) == (False, True, False, [])
    assert anna["msg"] == (
        f"nothing is saved for user 'anna' in {str(desk.credentials)!r}, so {str(desk.pages)!r} keeps the page, card "
        "and row from before; run the playbook setup or class first"
    )
    after = desk.files()
    assert after["anna.html"] == before["anna.html"]
    # Those of the class are new, and nobody is missing in them.
    for name in ("class.html", "class_mailmerge.csv"):
        assert (b"Newer-Pw77" in after[name], before[name] == after[name]) == (True, False)
        assert after[name].count(PASSWORD.encode()) == 1
    assert row_of(before, "anna") == row_of(after, "anna")
    assert not desk.run()["changed"]


def row_of(files: dict[str, bytes], name: str) -> list[str]:
    """Read the row of a person in the table of the class."""
    rows = csv.reader(io.StringIO(files["class_mailmerge.csv"].decode("utf-8-sig"), newline=""))
    return next(row for row in rows if row[0] == name)


def test_of_whom_nothing_is_saved_any_more_keeps_a_sealed_page(desk: Desk) -> None:
    desk.run(passphrase=PASSPHRASE)
    before = desk.files()
    desk.directory.forget("anna")
    assert desk.run(passphrase=f"{PASSPHRASE} again")["users"][1]["failed"]
    assert desk.files()["anna.html"] == before["anna.html"]


def test_cards_that_cannot_be_made_again_stay(desk: Desk) -> None:
    desk.run()
    for name in ("anna.html", "class_mailmerge.csv"):
        (desk.pages / name).unlink()
    before = desk.files()
    desk.directory.forget("anna")
    desk.save(saved("bert", password="Newer-Pw77"))
    assert f"{str(desk.pages)!r} keeps the card from before; run" in desk.run()["users"][1]["msg"]
    assert desk.files()["class.html"] == before["class.html"]
    assert b"Newer-Pw77" in desk.files()["class_mailmerge.csv"]


def test_nobody_of_whom_something_is_saved_leaves_everything(desk: Desk) -> None:
    desk.run()
    before = desk.files()
    for name in ("anna", "bert"):
        desk.directory.forget(name)
    result = desk.run()
    assert ([one["failed"] for one in result["users"]], result["changed"]) == ([True, True], False)
    assert desk.files() == before


def test_who_never_had_a_page_is_told_of_none(desk: Desk) -> None:
    desk.run()
    *_others, dora = desk.run("bert", "anna", "dora")["users"]
    assert dora["msg"].endswith(f"in {str(desk.credentials)!r}; run the playbook setup or class first")


def test_a_page_with_a_password_that_is_not_saved_any_more_moves_to_superseded(desk: Desk) -> None:
    desk.run()
    before = desk.files()
    (desk.credentials / "anna_credentials.csv").unlink()
    desk.save(saved("bert", password="Newer-Pw77"))
    desk.run(check_mode=True)
    assert not (desk.pages / "superseded").exists()
    desk.run()
    assert PASSWORD.encode() not in (desk.pages / "anna.html").read_bytes()
    (old,) = (desk.pages / "superseded").iterdir()
    assert (old.name.startswith("anna."), old.suffix, old.read_bytes()) == (True, ".html", before["anna.html"])
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    found = handing_out.forget(t.cast("t.Any", AtomicFiles(str(desk.pages))), ["anna"], check_mode=False)
    assert f"superseded/{old.name}" in found["anna"]
    assert not old.exists()


def test_check_mode_foretells_and_touches_nothing(desk: Desk) -> None:
    foretold = desk.run(check_mode=True)
    assert not desk.pages.exists()
    assert desk.run() == foretold


def test_a_file_that_is_none_of_ours_is_its_user_s_fault_alone(desk: Desk) -> None:
    (desk.credentials / "anna_credentials.csv").write_text("something else", encoding="utf-8")
    bert, anna = desk.run()["users"]
    assert (bert["failed"], anna["failed"]) == (False, True)
    assert "move it away" in anna["msg"]


def test_the_account_is_told_where_the_address_has_an_alias(desk: Desk) -> None:
    desk.run()
    assert b"123456789012" in desk.files()["anna.html"]


def test_sealed_pages_hold_no_secret_and_stay_as_they_are(desk: Desk) -> None:
    result = desk.run("anna", passphrase=PASSPHRASE)
    page = desk.files()["anna.html"]
    assert SECRET.encode() not in page
    assert any("class.html and class_mailmerge.csv are not sealed" in one for one in result["warnings"])
    assert desk.run("anna", passphrase=PASSPHRASE)["changed"] is False
    assert desk.files()["anna.html"] == page


@pytest.mark.parametrize(
    ("said_wrong", "sentence"),
    [
        ({"passphrase": "short"}, "invoice_iam_user_handout_passphrase is too short"),
        ({"dest": "secretsmanager://class"}, "give a directory or s3://bucket/prefix"),
        ({"users": [said("anna", links=[{"url": "javascript:1"}])]}, "leads to 'javascript:1'"),
        ({"template": "/nowhere.j2"}, "invoice_iam_user_handout_template is '/nowhere.j2'"),
        ({"per_page": 3}, "has to be one of 1, 4, 8"),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_written(desk: Desk, said_wrong: t.Any, sentence: str) -> None:
    with pytest.raises(RefusedError) as caught:
        desk.run(**said_wrong)
    assert sentence in str(caught.value)
    assert not desk.pages.exists()


def test_what_is_missing_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr, "can_draw", lambda: False)
    warnings = desk.run(region="")["warnings"]
    (advised,) = [found[1] for one in warnings if (found := re.search(r"pip install (\S+)$", one))]
    # What pip knows by that name is what the module is imported from.
    assert importlib.metadata.packages_distributions()["segno"] == [advised]
    assert any("no region is known" in one for one in warnings)


def test_whose_files_are_forgotten_is_in_no_file_of_the_class(desk: Desk) -> None:
    desk.run()
    folder = t.cast("t.Any", AtomicFiles(str(desk.pages)))
    assert handing_out.forget(folder, ["dora"], check_mode=False) == {}
    found = handing_out.forget(folder, ["anna"], check_mode=True)
    assert (set(found["anna"]), len(desk.files())) == ({"anna.html", "class.html", "class_mailmerge.csv"}, 4)
    assert handing_out.forget(folder, ["anna"], check_mode=False) == found
    assert set(desk.files()) == {"bert.html"}


def test_cards_without_a_table_are_forgotten_with_a_page(desk: Desk) -> None:
    desk.run()
    (desk.pages / "class_mailmerge.csv").unlink()
    handing_out.forget(t.cast("t.Any", AtomicFiles(str(desk.pages))), ["anna"], check_mode=False)
    assert set(desk.files()) == {"bert.html"}
