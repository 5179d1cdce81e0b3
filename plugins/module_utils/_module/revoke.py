# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Take leaked access keys out of use, whosever they are, each user with an outcome of its own."""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import error_code, explain
from .._plans import revocation
from .._plans.change import By
from .._plans.revocation import Wishes
from .._users import user_name as _user_name
from .._users.belonging import (
    ACCESS_KEYS,
    GROUPS,
    INLINE_POLICIES,
    LOGIN_PROFILE,
    MANAGED_POLICIES,
    PERMISSIONS_BOUNDARY,
)
from . import observe
from .common import RefusedError

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._aws.iam import Iam
    from .._plans.revocation import Revocation
    from .marks import Marks

Result = dict[str, t.Any]
# What AWS says of a key that is not one of this account
_NOT_OURS = frozenset({"AccessDenied"})
_OF_INTEREST = (LOGIN_PROFILE, ACCESS_KEYS, INLINE_POLICIES, MANAGED_POLICIES, GROUPS, PERMISSIONS_BOUNDARY)


def run(iam: Iam, params: Mapping[str, t.Any], marks: Marks, check_mode: bool) -> Result:
    """Plan, and unless in check mode revoke. Raises RefusedError and AnsibleIAMError."""
    key_ids, users = params["access_key_ids"], params["users"] or ()
    problems = [revocation.key_problem(one) for one in key_ids or ()] + [_user_name.problem(one) for one in users]
    found = [one for one in problems if one]
    if found:
        raise RefusedError("; ".join(found))
    warnings: list[str] = []
    keys = _owners(iam, key_ids, warnings) if key_ids else {}
    names = list(keys) if key_ids else list(dict.fromkeys(users))
    wishes = Wishes(params["delete"], params["sign_in"], params["sessions"], params["strangers"])

    def serve(name: str) -> Result:
        outcome = _serve(iam, wishes, check_mode, name, keys.get(name))
        marks.done(outcome["failed"])
        return outcome

    with ThreadPoolExecutor(max_workers=params["threads"]) as pool:
        outcomes = dict(zip(names, pool.map(serve, names), strict=True))
    return {
        "changed": any(one["changed"] for one in outcomes.values()),
        "warnings": warnings,
        "users": [outcomes[name] for name in (names if key_ids else users)],
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
        raise RefusedError("; ".join(problems))
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


def _serve(iam: Iam, wishes: Wishes, check_mode: bool, name: str, key_ids: Sequence[str] | None) -> Result:
    """Whatever goes wrong is this user's failure and nobody else's."""
    result: Result = {"name": name, "changed": False, "failed": False, "msg": "", "warnings": [], "changes": []}
    result |= {"access_key_ids": [], "report": [], "diff": {}, "fate": "nothing to do"}
    try:
        user = observe.user(iam, name, _OF_INTEREST)
        if user is None:
            return {**result, "failed": True, "msg": f"there is no user {name!r}; check the name"}
        plan = revocation.revocation(user, key_ids, wishes)
        result |= {"access_key_ids": list(plan.key_ids), "changes": plan.sentences}
        if plan.problems:
            return {**result, "failed": True, "msg": "; ".join(plan.problems), "changes": []}
        keys = [key for key in user.all(ACCESS_KEYS) if key.id in plan.key_ids]
        used = {key.id: (iam.key_last_used(key.id) or {}).get("AccessKeyLastUsed", {}) for key in keys}
        result["report"] = [revocation.report(user, key, used[key.id]) for key in keys]
        if not check_mode:
            _apply(iam, plan)
    except AnsibleIAMError as error:
        return {**result, "failed": True, "msg": explain(error)}
    fate = "revoked" if plan.changes else result["fate"]
    return {**result, "changed": bool(plan.changes), "fate": fate, "diff": plan.diff()}


def _apply(iam: Iam, plan: Revocation) -> None:
    for change in plan.changes:
        if change.by is By.SESSIONS:
            document = revocation.sessions_policy(datetime.datetime.now(tz=datetime.UTC))
            policy = {"UserName": plan.name, "PolicyName": revocation.SESSIONS_POLICY, "PolicyDocument": document}
            iam.write(change.words, "put_user_policy", policy)
        for call in change.calls:
            iam.take(change.words, call.operation, call.parameters)
