# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Names, paths, tags, quotas and deletion of users."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import CODES, PASSWORD, POLICY_ARN, READ_ONLY, Aws, allow, document, refused


@pytest.mark.parametrize("name", ["a", ".", "..", "=+,.@-_", "x" * 64, "Alice.O@example.com"])
def test_a_good_name(aws: Aws, name: str) -> None:
    assert aws.iam.create_user(UserName=name)["User"]["UserName"] == name
    assert aws.iam.get_user(UserName=name)["User"]["Arn"].endswith(f":user/{name}")


@pytest.mark.parametrize("name", ["a b", "a/b", "é", "a:b", "名"])
def test_a_name_with_wrong_characters(aws: Aws, name: str) -> None:
    message = refused("ValidationError", 400, aws.iam.create_user, UserName=name)
    assert message == (
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the "
        "following: +=,.@_-"
    )


def test_a_name_that_is_too_long(aws: Aws) -> None:
    message = refused("ValidationError", 400, aws.iam.create_user, UserName="x" * 65)
    assert message == (
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less "
        "than or equal to 64"
    )


def test_a_list_with_a_wrong_element(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    message = refused("ValidationError", 400, aws.iam.untag_user, UserName="alice", TagKeys=["good", "k" * 129])
    assert message == (
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1, "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]"
    )


def test_a_bad_path(aws: Aws) -> None:
    for path in ("class", "/class", "class/", "/a b/"):
        message = refused("ValidationError", 400, aws.iam.create_user, UserName="alice", Path=path)
        assert message.startswith("The specified value for path is invalid.")
    aws.iam.create_user(UserName="alice", Path="/class/2026/")


def test_a_bad_policy_name(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    inline = {"UserName": "alice", "PolicyDocument": document(allow("s3:*"))}
    refused("ValidationError", 400, aws.iam.put_user_policy, **inline, PolicyName="a b")
    refused("ValidationError", 400, aws.iam.create_policy, PolicyDocument=document(allow("s3:*")), PolicyName="a/b")


def test_names_are_unique_without_regard_to_case(aws: Aws) -> None:
    aws.iam.create_user(UserName="Alice")
    for name in ("Alice", "alice", "ALICE"):
        message = refused("EntityAlreadyExists", 409, aws.iam.create_user, UserName=name)
        assert message == f"User with name {name} already exists."
    aws.iam.create_user(UserName="bob")
    refused("EntityAlreadyExists", 409, aws.iam.update_user, UserName="bob", NewUserName="ALICE")


def test_an_unknown_user(aws: Aws) -> None:
    for call in ("get_user", "list_access_keys", "list_user_tags", "delete_user", "create_access_key"):
        message = refused("NoSuchEntity", 404, getattr(aws.iam, call), UserName="nobody")
        assert message == "The user with name nobody cannot be found."


def test_a_user_that_moves_keeps_all(aws: Aws) -> None:
    key = aws.user("alice", allow("iam:GetUser"))
    aws.iam.tag_user(UserName="alice", Tags=[{"Key": "a", "Value": "b"}])
    aws.iam.create_group(GroupName="class")
    aws.iam.add_user_to_group(GroupName="class", UserName="alice")
    aws.iam.create_login_profile(UserName="alice", Password=PASSWORD)
    aws.iam.update_user(UserName="alice", NewUserName="alicia", NewPath="/class/")
    user = aws.iam.get_user(UserName="alicia")["User"]
    assert (user["Path"], user["Tags"]) == ("/class/", [{"Key": "a", "Value": "b"}])
    assert aws.as_user("iam", key).get_user()["User"]["UserName"] == "alicia"
    assert aws.iam.get_login_profile(UserName="alicia")["LoginProfile"]["UserName"] == "alicia"
    assert [group["GroupName"] for group in aws.iam.list_groups_for_user(UserName="alicia")["Groups"]] == ["class"]
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="alice")


def test_all_that_a_renamed_user_has_names_the_new_one(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    for make in (_access_key, _ssh_key, _service_credential, _certificate):
        make(aws.iam)
    aws.iam.enable_mfa_device(UserName="alice", SerialNumber=_virtual_device(aws.iam), **CODES)
    aws.iam.update_user(UserName="alice", NewUserName="alicia")
    lists = {
        "list_access_keys": "AccessKeyMetadata",
        "list_ssh_public_keys": "SSHPublicKeys",
        "list_service_specific_credentials": "ServiceSpecificCredentials",
        "list_signing_certificates": "Certificates",
        "list_mfa_devices": "MFADevices",
    }
    for operation, member in lists.items():
        (belonging,) = getattr(aws.iam, operation)(UserName="alicia")[member]
        assert belonging["UserName"] == "alicia", operation
    (device,) = aws.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert device["User"]["UserName"] == "alicia"


# Tags ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [("k" * 129, "v"), ("k", "v" * 257), ("k!", "v"), ("k", "v#"), ("k", "a\tb"), ("k,", "")],
    ids=["long key", "long value", "bad key", "bad value", "tab", "comma"],
)
def test_a_bad_tag(aws: Aws, key: str, value: str) -> None:
    aws.iam.create_user(UserName="alice")
    tags = [{"Key": key, "Value": value}]
    refused("ValidationError", 400, aws.iam.tag_user, UserName="alice", Tags=tags)
    refused("ValidationError", 400, aws.iam.create_user, UserName="bob", Tags=tags)


def test_good_tags(aws: Aws) -> None:
    tags = [
        {"Key": "é名 _.:/=+-@9", "Value": "Ärger Ⅷ"},
        {"Key": "k" * 128, "Value": "v" * 256},
        {"Key": "empty", "Value": ""},
    ]
    aws.iam.create_user(UserName="alice", Tags=tags)
    assert aws.iam.list_user_tags(UserName="alice")["Tags"] == tags


def test_keys_that_differ_in_case_only(aws: Aws) -> None:
    tags = [{"Key": "Team", "Value": "1"}, {"Key": "team", "Value": "2"}]
    assert "Duplicate tag keys" in refused("InvalidInput", 400, aws.iam.create_user, UserName="alice", Tags=tags)
    aws.iam.create_user(UserName="alice", Tags=tags[:1])
    aws.iam.tag_user(UserName="alice", Tags=tags[1:])
    assert aws.iam.list_user_tags(UserName="alice")["Tags"] == tags[1:]
    aws.iam.untag_user(UserName="alice", TagKeys=["TEAM"])
    assert aws.iam.list_user_tags(UserName="alice")["Tags"] == []


def test_tags_of_aws_itself(aws: Aws) -> None:
    tags = [{"Key": "AWS:team", "Value": "1"}]
    assert "system tags" in refused("InvalidInput", 400, aws.iam.create_user, UserName="alice", Tags=tags)


def test_fifty_tags(aws: Aws) -> None:
    tags = [{"Key": f"key{number}", "Value": "v"} for number in range(51)]
    refused("ValidationError", 400, aws.iam.create_user, UserName="alice", Tags=tags)
    aws.iam.create_user(UserName="alice", Tags=tags[:50])
    aws.iam.tag_user(UserName="alice", Tags=tags[:50])
    refused("LimitExceeded", 409, aws.iam.tag_user, UserName="alice", Tags=tags[50:])


def test_the_description_of_a_deleted_key_stays(aws: Aws) -> None:
    key_id = aws.user()["AccessKeyId"]
    tags = [{"Key": key_id, "Value": "a description"}]
    aws.iam.tag_user(UserName="alice", Tags=tags)
    aws.iam.delete_access_key(UserName="alice", AccessKeyId=key_id)
    assert aws.iam.list_user_tags(UserName="alice")["Tags"] == tags


# Quotas ------------------------------------------------------------------------------------------------------------


def test_two_keys(aws: Aws) -> None:
    key = aws.user()
    aws.iam.update_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    aws.iam.create_access_key(UserName="alice")
    message = refused("LimitExceeded", 409, aws.iam.create_access_key, UserName="alice")
    assert message == "Cannot exceed quota for AccessKeysPerUser: 2"


def test_ten_managed_policies(aws: Aws) -> None:
    policies = aws.iam.list_policies(Scope="AWS", MaxItems=11)["Policies"]
    aws.iam.create_user(UserName="alice")
    for policy in policies[:10]:
        aws.iam.attach_user_policy(UserName="alice", PolicyArn=policy["Arn"])
    aws.iam.attach_user_policy(UserName="alice", PolicyArn=policies[0]["Arn"])
    message = refused("LimitExceeded", 409, aws.iam.attach_user_policy, UserName="alice", PolicyArn=policies[10]["Arn"])
    assert message == "Cannot exceed quota for PoliciesPerUser: 10"


def test_as_many_users_as_the_account_may_have(aws: Aws) -> None:
    aws.sandbox.quota(UsersPerAccount=2)  # The operator is one.
    aws.iam.create_user(UserName="alice")
    message = refused("LimitExceeded", 409, aws.iam.create_user, UserName="bob")
    assert message == "Cannot exceed quota for UsersPerAccount: 2"
    assert aws.iam.get_account_summary()["SummaryMap"]["UsersQuota"] == 2
    aws.sandbox.reset(quotas={"UsersPerAccount": 1})
    refused("LimitExceeded", 409, aws.iam.create_user, UserName="alice")
    aws.sandbox.reset()
    assert aws.iam.get_account_summary()["SummaryMap"]["UsersQuota"] == 5000
    with pytest.raises(ValueError, match="unknown quota"):
        aws.sandbox.quota(Nonsense=1)


def test_ten_groups(aws: Aws) -> None:
    aws.sandbox.quota(GroupsPerUser=1)
    aws.iam.create_user(UserName="alice")
    for name in ("one", "two"):
        aws.iam.create_group(GroupName=name)
    aws.iam.add_user_to_group(GroupName="one", UserName="alice")
    aws.iam.add_user_to_group(GroupName="one", UserName="alice")
    refused("LimitExceeded", 409, aws.iam.add_user_to_group, GroupName="two", UserName="alice")


def test_the_summary_is_true(aws: Aws) -> None:
    aws.user()
    aws.iam.create_group(GroupName="class")
    aws.iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")
    summary = aws.iam.get_account_summary()["SummaryMap"]
    expected = {
        "Users": 2,
        "UsersQuota": 5000,
        "Groups": 1,
        "Policies": 1,
        "PoliciesQuota": 1500,
        "AttachedPoliciesPerUserQuota": 10,
        "AccessKeysPerUserQuota": 2,
        "GroupsPerUserQuota": 10,
        "MFADevices": 1,
        "MFADevicesInUse": 0,
    }
    assert {name: summary[name] for name in expected} == expected


# Deletion ----------------------------------------------------------------------------------------------------------

Step = tuple[str, dict[str, t.Any]]
BLOCKERS: list[tuple[Step, Step, str]] = [
    (
        ("create_login_profile", {"Password": PASSWORD}),
        ("delete_login_profile", {}),
        "must delete login profile first.",
    ),
    (
        ("attach_user_policy", {"PolicyArn": READ_ONLY}),
        ("detach_user_policy", {"PolicyArn": READ_ONLY}),
        "must detach all policies first.",
    ),
    (
        ("put_user_policy", {"PolicyName": "p", "PolicyDocument": document(allow("s3:*"))}),
        ("delete_user_policy", {"PolicyName": "p"}),
        "must delete policies first.",
    ),
    (
        ("add_user_to_group", {"GroupName": "class"}),
        ("remove_user_from_group", {"GroupName": "class"}),
        "must remove users from group first.",
    ),
]


@pytest.mark.parametrize(
    ("block", "unblock", "sentence"), BLOCKERS, ids=[action for (action, _arguments), _unblock, _sentence in BLOCKERS]
)
def test_a_user_with_belongings_stays(aws: Aws, block: Step, unblock: Step, sentence: str) -> None:
    aws.iam.create_group(GroupName="class")
    aws.iam.create_user(UserName="alice")
    getattr(aws.iam, block[0])(UserName="alice", **block[1])
    message = refused("DeleteConflict", 409, aws.iam.delete_user, UserName="alice")
    assert message == f"Cannot delete entity, {sentence}"
    getattr(aws.iam, unblock[0])(UserName="alice", **unblock[1])
    aws.iam.delete_user(UserName="alice")


def _access_key(iam: t.Any) -> t.Callable[[], t.Any]:
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    return lambda: iam.delete_access_key(UserName="alice", AccessKeyId=key)


def _ssh_key(iam: t.Any) -> t.Callable[[], t.Any]:
    key = iam.upload_ssh_public_key(UserName="alice", SSHPublicKeyBody="ssh-rsa AAAA")["SSHPublicKey"]["SSHPublicKeyId"]
    return lambda: iam.delete_ssh_public_key(UserName="alice", SSHPublicKeyId=key)


def _service_credential(iam: t.Any) -> t.Callable[[], t.Any]:
    made = iam.create_service_specific_credential(UserName="alice", ServiceName="codecommit.amazonaws.com")
    identifier = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    return lambda: iam.delete_service_specific_credential(UserName="alice", ServiceSpecificCredentialId=identifier)


def _virtual_device(iam: t.Any) -> str:
    return str(iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]["SerialNumber"])


