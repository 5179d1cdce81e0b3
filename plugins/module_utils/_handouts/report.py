# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Render the instructor's page: who is ready, who needs help, who has arrived. It contains no secrets."""

from __future__ import annotations

import itertools
import typing as t
from collections import Counter

from .._report.command import all_at_once
from .._users.text import one_line, printable

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .pages import Pages

Row = dict[str, t.Any]
# In the order in which the page shows them
STATES = ("ready", "needs_action", "not_there", "revoked")
_HELP_FIRST = {"not_there": 0, "needs_action": 0}


def report(pages: Pages, title: str, verified: Mapping[str, t.Any], people: Mapping[str, Mapping[str, t.Any]]) -> bytes:
    """Render the page. C(verified) is the result of verification, C(people) what the inventory says about each host."""
    arrivals = bool(verified.get("arrivals"))
    found = [_row(verified["account_id"], one, people.get(host, {})) for host, one in verified["hosts"].items()]
    rows = sorted(found, key=lambda row: _urgency(row, arrivals))
    values = {
        "title": title,
        "account_id": verified["account_id"],
        "verified_at": verified["verified_at"],
        "arrivals": arrivals,
        "rows": rows,
        "counts": _counts(rows),
        "everybody_is_ready": all(row["state"] == "ready" for row in rows),
        "signed_in": sum(bool(row["signed_in"]) for row in rows),
        "key_used": sum(bool(row["key_used"]) and not row["only_sts"] for row in rows),
        "groups": any(row["group"] for row in rows),
        "last_days": any(row["last_day"] for row in rows),
        "remarks": [remark for row in rows for remark in row["remarks"]],
    }
    return pages.render("report.html.j2", **values).encode()


def _row(account_id: str, one: Mapping[str, t.Any], person: Mapping[str, t.Any]) -> Row:
    name = printable(one["name"])
    told = one.get("findings") or ([{"finding": one["msg"], "command": ""}] if one["failed"] else [])
    findings = [{key: printable(found[key]) for key in ("finding", "command")} for found in told]
    return {
        "name": name,
        "display_name": one_line(person.get("display_name")) or name,
        "group": one_line(person.get("group")),
        "account_id": account_id,
        "key_id": one.get("access_key_id") or "",
        "last_day": one.get("expires") or "",
        "state": _state(one),
        "findings": findings,
        "together": all_at_once(found["command"] for found in findings),
        "signed_in": one.get("signed_in") or "",
        "key_used": one.get("key_used") or "",
        "only_sts": one.get("key_used_for") == "sts",
        "remarks": [printable(remark) for remark in one.get("remarks") or ()],
    }


def _state(one: Mapping[str, t.Any]) -> str:
    if one.get("exists") is False:
        return "not_there"
    if one["failed"]:
        return "needs_action"
    return "revoked" if one.get("revoked") else "ready"


def _urgency(row: Row, arrivals: bool) -> tuple[int, bool]:
    """Return a sort key: first who needs help, then who has not arrived, otherwise the order of the inventory."""
    return _HELP_FIRST.get(row["state"], 1), arrivals and bool(
        row["signed_in"] or (row["key_used"] and not row["only_sts"])
    )


def _counts(rows: Sequence[Row]) -> list[Row]:
    counted = Counter(row["state"] for row in rows)
    there = [state for state in STATES if counted[state]]
    before = itertools.accumulate((counted[state] for state in there), initial=0)
    return [
        {"state": state, "count": counted[state], "before": first} for state, first in zip(there, before, strict=False)
    ]
