# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.text import as_data, one_line, printable


@given(st.one_of(st.text(), st.integers(), st.none(), st.floats()))
def test_whatever_somebody_wrote_can_be_saved(value: t.Any) -> None:
    written = printable(value)
    assert written.encode().decode() == written


def test_a_cell_with_a_line_break_is_one_line() -> None:
    """A spreadsheet on Windows ends the lines in a cell with both."""
    assert one_line(" Łukaszewicz-\r\nNowak\t II\n") == "Łukaszewicz- Nowak II"
    assert one_line(None) == ""
    assert one_line("a\x00b") == printable("a\x00b")


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+HYPERLINK(1)", "-cmd", "\t=1", "\r=1"])
def test_a_formula_becomes_a_text_once(cell: str) -> None:
    assert as_data(cell) == as_data(as_data(cell)) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Anna Müller", "+49 (30) 123-45", "-7.5", "a=b", "'quoted"])
def test_everything_else_stays(cell: str) -> None:
    assert as_data(cell) == cell
