# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Read an account and its users from AWS, and what is saved for them, into plain values."""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import NEW_KEY, error_code, explain
from .._users import managed_policy as _managed_policy
from .._users.belonging import (
    ACCESS_KEYS,
    GROUPS,
    INLINE_POLICIES,
    KINDS,
    LOGIN_PROFILE,
    MANAGED_POLICIES,
    MFA_DEVICES,
    PERMISSIONS_BOUNDARY,
    Belonging,
    belongings,
)
from .._users.on_file import OnFile
from .._users.password import PasswordPolicy
from .._users.sign_in_url import sign_in_url
from .._users.user import Account, Proof, User

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from .._aws.iam import Answer, Iam
    from .._credentials.destination import CredentialsDestination
    from .._users.belonging import Kind
    from .._users.on_file import Credentials
    from .._users.user import AccessKey

# What provisioning creates
OURS = (LOGIN_PROFILE, ACCESS_KEYS, MANAGED_POLICIES, PERMISSIONS_BOUNDARY)
# What verification mentions besides
REMARKED = (*OURS, INLINE_POLICIES, GROUPS, MFA_DEVICES)
# In seconds; see with_unlisted_login
_LOGIN_SHOWN_AFTER = 180.0
# The number of users that AWS really puts into a page of GetAccountAuthorizationDetails, regardless of MaxItems
_USERS_A_PAGE = 100
# If AWS refuses an older key, it is inactive or deleted, and waiting does not help.
_NEW_FOR = datetime.timedelta(minutes=10)


def account(iam: Iam, policies: Iterable[str] = ()) -> Account:
    """Read the account. The ~1,400 AWS managed policies are listed only if C(policies) contains one."""
    account_id, partition, alias = _whose(iam)
    return Account(
        id=account_id,
        partition=partition,
        alias=alias,
        sign_in_url=sign_in_url(partition, account_id, alias),
        password_policy=PasswordPolicy.from_aws(iam.password_policy()),
        summary=iam.account_summary(),
        managed_policies=_policies(iam, policies),
    )


def sign_in_url_of(iam: Iam) -> str:
    """Build the console sign-in URL of the account."""
    account_id, partition, alias = _whose(iam)
    return sign_in_url(partition, account_id, alias)


def _whose(iam: Iam) -> tuple[str, str, str | None]:
    """Read the account's ID, partition and alias."""
    who = iam.caller_identity()
    return who["Account"], who["Arn"].split(":")[1], iam.account_alias()


def _policies(iam: Iam, wanted: Iterable[str]) -> dict[str, str]:
    own = {policy["PolicyName"]: policy["Arn"] for policy in iam.managed_policies("Local")}
    known = {*own, *own.values()}
    if all(policy in known for policy in wanted):
        return own
    return {policy["PolicyName"]: policy["Arn"] for policy in iam.managed_policies("AWS")} | own


def with_policies(iam: Iam, known: Account, wanted: Iterable[str]) -> Account:
    """Read the policies again if C(wanted) contains policies that are not among those known."""
    if {*wanted} <= {*known.managed_policies, *known.managed_policies.values()}:
        return known
    return replace(known, managed_policies=_policies(iam, wanted))


class Seen(t.NamedTuple):
    """The users that were found by name; None for a name without a user."""

    users: dict[str, User | None]
    # For a name without a user, an existing user whose name differs in case only
    namesakes: dict[str, str]


def users(iam: Iam, names: Sequence[str], existing: int, threads: int = 1, kinds: Collection[Kind] = OURS) -> Seen:
    """Read these users. C(existing) is the number of users in the account.

    Many users are read in bulk. Then only virtual MFA devices are found.
    """
    with ThreadPoolExecutor(max_workers=threads) as pool:
        if existing // _USERS_A_PAGE + 1 < 2 * len(names):
            found = {said["UserName"]: said for said in iam.all_users()}
            devices = _virtual_mfa_devices(iam) if MFA_DEVICES in kinds else {}
            seen = dict(pool.map(lambda name: (name, _in_bulk(iam, found.get(name), kinds, devices)), names))
            return Seen(seen, _namesakes(found, seen))
        seen = dict(pool.map(lambda name: (name, user(iam, name, kinds)), names))
        there = set(iam.user_names()) if None in seen.values() else set()
        late = {name for name, one in seen.items() if one is None and name in there}
        seen |= {name: with_belongings(iam, said, kinds) for name, said in _in_details(iam, late).items()}
        return Seen(seen, _namesakes(there, seen))


