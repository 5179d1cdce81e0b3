# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Read many users at once, and plan each of them."""

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
    """A function that plans a user from what is wanted, its state in AWS, and what is saved."""

    def __call__(self, wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> UserPlan:
        """Plan one user."""


def account_for(
    iam: Iam, wanted: Sequence[WantedUser], known: Account | None = None, pending_policies: Sequence[str] = ()
) -> Account:
    """Read the account, or complete the C(known) one, with all policies that users name, except pending ones."""
    policies = {policy for user in wanted for policy in (*user.managed_policies, user.permissions_boundary or "")}
    policies -= {"", *pending_policies}
    return observe.with_policies(iam, known, policies) if known else observe.account(iam, policies)


@dataclass(frozen=True)
class Planning:
    """Plans users of one account with one destination."""

    iam: Iam
    account: Account
    destination: CredentialsDestination
    threads: int

    def plan_all(
        self, wanted: Sequence[WantedUser], planner: Planner = plan, kinds: Collection[Kind] = observe.OURS
    ) -> list[UserPlan]:
        """Plan all users, including what is wrong with each of them.

        Raises RefusedError if the destination cannot be used at all.
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

        # In parallel, because with_unlisted_key and with_unlisted_login may wait for AWS.
        with ThreadPoolExecutor(max_workers=self.threads) as pool:
            plans = list(pool.map(plan_one, wanted))
        refuse_all([shared] if shared else [], plans)
        return plans

    def _destination_problem(self) -> str | None:
        problem = self.destination.problem() or self.destination.class_files_problem()
        return problem or account_problem(self.destination, self.account.id)

    def _on_file(self, names: Sequence[str]) -> tuple[Mapping[str, OnFile], Mapping[str, str]]:
        """Read what is saved for each name. Returns that, and an error for each name whose files cannot be used."""

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
    """Raise RefusedError if there are problems that concern all users, with the problems of each user as well."""
    if problems:
        raise RefusedError(enumerated([*problems, *(text for one in plans for text in one.problems)]))
