# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Managed policies: from the names that people write to the ARNs that AWS takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import managed_policy as _managed_policy

ROLE = Path(__file__).parents[5] / "roles" / "invoice_iam_user"
ACCOUNT = "123456789012"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/AIInvoiceScannerFullPolicy"
NESTED = f"arn:aws:iam::{ACCOUNT}:policy/class/2026/Lab"
AWS_OWN = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
CHINA = f"arn:aws-cn:iam::{ACCOUNT}:policy/Lab-cn"
KNOWN = {_managed_policy.name_of(arn): arn for arn in (OWN, NESTED, AWS_OWN, CHINA)}


@pytest.mark.parametrize(
    ("policy", "arn"),
    [
        ("AIInvoiceScannerFullPolicy", OWN),
        ("Lab", NESTED),
        ("ViewOnlyAccess", AWS_OWN),
        *[(arn, arn) for arn in KNOWN.values()],
    ],
)
def test_a_policy_is_found(policy: str, arn: str) -> None:
    assert _managed_policy.resolve(policy, KNOWN, ACCOUNT, arn.split(":")[1]) == (arn, None)


def test_what_the_role_creates_on_request_is_said_with_the_option() -> None:
    said = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))
    documents = (ROLE / "files" / "policies").glob("*.json")
    assert sorted(path.stem for path in documents) == [*_managed_policy.OF_ROLE]
    assert sorted(said["__invoice_iam_user_shipped_policies"]) == [*_managed_policy.OF_ROLE]
    for policy in _managed_policy.OF_ROLE:
        _arn, problem = _managed_policy.resolve(policy, {}, ACCOUNT)
        assert str(problem).endswith("or run the playbook setup or class with invoice_iam_user_create_policies=true")


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("Nope", f"there is no managed policy 'Nope' in account {ACCOUNT}; create it or correct the name"),
        ("lab", "there is no managed policy 'lab'"),
        (f"arn:aws:iam::{ACCOUNT}:policy/Nope", f"there is no policy 'arn:aws:iam::{ACCOUNT}:policy/Nope'"),
        ("arn:aws:iam::999999999999:policy/Lab", "belongs to account 999999999999, but the users to 123456789012"),
        (
            "arn:aws-cn:iam::aws:policy/ViewOnlyAccess",
            "the policy 'arn:aws-cn:iam::aws:policy/ViewOnlyAccess' is in partition aws-cn, but the users are in "
            "aws; did you mean arn:aws:iam::aws:policy/ViewOnlyAccess?",
        ),
        ("arn:aws:iam::12:policy/Lab", "is not the ARN of a managed policy; it reads like"),
        (f"arn:aws:iam::{ACCOUNT}:role/Lab", "is not the ARN of a managed policy"),
        (f"arn:aws:iam::{ACCOUNT}:policy/", "is not the ARN of a managed policy"),
        (f"arn:aws:iam::{ACCOUNT}:policy/{'x' * 129}", "is not the ARN of a managed policy"),
        (f"{OWN}\n", "is not the ARN of a managed policy"),
    ],
)
def test_a_policy_is_not_found(policy: str, said: str) -> None:
    arn, problem = _managed_policy.resolve(policy, KNOWN, ACCOUNT)
    assert arn is None
    assert said in str(problem)


def test_the_arn_of_a_policy_that_is_to_be_made() -> None:
    assert _managed_policy.customer_managed_arn("aws", ACCOUNT, "AIInvoiceScannerFullPolicy") == OWN
    assert _managed_policy.name_of("AIInvoiceScannerFullPolicy") == _managed_policy.name_of(OWN)
