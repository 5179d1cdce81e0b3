# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What all modules share: what people wrote as domain values, how AWS and destinations are opened, what is said."""

from __future__ import annotations

import os
import subprocess
import types
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.patience import Patience
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.rate_governor import RateGovernor
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.store import CredentialsStore
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import (
    WANTED_USER,
    RefusedError,
    wanted_user,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import WantedUser
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.fake_aws import (
    Aws,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error


def wanted(**options: t.Any) -> WantedUser:
    validated = ArgumentSpecValidator(WANTED_USER).validate(options)
    assert validated.error_messages == []
    return wanted_user(validated.validated_parameters)


def test_a_name_is_enough() -> None:
    assert wanted(name="anna") == WantedUser("anna", access_key_description="AI Invoice Scanner Project")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"managed_policies": ["A", "B"]}, {"managed_policies": ("A", "B")}),
        ({"managed_policies": "A,B"}, {"managed_policies": ("A", "B")}),
        ({"managed_policies": " A, B ,,"}, {"managed_policies": ("A", "B")}),
        (
            {"managed_policies": "A", "cli_sign_in": True, "access_key": "no"},
            {"managed_policies": ("A", "SignInLocalDevelopmentAccess"), "access_key": False},
        ),
        ({"expires": " 2026-12-31 "}, {"expires": "2026-12-31"}),
        ({"class_name": " 2026 "}, {"class_name": "2026"}),
        ({"class_name": None}, {"class_name": ""}),
        ({"tags": {"seat": 7, "paid": True}}, {"tags": {"seat": "7", "paid": "True"}}),
        ({"permissions_boundary": ""}, {"permissions_boundary": None}),
        ({"console_password": None}, {"console_password": None, "tags": {}}),
        ({"adopt_existing": "yes"}, {"adopt_existing": True}),
        ({"name": 7}, {"name": "7"}),
    ],
)
def test_what_people_write(options: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    one = wanted(**({"name": "anna"} | options))
    assert {name: getattr(one, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "missing required arguments: name"),
        ({"name": "anna", "lost_secret": "ignore"}, "value of lost_secret must be one of: keep, fail, replace"),
        ({"name": "anna", "update_password": "never"}, "value of update_password must be one of: on_create, always"),
        ({"name": "anna", "pasword": "x"}, "pasword. Supported parameters include"),
    ],
)
def test_what_is_refused(options: dict[str, t.Any], said: str) -> None:
    (message,) = ArgumentSpecValidator(WANTED_USER).validate(options).error_messages
    assert said in message


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ({}, None),
        ({"max_requests_per_second": 0.5, "slices": 4, "threads": 1, "wait_timeout": 0}, None),
        ({"max_requests_per_second": 0.0}, "max_requests_per_second is 0; give a number above 0"),
        ({"max_requests_per_second": -1.5}, "max_requests_per_second is -1.5; give"),
        ({"max_requests_per_second": float("nan")}, "max_requests_per_second is nan; give"),
        ({"slices": 0}, "slices is 0; give 1 or more"),
        ({"threads": 0}, "threads is 0; give 1 or more"),
        ({"wait_timeout": -1}, "wait_timeout is -1; give 0 or more"),
        ({"older_than_days": 0, "grace_days": 0}, None),
        ({"older_than_days": -1}, "older_than_days is -1; give 0 or more"),
        ({"grace_days": -1}, "grace_days is -1; give 0 or more"),
        ({"users_from": "wanted"}, "users_from is for the action plugin of this module; give users"),
        ({"users_from": ""}, "users_from is for the action plugin of this module; give users"),
        ({"users_from": None}, None),
    ],
)
def test_options_that_make_no_sense(number: dict[str, t.Any], said: str | None) -> None:
    sensible = {"threads": 8, "slices": 1, "wait_timeout": 300, "max_requests_per_second": None}
    if said is None:
        common.check(sensible | number)
        common.check(number)
        return
    with pytest.raises(RefusedError) as caught:
        common.check(sensible | number)
    assert str(caught.value).startswith(said)


def test_tags_are_written_as_aws_stores_them() -> None:
    """One without a value, as C(class:) in YAML, is no tag whose value is 'None'."""
    assert common.as_tags({"seat": 7, 8: "x", "paid": True, "empty": "", "none": None}) == {
        "seat": "7",
        "8": "x",
        "paid": "True",
        "empty": "",
        "none": None,
    }


def test_secrets_alone_are_hidden() -> None:
    """Ansible warns of every option whose name sounds like a secret and says nothing of no_log."""
    hidden = {name for name, spec in WANTED_USER.items() if spec.get("no_log")}
    assert hidden == {"console_password"}
    assert "Geheim" not in repr(wanted(name="anna", console_password="Zq7-Geheim!"))


def test_an_option_for_everything_that_can_be_wanted() -> None:
    # The hours are written as texts, and wanted as one value or with what is wrong with them.
    texts, values = {"opens", "closes", "timezone"}, {"hours", "hours_problems", "zone"}
    assert set(WANTED_USER) - texts == set(WantedUser.__dataclass_fields__) - values


