# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Check that the objects in a call exist. moto checks only some, and has other messages for others."""

from __future__ import annotations

import typing as t

from ..request import Request

if t.TYPE_CHECKING:
    from collections.abc import Callable

# In AWS's order: if a user and a group are both unknown, AWS reports the user.
_NAMED: tuple[tuple[str, str, Callable[[Request, str], t.Any]], ...] = (
    ("UserName", "CreateUser", lambda request, name: request.account.user(name)),
    ("GroupName", "CreateGroup", lambda request, name: request.account.group(name)),
    ("InstanceProfileName", "CreateInstanceProfile", lambda request, name: request.account.instance_profile(name)),
    ("RoleName", "CreateRole", lambda request, name: request.account.role(name)),
)


def check(request: Request) -> None:
    """Refuse a call about a user, a group, an instance profile or a role that does not exist."""
    for parameter, maker, find in _NAMED:
        name = request.get(parameter)
        if name is not None and request.action != maker:
            find(request, name)
