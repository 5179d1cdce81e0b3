# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What became of everybody, for people who look at the end of a run: few lines, and no secret in them."""

from __future__ import annotations

import re
import typing as t
from collections import Counter

from .command import all_at_once, joined, without_limits

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Result = dict[str, t.Any]
# AWX hands this to the jobs that follow in a workflow, as a variable.
ARTIFACT = "invoice_iam_user_summary"
FAILED = "failed"
# In this order people read them; a playbook has some of these.
FATES = (
    "created",
    "completed",
    "rotated",
    "revoked",
    "removed",
    "collected",
    "written",
    "ready",
    "access revoked",
    "nothing to do",
    "unchanged",
    "needs action",
    FAILED,
)
# What check mode says of those that change something
_WOULD_BE = frozenset({"created", "completed", "rotated", "revoked", "removed", "collected", "written"})
# So many of those who failed for one reason are named.
_NAMED = 20
# Stands for the name of somebody who failed, while those with the same reason are sought. No message holds it.
_SOMEBODY = "\0"
# How somebody is called in messages, and what is said of several instead
_CALLED = re.compile(
    rf"\b(?P<one>an?|no) (?P<kind>(?:IAM )?user) {_SOMEBODY}|\b(?:the )?(?P<what>user(?: name)?) {_SOMEBODY}"
)
# A thing in a list of what is wrong
_LISTED = re.compile(r"^  \d+\. ", re.MULTILINE)


def lines(users: Sequence[Mapping[str, t.Any]], check_mode: bool = False) -> list[str]:
    """Tell who failed and why, those with the same reason together, and then how many came out how."""
    told = reasons(users)
    if check_mode:
        told += [f"{_people(names)}: {'; '.join(changes)}" for changes, names in _alike(users).items()]
    if len(users) == 1 and not (check_mode and users[0]["changed"]):
        # What is there of somebody who is alone takes a few lines.
        told += users[0].get("state", ())
    told += joined(str(user.get("next", "")) for user in users)
    return [*told, count(users, check_mode)]


def reasons(users: Sequence[Mapping[str, t.Any]]) -> list[str]:
    """Tell who failed and why, those with the same reason together."""
    return [f"{_people(names)}: {reason}" for reason, names in _reasons(users).items()]


def _alike(users: Sequence[Mapping[str, t.Any]]) -> dict[tuple[str, ...], list[str]]:
    """Gather the names of those who would be changed by what would be done, in which each may be named."""
    found: dict[tuple[str, ...], list[str]] = {}
    shown = _shown(users)
    for user in sorted(users, key=shown):
        if user["changes"] and not user["failed"]:
            words = tuple(change.replace(f" {user['name']}", " {}") for change in user["changes"])
            found.setdefault(words, []).append(shown(user))
    return {
        tuple(change.replace("{}", names[0] if len(names) == 1 else "each") for change in changes): names
        for changes, names in found.items()
    }


def _reasons(users: Sequence[Mapping[str, t.Any]]) -> dict[str, list[str]]:
    """Gather the names of those who failed by the reason, in which each may be named."""
    found: dict[str, dict[str, str]] = {}
    shown, called = _shown(users), dict[str, str]()
    for user in sorted(users, key=shown):
        for thing in _things(str(user["msg"])) if user["failed"] else ():
            text = thing.replace(repr(user["name"]), _SOMEBODY)
            found.setdefault(without_limits(text), {})[shown(user)] = text
            called[shown(user)] = user["name"]
    return {
        reason.replace(_SOMEBODY, repr(called[next(iter(names))])) if len(names) == 1 else _of_several(reason): [*names]
        for names in found.values()
        for reason in joined(names.values())
    }


def _things(msg: str) -> list[str]:
    """Take apart what is wrong with somebody, so that each command ends its line, and add the one that does it all."""
    things = _LISTED.split(msg)
    found = [_one_line(one) for one in things[1:] or things]
    return [*found, *(f"to do all of this at once: {line}" for line in all_at_once(found))]


def _of_several(reason: str) -> str:
    def exchanged(one: re.Match[str]) -> str:
        return f"{one['one']} {one['kind']} of that name" if one["one"] else f"the {one['what']}"

    return _CALLED.sub(exchanged, reason).replace(_SOMEBODY, "the user")


def _shown(users: Sequence[Mapping[str, t.Any]]) -> Callable[[Mapping[str, t.Any]], str]:
    """Tell how users are called: by name, and those of two accounts who have the same one by their account as well."""
    accounts: dict[str, set[str]] = {}
    for user in users:
        accounts.setdefault(user["name"], set()).add(str(user.get("account") or ""))

    def shown(user: Mapping[str, t.Any]) -> str:
        own = f" in {user['account']}" if len(accounts[user["name"]]) > 1 and user.get("account") else ""
        return f"{user['name']}{own}"

    return shown


def _people(names: Sequence[str]) -> str:
    others = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{others}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def accounts(users: Sequence[Mapping[str, t.Any]], check_mode: bool) -> list[str]:
    """Tell how many came out how in each account, a line an account, where there are several."""
    found: dict[str, list[Mapping[str, t.Any]]] = {}
    for user in users:
        found.setdefault(str(user.get("account") or ""), []).append(user)
    return [f"{account}: {count(one, check_mode)}" for account, one in found.items() if account]


def artifact(users: Sequence[Mapping[str, t.Any]], check_mode: bool = False, job: int | None = None) -> Result:
    """Tell to programs what became of each user, as the C(ansible_stats) of a result: what set_stats would leave."""
    fates = {
        _key(user): f"{FAILED}: {_one_line(user['msg'])}" if user["failed"] else _fate(user, check_mode)
        for user in users
    }
    # Of what slices leave under one name, AWX hands on the last one's only. controller/summary.yml reads all of these.
    own = {} if job is None else {f"{ARTIFACT}_{job}": fates}
    # A class that is served in rounds leaves one of these a round; Ansible puts them together.
    return {"data": {ARTIFACT: fates, **own}, "per_host": False, "aggregate": True}


def _key(user: Mapping[str, t.Any]) -> str:
    """Tell by what programs know a user: a name is unique in an account. No name has a slash."""
    account = user.get("account_id") or user.get("account")
    return f"{account}/{user['name']}" if account else str(user["name"])


def _fate(user: Mapping[str, t.Any], check_mode: bool) -> str:
    if user["failed"]:
        return "needs action" if user["fate"] == "needs action" else FAILED
    fate = str(user["fate"])
    return f"would be {fate}" if check_mode and fate in _WOULD_BE else fate


def count(users: Sequence[Mapping[str, t.Any]], check_mode: bool) -> str:
    """Tell how many came out how."""
    counts = Counter(_fate(user, check_mode) for user in users)
    ordered = [word for fate in FATES for word in (fate, f"would be {fate}") if counts[word]]
    people = "1 user" if len(users) == 1 else f"{len(users)} users"
    return f"{people}: {', '.join(f'{counts[word]} {word}' for word in ordered) or 'nothing to do'}"