def _mfa_device(iam: t.Any) -> t.Callable[[], t.Any]:
    serial = _virtual_device(iam)
    iam.enable_mfa_device(UserName="alice", SerialNumber=serial, **CODES)
    message = refused("DeleteConflict", 409, iam.delete_virtual_mfa_device, SerialNumber=serial)
    assert message == "MFA VirtualDevice in use. Must deactivate first."

    def remove() -> None:
        iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
        iam.delete_virtual_mfa_device(SerialNumber=serial)

    return remove


def _certificate(iam: t.Any) -> t.Callable[[], t.Any]:
    made = iam.upload_signing_certificate(UserName="alice", CertificateBody=_self_signed())
    identifier = made["Certificate"]["CertificateId"]
    return lambda: iam.delete_signing_certificate(UserName="alice", CertificateId=identifier)


def _self_signed() -> str:
    from datetime import datetime, timedelta  # noqa: PLC0415

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alice")])
    start = datetime(2026, 1, 1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=365))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_access_key, "must delete access keys first."),
        (_ssh_key, "must remove referenced objects first."),
        (_service_credential, "must remove referenced objects first."),
        (_mfa_device, "must delete MFA device first."),
        (_certificate, "must delete signing certificates first."),
    ],
)
def test_a_user_with_credentials_stays(
    aws: Aws, make: t.Callable[[t.Any], t.Callable[[], t.Any]], sentence: str
) -> None:
    aws.iam.create_user(UserName="alice")
    remove = make(aws.iam)
    message = refused("DeleteConflict", 409, aws.iam.delete_user, UserName="alice")
    assert message == f"Cannot delete entity, {sentence}"
    remove()
    aws.iam.delete_user(UserName="alice")
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="alice")


