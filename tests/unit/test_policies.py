# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The managed policies that the role ships, statement for statement."""

from __future__ import annotations

import fnmatch
import json
import re
import typing as t
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "roles" / "invoice_iam_user" / "files" / "policies"
FILES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.json"))}
BOUNDARY = "AIInvoiceScannerPermissionsBoundary"


def expand(service: str, actions: str) -> list[str]:
    return [f"{service}:{action}" for action in actions.split()]


DOCS = Path(__file__).resolve().parents[2] / "docs"
OF_OPERATOR = sorted(path.name for path in DOCS.glob("*_policy.json"))


@pytest.mark.parametrize("name", [*OF_OPERATOR, *FILES])
def test_a_policy_is_one_for_every_partition(name: str) -> None:
    """IAM refuses a policy whose ARNs name a partition other than the account's; AWS's own have the wildcard too."""
    assert len(OF_OPERATOR) == 4
    text = FILES.get(name) or (DOCS / name).read_text(encoding="utf-8")
    assert re.findall(r'"arn:(?!\*:)[^"]*"', text) == []


# The workshop's own table: Sid and actions, all allowed on every resource.
TABLE: dict[str, dict[str, list[str]]] = {
    "AIInvoiceScannerFullPolicy": {
        "S3FullAccess": ["s3:*"],
        "TextractFullAccess": ["textract:*"],
        "BedrockFullAccess": ["bedrock:*"],
        "LambdaFullAccess": ["lambda:*"],
        "LambdaBasicExecutionRole": expand("logs", "CreateLogGroup CreateLogStream PutLogEvents"),
        "DynamoDBFullAccess": ["dynamodb:*"],
        "APIGatewayAdmin": ["apigateway:*"],
        "CognitoPowerUser": ["cognito-idp:*", "cognito-sync:*", "cognito-identity:*"],
        "CloudWatchFullAccess": ["cloudwatch:*"],
        "AllowIAMAccessForLambdaSetup": expand(
            "iam",
            "DetachRolePolicy GetPolicy GetPolicyVersion GetRole ListRoles PassRole ListPolicies AttachRolePolicy "
            "ListRolePolicies ListAttachedRolePolicies PutRolePolicy GetRolePolicy ListInstanceProfilesForRole "
            "RemoveRoleFromInstanceProfile DeleteRole DeleteRolePolicy CreateRole TagRole UpdateRole",
        ),
        "AllowValidatePolicy": ["access-analyzer:ValidatePolicy"],
        "CloudWatchLogsFullAccess": expand(
            "logs", "DescribeLogGroups DescribeLogStreams GetLogEvents FilterLogEvents DeleteLogGroup"
        ),
        "AllowDynamoDBAutoScalingDescribe": expand(
            "application-autoscaling", "DescribeScalableTargets DescribeScalingPolicies"
        ),
        "AllowEC2VpcEndpointDescribe": ["ec2:DescribeVpcEndpoints"],
    },
    "AmplifyAdminPolicy": {
        "AmplifyAdminAccess": ["amplify:*"],
        "AmplifyHostingAccess": ["amplifybackend:*", "amplifyuibuilder:*"],
    },
}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def statements(name: str) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = json.loads(FILES[name])["Statement"]
    return found


def allowing(action: str) -> list[dict[str, t.Any]]:
    """Find the boundary's statements that allow an action; neither IAM nor we look at case."""
    return [
        statement
        for statement in statements(BOUNDARY)
        if any(fnmatch.fnmatchcase(action.lower(), one.lower()) for one in listed(statement["Action"]))
    ]


def test_these_are_all() -> None:
    assert set(FILES) == {*TABLE, BOUNDARY}


@pytest.mark.parametrize("name", TABLE)
def test_statement_for_statement_what_the_workshop_says(name: str) -> None:
    shipped = [
        (one["Sid"], listed(one["Action"]), one["Effect"], one["Resource"], set(one)) for one in statements(name)
    ]
    keys = {"Sid", "Action", "Effect", "Resource"}
    assert shipped == [(sid, actions, "Allow", "*", keys) for sid, actions in TABLE[name].items()]


@pytest.mark.parametrize("name", FILES)
def test_aws_takes_it(name: str) -> None:
    """Grammar of the IAM JSON policy language, as far as these policies use it."""

    def once(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
        assert len(dict(pairs)) == len(pairs), "a key stands twice"
        return dict(pairs)

    document = json.loads(FILES[name], object_pairs_hook=once)
    assert set(document) == {"Version", "Statement"}
    assert document["Version"] == "2012-10-17"
    sids = [one["Sid"] for one in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    for one in document["Statement"]:
        assert (
            {"Sid", "Effect", "Action", "Resource"} <= set(one) <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        )
        assert one["Effect"] in ("Allow", "Deny")
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*]+", action) for action in listed(one["Action"]))
        assert all(one == "*" or one.startswith("arn:") for one in listed(one["Resource"]))


@pytest.mark.parametrize("name", FILES)
def test_its_size_is_within_awss_limit(name: str) -> None:
    """6,144 characters for a managed policy, white space not counted (IAM and AWS STS quotas)."""
    assert 0 < len("".join(FILES[name].split())) <= 6144


# The boundary --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    sorted({action for policy in TABLE.values() for actions in policy.values() for action in actions}),
)
def test_the_boundary_leaves_what_the_workshop_needs(action: str) -> None:
    assert allowing(action)


@pytest.mark.parametrize(
    "action",
    [
        "cloudformation:CreateStack",
        "iam:ChangePassword",
        "iam:GetAccountPasswordPolicy",
        "signin:AuthorizeOAuth2Access",
        "signin:CreateOAuth2Token",
    ],
)
def test_the_boundary_leaves_what_a_later_step_needs(action: str) -> None:
    assert allowing(action)


@pytest.mark.parametrize(
    "action",
    [
        *expand(
            "iam",
            "CreateUser CreateAccessKey CreateLoginProfile UpdateLoginProfile AttachUserPolicy PutUserPolicy "
            "AddUserToGroup AttachGroupPolicy PutGroupPolicy CreatePolicy CreatePolicyVersion SetDefaultPolicyVersion "
            "UpdateAssumeRolePolicy PutRolePermissionsBoundary DeleteRolePermissionsBoundary "
            "DeleteUserPermissionsBoundary PutUserPermissionsBoundary CreateServiceSpecificCredential",
        ),
        "sts:AssumeRole",
        "organizations:LeaveOrganization",
        "ec2:RunInstances",
    ],
)
def test_the_boundary_leaves_no_way_to_become_administrator(action: str) -> None:
    assert allowing(action) == []


@pytest.mark.parametrize(
    ("action", "condition"),
    [
        ("iam:AttachRolePolicy", {"iam:PermissionsBoundary", "iam:PolicyARN"}),
        ("iam:PutRolePolicy", {"iam:PermissionsBoundary"}),
        ("iam:PassRole", {"iam:PassedToService"}),
    ],
)
def test_what_gives_a_role_its_power_is_allowed_under_a_condition_only(action: str, condition: set[str]) -> None:
    found = allowing(action)
    assert all(one.get("Condition") for one in found)
    assert {key for one in found for keys in one["Condition"].values() for key in keys} == condition


def test_the_boundary_is_the_one_that_new_roles_must_have() -> None:
    (required,) = allowing("iam:PutRolePolicy")
    (pattern,) = required["Condition"]["StringLike"].values()
    arn = f"arn:aws:iam::123456789012:policy/{BOUNDARY}"
    assert fnmatch.fnmatchcase(arn, pattern)
    assert not fnmatch.fnmatchcase(f"{arn}2", pattern)
