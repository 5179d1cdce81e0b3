# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Groups, who is in them, and roles."""

from __future__ import annotations

from .conftest import Aws, document, refused


def members(aws: Aws) -> list[str]:
    """Who is in the class."""
    return [user["UserName"] for user in aws.iam.get_group(GroupName="class")["Users"]]


def test_who_is_not_in_a_group_can_be_removed(aws: Aws) -> None:
    aws.iam.create_group(GroupName="class")
    for name in ("alice", "bob"):
        aws.iam.create_user(UserName=name, Tags=[{"Key": "k", "Value": "v"}])
        aws.iam.add_user_to_group(GroupName="class", UserName=name)
    assert "Tags" not in aws.iam.get_group(GroupName="class")["Users"][0]
    for _unused in range(2):
        aws.iam.remove_user_from_group(GroupName="class", UserName="alice")
        assert members(aws) == ["bob"]


def test_an_unknown_group(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    for call in ("add_user_to_group", "remove_user_from_group"):
        message = refused("NoSuchEntity", 404, getattr(aws.iam, call), GroupName="none", UserName="alice")
        assert message == "The group with name none cannot be found."
        message = refused("NoSuchEntity", 404, getattr(aws.iam, call), GroupName="none", UserName="nobody")
        assert message == "The user with name nobody cannot be found."


def test_a_group_moves_and_is_renamed(aws: Aws) -> None:
    for name in ("class", "other"):
        aws.iam.create_group(GroupName=name)
    aws.iam.create_user(UserName="alice")
    aws.iam.add_user_to_group(GroupName="class", UserName="alice")
    aws.iam.update_group(GroupName="class", NewPath="/2026/")
    assert aws.iam.get_group(GroupName="class")["Group"]["Arn"].endswith(":group/2026/class")
    message = refused("EntityAlreadyExists", 409, aws.iam.update_group, GroupName="other", NewGroupName="Class")
    assert message == "Group with name Class already exists."
    refused("EntityAlreadyExists", 409, aws.iam.create_group, GroupName="CLASS")
    aws.iam.update_group(GroupName="class", NewGroupName="Class")
    aws.iam.update_group(GroupName="Class", NewGroupName="class", NewPath="/")
    assert members(aws) == ["alice"]
    assert aws.iam.get_group(GroupName="class")["Group"]["Path"] == "/"
    refused("NoSuchEntity", 404, aws.iam.get_group, GroupName="Class")


TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


def test_what_is_shown_of_a_role(aws: Aws) -> None:
    always = {"RoleName", "RoleId", "Path", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
    tags = [{"Key": "k", "Value": "v"}]
    made = aws.iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST, Tags=tags, Description="d")["Role"]
    assert set(made) == always | {"Tags"}
    shown = aws.iam.get_role(RoleName="role")["Role"]
    assert set(shown) == always | {"Tags", "Description", "MaxSessionDuration", "RoleLastUsed"}
    (listed,) = aws.iam.list_roles()["Roles"]
    assert set(listed) == always | {"Description", "MaxSessionDuration"}


def test_a_trust_policy_is_json(aws: Aws) -> None:
    wrong = '{"Version": "2012-10-17",}'
    aws.iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)
    for call, document_of in (
        (aws.iam.create_role, {"RoleName": "other", "AssumeRolePolicyDocument": wrong}),
        (aws.iam.update_assume_role_policy, {"RoleName": "role", "PolicyDocument": wrong}),
    ):
        message = refused("MalformedPolicyDocument", 400, call, **document_of)
        assert message == "This policy contains invalid Json"


def test_a_role_keeps_what_an_update_does_not_name(aws: Aws) -> None:
    aws.iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST, Description="d", MaxSessionDuration=7200)
    aws.iam.update_role(RoleName="role")
    role = aws.iam.get_role(RoleName="role")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("d", 7200)


def test_a_tag_of_a_role_replaces_one_in_another_case(aws: Aws) -> None:
    aws.iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)
    for key in ("team", "Team"):
        aws.iam.tag_role(RoleName="role", Tags=[{"Key": key, "Value": key}])
    assert aws.iam.list_role_tags(RoleName="role")["Tags"] == [{"Key": "Team", "Value": "Team"}]
    aws.iam.untag_role(RoleName="role", TagKeys=["TEAM"])
    assert aws.iam.list_role_tags(RoleName="role")["Tags"] == []


def test_an_unknown_role(aws: Aws) -> None:
    for call in ("get_role", "delete_role", "list_role_tags", "list_attached_role_policies"):
        message = refused("NoSuchEntity", 404, getattr(aws.iam, call), RoleName="none")
        assert message == "The role with name none cannot be found."


def test_instance_profiles(aws: Aws) -> None:
    aws.iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST, Description="d")
    made = aws.iam.create_instance_profile(InstanceProfileName="profile")["InstanceProfile"]
    assert "Tags" not in made
    named = {"InstanceProfileName": "profile", "RoleName": "role"}
    message = refused("NoSuchEntity", 404, aws.iam.remove_role_from_instance_profile, **named)
    assert message == "Role role in Instance Profile profile cannot be found."
    aws.iam.add_role_to_instance_profile(**named)
    shown = aws.iam.get_instance_profile(InstanceProfileName="profile")["InstanceProfile"]
    assert shown["Tags"] == []
    assert not {"Description", "MaxSessionDuration"} & set(shown["Roles"][0])
    (listed,) = aws.iam.list_instance_profiles_for_role(RoleName="role")["InstanceProfiles"]
    assert "Tags" not in listed
    message = refused("NoSuchEntity", 404, aws.iam.get_instance_profile, InstanceProfileName="none")
    assert message == "Instance Profile none cannot be found."
