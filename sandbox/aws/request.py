# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The request that rules and actions receive."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .access import Principal
from .account import Account
from .errors import AwsError

Answer = dict[str, t.Any]


@dataclass(frozen=True)
class Request:
    """A call that is authenticated and authorized."""

    service: str
    action: str
    parameters: dict[str, t.Any]
    account: Account
    caller: Principal
    region: str
    unseen: frozenset[str] = frozenset()  # ARNs of policies that are too new for this call

    def get(self, name: str, default: t.Any = None) -> t.Any:
        """Return a parameter."""
        return self.parameters.get(name, default)

    def flag(self, name: str) -> bool | None:
        """Return a Boolean parameter, or None if it was not sent."""
        value = self.get(name)
        return None if value is None else str(value).lower() == "true"

    @property
    def user_name(self) -> str:
        """The name of the user in the call, or else of the caller."""
        name = self.get("UserName")
        if name is None and self.caller.user is None:
            # The caller is a role.
            raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
        return str(name if name is not None else self.caller.user.name)

    @property
    def user(self) -> t.Any:
        """moto's user of that name."""
        return self.account.user(self.user_name)

    @property
    def group(self) -> t.Any:
        """moto's group with the name in the call."""
        return self.account.group(str(self.get("GroupName")))

    @property
    def role(self) -> t.Any:
        """moto's role with the name in the call."""
        return self.account.role(str(self.get("RoleName")))

    @property
    def holder(self) -> t.Any:
        """The group, role or user whose policies the call is about."""
        if self.get("GroupName"):
            return self.group
        return self.role if self.get("RoleName") else self.user

    @property
    def policy(self) -> t.Any:
        """moto's managed policy with the ARN in the call, or None."""
        return self.find_policy(str(self.get("PolicyArn")))

    def find_policy(self, arn: str) -> t.Any:
        """Return moto's managed policy, or None if it does not exist or is not visible yet."""
        return None if arn in self.unseen else self.account.policy(arn)
