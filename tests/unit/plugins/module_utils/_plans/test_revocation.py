# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What is done about a leaked access key, and what is said of it."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import revocation as _revocation
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import By
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.revocation import (
    Revocation,
    Wishes,
    revocation,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import ACCESS_KEYS
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    BOUNDARY,
    FULL,
    OURS,
    a_key,
    an_observed_user,
)

KEY, OLD = a_key("AKIAIOSFODNN7EXAMPLE"), a_key("AKIAI44QH8DHBEXAMPLE", None, "Inactive")
USER = an_observed_user(KEY, OLD)
DAY = "2026-07-01"


def steps(one: Revocation) -> list[str]:
    assert one.problems == ()
    return [f"{change.action} {change.subject}".strip() for change in one.changes]


@pytest.mark.parametrize(
    ("key_id", "said"),
    [
        ("AKIAIOSFODNN7EXAMPLE", None),
        ("AKIA" + "X" * 124, None),
        (
            "ASIAIOSFODNN7EXAMPLE",
            "ASIAIOSFODNN7EXAMPLE is the key of a session and cannot be revoked by itself; instead, run again for the ",
        ),
        ("AKIA", "'AKIA' is not the ID of an access key"),
        ("", "'' is not the ID of an access key"),
        ("AKIAIOSFODNN7 EXAMPLE", "is not the ID of an access key"),
        ("AKIAIOSFODNN7EXÄMPLE", "is not the ID of an access key"),
        ("akiaiosfodnn7example", "'akiaiosfodnn7example' is not the ID of an access key"),
        (
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "a value of 40 characters is not the ID of an access key; give an ID such as AKIAIOSFODNN7EXAMPLE, not the "
            "secret",
        ),
        ("AKIA" + "X" * 125, "is not the ID of an access key"),
        ("AKIAIOSFODNN7EXAMPLE\n", "is not the ID of an access key"),
    ],
)
def test_what_is_no_key(key_id: str, said: str | None) -> None:
    problem = _revocation.key_problem(key_id)
    assert (problem is None) is (said is None)
    assert (said or "") in (problem or "")
    assert "\n" not in (problem or "")


LOCK, NOTE = f"update_access_key {KEY.id}", "note_revocation revoked=2026-07-01"


@pytest.mark.parametrize(
    ("keys", "wishes", "locks", "rest"),
    [
        (None, Wishes(), [LOCK], [NOTE]),
        ([KEY.id], Wishes(), [LOCK], [NOTE]),
        ([OLD.id], Wishes(), [], [NOTE]),
        ([], Wishes(delete=True), [], [NOTE]),
        (["AKIASOMEBODYELSES000"], Wishes(delete=True), [], [NOTE]),
        (
            None,
            Wishes(delete=True),
            [LOCK],
            [
                NOTE,
                f"remove_description {KEY.id}",
                f"delete_access_key {KEY.id}",
                f"delete_access_key {OLD.id}",
            ],
        ),
        ([OLD.id], Wishes(delete=True), [], [NOTE, f"delete_access_key {OLD.id}"]),
        (
            None,
            Wishes(delete=True, sign_in=True, sessions=True),
            [LOCK, "delete_login_profile"],
            [
                NOTE,
                # When no more can begin
                "end_sessions anna",
                # Last, for whose a key was cannot be looked up once it is gone
                f"remove_description {KEY.id}",
                f"delete_access_key {KEY.id}",
                f"delete_access_key {OLD.id}",
            ],
        ),
    ],
)
def test_all_is_useless_before_anything_is_looked_up_or_goes(
    keys: list[str] | None, wishes: Wishes, locks: list[str], rest: list[str]
) -> None:
    one = revocation(USER, keys, wishes, DAY)
    assert steps(one) == [*locks, *rest]
    assert one.locks == len(locks)


