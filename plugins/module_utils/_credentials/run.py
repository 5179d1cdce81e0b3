# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Identify a process so that other processes can find out whether it still runs.

A process ID alone is reused. Together with the start time of the process and its machine, it is unique.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import typing as t
from dataclasses import asdict, dataclass
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_PROC = Path("/proc")


@dataclass(frozen=True)
class Run:
    """A process that works on a destination. C(started) is empty if there is no such process."""

    host: str
    # The system on that host: containers may share a host name, and process IDs start again after a reboot.
    machine: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    @classmethod
    def of(cls, pid: int) -> Run:
        """Identify a process of this machine."""
        return cls(socket.gethostname(), _machine(), pid, _started(pid))

    @property
    def place(self) -> str:
        """A short name of the system that the process runs on, for a file name."""
        return hashlib.sha256(f"{self.host} {self.machine}".encode()).hexdigest()[:8]

    @classmethod
    def read(cls, noted: Mapping[str, t.Any]) -> Run:
        """Build a run from what C(noted) returned. Raises KeyError, TypeError and ValueError."""
        return cls(str(noted["host"]), str(noted["machine"]), int(noted["pid"]), str(noted["started"]))

    def noted(self) -> dict[str, t.Any]:
        """Convert the run to plain values for a file."""
        return asdict(self)

    def is_at_work(self) -> bool | None:
        """Return whether the process still runs, or None if that cannot be seen from here."""
        here = Run.of(self.pid)
        if (here.host, here.machine) != (self.host, self.machine):
            return None
        return bool(self.started) and here.started == self.started


def _machine() -> str:
    """Identify the running system: its boot, and the namespace in which its process IDs are unique."""
    try:
        boot = (_PROC / "sys" / "kernel" / "random" / "boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink(_PROC / 'self' / 'ns' / 'pid')}"
    except OSError:
        return ""  # Not Linux: only the host's name is known.


def _started(pid: int) -> str:
    """Return when a process started, or "" if it does not exist or is a zombie."""
    if not (_PROC / "self" / "stat").exists():
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    try:
        # proc(5): the name, in parentheses, may contain anything; after it come the state (3) and the start time (22).
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
