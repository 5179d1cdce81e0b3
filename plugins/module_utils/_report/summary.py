# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Summarise a run in a few lines, without secrets."""

from __future__ import annotations

import re
import typing as t
from collections import Counter

from .command import all_at_once, joined, without_limits

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Result = dict[str, t.Any]
# AWX passes this variable to the following jobs of a workflow.
ARTIFACT = "invoice_iam_user_summary"
FAILED = "failed"
# In the order in which they are shown; each playbook has only some of them.
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
# In check mode, these become "would be ..."
_WOULD_BE = frozenset({"created", "completed", "rotated", "revoked", "removed", "collected", "written"})
# How many users are named for one reason
_NAMED = 20
# Stands for the user's name while messages are compared. No message contains it.
_SOMEBODY = "\0"
# Phrases with a user's name in messages; see _for_several
_CALLED = re.compile(
    rf"\b(?P<one>an?|no) (?P<kind>(?:IAM )?user) {_SOMEBODY}|\b(?:the )?(?P<what>user(?: name)?) {_SOMEBODY}"
)
# The number of an entry in a list of problems
_LISTED = re.compile(r"^  \d+\. ", re.MULTILINE)


def lines(users: Sequence[Mapping[str, t.Any]], check_mode: bool = False) -> list[str]:
    """Return the lines of the summary: who failed and why, then how many users had which result."""
    told = reasons(users)
    if check_mode:
        told += [f"{_people(names)}: {'; '.join(changes)}" for changes, names in _grouped_changes(users).items()]
    if len(users) == 1 and not (check_mode and users[0]["changed"]):
        # For a single user, show what exists.
        told += users[0].get("state", ())
    told += joined(str(user.get("next", "")) for user in users)
    return [*told, count(users, check_mode)]


def reasons(users: Sequence[Mapping[str, t.Any]]) -> list[str]:
    """Return who failed and why. Users with the same reason share a line."""
    return [f"{_people(names)}: {reason}" for reason, names in _reasons(users).items()]


def _grouped_changes(users: Sequence[Mapping[str, t.Any]]) -> dict[tuple[str, ...], list[str]]:
    """Group the users that would be changed by their changes. Changes that differ only in the name are the same."""
    found: dict[tuple[str, ...], list[str]] = {}
    shown = _shown(users)
    for user in sorted(users, key=shown):
        # What is only verified has no changes.
        if user.get("changes") and not user["failed"]:
            words = tuple(change.replace(f" {user['name']}", " {}") for change in user["changes"])
            found.setdefault(words, []).append(shown(user))
    return {
        tuple(change.replace("{}", names[0] if len(names) == 1 else "each") for change in changes): names
        for changes, names in found.items()
    }


def _reasons(users: Sequence[Mapping[str, t.Any]]) -> dict[str, list[str]]:
    """Group the users that failed by the reason. Reasons that differ only in the name are the same."""
    found: dict[str, dict[str, str]] = {}
    shown, called = _shown(users), dict[str, str]()
    for user in sorted(users, key=shown):
        for thing in _things(str(user["msg"])) if user["failed"] else ():
            text = thing.replace(repr(user["name"]), _SOMEBODY)
            found.setdefault(without_limits(text), {})[shown(user)] = text
            called[shown(user)] = user["name"]
    return {
        reason.replace(_SOMEBODY, repr(called[next(iter(names))])) if len(names) == 1 else _for_several(reason): [
            *names
        ]
        for names in found.values()
        for reason in joined(names.values())
    }


def _things(msg: str) -> list[str]:
    """Split a list of problems into lines that each end with a command, and add a line with one command for all."""
    things = _LISTED.split(msg)
    found = [_one_line(one) for one in things[1:] or things]
    return [*found, *(f"to do all of this at once: {line}" for line in all_at_once(found))]


def _for_several(reason: str) -> str:
    def exchanged(one: re.Match[str]) -> str:
        return f"{one['one']} {one['kind']} of that name" if one["one"] else f"the {one['what']}"

    return _CALLED.sub(exchanged, reason).replace(_SOMEBODY, "the user")


def _shown(users: Sequence[Mapping[str, t.Any]]) -> Callable[[Mapping[str, t.Any]], str]:
    """Return a function that names a user: by its name, and by its account too if two accounts have that name."""
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
    """Return the counts of results for each account, one line an account, if the users have accounts."""
    found: dict[str, list[Mapping[str, t.Any]]] = {}
    for user in users:
        found.setdefault(str(user.get("account") or ""), []).append(user)
    return [f"{account}: {count(one, check_mode)}" for account, one in found.items() if account]


def artifact(users: Sequence[Mapping[str, t.Any]], check_mode: bool = False, job: int | None = None) -> Result:
    """Return each user's result for programs, as C(ansible_stats) of a result, as set_stats would do."""
    fates = {
        _key(user): f"{FAILED}: {_one_line(user['msg'])}" if user["failed"] else _fate(user, check_mode)
        for user in users
    }
    # If slices use the same name, AWX only passes on the last one's value. controller/summary.yml reads all of these.
    own = {} if job is None else {f"{ARTIFACT}_{job}": fates}
    # A class that is served in batches returns one of these for each; Ansible merges them.
    return {"data": {ARTIFACT: fates, **own}, "per_host": False, "aggregate": True}


def _key(user: Mapping[str, t.Any]) -> str:
    """Return a key that is unique across accounts. User names contain no slash."""
    account = user.get("account_id") or user.get("account")
    return f"{account}/{user['name']}" if account else str(user["name"])


def _fate(user: Mapping[str, t.Any], check_mode: bool) -> str:
    if user["failed"]:
        return "needs action" if user["fate"] == "needs action" else FAILED
    fate = str(user["fate"])
    return f"would be {fate}" if check_mode and fate in _WOULD_BE else fate


def count(users: Sequence[Mapping[str, t.Any]], check_mode: bool) -> str:
    """Return the counts of results as one line."""
    counts = Counter(_fate(user, check_mode) for user in users)
    ordered = [word for fate in FATES for word in (fate, f"would be {fate}") if counts[word]]
    people = "1 user" if len(users) == 1 else f"{len(users)} users"
    return f"{people}: {', '.join(f'{counts[word]} {word}' for word in ordered) or 'nothing to do'}"
