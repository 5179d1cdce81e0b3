# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Managed policies and their tags."""

from __future__ import annotations

from ..request import Answer, Request


def create_policy(request: Request) -> Answer:
    """Create a policy. moto ignores case in its tag keys, but IAM only does so for users and roles."""
    policy = request.account.backend.create_policy(
        request.get("Description"), request.get("Path"), request.get("PolicyDocument"), request.get("PolicyName"), []
    )
    _tag(policy.tags, request.get("Tags", []))
    return {"Policy": request.account.with_boundary_usage([policy])[0]}


def get_policy(request: Request) -> Answer:
    """Return a policy with its number of uses as a boundary, which moto does not count."""
    return {"Policy": request.account.with_boundary_usage([request.policy])[0]}


def tag_policy(request: Request) -> Answer:
    """Add tags. Keys that differ in case are different keys ("Rules for tagging in IAM and AWS STS")."""
    _tag(request.policy.tags, request.get("Tags", []))
    return {}


def untag_policy(request: Request) -> Answer:
    """Remove tags."""
    for key in request.get("TagKeys", []):
        request.policy.tags.pop(key, None)
    return {}


def _tag(present: dict[str, dict[str, str]], tags: list[dict[str, str]]) -> None:
    present.update({tag["Key"]: tag for tag in tags})


def attach_user_policy(request: Request) -> Answer:
    """Attach a policy. moto counts a policy twice if it is attached again."""
    if request.policy.arn not in request.user.managed_policies:
        request.policy.attach_to(request.user)
    return {}


def detach_user_policy(request: Request) -> Answer:
    """Detach a policy. moto is slow here, as it reads all policies of the account."""
    request.policy.detach_from(request.user)
    return {}
