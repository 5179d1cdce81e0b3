# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Sessions of roles."""

from __future__ import annotations

from datetime import timedelta

from moto.core.utils import utcnow

from ..request import Answer, Request

_AN_HOUR = 3600


def assume_role(request: Request) -> Answer:
    """Assume a role. A test may have set a duration, even below AWS's minimum."""
    seconds = int(request.get("DurationSeconds") or _AN_HOUR)
    sts = request.account.sts
    session = sts.assume_role(
        request.region,
        request.get("RoleSessionName"),
        request.get("RoleArn"),
        request.get("Policy"),
        seconds,
        request.get("ExternalId"),
    )
    session.expiration = utcnow() + timedelta(seconds=getattr(sts, "seconds_of_sessions", seconds))
    keys = {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": session.expiration,
    }
    return {"Credentials": keys, "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn}}
