# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Find everything that is wrong with a user before anything is written, as sentences with a remedy."""

from __future__ import annotations

import typing as t
from collections import Counter

from .._report.command import CLASS, REVOKE, command
from .._users import access_key as _access_key
from .._users import expiry as _expiry
from .._users import managed_policy as _managed_policy
from .._users import password as _password
from .._users import tag as _tag
from .._users import user_name as _user_name

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._users.on_file import OnFile
    from .._users.user import Account, User, WantedUser

# Restores access that was revoked
_RESTORE = "invoice_iam_user_restore_access=true"
# Ends console sign-in, which revoking keys does not
_SIGN_IN = "invoice_iam_user_revoke_sign_in=true"


def input_problems(wanted: WantedUser) -> list[str]:
    """Check everything that can be checked without AWS, such as the name, the path and the tags."""
    found = [
        _user_name.problem(wanted.name),
        _user_name.path_problem(wanted.path),
        *_tag.problems({**wanted.tags, **({_expiry.TAG_KEY: wanted.expires} if wanted.expires else {})}),
        _expiry.problem(wanted.expires) if wanted.expires else None,
        f"the tag {_expiry.TAG_KEY!r} and the last day both say when the user expires; give one of them"
        if wanted.expires and wanted.tags.get(_expiry.TAG_KEY, wanted.expires) != wanted.expires
        else None,
        _tag.value_problem("the name of the class", wanted.class_name),
        *wanted.hours_problems,
        _tag.value_problem("the access key description", wanted.access_key_description),
        "invoice_iam_user_access_key and invoice_iam_user_delete_access_key are both true; set one of them to false"
        if wanted.access_key and wanted.delete_access_key
        else None,
        _access_key.description_problem(wanted.access_key_description),
        "invoice_iam_user_console_password is empty; leave it out to have a password generated"
        if wanted.console_password == ""
        else None,
    ]
    return [one for one in found if one]


