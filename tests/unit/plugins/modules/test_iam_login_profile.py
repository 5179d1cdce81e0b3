# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What the module makes of its options, and of what was done."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.login_profile import Outcome, WantedProfile
from ansible_collections.invoice_scanner.iam.plugins.modules import iam_login_profile


def wanted(no_log: bool = False, **said: t.Any) -> WantedProfile:
    """Read options as the module does, once Ansible has validated them."""
    validated = ArgumentSpecValidator(iam_login_profile.ARGUMENTS).validate({"name": "anna", **said})
    assert validated.error_messages == []
    module = types.SimpleNamespace(params=validated.validated_parameters, no_log=no_log)
    return iam_login_profile.wanted_from(t.cast("t.Any", module))


def test_what_is_wanted() -> None:
    assert wanted(password="x") == WantedProfile("anna", True, "x", False, False)
    assert wanted(
        password="x", password_reset_required=True, update_password="always", sign_in_url="https://x"
    ) == WantedProfile("anna", True, "x", True, True, "https://x")
    assert not wanted(state="absent").present


@pytest.mark.parametrize(
    ("said", "no_log"),
    [({"password": "x"}, False), ({"credentials_dest": "y"}, False), ({}, True), ({"state": "absent"}, False)],
)
def test_a_password_that_somebody_has_or_nobody_needs_need_not_be_hidden(said: dict[str, str], no_log: bool) -> None:
    assert wanted(no_log, **said).user_name == "anna"


def test_a_generated_password_that_would_be_shown_is_refused() -> None:
    with pytest.raises(RefusedError, match="a generated password would be shown in the output; set credentials_dest"):
        wanted()


@pytest.mark.parametrize(
    ("outcome", "present", "expected"),
    [
        (Outcome(True, {}, {"a": 1}, "geheim"), True, {"changed": True, "password_set": True, "password": "geheim"}),
        (Outcome(True, {}, {"a": 1}), True, {"changed": True, "password_set": True}),
        (Outcome(False, {"a": 1}, {"a": 1}), True, {"changed": False, "password_set": False}),
        (Outcome(True, {"a": 1}, {}), False, {"changed": True, "password_set": False}),
    ],
)
def test_what_is_returned(outcome: Outcome, present: bool, expected: dict[str, t.Any]) -> None:
    one = WantedProfile("anna", present, None, False, False)
    assert iam_login_profile.result_of(outcome, one) == {
        "user_name": "anna",
        "diff": {"before": outcome.before, "after": outcome.after},
        **expected,
    }
