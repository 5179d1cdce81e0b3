# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The guide "Promises" names tests that exist, and files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guides import guide

PROJECT = Path(__file__).parents[2]
PAGE = guide("promises")
FILES = [path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("test_*.py")]
TESTS = {name for text in FILES for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}
# Those that make test runs
QUICK = {
    name
    for text in FILES
    for marks, name in re.findall(r"^((?:@.*\n(?:[ )].*\n)*)*)def (test_\w+)\(", text, re.MULTILINE)
    if not re.search(r"^@pytest\.mark\.(?:slow|long)$", marks, re.MULTILINE)
    and not re.search(r"^pytestmark = .*\bslow\b", text, re.MULTILINE)
}
TABLE = [
    line.strip("| ").split(" | ")
    for line in PAGE.split("## What can go wrong")[1].split("### ")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| what goes wrong")
]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", PAGE))))
def test_each_test_that_is_named_is_there(name: str) -> None:
    assert name in TESTS


def test_each_fault_has_a_test_that_make_test_runs() -> None:
    assert len(TABLE) > 10
    assert len(QUICK) < len(TESTS)
    for row in TABLE:
        assert len(row) == 5, row
        assert set(re.findall(r"`(test_\w+)`", row[-1])) & QUICK, row[0]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([\w-]+)`", PAGE))))
def test_each_target_is_in_the_makefile(target: str) -> None:
    assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
