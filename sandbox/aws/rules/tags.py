# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Tags. Source: "Rules for tagging in IAM and AWS STS", IAM User Guide."""

from __future__ import annotations

import typing as t

from ..errors import AwsError
from ..request import Request

if t.TYPE_CHECKING:
    from collections.abc import Iterable

TAGS_PER_USER = 50


def are_valid(request: Request) -> None:
    """Check that keys differ in more than their case and are not reserved, for users and roles."""
    _refuse_system_tags(request)
    if _repeats(tag["Key"].lower() for tag in request.get("Tags", [])):
        raise AwsError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def differ(request: Request) -> None:
    """Check that keys differ and are not reserved. Only for users and roles, case is ignored."""
    _refuse_system_tags(request)
    if _repeats(tag["Key"] for tag in request.get("Tags", [])):
        raise AwsError("InvalidInput", "Duplicate tag keys found.")


def _refuse_system_tags(request: Request) -> None:
    if any(tag["Key"].lower().startswith("aws:") for tag in request.get("Tags", [])):
        raise AwsError("InvalidInput", "Caller is an end user and not allowed to mutate system tags")


def _repeats(keys: Iterable[str]) -> bool:
    listed = list(keys)
    return len(listed) != len(set(listed))


def quota_is_kept(request: Request) -> None:
    """Allow 50 tags a user. Existing keys are replaced."""
    present = {key.lower() for key in request.account.tags(request.user)}
    wanted = present | {tag["Key"].lower() for tag in request.get("Tags", [])}
    if len(wanted) > TAGS_PER_USER:
        raise AwsError("LimitExceeded", f"The number of tags has reached the maximum limit of {TAGS_PER_USER}.")
