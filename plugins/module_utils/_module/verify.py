# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Verify many users without changing anything, and report what is wrong with each."""

from __future__ import annotations

import datetime
import typing as t
from concurrent.futures import ThreadPoolExecutor

from .._plans import class_hours, verification
from .._plans import preflight as _preflight
from .._report.command import told as told_by
from .._users import expiry as _expiry
from . import observe
from .accounts import alone
from .common import RefusedError, enumerated, open_destination, place_for, wanted_user
from .hours import of_play as class_hours_of_play
from .planning import Planning, account_for

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .._aws.iam import Iam
    from .._plans.change import UserPlan
    from .._plans.verification import Verification
    from .accounts import Ready
    from .marks import Marks

Result = dict[str, t.Any]


def run(iam: Iam, params: Mapping[str, t.Any], marks: Marks, ready: Ready = alone) -> Result:
    """Verify all users. Raises RefusedError, AnsibleIAMError and DestinationError."""
    if params["hosts"] and len(params["hosts"]) != len(params["users"]):
        raise RefusedError(
            f"hosts has {len(params['hosts'])} entries and users {len(params['users'])}; give one host for each user, "
            "or none"
        )
    wanted = [verification.wanted_to_verify(wanted_user(options)) for options in params["users"]]
    there = account_for(iam, wanted)
    hours = class_hours_of_play(iam, wanted, there)
    # If the policy of the hours is missing, each user is reported to lack it.
    account = observe.with_pending_policies(there, hours.missing_policies)
    wanted = [class_hours.with_policy(one, account) for one in wanted]
    place = place_for(params, account.id, lambda: iam.connection)
    destination = open_destination(place, lambda: iam.connection)
    plans = Planning(iam, account, destination, params["threads"]).plan_all(wanted, kinds=observe.REMARKED)
    # Nothing is written here. But an account with a problem must fail before keys in the others are used.
    ready(len(plans))
    sign_ins = iam.last_sign_ins() if params["arrivals"] else {}

    def judge(plan: UserPlan) -> tuple[Verification, Result]:
        # Before the key is tried, which counts as a use.
        seen = observe.arrival(iam, sign_ins.get(plan.name), plan.user) if params["arrivals"] else None
        prove = (
            params["verify_key"]
            and plan.wanted.access_key
            and not plan.problems
            and plan.user
            and plan.on_file.access_key_id
        )
        proof = observe.proof(iam, destination.saved(plan.name), plan.user) if prove else None
        verified = verification.verify(plan, account, proof)
        verified = verification.with_hours(
            verified, hours.said_of(plan.wanted), hours.differing.get(plan.wanted.class_name)
        )
        marks.done(bool(verified.findings))
        return verified, _told(plan) | (seen._asdict() if seen else {})

    with ThreadPoolExecutor(max_workers=params["threads"]) as pool:
        judged = list(pool.map(judge, plans))
    verified = [one for one, _told_of in judged]
    # Without hosts, each user probably has a host of the same name.
    hosts = params["hosts"] or [one.user_name for one in verified]
    return {
        "account_id": account.id,
        "verified_at": f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "arrivals": params["arrivals"],
        "users": [
            _result(one, host, params["command_line"], told) | told
            for (one, told), host in zip(judged, hosts, strict=True)
        ],
        "hours": hours.sentences,
        "place": str(destination),
        "table": verification.table(verified),
    }


def _told(plan: UserPlan) -> Result:
    """Return the facts about a user that are reported even if nothing is wrong."""
    tags = plan.user.tags if plan.user else {}
    return {
        "exists": plan.user is not None,
        "access_key_id": plan.on_file.access_key_id,
        "expires": tags.get(_expiry.TAG_KEY, "") or plan.wanted.expires,
        "revoked": plan.user.revoked if plan.user else "",
        "keeps_sign_in": bool(plan.user and plan.user.revoked and plan.user.signs_in),
    }


def _result(one: Verification, host: str, command_line: str, facts: Result) -> Result:
    hosts = {one.user_name: host}
    findings = [
        {
            "check": str(finding.check),
            "finding": told_by(finding.sentence, command_line, hosts),
            "command": told_by(finding.command(host), command_line),
        }
        for finding in one.findings
    ]
    told = [found["finding"] + (f". To fix it: {found['command']}" if found["command"] else "") for found in findings]
    return {
        "name": one.user_name,
        "host": host,
        "changed": False,
        "failed": bool(findings),
        "fate": "needs action" if findings else "access revoked" if facts["revoked"] else "ready",
        "msg": enumerated(told, changed=True) if told else "",
        "checks": {str(check): state for check, state in one.checks.items()},
        "findings": findings,
        "remarks": told_by(list(one.remarks), command_line, hosts),
        "next": told_by(_preflight.ending_sign_in(host), command_line) if facts["keeps_sign_in"] else "",
    }
