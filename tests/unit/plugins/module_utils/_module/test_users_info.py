# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What iam_users_info tells of an account and its users."""

from __future__ import annotations

import datetime
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import users_info
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    DATE,
    DESCRIPTION,
    FULL,
    OURS,
    READ_ONLY,
    URL,
)

SECRET = "secret/of+AKIAANNA"


@pytest.fixture
def iam() -> FakeIam:
    """An account with anna in it."""
    fake = FakeIam()
    fake.users["anna"] = User(tags=OURS | {"AKIAANNA": DESCRIPTION}, policies=[FULL], password="Zq7-Geheim!")
    fake.new_key("anna", "AKIAANNA")
    return fake


@pytest.fixture
def directory(tmp_path: Path) -> CredentialsDirectory:
    """A directory with anna's credentials in it."""
    one = CredentialsDirectory(str(tmp_path / "credentials"))
    one.prepare()
    saved = Credentials("anna", "Zq7-Geheim!", URL, "AKIAANNA", SECRET)
    one.save_login(saved)
    one.save_access_key(saved)
    return one


def told(iam: FakeIam, *names: str, **options: t.Any) -> dict[str, t.Any]:
    values: dict[str, t.Any] = {
        "managed_policies": [],
        "credentials_dest": None,
        "verify_key": False,
        "arrivals": False,
        "threads": 4,
    }
    return users_info.run(as_iam(iam), {"users": list(names), **values, **options})


def test_the_account_and_the_region_are_told_of_even_without_users(iam: FakeIam) -> None:
    result = told(iam)
    assert (result["region"], result["users"], result["account"]["id"]) == ("eu-central-1", [], ACCOUNT_ID)
    assert "ReadOnlyAccess" not in result["account"]["managed_policies"]
    assert told(iam, managed_policies=[READ_ONLY])["account"]["managed_policies"]["ReadOnlyAccess"] == READ_ONLY
    assert json.loads(json.dumps(result)) == result


def test_users_are_told_of_in_the_order_in_which_they_are_asked_for(iam: FakeIam) -> None:
    result = told(iam, "carl", "anna")
    assert [(one["name"], one["exists"]) for one in result["users"]] == [("carl", False), ("anna", True)]
    assert iam.writes == []


@pytest.mark.parametrize(("hours", "days"), [(1, 0), (23, 0), (25, 1), (24 * 400 + 1, 400)])
def test_a_key_is_as_old_as_the_full_days_since_then(
    iam: FakeIam, monkeypatch: pytest.MonkeyPatch, hours: int, days: int
) -> None:
    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
            return DATE + datetime.timedelta(hours=hours)

    monkeypatch.setattr(datetime, "datetime", Later)
    ((key,),) = [one["access_keys"] for one in told(iam, "anna")["users"]]
    assert key["age_days"] == days


def test_what_is_on_file_is_told_of_without_the_secrets(iam: FakeIam, directory: CredentialsDirectory) -> None:
    directory.leave_intent("bert", Intent(access_key=True))
    result = told(iam, "anna", "bert", credentials_dest=str(directory))
    assert [one["on_file"] for one in result["users"]] == [
        {"password": True, "access_key_id": "AKIAANNA", "intent": False},
        {"password": False, "access_key_id": "", "intent": True},
    ]
    assert result["users"][0]["access_keys"][0]["on_file"] is True
    assert not any(secret in json.dumps(result) for secret in (SECRET, "Geheim"))
    assert not iam.made("caller_of"), "nobody asked for proof"


def test_a_key_that_aws_does_not_list_yet_is_told_of(iam: FakeIam, directory: CredentialsDirectory) -> None:
    iam.hidden_for["AKIAANNA"] = 1
    (anna,) = told(iam, "anna", credentials_dest=str(directory))["users"]
    assert [key["id"] for key in anna["access_keys"]] == ["AKIAANNA"]


def test_a_key_that_answers(iam: FakeIam, directory: CredentialsDirectory) -> None:
    (anna,) = told(iam, "anna", credentials_dest=str(directory), verify_key=True)["users"]
    assert anna["saved_key_answers_as"] == f"arn:aws:iam::{ACCOUNT_ID}:user/anna"
    assert "saved_key_error" not in anna


def test_a_key_that_is_refused(iam: FakeIam, directory: CredentialsDirectory, clock: Clock) -> None:
    iam.statuses["AKIAANNA"] = "Inactive"
    (anna,) = told(iam, "anna", credentials_dest=str(directory), verify_key=True)["users"]
    assert anna["saved_key_answers_as"] is None
    assert anna["saved_key_error"] == "AWS refuses access key AKIAANNA (InvalidClientTokenId)"
    assert clock.slept == []


def test_without_a_key_on_file_there_is_nothing_to_prove(iam: FakeIam, directory: CredentialsDirectory) -> None:
    (bert,) = told(iam, "bert", credentials_dest=str(directory), verify_key=True)["users"]
    assert set(bert) == {"name", "exists", "on_file"}


def test_when_somebody_was_here_is_told_where_that_is_asked_for(iam: FakeIam) -> None:
    when = datetime.datetime(2026, 11, 24, 8, 31, tzinfo=datetime.UTC)
    iam.signed_in = {"anna": when}
    iam.used["AKIAANNA"] = {"LastUsedDate": when, "ServiceName": "iam", "Region": "us-east-1"}
    (anna,) = told(iam, "anna", arrivals=True)["users"]
    assert (anna["signed_in"], anna["key_used"], anna["key_used_for"]) == (when.isoformat(), when.isoformat(), "iam")
    assert "signed_in" not in told(iam, "anna")["users"][0]
