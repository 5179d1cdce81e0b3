# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Whose access key is whose."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import access_key as _access_key
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import AccessKey
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import DESCRIPTION, a_key

OURS, THEIRS, BARE = a_key("AKIAOURS"), a_key("AKIATHEIRS", "for CI"), a_key("AKIABARE", None)
KEYS = (OURS, THEIRS, BARE)


def asked(*known: str, saved: str = "") -> OnFile:
    return OnFile(access_key_id=saved, intent=Intent(access_key=True, known_access_key_ids=known))


@pytest.mark.parametrize(
    ("saved", "orphans"),
    [
        (OnFile(), []),
        (OnFile(access_key_id="AKIAOURS"), []),
        (OnFile(intent=Intent(login_profile=True)), []),
        (asked(), [BARE]),
        (asked("AKIABARE"), []),
        (asked(saved="AKIABARE"), []),
        (asked("AKIAOTHER", saved="AKIAOURS"), [BARE]),
    ],
    ids=["no-intent", "saved", "login-only", "asked", "known-before", "on-file", "others-known"],
)
def test_orphans(saved: OnFile, orphans: list[AccessKey]) -> None:
    assert _access_key.orphans(KEYS, saved) == orphans


def test_a_key_that_is_on_file() -> None:
    assert _access_key.current(KEYS, OnFile(access_key_id="AKIATHEIRS")) == THEIRS
    assert _access_key.current(KEYS, OnFile(access_key_id="AKIAGONE")) is None
    assert _access_key.current(KEYS, OnFile()) is None


def test_keys_whose_secret_is_lost() -> None:
    assert _access_key.lost(KEYS, OnFile(), DESCRIPTION) == [OURS]
    assert _access_key.lost(KEYS, OnFile(access_key_id="AKIAOURS"), DESCRIPTION) == []
    assert _access_key.lost(KEYS, OnFile(), "Another course") == []


@pytest.mark.parametrize(
    ("description", "day", "whose"),
    [
        ("rotated 2026-01-05", "2026-01-05", "rotated earlier"),
        ("rotated 2026-01-05 ", "", "created elsewhere"),
        ("was rotated 2026-01-05", "", "created elsewhere"),
        ("rotated 2026-1-5", "", "created elsewhere"),
        ("rotated \u0662\u0660\u0662\u0666-01-05", "", "created elsewhere"),
        ("for CI", "", "created elsewhere"),
        ("", "", "created elsewhere"),
        (None, "", "created elsewhere"),
    ],
)
def test_a_key_that_was_rotated_says_since_when(description: str | None, day: str, whose: str) -> None:
    assert _access_key.rotated_on(description) == day
    assert _access_key.whose(a_key("AKIAX", description)) == whose


def test_what_is_written_of_a_rotated_key_is_read_back() -> None:
    assert _access_key.rotated_on(_access_key.rotated_description("2026-01-05")) == "2026-01-05"


@pytest.mark.parametrize(
    ("description", "problem"),
    [
        ("workshop", None),
        ("rotated", None),
        ("", "invoice_iam_user_access_key_description is empty; set it"),
        ("rotated 2025-01-01", "is 'rotated 2025-01-01', which marks a key that was rotated; choose other words"),
    ],
)
def test_a_description_tells_the_current_key_from_others(description: str, problem: str | None) -> None:
    found = _access_key.description_problem(description)
    assert found is problem if problem is None else problem in (found or "")