def test_tags_and_a_boundary_do_not_block(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice", Tags=[{"Key": "a", "Value": "b"}], PermissionsBoundary=POLICY_ARN)
    aws.iam.delete_user(UserName="alice")
    aws.iam.create_user(UserName="alice")
    assert "Tags" not in aws.iam.get_user(UserName="alice")["User"]


def test_a_group_with_users_stays(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    aws.iam.create_group(GroupName="class")
    aws.iam.add_user_to_group(GroupName="class", UserName="alice")
    refused("DeleteConflict", 409, aws.iam.delete_group, GroupName="class")
    aws.iam.remove_user_from_group(GroupName="class", UserName="alice")
    aws.iam.delete_group(GroupName="class")
    refused("NoSuchEntity", 404, aws.iam.delete_group, GroupName="class")


def test_a_device_that_nobody_made_cannot_be_enabled(aws: Aws) -> None:
    aws.iam.create_user(UserName="alice")
    serial = "arn:aws:iam::123456789012:mfa/alice"
    refused("NoSuchEntity", 404, aws.iam.enable_mfa_device, UserName="alice", SerialNumber=serial, **CODES)


def test_a_key_of_somebody_else_is_not_deleted(aws: Aws) -> None:
    key = aws.user()
    aws.iam.create_user(UserName="bob")
    for name, key_id in (("bob", key["AccessKeyId"]), ("alice", "AKIAAAAAAAAAAAAAAAAA")):
        message = refused("NoSuchEntity", 404, aws.iam.delete_access_key, UserName=name, AccessKeyId=key_id)
        assert message == f"The Access Key with id {key_id} cannot be found."
