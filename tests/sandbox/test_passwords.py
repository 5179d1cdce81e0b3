# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Login profiles, and the password policy that AWS enforces and moto does not."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import PASSWORD, Aws, allow, refused

CONSOLE_DEFAULT = "Password should meet {} more of the following requirements: {}"
UPPER = "Password should have at least one uppercase letter"
LOWER = "Password should have at least one lowercase letter"
NUMBER = "Password should have at least one number"
SYMBOL = "Password should have at least one symbol"


def profile(aws: Aws, name: str = "alice") -> t.Any:
    """The login profile, as AWS shows it."""
    return aws.iam.get_login_profile(UserName=name)["LoginProfile"]


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("Aa1!aaa", "Password should have a minimum length of 8"),
        ("aaaaaaaa", CONSOLE_DEFAULT.format(2, f"{UPPER}, {NUMBER}, {SYMBOL}")),
        ("aaaaaaa1", CONSOLE_DEFAULT.format(1, f"{UPPER}, {SYMBOL}")),
        ("AAAAAAA1", CONSOLE_DEFAULT.format(1, f"{LOWER}, {SYMBOL}")),
        ("Aaaaaaa~", CONSOLE_DEFAULT.format(1, f"{NUMBER}, {SYMBOL}")),
        ("Name.2026", "Password should not be identical to the AWS account name or the user name"),
    ],
)
def test_the_default_policy_refuses(aws: Aws, password: str, message: str) -> None:
    aws.iam.create_user(UserName="name.2026")
    create = aws.iam.create_login_profile
    assert refused("PasswordPolicyViolation", 400, create, UserName="name.2026", Password=password) == message
    create(UserName="name.2026", Password=PASSWORD)
    update = aws.iam.update_login_profile
    assert refused("PasswordPolicyViolation", 400, update, UserName="name.2026", Password=password) == message


@pytest.mark.parametrize("password", ["Admin@123", "aaaaaa1!", "AAAAAA1'", "aaaaaaA|", "aA345678", "Aa1" * 42 + "xx"])
def test_the_default_policy_lets_pass(aws: Aws, password: str) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.create_login_profile(UserName="alice", Password=password)


def test_no_password_is_longer_than_128(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    password = "Aa1" * 43
    message = refused("ValidationError", 400, aws.iam.create_login_profile, UserName="alice", Password=password)
    assert password not in message
    assert "less than or equal to 128" in message


@pytest.mark.parametrize(
    ("policy", "password", "message"),
    [
        ({"MinimumPasswordLength": 14}, "Correct-Horse", "Password should have a minimum length of 14"),
        ({"RequireSymbols": True}, "CorrectHorse7", SYMBOL),
        ({"RequireNumbers": True}, "Correct-Horse", NUMBER),
        ({"RequireUppercaseCharacters": True}, "correct-horse-7", UPPER),
        ({"RequireLowercaseCharacters": True}, "CORRECT-HORSE-7", LOWER),
    ],
)
def test_the_accounts_own_policy_refuses(aws: Aws, policy: dict[str, t.Any], password: str, message: str) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.update_account_password_policy(**policy)
    create = aws.iam.create_login_profile
    assert refused("PasswordPolicyViolation", 400, create, UserName="alice", Password=password) == message
    create(UserName="alice", Password="Correct-Horse-7x")
    aws.iam.delete_account_password_policy()
    aws.iam.update_login_profile(UserName="alice", Password=f"{password}aA1!")


def test_the_accounts_own_policy_may_be_weaker(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.update_account_password_policy(MinimumPasswordLength=6)
    aws.iam.create_login_profile(UserName="alice", Password="aaaaaa")


def test_no_policy_is_set(aws: Aws) -> None:
    message = refused("NoSuchEntity", 404, aws.iam.get_account_password_policy)
    assert message == "The Password Policy with domain name 123456789012 cannot be found."


def test_a_login_profile_is_made_once(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    created = aws.iam.create_login_profile(UserName="alice", Password=PASSWORD, PasswordResetRequired=True)
    assert created["LoginProfile"]["PasswordResetRequired"] is True
    message = refused("EntityAlreadyExists", 409, aws.iam.create_login_profile, UserName="alice", Password=PASSWORD)
    assert message == "Login Profile for user alice already exists."
    assert profile(aws)["PasswordResetRequired"] is True


def test_there_is_no_login_profile(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    for call, parameters in (
        (aws.iam.get_login_profile, {}),
        (aws.iam.update_login_profile, {"Password": PASSWORD}),
        (aws.iam.delete_login_profile, {}),
    ):
        message = refused("NoSuchEntity", 404, call, UserName="alice", **parameters)
        assert message == "Login Profile for User alice cannot be found."


def test_an_update_changes_what_it_names(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.create_login_profile(UserName="alice", Password=PASSWORD)
    assert profile(aws)["PasswordResetRequired"] is False
    aws.iam.update_login_profile(UserName="alice", PasswordResetRequired=True)
    assert profile(aws)["PasswordResetRequired"] is True
    aws.iam.update_login_profile(UserName="alice", Password="Another-Horse-8")
    assert profile(aws)["PasswordResetRequired"] is True
    aws.iam.delete_login_profile(UserName="alice")
    aws.iam.create_login_profile(UserName="alice", Password=PASSWORD)
    assert profile(aws)["PasswordResetRequired"] is False


def test_a_user_changes_the_password(aws: Aws) -> None:
    iam = aws.as_user("iam", aws.user("alice", allow("iam:ChangePassword")))
    change = {"OldPassword": PASSWORD, "NewPassword": "Another-Horse-8"}
    refused("NoSuchEntity", 404, iam.change_password, **change)
    aws.iam.create_login_profile(UserName="alice", Password=PASSWORD, PasswordResetRequired=True)
    refused("AccessDenied", 403, iam.change_password, OldPassword="wrong", NewPassword="Another-Horse-8")
    refused("PasswordPolicyViolation", 400, iam.change_password, OldPassword=PASSWORD, NewPassword="short")
    iam.change_password(**change)
    assert profile(aws)["PasswordResetRequired"] is False
    refused("AccessDenied", 403, iam.change_password, **change)
