# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Serve the users of one account, or those of several accounts side by side.

IAM's limits are per account. So each account has its own client and its own rate, and is read separately. If one cannot
be reached, only its own users fail. Nothing is written in any account before all of them have been read.
"""

from __future__ import annotations

import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor

from .common import ERRORS, OneAccount, RefusedError, check, gateway, sentence
from .marks import Marks, marking

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    # What a module does in one account with what its door has opened: read, report that it is ready to write, write,
    # and return the users' results.
    Run = Callable[[t.Any, "Params", Marks, "Ready"], "Result"]

Result = dict[str, t.Any]
Params = t.Mapping[str, t.Any]
# The number of -v with which Ansible shows the options of a module
_SHOWS_OPTIONS = 3
# Called once before the first write, with the number of users of this account. Returns the number in all accounts.
Ready = t.Callable[[int], int]


class Door(t.NamedTuple):
    """How a module opens an account, and how it finds out which account that is."""

    open: Callable[[AnsibleAWSModule, Marks], t.Any]
    account: Callable[[t.Any], str]


SIGNED_IN = Door(gateway, lambda iam: str(iam.caller_identity()["Account"]))


def serve(module: AnsibleAWSModule, run: Run, door: Door = SIGNED_IN) -> Result:
    """Serve the module's users, in the accounts that the options list or in that of the options themselves.

    Raises C(ERRORS) if nobody could be served.
    """
    result = _served(module, run, door)
    # Ansible copies a result several times. So leave out what nobody sees: diffs, and the copy of the options.
    if not module._diff:
        result.pop("diff", None)
    if module._verbosity < _SHOWS_OPTIONS:
        result["invocation"] = {}
    return result


def _served(module: AnsibleAWSModule, run: Run, door: Door) -> Result:
    params = module.params
    check(params)
    with marking(params["progress_file"]) as marks:
        if not params["accounts"]:
            return run(door.open(module, marks), params, marks, alone)
        parts = [_Part(params, one, marks, door) for one in params["accounts"]]
        with ThreadPoolExecutor(max_workers=len(parts)) as pool:
            list(pool.map(_Part.open, parts))
            _fail_repeated_accounts(parts)
            gate = Gate([part for part in parts if not part.failure])
            list(pool.map(lambda part: part.serve(run, gate), parts))
    if all(part.failure for part in parts):
        raise RefusedError("; ".join(dict.fromkeys(part.failure for part in parts)))
    return _together(params, parts)


def alone(count: int) -> int:
    """Report being ready, for a run with only one account."""
    return count


class Gate:
    """A barrier that opens when every participant has arrived or has left."""

    def __init__(self, expected: Sequence[object]) -> None:
        self._missing = {id(one) for one in expected}
        self._count = 0
        self._changed = threading.Condition()

    def arrive(self, who: object, count: int) -> int:
        """Wait for the others. Returns the sum of everybody's counts."""
        with self._changed:
            self._count += count
            self._missing.discard(id(who))
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._missing)
            return self._count

    def leave(self, who: object) -> None:
        """Let the others no longer wait for this participant."""
        with self._changed:
            self._missing.discard(id(who))
            self._changed.notify_all()


