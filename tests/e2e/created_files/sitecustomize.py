# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Writes down every file and directory that a Python process makes, with the mode that it has at that moment.

Python imports a C(sitecustomize) at its start where PYTHONPATH has this folder. C(CREATED_FILES) names the file that
gets a JSON line for each: C(path), C(mode).
"""

from __future__ import annotations

import builtins
import io
import json
import os
import stat
import typing as t

_open, _mkdir, _open_file = os.open, os.mkdir, io.open


def _note(path: t.Any, mode: int) -> None:
    line = json.dumps({"path": os.path.abspath(os.fsdecode(path)), "mode": stat.S_IMODE(mode)})
    handle = _open(os.environ["CREATED_FILES"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def _named(path: t.Any) -> bool:
    """Tell whether it is a name, and one that is free."""
    return not isinstance(path, int) and not os.path.lexists(path)


def _watched_open(path: t.Any, flags: int, mode: int = 0o777, **options: t.Any) -> int:
    new = bool(flags & os.O_CREAT) and "dir_fd" not in options and _named(path)
    handle = _open(path, flags, mode, **options)
    if new:
        _note(path, os.fstat(handle).st_mode)
    return handle


def _watched_mkdir(path: t.Any, mode: int = 0o777, **options: t.Any) -> None:
    _mkdir(path, mode, **options)
    if "dir_fd" not in options:
        _note(path, os.stat(path).st_mode)


def _watched_open_file(file: t.Any, mode: str = "r", *arguments: t.Any, **options: t.Any) -> t.Any:
    # With an opener it is os.open that makes the file.
    new = not options.get("opener") and set(mode) & set("wax") and _named(file)
    stream = _open_file(file, mode, *arguments, **options)
    if new:
        _note(file, os.fstat(stream.fileno()).st_mode)
    return stream


if "CREATED_FILES" in os.environ:
    os.open = _watched_open
    os.mkdir = _watched_mkdir
    builtins.open = io.open = _watched_open_file
