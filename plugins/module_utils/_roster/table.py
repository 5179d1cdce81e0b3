# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Parse a roster that a spreadsheet or learning system has exported into rows with line numbers."""

from __future__ import annotations

import codecs
import csv
import io
import re
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEPARATORS = {"semicolon": ";", "comma": ",", "tab": "\t"}

# Byte order marks. UTF-32 comes before UTF-16, because its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Excel's hint for the separator, in the first line of the file
_EXCEL_HINT = re.compile(r"\Asep=([;,\t])(?:\r\n|\r|\n)", re.IGNORECASE)

_SAMPLE_RECORDS = 50


class RosterError(Exception):
    """The roster cannot be used; the message says why and what to do about it."""


class _UnreadableRow(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line

    def __str__(self) -> str:
        return (
            f"the row that begins here cannot be read ({self.args[0]}); a quotation mark in it is not closed,"
            " not doubled, or followed by something other than a separator"
        )


@dataclass(frozen=True)
class Row:
    """A row of the roster: the number of its first line, as in an editor, and its cells, one for each header."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A parsed roster. C(problems) are the line and a sentence for each row that cannot be used."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[tuple[int, str], ...]
    warnings: tuple[str, ...]


def trim(cell: str) -> str:
    """Strip invisible characters from the ends of a cell: all kinds of spaces, and marks and joiners of zero width."""
    return cell.strip(" \t\r\n\v\f\u00a0\u2007\u202f\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


def _guess_encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    # UTF-16 without a mark: a header begins with an ASCII character, of which one byte is zero.
    if data[:2].count(0) == 1:
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _workbook(data: bytes) -> str:
    """Return which program's workbook this is, or "" if it is not a workbook."""
    if data.startswith(b"PK\x03\x04"):
        return "a LibreOffice" if b"application/vnd.oasis" in data[:200] else "an Excel"
    return "an Excel" if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") else ""


def decode(data: bytes, source: str, encoding: str | None) -> tuple[str, list[str]]:
    """Decode the file. Returns the text, and a warning if the encoding is only a guess."""
    program = _workbook(data)
    if program:
        raise RosterError(f"the roster {source!r} is {program} workbook; save it as 'CSV UTF-8' and name that file")
    chosen = encoding or _guess_encoding(data)
    try:
        text = data.decode(chosen)
    except LookupError:
        raise RosterError(
            f"the option encoding is {encoding!r}, but Python knows no text encoding of that name;"
            " leave it out, or use utf-8, utf-16, cp1252 or cp1250"
        ) from None
    except UnicodeError as error:
        start = getattr(error, "start", len(data))
        line = len(re.findall(r"\r\n|\r|\n", data[:start].decode(chosen, errors="replace"))) + 1
        raise RosterError(
            f"the roster {source!r} is not text in {chosen}: line {line} cannot be read;"
            " save it as 'CSV UTF-8' or set the option encoding"
        ) from None
    guessed = encoding is None and chosen == "cp1252"
    warning = (
        f"the roster {source!r} is not UTF-8 and was read as Windows-1252 (cp1252); if letters come out wrong,"
        " save it as 'CSV UTF-8' or set the option encoding"
    )
    return text.removeprefix("\ufeff"), [warning] if guessed else []


def _records(text: str, separator: str, first_line: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank, with the number of its first line."""
    # newline="" keeps line breaks within quotation marks, and counts CRLF, LF and CR as editors do.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + first_line
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _UnreadableRow(line, str(error)) from None
        if any(trim(cell) for cell in record):
            yield line, record


def _fit(text: str, separator: str, is_known: Callable[[str], bool]) -> tuple[int, int, int]:
    """Rate a separator by the number of known headers, then of rows as long as the header, then of columns."""
    header: list[str] = []
    alike = 0
    try:
        for index, (_line, record) in enumerate(_records(text, separator)):
            header = header or record
            alike += len(record) == len(header)
            if index >= _SAMPLE_RECORDS:
                break
    except _UnreadableRow:
        # Quotation marks may not parse with a wrong separator. For the right one, the error is reported later.
        pass
    return sum(is_known(cell) for cell in header), alike if len(header) > 1 else 0, len(header)


def _separator(text: str, is_known: Callable[[str], bool]) -> str:
    return max(SEPARATORS.values(), key=lambda candidate: _fit(text, candidate, is_known))


def _header(record: list[str]) -> tuple[str, ...]:
    header = [trim(cell) for cell in record]
    while not header[-1]:
        header.pop()
    return tuple(header)


def _row_problem(header: tuple[str, ...], record: list[str]) -> str | None:
    for position, cell in enumerate(record):
        if trim(cell) and (position >= len(header) or not header[position]):
            return (
                f"there is a value in column {position + 1}, which has no header; give the column a header,"
                " or put a cell that contains the separator into double quotation marks"
            )
    return None


def _table(records: Iterator[tuple[int, list[str]]], warnings: list[str]) -> Table:
    header: tuple[str, ...] = ()
    rows = []
    problems = []
    try:
        for line, record in records:
            if not header:
                header = _header(record)
            elif problem := _row_problem(header, record):
                problems.append((line, problem))
            else:
                # Spreadsheets leave out empty cells at the end, or add some.
                rows.append(Row(line, tuple((record + [""] * len(header))[: len(header)])))
    except _UnreadableRow as error:
        # Nothing after this row can be read, but the problems before it are reported together with it.
        problems.append((error.line, str(error)))
    return Table(header, tuple(rows), tuple(problems), tuple(warnings))


def read_table(
    data: bytes, source: str, encoding: str | None, separator: str | None, is_known: Callable[[str], bool]
) -> Table:
    """Parse a roster. C(is_known) recognises known headers. Encoding and separator are guessed if None."""
    text, warnings = decode(data, source, encoding)
    first_line = 1
    if hint := _EXCEL_HINT.match(text):
        text, separator, first_line = text[hint.end() :], separator or hint[1], 2
    if not trim(text):
        raise RosterError(f"the roster {source!r} (option path) is empty; export it again, with its column headers")
    return _table(_records(text, separator or _separator(text, is_known), first_line), warnings)
