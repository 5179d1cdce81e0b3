# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""One plan being applied: the one order in which no secret can be lost, whatever happens on the way."""

from __future__ import annotations

import csv
import typing as t
from pathlib import Path

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import observe
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.provision import (
    Provisioning,
    ProvisioningError,
    StalePlanError,
    Workplace,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import Change, UserPlan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.provisioning import plan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error, lost_reply
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    AMPLIFY,
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    URL,
    a_wanted_user,
    an_account,
)

LOGIN, KEY, INTENT = "anna_credentials.csv", "anna_accessKeys.csv", "anna_intent.json"
IMPORT = "anna_aws_configure_import.csv"
SECRET = "Zq7-Geheim!"


class Desk:
    """An account in memory, a directory on disk, and an operator who runs the same task again."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.iam = FakeIam(path)
        self.directory = CredentialsDirectory(str(path))
        self.directory.prepare()
        # What the last run had done when it ended, however it did
        self.applied: list[Change] = []

    def plan(self, **wanted: t.Any) -> UserPlan:
        saved = observe.on_file(self.directory, "anna")
        live = observe.users(as_iam(self.iam), ["anna"], existing=1_000_000).users["anna"]
        return plan(a_wanted_user(**wanted), live, saved, an_account())

    def run(self, one: UserPlan | None = None, verify_key: bool = True, **wanted: t.Any) -> UserPlan:
        """Plan and apply."""
        one = one or self.plan(**wanted)
        assert one.problems == ()
        self.iam.calls.clear()
        workplace = Workplace(as_iam(self.iam), self.directory, an_account(), verify_key)
        self.applied = []
        Provisioning(workplace, one, self.applied).run()
        return one

    @property
    def anna(self) -> User:
        return self.iam.users["anna"]

    def row(self, name: str) -> dict[str, str]:
        with (self.path / name).open(encoding="utf-8-sig", newline="") as stream:
            (row,) = csv.DictReader(stream)
        return row

    def assert_all_is_well(self) -> None:
        """One key, on file, the right secret, described; the password on file; nothing left over, nothing to do."""
        saved = self.row(KEY)
        assert self.anna.keys == {saved["Access key ID"]: saved["Secret access key"]}
        assert self.anna.tags == OURS | {saved["Access key ID"]: DESCRIPTION}
        login = self.row(LOGIN)
        assert login == {"User name": "anna", "Password": self.anna.password, "Console sign-in URL": URL}
        assert {one.name for one in self.path.iterdir()} - {"superseded", ".lock"} == {LOGIN, KEY, IMPORT}
        assert list(self.row(IMPORT).values()) == ["anna", *saved.values()]
        assert self.plan().changes == ()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Begin with nothing."""
    return Desk(tmp_path / "credentials", clock)


@pytest.fixture
def existing(desk: Desk) -> Desk:
    """Begin with a user for whom all but the key is done."""
    desk.iam.users["anna"] = User(tags=dict(OURS), policies=[FULL, AMPLIFY])
    return desk


# As it should go -----------------------------------------------------------------------------------------------------


def test_a_new_user(desk: Desk) -> None:
    desk.run(path="/class/", permissions_boundary=BOUNDARY, console_password=SECRET, password_reset_required=True)
    assert desk.iam.writes == [
        "create_user",
        "attach_user_policy",
        "attach_user_policy",
        "create_login_profile",
        "create_access_key",
        "tag_user",
    ]
    key_id = desk.row(KEY)["Access key ID"]
    assert desk.anna == User(
        "/class/",
        OURS | {key_id: DESCRIPTION},
        BOUNDARY,
        [FULL, AMPLIFY],
        SECRET,
        True,
        {key_id: f"secret/of+{key_id}"},
    )
    assert desk.row(LOGIN)["Password"] == SECRET
    assert not desk.clock.slept


def test_every_secret_is_on_the_disk_before_anything_else_happens(desk: Desk) -> None:
    desk.run()
    verbs = [call.verb for call in desk.iam.calls]
    login, key = verbs.index("create_login_profile"), verbs.index("create_access_key")
    assert all(INTENT in call.files for call in desk.iam.calls[login:]), "the intent goes last"
    assert all(LOGIN in call.files for call in desk.iam.calls[login + 1 :])
    assert all(KEY in call.files for call in desk.iam.calls[key + 1 :])
    assert verbs[key + 1 :] == ["tag_user", "caller_of"]
    assert not (desk.path / INTENT).exists()


def test_a_second_run_finds_nothing_to_do(desk: Desk) -> None:
    desk.run()
    desk.assert_all_is_well()


