# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Whether a process is still the one that was written down."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import run as _run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_PS = """#!{python}
import pathlib, sys
path = pathlib.Path("/proc", sys.argv[-1], "stat")
print(path.read_text().rpartition(")")[2].split()[19] if path.exists() else "")
"""


@pytest.fixture(params=["linux", "elsewhere"])
def system(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ask the kernel as on Linux, and C(ps) as on other systems. The latter's is made up: not every machine has one."""
    if request.param == "elsewhere":
        (tmp_path / "ps").write_text(_PS.format(python=sys.executable))
        (tmp_path / "ps").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        monkeypatch.setattr(_run, "_PROC", tmp_path / "proc")
    return str(request.param)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that does nothing until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as one:
        yield one
        one.kill()


def test_a_process_is_at_work_until_it_ends(system: str, process: subprocess.Popen[bytes]) -> None:
    run = Run.of(process.pid)
    assert run.is_at_work()
    assert str(run) == f"process {process.pid} on {run.host}"
    process.kill()
    process.wait()
    assert run.is_at_work() is False, system


def test_one_that_is_killed_and_that_nobody_waited_for_is_not_at_work(process: subprocess.Popen[bytes]) -> None:
    run = Run.of(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert run.is_at_work() is False


def test_another_process_of_that_id_is_another(process: subprocess.Popen[bytes]) -> None:
    assert replace(Run.of(process.pid), started="1").is_at_work() is False


def test_one_that_was_gone_when_it_was_named_is_not_at_work(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert Run.of(process.pid).is_at_work() is False


@pytest.mark.parametrize("where", [{"host": "elsewhere"}, {"machine": "before the last boot"}])
def test_what_runs_elsewhere_cannot_be_seen(where: dict[str, str]) -> None:
    assert replace(Run.of(os.getpid()), **where).is_at_work() is None  # type: ignore[arg-type]


def test_it_can_be_written_down() -> None:
    run = Run.of(os.getpid())
    assert Run.read(run.noted()) == run
