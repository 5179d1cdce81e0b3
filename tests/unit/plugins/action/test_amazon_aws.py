# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A module of amazon.aws gets the keys of a role's session, and nobody else does."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.action.amazon_aws import ActionModule
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import Result, a_plugin, a_task

USER: Result = {"module": "amazon.aws.iam_user", "arguments": {"name": "anna", "region": "eu-west-1"}}
KEYS = {"access_key": "ASIA", "secret_key": "s", "session_token": "t"}
OURS = "invoice_scanner.iam.amazon_aws"


def run(answers: dict[str, Result], **told: t.Any) -> tuple[Result, list[tuple[str, Result]]]:
    """Run the task, with these answers of modules. Returns its result, and what each module was told."""
    asked: list[tuple[str, Result]] = []

    class Told(ActionModule):
        """Tells what modules would be told."""

        def _execute_module(
            self,
            module_name: str | None = None,
            module_args: Result | None = None,
            tmp: str | None = None,
            task_vars: Result | None = None,
            **_how: t.Any,
        ) -> Result:
            asked.append((str(module_name), dict(module_args or {})))
            return answers[str(module_name)]

    task = a_task("amazon_aws")
    task.args = dict(told)
    return t.cast("t.Any", a_plugin)(Told, task).run(None, {}), asked


def test_without_a_role_the_module_runs_as_it_is() -> None:
    done = {"changed": True}
    result, asked = run({"amazon.aws.iam_user": done}, profile="school", region="us-east-1", **USER)
    assert (result, asked) == (
        done,
        [("amazon.aws.iam_user", {"profile": "school", "region": "eu-west-1", "name": "anna"})],
    )


def test_with_a_role_it_gets_the_keys_of_the_session_alone() -> None:
    answers: dict[str, Result] = {OURS: {"session": KEYS}, "amazon.aws.iam_user": {"changed": True}}
    told = {"profile": "school", "assume_role_arn": "arn", "assume_role_external_id": "4711"}
    result, asked = run(answers, **told, **USER)
    assert asked[0] == (OURS, {"module": "amazon.aws.iam_user", **told})
    assert asked[1] == ("amazon.aws.iam_user", {**KEYS, "profile": "", "name": "anna", "region": "eu-west-1"})
    assert result == {"changed": True}


def test_a_role_that_may_not_be_assumed_fails_the_task() -> None:
    refused = {"failed": True, "msg": "Failed to assume role"}
    result, asked = run({OURS: refused}, assume_role_arn="arn", **USER)
    assert result == refused
    assert [name for name, _told in asked] == [OURS]


@pytest.mark.parametrize("module", [None, "ansible.builtin.debug"])
def test_only_modules_of_amazon_aws_are_run(module: str | None) -> None:
    with pytest.raises(AnsibleActionFail, match=r"name a module of amazon\.aws"):
        run({}, module=module)
