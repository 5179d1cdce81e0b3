# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Login profiles."""

from __future__ import annotations

import typing as t

from moto.core.utils import utcnow

from ..request import Answer, Request


def create_login_profile(request: Request) -> Answer:
    """Create a login profile. moto ignores PasswordResetRequired, and returns the date of the user."""
    user = request.user
    user.password = request.get("Password")
    user.password_reset_required = bool(request.flag("PasswordResetRequired"))
    user.login_profile_date = utcnow()
    return _login_profile(user)


def get_login_profile(request: Request) -> Answer:
    """Return the login profile."""
    return _login_profile(request.user)


def update_login_profile(request: Request) -> Answer:
    """Change the password or PasswordResetRequired or both. moto resets what is not sent."""
    user = request.user
    user.password = request.get("Password", user.password)
    required = request.flag("PasswordResetRequired")
    user.password_reset_required = user.password_reset_required if required is None else required
    return {}


def delete_login_profile(request: Request) -> Answer:
    """Remove the password, and reset PasswordResetRequired."""
    request.user.password, request.user.password_reset_required = None, False
    return {}


def change_password(request: Request) -> Answer:
    """Change the password, which also fulfils PasswordResetRequired."""
    request.user.password, request.user.password_reset_required = request.get("NewPassword"), False
    return {}


def _login_profile(user: t.Any) -> Answer:
    profile = {
        "UserName": user.name,
        "CreateDate": user.login_profile_date,
        "PasswordResetRequired": user.password_reset_required,
    }
    return {"LoginProfile": profile}
