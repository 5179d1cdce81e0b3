# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Roles and their tags."""

from __future__ import annotations

from ..request import Answer, Request


def update_role(request: Request) -> Answer:
    """Update a role. moto resets what is not sent."""
    role = request.role
    role.description = request.get("Description", role.description)
    role.max_session_duration = request.get("MaxSessionDuration", role.max_session_duration)
    return {}


def tag_role(request: Request) -> Answer:
    """Add tags. A key that differs in case only replaces the existing one, as for users."""
    tags = _tags(request)
    tags.update({tag["Key"].lower(): tag for tag in request.get("Tags", [])})
    request.role.tags = list(tags.values())
    return {}


def untag_role(request: Request) -> Answer:
    """Remove tags, ignoring case in their keys."""
    keys = {key.lower() for key in request.get("TagKeys", [])}
    request.role.tags = [tag for key, tag in _tags(request).items() if key not in keys]
    return {}


def _tags(request: Request) -> dict[str, dict[str, str]]:
    return {tag["Key"].lower(): tag for tag in request.role.tags}
