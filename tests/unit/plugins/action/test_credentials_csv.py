# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Two small files are saved by the task itself where that can be, and by the module elsewhere."""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.action.credentials_csv import ActionModule
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.people import ANNA, URL
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import Result, a_plugin, a_task

LOGIN: Result = {"user_name": "anna", "password": ANNA.password, "sign_in_url": URL}


class Told(ActionModule):
    """Tells what the module would be told where one is run."""

    def _execute_module(self, *_unnamed: t.Any, **told: t.Any) -> Result:
        return {"module": told["module_name"]}


def run(task: t.Any, transport: str = "local", become: bool = False) -> Result:
    one = a_plugin(Told, task, transport=transport)
    one._play_context.become = become
    return one.run(None, {})


@pytest.fixture
def dest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is not there yet, in no work tree of git's."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path / "credentials"


def test_it_is_saved_here(dest: Path) -> None:
    result = run(a_task("credentials_csv", dest=str(dest), **LOGIN))
    assert CredentialsDirectory(str(dest)).saved("anna").password == ANNA.password
    assert (result["changed"], result["dest"], result["warnings"]) == (True, str(dest), [])
    assert ANNA.password not in str(result)
    assert run(a_task("credentials_csv", dest=str(dest), **LOGIN))["changed"] is False


def test_check_mode_foretells_it(dest: Path) -> None:
    result = run(a_task("credentials_csv", check_mode=True, dest=str(dest), **LOGIN))
    assert (result["changed"], dest.exists()) == (True, False)


def test_an_alias_is_an_option_too(dest: Path) -> None:
    run(a_task("credentials_csv", dest=str(dest), name="anna", password=ANNA.password))
    assert CredentialsDirectory(str(dest)).saved("anna").password == ANNA.password


def test_the_intent_that_is_left_is_that_of_the_run(dest: Path) -> None:
    """The task ends, and the wait for the secret does not."""
    said: Result = {"state": "intent", "intends": ["access_key"], "known_access_key_ids": []}
    run(a_task("credentials_csv", dest=str(dest), user_name="anna", **said))
    assert CredentialsDirectory(str(dest), part_of=Run.of(os.getppid())).look("anna").other_run == ""
    assert "is setting credentials of 'anna'" in CredentialsDirectory(str(dest)).look("anna").other_run
    assert CredentialsDirectory(str(dest)).intent("anna") == Intent(access_key=True)


@pytest.mark.parametrize(
    ("transport", "become", "more"),
    [
        ("ssh", False, {}),
        ("local", True, {}),
        ("local", False, {"dest": "s3://b/p"}),
        # What is no option, the module refuses with Ansible's own words.
        ("local", False, {"pasword": "x"}),
        ("local", False, {"region": "eu-west-1"}),
    ],
)
def test_elsewhere_the_module_saves_it(dest: Path, transport: str, become: bool, more: Result) -> None:
    result = run(a_task("credentials_csv", **{"dest": str(dest), **LOGIN, **more}), transport, become)
    assert result == {"module": "invoice_scanner.iam.credentials_csv"}
    assert not dest.exists()


def test_settings_of_connections_are_of_no_use_here(dest: Path) -> None:
    """They come from module_defaults, and stand in the arguments only."""
    task = a_task("credentials_csv", dest=str(dest), **LOGIN)
    task.args["region"] = "eu-west-1"
    assert run(task)["changed"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"user_name": "no blanks"}, "the user name 'no blanks' contains ' '"),
        ({"state": "intent", "intends": ["access_key"]}, "needs known_access_key_ids"),
        ({"state": "nothing"}, "value of state must be one of"),
        ({"access_key_id": "AKIA"}, "parameters are required together: access_key_id, secret_access_key"),
    ],
)
def test_options_that_make_no_sense(dest: Path, said: dict[str, t.Any], why: str) -> None:
    with pytest.raises(AnsibleActionFail, match=why):
        run(a_task("credentials_csv", **{"dest": str(dest), "user_name": "anna", **said}))
    assert not dest.exists()


def test_a_place_that_takes_nothing(dest: Path) -> None:
    dest.mkdir(mode=0o755)
    with pytest.raises(AnsibleActionFail, match="can be read by other users of this machine"):
        run(a_task("credentials_csv", dest=str(dest), **LOGIN))


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_is_worth_knowing_is_warned_of(dest: Path, check_mode: bool) -> None:
    subprocess.run(["git", "init", "--quiet", str(dest.parent)], check=True)
    said: Result = {"user_name": "a,b", "password": "=1+1-Geheim"}
    result = run(a_task("credentials_csv", check_mode=check_mode, dest=str(dest), **said))
    comma, formula, *git = result["warnings"]
    assert "contains a comma" in comma
    assert "runs as a formula" in formula
    assert ["SECRETS MAY END UP IN GIT" in one for one in git] == ([] if check_mode else [True])
