# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A newcomer's desk: a directory without any configuration of ours, a terminal, and what is seen on it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pyte

from ..conftest import BIN, environment, in_a_log

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMMAND = re.compile(r"ansible-playbook -i .+")


@dataclass(frozen=True)
class Seen:
    """How a command ended, and what it printed."""

    status: int
    output: str

    @property
    def end(self) -> list[str]:
        """What stands after the recap."""
        return self.output.split("PLAY RECAP", 1)[1].split("\n\n", 1)[1].splitlines()

    def advised(self) -> list[str]:
        """The commands that people are advised to type, at the end."""
        return [found[0] for line in self.end if (found := _COMMAND.search(line))]


def people(iam: t.Any) -> list[str]:
    """Who there is in the account beside its operator."""
    return [one["UserName"] for one in iam.list_users()["Users"] if one["UserName"] != "sandbox-operator"]


class Desk:
    """A directory, and the commands that are typed in it."""

    def __init__(self, path: Path, aws: Mapping[str, str]) -> None:
        self.path = path
        self.env = environment() | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | dict(aws)

    def write(self, name: str, content: str | bytes) -> None:
        """Put a file there."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def type(self, command: str, **more: str) -> Seen:
        """Type a command, with more variables of the environment; the output goes to a file, as in CI."""
        done = in_a_log(["/bin/sh", "-c", command], self.path, self.env | more)
        return Seen(done.returncode, done.stdout)


def on_a_terminal(
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    size: tuple[int, int] = (100, 30),
    answers: Mapping[str, str] | None = None,
) -> tuple[int, list[str]]:
    """Run a command on a terminal, answer what it asks, and return its status and the last screen."""
    status, screen = screen_of(command, folder, env, size, answers)
    return status, [line.rstrip() for line in screen.display]


def screen_of(
    command: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    size: tuple[int, int] = (100, 30),
    answers: Mapping[str, str] | None = None,
) -> tuple[int, pyte.Screen]:
    """Do the same, and return the screen with its colours."""
    columns, rows = size
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(command[0], list(command), dict(env))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    left = dict(answers or {})
    try:
        while chunk := os.read(terminal, 65536):
            stream.feed(chunk)
            for question in [one for one in left if any(one in line for line in screen.display)]:
                os.write(terminal, f"{left.pop(question)}\n".encode())
    except OSError:
        pass  # Linux says so when the other end is closed
    os.close(terminal)
    _child, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), screen
