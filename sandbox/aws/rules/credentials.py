# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Access keys and service-specific credentials."""

from __future__ import annotations

from ..errors import AwsError, no_such_entity
from ..request import Request

# "CreateServiceSpecificCredential" in the IAM API Reference
_SERVICES = frozenset({"bedrock.amazonaws.com", "cassandra.amazonaws.com", "codecommit.amazonaws.com"})


def keys_quota_is_kept(request: Request) -> None:
    """Allow two access keys a user, active or not ("IAM and AWS STS quotas", IAM User Guide)."""
    request.account.check_quota("AccessKeysPerUser", len(request.user.access_keys))


def key_is_theirs(request: Request) -> None:
    """Check that the key belongs to the user in the call."""
    key = request.account.backend.access_keys.get(request.get("AccessKeyId"))
    if key is None or key.user_name != request.user.name:
        raise no_such_entity(f"The Access Key with id {request.get('AccessKeyId')} cannot be found.")


def key_is_known(request: Request) -> None:
    """Deny access to keys that the account does not have (any more), as GetAccessKeyLastUsed does."""
    key_id = request.get("AccessKeyId")
    if key_id not in request.account.backend.access_keys:
        what = f"iam:GetAccessKeyLastUsed on resource: access key {key_id}"
        raise AwsError("AccessDenied", f"User: {request.caller.arn} is not authorized to perform {what}")


def service_is_supported(request: Request) -> None:
    """Check that the service supports service-specific credentials."""
    service = request.get("ServiceName")
    if service is not None and service not in _SERVICES:
        raise no_such_entity(f"No such service {service} is supported for Service Specific Credentials")
