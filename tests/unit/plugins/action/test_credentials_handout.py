# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.action.credentials_handout import ActionModule
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import Result, a_plugin, a_task


def arguments(**said: t.Any) -> Result:
    task = a_task("credentials_handout", **said)
    return a_plugin(ActionModule, task).prepared(dict(task.args), {})


def test_the_module_is_told_what_pages_are_made_of() -> None:
    told = arguments(dest="/pages", language="de")
    assert told["texts"]["sign_in"] == "Anmelden"
    assert {"page.html.j2", "class.html.j2", "style.css"} <= {*os.listdir(told["material"])}


def test_a_template_is_meant_from_where_the_command_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert arguments(dest="/pages", template="own.j2")["template"] == str(tmp_path / "own.j2")


def test_pages_are_not_written_where_a_job_ends() -> None:
    task = a_task("credentials_handout", role=True, dest="/pages")
    with pytest.raises(
        AnsibleActionFail, match=r"invoice_iam_user_handout_dest is '/pages'.*Choose s3://bucket/prefix"
    ):
        a_plugin(ActionModule, task).prepared(dict(task.args), {"awx_job_id": 7})
