# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Verify a user: what is wrong with it, which command repairs that, and what else it has.

A user is right if its plan is empty, its key is active and saved, and AWS accepts that key as this user's.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._report.command import CLASS, HOURS, ROTATE, command
from .._users import access_key as _access_key
from .._users.belonging import GROUPS, INLINE_POLICIES, MFA_DEVICES
from . import preflight as _preflight
from .change import Check

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._users.on_file import OnFile
    from .._users.user import Account, Proof, User, WantedUser
    from .change import UserPlan

RIGHT, WRONG, UNKNOWN = "ok", "WRONG", "-"

_REPLACE = "invoice_iam_user_lost_secret=replace"
# Without this, a key that was created today is not rotated.
_AT_ONCE = "invoice_iam_user_rotate_older_than_days=0"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and the playbook with extra variables that repairs it, if there is one."""

    check: Check
    sentence: str
    playbook: str = ""
    extra_vars: str = ""

    def command(self, host: str) -> str:
        """Return the command that repairs it for one inventory host."""
        return command(self.playbook, host, self.extra_vars) if self.playbook else ""


@dataclass(frozen=True)
class Verification:
    """The result for one user. C(remarks) are about things that others created; they are not errors."""

    user_name: str
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]
    checks: Mapping[Check, str]


def wanted_to_verify(wanted: WantedUser) -> WantedUser:
    """Return the wish without what every run repeats and without the handling of lost secrets: neither is an error."""
    return replace(wanted, console_password=None, update_password="on_create", lost_secret="keep")


def verify(plan: UserPlan, account: Account, proof: Proof | None) -> Verification:
    """Verify one user. C(proof) is None if no key is saved, or if it was not tried."""
    if plan.user and plan.user.revoked:
        checks = {check: RIGHT if check is Check.USER else UNKNOWN for check in Check}
        remark = f"access of {plan.name!r} was revoked on {plan.user.revoked}, on purpose"
        remark += _preflight.still_signs_in(plan.user)
        return Verification(plan.name, (), (remark,), checks)
    findings = (*_problem_findings(plan, account), *_findings(plan, proof))
    wrong = {finding.check for finding in findings}
    # If the plan has problems, nothing else was compared.
    compared = plan.user is not None and not plan.problems
    checks = {check: WRONG if check in wrong else RIGHT if compared else UNKNOWN for check in Check}
    if proof is None and checks[Check.ANSWERS] == RIGHT:
        checks[Check.ANSWERS] = UNKNOWN
    if not plan.wanted.access_key and checks[Check.ACCESS_KEY] == RIGHT:
        checks[Check.ACCESS_KEY] = UNKNOWN
    return Verification(plan.name, findings, tuple(_remarks(plan)), checks)


def with_hours(one: Verification, said: str, differing: str | None) -> Verification:
    """Add what there is to say about the hours of the user's class. A paused or closed class is not an error."""
    found = (*one.findings, Finding(Check.POLICIES, differing, HOURS)) if differing else one.findings
    checks = {**one.checks, Check.POLICIES: WRONG} if differing else one.checks
    return replace(one, findings=found, checks=checks, remarks=(*one.remarks, *([said] if said else [])))


def _problem_findings(plan: UserPlan, account: Account) -> Iterator[Finding]:
    """Assign the plan's problems to checks. Each problem itself says what to do."""
    about_policies = {*_preflight.policy_problems(plan.wanted, plan.user, account)}
    about_keys = {*_preflight.access_key_problems(plan.wanted, plan.user, plan.on_file, account)}
    for problem in plan.problems:
        check = (
            Check.POLICIES if problem in about_policies else Check.ACCESS_KEY if problem in about_keys else Check.USER
        )
        yield Finding(check, problem)


def _findings(plan: UserPlan, proof: Proof | None) -> Iterator[Finding]:
    name, on_file = plan.name, plan.on_file
    # If the user does not exist, the first fault says so, and the others only follow from it.
    faults = [change.fault for change in plan.changes if change.fault]
    yield from (Finding(fault.check, fault.words, CLASS) for fault in (faults if plan.user else faults[:1]))
    if plan.user is None or plan.problems:
        return
    yield from _secret_findings(plan.user, on_file, plan.wanted)
    if not plan.wanted.access_key:
        return
    listed = _access_key.current(plan.user.access_keys, on_file)
    if proof and proof.arn and proof.arn != plan.user.arn:
        yield Finding(Check.ANSWERS, f"the saved access key of {name!r} belongs to {proof.arn}", CLASS, _REPLACE)
    elif on_file.access_key_id and not listed:
        yield Finding(
            Check.ACCESS_KEY, f"the saved access key {on_file.access_key_id} of {name!r} is gone from AWS", CLASS
        )
    elif proof and proof.refusal:
        words = f"the saved access key of {name!r} does not work: {proof.refusal}"
        yield Finding(Check.ANSWERS, words, ROTATE, _AT_ONCE)


def _secret_findings(user: User, on_file: OnFile, wanted: WantedUser) -> Iterator[Finding]:
    if user.signs_in and not on_file.password and not on_file.intent.login_profile:
        yield Finding(
            Check.ON_FILE,
            f"the console password of {user.name!r} is not saved",
            CLASS,
            "invoice_iam_user_update_password=always",
        )
    if not wanted.access_key:
        return
    current = _access_key.current(user.access_keys, on_file)
    for key in _access_key.lost(user.access_keys, on_file, wanted.access_key_description):
        if current:
            beside = f"{user.name!r} has access key {key.id} as well as the saved one"
            # A rotation removes older keys. A newer key may be in use, and only its owner can know.
            if key.create_date > current.create_date:
                newer = f"{beside}, and it is newer; delete it in IAM when nobody uses it"
                yield Finding(Check.ACCESS_KEY, newer)
            else:
                yield Finding(Check.ACCESS_KEY, beside, ROTATE)
            continue
        yield Finding(
            Check.ON_FILE,
            f"the secret of access key {key.id} of {user.name!r} is not saved",
            CLASS,
            _REPLACE,
        )


def _remarks(plan: UserPlan) -> Iterator[str]:
    user, on_file = plan.user, plan.on_file
    if user is None:
        return
    ours = {on_file.access_key_id, *(key.id for key in _access_key.orphans(user.access_keys, on_file))}
    description = plan.wanted.access_key_description
    for key in user.access_keys:
        if not plan.wanted.access_key and (key.id == on_file.access_key_id or key.description == description):
            yield (
                f"invoice_iam_user_access_key is false for {user.name!r}, but its access key {key.id} ({key.status}) "
                "is kept"
            )
        elif key.id not in ours and key.description != description:
            yield f"{user.name!r} has another access key, {key.id} ({key.status})"
    listed = {*plan.managed_policies, *(change.subject for change in plan.changes)}
    if not plan.problems:
        yield from (f"{user.name!r} has another policy, {arn}" for arn in user.attached_policies if arn not in listed)
    yield from (f"{user.name!r} has an inline policy, {policy}" for policy in user.ids(INLINE_POLICIES))
    yield from (f"{user.name!r} is in group {group}" for group in user.ids(GROUPS))
    yield from (f"{user.name!r} has an MFA device, {device}" for device in user.ids(MFA_DEVICES))
    boundary = user.permissions_boundary
    if boundary and not plan.wanted.permissions_boundary:
        yield f"{user.name!r} has a permissions boundary, {boundary}"


def table(verified: Sequence[Verification]) -> list[str]:
    """Render the checks as a table, one line a user."""
    rows = [("", *Check), *((one.user_name, *(one.checks[check] for check in Check)) for one in verified)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
