# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Managed policies and permissions boundaries."""

from __future__ import annotations

import json
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
    sentence = f"ARN {arn} is not valid."
    assert refused("ValidationError", 400, aws.iam.attach_user_policy, UserName="alice", PolicyArn=arn) == sentence
    put = aws.iam.put_user_permissions_boundary
    assert refused("InvalidInput", 400, put, UserName="alice", PermissionsBoundary=arn) == sentence


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
    ("call", "parameters", "what"),
    [
        ("delete_policy", {}, "delete policies"),
        ("create_policy_version", {"PolicyDocument": document(allow("s3:*"))}, "update policies"),
        ("set_default_policy_version", {"VersionId": "v1"}, "update policies"),
        ("delete_policy_version", {"VersionId": "v1"}, "delete policy versions for policies"),
        ("tag_policy", {"Tags": [{"Key": "k", "Value": "v"}]}, "update policies"),
    ],
)
def test_nobody_changes_an_aws_policy(aws: Aws, call: str, parameters: dict[str, t.Any], what: str) -> None:
    message = refused("AccessDenied", 403, getattr(aws.iam, call), PolicyArn=READ_ONLY, **parameters)
    assert message == f"Cannot {what} outside your own account."


# Versions ----------------------------------------------------------------------------------------------------------


def test_the_newest_version_comes_first_and_without_its_document(aws: Aws) -> None:
    for _unused in range(2):
        made = aws.iam.create_policy_version(PolicyArn=POLICY_ARN, PolicyDocument=document(allow("s3:Get*")))
        assert set(made["PolicyVersion"]) == {"VersionId", "IsDefaultVersion", "CreateDate"}
    versions = aws.iam.list_policy_versions(PolicyArn=POLICY_ARN)["Versions"]
    assert [(version["VersionId"], version["IsDefaultVersion"]) for version in versions] == [
        ("v3", False),
        ("v2", False),
        ("v1", True),
    ]
    assert {name for version in versions for name in version} == {"VersionId", "IsDefaultVersion", "CreateDate"}
    shown = aws.iam.get_policy_version(PolicyArn=POLICY_ARN, VersionId="v2")["PolicyVersion"]
    assert shown["Document"]["Statement"] == [allow("s3:Get*")]


def test_an_unknown_version(aws: Aws) -> None:
    for arn, version in ((POLICY_ARN, "v9"), (f"{POLICY_ARN}x", "v1")):
        for call in ("get_policy_version", "set_default_policy_version", "delete_policy_version"):
            message = refused("NoSuchEntity", 404, getattr(aws.iam, call), PolicyArn=arn, VersionId=version)
            assert message == f"Policy {arn} version {version} does not exist or is not attachable."


# Tags --------------------------------------------------------------------------------------------------------------


def test_tags_of_a_policy_may_differ_in_case(aws: Aws) -> None:
    tags = [{"Key": "Team", "Value": "1"}, {"Key": "team", "Value": "2"}]
    made = aws.iam.create_policy(PolicyName="Other", PolicyDocument=document(allow("s3:*")), Tags=tags, Description="d")
    arn = made["Policy"]["Arn"]
    assert made["Policy"]["Tags"] == tags
    assert "Description" not in made["Policy"]
    assert aws.iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "d"
    assert aws.iam.list_policy_tags(PolicyArn=arn)["Tags"] == tags
    aws.iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "TEAM", "Value": "3"}])
    aws.iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
    assert aws.iam.list_policy_tags(PolicyArn=arn)["Tags"] == [tags[0], {"Key": "TEAM", "Value": "3"}]
    assert refused("InvalidInput", 400, aws.iam.tag_policy, PolicyArn=arn, Tags=tags[:1] * 2) == (
        "Duplicate tag keys found."
    )
    message = refused("NoSuchEntity", 404, aws.iam.tag_policy, PolicyArn=f"{arn}x", Tags=tags)
    assert message == f"Policy {arn}x was not found."


# Who has a policy ----------------------------------------------------------------------------------------------------


