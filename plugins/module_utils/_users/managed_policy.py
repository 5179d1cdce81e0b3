# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Managed policies: find the ARNs that AWS needs for the names that people write."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping

# "IAM identifiers" in the IAM User Guide: arn:partition:iam::account-or-aws:policy/path/name
_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}|aws):policy/(?:[\u0021-\u007f]+/)?(?P<name>[\w+=,.@-]{1,128})"
)


# The AWS managed policy that "aws login" needs ("Login for AWS local development using console credentials", AWS CLI
# User Guide)
CLI_SIGN_IN = "SignInLocalDevelopmentAccess"
# The policies that the role creates on request; the role has the same list, and files/policies/ their documents.
OF_ROLE = ("AIInvoiceScannerFullPolicy", "AIInvoiceScannerPermissionsBoundary", "AmplifyAdminPolicy")


def is_arn(policy: str) -> bool:
    """Return whether C(policy) is meant to be an ARN, not a name."""
    return policy.startswith("arn:")


def name_of(policy: str) -> str:
    """Return the name of a policy given by name or ARN."""
    return policy.rsplit("/", 1)[-1]


def customer_managed_arn(partition: str, account_id: str, name: str) -> str:
    """Build the ARN of a customer-managed policy that is created without a path."""
    return f"arn:{partition}:iam::{account_id}:policy/{name}"


def arn_problem(arn: str, account_id: str, partition: str) -> str | None:
    """Return one sentence saying why C(arn) cannot be attached in this account, or None."""
    match = _ARN.fullmatch(arn)
    if match is None:
        reads = customer_managed_arn(partition, account_id, "NAME")
        return f"{arn!r} is not the ARN of a managed policy; it reads like {reads}"
    if match["partition"] != partition:
        of_theirs = f"arn:{partition}:{arn.split(':', 2)[2]}"
        return (
            f"the policy {arn!r} is in partition {match['partition']}, but the users are in {partition}; "
            f"did you mean {of_theirs}?"
        )
    if match["account"] not in (account_id, "aws"):
        owner = match["account"]
        return f"the policy {arn!r} belongs to account {owner}, but the users to {account_id}; use one of this account"
    return None


def resolve(
    policy: str, known: Mapping[str, str], account_id: str, partition: str = "aws"
) -> tuple[str | None, str | None]:
    """Find the ARN of a policy given by name or ARN.

    C(known) maps names of policies to ARNs; a customer-managed policy hides an AWS managed one of the same name.
    Returns (ARN, None), or (None, problem in one sentence).
    """
    if is_arn(policy):
        problem = arn_problem(policy, account_id, partition)
        if problem is None and policy not in known.values():
            problem = f"there is no policy {policy!r}; check the ARN"
        return (None, problem) if problem else (policy, None)
    if policy not in known:
        problem = f"there is no managed policy {policy!r} in account {account_id}; create it or correct the name"
        if policy in OF_ROLE:
            problem += ", or run the playbook setup or class with invoice_iam_user_create_policies=true"
        return None, problem
    return known[policy], None
