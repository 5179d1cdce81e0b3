# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An account in memory behind the gateway's verbs, which fails when a test says so."""

from __future__ import annotations

import datetime
import functools
import threading
import typing as t
from collections import defaultdict, deque
from dataclasses import dataclass, field

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.iam import Answer, Iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import aws_error
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import ACCOUNT_ID, POLICIES, SINCE

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DATE = datetime.datetime.fromisoformat(SINCE)


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


@dataclass(frozen=True)
class Call:
    """A call, and the files that were on the disk when it was made."""

    verb: str
    arguments: tuple[t.Any, ...]
    files: frozenset[str]


_V = t.TypeVar("_V")


def verb(method: Callable[..., _V]) -> Callable[..., _V]:
    """Write the call down, and fail before or after it is applied if a test wants that."""

    @functools.wraps(method)
    def called(self: FakeIam, *arguments: t.Any) -> _V:
        with self.lock:
            self.calls.append(Call(method.__name__, arguments, self.files()))
            fault = self.faults[method.__name__].popleft() if self.faults[method.__name__] else None
            if fault and fault.happens:
                fault.happens()
            if fault and fault.error and not fault.applied:
                raise fault.error
            answer = method(self, *arguments)
            if fault and fault.error:
                raise fault.error
            return answer

    return called


@dataclass(frozen=True)
class Fault:
    """What one call of a verb comes to."""

    error: Exception | None
    applied: bool
    happens: Callable[[], None] | None


class FakeIam:
    """Has the verbs of C(Iam), as far as a user needs them."""

    def __init__(self, disk: Path | None = None) -> None:
        self.users: dict[str, User] = {}
        self.secrets: dict[str, tuple[str, str]] = {}
        self.statuses: dict[str, str] = {}
        self.calls: list[Call] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.lock = threading.RLock()
        self.policy: Answer | None = None
        self.hidden_for: dict[str, int] = {}
        self._disk = disk
        self._made = 0

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

    # The account

    @verb
    def caller_identity(self) -> Answer:
        return {"Account": ACCOUNT_ID, "Arn": f"arn:aws:iam::{ACCOUNT_ID}:user/operator"}

    @verb
    def account_alias(self) -> str | None:
        return None

    @verb
    def password_policy(self) -> Answer | None:
        return self.policy

    @verb
    def account_summary(self) -> dict[str, int]:
        quotas = {"UsersQuota": 5000, "AttachedPoliciesPerUserQuota": 10, "AccessKeysPerUserQuota": 2}
        return {"Users": len(self.users), **quotas}

    @verb
    def managed_policies(self, scope: str) -> list[Answer]:
        aws = scope == "AWS"
        return [{"PolicyName": name, "Arn": arn} for name, arn in POLICIES.items() if (":aws:policy" in arn) is aws]

    # Reading users

    def _described(self, name: str) -> Answer:
        user = self.users[name]
        described: Answer = {
            "UserName": name,
            "Arn": f"arn:aws:iam::{ACCOUNT_ID}:user{user.path}{name}",
            "Path": user.path,
            "CreateDate": DATE,
            "Tags": [{"Key": key, "Value": value} for key, value in user.tags.items()],
        }
        bounded = {"PermissionsBoundary": {"PermissionsBoundaryArn": user.boundary}} if user.boundary else {}
        return described | bounded

    @verb
    def all_users(self) -> list[Answer]:
        return [self._described(name) | {"AttachedManagedPolicies": self._attached(name)} for name in self.users]

    @verb
    def user(self, name: str) -> Answer | None:
        return self._described(name) if name in self.users else None

    def _attached(self, name: str) -> list[Answer]:
        return [{"PolicyArn": arn} for arn in self.users[name].policies] if name in self.users else []

    @verb
    def attached_policies(self, name: str) -> list[Answer]:
        return self._attached(name)

    @verb
    def login_profile(self, name: str) -> Answer | None:
        user = self.users.get(name)
        if user is None or user.password is None:
            return None
        return {"CreateDate": DATE, "PasswordResetRequired": user.reset_required}

    @verb
    def access_keys(self, name: str) -> list[Answer]:
        listed = []
        for key_id in self.users[name].keys if name in self.users else {}:
            if self.hidden_for.get(key_id, 0):
                self.hidden_for[key_id] -= 1
            else:
                listed.append(
                    {"AccessKeyId": key_id, "Status": self.statuses.get(key_id, "Active"), "CreateDate": DATE}
                )
        return listed

    # Writing users

    @verb
    def create_user(self, name: str, path: str, tags: Mapping[str, str], boundary: str | None = None) -> None:
        if name.lower() in {other.lower() for other in self.users}:
            raise aws_error("EntityAlreadyExists", f"User with name {name} already exists.", 409)
        self.users[name] = User(path, dict(tags), boundary)

    @verb
    def update_path(self, name: str, path: str) -> None:
        self._user(name).path = path

    @verb
    def put_permissions_boundary(self, name: str, arn: str) -> None:
        self._user(name).boundary = arn

    @verb
    def tag_user(self, name: str, tags: Mapping[str, str]) -> None:
        self._user(name).tags.update(tags)

    @verb
    def untag_user(self, name: str, keys: list[str]) -> None:
        for key in keys:
            self._user(name).tags.pop(key, None)

    @verb
    def attach_user_policy(self, name: str, arn: str) -> None:
        self._user(name).policies.append(arn)

    @verb
    def detach_user_policy(self, name: str, arn: str) -> None:
        self._user(name).policies.remove(arn)

    @verb
    def create_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        user = self._user(name)
        if user.password is not None:
            raise aws_error("EntityAlreadyExists", f"Login Profile for user {name} already exists.", 409)
        user.password, user.reset_required = password, reset_required

    @verb
    def update_login_profile(self, name: str, password: str, reset_required: bool) -> None:
        user = self._user(name)
        if user.password is None:
            raise aws_error("NoSuchEntity", f"Login Profile for User {name} cannot be found.", 404)
        user.password, user.reset_required = password, reset_required

    @verb
    def delete_login_profile(self, name: str) -> None:
        self._user(name).password = None

    @verb
    def create_access_key(self, name: str) -> tuple[str, str]:
        if len(self._user(name).keys) >= 2:
            raise aws_error("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409)
        return self.new_key(name)

    @verb
    def update_access_key(self, _name: str, key_id: str, status: str) -> None:
        self.statuses[key_id] = status

    @verb
    def delete_access_key(self, name: str, key_id: str) -> None:
        self._user(name).keys.pop(key_id, None)
        self.secrets.pop(key_id, None)

    @verb
    def caller_of(self, key_id: str, secret: str) -> str:
        if key_id not in self.secrets:
            raise aws_error("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        name, right = self.secrets[key_id]
        if secret != right:
            raise aws_error("SignatureDoesNotMatch", "The signature does not match.", 403)
        return f"arn:aws:iam::{ACCOUNT_ID}:user{self.users[name].path}{name}"


_WRITES = frozenset({"create", "update", "put", "tag", "untag", "attach", "detach", "delete"})


def as_iam(fake: FakeIam) -> Iam:
    """Pass the fake for the gateway."""
    return t.cast("Iam", fake)
