# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What IAM does on a bad day is waited out. Lost replies are in test_faults_person.py and test_faults_class.py."""

from __future__ import annotations

import csv

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


def test_consistency_comes_late(workshop: Workshop) -> None:
    workshop.aws.weather(new_key_invalid_for={"calls": 3}, stale_key_lists_for={"calls": 2})
    workshop.setup()
    assert_one_working_key(workshop)
