# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Any store is opened by its name, on behalf of the run that asks."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import uri as _uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.open_store import open_folder, open_store
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.store import CredentialsStore
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.fake_aws import (
    Answers,
    Aws,
    NotFound,
)


def opened(place: str, aws: Aws, run: Run | None = None, part_of: Run | None = None) -> CredentialsStore:
    store = _uri.parse(place)
    assert store is not None
    return open_store(store, t.cast("t.Any", aws), run, part_of)


@pytest.mark.parametrize(
    ("place", "name", "verb"),
    [
        ("s3://a-bucket/class", "class/anna.json", "put_object"),
        ("secretsmanager://class", "class/anna", "create_secret"),
    ],
)
def test_each_kind_of_store_is_opened(aws: Aws, place: str, name: str, verb: str) -> None:
    one = opened(place, aws)
    assert str(one) == place
    assert set(one.names("anna")) == {name}
    aws.answers["get_bucket_acl"] = {"Grants": []}
    one.prepare()
    assert aws.parameters(verb), "the proof that it takes documents"


class Keeping(Aws):
    """Keeps one secret."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Answers = {}

    def create_secret(self, **what: t.Any) -> None:
        self.kept = what

    def describe_secret(self, **_what: t.Any) -> Answers:
        if not self.kept:
            raise NotFound({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeSecret")
        return self.kept

    def get_secret_value(self, **_what: t.Any) -> Answers:
        return {"SecretString": self.kept["SecretString"], "VersionId": "v1"}


def test_it_is_opened_on_behalf_of_a_run() -> None:
    """The intent of the run to which a task belongs is not one of somebody else's."""
    aws, parent, place = Keeping(), Run.of(os.getppid()), "secretsmanager://class"
    opened(place, aws, run=parent).leave_intent("anna", Intent(access_key=True))
    assert "is setting credentials of 'anna'" in opened(place, aws).look("anna").other_run
    assert opened(place, aws, part_of=parent).look("anna").other_run == ""
    assert opened(place, aws, run=parent).look("anna").intent == Intent(access_key=True)


def test_pages_go_to_a_directory_without_asking_aws_or_to_a_bucket(aws: Aws, tmp_path: Path) -> None:
    def connect() -> t.NoReturn:
        raise AssertionError

    assert str(open_folder(str(tmp_path), connect)) == str(tmp_path)
    assert (
        str(open_folder("s3://a-bucket/class/handouts", lambda: t.cast("t.Any", aws))) == "s3://a-bucket/class/handouts"
    )
