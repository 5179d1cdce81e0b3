# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What runs have left in an account: how it is found, and removed. Nothing else is touched.

A thing is a left-over if its name and its path are those of the same run. For a user and a policy, the tag has to be of
that run, too. The policy of a class's hours is in the path C(/), and the class in its name has to be that in its tag.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass

import botocore.exceptions

from .duet import PASSING
from .mark import BASE, CLASS_TAG, HOURS, PATHS, TAG, token_of_name, token_of_path
from .report import say

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

# Kind -> how it is listed, the member with the list, and with which parameters
_LISTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "user": ("list_users", "Users", {}),
    "group": ("list_groups", "Groups", {}),
    "policy": ("list_policies", "Policies", {"Scope": "Local"}),
    "MFA device": ("list_virtual_mfa_devices", "VirtualMFADevices", {}),
}
# Kind -> how its tags are listed, and by which parameter and member it is named there
_TAGS = {
    "user": ("list_user_tags", "UserName", "UserName"),
    "policy": ("list_policy_tags", "PolicyArn", "Arn"),
}
# What a user may have: how it is listed, the member with the list, how it is taken away, and the parameter that says
# which; where the list has names only, they are that
_STRIPPED = (
    ("list_access_keys", "AccessKeyMetadata", "delete_access_key", "AccessKeyId"),
    ("list_attached_user_policies", "AttachedPolicies", "detach_user_policy", "PolicyArn"),
    ("list_user_policies", "PolicyNames", "delete_user_policy", "PolicyName"),
    ("list_groups_for_user", "Groups", "remove_user_from_group", "GroupName"),
    ("list_mfa_devices", "MFADevices", "deactivate_mfa_device", "SerialNumber"),
    ("list_ssh_public_keys", "SSHPublicKeys", "delete_ssh_public_key", "SSHPublicKeyId"),
    ("list_signing_certificates", "Certificates", "delete_signing_certificate", "CertificateId"),
    (
        *("list_service_specific_credentials", "ServiceSpecificCredentials"),
        *("delete_service_specific_credential", "ServiceSpecificCredentialId"),
    ),
)


# For how long something is tried again that AWS will hardly change its mind about
_SHORT = 20.0
_ERRORS = (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)


@dataclass(frozen=True)
class LeftOver:
    """Something that a run has made."""

    kind: str
    name: str
    id: str  # the ARN of a policy and the serial number of a device; else the name
    path: str
    token: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} in {self.path}"


@dataclass(frozen=True)
class Found:
    """What is to go, and what only looks like it."""

    ours: list[LeftOver]
    alike: list[str]


def find(iam: t.Any, tokens: Collection[str] | None = None) -> Found:
    """Look through an account for what runs have made; C(tokens) are those of the runs that are meant, if not all."""
    found = Found([], [])
    for kind, (operation, member, parameters) in _LISTS.items():
        pages = iam.get_paginator(operation).paginate(**parameters)
        for one in (one for page in pages for one in page[member]):
            left_over, doubt = _judged(iam, kind, one)
            if left_over and (tokens is None or left_over.token in tokens):
                found.ours.append(left_over)
            elif doubt and tokens is None:
                found.alike.append(doubt)
    return found


def _judged(iam: t.Any, kind: str, one: dict[str, t.Any]) -> tuple[LeftOver | None, str]:
    """Tell whether a thing is a left-over; if not, why somebody may think so."""
    name, path = _named(one)
    if kind == "policy" and name.startswith(HOURS):
        return _judged_hours(iam, one)
    tokens = {token_of_name(name), token_of_path(path)}
    if tokens == {None}:
        near = name.lower().startswith(BASE) or path.startswith(PATHS)
        return None, f"{kind} {name} in {path} has no name and path of ours" if near else ""
    if kind in _TAGS:
        tokens.add(_tagged(iam, kind, one))
    token = tokens.pop()
    if tokens or token is None:
        return None, f"{kind} {name} in {path} has not the name, path and tag of one run"
    key = one.get("SerialNumber") or (one["Arn"] if kind == "policy" else name)
    return LeftOver(kind, name, key, path, token), ""


def _judged_hours(iam: t.Any, one: dict[str, t.Any]) -> tuple[LeftOver | None, str]:
    name, path = one["PolicyName"], one["Path"]
    class_name = name.removeprefix(HOURS)
    token = token_of_name(class_name)
    if token is None:
        return None, ""  # a real class's
    if path != "/" or _tagged(iam, "policy", one, CLASS_TAG) != class_name:
        return None, f"policy {name} in {path} has not the name, path and tag of one run"
    return LeftOver("policy", name, one["Arn"], path, token), ""


