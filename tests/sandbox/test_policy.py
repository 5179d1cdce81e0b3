# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Policy evaluation, as a table."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox.aws.policy import Verdict, judge

ARN = "arn:aws:iam::123456789012:user/alice"
ALLOW: dict[str, t.Any] = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}
CONTEXT = {
    "aws:username": ["alice"],
    "aws:tagkeys": ["a", "b"],
    "aws:securetransport": ["false"],
    "aws:currenttime": ["2026-03-02T09:00:00+00:00"],
}


def when(operator: str, key: str, value: t.Any) -> dict[str, t.Any]:
    """The statement with one condition."""
    return {**ALLOW, "Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        (ALLOW, Verdict.ALLOWED),
        ({**ALLOW, "Effect": "Deny"}, Verdict.DENIED),
        ({**ALLOW, "Action": "IAM:get*"}, Verdict.ALLOWED),
        ({**ALLOW, "Action": ["s3:*", "iam:GetUse?"]}, Verdict.ALLOWED),
        ({**ALLOW, "Action": "iam:GetUse"}, Verdict.SILENT),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, Verdict.SILENT),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, Verdict.ALLOWED),
        ({**ALLOW, "Resource": "arn:aws:iam::*:user/*"}, Verdict.ALLOWED),
        ({**ALLOW, "Resource": "arn:aws:iam::*:user/ALICE"}, Verdict.SILENT),
        ({**ALLOW, "Resource": "arn:aws:iam::*:user/${aws:username}"}, Verdict.ALLOWED),
        ({**ALLOW, "Resource": "arn:aws:iam::*:user/${aws:unknown}"}, Verdict.SILENT),
        ({"Effect": "Allow", "Action": "*", "NotResource": ARN}, Verdict.SILENT),
        (when("StringEquals", "aws:UserName", "alice"), Verdict.ALLOWED),
        (when("StringEquals", "aws:UserName", ["bob", "alice"]), Verdict.ALLOWED),
        (when("StringEquals", "aws:UserName", "Alice"), Verdict.SILENT),
        (when("StringEqualsIgnoreCase", "aws:UserName", "Alice"), Verdict.ALLOWED),
        (when("StringNotEquals", "aws:UserName", "alice"), Verdict.SILENT),
        (when("StringNotEquals", "aws:Nothing", "alice"), Verdict.ALLOWED),
        (when("StringLike", "aws:UserName", "al*"), Verdict.ALLOWED),
        (when("StringEquals", "aws:Nothing", "x"), Verdict.SILENT),
        (when("StringEqualsIfExists", "aws:Nothing", "x"), Verdict.ALLOWED),
        (when("Null", "aws:Nothing", "true"), Verdict.ALLOWED),
        (when("Null", "aws:UserName", True), Verdict.SILENT),
        (when("Bool", "aws:SecureTransport", False), Verdict.ALLOWED),
        (when("ForAllValues:StringEquals", "aws:TagKeys", ["a"]), Verdict.SILENT),
        (when("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b", "c"]), Verdict.ALLOWED),
        (when("ForAnyValue:StringEquals", "aws:TagKeys", ["a"]), Verdict.ALLOWED),
        (when("DateLessThan", "aws:CurrentTime", "2026-03-02T09:00:01Z"), Verdict.ALLOWED),
        (when("DateLessThan", "aws:CurrentTime", "2026-03-02T09:00:00Z"), Verdict.SILENT),
        (when("DateLessThan", "aws:CurrentTime", "2026-03-02T10:00:01+01:00"), Verdict.ALLOWED),
        (when("DateLessThanEquals", "aws:CurrentTime", "2026-03-02T09:00:00Z"), Verdict.ALLOWED),
        (when("DateGreaterThan", "aws:CurrentTime", "2026-03-02T09:00:00Z"), Verdict.SILENT),
        (when("DateGreaterThan", "aws:CurrentTime", "2026-03-02"), Verdict.ALLOWED),
        (when("DateGreaterThanEquals", "aws:CurrentTime", "2026-03-02T09:00:00Z"), Verdict.ALLOWED),
        (when("DateEquals", "aws:CurrentTime", "1772442000"), Verdict.ALLOWED),
        (when("DateNotEquals", "aws:CurrentTime", "2026-03-02T09:00:00Z"), Verdict.SILENT),
        (when("DateLessThan", "aws:UserName", "2026-03-02T09:00:00Z"), Verdict.SILENT),
        (when("DateLessThan", "aws:CurrentTime", "soon"), Verdict.SILENT),
        (when("NumericLessThan", "aws:UserName", "1"), Verdict.SILENT),
    ],
    ids=str,
)
def test_a_statement(statement: dict[str, t.Any], verdict: Verdict) -> None:
    assert judge([json.dumps({"Statement": statement})], "iam:GetUser", ARN, CONTEXT) is verdict


def test_a_deny_anywhere_wins() -> None:
    documents = [json.dumps({"Statement": [{**ALLOW, "Effect": effect}]}) for effect in ("Allow", "Deny", "Allow")]
    assert judge(documents, "iam:GetUser", ARN, {}) is Verdict.DENIED


def test_no_policy_says_nothing() -> None:
    assert judge([], "iam:GetUser", ARN, {}) is Verdict.SILENT
