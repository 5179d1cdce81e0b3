# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Console passwords. Source: "Set an account password policy for IAM users", IAM User Guide."""

from __future__ import annotations

import string
import typing as t

from ..errors import AwsError, no_such_entity
from ..request import Request

DEFAULT_MINIMUM = 8
DEFAULT_CLASSES = 3
SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")

# The name in AWS's message, the characters, and the attribute of moto's password policy that requires one
CLASSES: tuple[tuple[str, frozenset[str], str], ...] = (
    ("uppercase letter", frozenset(string.ascii_uppercase), "require_uppercase_characters"),
    ("lowercase letter", frozenset(string.ascii_lowercase), "require_lowercase_characters"),
    ("number", frozenset(string.digits), "require_numbers"),
    ("symbol", SYMBOLS, "require_symbols"),
)


def none_yet(request: Request) -> None:
    """Check that there is no login profile yet."""
    if request.user.password:
        raise AwsError("EntityAlreadyExists", f"Login Profile for user {request.user_name} already exists.")


def exists(request: Request) -> None:
    """Check that there is a login profile."""
    if not request.user.password:
        raise no_such_entity(f"Login Profile for User {request.user_name} cannot be found.")


def old_one_is_right(request: Request) -> None:
    """Check the old password. AWS does not document its error for a wrong one."""
    if request.user.password != request.get("OldPassword"):
        raise AwsError("AccessDenied", "The old password was incorrect.")


def conforms(request: Request) -> None:
    """Check the new password against the account's policy, or AWS's default if the account has none."""
    password = request.get("NewPassword", request.get("Password"))
    if password is None:
        if request.action == "CreateLoginProfile":
            raise AwsError(
                "ValidationError",
                "1 validation error detected: Value at 'password' failed to satisfy "
                "constraint: Member must not be null",
            )
        return  # UpdateLoginProfile may change only PasswordResetRequired.
    policy = request.account.backend.account_password_policy
    fault = own_fault(password, policy) if policy else default_fault(password, request.user_name, request.account.id)
    if fault:
        raise AwsError("PasswordPolicyViolation", fault)


def _lacking(password: str) -> list[tuple[str, str]]:
    return [
        (f"Password should have at least one {name}", attribute)
        for name, characters, attribute in CLASSES
        if not characters & set(password)
    ]


def default_fault(password: str, user_name: str, account: str) -> str | None:
    """Return AWS's message if a password breaks the default policy, or None."""
    if len(password) < DEFAULT_MINIMUM:
        return f"Password should have a minimum length of {DEFAULT_MINIMUM}"
    lacking = _lacking(password)
    missing = len(lacking) - (len(CLASSES) - DEFAULT_CLASSES)
    if missing > 0:
        sentences = ", ".join(sentence for sentence, _attribute in lacking)
        return f"Password should meet {missing} more of the following requirements: {sentences}"
    if password.lower() in {user_name.lower(), account}:
        return "Password should not be identical to the AWS account name or the user name"
    return None


def own_fault(password: str, policy: t.Any) -> str | None:
    """Return AWS's message if a password breaks the account's own policy, or None."""
    if len(password) < policy.minimum_password_length:
        return f"Password should have a minimum length of {policy.minimum_password_length}"
    return next((sentence for sentence, attribute in _lacking(password) if getattr(policy, attribute)), None)
