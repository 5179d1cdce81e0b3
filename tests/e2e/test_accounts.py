# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Credentials belong to an account, and users to a class: others' are refused before anything is touched."""

from __future__ import annotations

import csv
import json
import typing as t

import pytest

from .conftest import USER, Workshop
from .support.durable import Stores, uri

if t.TYPE_CHECKING:
    from pathlib import Path

OTHER = "999999999999"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pretend(workshop: Workshop) -> None:
    """Let the directory be one of another account."""
    (workshop.credentials / ".account.json").write_text(json.dumps({"account_id": OTHER}), encoding="utf-8")


@pytest.mark.slow
def test_credentials_of_another_account_than_is_meant_are_refused_first(workshop: Workshop) -> None:
    assert workshop.prepare(account_id="123456789012").status == 0
    before = contents(workshop.credentials)
    said = f"the AWS credentials belong to account 123456789012, but account {OTHER} is meant"
    for playbook, variables in (
        ("setup", {}),
        ("class", {}),
        ("verify", {}),
        ("rotate", {"rotate_older_than_days": 0}),
        ("revoke", {}),
        ("teardown", {"teardown_files": "delete"}),
    ):
        asked = workshop.aws.calls()
        run = workshop.run(f"playbooks/{playbook}.yml", account_id=OTHER, **t.cast("t.Any", variables))
        assert run.status != 0, playbook
        assert said in run.flat()
        assert contents(workshop.credentials) == before
        now = workshop.aws.calls()
        assert {call for call, times in now.items() if times != asked.get(call, 0)} == {"sts:GetCallerIdentity"}, (
            playbook
        )


def test_a_directory_of_another_account_is_refused(workshop: Workshop) -> None:
    workshop.prepare()
    note, sheet = workshop.credentials / ".account.json", workshop.credentials / "class_credentials.csv"
    assert json.loads(note.read_text()) == {"account_id": "123456789012"}
    pretend(workshop)
    every = {"setup": {}, "class": {}, "verify": {}, "rotate": {"rotate_older_than_days": 0}}
    assert_refused(workshop, {**every, "teardown": {"teardown_files": "delete"}})
    # Without the note, the sheet of the class says whose they are.
    note.unlink()
    sheet.write_bytes(sheet.read_bytes().replace(b"123456789012", OTHER.encode()))
    assert_refused(workshop, {"class": {}, "teardown": {"teardown_files": "delete"}})


def assert_refused(workshop: Workshop, playbooks: dict[str, dict[str, t.Any]]) -> None:
    """See that each of the playbooks says whose credentials these are, and touches nothing."""
    before, writes = contents(workshop.credentials), workshop.writes()
    said = f"'{workshop.credentials}' holds the credentials of account {OTHER}, and this is account 123456789012"
    for playbook, variables in playbooks.items():
        run = workshop.run(f"playbooks/{playbook}.yml", **variables)
        assert run.status != 0, playbook
        assert said in run.flat()
        assert contents(workshop.credentials) == before
        assert workshop.writes() == writes


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["s3", pytest.param("secretsmanager", marks=pytest.mark.long)])
def test_a_store_of_another_account_is_refused(workshop: Workshop, kind: str, tmp_path: Path) -> None:
    stores = Stores(workshop.aws)
    stores.make_bucket()
    workshop.prepare(credentials_dest=uri(kind))
    collected = str(tmp_path / "collected")
    run = workshop.run("playbooks/collect.yml", credentials_dest=uri(kind), collect_dest=collected)
    assert run.status == 0, run.output
    assert json.loads((tmp_path / "collected" / ".account.json").read_text()) == {"account_id": "123456789012"}
    note = json.dumps({"account_id": OTHER})
    if kind == "s3":
        stores.put("s3", "class/.account", note)
    else:
        stores.secrets.put_secret_value(SecretId="class/.account/id", SecretString=note)
    writes = workshop.writes()
    for playbook, more in (("setup", {}), ("teardown", {"teardown_files": "delete"}), ("collect", {})):
        run = workshop.run(
            f"playbooks/{playbook}.yml", credentials_dest=uri(kind), collect_dest=collected, **t.cast("t.Any", more)
        )
        assert run.status != 0
        assert f"holds the credentials of account {OTHER if playbook != 'collect' else '123456789012'}" in run.flat()
    assert workshop.writes() == writes


