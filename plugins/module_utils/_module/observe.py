# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Read an account and its users through the gateway into domain values."""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.iam import NEW_KEY, error_code, explain, wait_out
from .._users import managed_policy as _managed_policy
from .._users.on_file import OnFile
from .._users.password import PasswordPolicy
from .._users.sign_in_url import sign_in_url
from .._users.user import AccessKey, Account, ObservedUser, Proof

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._aws.iam import Answer, Iam
    from .._credentials.destination import (
        CredentialsDestination,
    )
    from .._users.on_file import Credentials

# Users a page of GetAccountAuthorizationDetails as AWS really fills them, whatever MaxItems asks for.
_USERS_A_PAGE = 100
# A key that was made a while ago and is refused is not new: it is inactive or deleted, and waiting does not help.
_NEW_FOR = datetime.timedelta(minutes=10)


def account(iam: Iam, policies: Iterable[str] = ()) -> Account:
    """Read what a whole class shares; AWS's own ~1,400 policies are listed only when C(policies) names one."""
    who = iam.caller_identity()
    partition = who["Arn"].split(":")[1]
    alias = iam.account_alias()
    return Account(
        id=who["Account"],
        partition=partition,
        alias=alias,
        sign_in_url=sign_in_url(partition, who["Account"], alias),
        password_policy=PasswordPolicy.from_aws(iam.password_policy()),
        summary=iam.account_summary(),
        managed_policies=_policies(iam, policies),
    )


def _policies(iam: Iam, wanted: Iterable[str]) -> dict[str, str]:
    own = {policy["PolicyName"]: policy["Arn"] for policy in iam.managed_policies("Local")}
    known = {*own, *own.values()}
    if all(policy in known for policy in wanted):
        return own
    return {policy["PolicyName"]: policy["Arn"] for policy in iam.managed_policies("AWS")} | own


def with_policies(iam: Iam, known: Account, wanted: Iterable[str]) -> Account:
    """Look again where C(wanted) has policies that were not asked about when the account was read."""
    if {*wanted} <= {*known.managed_policies, *known.managed_policies.values()}:
        return known
    return replace(known, managed_policies=_policies(iam, wanted))


def users(
    iam: Iam, names: Sequence[str], existing: int, threads: int = 1, everything: bool = False
) -> dict[str, ObservedUser | None]:
    """Read these users; None where there is none of that name. C(existing) is how many the account has.

    C(everything) reads what we never make as well: inline policies, groups and virtual MFA devices.
    """
    with ThreadPoolExecutor(max_workers=threads) as pool:
        if existing // _USERS_A_PAGE + 1 < 2 * len(names):
            found = {user["UserName"]: user for user in iam.all_users()}
            if everything:
                _add_virtual_mfa_devices(iam, found)
            described = [(name, found.get(name)) for name in names]
        else:
            described = list(zip(names, pool.map(lambda name: _describe(iam, name, everything), names), strict=True))
        return dict(pool.map(lambda one: (one[0], _completed(iam, one[1])), described))


def namesake(iam: Iam, name: str) -> str:
    """Find the user whose name differs in case only, which GetUser does not; an empty text if there is none."""
    names = [user["UserName"] for user in iam.all_users()]
    return next((one for one in names if one.lower() == name.lower() and one != name), "")


def _describe(iam: Iam, name: str, everything: bool) -> Answer | None:
    """Read one user in the form that GetAccountAuthorizationDetails gives."""
    user = iam.user(name)
    if user is None:
        return None
    described = {**user, "AttachedManagedPolicies": iam.attached_policies(name)}
    if everything:
        described |= {
            "UserPolicyList": [{"PolicyName": policy} for policy in iam.inline_policies(name)],
            "GroupList": [group["GroupName"] for group in iam.groups(name)],
            "MFADevices": iam.mfa_devices(name),
        }
    return described


def _add_virtual_mfa_devices(iam: Iam, users: dict[str, Answer]) -> None:
    """Add what GetAccountAuthorizationDetails lacks and AWS lists for the whole account."""
    for device in iam.virtual_mfa_devices():
        # A device of the account's root user has no user name.
        owner = users.get(device.get("User", {}).get("UserName", ""))
        if owner is not None:
            owner.setdefault("MFADevices", []).append(device)


