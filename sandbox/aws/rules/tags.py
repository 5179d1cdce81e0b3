# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Tags. Source: "Rules for tagging in IAM and AWS STS", IAM User Guide."""

from __future__ import annotations

from ..errors import AwsError
from ..request import Request

TAGS_PER_USER = 50


def are_valid(request: Request) -> None:
    """Keys differ by more than their case, and C(aws:) is reserved."""
    keys = [tag["Key"].lower() for tag in request.get("Tags", [])]
    if len(keys) != len(set(keys)):
        raise AwsError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith("aws:") for key in keys):
        raise AwsError("InvalidInput", "Caller is an end user and not allowed to mutate system tags")


def quota_is_kept(request: Request) -> None:
    """50 tags a user; a key that is there already is replaced."""
    present = {key.lower() for key in request.account.tags(request.user)}
    wanted = present | {tag["Key"].lower() for tag in request.get("Tags", [])}
    if len(wanted) > TAGS_PER_USER:
        raise AwsError("LimitExceeded", f"The number of tags has reached the maximum limit of {TAGS_PER_USER}.")
