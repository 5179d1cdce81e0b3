# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Whoever a call names must be there. moto has other words for some, and does not look for all."""

from __future__ import annotations

import typing as t

from ..request import Request

if t.TYPE_CHECKING:
    from collections.abc import Callable

# In this order: of a user and a group that are both unknown, AWS names the user.
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
