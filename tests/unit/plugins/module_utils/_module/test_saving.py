# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Bring the credential files of one user to the wanted state, as the options of credentials_csv say."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import saving
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.saving import Saved
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.people import (
    ANNA,
    BERT,
    NEWER,
    URL,
    content,
)

LOGIN: dict[str, t.Any] = {"password": ANNA.password, "sign_in_url": URL}
KEY: dict[str, t.Any] = {"access_key_id": ANNA.access_key_id, "secret_access_key": ANNA.secret_access_key}
OWN = ["anna_credentials.csv", "anna_accessKeys.csv", "anna_aws_configure_import.csv"]
SHEET, IMPORT, INTENT = "class_credentials.csv", "aws_configure_import.csv", "anna_intent.json"


def options(**given: t.Any) -> dict[str, t.Any]:
    """Validate options as Ansible does."""
    given = {"user_name": "anna", "dest": "x"} | given
    validated = ArgumentSpecValidator(saving.ARGUMENTS, required_together=saving.REQUIRED_TOGETHER).validate(given)
    assert validated.error_messages == []
    return t.cast("dict[str, t.Any]", validated.validated_parameters)


class Desk:
    """A directory on disk, and an operator."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.directory = CredentialsDirectory(str(path))

    def do(self, check_mode: bool = False, **given: t.Any) -> Saved:
        params = options(**given)
        assert saving.option_problem(params) is None
        return saving.bring_about(self.directory, params, check_mode)

    def files(self) -> set[str]:
        return set(content(self.path)) if self.path.exists() else set()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Begin with nothing."""
    return Desk(tmp_path / "credentials")


# Save ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "own", "shared"),
    [
        (LOGIN, OWN[:1], [SHEET, IMPORT]),
        (KEY, OWN[1:], [SHEET, IMPORT]),
        (LOGIN | KEY, OWN, [SHEET, IMPORT]),
        # Of nobody there is nothing to save.
        ({}, [], []),
        ({"sign_in_url": URL}, [], []),
    ],
    ids=["login", "key", "both", "nothing", "url"],
)
def test_what_is_new_is_saved_and_check_mode_foretells_it(
    desk: Desk, given: dict[str, t.Any], own: list[str], shared: list[str]
) -> None:
    checked = desk.do(check_mode=True, **given)
    assert not desk.path.exists()
    done = desk.do(**given)
    assert checked.changed_files == done.changed_files == (*own, *shared)
    assert desk.files() == {*own, *shared}
    again = desk.do(**given)
    assert again.changed_files == ()


def test_what_is_on_file_is_kept_where_nothing_new_is_given(desk: Desk) -> None:
    desk.do(**LOGIN, **KEY)
    done = desk.do(password=NEWER.password)
    assert done.credentials == Credentials("anna", NEWER.password, URL, ANNA.access_key_id, ANNA.secret_access_key)
    assert done.changed_files == (OWN[0], SHEET)
    assert desk.directory.saved("anna") == done.credentials
    assert len(list((desk.path / "superseded").iterdir())) == 1


def test_a_sheet_that_is_gone_comes_back(desk: Desk) -> None:
    desk.do(**LOGIN, **KEY)
    (desk.path / SHEET).unlink()
    assert desk.do().changed_files == (SHEET,)
    assert SHEET in desk.files()


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (LOGIN, Intent(access_key=True, known_access_key_ids=("AKIAOLD",))),
        (KEY, Intent(login_profile=True)),
        (LOGIN | KEY, Intent()),
        (KEY | {"keep_intent": True}, Intent(True, True, ("AKIAOLD",))),
        (LOGIN | {"keep_intent": True}, Intent(access_key=True, known_access_key_ids=("AKIAOLD",))),
        ({}, Intent(True, True, ("AKIAOLD",))),
    ],
    ids=["login", "key", "both", "key-kept", "login-kept", "nothing"],
)
def test_the_intent_goes_for_what_was_saved(desk: Desk, given: dict[str, t.Any], left: Intent) -> None:
    desk.directory.prepare()
    desk.directory.leave_intent("anna", Intent(True, True, ("AKIAOLD",)))
    checked = desk.do(check_mode=True, **given)
    assert desk.directory.intent("anna") == Intent(True, True, ("AKIAOLD",))
    done = desk.do(**given)
    assert checked.intent == done.intent == left
    assert (desk.directory.intent("anna") or Intent()) == left
    assert (INTENT in done.changed_files) is (left != Intent(True, True, ("AKIAOLD",)))


def test_the_users_own_file_is_saved_whatever_is_wrong_with_the_sheet(desk: Desk) -> None:
    desk.do(**LOGIN)
    (desk.path / SHEET).write_text("my notes\n", encoding="ascii")
    with pytest.raises(DestinationError, match="move it away"):
        desk.do(**KEY)
    assert desk.directory.saved("anna").access_key_id == ANNA.access_key_id


def test_others_stay_in_the_sheet(desk: Desk) -> None:
    desk.do(**LOGIN, **KEY)
    desk.do(user_name="bert", password=BERT.password, sign_in_url=URL)
    sheet = (desk.path / SHEET).read_text(encoding="utf-8-sig")
    assert ANNA.access_key_id in sheet
    assert BERT.password in sheet


# Intents -------------------------------------------------------------------------------------------------------------

BOTH: dict[str, t.Any] = {
    "state": "intent",
    "intends": ["login_profile", "access_key"],
    "known_access_key_ids": ["AKIAOLD"],
}


