# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Two runs at once on one destination: one refuses, and neither takes anything from the other."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import threading
import time
import typing as t

import pytest

from .conftest import PROJECT, USER, Workshop, environment

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def started(workshop: Workshop, playbook: str) -> Iterator[subprocess.Popen[str]]:
    """Start a playbook run and go on; see that it ends well."""
    command = workshop.command(playbook)
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        output, _error = process.communicate(timeout=120)
    assert process.returncode == 0, output


def wait_for(folder: Path, pattern: str, content: bytes = b"") -> bytes:
    """Wait until a file of such a name, with this in it, is there, and read it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in folder.glob(pattern):
            with contextlib.suppress(FileNotFoundError):
                found = path.read_bytes()
                if content in found:
                    return found
        time.sleep(0.02)
    raise AssertionError(f"no {pattern} appears in {folder}")


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process stand still."""
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


def assert_one_key_on_file(workshop: Workshop, *names: str) -> None:
    for name in names:
        with (workshop.credentials / f"{name}_accessKeys.csv").open(encoding="utf-8-sig", newline="") as stream:
            (row,) = csv.DictReader(stream)
        (key,) = workshop.client("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert key["AccessKeyId"] == row["Access key ID"]
        assert not list(workshop.credentials.glob(f"superseded/{name}*"))
    assert not list(workshop.credentials.glob("*intent*"))


@pytest.mark.slow
def test_two_runs_for_one_person(workshop: Workshop) -> None:
    with started(workshop, "playbooks/setup.yml") as first:
        intent = json.loads(wait_for(workshop.credentials, f"{USER}_intent.json", b'"access_key": true'))
        assert intent["run"]["pid"] == first.pid
        with stopped(first.pid):
            second = workshop.run("playbooks/setup.yml")
    assert second.status != 0
    said = f"another run (process {first.pid} on {intent['run']['host']}) is setting credentials of '{USER}'; run again"
    assert said in second.flat()
    assert second.recap("participant")["changed"] == 0
    assert_one_key_on_file(workshop, USER)


def test_two_runs_for_one_class(workshop: Workshop) -> None:
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts({"anna": {}, "bert": {}})
    workshop.aws.weather(latency_ms=300)
    with started(workshop, "playbooks/class.yml"):
        run = json.loads(wait_for(workshop.credentials, ".*.claim"))["run"]
        with stopped(run["pid"]):
            workshop.aws.weather()
            second = workshop.run("playbooks/class.yml")
    assert second.status != 0
    assert f"another run (process {run['pid']} on {run['host']}) is" in second.flat()
    assert_one_key_on_file(workshop, "anna", "bert")


def test_somebody_else_enables_sign_in_in_the_same_second(workshop: Workshop) -> None:
    """Neither this run nor the next one overwrites the password that is theirs."""
    iam = workshop.client("iam")

    def be_quicker() -> None:
        iam.get_waiter("user_exists").wait(UserName=USER, WaiterConfig={"Delay": 0, "MaxAttempts": 1_000_000})
        iam.create_login_profile(UserName=USER, Password="Their-0wn-password")

    somebody = threading.Thread(target=be_quicker)
    somebody.start()
    run = workshop.run("playbooks/setup.yml")
    somebody.join()
    assert run.status != 0
    assert f"somebody else enabled console sign-in for '{USER}' just now; run again" in run.flat()
    assert "iam:UpdateLoginProfile" not in workshop.aws.calls()
    left = {path.name for path in workshop.credentials.glob(f"{USER}_*")}
    of_key = {f"{USER}_accessKeys.csv", f"{USER}_aws_configure_import.csv"}
    assert left <= of_key, "an intent would tell the next run to set another password"
