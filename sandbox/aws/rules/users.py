# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Names and quotas of users."""

from __future__ import annotations

from ..errors import AwsError
from ..request import Request


def name_is_free(request: Request) -> None:
    """Check that no user has this name ("not distinguished by case", "CreateUser", IAM API Reference)."""
    _refuse_taken(request, str(request.get("UserName")))


def new_name_is_free(request: Request) -> None:
    """Check that no other user has the new name. A user may change the case of its own name ("UpdateUser")."""
    new = request.get("NewUserName")
    if new and new.lower() != request.user.name.lower():
        _refuse_taken(request, new)


def _refuse_taken(request: Request, name: str) -> None:
    users = request.account.backend.users
    lowered = name.lower()
    if name in users or any(other.lower() == lowered for other in users):
        raise AwsError("EntityAlreadyExists", f"User with name {name} already exists.")


def quota_is_kept(request: Request) -> None:
    """Allow 5,000 users an account ("IAM and AWS STS quotas", IAM User Guide)."""
    request.account.check_quota("UsersPerAccount", len(request.account.backend.users))


def groups_quota_is_kept(request: Request) -> None:
    """Allow ten groups a user ("IAM and AWS STS quotas")."""
    user = request.user
    groups = [group for group in request.account.backend.groups.values() if user in group.users]
    if request.get("GroupName") not in {group.name for group in groups}:
        request.account.check_quota("GroupsPerUser", len(groups))
