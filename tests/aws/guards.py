# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The guards: what is wrong is refused, and nothing is written."""

from __future__ import annotations

import typing as t

from .people import look, make_stranger, stable
from .playbooks import Workshop

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .duet import Duet
    from .sides import Side


def _another_account(side: Side) -> str:
    """Name an account that is not this one."""
    return f"{(int(side.account) + 1) % 10**12:012d}"


class Guards:
    """A user of somebody else, and a class in which everybody has a fault of their own."""

    def __init__(self, duet: Duet) -> None:
        self.duet = duet
        self.stranger, self.quiet = duet.mark.name("stranger"), duet.mark.name("quiet-stranger")
        name = duet.mark.name
        # Host -> what is wrong with it, and a part of the sentence that has to be said
        self.faults: dict[str, tuple[dict[str, t.Any], str]] = {
            self.stranger: ({}, "is not managed by this collection"),
            name("no-policy"): ({"managed_policies": [name("unknown-policy")]}, "there is no managed policy"),
            name("strange-arn"): ({"managed_policies": ["arn:of:something"]}, "is not the ARN of a managed policy"),
            name("their-policy"): (
                {"managed_policies": [lambda side: f"arn:{side.partition}:iam::{_another_account(side)}:policy/x"]},
                "belongs to account",
            ),
            name("no-boundary"): ({"permissions_boundary": name("unknown-policy")}, "there is no managed policy"),
            name("weak-password"): ({"console_password": "Ab1"}, "password policy"),
            name("wrong-path"): ({"path": "no-slashes"}, "path"),
            name("wrong-name"): ({"name": "two words"}, "two words"),
            name("in-capitals"): ({"name": self.quiet.upper()}, "IAM ignores case"),
        }
        hosts = {host: wrong for host, (wrong, _sentence) in self.faults.items()}
        self.workshop = Workshop(duet, "guards", hosts, {"managed_policies": []})

    def run(self) -> None:
        """Bring each guard about."""
        for name in (self.stranger, self.quiet):
            make_stranger(self.duet, name)
        before = self._state("before the guards")
        runs = self.workshop.run("a class of faults", "class", status=2)

        def silent(side: Side) -> Iterator[str]:
            said = runs[side.name].flat()
            for host, (_wrong, sentence) in self.faults.items():
                if sentence not in said:
                    yield f"of {host}, it does not say {sentence!r}"

        self.duet.promise("every fault is named", silent)
        after = self._state("after the guards")

        def written(side: Side) -> Iterator[str]:
            yield from ["something is not as it was"] if before[side.name] != after[side.name] else []

        self.duet.promise("nobody was made, and no stranger was touched", written)

    def _state(self, when: str) -> dict[str, t.Any]:
        seen = look(self.duet, self.stranger, when)
        listed = self.duet.call(f"ours {when}", "list_users", PathPrefix=self.duet.mark.path)
        return {side.name: (stable(seen[side.name]), listed[side]["Users"]) for side in self.duet.sides}


def run(duet: Duet) -> None:
    """Play the guards."""
    Guards(duet).run()
