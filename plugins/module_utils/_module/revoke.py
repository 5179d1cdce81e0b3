# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Revoke leaked access keys of any users, each user with its own result.

Keys are deactivated first. Other information is looked up after that; if that fails, the result says so.
"""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import error_code, explain
from .._plans import preflight as _preflight
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
from .accounts import alone
from .common import RefusedError

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._aws.iam import Iam
    from .._plans.change import Change
    from .._users.user import User
    from .accounts import Ready
    from .marks import Marks

Result = dict[str, t.Any]
# AWS's error for a key that does not exist (any more), and for an operator without the permission
_DENIED = "AccessDenied"
_OF_INTEREST = (LOGIN_PROFILE, ACCESS_KEYS, INLINE_POLICIES, MANAGED_POLICIES, GROUPS, PERMISSIONS_BOUNDARY)


def run(iam: Iam, params: Mapping[str, t.Any], marks: Marks, check_mode: bool, ready: Ready = alone) -> Result:
    """Plan, and revoke unless in check mode. Raises RefusedError and AnsibleIAMError."""
    key_ids, users = params["access_key_ids"], params["users"] or ()
    problems = [revocation.key_problem(one) for one in key_ids or ()] + [_user_name.problem(one) for one in users]
    found = [one for one in problems if one]
    if found:
        raise RefusedError("; ".join(found))
    owners = _Owners(iam)
    keys = owners.of(key_ids or ())
    names = list(keys) if key_ids else list(dict.fromkeys(users))
    class_name = None if key_ids else params["class_name"]
    wishes = Wishes(params["delete"], params["sign_in"], params["sessions"], params["strangers"], class_name)
    revoker = _Revoker(iam, wishes, check_mode)

    def serve(name: str) -> Result:
        outcome = revoker.serve(name, keys.get(name))
        marks.done(outcome["failed"])
        return outcome

    ready(len(names))
    with ThreadPoolExecutor(max_workers=params["threads"]) as pool:
        outcomes = dict(zip(names, pool.map(serve, names), strict=True))
    # Keys without an owner are only reported when all others have been deactivated.
    warnings, problems_left = owners.about_the_rest()
    return {
        "changed": any(one["changed"] for one in outcomes.values()),
        "warnings": warnings,
        "problems": problems_left,
        "account": {"id": revoker.account_id},
        "users": [outcomes[name] for name in (names if key_ids else users)],
        "diff": [one["diff"] for one in outcomes.values() if one["diff"]],
    }


# Reported for a user without keys, from whom revoking keys takes nothing away
_CAN_STILL_SIGN_IN = (
    "user {name} has no access key and can still sign in: to the console, and to the AWS CLI with aws login. To end "
    "that, run again with invoice_iam_user_revoke_sign_in=true and invoice_iam_user_revoke_sessions=true"
)


class _Owners:
    """Finds the owners of access keys."""

    def __init__(self, iam: Iam) -> None:
        self._iam = iam
        # Keys that do not exist according to AWS
        self._gone: list[str] = []
        # Keys about which AWS refuses to say anything, with its error
        self._denied: dict[str, str] = {}
        # Whether AWS has replied about another key
        self._may_ask = False

    def of(self, key_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the keys by the names of their owners. Keys without an owner are left to C(about_the_rest)."""
        owners: dict[str, list[str]] = {}
        for key_id in dict.fromkeys(key_ids):
            owner = self._asked(key_id)
            if owner:
                owners.setdefault(owner, []).append(key_id)
        if self._denied:
            # An operator who may not ask about keys may be allowed to list users, whose tags describe their keys.
            for said in self._iam.all_users():
                for key_id in {tag["Key"] for tag in said.get("Tags", [])} & self._denied.keys():
                    del self._denied[key_id]
                    owners.setdefault(said["UserName"], []).append(key_id)
        return owners

    def _asked(self, key_id: str) -> str:
        try:
            used = self._iam.key_last_used(key_id)
        except AnsibleIAMError as error:
            if error_code(error) != _DENIED:
                raise
            self._denied[key_id] = explain(error)
            return ""
        self._may_ask = True
        if used is None:
            self._gone.append(key_id)
        return str((used or {}).get("UserName", ""))

    def about_the_rest(self) -> tuple[list[str], list[str]]:
        """Return warnings about keys that are gone anyway, and problems with keys whose owner is unknown."""
        warnings, problems = [], []
        for key_id in self._gone:
            warnings.append(f"access key {key_id} does not exist: there is nothing to revoke")
        for key_id, words in self._denied.items():
            account, here = self._iam.account_of_key(key_id), self._iam.caller_identity()["Account"]
            if account != here:
                problems.append(
                    f"access key {key_id} belongs to account {account}, but the AWS credentials belong to account "
                    f"{here}; run again with credentials of account {account}"
                )
            elif self._may_ask or self._may_ask_at_all():
                warnings.append(f"account {account} no longer has access key {key_id}: there is nothing to revoke")
            else:
                problems.append(
                    f"AWS does not name the owner of access key {key_id}: it is deleted, or these credentials may not "
                    f"ask. {words}"
                )
        return warnings, problems

    def _may_ask_at_all(self) -> bool:
        """Find out whether the operator may ask about keys, by asking about the operator's own key."""
        own = self._iam.own_key_id
        try:
            return bool(own and self._iam.key_last_used(own))
        except AnsibleIAMError:
            return False


