# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An account in memory behind the gateway's verbs, which fails when a test says so."""

from __future__ import annotations

import functools
import itertools
import json
import threading
import typing as t
from collections import defaultdict, deque
from dataclasses import dataclass, field

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError
from botocore.exceptions import ClientError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.errors import error_code
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.iam import Answer, Iam, _when_free
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.patience import Patience
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import (
    ACCESS_KEYS,
    GROUPS,
    INLINE_POLICIES,
    KINDS,
    LOGIN_PROFILE,
    MANAGED_POLICIES,
    MFA_DEVICES,
    Kind,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import aws_error
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import ACCOUNT_ID, DATE, POLICIES

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_ids = itertools.count(1)


@dataclass
class User:
    """What the account knows of a user."""

    path: str = "/"
    tags: dict[str, str] = field(default_factory=dict)
    boundary: str | None = None
    policies: list[str] = field(default_factory=list)
    password: str | None = None
    reset_required: bool = False
    keys: dict[str, str] = field(default_factory=dict)
    # What else hangs on it, as AWS lists it, by the name of its kind
    others: dict[str, list[t.Any]] = field(default_factory=dict)
    # Never given away again
    id: str = field(default_factory=lambda: f"AIDAUSER{next(_ids)}", compare=False)

    def has(self, kind: str) -> list[t.Any]:
        """Find what else it has of a kind."""
        return self.others.setdefault(kind, [])


@dataclass(frozen=True)
class Call:
    """A call, named as boto3 names it where the gateway does so too, and the files on the disk when it was made."""

    verb: str
    arguments: tuple[t.Any, ...]
    files: frozenset[str]

    @property
    def parameters(self) -> Mapping[str, t.Any]:
        """What boto3 is handed over."""
        parameters: Mapping[str, t.Any] = self.arguments[-1]
        return parameters


@dataclass(frozen=True)
class Fault:
    """What one call of a verb comes to."""

    error: Exception | None
    applied: bool
    happens: Callable[[], None] | None


_V = t.TypeVar("_V")


def verb(method: Callable[..., _V]) -> Callable[..., _V]:
    """Write the call down, and fail before or after it is applied if a test wants that."""

    @functools.wraps(method)
    def called(self: FakeIam, *arguments: t.Any) -> _V:
        return self.called(method.__name__, arguments, lambda: method(self, *arguments))

    return called


class FakeIam:
    """Has the verbs of C(Iam), and waits as that does."""

    region = "eu-central-1"
    # The operator's access key, if it is one of a user
    own_key_id = "AKIAOPERATOR"
    connection = None

    def __init__(self, disk: Path | None = None, seconds: float = 300) -> None:
        self.users: dict[str, User] = {}
        self.secrets: dict[str, tuple[str, str]] = {}
        self.statuses: dict[str, str] = {}
        self.calls: list[Call] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.lock = threading.RLock()
        self.password_rules: Answer | None = None
        # How often a list lacks an access key that is there
        self.hidden_for: dict[str, int] = {}
        # Customer-managed policies beside those of the workshop, by ARN, each with its versions
        self.own_policies: dict[str, Answer] = {}
        # Serial numbers of the virtual MFA devices of the account
        self.virtual_devices: list[str] = []
        # Documents of inline policies that were put
        self.documents: dict[tuple[str, str], str] = {}
        # What AWS says of the last use of access keys, and which keys belong to other accounts
        self.used: dict[str, Answer] = {}
        self.signed_in: dict[str, t.Any] = {}
        self.elsewhere: dict[str, str] = {}
        self.operator = f"arn:aws:iam::{ACCOUNT_ID}:user/operator"
        self.patience = Patience(seconds)
        self._disk = disk
        self._made = 0
        self._at_hand = threading.local()

    def files(self) -> frozenset[str]:
        return (
            frozenset(one.name for one in self._disk.iterdir()) if self._disk and self._disk.is_dir() else frozenset()
        )

    def fail(
        self,
        name: str,
        error: Exception | None = None,
        *,
        applied: bool = False,
        happens: Callable[[], None] | None = None,
        times: int = 1,
    ) -> None:
        """Let the next calls of a verb fail, after AWS applied them or before, or let something happen first."""
        self.faults[name].extend([Fault(error, applied, happens)] * times)

    def called(self, name: str, arguments: tuple[t.Any, ...], apply: Callable[[], _V]) -> _V:
        """Write a call down and apply it, unless it is to fail."""
        with self.lock:
            self.calls.append(Call(name, arguments, self.files()))
            fault = self.faults[name].popleft() if self.faults[name] else None
            if fault and fault.happens:
                fault.happens()
            cause: t.Any = getattr(fault and fault.error, "exception", None)
            if isinstance(cause, ClientError) and cause.response["ResponseMetadata"].get("RetryAttempts"):
                # An attempt before was lost on its way back.
                self._at_hand.sent = True
            if fault and fault.error and not fault.applied:
                raise fault.error
            answer = apply()
            if fault and fault.error:
                raise fault.error
            return answer

    def made(self, name: str) -> list[Call]:
        """Find the calls of a verb."""
        return [call for call in self.calls if call.verb == name]

    @property
    def writes(self) -> list[str]:
        """The calls that changed something."""
        return [call.verb for call in self.calls if call.verb.partition("_")[0] in _WRITES]

    def _user(self, name: str) -> User:
        if name not in self.users:
            raise aws_error("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
        return self.users[name]

    def new_key(self, name: str, key_id: str = "") -> tuple[str, str]:
        """Make a key, as anybody may."""
        self._made += 1
        key_id = key_id or f"AKIANEW{self._made}"
        self._user(name).keys[key_id] = f"secret/of+{key_id}"
        self.secrets[key_id] = (name, f"secret/of+{key_id}")
        return key_id, self.users[name].keys[key_id]

    def forget_key(self, name: str, key_id: str) -> None:
        """Delete a key, as anybody may; its description stays, as with AWS."""
        self.users[name].keys.pop(key_id, None)
        self.secrets.pop(key_id, None)

    # Waiting

    def wait_out(self, call: Callable[[], _V], codes: frozenset[str], seconds: float | None = None) -> _V:
        return self.patience.wait_out(call, codes, seconds)

    # The account

    @verb
    def caller_identity(self) -> Answer:
        return {"Account": ACCOUNT_ID, "Arn": self.operator}

    @verb
    def account_alias(self) -> str | None:
        return None

    @verb
    def password_policy(self) -> Answer | None:
        return self.password_rules

    @verb
    def account_summary(self) -> dict[str, int]:
        quotas = {"UsersQuota": 5000, "AttachedPoliciesPerUserQuota": 10, "AccessKeysPerUserQuota": 2}
        return {"Users": len(self.users), **quotas}

    @verb
    def managed_policies(self, scope: str) -> list[Answer]:
        aws = scope == "AWS"
        listed = [{"PolicyName": name, "Arn": arn} for name, arn in POLICIES.items() if (":aws:policy" in arn) is aws]
        own = [] if aws else [{"PolicyName": one["PolicyName"], "Arn": arn} for arn, one in self.own_policies.items()]
        return listed + own

    @verb
    def policy(self, arn: str) -> Answer | None:
        found = self.own_policies.get(arn)
        return None if found is None else {key: value for key, value in found.items() if key != "versions"}

    @verb
    def policy_versions(self, arn: str) -> list[Answer]:
        return list(self.own_policies[arn]["versions"]) if arn in self.own_policies else []

    @verb
    def policy_version(self, arn: str, version: str) -> Answer:
        return next((one for one in self.policy_versions(arn) if one["VersionId"] == version), {})

    @verb
    def policy_with_versions(self, name: str) -> Answer | None:
        for arn, one in self.own_policies.items():
            if one["PolicyName"].lower() == name.lower():
                attached = sum(arn in user.policies for user in self.users.values())
                return {**one, "AttachmentCount": attached, "PolicyVersionList": list(one["versions"])}
        return None

    @_when_free
    @verb
    def create_policy_version(self, arn: str, document: str) -> None:
        versions = self.own_policies[arn]["versions"]
        if len(versions) >= 5:
            raise aws_error("LimitExceeded", "A managed policy can have up to 5 versions.", 409)
        self._new_version(arn, document)

    def _new_version(self, arn: str, document: str) -> None:
        policy = self.own_policies[arn]
        policy["made"] = policy.get("made", 0) + 1
        for one in policy["versions"]:
            one["IsDefaultVersion"] = False
        version = {"VersionId": f"v{policy['made']}", "IsDefaultVersion": True, "Document": json.loads(document)}
        policy["versions"].append(version)
        policy["DefaultVersionId"] = version["VersionId"]

    def _create_policy(
        self, PolicyName: str, PolicyDocument: str, Description: str, Tags: Sequence[Mapping[str, str]]
    ) -> None:
        if any(one["PolicyName"].lower() == PolicyName.lower() for one in self.own_policies.values()):
            raise aws_error("EntityAlreadyExists", f"A policy called {PolicyName} already exists.", 409)
        arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/{PolicyName}"
        made = {"PolicyName": PolicyName, "PolicyId": f"ANPA{PolicyName}", "Arn": arn, "Tags": [*Tags], "versions": []}
        self.own_policies[arn] = {**made, "Description": Description}
        self._new_version(arn, PolicyDocument)

    @verb
    def key_last_used(self, key_id: str) -> Answer | None:
        if key_id not in self.secrets:
            return None
        return {"UserName": self.secrets[key_id][0], "AccessKeyLastUsed": self.used.get(key_id, {})}

    @verb
    def last_sign_ins(self) -> dict[str, t.Any]:
        return dict(self.signed_in)

    @verb
    def account_of_key(self, key_id: str) -> str:
        return self.elsewhere.get(key_id, ACCOUNT_ID)

    @verb
    def virtual_mfa_devices(self) -> list[Answer]:
        listed = [
            {"SerialNumber": one["SerialNumber"], "User": {"UserName": name}}
            for name, user in self.users.items()
            for one in user.others.get(MFA_DEVICES.name, ())
            if one["SerialNumber"] in self.virtual_devices
        ]
        return [*listed, {"SerialNumber": f"arn:aws:iam::{ACCOUNT_ID}:mfa/root-account-mfa-device"}]

    # Reading users

    def _described(self, name: str) -> Answer:
        user = self.users[name]
        described: Answer = {
            "UserName": name,
            "UserId": user.id,
            "Arn": f"arn:aws:iam::{ACCOUNT_ID}:user{user.path}{name}",
            "Path": user.path,
            "CreateDate": DATE,
            "Tags": [{"Key": key, "Value": value} for key, value in user.tags.items()],
        }
        bounded = {"PermissionsBoundary": {"PermissionsBoundaryArn": user.boundary}} if user.boundary else {}
        return described | bounded

    @verb
    def all_users(self) -> list[Answer]:
        """Say of each what C(GetAccountAuthorizationDetails) says, which leaves out what a user has none of."""
        details = [kind for kind in KINDS if kind.detail and kind.listing.call]
        return [
            self._described(name) | {kind.detail: found for kind in details if (found := self._detail(name, kind))}
            for name in self.users
        ]

    def _detail(self, name: str, kind: Kind) -> list[t.Any]:
        """Lists of one user and lists in bulk do not hold the same: here names, there entries."""
        listed = self._has(name, kind.name)
        if kind is INLINE_POLICIES:
            return [self._inline(name, policy) for policy in listed]
        return [one["GroupName"] for one in listed] if kind is GROUPS else listed

    def _inline(self, name: str, policy: str) -> Answer:
        return {"PolicyName": policy, "PolicyDocument": self.documents.get((name, policy), "{}")}

    @verb
    def user_names(self) -> list[str]:
        return list(self.users)

    @verb
    def user(self, name: str) -> Answer | None:
        return self._described(name) if name in self.users else None

    def listed(self, name: str, operation: str, member: str) -> list[t.Any]:
        (kind,) = [kind for kind in KINDS if kind.listing.call == operation]
        assert kind.listing.member == member, f"{operation} answers no {member}"
        return self.called(operation, (name,), lambda: self._has(name, kind.name) if name in self.users else [])

    def _has(self, name: str, kind: str) -> list[t.Any]:
        user = self.users[name]
        if kind == MANAGED_POLICIES.name:
            return [{"PolicyArn": arn} for arn in user.policies]
        if kind == LOGIN_PROFILE.name:
            profile = {"CreateDate": DATE, "PasswordResetRequired": user.reset_required}
            return [] if user.password is None else [profile]
        return self._keys(user) if kind == ACCESS_KEYS.name else list(user.others.get(kind, ()))

    def _keys(self, user: User) -> list[Answer]:
        listed = []
        for key_id in user.keys:
            if self.hidden_for.get(key_id, 0):
                self.hidden_for[key_id] -= 1
            else:
                listed.append(
                    {"AccessKeyId": key_id, "Status": self.statuses.get(key_id, "Active"), "CreateDate": DATE}
                )
        return listed

    @verb
    def user_policy(self, name: str, policy: str) -> Answer:
        return self._inline(name, policy)

    # Writing users

    @_when_free
    def write(self, words: str, operation: str, parameters: Mapping[str, t.Any]) -> None:
        apply = getattr(self, f"_{operation}")
        self.called(operation, (words, parameters), lambda: apply(**parameters))

    @_when_free
    def take(self, words: str, operation: str, parameters: Mapping[str, t.Any]) -> None:
        apply = getattr(self, f"_{operation}")
        try:
            self.called(operation, (words, parameters), lambda: apply(**parameters))
        except AnsibleIAMError as error:
            if error_code(error) != "NoSuchEntity":
                raise

    # What AWS does then, with the parameters that boto3 takes

    def _create_user(
        self, UserName: str, Path: str, Tags: Sequence[Mapping[str, str]], PermissionsBoundary: str | None = None
    ) -> None:
        if UserName.lower() in {other.lower() for other in self.users}:
            raise aws_error("EntityAlreadyExists", f"User with name {UserName} already exists.", 409)
        self.users[UserName] = User(Path, {tag["Key"]: tag["Value"] for tag in Tags}, PermissionsBoundary)

    def _update_user(self, UserName: str, NewPath: str) -> None:
        self._user(UserName).path = NewPath

    def _delete_user(self, UserName: str) -> None:
        user = self._user(UserName)
        if user.password is not None or user.keys or user.policies or any(user.others.values()):
            raise aws_error("DeleteConflict", "Cannot delete entity, must remove everything first.", 409)
        del self.users[UserName]

    def _put_user_permissions_boundary(self, UserName: str, PermissionsBoundary: str) -> None:
        self._user(UserName).boundary = PermissionsBoundary

    def _delete_user_permissions_boundary(self, UserName: str) -> None:
        self._user(UserName).boundary = None

    def _tag_user(self, UserName: str, Tags: Sequence[Mapping[str, str]]) -> None:
        self._user(UserName).tags.update({tag["Key"]: tag["Value"] for tag in Tags})

    def _untag_user(self, UserName: str, TagKeys: list[str]) -> None:
        for key in TagKeys:
            self._user(UserName).tags.pop(key, None)

    def _attach_user_policy(self, UserName: str, PolicyArn: str) -> None:
        self._user(UserName).policies.append(PolicyArn)

    def _detach_user_policy(self, UserName: str, PolicyArn: str) -> None:
        if PolicyArn not in self._user(UserName).policies:
            raise aws_error("NoSuchEntity", f"Policy {PolicyArn} was not found.", 404)
        self._user(UserName).policies.remove(PolicyArn)

    def _put_user_policy(self, UserName: str, PolicyName: str, PolicyDocument: str) -> None:
        names = self._user(UserName).has(INLINE_POLICIES.name)
        names += [PolicyName] if PolicyName not in names else []
        self.documents[UserName, PolicyName] = PolicyDocument

    def _delete_login_profile(self, UserName: str) -> None:
        if self._user(UserName).password is None:
            raise aws_error("NoSuchEntity", f"Login Profile for User {UserName} cannot be found.", 404)
        self._user(UserName).password = None

    def _update_access_key(self, UserName: str, AccessKeyId: str, Status: str) -> None:
        if AccessKeyId not in self._user(UserName).keys:
            raise aws_error("NoSuchEntity", f"The Access Key with id {AccessKeyId} cannot be found.", 404)
        self.statuses[AccessKeyId] = Status

    def _delete_access_key(self, UserName: str, AccessKeyId: str) -> None:
        if AccessKeyId not in self._user(UserName).keys:
            raise aws_error("NoSuchEntity", f"The Access Key with id {AccessKeyId} cannot be found.", 404)
        self.forget_key(UserName, AccessKeyId)

    def _delete_user_policy(self, UserName: str, PolicyName: str) -> None:
        self._user(UserName).has(INLINE_POLICIES.name).remove(PolicyName)

    def _deactivate_mfa_device(self, UserName: str, SerialNumber: str) -> None:
        self._goes(UserName, MFA_DEVICES.name, "SerialNumber", SerialNumber)

    def _delete_virtual_mfa_device(self, SerialNumber: str) -> None:
        if SerialNumber not in self.virtual_devices:
            raise aws_error("NoSuchEntity", f"VirtualMFADevice with serial number {SerialNumber} doesn't exist.", 404)
        self.virtual_devices.remove(SerialNumber)

    def _remove_user_from_group(self, UserName: str, GroupName: str) -> None:
        self._goes(UserName, GROUPS.name, "GroupName", GroupName)

    def _delete_service_specific_credential(self, UserName: str, ServiceSpecificCredentialId: str) -> None:
        kind = "service_specific_credentials"
        self._goes(UserName, kind, "ServiceSpecificCredentialId", ServiceSpecificCredentialId)

    def _update_service_specific_credential(self, UserName: str, ServiceSpecificCredentialId: str, Status: str) -> None:
        for one in self._user(UserName).has("service_specific_credentials"):
            if one["ServiceSpecificCredentialId"] == ServiceSpecificCredentialId:
                one["Status"] = Status

    def _goes(self, name: str, kind: str, member: str, gone: str) -> None:
        has = self._user(name).has(kind)
        has[:] = [one for one in has if one[member] != gone]

    def _delete_policy_version(self, PolicyArn: str, VersionId: str) -> None:
        versions = self.own_policies[PolicyArn]["versions"]
        versions[:] = [one for one in versions if one["VersionId"] != VersionId]

    def _delete_policy(self, PolicyArn: str) -> None:
        if PolicyArn not in self.own_policies:
            raise aws_error("NoSuchEntity", f"Policy {PolicyArn} does not exist.", 404)
        used = any(PolicyArn in (*user.policies, user.boundary) for user in self.users.values())
        if used or len(self.own_policies[PolicyArn]["versions"]) > 1:
            raise aws_error("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
        del self.own_policies[PolicyArn]

    # Secrets

    @_when_free
    @verb
    def create_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        user = self._user(name)
        if user.password is not None:
            raise aws_error("EntityAlreadyExists", f"Login Profile for user {name} already exists.", 409)
        user.password, user.reset_required = password, reset_required

    @_when_free
    @verb
    def update_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        user = self._user(name)
        if user.password is None:
            raise aws_error("NoSuchEntity", f"Login Profile for User {name} cannot be found.", 404)
        user.password, user.reset_required = password, reset_required

    @_when_free
    @verb
    def create_access_key(self, name: str) -> tuple[str, str]:
        if len(self._user(name).keys) >= 2:
            raise aws_error("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409)
        return self.new_key(name)

    @verb
    def caller_of(self, key_id: str, secret: str) -> str:
        if key_id not in self.secrets or self.statuses.get(key_id) == "Inactive":
            raise aws_error("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        name, right = self.secrets[key_id]
        if secret != right:
            raise aws_error("SignatureDoesNotMatch", "The signature does not match.", 403)
        return f"arn:aws:iam::{ACCOUNT_ID}:user{self.users[name].path}{name}"


_WRITES = frozenset({"create", "update", "put", "tag", "untag", "attach", "detach", "delete", "deactivate", "remove"})


def as_iam(fake: FakeIam) -> Iam:
    """Pass the fake for the gateway."""
    return t.cast("Iam", fake)
