# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Console passwords: the account's password policy, checks against it, and generated passwords that satisfy it."""

from __future__ import annotations

import re
import secrets
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Mapping

# The non-alphanumeric characters in "Setting an account password policy for IAM users" in the IAM User Guide
SYMBOLS = "!@#$%^&*()_+-=[]{}|'"
MAX_LENGTH = 128
# CreateLoginProfile, parameter Password, in the IAM API Reference
_ALLOWED = re.compile(r"[\u0009\u000A\u000D\u0020-\u00FF]*")

# Passwords are never generated with characters that people confuse when they type from paper, or that need quoting
# in a CSV file. Enough characters of each kind remain.
_LOWER = "abcdefghijkmnopqrstuvwxyz"
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "23456789"
_EASY_SYMBOLS = "!#%*-_+="
_GENERATED_LENGTH = 16


@dataclass(frozen=True)
class PasswordPolicy:
    """The account's password policy from C(GetAccountPasswordPolicy), or AWS's default if the account has none."""

    minimum_length: int = 8
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    # Only AWS's default policy requires three of the four kinds of characters.
    minimum_classes: int = 3
    is_default: bool = True

    @property
    def name(self) -> str:
        """What a sentence calls this policy."""
        return "AWS's default password policy" if self.is_default else "the account's password policy"

    @classmethod
    def from_aws(cls, policy: Mapping[str, t.Any] | None) -> PasswordPolicy:
        """Parse the C(PasswordPolicy) member of the API's response; None means that the account has set none."""
        if policy is None:
            return cls()
        return cls(
            minimum_length=policy.get("MinimumPasswordLength", 6),
            require_symbols=policy.get("RequireSymbols", False),
            require_numbers=policy.get("RequireNumbers", False),
            require_uppercase=policy.get("RequireUppercaseCharacters", False),
            require_lowercase=policy.get("RequireLowercaseCharacters", False),
            minimum_classes=0,
            is_default=False,
        )


def _classes(password: str) -> dict[str, bool]:
    # ASCII only: AWS counts the basic Latin letters and digits.
    return {
        "a symbol": any(char in SYMBOLS for char in password),
        "a number": any("0" <= char <= "9" for char in password),
        "an uppercase letter": any("A" <= char <= "Z" for char in password),
        "a lowercase letter": any("a" <= char <= "z" for char in password),
    }


def problems(
    password: str,
    policy: PasswordPolicy,
    user_name: str,
    account_alias: str | None = None,
    account_id: str | None = None,
) -> list[str]:
    """List the rules that C(password) breaks, one phrase for each. Never quotes the password."""
    found = []
    if len(password) < policy.minimum_length:
        found.append(f"it has {len(password)} characters, but the account requires {policy.minimum_length}")
    if len(password) > MAX_LENGTH:
        found.append(f"it has {len(password)} characters, but AWS allows {MAX_LENGTH}")
    if not _ALLOWED.fullmatch(password):
        found.append("it contains characters that AWS does not allow in passwords; use those of Latin-1 only")
    present = _classes(password)
    required = (policy.require_symbols, policy.require_numbers, policy.require_uppercase, policy.require_lowercase)
    found += [
        f"it lacks {name}"
        for (name, there), needed in zip(present.items(), required, strict=True)
        if needed and not there
    ]
    if sum(present.values()) < policy.minimum_classes:
        missing = ", ".join(name for name, there in present.items() if not there)
        found.append(
            f"it has {sum(present.values())} of 4 kinds of characters, but AWS requires 3 (missing: {missing})"
        )
    if password.lower() in {user_name.lower(), (account_alias or "").lower(), account_id or ""} - {""}:
        found.append("it is the user's or the account's name")
    return found


def generate(policy: PasswordPolicy) -> str:
    """Generate a random password that satisfies C(policy) and survives a spreadsheet and a sheet of paper.

    It starts with a letter, so that no spreadsheet takes it for a formula, and has no comma, quote or look-alike.
    """
    length = max(_GENERATED_LENGTH, policy.minimum_length)
    body = [secrets.choice(kind) for kind in (_LOWER, _UPPER, _DIGITS, _EASY_SYMBOLS)]
    body += [secrets.choice(_LOWER + _UPPER + _DIGITS) for _index in range(length - 1 - len(body))]
    secrets.SystemRandom().shuffle(body)
    return secrets.choice(_LOWER + _UPPER) + "".join(body)


def spreadsheet_hazard(password: str) -> str | None:
    """Return how a spreadsheet would misread a cell with this password, or None. Never quotes the password."""
    if password[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "begins with a character that a spreadsheet runs as a formula; open the file as text or import it"
    return None
