# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Managed policies and their tags."""

from __future__ import annotations

from ..request import Answer, Request


def create_policy(request: Request) -> Answer:
    """moto folds the case of tag keys, as IAM does for users and roles only."""
    policy = request.account.backend.create_policy(
        request.get("Description"), request.get("Path"), request.get("PolicyDocument"), request.get("PolicyName"), []
    )
    _tag(policy.tags, request.get("Tags", []))
    return {"Policy": request.account.with_boundary_usage([policy])[0]}


def get_policy(request: Request) -> Answer:
    """moto does not count whom a policy bounds."""
    return {"Policy": request.account.with_boundary_usage([request.policy])[0]}


def tag_policy(request: Request) -> Answer:
    """Keys that differ in case are two ("Rules for tagging in IAM and AWS STS")."""
    _tag(request.policy.tags, request.get("Tags", []))
    return {}


def untag_policy(request: Request) -> Answer:
    """The same, undone."""
    for key in request.get("TagKeys", []):
        request.policy.tags.pop(key, None)
    return {}


def _tag(present: dict[str, dict[str, str]], tags: list[dict[str, str]]) -> None:
    present.update({tag["Key"]: tag for tag in tags})


def attach_user_policy(request: Request) -> Answer:
    """moto counts a policy twice that is attached again."""
    if request.policy.arn not in request.user.managed_policies:
        request.policy.attach_to(request.user)
    return {}


def detach_user_policy(request: Request) -> Answer:
    """moto goes through all policies of the account."""
    request.policy.detach_from(request.user)
    return {}
