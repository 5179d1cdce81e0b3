# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The last lines of a run: at most ten, and those that matter."""

from __future__ import annotations

import typing as t

import pytest
from ansible import context
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._last_lines import Seen, laid_out


def user(name: str, fate: str = "created", msg: str = "") -> dict[str, t.Any]:
    """An outcome, as modules return it."""
    told = {"name": name, "failed": bool(msg), "changed": not msg, "fate": fate, "msg": msg, "changes": [], "next": ""}
    return {**told, "access_key_id": "AKIA"}


def served(*users: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    """The result of a task that serves all hosts."""
    return {"hosts": {one["name"]: one for one in users}, "users": list(users), "summary": [], "place": "/c", **more}


@pytest.fixture(autouse=True)
def _run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS"):
        monkeypatch.delenv(name, raising=False)
    options = ImmutableDict({"args": ("invoice_scanner.iam.class",), "inventory": ["a,b"], "subset": "anna"})
    monkeypatch.setattr(context, "CLIARGS", options)


def lines(*results: dict[str, t.Any], check_mode: bool = False) -> list[str]:
    """Show results to it, one after the other."""
    seen = Seen()
    for result in results:
        seen.add(result)
    return list(seen.lines(check_mode))


def test_rounds_of_a_class_are_told_of_together() -> None:
    assert lines(served(user("anna")), {"msg": "something else"}, served(user("bert"))) == [
        "2 users: 2 created",
        "The credentials are in /c",
        "To see whether everybody has what they need: ansible-playbook -i a,b invoice_scanner.iam.verify --limit anna",
    ]


def test_however_much_goes_wrong_it_is_ten_lines() -> None:
    told = lines(served(*(user(f"user-{number:02}", "unchanged", f"fault {number}") for number in range(40))))
    assert len(told) <= 10
    assert told[4:6] == ["36 more reasons are above", "40 users: 40 failed"]
    assert told[-1] == (
        "When that is fixed, run the same command again: ansible-playbook -i a,b invoice_scanner.iam.class --limit anna"
    )


def test_check_mode_says_what_lets_it_happen() -> None:
    assert lines(served(user("anna"), user("bert")), check_mode=True) == [
        "2 users: 2 would be created",
        "To make these changes: ansible-playbook -i a,b invoice_scanner.iam.class --limit anna",
    ]


def test_one_who_is_alone_is_told_of_the_cli_with_its_region() -> None:
    told = lines(served(user("anna"), region="eu-central-1"))
    assert told[2] == (
        "For the AWS CLI: aws configure import --csv file:///c/anna_aws_configure_import.csv && "
        "aws configure set region eu-central-1 --profile anna"
    )
    for other in (
        served(user("anna"), place="s3://b/p", region="x"),
        served(user("an,na"), region="x"),
        served({**user("anna"), "access_key_id": ""}, region="x"),
    ):
        assert not any("aws configure" in line for line in lines(other))


def test_a_failure_of_the_run_is_told_of_as_such() -> None:
    seen = Seen()
    seen.fail("anna", {"failed": True, "msg": "none of the 2 hosts was served: no credentials"})
    assert next(seen.lines(False)) == "anna: none of the 2 hosts was served: no credentials"
    assert list(Seen().lines(False)) == []
    items = [{"failed": False}, {"failed": True, "msg": "Failed to create policy: it may not"}]
    seen.fail("anna", {"failed": True, "msg": "One or more items failed", "results": items})
    assert next(seen.lines(False)) == "anna: Failed to create policy: it may not"


def test_a_run_that_fails_after_its_plan_has_not_done_what_was_planned() -> None:
    seen = Seen()
    seen.add(served(user("anna"), user("bert")), planned=True)
    assert next(seen.lines(False)) == "2 users: 2 created", "as long as nothing fails, and nothing is left to do"
    seen.fail("anna", {"failed": True, "msg": "Failed to create policy: it may not"})
    again = "ansible-playbook -i a,b invoice_scanner.iam.class --limit anna"
    assert list(seen.lines(False)) == [
        "anna: Failed to create policy: it may not",
        f"When that is fixed, run the same command again: {again}",
    ]
    # The rounds before it did what they say.
    seen.add(served(user("carl")))
    told = list(seen.lines(False))
    assert told[:2] == ["anna: Failed to create policy: it may not", "1 user: 1 created"]
    assert told[-1].startswith("When that is fixed")


def test_a_line_is_broken_for_the_terminal_and_a_command_is_not() -> None:
    command = "ansible-playbook -i a,b invoice_scanner.iam.class --limit anna,bert,carl"
    told = laid_out(f"anna, bert, carl: it is lost and more words than fit. To fix it: {command}", 50)
    assert told[-1] == f"  {command}"
    assert all(len(line) < 50 for line in told[:-1])
    command = "aws configure import --csv file:///a && aws configure set region x --profile anna"
    assert laid_out(f"For the AWS CLI: {command}", 50) == ["For the AWS CLI:", f"  {command}"]
    assert laid_out("x" * 200, 0) == ["x" * 200]


def test_users_of_two_accounts_may_have_one_name() -> None:
    seen = Seen()
    outcomes = {f"seat{n}": {**user("anna"), "account": f"account {n}"} for n in (1, 2)}
    seen.add({"hosts": outcomes, "summary": [], "users": [*outcomes.values()], "place": "/there"})
    told = list(seen.lines(False))
    assert told[0] == "2 users: 2 created"
    assert told[1] == "The credentials are in /there, each account in a part of its own"
