# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Service-specific credentials."""

from __future__ import annotations

import secrets
import typing as t
from datetime import timedelta

from moto.core.utils import utcnow

from ..errors import AwsError, no_such_entity
from ..request import Answer, Request

# "CreateServiceSpecificCredential" in the IAM API Reference
CREDENTIALS_PER_SERVICE = 2


def of(user: t.Any) -> list[dict[str, t.Any]]:
    """Return the credentials of a user."""
    if not hasattr(user, "service_specific_credentials"):
        user.service_specific_credentials = []
    return t.cast("list[dict[str, t.Any]]", user.service_specific_credentials)


def create_service_specific_credential(request: Request) -> Answer:
    """Create a password for a service, or an API key for Amazon Bedrock."""
    user, service = request.user, request.get("ServiceName")
    present = [one for one in of(user) if one["ServiceName"] == service]
    if len(present) >= CREDENTIALS_PER_SERVICE:
        limit = f"Cannot exceed quota for ServiceSpecificCredentialsPerUser: {CREDENTIALS_PER_SERVICE}"
        raise AwsError("LimitExceeded", limit)
    credential: dict[str, t.Any] = {
        "UserName": user.name,
        "ServiceName": service,
        "ServiceSpecificCredentialId": "ACCA" + secrets.token_hex(8).upper(),
        "Status": "Active",
        "CreateDate": utcnow(),
    }
    label = "ServiceCredentialAlias" if service.startswith("bedrock") else "ServiceUserName"
    names = (f"{user.name}{suffix}-at-{request.account.id}" for suffix in ("", "+1"))
    credential[label] = next(name for name in names if name not in {one[label] for one in present})
    if days := request.get("CredentialAgeDays"):
        credential["ExpirationDate"] = credential["CreateDate"] + timedelta(days=int(days))
    of(user).append(credential)
    return {"ServiceSpecificCredential": {**credential, **_new_secret(service)}}


def _new_secret(service: str) -> dict[str, str]:
    """Generate a secret. It is returned once and not stored, because nothing here accepts it."""
    if service.startswith("bedrock"):
        return {"ServiceCredentialSecret": "ABSK" + secrets.token_urlsafe(48)}
    return {"ServicePassword": secrets.token_urlsafe(32) + "="}


def _credential(request: Request) -> dict[str, t.Any]:
    identifier = request.get("ServiceSpecificCredentialId")
    for credential in of(request.user):
        if credential["ServiceSpecificCredentialId"] == identifier:
            return credential
    raise no_such_entity(f"No such credential {identifier} exists")


def update_service_specific_credential(request: Request) -> Answer:
    """Change the status."""
    _credential(request)["Status"] = request.get("Status")
    return {}


def reset_service_specific_credential(request: Request) -> Answer:
    """Generate a new secret for the same credential."""
    credential = _credential(request)
    return {"ServiceSpecificCredential": {**credential, **_new_secret(credential["ServiceName"])}}


def delete_service_specific_credential(request: Request) -> Answer:
    """Delete the credential."""
    of(request.user).remove(_credential(request))
    return {}
