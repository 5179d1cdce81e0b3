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
    """moto drops PasswordResetRequired, and gives the date of the user."""
    user = request.user
    user.password = request.get("Password")
    user.password_reset_required = bool(request.flag("PasswordResetRequired"))
    user.login_profile_date = utcnow()
    return _login_profile(user)


def get_login_profile(request: Request) -> Answer:
    """The same, read."""
    return _login_profile(request.user)


def update_login_profile(request: Request) -> Answer:
    """Change the password, or whether it must be changed, or both; moto forgets what is not sent."""
    user = request.user
    user.password = request.get("Password", user.password)
    required = request.flag("PasswordResetRequired")
    user.password_reset_required = user.password_reset_required if required is None else required
    return {}


def delete_login_profile(request: Request) -> Answer:
    """The next login profile starts anew."""
    request.user.password, request.user.password_reset_required = None, False
    return {}


def change_password(request: Request) -> Answer:
    """What the user must do at the first sign-in is then done."""
    request.user.password, request.user.password_reset_required = request.get("NewPassword"), False
    return {}


def _login_profile(user: t.Any) -> Answer:
    profile = {
        "UserName": user.name,
        "CreateDate": user.login_profile_date,
        "PasswordResetRequired": user.password_reset_required,
    }
    return {"LoginProfile": profile}
