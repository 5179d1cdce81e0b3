# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The guides of the documentation site, in the form in which tests read the README, too: as Markdown."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

PROJECT = Path(__file__).parents[1]
GUIDES = PROJECT / "docs" / "docsite" / "rst"

BLOCK = re.compile(r"^( *)\.\. code-block:: (\S+)\n((?:\n|\1   .*\n?)+)", re.MULTILINE)
TABLE = re.compile(r"^( *)\.\. list-table::\n((?:\n|\1   .*\n?)+)", re.MULTILINE)
TITLE = re.compile(r"^(.+)\n(=+|-+|\^+)$", re.MULTILINE)
LEVELS = {"=": "#", "-": "##", "^": "###"}


def guide(name: str) -> str:
    """A guide with its titles, blocks of code, tables, code and links as Markdown has them."""
    text = (GUIDES / f"{name}.rst").read_text(encoding="utf-8")
    text = TABLE.sub(_table, text)
    text = BLOCK.sub(_block, text)
    text = TITLE.sub(lambda title: f"{LEVELS[title[2][0]]} {title[1]}", text)
    text = re.sub(r":[\w:]+:`([^`<]+?)(?: <[^>]+>)?`", r"\1", text)
    return re.sub(r"(?<!`)``(?!`)", "`", text)


def _block(block: re.Match[str]) -> str:
    indent, language, lines = block.groups()
    fenced = f"```{language}\n{textwrap.dedent(lines).strip(chr(10))}\n```\n\n"
    # Not one of its own inside a list: what is in a block begins at the margin.
    return textwrap.indent(fenced, indent)


def _table(table: re.Match[str]) -> str:
    rows = [
        [" ".join(cell.split()) for cell in re.split(r"^  -(?: |$)", row, flags=re.MULTILINE)]
        for row in re.split(r"^\* -(?: |$)", textwrap.dedent(table[2]), flags=re.MULTILINE)[1:]
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, f"|{'---|' * len(rows[0])}")
    return "\n".join(lines) + "\n\n"
