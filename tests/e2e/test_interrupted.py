# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Ctrl-C in the middle of a class: what was begun is mended by the next run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time

from .conftest import PROJECT, Workshop, environment
from .person_lane import POLICIES
from .promise import Account, Promise

STUDENTS = [f"student-{number}" for number in range(8)]


def test_interrupted_in_mid_class(workshop: Workshop) -> None:
    account = Account(workshop.aws)
    account.let_users_change_their_passwords()
    account.add_stranger("stranger")
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts({name: {} for name in STUDENTS})
    workshop.aws.weather(latency_ms=150)
    with subprocess.Popen(
        workshop.command("playbooks/class.yml"),
        cwd=PROJECT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while workshop.aws.calls().get("iam:CreateAccessKey", 0) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        output, _error = process.communicate(timeout=60)
    assert process.returncode != 0, output
    assert "Traceback" not in output
    calls = sum(workshop.aws.calls().values())
    time.sleep(1)
    assert sum(workshop.aws.calls().values()) == calls, "nothing goes on behind the operator's back"
    assert len(list(workshop.credentials.glob("*_accessKeys.csv"))) < len(STUDENTS)

    workshop.aws.weather()
    again = workshop.run("playbooks/class.yml")
    assert again.status == 0, again.output
    broken = Promise(account, workshop.credentials, POLICIES).broken(*STUDENTS)
    assert not broken, broken
