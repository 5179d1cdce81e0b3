# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import datetime
import json
import typing as t
import zoneinfo
from dataclasses import replace

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import hours
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.hours import Hours
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import (
    Clock,
    aws_error,
    lost_reply,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    a_wanted_user,
    an_account,
)

ARN = f"arn:aws:iam::{ACCOUNT_ID}:policy/InvoiceScannerHours-spring"
OURS = {"managed-by": "invoice_scanner.iam", "workshop-class": "spring"}
NOW = datetime.datetime.now(tz=datetime.UTC).replace(microsecond=0)
HOURS = Hours(NOW - datetime.timedelta(hours=1), NOW + datetime.timedelta(hours=1))


@pytest.fixture
def iam(clock: Clock) -> FakeIam:
    """An account with a class of two whose hours are now."""
    fake = FakeIam()
    hours.make(as_iam(fake), "spring", HOURS)
    for name in ("anna", "ben"):
        fake.users[name] = User(tags=dict(OURS), policies=[ARN])
    fake.calls.clear()
    return fake


def run(iam: FakeIam, action: str = "set", *, check_mode: bool = False, **changes: str) -> dict[str, t.Any]:
    texts = {"class_name": "spring", "opens": "", "closes": "", "timezone": "", "expires": ""}
    iam.calls.clear()
    return hours.run(as_iam(iam), {**texts, **changes, "action": action}, check_mode)


def in_force(iam: FakeIam) -> Hours | None:
    """The hours in the version that AWS evaluates."""
    (default,) = [one["Document"] for one in iam.own_policies[ARN]["versions"] if one["IsDefaultVersion"]]
    return Hours.of_document(default)


def later(hours_from_now: int) -> str:
    return (NOW + datetime.timedelta(hours=hours_from_now)).isoformat()


# To say -------------------------------------------------------------------------------------------------------------


def test_hours_are_said_with_those_whom_they_miss_and_those_they_hit_besides(iam: FakeIam) -> None:
    iam.users["late"] = User(tags=dict(OURS))
    iam.users["gone"] = User(tags=dict(OURS, revoked="2026-01-01"))
    iam.users["moved"] = User(tags={**OURS, "workshop-class": "autumn"}, policies=[ARN])
    iam.users["stranger"] = User(tags={"workshop-class": "spring"})
    result = run(iam, timezone="Europe/Berlin")
    assert (result["changed"], result["open"], result["paused"]) == (False, True, False)
    assert (result["members_without"], result["attached_others"]) == (["late"], ["moved"])
    told = " ".join(result["said"])
    assert "class 'spring' is open: it closes on" in told
    assert "3 users have its policy" in told
    assert "do not apply to late," in told
    assert "also apply to moved" in told
    assert iam.writes == []


def test_a_class_without_hours_is_no_error_unless_they_are_to_change(iam: FakeIam) -> None:
    assert "class 'autumn' has no hours" in run(iam, class_name="autumn")["said"][0]
    for action, closes in (("pause", ""), ("resume", ""), ("set", later(2))):
        with pytest.raises(RefusedError, match="class 'autumn' has no hours: there is no policy"):
            run(iam, action, class_name="autumn", closes=closes)
    assert iam.writes == []


# To change ----------------------------------------------------------------------------------------------------------


def test_a_class_is_paused_and_resumed_by_one_call_each_and_only_once(iam: FakeIam) -> None:
    for action, paused in (("pause", True), ("resume", False)):
        foretold = run(iam, action, check_mode=True)
        assert (foretold["changed"], iam.writes) == (True, [])
        result = run(iam, action)
        assert result == foretold, "check mode tells the truth"
        assert (result["paused"], result["open"]) == (paused, not paused)
        assert iam.writes == ["create_policy_version"]
        assert in_force(iam) == Hours(HOURS.opens, HOURS.closes, paused)
        assert run(iam, action)["changed"] is False
        assert iam.writes == []


def test_whatever_the_variables_say_a_class_can_be_paused(iam: FakeIam) -> None:
    run(iam, "pause", opens="nonsense", closes="2020-01-01", timezone="Mars", expires="never")
    assert in_force(iam) == Hours(HOURS.opens, HOURS.closes, paused=True)


def test_another_closing_leaves_the_opening_and_the_pause(iam: FakeIam) -> None:
    run(iam, "pause")
    result = run(iam, closes=later(3))
    assert in_force(iam) == Hours(HOURS.opens, NOW + datetime.timedelta(hours=3), paused=True)
    assert result["diff"]["before"] != result["diff"]["after"]
    assert "paused: yes" in result["diff"]["before"]


def test_five_versions_are_never_exceeded(iam: FakeIam) -> None:
    for number in range(12):
        run(iam, "resume" if number % 2 else "pause")
        versions = iam.own_policies[ARN]["versions"]
        assert len(versions) <= 5
        assert len(iam.calls) <= 4, "who am I, which is not IAM, and three calls to IAM"
        assert (in_force(iam) or HOURS).paused is not bool(number % 2)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"closes": "2020-01-01"}, "invoice_iam_user_closes is 2020-01-02T00:00:00Z, which has passed"),
        ({"opens": "2999-01-01"}, "closes has to be later than invoice_iam_user_opens"),
        ({"closes": "soon"}, "invoice_iam_user_closes is 'soon', which is not a time"),
        ({"class_name": " "}, "invoice_iam_user_class is empty"),
        ({"class_name": "a b", "closes": "2999-01-01"}, "invoice_iam_user_class is 'a b'"),
        ({"closes": "2999-01-01", "expires": "2998-01-01"}, "invoice_iam_user_expires is '2998-01-01'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    iam: FakeIam, said: dict[str, t.Any], sentence: str
) -> None:
    with pytest.raises(RefusedError, match=sentence):
        run(iam, **said)
    assert iam.writes == []


