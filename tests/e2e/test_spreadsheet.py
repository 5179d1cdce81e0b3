# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The files open right in a spreadsheet, whatever the password holds."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import PROJECT, Workshop, environment

PASSWORD = '=1+2,"Zoë",Ünïcödé'
URL = "https://123456789012.signin.aws.amazon.com/console"
PERSON = {
    "invoice_iam_user_name": "007",
    "invoice_iam_user_display_name": "Zoë Müller 王伟",
    "invoice_iam_user_email": "zoe@example.org",
    "roster": {"nr": "0012", "note": "=1+1", "telefon": "+49 30 1234"},
}
GUIDE = (PROJECT / "docs" / "docsite" / "rst" / "getting_started.rst").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def credentials(module_workshop: Workshop) -> Path:
    """The files of a person whose name is a number, and whose password is a formula."""
    workshop = module_workshop
    workshop.hosts({"one": PERSON})
    workshop.variables({"invoice_iam_user_console_password": PASSWORD})
    run = workshop.prepare()
    assert "begins with a character that a spreadsheet runs as a formula" in run.flat()
    assert PASSWORD not in run.output
    assert workshop.run("playbooks/handout.yml").status == 0
    return workshop.credentials


pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed (Debian: apt-get install libreoffice-calc)"
)


@pytest.mark.slow
def test_the_files_open_as_excel_opens_them(credentials: Path, tmp_path: Path) -> None:
    """By the byte order mark, with commas, and without running a formula."""
    filters = "CSV:44,34,76,1,,0,false,false,,,,,false"
    login = cells(credentials / "007_credentials.csv", tmp_path, filters)
    assert login == [["User name", "Password", "Console sign-in URL"], ["7", PASSWORD, URL]]
    key = cells(credentials / "007_accessKeys.csv", tmp_path, filters)
    assert key[0] == ["Access key ID", "Secret access key"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["class_credentials.csv", "handouts/class_mailmerge.csv"])
def test_the_guides_command_makes_a_workbook_of_what_was_meant(credentials: Path, tmp_path: Path, name: str) -> None:
    (command,) = re.findall(r"^ +(soffice .+) class_credentials\.csv$", GUIDE, re.MULTILINE)
    shutil.copy(credentials / name, tmp_path / "table.csv")
    program = tmp_path / "soffice"
    program.write_text(f'#!/bin/sh\nexec {shutil.which("soffice")} {profile(tmp_path)} "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", f"umask 077; {command} table.csv"],
        cwd=tmp_path,
        env=environment() | {"PATH": path},
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert (tmp_path / "table.xlsx").stat().st_mode & 0o077 == 0, done.stderr
    # It is read back without any of these options.
    assert cells(tmp_path / "table.xlsx", tmp_path) == as_python_reads(credentials / name)
    shown = dict(zip(*as_python_reads(credentials / name), strict=True))
    assert (shown["User name"], shown["Password"], shown["Display name"]) == ("007", PASSWORD, "Zoë Müller 王伟")
    if "mailmerge" in name:
        assert (shown["nr"], shown["note"], shown["telefon"]) == ("0012", "'=1+1", "+49 30 1234")


def test_without_any_choice_it_is_what_the_guide_says(credentials: Path, tmp_path: Path) -> None:
    """The file is fine, and the guide names what people see of it."""
    (header, row) = cells(credentials / "class_credentials.csv", tmp_path, "")
    seen = "\ufeff".encode().decode("cp1252")
    assert header[0] in (f"{seen}User name", "User name")
    assert (row[0], row[1]) != ("007", PASSWORD)
    assert f"``{seen}User name``" in GUIDE
    assert "the user name ``007`` becomes the number 7" in GUIDE


def as_python_reads(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def profile(folder: Path) -> str:
    """Let LibreOffice find nobody's settings."""
    return f"-env:UserInstallation={(folder / 'profile').as_uri()}"


def cells(path: Path, folder: Path, reading: str = "") -> list[list[str]]:
    """Let LibreOffice open a file, with the options of its import dialogue if any, and save what it shows."""
    saving = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
    subprocess.run(
        [
            *("soffice", profile(folder), "--headless", *([f"--infilter={reading}"] if reading else [])),
            *("--convert-to", saving, "--outdir", str(folder / "shown"), str(path)),
        ],
        env=environment(),
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (folder / "shown" / f"{path.stem}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))
