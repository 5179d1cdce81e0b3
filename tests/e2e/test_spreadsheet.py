# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The files open right in a spreadsheet, whatever the password holds."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Workshop, environment

PASSWORD = '=1+2,"Zoë",Ünïcödé'


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed (Debian: apt-get install libreoffice-calc)"
)
def test_libreoffice_reads_the_cells_that_were_meant(workshop: Workshop, tmp_path: Path) -> None:
    workshop.hosts({"one": {"invoice_iam_user_name": "a.user@example.org"}})
    workshop.variables({"invoice_iam_user_console_password": PASSWORD})
    run = workshop.prepare()
    assert "begins with a character that a spreadsheet runs as a formula" in run.flat()
    assert PASSWORD not in run.output

    login = cells(workshop.credentials / "a.user@example.org_credentials.csv", tmp_path)
    assert login == [
        ["User name", "Password", "Console sign-in URL"],
        ["a.user@example.org", PASSWORD, "https://123456789012.signin.aws.amazon.com/console"],
    ]
    sheet = cells(workshop.credentials / "class_credentials.csv", tmp_path)
    key = cells(workshop.credentials / "a.user@example.org_accessKeys.csv", tmp_path)
    assert key[0] == ["Access key ID", "Secret access key"]
    assert sheet == [
        ["User name", "Password", "Access key ID", "Secret access key", "Console login link"],
        ["a.user@example.org", PASSWORD, *key[1], "https://123456789012.signin.aws.amazon.com/console"],
    ]


def cells(path: Path, folder: Path) -> list[list[str]]:
    """Let LibreOffice open a CSV file as Excel would (by its byte order mark), and save what it shows."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    # Comma, quotes, UTF-8, and formulas not evaluated, which is what its import dialogue proposes.
    reading, saving = (
        "CSV:44,34,76,1,,0,false,false,,,,,false",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true",
    )
    subprocess.run(
        [
            *("soffice", profile, "--headless", f"--infilter={reading}", "--convert-to", saving),
            *("--outdir", str(folder / "shown"), str(path)),
        ],
        env=environment(),
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (folder / "shown" / path.name).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))