def problems(wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> list[str]:
    """List everything that is wrong with one user, given its state in AWS and what is saved for it."""
    key_problems = access_key_problems(wanted, user, on_file, account)
    return [
        *input_problems(wanted),
        *([on_file.other_run] if on_file.other_run else []),
        *policy_problems(wanted, user, account),
        *_password_problems(wanted, user, on_file, account),
        *ownership_problems(wanted, user),
        *_tag_problems(wanted, user, on_file),
        *([] if user and user.revoked and not wanted.restore_access else key_problems),
    ]


def class_problems(new_users: int, account: Account) -> list[str]:
    """List what is wrong with the class as a whole."""
    allowed, there = account.summary.get("UsersQuota", 5000), account.summary.get("Users", 0)
    if new_users == 0 or there + new_users <= allowed:
        return []
    new = "1 user is" if new_users == 1 else f"{new_users} users are"
    return [
        f"{new} to be created, but account {account.id} has room for {max(allowed - there, 0)} "
        f"({allowed} users are allowed); remove some or ask AWS to raise the quota"
    ]


def slice_warnings(new_users: int, slices: int, account: Account) -> list[str]:
    """Warn that all slices together may exceed the user quota: each slice sees only its own users."""
    room = account.summary.get("UsersQuota", 5000) - account.summary.get("Users", 0)
    if slices == 1 or new_users * slices <= room:
        return []
    new = "1 user" if new_users == 1 else f"{new_users} users"
    return [
        f"this is one of {slices} slices and creates {new}; if the others create as many, account {account.id} has "
        f"no room for all (room for {max(room, 0)} now). To see whether the class fits, use --check without slices"
    ]


def account_warnings(account: Account) -> list[str]:
    """Warn that the files will lack the sign-in URL, if it is unknown for the account's partition."""
    if account.sign_in_url:
        return []
    return [
        f"this collection does not know the console sign-in URL of partition {account.partition}, so the files have "
        "none; tell people where to sign in"
    ]


def repeated_names(names: Iterable[str]) -> set[str]:
    """Return the names that occur more than once, in lower case, as IAM ignores case in user names."""
    return {name for name, count in Counter(name.lower() for name in names).items() if count > 1}


def repeated_name_problem(name: str) -> str:
    """Return one sentence saying that a name occurs more than once."""
    return f"the user name {name!r} occurs more than once; IAM ignores case"


def renamed_file_problem(name: str, key_id: str, owner: str) -> str:
    """Return one sentence saying that this user's access key file contains somebody else's key."""
    return (
        f"the access key file of {name!r} contains {key_id}, which belongs to {owner!r} according to "
        "class_credentials.csv; the file was renamed or copied: move it away"
    )


def namesake_problem(name: str, namesake: str) -> str:
    """Return one sentence saying that there is a user whose name differs in case only."""
    return f"IAM ignores case, so {name!r} is taken: there is a user {namesake!r}; choose another name"


def _tag_problems(wanted: WantedUser, user: User | None, on_file: OnFile) -> Iterator[str]:
    """Check the quota of tags, counting existing tags and the one that will describe the access key."""
    tags, keys = (user.tags, user.access_keys) if user else ({}, ())
    new = wanted.all_tags.keys() - tags.keys()
    ours = _access_key.current(keys, on_file)
    kept = wanted.lost_secret == "keep" and _access_key.lost(keys, on_file, wanted.access_key_description)
    described = bool(kept) if ours is None else ours.description is not None
    described = described or not wanted.access_key
    count = len(tags) + len(new) + (0 if described else 1)
    if count > _tag.MAX_TAGS and (new or not described):
        yield (
            f"user {wanted.name!r} has {len(tags)} tags and would have {count}, including that of its access key; "
            f"AWS allows {_tag.MAX_TAGS} a user: remove some"
        )


def resolved_policy(policy: str, account: Account) -> tuple[str | None, str | None]:
    """Find the ARN of a policy in the account. Returns (ARN, None), or (None, problem in one sentence)."""
    return _managed_policy.resolve(policy, account.managed_policies, account.id, account.partition)


def policy_problems(wanted: WantedUser, user: User | None, account: Account) -> Iterator[str]:
    """List what is wrong with the policies that are asked for."""
    resolved = [resolved_policy(one, account) for one in wanted.managed_policies]
    yield from (problem for _arn, problem in resolved if problem)
    if wanted.permissions_boundary:
        _arn, problem = resolved_policy(wanted.permissions_boundary, account)
        if problem:
            yield f"permissions boundary: {problem}"
    attached = set(user.attached_policies) if user and not wanted.purge_policies else set()
    count = len(attached | {arn for arn, _problem in resolved if arn})
    quota = account.summary.get("AttachedPoliciesPerUserQuota", 10)
    if count > quota:
        yield f"user {wanted.name!r} would have {count} managed policies; account {account.id} allows {quota} a user"


def _password_problems(wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> Iterator[str]:
    if not wanted.console_password or not sets_password(wanted, user, on_file):
        return
    broken = _password.problems(
        wanted.console_password, account.password_policy, wanted.name, account.alias, account.id
    )
    if broken:
        policy, rules = account.password_policy.name, "; ".join(broken)
        yield f"the console password of {wanted.name!r} breaks {policy}: {rules}; choose another one"


def sets_password(wanted: WantedUser, user: User | None, on_file: OnFile) -> bool:
    """Return whether a password will be set: if sign-in is disabled, a run was interrupted, or it was asked for."""
    missing = user is None or not user.signs_in
    return missing or wanted.update_password == "always" or on_file.intent.login_profile


def class_problem(user: User, class_name: str) -> str:
    """Return one sentence saying that a user belongs to another class."""
    this = f"this is class {class_name!r}" if class_name else "invoice_iam_user_class is not set"
    return (
        f"user {user.name!r} belongs to class {user.class_name!r}, but {this}; choose another name, or set "
        f"invoice_iam_user_class={user.class_name} if you mean that class"
    )


def revoked_warning(user: User) -> str:
    """Return the warning that a user's access was revoked on purpose."""
    return f"access of {user.name!r} was revoked on {user.revoked} and remains revoked{still_signs_in(user)}"


def still_signs_in(user: User) -> str:
    """Return what to add if only the access keys of a user were revoked, or ""."""
    return f", but {user.name!r} can still sign in to the console" if user.signs_in else ""


def ending_sign_in(name: str) -> str:
    """Return how to end the console sign-in of a user whose access keys were revoked."""
    return f"Access keys are revoked, but not console sign-in; to end that, too: {command(REVOKE, name, _SIGN_IN)}"


def restoring(name: str) -> str:
    """Return how to restore access that was revoked."""
    return f"To give access again, with a new key: {command(CLASS, name, _RESTORE)}"


def ownership_problems(wanted: WantedUser, user: User | None) -> Iterator[str]:
    """Find out whether a user belongs to another class, or is not managed by this collection."""
    if user is None or wanted.adopt_existing:
        return
    if user.class_name not in ("", wanted.class_name):
        yield class_problem(user, wanted.class_name)
    if not user.ours:
        yield (
            f"an IAM user {wanted.name!r} exists and is not managed by this collection (it lacks the tag "
            f"{_tag.OWNERSHIP_KEY}={_tag.OWNERSHIP_VALUE}); choose another name, or set "
            "invoice_iam_user_adopt_existing=true to take it over"
        )


def access_key_problems(wanted: WantedUser, user: User | None, on_file: OnFile, account: Account) -> Iterator[str]:
    """List what is wrong with the user's access keys, or would be with a new one."""
    if not wanted.access_key:
        return
    keys = user.access_keys if user else ()
    current = _access_key.current(keys, on_file)
    if current:
        if not current.active and not wanted.restore_access:
            yield (
                f"access key {current.id} of {wanted.name!r} is saved, but it is {current.status}; to replace it "
                f"with a new one: {command(CLASS, wanted.name, _RESTORE)}"
            )
        return
    orphaned = _access_key.orphans(keys, on_file)
    lost = [key for key in _access_key.lost(keys, on_file, wanted.access_key_description) if key not in orphaned]
    if lost and wanted.lost_secret == "fail":
        yield (
            f"access key {lost[0].id} of {wanted.name!r} exists, but its secret is not saved; restore its file, "
            "or set invoice_iam_user_lost_secret=replace to create a new key"
        )
    if lost and wanted.lost_secret == "keep" and not any(key.active for key in lost):
        yield (
            f"access key {lost[0].id} of {wanted.name!r} is {lost[0].status}, and its secret is not saved; activate "
            "it, or set invoice_iam_user_lost_secret=replace to create a new key"
        )
    staying = [key for key in keys if key not in orphaned and key not in lost]
    quota = account.summary.get("AccessKeysPerUserQuota", 2)
    if not lost and len(staying) >= quota:
        told = " and ".join(f"{key.id} ({_access_key.whose(key)})" for key in staying)
        yield (
            f"user {wanted.name!r} already has {len(staying)} access keys, {told}, and AWS allows {quota}; "
            "delete one of them"
        )
