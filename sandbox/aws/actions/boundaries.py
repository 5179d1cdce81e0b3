# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Permissions boundaries of users. moto only supports those of roles."""

from __future__ import annotations

import typing as t

from ..errors import no_such_entity
from ..request import Answer, Request


def bound(user: t.Any, arn: str | None) -> None:
    """Set or remove a user's boundary."""
    # The only type in the API model is PermissionsBoundaryPolicy, but the service sends this.
    user.permissions_boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


def put_user_permissions_boundary(request: Request) -> Answer:
    """Set the boundary, replacing the old one."""
    bound(request.user, request.get("PermissionsBoundary"))
    return {}


def delete_user_permissions_boundary(request: Request) -> Answer:
    """Remove the boundary, or refuse if there is none."""
    if not getattr(request.user, "permissions_boundary", None):
        raise no_such_entity(f"The user with name {request.user.name} does not have a permissions boundary.")
    bound(request.user, None)
    return {}
