# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The roster's bytes: encodings, separators, line numbers."""

from __future__ import annotations

import csv
import io
import typing as t

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._roster.table import RosterError, Table, read_table

TEXT = "Name;E-Mail\nJosé Núñez;jose@example.org\n"
ROW = ("José Núñez", "jose@example.org")


def table(data: bytes | str, encoding: str | None = None, separator: str | None = None) -> Table:
    content = data.encode() if isinstance(data, str) else data
    return read_table(content, "class.csv", encoding, separator, {"Name", "E-Mail"}.__contains__)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"], ids=str
)
def test_encoding_is_found(encoding: str) -> None:
    found = table(TEXT.encode(encoding))
    assert (found.header, found.rows[0].cells) == (("Name", "E-Mail"), ROW)
    assert bool(found.warnings) is (encoding == "cp1252")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_chosen_encoding_may_have_a_mark(encoding: str, mark: str) -> None:
    found = table((mark + TEXT).encode(encoding), encoding)
    assert (found.header[0], found.rows[0].cells, found.warnings) == ("Name", ROW, ())


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (b"Name;E-Mail\r\nJos\xe9;x\r\n", "utf-8", "line 2 cannot be read"),
        (b"Name;E-Mail\nJos\x81;x\n", None, "line 2 cannot be read"),
        (TEXT.encode("utf-16") + b"\n", None, "not text in utf-16: line 3"),
        (b"Name", "latin-99", "Python knows no text encoding of that name"),
        (b"Name", "rot13", "Python knows no text encoding of that name"),
    ],
)
def test_unreadable_bytes(data: bytes, encoding: str | None, expected: str) -> None:
    with pytest.raises(RosterError, match=expected):
        table(data, encoding)


@pytest.mark.parametrize("data", ["", "\ufeff", "\r\n\r\n", " \t\n", "sep=;\r\n"])
def test_empty(data: str) -> None:
    with pytest.raises(RosterError, match=r"'class.csv' \(option path\) is empty"):
        table(data)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separator_and_line_end_are_found(separator: str, newline: str) -> None:
    text = newline.join((separator.join(("Name", "Remark", "E-Mail")), separator.join(("A", "-", "a@example.org")), ""))
    assert table(text).rows[0].cells == ("A", "-", "a@example.org")


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Name, given;E-Mail\nA;a\nB;b\n", ("Name, given", "E-Mail")),
        ("E-Mail\na\n", ("E-Mail",)),
        ('Group,"Name; or what",Room\nA,B,C\n', ("Group", "Name; or what", "Room")),
        ("sep=,\nX;Y,E-Mail\n1,2\n", ("X;Y", "E-Mail")),
        ("Name;E-Mail;;;\nA;a;;;\n", ("Name", "E-Mail")),
        ("\n;;\nName;E-Mail\n", ("Name", "E-Mail")),
    ],
)
def test_header(text: str, header: tuple[str, ...]) -> None:
    assert table(text).header == header


def test_lines_are_counted_as_an_editor_does() -> None:
    text = 'sep=;\r\n\r\nName;E-Mail\r\nA;a\r\n\r\n;;;\r\n"B\r\nB\r\n";b\r\nC;c\r\n'
    assert [(row.line, row.cells[1]) for row in table(text).rows] == [(4, "a"), (7, "b"), (10, "c")]


def test_short_rows_are_filled_up_and_long_ones_are_not_cut() -> None:
    found = table("Name;E-Mail;Remark\nA;a\nB;b;;;;\nC;c;1;2\n")
    assert [row.cells for row in found.rows] == [("A", "a", ""), ("B", "b", "")]
    assert [(line, text.partition(";")[0]) for line, text in found.problems] == [
        (4, "there is a value in column 4, which has no header")
    ]


def test_a_column_without_header_may_be_empty_only() -> None:
    found = table("Name;;E-Mail\nA;;a\nB;x;b\n")
    assert ([row.line for row in found.rows], [line for line, _text in found.problems]) == ([2], [3])


@pytest.mark.parametrize("row", ['"A;a\nB;b\n', '"A"x;a\n'])
def test_a_stray_quotation_mark_is_told_with_the_line_on_which_the_row_begins(row: str) -> None:
    [(line, text)] = table("Name;E-Mail\nZ;z\n" + row, separator=";").problems
    assert line == 3
    assert "quotation mark" in text


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(';,\t"\n\r'), max_size=8)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6),
    separator=st.sampled_from(";,\t"),
    newline=st.sampled_from(("\n", "\r\n")),
    quoting=st.sampled_from((csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC)),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
)
def test_what_the_csv_module_writes_is_read(
    rows: list[list[str]], separator: str, newline: str, quoting: t.Literal[0, 1, 2], encoding: str
) -> None:
    # Before Python 3.13, csv left a cell with a lone carriage return unquoted, which reads as two rows.
    assume(quoting != csv.QUOTE_MINIMAL or not any("\r" in cell for row in rows for cell in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=newline, quoting=quoting)
    # A full last cell, so that no row is blank or ends early.
    expected = [(*row, "end") for row in rows]
    writer.writerows([("Name", "E-Mail", "End"), *expected])
    found = table(out.getvalue().encode(encoding), separator=separator)
    assert ([row.cells for row in found.rows], found.problems) == (expected, ())
    lines = out.getvalue().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for row in found.rows:
        first = row.cells[0].replace("\r\n", "\n").replace("\r", "\n").split("\n")[0].replace('"', '""')
        assert lines[row.line - 1].lstrip('"').startswith(first.lstrip('"'))


@pytest.mark.parametrize(
    ("begins", "program"),
    [
        (b"PK\x03\x04\x14\x00[Content_Types].xml", "an Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "a LibreOffice"),
    ],
)
@pytest.mark.parametrize("encoding", [None, "cp1250"])
def test_a_workbook_is_called_one(begins: bytes, program: str, encoding: str | None) -> None:
    with pytest.raises(RosterError, match=f"'students' is {program} workbook; save it as 'CSV UTF-8'"):
        read_table(begins + bytes(range(256)), "students", encoding, None, str.isalpha)
