# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run the playbook of the lane "steps" in a process group that can be killed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..conftest import PROJECT, Run, Workshop, environment
from .promise import Account, Promise

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE_FAULTS = Path(__file__).parents[1] / "file_faults"
POLICIES = [f"arn:aws:iam::123456789012:policy/{name}" for name in ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy")]
KILLED = -9


def file_fault_environment(folder: Path, log: Path, fault: Mapping[str, t.Any]) -> dict[str, str]:
    """Return an environment in which a run fails at an operation on a directory's files."""
    where = {"folder": str(folder), "log": str(log), "parent": os.getpid()}
    return {"PYTHONPATH": str(FILE_FAULTS), "FILE_FAULT": json.dumps({**where, **fault})}


def run_in_weather(workshop: Workshop, arguments: Sequence[str], env: Mapping[str, str], **weather: t.Any) -> Run:
    """Run a playbook. A kill in C(weather) is for this run."""
    with subprocess.Popen(
        workshop.command(*arguments),
        cwd=PROJECT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        if "kill" in weather:
            weather["kill"]["pid"] = process.pid
        if weather:
            # In time, because Ansible needs a second before its first call to AWS.
            workshop.aws.weather(**weather)
        output, _error = process.communicate(timeout=300)
    if weather:
        workshop.aws.weather()
    return Run(process.returncode, output)


class StepsLane:
    """One account, and a new person for each test."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.account = Account(workshop.aws)
        self.account.let_users_change_their_passwords()
        self.account.add_stranger("stranger")
        self._count = 0

    def cell(self) -> Cell:
        """Start a test with a new person."""
        self._count += 1
        return Cell(self, f"person-{self._count:03d}", self.workshop.path / f"credentials-{self._count:03d}")


@dataclass
class Cell:
    """A single test: a person whose run meets a fault and is repeated."""

    lane: StepsLane
    person: str
    credentials: Path

    @property
    def log(self) -> Path:
        """The log of file operations."""
        return self.credentials.with_suffix(".log")

    def run(self, file_fault: Mapping[str, t.Any] | None = None, **weather: t.Any) -> Run:
        """Run the playbook for the person. A kill in C(weather) is for this run."""
        env = environment()
        if file_fault is not None:
            env |= file_fault_environment(self.credentials, self.log, file_fault)
        wishes = {"invoice_iam_user_name": self.person, "invoice_iam_user_credentials_dest": str(self.credentials)}
        run = run_in_weather(self.lane.workshop, ["playbooks/setup.yml", "-e", json.dumps(wishes)], env, **weather)
        assert "Traceback" not in run.output, run.output
        return run

    def operations(self) -> list[str]:
        """Return the file operations so far, without the parts that differ each time."""
        text = self.log.read_text(encoding="utf-8").replace(self.credentials.name, "credentials")
        plain = re.sub(r"\.\d+-[0-9a-f]{8}-[0-9a-f]{8}(?=\.(tmp|claim)$)", "a", text, flags=re.MULTILINE)
        return plain.replace(self.person, "person").splitlines()

    def again(self) -> None:
        """Run the playbook again, and assert that it succeeds and keeps the promise."""
        run = self.run()
        assert run.status == 0, run.output
        self.assert_kept()

    def assert_kept(self) -> None:
        """Assert that the promise is kept."""
        broken = Promise(self.lane.account, self.credentials, POLICIES).broken(self.person)
        assert not broken, broken
