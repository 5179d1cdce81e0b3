# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""An IAM user of a workshop, both as wanted and as it is in AWS, and the account. Plain values, no I/O."""

from __future__ import annotations

import datetime
import functools
import typing as t
from dataclasses import dataclass, field

from . import expiry as _expiry
from . import tag as _tag
from .belonging import ACCESS_KEYS, LOGIN_PROFILE, MANAGED_POLICIES, PERMISSIONS_BOUNDARY
from .password import PasswordPolicy

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .belonging import Belonging, Kind
    from .hours import Hours


@dataclass(frozen=True)
class WantedUser:
    """A user as the inventory wants it. Policies may be names or ARNs; see C(managed_policy.resolve)."""

    name: str
    console_password: str | None = field(default=None, repr=False)
    password_reset_required: bool = False
    update_password: str = "on_create"
    managed_policies: tuple[str, ...] = ()
    purge_policies: bool = False
    permissions_boundary: str | None = None
    path: str = "/"
    # All tags have values: a tag without one has been refused before.
    tags: Mapping[str, str] = field(default_factory=dict)
    # The class that the user belongs to; empty if there is none
    class_name: str = ""
    access_key_description: str = ""
    lost_secret: str = "keep"
    # Whether the user should have an access key, and whether to delete an existing one that is not wanted
    access_key: bool = True
    delete_access_key: bool = False
    # Whether the user signs in to the AWS CLI with the console password
    cli_sign_in: bool = False
    adopt_existing: bool = False
    # Whether to restore a user's access that was revoked
    restore_access: bool = False
    # The last day, as in 2026-12-31; empty if none was given
    expires: str = ""
    # The person's name and address, for the class sheet
    display_name: str = ""
    email: str = ""
    # When the class is open; None if that was not given, or is invalid
    hours: Hours | None = None
    hours_problems: tuple[str, ...] = ()
    # The time zone in which the hours are told
    zone: datetime.tzinfo = datetime.UTC

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags that were asked for, and those for the last day, the class and the ownership."""
        last_day = {_expiry.TAG_KEY: self.expires} if self.expires else {}
        of_class = {_tag.CLASS_KEY: self.class_name} if self.class_name else {}
        return {**self.tags, **last_day, **of_class, _tag.OWNERSHIP_KEY: _tag.OWNERSHIP_VALUE}


@dataclass(frozen=True)
class AccessKey:
    """One access key of a user. Its description is a tag of the user."""

    id: str
    status: str
    create_date: str
    description: str | None = None

    @property
    def active(self) -> bool:
        """Whether AWS accepts the key."""
        return self.status == "Active"


@dataclass(frozen=True)
class User:
    """An IAM user as it is in AWS, with those kinds of its belongings that were read."""

    name: str
    arn: str
    # Unlike the name, AWS never reuses it
    id: str
    path: str
    create_date: str
    tags: Mapping[str, str]
    belongings: tuple[Belonging, ...] = ()

    @classmethod
    def read(cls, said: Mapping[str, t.Any], belongings: Iterable[Belonging] = ()) -> User:
        """Build a user from AWS's response: C(said) is a user of GetUser or GetAccountAuthorizationDetails."""
        return cls(
            name=said["UserName"],
            arn=said["Arn"],
            id=said["UserId"],
            path=said["Path"],
            create_date=said["CreateDate"].isoformat(),
            tags={tag["Key"]: tag["Value"] for tag in said.get("Tags", [])},
            belongings=tuple(belongings),
        )

    @property
    def account_id(self) -> str:
        """The account that the user is in, as its ARN names it."""
        return self.arn.split(":")[4]

    @property
    def ours(self) -> bool:
        """Whether the user has the ownership tag of this collection."""
        return _tag.is_ours(self.tags)

    @property
    def class_name(self) -> str:
        """The class that the user belongs to; empty if there is none."""
        return self.tags.get(_tag.CLASS_KEY, "") if self.ours else ""

    @property
    def revoked(self) -> str:
        """The day on which the user's access was revoked on purpose; empty if it was not."""
        return self.tags.get(_tag.REVOKED_KEY, "") if self.ours else ""

    def all(self, kind: Kind) -> list[Belonging]:
        """List everything of one kind that the user has."""
        return [one for one in self.belongings if one.kind is kind]

    def ids(self, kind: Kind) -> list[str]:
        """List the IDs of everything of one kind that the user has."""
        return [one.id for one in self.all(kind)]

    @functools.cached_property
    def access_keys(self) -> tuple[AccessKey, ...]:
        """The access keys, oldest first."""
        keys = [
            AccessKey(one.id, one.said["Status"], one.said["CreateDate"].isoformat(), self.tags.get(one.id))
            for one in self.all(ACCESS_KEYS)
        ]
        return tuple(sorted(keys, key=lambda key: key.create_date))

    @property
    def attached_policies(self) -> tuple[str, ...]:
        """ARNs of the managed policies."""
        return tuple(self.ids(MANAGED_POLICIES))

    @property
    def permissions_boundary(self) -> str | None:
        """ARN of the permissions boundary."""
        return next(iter(self.ids(PERMISSIONS_BOUNDARY)), None)

    @property
    def signs_in(self) -> bool:
        """Whether console sign-in is enabled."""
        return bool(self.all(LOGIN_PROFILE))

    @property
    def password_reset_required(self) -> bool:
        """Whether the password has to be changed at the next sign-in."""
        return any(one.said.get("PasswordResetRequired") for one in self.all(LOGIN_PROFILE))


@dataclass(frozen=True)
class Proof:
    """What AWS replied to an access key: the ARN of its user, or why AWS refused it."""

    arn: str | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Account:
    """What all users share: the account, its password policy, its quotas and its managed policies."""

    id: str
    partition: str
    alias: str | None
    sign_in_url: str
    password_policy: PasswordPolicy
    # AccountSummary of GetAccountSummary: Users, UsersQuota, AttachedPoliciesPerUserQuota, AccessKeysPerUserQuota ...
    summary: Mapping[str, int]
    # Name to ARN; a customer-managed policy hides an AWS managed one of the same name.
    managed_policies: Mapping[str, str]
