# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The operator's least-privilege policy allows every call that is made, and no other."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from .conftest import PROJECT, USER, WORKSHOP_POLICIES, Run, Workshop
from .support.leavers import ARN

POLICY = json.loads((PROJECT / "docs" / "operator_policy.json").read_text(encoding="utf-8"))


VERIFY_POLICY = json.loads((PROJECT / "docs" / "verify_policy.json").read_text(encoding="utf-8"))


def actions_of(policy: dict[str, t.Any]) -> set[str]:
    """Every action that a policy names."""
    actions: set[str] = set()
    for statement in policy["Statement"]:
        actions |= {statement["Action"]} if isinstance(statement["Action"], str) else set(statement["Action"])
    return actions


@pytest.fixture
def bounded(workshop: Workshop) -> Workshop:
    """A workshop whose operator has nothing but the policy."""
    workshop.aws.reset(operator_policy=POLICY)
    return workshop


@pytest.mark.slow
def test_the_policy_is_enough_and_no_more(bounded: Workshop) -> None:
    boundary = "AIInvoiceScannerPermissionsBoundary"
    bounded.setup(create_policies=True, permissions_boundary=boundary)
    of_key = (f"{USER}_accessKeys.csv", f"{USER}_aws_configure_import.csv")
    for name in (*of_key, "class_credentials.csv", "aws_configure_import.csv"):
        (bounded.credentials / name).unlink()
    bounded.setup(
        path="/class/",
        tags={"course": "invoices"},
        managed_policies=["AmplifyAdminPolicy"],
        purge_policies=True,
        update_password="always",
        lost_secret="replace",
        permissions_boundary="AIInvoiceScannerFullPolicy",
    )
    assert bounded.run("playbooks/rotate.yml", rotate_older_than_days=0).status == 0
    # In a large account, a few users are not read in bulk.
    for number in range(100):
        bounded.client("iam").create_user(UserName=f"other-{number}")
    bounded.setup(name="late", **{"class": "spring", "closes": "2999-12-31"})
    # A class that was paused and resumed twice already
    hours = "arn:aws:iam::123456789012:policy/InvoiceScannerHours-spring"
    deny = {"Effect": "Deny", "NotAction": ["iam:ChangePassword", "sts:GetCallerIdentity"], "Resource": "*"}
    paused = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    for _number in range(4):
        bounded.client("iam").create_policy_version(PolicyArn=hours, PolicyDocument=paused, SetAsDefault=False)
    run = bounded.run("playbooks/hours.yml", "-e", "invoice_iam_user_class=spring", hours="pause")
    assert run.status == 0, run.output
    # Nobody needs a permission for the first; AWS asks for the second where CreatePolicy brings tags ("CreatePolicy" in
    # the IAM API Reference), and the endpoint does not.
    called = set(bounded.aws.calls()) - {"sts:GetCallerIdentity"} | {"iam:TagPolicy"}
    assert called == actions_of(POLICY)


def denied(workshop: Workshop, action: str, **variables: t.Any) -> Run:
    """Set somebody up, step by step, without one of the permissions."""
    statements = [
        {**statement, "Action": left}
        for statement in POLICY["Statement"]
        if (left := sorted(actions_of({"Statement": [statement]}) - {action}))
    ]
    workshop.aws.reset(operator_policy={**POLICY, "Statement": statements})
    run = workshop.run("playbooks/setup.yml", lane="steps", **variables)
    assert run.status != 0
    assert "Traceback" not in run.output
    return run


@pytest.mark.slow
def test_without_a_permission_the_sentence_says_which(
    workshop: Workshop, subtests: pytest.Subtests, long: bool
) -> None:
    """Also where a module of amazon.aws is denied, in the lane of steps: on the way and in the last lines."""
    makes: dict[str, t.Any] = {"create_policies": True, "permissions_boundary": "AIInvoiceScannerPermissionsBoundary"}
    cells: list[tuple[str, str, dict[str, t.Any]]] = [
        ("CreateUser", f"create IAM user {USER} with path / and no permissions boundary", {}),
        ("CreateAccessKey", f"create an access key for {USER}", {}),
        ("CreatePolicy", "create policy", makes),
    ]
    if long:
        cells.append(("AttachUserPolicy", f"attach policy {ARN}{WORKSHOP_POLICIES[0]} to {USER}", {}))
    for action, words, wishes in cells:
        with subtests.test("denied", lane="steps", at=action):
            run = denied(workshop, f"iam:{action}", **wishes)
            last = run.output[run.output.rindex("PLAY RECAP") :]
            for shown in (run.flat(), last):
                assert f"Failed to {words}" in shown
                assert f"is not authorized to perform: iam:{action} on resource" in shown
            if action != "CreatePolicy":
                assert "the operator's AWS credentials may not do this; see docs/operator_policy.json" in last
            assert "When that is fixed, run the same command again" in last
            assert " created" not in last
            assert not re.search(r"Unknown error|Failed to \{|\{\w+\}", run.output)


def test_to_verify_takes_no_right_to_change_anything(workshop: Workshop) -> None:
    workshop.prepare()
    iam = workshop.client("iam")
    iam.create_user(UserName="auditor")
    iam.put_user_policy(UserName="auditor", PolicyName="verify", PolicyDocument=json.dumps(VERIFY_POLICY))
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    keys = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    workshop.variables({"aws_connection": workshop.aws.connection | keys}, "connection")
    before = workshop.aws.calls()
    for users in (0, 100):
        # In a large account, a few users are not read in bulk.
        for number in range(users):
            iam.create_user(UserName=f"other-{number}")
        run = workshop.run("playbooks/verify.yml", verify_arrivals=True)
        assert run.status == 0, run.output
    missing = workshop.run("playbooks/verify.yml", name="Ai-invoice-scanner-user")
    assert f"IAM ignores case, so 'Ai-invoice-scanner-user' is taken: there is a user '{USER}'" in missing.flat()
    called = {name for name, count in workshop.aws.calls().items() if count != before.get(name)}
    assert called - {"sts:GetCallerIdentity", "iam:CreateUser"} == actions_of(VERIFY_POLICY)
