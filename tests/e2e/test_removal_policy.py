# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The policy for those who remove users allows every call that is made, and no other."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import revoke, teardown

from .conftest import PROJECT, Workshop
from .leavers import ARN, DENY, OWNERSHIP, Gateway, user_with_everything

if t.TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from sandbox.aws.client import Sandbox

POLICY = json.loads((PROJECT / "docs" / "removal_policy.json").read_text(encoding="utf-8"))


def allowed() -> set[str]:
    """Every action that the policy names."""
    actions: set[str] = set()
    for statement in POLICY["Statement"]:
        actions |= {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])
    return actions


def test_the_policy_is_enough_and_no_more(endpoint: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint.reset()
    iam = Workshop.client_for(endpoint.url, endpoint.connection, "iam")
    iam.create_group(GroupName="students")
    names = ["anna", "ben", *(f"student-{number}" for number in range(5))]
    key = user_with_everything(iam, "anna")[0]
    user_with_everything(iam, "ben")
    for name in names[2:]:
        iam.create_user(UserName=name, Tags=[OWNERSHIP])
    iam.create_policy(PolicyName="Ours", PolicyDocument=DENY, Tags=[OWNERSHIP])
    iam.create_policy_version(PolicyArn=f"{ARN}Ours", PolicyDocument=DENY, SetAsDefault=True)
    iam.put_user_policy(UserName="sandbox-operator", PolicyName="sandbox", PolicyDocument=json.dumps(POLICY))
    seen = len(endpoint.log())

    gateway = Gateway(endpoint, monkeypatch)
    wishes: dict[str, t.Any] = {"delete": True, "sign_in": True, "sessions": True, "strangers": False}
    common: dict[str, t.Any] = {"wait_timeout": 5, "threads": 2, "progress_file": None}
    leaked = revoke.Request(users=None, access_key_ids=[key], **wishes, **common)
    outcomes = [*revoke.run(gateway, leaked, check_mode=False)["users"]]
    # Again, when it is gone: which account it belonged to is asked.
    revoke.run(gateway, leaked, check_mode=False)
    for who, policies in ((names[:1], []), (names, ["Ours"])):
        request = teardown.Request(
            users=who,
            tags={},
            expired=False,
            confirm=9,
            policies=policies,
            archive_dest=str(tmp_path / "removed"),
            credentials_dest=None,
            delete_files=False,
            **common,
        )
        result = teardown.run(gateway, request, check_mode=False)
        outcomes += [*result["users"], *result["policies"]]
    assert [one["msg"] for one in outcomes if one["failed"]] == []
    # Nobody needs a permission for it.
    assert {one["action"] for one in endpoint.log()[seen:]} - {"sts:GetCallerIdentity"} == allowed()
