# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Lets a chosen operation on the files of one folder go wrong; the code under test knows nothing of it.

Python imports a C(sitecustomize) at its start where PYTHONPATH has this folder, so that it reaches the modules that a
playbook starts. C(FILE_FAULT) says in JSON what is to happen; without it nothing does:

folder: whose files are watched, log: file to which each operation is written, a line each,
nth: the operation that goes wrong, counted over all processes (0: none),
how: C(before) or C(after): SIGKILL to the whole run; a number: from here on all fail with this errno; C(gone): the
folder is removed; C(bug): an error that nobody expects, parent: the process that started the run.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import threading
import typing as t
from pathlib import Path

_OPERATIONS = ("open", "fsync", "rename", "replace", "unlink", "remove", "mkdir", "link", "truncate")


class Faults:
    """Stands between Python and the system."""

    def __init__(self, folder: str, log: str, nth: int, how: str | int, parent: int) -> None:
        self._folder, self._log = os.path.realpath(folder), log
        self._nth, self._how, self._parent = nth, how, parent
        self._lock = threading.Lock()
        self._real = {name: getattr(os, name) for name in _OPERATIONS}

    def install(self) -> None:
        """Watch from now on, in this process."""
        for name in _OPERATIONS:
            setattr(os, name, self._watched(name))

    def _watched(self, name: str) -> t.Callable[..., t.Any]:
        real = self._real[name]

        def operation(*args: t.Any, **kwargs: t.Any) -> t.Any:
            path = self._watched_path(name, args)
            if path is None:
                return real(*args, **kwargs)
            due = self._is_due(f"{name} {path}")
            if due:
                self._strike()
            answer = real(*args, **kwargs)
            if due and self._how == "after":
                self._kill()
            return answer

        return operation

    def _watched_path(self, name: str, args: tuple[t.Any, ...]) -> str | None:
        """Name the file, relative to the folder, if it is in there and the operation changes something."""
        if name == "open" and not args[1] & os.O_CREAT:
            return None
        if name in ("unlink", "remove") and not os.path.lexists(args[0]):
            return None
        named = args[1] if name in ("rename", "replace", "link") else args[0]
        path = os.readlink(f"/proc/self/fd/{named}") if isinstance(named, int) else os.path.abspath(named)
        if not f"{path}/".startswith(f"{self._folder}/"):
            return None
        return os.path.relpath(path, os.path.dirname(self._folder))

    def _is_due(self, line: str) -> bool:
        with self._lock:
            handle = self._real["open"](self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(handle, f"{line}\n".encode())
            os.close(handle)
            count = Path(self._log).read_bytes().count(b"\n")
        return count >= self._nth > 0 if isinstance(self._how, int) else count == self._nth

    def _strike(self) -> None:
        if self._how == "before":
            self._kill()
        elif self._how == "gone":
            shutil.rmtree(self._folder)
        elif self._how == "bug":
            raise RuntimeError("a bug")
        elif isinstance(self._how, int):
            raise OSError(self._how, os.strerror(self._how))

    def _kill(self) -> None:
        """Kill the process that the test started, and all that it started itself; at last this one."""
        parents = dict(_processes())
        root = os.getpid()
        while parents.get(root, self._parent) != self._parent:
            root = parents[root]
        family = {root}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        for pid in [*(family - {os.getpid()}), os.getpid()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _processes() -> t.Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield int(path.parent.name), int(path.read_text(errors="replace").rpartition(")")[2].split()[1])


if "FILE_FAULT" in os.environ:
    Faults(**json.loads(os.environ["FILE_FAULT"])).install()
