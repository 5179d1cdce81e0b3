# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Managed policies and permissions boundaries."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import POLICY_ARN, POLICY_NAME, READ_ONLY, Aws, allow, document, refused

OTHER_ACCOUNT = "arn:aws:iam::210987654321:policy/Workshop"


def test_the_account_has_aws_policies_and_its_own(aws: Aws) -> None:
    pages = aws.iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 1000})
    names = {policy["PolicyName"] for page in pages for policy in page["Policies"]}
    assert len(names) > 1300
    assert {"IAMUserChangePassword", "AdministratorAccess"} <= names
    (own,) = aws.iam.list_policies(Scope="Local")["Policies"]
    assert (own["PolicyName"], own["Arn"], own["AttachmentCount"]) == (POLICY_NAME, POLICY_ARN, 0)
    version = aws.iam.get_policy_version(PolicyArn=POLICY_ARN, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"] == [allow("s3:*")]


def test_a_reset_brings_the_policies_back(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    aws.iam.delete_policy(PolicyArn=POLICY_ARN)
    aws.sandbox.reset()
    aws.iam.get_policy(PolicyArn=POLICY_ARN)
    assert aws.iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["AttachmentCount"] == 0


def test_attaching_twice_is_once(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    for _unused in range(2):
        aws.iam.attach_user_policy(UserName="alice", PolicyArn=POLICY_ARN)
    assert aws.iam.list_attached_user_policies(UserName="alice")["AttachedPolicies"] == [
        {"PolicyName": POLICY_NAME, "PolicyArn": POLICY_ARN}
    ]
    assert aws.iam.list_policies(OnlyAttached=True)["Policies"][0]["AttachmentCount"] == 1
    aws.iam.detach_user_policy(UserName="alice", PolicyArn=POLICY_ARN)
    assert aws.iam.list_policies(OnlyAttached=True)["Policies"] == []


@pytest.mark.parametrize("arn", ["arn:aws:iam::aws:policy/NoSuchPolicy", OTHER_ACCOUNT, f"{POLICY_ARN}x"])
def test_an_unknown_policy(aws: Aws, arn: str) -> None:
    aws.iam.create_user(UserName="alice")
    message = refused("NoSuchEntity", 404, aws.iam.attach_user_policy, UserName="alice", PolicyArn=arn)
    assert message == f"Policy {arn} does not exist or is not attachable."
    message = refused("NoSuchEntity", 404, aws.iam.detach_user_policy, UserName="alice", PolicyArn=arn)
    assert message == f"Policy {arn} was not found."


def test_an_arn_that_is_none(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    arn = "this-is-not-an-arn-of-a-policy"
    message = refused("InvalidInput", 400, aws.iam.attach_user_policy, UserName="alice", PolicyArn=arn)
    assert message == f"ARN {arn} is not valid."


def test_a_policy_that_is_not_attached(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    refused("NoSuchEntity", 404, aws.iam.detach_user_policy, UserName="alice", PolicyArn=POLICY_ARN)


def test_policy_names_are_unique(aws: Aws) -> None:
    text = document(allow("s3:*"))
    for name in (POLICY_NAME, POLICY_NAME.upper()):
        message = refused(
            "EntityAlreadyExists", 409, aws.iam.create_policy, PolicyName=name, Path="/x/", PolicyDocument=text
        )
        assert message == f"A policy called {name} already exists. Duplicate names are not allowed."


def test_policies_are_not_too_large(aws: Aws) -> None:
    def sized(size: int) -> str:
        return document(*[allow("s3:" + "x" * 100)] * (size // 140 + 1))

    aws.iam.create_user(UserName="alice")
    message = refused("LimitExceeded", 409, aws.iam.create_policy, PolicyName="Large", PolicyDocument=sized(6144))
    assert message == "Cannot exceed quota for PolicySize: 6144"
    inline = {"UserName": "alice", "PolicyDocument": sized(1024)}
    aws.iam.put_user_policy(**inline, PolicyName="one")
    aws.iam.put_user_policy(**inline, PolicyName="one")
    message = refused("LimitExceeded", 409, aws.iam.put_user_policy, **inline, PolicyName="two")
    assert message == "Maximum policy size of 2048 bytes exceeded for user alice"


def test_only_so_many_policies(aws: Aws) -> None:
    aws.sandbox.quota(PoliciesPerAccount=1)
    refused("LimitExceeded", 409, aws.iam.create_policy, PolicyName="p", PolicyDocument=document(allow("s3:*")))


def test_a_policy_in_use_stays(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice", PermissionsBoundary=POLICY_ARN)
    aws.iam.attach_user_policy(UserName="alice", PolicyArn=POLICY_ARN)
    sentence = "Cannot delete a policy attached to entities."
    assert refused("DeleteConflict", 409, aws.iam.delete_policy, PolicyArn=POLICY_ARN) == sentence
    aws.iam.detach_user_policy(UserName="alice", PolicyArn=POLICY_ARN)
    assert refused("DeleteConflict", 409, aws.iam.delete_policy, PolicyArn=POLICY_ARN) == sentence
    assert aws.iam.get_policy(PolicyArn=POLICY_ARN)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    aws.iam.delete_user(UserName="alice")
    aws.iam.create_policy_version(PolicyArn=POLICY_ARN, PolicyDocument=document(allow("s3:Get*")))
    assert "more than one version" in refused("DeleteConflict", 409, aws.iam.delete_policy, PolicyArn=POLICY_ARN)
    aws.iam.delete_policy_version(PolicyArn=POLICY_ARN, VersionId="v2")
    aws.iam.delete_policy(PolicyArn=POLICY_ARN)
    refused("NoSuchEntity", 404, aws.iam.delete_policy, PolicyArn=POLICY_ARN)


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("delete_policy", {}),
        ("create_policy_version", {"PolicyDocument": document(allow("s3:*"))}),
        ("set_default_policy_version", {"VersionId": "v1"}),
        ("delete_policy_version", {"VersionId": "v1"}),
    ],
)
def test_nobody_changes_an_aws_policy(aws: Aws, call: str, parameters: dict[str, t.Any]) -> None:
    refused("AccessDenied", 403, getattr(aws.iam, call), PolicyArn=READ_ONLY, **parameters)


# Permissions boundaries ------------------------------------------------------------------------------------------


def boundary_of(user: dict[str, t.Any]) -> str | None:
    """The boundary that an answer shows."""
    boundary = user.get("PermissionsBoundary")
    return boundary["PermissionsBoundaryArn"] if boundary else None


def test_a_boundary_from_the_start(aws: Aws) -> None:
    created = aws.iam.create_user(UserName="alice", PermissionsBoundary=POLICY_ARN)["User"]
    assert boundary_of(created) == POLICY_ARN
    assert created["PermissionsBoundary"]["PermissionsBoundaryType"] == "PermissionsBoundaryPolicy"


def test_a_boundary_is_shown_where_aws_shows_it(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    assert boundary_of(aws.iam.get_user(UserName="alice")["User"]) is None
    aws.iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=READ_ONLY)
    assert boundary_of(aws.iam.get_user(UserName="alice")["User"]) == READ_ONLY
    details = aws.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    assert [boundary_of(user) for user in details] == [None, READ_ONLY]
    assert [boundary_of(user) for user in aws.iam.list_users()["Users"]] == [None, None]
    aws.iam.delete_user_permissions_boundary(UserName="alice")
    assert boundary_of(aws.iam.get_user(UserName="alice")["User"]) is None
    refused("NoSuchEntity", 404, aws.iam.delete_user_permissions_boundary, UserName="alice")


def test_a_boundary_must_exist(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    for arn in (f"{POLICY_ARN}x", OTHER_ACCOUNT):
        message = refused("NoSuchEntity", 404, aws.iam.create_user, UserName="bob", PermissionsBoundary=arn)
        assert message == f"Scope ARN: {arn} does not exist or is not attachable."
        put = aws.iam.put_user_permissions_boundary
        refused("NoSuchEntity", 404, put, UserName="alice", PermissionsBoundary=arn)
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="bob")
