# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Bring one user's login profile to the wanted state, and save the password."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.login_profile import (
    Outcome,
    WantedProfile,
    ensure,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import password as _password
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import URL

SECRET, OLD = "Zq7-Geheim!", "their own"


def account(password: str | None = None, disk: Path | None = None, seconds: float = 300) -> FakeIam:
    """An account with one user."""
    fake = FakeIam(disk, seconds)
    fake.users["anna"] = User(password=password)
    return fake


def reach(
    fake: FakeIam, check_mode: bool = False, destination: CredentialsDirectory | None = None, **changes: t.Any
) -> Outcome:
    values: dict[str, t.Any] = {
        "user_name": "anna",
        "present": True,
        "password": SECRET,
        "reset_required": False,
        "always": False,
    }
    return ensure(as_iam(fake), WantedProfile(**(values | changes)), destination, check_mode)


ENABLED = {"console_sign_in": "enabled", "password_reset_required": False}
GIVEN = {"console_sign_in": "enabled, with the password that was given", "password_reset_required": False}
GENERATED = GIVEN | {"console_sign_in": "enabled, with a generated password"}


@pytest.mark.parametrize(
    ("there", "wanted", "write", "before", "after"),
    [
        (None, {}, "create_login_profile", {}, GIVEN),
        (None, {"reset_required": True}, "create_login_profile", {}, GIVEN | {"password_reset_required": True}),
        (None, {"password": None}, "create_login_profile", {}, GENERATED),
        (OLD, {}, "", ENABLED, ENABLED),
        (OLD, {"always": True}, "update_login_profile", ENABLED, GIVEN),
        (OLD, {"always": True, "password": None}, "update_login_profile", ENABLED, GENERATED),
        (OLD, {"present": False}, "delete_login_profile", ENABLED, {}),
        (None, {"present": False}, "", {}, {}),
    ],
)
def test_states(
    there: str | None, wanted: dict[str, t.Any], write: str, before: dict[str, t.Any], after: dict[str, t.Any]
) -> None:
    """Check mode writes nothing and foretells the same."""
    fake = account(there)
    checked = reach(fake, check_mode=True, **wanted)
    assert fake.writes == []
    done = reach(fake, **wanted)
    assert fake.writes == ([write] if write else [])
    for outcome in (checked, done):
        assert (outcome.changed, outcome.before, outcome.after) == (bool(write), before, after)
        assert SECRET not in repr(outcome)


def test_a_generated_password_is_the_one_that_was_set() -> None:
    fake = account()
    fake.password_rules = {"MinimumPasswordLength": 30, "RequireSymbols": True}
    outcome = reach(fake, password=None)
    password = outcome.generated_password
    assert password is not None
    assert fake.users["anna"].password == password
    assert _password.problems(password, _password.PasswordPolicy.from_aws(fake.password_rules), "anna") == []
    assert password not in repr(outcome)


def test_a_password_that_was_given_is_not_returned() -> None:
    fake = account()
    assert reach(fake).generated_password is None
    assert fake.users["anna"].password == SECRET


