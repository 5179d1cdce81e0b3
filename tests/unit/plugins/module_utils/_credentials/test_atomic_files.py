# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The only code that writes secrets to a disk: modes, atomicity, and what is refused."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.atomic_files import AtomicFiles
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import (
    DestinationError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run

if t.TYPE_CHECKING:
    pass

from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.people import (
    ANNA,
    NEWER,
    content,
    fails,
    write_everything,
)


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
    assert len(left) == 10, "three of anna's, three older ones, two of the class, the intent and the lock"
    assert {stat.S_IMODE(one.stat().st_mode) for one in left} == {0o600}


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


def test_what_was_kept_of_a_file_is_found_by_its_name_whatever_its_kind(tmp_path: Path) -> None:
    files = AtomicFiles(str(tmp_path / "pages"))
    files.prepare()
    for content_of_page in (b"1", b"2", b"3"):
        for name in ("anna.html", "anna.b.html", "anna.csv"):
            files.put(name, content_of_page, keep_old=True)
    kept = files.former("anna.html")
    assert len(kept) == 2
    assert {files.get(name) for name in kept} == {b"1", b"2"}
    assert len(files.superseded()) == 6


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
    assert refusal(path) == f"{str(path)!r} is a symbolic link; name its target: {str(tmp_path)!r}"


@pytest.mark.parametrize("place", ["the directory", "its parent"])
def test_a_file_in_the_way_is_refused(path: Path, place: str) -> None:
    in_the_way = path if place == "the directory" else path.parent
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_bytes(b"")
    assert refusal(path) == (
        f"credentials cannot be saved in {str(path)!r}: there is a file where a directory is needed; move it away or "
        "choose another directory"
    )


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o704])
def test_a_directory_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    path.mkdir(parents=True)
    path.chmod(mode)
    expected = f"{str(path)!r} can be read by other users of this machine (mode {mode:04o}); run: chmod 700 {path}"
    assert refusal(path) == expected
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("exists", [True, False])
def test_a_place_where_one_may_not_write_is_refused(path: Path, exists: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if exists:
        path.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "access", lambda *_args: False)
    assert "the user who runs Ansible may not write there" in refusal(path)


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
