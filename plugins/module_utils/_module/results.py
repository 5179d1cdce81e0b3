# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Convert plain values to results of modules, in snake case and without secrets."""

from __future__ import annotations

import typing as t
from dataclasses import asdict

from .._users.password import PasswordPolicy
from .._users.user import Account

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .._users.on_file import OnFile
    from .._users.user import User

Result = dict[str, t.Any]


def account_result(account: Account) -> Result:
    """Convert an account for a result; C(account_from) is the reverse."""
    return asdict(account)


def account_from(result: Mapping[str, t.Any]) -> Account:
    """Build an account from the result of another module."""
    return Account(**{**result, "password_policy": PasswordPolicy(**result["password_policy"])})


def user_result(name: str, user: User | None, on_file: OnFile) -> Result:
    """Convert a user, and what is saved for it, for a result."""
    if user is None:
        return {"name": name, "exists": False, "on_file": _on_file(on_file)}
    return {
        "name": name,
        "exists": True,
        "managed": user.ours,
        "arn": user.arn,
        "path": user.path,
        "create_date": user.create_date,
        "tags": dict(user.tags),
        "permissions_boundary": user.permissions_boundary,
        "attached_policies": list(user.attached_policies),
        "console_sign_in": user.signs_in,
        "password_reset_required": user.password_reset_required,
        "access_keys": [
            {**asdict(key), "active": key.active, "on_file": key.id == on_file.access_key_id}
            for key in user.access_keys
        ],
        "on_file": _on_file(on_file),
    }


def _on_file(on_file: OnFile) -> Result:
    return {"password": on_file.password, "access_key_id": on_file.access_key_id, "intent": bool(on_file.intent)}