def _namesakes(there: Iterable[str], seen: Mapping[str, User | None]) -> dict[str, str]:
    """Find existing users whose names block missing ones: CreateUser ignores case, but GetUser does not."""
    others = {name.lower(): name for name in there if name not in seen}
    return {name: others[name.lower()] for name, one in seen.items() if one is None and name.lower() in others}


def user(iam: Iam, name: str, kinds: Collection[Kind] = OURS) -> User | None:
    """Read one user with these kinds of its belongings."""
    said = iam.user(name)
    return None if said is None else with_belongings(iam, said, kinds)


def said_of(iam: Iam, names: Iterable[str]) -> dict[str, Answer]:
    """Read AWS's description of these users. New users that GetUser does not return yet are found as well."""
    found = {name: iam.user(name) for name in names}
    missing = {name for name, said in found.items() if said is None}
    return {name: said for name, said in found.items() if said} | _in_details(iam, missing)


def _in_details(iam: Iam, names: Collection[str]) -> dict[str, Answer]:
    return {said["UserName"]: said for said in iam.all_users() if said["UserName"] in names} if names else {}


def existing_user(iam: Iam, name: str, kinds: Collection[Kind] = OURS) -> User | None:
    """Read a user that is known to exist. Waits if GetUser does not return it yet."""
    for _waited in iam.patience.pauses():
        found = user(iam, name, kinds)
        if found:
            return found
    return user(iam, name, kinds)


def with_belongings(iam: Iam, said: Answer, kinds: Collection[Kind] = KINDS, in_bulk: bool = False) -> User:
    """Build a user from AWS's description, and list those kinds of belongings that it does not contain.

    C(in_bulk): the description is from GetAccountAuthorizationDetails, where a missing kind means that there is none.
    """
    listed = ((kind, _listed(iam, said, kind, in_bulk)) for kind in KINDS if kind in kinds)
    return User.read(said, [one for kind, entries in listed for one in belongings(kind, entries)])


def _listed(iam: Iam, said: Answer, kind: Kind, in_bulk: bool) -> list[t.Any]:
    if kind.detail in said:
        detail = said[kind.detail]
        return list(detail) if isinstance(detail, list) else [detail]
    if not kind.listing.call or (in_bulk and kind.detail):
        return []
    name = said["UserName"]
    listed: list[t.Any] = iam.listed(name, kind.listing.call, kind.listing.member)
    if kind is INLINE_POLICIES:
        return [{"PolicyName": one, **iam.user_policy(name, one)} for one in listed]
    return listed


def _in_bulk(
    iam: Iam, said: Answer | None, kinds: Collection[Kind], devices: dict[str, list[Belonging]]
) -> User | None:
    if said is None:
        return None
    found = with_belongings(iam, said, [kind for kind in kinds if kind is not MFA_DEVICES], in_bulk=True)
    return replace(found, belongings=(*found.belongings, *devices.get(found.name, ())))


def _virtual_mfa_devices(iam: Iam) -> dict[str, list[Belonging]]:
    """List the account's virtual MFA devices by user, as GetAccountAuthorizationDetails does not contain them."""
    found: dict[str, list[Belonging]] = {}
    for device in iam.virtual_mfa_devices():
        # A device of the account's root user has no user name.
        owner = device.get("User", {}).get("UserName", "")
        found.setdefault(owner, []).extend(belongings(MFA_DEVICES, [device]))
    return found


class Arrival(t.NamedTuple):
    """When a user last signed in and used a key, in ISO 8601; None if never, or if AWS does not report it yet."""

    signed_in: str | None = None
    key_used: str | None = None
    # The service that the key was last used for, as AWS calls it
    key_used_for: str | None = None


def arrival(iam: Iam, signed_in: datetime.datetime | None, user: User | None) -> Arrival:
    """Find out when a user last signed in and used a key."""
    uses = [iam.key_last_used(key.id) or {} for key in (user.access_keys if user else ())]
    used = [use["AccessKeyLastUsed"] for use in uses if use.get("AccessKeyLastUsed", {}).get("LastUsedDate")]
    last = max(used, key=lambda use: use["LastUsedDate"], default=None)
    return Arrival(
        signed_in.isoformat() if signed_in and user else None,
        last["LastUsedDate"].isoformat() if last else None,
        str(last["ServiceName"]) if last else None,
    )


