# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""People without an access key, whose command line signs in by way of the console."""

from __future__ import annotations

import csv
import typing as t

import pytest

from .conftest import USER, Workshop
from .support.durable import Stores, uri

if t.TYPE_CHECKING:
    from pathlib import Path

CLI_SIGN_IN = "arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess"
KEYLESS = {"access_key": False, "cli_sign_in": True}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def keys(workshop: Workshop) -> list[str]:
    return [key["AccessKeyId"] for key in workshop.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]]


def attached(workshop: Workshop) -> set[str]:
    policies = workshop.client("iam").list_attached_user_policies(UserName=USER)["AttachedPolicies"]
    return {one["PolicyArn"] for one in policies}


@pytest.mark.parametrize("lane", ["steps", pytest.param("engine", marks=pytest.mark.long)])
def test_nobody_asks_for_a_key_that_is_not_wanted(workshop: Workshop, lane: str) -> None:
    checked = workshop.setup("--check", "--diff", lane=lane, **KEYLESS)
    assert f"attach policy {CLI_SIGN_IN}" in checked.flat() or CLI_SIGN_IN in checked.flat()
    assert "access key" not in checked.flat().replace("access_keys", "")
    run = workshop.setup(
        lane=lane, create_policies=True, permissions_boundary="AIInvoiceScannerPermissionsBoundary", **KEYLESS
    )
    assert keys(workshop) == []
    assert "iam:CreateAccessKey" not in workshop.aws.calls()
    assert CLI_SIGN_IN in attached(workshop)
    assert "No access key was asked for; sign in to the AWS CLI with aws login" in run.flat() or lane == "steps"
    files = {path.name for path in workshop.credentials.iterdir() if not path.name.startswith(".")}
    assert f"{USER}_accessKeys.csv" not in files
    assert not [name for name in files if name.startswith(f"{USER}_") and "import" in name]
    assert rows(workshop.credentials / "aws_configure_import.csv") == []
    (row,) = rows(workshop.credentials / "class_credentials.csv")
    assert (row["Access key ID"], row["Secret access key"]) == ("", "")
    (login,) = rows(workshop.credentials / f"{USER}_credentials.csv")
    workshop.aws.sign_in(USER, login["Password"])
    assert workshop.setup(lane=lane, **KEYLESS).recap("participant")["changed"] == 0


@pytest.mark.slow
def test_every_playbook_knows_of_it(workshop: Workshop) -> None:
    workshop.variables({f"invoice_iam_user_{name}": value for name, value in KEYLESS.items()})
    workshop.setup()
    verified = workshop.run("playbooks/verify.yml")
    assert verified.status == 0, verified.output
    rotated = workshop.run("playbooks/rotate.yml", rotate_older_than_days=0)
    assert rotated.status == 0, rotated.output
    assert f"invoice_iam_user_access_key is false for '{USER}', so no access key is rotated" in rotated.flat()
    assert keys(workshop) == []
    handed = workshop.run("playbooks/handout.yml")
    assert handed.status == 0, handed.output
    page = (workshop.credentials / "handouts" / f"{USER}.html").read_text(encoding="utf-8")
    assert "<span>login</span>" in page
    assert "secret-access-key" not in page
    revoked = workshop.run("playbooks/revoke.yml")
    assert revoked.status == 0, revoked.output
    assert f"user {USER} has no access key and can still sign in" in revoked.flat()
    again = workshop.run("playbooks/revoke.yml", revoke_sign_in=True, revoke_sessions=True)
    assert again.status == 0, again.output
    assert "can still sign in" not in again.flat()
    restored = workshop.setup(restore_access=True)
    assert keys(workshop) == [], restored.output
    assert workshop.run("playbooks/teardown.yml").status == 0


@pytest.mark.slow
def test_a_key_that_is_there_is_kept_until_somebody_asks_for_its_deletion(workshop: Workshop) -> None:
    workshop.prepare()
    (key,) = keys(workshop)
    kept = workshop.prepare(**KEYLESS)
    told = f"invoice_iam_user_access_key is false for '{USER}', but access key {key} (Active) exists and is kept"
    assert f"{told}; to delete it: " in kept.flat()
    assert keys(workshop) == [key]
    remarked = workshop.run("playbooks/verify.yml", **t.cast("t.Any", KEYLESS))
    assert remarked.status == 0, remarked.output
    wish: dict[str, t.Any] = {**KEYLESS, "delete_access_key": True}
    found = workshop.run("playbooks/verify.yml", **wish)
    assert found.status != 0
    assert f"access key {key} of '{USER}' still exists, but should be deleted" in found.flat()
    assert workshop.setup("--check", **wish).recap("participant")["changed"] == 1
    assert keys(workshop) == [key]
    workshop.setup(**wish)
    assert keys(workshop) == []
    tags = workshop.client("iam").list_user_tags(UserName=USER)["Tags"]
    assert key not in {tag["Key"] for tag in tags}
    assert workshop.setup(**wish).recap("participant")["changed"] == 0
    verified = workshop.run("playbooks/verify.yml", **wish)
    assert verified.status == 0, verified.output
    assert not (workshop.credentials / f"{USER}_accessKeys.csv").exists()
    assert not list(workshop.credentials.glob(f"{USER}_*import*"))
    (old,) = (workshop.credentials / "superseded").glob(f"{USER}_accessKeys.*.csv")
    assert [row["Access key ID"] for row in rows(old)] == [key]
    assert rows(workshop.credentials / "aws_configure_import.csv") == []
    # And back again
    workshop.prepare()
    assert len(keys(workshop)) == 1


@pytest.mark.slow
def test_a_key_in_a_store_goes_and_comes_back(workshop: Workshop) -> None:
    Stores(workshop.aws).make_bucket()
    saved: dict[str, t.Any] = {"credentials_dest": uri("s3")}
    workshop.prepare(**saved)
    (key,) = keys(workshop)
    workshop.prepare(**saved, **KEYLESS)
    assert keys(workshop) == [key]
    wish = {**saved, **KEYLESS, "delete_access_key": True}
    workshop.prepare(**wish)
    assert keys(workshop) == []
    assert workshop.prepare(**wish).recap("participant")["changed"] == 0
    workshop.prepare(**saved)
    assert len(keys(workshop)) == 1


def test_a_wish_that_contradicts_itself_is_refused(workshop: Workshop) -> None:
    run = workshop.run("playbooks/setup.yml", delete_access_key=True)
    assert run.status != 0
    assert "invoice_iam_user_access_key and invoice_iam_user_delete_access_key are both true" in run.flat()
    assert not workshop.writes()
