# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Console passwords: the account's policy, what breaks it, and passwords that satisfy it."""

from __future__ import annotations

import string
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import password as _password
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.password import PasswordPolicy

# As GetAccountPasswordPolicy answers.
STRICT = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "ExpirePasswords": False,
}
DEFAULT = PasswordPolicy.from_aws(None)
POLICIES = st.builds(
    lambda length, *required: PasswordPolicy.from_aws(
        {"MinimumPasswordLength": length} | dict(zip(list(STRICT)[1:5], required, strict=True))
    ),
    st.integers(6, 128),
    *[st.booleans()] * 4,
)


def broken(password: str, policy: dict[str, t.Any] | None = None, **who: str) -> list[str]:
    names = {"user_name": "anna", "account_alias": "acme-school", "account_id": "123456789012"} | who
    return _password.problems(password, PasswordPolicy.from_aws(policy), **names)


@pytest.mark.parametrize("password", ["Admin@123", "Admin123", "admin@123", "ADMIN@123", "Admin@xyz", "pässWord1"])
def test_three_kinds_of_characters_satisfy_aws_default(password: str) -> None:
    assert broken(password) == []


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Adm@123", ["it has 7 characters, but the account requires 8"]),
        (
            "admin123",
            ["it has 2 of 4 kinds of characters, but AWS requires 3 (missing: a symbol, an uppercase letter)"],
        ),
        (
            "äöüäöüäöü",
            [
                "it has 0 of 4 kinds of characters, but AWS requires 3 (missing: a symbol, a number, an uppercase "
                "letter, a lowercase letter)"
            ],
        ),
        # A comma is no symbol to AWS.
        (
            "admin,,123",
            ["it has 2 of 4 kinds of characters, but AWS requires 3 (missing: a symbol, an uppercase letter)"],
        ),
        ("Aa1!" * 33, ["it has 132 characters, but AWS allows 128"]),
    ],
)
def test_aws_default_names_each_rule(password: str, said: list[str]) -> None:
    assert broken(password) == said


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Abcdefghijk1!", "it has 13 characters, but the account requires 14"),
        ("Abcdefghijklm1", "it lacks a symbol"),
        ("Abcdefghijklm!", "it lacks a number"),
        ("abcdefghijklm1!", "it lacks an uppercase letter"),
        ("ABCDEFGHIJKLM1!", "it lacks a lowercase letter"),
        ("ÄBCDEFGHIJKLMé1!", "it lacks a lowercase letter"),
    ],
)
def test_an_account_names_each_rule(password: str, said: str) -> None:
    assert broken(password, STRICT) == [said]


def test_all_broken_rules_are_named_at_once() -> None:
    assert len(broken("", STRICT)) == 5, "length, symbol, number, uppercase and lowercase letter"


def test_an_account_that_asks_for_nothing_takes_anything() -> None:
    assert broken("aaaaaa", {}) == []
    assert broken("      ", {}) == []
    assert broken("aaaaa", {}) == ["it has 5 characters, but the account requires 6"]


@pytest.mark.parametrize("password", ["Anna-Bob-1", "anna-bob-1", "ACME-school", "123456789012"])
def test_a_name_is_no_password(password: str) -> None:
    assert broken(password, {}, user_name="anna-bob-1") == ["it is the user's or the account's name"]


@pytest.mark.parametrize("character", ["€", "Ł", "п", "\u2019", "\0", "\x1f"])
def test_characters_that_aws_takes_in_no_password(character: str) -> None:
    (said,) = broken(f"Admin@123{character}")
    assert said == "it contains characters that AWS does not allow in passwords; use those of Latin-1 only"


@pytest.mark.parametrize("policy", [None, STRICT, {}])
@pytest.mark.parametrize("password", ["Zq7", "§", "qzqzq", "Zq7€" * 40])
def test_a_password_is_never_quoted(password: str, policy: dict[str, t.Any] | None) -> None:
    said = broken(password, policy)
    assert said
    assert not any(password in sentence for sentence in said)
    assert password not in str(_password.spreadsheet_hazard(password))


@given(POLICIES | st.just(DEFAULT))
def test_a_generated_password_satisfies_any_policy(policy: PasswordPolicy) -> None:
    password = _password.generate(policy)
    assert _password.problems(password, policy, "ai-invoice-scanner-user", "acme", "123456789012") == []
    assert _password.problems(password, DEFAULT, "ai-invoice-scanner-user") == []
    assert password[0] in string.ascii_letters
    assert not set(password) & set("0O1lI,;\"'` \t|")
    assert password.isascii()
    assert len(password) >= 16
    assert _password.spreadsheet_hazard(password) is None


def test_no_two_generated_passwords_are_the_same() -> None:
    assert len({_password.generate(DEFAULT) for _student in range(200)}) == 200


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_would_run_it(first: str) -> None:
    assert "spreadsheet runs as a formula" in str(_password.spreadsheet_hazard(f"{first}SUM-1a"))
    assert _password.spreadsheet_hazard(f"S{first}UM-1a") is None
