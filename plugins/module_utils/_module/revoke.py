# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Take leaked access keys out of use, whosever they are, each user with an outcome of its own."""

from __future__ import annotations

import datetime
import functools
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.iam import BUSY, Iam, error_code, explain, wait_out
from .._plans import revocation as _revocation
from .._plans.revocation import Revocation, Wishes
from .._users import user_name as _user_name
from . import belongings

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._plans.removal import Step

Result = dict[str, t.Any]
# What AWS says of a key that is not one of this account
_NOT_OURS = frozenset({"AccessDenied"})


class RevokeError(Exception):
    """Nothing is revoked; the message says why."""


@dataclass(frozen=True)
class Request:
    """What the task asks for."""

    users: Sequence[str] | None
    access_key_ids: Sequence[str] | None
    delete: bool
    sign_in: bool
    sessions: bool
    strangers: bool
    wait_timeout: int
    threads: int
    progress_file: str | None

    @property
    def wishes(self) -> Wishes:
        """What is to be done beside deactivating keys."""
        return Wishes(self.delete, self.sign_in, self.sessions, self.strangers)


def run(iam: Iam, request: Request, check_mode: bool) -> Result:
    """Plan, and unless in check mode revoke. Raises RevokeError and AnsibleIAMError."""
    problems = [_revocation.key_problem(one) for one in request.access_key_ids or ()]
    problems += [_user_name.problem(one) for one in request.users or ()]
    found = [one for one in problems if one]
    if found:
        raise RevokeError("; ".join(found))
    warnings: list[str] = []
    keys = _owners(iam, request.access_key_ids, warnings) if request.access_key_ids else {}
    names = list(keys) if request.access_key_ids else list(dict.fromkeys(request.users or ()))
    serve = functools.partial(_serve, iam, request, check_mode)
    with ThreadPoolExecutor(max_workers=request.threads) as pool:
        results = pool.map(lambda name: serve(name, keys.get(name)), names)
        outcomes = dict(zip(names, results, strict=True))
    return {
        "changed": any(one["changed"] for one in outcomes.values()),
        "warnings": warnings,
        "users": [outcomes[name] for name in (names if request.access_key_ids else request.users or ())],
        "diff": [one["diff"] for one in outcomes.values() if one["diff"]],
    }


def _owners(iam: Iam, key_ids: Sequence[str], warnings: list[str]) -> dict[str, list[str]]:
    """Look up whose these keys are. Every key has to have an owner here before anything is done."""
    owners: dict[str, list[str]] = {}
    problems = []
    for key_id in dict.fromkeys(key_ids):
        owner = _owner(iam, key_id)
        if owner:
            owners.setdefault(owner, []).append(key_id)
            continue
        account, here = iam.account_of_key(key_id), iam.caller_identity()["Account"]
        if account == here:
            warnings.append(f"account {account} has no access key {key_id} (any more): nothing is left to revoke")
        else:
            problems.append(f"access key {key_id} belongs to account {account}, and this is {here}")
    if problems:
        raise RevokeError("; ".join(problems))
    return owners


def _owner(iam: Iam, key_id: str) -> str:
    try:
        used = iam.key_last_used(key_id) or {}
    except AnsibleIAMError as error:
        if error_code(error) not in _NOT_OURS:
            raise
        if iam.account_of_key(key_id) == iam.caller_identity()["Account"]:
            raise  # It is the operator who may not ask.
        return ""
    return str(used.get("UserName", ""))


def _serve(iam: Iam, request: Request, check_mode: bool, name: str, key_ids: Sequence[str] | None) -> Result:
    """Whatever goes wrong is this user's failure and nobody else's."""
    result: Result = {"name": name, "changed": False, "failed": False, "msg": "", "warnings": [], "changes": []}
    result |= {"access_key_ids": [], "report": [], "diff": {}}
    try:
        said = iam.user(name)
        if said is None:
            return {**result, "failed": True, "msg": f"there is no user {name!r}; check the name"}
        user = belongings.with_attachments(iam, said, _OF_INTEREST)
        one = _revocation.revocation(user, key_ids, request.wishes)
        result |= {"access_key_ids": list(one.key_ids), "changes": one.sentences}
        if one.problem:
            return {**result, "failed": True, "msg": one.problem, "changes": []}
        keys = [key for key in user.attachments if key.kind.name == "access_keys" and key.id in one.key_ids]
        used = {key.id: (iam.key_last_used(key.id) or {}).get("AccessKeyLastUsed", {}) for key in keys}
        result["report"] = [_revocation.report(user, key, used[key.id]) for key in keys]
        if not check_mode:
            _apply(iam, one, request.wait_timeout)
    except AnsibleIAMError as error:
        return {**result, "failed": True, "msg": explain(error)}
    return {**result, "changed": bool(one.sentences), "diff": _revocation.diff(one) if one.sentences else {}}


_OF_INTEREST = frozenset(
    ("access_keys", "login_profile", "inline_policies", "managed_policies", "groups", "permissions_boundary")
)


def _apply(iam: Iam, one: Revocation, patience: float) -> None:
    _take(iam, one.locks, patience)
    if one.ends_sessions:
        document = _revocation.sessions_policy(datetime.datetime.now(tz=datetime.UTC))
        call = functools.partial(iam.put_user_policy, one.user.name, _revocation.SESSIONS_POLICY, document)
        wait_out(call, BUSY, patience)
    _take(iam, one.deletions, patience)


def _take(iam: Iam, steps: Iterable[Step], patience: float) -> None:
    for step in steps:
        wait_out(functools.partial(iam.take, step.words, step.call, step.parameters), BUSY, patience)
