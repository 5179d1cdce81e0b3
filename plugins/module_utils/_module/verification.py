# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Look at many users, change nothing, and say what is wrong with each."""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .._plans import verification as _verification
from .._plans.verification import Verification
from . import observe, planning, report
from .arguments import wanted_user
from .destination import open_destination
from .marking import marking

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._aws.iam import Iam
    from .._plans.provisioning import Plan
    from .._users.on_file import OnFile


@dataclass(frozen=True)
class Request:
    """What the task asks for."""

    users: Sequence[Mapping[str, t.Any]]
    hosts: Sequence[str]
    credentials_dest: str
    prove_saved_keys: bool
    wait_timeout: int
    threads: int
    progress_file: str | None


def run(iam: Iam, request: Request) -> report.Result:
    """Verify everybody. Raises planning.ClassError, AnsibleIAMError and DestinationError."""
    wanted = [_verification.wanted_to_verify(wanted_user(options)) for options in request.users]
    account = planning.account_for(iam, wanted)
    destination = open_destination(request.credentials_dest, lambda: iam.connection)
    plans = planning.Planning(iam, account, destination, request).plan_all(wanted, everything=True)

    def judge(planned: tuple[Plan, OnFile]) -> Verification:
        one, saved = planned
        prove = request.prove_saved_keys and not one.problems and one.observed and saved.access_key_id
        name = one.wanted.name
        proof = observe.proof(iam, destination.saved(name), one.observed, request.wait_timeout) if prove else None
        verified = _verification.verify(one, saved, account, proof)
        mark(bool(verified.findings))
        return verified

    with marking(request.progress_file) as mark, ThreadPoolExecutor(max_workers=request.threads) as pool:
        verified = list(pool.map(judge, plans))
    # Somebody who names no hosts has one for each user, as a rule of that name.
    hosts = request.hosts or [one.user_name for one in verified]
    users = [_outcome(one, host) for one, host in zip(verified, hosts, strict=True)]
    return {
        "account_id": account.id,
        "verified_at": f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "users": users,
        "table": _verification.table(verified),
    }


def _outcome(one: Verification, host: str) -> report.Result:
    findings = [
        {"check": finding.check, "finding": finding.sentence, "command": finding.command(host)}
        for finding in one.findings
    ]
    told = [found["finding"] + (f". To mend it: {found['command']}" if found["command"] else "") for found in findings]
    return {
        "name": one.user_name,
        "host": host,
        "changed": False,
        "failed": bool(findings),
        "msg": "; ".join(told),
        "checks": dict(one.checks),
        "findings": findings,
        "remarks": list(one.remarks),
    }
