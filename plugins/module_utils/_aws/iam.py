# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The gateway to AWS: small methods around boto3's calls, without decisions or check mode.

Every method raises AnsibleIAMError, but reading or removing something that does not exist is not an error. Every method
that writes tries again while AWS is busy with the same object.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import typing as t

with contextlib.suppress(ImportError):  # AnsibleAWSModule reports what is missing and how to install it.
    import botocore.credentials

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .connection import Connection
from .connection import ErrorHandler as _ErrorHandler
from .errors import BUSY, THROTTLED, may_have_been_applied, note_sent_before
from .patience import Patience

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .rate_governor import RateGovernor

Answer = dict[str, t.Any]
_T = t.TypeVar("_T")

_PAGE = 1000  # the highest value of MaxItems


def _when_free(verb: Callable[..., _T]) -> Callable[..., _T]:
    """Repeat a write while AWS refuses it because it is busy with the same object.

    botocore does not repeat these calls, and must not: the result of a new attempt would look like that of botocore's
    own repetition after a lost reply.
    """

    @functools.wraps(verb)
    def patient(self: Iam, *arguments: t.Any) -> _T:
        self._at_hand.sent = False

        def call() -> _T:
            try:
                return verb(self, *arguments)
            except AnsibleIAMError as error:
                if self._at_hand.sent:
                    note_sent_before(error)
                raise

        return self.patience.wait_out(call, BUSY)

    return patient


