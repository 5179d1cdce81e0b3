# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A class that is interrupted in its middle, in each of three ways: what was begun is mended by the next run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import typing as t

import pytest

from .conftest import PROJECT, Workshop, environment
from .support.promise import Account, Promise
from .support.slices import descendants
from .support.steps_lane import POLICIES

if t.TYPE_CHECKING:
    from collections.abc import Callable

# Three times as many as are served at once, so that most have nothing yet when the first ones have their key
STUDENTS = [f"student-{number:02d}" for number in range(48)]

# Whoever runs the tests in the background has them ignore Ctrl-C, and so would the playbook.
LISTENING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"


def press_ctrl_c(playbook: int) -> None:
    """Do what a terminal does."""
    os.killpg(playbook, signal.SIGINT)


def terminate(playbook: int) -> None:
    """Do what C(kill), systemd and a controller that cancels a job do."""
    os.kill(playbook, signal.SIGTERM)


def kill_the_module(playbook: int) -> None:
    """Do what the kernel does where memory runs out: it takes the process that serves the class, and no other."""
    os.kill(list(descendants(playbook))[-1], signal.SIGKILL)


@pytest.mark.parametrize(
    "interrupt", [press_ctrl_c, *(pytest.param(one, marks=pytest.mark.slow) for one in (terminate, kill_the_module))]
)
def test_interrupted_in_mid_class(workshop: Workshop, interrupt: Callable[[int], None]) -> None:
    account = Account(workshop.aws)
    account.let_users_change_their_passwords()
    account.add_stranger("stranger")
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts({name: {} for name in STUDENTS})
    workshop.aws.weather(latency_ms=300)
    # The stranger has two keys already.
    enough = workshop.aws.calls()["iam:CreateAccessKey"] + 2
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING, *workshop.command("playbooks/class.yml")],
        cwd=PROJECT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while workshop.aws.calls()["iam:CreateAccessKey"] < enough and time.monotonic() < deadline:
            time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            interrupt(process.pid)
        output, _error = process.communicate(timeout=60)
    assert process.returncode != 0, output
    assert "Traceback" not in output
    assert "Create and complete everybody's user" in output, "it was interrupted too early"
    # What was on its way to AWS when the run ended still arrives.
    time.sleep(1)
    calls = sum(workshop.aws.calls().values())
    time.sleep(2)
    assert sum(workshop.aws.calls().values()) == calls, "nothing goes on behind the operator's back"
    assert len(list(workshop.credentials.glob("*_accessKeys.csv"))) < len(STUDENTS)

    workshop.aws.weather()
    again = workshop.run("playbooks/class.yml")
    assert again.status == 0, again.output
    broken = Promise(account, workshop.credentials, POLICIES).broken(*STUDENTS)
    assert not broken, broken
