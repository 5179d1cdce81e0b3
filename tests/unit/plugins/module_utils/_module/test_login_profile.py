# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Bring one user's login profile to the wanted state."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import errors as _iam_errors
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.login_profile import (
    LoginProfileError,
    Outcome,
    Wanted,
    ensure,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import password as _password
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam

SECRET, OLD = "Zq7-Geheim!", "their own"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let no test wait."""
    one = Clock()
    monkeypatch.setattr(_iam_errors, "time", one)
    return one


def account(password: str | None = None) -> FakeIam:
    """An account with one user."""
    fake = FakeIam()
    fake.users["anna"] = User(password=password)
    return fake


def reach(fake: FakeIam, check_mode: bool = False, **changes: t.Any) -> Outcome:
    values: dict[str, t.Any] = {
        "user_name": "anna",
        "present": True,
        "password": SECRET,
        "reset_required": False,
        "always": False,
        "wait_timeout": 300,
    }
    return ensure(as_iam(fake), Wanted(**(values | changes)), check_mode)


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
    fake.policy = {"MinimumPasswordLength": 30, "RequireSymbols": True}
    outcome = reach(fake, password=None)
    password = outcome.generated_password
    assert password is not None
    assert fake.users["anna"].password == password
    assert _password.problems(password, _password.PasswordPolicy.from_aws(fake.policy), "anna") == []
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
    fake.policy = policy
    with pytest.raises(LoginProfileError) as caught:
        reach(fake, check_mode, password="qzqz7")
    assert str(caught.value).startswith(f"the password of 'anna' breaks {whose}: it has 5 characters and the account ")
    assert "qzqz7" not in str(caught.value)
    assert fake.writes == []


def test_a_user_must_be_there() -> None:
    fake = FakeIam()
    with pytest.raises(LoginProfileError, match="there is no IAM user 'anna'; create it first"):
        reach(fake)
    assert reach(fake, check_mode=True).changed, "an earlier task of the play would have made it"


@pytest.mark.parametrize("always", [True, False])
def test_somebody_else_was_faster(clock: Clock, always: bool) -> None:
    fake = account()

    def somebody() -> None:
        fake.users["anna"].password = OLD

    fake.fail("create_login_profile", happens=somebody)
    if always:
        with pytest.raises(LoginProfileError, match="somebody else enabled console sign-in for 'anna' just now"):
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


@pytest.mark.parametrize("there", [None, OLD])
def test_what_passes_is_waited_out(clock: Clock, there: str | None) -> None:
    fake = account(there)
    verb = "update_login_profile" if there else "create_login_profile"
    fake.fail(verb, aws_error("EntityTemporarilyUnmodifiable"), times=3)
    assert reach(fake, always=bool(there)).changed
    assert clock.slept == [0.25, 0.5, 1]
    assert fake.users["anna"].password == SECRET


def test_waiting_ends(clock: Clock) -> None:
    fake = account()
    fake.fail("create_login_profile", aws_error("EntityTemporarilyUnmodifiable"), times=100)
    with pytest.raises(AnsibleIAMError):
        reach(fake, wait_timeout=10)
    assert sum(clock.slept) <= 10
