# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Read the account and its users, and prove the keys that are on file."""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .._aws.iam import Iam
from .._credentials.destination import CredentialsDestination
from . import observe, report
from .destination import open_destination

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._users.user import ObservedUser


@dataclass(frozen=True)
class Request:
    """What the task asks for."""

    user_names: Sequence[str]
    managed_policies: Sequence[str]
    credentials_dest: str | None
    prove_saved_keys: bool
    wait_timeout: int
    threads: int


def read(iam: Iam, request: Request) -> report.Result:
    """Build what the module returns. Raises AnsibleIAMError and DestinationError."""
    account = observe.account(iam, request.managed_policies)
    directory = open_destination(request.credentials_dest, lambda: iam.connection) if request.credentials_dest else None
    with ThreadPoolExecutor(max_workers=request.threads) as pool:
        on_file = pool.map(lambda name: observe.on_file(directory, name), request.user_names)
        saved = dict(zip(request.user_names, on_file, strict=True))
    found = observe.users(iam, request.user_names, account.summary.get("Users", 0), request.threads)

    def describe(name: str) -> report.Result:
        user = observe.with_unlisted_key(iam, directory, found[name], saved[name], request.wait_timeout)
        result = _with_age(report.user_result(name, user, saved[name]))
        if request.prove_saved_keys and directory:
            result |= _proof(iam, directory, name, user, request.wait_timeout)
        return result

    with ThreadPoolExecutor(max_workers=request.threads) as pool:
        users = list(pool.map(describe, request.user_names))
    return {"account": report.account_result(account), "region": iam.region, "users": users}


def _age(key: report.Result) -> datetime.timedelta:
    return datetime.datetime.now(tz=datetime.UTC) - datetime.datetime.fromisoformat(key["create_date"])


def _with_age(user: report.Result) -> report.Result:
    keys = user.get("access_keys")
    if keys is None:
        return user
    return {**user, "access_keys": [{**key, "age_days": _age(key).days} for key in keys]}


def _proof(
    iam: Iam, directory: CredentialsDestination, name: str, user: ObservedUser | None, wait_timeout: int
) -> report.Result:
    saved = directory.saved(name)
    if not saved.access_key_id:
        return {}
    proof = observe.proof(iam, saved, user, wait_timeout)
    refused = {"saved_key_error": proof.refusal} if proof.refusal else {}
    return {"saved_key_answers_as": proof.arn, **refused}