def login_profile(iam: Iam, name: str) -> Answer | None:
    """Read the login profile of a user."""
    listed = iam.listed(name, LOGIN_PROFILE.listing.call, LOGIN_PROFILE.listing.member)
    return dict(listed[0]) if listed else None


def access_keys(iam: Iam, one: User) -> tuple[AccessKey, ...]:
    """Read the access keys of a user again."""
    listed = iam.listed(one.name, ACCESS_KEYS.listing.call, ACCESS_KEYS.listing.member)
    return replace(one, belongings=tuple(belongings(ACCESS_KEYS, listed))).access_keys


def with_unlisted_key(
    iam: Iam, destination: CredentialsDestination | None, user: User | None, on_file: OnFile
) -> User | None:
    """Add the saved key if AWS does not list it, but accepts it.

    AWS's list of access keys may be some seconds old. Relying on it could mean creating a second key.
    """
    key_id = on_file.access_key_id
    if destination is None or user is None or not key_id or any(key.id == key_id for key in user.access_keys):
        return user
    secret = destination.saved(user.name).secret_access_key
    # If there is an intent, the key may just have been created, and AWS may not know it everywhere yet.
    seconds = None if on_file.intent.access_key else 0
    try:
        arn = iam.wait_out(lambda: iam.caller_of(key_id, secret), NEW_KEY, seconds)
    except AnsibleIAMError as error:
        if not error_code(error):
            raise
        return user
    if arn != user.arn:
        return user
    now = datetime.datetime.now(tz=datetime.UTC)
    key = {"AccessKeyId": key_id, "Status": "Active", "CreateDate": now}
    return replace(user, belongings=(*user.belongings, *belongings(ACCESS_KEYS, [key])))


def with_unlisted_login(iam: Iam, user: User | None, on_file: OnFile) -> User | None:
    """Add a login profile that AWS does not show yet, which may take up to two minutes (GetLoginProfile).

    If a password was saved a moment ago, AWS is asked again for a while. If access was revoked, no login profile is
    expected.
    """
    if user is None or user.signs_in or user.revoked or not on_file.password or on_file.login_age > _LOGIN_SHOWN_AFTER:
        return user
    for _waited in iam.patience.pauses(min(iam.patience.seconds, _LOGIN_SHOWN_AFTER - on_file.login_age)):
        profile = login_profile(iam, user.name)
        if profile is not None:
            return replace(user, belongings=(*user.belongings, *belongings(LOGIN_PROFILE, [profile])))
    return user


def proof(iam: Iam, saved: Credentials, user: User | None) -> Proof:
    """Call AWS with the saved key to find out whose it is."""
    keys = user.access_keys if user else ()
    seconds = None if any(key.id == saved.access_key_id and _is_new(key) for key in keys) else 0
    try:
        return Proof(
            iam.wait_out(lambda: iam.caller_of(saved.access_key_id, saved.secret_access_key), NEW_KEY, seconds)
        )
    except AnsibleIAMError as error:
        code = error_code(error)
        return Proof(refusal=f"AWS refuses access key {saved.access_key_id} ({code})" if code else explain(error))


def _is_new(key: AccessKey) -> bool:
    age = datetime.datetime.now(tz=datetime.UTC) - datetime.datetime.fromisoformat(key.create_date)
    return key.active and age < _NEW_FOR


def on_file(destination: CredentialsDestination | None, name: str) -> OnFile:
    """Read what the destination contains for a user, without the secrets. Raises DestinationError."""
    if destination is None:
        return OnFile()
    found = destination.look(name)
    saved = found.saved
    return OnFile(
        password=bool(saved.password),
        sign_in_url=saved.sign_in_url,
        access_key_id=saved.access_key_id,
        intent=found.intent,
        other_run=found.other_run,
        missing=found.missing,
        login_age=found.login_age,
    )


def with_pending_policies(one: Account, names: Iterable[str]) -> Account:
    """Return the account as it will be when missing customer-managed policies among C(names) have been created."""
    pending = {name: _managed_policy.customer_managed_arn(one.partition, one.id, name) for name in names}
    return replace(one, managed_policies={**pending, **one.managed_policies})
