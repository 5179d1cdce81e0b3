# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Each host has the outcome of its own user as its result."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.action.iam_user_outcome import ActionModule
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import Result, a_plugin, a_task

ANNA = {
    "name": "anna",
    "changed": True,
    "failed": False,
    "msg": "",
    "changes": ["create anna"],
    "access_key_id": "AKIAANNA",
    "diff": {"before": {}, "after": {}},
    "planned": ["create anna"],
}


def told(hosts: Result, host: str = "anna", outcome_from: t.Any = "done") -> Result:
    variables = {"done": {"hosts": hosts}, "inventory_hostname": host, "broken": 7}
    task = a_task("iam_user_outcome", outcome_from=outcome_from)
    result: Result = t.cast("t.Any", a_plugin)(ActionModule, task).run(None, variables)
    return result


def test_a_host_hears_of_its_own_user() -> None:
    bert = {**ANNA, "name": "bert", "changed": False, "changes": []}
    assert told({"anna": ANNA, "bert": bert}) == {
        "name": "anna",
        "changed": True,
        "changes": ["create anna"],
        "access_key_id": "AKIAANNA",
        "diff": {"before": {}, "after": {}},
    }
    assert told({"anna": ANNA, "bert": bert}, "bert")["changed"] is False


@pytest.mark.parametrize("changed", [True, False])
def test_one_who_failed_half_way_was_changed_all_the_same(changed: bool) -> None:
    result = told({"anna": {**ANNA, "failed": True, "msg": "no", "changed": changed}})
    assert (result["failed"], result["msg"], result["changed"]) == (True, "no", changed)
    assert result["changes"] == ["create anna"]


def test_what_a_verification_found_is_told() -> None:
    found = {**ANNA, "findings": [{"check": "user"}], "remarks": ["x"], "checks": {"user": "ok"}}
    result = told({"anna": found})
    assert (result["findings"], result["remarks"]) == ([{"check": "user"}], ["x"])
    assert "checks" not in result


@pytest.mark.parametrize("names", [["broken", "done"], ["done", "nothing"], ["done", "broken"]])
def test_the_last_that_has_outcomes_counts(names: list[str]) -> None:
    assert told({"anna": ANNA}, outcome_from=names)["name"] == "anna"


@pytest.mark.parametrize(
    ("hosts", "name"),
    [({}, "done"), ({"bert": ANNA}, "done"), ({}, "broken"), ({}, "nothing"), ({}, None), ({}, ["broken", "done"])],
)
def test_a_host_of_which_nothing_was_registered_is_told_so(hosts: Result, name: t.Any) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        told(hosts, outcome_from=name)
    assert str(caught.value).startswith(
        f"outcome_from is {name!r}, but no task with users_from has registered such a result for this host"
    )
