# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Managed and inline policies, and permissions boundaries."""

from __future__ import annotations

import re

from ..account import PARTITION
from ..errors import AwsError, no_such_entity
from ..request import Request

_POLICY_ARN = re.compile(r"arn:[\w-]+:iam::(aws|\d{12}):policy/[\w+=,.@/-]+", re.ASCII)


def _refuse_malformed(arn: str, code: str) -> None:
    if not _POLICY_ARN.fullmatch(arn):
        raise AwsError(code, f"ARN {arn} is not valid.")


def is_attachable(request: Request) -> None:
    """Check that the policy exists in this account or is AWS's. Other accounts' policies count as unknown."""
    arn = str(request.get("PolicyArn"))
    _refuse_malformed(arn, "ValidationError")
    if request.policy is None:
        raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def is_attached(request: Request) -> None:
    """Check that the policy is attached."""
    arn = str(request.get("PolicyArn"))
    if arn not in request.holder.managed_policies:
        raise no_such_entity(f"Policy {arn} was not found.")


def quota_is_kept(request: Request) -> None:
    """Allow ten managed policies a user ("IAM and AWS STS quotas", IAM User Guide). Attaching one again is allowed."""
    if request.get("PolicyArn") not in request.user.managed_policies:
        request.account.check_quota("PoliciesPerUser", len(request.user.managed_policies))


def boundary_exists(request: Request) -> None:
    """Check that the boundary is an existing managed policy ("PutUserPermissionsBoundary", IAM API Reference)."""
    arn = request.get("PermissionsBoundary")
    if arn is None:
        return
    _refuse_malformed(arn, "InvalidInput")
    if request.find_policy(arn) is None:
        raise no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")


def name_is_free(request: Request) -> None:
    """Check that no policy of the account has this name, ignoring path and case ("CreatePolicy")."""
    name = str(request.get("PolicyName"))
    for policy in _customer_policies(request):
        if policy.lower() == name.lower():
            message = f"A policy called {name} already exists. Duplicate names are not allowed."
            raise AwsError("EntityAlreadyExists", message)


def account_quota_is_kept(request: Request) -> None:
    """Allow 1,500 customer managed policies an account ("IAM and AWS STS quotas")."""
    request.account.check_quota("PoliciesPerAccount", len(_customer_policies(request)))


def _customer_policies(request: Request) -> list[str]:
    backend = request.account.backend
    prefix = f"arn:{PARTITION}:iam::{request.account.id}:"
    return [policy.name for arn, policy in backend.managed_policies.items() if arn.startswith(prefix)]


# AWS's messages for actions on its own policies
_OUTSIDE = {
    "DeletePolicy": "Cannot delete policies outside your own account.",
    "DeletePolicyVersion": "Cannot delete policy versions for policies outside your own account.",
}


def is_our_own(request: Request) -> None:
    """Refuse to change an AWS managed policy."""
    if str(request.get("PolicyArn")).startswith(f"arn:{PARTITION}:iam::aws:"):
        message = _OUTSIDE.get(request.action, "Cannot update policies outside your own account.")
        raise AwsError("AccessDenied", message)


def exists(request: Request) -> None:
    """Check that the policy exists."""
    if request.policy is None:
        raise no_such_entity(f"Policy {request.get('PolicyArn')} was not found.")


def version_exists(request: Request) -> None:
    """Check that the policy has this version."""
    policy, version = request.policy, request.get("VersionId")
    if policy is None or version not in {one.version_id for one in policy.versions}:
        message = f"Policy {request.get('PolicyArn')} version {version} does not exist or is not attachable."
        raise no_such_entity(message)


def inline_exists(request: Request) -> None:
    """Check that the user, group or role has this inline policy."""
    name, kind = request.get("PolicyName"), type(request.holder).__name__.lower()
    if name not in request.holder.policies:
        raise no_such_entity(f"The {kind} policy with name {name} cannot be found.")


def _size(document: str) -> int:
    """Count the characters of a document without white space ("IAM and AWS STS quotas")."""
    return len("".join(document.split()))


def size_is_kept(request: Request) -> None:
    """Allow 6,144 characters a managed policy ("IAM and AWS STS quotas")."""
    limit = request.account.quota("PolicySize")
    if _size(str(request.get("PolicyDocument"))) > limit:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PolicySize: {limit}")


def inline_size_is_kept(request: Request) -> None:
    """Allow 2,048 characters for all inline policies of a user together ("IAM and AWS STS quotas")."""
    user, limit = request.user, request.account.quota("UserPolicySize")
    documents = {**user.policies, str(request.get("PolicyName")): str(request.get("PolicyDocument"))}
    if sum(map(_size, documents.values())) > limit:
        message = f"Maximum policy size of {limit} bytes exceeded for user {user.name}"
        raise AwsError("LimitExceeded", message)
