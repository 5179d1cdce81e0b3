# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Names of groups."""

from __future__ import annotations

from ..errors import AwsError
from ..request import Request


def name_is_free(request: Request) -> None:
    """Check that no group has this name, ignoring case ("CreateGroup", IAM API Reference)."""
    _refuse_taken(request, str(request.get("GroupName")))


def new_name_is_free(request: Request) -> None:
    """Check that no other group has the new name. A group may change the case of its own name ("UpdateGroup")."""
    name = request.get("NewGroupName")
    if name and name.lower() != request.group.name.lower():
        _refuse_taken(request, name)


def _refuse_taken(request: Request, name: str) -> None:
    if name.lower() in {group.lower() for group in request.account.backend.groups}:
        raise AwsError("EntityAlreadyExists", f"Group with name {name} already exists.")
