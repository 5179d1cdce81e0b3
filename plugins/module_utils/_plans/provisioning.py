# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""From what is wanted and what is there to an ordered list of named changes.

Check mode is a plan that is not applied, the diff is the plan rendered, idempotence is an empty plan, and to verify a
user is to ask whether its plan is empty.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._users import access_key as _access_key
from .._users import managed_policy as _managed_policy
from .._users import password as _password
from . import preflight as _preflight

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._users.on_file import OnFile
    from .._users.user import AccessKey, Account, ObservedUser, WantedUser

# In the order in which they are applied: a user is bounded before it is allowed anything, and can sign in before it
# gets a key. What each one says to people; {subject} is a policy, a key or the like.
ACTIONS = {
    "create_user": "create IAM user {user} with {subject}",
    "update_path": "move user {user} to path {subject}",
    "put_permissions_boundary": "set the permissions boundary of {user} to {subject}",
    "tag_user": "tag user {user}: {subject}",
    "attach_user_policy": "attach policy {subject} to {user}",
    "detach_user_policy": "detach policy {subject} from {user}",
    "create_login_profile": "enable console sign-in for {user} with {subject}",
    "update_login_profile": "set the console password of {user} to {subject}",
    "delete_orphaned_access_key": "delete access key {subject} of {user}, whose secret an interrupted run lost",
    "delete_lost_access_key": "delete access key {subject} of {user}, whose secret is not on file",
    "create_access_key": "create an access key for {user} and save its secret",
    "prove_access_key": "see that access key {subject} of {user} works",
    "deactivate_access_key": "deactivate access key {subject} of {user}",
    "retire_access_key": "note the day since which access key {subject} of {user} is not needed any more",
    "delete_rotated_access_key": "delete access key {subject} of {user}, which was rotated",
    "remove_description": "remove the description of access key {subject} of {user}, which is gone",
    "delete_other_access_key": "delete access key {subject} of {user}, which is not ours",
    "describe_access_key": "describe access key {subject} of {user}",
    "clear_intent": "remove the note that an interrupted run left for {user}",
}


@dataclass(frozen=True)
class Change:
    """One change, named after the API call that makes it where there is one."""

    action: str
    subject: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    permissions_boundary: str | None = None

    def sentence(self, user_name: str) -> str:
        """Say to people what will be done."""
        return ACTIONS[self.action].format(user=user_name, subject=self.subject)


