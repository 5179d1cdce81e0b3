# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The collection's playbooks, run by a real ansible-playbook on both sides at once."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import yaml

from tests.e2e.support.promise import rows

from . import recorded
from .processes import BIN, Command, Run, together
from .replies import Difference

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .duet import Duet
    from .sides import Side

RECORDER = Path(__file__).parent / "recorder"
_LAST_WORDS = 2000
Runs = dict[str, Run]


class Workshop:
    """An inventory on each side, with the credentials beside it. A variable may be a function of the side."""

    def __init__(
        self, duet: Duet, name: str, hosts: Mapping[str, Mapping[str, t.Any]], variables: Mapping[str, t.Any]
    ) -> None:
        self._duet = duet
        self.name = name
        shared = {
            "name": "{{ inventory_hostname }}",
            "path": duet.mark.path,
            "tags": {duet.mark.tag["Key"]: duet.mark.tag["Value"]},
            **variables,
        }
        named = {host: _variables(own) for host, own in hosts.items()}
        content = {"all": {"hosts": named, "vars": _variables(shared)}}
        for side in duet.sides:
            folder = side.folder / name
            folder.mkdir(mode=0o700)
            self._inventory(side).write_text(yaml.safe_dump(_told_to(side, content)), encoding="utf-8")

    def _inventory(self, side: Side) -> Path:
        return side.folder / self.name / "hosts.yml"

    def credentials(self, side: Side) -> Path:
        """Where the secrets of one side are."""
        return side.folder / self.name / "credentials"

    def saved(self, side: Side, user: str, kind: str) -> dict[str, str]:
        """Read the only row of a user's file, C(credentials) or C(accessKeys), as Python's csv module does."""
        (row,) = rows(self.credentials(side) / f"{user}_{kind}.csv")
        return row

    def key(self, side: Side, user: str) -> tuple[str, str]:
        """Read a user's access key from its file."""
        row = self.saved(side, user, "accessKeys")
        return row["Access key ID"], row["Secret access key"]

    def secrets(self, side: Side) -> set[str]:
        """Return every secret that is on file, the old ones included."""
        files = [rows(path) for path in self.credentials(side).rglob("*.csv")]
        named = (row.get(name) for file in files for row in file for name in ("Password", "Secret access key"))
        return {secret for secret in named if secret}

    def run(self, about: str, *playbooks: str, status: int = 0, limit: str = "", **variables: t.Any) -> Runs:
        """Run playbooks with extra variables on both sides, and note how outcomes and replies differ."""
        arguments = [f"playbooks/{name}.yml" for name in playbooks]
        arguments += ["--limit", limit] if limit else []
        arguments += ["-e", json.dumps(_variables(variables))] if variables else []
        sides = self._duet.sides
        records = [side.folder / f"{self.name}-{about.replace(' ', '-')}.jsonl" for side in sides]
        commands = [self._command(side, arguments, path) for side, path in zip(sides, records, strict=True)]
        sandbox, aws = together(commands)
        label = f"{self.name}: {about}"
        report = self._duet.report
        report.differ(_different_recaps(label, aws, sandbox))
        recorded.compare(label, recorded.read(records[1]), recorded.read(records[0]), report)
        runs = {side.name: run for side, run in zip(sides, (sandbox, aws), strict=True)}
        self._duet.promise(
            f"{label} ({', '.join(playbooks)})", lambda side: self._faults(side, runs[side.name], status)
        )
        return runs

    def _command(self, side: Side, arguments: Sequence[str], records: Path) -> Command:
        pythonpath = os.pathsep.join(filter(None, (str(RECORDER), os.environ.get("PYTHONPATH"))))
        recorder = {"RECORDED_REPLIES": str(records), "RECORDED_PATH": side.path, "PYTHONPATH": pythonpath}
        command = [str(BIN / "ansible-playbook"), "-i", str(self._inventory(side)), *arguments]
        return Command(command, {**side.environment, **recorder}, records.with_suffix(".log"))

    def _faults(self, side: Side, run: Run, status: int) -> Iterator[str]:
        hidden = run.output
        for secret in self.secrets(side):
            hidden = hidden.replace(secret, "SECRET")
        if hidden != run.output:
            yield "a secret is in the output"
        if run.status != status:
            yield f"exit code {run.status} and not {status}; it ended with\n{hidden[-_LAST_WORDS:]}"


def _different_recaps(label: str, aws: Run, sandbox: Run) -> Iterator[Difference]:
    here, there = aws.recaps(), sandbox.recaps()
    for host in sorted({*here, *there}):
        if here.get(host) != there.get(host):
            yield Difference(label, f"recap of {host}", here.get(host, "nothing"), there.get(host, "nothing"))


def _variables(values: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {f"invoice_iam_user_{name}": value for name, value in values.items()}


def _told_to(side: Side, value: t.Any) -> t.Any:
    """Fill in what is different on each side."""
    if isinstance(value, dict):
        return {name: _told_to(side, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_told_to(side, one) for one in value]
    return value(side) if callable(value) else value
