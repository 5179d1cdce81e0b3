# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What became of a class, for people who look at the end of a job: a line a student, and no secret in it."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Result = dict[str, t.Any]
# AWX hands this to the jobs that follow in a workflow, as a variable.
ARTIFACT = "invoice_iam_user_summary"


def lines(users: Sequence[Mapping[str, t.Any]], check_mode: bool = False) -> list[str]:
    """Tell what became of each user: those who failed stand last, before the count, where they are seen first."""
    told = [f"{user['name']}: {_fate(user, check_mode)}" for user in sorted(users, key=_place)]
    return [*told, _count(users, check_mode)]


def artifact(users: Sequence[Mapping[str, t.Any]], check_mode: bool = False) -> Result:
    """Tell the same to programs, as the C(ansible_stats) of a result: what set_stats would leave."""
    fates = {user["name"]: _fate(user, check_mode) for user in users}
    # A class that is served in rounds leaves one of these a round; Ansible puts them together.
    return {"data": {ARTIFACT: fates}, "per_host": False, "aggregate": True}


def _place(user: Mapping[str, t.Any]) -> tuple[bool, str]:
    return user["failed"], user["name"]


def _fate(user: Mapping[str, t.Any], check_mode: bool) -> str:
    if user["failed"]:
        return f"failed: {' '.join(user['msg'].split())}"
    if user["changed"]:
        return "would be changed" if check_mode else "changed"
    return "ok"


def _count(users: Sequence[Mapping[str, t.Any]], check_mode: bool) -> str:
    failed = sum(user["failed"] for user in users)
    changed = sum(user["changed"] and not user["failed"] for user in users)
    people = "1 user" if len(users) == 1 else f"{len(users)} users"
    changes = "would be changed" if check_mode else "changed"
    return f"{people}: {len(users) - failed - changed} ok, {changed} {changes}, {failed} failed"