def _completed(iam: Iam, user: Answer | None) -> ObservedUser | None:
    """Add the two things that GetAccountAuthorizationDetails lacks."""
    if user is None:
        return None
    name = user["UserName"]
    return observed_user(user, iam.login_profile(name), iam.access_keys(name))


def observed_user(user: Answer, profile: Answer | None, keys: list[Answer]) -> ObservedUser:
    """Build the domain value from AWS's answers."""
    tags = {tag["Key"]: tag["Value"] for tag in user.get("Tags", [])}
    return ObservedUser(
        name=user["UserName"],
        arn=user["Arn"],
        path=user["Path"],
        create_date=user["CreateDate"].isoformat(),
        tags=tags,
        permissions_boundary=user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        attached_policies=tuple(policy["PolicyArn"] for policy in user.get("AttachedManagedPolicies", [])),
        login_profile=profile["CreateDate"].isoformat() if profile else None,
        password_reset_required=bool(profile and profile.get("PasswordResetRequired")),
        access_keys=tuple(
            AccessKey(key["AccessKeyId"], key["Status"], key["CreateDate"].isoformat(), tags.get(key["AccessKeyId"]))
            for key in keys
        ),
        inline_policies=tuple(policy["PolicyName"] for policy in user.get("UserPolicyList", [])),
        groups=tuple(user.get("GroupList", [])),
        mfa_devices=tuple(device["SerialNumber"] for device in user.get("MFADevices", [])),
    )


def with_unlisted_key(
    iam: Iam, directory: CredentialsDestination | None, user: ObservedUser | None, saved: OnFile, patience: float
) -> ObservedUser | None:
    """Add the key that is on file where AWS's list lacks it and AWS itself still (or already) takes it.

    A list of access keys may be some seconds old. To believe it would be to make a second key.
    """
    if directory is None or user is None or not saved.access_key_id:
        return user
    if any(key.id == saved.access_key_id for key in user.access_keys):
        return user
    secret = directory.saved(user.name).secret_access_key
    # An intent says that the key was made a moment ago: AWS may not know it everywhere yet.
    seconds = patience if saved.intent.access_key else 0
    try:
        arn = wait_out(lambda: iam.caller_of(saved.access_key_id, secret), NEW_KEY, seconds)
    except AnsibleIAMError as error:
        if not error_code(error):
            raise
        return user
    if arn != user.arn:
        return user
    now = datetime.datetime.now(tz=datetime.UTC).isoformat()
    key = AccessKey(saved.access_key_id, "Active", now, user.tags.get(saved.access_key_id))
    return replace(user, access_keys=(*user.access_keys, key))


def proof(iam: Iam, saved: Credentials, user: ObservedUser | None, patience: float) -> Proof:
    """Ask AWS, with the key on file, whose it is."""
    keys = user.access_keys if user else ()
    seconds = patience if any(key.id == saved.access_key_id and _is_new(key) for key in keys) else 0
    try:
        return Proof(wait_out(lambda: iam.caller_of(saved.access_key_id, saved.secret_access_key), NEW_KEY, seconds))
    except AnsibleIAMError as error:
        code = error_code(error)
        return Proof(refusal=f"AWS refuses access key {saved.access_key_id} ({code})" if code else explain(error))


def _is_new(key: AccessKey) -> bool:
    age = datetime.datetime.now(tz=datetime.UTC) - datetime.datetime.fromisoformat(key.create_date)
    return key.active and age < _NEW_FOR


def on_file(directory: CredentialsDestination | None, name: str) -> OnFile:
    """Read what the destination holds for a user, without the secrets. Raises DestinationError."""
    if directory is None:
        return OnFile()
    found = directory.look(name)
    return OnFile(bool(found.saved.password), found.saved.access_key_id, found.intent, found.other_run)


def with_pending_policies(one: Account, names: Iterable[str]) -> Account:
    """Return the account as it will be once the customer-managed policies C(names) are made, where they are missing."""
    pending = {name: _managed_policy.customer_managed_arn(one.partition, one.id, name) for name in names}
    return replace(one, managed_policies={**pending, **one.managed_policies})