def test_no_key_is_proven_if_nobody_wants_that(desk: Desk) -> None:
    desk.run(verify_key=False)
    assert not desk.iam.made("caller_of")


def test_everything_that_can_change_changes(existing: Desk) -> None:
    existing.run()
    policies = existing.anna.policies
    policies[:] = [BOUNDARY]
    one = existing.run(
        path="/new/", tags={"course": "x"}, permissions_boundary=BOUNDARY, purge_policies=True, update_password="always"
    )
    assert len(one.changes) == 7
    assert (existing.anna.path, existing.anna.boundary, policies) == ("/new/", BOUNDARY, [FULL, AMPLIFY])
    assert existing.anna.tags["course"] == "x"
    assert existing.row(LOGIN)["Password"] == existing.anna.password


def test_a_sign_in_url_is_saved_anew_with_the_password_that_was_there(existing: Desk) -> None:
    existing.run()
    password = existing.row(LOGIN)["Password"]
    existing.directory.save_login(Credentials("anna", password, "https://gone.signin.aws.amazon.com/console"))
    one = existing.run()
    assert [change.action for change in one.changes] == ["update_sign_in_url"]
    assert existing.iam.writes == []
    assert existing.applied == list(one.changes)
    existing.assert_all_is_well()


# A reply is lost -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [lost_reply(), aws_error("InternalFailure", status=500)])
@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_key_is_deleted_and_another_one_made(
    desk: Desk, error: AnsibleIAMError, applied: bool, times: int
) -> None:
    desk.iam.fail("create_access_key", error, applied=applied, times=times)
    desk.run()
    assert len(desk.iam.made("create_access_key")) == times + 1
    assert len(desk.iam.made("delete_access_key")) == (times if applied else 0)
    desk.assert_all_is_well()


def test_a_lost_key_that_is_listed_late_is_found(desk: Desk) -> None:
    """AWS's list of keys is some seconds old; it is fresh enough when it shows the newer key."""
    desk.iam.hidden_for = {"AKIANEW1": 1, "AKIANEW2": 3}
    desk.iam.fail("create_access_key", lost_reply(), applied=True)
    desk.run()
    assert desk.clock.slept == [1, 1, 1]
    desk.assert_all_is_well()


def test_asking_ends(desk: Desk) -> None:
    desk.iam.fail("create_access_key", lost_reply(), applied=True, times=3)
    with pytest.raises(AnsibleIAMError):
        desk.run()
    assert len(desk.iam.made("create_access_key")) == 3
    assert desk.directory.intent("anna") is not None, "the next run has to look for the last one"
    desk.run()
    desk.assert_all_is_well()


def test_a_list_that_never_shows_the_key_is_said(desk: Desk) -> None:
    desk.iam.hidden_for = {"AKIANEW2": 10_000}
    desk.iam.fail("create_access_key", lost_reply(), applied=True)
    with pytest.raises(ProvisioningError, match="AWS does not list the new access key of 'anna' yet"):
        desk.run()
    assert sum(desk.clock.slept) <= 301
    assert desk.row(KEY)["Access key ID"] == "AKIANEW2", "and yet its secret is safe"
    assert desk.directory.intent("anna") is not None


def test_a_key_of_somebody_else_survives_a_lost_reply(existing: Desk) -> None:
    existing.iam.new_key("anna", "AKIATHEIRS")
    existing.iam.fail("create_access_key", lost_reply(), applied=True)
    existing.run()
    assert set(existing.anna.keys) == {"AKIATHEIRS", "AKIANEW3"}
    assert existing.row(KEY)["Access key ID"] == "AKIANEW3"


def test_a_refusal_is_no_lost_reply(desk: Desk) -> None:
    desk.iam.fail("create_access_key", aws_error("AccessDenied", status=403))
    with pytest.raises(AnsibleIAMError):
        desk.run()
    assert len(desk.iam.made("create_access_key")) == 1
    assert not desk.iam.made("delete_access_key")


# A run is interrupted ------------------------------------------------------------------------------------------------


WRITES = ["create_user", "attach_user_policy", "create_login_profile", "create_access_key", "tag_user", "caller_of"]


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("verb", WRITES)
def test_wherever_a_run_is_killed_the_next_one_mends_it(desk: Desk, verb: str, applied: bool) -> None:
    desk.iam.fail(verb, t.cast("Exception", KeyboardInterrupt()), applied=applied)
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    desk.run()
    desk.assert_all_is_well()
    assert len(desk.anna.policies) == 2


