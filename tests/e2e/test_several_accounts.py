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
        assert (row["Access key ID"], row["Account ID"]) == (key["Access key ID"], account)
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


@pytest.mark.slow
def test_the_same_name_in_two_accounts_is_two_people(department: Department) -> None:
    department.spread({"anna1": ONE, "anna2": OTHER}, anna1={"seat": "anna"}, anna2={"seat": "anna"})
    run = department.workshop.run("playbooks/class.yml")
    assert run.status == 0, run.output
    for account in (ONE, OTHER):
        assert department.users(account) == {"anna"}
        department.works(account, "anna")
    # In one account, they would be one person.
    department.spread({"anna1": ONE, "anna2": ONE, "bert": OTHER}, anna1={"seat": "anna"}, anna2={"seat": "ANNA"})
    run = department.workshop.run("playbooks/class.yml")
    assert {host: run.recap(host)["failed"] for host in ("anna1", "anna2", "bert")} == {
        "anna1": 1,
        "anna2": 1,
        "bert": 0,
    }
    assert "The hosts anna1, anna2 all have the IAM user name" in run.flat()


def test_the_wrong_account_fails_its_own_hosts_and_is_left_as_it_is(department: Department) -> None:
    meant = {"invoice_iam_user_account_id": THIRD}
    department.spread({"anna": ONE, "bert": OTHER, "carla": ONE}, bert=meant)
    run = department.workshop.run("playbooks/class.yml")
    assert {host: run.recap(host)["failed"] for host in ("anna", "bert", "carla")} == {"anna": 0, "bert": 1, "carla": 0}
    assert f"the AWS credentials belong to account {OTHER}, but account {THIRD} is meant" in run.flat()
    assert department.users(ONE) == {"anna", "carla"}
    asked = {one["action"] for one in department.workshop.aws.log() if one["account"] == OTHER}
    assert asked == {"sts:GetCallerIdentity"}
    assert {path.name for path in department.workshop.credentials.iterdir()} == {ONE}


@pytest.mark.slow
def test_an_account_that_dies_in_the_middle_fails_its_own_hosts(department: Department) -> None:
    department.workshop.aws.weather(
        expired_token={"action": "CreateAccessKey", "account": OTHER, "nth": 1, "times": 1000}
    )
    run = department.workshop.run("playbooks/class.yml")
    assert {host: run.recap(host)["failed"] for host in ("anna", "bert", "carla")} == {"anna": 0, "bert": 1, "carla": 0}
    assert "the operator's session has expired; sign in again" in run.flat()
    department.works(ONE, "anna")
    department.works(ONE, "carla")
    assert f"account {OTHER}: 1 user: 1 failed" in run.flat()
    assert "Traceback" not in run.output
    department.workshop.aws.weather()
    assert department.workshop.run("playbooks/class.yml").status == 0
    department.works(OTHER, "bert")


def test_an_account_that_cannot_be_reached_fails_its_own_hosts(department: Department) -> None:
    department.keys[THIRD] = {"profile": "nobody-made-it"}
    department.keys[OTHER] = {**department.keys[OTHER], "secret_key": "w" * 40}
    department.spread({"anna": ONE, "bert": OTHER, "carla": THIRD})
    run = department.workshop.run("playbooks/class.yml")
    assert {host: run.recap(host)["failed"] for host in ("anna", "bert", "carla")} == {"anna": 0, "bert": 1, "carla": 1}
    assert "the operator's secret access key is wrong" in run.flat(), run.output
    assert (
        "profile 'nobody-made-it': Failed to sign in to AWS: The config profile (nobody-made-it) could not be found"
        in run.flat()
    )
    assert "Traceback" not in run.output
    department.works(ONE, "anna")


def test_everybody_is_looked_at_before_anything_is_written(department: Department) -> None:
    """What is wrong in one account is known before the first write in another."""
    department.workshop.run("playbooks/class.yml")
    department.workshop.aws.weather(latency_ms=30)
    department.spread({"anna": ONE, "bert": OTHER, "carla": ONE, "dora": ONE, "emil": OTHER})
    assert department.workshop.run("playbooks/class.yml").status == 0
    log = [one for one in department.workshop.aws.log() if one["action"].startswith("iam:")]
    fresh = [one for one in log if one["parameters"].get("UserName") in ("dora", "emil")]
    first = log.index(next(one for one in fresh if one["action"] == "iam:CreateUser"))
    reads = [log.index(one) for one in log if one["action"] == "iam:GetAccountSummary"]
    assert len([read for read in reads if read < first]) == 4, "twice in each run, and never after the first write"
    assert len(reads) == 4


