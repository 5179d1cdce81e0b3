# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What is saved of a user, and what is being asked for."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent


@pytest.mark.parametrize(
    ("first", "newer", "merged"),
    [
        (Intent(), Intent(access_key=True, known_access_key_ids=("A",)), Intent(False, True, ("A",))),
        (Intent(access_key=True), Intent(access_key=True, known_access_key_ids=("A",)), Intent(False, True, ())),
        (
            Intent(access_key=True, known_access_key_ids=("B", "A")),
            Intent(login_profile=True, known_access_key_ids=("A", "B", "C")),
            Intent(True, True, ("A", "B")),
        ),
        # The first one did not ask for a key: what it knew of keys is old.
        (
            Intent(login_profile=True, known_access_key_ids=("A",)),
            Intent(access_key=True, known_access_key_ids=("A", "B")),
            Intent(True, True, ("A", "B")),
        ),
    ],
)
def test_intents_merge(first: Intent, newer: Intent, merged: Intent) -> None:
    assert first.merged(newer) == merged


@pytest.mark.parametrize(
    ("saved", "remaining"),
    [
        ({"login_profile": False, "access_key": False}, Intent(True, True, ("A",))),
        ({"login_profile": True, "access_key": False}, Intent(False, True, ("A",))),
        ({"login_profile": False, "access_key": True}, Intent(True, False, ())),
        ({"login_profile": True, "access_key": True}, Intent()),
    ],
)
def test_an_intent_is_taken_back(saved: dict[str, bool], remaining: Intent) -> None:
    left = Intent(True, True, ("A",)).without(**saved)
    assert left == remaining
    assert bool(left) is not all(saved.values())