def _named(one: dict[str, t.Any]) -> tuple[str, str]:
    """Return name and path; a device has both in its serial number only."""
    if "Path" in one:
        names = (one.get(f"{kind}Name") for kind in ("User", "Group", "Policy"))
        return next(str(name) for name in names if name), one["Path"]
    path, _slash, name = one["SerialNumber"].partition(":mfa")[2].rpartition("/")
    return name, f"{path}/"


def _tagged(iam: t.Any, kind: str, one: dict[str, t.Any], key: str = TAG) -> str | None:
    operation, parameter, member = _TAGS[kind]
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        tags = getattr(iam, operation)(**{parameter: one[member]})["Tags"]
        return next((str(tag["Value"]) for tag in tags if tag["Key"] == key), None)
    return None


def remove(iam: t.Any, patience: float, tokens: Collection[str] | None = None, pause: float = 2.0) -> list[str]:
    """Remove what runs have left, until two looks find nothing. Returns what could not be removed, with the reason.

    AWS may show a thing late, and refuse for minutes to delete a login profile that was just made.
    """
    began, clean_looks = time.monotonic(), 0
    known: list[Problem] = []
    while clean_looks < 2:
        left, problems = _round(iam, tokens)
        for problem in problems:
            if problem not in known:
                say(f"  not yet: {problem.text}")
        known = problems
        clean_looks = 0 if left or problems else clean_looks + 1
        worth_waiting = patience if any(problem.may_pass for problem in problems) else min(patience, _SHORT)
        if problems and time.monotonic() - began > worth_waiting:
            return [problem.text for problem in problems]
        if clean_looks < 2:
            time.sleep(pause)
            pause = min(pause * 1.5, 30.0) if problems else pause
    return []


class Problem(t.NamedTuple):
    """Why something is still there."""

    text: str
    may_pass: bool


def _round(iam: t.Any, tokens: Collection[str] | None) -> tuple[bool, list[Problem]]:
    """Look once, and remove what is found. Tells whether there was something, and what went wrong."""
    try:
        left = sorted(find(iam, tokens).ours, key=lambda one: list(_LISTS).index(one.kind))
    except _ERRORS as error:
        return False, [_problem("the account cannot be looked through", error)]
    return bool(left), [problem for one in left if (problem := _removal_problem(iam, one))]


def _removal_problem(iam: t.Any, one: LeftOver) -> Problem | None:
    try:
        _REMOVALS[one.kind](iam, one)
    except iam.exceptions.NoSuchEntityException:
        return None  # somebody else was faster, or a list is late
    except _ERRORS as error:
        return _problem(str(one), error)
    say(f"  removed {one}")
    return None


def _problem(what: str, error: Exception) -> Problem:
    code = error.response["Error"]["Code"] if isinstance(error, botocore.exceptions.ClientError) else ""
    return Problem(f"{what}: {error}", not code or code in PASSING | {"DeleteConflict"})


def _remove_user(iam: t.Any, one: LeftOver) -> None:
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_login_profile(UserName=one.name)
    for listing, member, removal, parameter in _STRIPPED:
        for thing in _all(iam, listing, member, UserName=one.name):
            value = thing if isinstance(thing, str) else thing[parameter]
            with contextlib.suppress(iam.exceptions.NoSuchEntityException):
                getattr(iam, removal)(UserName=one.name, **{parameter: value})
    iam.delete_user(UserName=one.name)


def _remove_group(iam: t.Any, one: LeftOver) -> None:
    iam.delete_group(GroupName=one.name)


def _remove_policy(iam: t.Any, one: LeftOver) -> None:
    for version in _all(iam, "list_policy_versions", "Versions", PolicyArn=one.id):
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=one.id, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=one.id)


def _remove_device(iam: t.Any, one: LeftOver) -> None:
    iam.delete_virtual_mfa_device(SerialNumber=one.id)


_REMOVALS: dict[str, Callable[[t.Any, LeftOver], None]] = {
    "user": _remove_user,
    "group": _remove_group,
    "policy": _remove_policy,
    "MFA device": _remove_device,
}


def _all(iam: t.Any, operation: str, member: str, **parameters: str) -> Iterator[t.Any]:
    if not iam.can_paginate(operation):
        yield from getattr(iam, operation)(**parameters)[member]
        return
    for page in iam.get_paginator(operation).paginate(**parameters):
        yield from page[member]
