# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What the playbooks' own processes were answered, held against each other."""

from __future__ import annotations

import json
import typing as t

from .duet import PASSING
from .recorder.sitecustomize import NOTHING
from .replies import Difference, different_members

if t.TYPE_CHECKING:
    from pathlib import Path

    from .report import Report

Record = dict[str, t.Any]
Seen = dict[str, set[str]]


def read(path: Path) -> list[Record]:
    """Read what the recorder wrote."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def compare(label: str, aws: list[Record], sandbox: list[Record], report: Report) -> None:
    """Note how the replies to a playbook differ.

    Its processes ask in an order of their own, and once more where AWS is late: what counts is what each action was
    ever answered.
    """
    here, there = _ever(aws), _ever(sandbox)
    report.recorded += len(aws)
    for action, code in sorted({*here, *there}):
        found, expected = here.get((action, code)), there.get((action, code))
        where = f"{action}, {label}"
        if found is not None and expected is not None:
            _compare_members(where, found, expected, report)
        elif found is not None and code in PASSING:
            report.late.append(f"{where}: {code}")
        elif found is not None and not code and action.startswith(("Get", "List")):
            report.remarks.append(f"{where}: asked on AWS only")
        else:
            which = [code or "success" if one is not None else NOTHING for one in (found, expected)]
            report.differ([Difference(where, "answer", *which)])


def _ever(records: list[Record]) -> dict[tuple[str, str], Seen]:
    seen: dict[tuple[str, str], Seen] = {}
    for record in records:
        known = seen.setdefault((record["action"], record["code"]), {})
        known.setdefault("HTTP status", set()).add(str(record["status"]))
        for name, kinds in record["members"].items():
            known.setdefault(name, set()).update(set(kinds) - {NOTHING})
    return seen


def _compare_members(where: str, found: Seen, expected: Seen, report: Report) -> None:
    for name, here, there in different_members(found, expected):
        # A list that misses what was just made is late. Our own reads wait for it, and compare what is in it.
        if name.endswith("[]") and here == NOTHING:
            report.late.append(f"{where}: {name.removesuffix('[]')} without elements")
        else:
            report.differ([Difference(where, name, here, there)])
