# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Actions and pages that moto lacks."""

from __future__ import annotations

import typing as t

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from .conftest import CODES, POLICY_ARN, POLICY_NAME, READ_ONLY, Aws, allow, document, refused

CODECOMMIT, BEDROCK = "codecommit.amazonaws.com", "bedrock.amazonaws.com"


def test_a_service_specific_credential(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    made = aws.iam.create_service_specific_credential(UserName="alice", ServiceName=CODECOMMIT)
    credential = made["ServiceSpecificCredential"]
    assert credential["ServiceUserName"] == "alice-at-123456789012"
    assert credential["ServicePassword"]
    assert credential["ServiceSpecificCredentialId"].startswith("ACCA")
    which = {"UserName": "alice", "ServiceSpecificCredentialId": credential["ServiceSpecificCredentialId"]}
    aws.iam.update_service_specific_credential(**which, Status="Inactive")
    (listed,) = aws.iam.list_service_specific_credentials(UserName="alice")["ServiceSpecificCredentials"]
    assert listed["Status"] == "Inactive"
    assert "ServicePassword" not in listed
    anew = aws.iam.reset_service_specific_credential(**which)["ServiceSpecificCredential"]
    assert anew["ServicePassword"] != credential["ServicePassword"]
    aws.iam.delete_service_specific_credential(**which)
    assert aws.iam.list_service_specific_credentials(UserName="alice")["ServiceSpecificCredentials"] == []
    refused("NoSuchEntity", 404, aws.iam.delete_service_specific_credential, **which)


def test_an_api_key_for_bedrock(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    made = aws.iam.create_service_specific_credential(UserName="alice", ServiceName=BEDROCK, CredentialAgeDays=5)
    credential = made["ServiceSpecificCredential"]
    assert credential["ServiceCredentialSecret"].startswith("ABSK")
    assert (credential["ExpirationDate"] - credential["CreateDate"]).days == 5


def test_the_names_of_two_credentials_differ(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")

    def create() -> dict[str, t.Any]:
        made = aws.iam.create_service_specific_credential(UserName="alice", ServiceName=CODECOMMIT)
        return t.cast("dict[str, t.Any]", made["ServiceSpecificCredential"])

    first, second = create(), create()
    assert second["ServiceUserName"] == "alice+1-at-123456789012"
    identifier = first["ServiceSpecificCredentialId"]
    aws.iam.delete_service_specific_credential(UserName="alice", ServiceSpecificCredentialId=identifier)
    assert create()["ServiceUserName"] == first["ServiceUserName"]


def test_two_credentials_a_service(aws: Aws) -> None:
    for name in ("alice", "bob"):
        aws.iam.create_user(UserName=name)
    create = aws.iam.create_service_specific_credential
    for _unused in range(2):
        create(UserName="alice", ServiceName=CODECOMMIT)
    create(UserName="alice", ServiceName=BEDROCK)
    create(UserName="bob", ServiceName=BEDROCK)
    refused("LimitExceeded", 409, create, UserName="alice", ServiceName=CODECOMMIT)
    listing = aws.iam.list_service_specific_credentials
    for call in (create, listing):
        message = refused("NoSuchEntity", 404, call, UserName="alice", ServiceName="s3.amazonaws.com")
        assert message == "No such service s3.amazonaws.com is supported for Service Specific Credentials"
    assert len(listing(UserName="alice")["ServiceSpecificCredentials"]) == 3
    assert len(listing(UserName="alice", ServiceName=BEDROCK)["ServiceSpecificCredentials"]) == 1
    assert len(listing(AllUsers=True)["ServiceSpecificCredentials"]) == 4


# Authorization details -------------------------------------------------------------------------------------------


def test_the_details_of_a_user(aws: Aws) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    aws.iam.create_user(UserName="alice", Path="/class/", Tags=tags, PermissionsBoundary=READ_ONLY)
    aws.iam.create_group(GroupName="class")
    aws.iam.add_user_to_group(GroupName="class", UserName="alice")
    aws.iam.attach_user_policy(UserName="alice", PolicyArn=POLICY_ARN)
    policy = document(allow("s3:*"))
    aws.iam.put_user_policy(UserName="alice", PolicyName="inline", PolicyDocument=policy)
    details = aws.iam.get_account_authorization_details(Filter=["User"])
    assert details["GroupDetailList"] == details["RoleDetailList"] == details["Policies"] == []
    assert details["IsTruncated"] is False
    user = next(user for user in details["UserDetailList"] if user["UserName"] == "alice")
    assert {name: value for name, value in user.items() if name not in {"CreateDate", "UserId"}} == {
        "UserName": "alice",
        "Path": "/class/",
        "Arn": "arn:aws:iam::123456789012:user/class/alice",
        "Tags": tags,
        "GroupList": ["class"],
        "AttachedManagedPolicies": [{"PolicyName": POLICY_NAME, "PolicyArn": POLICY_ARN}],
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": READ_ONLY,
        },
        "UserPolicyList": [
            {"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("s3:*")]}}
        ],
    }
    assert user["CreateDate"].microsecond == 0
    assert user["UserId"].startswith("AIDA")


def test_the_details_of_a_user_who_has_nothing(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    user = aws.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"][1]
    assert set(user) == {
        "UserName",
        "UserId",
        "Path",
        "Arn",
        "CreateDate",
        "Tags",
        "GroupList",
        "AttachedManagedPolicies",
    }
    assert user["Tags"] == user["GroupList"] == user["AttachedManagedPolicies"] == []


def test_the_details_of_everything_else(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.create_group(GroupName="class")
    aws.iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    trust = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    aws.iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust)
    details = aws.iam.get_account_authorization_details()
    assert [group["GroupName"] for group in details["GroupDetailList"]] == ["class"]
    assert [role["RoleName"] for role in details["RoleDetailList"]] == ["role"]
    assert {policy["Arn"] for policy in details["Policies"]} == {POLICY_ARN, READ_ONLY}
    local = aws.iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
    assert [(policy["PolicyName"], policy["Arn"]) for policy in local] == [(POLICY_NAME, POLICY_ARN)]
    assert local[0]["PolicyVersionList"][0]["Document"]["Statement"] == [allow("s3:*")]


# Pages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "member"), [("list_users", "Users"), ("get_account_authorization_details", "UserDetailList")]
)
def test_users_come_in_pages(aws: Aws, operation: str, member: str) -> None:
    names = [f"user{number}" for number in range(4)]
    for name in names:
        aws.iam.create_user(UserName=name)
    parameters = {"Filter": ["User"]} if member == "UserDetailList" else {}
    pages = list(aws.iam.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": 2}))
    assert [len(page[member]) for page in pages] == [2, 2, 1]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert [user["UserName"] for page in pages for user in page[member]] == ["sandbox-operator", *names]


def test_a_page_that_is_just_full_is_the_last(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    assert aws.iam.list_users(MaxItems=2)["IsTruncated"] is False


def test_users_below_a_path(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice", Path="/class/")
    users = aws.iam.list_users(PathPrefix="/class/")["Users"]
    assert [user["UserName"] for user in users] == ["alice"]
    assert "Tags" not in users[0]


def test_bad_pages(aws: Aws) -> None:
    for call in (aws.iam.list_users, aws.iam.list_virtual_mfa_devices, aws.iam.list_roles):
        assert refused("ValidationError", 400, call, Marker="nonsense") == "Invalid Marker."
    refused("ValidationError", 400, aws.iam.list_users, MaxItems=1001)


def test_every_list_about_a_user_has_pages(aws: Aws) -> None:
    iam = aws.iam
    iam.create_user(UserName="alice", Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(2)])
    for number in range(2):
        iam.create_access_key(UserName="alice")
        iam.create_group(GroupName=f"g{number}")
        iam.add_user_to_group(GroupName=f"g{number}", UserName="alice")
        iam.put_user_policy(UserName="alice", PolicyName=f"p{number}", PolicyDocument=document(allow("s3:*")))
        iam.create_service_specific_credential(UserName="alice", ServiceName=CODECOMMIT)
        iam.upload_ssh_public_key(UserName="alice", SSHPublicKeyBody=f"ssh-rsa AAAA{number}")
        serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"d{number}")["VirtualMFADevice"]["SerialNumber"]
        iam.enable_mfa_device(UserName="alice", SerialNumber=serial, **CODES)
    for arn in (POLICY_ARN, READ_ONLY):
        iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    lists = {
        "list_user_tags": "Tags",
        "list_access_keys": "AccessKeyMetadata",
        "list_groups_for_user": "Groups",
        "list_user_policies": "PolicyNames",
        "list_attached_user_policies": "AttachedPolicies",
        "list_service_specific_credentials": "ServiceSpecificCredentials",
        "list_ssh_public_keys": "SSHPublicKeys",
        "list_mfa_devices": "MFADevices",
    }
    for operation, member in lists.items():
        first: t.Any = getattr(iam, operation)(UserName="alice", MaxItems=1)
        second: t.Any = getattr(iam, operation)(UserName="alice", Marker=first["Marker"])
        assert (len(first[member]), first["IsTruncated"]) == (1, True), operation
        assert (len(second[member]), second["IsTruncated"]) == (1, False), operation
        assert first[member] != second[member]


# What a list wants to know, whatever it lists
ABOUT = {
    "GroupName": "class",
    "InstanceProfileName": "profile",
    "PolicyArn": POLICY_ARN,
    "RoleName": "role",
    "UserName": "alice",
}


def ask_for_every_list(iam: t.Any) -> dict[str, dict[str, t.Any]]:
    """Call every action that AWS answers in pages and that needs no more than these; name what comes back."""
    answers = {}
    for name in iam.meta.service_model.operation_names:
        operation = iam.meta.service_model.operation_model(name)
        if operation.output_shape is None or "IsTruncated" not in operation.output_shape.members:
            continue
        required = operation.input_shape.required_members
        if set(required) <= set(ABOUT):
            try:
                answers[name] = getattr(iam, xform_name(name))(**{one: ABOUT[one] for one in required})
            except ClientError as error:
                answers[name] = error.response
    return answers


def test_every_list_says_whether_there_is_more(aws: Aws) -> None:
    trust = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    aws.iam.create_user(UserName="alice")
    aws.iam.create_group(GroupName="class")
    aws.iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust)
    aws.iam.create_instance_profile(InstanceProfileName="profile")
    answers = ask_for_every_list(aws.iam)
    assert len(answers) > 25
    assert {name for name, answer in answers.items() if "IsTruncated" not in answer} == set()


def test_an_action_that_the_sandbox_does_not_have(aws: Aws) -> None:
    message = refused("NotImplemented", 501, aws.iam.get_organizations_access_report, JobId="x" * 36)
    assert message == "The sandbox does not have iam:GetOrganizationsAccessReport."
