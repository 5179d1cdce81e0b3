# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Compare what is wanted with what exists, and plan the changes. A user is as wanted if its plan is empty."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._report.command import CLASS, command
from .._users import access_key as _access_key
from .._users import password as _password
from .._users.on_file import Missing
from . import change
from . import preflight as _preflight
from .change import Change, Secret, UserPlan

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._users.on_file import OnFile
    from .._users.user import AccessKey, Account, User, WantedUser

# The path of users that are created without one
_ROOT = "/"


def plan(wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> UserPlan:
    """Plan one user. If there are problems, the plan has no changes, so that nothing is half done.

    A user gets its permissions boundary before any policy, and its password before its key.
    """
    problems = tuple(_preflight.problems(wanted, user, on_file, account))
    warnings = tuple(_warnings(wanted, user, on_file))
    begun = UserPlan(wanted.name, user, (), problems, warnings, wanted=wanted, on_file=on_file)
    if problems:
        return begun
    if user and user.revoked and not wanted.restore_access:
        return replace(begun, warnings=(_preflight.revoked_warning(user), *warnings))
    policies = tuple(dict.fromkeys(_arn(one, account) for one in wanted.managed_policies))
    boundary = _arn(wanted.permissions_boundary, account) if wanted.permissions_boundary else None
    changes = [
        *_user_changes(wanted, user, boundary),
        *_policy_changes(wanted, user, policies, account),
        *_login_changes(wanted, user, on_file, account),
        *_access_key_changes(wanted, user, on_file, account),
    ]
    known = on_file if wanted.access_key else replace(on_file, missing=Missing(login=on_file.missing.login))
    changes += files_again(user, known, changes)
    if on_file.intent and not any(one.intent for one in changes):
        changes.append(change.settle_intent(wanted.name))
    return replace(
        begun,
        changes=tuple(changes),
        managed_policies=policies,
        permissions_boundary=boundary,
        undecided=tuple(_undecided(wanted, user, on_file)),
    )


def still_missing(plan: UserPlan, user: User | None, key_id: str, account: Account) -> list[Change]:
    """List the changes that AWS does not show yet, a moment after a user was changed.

    Login profiles are left out, as GetLoginProfile may lag by minutes, and so are keys, which have been tried.
    """
    wanted = plan.wanted
    missing = [
        *_user_changes(wanted, user, plan.permissions_boundary),
        *_policy_changes(wanted, user, plan.managed_policies, account),
    ]
    if wanted.access_key and user and key_id and user.tags.get(key_id) != wanted.access_key_description:
        missing.append(change.describe_access_key(user.name, key_id, wanted.access_key_description))
    return missing


def _user_changes(wanted: WantedUser, user: User | None, boundary: str | None) -> Iterator[Change]:
    if user is None:
        yield change.create_user(wanted, boundary)
        return
    if user.revoked:
        yield change.lift_revocation(user.name)
    # Policies may name the ARN, which contains the path. So the default moves nobody.
    if wanted.path not in (_ROOT, user.path):
        yield change.update_path(user.name, wanted.path)
    if boundary and user.permissions_boundary != boundary:
        yield change.put_permissions_boundary(user.name, boundary)
    missing = {key: value for key, value in wanted.all_tags.items() if user.tags.get(key) != value}
    if missing:
        yield change.tag_user(user.name, missing)


def _policy_changes(
    wanted: WantedUser, user: User | None, listed: tuple[str, ...], account: Account
) -> Iterator[Change]:
    """Attach before detaching, so that a user never loses permissions in between, if the quota has room for both."""
    attached = user.attached_policies if user else ()
    new = [change.attach_user_policy(wanted.name, arn) for arn in listed if arn not in attached]
    surplus = [arn for arn in attached if arn not in listed] if wanted.purge_policies else []
    old = [change.detach_user_policy(wanted.name, arn) for arn in surplus]
    full = len(attached) + len(new) > account.summary.get("AttachedPoliciesPerUserQuota", 10)
    yield from [*old, *new] if full else [*new, *old]


def _arn(policy: str, account: Account) -> str:
    arn, problem = _preflight.resolved_policy(policy, account)
    if arn is None:
        raise ValueError(problem)
    return arn


def _login_changes(wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> Iterator[Change]:
    if _preflight.sets_password(wanted, user, on_file):
        yield change.set_password(wanted, create=user is None or not user.signs_in)
    elif account.sign_in_url and on_file.sign_in_url not in ("", account.sign_in_url):
        yield change.update_sign_in_url(wanted.name, account.sign_in_url)


def _access_key_changes(wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> Iterator[Change]:
    keys = user.access_keys if user else ()
    orphaned = _access_key.orphans(keys, on_file)
    yield from (change.delete_orphaned_access_key(wanted.name, key.id) for key in orphaned)
    current = _access_key.current(keys, on_file)
    if not wanted.access_key:
        unwanted = [
            key for key in _access_key.ours(keys, on_file, wanted.access_key_description) if key not in orphaned
        ]
        yield from _no_key(wanted, unwanted, on_file)
        return
    if current and not current.active:
        # Only reached when access is to be restored; otherwise preflight reports an inactive key as a problem.
        deletion = change.delete_revoked_access_key(wanted.name, current.id)
        yield from _replacement(wanted, [deletion], len(keys) - len(orphaned), account)
        return
    if current:
        if current.description != wanted.access_key_description:
            yield change.describe_access_key(wanted.name, current.id, wanted.access_key_description)
        return
    lost = [key for key in _access_key.lost(keys, on_file, wanted.access_key_description) if key not in orphaned]
    if lost and wanted.lost_secret == "keep":
        return
    deletions = [change.delete_lost_access_key(wanted.name, key.id) for key in lost]
    yield from _replacement(wanted, deletions, len(keys) - len(orphaned), account)


def _no_key(wanted: WantedUser, keys: Sequence[AccessKey], on_file: OnFile) -> Iterator[Change]:
    """Delete existing keys only if that was asked for: somebody may be using them."""
    if wanted.delete_access_key:
        yield from (change.delete_unwanted_access_key(wanted.name, key.id) for key in keys)
        if on_file.access_key_id:
            yield change.set_access_key_aside(wanted.name, on_file.access_key_id)


def files_again(user: User | None, on_file: OnFile, others: Sequence[Change]) -> Iterator[Change]:
    """Restore missing files whose content is still valid, unless C(others) replace that content."""
    if user is None:
        return
    replaced = {one.asks_for for one in others}
    login = user.signs_in and Secret.PASSWORD not in replaced
    key = _access_key.current(user.access_keys, on_file) and Secret.ACCESS_KEY not in replaced
    of_login, *of_key = on_file.missing
    missing = [one for one in (of_login if login else "", *(of_key if key else ())) if one]
    if missing:
        yield change.make_files_again(user.name, missing)


def _replacement(wanted: WantedUser, deletions: list[Change], present: int, account: Account) -> Iterator[Change]:
    """Create the new key before deleting, so that its owner always has one, if the quota has room for both."""
    full = present >= account.summary.get("AccessKeysPerUserQuota", 2)
    yield from deletions if full else ()
    yield change.create_access_key(wanted)
    yield from () if full else deletions


def _warnings(wanted: WantedUser, user: User | None, on_file: OnFile) -> Iterator[str]:
    keys = user.access_keys if user else ()
    if wanted.console_password and _preflight.sets_password(wanted, user, on_file):
        hazard = _password.spreadsheet_hazard(wanted.console_password)
        if hazard:
            yield f"the console password of {wanted.name!r} {hazard}"
    if "," in wanted.name and wanted.access_key:
        yield (
            f"user {wanted.name!r} is left out of aws_configure_import.csv and has no such file of its own: the AWS "
            "CLI does not allow commas in names"
        )
    if not wanted.access_key:
        yield from _warnings_without_key(wanted, keys, on_file)
    elif user and on_file.access_key_id and not _access_key.current(keys, on_file):
        yield (
            f"the saved access key {on_file.access_key_id} of {wanted.name!r} no longer exists in AWS; "
            "its file moves to superseded/ when a new key is saved"
        )


def _warnings_without_key(wanted: WantedUser, keys: Sequence[AccessKey], on_file: OnFile) -> Iterator[str]:
    """Warn about keys that exist or are saved although no key is wanted."""
    if wanted.delete_access_key:
        return
    deletion = command(CLASS, wanted.name, "invoice_iam_user_delete_access_key=true")
    there = _access_key.ours(keys, on_file, wanted.access_key_description)
    for key in there:
        yield (
            f"invoice_iam_user_access_key is false for {wanted.name!r}, but access key {key.id} ({key.status}) exists "
            f"and is kept; to delete it: {deletion}"
        )
    if on_file.access_key_id and on_file.access_key_id not in {key.id for key in there}:
        yield (
            f"invoice_iam_user_access_key is false for {wanted.name!r}, but access key {on_file.access_key_id} is "
            f"still saved, although AWS no longer has it; to move it to superseded: {deletion}"
        )


def _undecided(wanted: WantedUser, user: User | None, on_file: OnFile) -> Iterator[str]:
    """List the secrets that are not saved, one sentence each. AWS does not return them again, so people must decide."""
    if user and not on_file.password and not _preflight.sets_password(wanted, user, on_file):
        yield (
            f"the console password of {wanted.name!r} was set before, but it is not saved; it stays valid. Restore its "
            f"file, or set a new password: {command(CLASS, wanted.name, 'invoice_iam_user_update_password=always')}"
        )
    yield from _undecided_key(wanted, user, on_file)


def _undecided_key(wanted: WantedUser, user: User | None, on_file: OnFile) -> Iterator[str]:
    keys = user.access_keys if user else ()
    if not wanted.access_key or wanted.lost_secret != "keep" or _access_key.current(keys, on_file):
        return
    orphaned = _access_key.orphans(keys, on_file)
    for key in _access_key.lost(keys, on_file, wanted.access_key_description):
        if key not in orphaned:
            yield (
                f"access key {key.id} of {wanted.name!r} exists, but its secret is not saved; the key is kept. Restore "
                f"its file, or replace the key: {command(CLASS, wanted.name, 'invoice_iam_user_lost_secret=replace')}"
            )
