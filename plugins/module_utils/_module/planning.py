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

from .._credentials.destination import DestinationError, account_problem
from .._plans import preflight as _preflight
from .._plans.provisioning import plan
from .._users import user_name as _user_name
from .._users.on_file import OnFile
from . import observe
from .common import RefusedError, enumerated

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .._aws.iam import Iam
    from .._credentials.destination import CredentialsDestination
    from .._plans.change import UserPlan
    from .._users.belonging import Kind
    from .._users.user import Account, User, WantedUser


class Planner(t.Protocol):
    """From what is wanted, what is there and what is on file, in this account, to a plan."""

    def __call__(self, wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> UserPlan:
        """Plan one user."""


def account_for(
    iam: Iam, wanted: Sequence[WantedUser], known: Account | None = None, pending_policies: Sequence[str] = ()
) -> Account:
    """Read the account, or take what is C(known) of it, with all policies that users name but for pending ones."""
    policies = {policy for user in wanted for policy in (*user.managed_policies, user.permissions_boundary or "")}
    policies -= {"", *pending_policies}
    return observe.with_policies(iam, known, policies) if known else observe.account(iam, policies)


@dataclass(frozen=True)
class Planning:
    """What plans are made from, for users of one account with one destination."""

    iam: Iam
    account: Account
    destination: CredentialsDestination
    threads: int

    def plan_all(
        self, wanted: Sequence[WantedUser], planner: Planner = plan, kinds: Collection[Kind] = observe.OURS
    ) -> list[UserPlan]:
        """Plan everybody, what is wrong with each included.

        Raises RefusedError where the destination is of no use to anybody.
        """
        repeated = _preflight.repeated_names(user.name for user in wanted)
        good = [user.name for user in wanted if not _user_name.problem(user.name) and user.name.lower() not in repeated]
        shared = self._destination_problem()
        saved, damaged = ({}, {}) if shared else self._on_file(good)
        seen = observe.users(self.iam, good, self.account.summary.get("Users", 0), self.threads, kinds)

        def problems_of(name: str) -> list[str]:
            found = [damaged[name]] if name in damaged else []
            found += [_preflight.repeated_name_problem(name)] if name.lower() in repeated else []
            return found + ([_preflight.namesake_problem(name, seen.namesakes[name])] if name in seen.namesakes else [])

        def plan_one(user: WantedUser) -> UserPlan:
            on_file = saved.get(user.name, OnFile())
            live = observe.with_unlisted_key(self.iam, self.destination, seen.users.get(user.name), on_file)
            live = observe.with_unlisted_login(self.iam, live, on_file)
            one = planner(user, live, on_file, self.account)
            found = problems_of(user.name)
            return replace(one, changes=(), problems=(*found, *one.problems)) if found else one

        # What AWS does not show yet is waited for, and for all at the same time.
        with ThreadPoolExecutor(max_workers=self.threads) as pool:
            plans = list(pool.map(plan_one, wanted))
        refuse_all([shared] if shared else [], plans)
        return plans

    def _destination_problem(self) -> str | None:
        problem = self.destination.problem() or self.destination.class_files_problem()
        return problem or account_problem(self.destination, self.account.id)

    def _on_file(self, names: Sequence[str]) -> tuple[Mapping[str, OnFile], Mapping[str, str]]:
        """Read what is on file for each name, and what is wrong with those files that cannot be read."""

        owners = self.destination.key_owners()

        def look(name: str) -> OnFile | str:
            try:
                found = observe.on_file(self.destination, name)
            except DestinationError as error:
                return str(error)
            owner = owners.get(found.access_key_id, name)
            return found if owner == name else _preflight.renamed_file_problem(name, found.access_key_id, owner)

        with ThreadPoolExecutor(max_workers=self.threads) as pool:
            found = dict(zip(names, pool.map(look, names), strict=True))
        saved = {name: one for name, one in found.items() if isinstance(one, OnFile)}
        return saved, {name: one for name, one in found.items() if isinstance(one, str)}


def refuse_all(problems: Sequence[str], plans: Sequence[UserPlan]) -> None:
    """Raise RefusedError if something is wrong with all users at once, together with what is wrong with each."""
    if problems:
        raise RefusedError(enumerated([*problems, *(text for one in plans for text in one.problems)]))
