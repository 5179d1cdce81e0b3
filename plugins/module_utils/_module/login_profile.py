# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Bring one user's login profile to the wanted state."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.iam import (
    PASSING,
    error_code,
    wait_out,
    was_sent_before,
)
from .._users import password as _password
from .._users.password import PasswordPolicy

if t.TYPE_CHECKING:
    from .._aws.iam import Answer, Iam


class LoginProfileError(Exception):
    """The login profile cannot be made as wanted; the message is one sentence for the user."""


@dataclass(frozen=True)
class Wanted:
    """What the task asks for."""

    user_name: str
    present: bool
    password: str | None = field(repr=False)
    reset_required: bool
    always: bool
    wait_timeout: int


@dataclass(frozen=True)
class Outcome:
    """What was done, or would be in check mode."""

    changed: bool
    before: dict[str, t.Any]
    after: dict[str, t.Any]
    generated_password: str | None = field(default=None, repr=False)


def ensure(iam: Iam, wanted: Wanted, check_mode: bool) -> Outcome:
    """Bring the login profile to the wanted state. Raises LoginProfileError and AnsibleIAMError."""
    profile = iam.login_profile(wanted.user_name)
    before = _described(profile)
    if not wanted.present:
        if profile and not check_mode:
            iam.delete_login_profile(wanted.user_name)
        return Outcome(profile is not None, before, {})
    if profile and not wanted.always:
        return Outcome(False, before, before)
    return _set_password(iam, wanted, profile, check_mode)


def _described(profile: Answer | None) -> dict[str, t.Any]:
    if profile is None:
        return {}
    return {"console_sign_in": "enabled", "password_reset_required": bool(profile.get("PasswordResetRequired"))}


def _set_password(iam: Iam, wanted: Wanted, profile: Answer | None, check_mode: bool) -> Outcome:
    if not check_mode and iam.user(wanted.user_name) is None:
        raise LoginProfileError(f"there is no IAM user {wanted.user_name!r}; create it first")
    policy = PasswordPolicy.from_aws(iam.password_policy())
    password = _given(wanted, policy) or _password.generate(policy)
    before = _described(profile)
    kind = "the password that was given" if wanted.password else "a generated password"
    after = {
        "console_sign_in": f"enabled, with {kind}",
        "password_reset_required": wanted.reset_required,
    }
    generated = None if wanted.password else password
    if check_mode:
        return Outcome(True, before, after)
    is_set = put_password(
        iam, wanted.user_name, password, wanted.reset_required, create=profile is None, patience=wanted.wait_timeout
    )
    if not is_set and wanted.always:
        raise LoginProfileError(f"somebody else enabled console sign-in for {wanted.user_name!r} just now; run again")
    if not is_set:
        return Outcome(False, before, before)
    return Outcome(True, before, after, generated)


def _given(wanted: Wanted, policy: PasswordPolicy) -> str | None:
    if wanted.password is None:
        return None
    broken = _password.problems(wanted.password, policy, wanted.user_name)
    if broken:
        raise LoginProfileError(f"the password of {wanted.user_name!r} breaks {policy.name}: {'; '.join(broken)}")
    return wanted.password


def put_password(
    iam: Iam, user_name: str, password: str, reset_required: bool, *, create: bool, patience: float
) -> bool:
    """Create or update a login profile, waiting for what passes. Tells whether it has the password now.

    It has not when somebody else made the profile meanwhile: that one is left alone.
    """
    arguments = (user_name, password, reset_required)
    if create:
        try:
            wait_out(lambda: iam.create_login_profile(*arguments), PASSING, patience)
        except AnsibleIAMError as error:
            if error_code(error) != "EntityAlreadyExists":
                raise
            if not was_sent_before(error):
                return False
            # Our own call came through and its reply did not; make certain that the password is this one.
        else:
            return True
    wait_out(lambda: iam.update_login_profile(*arguments), PASSING, patience)
    return True
