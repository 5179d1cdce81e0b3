# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Bring one user's login profile to the wanted state, and save the password."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import NOT_YET, error_code, was_sent_before
from .._users import password as _password
from .._users.on_file import Credentials, Intent
from .._users.password import PasswordPolicy
from . import observe
from .common import RefusedError

if t.TYPE_CHECKING:
    from .._aws.iam import Answer, Iam
    from .._credentials.destination import CredentialsDestination

# How long a new user may be invisible. After that, the name is reported as unknown.
_NEW_USER_SECONDS = 20


@dataclass(frozen=True)
class WantedProfile:
    """The login profile that the task asks for."""

    user_name: str
    present: bool
    password: str | None = field(repr=False)
    reset_required: bool
    always: bool
    # Saved with the password; looked up if it is not given
    sign_in_url: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What was done, or in check mode would be."""

    changed: bool
    before: dict[str, t.Any]
    after: dict[str, t.Any]
    generated_password: str | None = field(default=None, repr=False)


def ensure(iam: Iam, wanted: WantedProfile, destination: CredentialsDestination | None, check_mode: bool) -> Outcome:
    """Bring the login profile to the wanted state. Raises RefusedError, DestinationError and AnsibleIAMError."""
    profile = observe.login_profile(iam, wanted.user_name)
    before = _described(profile)
    if not wanted.present:
        if profile and not check_mode:
            parameters = {"UserName": wanted.user_name}
            iam.take(f"disable console sign-in for {wanted.user_name}", "delete_login_profile", parameters)
        return Outcome(profile is not None, before, {})
    if profile and not wanted.always:
        return Outcome(False, before, before)
    return _set_password(iam, wanted, profile, destination, check_mode)


def _described(profile: Answer | None) -> dict[str, t.Any]:
    if profile is None:
        return {}
    return {"console_sign_in": "enabled", "password_reset_required": bool(profile.get("PasswordResetRequired"))}


def _set_password(
    iam: Iam,
    wanted: WantedProfile,
    profile: Answer | None,
    destination: CredentialsDestination | None,
    check_mode: bool,
) -> Outcome:
    name = wanted.user_name
    problem = destination.problem() if destination else None
    if problem:
        raise RefusedError(problem)
    if not check_mode and not _is_there(iam, name):
        raise RefusedError(f"there is no IAM user {name!r}; create it first")
    policy = PasswordPolicy.from_aws(iam.password_policy())
    password = _given(wanted, policy) or _password.generate(policy)
    before = _described(profile)
    kind = "the password that was given" if wanted.password else "a generated password"
    after = {"console_sign_in": f"enabled, with {kind}", "password_reset_required": wanted.reset_required}
    generated = None if wanted.password or destination else password
    if check_mode:
        return Outcome(True, before, after)
    login = Credentials(name, password, _sign_in_url(iam, wanted) if destination else "")
    is_set = _put_and_save(iam, wanted, login, destination, create=profile is None)
    if not is_set and (wanted.always or destination):
        raise RefusedError(f"somebody else enabled console sign-in for {name!r} just now; run again")
    return Outcome(True, before, after, generated) if is_set else Outcome(False, before, before)


def _is_there(iam: Iam, name: str) -> bool:
    for _waited in iam.patience.pauses(min(_NEW_USER_SECONDS, iam.patience.seconds)):
        if iam.user(name) is not None:
            return True
    return iam.user(name) is not None


def _given(wanted: WantedProfile, policy: PasswordPolicy) -> str | None:
    if wanted.password is None:
        return None
    broken = _password.problems(wanted.password, policy, wanted.user_name)
    if broken:
        raise RefusedError(f"the password of {wanted.user_name!r} breaks {policy.name}: {'; '.join(broken)}")
    return wanted.password


def _sign_in_url(iam: Iam, wanted: WantedProfile) -> str:
    return wanted.sign_in_url or observe.sign_in_url_of(iam)


def _put_and_save(
    iam: Iam,
    wanted: WantedProfile,
    login: Credentials,
    destination: CredentialsDestination | None,
    *,
    create: bool,
) -> bool:
    """Leave an intent, set the password, and save it. Returns whether it was set."""
    name = login.user_name
    if destination:
        destination.prepare()
        found = destination.leave_intent(name, Intent(login_profile=True))
    is_set = put_password(iam, name, login.password, wanted.reset_required, create=create)
    if destination:
        if is_set:
            destination.save_login(login)
        # The intent of an earlier run may also be for a key, which remains.
        destination.settle_intent(name, found.without(login_profile=True, access_key=False))
    return is_set


def put_password(iam: Iam, user_name: str, password: str, reset_required: bool, *, create: bool) -> bool:
    """Create or update a login profile, waiting while AWS is not ready. Returns whether it has this password now.

    It does not if somebody else has created the profile in the meantime, which is left alone.
    """
    arguments = (user_name, password, reset_required)
    if create:
        try:
            iam.wait_out(lambda: iam.create_login_profile(*arguments), NOT_YET)
        except AnsibleIAMError as error:
            if error_code(error) != "EntityAlreadyExists":
                raise
            if not was_sent_before(error):
                return False
            # An earlier attempt of this call may have succeeded without a reply. Set the password to be certain.
        else:
            return True
    iam.wait_out(lambda: _update_or_create(iam, *arguments), NOT_YET)
    return True


def _update_or_create(iam: Iam, *arguments: t.Any) -> None:
    """Set a password. If the login profile was deleted a moment ago, create it."""
    try:
        iam.update_login_profile(*arguments)
    except AnsibleIAMError as missing:
        if error_code(missing) not in NOT_YET:
            raise
        try:
            iam.create_login_profile(*arguments)
        except AnsibleIAMError as error:
            raise (missing if error_code(error) == "EntityAlreadyExists" else error) from None
