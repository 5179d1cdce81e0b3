# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The whole life of a class of five."""

from __future__ import annotations

import functools
import typing as t

from .mark import HOURS
from .people import faults_of, keys_of, look, make_stranger, prove_key, prove_password, stable
from .playbooks import Workshop
from .steps import make_policies
from .things import burden

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .duet import Duet
    from .people import Seen
    from .sides import Side

SIZE = 5
_LAST_DAY = "2099-12-31"
# What revoke.yml leaves with a user whose sessions it ends
_SESSIONS_POLICY = "AWSRevokeOlderSessions"


class ClassLife:
    """Five students, from their first day to their last, and a user of somebody else who is in their inventory."""

    def __init__(self, duet: Duet) -> None:
        self.duet = duet
        self.students = [duet.mark.name(f"student-{number}") for number in range(1, SIZE + 1)]
        self.stranger = duet.mark.name("guest")
        self.policies = make_policies(duet, "class")
        self._ours = f"!{self.stranger}"
        variables = {
            "managed_policies": [self.policies[0]],
            "permissions_boundary": self.policies[1],
            "expires": _LAST_DAY,
            "class": duet.mark.class_name,
            "closes": _LAST_DAY,
        }
        self.workshop = Workshop(duet, "class", {name: {} for name in (*self.students, self.stranger)}, variables)

    def run(self) -> None:
        """Play all days."""
        make_stranger(self.duet, self.stranger)
        before = look(self.duet, self.stranger, "at first")
        self._provision()
        self._change_nothing()
        self._pause()
        self._rotate()
        self._revoke()
        self._restore()
        self._teardown()
        after = look(self.duet, self.stranger, "in the end")

        def faults(side: Side) -> Iterator[str]:
            yield from ["touched"] if stable(before[side.name]) != stable(after[side.name]) else []

        self.duet.promise("neither revocation nor teardown touched a stranger", faults)

    def _provision(self) -> None:
        self.workshop.run("first day", "class", limit=self._ours)
        self._see("after the first day")
        self._prove_keys("on the first day")
        prove_password(self.duet, self.workshop, self.students[0])

    def _change_nothing(self) -> None:
        before = self._look("before the second run")
        runs = self.workshop.run("second run", "class", "verify", limit=self._ours)

        def faults(side: Side) -> Iterator[str]:
            for name in self.students:
                if runs[side.name].changed(name):
                    yield f"the recap of {name} says changed"
                if before[name][side.name] != after[name][side.name]:
                    yield f"something of {name} is not as it was"

        after = self._look("after the second run")
        self.duet.promise("the second run changes nothing", faults)

    def _pause(self) -> None:
        self._work("before the pause")
        self.workshop.run("pause", "hours", limit=self._ours, hours="pause")
        self._work("while the class is paused", works=False)
        self._prove_keys("while the class is paused")
        self.workshop.run("resumption", "hours", limit=self._ours, hours="resume")
        self._work("after the resumption")

    def _work(self, when: str, *, works: bool = True) -> None:
        """Let students do what their policy allows, or see that the hours of the class deny it."""
        expect = "" if works else "AccessDenied"
        for name in self.students:
            own = functools.partial(self._key, name)
            self.duet.call(f"{name} {when}", "get_user", by=own, UserName=name, expect=expect)

    def _hours(self, side: Side) -> str:
        return f"arn:{side.partition}:iam::{side.account}:policy/{HOURS}{self.duet.mark.class_name}"

    def _rotate(self) -> None:
        old = self._keys()
        self.workshop.run("rotation", "rotate", limit=self._ours, rotate_older_than_days=0)
        self._see("after the rotation")
        self._prove_keys("after the rotation")
        name = self.students[0]
        prove_key(self.duet, lambda side: old[side.name][name], f"the key of {name} before the rotation", works=False)

        def faults(side: Side) -> Iterator[str]:
            same = [name for name, key in self._keys()[side.name].items() if key == old[side.name][name]]
            if same:
                yield f"the same key as before have {same}"

        self.duet.promise("everybody has another key", faults)

    def _revoke(self) -> None:
        wishes: dict[str, t.Any] = {"revoke_sign_in": True, "revoke_sessions": True}
        # The class's own playbook right after it gives nothing back: the revocation is the only change.
        runs = self.workshop.run("revocation", "revoke", "class", status=2, **wishes)
        seen = {name: look(self.duet, name, "after the revocation", sign_in=False) for name in self.students}

        def faults(side: Side) -> Iterator[str]:
            for name in self.students:
                found = seen[name][side.name]
                if set(keys_of(found).values()) != {"Inactive"}:
                    yield f"the keys of {name} are {keys_of(found)}"
                if _SESSIONS_POLICY not in found["inline"].get("PolicyNames", []):
                    yield f"the sessions of {name} go on"

        self.duet.promise("nobody has access any more", faults)
        self._prove_keys("after the revocation", works=False)

        def changed(side: Side) -> Iterator[str]:
            for name in self.students:
                if runs[side.name].changed(name) != 1:
                    yield f"{name} was changed {runs[side.name].changed(name)} times"

        self.duet.promise("what is revoked stays so", changed)

    def _restore(self) -> None:
        self.workshop.run("restoration", "class", "verify", limit=self._ours, restore_access=True)
        self._see("after the restoration")
        self._prove_keys("after the restoration")
        prove_password(self.duet, self.workshop, self.students[0])

    def _teardown(self) -> None:
        burden(self.duet, self.students[-1])
        before = self._look("before the unconfirmed teardown")
        self.workshop.run("unconfirmed teardown", "teardown", status=2)
        after = self._look("after the unconfirmed teardown")

        def faults(side: Side) -> Iterator[str]:
            yield from (f"{name} was touched" for name in self.students if before[name] != after[name])

        self.duet.promise("unconfirmed, nobody is removed", faults)
        self.workshop.run("teardown", "teardown", status=2, teardown_confirm=SIZE, teardown_files="delete")
        for name in self.students:
            self.duet.call(f"{name} after the teardown", "get_user", UserName=name, expect="NoSuchEntity")
        self.duet.call("the hours after the teardown", "get_policy", PolicyArn=self._hours, expect="NoSuchEntity")
        self.duet.promise("the files of those who are gone are deleted", self._left_files)

    def _left_files(self, side: Side) -> Iterator[str]:
        files = self.workshop.credentials(side).rglob("*.csv")
        yield from (
            f"{path.name} is there" for path in files if any(path.name.startswith(one) for one in self.students)
        )

    def _look(self, when: str) -> dict[str, dict[str, Seen]]:
        seen = {name: look(self.duet, name, when) for name in self.students}
        return {name: {side: stable(one) for side, one in both.items()} for name, both in seen.items()}

    def _see(self, when: str) -> None:
        seen = {name: look(self.duet, name, when) for name in self.students}

        def faults(side: Side) -> Iterator[str]:
            for name in self.students:
                policies = [self.policies[0], self._hours]
                yield from faults_of(self.duet, self.workshop, side, seen[name][side.name], policies)
                boundary = seen[name][side.name]["user"].get("User", {}).get("PermissionsBoundary", {})
                if boundary.get("PermissionsBoundaryArn") != self.policies[1](side):
                    yield f"the boundary of {name} is {boundary}"

        self.duet.promise(f"{when}, everybody has what is promised", faults)

    def _keys(self) -> dict[str, dict[str, tuple[str, str]]]:
        return {side.name: {name: self.workshop.key(side, name) for name in self.students} for side in self.duet.sides}

    def _prove_keys(self, when: str, *, works: bool = True) -> None:
        for name in self.students:
            prove_key(self.duet, functools.partial(self._key, name), f"{name} {when}", works=works)

    def _key(self, name: str, side: Side) -> tuple[str, str]:
        return self.workshop.key(side, name)


def run(duet: Duet) -> None:
    """Play the life of a class."""
    ClassLife(duet).run()
