# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What all unit tests share."""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import is_hypothesis_test, settings

# How long an example takes is the machine's matter, and no fault of the code.
settings.register_profile("unit", deadline=None, derandomize=True)
# `make test-long` takes this one.
settings.register_profile("long", deadline=None, max_examples=5000)
settings.load_profile("unit")

_EXAMPLES = "hypothesis examples"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> t.Iterator[None]:
    """Note how many examples a property was tried with."""
    if is_hypothesis_test(getattr(item, "obj", None)):
        told = str(getattr(item, "hypothesis_statistics", ""))
        count = sum(int(number) for number in re.findall(r"(\d+) (?:passing|failing)", told))
        item.user_properties[:] = [(_EXAMPLES, count)]
    return (yield)


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Say how much hostile input was tried, and how much of it was taken as promised."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    tried = {one.nodeid: (one.passed, dict(one.user_properties)[_EXAMPLES]) for one in reports if one.user_properties}
    if tried:
        good = sum(passed for passed, _count in tried.values())
        examples = sum(count for _passed, count in tried.values())
        terminalreporter.write_line(f"hostile input: {examples} examples of {len(tried)} properties: {good} ok")
