# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Many users are removed with everything that blocks their deletion, each with an outcome of its own."""

from __future__ import annotations

import datetime
import io
import json
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import teardown
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    BOUNDARY,
    FULL,
    OURS,
    URL,
)

TAGGED = [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]
CLASS = ["anna", "bert", "carl"]
TOMORROW = (datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(days=2)).date().isoformat()


def phone(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:mfa/{name}"


class Desk:
    """An account with a class in it, an archive, a directory of credentials, and an operator."""

    def __init__(self, path: Path) -> None:
        self.archive = path / "removed"
        self.path = path / "credentials"
        self.iam = FakeIam(self.archive)
        self.marks = io.StringIO()
        directory = CredentialsDirectory(str(self.path))
        directory.prepare()
        for name in CLASS:
            self.iam.users[name] = User(
                tags=OURS | {"class": "2026"},
                boundary=BOUNDARY,
                policies=[FULL],
                password=f"Pw-of-{name}",
                others={
                    "groups": [{"GroupName": "students"}],
                    "inline_policies": ["own"],
                    "mfa_devices": [{"SerialNumber": phone(name)}],
                    "service_specific_credentials": [
                        {"ServiceSpecificCredentialId": f"ACCA{name}", "Status": "Active"}
                    ],
                },
            )
            self.iam.virtual_devices.append(phone(name))
            one = Credentials(name, f"Pw-of-{name}", URL, *self.iam.new_key(name, f"AKIA{name.upper()}"))
            directory.save_login(one)
            directory.save_access_key(one)
            directory.save_class_files([one])

    def run(self, *names: str, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
        values: dict[str, t.Any] = {
            "users": list(names) if names else None,
            "tags": {},
            "expired": False,
            "confirm": 100,
            "policies": [],
            "archive_dest": str(self.archive),
            "credentials_dest": str(self.path),
            "delete_files": False,
            "handouts_dest": None,
            "class_name": "",
            "threads": 4,
        }
        self.iam.calls.clear()
        self.marks = io.StringIO()
        return teardown.run(as_iam(self.iam), values | options, Marks(self.marks), check_mode)

    def files(self) -> set[str]:
        return {one.name for one in self.path.iterdir()} - {".lock"}


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Begin with a class, and let no test wait."""
    assert clock.slept == []
    return Desk(tmp_path)


def outcome(result: dict[str, t.Any], name: str) -> dict[str, t.Any]:
    (one,) = [user for user in result["users"] if user["name"] == name]
    return t.cast("dict[str, t.Any]", one)


# A good day ----------------------------------------------------------------------------------------------------------


def test_a_class_goes_with_all_that_it_has(desk: Desk) -> None:
    result = desk.run(tags={"class": "2026"})
    assert (desk.iam.users, desk.iam.virtual_devices) == ({}, [])
    assert [(one["name"], one["changed"], one["failed"], one["msg"]) for one in result["users"]] == [
        (name, True, False, "") for name in CLASS
    ]
    assert result["changed"]
    assert desk.marks.getvalue() == "..."
    assert len(result["diff"]) == 3
    assert outcome(result, "anna")["changes"][-1] == "delete user anna"


def test_everybody_is_locked_out_before_anything_else_goes(desk: Desk) -> None:
    """The rest takes its time, and may be interrupted."""
    desk.run(*CLASS)
    names = [call.verb for call in desk.iam.calls if call.verb in desk.iam.writes]
    locks = {"delete_login_profile", "update_access_key", "update_service_specific_credential"}
    assert set(names[:9]) == locks
    assert not locks & set(names[9:])


def test_what_is_known_of_a_user_is_kept_before_it_is_touched(desk: Desk) -> None:
    result = desk.run("anna")
    name = outcome(result, "anna")["archive"]
    first = next(call for call in desk.iam.calls if call.verb in desk.iam.writes)
    assert name in first.files
    path = desk.archive / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert (kept["user_name"], [one["GroupName"] for one in kept["groups"]]) == ("anna", ["students"])
    assert "Pw-of" not in path.read_text(encoding="utf-8")


def test_who_has_the_same_name_another_day_has_another_archive(desk: Desk) -> None:
    first = outcome(desk.run("anna"), "anna")["archive"]
    desk.iam.users["anna"] = User(tags=dict(OURS))
    assert outcome(desk.run("anna"), "anna")["archive"] != first
    assert len([one for one in desk.archive.iterdir() if one.suffix == ".json"]) == 2


@pytest.mark.parametrize("delete_files", [True, False])
@pytest.mark.parametrize("names", [CLASS, []], ids=["by name", "by tag"])
def test_check_mode_foretells_and_touches_nothing(desk: Desk, names: list[str], delete_files: bool) -> None:
    options: dict[str, t.Any] = {"tags": {} if names else {"class": "2026"}, "delete_files": delete_files}
    before = desk.files()
    checked = desk.run(*names, check_mode=True, **options)
    assert (desk.iam.writes, desk.files(), desk.archive.exists()) == ([], before, False)
    done = desk.run(*names, **options)
    for would_be, was in zip(checked["users"], done["users"], strict=True):
        assert would_be | {"archive": was["archive"]} == was
    assert (checked["changed"], checked["diff"]) == (done["changed"], done["diff"])


def test_a_second_run_finds_nothing_to_do(desk: Desk) -> None:
    desk.run(*CLASS)
    result = desk.run(*CLASS)
    assert (result["changed"], desk.iam.writes) == (False, [])
    assert not any(one["failed"] or one["changed"] for one in result["users"])


@pytest.mark.parametrize(("count", "in_bulk"), [(5, False), (6, True)])
def test_few_are_read_one_by_one(desk: Desk, count: int, in_bulk: bool) -> None:
    """The account may have thousands of others."""
    names = [f"student-{number}" for number in range(count)]
    desk.iam.users |= {name: User() for name in names}
    desk.run(*names)
    assert bool(desk.iam.made("all_users")) is in_bulk


def test_whom_get_user_does_not_know_yet_is_removed_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """To say that nobody is there any more would leave a user who can sign in."""
    monkeypatch.setattr(desk.iam, "user", lambda _name: None)
    result = desk.run(CLASS[0])
    assert result["users"][0]["changed"]
    assert CLASS[0] not in desk.iam.users


# Who goes ------------------------------------------------------------------------------------------------------------


def test_who_is_not_ours_stays_and_is_told_of_only_where_somebody_named_it(desk: Desk) -> None:
    """Others may use the same tags."""
    desk.iam.users["eve"] = User(tags={"class": "2026"})
    named = desk.run("eve")
    assert "does not carry the tag managed-by=invoice_scanner.iam" in outcome(named, "eve")["msg"]
    assert outcome(named, "eve")["failed"]
    by_tag = desk.run(tags={"class": "2026"})
    assert [one["name"] for one in by_tag["users"]] == CLASS
    assert list(desk.iam.users) == ["eve"]


def test_nobody_removes_himself(desk: Desk) -> None:
    desk.iam.operator = f"arn:aws:iam::{ACCOUNT_ID}:user/anna"
    result = desk.run("anna", "bert")
    assert "this run uses the credentials of user" in outcome(result, "anna")["msg"]
    assert set(desk.iam.users) == {"anna", "carl"}


@pytest.mark.parametrize("named", [True, False])
def test_whose_day_has_passed(desk: Desk, named: bool) -> None:
    for name, day in (("anna", "2020-01-01"), ("bert", TOMORROW), ("carl", "soon")):
        desk.iam.users[name].tags["expires"] = day
    result = desk.run(*(CLASS if named else []), expired=True)
    assert set(desk.iam.users) == {"bert", "carl"}
    assert {one["name"]: one["changed"] for one in result["users"]} == (
        dict.fromkeys(CLASS, False) if named else {"carl": False}
    ) | {"anna": True}
    said = "user 'carl' stays: its tag expires is 'soon', not a date; write it as in '2026-12-31'"
    assert result["warnings"] == [said]


def test_more_than_was_agreed_to_is_refused_and_check_mode_says_so(desk: Desk) -> None:
    said = r"^3 users would be removed, but only 2 have been confirmed, so nothing was done"
    with pytest.raises(RefusedError, match=said):
        desk.run(*CLASS, confirm=2)
    assert desk.iam.writes == []
    (warning,) = desk.run(*CLASS, confirm=2, check_mode=True)["warnings"]
    assert warning.endswith("invoice_iam_user_teardown_confirm=3")
    # Who is not there, or is refused, is not counted.
    desk.run("anna", "bert", "nobody", confirm=2)
    assert list(desk.iam.users) == ["carl"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "say which users to remove: name them, or give tags that they have, or set expired"),
        ({"users": ["no blanks"]}, "the user name 'no blanks' contains ' '"),
        ({"tags": {"class": None}}, "the tag 'class' to select users by has no value; write '' for an empty one"),
        (
            {"users": ["anna"], "delete_files": True, "credentials_dest": None},
            "delete_files is true, but credentials_dest is not set; set it to where the files are",
        ),
    ],
)
def test_what_is_refused_before_anything_is_asked(desk: Desk, options: dict[str, t.Any], said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        desk.run(**options)
    assert str(caught.value).startswith(said)
    assert desk.iam.calls == []


def test_a_user_that_is_named_twice_goes_once_and_is_told_of_twice(desk: Desk) -> None:
    result = desk.run("anna", "anna")
    assert [one["name"] for one in result["users"]] == ["anna", "anna"]
    assert len(desk.iam.made("delete_user")) == 1


def test_an_archive_that_takes_nothing_is_found_out_first(desk: Desk) -> None:
    desk.archive.mkdir(mode=0o755)
    with pytest.raises(DestinationError, match="can be read by other users of this machine"):
        desk.run("anna")
    assert desk.iam.writes == []


# What goes wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "done"),
    [("delete_login_profile", 0), ("update_access_key", 1), ("delete_access_key", 3), ("delete_user", 11)],
)
def test_who_fails_stops_nobody_else_and_the_next_run_goes_on(desk: Desk, verb: str, done: int) -> None:
    desk.iam.fail(verb, aws_error("AccessDenied", "no", 403))
    result = desk.run(*CLASS, threads=1)
    assert [one["failed"] for one in result["users"]] == [True, False, False]
    anna = outcome(result, "anna")
    assert anna["msg"].startswith("Failed to do it: no (AccessDenied); ")
    # How far it went, and no farther
    assert "delete user anna" not in anna["changes"]
    assert len(anna["changes"]) == done
    assert (anna["changed"], bool(anna["diff"])) == (bool(done), bool(done))
    assert sorted(desk.marks.getvalue()) == [".", ".", "x"]
    assert list(desk.iam.users) == ["anna"]
    assert not outcome(desk.run(*CLASS), "anna")["failed"]
    assert desk.iam.users == {}


def test_who_cannot_be_locked_out_is_not_stripped(desk: Desk) -> None:
    desk.iam.fail("update_access_key", aws_error("AccessDenied", "no", 403))
    desk.run("anna")
    assert desk.iam.users["anna"].policies == [FULL]
    assert desk.iam.users["anna"].boundary == BOUNDARY


def test_what_somebody_adds_meanwhile_goes_too(desk: Desk, clock: Clock) -> None:
    desk.iam.fail("delete_user", happens=lambda: t.cast("None", desk.iam.new_key("anna", "AKIALATE")))
    result = desk.run("anna")
    assert not outcome(result, "anna")["failed"]
    assert "anna" not in desk.iam.users
    assert len(clock.slept) == 1


def test_what_seems_to_be_there_still_is_waited_out(desk: Desk, clock: Clock) -> None:
    desk.iam.fail("delete_user", aws_error("DeleteConflict", status=409), times=3)
    assert not outcome(desk.run("anna"), "anna")["failed"]
    assert clock.slept == [0.25, 0.5, 1]


def test_patience_ends(desk: Desk, clock: Clock) -> None:
    desk.iam.fail("delete_user", aws_error("DeleteConflict", status=409), times=1000)
    assert "(DeleteConflict); something still depends on it" in outcome(desk.run("anna"), "anna")["msg"]
    assert 200 < sum(clock.slept) <= 300


def test_a_new_user_of_the_same_name_is_not_taken_for_the_old_one(desk: Desk) -> None:
    """Somebody finished the removal meanwhile, and made another user."""

    def exchange() -> None:
        desk.iam.users["anna"] = User(tags=dict(OURS), password="new")

    desk.iam.fail("delete_user", aws_error("DeleteConflict", status=409), happens=exchange)
    desk.run("anna")
    assert desk.iam.users["anna"].password == "new"


def test_a_virtual_device_that_an_interrupted_removal_left_goes(desk: Desk) -> None:
    """It is taken off its user first, and then nothing but the archive tells whose it was."""
    desk.iam.fail("delete_virtual_mfa_device", aws_error("AccessDenied", status=403))
    desk.run("anna")
    assert desk.iam.users["anna"].others["mfa_devices"] == []
    assert phone("anna") in desk.iam.virtual_devices
    desk.run("anna")
    assert phone("anna") not in desk.iam.virtual_devices
    assert "anna" not in desk.iam.users


def test_an_archive_that_is_damaged_is_written_anew(desk: Desk) -> None:
    desk.archive.mkdir(mode=0o700)
    path = desk.archive / f"anna.{desk.iam.users['anna'].id}.json"
    path.write_text("{", encoding="ascii")
    assert not outcome(desk.run("anna"), "anna")["failed"]
    assert json.loads(path.read_text(encoding="utf-8"))["user_name"] == "anna"


# Classes --------------------------------------------------------------------------------------------------------------


def test_of_those_that_are_selected_only_users_of_the_class_go(desk: Desk) -> None:
    """Others may use the same tags, and every class has its last day."""
    for name, class_name in (("anna", "a"), ("bert", "b")):
        desk.iam.users[name].tags["workshop-class"] = class_name
    result = desk.run(tags={"class": "2026"}, class_name="a")
    assert [one["name"] for one in result["users"]] == ["anna"]
    assert set(desk.iam.users) == {"bert", "carl"}
    assert {one["name"] for one in desk.run(tags={"class": "2026"})["users"]} == {"bert", "carl"}, "of any class"


def test_a_user_of_another_class_that_is_named_is_refused(desk: Desk) -> None:
    desk.iam.users["anna"].tags["workshop-class"] = "a"
    for class_name in ("b", ""):
        anna = outcome(desk.run("anna", class_name=class_name), "anna")
        assert "user 'anna' belongs to class 'a'" in anna["msg"]
    assert desk.iam.writes == []
    assert not outcome(desk.run("anna", class_name="a"), "anna")["failed"]


@pytest.mark.parametrize("value", [7, "7"])
def test_a_tag_is_selected_by_as_people_wrote_it(desk: Desk, value: t.Any) -> None:
    desk.iam.users["anna"].tags["seat"] = "7"
    assert [one["name"] for one in desk.run(tags={"seat": value})["users"]] == ["anna"]


# Files ---------------------------------------------------------------------------------------------------------------


def test_the_files_of_those_who_went_go_and_others_stay(desk: Desk) -> None:
    result = desk.run("anna", delete_files=True)
    assert set(outcome(result, "anna")["deleted_files"]) == {
        "anna_credentials.csv",
        "anna_accessKeys.csv",
        "anna_aws_configure_import.csv",
        "class_credentials.csv",
        "aws_configure_import.csv",
    }
    assert "delete credentials of anna in anna_credentials.csv" in outcome(result, "anna")["changes"]
    assert not {one for one in desk.files() if one.startswith("anna")}
    sheet = (desk.path / "class_credentials.csv").read_text(encoding="utf-8-sig")
    assert ("anna" in sheet, "bert" in sheet) == (False, True)


def test_files_stay_unless_that_is_asked_for(desk: Desk) -> None:
    before = desk.files()
    result = desk.run("anna")
    assert desk.files() == before
    assert outcome(result, "anna")["deleted_files"] == []


def test_the_files_of_who_could_not_be_removed_stay(desk: Desk) -> None:
    desk.iam.fail("delete_user", aws_error("AccessDenied", status=403))
    result = desk.run("anna", delete_files=True)
    assert outcome(result, "anna")["deleted_files"] == []
    assert "anna_credentials.csv" in desk.files()


def test_the_files_of_who_was_removed_before_go(desk: Desk) -> None:
    desk.run("anna")
    result = desk.run("anna", delete_files=True)
    assert outcome(result, "anna")["changed"]
    assert not {one for one in desk.files() if one.startswith("anna")}


def test_the_files_of_who_was_named_and_is_not_meant_stay(desk: Desk) -> None:
    result = desk.run("anna", tags={"class": "2025"}, delete_files=True)
    assert not outcome(result, "anna")["changed"]
    assert "anna_credentials.csv" in desk.files()


def test_a_file_with_something_else_in_it_keeps_its_user(desk: Desk) -> None:
    """It would go with the user, and with it what somebody else wrote there."""
    (desk.path / "anna_credentials.csv").write_text("my notes\n", encoding="ascii")
    for check_mode in (True, False):
        result = desk.run("anna", delete_files=True, check_mode=check_mode)
        assert "move it away" in outcome(result, "anna")["msg"]
    assert "anna" in desk.iam.users


def test_the_files_of_a_name_that_nobody_had_here_are_kept(desk: Desk) -> None:
    """They may be of another account, or of a user whom somebody else removed."""
    del desk.iam.users["anna"]
    before = desk.files()
    for check_mode in (True, False):
        result = desk.run("anna", delete_files=True, check_mode=check_mode)
        assert not outcome(result, "anna")["changed"]
        assert result["warnings"] == [
            f"account {ACCOUNT_ID} has no user 'anna', and {str(desk.archive)!r} has no record of one that this "
            "collection removed; the files of that name are kept"
        ]
    assert desk.files() == before
    assert desk.run("nobody", delete_files=True)["warnings"] == [], "of whom there are no files"


@pytest.mark.parametrize(
    ("changes", "goes"),
    [
        ({}, True),
        ({"arn": "arn:aws:iam::999999999999:user/anna"}, False),
        ({"tags": {"team": "ops"}}, False),
        ({"tags": None}, False),
        ({"user_name": "anna.x"}, False),
    ],
)
def test_an_archive_has_to_say_that_the_user_was_ours_here(desk: Desk, changes: dict[str, t.Any], goes: bool) -> None:
    name = outcome(desk.run("anna"), "anna")["archive"]
    path = desk.archive / name
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    assert outcome(desk.run("anna", delete_files=True), "anna")["changed"] is goes
    assert ("anna_credentials.csv" in desk.files()) is not goes


def test_files_alone_have_to_be_agreed_to_as_well(desk: Desk) -> None:
    desk.run("anna", "bert")
    with pytest.raises(RefusedError, match=r"^2 users would be removed"):
        desk.run("anna", "bert", delete_files=True, confirm=1)
    assert "anna_credentials.csv" in desk.files()


def test_files_of_another_account_are_not_touched(desk: Desk) -> None:
    CredentialsDirectory(str(desk.path)).prepare("999999999999")
    with pytest.raises(DestinationError, match="holds the credentials of account 999999999999"):
        desk.run("anna", delete_files=True)
    assert desk.iam.writes == []


# Policies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check_mode", [True, False])
def test_policies_go_after_their_users(desk: Desk, check_mode: bool) -> None:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/Workshop"
    desk.iam.users["anna"].policies = [arn]
    desk.iam.own_policies[arn] = {
        "PolicyName": "Workshop",
        "PolicyId": "ANPA1",
        "Arn": arn,
        "DefaultVersionId": "v1",
        # As of now, or as of after the removal
        "AttachmentCount": int(check_mode),
        "Tags": [{"Key": "managed-by", "Value": "invoice_scanner.iam"}],
        "versions": [{"VersionId": "v1", "IsDefaultVersion": True}],
    }
    result = desk.run("anna", policies=["Workshop"], check_mode=check_mode)
    assert [(one["name"], one["changed"], one["failed"]) for one in result["policies"]] == [("Workshop", True, False)]
    assert (arn in desk.iam.own_policies) is check_mode


def test_the_policy_of_a_class_goes_with_its_last_user_and_with_nobody_before(desk: Desk) -> None:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/InvoiceScannerHours-spring"
    desk.iam._create_policy("InvoiceScannerHours-spring", "{}", "hours", [{"Key": "managed-by", "Value": "other"}])
    desk.iam.own_policies[arn] |= {"AttachmentCount": 2, "Tags": TAGGED}
    desk.iam._new_version(arn, "{}")
    for name in CLASS[:2]:
        desk.iam.users[name].tags["workshop-class"] = "spring"
        desk.iam.users[name].policies.append(arn)
    first = desk.run(CLASS[0], class_name="spring")
    assert "it is still attached 2 times" in first["policies"][0]["msg"]
    assert arn in desk.iam.own_policies
    desk.iam.own_policies[arn]["AttachmentCount"] = 0
    last = desk.run(CLASS[1], class_name="spring")
    assert [one["changed"] for one in last["policies"]] == [True]
    assert arn not in desk.iam.own_policies
    assert desk.run(CLASS[1], class_name="spring")["policies"] == []


def test_the_pages_of_those_who_went_go_with_their_files(desk: Desk, tmp_path: Path) -> None:
    pages = tmp_path / "handouts"
    pages.mkdir(mode=0o700)
    for name in ("anna.html", "bert.html", "class.html"):
        (pages / name).write_text("a page", encoding="utf-8")
    (pages / "class_mailmerge.csv").write_text("User name\r\nanna\r\nbert\r\n", encoding="utf-8")
    foretold = outcome(desk.run("anna", delete_files=True, handouts_dest=str(pages), check_mode=True), "anna")
    assert len(list(pages.iterdir())) == 4
    result = desk.run("anna", delete_files=True, handouts_dest=str(pages))
    assert outcome(result, "anna")["deleted_files"] == foretold["deleted_files"]
    assert set(foretold["deleted_files"]) >= {f"{pages}/{name}" for name in ("anna.html", "class.html")}
    assert [path.name for path in pages.iterdir()] == ["bert.html"]


def test_pages_stay_unless_files_are_to_go(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "anna.html").write_text("a page", encoding="utf-8")
    desk.run("anna", handouts_dest=str(tmp_path))
    assert (tmp_path / "anna.html").exists()
