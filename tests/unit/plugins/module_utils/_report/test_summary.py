# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The summary of a class."""

from __future__ import annotations

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.summary import artifact, lines

USERS = [
    {"name": "zoe", "failed": True, "changed": True, "msg": "2 things are wrong:\n  1. one\n  2. two"},
    {"name": "bob", "failed": False, "changed": True, "msg": ""},
    {"name": "ann", "failed": False, "changed": False, "msg": ""},
]


def test_those_who_failed_stand_last_in_one_line_each_before_the_count() -> None:
    assert lines(USERS) == [
        "ann: ok",
        "bob: changed",
        "zoe: failed: 2 things are wrong: 1. one 2. two",
        "3 users: 1 ok, 1 changed, 1 failed",
    ]


def test_check_mode_says_what_would_be() -> None:
    assert lines(USERS[1:], check_mode=True) == [
        "ann: ok",
        "bob: would be changed",
        "2 users: 1 ok, 1 would be changed, 0 failed",
    ]


def test_the_artifact_says_the_same_to_programs() -> None:
    fates = {"zoe": "failed: 2 things are wrong: 1. one 2. two", "bob": "changed", "ann": "ok"}
    assert artifact(USERS) == {"data": {"invoice_iam_user_summary": fates}, "per_host": False, "aggregate": True}


def test_nobody_is_a_class_too() -> None:
    assert lines([]) == ["0 users: 0 ok, 0 changed, 0 failed"]
