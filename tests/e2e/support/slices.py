# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run a class in slices as AWX does: each slice is a job with its own inventory, sent by ansible-runner's streams.

In AWX, C(transmit) and C(process) run in the control plane, and C(worker) in a container on another node.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.aws.client import Sandbox

RUNNER = Path(sys.executable).with_name("ansible-runner")
PLAYBOOK = "invoice_scanner.iam.class"
_IDENT = "job"


@dataclass(frozen=True)
class Inventory:
    """An inventory in AWX."""

    hosts: Mapping[str, Mapping[str, t.Any]]
    groups: Mapping[str, Sequence[str]]
    variables: Mapping[str, t.Any]

    def names(self, number: int, count: int) -> list[str]:
        """Return the hosts of a slice, as AWX distributes them, sorted by name (Inventory.get_sliced_hosts)."""
        return sorted(self.hosts)[number - 1 :: count]

    def script(self, number: int, count: int) -> str:
        """Return the inventory script of a slice, as AWX writes it (Inventory.get_script_data)."""
        names = self.names(number, count)
        grouped = {name: [host for host in names if host in hosts] for name, hosts in self.groups.items()}
        everybody = {
            "hosts": [name for name in names if not any(name in hosts for hosts in grouped.values())],
            "vars": dict(self.variables),
            "children": list(self.groups),
        }
        data = {
            "all": everybody,
            **{name: {"hosts": hosts} for name, hosts in grouped.items() if hosts},
            "_meta": {"hostvars": {name: dict(self.hosts[name]) for name in names}},
        }
        return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(data)!r})\n"


class Job:
    """A job that serves one slice."""

    def __init__(self, folder: Path, inventory: Inventory, number: int, count: int, extra: Mapping[str, t.Any]) -> None:
        self.number = number
        self.names = inventory.names(number, count)
        self._here = folder / "controller"
        self._node = folder / "node"
        for name in ("env", "inventory", "project"):
            (self._here / name).mkdir(parents=True)
        self._node.mkdir()
        script = self._here / "inventory" / "hosts"
        script.write_text(inventory.script(number, count), encoding="utf-8")
        script.chmod(0o700)
        (self._here / "env" / "extravars").write_text(json.dumps({"awx_job_id": number, **extra}), encoding="utf-8")

    def start(self, aws: Sandbox, env: Mapping[str, str]) -> None:
        """Start the job with the environment of AWX's AWS credential, which has keys, but no region."""
        given = {name: value for name, value in aws.env().items() if name != "AWS_DEFAULT_REGION"}
        (self._here / "env" / "envvars").write_text(json.dumps(given), encoding="utf-8")
        transmit = self._runner(["transmit", str(self._here), "-p", PLAYBOOK, "-i", _IDENT], env, None)
        self._worker = self._runner(["worker", "--private-data-dir", str(self._node)], env, transmit.stdout)
        process = self._runner(["process", str(self._here), "-i", _IDENT], env, self._worker.stdout)
        self._all = (transmit, self._worker, process)

    def _runner(
        self, arguments: list[str], env: Mapping[str, str], stdin: t.IO[bytes] | None
    ) -> subprocess.Popen[bytes]:
        one = subprocess.Popen(
            [str(RUNNER), *arguments],
            env=env,
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if stdin:
            stdin.close()  # Only the child reads it, so that the writer notices when the child ends.
        return one

    def has_ended(self) -> bool:
        """Return whether the job has ended."""
        return self._all[-1].poll() is not None

    def wait(self) -> tuple[int | None, str]:
        """Wait for the end of the job. Returns its exit status, or None if it was killed, and its output."""
        self._all[-1].communicate(timeout=600)
        for one in self._all:
            one.wait()
        left = self._here / "artifacts" / _IDENT
        status = (left / "rc").read_text() if (left / "rc").exists() else ""
        shown = (left / "stdout").read_text(encoding="utf-8") if (left / "stdout").exists() else ""
        return int(status) if status.strip() else None, shown

    def kill(self) -> None:
        """Kill the worker and all its descendants, as if its node had failed, if it is still running."""
        if self._worker.poll() is not None:
            return
        family: list[int] = []
        while more := [pid for pid in descendants(self._worker.pid) if pid not in family]:
            for pid in more:
                os.kill(pid, signal.SIGSTOP)  # so that it starts nothing more in the meantime
            family += more
        for pid in family:
            os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> Iterable[int]:
    """List a process and all its descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found