@pytest.mark.parametrize("save", ["save_login", "save_access_key", "settle_intent"])
def test_a_disk_that_fails_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch, save: str) -> None:
    def fail(*_args: t.Any) -> None:
        raise DestinationError("there is no space left on the device")

    with monkeypatch.context() as patch:
        patch.setattr(CredentialsDirectory, save, fail)
        with pytest.raises(DestinationError):
            desk.run()
    assert desk.directory.intent("anna") is not None
    desk.run()
    desk.assert_all_is_well()


def test_an_intent_that_cannot_be_left_stops_before_any_secret(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: t.Any) -> None:
        raise DestinationError("there is no space left on the device")

    monkeypatch.setattr(CredentialsDirectory, "leave_intent", fail)
    with pytest.raises(DestinationError):
        desk.run()
    assert not desk.iam.made("create_access_key")
    assert not desk.iam.made("create_login_profile")


def test_only_an_intent_makes_a_key_an_orphan(existing: Desk) -> None:
    existing.iam.new_key("anna", "AKIATHEIRS")
    existing.run()
    assert "AKIATHEIRS" in existing.anna.keys


def test_a_run_that_was_killed_when_all_was_done_leaves_nothing_to_the_next_one(desk: Desk) -> None:
    desk.run()
    desk.directory.leave_intent("anna", Intent(access_key=True))
    assert desk.run().sentences == ["remove the record of an interrupted run for anna"]
    assert desk.iam.writes == []
    desk.assert_all_is_well()


def test_a_lost_secret_is_replaced_and_its_description_goes(desk: Desk) -> None:
    desk.run()
    (old,) = desk.anna.keys
    for name in (KEY, IMPORT):
        (desk.path / name).unlink()
    desk.run(lost_secret="replace")
    assert old not in desk.anna.keys
    assert [change.action for change in desk.applied] == ["create_access_key", "delete_lost_access_key"], "each once"
    desk.assert_all_is_well()


ALL = ["create_user", "attach_user_policy", "attach_user_policy", "create_login_profile", "create_access_key"]


@pytest.mark.parametrize(
    ("verb", "done"),
    [
        ("create_user", ALL[:0]),
        ("attach_user_policy", ALL[:1]),
        ("create_login_profile", ALL[:3]),
        ("create_access_key", ALL[:4]),
        # The key is there, and its secret on file, whatever comes of the rest.
        ("tag_user", ALL),
        ("caller_of", ALL),
    ],
)
def test_what_was_done_is_known_wherever_it_ends(desk: Desk, verb: str, done: list[str]) -> None:
    desk.iam.fail(verb, aws_error("AccessDenied", status=403))
    with pytest.raises(AnsibleIAMError):
        desk.run()
    assert [change.action for change in desk.applied] == done
    assert (desk.path / KEY).exists() is (done == ALL)


@pytest.mark.parametrize(("save", "done"), [("save_login", ALL[:4]), ("save_access_key", ALL[:4])])
def test_a_key_that_was_not_saved_counts_as_not_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, save: str, done: list[str]
) -> None:
    """It is deleted at once. A password that was set stays set, whether it was saved or not."""

    def refuse(*_args: t.Any) -> None:
        raise DestinationError("no room")

    monkeypatch.setattr(desk.directory, save, refuse)
    with pytest.raises(DestinationError, match="no room"):
        desk.run()
    assert [change.action for change in desk.applied] == done
    assert desk.anna.keys == {}


def test_a_change_of_which_half_was_made_is_known(desk: Desk) -> None:
    """The key is gone, and its description is not."""
    desk.run()
    (old,) = desk.anna.keys
    for name in (KEY, IMPORT):
        (desk.path / name).unlink()
    desk.iam.fail("untag_user", aws_error("AccessDenied", status=403))
    with pytest.raises(AnsibleIAMError):
        desk.run(lost_secret="replace")
    assert [change.action for change in desk.applied] == ["create_access_key", "delete_lost_access_key"]
    assert old not in desk.anna.keys
    assert old in desk.anna.tags


# AWS asks for patience -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("create_user", "EntityTemporarilyUnmodifiable"),
        ("attach_user_policy", "NoSuchEntity"),
        ("attach_user_policy", "ConcurrentModification"),
        ("create_login_profile", "EntityTemporarilyUnmodifiable"),
        ("create_login_profile", "NoSuchEntity"),
        ("create_access_key", "NoSuchEntity"),
        ("create_access_key", "Throttling"),
        ("tag_user", "NoSuchEntity"),
        ("caller_of", "InvalidClientTokenId"),
    ],
)
def test_what_passes_is_waited_out(desk: Desk, verb: str, code: str) -> None:
    desk.iam.fail(verb, aws_error(code), times=3)
    desk.run()
    assert desk.clock.slept == [0.25, 0.5, 1]
    desk.assert_all_is_well()


