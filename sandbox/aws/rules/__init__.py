# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The rules that moto leaves out, as a table: action -> checks. Every check is a function that refuses or is silent."""

from __future__ import annotations

from collections.abc import Callable

from ..request import Request
from . import constraints, deletion, passwords, policies, tags, users

Check = Callable[[Request], None]

# In the order in which they are made. What AWS's own API model can say (lengths, patterns, required members) is
# checked for every action before these, by `constraints`.
RULES: dict[str, tuple[Check, ...]] = {
    "CreateUser": (tags.are_valid, users.name_is_free, users.quota_is_kept, policies.boundary_exists),
    "UpdateUser": (users.new_name_is_free,),
    "DeleteUser": (deletion.user_is_bare,),
    "AddUserToGroup": (users.groups_quota_is_kept,),
    "DeleteGroup": (deletion.group_is_bare,),
    "TagUser": (tags.are_valid, tags.quota_is_kept),
    "CreateAccessKey": (users.keys_quota_is_kept,),
    "CreateLoginProfile": (passwords.none_yet, passwords.conforms),
    "UpdateLoginProfile": (passwords.exists, passwords.conforms),
    "DeleteLoginProfile": (passwords.exists,),
    "GetLoginProfile": (passwords.exists,),
    "ChangePassword": (passwords.exists, passwords.old_one_is_right, passwords.conforms),
    "AttachUserPolicy": (policies.is_attachable, policies.quota_is_kept),
    "DetachUserPolicy": (policies.is_attached,),
    "PutUserPolicy": (policies.inline_size_is_kept,),
    "PutUserPermissionsBoundary": (policies.boundary_exists,),
    "CreatePolicy": (tags.are_valid, policies.name_is_free, policies.account_quota_is_kept, policies.size_is_kept),
    "CreatePolicyVersion": (policies.is_our_own, policies.size_is_kept),
    "SetDefaultPolicyVersion": (policies.is_our_own,),
    "DeletePolicyVersion": (policies.is_our_own,),
    "DeletePolicy": (policies.is_our_own, deletion.policy_is_free),
    "EnableMFADevice": (users.mfa_device_exists,),
    "DeleteVirtualMFADevice": (deletion.mfa_device_is_free,),
}

__all__ = ["RULES", "Check", "constraints"]
