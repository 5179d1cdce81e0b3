# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Commands that people are advised to type: in the form of the run that says them, once for all of its hosts."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import command, joined, told

HERE = "ansible-playbook -i class/roster.yml --ask-vault-pass playbooks/{playbook}.yml -e a=b"


@pytest.mark.parametrize(
    ("whose", "extra", "written"),
    [
        ("", "", "ansible-playbook invoice_scanner.iam.class"),
        ("anna", "a=b", "ansible-playbook invoice_scanner.iam.class --limit anna -e a=b"),
        ("it's", "", "ansible-playbook invoice_scanner.iam.class --limit 'it'\"'\"'s'"),
    ],
)
def test_a_command_can_be_pasted(whose: str, extra: str, written: str) -> None:
    assert command("class", whose, extra) == written


def test_it_is_told_as_the_run_was_started_and_for_the_host() -> None:
    said = f"it is lost. To mend it: {command('class', 'anna', 'x=1')}; and more"
    here = "ansible-playbook -i class/roster.yml --ask-vault-pass playbooks/class.yml -e a=b --limit"
    assert told(said, HERE) == f"it is lost. To mend it: {here} anna -e x=1; and more"
    nested = {"users": [{"msg": said, "failed": True}], "count": 1}
    assert told(nested, HERE, {"anna": "seat 7"})["users"][0] == {
        "msg": f"it is lost. To mend it: {here} 'seat 7' -e x=1; and more",
        "failed": True,
    }
    assert told("use ansible-playbook of your own", HERE) == "use ansible-playbook of your own"


def test_commands_that_differ_in_whom_they_are_for_become_one() -> None:
    texts = [f"Mend: {command('class', name, 'x=1')}" for name in ("anna", "bert", "anna")]
    assert joined([*texts, "", "other"]) == [f"Mend: {command('class', 'anna,bert', 'x=1')}", "other"]
