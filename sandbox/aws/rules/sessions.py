# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Check who may assume a role. In moto, everybody may assume any role, even one that does not exist."""

from __future__ import annotations

import json
import typing as t

from moto.iam.models import iam_backends

from ..errors import AwsError
from ..policy import Verdict, judge
from ..request import Request


def is_trusted(request: Request) -> None:
    """Check the role's trust policy ("AssumeRole", STS API Reference). A missing role gives the same error."""
    wanted, caller = str(request.get("RoleArn")), request.caller
    _arn, partition, _iam, _region, account, _name = wanted.split(":", 5)
    roles = iam_backends[account][partition].get_roles() if account.isdecimal() else []
    role = next((one for one in roles if one.arn == wanted), None)
    context = {"aws:principalarn": [caller.arn]}
    if request.get("ExternalId"):
        context["sts:externalid"] = [str(request.get("ExternalId"))]
    statements = json.loads(role.assume_role_policy_document)["Statement"] if role else []
    listed = statements if isinstance(statements, list) else [statements]
    meant = [{**one, "Resource": "*"} for one in listed if _is_meant(one.get("Principal"), caller.arn)]
    document = json.dumps({"Version": "2012-10-17", "Statement": meant})
    if judge([document], "sts:AssumeRole", wanted, context) is not Verdict.ALLOWED:
        message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {wanted}"
        raise AwsError("AccessDenied", message)
    longest = int(role.max_session_duration or 3600) if role else 0
    if int(request.get("DurationSeconds") or 0) > longest:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", message)


def _is_meant(principal: t.Any, arn: str) -> bool:
    """Return whether a statement's principal includes the caller: everybody, an account, or this user or session."""
    named = principal.get("AWS", []) if isinstance(principal, dict) else principal or []
    account = arn.split(":")[4]
    meant = {"*", arn, account, f"arn:{arn.split(':')[1]}:iam::{account}:root"}
    return not meant.isdisjoint([named] if isinstance(named, str) else named)
