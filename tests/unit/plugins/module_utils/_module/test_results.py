# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What modules return: plain, and as another module takes it back."""

from __future__ import annotations

import json

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import results
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.password import PasswordPolicy
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    SAVED,
    SINCE,
    a_key,
    an_account,
    an_observed_user,
)


def test_an_account_comes_back_from_another_module() -> None:
    for account in (an_account(), an_account(alias="acme", password_policy=PasswordPolicy.from_aws({}))):
        assert results.account_from(json.loads(json.dumps(results.account_result(account)))) == account


def test_a_user() -> None:
    keys = a_key(), a_key("AKIATHEIRS", None, "Inactive")
    result = results.user_result("anna", an_observed_user(*keys), SAVED)
    assert json.loads(json.dumps(result)) == result
    assert (result["exists"], result["managed"], result["console_sign_in"]) == (True, True, True)
    assert [(key["id"], key["active"], key["on_file"], key["create_date"]) for key in result["access_keys"]] == [
        ("AKIASAVED", True, True, SINCE),
        ("AKIATHEIRS", False, False, SINCE),
    ]
    assert result["on_file"] == {"password": True, "access_key_id": "AKIASAVED", "intent": False}


def test_a_user_who_is_not_there() -> None:
    saved = OnFile(intent=Intent(access_key=True))
    on_file = {"password": False, "access_key_id": "", "intent": True}
    assert results.user_result("anna", None, saved) == {"name": "anna", "exists": False, "on_file": on_file}


def test_all_that_is_told_of_a_user() -> None:
    user = an_observed_user(
        a_key(), tags=OURS | {"a": "b"}, permissions_boundary=BOUNDARY, attached_policies=(FULL,), login_profile=None
    )
    result = results.user_result("anna", user, OnFile())
    told = ("arn", "path", "create_date", "permissions_boundary", "attached_policies", "console_sign_in")
    assert [result[name] for name in told] == [user.arn, "/", SINCE, BOUNDARY, [FULL], False]
    assert result["tags"] == OURS | {"a": "b", "AKIASAVED": DESCRIPTION}
    assert result["access_keys"][0]["description"] == DESCRIPTION
    assert (result["password_reset_required"], result["access_keys"][0]["on_file"]) == (False, False)
