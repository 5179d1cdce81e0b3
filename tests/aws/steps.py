# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The nine steps of the workshop's page, by one playbook."""

from __future__ import annotations

import functools
import typing as t

from tests.e2e.support.promise import DESCRIPTION

from .people import attached_to, faults_of, keys_of, look, prove_key, prove_password, stable, tags_of
from .playbooks import Workshop
from .things import password, policy_text

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .duet import Duet
    from .people import Seen
    from .processes import Run
    from .sides import Side

_BOM = b"\xef\xbb\xbf"


def make_policies(duet: Duet, whose: str) -> list[Callable[[Side], str]]:
    """Make what stands in for the workshop's two policies, and wait until it is listed."""
    names = [duet.mark.name(end) for end in (f"{whose}-first-policy", f"{whose}-second-policy")]
    for name in names:
        duet.call(
            name,
            "create_policy",
            PolicyName=name,
            Path=duet.mark.path,
            PolicyDocument=policy_text(duet.mark.path),
            Tags=[duet.mark.tag],
        )
    duet.call("ours", "list_policies", Scope="Local", PathPrefix=duet.mark.path)
    return [functools.partial(_arn_of, name) for name in names]


def _arn_of(name: str, side: Side) -> str:
    return side.policy_arn(name)


class Steps:
    """One person, as on the page; the user has another name here, and harmless policies."""

    def __init__(self, duet: Duet) -> None:
        self.duet = duet
        self.user = duet.mark.name("participant")
        self.policies = make_policies(duet, "steps")
        self.password = password()
        # One by its name and one by its ARN
        wanted = [duet.mark.name("steps-first-policy"), self.policies[1]]
        variables = {"managed_policies": wanted, "console_password": self.password}
        self.workshop = Workshop(duet, "steps", {self.user: {}}, variables)

    def run(self) -> None:
        """Play the steps, and see that the second run changes nothing."""
        first = self.workshop.run("first run", "setup")
        self.duet.promise("step 1: the operator needs no console", lambda side: self._changed(first[side.name], True))
        seen = look(self.duet, self.user, "after the first run")
        self._see(seen)
        prove_key(self.duet, lambda side: self.workshop.key(side, self.user), f"the saved key of {self.user}")
        second = self.workshop.run("second run", "setup")
        again = look(self.duet, self.user, "after the second run")

        def faults(side: Side) -> Iterator[str]:
            yield from self._changed(second[side.name], False)
            if stable(seen[side.name]) != stable(again[side.name]):
                yield "something of the user is not as it was"

        self.duet.promise("the second run changes nothing", faults)
        prove_password(self.duet, self.workshop, self.user)

    def _changed(self, run: Run, expected: bool) -> Iterator[str]:
        recap = run.recap(self.user)
        if recap.get("failed") != 0 or (recap.get("changed", 0) > 0) is not expected:
            yield f"its recap is {recap}"

    def _see(self, seen: dict[str, Seen]) -> None:
        steps: tuple[tuple[str, Callable[[Side, Seen], Iterator[str]]], ...] = (
            ("step 2: the user can sign in and keeps the password", _signs_in),
            ("step 3: both policies are attached", self._has_policies),
            ("step 4: the login file is the console's download", self._has_login_file),
            ("step 5: the user is listed, below the path and with its tags", self._is_listed),
            ("step 6: there is one access key", _has_one_key),
            ("step 7: the key is described as the console does it", self._key_is_described),
            ("step 8: the key file is the console's download", self._has_key_file),
            ("step 9: the key is Active", self._key_is_active),
        )
        for sentence, faults in steps:
            self.duet.report.promise(
                sentence, {side.name: list(faults(side, seen[side.name])) for side in self.duet.sides}
            )

    def _has_policies(self, side: Side, seen: Seen) -> Iterator[str]:
        if attached_to(seen) != {arn(side) for arn in self.policies}:
            yield f"attached are {sorted(attached_to(seen))}"

    def _has_login_file(self, side: Side, _seen: Seen) -> Iterator[str]:
        alias = next(iter(side.client("iam").list_account_aliases()["AccountAliases"]), side.account)
        path = self.workshop.credentials(side) / f"{self.user}_credentials.csv"
        domain = {"aws": "aws.amazon.com", "aws-us-gov": "amazonaws-us-gov.com", "aws-cn": "amazonaws.cn"}
        url = f"https://{alias}.signin.{domain[side.partition]}/console"
        line = f"User name,Password,Console sign-in URL\r\n{self.user},{self.password},{url}\r\n"
        if path.read_bytes() != _BOM + line.encode():
            yield "it has other bytes"
        if (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) != (0o600, 0o700):
            yield "others can read it"

    def _is_listed(self, side: Side, seen: Seen) -> Iterator[str]:
        yield from faults_of(self.duet, self.workshop, side, seen, self.policies)

    def _key_is_described(self, side: Side, seen: Seen) -> Iterator[str]:
        if tags_of(seen).get(self.workshop.key(side, self.user)[0]) != DESCRIPTION:
            yield f"the tags are {tags_of(seen)}"

    def _has_key_file(self, side: Side, _seen: Seen) -> Iterator[str]:
        path = self.workshop.credentials(side) / f"{self.user}_accessKeys.csv"
        key_id, secret = self.workshop.key(side, self.user)
        if path.read_bytes() != _BOM + f"Access key ID,Secret access key\r\n{key_id},{secret}\r\n".encode():
            yield "it has other bytes"

    def _key_is_active(self, side: Side, seen: Seen) -> Iterator[str]:
        if keys_of(seen).get(self.workshop.key(side, self.user)[0]) != "Active":
            yield f"the keys are {keys_of(seen)}"


def _signs_in(_side: Side, seen: Seen) -> Iterator[str]:
    profile = seen["login"].get("LoginProfile", {})
    if profile.get("PasswordResetRequired") is not False:
        yield f"the login profile is {profile or 'missing'}"


def _has_one_key(_side: Side, seen: Seen) -> Iterator[str]:
    if len(keys_of(seen)) != 1:
        yield f"there are {len(keys_of(seen))}"


def run(duet: Duet) -> None:
    """Play the steps."""
    Steps(duet).run()