def test_a_class_that_is_over_is_still_told_of(iam: FakeIam) -> None:
    hours.make(as_iam(iam), "past", Hours(closes=datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)))
    result = run(iam, class_name="past", closes="2020-01-01")
    assert "class 'past' is closed: it closed on Thu 2020-01-02 00:00 UTC" in result["said"][0]


def test_a_policy_that_somebody_changed_is_left_alone(iam: FakeIam) -> None:
    iam.own_policies[ARN]["versions"][0]["Document"] = {"Statement": []}
    for action in ("set", "pause", "make"):
        with pytest.raises(RefusedError, match="somebody else created or changed it"):
            run(iam, action, closes=later(2))
    assert iam.writes == []


# What goes wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_reply_makes_no_second_version(iam: FakeIam, applied: bool) -> None:
    iam.fail("create_policy_version", lost_reply(), applied=applied)
    assert run(iam, "pause")["changed"]
    assert in_force(iam) == Hours(HOURS.opens, HOURS.closes, paused=True)
    assert len(iam.own_policies[ARN]["versions"]) == 2
    assert len(iam.made("create_policy_version")) == (1 if applied else 2)


def test_a_reply_that_keeps_getting_lost_is_told_of(iam: FakeIam) -> None:
    iam.fail("create_policy_version", lost_reply(), times=9)
    with pytest.raises(AnsibleIAMError):
        run(iam, "pause")


def test_somebody_elses_version_in_between_takes_the_room_and_is_seen(iam: FakeIam) -> None:
    for action in ("pause", "resume", "pause"):
        run(iam, action)
    iam.fail(
        "create_policy_version",
        happens=lambda: iam._new_version(ARN, json.dumps(HOURS.document)),
    )
    run(iam, "resume")
    assert in_force(iam) == HOURS
    assert len(iam.own_policies[ARN]["versions"]) == 5


def test_aws_says_it_is_busy_or_asked_too_often(iam: FakeIam) -> None:
    iam.fail("create_policy_version", aws_error("Throttling"))
    iam.fail("create_policy_version", aws_error("ConcurrentModification", status=409))
    assert run(iam, "pause")["paused"]
    iam.fail("create_policy_version", aws_error("AccessDenied", status=403))
    with pytest.raises(AnsibleIAMError):
        run(iam, "resume")


# In the run of a class ----------------------------------------------------------------------------------------------


def test_the_policy_is_made_where_it_is_missing_and_left_where_it_is(iam: FakeIam) -> None:
    assert run(iam, "make", class_name="autumn", closes=later(2), check_mode=True)["changed"]
    assert iam.writes == []
    assert run(iam, "make", class_name="autumn", closes=later(2))["changed"]
    assert iam.writes == ["create_policy"]
    assert not run(iam, "make", closes=later(2))["changed"]
    assert iam.writes == []
    with pytest.raises(RefusedError, match="give opens or closes"):
        run(iam, "make")


def test_another_slice_that_made_it_first_is_no_failure_unless_it_made_another(iam: FakeIam) -> None:
    hours.make(as_iam(iam), "spring", HOURS)
    with pytest.raises(RefusedError, match="created policy InvoiceScannerHours-spring with other hours just now"):
        hours.make(as_iam(iam), "spring", Hours(closes=NOW))
    iam.fail("create_policy", aws_error("AccessDenied", status=403))
    with pytest.raises(AnsibleIAMError):
        hours.make(as_iam(iam), "autumn", HOURS)


def test_the_classes_of_a_play(iam: FakeIam) -> None:
    run(iam, "pause")
    account = an_account(managed_policies={"InvoiceScannerHours-spring": ARN})
    closes = NOW + datetime.timedelta(hours=2)
    users = [
        a_wanted_user(name="anna", class_name="spring", hours=Hours(closes=closes)),
        a_wanted_user(name="ben", class_name="autumn", hours=HOURS),
        a_wanted_user(name="carl", class_name="winter"),
        a_wanted_user(name="dora"),
    ]
    found = hours.of_play(as_iam(iam), users, account)
    assert found.missing_policies == ["InvoiceScannerHours-autumn"]
    assert [one.partition(";")[0].partition(":")[0] for one in found.sentences] == [
        "class 'spring' is paused",
        "class 'autumn' is open",
    ]
    assert "is paused" in found.said_of(users[0])
    there = [replace(user, zone=zoneinfo.ZoneInfo("Europe/Berlin")) for user in users]
    told = hours.of_play(as_iam(iam), there, account).said_of(there[0])
    assert told.endswith(("CET", "CEST"))
    assert [found.said_of(user) for user in users[1:]] == ["", "", ""]
    assert "; run the playbook hours to change the class" in found.warnings[0]
    assert hours.as_wish("spring", Hours(closes=closes)) == {
        "class_name": "spring",
        "opens": "",
        "closes": closes.isoformat().replace("+00:00", "Z"),
    }
