# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A participant with an account of their own, who wants the workshop's step 2.2 behind them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from ..conftest import PROJECT, USER, Workshop
from .desk import Desk, on_a_terminal, people

SETUP = [sys.executable, str(PROJECT / "own_account.py")]
PASSWORD = "Qz {{ 7 * 7 }} pass-1"
ASKED = "Console password", "Type yes"


def answers(password: str, last: str) -> dict[str, str]:
    """What is typed when it is asked for."""
    return dict(zip(ASKED, (password, last), strict=True))


def test_one_command_says_what_it_does_waits_for_a_yes_and_does_it(workshop: Workshop, tmp_path: Path) -> None:
    desk = Desk(tmp_path, workshop.aws.env())
    command = [*SETUP, "my credentials"]
    status, screen = on_a_terminal(command, tmp_path, desk.env, (120, 60), answers("", "no"))
    told = "\n".join(screen)
    assert status == 1
    assert "In account 123456789012, as arn:aws:" in told
    assert f"IAM user        {USER}" in told
    assert "Nothing was done." in told
    assert not people(workshop.client("iam"))

    status, screen = on_a_terminal(command, tmp_path, desk.env, (120, 200), answers(PASSWORD, "yes"))
    told = "\n".join(screen)
    assert status == 0, told
    assert "1 user: 1 created" in told
    # A terminal breaks it, and we do not: so it can be pasted.
    in_one = "".join("".join(screen).split())
    assert "&&awsconfiguresetregionus-east-1--profileai-invoice-scanner-user" in in_one
    assert PASSWORD not in told
    login = (tmp_path / "my credentials" / f"{USER}_credentials.csv").read_text("utf-8-sig")
    assert PASSWORD in login
    assert f"{USER},{PASSWORD}" not in told


def test_without_credentials_it_says_what_to_do(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)})
    status, screen = on_a_terminal(SETUP, tmp_path, desk.env)
    assert status == 1
    assert "AWS does not say which account this is" in screen[0]
    assert any("run make setup again" in line for line in screen)


def test_make_setup_runs_it_with_the_credentials_of_the_shell(tmp_path: Path) -> None:
    """The other targets know no AWS but the sandbox."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$1 of $AWS_PROFILE"\n', encoding="utf-8")
    python.chmod(0o755)
    for number, name in enumerate((".made", ".setup")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() + number + 10,) * 2)
    done = subprocess.run(
        ["make", "--no-print-directory", "setup", f"VENV={tmp_path}"],
        cwd=PROJECT,
        env=os.environ | {"AWS_PROFILE": "mine"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "own_account.py of mine\n"
