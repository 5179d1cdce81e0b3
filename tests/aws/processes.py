# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Commands that run side by side, and end when we do."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
_PATIENCE = 3600.0
_LAST_WORDS = 30.0


class Command(t.NamedTuple):
    """What to start, and where its output goes."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path


class Run(t.NamedTuple):
    """What a command printed, and how it ended."""

    status: int
    output: str

    def recaps(self) -> dict[str, str]:
        """Return the play recap: the counts of each host, as they stand there."""
        lines = [line.partition(":") for line in self.output.partition("PLAY RECAP")[2].splitlines()[1:]]
        # Below it are the last lines of our own playbooks.
        return {host.strip(): " ".join(counts.split()) for host, _colon, counts in lines if " ok=" in counts}

    def recap(self, host: str) -> dict[str, int]:
        """Return the numbers of one host."""
        return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", self.recaps().get(host, ""))}

    def changed(self, host: str) -> int:
        """Return how often something of a host was changed; -1 where the recap does not say."""
        return self.recap(host).get("changed", -1)

    def flat(self) -> str:
        """Return the output with white space made one space, and quotes single: YAML folds and doubles them."""
        return re.sub(r"\s+", " ", self.output).replace("''", "'")


def together(commands: Sequence[Command]) -> list[Run]:
    """Run commands at the same time. When this process is interrupted, so are they, and nothing of them goes on."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            processes.append(_start(command))
        statuses = [process.wait(_PATIENCE) for process in processes]
    finally:
        for process in processes:
            _end(process)
    outputs = [one.log.read_text(encoding="utf-8", errors="replace") for one in commands]
    return [Run(status, output) for status, output in zip(statuses, outputs, strict=True)]


def _start(command: Command) -> subprocess.Popen[bytes]:
    with command.log.open("wb") as log:
        return subprocess.Popen(
            command.arguments,
            cwd=PROJECT,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us first, and then we interrupt it.
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt a command as Ctrl-C would, give it time to put things down, and end what is left of it."""
    if process.poll() is not None:
        return
    with contextlib.ExitStack() as stack:
        handles = [stack.enter_context(_handle(pid)) for pid in (process.pid, *_descendants(process.pid))]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LAST_WORDS)
        for handle in handles:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def _handle(pid: int) -> Iterator[int]:
    """Hold on to a process: its number may belong to another one in the end, and the handle never does."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        yield -1
        return
    try:
        yield handle
    finally:
        os.close(handle)


def _descendants(pid: int) -> list[int]:
    """Find what a process has started, and what that has; Ansible's workers have sessions of their own."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found, left = [], [pid]
    while left:
        theirs = children.get(left.pop(), [])
        found += theirs
        left += theirs
    return found