@dataclass(frozen=True)
class Plan:
    """What is to be done for one user, why it cannot be done, and what is worth knowing."""

    wanted: WantedUser
    observed: ObservedUser | None
    changes: tuple[Change, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    # ARNs of what was given by name or ARN
    managed_policies: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    # The access key on file when the plan was made
    saved_key: str = ""

    def has(self, *actions: str) -> bool:
        """Tell whether one of these actions is planned."""
        return any(change.action in actions for change in self.changes)

    @property
    def intends(self) -> list[str]:
        """The secrets that this plan asks for."""
        login = ["login_profile"] if self.has("create_login_profile", "update_login_profile") else []
        return [*login, "access_key"] if self.has("create_access_key") else login

    @property
    def sentences(self) -> list[str]:
        """Say to people what will be done, in order."""
        return [change.sentence(self.wanted.name) for change in self.changes]


def plan(wanted: WantedUser, observed: ObservedUser | None, saved: OnFile, account: Account) -> Plan:
    """Plan one user. Where there are problems there are no changes: nothing is done by halves knowingly."""
    problems = tuple(_preflight.problems(wanted, observed, saved, account))
    warnings = tuple(_warnings(wanted, observed, saved, account))
    if problems:
        return Plan(wanted, observed, (), problems, warnings, saved_key=saved.access_key_id)
    policies = tuple(dict.fromkeys(_arn(one, account) for one in wanted.managed_policies))
    boundary = _arn(wanted.permissions_boundary, account) if wanted.permissions_boundary else None
    changes = [
        *_user_changes(wanted, observed, boundary),
        *_policy_changes(wanted, observed, policies, account),
        *_login_changes(wanted, observed, saved),
        *_access_key_changes(wanted, observed, saved, account),
    ]
    if saved.intent and not any(change.action.endswith(("login_profile", "access_key")) for change in changes):
        changes.append(Change("clear_intent"))
    return Plan(wanted, observed, tuple(changes), (), warnings, policies, boundary, saved.access_key_id)


def _user_changes(wanted: WantedUser, observed: ObservedUser | None, boundary: str | None) -> Iterator[Change]:
    if observed is None:
        bounded = f"permissions boundary {boundary}" if boundary else "no permissions boundary"
        yield Change("create_user", f"path {wanted.path} and {bounded}", wanted.all_tags, boundary)
        return
    if observed.path != wanted.path:
        yield Change("update_path", wanted.path)
    if boundary and observed.permissions_boundary != boundary:
        yield Change("put_permissions_boundary", boundary)
    missing = {key: value for key, value in wanted.all_tags.items() if observed.tags.get(key) != value}
    if missing:
        yield Change("tag_user", ", ".join(f"{key}={value}" for key, value in missing.items()), missing)


def _policy_changes(
    wanted: WantedUser, observed: ObservedUser | None, listed: tuple[str, ...], account: Account
) -> Iterator[Change]:
    """Attach first, so that a user is never without what it may do, where the quota leaves room for both."""
    attached = observed.attached_policies if observed else ()
    new = [Change("attach_user_policy", arn) for arn in listed if arn not in attached]
    old = [Change("detach_user_policy", arn) for arn in attached if arn not in listed] if wanted.purge_policies else []
    full = len(attached) + len(new) > account.summary.get("AttachedPoliciesPerUserQuota", 10)
    yield from [*old, *new] if full else [*new, *old]


def _arn(policy: str, account: Account) -> str:
    arn, problem = _managed_policy.resolve(policy, account.managed_policies, account.id)
    if arn is None:
        raise ValueError(problem)
    return arn


def _login_changes(wanted: WantedUser, observed: ObservedUser | None, saved: OnFile) -> Iterator[Change]:
    if _preflight.sets_password(wanted, observed, saved):
        missing = observed is None or observed.login_profile is None
        kind = "the password that was given" if wanted.console_password else "a generated password"
        yield Change("create_login_profile" if missing else "update_login_profile", kind)


def _access_key_changes(
    wanted: WantedUser, observed: ObservedUser | None, saved: OnFile, account: Account
) -> Iterator[Change]:
    keys = observed.access_keys if observed else ()
    orphaned = _access_key.orphans(keys, saved)
    yield from (Change("delete_orphaned_access_key", key.id) for key in orphaned)
    current = _access_key.on_file(keys, saved)
    if current:
        if current.description != wanted.access_key_description:
            yield Change("describe_access_key", current.id, {current.id: wanted.access_key_description})
        return
    lost = [key for key in _access_key.lost(keys, saved, wanted.access_key_description) if key not in orphaned]
    if lost and wanted.lost_secret == "keep":
        return
    yield from _replacement(lost, len(keys) - len(orphaned), account)


def _replacement(lost: list[AccessKey], present: int, account: Account) -> Iterator[Change]:
    """Make the new key first, so that its owner is never without one, where the quota leaves room for both."""
    deletions = [Change("delete_lost_access_key", key.id) for key in lost]
    full = present >= account.summary.get("AccessKeysPerUserQuota", 2)
    yield from deletions if full else ()
    yield Change("create_access_key")
    yield from () if full else deletions


def _warnings(wanted: WantedUser, observed: ObservedUser | None, saved: OnFile, account: Account) -> Iterator[str]:
    keys = observed.access_keys if observed else ()
    if observed and not saved.password and not _preflight.sets_password(wanted, observed, saved):
        yield (
            f"the console password of {wanted.name!r} was set before and is not on file; to set a new one, run again "
            "with invoice_iam_user_update_password=always"
        )
    if wanted.console_password and _preflight.sets_password(wanted, observed, saved):
        hazard = _password.spreadsheet_hazard(wanted.console_password)
        if hazard:
            yield f"the console password of {wanted.name!r} {hazard}"
    if "," in wanted.name:
        yield f"user {wanted.name!r} is left out of aws_configure_import.csv: the AWS CLI takes no name with a comma"
    if observed and saved.access_key_id and not _access_key.on_file(keys, saved):
        yield (
            f"access key {saved.access_key_id} of {wanted.name!r} is on file and gone from AWS; "
            "its file is kept in superseded/ when a new key is saved"
        )
    yield from _lost_secret_warnings(wanted, keys, saved)


def _lost_secret_warnings(wanted: WantedUser, keys: tuple[AccessKey, ...], saved: OnFile) -> Iterator[str]:
    if wanted.lost_secret != "keep" or _access_key.on_file(keys, saved):
        return
    orphaned = _access_key.orphans(keys, saved)
    for key in _access_key.lost(keys, saved, wanted.access_key_description):
        if key not in orphaned:
            yield (
                f"access key {key.id} of {wanted.name!r} exists and its secret is not on file; it is kept. To replace "
                "it, run again with invoice_iam_user_lost_secret=replace"
            )
