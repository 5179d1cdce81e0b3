# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Groups and who is in them."""

from __future__ import annotations

from ..request import Answer, Request


def update_group(request: Request) -> Answer:
    """moto moves a group only when it renames it, too."""
    groups, group = request.account.backend.groups, request.group
    group.path = request.get("NewPath", group.path)
    name = request.get("NewGroupName", group.name)
    groups[name] = groups.pop(group.name)
    group.name = name
    return {}


def remove_user_from_group(request: Request) -> Answer:
    """To remove who is not in the group changes nothing; moto refuses it."""
    request.group.users[:] = [user for user in request.group.users if user is not request.user]
    return {}
