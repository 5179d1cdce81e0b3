# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What a run tells people, while it goes on and at its end."""

from __future__ import annotations

import contextlib
import sys
import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from .replies import Difference


def say(line: str = "") -> None:
    """Print a line. That nobody reads it any more, as after a hang-up, must not keep us from cleaning up."""
    with contextlib.suppress(OSError, ValueError):
        print(line, flush=True)


@dataclass
class Report:
    """All that was found."""

    differences: list[Difference] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    asked: int = 0
    recorded: int = 0

    def differ(self, found: t.Iterable[Difference]) -> None:
        """Note differences, each once."""
        self.differences += [one for one in dict.fromkeys(found) if one not in self.differences]

    def promise(self, sentence: str, faults: t.Mapping[str, t.Sequence[str]]) -> bool:
        """Say whether a promise was kept. The faults are those on each side."""
        kept = not any(faults.values())
        say(f"  {'ok      ' if kept else 'NOT KEPT'} {sentence}")
        for side, said in faults.items():
            self.broken += [f"{sentence}: {side}: {one}" for one in said]
        return kept

    @property
    def good(self) -> bool:
        """Whether there is nothing to look into."""
        return not self.differences and not self.broken

    def sum_up(self) -> None:
        """Print what was found, by kind."""
        say(f"\nReplies that were compared: {self.asked} to our own calls, {self.recorded} to those of the playbooks.")
        _list("Came late, as AWS's answers may", self.late)
        _list("To know", list(dict.fromkeys(self.remarks)))
        _list("Differences between AWS and the sandbox", self.differences)
        _list("Promises that were not kept", self.broken)
        if self.good:
            say("No differences, and every promise was kept.")


def _list(title: str, lines: t.Sequence[object]) -> None:
    if lines:
        say(f"{title} ({len(lines)}):")
        for line in lines:
            say(f"  {line}")


def complain(line: str) -> None:
    """Print a line for whoever reads errors."""
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)
