# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An account, a user as wanted and as observed: what the tests change one thing of at a time."""

from __future__ import annotations

import typing as t

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.password import PasswordPolicy
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import (
    AccessKey,
    Account,
    ObservedUser,
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


def an_observed_user(*keys: AccessKey, **changes: t.Any) -> ObservedUser:
    """The user that C(a_wanted_user) asks for, as AWS has it when all is done, with these keys."""
    values: dict[str, t.Any] = {
        "name": "anna",
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/anna",
        "path": "/",
        "create_date": SINCE,
        "tags": OURS | {key.id: key.description for key in keys if key.description},
        "permissions_boundary": None,
        "attached_policies": (FULL, AMPLIFY),
        "login_profile": SINCE,
        "password_reset_required": False,
        "access_keys": keys,
    }
    return ObservedUser(**(values | changes))


SAVED = OnFile(password=True, access_key_id="AKIASAVED")
