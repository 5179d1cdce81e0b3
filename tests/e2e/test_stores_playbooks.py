# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Durable stores as people use them: a class that goes to S3 and is collected, a person who goes to Secrets Manager."""

from __future__ import annotations

import json
import typing as t

import pytest

from .conftest import USER, Workshop
from .support.durable import BUCKET, Stores, uri
from .support.promise import rows
from .test_leaks import watched

if t.TYPE_CHECKING:
    from pathlib import Path


CLASS = ("anna", "bert", "carl")


def secrets_of(*documents: t.Mapping[str, t.Any]) -> set[str]:
    """Everything in documents that nobody may see."""
    return {one[name] for one in documents for name in ("password", "secret_access_key")}


def test_a_class_goes_to_a_bucket_and_is_collected(
    workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stores = Stores(workshop.aws)
    stores.make_bucket(versioned=False)
    key = stores.make_key()
    workshop.hosts({name: {"invoice_iam_user_name": name} for name in CLASS})
    workshop.variables(
        {
            "invoice_iam_user_credentials_dest": uri("s3"),
            "invoice_iam_user_credentials_kms_key": key,
            "invoice_iam_user_credentials_accept": ["unversioned"],
        }
    )
    made = watched(workshop, tmp_path_factory.mktemp("class"), "playbooks/class.yml")
    run = made.run
    assert run.status == 0, run.output
    assert {run.recap(name)["changed"] for name in CLASS} == {1}
    assert not workshop.credentials.exists()
    documents = {name: stores.document("s3", f"class/{name}") for name in CLASS}
    assert stores.s3.head_object(Bucket=BUCKET, Key="class/anna.json")["SSEKMSKeyId"] == key
    bert = watched(workshop, tmp_path_factory.mktemp("collect"), "playbooks/collect.yml", "--limit", "bert")
    assert bert.run.recap("bert")["changed"] == 1, bert.run.output
    assert secrets_of(*documents.values()) == workshop.aws.secrets()
    assert not [secret for secret in workshop.aws.secrets() if made.holds(secret) or bert.holds(secret)]
    assert made.readable + bert.readable == []
    assert files(workshop.credentials) == expected("bert")
    collected = workshop.run("invoice_scanner.iam.collect")
    assert [collected.recap(name)["changed"] for name in CLASS] == [1, 0, 1], collected.output
    assert files(workshop.credentials) == expected(*CLASS)
    for name, one in documents.items():
        (login,) = rows(workshop.credentials / f"{name}_credentials.csv")
        assert list(login.values()) == [name, one["password"], one["sign_in_url"]]
        (saved,) = rows(workshop.credentials / f"{name}_accessKeys.csv")
        assert list(saved.values()) == [one["access_key_id"], one["secret_access_key"]]
        assert (
            workshop.client_for(
                workshop.aws.url,
                {"access_key": one["access_key_id"], "secret_key": one["secret_access_key"]},
                "sts",
            )
            .get_caller_identity()["Arn"]
            .endswith(f"/{name}")
        )
    sheet = {row["User name"]: list(row.values())[1:5] for row in rows(workshop.credentials / "class_credentials.csv")}
    names = ("password", "access_key_id", "secret_access_key", "sign_in_url")
    assert sheet == {name: [one[part] for part in names] for name, one in documents.items()}
    imported = {
        row["User name"]: row["Access key ID"] for row in rows(workshop.credentials / "aws_configure_import.csv")
    }
    assert imported == {name: one["access_key_id"] for name, one in documents.items()}


def files(folder: Path) -> set[str]:
    """All files that a person would look at."""
    return {one.name for one in folder.iterdir() if not one.name.startswith(".")}


def expected(*names: str) -> set[str]:
    """The files that a directory has for these users."""
    own = {f"{name}_{end}.csv" for name in names for end in ("credentials", "accessKeys", "aws_configure_import")}
    return own | {"class_credentials.csv", "aws_configure_import.csv"}


@pytest.mark.slow
def test_a_person_goes_to_secrets_manager(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> None:
    stores = Stores(workshop.aws)
    workshop.variables({"invoice_iam_user_credentials_dest": uri("secretsmanager", "workshop/today")})
    checked = workshop.setup("--check")
    assert checked.recap("participant")["changed"] > 0
    assert stores.names("secretsmanager") == []
    made = watched(workshop, tmp_path_factory.mktemp("setup"), "playbooks/setup.yml")
    run = made.run
    assert run.status == 0, run.output
    assert stores.names("secretsmanager") == ["workshop/today/.account/id", f"workshop/today/{USER}"]
    document = stores.document("secretsmanager", f"workshop/today/{USER}")
    assert set(document) == {"user_name", "password", "sign_in_url", "access_key_id", "secret_access_key"}
    assert secrets_of(document) == workshop.aws.secrets()
    assert not [secret for secret in workshop.aws.secrets() if made.holds(secret)]
    assert made.readable == []
    assert "Credential files are in secretsmanager://workshop/today" in run.flat()
    listed = workshop.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    assert [one["AccessKeyId"] for one in listed] == [document["access_key_id"]]
    before = workshop.writes()
    assert workshop.setup().recap("participant")["changed"] == 0
    assert workshop.writes() == before
    assert stores.document("secretsmanager", f"workshop/today/{USER}") == document


def test_what_is_wrong_with_a_destination_is_said_first(workshop: Workshop) -> None:
    workshop.hosts({"anna": {"invoice_iam_user_name": "anna"}})
    run = workshop.run("playbooks/class.yml", credentials_dest="s3:/bucket/class")
    assert "give a directory, s3://bucket/prefix or secretsmanager://prefix" in run.flat()
    run = workshop.run("playbooks/collect.yml", credentials_dest=str(workshop.credentials))
    assert "so the files are already there. The playbook collect needs s3://bucket/prefix" in run.flat()
    Stores(workshop.aws).make_bucket()
    run = workshop.run("playbooks/collect.yml", credentials_dest=uri("s3"))
    assert run.recap("anna")["failed"] == 1
    assert f"nothing is saved for user 'anna' in '{uri('s3')}'; run the playbook setup or class first" in run.flat()
    assert workshop.writes() == {}
    assert json.dumps("Traceback") not in run.output