def test_patience_ends(desk: Desk) -> None:
    desk.iam.fail("create_login_profile", aws_error("EntityTemporarilyUnmodifiable"), times=1000)
    with pytest.raises(AnsibleIAMError):
        desk.run()
    assert 200 < sum(desk.clock.slept) <= 300


def test_a_key_that_answers_as_somebody_else_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.iam, "caller_of", lambda *_key: "arn:aws:iam::123456789012:user/joanna")
    with pytest.raises(ProvisioningError, match="of 'anna' belongs to arn:aws:iam::123456789012:user/joanna"):
        desk.run()


# Somebody else is at it, too -----------------------------------------------------------------------------------------


def test_a_user_who_appeared_after_the_look_makes_the_plan_stale(desk: Desk) -> None:
    one = desk.plan()
    desk.iam.users["anna"] = User()
    with pytest.raises(StalePlanError):
        desk.run(one)
    assert desk.iam.writes == ["create_user"]


def test_a_run_that_asked_for_no_secret_leaves_no_intent(desk: Desk) -> None:
    """Or the next one would take a stranger's keys for orphans, and delete them."""
    one = desk.plan()
    desk.iam.users["anna"] = User()
    with pytest.raises(StalePlanError):
        desk.run(one)
    desk.iam.new_key("anna", "AKIATHEIRS")
    assert desk.directory.intent("anna") is None
    desk.run(adopt_existing=True)
    assert "AKIATHEIRS" in desk.anna.keys


def test_an_intent_that_another_run_leaves_meanwhile_survives(desk: Desk) -> None:
    """A run that asks for no secret has nothing to settle."""
    desk.run()
    planned = desk.plan(tags={"course": "invoices"})
    CredentialsDirectory(str(desk.path)).leave_intent("anna", Intent(access_key=True))
    desk.run(planned)
    assert desk.anna.tags["course"] == "invoices"
    assert desk.directory.intent("anna") == Intent(access_key=True)


def test_an_older_intent_survives_a_stale_plan(desk: Desk) -> None:
    older = Intent(access_key=True, known_access_key_ids=("AKIAOLD",))
    desk.directory.leave_intent("anna", older)
    one = desk.plan()
    desk.iam.users["anna"] = User()
    with pytest.raises(StalePlanError):
        desk.run(one)
    assert desk.directory.intent("anna") == older


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_login_profile_that_was_there_already(desk: Desk, attempts: int) -> None:
    """It is ours where botocore repeated the call, as its first reply got lost; else it is somebody else's."""
    exists = aws_error("EntityAlreadyExists", status=409, attempts=attempts)

    def somebody() -> None:
        desk.anna.password = "their own"

    desk.iam.fail("create_login_profile", exists, happens=somebody)
    if attempts:
        desk.run()
        desk.assert_all_is_well()
        return
    with pytest.raises(ProvisioningError, match="somebody else enabled console sign-in for 'anna' just now; run again"):
        desk.run()
    assert desk.anna.password == "their own"
    assert not (desk.path / LOGIN).exists()
    assert desk.directory.intent("anna") is None, "the next run would overwrite what is theirs"


def test_a_login_that_fails_says_nothing_of_keys(desk: Desk) -> None:
    """Else a key that somebody makes before the next run would count as lost, and be deleted."""
    desk.iam.fail("create_login_profile", aws_error("AccessDenied", status=403))
    with pytest.raises(AnsibleIAMError):
        desk.run()
    assert desk.directory.intent("anna") == Intent(login_profile=True)


@pytest.mark.parametrize("refused", [False, True])
def test_a_key_that_cannot_be_saved_goes_again(desk: Desk, monkeypatch: pytest.MonkeyPatch, refused: bool) -> None:
    """The intent would tell the next run, but what keeps the key from being saved may have taken the intent as well."""

    def refuse(*_args: object) -> bool:
        raise DestinationError("no room")

    if refused:
        desk.iam.fail("delete_access_key", aws_error("AccessDenied", status=403))
    with monkeypatch.context() as patch:
        patch.setattr(desk.directory, "save_access_key", refuse)
        with pytest.raises(DestinationError, match="no room"):
            desk.run()
    assert len(desk.anna.keys) == refused
    desk.run()
    desk.assert_all_is_well()


def test_a_key_of_which_one_file_could_be_saved_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its secret is on file, and to delete it would leave that file with a key that is none."""

    def refuse(*_args: object) -> bytes:
        raise DestinationError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(csv_files, "import_csv", refuse)
        with pytest.raises(DestinationError, match="no room"):
            desk.run()
    assert [*desk.anna.keys] == [desk.row(KEY)["Access key ID"]]
    desk.run()
    desk.assert_all_is_well()
