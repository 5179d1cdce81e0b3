# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The gateway to AWS: small verbs over boto3. No decisions and no check mode here.

Every verb raises AnsibleIAMError, except that reading or deleting what is not there is no error.
"""

from __future__ import annotations

import contextlib
import threading
import typing as t

with contextlib.suppress(ImportError):  # AnsibleAWSModule says what is missing, and how to get it.
    import botocore.credentials

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from .connection import Connection
from .connection import ErrorHandler as _ErrorHandler
from .errors import (
    BUSY,
    CONFLICT,
    NEW_KEY,
    PASSING,
    THROTTLED,
    error_code,
    explain,
    reply_was_lost,
    wait_out,
    was_sent_before,
)

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .rate_governor import RateGovernor

Answer = dict[str, t.Any]

# Whoever calls a verb needs to know what its errors mean.
__all__ = [
    "BUSY",
    "CONFLICT",
    "NEW_KEY",
    "PASSING",
    "THROTTLED",
    "Answer",
    "Iam",
    "error_code",
    "explain",
    "reply_was_lost",
    "wait_out",
    "was_sent_before",
]

_PAGE = 1000  # MaxItems, its highest value


class Iam:
    """IAM and STS of one account, through one botocore session that any number of threads may share."""

    def __init__(self, module: AnsibleAWSModule, connections: int = 10, governor: RateGovernor | None = None) -> None:
        self.connection = Connection(module, connections)
        self._iam = self.connection.client("iam")
        # CreateAccessKey takes no client token: a blind retry after a lost reply makes a second key that nobody knows.
        self._iam_once = self.connection.client("iam", once=True)
        self._sts = self.connection.client("sts")
        # A client for each key would cost more than the call: one signs each request with the key of its thread.
        self._sts_by_key = self.connection.client("sts")
        self._sts_by_key.meta.events.register("before-sign.sts", self._sign_by_key)
        self._in_hand = threading.local()
        if governor:
            for client in (self._iam, self._iam_once):
                _govern(client, governor)

    @property
    def region(self) -> str:
        """The region that the clients were made for."""
        return self.connection.region

    def _pages(self, operation: str, member: str, **parameters: t.Any) -> list[t.Any]:
        pages = self._iam.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": _PAGE})
        return list(pages.build_full_result().get(member, []))

    # The account ----------------------------------------------------------------------------------------------

    @_ErrorHandler.common_error_handler("ask AWS who the operator is")
    def caller_identity(self) -> Answer:
        """C(sts:GetCallerIdentity)."""
        return dict(self._sts.get_caller_identity())

    @_ErrorHandler.common_error_handler("list the aliases of the account")
    def account_alias(self) -> str | None:
        """C(iam:ListAccountAliases): an account has one or none."""
        return next(iter(self._iam.list_account_aliases()["AccountAliases"]), None)

    @_ErrorHandler.list_error_handler("get the password policy of the account")
    def password_policy(self) -> Answer | None:
        """C(iam:GetAccountPasswordPolicy); None where the account has set none."""
        return dict(self._iam.get_account_password_policy()["PasswordPolicy"])

    @_ErrorHandler.common_error_handler("get the quotas of the account")
    def account_summary(self) -> dict[str, int]:
        """C(iam:GetAccountSummary)."""
        return dict(self._iam.get_account_summary()["SummaryMap"])

    @_ErrorHandler.common_error_handler("list the managed policies of the account")
    def managed_policies(self, scope: str) -> list[Answer]:
        """C(iam:ListPolicies) with scope C(Local) (the account's own) or C(AWS)."""
        return self._pages("list_policies", "Policies", Scope=scope)

    # Reading users --------------------------------------------------------------------------------------------

    @_ErrorHandler.common_error_handler("read the users of the account")
    def all_users(self) -> list[Answer]:
        """C(iam:GetAccountAuthorizationDetails) for users: tags, boundary and policies, a page a thousand users."""
        return self._pages("get_account_authorization_details", "UserDetailList", Filter=["User"])

    @_ErrorHandler.list_error_handler("read user {name}")
    def user(self, name: str) -> Answer | None:
        """C(iam:GetUser)."""
        return dict(self._iam.get_user(UserName=name)["User"])

    @_ErrorHandler.list_error_handler("list the policies of user {name}", [])
    def attached_policies(self, name: str) -> list[Answer]:
        """C(iam:ListAttachedUserPolicies)."""
        return self._pages("list_attached_user_policies", "AttachedPolicies", UserName=name)

    @_ErrorHandler.list_error_handler("read the login profile of {name}")
    def login_profile(self, name: str) -> Answer | None:
        """C(iam:GetLoginProfile)."""
        return dict(self._iam.get_login_profile(UserName=name)["LoginProfile"])

    @_ErrorHandler.list_error_handler("list the access keys of {name}", [])
    def access_keys(self, name: str) -> list[Answer]:
        """C(iam:ListAccessKeys), oldest first."""
        keys = self._pages("list_access_keys", "AccessKeyMetadata", UserName=name)
        return sorted(keys, key=lambda key: key["CreateDate"])

    @_ErrorHandler.list_error_handler("list the inline policies of {name}", [])
    def inline_policies(self, name: str) -> list[str]:
        """C(iam:ListUserPolicies): names."""
        return self._pages("list_user_policies", "PolicyNames", UserName=name)

    @_ErrorHandler.list_error_handler("list the groups of {name}", [])
    def groups(self, name: str) -> list[Answer]:
        """C(iam:ListGroupsForUser)."""
        return self._pages("list_groups_for_user", "Groups", UserName=name)

    @_ErrorHandler.list_error_handler("list the MFA devices of {name}", [])
    def mfa_devices(self, name: str) -> list[Answer]:
        """C(iam:ListMFADevices)."""
        return self._pages("list_mfa_devices", "MFADevices", UserName=name)

    @_ErrorHandler.common_error_handler("list the virtual MFA devices of the account")
    def virtual_mfa_devices(self) -> list[Answer]:
        """C(iam:ListVirtualMFADevices), those that somebody uses."""
        return self._pages("list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned")

    # Writing users --------------------------------------------------------------------------------------------

    @_ErrorHandler.common_error_handler("create user {name}")
    def create_user(self, name: str, path: str, tags: Mapping[str, str], boundary: str | None = None) -> None:
        """C(iam:CreateUser), with everything that the call can set at once."""
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        self._iam.create_user(UserName=name, Path=path, Tags=ansible_dict_to_boto3_tag_list(tags), **extra)

    @_ErrorHandler.common_error_handler("change the path of user {name}")
    def update_path(self, name: str, path: str) -> None:
        """C(iam:UpdateUser)."""
        self._iam.update_user(UserName=name, NewPath=path)

    @_ErrorHandler.common_error_handler("set the permissions boundary of {name}")
    def put_permissions_boundary(self, name: str, arn: str) -> None:
        """C(iam:PutUserPermissionsBoundary)."""
        self._iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)

    @_ErrorHandler.common_error_handler("tag user {name}")
    def tag_user(self, name: str, tags: Mapping[str, str]) -> None:
        """C(iam:TagUser)."""
        self._iam.tag_user(UserName=name, Tags=ansible_dict_to_boto3_tag_list(tags))

    @_ErrorHandler.deletion_error_handler("remove tags of user {name}")
    def untag_user(self, name: str, keys: list[str]) -> None:
        """C(iam:UntagUser)."""
        self._iam.untag_user(UserName=name, TagKeys=keys)

    @_ErrorHandler.common_error_handler("attach a policy to user {name}")
    def attach_user_policy(self, name: str, arn: str) -> None:
        """C(iam:AttachUserPolicy)."""
        self._iam.attach_user_policy(UserName=name, PolicyArn=arn)

    @_ErrorHandler.deletion_error_handler("detach a policy from user {name}")
    def detach_user_policy(self, name: str, arn: str) -> None:
        """C(iam:DetachUserPolicy)."""
        self._iam.detach_user_policy(UserName=name, PolicyArn=arn)

    @_ErrorHandler.common_error_handler("enable console sign-in for {name}")
    def create_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        """C(iam:CreateLoginProfile)."""
        self._iam.create_login_profile(UserName=name, Password=password, PasswordResetRequired=reset_required)

    @_ErrorHandler.common_error_handler("set the console password of {name}")
    def update_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        """C(iam:UpdateLoginProfile)."""
        self._iam.update_login_profile(UserName=name, Password=password, PasswordResetRequired=reset_required)

    @_ErrorHandler.deletion_error_handler("disable console sign-in for {name}")
    def delete_login_profile(self, name: str) -> None:
        """C(iam:DeleteLoginProfile)."""
        self._iam.delete_login_profile(UserName=name)

    @_ErrorHandler.common_error_handler("create an access key for {name}")
    def create_access_key(self, name: str) -> tuple[str, str]:
        """C(iam:CreateAccessKey), sent once and never repeated here. Returns the key's ID and its secret."""
        key = self._iam_once.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @_ErrorHandler.common_error_handler("set access key {key_id} of {name} to {status}")
    def update_access_key(self, name: str, key_id: str, status: str) -> None:
        """C(iam:UpdateAccessKey): C(Active) or C(Inactive)."""
        self._iam.update_access_key(UserName=name, AccessKeyId=key_id, Status=status)

    @_ErrorHandler.deletion_error_handler("delete an access key of {name}")
    def delete_access_key(self, name: str, key_id: str) -> None:
        """C(iam:DeleteAccessKey)."""
        self._iam.delete_access_key(UserName=name, AccessKeyId=key_id)

    # Taking away ------------------------------------------------------------------------------------------------

    @_ErrorHandler.list_error_handler("read what user {name} has ({operation})", [])
    def listed(self, name: str, operation: str, member: str) -> list[t.Any]:
        """List what a user has, by the name that boto3 has for the call. One thing alone makes a list of one."""
        if self._iam.can_paginate(operation):
            return self._pages(operation, member, UserName=name)
        found = getattr(self._iam, operation)(UserName=name).get(member, [])
        return found if isinstance(found, list) else [found]

    @_ErrorHandler.list_error_handler("read the inline policy {policy} of {name}", {})
    def user_policy(self, name: str, policy: str) -> Answer:
        """C(iam:GetUserPolicy)."""
        return dict(self._iam.get_user_policy(UserName=name, PolicyName=policy))

    @_ErrorHandler.deletion_error_handler("{words}")
    def take(self, words: str, operation: str, parameters: Mapping[str, t.Any]) -> None:
        """Take something away, by the name that boto3 has for the call. C(words) say what that is."""
        getattr(self._iam, operation)(**parameters)

    @_ErrorHandler.list_error_handler("read policy {arn}")
    def policy(self, arn: str) -> Answer | None:
        """C(iam:GetPolicy)."""
        return dict(self._iam.get_policy(PolicyArn=arn)["Policy"])

    @_ErrorHandler.list_error_handler("read the versions of policy {arn}", [])
    def policy_versions(self, arn: str) -> list[Answer]:
        """C(iam:ListPolicyVersions)."""
        return self._pages("list_policy_versions", "Versions", PolicyArn=arn)

    @_ErrorHandler.list_error_handler("read policy {arn}", {})
    def policy_version(self, arn: str, version: str) -> Answer:
        """C(iam:GetPolicyVersion)."""
        return dict(self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"])

    @_ErrorHandler.list_error_handler("ask AWS whose access key {key_id} is")
    def key_last_used(self, key_id: str) -> Answer | None:
        """C(iam:GetAccessKeyLastUsed): the owner too; None where the account has no such key."""
        return dict(self._iam.get_access_key_last_used(AccessKeyId=key_id))

    @_ErrorHandler.common_error_handler("ask AWS which account access key {key_id} belongs to")
    def account_of_key(self, key_id: str) -> str:
        """C(sts:GetAccessKeyInfo), which knows keys that were deleted as well."""
        return str(self._sts.get_access_key_info(AccessKeyId=key_id)["Account"])

    @_ErrorHandler.common_error_handler("put the inline policy {policy} on {name}")
    def put_user_policy(self, name: str, policy: str, document: str) -> None:
        """C(iam:PutUserPolicy)."""
        self._iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=document)

    # Keys ------------------------------------------------------------------------------------------------------

    @_ErrorHandler.common_error_handler("ask AWS whose access key {key_id} is")
    def caller_of(self, key_id: str, secret: str) -> str:
        """C(sts:GetCallerIdentity), signed by the key itself. Returns the ARN that AWS names."""
        self._in_hand.key = botocore.credentials.Credentials(key_id, secret)
        return str(self._sts_by_key.get_caller_identity()["Arn"])

    def _sign_by_key(self, request: t.Any, **_kwargs: t.Any) -> None:
        request.context.setdefault("signing", {})["request_credentials"] = self._in_hand.key


def _govern(client: t.Any, governor: RateGovernor) -> None:
    """Let a governor time every request of a client, botocore's own repetitions included, and see every answer."""

    def answered(parsed_response: Answer | None, **_kwargs: t.Any) -> None:
        if parsed_response is None:
            return  # The connection broke: there is no answer.
        if parsed_response.get("Error", {}).get("Code") in THROTTLED:
            governor.throttled()
        else:
            governor.accepted()

    def before_send(**_kwargs: t.Any) -> None:
        governor.wait()

    client.meta.events.register("before-send.iam", before_send)
    client.meta.events.register("response-received.iam", answered)
