# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import csv
import io
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.mail_merge import (
    mail_merge,
    names_in,
    parse,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.person import Person
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import (
    KEY_ID,
    PASSWORD,
    SECRET,
    URL,
    said,
    saved,
)


def table(*people: dict[str, t.Any]) -> bytes:
    return mail_merge((Person.of(one), saved(one["name"]), "123456789012") for one in people)


def read(content: bytes) -> list[dict[str, str]]:
    """Read it as an office suite does."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def test_everybody_is_there_in_order_with_the_rosters_columns_and_the_credentials() -> None:
    anna = said(
        "anna", display_name="Anna Müller", email="anna@example.org", cells={"gruppe": "A"}, expires="2026-12-31"
    )
    content = table(said("zoe", cells={"room": "3"}), anna)
    zoe_row, anna_row = read(content)
    assert (zoe_row["User name"], zoe_row["room"], zoe_row["gruppe"]) == ("zoe", "3", "")
    assert anna_row == {
        "User name": "anna",
        "Display name": "Anna Müller",
        "E-mail": "anna@example.org",
        "room": "",
        "gruppe": "A",
        "Password": PASSWORD,
        "Console sign-in URL": URL,
        "Account ID": "123456789012",
        "Access key ID": KEY_ID,
        "Secret access key": SECRET,
        "Valid until": "2026-12-31",
    }
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x", "\t=1"])
def test_what_a_student_typed_is_no_formula(cell: str) -> None:
    (row,) = read(table(said(display_name=f"{cell}", cells={"note": cell})))
    assert row["note"] == row["Display name"] == f"'{cell.strip()}"


@pytest.mark.parametrize("cell", ["+49 170 1234567", "-", "+1 (555) 010-99", "a=b"])
def test_a_phone_number_stays_one(cell: str) -> None:
    (row,) = read(table(said(cells={"phone": cell})))
    assert row["phone"] == cell


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5), st.text())
def test_whatever_is_in_a_roster_the_credentials_are_in_their_columns(cells: dict[str, str], name: str) -> None:
    cells = {f"c_{key}": cell for key, cell in cells.items()}
    (row,) = read(table(said(display_name=name, cells=cells)))
    assert (row["User name"], row["Password"], row["Secret access key"]) == ("anna", PASSWORD, SECRET)


def test_who_is_in_a_table_can_be_told() -> None:
    assert names_in(table(said("anna"), said("bert"))) == ["anna", "bert"]
    assert names_in(b"something,else\r\nanna,x\r\n") == []
    assert names_in(b"\xff\xfe") == []


def test_what_was_saved_is_read_again_whatever_columns_the_roster_has() -> None:
    cells = {"Password": "none", "User name": "=x"}
    assert parse(table(said("anna", cells=cells), said("bert"))) == {
        name: (saved(name), "123456789012") for name in ("anna", "bert")
    }
    for other in (b"", b"\xff\xfe", b"something,else\r\nanna,x\r\n", b"User name\r\nanna\r\n"):
        assert parse(other) == {}
