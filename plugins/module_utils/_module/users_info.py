# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Read the account and its users, and try the saved keys."""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor

from . import observe, results
from .common import open_destination

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .._aws.iam import Iam
    from .._credentials.destination import CredentialsDestination
    from .._users.user import User

Result = dict[str, t.Any]


def run(iam: Iam, params: Mapping[str, t.Any]) -> Result:
    """Build the result of the module. Raises AnsibleIAMError and DestinationError."""
    names, place = params["users"], params["credentials_dest"]
    account = observe.account(iam, params["managed_policies"])
    destination = open_destination(place, lambda: iam.connection) if place else None
    with ThreadPoolExecutor(max_workers=params["threads"]) as pool:
        looks = pool.map(lambda name: observe.on_file(destination, name), names)
        on_file = dict(zip(names, looks, strict=True))
    seen = observe.users(iam, names, account.summary.get("Users", 0), params["threads"])

    sign_ins = iam.last_sign_ins() if params["arrivals"] else {}

    def describe(name: str) -> Result:
        user = observe.with_unlisted_key(iam, destination, seen.users[name], on_file[name])
        user = observe.with_unlisted_login(iam, user, on_file[name])
        result = _with_age(results.user_result(name, user, on_file[name]))
        if params["arrivals"]:
            # Before the key is tried, which counts as a use.
            result |= observe.arrival(iam, sign_ins.get(name), user)._asdict()
        return result | (_proof(iam, destination, name, user) if params["verify_key"] and destination else {})

    with ThreadPoolExecutor(max_workers=params["threads"]) as pool:
        users = list(pool.map(describe, names))
    return {"account": results.account_result(account), "region": iam.region, "users": users}


def _age(key: Result) -> datetime.timedelta:
    return datetime.datetime.now(tz=datetime.UTC) - datetime.datetime.fromisoformat(key["create_date"])


def _with_age(user: Result) -> Result:
    keys = user.get("access_keys")
    if keys is None:
        return user
    return {**user, "access_keys": [{**key, "age_days": _age(key).days} for key in keys]}


def _proof(iam: Iam, destination: CredentialsDestination, name: str, user: User | None) -> Result:
    saved = destination.saved(name)
    if not saved.access_key_id:
        return {}
    proof = observe.proof(iam, saved, user)
    refused = {"saved_key_error": proof.refusal} if proof.refusal else {}
    return {"saved_key_answers_as": proof.arn, **refused}
