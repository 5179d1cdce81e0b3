# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Virtual MFA devices."""

from __future__ import annotations

from moto.iam.models import VirtualMfaDevice

from ..account import REGION
from ..request import Answer, Request


def create_virtual_mfa_device(request: Request) -> Answer:
    """Create a virtual device. moto lacks Tags, and refuses paths with nothing between two slashes."""
    name = f"{request.get('Path', '/')}{request.get('VirtualMFADeviceName')}"
    device = VirtualMfaDevice(request.account.id, REGION, name)
    device.tags = request.get("Tags", [])  # type: ignore[attr-defined]
    request.account.backend.virtual_mfa_devices[device.serial_number] = device
    return {"VirtualMFADevice": device}
