# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What every task of this collection does before its module runs."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible import constants as C
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import (
    Result,
    a_plugin,
    a_task,
    trusted,
)

STAYS = "invoice_iam_user_credentials_dest_outlives_job"
SAVING = [
    ("credentials_csv", "dest", "invoice_iam_user_credentials_dest"),
    ("credentials_collect", "dest", "invoice_iam_user_collect_dest"),
    ("credentials_handout", "dest", "invoice_iam_user_handout_dest"),
    ("iam_access_keys_rotate", "credentials_dest", "invoice_iam_user_credentials_dest"),
    ("iam_login_profile", "credentials_dest", "invoice_iam_user_credentials_dest"),
    ("iam_users", "credentials_dest", "invoice_iam_user_credentials_dest"),
]


class Told(PartOfRun):
    """Tells what its module would be told, and runs none."""

    def _execute_module(self, *_unnamed: t.Any, **told: t.Any) -> Result:
        return told


def told(task: t.Any, **variables: t.Any) -> Result:
    """Run the task up to its module."""
    one = a_plugin(Told, task, variables)
    return one.run(None, variables)


def arguments(task: t.Any, **variables: t.Any) -> Result:
    return t.cast("Result", told(task, **variables)["module_args"])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Type the command in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_module_is_run_in_full_name_with_the_arguments_of_the_task() -> None:
    one = told(a_task("iam_login_profile", user_name="anna"), some="variable")
    assert one["module_name"] == "invoice_scanner.iam.iam_login_profile"
    assert one["module_args"]["user_name"] == "anna"
    assert one["task_vars"] == {"some": "variable"}


def test_the_run_is_the_ansible_playbook_to_which_all_tasks_belong() -> None:
    """A task has a process of its own, which ends; what it has left in a destination is the run's."""
    assert Run.read(arguments(a_task())["run"]) == Run.of(os.getppid())


@pytest.mark.parametrize("option", ["credentials_dest", "dest", "archive_dest", "report_dest"])
@pytest.mark.parametrize(
    ("place", "meant"),
    [("credentials", "{here}/credentials"), ("/srv/x", "/srv/x"), ("s3://b/p", "s3://b/p"), ("", ""), (None, None)],
)
def test_a_place_is_where_the_command_was_typed(here: Path, option: str, place: str | None, meant: str | None) -> None:
    said: Result = {option: place}
    task = a_task("iam_users_teardown", **said)
    assert arguments(task)[option] == (meant and meant.format(here=here))
    assert task.args[option] == place, "the task stays as it is written"


def test_what_is_no_place_is_left_as_it_is() -> None:
    assert arguments(a_task("credentials_collect", src="s3://b/p", users=["a"], threads=3)) | {"run": None} == {
        "src": "s3://b/p",
        "users": ["a"],
        "threads": 3,
        "run": None,
    }


@pytest.mark.parametrize("setting", ["DEFAULT_DEBUG", "DEFAULT_KEEP_REMOTE_FILES"])
def test_with_a_setting_that_shows_secrets_no_module_runs(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setattr(C, setting, True)
    with pytest.raises(AnsibleActionFail, match="including passwords and secret keys; unset it"):
        told(a_task("iam_users_info"))


@pytest.mark.parametrize(("module", "option", "variable"), SAVING, ids=[module for module, *_rest in SAVING])
@pytest.mark.parametrize("role", [True, False])
def test_a_place_where_secrets_would_be_lost_is_refused(
    here: Path, module: str, option: str, variable: str, role: bool
) -> None:
    """And named as whoever wrote it knows it: by the role's variable, or by the module's option."""
    said: Result = {option: "inv/credentials"}
    task = a_task(module, role, **said)
    (here / "inv").mkdir()
    with pytest.raises(AnsibleActionFail, match="inside the inventory") as caught:
        told(task, ansible_inventory_sources=["inv"])
    assert str(caught.value).startswith(f"{variable if role else option} is '{here}/inv/credentials'")


def test_a_folder_with_credentials_is_no_inventory_of_the_role(here: Path) -> None:
    (here / "my-class" / "credentials").mkdir(parents=True)
    (here / "my-class" / "credentials" / "anna_credentials.csv").touch()
    with pytest.raises(AnsibleActionFail, match=r"name an inventory file with -i"):
        told(a_task("iam_users_verify", role=True), ansible_inventory_sources=["my-class"])
    assert arguments(a_task("iam_users_verify"), ansible_inventory_sources=["my-class"])


def test_who_saves_nothing_may_look_anywhere(here: Path) -> None:
    (here / "inv").mkdir()
    task = a_task("iam_users_info", credentials_dest="inv/credentials")
    assert arguments(task, ansible_inventory_sources=["inv"])["credentials_dest"] == f"{here}/inv/credentials"


@pytest.mark.parametrize(
    ("stays", "taken"),
    [
        (True, True),
        ("yes", True),
        ("true", True),
        ("{{ 'on' }}", True),
        (False, False),
        ("no", False),
        ("{{ false }}", False),
        (None, False),
    ],
)
def test_a_directory_of_a_controllers_job_is_taken_where_it_stays(stays: t.Any, taken: bool) -> None:
    variables = {"awx_job_id": 7} | ({} if stays is None else {STAYS: trusted(stays)})
    task = a_task("iam_users", credentials_dest="credentials")
    if taken:
        assert arguments(task, **variables)["credentials_dest"].endswith("/credentials")
        return
    with pytest.raises(AnsibleActionFail, match="which the controller throws away"):
        told(task, **variables)


def test_what_is_neither_true_nor_false_must_not_count_as_no() -> None:
    with pytest.raises(AnsibleActionFail, match=f"{STAYS} is 'maybe' and has to be true or false"):
        told(a_task("iam_users", credentials_dest="credentials"), **{STAYS: "maybe"})