def test_two_ways_to_one_account_are_refused(department: Department) -> None:
    department.keys["again"] = {**department.keys[ONE], "region": "eu-central-1"}
    department.spread({"anna": ONE, "bert": OTHER, "carla": "again"})
    run = department.workshop.run("playbooks/class.yml")
    assert {host: run.recap(host)["failed"] for host in ("anna", "bert", "carla")} == {"anna": 1, "bert": 0, "carla": 1}
    assert (
        f"the hosts anna and carla are in the same account, {ONE}, but have different values of aws_connection"
        in run.flat()
    )
    assert (department.users(ONE), department.users(OTHER)) == (set(), {"bert"})


def test_a_destination_of_one_account_is_not_divided_behind_its_back(department: Department) -> None:
    department.spread({"anna": ONE})
    assert department.workshop.run("playbooks/class.yml").status == 0
    assert (department.workshop.credentials / "anna_accessKeys.csv").exists(), "in the place itself, as ever"
    before, writes = department.files(), department.writes()
    department.spread({"anna": ONE, "bert": OTHER})
    run = department.workshop.run("playbooks/class.yml")
    assert run.status != 0
    assert f"holds the credentials of account {ONE}, but a run for several accounts saves" in run.flat()
    assert f"move what is there to '{department.workshop.credentials / ONE}'" in run.flat()
    assert (department.files(), department.writes()) == (before, writes)
    # Who serves that account alone still finds what is there.
    assert department.workshop.run("playbooks/class.yml", "--limit", "anna").recap("anna")["changed"] == 0
    assert department.files() == before


@pytest.mark.slow
@pytest.mark.parametrize("playbook", [pytest.param("class", marks=pytest.mark.long), "setup"])
def test_a_limit_to_one_account_moves_no_secret(department: Department, playbook: str) -> None:
    """One person is served step by step, and from the first run on in the account's own place."""
    run = department.workshop.run(f"playbooks/{playbook}.yml", "--limit", "bert")
    assert run.status == 0, run.output
    department.works(OTHER, "bert")
    assert {path.name for path in department.workshop.credentials.iterdir()} == {OTHER}
    assert department.workshop.run("playbooks/class.yml").status == 0
    department.works(ONE, "anna")
    before = department.files()
    again = department.workshop.run(f"playbooks/{playbook}.yml", "--limit", "anna")
    assert again.recap("anna")["changed"] == 0
    assert department.files() == before


def test_the_policies_are_made_in_each_account(department: Department) -> None:
    for account in (ONE, OTHER):
        iam = department.iam(account)
        for policy in iam.list_policies(Scope="Local")["Policies"]:
            iam.delete_policy(PolicyArn=policy["Arn"])
    run = department.workshop.run("playbooks/class.yml", create_policies=True)
    assert run.status == 0, run.output
    for account, name in ((ONE, "anna"), (OTHER, "bert")):
        attached = department.iam(account).list_attached_user_policies(UserName=name)["AttachedPolicies"]
        assert {one["PolicyArn"].split(":")[4] for one in attached} == {account}
        assert len(attached) == 2
        assert f"policy AmplifyAdminPolicy is created in account {account}" in run.flat()


@pytest.mark.slow
def test_check_mode_and_verify_tell_the_truth_of_each_account(department: Department) -> None:
    would = department.workshop.run("playbooks/class.yml", "--check", "-vvvv")
    for key in department.keys.values():
        assert key["secret_key"] not in would.output
    assert would.status == 0, would.output
    assert f"account {OTHER}: 1 user: 1 would be created" in would.flat()
    assert not department.writes()
    assert not department.workshop.credentials.exists()
    assert department.workshop.run("playbooks/class.yml").status == 0
    assert department.workshop.run("playbooks/verify.yml").status == 0
    department.workshop.let_an_hour_pass()
    department.iam(OTHER).delete_login_profile(UserName="bert")
    report = department.workshop.path / "report.json"
    red = department.workshop.run("playbooks/verify.yml", verify_report=str(report))
    assert {host: red.recap(host)["failed"] for host in ("anna", "bert", "carla")} == {"anna": 0, "bert": 1, "carla": 0}
    found = json.loads(report.read_text(encoding="utf-8"))
    assert [(one["name"], one["account_id"], one["failed"]) for one in found["users"]] == [
        ("anna", ONE, False),
        ("bert", OTHER, True),
        ("carla", ONE, False),
    ]


