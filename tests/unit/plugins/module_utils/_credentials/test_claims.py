# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Runs that share a directory keep out of each other's way."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import re
import signal
import socket
import stat
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import claims, notes
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import (
    DestinationError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent

if t.TYPE_CHECKING:
    pass

from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.people import (
    ANNA,
    BERT,
    content,
    fails,
)


@pytest.fixture
def other(path: Path, directory: CredentialsDirectory, other_process: subprocess.Popen[bytes]) -> CredentialsDirectory:
    """Have another run at work in the directory."""
    assert directory.problem() is None
    return CredentialsDirectory(str(path), run=Run.of(other_process.pid))


def test_the_intent_of_a_run_at_work_is_respected(
    directory: CredentialsDirectory, other: CredentialsDirectory, other_process: subprocess.Popen[bytes], path: Path
) -> None:
    other.leave_intent("anna", Intent(access_key=True))
    said = f"another run (process {other_process.pid} on {socket.gethostname()}) is setting credentials of 'anna'; run"
    assert said in directory.look("anna").other_run
    assert directory.look("bert").other_run == ""
    with pytest.raises(DestinationError, match=re.escape(said)):
        directory.leave_intent("anna", Intent(access_key=True, known_access_key_ids=("AKIANEW",)))
    assert other.intent("anna") == Intent(access_key=True)
    other.leave_intent("anna", Intent(login_profile=True))

    other_process.kill()
    other_process.wait()
    assert directory.look("anna").other_run == ""
    assert directory.leave_intent("anna", Intent(login_profile=True)) == Intent(True, True)
    _intent, run = notes.parse_intent((path / "anna_intent.json").read_bytes())
    assert run == Run.of(os.getpid())


def test_the_intent_of_the_run_to_which_a_process_belongs_is_its_own(
    path: Path, other: CredentialsDirectory, other_process: subprocess.Popen[bytes]
) -> None:
    other.leave_intent("anna", Intent(access_key=True))
    part = CredentialsDirectory(str(path), part_of=Run.of(other_process.pid))
    assert part.look("anna").other_run == ""
    assert part.leave_intent("anna", Intent(access_key=True)) == Intent(access_key=True)


@pytest.mark.parametrize(("seconds", "holds"), [(0, True), (800, True), (-800, True), (1000, False), (-9000, False)])
def test_the_intent_of_another_machine_holds_for_a_while(
    directory: CredentialsDirectory, path: Path, seconds: int, holds: bool
) -> None:
    elsewhere = CredentialsDirectory(str(path), run=Run("school-pc", "a boot", 1, "1"))
    elsewhere.leave_intent("anna", Intent(access_key=True))
    os.utime(path / "anna_intent.json", (time.time() - seconds,) * 2)
    said = directory.look("anna").other_run
    assert bool(said) is holds
    if holds:
        assert "(process 1 on school-pc) began to set credentials of 'anna' less than 15 minutes ago" in said
        assert f"delete '{path}/anna_intent.json'" in said


def test_one_run_for_a_user_at_a_time(directory: CredentialsDirectory, other: CredentialsDirectory, path: Path) -> None:
    with (
        other.alone(["Anna", "bert", "carl"]),
        pytest.raises(DestinationError) as caught,
        directory.alone(["carl", "anna", "dora"]),
    ):
        pass
    assert re.search(
        rf"another run \(process \d+ on {socket.gethostname()}\) is saving credentials of 'anna' and 1 more in "
        rf"'{path}'; run again",
        str(caught.value),
    )
    with directory.alone(["anna"]):
        (claim,) = path.glob(".*.claim")
        assert stat.S_IMODE(claim.stat().st_mode) == 0o600
    assert not list(path.glob(".*.claim"))


def test_runs_for_different_users_get_along(directory: CredentialsDirectory, other: CredentialsDirectory) -> None:
    with other.alone(["anna", "bert"]), directory.alone(["carl", "dora"]):
        directory.leave_intent("carl", Intent(access_key=True))
        other.leave_intent("anna", Intent(access_key=True))
        assert directory.intent("carl") == other.intent("anna") == Intent(access_key=True)


def killed(directory: CredentialsDirectory, *names: str) -> None:
    """Let a process die that serves these users and is asking for a secret of each."""
    child = os.fork()
    if child == 0:
        with directory.alone(names):
            for name in names:
                directory.leave_intent(name, Intent(access_key=True))
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_run_that_is_killed_keeps_nobody_out(directory: CredentialsDirectory, path: Path) -> None:
    killed(directory, "anna", "bert")
    assert list(path.glob(".*.claim"))
    with directory.alone(["anna", "bert", "carl"]):
        pass
    directory.save_class_files([ANNA, BERT])
    assert not list(path.glob(".*.claim"))


def test_a_run_that_was_killed_in_another_container_keeps_nobody_out(
    directory: CredentialsDirectory, path: Path
) -> None:
    """Its process cannot be seen from here, but its lock can; a controller runs each attempt in a new container."""
    elsewhere = CredentialsDirectory(str(path), run=Run("another-container", "a boot", 7, "1"))
    killed(elsewhere, "anna", "bert")
    with directory.alone(["bert"]):
        assert directory.leave_intent("bert", Intent(access_key=True)) == Intent(access_key=True)
    directory.save_class_files([BERT])
    assert directory.look("anna").other_run == "", "what is left of it still tells that it has ended"
    directory.leave_intent("anna", Intent(access_key=True))
    directory.save_class_files([ANNA, BERT])
    assert not list(path.glob(".*.claim"))


def test_who_looks_at_a_claim_is_not_taken_for_its_owner(directory: CredentialsDirectory, path: Path) -> None:
    killed(directory, "anna")
    (claim,) = path.glob(".*.claim")
    with claim.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        with directory.alone(["anna"]):
            assert len(list(path.glob(".*.claim"))) == 2, "the one that was left, and ours"


def test_a_run_in_another_container_is_seen_to_be_at_work(directory: CredentialsDirectory, path: Path) -> None:
    elsewhere = CredentialsDirectory(str(path), run=Run("another-container", "a boot", 7, "1"))
    with elsewhere.alone(["anna"]):
        elsewhere.leave_intent("anna", Intent(access_key=True))
        os.utime(path / "anna_intent.json", (time.time() - 9000,) * 2)
        said = directory.look("anna").other_run
    assert "another run (process 7 on another-container) is setting credentials of 'anna'" in said


def test_what_a_killed_run_claimed_goes_in_the_end(directory: CredentialsDirectory, path: Path) -> None:
    killed(directory, "anna")
    (claim,) = path.glob(".*.claim")
    directory.save_class_files([BERT])
    assert claim.exists()
    os.utime(claim, (time.time() - 1000,) * 2)
    directory.save_class_files([BERT])
    assert not claim.exists()


def test_a_file_system_without_locks_is_named(
    directory: CredentialsDirectory, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", fails(errno.ENOLCK))
    with (
        pytest.raises(DestinationError, match=re.escape(f"cannot be saved in '{path}': No locks")),
        directory.alone(["anna"]),
    ):
        pass
    with pytest.raises(DestinationError, match="No locks"):
        directory.save_class_files([ANNA])


def slowly(directory: CredentialsDirectory, one: Credentials) -> None:
    """Save a row with a pause between reading and writing, in a process of its own."""
    really = CredentialsDirectory.class_files_with

    def class_files_with(self: CredentialsDirectory, everybody: t.Any) -> dict[str, bytes]:
        pending = really(self, everybody)
        time.sleep(0.2)
        return pending

    setattr(CredentialsDirectory, "class_files_with", class_files_with)  # noqa: B010
    directory.save_class_files([one])


def test_two_runs_at_once_both_reach_the_class(directory: CredentialsDirectory, path: Path) -> None:
    forked = multiprocessing.get_context("fork")
    runs = [forked.Process(target=slowly, args=(directory, one)) for one in (ANNA, BERT)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(timeout=10)
    assert [run.exitcode for run in runs] == [0, 0]
    assert content(path) == {
        files.CLASS_FILE: files.class_csv([ANNA, BERT]),
        files.IMPORT_FILE: files.import_csv([ANNA, BERT]),
    }


def test_a_run_that_holds_on_too_long_is_named(
    directory: CredentialsDirectory, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_LOCK_SECONDS", 0)
    handle = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(DestinationError, match=r"another run has been writing to .* try again later"):
            directory.save_class_files([ANNA])
    finally:
        os.close(handle)
    assert directory.save_class_files([ANNA]), "and the lock is free again"