def test_the_last_day_and_the_closing_are_made_of_each_other() -> None:
    given = wanted(name="anna", class_name="spring", expires="2026-12-31")
    assert given == wanted(name="anna", class_name="spring", closes="2026-12-31")
    assert given.all_tags["expires"] == "2026-12-31"
    assert given.hours
    assert wanted(name="anna", expires="2026-12-31").hours is None, "only a class has hours"
    refused = wanted(name="anna", class_name="spring", closes="2026-12-31T17:00")
    assert (refused.hours, len(refused.hours_problems)) == (None, 1)


# AWS -----------------------------------------------------------------------------------------------------------------


class Opened(t.NamedTuple):
    """With what the gateway was opened."""

    module: t.Any
    connections: int
    governor: RateGovernor
    patience: Patience


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open no connection."""
    monkeypatch.setattr(common, "Iam", Opened)


def opened(**params: t.Any) -> tuple[Opened, t.Any]:
    module = types.SimpleNamespace(params={"wait_timeout": 300, **params})
    with common.at_work(t.cast("t.Any", module)) as (iam, marks):
        return t.cast("Opened", iam), marks


@pytest.mark.usefixtures("gateway")
def test_the_gateway_is_opened_as_the_options_say() -> None:
    one, _marks = opened(threads=4, slices=3, max_requests_per_second=15.0, wait_timeout=60)
    assert (one.connections, one.governor.rate, one.patience.seconds) == (4, 5.0, 60)


@pytest.mark.usefixtures("gateway")
def test_a_module_for_one_user_has_one_connection_and_no_ceiling() -> None:
    one, _marks = opened()
    assert (one.connections, one.governor.rate) == (1, None)


@pytest.mark.usefixtures("gateway")
def test_who_waits_for_aws_is_seen_in_the_progress(tmp_path: Path, clock: Clock) -> None:
    progress = tmp_path / "progress"
    progress.write_text(".", encoding="ascii")
    module = types.SimpleNamespace(params={"wait_timeout": 300, "progress_file": str(progress)})
    with common.at_work(t.cast("t.Any", module)) as (iam, marks):
        marks.done(False)
        for waited in iam.patience.pauses():
            if waited > 10:
                break
        assert progress.read_text(encoding="ascii") == "..wd", "as it happens, and after what was there"
    assert sum(clock.slept) > 10


def test_nothing_is_opened_where_the_options_make_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "Iam", None)
    with pytest.raises(RefusedError, match="threads is 0"):
        opened(threads=0)


@pytest.fixture
def of_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the operator's credentials belong to an account."""
    iam = types.SimpleNamespace(caller_identity=lambda: {"Account": "012345678901"})
    monkeypatch.setattr(common, "Iam", lambda *_how: iam)


@pytest.mark.usefixtures("of_an_account")
@pytest.mark.parametrize("meant", ["", "012345678901", " 012345678901 "])
def test_the_account_that_is_meant_is_worked_in(meant: str) -> None:
    one, _marks = opened(account_id=meant)
    assert one is not None


