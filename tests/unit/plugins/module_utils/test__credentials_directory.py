# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The only code that writes secrets to a disk: modes, atomicity, and that nothing saved is lost."""

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
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils import _credentials_directory
from ansible_collections.invoice_scanner.iam.plugins.module_utils import _credentials_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_destination import (
    DestinationError,
    StaleError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_files import Credentials, Intent
from ansible_collections.invoice_scanner.iam.plugins.module_utils._run import Run

if t.TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://123456789012.signin.aws.amazon.com/console"
ANNA = Credentials("anna", "Admin@123", URL, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NEWER = Credentials("anna", "Other@456", URL, "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
BERT = Credentials("bert", "Bert@7890", URL, "AKIAIOSFODNN7EXBERT1", "bertXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a directory that is not there yet."""
    return tmp_path / "of" / "credentials"


@pytest.fixture
def directory(path: Path) -> CredentialsDirectory:
    """Prepare a directory."""
    one = CredentialsDirectory(str(path))
    one.prepare()
    return one


@pytest.fixture
def permissive() -> Iterator[None]:
    """Let a umask hide nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def content(path: Path) -> dict[str, bytes]:
    """Read all files but the locks."""
    return {
        str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file() and one.name != ".lock"
    }


def fails(error: int) -> t.Callable[..., t.NoReturn]:
    """Stand in for a call that the system refuses."""

    def refuse(*_args: t.Any, **_kwargs: t.Any) -> t.NoReturn:
        raise OSError(error, os.strerror(error))

    return refuse


# Modes ----------------------------------------------------------------------------------------------------------


def write_everything(directory: CredentialsDirectory) -> None:
    directory.prepare()
    directory.leave_intent("anna", Intent(True, True))
    for one in (ANNA, NEWER):
        directory.save_login(one)
        directory.save_access_key(one)
        directory.save_class_files([one])


@pytest.mark.usefixtures("permissive")
def test_nobody_else_can_read_anything_for_an_instant(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, int] = {}
    really_open, really_mkdir = os.open, os.mkdir

    def watched_open(name: t.Any, flags: int, *args: t.Any, **kwargs: t.Any) -> int:
        handle = really_open(name, flags, *args, **kwargs)
        if flags & os.O_CREAT:
            made[str(name)] = stat.S_IMODE(os.fstat(handle).st_mode)
        return handle

    def watched_mkdir(name: t.Any, *args: t.Any, **kwargs: t.Any) -> None:
        really_mkdir(name, *args, **kwargs)
        made[str(name)] = stat.S_IMODE(os.stat(name).st_mode)

    monkeypatch.setattr(os, "open", watched_open)
    monkeypatch.setattr(os, "mkdir", watched_mkdir)
    write_everything(CredentialsDirectory(str(path)))
    directories = {made.pop(str(one)) for one in (path.parent, path, path / "superseded")}
    assert directories == {0o700}
    assert set(made.values()) == {0o600}

    left = [one for one in path.rglob("*") if one.is_file()]
    assert len(left) == 8, "two of anna's, two older ones, two of the class, the intent and the lock"
    assert {stat.S_IMODE(one.stat().st_mode) for one in left} == {0o600}


# What is written, and when -----------------------------------------------------------------------------------------


def test_what_was_saved_is_read_back(directory: CredentialsDirectory, path: Path) -> None:
    assert directory.saved("anna") == Credentials("anna")
    assert directory.save_login(ANNA)
    assert directory.save_access_key(ANNA)
    assert directory.saved("anna") == ANNA
    assert content(path) == {
        "anna_credentials.csv": files.login_csv(ANNA),
        "anna_accessKeys.csv": files.access_key_csv(ANNA),
    }


def test_what_is_there_already_is_not_written_again(directory: CredentialsDirectory, path: Path) -> None:
    write_everything(directory)
    before = {name: (path / name).stat().st_ino for name in content(path)}
    assert not directory.save_login(NEWER)
    assert not directory.save_access_key(NEWER)
    assert not directory.save_class_files([NEWER])
    assert {name: (path / name).stat().st_ino for name in content(path)} == before


def test_a_secret_is_on_the_disk_before_it_has_its_name(
    directory: CredentialsDirectory, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    really_sync, really_rename = os.fsync, os.rename

    def watched_sync(handle: int) -> None:
        really_sync(handle)
        status = os.fstat(handle)
        full = status.st_size == len(files.login_csv(ANNA))
        events.append("directory" if stat.S_ISDIR(status.st_mode) else f"file, {'whole' if full else 'not whole'}")

    def watched_rename(source: t.Any, target: t.Any) -> None:
        really_rename(source, target)
        events.append(f"rename to {Path(target).name}")

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "rename", watched_rename)
    directory.save_login(ANNA)
    assert events == ["file, whole", "rename to anna_credentials.csv", "directory"]
    assert (path / "anna_credentials.csv").is_file()


@pytest.mark.parametrize("call", ["rename", "fsync"])
@pytest.mark.parametrize("save", ["save_login", "save_access_key", "save_class_files"])
def test_when_writing_fails_the_old_bytes_are_intact(
    directory: CredentialsDirectory, path: Path, monkeypatch: pytest.MonkeyPatch, call: str, save: str
) -> None:
    directory.save_login(ANNA)
    directory.save_access_key(ANNA)
    directory.save_class_files([ANNA])
    before = {name: data for name, data in content(path).items() if "superseded" not in name}
    monkeypatch.setattr(os, call, fails(errno.EIO))
    with pytest.raises(DestinationError, match="Input/output error"):
        getattr(directory, save)([NEWER] if save == "save_class_files" else NEWER)
    assert {name: data for name, data in content(path).items() if "superseded" not in name} == before
    assert directory.saved("anna") == ANNA


def test_a_run_that_is_stopped_leaves_no_half_file(
    directory: CredentialsDirectory, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_args: t.Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", stop)
    with pytest.raises(KeyboardInterrupt):
        directory.save_login(ANNA)
    assert content(path) == {}


def test_a_replaced_secret_is_kept(directory: CredentialsDirectory, path: Path) -> None:
    write_everything(directory)
    directory.save_login(ANNA)  # back again, in the same second
    kept = sorted((path / "superseded").iterdir())
    logins = [one.read_bytes() for one in kept if one.name.startswith("anna_credentials.")]
    keys = [one.read_bytes() for one in kept if one.name.startswith("anna_accessKeys.")]
    assert sorted(logins) == sorted([files.login_csv(ANNA), files.login_csv(NEWER)])
    assert keys == [files.access_key_csv(ANNA)]
    assert directory.saved("anna").password == ANNA.password


@pytest.mark.parametrize(("seconds_old", "stays"), [(3700, False), (3500, True), (0, True)])
def test_what_a_killed_run_left_half_written_goes(
    directory: CredentialsDirectory, path: Path, seconds_old: int, stays: bool
) -> None:
    remains = path / ".anna_credentials.csv.0123456789abcdef.tmp"
    other = path / "notes.tmp"
    for one in (remains, other):
        one.write_bytes(b"half a secret")
        os.utime(one, (time.time() - seconds_old,) * 2)
    directory.prepare()
    assert remains.exists() is stays
    assert other.exists(), "not one of ours"


def test_what_a_process_left_that_is_gone_goes_at_once(
    directory: CredentialsDirectory, path: Path, other_process: subprocess.Popen[bytes]
) -> None:
    place = Run.of(os.getpid()).place
    remains = path / f".{other_process.pid}-{place}-01234567.tmp"
    elsewhere = path / f".{other_process.pid}-elsewhere-01234567.tmp"
    for one in (remains, elsewhere):
        one.write_bytes(b"half a secret")
    os.utime(remains, (0, 0))
    directory.prepare()
    assert remains.exists(), "a clock that jumps ends nobody's work"
    other_process.kill()
    other_process.wait()
    directory.save_class_files([ANNA])
    assert not remains.exists()
    assert elsewhere.exists(), "whether its process is gone cannot be seen from here"


def test_the_proof_of_a_run_that_is_killed_is_removed_by_the_next(path: Path, directory: CredentialsDirectory) -> None:
    child = os.fork()
    if child == 0:
        setattr(os, "fsync", lambda _handle: os.kill(os.getpid(), signal.SIGKILL))  # noqa: B010
        directory.save_login(ANNA)
    os.waitpid(child, 0)
    assert list(path.glob(".*.tmp"))
    directory.prepare()
    assert not list(path.glob(".*.tmp"))


def test_nothing_is_left_of_the_proof(directory: CredentialsDirectory, path: Path) -> None:
    directory.prepare()
    assert list(path.iterdir()) == []


# What is refused -----------------------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    """Get the sentence, the same whether asked for it or when preparing, and see that nothing was made."""
    before = sorted(path.parent.rglob("*")) if path.parent.is_dir() else []
    directory = CredentialsDirectory(str(path))
    problem = directory.problem()
    with pytest.raises(DestinationError) as caught:
        directory.prepare()
    assert str(caught.value) == problem
    assert (sorted(path.parent.rglob("*")) if path.parent.is_dir() else []) == before
    return problem


def test_a_good_place_is_not_refused_and_not_touched(path: Path) -> None:
    assert CredentialsDirectory(str(path)).problem() is None
    assert not path.parent.exists()


def test_a_symbolic_link_is_refused(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path)
    assert refusal(path) == f"{str(path)!r} is a symbolic link; name the directory that is meant: {str(tmp_path)!r}"


@pytest.mark.parametrize("place", ["the directory", "its parent"])
def test_a_file_in_the_way_is_refused(path: Path, place: str) -> None:
    in_the_way = path if place == "the directory" else path.parent
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_bytes(b"")
    assert refusal(path) == (
        f"credentials cannot be saved in {str(path)!r}: a file stands where a directory is needed; move it away or "
        "choose another directory"
    )


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o704])
def test_a_directory_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    path.mkdir(parents=True)
    path.chmod(mode)
    expected = f"{str(path)!r} can be read by other accounts (mode {mode:04o}); run: chmod 700 {path}"
    assert refusal(path) == expected
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("exists", [True, False])
def test_a_place_where_one_may_not_write_is_refused(path: Path, exists: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if exists:
        path.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "access", lambda *_args: False)
    assert "this account may not write there" in refusal(path)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errno.ENOSPC, "there is no space left on the device; free some or choose another directory"),
        (errno.EDQUOT, "the disk quota is used up; free some space or choose another directory"),
        (errno.EROFS, "the file system is read-only; choose another directory"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_disk_that_takes_no_file_is_found_out_first(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: int, said: str
) -> None:
    path.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "fsync", fails(error))
    with pytest.raises(DestinationError) as caught:
        CredentialsDirectory(str(path)).prepare()
    assert str(caught.value) == f"credentials cannot be saved in {str(path)!r}: {said}"
    assert list(path.iterdir()) == []


@pytest.mark.parametrize("name", [files.login_file("anna"), files.access_key_file("anna"), files.intent_file("anna")])
def test_a_symbolic_link_in_place_of_a_file_is_not_followed(
    directory: CredentialsDirectory, path: Path, tmp_path: Path, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_bytes(b"precious")
    (path / name).symlink_to(elsewhere)
    with pytest.raises(DestinationError, match=f"{name}' is a symbolic link; move it away"):
        write_everything(directory)
    assert elsewhere.read_bytes() == b"precious"
    assert (path / name).is_symlink()


def test_a_directory_in_place_of_a_file_is_refused(directory: CredentialsDirectory, path: Path) -> None:
    (path / files.login_file("anna")).mkdir()
    with pytest.raises(DestinationError, match="is a directory where a file should be; move it away"):
        directory.save_login(ANNA)
    assert content(path) == {}


@pytest.mark.parametrize("foreign", [b"", b"my notes\n", files.access_key_csv(ANNA), b"\xff\xfe"])
def test_a_file_with_something_else_in_it_is_refused(
    directory: CredentialsDirectory, path: Path, foreign: bytes
) -> None:
    (path / files.login_file("anna")).write_bytes(foreign)
    with pytest.raises(DestinationError, match=r"anna_credentials\.csv' .*move it away"):
        directory.saved("anna")


def test_the_login_of_somebody_else_is_not_taken_for_ones_own(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_login(BERT)
    theirs = (path / files.login_file("bert")).rename(path / files.login_file("anna"))
    before = content(path)
    with pytest.raises(DestinationError) as caught:
        directory.look("anna")
    assert str(caught.value) == (
        f"{str(theirs)!r} names user 'bert' and should name 'anna'; it was changed by hand or by another program: move "
        "it away"
    )
    assert BERT.password not in str(caught.value)
    assert directory.saved("bert").password == ""
    assert content(path) == before


@pytest.mark.parametrize("name", [files.CLASS_FILE, files.IMPORT_FILE])
def test_a_class_file_with_something_else_in_it_is_not_overwritten(
    directory: CredentialsDirectory, path: Path, name: str
) -> None:
    (path / name).write_bytes(b"my notes\n")
    with pytest.raises(DestinationError, match=f"{name}' does not begin with .*move it away"):
        directory.save_class_files([ANNA])
    assert content(path) == {name: b"my notes\n"}


# Intents -------------------------------------------------------------------------------------------------------------


def test_what_the_first_intent_knew_stays(directory: CredentialsDirectory) -> None:
    directory.leave_intent("anna", Intent(access_key=True, known_access_key_ids=("AKIAOLD",)))
    directory.leave_intent("anna", Intent(True, True, ("AKIAOLD", "AKIAORPHAN")))
    assert directory.intent("anna") == Intent(True, True, ("AKIAOLD",))
    assert directory.intent("bert") is None


def test_an_intent_is_settled(directory: CredentialsDirectory, path: Path) -> None:
    directory.leave_intent("anna", Intent(True, True))
    directory.settle_intent("anna", Intent(access_key=True))
    assert directory.intent("anna") == Intent(access_key=True)
    directory.settle_intent("anna", Intent())
    directory.settle_intent("anna", Intent())
    assert directory.intent("anna") is None
    assert content(path) == {}


# Other runs ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that does nothing until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as one:
        yield one
        one.kill()


@pytest.fixture
def other(path: Path, directory: CredentialsDirectory, other_process: subprocess.Popen[bytes]) -> CredentialsDirectory:
    """Have another run at work in the directory."""
    assert directory.problem() is None
    return CredentialsDirectory(str(path), run=Run.of(other_process.pid))


def test_the_intent_of_a_run_at_work_is_respected(
    directory: CredentialsDirectory, other: CredentialsDirectory, other_process: subprocess.Popen[bytes]
) -> None:
    other.leave_intent("anna", Intent(access_key=True))
    said = f"another run (process {other_process.pid} on {socket.gethostname()}) is asking for secrets of 'anna'; run"
    assert said in str(directory.other_run("anna"))
    assert directory.other_run("bert") is None
    with pytest.raises(DestinationError, match=re.escape(said)):
        directory.leave_intent("anna", Intent(access_key=True, known_access_key_ids=("AKIANEW",)))
    assert other.intent("anna") == Intent(access_key=True)
    other.leave_intent("anna", Intent(login_profile=True))

    other_process.kill()
    other_process.wait()
    assert directory.other_run("anna") is None
    assert directory.leave_intent("anna", Intent(login_profile=True)) == Intent(True, True)
    found = directory.intent("anna")
    assert found is not None
    assert found.run == Run.of(os.getpid())


def test_the_intent_of_the_run_to_which_a_process_belongs_is_its_own(
    path: Path, other: CredentialsDirectory, other_process: subprocess.Popen[bytes]
) -> None:
    other.leave_intent("anna", Intent(access_key=True))
    part = CredentialsDirectory(str(path), part_of=Run.of(other_process.pid))
    assert part.other_run("anna") is None
    assert part.leave_intent("anna", Intent(access_key=True)) == Intent(access_key=True)


@pytest.mark.parametrize(("seconds", "holds"), [(0, True), (800, True), (-800, True), (1000, False), (-9000, False)])
def test_the_intent_of_another_machine_holds_for_a_while(
    directory: CredentialsDirectory, path: Path, seconds: int, holds: bool
) -> None:
    elsewhere = CredentialsDirectory(str(path), run=Run("school-pc", "a boot", 1, "1"))
    elsewhere.leave_intent("anna", Intent(access_key=True))
    os.utime(path / "anna_intent.json", (time.time() - seconds,) * 2)
    said = directory.other_run("anna") or ""
    assert bool(said) is holds
    if holds:
        assert "(process 1 on school-pc) was asking for secrets of 'anna' less than 15 minutes ago" in said
        assert f"remove '{path}/anna_intent.json'" in said


def test_a_plan_is_stale_when_another_run_has_saved_a_key_since(directory: CredentialsDirectory) -> None:
    directory.save_access_key(ANNA)
    with pytest.raises(StaleError):
        directory.leave_intent("anna", Intent(access_key=True), planned_key="")
    assert directory.intent("anna") is None
    directory.leave_intent("anna", Intent(access_key=True), planned_key=ANNA.access_key_id)


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
    assert directory.other_run("anna") is None, "what is left of it still tells that it has ended"
    directory.leave_intent("anna", Intent(access_key=True))
    directory.save_class_files([ANNA, BERT])
    assert not list(path.glob(".*.claim"))


def test_who_looks_at_a_claim_is_not_taken_for_its_owner(directory: CredentialsDirectory, path: Path) -> None:
    killed(directory, "anna")
    (claim,) = path.glob(".*.claim")
    with claim.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        with directory.alone(["anna"]):
            pass


def test_a_run_in_another_container_is_seen_to_be_at_work(directory: CredentialsDirectory, path: Path) -> None:
    elsewhere = CredentialsDirectory(str(path), run=Run("another-container", "a boot", 7, "1"))
    with elsewhere.alone(["anna"]):
        elsewhere.leave_intent("anna", Intent(access_key=True))
        os.utime(path / "anna_intent.json", (time.time() - 9000,) * 2)
        said = directory.other_run("anna") or ""
    assert "another run (process 7 on another-container) is asking for secrets of 'anna'" in said


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
    for held in (directory.alone(["anna"]), directory.lock()):
        with pytest.raises(DestinationError, match=re.escape(f"cannot be saved in '{path}': No locks")), held:
            pass


# The files of the class ----------------------------------------------------------------------------------------------


def test_others_stay_in_the_class(directory: CredentialsDirectory, path: Path) -> None:
    assert directory.save_class_files([ANNA, BERT])
    later = Credentials("carl", "Carl@7890", URL)
    assert directory.save_class_files([later])
    assert content(path) == {
        files.CLASS_FILE: files.class_csv([ANNA, BERT, later]),
        files.IMPORT_FILE: files.import_csv([ANNA, BERT]),
    }


def test_a_cell_that_was_known_stays(directory: CredentialsDirectory, path: Path) -> None:
    directory.save_class_files([ANNA, BERT])
    new_key = Credentials("anna", access_key_id=NEWER.access_key_id, secret_access_key=NEWER.secret_access_key)
    directory.save_class_files([new_key])
    merged = Credentials("anna", ANNA.password, URL, NEWER.access_key_id, NEWER.secret_access_key)
    assert content(path)[files.CLASS_FILE] == files.class_csv([merged, BERT])
    assert content(path)[files.IMPORT_FILE] == files.import_csv([NEWER, BERT])


def test_who_has_nothing_is_not_in_the_class(directory: CredentialsDirectory, path: Path) -> None:
    assert not directory.save_class_files([Credentials("anna")])
    assert content(path) == {}


def test_a_directory_that_has_disappeared_is_not_taken_for_one_that_nobody_needed(
    directory: CredentialsDirectory, path: Path
) -> None:
    path.rmdir()
    with pytest.raises(DestinationError, match="it is not there \\(any more\\); make the directory again"):
        directory.save_class_files([Credentials("anna")])


def test_check_mode_foretells_which_files_change(path: Path) -> None:
    directory = CredentialsDirectory(str(path))
    assert set(directory.class_files_with([ANNA])) == {files.CLASS_FILE, files.IMPORT_FILE}
    assert not directory.save_class_files([ANNA]), "nothing is made by the way"
    assert not path.exists()
    directory.prepare()
    directory.save_class_files([ANNA])
    assert directory.class_files_with([ANNA]) == {}
    assert set(directory.class_files_with([Credentials("anna", "Other@456")])) == {files.CLASS_FILE}


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
    monkeypatch.setattr(_credentials_directory, "_LOCK_SECONDS", 0)
    handle = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(DestinationError, match=r"another run has been writing to .* try again later"):
            directory.save_class_files([ANNA])
    finally:
        os.close(handle)
    assert directory.save_class_files([ANNA]), "and the lock is free again"
