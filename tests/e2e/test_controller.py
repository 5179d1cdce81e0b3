# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""controller/apply.yml with awx.awx's real modules, against a stand-in for AWX's API."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from collections.abc import Iterator

import pytest

from tests.awx.server import Awx, Server

from .conftest import BIN, PROJECT, Run, environment

PLAYBOOKS = [f"playbooks/{file.name}" for file in (PROJECT / "playbooks").glob("*.yml")]
SECRETS = {
    "controller_aws_access_key": "AKIAOFTHETEST0000000",
    "controller_aws_secret_key": "a-secret-key-of-the-test",
    "controller_vault_password": "a-vault-password-of-the-test",
}
SETTINGS: dict[str, t.Any] = {
    "controller_image": "registry.example.org/workshop:1",
    "controller_classes_scm_url": "https://git.example.org/classes.git",
    "controller_credentials_dest": "s3://workshop/credentials",
    "controller_class_slices": 4,
    "controller_instance_groups": ["default"],
    "controller_notifications": [
        {
            "name": "Training office",
            "notification_type": "slack",
            "notification_configuration": {"token": "a-token-of-the-test", "channels": ["#training"]},
        }
    ],
    **SECRETS,
}


def apply(server: Server | None, **settings: t.Any) -> Run:
    """Run the playbook with a department's settings."""
    host = {"CONTROLLER_HOST": server.url if server else "http://127.0.0.1:9", "CONTROLLER_OAUTH_TOKEN": "of-the-test"}
    command = [str(BIN / "ansible-playbook"), "-v", "controller/apply.yml", "-e", json.dumps(settings)]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment() | host, capture_output=True, text=True, timeout=300, check=False
    )
    return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def applied() -> Iterator[tuple[Server, list[Run], list[int]]]:
    """A controller to which the playbook was applied twice: the runs, and how much each of them wrote."""
    with Server(PLAYBOOKS) as server:
        runs, writes = [], []
        for _time in range(2):
            server.awx.writes.clear()
            runs.append(apply(server, **SETTINGS))
            writes.append(server.awx.writes.total())
        yield server, runs, writes


@pytest.fixture
def awx(applied: tuple[Server, list[Run], list[int]]) -> Awx:
    """What is in the controller now."""
    return applied[0].awx


def test_a_second_run_changes_nothing(applied: tuple[Server, list[Run], list[int]]) -> None:
    _server, runs, writes = applied
    assert [run.status for run in runs] == [0, 0], runs[0].output + runs[-1].output
    assert runs[0].recap("localhost")["changed"] > 10
    assert runs[1].recap("localhost")["changed"] == 0, runs[1].output
    assert writes[0] > 25
    assert writes[1] == 0
    assert "WARNING" not in runs[1].output.replace("[WARNING]: No inventory was parsed", "")


def test_no_secret_of_the_department_is_shown(applied: tuple[Server, list[Run], list[int]]) -> None:
    server, runs, _writes = applied
    assert server.awx.secrets[server.awx.named("credentials", "Workshop AWS account")["id"]] == {
        "username": "AKIAOFTHETEST0000000",
        "password": "a-secret-key-of-the-test",
    }
    for secret in [*SECRETS.values(), "a-token-of-the-test"]:
        assert secret not in "".join(run.output for run in runs)


def test_a_credential_without_a_secret_is_left_to_be_filled_in_by_hand(awx: Awx) -> None:
    one = awx.named("credentials", "Workshop console password")
    assert one["inputs"] == {}
    assert awx.find("credential_types", one["credential_type"])["injectors"]["extra_vars"] == {
        "invoice_iam_user_console_password": "{{ console_password }}"
    }


def test_the_roster_is_the_inventorys_source(awx: Awx) -> None:
    source = awx.named("inventory_sources", "Workshop roster")
    assert awx.find("projects", source["source_project"])["scm_url"] == "https://git.example.org/classes.git"
    assert source["source_path"] == "roster.yml"
    assert source["overwrite"]
    assert source["update_on_launch"]


def test_the_class_runs_in_slices_one_run_at_a_time(awx: Awx) -> None:
    template = awx.named("job_templates", "Workshop | class")
    assert template["job_slice_count"] == 4
    assert not template["allow_simultaneous"]
    assert awx.linked(template, "credentials") == ["Workshop AWS account"]
    assert awx.linked(template, "instance_groups") == ["default"]
    assert json.loads(template["extra_vars"])["invoice_iam_user_credentials_dest"] == "s3://workshop/credentials"
    questions = {one["variable"]: one["type"] for one in awx.surveys[template["id"]]["spec"]}
    assert questions["invoice_iam_user_console_password"] == "password"


@pytest.mark.parametrize("missing", ["controller_image", "controller_classes_scm_url", "controller_credentials_dest"])
def test_what_the_department_must_say_is_asked_for(missing: str) -> None:
    run = apply(None, **{name: value for name, value in SETTINGS.items() if name != missing})
    assert run.status != 0
    assert f"{missing} is not set; controller/settings.yml says what it is." in run.flat()


def test_a_directory_is_no_place_for_a_jobs_secrets() -> None:
    run = apply(None, **SETTINGS | {"controller_credentials_dest": "/srv/credentials"})
    assert run.status != 0
    assert "controller_credentials_dest is '/srv/credentials', a directory; a job's directories" in run.flat()
    assert not re.search("Make the organization", run.output)
