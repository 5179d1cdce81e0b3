# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An account of the endpoint: moto's back end, and the contents of a new account."""

from __future__ import annotations

import copy
import json
import secrets
import string
import typing as t
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.sts.models import sts_backends

from .errors import AwsError, no_such_entity

if t.TYPE_CHECKING:
    from collections.abc import Iterable

ACCOUNT_ID = "123456789012"  # moto's default, and the endpoint's first account
PARTITION = "aws"
REGION = "us-east-1"
OPERATOR = "sandbox-operator"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ALLOW_EVERYTHING: dict[str, t.Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

# "IAM and AWS STS quotas" in the IAM User Guide: the name of a quota in LimitExceeded errors, and moto's attribute
# for its value in GetAccountSummary
QUOTAS = {
    "UsersPerAccount": "_users_quota",
    "GroupsPerUser": "_groups_per_user_quota",
    "PoliciesPerAccount": "_policies_quota",
    "PoliciesPerUser": "_attached_policies_per_user_quota",
    "AccessKeysPerUser": "_access_keys_per_user_quota",
    "PolicySize": "_policy_size_quota",
    "UserPolicySize": "_user_policy_size_quota",
}


def operator_keys() -> tuple[str, str]:
    """Generate an access key. Returns its ID and secret."""
    key_id = "AKIA" + "".join(secrets.choice(_ALPHABET) for _unused in range(16))
    return key_id, "".join(secrets.choice(string.ascii_letters + string.digits + "+/") for _unused in range(40))


class Account:
    """One account. All state is in moto's objects, with a few more attributes, so that moto's reset clears it."""

    def __init__(
        self, access_key: str, secret_key: str, managed_policies: list[Path] | None = None, identifier: str = ACCOUNT_ID
    ) -> None:
        self.id = identifier
        self.access_key = access_key
        self.secret_key = secret_key
        # The current time for policies, if a test has set it
        self.clock: datetime | None = None
        self._documents = {path.stem: path.read_text(encoding="utf-8") for path in managed_policies or []}
        # The ~1,500 AWS managed policies are kept across resets: loading them is slow, and nobody can change them.
        data = json.loads(aws_managed_policies_data)
        self._aws_policies = [
            AWSManagedPolicy.from_data(name, identifier, PARTITION, policy) for name, policy in data.items()
        ]
        moto_api_backend.reset()
        self.fill()

    def beside(self, access_key: str, secret_key: str, identifier: str) -> Account:
        """Create another account in the same endpoint, with the same policies."""
        other = copy.copy(self)
        other.id, other.access_key, other.secret_key = identifier, access_key, secret_key
        # Each account has its own copies, because they count attachments.
        other._aws_policies = list(map(copy.copy, self._aws_policies))
        other.fill()
        return other

    @property
    def backend(self) -> t.Any:
        """moto's IAM back end."""
        return iam_backends[self.id][PARTITION]

    @property
    def sts(self) -> t.Any:
        """moto's STS back end."""
        return sts_backends[self.id][PARTITION]

    def knows(self, key_id: str) -> bool:
        """Return whether an access key belongs to a user or a role's session of this account."""
        return key_id in self.backend.access_keys or any(one.access_key_id == key_id for one in self.sts.assumed_roles)

    def reset(self, operator_policy: dict[str, t.Any] | None = None) -> None:
        """Replace the account by a new one with the same operator and policies, and remove all other accounts."""
        moto_api_backend.reset()
        self.fill(operator_policy)

    def fill(self, operator_policy: dict[str, t.Any] | None = None) -> None:
        """Create the contents of a new account in an empty one."""
        self.clock = None
        backend = self.backend
        for policy in self._aws_policies:
            policy.attachment_count = 0
        backend.aws_managed_policies = self._aws_policies
        backend.managed_policies = {policy.arn: policy for policy in self._aws_policies}
        for name, document in self._documents.items():
            backend.create_policy("", "/", document, name, [])
        user = backend.create_user(REGION, OPERATOR)
        user.put_policy("sandbox", json.dumps(operator_policy or ALLOW_EVERYTHING))
        key = user.create_access_key("AKIA")
        key.access_key_id, key.secret_access_key = self.access_key, self.secret_key
        backend.access_keys[key.access_key_id] = key

    def now(self) -> datetime:
        """Return the current time for the evaluation of policies."""
        return self.clock or datetime.now(tz=UTC)

    def quota(self, name: str) -> int:
        """Return the value of a quota."""
        return int(getattr(self.backend.account_summary, QUOTAS[name]))

    def set_quota(self, name: str, value: int) -> None:
        """Change a quota until the next reset."""
        if name not in QUOTAS:
            raise ValueError(f"unknown quota {name}; known are {', '.join(sorted(QUOTAS))}")
        setattr(self.backend.account_summary, QUOTAS[name], int(value))

    def check_quota(self, name: str, used: int) -> None:
        """Raise AWS's error if a quota is used up."""
        limit = self.quota(name)
        if used >= limit:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for {name}: {limit}")

    def user(self, name: str) -> t.Any:
        """Return moto's user, or raise AWS's error."""
        user = self.backend.users.get(name)
        if user is None:
            raise no_such_entity(f"The user with name {name} cannot be found.")
        return user

    def group(self, name: str) -> t.Any:
        """Return moto's group, or raise AWS's error."""
        group = self.backend.groups.get(name)
        if group is None:
            raise no_such_entity(f"The group with name {name} cannot be found.")
        return group

    def role(self, name: str) -> t.Any:
        """Return moto's role, or raise AWS's error."""
        role = next((role for role in self.backend.get_roles() if role.name == name), None)
        if role is None:
            raise no_such_entity(f"The role with name {name} cannot be found.")
        return role

    def instance_profile(self, name: str) -> t.Any:
        """Return moto's instance profile, or raise AWS's error."""
        profile = self.backend.instance_profiles.get(name)
        if profile is None:
            raise no_such_entity(f"Instance Profile {name} cannot be found.")
        return profile

    def boundary_usage(self) -> Counter[str]:
        """Count for each policy how many users and roles it is the boundary of."""
        bounded = (*self.backend.users.values(), *self.backend.get_roles())
        boundaries = (getattr(one, "permissions_boundary", None) for one in bounded)
        return Counter(boundary["PermissionsBoundaryArn"] for boundary in boundaries if boundary)

    def with_boundary_usage(self, policies: Iterable[t.Any]) -> list[t.Any]:
        """Set the usage as a boundary in these policies, for responses that contain it."""
        usage, noted = self.boundary_usage(), list(policies)
        for policy in noted:
            policy.permissions_boundary_usage_count = usage[policy.arn]
        return noted

    def policy(self, arn: str) -> t.Any:
        """Return moto's managed policy, or None if it does not exist."""
        return self.backend.managed_policies.get(arn)

    def tags(self, user: t.Any) -> dict[str, str]:
        """Return the tags of a user."""
        return dict(self.backend.tagger.get_tag_dict_for_resource(user.arn))
