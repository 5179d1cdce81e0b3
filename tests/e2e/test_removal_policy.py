# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The policy for those who remove users allows every call that is made, and no other."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import revoke, teardown
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks

from .conftest import PROJECT, Workshop
from .support.durable import Stores, uri
from .support.leavers import ARN, DENY, OWNERSHIP, Gateway, user_with_everything

if t.TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from sandbox.aws.client import Sandbox

POLICY = json.loads((PROJECT / "docs" / "removal_policy.json").read_text(encoding="utf-8"))

# Where the permission is called otherwise than the operation
PERMISSIONS = {"s3:DeleteObject": "s3:DeleteObjectVersion", "s3:ListObjectVersions": "s3:ListBucketVersions"}
# Without it, S3 says that it may not tell instead of that an object is not there.
UNSEEN = {"s3:ListBucket"}


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
    stores = Stores(endpoint)
    stores.make_bucket()
    stores.put("s3", "class/anna", '{"user_name": "anna"}')
    stores.secrets.create_secret(Name="class/ben", SecretString='{"user_name": "ben"}', Tags=[OWNERSHIP])
    removal = iam.create_policy(PolicyName="Removal", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="sandbox-operator", PolicyArn=removal)
    iam.delete_user_policy(UserName="sandbox-operator", PolicyName="sandbox")
    seen = len(endpoint.log())

    gateway = Gateway(endpoint, monkeypatch)
    wishes: dict[str, t.Any] = {"delete": True, "sign_in": True, "sessions": True, "strangers": False}
    leaked = {"users": None, "access_key_ids": [key], "class_name": "", "threads": 2, **wishes}
    outcomes = [*revoke.run(gateway, leaked, Marks(), check_mode=False)["users"]]
    # Again, when it is gone: which account it belonged to is asked.
    revoke.run(gateway, leaked, Marks(), check_mode=False)
    for who, policies, kind in ((names[:1], [], "s3"), (names, ["Ours"], "secretsmanager")):
        params = {
            "users": who,
            "tags": {},
            "expired": False,
            "class_name": "",
            "confirm": 9,
            "policies": policies,
            "archive_dest": str(tmp_path / "removed"),
            "handouts_dest": None,
            "credentials_dest": uri(kind),
            "delete_files": True,
            "threads": 2,
        }
        result = teardown.run(gateway, params, Marks(), check_mode=False)
        outcomes += [*result["users"], *result["policies"]]
    assert [one["msg"] for one in outcomes if one["failed"]] == []
    # Nobody needs a permission for it.
    needed = {PERMISSIONS.get(one["action"], one["action"]) for one in endpoint.log()[seen:]}
    assert needed - {"sts:GetCallerIdentity"} == allowed() - UNSEEN