class Iam:
    """IAM and STS of one account. Any number of threads can share it."""

    def __init__(
        self,
        module: AnsibleAWSModule,
        connections: int = 10,
        governor: RateGovernor | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.connection = Connection(module, connections)
        self.patience = patience or Patience()
        self._iam = self.connection.client("iam")
        # CreateAccessKey has no client token, so a repetition after a lost reply could create a key that nobody knows.
        self._iam_once = self.connection.client("iam", once=True)
        self._sts = self.connection.client("sts")
        # A client for each key would cost more than the call itself, so one client signs with the key of the thread.
        self._sts_by_key = self.connection.client("sts")
        self._sts_by_key.meta.events.register("before-sign.sts", self._sign_by_key)
        # For each thread: the key to sign with, and whether AWS may have applied the current call
        self._at_hand = threading.local()
        self._iam.meta.events.register("needs-retry.iam", self._note_what_was_sent)
        if governor:
            for client in (self._iam, self._iam_once):
                _govern(client, governor)

    def wait_out(self, call: Callable[[], _T], codes: frozenset[str], seconds: float | None = None) -> _T:
        """Repeat a call while AWS replies with one of C(codes), until the time is up."""
        return self.patience.wait_out(call, codes, seconds)

    @property
    def own_key_id(self) -> str:
        """The operator's access key if it belongs to a user, not to a session."""
        key = self.connection.access_key_id
        return key if key.startswith("AKIA") else ""

    @property
    def region(self) -> str:
        """The region of the clients."""
        return self.connection.region

    def _pages(self, operation: str, member: str, **parameters: t.Any) -> list[t.Any]:
        pages = self._iam.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": _PAGE})
        return list(pages.build_full_result().get(member, []))

    # The account ----------------------------------------------------------------------------------------------

    @_ErrorHandler.common_error_handler("find out who the operator is")
    def caller_identity(self) -> Answer:
        """C(sts:GetCallerIdentity)."""
        return dict(self._sts.get_caller_identity())

    @_ErrorHandler.common_error_handler("list the aliases of the account")
    def account_alias(self) -> str | None:
        """C(iam:ListAccountAliases). An account has one alias or none."""
        return next(iter(self._iam.list_account_aliases()["AccountAliases"]), None)

    @_ErrorHandler.list_error_handler("get the password policy of the account")
    def password_policy(self) -> Answer | None:
        """C(iam:GetAccountPasswordPolicy); None if the account has set none."""
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
        """C(iam:GetAccountAuthorizationDetails) for users, with tags, boundary and policies; 1,000 users a page."""
        return self._pages("get_account_authorization_details", "UserDetailList", Filter=["User"])

    @_ErrorHandler.common_error_handler("list the users of the account")
    def user_names(self) -> list[str]:
        """C(iam:ListUsers)."""
        return [user["UserName"] for user in self._pages("list_users", "Users")]

    @_ErrorHandler.common_error_handler("list when the users of the account signed in")
    def last_sign_ins(self) -> dict[str, t.Any]:
        """C(iam:ListUsers): when each user last signed in with the password. Users who never did are left out."""
        users = self._pages("list_users", "Users")
        return {user["UserName"]: user["PasswordLastUsed"] for user in users if user.get("PasswordLastUsed")}

    @_ErrorHandler.list_error_handler("read user {name}")
    def user(self, name: str) -> Answer | None:
        """C(iam:GetUser)."""
        return dict(self._iam.get_user(UserName=name)["User"])

    @_ErrorHandler.common_error_handler("list the virtual MFA devices of the account")
    def virtual_mfa_devices(self) -> list[Answer]:
        """C(iam:ListVirtualMFADevices), only devices that are assigned to a user."""
        return self._pages("list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned")

    # Writing ------------------------------------------------------------------------------------------------

    @_when_free
    @_ErrorHandler.common_error_handler("{words}")
    def write(self, words: str, operation: str, parameters: Mapping[str, t.Any]) -> None:
        """Call an operation by its name in boto3. C(words) describe it for error messages."""
        getattr(self._iam, operation)(**parameters)

    @_when_free
    @_ErrorHandler.deletion_error_handler("{words}")
    def take(self, words: str, operation: str, parameters: Mapping[str, t.Any]) -> None:
        """Call an operation as C(write) does, but ignore that its object does not exist."""
        getattr(self._iam, operation)(**parameters)

    # Writes that send or return a secret

    @_when_free
    @_ErrorHandler.common_error_handler("enable console sign-in for {name}")
    def create_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        """C(iam:CreateLoginProfile)."""
        self._iam.create_login_profile(UserName=name, Password=password, PasswordResetRequired=reset_required)

    @_when_free
    @_ErrorHandler.common_error_handler("set the console password of {name}")
    def update_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        """C(iam:UpdateLoginProfile)."""
        self._iam.update_login_profile(UserName=name, Password=password, PasswordResetRequired=reset_required)

    @_when_free
    @_ErrorHandler.common_error_handler("create an access key for {name}")
    def create_access_key(self, name: str) -> tuple[str, str]:
        """C(iam:CreateAccessKey), sent once and never repeated here. Returns the key's ID and its secret."""
        key = self._iam_once.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @_ErrorHandler.list_error_handler("read what user {name} has ({operation})", [])
    def listed(self, name: str, operation: str, member: str) -> list[t.Any]:
        """List what a user has with an operation by its name in boto3. A single object becomes a list of one."""
        if self._iam.can_paginate(operation):
            return self._pages(operation, member, UserName=name)
        found = getattr(self._iam, operation)(UserName=name).get(member, [])
        return found if isinstance(found, list) else [found]

    @_ErrorHandler.list_error_handler("read the inline policy {policy} of {name}", {})
    def user_policy(self, name: str, policy: str) -> Answer:
        """C(iam:GetUserPolicy)."""
        return dict(self._iam.get_user_policy(UserName=name, PolicyName=policy))

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

    @_ErrorHandler.common_error_handler("look for policy {name}")
    def policy_with_versions(self, name: str) -> Answer | None:
        """C(iam:GetAccountAuthorizationDetails) for customer-managed policies: one policy with all its versions.

        In most accounts that is one call, where GetPolicy, ListPolicyVersions and GetPolicyVersion are three.
        """
        pages = self._iam.get_paginator("get_account_authorization_details").paginate(
            Filter=["LocalManagedPolicy"], PaginationConfig={"PageSize": _PAGE}
        )
        found = (dict(one) for page in pages for one in page["Policies"])
        # IAM ignores case in names of policies.
        return next((one for one in found if one["PolicyName"].lower() == name.lower()), None)

    @_when_free
    @_ErrorHandler.common_error_handler("write a new version of policy {arn}")
    def create_policy_version(self, arn: str, document: str) -> None:
        """C(iam:CreatePolicyVersion), as the default version. Sent once: a repetition would create a second version."""
        self._iam_once.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)

    @_ErrorHandler.list_error_handler("find the owner of access key {key_id}")
    def key_last_used(self, key_id: str) -> Answer | None:
        """C(iam:GetAccessKeyLastUsed), which also returns the owner; None if the account has no such key."""
        return dict(self._iam.get_access_key_last_used(AccessKeyId=key_id))

    @_ErrorHandler.common_error_handler("find the account of access key {key_id}")
    def account_of_key(self, key_id: str) -> str:
        """C(sts:GetAccessKeyInfo), which also knows deleted keys."""
        return str(self._sts.get_access_key_info(AccessKeyId=key_id)["Account"])

    # Keys ------------------------------------------------------------------------------------------------------

    @_ErrorHandler.common_error_handler("find the owner of access key {key_id}")
    def caller_of(self, key_id: str, secret: str) -> str:
        """C(sts:GetCallerIdentity), signed with the key itself. Returns the ARN of its user."""
        self._at_hand.key = botocore.credentials.Credentials(key_id, secret)
        return str(self._sts_by_key.get_caller_identity()["Arn"])

    def _sign_by_key(self, request: t.Any, **_kwargs: t.Any) -> None:
        request.context.setdefault("signing", {})["request_credentials"] = self._at_hand.key

    def _note_what_was_sent(
        self, response: tuple[t.Any, Answer] | None, caught_exception: Exception | None, **_kwargs: t.Any
    ) -> None:
        """Note after each of botocore's attempts whether AWS may have applied it; throttled ones were not."""
        if may_have_been_applied(response[0].status_code if response else 0, caught_exception):
            self._at_hand.sent = True


def _govern(client: t.Any, governor: RateGovernor) -> None:
    """Connect a client to a governor, which delays its requests, including repetitions, and sees its responses."""

    def answered(parsed_response: Answer | None, **_kwargs: t.Any) -> None:
        if parsed_response is None:
            return  # The connection broke, so there is no response.
        if parsed_response.get("Error", {}).get("Code") in THROTTLED:
            governor.throttled()
        else:
            governor.accepted()

    def before_send(**_kwargs: t.Any) -> None:
        governor.wait()

    client.meta.events.register("before-send.iam", before_send)
    client.meta.events.register("response-received.iam", answered)
