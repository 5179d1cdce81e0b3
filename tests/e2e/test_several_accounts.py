# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""One run serves a class that is spread over accounts, each of which has its own users, files and faults."""

from __future__ import annotations

import csv
import json
import typing as t

import pytest

from .conftest import Workshop

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ONE, OTHER, THIRD = "111111111111", "222222222222", "333333333333"
Row = dict[str, str]


class Department:
    """Accounts with an operator each, and hosts that are spread over them."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.keys = {account: workshop.aws.account(account) for account in (ONE, OTHER)}
        workshop.variables({"invoice_iam_user_name": "{{ seat | default(inventory_hostname) }}"})
        self.spread({"anna": ONE, "bert": OTHER, "carla": ONE})

    def spread(self, hosts: Mapping[str, str], **own: Mapping[str, t.Any]) -> None:
        """Put hosts into accounts, some with variables of their own."""
        self.workshop.hosts(
            {host: {"aws_connection": self.keys[account], **own.get(host, {})} for host, account in hosts.items()}
        )

    def iam(self, account: str) -> t.Any:
        """Look into an account with boto3."""
        return self.workshop.client_for(self.workshop.aws.url, self.keys[account], "iam")

    def users(self, account: str) -> set[str]:
        """Name the users of an account, its operator left out."""
        return {user["UserName"] for user in self.iam(account).list_users()["Users"]} - {"sandbox-operator"}

    def place(self, account: str) -> Path:
        """The files of an account."""
        return self.workshop.credentials / account

    def works(self, account: str, name: str) -> None:
        """See with boto3 that the key on file is this user's in this account, and that the sheet says the same."""
        (key,) = rows(self.place(account) / f"{name}_accessKeys.csv")
        (row,) = [row for row in rows(self.place(account) / "class_credentials.csv") if row["User name"] == name]
        assert row["Access key ID"] == key["Access key ID"]
        assert row["Console login link"] == f"https://{account}.signin.aws.amazon.com/console"
        own = {"access_key": key["Access key ID"], "secret_key": key["Secret access key"]}
        who = self.workshop.client_for(self.workshop.aws.url, own, "sts").get_caller_identity()
        assert who["Arn"] == f"arn:aws:iam::{account}:user/{name}"

    def files(self) -> dict[str, bytes]:
        """Every file that there is."""
        found = self.workshop.credentials.rglob("*")
        return {str(path.relative_to(self.workshop.credentials)): path.read_bytes() for path in found if path.is_file()}

    def writes(self) -> dict[str, int]:
        """The writing calls so far."""
        return self.workshop.writes()


def rows(path: Path) -> list[Row]:
    """Read a CSV file as Python's own csv module does."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


@pytest.fixture
def department(workshop: Workshop) -> Department:
    """Two accounts and three people."""
    return Department(workshop)


def test_a_class_in_two_accounts_is_served_by_one_run(department: Department) -> None:
    run = department.workshop.run("playbooks/class.yml")
    assert run.status == 0, run.output
    assert (department.users(ONE), department.users(OTHER)) == ({"anna", "carla"}, {"bert"})
    for account, name in ((ONE, "anna"), (ONE, "carla"), (OTHER, "bert")):
        department.works(account, name)
    assert [row["User name"] for row in rows(department.place(ONE) / "class_credentials.csv")] == ["anna", "carla"]
    assert json.loads((department.place(OTHER) / ".account.json").read_text()) == {"account_id": OTHER}
    assert {path.name for path in department.workshop.credentials.iterdir()} == {ONE, OTHER}
    assert f"account {ONE}: 2 users: 2 created" in run.flat()
    assert f"account {OTHER}: 1 user: 1 created" in run.flat()
    assert "3 users: 3 created" in run.flat()
    again = department.workshop.run("playbooks/setup.yml")
    assert again.status == 0, again.output
    assert {again.recap(host)["changed"] for host in ("anna", "bert", "carla")} == {0}
    # No call was signed by the key of one account about the users of another.
    assert {one["account"] for one in department.workshop.aws.log()} == {ONE, OTHER}
