# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""MFA devices."""

from __future__ import annotations

from ..account import PARTITION
from ..errors import AwsError, no_such_entity
from ..request import Request


def name_is_free(request: Request) -> None:
    """Check that no device has this path and name ("CreateVirtualMFADevice", IAM API Reference)."""
    name = f"{request.get('Path', '/')}{request.get('VirtualMFADeviceName')}"
    if f"arn:{PARTITION}:iam::{request.account.id}:mfa{name}" in request.account.backend.virtual_mfa_devices:
        raise AwsError("EntityAlreadyExists", "MFA device already exists.")


def can_be_enabled(request: Request) -> None:
    """Check that a virtual device exists and is not in use. A hardware device's serial number is not an ARN."""
    serial, backend = str(request.get("SerialNumber")), request.account.backend
    if serial.startswith("arn:") and serial not in backend.virtual_mfa_devices:
        raise no_such_entity(f"VirtualMFADevice with serial number {serial} does not exist.")
    if any(serial in user.mfa_devices for user in backend.users.values()):
        raise AwsError("EntityAlreadyExists", "MFA Device is already in use.")


def is_enabled(request: Request) -> None:
    """Check that the user has this device."""
    if request.get("SerialNumber") not in request.user.mfa_devices:
        raise _missing(request)


def is_free(request: Request) -> None:
    """Check that the device exists and is deactivated."""
    serial, backend = request.get("SerialNumber"), request.account.backend
    if serial not in backend.virtual_mfa_devices:
        raise _missing(request)
    if any(serial in user.mfa_devices for user in backend.users.values()):
        raise AwsError("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")


def _missing(request: Request) -> AwsError:
    return no_such_entity(f"MFA Device with serial number {request.get('SerialNumber')} does not exist.")
