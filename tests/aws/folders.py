# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Where a run keeps its files, which hold secrets: a directory that is gone afterwards, or shows who died over it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import typing as t
from pathlib import Path

from .mark import BASE, Mark

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = "lock"


def _path(token: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{BASE}-{token}"


@contextlib.contextmanager
def folder_of(mark: Mark) -> Iterator[Path]:
    """Make the directory of a run, hold its lock, and remove all of it in the end."""
    path = _path(mark.token)
    path.mkdir(mode=0o700)
    try:
        with (path / _LOCK).open("w", encoding="utf-8") as lock:
            # The kernel gives it back however this process ends.
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def known() -> dict[str, bool]:
    """Return the runs that have a directory of ours on this machine, and whether each is still at work."""
    pattern = re.compile(rf"{BASE}-([0-9a-f]{{10}})")
    found = {}
    for path in Path(tempfile.gettempdir()).iterdir():
        match = pattern.fullmatch(path.name)
        if match and path.is_dir() and not path.is_symlink() and path.stat().st_uid == os.getuid():
            found[match[1]] = _is_locked(path / _LOCK)
    return found


def _is_locked(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def forget(token: str) -> None:
    """Remove the directory of a run that is gone."""
    shutil.rmtree(_path(token), ignore_errors=True)
