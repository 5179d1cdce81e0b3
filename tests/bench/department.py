# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Simulate a department with 100,000 participants in 20 accounts.

The planner and the rate governor are the real ones. The accounts are simulated with a request limit and a clock that
jumps from one event to the next. Slices share the accounts, but do not see each other.
"""

from __future__ import annotations

import argparse
import os
import time
import typing as t
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import provisioning
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import OnFile
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._aws.test_rate_governor import (
    Sender,
    simulated,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import a_wanted_user, an_account
from tests.bench.bench import LIMIT, ratio

# Calls of a slice to read an account besides its users: alias, password policy, quotas, policies. All users are read
# twice, before and after, in pages of a hundred.
_OF_ACCOUNT = 4
_USERS_A_PAGE = 100


class Slice(t.NamedTuple):
    """The plans of one slice in all accounts."""

    # Calls to IAM for all new users
    calls: int
    problems: int
    seconds: float
    megabytes: float


def planned(people: int) -> Slice:
    """Plan this many new users, as one slice does for all accounts, with all plans in memory at once."""
    account = an_account()
    before, began = _resident(), time.monotonic()
    plans = [
        provisioning.plan(a_wanted_user(name=f"student-{number:06d}"), None, OnFile(), account)
        for number in range(people)
    ]
    seconds, megabytes = time.monotonic() - began, _resident() - before
    # Changes with a secret list no calls, but make one each.
    calls = sum(max(1, len(change.calls)) for plan in plans for change in plan.changes)
    return Slice(calls, sum(len(plan.problems) for plan in plans), seconds, megabytes)


def _resident() -> float:
    """Return the megabytes of memory that this process uses."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Plan one slice, simulate all slices in all accounts, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--slices", type=int, nargs="+", default=[1, 4, 10])
    options = parser.parse_args()
    in_each = options.participants // options.accounts
    print(f"{options.participants} participants, {in_each} in each of {options.accounts} accounts")
    print(f"{'slices':>6} {'calls an account':>17} {'minutes':>8} {'refused':>8} {'plans of a slice, MB':>21} {'s':>6}")
    worst = []
    for slices in options.slices:
        # In a separate process, to measure its memory.
        with ProcessPoolExecutor(max_workers=1) as alone:
            one = alone.submit(planned, in_each // slices * options.accounts).result()
        pages = in_each // _USERS_A_PAGE
        own = one.calls // options.accounts + _OF_ACCOUNT + pages
        ended, refusals = [], []
        for seed in range(options.accounts):
            refused, seconds = simulated([Sender(own) for _slice in range(slices)], **LIMIT, seed=seed)
            ended.append(seconds)
            refusals.append(refused)
        print(
            f"{slices:6} {own * slices:17} {max(ended) / 60:8.1f} {100 * max(refusals):6.1f} % "
            f"{one.megabytes:21.0f} {one.seconds:6.1f}",
            flush=True,
        )
        worst.append((slices, max(ended) * LIMIT["rate"] / (own * slices), one.problems))
    print()
    for slices, value, problems in worst:
        ratio(f"{slices} slices: time of the slowest account / (calls / limit)", value, "at most 1.1")
        ratio(f"{slices} slices: users that cannot be planned", problems, "0")


if __name__ == "__main__":
    main()
