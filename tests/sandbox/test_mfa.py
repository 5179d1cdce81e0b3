# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Virtual MFA devices."""

from __future__ import annotations

import pytest

from .conftest import CODES, Aws, refused

ARN = "arn:aws:iam::123456789012:mfa"


@pytest.mark.parametrize("path", ["/", "/class/", "/class//2026/"])
def test_a_device_below_a_path(aws: Aws, path: str) -> None:
    named = {"VirtualMFADeviceName": "phone", "Path": path}
    device = aws.iam.create_virtual_mfa_device(**named)["VirtualMFADevice"]
    assert device["SerialNumber"] == f"{ARN}{path}phone"
    assert device["Base32StringSeed"]
    assert (
        refused("EntityAlreadyExists", 409, aws.iam.create_virtual_mfa_device, **named) == "MFA device already exists."
    )
    aws.iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    message = refused("NoSuchEntity", 404, aws.iam.delete_virtual_mfa_device, SerialNumber=device["SerialNumber"])
    assert message == f"MFA Device with serial number {device['SerialNumber']} does not exist."


def test_lists_hold_no_secrets(aws: Aws) -> None:
    for name in ("alice", "bob"):
        aws.iam.create_user(UserName=name, Tags=[{"Key": "k", "Value": "v"}])
        aws.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    aws.iam.enable_mfa_device(UserName="alice", SerialNumber=f"{ARN}/alice", **CODES)
    used, free = (
        aws.iam.list_virtual_mfa_devices(AssignmentStatus=status)["VirtualMFADevices"]
        for status in ("Assigned", "Unassigned")
    )
    assert free == [{"SerialNumber": f"{ARN}/bob"}]
    assert [set(device) for device in used] == [{"SerialNumber", "EnableDate", "User"}]
    assert set(used[0]["User"]) == {"UserName", "UserId", "Path", "Arn", "CreateDate"}
    assert len(aws.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 2


def test_a_device_serves_one_user(aws: Aws) -> None:
    serial = aws.iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    for name in ("alice", "bob"):
        aws.iam.create_user(UserName=name)
    message = refused("NoSuchEntity", 404, aws.iam.deactivate_mfa_device, UserName="alice", SerialNumber=serial)
    assert message == f"MFA Device with serial number {serial} does not exist."
    aws.iam.enable_mfa_device(UserName="alice", SerialNumber=serial, **CODES)
    for name in ("alice", "bob"):
        message = refused(
            "EntityAlreadyExists", 409, aws.iam.enable_mfa_device, UserName=name, SerialNumber=serial, **CODES
        )
        assert message == "MFA Device is already in use."
    aws.iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
    aws.iam.enable_mfa_device(UserName="bob", SerialNumber=serial, **CODES)
