# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""``python -m sandbox.aws`` as people and playbooks run it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import boto3
import pytest

from sandbox.aws import daemon
from sandbox.aws.client import Sandbox

from .conftest import allow, document

if t.TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "sandbox.aws", *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def run_dir(tmp_path: Path) -> Iterator[Path]:
    """A run directory that is left in peace."""
    path = tmp_path / "run"
    yield path
    run("stop", "--run-dir", path)


def identity(connection: dict[str, str]) -> str:
    """Who the connection's keys are."""
    sts = boto3.client(
        "sts",
        endpoint_url=connection["endpoint_url"],
        region_name=connection["region"],
        aws_access_key_id=connection["access_key"],
        aws_secret_access_key=connection["secret_key"],
    )
    return str(sts.get_caller_identity()["Arn"])


def mode(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_start_and_stop(run_dir: Path, tmp_path: Path) -> None:
    policy = tmp_path / "Own.json"
    policy.write_text(document(allow("s3:*")), encoding="utf-8")
    started = run("start", "--run-dir", run_dir, "--managed-policy", policy)
    assert (started.returncode, started.stderr) == (0, "")
    connection = json.loads((run_dir / "connection.json").read_text(encoding="utf-8"))
    assert started.stdout == f"started at {connection['endpoint_url']}\n"
    assert set(connection) == {"endpoint_url", "region", "access_key", "secret_key", "session_token", "profile"}
    assert connection["endpoint_url"].startswith("http://127.0.0.1:")
    assert identity(connection).endswith(":user/sandbox-operator")
    assert mode(run_dir) == 0o700
    assert {mode(path) for path in run_dir.iterdir()} == {0o600}
    pid = int((run_dir / "pid").read_text(encoding="utf-8"))
    assert os.getsid(pid) != os.getsid(0)

    again = run("start", "--run-dir", run_dir)
    assert (again.returncode, again.stdout) == (0, f"already running at {connection['endpoint_url']}\n")
    assert int((run_dir / "pid").read_text(encoding="utf-8")) == pid

    stopped = run("stop", "--run-dir", run_dir)
    assert (stopped.returncode, stopped.stdout) == (0, f"stopped {connection['endpoint_url']}\n")
    assert [path.name for path in run_dir.iterdir()] == ["server.log"]
    assert daemon.ping(connection["endpoint_url"]) is None
    again = run("stop", "--run-dir", run_dir)
    assert (again.returncode, again.stdout) == (0, "not running\n")


def test_stale_files_are_no_endpoint(run_dir: Path) -> None:
    run_dir.mkdir(mode=0o755)
    (run_dir / "connection.json").write_text('{"endpoint_url": "http://127.0.0.1:1"}', encoding="utf-8")
    (run_dir / "pid").write_text("1", encoding="utf-8")
    assert run("stop", "--run-dir", run_dir).stdout == "not running\n"
    (run_dir / "connection.json").write_text("nonsense", encoding="utf-8")
    assert run("start", "--run-dir", run_dir).returncode == 0
    assert mode(run_dir) == 0o700


def test_an_endpoint_that_was_killed_is_started_anew(run_dir: Path) -> None:
    run("start", "--run-dir", run_dir)
    before = (run_dir / "connection.json").read_text(encoding="utf-8")
    os.kill(int((run_dir / "pid").read_text(encoding="utf-8")), signal.SIGKILL)
    started = run("start", "--run-dir", run_dir)
    assert started.stdout.startswith("started at ")
    assert (run_dir / "connection.json").read_text(encoding="utf-8") != before


def test_a_start_that_fails_says_so(run_dir: Path, tmp_path: Path) -> None:
    failed = run("start", "--run-dir", run_dir, "--managed-policy", tmp_path / "none.json")
    assert failed.returncode == 1
    assert str(run_dir / "server.log") in failed.stderr
    assert "none.json" in (run_dir / "server.log").read_text(encoding="utf-8")


def test_two_starts_make_one_endpoint(run_dir: Path) -> None:
    command = [sys.executable, "-m", "sandbox.aws", "start", "--run-dir", str(run_dir)]
    starts = [subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) for _unused in range(2)]
    printed = sorted(start.communicate(timeout=60)[0].split(" http")[0] for start in starts)
    assert printed == ["already running at", "started at"]


def test_the_client_leaves_nothing_behind() -> None:
    with Sandbox(operator_policy={"Version": "2012-10-17", "Statement": []}) as sandbox:
        assert identity(sandbox.connection).endswith(":user/sandbox-operator")
        assert sandbox.env()["AWS_ENDPOINT_URL"] == sandbox.url
        assert (
            "AccessDenied"
            in subprocess.run(
                [sys.executable, "-c", "import boto3; boto3.client('iam').list_users()"],
                env={"PATH": "", **sandbox.env()},
                capture_output=True,
                text=True,
                check=False,
            ).stderr
        )
    assert not sandbox.run_dir.exists()
    assert daemon.ping(sandbox.url) is None


def test_the_endpoint_ends_with_whoever_started_it() -> None:
    script = (
        "from sandbox.aws.client import Sandbox; import os; print(Sandbox().url, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False
    )
    url = done.stdout.strip()
    deadline = time.monotonic() + 10
    while daemon.ping(url) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert daemon.ping(url) is None


def test_a_shell_is_pointed_to_it(run_dir: Path) -> None:
    nothing = run("env", "--run-dir", run_dir)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", "not running\n")
    run("start", "--run-dir", run_dir)
    who = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    script = f'eval "$("{sys.executable}" -m sandbox.aws env --run-dir "$1")"; exec "{sys.executable}" -c "{who}"'
    # What the shell had before: boto3 would fail for such a profile, and AWS for such a session.
    had = {**os.environ, "AWS_PROFILE": "nowhere", "AWS_DEFAULT_PROFILE": "nowhere", "AWS_SESSION_TOKEN": "x"}
    asked = subprocess.run(
        ["sh", "-c", script, "sh", str(run_dir)],
        cwd=CHECKOUT,
        env=had,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert asked.stdout.endswith(":user/sandbox-operator\n")