@pytest.mark.slow
def test_keys_are_rotated_and_revoked_in_each_account(department: Department) -> None:
    assert department.workshop.run("playbooks/class.yml").status == 0
    before = department.files()
    run = department.workshop.run("playbooks/rotate.yml", rotate_older_than_days=0)
    assert run.status == 0, run.output
    for account, name in ((ONE, "anna"), (OTHER, "bert")):
        department.works(account, name)
        assert department.files()[f"{account}/{name}_accessKeys.csv"] != before[f"{account}/{name}_accessKeys.csv"]
    run = department.workshop.run("playbooks/revoke.yml")
    assert run.status == 0, run.output
    for account, name in ((ONE, "carla"), (OTHER, "bert")):
        keys = department.iam(account).list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert {key["Status"] for key in keys} == {"Inactive"}


@pytest.mark.slow
def test_a_teardown_removes_whom_it_was_told_to_in_each_account(department: Department) -> None:
    assert department.workshop.run("playbooks/class.yml").status == 0
    run = department.workshop.run("playbooks/teardown.yml", teardown_files="delete", teardown_confirm=2)
    assert run.status != 0
    assert "3 users would be removed, but only 2 have been confirmed" in run.flat(), "all accounts count"
    assert (department.users(ONE), department.users(OTHER)) == ({"anna", "carla"}, {"bert"})
    run = department.workshop.run(
        "playbooks/teardown.yml", "--limit", "anna,bert", teardown_files="delete", teardown_confirm=2
    )
    assert run.status == 0, run.output
    assert (department.users(ONE), department.users(OTHER)) == ({"carla"}, set())
    assert not list(department.workshop.credentials.rglob("anna_*.csv"))
    assert [row["User name"] for row in rows(department.place(ONE) / "class_credentials.csv")] == ["carla"]
    department.works(ONE, "carla")


@pytest.mark.slow
def test_pages_and_what_is_collected_are_in_a_part_of_each_account(department: Department, tmp_path: Path) -> None:
    collected = tmp_path / "collected"
    places: dict[str, t.Any] = {"credentials_dest": "secretsmanager://class", "collect_dest": str(collected)}
    assert department.workshop.run("playbooks/class.yml", **places).status == 0
    run = department.workshop.run("playbooks/collect.yml", **places)
    assert run.status == 0, run.output
    department.workshop.credentials = collected
    for account, name in ((ONE, "anna"), (ONE, "carla"), (OTHER, "bert")):
        department.works(account, name)
    places = {"credentials_dest": str(collected), "handout_dest": str(tmp_path / "pages")}
    run = department.workshop.run("playbooks/handout.yml", **places)
    assert run.status != 0
    assert "set invoice_iam_user_account_id for the hosts of each account" in run.flat()
    hosts = {"anna": ONE, "bert": OTHER, "carla": ONE}
    department.spread(hosts, **{host: {"invoice_iam_user_account_id": account} for host, account in hosts.items()})
    run = department.workshop.run("playbooks/handout.yml", **places)
    assert run.status == 0, run.output
    pages = {path.relative_to(tmp_path / "pages").as_posix() for path in (tmp_path / "pages").rglob("*.html")}
    assert pages == {
        f"{ONE}/anna.html",
        f"{ONE}/carla.html",
        f"{ONE}/class.html",
        f"{OTHER}/bert.html",
        f"{OTHER}/class.html",
    }
    assert f"{OTHER}.signin.aws.amazon.com" in (tmp_path / "pages" / OTHER / "bert.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("playbook", "variables"),
    [
        ("setup", {"lane": "steps"}),
        ("teardown", {"teardown_users": "account", "teardown_expired": True}),
        ("revoke", {"revoke_access_key_ids": ["AKIAIOSFODNN7EXAMPLE"]}),
        ("hours", {"class": "spring", "hours": "pause"}),
    ],
)
def test_what_is_about_one_account_says_so(department: Department, playbook: str, variables: dict[str, t.Any]) -> None:
    run = department.workshop.run(f"playbooks/{playbook}.yml", **variables)
    assert run.status != 0
    assert "with --limit" in run.flat()
    assert "aws_connection" in run.flat() or "several accounts" in run.flat()
    assert not department.writes()
