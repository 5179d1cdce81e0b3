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
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.awx.server import Awx, Server

from .conftest import BIN, PROJECT, VAULT_PASSWORD, Run, environment

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


def test_a_failed_verification_at_night_is_told(awx: Awx) -> None:
    template = awx.named("job_templates", "Workshop | verify")
    assert awx.named("schedules", "Workshop | verify every night")["unified_job_template"] == template["id"]
    assert awx.linked(template, "notification_templates_error") == ["Training office"]
    assert awx.linked(awx.named("job_templates", "Workshop | class"), "notification_templates_error") == []


def test_a_class_is_verified_whether_or_not_somebody_failed(awx: Awx) -> None:
    assert awx.linked(awx.named("workflow_job_template_nodes", "roster"), "success_nodes") == ["class"]
    assert awx.linked(awx.named("workflow_job_template_nodes", "class"), "always_nodes") == ["verify"]


def test_only_an_approval_leads_to_a_teardown(awx: Awx) -> None:
    workflow = awx.named("workflow_job_templates", "Workshop | take a class down")
    nodes = {
        node["identifier"]: node
        for node in awx.search("workflow_job_template_nodes", {"workflow_job_template": str(workflow["id"])})
    }
    assert awx.linked(nodes["preview"], "success_nodes") == ["approval"]
    assert nodes["preview"]["job_type"] == "check"
    assert awx.linked(nodes["approval"], "success_nodes") == ["teardown"]
    approval = awx.find("workflow_approval_templates", nodes["approval"]["unified_job_template"])
    assert approval["timeout"] == 259200
    assert not nodes["teardown"]["job_type"]
    for event in ("success", "error", "approvals"):
        assert awx.linked(workflow, f"notification_templates_{event}") == ["Training office"]


def test_approving_is_not_for_those_who_ask(awx: Awx) -> None:
    workflow = awx.named("workflow_job_templates", "Workshop | take a class down")
    roles = workflow["summary_fields"]["object_roles"]

    def teams(role: str) -> list[str]:
        return awx.linked(roles[f"{role}_role"], "teams")

    assert teams("execute") == ["Workshop operators"]
    assert teams("approval") == ["Workshop approvers"]


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


def test_a_roster_and_vaulted_values_pass_through_the_controllers_own_inventory(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("First name,E-Mail\nAnn {{ 7 * 7 }},ann@example.org\n", encoding="utf-8")
    (tmp_path / "roster.yml").write_text("plugin: invoice_scanner.iam.roster\npath: roster.csv\n", encoding="utf-8")
    vaulted = VaultLib().encrypt(b"open sesame", secret=VaultSecret(VAULT_PASSWORD.encode()), vault_id="workshop")
    (tmp_path / "group_vars").mkdir()
    lines = "".join(f"  {line}\n" for line in vaulted.decode().splitlines())
    (tmp_path / "group_vars" / "class.yml").write_text(f"vaulted: !vault |\n{lines}", encoding="utf-8")
    (tmp_path / "vault").write_text(VAULT_PASSWORD, encoding="utf-8")

    def run(*command: str, **env: str) -> str:
        program = [str(BIN / command[0]), *command[1:]]
        done = subprocess.run(
            program, cwd=tmp_path, env=environment() | env, capture_output=True, text=True, check=True
        )
        return done.stdout

    # As AWX reads a source of its inventory, without any vault password
    read = run("ansible-inventory", "-i", "roster.yml", "--list", "--export", ANSIBLE_INVENTORY_UNPARSED_FAILED="True")
    inventory = json.loads(read)
    # It keeps the variables of hosts and groups, and hands them to its jobs as a script does.
    kept = json.dumps({"_meta": {"hostvars": inventory["_meta"]["hostvars"]}, "class": inventory["class"]})
    script = tmp_path / "hosts"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{kept}\nEND\n", encoding="utf-8")
    script.chmod(0o700)
    show = ["-m", "debug", "-a", "msg={{ roster.first_name }}/{{ vaulted }}"]
    shown = run("ansible", "-i", str(script), "class", "--vault-id", "workshop@vault", *show)
    assert '"msg": "Ann {{ 7 * 7 }}/open sesame"' in shown
