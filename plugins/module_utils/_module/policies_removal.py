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

from .._aws.errors import CONFLICT, explain
from .._plans import removal
from .._users import managed_policy as _managed_policy

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._aws.iam import Answer, Iam
    from .._credentials.atomic_files import AtomicFiles
    from .._users.user import User

Result = dict[str, t.Any]


def run(
    iam: Iam, policies: Iterable[str], gone: Sequence[User], archive: AtomicFiles, check_mode: bool
) -> list[Result]:
    """Remove those policies that this collection created and nobody uses. In check mode, C(gone) users are ignored."""
    names = {_managed_policy.name_of(policy) for policy in policies}
    if not names:
        return []
    results = []
    for listed in sorted(iam.managed_policies("Local"), key=lambda one: str(one["PolicyName"])):
        if listed["PolicyName"] in names:
            policy = iam.policy(listed["Arn"])
            if policy:
                results.append(_serve(iam, policy, gone if check_mode else (), archive, check_mode))
    return results


def _serve(iam: Iam, policy: Answer, gone: Sequence[User], archive: AtomicFiles, check_mode: bool) -> Result:
    arn = policy["Arn"]
    attached = sum(arn in user.attached_policies for user in gone)
    bounding = sum(arn == user.permissions_boundary for user in gone)
    result = {"name": policy["PolicyName"], "arn": arn, "changed": False, "failed": False, "msg": ""}
    refusal = removal.policy_refusal(policy, attached, bounding)
    if refusal:
        return {**result, "msg": refusal}
    if not check_mode:
        try:
            _remove(iam, policy, archive)
        except AnsibleIAMError as error:
            return {**result, "failed": True, "msg": explain(error)}
    done = "would be removed" if check_mode else "is removed"
    return {**result, "changed": True, "msg": f"policy {policy['PolicyName']} {done}"}


def _remove(iam: Iam, policy: Answer, archive: AtomicFiles) -> None:
    arn, name = policy["Arn"], policy["PolicyName"]
    kept = {"policy": policy, "default_version": iam.policy_version(arn, policy["DefaultVersionId"])}
    archive.prepare()
    archive.put(f"{name}.{policy['PolicyId']}.json", (json.dumps(kept, indent=2, default=str) + "\n").encode("utf-8"))
    for version in iam.policy_versions(arn):
        if not version["IsDefaultVersion"]:
            which = {"PolicyArn": arn, "VersionId": version["VersionId"]}
            iam.take(f"delete version {version['VersionId']} of policy {name}", "delete_policy_version", which)
    # A policy that was detached a moment ago may still seem to be attached.
    iam.wait_out(lambda: iam.take(f"delete policy {name}", "delete_policy", {"PolicyArn": arn}), CONFLICT)
