# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""No secret leaves through the engine of AWX and automation controller: ansible-runner's artifacts and events."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from .conftest import BIN, VAULT_PASSWORD, Workshop, environment

SURVEY = "Survey-Passw0rd-of-a-test"
VAULTED = "Vaulted-Passw0rd-of-a-test"


@dataclass(frozen=True)
class Job:
    """What a job of the controller leaves: what was shown, and the files that are sent back to the controller."""

    status: int
    shown: str
    artifacts: Path

    def events(self) -> list[dict[str, t.Any]]:
        """The job's events, as the controller keeps them."""
        files = sorted((self.artifacts / "job_events").glob("*.json"), key=lambda file: int(file.name.split("-")[0]))
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]

    def statistics(self) -> dict[str, t.Any]:
        """The job's artifacts, as the controller calls what set_stats leaves."""
        [last] = [event for event in self.events() if event["event"] == "playbook_on_stats"]
        data: dict[str, t.Any] = last["event_data"].get("artifact_data", {})
        return data


class Controller:
    """Runs playbooks as a controller's job does: with the inputs that AWX gives to ansible-runner."""

    def __init__(self, workshop: Workshop, folder: Path) -> None:
        self.workshop = workshop
        self.folder = folder
        self.credentials = folder / "volume"
        for name in ("env", "project", "inventory"):
            (folder / name).mkdir(parents=True)

    def _write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")

    def inventory(self, hosts: dict[str, dict[str, t.Any]]) -> None:
        """Write the inventory; every host may use the vaulted value."""
        vaulted = VaultLib().encrypt(VAULTED.encode(), secret=VaultSecret(VAULT_PASSWORD.encode()), vault_id="workshop")
        lines = [f"      {line}" for line in vaulted.decode().splitlines()]
        hosts_text = "".join(f"    {line}\n" for line in yaml.safe_dump(hosts).splitlines())
        text = "all:\n  vars:\n    vaulted_password: !vault |\n" + "\n".join(lines) + "\n  hosts:\n" + hosts_text
        (self.folder / "inventory" / "hosts.yml").write_text(text, encoding="utf-8")

    def run(self, playbook: str, *options: str, show_arguments: bool = True, **answers: t.Any) -> Job:
        """Run a playbook with answers to a survey, an AWS credential in the environment and a Vault credential."""
        aws = self.workshop.aws.connection
        extra = {f"invoice_iam_user_{name}": value for name, value in answers.items()}
        dest = {"invoice_iam_user_credentials_dest": str(self.credentials)}
        self._write("env/extravars", {**dest, "awx_job_id": 7, **extra})
        self._write("env/passwords", {r"Vault password \(workshop\):\s*?$": VAULT_PASSWORD})
        (self.folder / "env" / "cmdline").write_text("--vault-id workshop@prompt --diff", encoding="utf-8")
        self._write("env/settings", {"fact_cache_type": "jsonfile"})
        variables = {
            "AWS_ACCESS_KEY_ID": aws["access_key"],
            "AWS_SECRET_ACCESS_KEY": aws["secret_key"],
            "AWS_ENDPOINT_URL": aws["endpoint_url"],
            "AWS_DEFAULT_REGION": aws["region"],
            # With it, ansible-runner writes every task's arguments into the events.
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": str(show_arguments),
        }
        self._write("env/envvars", variables)
        ident = playbook.rsplit(".", 1)[-1]
        command = [str(BIN / "ansible-runner"), "run", str(self.folder), "-p", playbook, "-i", ident, *options]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300, check=False)
        return Job(done.returncode, done.stdout + done.stderr, self.folder / "artifacts" / ident)


@pytest.fixture
def controller(workshop: Workshop, tmp_path: Path) -> Controller:
    """A controller with a class of three: one answered for by the survey or the vault, one that fails."""
    made = Controller(workshop, tmp_path / "private")
    made.inventory(
        {
            "given": {"invoice_iam_user_name": "given", "invoice_iam_user_console_password": "{{ vaulted_password }}"},
            "generated": {"invoice_iam_user_name": "generated"},
            "refused": {
                "invoice_iam_user_name": "refused",
                "invoice_iam_user_console_password": "{{ vaulted_password[:5] }}",
                "invoice_iam_user_access_key_description": "#",
            },
        }
    )
    return made