@pytest.mark.slow
def test_files_of_a_name_go_only_where_it_was_ours_here(workshop: Workshop) -> None:
    workshop.prepare()
    workshop.aws.reset()  # Another account of the same number, in which nobody ever was
    before = contents(workshop.credentials)
    run = workshop.run("playbooks/teardown.yml", teardown_files="delete")
    assert run.status == 0
    assert f"has no user '{USER}', and" in run.flat()
    assert "the files of that name are kept" in run.flat()
    assert contents(workshop.credentials) == before

    workshop.aws.reset()
    (workshop.credentials / f"{USER}_accessKeys.csv").rename(workshop.path / "elsewhere.csv")
    workshop.prepare()
    assert workshop.run("playbooks/teardown.yml").status == 0
    gone = workshop.run("playbooks/teardown.yml", teardown_files="delete")
    assert gone.status == 0, gone.output
    assert not list(workshop.credentials.glob(f"{USER}_*.csv"))


@pytest.mark.slow
def test_what_is_deleted_on_the_disk_has_to_be_confirmed_too(workshop: Workshop) -> None:
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    workshop.hosts({"anna": {}, "bert": {}})
    assert workshop.run("playbooks/class.yml").status == 0
    assert workshop.run("playbooks/teardown.yml", teardown_confirm=2).status == 0
    before = contents(workshop.credentials)
    run = workshop.run("playbooks/teardown.yml", teardown_files="delete")
    assert run.status != 0
    assert "2 users would be removed, but none has been confirmed" in run.flat()
    assert contents(workshop.credentials) == before


@pytest.mark.slow
def test_the_saved_sign_in_url_follows_the_accounts_alias(workshop: Workshop) -> None:
    workshop.prepare()
    workshop.client("iam").create_account_alias(AccountAlias="invoice-workshop")
    red = workshop.run("playbooks/verify.yml")
    assert f"the saved sign-in URL of '{USER}' is no longer that of the account" in red.flat()
    workshop.setup()
    url = "https://invoice-workshop.signin.aws.amazon.com/console"
    for name, column in (
        (f"{USER}_credentials.csv", "Console sign-in URL"),
        ("class_credentials.csv", "Console login link"),
    ):
        with (workshop.credentials / name).open(encoding="utf-8-sig", newline="") as stream:
            assert [row[column] for row in csv.DictReader(stream)] == [url]
    assert workshop.run("playbooks/verify.yml").status == 0
    assert workshop.setup().recap("participant")["changed"] == 0


def test_a_second_course_does_not_take_over_the_users_of_the_first(workshop: Workshop) -> None:
    workshop.prepare(**{"class": "spring", "expires": "2099-06-30"})
    writes = workshop.writes()
    for playbook, variables in (
        ("class", {"class": "autumn", "expires": "2099-12-31"}),
        ("setup", {}),
        ("rotate", {"class": "autumn", "rotate_older_than_days": 0}),
        ("revoke", {"class": "autumn"}),
        ("teardown", {"class": "autumn"}),
    ):
        run = workshop.run(f"playbooks/{playbook}.yml", **t.cast("t.Any", variables))
        assert run.status != 0, playbook
        assert f"user '{USER}' belongs to class 'spring', but" in run.flat()
    selected = {"teardown_users": "account", "teardown_tags": {"expires": "2099-06-30"}, "class": "autumn"}
    assert workshop.run("playbooks/teardown.yml", **t.cast("t.Any", selected)).status == 0
    assert workshop.writes() == writes
    assert workshop.run("playbooks/teardown.yml", **t.cast("t.Any", {"class": "spring"})).status == 0
    assert USER not in {user["UserName"] for user in workshop.client("iam").list_users()["Users"]}


@pytest.mark.slow
def test_tags_select_as_aws_stores_them(workshop: Workshop) -> None:
    workshop.prepare(tags={"course": 2026})
    nobody = workshop.run("playbooks/teardown.yml", teardown_users="account", teardown_tags={"course": None})
    assert nobody.status != 0
    assert "the tag 'course' to select users by has no value" in nobody.flat()
    run = workshop.run("playbooks/teardown.yml", teardown_users="account", teardown_tags={"course": 2026})
    assert run.status == 0, run.output
    assert USER not in {user["UserName"] for user in workshop.client("iam").list_users()["Users"]}