@pytest.mark.usefixtures("of_an_account")
@pytest.mark.parametrize(
    ("meant", "said"),
    [
        (
            "999999999999",
            "the AWS credentials belong to account 012345678901, but account 999999999999 is meant; use that account's "
            "credentials, or correct account_id (invoice_iam_user_account_id of the role)",
        ),
        ("12345678901", "account_id is '12345678901'; give the 12 digits of the account, in quotes"),
        ("workshop", "account_id is 'workshop'; give the 12 digits of the account, in quotes"),
    ],
)
def test_another_account_is_refused(meant: str, said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        opened(account_id=meant)
    assert str(caught.value) == said


# Destinations --------------------------------------------------------------------------------------------------------


def unreachable() -> t.NoReturn:
    raise AssertionError("nobody asked for AWS")


def test_a_directory_needs_no_connection(tmp_path: Path) -> None:
    one = common.open_destination(str(tmp_path / "credentials"), unreachable)
    assert isinstance(one, CredentialsDirectory)
    assert str(one) == str(tmp_path / "credentials")


def test_a_store_is_opened_with_one() -> None:
    one = common.open_destination("secretsmanager://class", lambda: t.cast("t.Any", Aws()))
    assert isinstance(one, CredentialsStore)
    assert str(one) == "secretsmanager://class"


@pytest.mark.parametrize("place", ["ftp://x", "s3://", "a\nb"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(DestinationError):
        common.open_destination(place, unreachable)


def test_the_task_of_one_user_leaves_its_intent_for_the_run_it_is_part_of(tmp_path: Path) -> None:
    """One that outlives the task, as the wait for the secret does."""
    parent = Run.of(os.getppid())
    place = str(tmp_path / "credentials")
    one = common.destination_of({"credentials_dest": place, "run": parent.noted()}, unreachable)
    assert one is not None
    one.prepare()
    one.leave_intent("anna", Intent(access_key=True))
    assert f"another run ({parent}) is setting credentials" in CredentialsDirectory(place).look("anna").other_run
    assert common.destination_of({"credentials_dest": None, "run": None}, unreachable) is None


def test_a_task_that_is_part_of_no_run_is_its_own() -> None:
    assert common.run_of({"run": None}) is None
    assert common.run_of({"run": {}}) is None
    assert common.run_of({"run": Run.of(1).noted()}) == Run.of(1)


# What is said --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problems", "changed", "said"),
    [
        (["one thing"], False, "one thing"),
        (["one thing"], True, "one thing"),
        (["this", "that"], False, "2 things are wrong and nothing was changed:\n  1. this\n  2. that"),
        (["this", "that"], True, "2 things are wrong:\n  1. this\n  2. that"),
    ],
)
def test_problems_are_enumerated(problems: list[str], changed: bool, said: str) -> None:
    assert common.enumerated(problems, changed) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            aws_error("LimitExceeded", "x"),
            "Failed to do it: x (LimitExceeded); a quota of the account is used up; remove what you no longer need, or "
            "ask AWS to raise it",
        ),
        (DestinationError("no room"), "no room"),
        (RefusedError("no"), "no"),
    ],
)
def test_each_error_is_one_sentence(error: Exception, said: str) -> None:
    assert isinstance(error, common.ERRORS)
    assert common.sentence(error) == said


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hear what is warned of."""
    heard: list[str] = []
    monkeypatch.setattr(common, "warn", heard.append)
    return heard


def test_a_warning_is_shown_once(warned: list[str]) -> None:
    common.warn_all(["b", "a", "b"])
    assert warned == ["b", "a"]


@pytest.mark.parametrize(
    ("changed", "check_mode", "place", "warns"),
    [
        (True, False, "", True),
        (False, False, "", False),
        (True, True, "", False),
        (True, False, "s3://b", False),
    ],
)
def test_git_is_warned_of_where_something_was_saved_in_a_directory(
    tmp_path: Path, warned: list[str], changed: bool, check_mode: bool, place: str, warns: bool
) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    module = types.SimpleNamespace(check_mode=check_mode)
    common.warn_of_git(t.cast("t.Any", module), place or str(tmp_path), changed)
    assert ["SECRETS MAY END UP IN GIT" in one for one in warned] == [True] * warns


def test_git_that_ignores_a_directory_is_not_warned_of(tmp_path: Path, warned: list[str]) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("*\n", encoding="ascii")
    common.warn_of_git(t.cast("t.Any", types.SimpleNamespace(check_mode=False)), str(tmp_path), True)
    assert warned == []


# Where an account has its credentials --------------------------------------------------------------------------------

ACCOUNT, OTHER_ACCOUNT = "111111111111", "222222222222"


def place(path: Path, several: bool = False, divided: bool = False) -> str:
    """Where the first account has its credentials."""
    params = {"credentials_dest": str(path), "accounts": [{}] if several else [], "divided": divided}
    found = common.place_for(params, ACCOUNT, lambda: t.cast("t.Any", None))
    return str(Path(found).relative_to(path))


def belongs(path: Path, account: str) -> None:
    CredentialsDirectory(str(path)).prepare(account)


@pytest.mark.parametrize(
    ("several", "divided", "expected"), [(False, False, "."), (False, True, ACCOUNT), (True, False, ACCOUNT)]
)
def test_a_new_place_is_divided_where_the_inventory_has_several_accounts(
    tmp_path: Path, several: bool, divided: bool, expected: str
) -> None:
    assert place(tmp_path / "new", several, divided) == expected


@pytest.mark.parametrize("divided", [True, False])
def test_what_is_there_stays_where_it_is(tmp_path: Path, divided: bool) -> None:
    path = tmp_path / "c"
    belongs(path, ACCOUNT)
    assert place(path, divided=divided) == "."
    other = tmp_path / "d"
    belongs(other, OTHER_ACCOUNT)
    assert place(other, divided=divided) == ".", "which is refused then, as ever"
    parts = tmp_path / "e"
    parts.mkdir(mode=0o700)
    belongs(parts / ACCOUNT, ACCOUNT)
    assert place(parts, divided=divided) == ACCOUNT, "also where nothing but the disk says so"
    (parts / ACCOUNT).rename(parts / OTHER_ACCOUNT)
    assert place(parts, divided=divided) == ACCOUNT, "beside the part of another account"


def test_a_place_of_one_account_is_not_divided(tmp_path: Path) -> None:
    path = tmp_path / "c"
    belongs(path, OTHER_ACCOUNT)
    with pytest.raises(RefusedError) as caught:
        place(path, several=True)
    assert str(caught.value) == (
        f"'{path}' holds the credentials of account {OTHER_ACCOUNT}, but a run for several accounts saves those of "
        "each account in a separate place below it; choose another credentials_dest, or move what is there to "
        f"'{path}/{OTHER_ACCOUNT}'"
    )


def test_a_place_that_cannot_be_read_is_left_to_those_who_work_there(tmp_path: Path) -> None:
    path = tmp_path / "c"
    belongs(path, ACCOUNT)
    (path / ".account.json").write_text("{", encoding="utf-8")
    assert place(path) == "."