def leaks(controller: Controller, jobs: list[Job], secrets: set[str]) -> list[str]:
    """Where secrets are to be found, apart from what they were given in and the credential files."""
    inputs = (controller.folder / "env", controller.folder / "inventory", controller.credentials)
    files = [
        path
        for path in controller.folder.rglob("*")
        if path.is_file() and not any(path.is_relative_to(folder) for folder in inputs)
    ]
    for job in jobs:
        assert len([path for path in files if path.is_relative_to(job.artifacts)]) > 10
    contents = {str(path.relative_to(controller.folder)): path.read_bytes() for path in files}
    contents["what is shown"] = "".join(job.shown for job in jobs).encode()
    return sorted({name for name, content in contents.items() for one in secrets if one.encode() in content})


def test_a_class_leaks_nothing_through_artifacts_and_events(controller: Controller) -> None:
    """Each playbook for a class, in the order of its days; whom it cannot serve fails."""
    collected = {"credentials_dest_outlives_job": "true", "collect_dest": str(controller.credentials)}
    removed = {"teardown_archive": str(controller.credentials / "removed"), "teardown_files": "delete"}
    days: dict[str, dict[str, t.Any]] = {
        "class": {},
        "verify": {},
        "collect": collected,
        "rotate": {"rotate_older_than_days": 0},
        "revoke": {"revoke_delete": True, "revoke_sign_in": True, "revoke_sessions": True},
        "teardown": {"teardown_confirm": 9, **removed},
    }
    controller.workshop.client("iam").create_user(UserName="refused")
    jobs = []
    for day, answers in days.items():
        job = controller.run(
            f"invoice_scanner.iam.{day}", "-vvvvv", credentials_dest="secretsmanager://class", **answers
        )
        assert re.search(r"generated +: .*failed=0", job.shown), job.shown
        assert re.search(r"refused +: .*failed=1", job.shown), job.shown
        jobs.append(job)
    assert "the access key description '#' contains '#'" in jobs[0].shown
    made = controller.workshop.aws.secrets()
    # Two passwords, and two secret keys each of two people
    assert len(made) == 6
    assert {VAULTED} < made
    assert leaks(controller, jobs, made | {VAULT_PASSWORD}) == []
    # The engine itself writes the environment down, and AWX puts the operator's own key there. It goes no further.
    own = {controller.workshop.aws.connection["secret_key"]}
    assert leaks(controller, jobs, own) == sorted(f"artifacts/{day}/command" for day in days)


@pytest.mark.slow
@pytest.mark.parametrize("show_arguments", [False, True])
def test_an_answer_to_a_survey_is_not_to_be_seen(controller: Controller, show_arguments: bool) -> None:
    job = controller.run(
        "invoice_scanner.iam.setup",
        "-vvvv",
        "--limit=generated",
        credentials_dest_outlives_job="true",
        console_password=SURVEY,
        show_arguments=show_arguments,
    )
    assert job.status == 0, job.shown
    made = controller.workshop.aws.secrets()
    assert len(made) == 2
    assert SURVEY in made
    assert leaks(controller, [job], made | {VAULT_PASSWORD, VAULTED}) == []


def test_a_job_ends_with_who_failed_and_why(controller: Controller) -> None:
    job = controller.run("invoice_scanner.iam.class", "--limit=refused", credentials_dest_outlives_job="true")
    assert job.status != 0
    [key, password, count] = re.findall(r'^ {8}"(.*?)",?$', job.shown.split("Sum up")[1], re.MULTILINE)
    assert key.startswith("refused: the access key description '#' contains '#'")
    assert password.startswith("refused: the console password of 'refused' breaks AWS's default password policy")
    assert count == "1 user: 1 failed"
    # The same for the jobs that follow in a workflow, and under a name that no other job of it has
    wrong = [one.removeprefix("refused: ") for one in (key, password)]
    told = f"2 things are wrong and nothing was changed: 1. {wrong[0]} 2. {wrong[1]}"
    fates = {"refused": f"failed: {told}"}
    assert job.statistics() == {"invoice_iam_user_summary": fates, "invoice_iam_user_summary_7": fates}


@pytest.mark.parametrize(
    ("playbook", "dest", "told"),
    [
        ("class", None, "which the controller throws away with every secret in it when the job ends"),
        ("collect", "s3://workshop/class", "Collect on your own machine"),
    ],
)
def test_a_job_saves_nothing_in_its_own_container(
    controller: Controller, playbook: str, dest: str | None, told: str
) -> None:
    job = controller.run(f"invoice_scanner.iam.{playbook}", credentials_dest=dest or str(controller.credentials))
    assert job.status != 0
    assert told in re.sub(r"\s+", " ", job.shown)
    assert controller.workshop.writes() == {}
    assert not controller.credentials.exists()
