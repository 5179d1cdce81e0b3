# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Refuse to delete what is still in use: DeleteConflict."""

from __future__ import annotations

import typing as t

from ..errors import AwsError
from ..request import Request

# What "DeleteUser" in the IAM API Reference says must be deleted before, and AWS's message for each
USER_BLOCKERS: tuple[tuple[str, str], ...] = (
    ("managed_policies", "must detach all policies first."),
    ("policies", "must delete policies first."),
    ("group_list", "must remove users from group first."),
    ("access_keys", "must delete access keys first."),
    ("password", "must delete login profile first."),
    ("mfa_devices", "must delete MFA device first."),
    ("signing_certificates", "must delete signing certificates first."),
    ("ssh_public_keys", "must remove referenced objects first."),
    ("service_specific_credentials", "must remove referenced objects first."),
)
GROUP_BLOCKERS: tuple[tuple[str, str], ...] = (
    ("users", "must remove users from group first."),
    ("managed_policies", "must detach all policies first."),
    ("policies", "must delete policies first."),
)


def _refuse_blocked(entity: t.Any, blockers: tuple[tuple[str, str], ...]) -> None:
    for attribute, sentence in blockers:
        if getattr(entity, attribute, None):
            raise AwsError("DeleteConflict", f"Cannot delete entity, {sentence}")


def user_is_bare(request: Request) -> None:
    """Check that the user has nothing left."""
    _refuse_blocked(request.user, USER_BLOCKERS)


def group_is_bare(request: Request) -> None:
    """Check that the group has no members and no policies ("DeleteGroup")."""
    _refuse_blocked(request.group, GROUP_BLOCKERS)


def policy_is_free(request: Request) -> None:
    """Check that the policy is neither attached nor a boundary, and has only one version ("DeletePolicy")."""
    policy = request.policy
    if policy.attachment_count or request.account.boundary_usage()[policy.arn]:
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        message = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
        raise AwsError("DeleteConflict", message)