class _Part:
    """The users of one account."""

    def __init__(self, params: Params, account: Mapping[str, t.Any], marks: Marks, door: Door) -> None:
        self.hosts: list[str] = account["hosts"]
        said = {name: value for name, value in account.items() if value is not None and name != "hosts"}
        users = dict(zip(params["hosts"], params["users"], strict=True))
        self.params = {**params, **said, "hosts": self.hosts, "users": [users[host] for host in self.hosts]}
        self.id = ""
        self.failure = ""
        self.result: Result = {}
        self._marks = marks
        self._door = door
        self._opened: t.Any = None

    @property
    def name(self) -> str:
        """The account's name in messages."""
        meant = self.id or self.params.get("account_id")
        profile = self.params.get("profile")
        return f"account {meant}" if meant else f"profile {profile!r}" if profile else f"host {self.hosts[0]}"

    def open(self) -> None:
        """Sign in, and find out which account that is."""
        try:
            self._opened = self._door.open(t.cast("AnsibleAWSModule", OneAccount(self.params)), self._marks)
            self.id = self._door.account(self._opened)
        except ERRORS as error:
            self.failure = f"{self.name}: {sentence(error)}"

    def serve(self, run: Run, gate: Gate) -> None:
        """Do the work. If it fails for the whole account, the users of other accounts are not affected."""
        if self.failure:
            return
        try:
            self.result = run(self._opened, self.params, self._marks, lambda count: gate.arrive(self, count))
        except ERRORS as error:
            self.failure = f"{self.name}: {sentence(error)}"
        finally:
            gate.leave(self)

    def outcomes(self) -> list[Result]:
        """Return the result of each user, with its account."""
        account = {"account_id": self.id, "account": self.name}
        if self.failure:
            return [{**_failed(_name_of(user), self.failure), **account} for user in self.params["users"]]
        return [{**one, **account} for one in self.result["users"]]


def _fail_repeated_accounts(parts: Sequence[_Part]) -> None:
    """Fail parts with the same account: they would exceed its rate together and write the same files."""
    for part in parts:
        same = [other for other in parts if part.id and other.id == part.id]
        if len(same) > 1:
            part.failure = (
                f"the hosts {' and '.join(one.hosts[0] for one in same)} are in the same account, {part.id}, but have "
                "different values of aws_connection or invoice_iam_user_account_id; give all hosts of an account the "
                "same values, or run the playbook once for each with --limit"
            )


def _failed(name: str, problem: str) -> Result:
    # "planned" is left out on purpose, because nothing was done for these users.
    finding = {"check": "account", "finding": problem, "command": ""}
    return {
        "name": name,
        "changed": False,
        "failed": True,
        "fate": "failed",
        "msg": problem,
        "changes": [],
        "findings": [finding],
        "remarks": [],
        "report": [problem],
        "diff": {},
        "next": "",
        "state": [],
    }


def _name_of(user: t.Any) -> str:
    return str(user["name"] if isinstance(user, dict) else user)


def _together(params: Params, parts: Sequence[_Part]) -> Result:
    """Merge the results of all accounts, with the users in the order in which they were given."""
    served = [part.result for part in parts if not part.failure]
    found: Result = {}
    for key in dict.fromkeys(key for one in served for key in one):
        values = [one[key] for one in served if key in one]
        if all(isinstance(value, bool) for value in values):
            found[key] = any(values)
        elif all(isinstance(value, list) for value in values):
            found[key] = [one for value in values for one in value]
        elif all(isinstance(value, str) for value in values):
            found[key] = ", ".join(dict.fromkeys(values))
    outcomes = {host: one for part in parts for host, one in zip(part.hosts, part.outcomes(), strict=True)}
    if "table" in found:
        found["table"] = [line for part in parts if not part.failure for line in (part.name, *part.result["table"])]
    if any("decided" in one for one in served):
        found["decided"] = _decided(params, parts)
    found["users"] = [outcomes[host] for host in params["hosts"]]
    found["hours"] = list(dict.fromkeys(found.get("hours", ())))
    return found


def _decided(params: Params, parts: Sequence[_Part]) -> Result:
    """Merge what was decided in all accounts. Missing policies are left out, as each account creates its own."""
    nothing: Result = {"actions": [], "asks_for": []}
    plans = {
        host: plan
        for part in parts
        if not part.failure
        for host, plan in zip(part.hosts, part.result["decided"]["users"], strict=True)
    }
    return {
        "account": None,
        "region": "",
        "place": params["credentials_dest"],
        "missing_policies": [],
        "missing_hours": [],
        "to_do": any(part.result["decided"]["to_do"] for part in parts if not part.failure),
        "users": [plans.get(host, nothing) for host in params["hosts"]],
    }
