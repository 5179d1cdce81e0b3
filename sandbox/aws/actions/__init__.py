# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Actions that moto lacks, or implements wrongly. Their state is kept in moto's objects."""

from __future__ import annotations

import typing as t

from moto.core.utils import get_service_model

from .. import xml
from ..errors import Reply
from ..listing import LISTS, authorization_details, entities_for_policy, group, lists
from ..request import Answer, Request
from . import account, boundaries, groups, mfa, passwords, policies, roles, service_credentials, sessions, users

if t.TYPE_CHECKING:
    from collections.abc import Callable


def render(request: Request, answer: Answer) -> Reply:
    """Serialize a response to XML according to AWS's API model."""
    operation: t.Any = get_service_model(request.service).operation_model(request.action)
    return xml.reply(operation, request.service, answer)


ACTIONS: dict[str, Callable[[Request], Answer]] = {
    "AssumeRole": sessions.assume_role,
    "GetCallerIdentity": users.get_caller_identity,
    "CreateUser": users.create_user,
    "GetUser": users.get_user,
    "UpdateUser": users.update_user,
    "DeleteUser": users.delete_user,
    "TagUser": users.tag_user,
    "UntagUser": users.untag_user,
    "CreateAccessKey": users.create_access_key,
    "PutUserPermissionsBoundary": boundaries.put_user_permissions_boundary,
    "DeleteUserPermissionsBoundary": boundaries.delete_user_permissions_boundary,
    "CreatePolicy": policies.create_policy,
    "GetPolicy": policies.get_policy,
    "TagPolicy": policies.tag_policy,
    "UntagPolicy": policies.untag_policy,
    "AttachUserPolicy": policies.attach_user_policy,
    "DetachUserPolicy": policies.detach_user_policy,
    "CreateLoginProfile": passwords.create_login_profile,
    "GetLoginProfile": passwords.get_login_profile,
    "UpdateLoginProfile": passwords.update_login_profile,
    "DeleteLoginProfile": passwords.delete_login_profile,
    "ChangePassword": passwords.change_password,
    "CreateServiceSpecificCredential": service_credentials.create_service_specific_credential,
    "UpdateServiceSpecificCredential": service_credentials.update_service_specific_credential,
    "ResetServiceSpecificCredential": service_credentials.reset_service_specific_credential,
    "DeleteServiceSpecificCredential": service_credentials.delete_service_specific_credential,
    "UpdateGroup": groups.update_group,
    "RemoveUserFromGroup": groups.remove_user_from_group,
    "CreateVirtualMFADevice": mfa.create_virtual_mfa_device,
    "UpdateRole": roles.update_role,
    "TagRole": roles.tag_role,
    "UntagRole": roles.untag_role,
    "GetAccountSummary": account.get_account_summary,
    "GetGroup": group,
    "ListEntitiesForPolicy": entities_for_policy,
    "GetAccountAuthorizationDetails": authorization_details,
    **dict.fromkeys(LISTS, lists),
}

__all__ = ["ACTIONS", "render"]