def test_an_intent_is_left_and_taken_back(desk: Desk) -> None:
    checked = desk.do(check_mode=True, **BOTH)
    assert not desk.path.exists()
    done = desk.do(**BOTH)
    assert checked.changed_files == done.changed_files == (INTENT,)
    assert done.intent == desk.directory.intent("anna") == Intent(True, True, ("AKIAOLD",))
    assert desk.do(**BOTH).changed_files == ()
    back = desk.do(state="no_intent", intends=["access_key"])
    assert (back.changed_files, back.intent) == ((INTENT,), Intent(login_profile=True))
    assert desk.directory.intent("anna") == Intent(login_profile=True)
    checked = desk.do(check_mode=True, state="no_intent", intends=["login_profile"])
    assert (checked.changed_files, desk.files()) == ((INTENT,), {INTENT})
    assert desk.do(state="no_intent", intends=["login_profile"]).changed_files == (INTENT,)
    assert desk.files() == set()
    assert desk.do(state="no_intent", intends=["login_profile"]).changed_files == ()


def test_the_disk_is_proven_even_where_no_secret_is_asked_for(desk: Desk) -> None:
    assert desk.do(state="intent").changed_files == ()
    assert desk.path.is_dir()
    assert desk.files() == set()


def test_an_intent_of_another_run_stops_this_one(desk: Desk) -> None:
    desk.directory.prepare()
    CredentialsDirectory(str(desk.path), run=Run.of(os.getppid())).leave_intent("anna", Intent(access_key=True))
    with pytest.raises(DestinationError, match="is setting credentials of 'anna'"):
        desk.do(**BOTH)


def test_a_key_that_another_run_saved_since_the_plan_stops_this_one(desk: Desk) -> None:
    desk.do(**KEY)
    with pytest.raises(DestinationError, match=r"^another run has just served 'anna'; run again$"):
        desk.do(**BOTH, planned_access_key_id="")
    assert desk.directory.intent("anna") is None
    assert desk.do(**BOTH, planned_access_key_id=ANNA.access_key_id).changed_files == (INTENT,)


@pytest.mark.parametrize("state", ["present", "intent", "no_intent"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_place_that_takes_nothing_is_found_out_first(desk: Desk, state: str, check_mode: bool) -> None:
    desk.path.mkdir(mode=0o755)
    with pytest.raises(DestinationError, match="can be read by other users of this machine"):
        desk.do(check_mode, state=state, **LOGIN)


# Read ----------------------------------------------------------------------------------------------------------------


def test_to_read_changes_nothing_and_needs_no_directory(desk: Desk) -> None:
    done = desk.do(state="read")
    assert (done.changed_files, done.credentials, done.intent) == ((), Credentials("anna"), Intent())
    assert not desk.path.exists()
    desk.do(**LOGIN)
    assert desk.do(state="read").credentials.password == ANNA.password


# Options -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"state": "intent", "intends": ["access_key"]},
            "the intent to ask for an access key of 'anna' needs known_access_key_ids, the IDs of the keys that the "
            "user has (none: []); any other key would be taken for one whose secret got lost",
        ),
        ({"state": "intent", "intends": ["login_profile", "access_key"]}, "the intent to ask for an access key of"),
        ({"state": "intent", "intends": ["access_key"], "known_access_key_ids": []}, None),
        ({"state": "intent", "intends": ["login_profile"]}, None),
        ({"state": "intent"}, None),
        ({"state": "no_intent", "intends": ["access_key"]}, None),
        ({"state": "present", "intends": ["access_key"]}, None),
        ({"user_name": "no blanks"}, "the user name 'no blanks' contains ' '"),
        ({"user_name": ""}, "the user name is empty"),
    ],
)
def test_options_that_make_no_sense(given: dict[str, t.Any], said: str | None) -> None:
    problem = saving.option_problem(options(**given))
    assert (problem is None) is (said is None)
    assert (problem or "").startswith(said or "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"user_name": "a,b"}, ["'a,b' contains a comma: it is left out of aws_configure_import.csv and has no"]),
        ({"password": "=1+1-Geheim"}, ["the console password of 'anna' begins with a character that a spreadsheet"]),
        (LOGIN | KEY, []),
        ({}, []),
    ],
)
def test_what_the_files_would_do_to_people_is_warned_of(given: dict[str, str], said: list[str]) -> None:
    warnings = list(saving.hazards(options(**given)))
    assert [one.startswith(start) for one, start in zip(warnings, said, strict=True)] == [True] * len(said)
    assert "Geheim" not in str(warnings)


# What is returned ----------------------------------------------------------------------------------------------------


def test_what_is_returned_holds_no_secret(desk: Desk) -> None:
    desk.do(**BOTH)
    done = desk.do(**LOGIN)
    result = saving.result_of(done, "/dest")
    assert result == {
        "changed": True,
        "changed_files": [OWN[0], SHEET, IMPORT, INTENT],
        "dest": "/dest",
        "files": {"login": OWN[0], "access_key": OWN[1], "import": OWN[2]},
        "on_file": {
            "password": True,
            "access_key_id": "",
            "intends": ["access_key"],
            "known_access_key_ids": ["AKIAOLD"],
        },
        "diff": {"before": "", "after": f"/dest/{OWN[0]}\n/dest/{SHEET}\n/dest/{IMPORT}\n/dest/{INTENT}\n"},
    }
    assert ANNA.password not in json.dumps(result) + repr(done)
    assert not saving.result_of(desk.do(state="read"), "/dest")["changed"]
