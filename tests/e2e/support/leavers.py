# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Code for tests of removal and revocation: a gateway that can be interrupted, and users that have everything."""

from __future__ import annotations

import datetime
import types
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import connection as _connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.iam import Iam
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.patience import Patience

from ..conftest import WORKSHOP_POLICIES

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from sandbox.aws.client import Sandbox

OWNERSHIP = {"Key": "managed-by", "Value": "invoice_scanner.iam"}
DESCRIPTION = "AI Invoice Scanner Project"
ARN = "arn:aws:iam::123456789012:policy/"
DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'


class InterruptedRun(BaseException):
    """Stands for a power cut."""


class Gateway(Iam):
    """A gateway that can raise InterruptedRun before or after the n-th call that changes something."""

    def __init__(self, aws: Sandbox, patch: pytest.MonkeyPatch) -> None:
        keys = {"aws_access_key_id": aws.connection["access_key"], "aws_session_token": None}
        keys["aws_secret_access_key"] = aws.connection["secret_key"]
        patch.setattr(_connection, "get_aws_connection_info", lambda _module: ("us-east-1", aws.url, dict(keys)))
        super().__init__(t.cast("t.Any", types.SimpleNamespace(params={})), 4, patience=Patience(5))
        self.mend()

    def mend(self) -> None:
        """Reset the count, and interrupt nothing."""
        self.changes = self.cut_before = self.cut_after = 0

    def take(self, words: str, operation: str, parameters: Mapping[str, t.Any]) -> None:
        """Remove something, or be interrupted."""
        self._cut(lambda: Iam.take(self, words, operation, parameters))

    def write(self, words: str, operation: str, parameters: Mapping[str, t.Any]) -> None:
        """Change something, or be interrupted."""
        self._cut(lambda: Iam.write(self, words, operation, parameters))

    def _cut(self, call: t.Callable[[], t.Any]) -> None:
        self.changes += 1
        if self.changes == self.cut_before:
            raise InterruptedRun
        call()
        if self.changes == self.cut_after:
            raise InterruptedRun


def certificate() -> str:
    """Generate a signing certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "student")])
    now = datetime.datetime.now(tz=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now)
    signed = builder.not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def user_with_everything(iam: t.Any, name: str, *, ours: bool = True) -> list[str]:
    """Create a user with all ten kinds of things that a user may have. Returns the IDs of its access keys."""
    iam.create_user(UserName=name, Tags=[OWNERSHIP] if ours else [], PermissionsBoundary=f"{ARN}AmplifyAdminPolicy")
    iam.create_login_profile(UserName=name, Password="Correct-Horse-7")
    keys = [iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"] for _number in range(2)]
    iam.tag_user(UserName=name, Tags=[{"Key": keys[0], "Value": DESCRIPTION}])
    iam.update_access_key(UserName=name, AccessKeyId=keys[1], Status="Inactive")
    iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody="ssh-rsa AAAA")
    iam.upload_signing_certificate(UserName=name, CertificateBody=certificate())
    for service in ("codecommit.amazonaws.com", "bedrock.amazonaws.com"):
        iam.create_service_specific_credential(UserName=name, ServiceName=service)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"{name}-phone")["VirtualMFADevice"]["SerialNumber"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName=name, SerialNumber=device, **codes)
    iam.put_user_policy(UserName=name, PolicyName="extra", PolicyDocument=DENY)
    for policy in WORKSHOP_POLICIES:
        iam.attach_user_policy(UserName=name, PolicyArn=f"{ARN}{policy}")
    iam.add_user_to_group(GroupName="students", UserName=name)
    return keys


def account(iam: t.Any) -> dict[str, t.Any]:
    """Return everything in the account, as AWS reports it."""
    details = iam.get_account_authorization_details()
    del details["ResponseMetadata"]
    users = {}
    for user in details["UserDetailList"]:
        name = {"UserName": user["UserName"]}
        users[user["UserName"]] = {
            "keys": iam.list_access_keys(**name)["AccessKeyMetadata"],
            "ssh": iam.list_ssh_public_keys(**name)["SSHPublicKeys"],
            "certificates": iam.list_signing_certificates(**name)["Certificates"],
            "services": iam.list_service_specific_credentials(**name)["ServiceSpecificCredentials"],
            "mfa": iam.list_mfa_devices(**name)["MFADevices"],
        }
        try:
            users[user["UserName"]]["login"] = iam.get_login_profile(**name)["LoginProfile"]
        except iam.exceptions.NoSuchEntityException:
            users[user["UserName"]]["login"] = None
    devices = [one["SerialNumber"] for one in iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
    return {"details": details, "users": users, "devices": devices}