def test_who_was_revoked_before_stays_so_since_that_day() -> None:
    again = an_observed_user(KEY, tags=OURS | {"revoked": "2026-06-01"})
    assert steps(revocation(again, None, Wishes(), DAY)) == [LOCK]


def test_which_keys_are_concerned() -> None:
    assert revocation(USER, None, Wishes(), DAY).key_ids == (KEY.id, OLD.id)
    assert revocation(USER, [OLD.id], Wishes(), DAY).key_ids == (OLD.id,)
    assert revocation(an_observed_user(), None, Wishes(), DAY).key_ids == ()


def test_who_cannot_sign_in_need_not_be_kept_from_it() -> None:
    assert steps(revocation(an_observed_user(login_profile=None), None, Wishes(sign_in=True), DAY)) == [NOTE]


def test_a_stranger_is_left_alone_unless_that_is_asked_for() -> None:
    stranger = an_observed_user(KEY, tags={"team": "ops"})
    refused = revocation(stranger, None, Wishes(delete=True, sessions=True), DAY)
    assert refused.changes == ()
    (problem,) = refused.problems
    assert problem.endswith("run again with invoice_iam_user_revoke_strangers=true")
    assert refused.key_ids == (KEY.id,)
    assert steps(revocation(stranger, None, Wishes(strangers=True), DAY)) == [LOCK], "and gets no tag of ours"


def test_what_ends_sessions_is_written_when_it_is_put() -> None:
    _note, ended = revocation(an_observed_user(), None, Wishes(sessions=True), DAY).changes
    assert (ended.by, ended.calls) == (By.SESSIONS, ())


def test_the_policy_that_ends_sessions_is_that_of_the_console() -> None:
    moment = datetime.datetime(2026, 7, 1, 8, 9, 10, 45_678, tzinfo=datetime.UTC)
    (statement,) = json.loads(_revocation.sessions_policy(moment))["Statement"]
    assert statement == {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-07-01T08:09:10.045Z"}},
    }


# What is said of it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"attached_policies": (FULL,), "inline_policies": ["own"], "groups": ["staff"]},
            "what these policies allow: AIInvoiceScannerFullPolicy, own (inline), those of group staff",
        ),
        ({"attached_policies": ()}, "nothing that needs a permission"),
        # Ours, of a revocation before
        (
            {"attached_policies": (), "inline_policies": [_revocation.SESSIONS_POLICY]},
            "nothing that needs a permission",
        ),
        (
            {"attached_policies": (FULL,), "permissions_boundary": BOUNDARY},
            "what these policies allow: AIInvoiceScannerFullPolicy, within AIInvoiceScannerPermissionsBoundary",
        ),
    ],
)
def test_what_a_key_could_do(changes: dict[str, t.Any], said: str) -> None:
    user = an_observed_user(KEY, tags=OURS, **changes)
    (key,) = user.all(ACCESS_KEYS)
    assert _revocation.report(user, key, {}) == (
        f"access key {KEY.id} of anna could do {said} since 2026-01-02 03:04 UTC; AWS has not seen it used"
    )


WHEN = datetime.datetime(2026, 7, 1, 8, 9, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("used", "said"),
    [
        ({}, "AWS has not seen it used"),
        (None, "AWS does not say when it was last used"),
        ({"ServiceName": "N/A", "Region": "N/A"}, "AWS has not seen it used"),
        (
            {"LastUsedDate": WHEN, "ServiceName": "s3", "Region": "eu-central-1"},
            "AWS last saw it used on 2026-07-01 08:09 UTC, for s3 in eu-central-1",
        ),
        (
            {"LastUsedDate": WHEN, "ServiceName": "iam", "Region": "N/A"},
            "AWS last saw it used on 2026-07-01 08:09 UTC, for iam",
        ),
    ],
)
def test_what_a_key_did_last(used: dict[str, t.Any] | None, said: str) -> None:
    (key, _old) = USER.all(ACCESS_KEYS)
    assert _revocation.report(USER, key, used).endswith(f"; {said}")