class _Revoker:
    """Revokes access of users. If one user fails, the others are not affected."""

    def __init__(self, iam: Iam, wishes: Wishes, check_mode: bool) -> None:
        self._iam = iam
        self._wishes = wishes
        self._check_mode = check_mode
        self._now = datetime.datetime.now(tz=datetime.UTC)
        # As the users' ARNs name it, because asking for it would delay the revocation
        self.account_id = ""

    def serve(self, name: str, key_ids: Sequence[str] | None) -> Result:
        """Revoke these keys of a user, or all of them."""
        result: Result = {"name": name, "changed": False, "failed": False, "msg": "", "warnings": [], "changes": []}
        result |= {"access_key_ids": [], "report": [], "diff": {}, "fate": "nothing to do"}
        done: list[Change] = []
        user: User | None = None
        try:
            said = observe.said_of(self._iam, [name]).get(name)
            if said is None:
                return {**result, "failed": True, "msg": f"there is no user {name!r}; check the name"}
            user = observe.with_belongings(self._iam, said, _OF_INTEREST)
            self.account_id = user.account_id
            plan = revocation.revocation(user, key_ids, self._wishes, f"{self._now:%Y-%m-%d}")
            result |= {"access_key_ids": list(plan.key_ids)}
            if plan.problems:
                return {**result, "failed": True, "msg": "; ".join(plan.problems)}
            self._apply(plan.changes[: plan.locks], done)
            result["report"] = self._report(user, plan.key_ids)
            if key_ids is None and user.signs_in and not (plan.key_ids or self._wishes.sign_in):
                result["report"].append(_CAN_STILL_SIGN_IN.format(name=name))
            self._apply(plan.changes[plan.locks :], done)
        except AnsibleIAMError as error:
            result |= {"failed": True, "msg": explain(error)}
        changed = [change.words for change in done]
        fate = "revoked" if changed else result["fate"]
        diff = plan.diff(done) if done else {}
        if user and user.ours and not result["failed"]:
            result["next"] = _preflight.restoring(name)
        return {**result, "changed": bool(done), "changes": changed, "fate": fate, "diff": diff}

    def _apply(self, changes: Iterable[Change], done: list[Change]) -> None:
        for change in changes:
            if not self._check_mode:
                self._make(change)
            done.append(change)

    def _make(self, change: Change) -> None:
        if change.by is By.SESSIONS:
            document = revocation.sessions_policy(datetime.datetime.now(tz=datetime.UTC))
            policy = {"UserName": change.subject, "PolicyName": revocation.SESSIONS_POLICY, "PolicyDocument": document}
            self._iam.write(change.words, "put_user_policy", policy)
        for call in change.calls:
            self._iam.take(change.words, call.operation, call.parameters)

    def _report(self, user: User, key_ids: Sequence[str]) -> list[str]:
        keys = [key for key in user.all(ACCESS_KEYS) if key.id in key_ids]
        return [revocation.report(user, key, self._last_used(key.id)) for key in keys]

    def _last_used(self, key_id: str) -> Mapping[str, t.Any] | None:
        """Find out when a key was last used. Errors are ignored, as nothing depends on it."""
        try:
            used = self._iam.key_last_used(key_id)
        except AnsibleIAMError:
            return None
        return dict((used or {}).get("AccessKeyLastUsed", {}))
