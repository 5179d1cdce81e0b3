# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What runs note for each other."""

from __future__ import annotations

import json

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import notes
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.csv_files import NotOurFileError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{}", b'{"login_profile": true, "access_key": true}', b"\xff"]
)
def test_what_is_no_intent(content: bytes) -> None:
    with pytest.raises(NotOurFileError, match="is not an intent"):
        notes.parse_intent(content)


def test_an_intent_on_disk() -> None:
    run = Run("school-pc", "a boot", 4711, "1234567")
    intent = Intent(True, False, ("AKIAIOSFODNN7EXAMPLE",))
    content = notes.intent_json(intent, run)
    assert json.loads(content) == {
        "login_profile": True,
        "access_key": False,
        "known_access_key_ids": ["AKIAIOSFODNN7EXAMPLE"],
        "run": {"host": "school-pc", "machine": "a boot", "pid": 4711, "started": "1234567"},
    }
    assert notes.parse_intent(content) == (intent, run)


def test_what_is_no_claim() -> None:
    run = b'{"host": "a", "machine": "b", "pid": 1, "started": "d"}'
    assert notes.parse_claim(b'{"run": %s, "users": ["anna"]}' % run) == (Run("a", "b", 1, "d"), frozenset({"anna"}))
    for content in (b"", b"[]", b'{"run": %s}' % run, b'{"run": {"host": "a"}, "users": []}', run):
        with pytest.raises(NotOurFileError):
            notes.parse_claim(content)


def test_to_which_account_a_destination_belongs() -> None:
    assert notes.parse_account(notes.account_json("123456789012")) == "123456789012"
    for content in (b"", b"[]", b"{}", b"null", b"\xff"):
        with pytest.raises(NotOurFileError, match="does not name an account"):
            notes.parse_account(content)
