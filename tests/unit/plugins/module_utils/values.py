# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An account, a user as wanted and as AWS has it: what the tests change one thing of at a time."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import (
    ACCESS_KEYS,
    KINDS,
    LOGIN_PROFILE,
    MANAGED_POLICIES,
    PERMISSIONS_BOUNDARY,
    Belonging,
    belongings,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.password import PasswordPolicy
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import (
    AccessKey,
    Account,
    User,
    WantedUser,
)

ACCOUNT_ID = "123456789012"
URL = f"https://{ACCOUNT_ID}.signin.aws.amazon.com/console"
DESCRIPTION = "AI Invoice Scanner Project"
OURS = {"managed-by": "invoice_scanner.iam"}
FULL = f"arn:aws:iam::{ACCOUNT_ID}:policy/AIInvoiceScannerFullPolicy"
AMPLIFY = f"arn:aws:iam::{ACCOUNT_ID}:policy/AmplifyAdminPolicy"
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/AIInvoiceScannerPermissionsBoundary"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POLICIES = {arn.rsplit("/", 1)[-1]: arn for arn in (FULL, AMPLIFY, BOUNDARY, READ_ONLY)}
SINCE = "2026-01-02T03:04:05+00:00"
DATE = datetime.datetime.fromisoformat(SINCE)


def an_account(**changes: t.Any) -> Account:
    """An account as it comes, with the workshop's policies in it."""
    values: dict[str, t.Any] = {
        "id": ACCOUNT_ID,
        "partition": "aws",
        "alias": None,
        "sign_in_url": URL,
        "password_policy": PasswordPolicy(),
        "summary": {"Users": 7, "UsersQuota": 5000, "AttachedPoliciesPerUserQuota": 10, "AccessKeysPerUserQuota": 2},
        "managed_policies": POLICIES,
    }
    return Account(**(values | changes))


def a_wanted_user(**changes: t.Any) -> WantedUser:
    """What an inventory asks for that sets nothing but a name."""
    values: dict[str, t.Any] = {
        "name": "anna",
        "managed_policies": ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy"),
        "access_key_description": DESCRIPTION,
    }
    return WantedUser(**(values | changes))


def a_key(key_id: str = "AKIASAVED", description: str | None = DESCRIPTION, status: str = "Active") -> AccessKey:
    """An access key; ours, unless its description says otherwise."""
    return AccessKey(key_id, status, SINCE, description)


def an_observed_user(*keys: AccessKey, tags: dict[str, str] = OURS, **changes: t.Any) -> User:
    """The user that C(a_wanted_user) asks for, as AWS has it when all is done, with these keys.

    What else hangs on it is named by its kind: C(groups=["students"]). The descriptions of keys are added to the tags.
    """
    values: dict[str, t.Any] = {
        "name": "anna",
        "path": "/",
        "permissions_boundary": None,
        "attached_policies": (FULL, AMPLIFY),
        "login_profile": SINCE,
        "password_reset_required": False,
        **changes,
    }
    said = {
        "UserName": values.pop("name"),
        "Arn": values.pop("arn", f"arn:aws:iam::{ACCOUNT_ID}:user/anna"),
        "UserId": values.pop("id", "AIDAANNA"),
        "Path": values.pop("path"),
        "CreateDate": DATE,
        "Tags": [
            {"Key": key, "Value": value}
            for key, value in (tags | {key.id: key.description for key in keys if key.description}).items()
        ],
    }
    return User.read(said, _belongings(keys, values))


def _belongings(keys: tuple[AccessKey, ...], values: dict[str, t.Any]) -> list[Belonging]:
    """Build what hangs on a user, in the order in which AWS is asked for it."""
    profile = {"CreateDate": DATE, "PasswordResetRequired": values.pop("password_reset_required")}
    boundary = values.pop("permissions_boundary")
    listed: dict[str, t.Any] = {
        LOGIN_PROFILE.name: [profile] if values.pop("login_profile") else [],
        ACCESS_KEYS.name: [
            {
                "AccessKeyId": key.id,
                "Status": key.status,
                "CreateDate": datetime.datetime.fromisoformat(key.create_date),
            }
            for key in keys
        ],
        MANAGED_POLICIES.name: values.pop("attached_policies"),
        PERMISSIONS_BOUNDARY.name: [boundary] if boundary else [],
        **values,
    }
    unknown = listed.keys() - {kind.name for kind in KINDS}
    assert not unknown, f"no user has {unknown}"
    return [one for kind in KINDS for one in belongings(kind, listed.get(kind.name, []))]


SAVED = OnFile(password=True, access_key_id="AKIASAVED")
