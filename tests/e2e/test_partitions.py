# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Accounts in other partitions of AWS, as moto plays them by the region."""

from __future__ import annotations

import csv
import typing as t

import pytest

from .conftest import USER, Workshop
from .support.moto_as_it_is import moto_as_it_is

if t.TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

KEYS = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "x" * 40}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Its URL."""
    yield from moto_as_it_is()


@pytest.mark.parametrize(
    ("region", "partition", "url"),
    [
        ("cn-north-1", "aws-cn", "https://123456789012.signin.amazonaws.cn/console"),
        pytest.param(
            "us-gov-west-1",
            "aws-us-gov",
            "https://123456789012.signin.amazonaws-us-gov.com/console",
            marks=pytest.mark.long,
        ),
        ("us-iso-east-1", "aws-iso", ""),
    ],
)
def test_a_user_in_another_partition(workshop: Workshop, moto: str, region: str, partition: str, url: str) -> None:
    workshop.variables({"aws_connection": {"endpoint_url": moto, "region": region, **KEYS}}, "connection")
    run = workshop.setup(create_policies=True)
    iam = workshop.client_for(moto, KEYS, "iam", region)
    user = iam.get_user(UserName=USER)["User"]
    assert user["Arn"] == f"arn:{partition}:iam::123456789012:user/{USER}"
    attached = iam.list_attached_user_policies(UserName=USER)["AttachedPolicies"]
    assert {one["PolicyArn"] for one in attached} == {
        f"arn:{partition}:iam::123456789012:policy/{name}"
        for name in ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy")
    }
    for file in (f"{USER}_credentials.csv", "class_credentials.csv"):
        with (workshop.credentials / file).open(encoding="utf-8-sig", newline="") as stream:
            (row,) = csv.DictReader(stream)
        assert next(value for name, value in row.items() if name.startswith("Console ")) == url
    guessed = f"does not know the console sign-in URL of partition {partition}, so the files have none"
    assert (guessed in run.flat()) == (not url)
    assert "signin.aws.amazon.com" not in run.output
    assert workshop.run("playbooks/verify.yml").status == 0
    assert workshop.setup().recap("participant")["changed"] == 0
    handout = workshop.run("playbooks/handout.yml")
    assert handout.status == 0, handout.output
