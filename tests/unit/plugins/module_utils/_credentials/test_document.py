# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""One user's document: nothing that was ever in it is lost, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.csv_files import NotOurFileError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.document import Document, parse
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent

URL = "https://123456789012.signin.aws.amazon.com/console"
ANNA = Credentials("anna", 'Über"1\u2028', URL, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NEWER = Credentials("anna", "Other@456", URL, "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
RUN = Run("host", "machine", 7, "now")


def full() -> Document:
    """A document with everything in it."""
    one = Document.of("anna").with_login(ANNA, "1").with_access_key(ANNA, "2").with_login(NEWER, "3")
    return one.with_intent(Intent(True, True, ("AKIAOLD",)), RUN)


def test_as_a_rule_it_is_a_flat_list_of_texts() -> None:
    one = Document.of("anna").with_login(ANNA, "1").with_access_key(ANNA, "2")
    assert json.loads(one.json()) == {
        "user_name": "anna",
        "password": ANNA.password,
        "sign_in_url": URL,
        "access_key_id": ANNA.access_key_id,
        "secret_access_key": ANNA.secret_access_key,
    }
    assert json.loads(Document.of("anna").json()) == {"user_name": "anna"}


def test_it_is_read_back() -> None:
    for one in (Document.of("anna"), full()):
        back = parse(one.json(), "anna")
        assert back == one


def test_what_is_replaced_is_kept() -> None:
    one = full().with_access_key(NEWER, "4").with_login(ANNA, "5")
    assert one.credentials == replace(NEWER, password=ANNA.password)
    assert one.superseded == (
        {"at": "3", "password": ANNA.password, "sign_in_url": URL},
        {"at": "4", "access_key_id": ANNA.access_key_id, "secret_access_key": ANNA.secret_access_key},
        {"at": "5", "password": NEWER.password, "sign_in_url": URL},
    )


def test_the_same_again_changes_nothing() -> None:
    one = full()
    assert one.with_login(NEWER, "9") == one
    assert one.with_access_key(ANNA, "9") == one


def test_a_secret_that_came_too_late_is_kept_once() -> None:
    late = Credentials("anna", access_key_id="AKIALATE", secret_access_key="s")
    one = full().beside(late, "8").beside(late, "9")
    assert one.credentials == full().credentials
    assert one.superseded[-1] == {"at": "8", "access_key_id": "AKIALATE", "secret_access_key": "s"}
    assert len(one.superseded) == 2


def test_no_secret_is_in_what_python_shows() -> None:
    for secret in (ANNA.password, ANNA.secret_access_key, NEWER.password):
        assert secret not in repr(full())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"my notes",
        b"[]",
        b'"anna"',
        b"null",
        b"{}",
        b"\xff",
        b'{"user_name": "anna", "notes": "x"}',
        b'{"user_name": "anna", "password": 7}',
        b'{"user_name": "anna", "superseded": ["x"]}',
        b'{"user_name": "anna", "intent": {"login_profile": true}}',
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(NotOurFileError, match=r"^is not a"):
        parse(content, "anna")


def test_somebody_elses_is_refused() -> None:
    with pytest.raises(NotOurFileError, match="is about user 'anna'"):
        parse(full().json(), "bert")
