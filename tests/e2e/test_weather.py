# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What IAM does on a bad day is waited out, and a reply that gets lost loses no secret."""

from __future__ import annotations

import csv

import pytest

from .conftest import USER, Workshop


def assert_one_working_key(workshop: Workshop) -> None:
    """The whole promise, by an independent reader: one key, on file, and AWS takes it."""
    with (workshop.credentials / f"{USER}_accessKeys.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    (key,) = workshop.client("iam").list_access_keys(UserName=USER)["AccessKeyMetadata"]
    assert key["AccessKeyId"] == row["Access key ID"]
    saved = {"access_key": row["Access key ID"], "secret_key": row["Secret access key"]}
    arn = Workshop.client_for(workshop.aws.url, saved, "sts").get_caller_identity()["Arn"]
    assert arn.endswith(f":user/{USER}")
    assert not list(workshop.credentials.glob("*intent*"))


@pytest.mark.parametrize(
    "lost",
    [
        {"reset_after": {"action": "CreateAccessKey", "nth": 1}},
        {"html_error": {"action": "CreateAccessKey", "nth": 1, "status": 500, "applied": True}},
        {"reset_after": {"action": "CreateUser", "nth": 1}},
        {"reset_after": {"action": "CreateLoginProfile", "nth": 1}},
    ],
    ids=["key-reset", "key-500-applied", "user-reset", "login-reset"],
)
def test_a_reply_is_lost(workshop: Workshop, lost: dict[str, object]) -> None:
    workshop.aws.weather(**lost)
    run = workshop.run("playbooks/setup.yml")
    if run.status != 0:
        # amazon.aws repeats CreateUser blindly and takes its own user for somebody else's; a second run goes on.
        assert "CreateUser" in str(lost), run.output
        workshop.setup()
    assert_one_working_key(workshop)


def test_consistency_comes_late(workshop: Workshop) -> None:
    workshop.aws.weather(new_key_invalid_for={"calls": 3}, stale_key_lists_for={"calls": 2})
    workshop.setup()
    assert_one_working_key(workshop)


def test_a_killed_run_is_mended(workshop: Workshop) -> None:
    """AWS made a key, and nobody wrote its secret down: the next run deletes that one and makes another."""
    workshop.setup()
    iam = workshop.client("iam")
    path = workshop.credentials / f"{USER}_accessKeys.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    iam.delete_access_key(UserName=USER, AccessKeyId=row["Access key ID"])
    path.unlink()
    (workshop.credentials / f"{USER}_intent.json").write_text(
        '{"login_profile": false, "access_key": true, "known_access_key_ids": []}'
    )
    orphan = iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    run = workshop.setup()
    assert f"delete access key {orphan} of {USER}, whose secret an interrupted run lost" in run.flat()
    assert_one_working_key(workshop)
