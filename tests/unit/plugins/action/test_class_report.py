# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.action.class_report import ActionModule
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import (
    Play,
    Result,
    a_plugin,
    a_task,
)

FOUND = {
    "name": "anna",
    "failed": True,
    "msg": "it is wrong",
    "findings": [{"check": "user", "finding": "it is wrong", "command": ""}],
    "diff": ["much"],
}
VERIFIED = {
    "account_id": "1",
    "verified_at": "now",
    "arrivals": True,
    "hosts": {"anna": FOUND},
    "table": ["for people"],
}


def arguments(variables: Result, **said: t.Any) -> Result:
    task = a_task("class_report", dest="/tmp/report.html", **said)
    return a_plugin(ActionModule, task).prepared(dict(task.args), variables)


def test_the_module_is_told_what_was_found_and_no_more() -> None:
    told = arguments({"verified": VERIFIED}, verified_from="verified")
    assert told["verified"]["hosts"]["anna"] == {key: FOUND[key] for key in ("name", "failed", "msg", "findings")}
    assert "table" not in told["verified"]
    assert (told["people"], told["texts"]["report"], "verified_from" in told) == ({}, "Who has arrived", False)


def test_people_are_those_of_the_inventory() -> None:
    play = Play(anna={"shown": {"display_name": "{{ who }}", "group": "A"}, "who": "Anna Müller"})
    told = arguments(play.task_vars(verified=VERIFIED), verified_from="verified", people_from="shown")
    assert told["people"] == {"anna": {"display_name": "Anna Müller", "group": "A"}}


@pytest.mark.parametrize("verified", [None, 7, {"hosts": {}}])
def test_what_no_verification_found_is_refused(verified: t.Any) -> None:
    with pytest.raises(AnsibleActionFail, match=r"verified_from is 'verified', but no task with iam_users_verify"):
        arguments({"verified": verified}, verified_from="verified")