@pytest.mark.parametrize(
    ("policy", "whose"), [(None, "AWS's default password policy"), ({}, "the account's password policy")]
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_password_that_breaks_the_policy(policy: dict[str, t.Any] | None, whose: str, check_mode: bool) -> None:
    fake = account()
    fake.password_rules = policy
    with pytest.raises(RefusedError) as caught:
        reach(fake, check_mode, password="qzqz7")
    assert str(caught.value).startswith(f"the password of 'anna' breaks {whose}: it has 5 characters, but the account ")
    assert "qzqz7" not in str(caught.value)
    assert fake.writes == []


def test_a_user_must_be_there(clock: Clock) -> None:
    """One that an earlier task has made may take a while to be seen; a name that is misspelt must not take minutes."""
    fake = FakeIam()
    with pytest.raises(RefusedError, match="there is no IAM user 'anna'; create it first"):
        reach(fake)
    assert 5 < sum(clock.slept) <= 20
    assert reach(fake, check_mode=True).changed, "an earlier task of the play would have made it"


def test_a_user_that_is_seen_late_is_waited_for(clock: Clock) -> None:
    fake = FakeIam()

    def seen() -> None:
        fake.users["anna"] = User()

    fake.fail("user", times=2)
    fake.fail("user", happens=seen)
    assert reach(fake).changed
    assert clock.slept == [0.25, 0.5]


@pytest.mark.parametrize("always", [True, False])
def test_somebody_else_was_faster(clock: Clock, always: bool) -> None:
    fake = account()

    def somebody() -> None:
        fake.users["anna"].password = OLD

    fake.fail("create_login_profile", happens=somebody)
    if always:
        with pytest.raises(RefusedError, match="somebody else enabled console sign-in for 'anna' just now"):
            reach(fake, always=True)
    else:
        assert not reach(fake).changed
    assert fake.users["anna"].password == OLD
    assert not clock.slept


def test_our_own_reply_was_lost_and_botocore_asked_again(clock: Clock) -> None:
    """A password that was generated must be the one that is set, even if another one had been set before."""
    fake = account()
    again = aws_error("EntityAlreadyExists", status=409, attempts=1)
    fake.fail("create_login_profile", again, applied=True)
    outcome = reach(fake, password=None)
    assert outcome.changed
    assert fake.users["anna"].password == outcome.generated_password
    assert fake.writes == ["create_login_profile", "update_login_profile"]
    assert not clock.slept


@pytest.mark.parametrize("attempts", [0, 1])
def test_whose_a_profile_is_that_is_there_after_a_wait(clock: Clock, attempts: int) -> None:
    """AWS was busy before; what it says last tells of the last attempt only, and an earlier reply may be lost."""
    fake = account()

    def somebody() -> None:
        fake.users["anna"].password = OLD

    busy = aws_error("EntityTemporarilyUnmodifiable", status=409, attempts=attempts)
    fake.fail("create_login_profile", busy, happens=somebody)
    assert reach(fake).changed is bool(attempts)
    assert fake.users["anna"].password == (SECRET if attempts else OLD)
    assert clock.slept == [0.25]


@pytest.mark.parametrize("code", ["EntityTemporarilyUnmodifiable", "ConcurrentModification", "NoSuchEntity"])
@pytest.mark.parametrize("there", [None, OLD])
def test_what_passes_is_waited_out(clock: Clock, there: str | None, code: str) -> None:
    fake = account(there)
    verb = "update_login_profile" if there else "create_login_profile"
    fake.fail(verb, aws_error(code), times=3)
    assert reach(fake, always=bool(there)).changed
    assert clock.slept == [0.25, 0.5, 1]
    assert fake.users["anna"].password == SECRET


def test_a_profile_that_was_deleted_a_moment_ago_is_made_anew(clock: Clock) -> None:
    """GetLoginProfile may show it still, when AWS has none to change any more."""
    fake = account(OLD)

    def deleted() -> None:
        fake.users["anna"].password = None

    fake.fail("update_login_profile", aws_error("NoSuchEntity"), happens=deleted)
    assert reach(fake, always=True).changed
    assert fake.users["anna"].password == SECRET
    assert clock.slept == []


def test_waiting_ends(clock: Clock) -> None:
    fake = account(seconds=10)
    fake.fail("create_login_profile", aws_error("EntityTemporarilyUnmodifiable"), times=100)
    with pytest.raises(AnsibleIAMError):
        reach(fake)
    assert sum(clock.slept) <= 10


# The password is saved -----------------------------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path) -> CredentialsDirectory:
    """A place that is not there yet."""
    return CredentialsDirectory(str(tmp_path / "credentials"))


def files(directory: CredentialsDirectory) -> set[str]:
    """What lies there, the lock apart."""
    return {one.name for one in Path(str(directory)).iterdir()} - {".lock"}


@pytest.mark.parametrize("there", [None, OLD])
@pytest.mark.parametrize("password", [SECRET, None])
def test_the_password_is_saved_with_an_intent_before_and_nothing_after(
    directory: CredentialsDirectory, there: str | None, password: str | None
) -> None:
    fake = account(there, Path(str(directory)))
    outcome = reach(fake, destination=directory, password=password, always=True)
    assert outcome.generated_password is None, "who can read it from the file needs it nowhere else"
    saved = directory.saved("anna")
    assert saved == Credentials("anna", fake.users["anna"].password or "", URL)
    (write,) = [call for call in fake.calls if call.verb.endswith("te_login_profile")]
    assert "anna_intent.json" in write.files
    assert files(directory) == {"anna_credentials.csv"}


def test_a_sign_in_url_that_is_known_is_not_asked_for(directory: CredentialsDirectory) -> None:
    fake = account()
    reach(fake, destination=directory, sign_in_url="https://school.example/console")
    assert directory.saved("anna").sign_in_url == "https://school.example/console"
    assert not fake.made("caller_identity")


def test_check_mode_saves_nothing(directory: CredentialsDirectory) -> None:
    assert reach(account(), check_mode=True, destination=directory).changed
    assert not Path(str(directory)).exists()


def test_what_an_earlier_run_asked_for_besides_stays_noted(directory: CredentialsDirectory) -> None:
    """A key may have been lost, too; who makes the next one has to know."""
    directory.prepare()
    directory.leave_intent("anna", Intent(True, True, ("AKIAOLD",)))
    reach(account(), destination=directory)
    assert directory.intent("anna") == Intent(access_key=True, known_access_key_ids=("AKIAOLD",))


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_place_that_takes_nothing_is_found_out_before_aws_is_asked(
    directory: CredentialsDirectory, check_mode: bool
) -> None:
    Path(str(directory)).mkdir(mode=0o755)
    fake = account()
    with pytest.raises(RefusedError, match="can be read by other users of this machine"):
        reach(fake, check_mode, directory)
    assert fake.writes == []


def test_a_password_that_is_set_and_cannot_be_saved_leaves_its_intent(
    directory: CredentialsDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> bool:
        raise DestinationError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(directory, "save_login", refuse)
        with pytest.raises(DestinationError, match="no room"):
            reach(account(), destination=directory)
    assert directory.intent("anna") == Intent(login_profile=True)


def test_a_password_of_somebody_else_is_neither_saved_nor_noted(directory: CredentialsDirectory) -> None:
    """The next run would take the intent for its own, and overwrite what is theirs."""
    fake = account()

    def somebody() -> None:
        fake.users["anna"].password = OLD

    fake.fail("create_login_profile", happens=somebody)
    with pytest.raises(RefusedError, match="somebody else enabled console sign-in for 'anna' just now; run again"):
        reach(fake, destination=directory)
    assert files(directory) == set()
