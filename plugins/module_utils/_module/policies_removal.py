# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Remove customer-managed policies that nothing uses any more."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.iam import BUSY, CONFLICT, Iam, explain, wait_out
from .._plans import removal as _removal
from .._users import managed_policy as _managed_policy

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._aws.iam import Answer
    from .._credentials.directory import (
        CredentialsDirectory,
    )
    from .._plans.removal import FoundUser

Result = dict[str, t.Any]


class Tools(t.NamedTuple):
    """Where what is removed is written down, and how many seconds AWS is given to see that nothing uses it."""

    archive: CredentialsDirectory
    patience: float


def run(
    iam: Iam,
    policies: Iterable[str],
    gone: Sequence[FoundUser],
    check_mode: bool,
    tools: Tools,
) -> list[Result]:
    """Remove those of the policies that are ours and unused. In check mode, users in C(gone) count as gone."""
    names = {_managed_policy.name_of(policy) for policy in policies}
    if not names:
        return []
    results = []
    for listed in sorted(iam.managed_policies("Local"), key=lambda one: str(one["PolicyName"])):
        if listed["PolicyName"] in names:
            policy = iam.policy(listed["Arn"])
            if policy:
                results.append(_serve(iam, policy, gone if check_mode else (), check_mode, tools))
    return results


def _serve(
    iam: Iam,
    policy: Answer,
    gone: Sequence[FoundUser],
    check_mode: bool,
    tools: Tools,
) -> Result:
    arn = policy["Arn"]
    attached = sum(arn in user.ids("managed_policies") for user in gone)
    bounding = sum(arn in user.ids("permissions_boundary") for user in gone)
    result = {"name": policy["PolicyName"], "arn": arn, "changed": False, "failed": False, "msg": ""}
    refusal = _removal.policy_refusal(policy, attached, bounding)
    if refusal:
        return {**result, "msg": refusal}
    if not check_mode:
        try:
            _remove(iam, policy, tools)
        except AnsibleIAMError as error:
            return {**result, "failed": True, "msg": explain(error)}
    return {**result, "changed": True, "msg": f"policy {policy['PolicyName']} is removed"}


def _remove(iam: Iam, policy: Answer, tools: Tools) -> None:
    arn, name = policy["Arn"], policy["PolicyName"]
    kept = {"policy": policy, "default_version": iam.policy_version(arn, policy["DefaultVersionId"])}
    tools.archive.prepare()
    tools.archive.save_record(
        f"{name}.{policy['PolicyId']}.json", (json.dumps(kept, indent=2, default=str) + "\n").encode("utf-8")
    )
    for version in iam.policy_versions(arn):
        if not version["IsDefaultVersion"]:
            which = {"PolicyArn": arn, "VersionId": version["VersionId"]}
            iam.take(f"delete version {version['VersionId']} of policy {name}", "delete_policy_version", which)
    # What was detached a moment ago may still seem to be attached.
    wait_out(
        lambda: iam.take(f"delete policy {name}", "delete_policy", {"PolicyArn": arn}), BUSY | CONFLICT, tools.patience
    )
