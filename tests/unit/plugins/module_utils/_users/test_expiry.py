# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The last day of a user, and who is over."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.preflight import input_problems
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import expiry as _expiry
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import WantedUser

TODAY = datetime.date(2026, 7, 1)


@pytest.mark.parametrize(
    ("day", "passed", "unclear"),
    [
        ("2026-06-30", True, False),
        ("2026-07-01", False, False),
        ("2026-07-02", False, False),
        ("20260630", False, True),
        ("2026-02-30", False, True),
        ("", False, True),
        ("2026-W01-1", False, True),
    ],
)
def test_the_last_day_is_a_whole_day(day: str, passed: bool, unclear: bool) -> None:
    tags = {"expires": day}
    assert (_expiry.has_passed(tags, TODAY), _expiry.is_unclear(tags)) == (passed, unclear)
    assert (_expiry.problem(day) is not None) is unclear


def test_without_a_last_day_nobody_is_over() -> None:
    assert not _expiry.has_passed({"class": "2020-01-01"}, TODAY)
    assert not _expiry.is_unclear({})


def test_the_last_day_becomes_a_tag() -> None:
    assert WantedUser("anna", expires="2026-12-31").all_tags["expires"] == "2026-12-31"
    assert "expires" not in WantedUser("anna").all_tags


@pytest.mark.parametrize(
    ("day", "warns"), [("2026-06-30", True), ("2026-07-01", False), ("2026-07-02", False), ("", False), ("soon", False)]
)
def test_a_last_day_that_has_passed_is_warned_of(day: str, warns: bool) -> None:
    said = f"the last day of user 'anna', {day}, has passed; a removal of expired users will remove it"
    assert _expiry.passed_warning("anna", day, TODAY) == (said if warns else None)


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (WantedUser("anna", expires="soon", access_key_description="d"), "the last day 'soon' is not a date"),
        (WantedUser("anna", expires="2026-12-31", tags={"expires": "2026-12-30"}, access_key_description="d"), "both"),
        (WantedUser("anna", expires="2026-12-31", access_key_description="d"), ""),
    ],
)
def test_a_last_day_that_cannot_be_one_is_told(user: WantedUser, said: str) -> None:
    problems = input_problems(user)
    assert said in "; ".join(problems)
    assert bool(problems) == bool(said)
