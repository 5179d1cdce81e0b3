# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The caller's identity, users and their access keys."""

from __future__ import annotations

import secrets

from ..request import Answer, Request
from . import service_credentials
from .boundaries import bound


def get_caller_identity(request: Request) -> Answer:
    """Return the caller's identity. moto is slow here, as it searches the keys of all users."""
    return {"UserId": request.caller.identifier, "Account": request.account.id, "Arn": request.caller.arn}


def create_user(request: Request) -> Answer:
    """Create a user. moto lacks PermissionsBoundary."""
    name, tags = request.get("UserName"), request.get("Tags", [])
    user = request.account.backend.create_user(request.region, name, request.get("Path"), tags)
    user.id = "AIDA" + secrets.token_hex(9).upper()[:17]
    bound(user, request.get("PermissionsBoundary"))
    return {"User": user}


def get_user(request: Request) -> Answer:
    """Return a user. Without a name, moto invents one."""
    return {"User": request.user}


def update_user(request: Request) -> Answer:
    """Change a user's name and path. In moto, tags are lost with the old ARN, and belongings keep the old name."""
    backend, user = request.account.backend, request.user
    tags = backend.tagger.tags.pop(user.arn, {})
    backend.update_user(user.name, request.get("NewPath"), request.get("NewUserName"))
    backend.tagger.tags[user.arn] = tags
    for belonging in (*user.access_keys, *user.ssh_public_keys, *user.signing_certificates.values()):
        belonging.user_name = user.name
    for credential in service_credentials.of(user):
        credential["UserName"] = user.name
    return {}


def delete_user(request: Request) -> Answer:
    """Delete a user. The rules have been checked before."""
    request.account.backend.delete_user(request.user.name)
    return {}


def tag_user(request: Request) -> Answer:
    """Add tags. A key that differs in case only replaces the existing one ("Rules for tagging in IAM and AWS STS")."""
    arn, tags = request.user.arn, request.get("Tags", [])
    _drop_tags(request, {tag["Key"] for tag in tags})
    request.account.backend.tagger.tag_resource(arn, tags)
    return {}


def untag_user(request: Request) -> Answer:
    """Remove tags, ignoring case in their keys."""
    _drop_tags(request, set(request.get("TagKeys", [])))
    return {}


def _drop_tags(request: Request, keys: set[str]) -> None:
    lowered = {key.lower() for key in keys}
    old = [key for key in request.account.tags(request.user) if key.lower() in lowered]
    request.account.backend.tagger.untag_resource_using_names(request.user.arn, old)


def create_access_key(request: Request) -> Answer:
    """Create an access key. moto has a fixed limit of two, but a test may set another quota."""
    key = request.user.create_access_key("AKIA")
    request.account.backend.access_keys[key.access_key_id] = key
    return {"AccessKey": key}
