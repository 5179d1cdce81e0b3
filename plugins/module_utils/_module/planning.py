# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Look at many users at once and plan each of them."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from .._credentials.destination import DestinationError
from .._plans import preflight as _preflight
from .._plans.provisioning import Plan, plan
from .._users import user_name as _user_name
from .._users.on_file import OnFile
from . import observe, report

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._aws.iam import Iam
    from .._credentials.destination import (
        CredentialsDestination,
    )
    from .._users.user import Account, ObservedUser, WantedUser


class Planner(t.Protocol):
    """From what is wanted, what is there and what is on file, in this account, to a plan."""

    def __call__(self, wanted: WantedUser, observed: ObservedUser | None, saved: OnFile, account: Account) -> Plan:
        """Plan one user."""


class Effort(t.Protocol):
    """How much to do at the same time, and how many seconds to wait for what AWS says will pass."""

    @property
    def threads(self) -> int:
        """Users at the same time."""

    @property
    def wait_timeout(self) -> int:
        """Seconds."""


class ClassError(Exception):
    """Nobody in the class can be served; the message lists everything that is wrong."""


def account_for(
    iam: Iam,
    wanted: Sequence[WantedUser],
    known: Mapping[str, t.Any] | None = None,
    pending_policies: Sequence[str] = (),
) -> Account:
    """Read the account, or take what is C(known) of it, with all policies that these users name."""
    policies = {policy for user in wanted for policy in (*user.managed_policies, user.permissions_boundary or "")}
    policies -= {"", *pending_policies}
    if known:
        account = observe.with_policies(iam, report.account_from(known), policies)
    else:
        account = observe.account(iam, policies)
    return observe.with_pending_policies(account, pending_policies)


@dataclass(frozen=True)
class Planning:
    """What plans are made from, for users of one account with one destination."""

    iam: Iam
    account: Account
    destination: CredentialsDestination
    effort: Effort

    def plan_all(
        self, wanted: Sequence[WantedUser], planner: Planner = plan, everything: bool = False
    ) -> list[tuple[Plan, OnFile]]:
        """Plan everybody, what is wrong with each included. C(everything) looks at what we never make, too.

        Raises ClassError where the destination is of no use to anybody.
        """
        repeated = _preflight.repeated_names(user.name for user in wanted)
        good = [user.name for user in wanted if not _user_name.problem(user.name) and user.name.lower() not in repeated]
        shared = self.destination.problem() or self.destination.class_files_problem()
        threads, patience = self.effort.threads, self.effort.wait_timeout
        saved, damaged = ({}, {}) if shared else _on_file(self.destination, good, threads)
        observed = observe.users(self.iam, good, self.account.summary.get("Users", 0), threads, everything)

        def plan_one(user: WantedUser) -> tuple[Plan, OnFile]:
            on_file = saved.get(user.name, OnFile())
            live = observe.with_unlisted_key(self.iam, self.destination, observed.get(user.name), on_file, patience)
            one = planner(user, live, on_file, self.account)
            found = [damaged[user.name]] if user.name in damaged else []
            found += [_preflight.repeated_name_problem(user.name)] if user.name.lower() in repeated else []
            if found:
                one = replace(one, changes=(), problems=(*found, *one.problems))
            return one, on_file

        plans = [plan_one(user) for user in wanted]
        refuse_all([shared] if shared else [], plans)
        return plans


def refuse_all(problems: Sequence[str], plans: Sequence[tuple[Plan, OnFile]]) -> None:
    """Raise ClassError if something is wrong with all users at once, together with what is wrong with each."""
    if problems:
        raise ClassError(report.enumerated([*problems, *(text for one, _saved in plans for text in one.problems)]))


def _on_file(
    destination: CredentialsDestination, names: Sequence[str], threads: int
) -> tuple[dict[str, OnFile], dict[str, str]]:
    """Read what is on file for each name, and what is wrong with those files that cannot be read."""

    def look(name: str) -> OnFile | str:
        try:
            return observe.on_file(destination, name)
        except DestinationError as error:
            return str(error)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        found = dict(zip(names, pool.map(look, names), strict=True))
    saved = {name: one for name, one in found.items() if isinstance(one, OnFile)}
    return saved, {name: one for name, one in found.items() if isinstance(one, str)}