def test_who_has_a_policy(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.create_group(GroupName="class")
    aws.iam.create_user(UserName="bob", PermissionsBoundary=POLICY_ARN)
    aws.iam.attach_user_policy(UserName="alice", PolicyArn=POLICY_ARN)
    aws.iam.attach_group_policy(GroupName="class", PolicyArn=POLICY_ARN)

    def entities(**filters: str) -> tuple[list[str], list[str]]:
        found = aws.iam.list_entities_for_policy(PolicyArn=POLICY_ARN, **filters)
        users = [user["UserName"] for user in found["PolicyUsers"]]
        return users, [group["GroupName"] for group in found["PolicyGroups"]]

    assert entities() == (["alice"], ["class"])
    assert entities(EntityFilter="Group") == ([], ["class"])
    assert entities(EntityFilter="LocalManagedPolicy") == ([], [])
    assert entities(PolicyUsageFilter="PermissionsBoundary") == (["bob"], [])
    unknown = f"{POLICY_ARN}x"
    message = refused("NoSuchEntity", 404, aws.iam.list_entities_for_policy, PolicyArn=unknown)
    assert message == f"Policy {unknown} does not exist or is not attachable."


def test_inline_policies_that_are_not_there(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.create_group(GroupName="class")
    for kind, owner in (("user", {"UserName": "alice"}), ("group", {"GroupName": "class"})):
        for verb in ("get", "delete"):
            call = getattr(aws.iam, f"{verb}_{kind}_policy")
            message = refused("NoSuchEntity", 404, call, PolicyName="none", **owner)
            assert message == f"The {kind} policy with name none cannot be found."


def test_a_document_comes_back_as_it_was(aws: Aws) -> None:
    policy = document({**allow("s3:*"), "Sid": "Percent", "Condition": {"StringEquals": {"aws:SourceArn": "a%3Ab c"}}})
    aws.iam.create_user(UserName="alice")
    aws.iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=policy)
    made = aws.iam.create_policy(PolicyName="Other", PolicyDocument=policy)["Policy"]["Arn"]
    (details,) = aws.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"][1:]
    documents = (
        aws.iam.get_user_policy(UserName="alice", PolicyName="p")["PolicyDocument"],
        details["UserPolicyList"][0]["PolicyDocument"],
        aws.iam.get_policy_version(PolicyArn=made, VersionId="v1")["PolicyVersion"]["Document"],
    )
    assert documents == (json.loads(policy),) * 3


# Permissions boundaries ------------------------------------------------------------------------------------------


def boundary_of(user: dict[str, t.Any]) -> str | None:
    """The boundary that an answer shows."""
    boundary = user.get("PermissionsBoundary")
    return boundary["PermissionsBoundaryArn"] if boundary else None


def test_a_boundary_from_the_start(aws: Aws) -> None:
    created = aws.iam.create_user(UserName="alice", PermissionsBoundary=POLICY_ARN)["User"]
    assert boundary_of(created) == POLICY_ARN
    assert created["PermissionsBoundary"]["PermissionsBoundaryType"] == "Policy"


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


TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


def test_everybody_whom_a_policy_bounds_is_counted(aws: Aws) -> None:
    def usage() -> list[int]:
        details = aws.iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
        listed = aws.iam.list_policies(Scope="Local")["Policies"]
        read = aws.iam.get_policy(PolicyArn=POLICY_ARN)["Policy"]
        return [policy["PermissionsBoundaryUsageCount"] for policy in (*details, *listed, read)]

    made = aws.iam.create_policy(PolicyName="Other", PolicyDocument=document(allow("s3:*")))["Policy"]
    assert made["PermissionsBoundaryUsageCount"] == 0
    aws.iam.delete_policy(PolicyArn=made["Arn"])
    assert usage() == [0, 0, 0]
    aws.iam.create_user(UserName="alice", PermissionsBoundary=POLICY_ARN)
    role = aws.iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=POLICY_ARN)["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryType"] == "Policy"
    assert usage() == [2, 2, 2]
    (bounding,) = aws.iam.list_policies(PolicyUsageFilter="PermissionsBoundary")["Policies"]
    assert bounding["Arn"] == POLICY_ARN
    aws.iam.delete_role_permissions_boundary(RoleName="r")
    aws.iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=READ_ONLY)
    assert usage() == [0, 0, 0]
