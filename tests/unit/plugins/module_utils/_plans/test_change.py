# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A plan rendered as the two sides of a diff."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import diff as _diff
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import provisioning as _plan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.provisioning import plan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import ObservedUser
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    AMPLIFY,
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    POLICIES,
    READ_ONLY,
    SAVED,
    a_key,
    a_wanted_user,
    an_account,
    an_observed_user,
)

SECRET = "Zq7-Geheim!"
LATER = "arn:aws:iam::aws:policy/AnotherPolicy"
NEW_KEY = {"status": "Active", "description": DESCRIPTION}


def diff(observed: ObservedUser | None, saved: OnFile | None = None, **wanted: t.Any) -> dict[str, t.Any]:
    account = an_account(managed_policies=POLICIES | {"AnotherPolicy": LATER})
    return _diff.diff(plan(a_wanted_user(**wanted), observed, saved or OnFile(), account))


def changed(rendered: dict[str, t.Any]) -> dict[str, t.Any]:
    """Only what differs, as people see it."""
    return {name: value for name, value in rendered["after"].items() if value != rendered["before"].get(name)}


def test_a_new_user() -> None:
    rendered = diff(None, console_password=SECRET, tags={"course": "x"}, permissions_boundary=BOUNDARY)
    assert (rendered["before_header"], rendered["after_header"], rendered["before"]) == ("anna", "anna", {})
    assert rendered["after"] == {
        "path": "/",
        "permissions_boundary": BOUNDARY,
        "tags": OURS | {"course": "x"},
        "managed_policies": [FULL, AMPLIFY],
        "console_sign_in": "enabled, with the password that was given",
        "access_keys": {"(new)": NEW_KEY},
    }
    assert SECRET not in str(rendered)


def test_nothing_to_do() -> None:
    rendered = diff(an_observed_user(a_key()), SAVED)
    assert rendered["before"] == rendered["after"]


@pytest.mark.parametrize(
    ("observed", "saved", "wanted", "after"),
    [
        (an_observed_user(a_key(), path="/old/"), SAVED, {}, {"path": "/"}),
        (an_observed_user(a_key()), SAVED, {"tags": {"a": "b"}}, {"tags": OURS | {"a": "b"}}),
        (an_observed_user(a_key()), SAVED, {"permissions_boundary": BOUNDARY}, {"permissions_boundary": BOUNDARY}),
        (
            an_observed_user(a_key(), attached_policies=(AMPLIFY, READ_ONLY)),
            SAVED,
            {"purge_policies": True},
            {"managed_policies": [FULL, AMPLIFY]},
        ),
        (
            an_observed_user(a_key()),
            SAVED,
            {"update_password": "always", "console_password": SECRET},
            {"console_sign_in": "enabled, with the password that was given"},
        ),
        (
            an_observed_user(a_key("AKIASAVED", None)),
            SAVED,
            {},
            {"access_keys": {"AKIASAVED": NEW_KEY}},
        ),
        (
            an_observed_user(a_key("AKIALOST"), a_key("AKIATHEIRS", "for CI")),
            OnFile(password=True),
            {"lost_secret": "replace"},
            {"access_keys": {"AKIATHEIRS": NEW_KEY | {"description": "for CI"}, "(new)": NEW_KEY}},
        ),
        (
            an_observed_user(a_key("AKIABARE", None)),
            OnFile(True, "", Intent(access_key=True)),
            {},
            {"access_keys": {"(new)": NEW_KEY}},
        ),
        (an_observed_user(a_key()), OnFile(True, "AKIASAVED", Intent(access_key=True)), {}, {}),
    ],
    ids=["path", "tags", "boundary", "policies", "password", "description", "lost", "orphan", "intent"],
)
def test_only_what_changes_differs(
    observed: ObservedUser, saved: OnFile, wanted: dict[str, t.Any], after: dict[str, t.Any]
) -> None:
    rendered = diff(observed, saved, **wanted)
    assert changed(rendered) == after
    assert SECRET not in str(rendered)


def test_what_stays_attached_does_not_move() -> None:
    """A diff goes line by line: a policy in another place looks like two changes."""
    attached = (READ_ONLY, FULL, FULL.replace("AIInvoiceScannerFullPolicy", "Zebra"))
    rendered = diff(an_observed_user(a_key(), attached_policies=attached), SAVED, managed_policies=("AnotherPolicy",))
    after = [arn for arn in rendered["after"]["managed_policies"] if arn != LATER]
    assert after == rendered["before"]["managed_policies"]
    assert LATER in rendered["after"]["managed_policies"]


def test_every_action_can_be_rendered() -> None:
    assert set(_diff._APPLY) == set(_plan.ACTIONS)
