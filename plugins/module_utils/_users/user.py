# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""An IAM user of a workshop: as wanted, as observed in AWS, and what is on file for it. Plain values, no I/O."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import expiry as _expiry
from . import tag as _tag
from .password import PasswordPolicy

if t.TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class WantedUser:
    """What the inventory asks for. Policies may be names or ARNs; see C(_managed_policy.resolve)."""

    name: str
    console_password: str | None = field(default=None, repr=False)
    password_reset_required: bool = False
    update_password: str = "on_create"
    managed_policies: tuple[str, ...] = ()
    purge_policies: bool = False
    permissions_boundary: str | None = None
    path: str = "/"
    tags: Mapping[str, str] = field(default_factory=dict)
    access_key_description: str = ""
    lost_secret: str = "keep"
    adopt_existing: bool = False
    # The last day, as in 2026-12-31; empty where none was given
    expires: str = ""

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags that were asked for, the last day among them, and the one that says whose user this is."""
        last_day = {_expiry.TAG_KEY: self.expires} if self.expires else {}
        return {**self.tags, **last_day, _tag.OWNERSHIP_KEY: _tag.OWNERSHIP_VALUE}


@dataclass(frozen=True)
class AccessKey:
    """One access key of a user; its description is a tag of the user."""

    id: str
    status: str
    create_date: str
    description: str | None = None

    @property
    def active(self) -> bool:
        """Whether AWS accepts the key."""
        return self.status == "Active"


@dataclass(frozen=True)
class ObservedUser:
    """An IAM user as AWS has it."""

    name: str
    arn: str
    path: str
    create_date: str
    tags: Mapping[str, str]
    permissions_boundary: str | None
    attached_policies: tuple[str, ...]
    # The date of the login profile; None where sign-in to the console is not enabled.
    login_profile: str | None
    password_reset_required: bool
    access_keys: tuple[AccessKey, ...]
    # Names of what this collection does not make; known where it was asked for
    inline_policies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    mfa_devices: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """Whether the user carries the tag of this collection."""
        return _tag.is_ours(self.tags)


@dataclass(frozen=True)
class Proof:
    """What AWS said to a key: whose it is, or why it is refused."""

    arn: str | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Account:
    """What the whole class shares: the account, its password policy, its quotas and its managed policies."""

    id: str
    partition: str
    alias: str | None
    sign_in_url: str
    password_policy: PasswordPolicy
    # AccountSummary of GetAccountSummary: Users, UsersQuota, AttachedPoliciesPerUserQuota, AccessKeysPerUserQuota ...
    summary: Mapping[str, int]
    # Name to ARN; customer-managed policies hide AWS's own of the same name.
    managed_policies: Mapping[str, str]
