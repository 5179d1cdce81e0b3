# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Is a user as it should be? What is wrong with it, what mends that, and what is there besides.

A user is right when its plan is empty, its key is Active and on file, and AWS takes that key as the user's.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._users import access_key as _access_key
from . import preflight as _preflight

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._users.on_file import OnFile
    from .._users.user import Account, ObservedUser, Proof, WantedUser
    from .provisioning import Plan

# What is looked at, in the order of the steps of the workshop's page.
CHECKS = ("user", "sign-in", "policies", "access key", "on file", "answers")
RIGHT, WRONG, UNKNOWN = "ok", "WRONG", "-"

# The playbooks that mend
CLASS = "invoice_scanner.iam.class"
ROTATE = "invoice_scanner.iam.rotate"
_REPLACE = "invoice_iam_user_lost_secret=replace"

# What is wrong where a plan would change something: what it is about, and how it is said.
_MISSING = {
    "create_user": ("user", "user {user} does not exist"),
    "update_path": ("user", "the path of {user} is not {subject}"),
    "tag_user": ("user", "tags of {user} are missing or changed: {subject}"),
    "put_permissions_boundary": ("policies", "the permissions boundary of {user} is not {subject}"),
    "attach_user_policy": ("policies", "policy {subject} is not attached to {user}"),
    "detach_user_policy": ("policies", "policy {subject} is attached to {user} and not listed"),
    "create_login_profile": ("sign-in", "{user} cannot sign in to the console"),
    "update_login_profile": ("sign-in", "a run was interrupted before it saved the console password of {user}"),
    "delete_orphaned_access_key": ("access key", "an interrupted run left access key {subject} of {user} behind"),
    "delete_lost_access_key": ("on file", "the secret of access key {subject} of {user} is not on file"),
    "create_access_key": ("access key", "{user} has no access key whose secret is on file"),
    "describe_access_key": ("access key", "access key {subject} of {user} is not described as it should be"),
    "clear_intent": ("on file", "an interrupted run left a note for {user}"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and what mends it: a playbook with its extra variables, or nothing."""

    check: str
    sentence: str
    playbook: str = ""
    extra_vars: str = ""

    def command(self, host: str) -> str:
        """Return the command that mends it for one inventory host."""
        if not self.playbook:
            return ""
        extra = f" -e {self.extra_vars}" if self.extra_vars else ""
        return f"ansible-playbook {self.playbook} --limit {host}{extra}"


@dataclass(frozen=True)
class Verification:
    """What was found of one user; C(remarks) are about what somebody else made, and no fault."""

    user_name: str
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]
    checks: Mapping[str, str]


def wanted_to_verify(wanted: WantedUser) -> WantedUser:
    """Leave out of a wish what every run would do anew, and what it does about lost secrets: both are not faults."""
    return replace(wanted, console_password=None, update_password="on_create", lost_secret="keep")


def verify(plan: Plan, saved: OnFile, account: Account, proof: Proof | None) -> Verification:
    """Judge one user. C(proof) is none where no key is on file, or nobody asked."""
    findings = (*_problem_findings(plan, saved, account), *_findings(plan, saved, proof))
    wrong = {finding.check for finding in findings}
    there = plan.observed is not None
    checks = {check: WRONG if check in wrong else RIGHT if there else UNKNOWN for check in CHECKS}
    if proof is None and checks["answers"] == RIGHT:
        checks["answers"] = UNKNOWN
    return Verification(plan.wanted.name, findings, tuple(_remarks(plan, saved)), checks)


def _problem_findings(plan: Plan, saved: OnFile, account: Account) -> Iterator[Finding]:
    """Sort what the plan refuses by what it is about; each problem says by itself what to do."""
    about_policies = {*_preflight.policy_problems(plan.wanted, plan.observed, account)}
    about_keys = {*_preflight.access_key_problems(plan.wanted, plan.observed, saved, account)}
    for problem in plan.problems:
        check = "policies" if problem in about_policies else "access key" if problem in about_keys else "user"
        yield Finding(check, problem)


def _findings(plan: Plan, saved: OnFile, proof: Proof | None) -> Iterator[Finding]:
    name = plan.wanted.name
    for change in plan.changes:
        check, sentence = _MISSING[change.action]
        yield Finding(check, sentence.format(user=repr(name), subject=change.subject), CLASS)
        if change.action == "create_user":
            return
    if plan.observed is None or plan.problems:
        return
    yield from _secret_findings(plan.observed, saved, plan.wanted.access_key_description)
    listed = _access_key.on_file(plan.observed.access_keys, saved)
    if proof and proof.arn and proof.arn != plan.observed.arn:
        yield Finding("answers", f"the access key on file of {name!r} answers as {proof.arn}", CLASS, _REPLACE)
    elif saved.access_key_id and not listed:
        yield Finding("access key", f"access key {saved.access_key_id} of {name!r} is on file and gone from AWS", CLASS)
    elif proof and proof.refusal:
        yield Finding("answers", f"the access key on file of {name!r} does not answer: {proof.refusal}", ROTATE)


def _secret_findings(user: ObservedUser, saved: OnFile, description: str) -> Iterator[Finding]:
    if user.login_profile and not saved.password and not saved.intent.login_profile:
        yield Finding(
            "on file",
            f"the console password of {user.name!r} is not on file",
            CLASS,
            "invoice_iam_user_update_password=always",
        )
    current = _access_key.on_file(user.access_keys, saved)
    for key in _access_key.lost(user.access_keys, saved, description):
        if current:
            yield Finding(
                "access key", f"access key {key.id} of {user.name!r} is there beside the one that is on file", ROTATE
            )
            continue
        yield Finding(
            "on file",
            f"the secret of access key {key.id} of {user.name!r} is not on file",
            CLASS,
            _REPLACE,
        )


def _remarks(plan: Plan, saved: OnFile) -> Iterator[str]:
    user = plan.observed
    if user is None:
        return
    ours = {saved.access_key_id, *(key.id for key in _access_key.orphans(user.access_keys, saved))}
    description = plan.wanted.access_key_description
    for key in user.access_keys:
        if key.id not in ours and key.description != description:
            yield f"{user.name!r} has another access key, {key.id} ({key.status})"
    listed = {*plan.managed_policies, *(change.subject for change in plan.changes)}
    if not plan.problems:
        yield from (f"{user.name!r} has another policy, {arn}" for arn in user.attached_policies if arn not in listed)
    yield from (f"{user.name!r} has an inline policy, {policy}" for policy in user.inline_policies)
    yield from (f"{user.name!r} is in group {group}" for group in user.groups)
    yield from (f"{user.name!r} has an MFA device, {device}" for device in user.mfa_devices)
    boundary = user.permissions_boundary
    if boundary and not plan.wanted.permissions_boundary:
        yield f"{user.name!r} has a permissions boundary, {boundary}"


def table(verified: Sequence[Verification]) -> list[str]:
    """Lay the checks out for people, a line a user."""
    rows = [("", *CHECKS), *((one.user_name, *(one.checks[check] for check in CHECKS)) for one in verified)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
