# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Roles and instance profiles."""

from __future__ import annotations

import json

from ..errors import AwsError, no_such_entity
from ..request import Request


def is_in_profile(request: Request) -> None:
    """Check that the instance profile contains the role."""
    profile = request.account.instance_profile(str(request.get("InstanceProfileName")))
    if request.role not in profile.roles:
        raise no_such_entity(f"Role {request.role.name} in Instance Profile {profile.name} cannot be found.")


def trust_policy_is_json(request: Request) -> None:
    """Check that the trust policy is JSON. CreateRole and UpdateAssumeRolePolicy have different parameters for it."""
    try:
        json.loads(str(request.get("AssumeRolePolicyDocument") or request.get("PolicyDocument")))
    except ValueError:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from None
