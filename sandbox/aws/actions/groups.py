# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Groups and their members."""

from __future__ import annotations

from ..request import Answer, Request


def update_group(request: Request) -> Answer:
    """Change a group's name and path. moto only changes the path together with the name."""
    groups, group = request.account.backend.groups, request.group
    group.path = request.get("NewPath", group.path)
    name = request.get("NewGroupName", group.name)
    groups[name] = groups.pop(group.name)
    group.name = name
    return {}


def remove_user_from_group(request: Request) -> Answer:
    """Remove a user from a group. For a user who is not in it, this does nothing, but moto refuses it."""
    request.group.users[:] = [user for user in request.group.users if user is not request.user]
    return {}
