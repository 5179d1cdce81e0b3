# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A table of AWS's rules that moto lacks: the checks of each action. A check is a function that may raise AwsError."""

from __future__ import annotations

from collections.abc import Callable

from ..request import Request
from . import (
    constraints,
    credentials,
    deletion,
    existence,
    groups,
    mfa,
    passwords,
    policies,
    roles,
    sessions,
    tags,
    users,
)

Check = Callable[[Request], None]

# In the order in which they are checked. Before these, `constraints` checks every action against AWS's API model
# (lengths, patterns, required members), and `existence` checks that the objects in a call exist.
RULES: dict[str, tuple[Check, ...]] = {
    "AssumeRole": (sessions.is_trusted,),
    "CreateUser": (tags.are_valid, users.name_is_free, users.quota_is_kept, policies.boundary_exists),
    "UpdateUser": (users.new_name_is_free,),
    "DeleteUser": (deletion.user_is_bare,),
    "TagUser": (tags.are_valid, tags.quota_is_kept),
    "PutUserPermissionsBoundary": (policies.boundary_exists,),
    "CreateGroup": (groups.name_is_free,),
    "UpdateGroup": (groups.new_name_is_free,),
    "DeleteGroup": (deletion.group_is_bare,),
    "AddUserToGroup": (users.groups_quota_is_kept,),
    "CreateRole": (tags.are_valid, policies.boundary_exists, roles.trust_policy_is_json),
    "UpdateAssumeRolePolicy": (roles.trust_policy_is_json,),
    "TagRole": (tags.are_valid,),
    "PutRolePermissionsBoundary": (policies.boundary_exists,),
    "CreateInstanceProfile": (tags.differ,),
    "TagInstanceProfile": (tags.differ,),
    "RemoveRoleFromInstanceProfile": (roles.is_in_profile,),
    "CreateAccessKey": (credentials.keys_quota_is_kept,),
    "DeleteAccessKey": (credentials.key_is_theirs,),
    "GetAccessKeyLastUsed": (credentials.key_is_known,),
    "CreateServiceSpecificCredential": (credentials.service_is_supported,),
    "ListServiceSpecificCredentials": (credentials.service_is_supported,),
    "CreateLoginProfile": (passwords.none_yet, passwords.conforms),
    "UpdateLoginProfile": (passwords.exists, passwords.conforms),
    "DeleteLoginProfile": (passwords.exists,),
    "GetLoginProfile": (passwords.exists,),
    "ChangePassword": (passwords.exists, passwords.old_one_is_right, passwords.conforms),
    "AttachUserPolicy": (policies.is_attachable, policies.quota_is_kept),
    "AttachGroupPolicy": (policies.is_attachable,),
    "AttachRolePolicy": (policies.is_attachable,),
    "DetachUserPolicy": (policies.is_attached,),
    "DetachGroupPolicy": (policies.is_attached,),
    "DetachRolePolicy": (policies.is_attached,),
    "PutUserPolicy": (policies.inline_size_is_kept,),
    **dict.fromkeys(
        (f"{verb}{kind}Policy" for verb in ("Get", "Delete") for kind in ("User", "Group", "Role")),
        (policies.inline_exists,),
    ),
    "CreatePolicy": (tags.differ, policies.name_is_free, policies.account_quota_is_kept, policies.size_is_kept),
    "GetPolicy": (policies.exists,),
    "DeletePolicy": (policies.is_our_own, policies.exists, deletion.policy_is_free),
    "TagPolicy": (tags.differ, policies.is_our_own, policies.exists),
    "UntagPolicy": (policies.is_our_own, policies.exists),
    "ListPolicyTags": (policies.exists,),
    "ListEntitiesForPolicy": (policies.is_attachable,),
    "CreatePolicyVersion": (policies.is_our_own, policies.exists, policies.size_is_kept),
    "ListPolicyVersions": (policies.exists,),
    "GetPolicyVersion": (policies.version_exists,),
    "SetDefaultPolicyVersion": (policies.is_our_own, policies.version_exists),
    "DeletePolicyVersion": (policies.is_our_own, policies.version_exists),
    "CreateVirtualMFADevice": (tags.differ, mfa.name_is_free),
    "EnableMFADevice": (mfa.can_be_enabled,),
    "DeactivateMFADevice": (mfa.is_enabled,),
    "DeleteVirtualMFADevice": (mfa.is_free,),
}

__all__ = ["RULES", "Check", "constraints", "existence"]
