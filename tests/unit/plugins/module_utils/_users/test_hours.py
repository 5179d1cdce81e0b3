# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Hours as people write them, as a policy says them, and what that policy then does.

The policy is evaluated here a second time, from the "Policy evaluation logic" in the IAM User Guide, and not by the
code under test.
"""

from __future__ import annotations

import datetime
import fnmatch
import json
import re
import typing as t
import zoneinfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import hours as _hours
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.hours import Hours, wish

BERLIN = "Europe/Berlin"
UTC = datetime.UTC
SECOND = datetime.timedelta(seconds=1)


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def read(opens: str = "", closes: str = "", timezone: str = "", expires: str = "") -> tuple[str, str, str]:
    """The opening and the closing in UTC and the last day of a class called spring, of which nothing is wrong."""
    found = wish("spring", opens, closes, timezone, expires)
    assert found.problems == ()
    hours = found.hours or Hours()
    opening, closing = (_hours.written(one) if one else "" for one in (hours.opens, hours.closes))
    return opening, closing, found.expires


# An evaluation of its own -------------------------------------------------------------------------------------------


def _listed(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def denies(document: str, action: str, moment: datetime.datetime) -> bool:
    """Whether a policy that only denies denies an action at this time."""
    for one in json.loads(document)["Statement"]:
        assert one["Effect"] == "Deny"
        assert one["Resource"] == "*"
        spared = [pattern.lower() for pattern in _listed(one["NotAction"])]
        if any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in spared):
            continue
        blocks = one.get("Condition", {})
        assert all(set(block) == {"aws:CurrentTime"} for block in blocks.values())
        if all(
            _holds(operator, datetime.datetime.fromisoformat(block["aws:CurrentTime"]), moment)
            for operator, block in blocks.items()
        ):
            return True
    return False


def _holds(operator: str, value: datetime.datetime, moment: datetime.datetime) -> bool:
    return {
        "DateLessThan": moment < value,
        "DateLessThanEquals": moment <= value,
        "DateGreaterThan": moment > value,
        "DateGreaterThanEquals": moment >= value,
    }[operator]


moments = st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2100, 1, 1)).map(
    lambda one: one.replace(microsecond=0, tzinfo=UTC)
)
zones = st.sampled_from(
    [
        "",
        "UTC",
        BERLIN,
        "America/Los_Angeles",
        "America/Havana",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
    ]
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))


@given(
    opens=st.none() | moments, closes=st.none() | moments, paused=st.booleans(), near=moments, shift=st.integers(-2, 2)
)
def test_what_we_say_is_what_the_policy_does(
    opens: datetime.datetime | None,
    closes: datetime.datetime | None,
    paused: bool,
    near: datetime.datetime,
    shift: int,
) -> None:
    assume(opens or closes)
    hours = Hours(opens, closes, paused)
    document = json.dumps(hours.document)
    assert Hours.of_document(document) == hours
    for moment in filter(None, (opens, closes, near)):
        then = moment + shift * SECOND
        assert denies(document, "s3:ListBuckets", then) is not hours.is_open(then)
        assert not denies(document, "iam:ChangePassword", then)
        assert not denies(document, "sts:GetCallerIdentity", then)
        said = hours.sentence("spring", then)
        assert ("is open" in said) is hours.is_open(then), said
        assert ("is paused" in said) is paused


@given(moment=moments, offset=offsets, zone=zones, separator=st.sampled_from("Tt "))
def test_a_time_with_an_offset_is_meant_as_it_stands(
    moment: datetime.datetime, offset: datetime.timezone, zone: str, separator: str
) -> None:
    text = moment.astimezone(offset).isoformat(separator)
    assert read(opens=text, timezone=zone)[0] == _hours.written(moment)


@given(moment=moments, zone=zones.filter(bool))
@example(at("2026-10-25T00:30:00+00:00"), BERLIN)
@example(at("2026-10-25T01:30:00+00:00"), BERLIN)
def test_a_local_time_is_meant_in_its_zone_or_refused(moment: datetime.datetime, zone: str) -> None:
    local = moment.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    # Every moment that is this time on a clock of that zone; clocks are changed by a day at most.
    hour = datetime.timedelta(minutes=30)
    same = {
        other
        for steps in range(-50, 51)
        for other in [moment + steps * hour]
        if other.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None) == local
    }
    found = wish("spring", local.isoformat(), "", zone, "")
    if len(same) == 1:
        assert found.hours == Hours(opens=moment)
    else:
        assert found.hours is None
        assert "occurs twice" in found.problems[0]
        offered = re.findall(r"'([^']+)'", found.problems[0])[1:]
        assert {at(text) for text in offered} == same, "what is offered instead is what may be meant"


@given(day=st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)), zone=zones)
def test_a_plain_date_ends_with_its_last_second(day: datetime.date, zone: str) -> None:
    _opening, closing, last_day = read(closes=day.isoformat(), timezone=zone)
    end, where = at(closing), zoneinfo.ZoneInfo(zone or "UTC")
    skipped = (end - SECOND).astimezone(where).date() != day
    assert not skipped or (zone, str(day)) == ("Pacific/Apia", "2011-12-30"), "a day that island never had"
    assert end.astimezone(where).date() > day or skipped
    assert last_day == (end - SECOND).date().isoformat()


# What people write --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"opens": "2026-03-02T09:00+01:00"}, ("2026-03-02T08:00:00Z", "", "")),
        ({"opens": "2026-03-02T09:00", "timezone": BERLIN}, ("2026-03-02T08:00:00Z", "", "")),
        ({"opens": "2026-03-02 09:00:30Z"}, ("2026-03-02T09:00:30Z", "", "")),
        ({"opens": "2026-03-02T09:00-0930"}, ("2026-03-02T18:30:00Z", "", "")),
        ({"opens": "2026-03-02T09:00+01"}, ("2026-03-02T08:00:00Z", "", "")),
        ({"opens": "2026-03-02", "timezone": BERLIN}, ("2026-03-01T23:00:00Z", "", "")),
        ({"closes": "2026-03-06"}, ("", "2026-03-07T00:00:00Z", "2026-03-06")),
        ({"closes": "2026-03-06", "timezone": BERLIN}, ("", "2026-03-06T23:00:00Z", "2026-03-06")),
        ({"closes": "2026-03-06", "timezone": "America/Los_Angeles"}, ("", "2026-03-07T08:00:00Z", "2026-03-07")),
        ({"closes": "2026-03-06T00:00Z"}, ("", "2026-03-06T00:00:00Z", "2026-03-05")),
        ({"expires": "2026-03-06"}, ("", "2026-03-07T00:00:00Z", "2026-03-06")),
        ({"expires": "2026-03-06", "timezone": BERLIN}, ("", "2026-03-07T00:00:00Z", "2026-03-06")),
        ({"expires": "2026-03-06", "closes": "2026-03-06T17:00Z"}, ("", "2026-03-06T17:00:00Z", "2026-03-06")),
        ({}, ("", "", "")),
    ],
)
def test_what_is_understood(said: dict[str, str], found: tuple[str, str, str]) -> None:
    assert read(**said) == found


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            ("", "", "2026-12-31", "", ""),
            "closes is '2026-12-31', but only a class has hours; name the class",
        ),
        (("", "2026-12-31", "", "", ""), "opens is '2026-12-31', but only a class has hours; name the class with"),
        (
            ("a b", "", "2026-12-31", "", ""),
            "invoice_iam_user_class is 'a b', but the policy of a class",
        ),
        (("ä", "", "", "", "2026-12-31"), "invoice_iam_user_class is 'ä', but the policy of a class with hours"),
        (("x" * 109, "", "2026-12-31", "", ""), "class has 109 characters; a class with hours may have 108"),
        (("s", "soon", "", "", ""), "invoice_iam_user_opens is 'soon', which is not a time; write it as in"),
        (("s", "", "2026-02-30", "", ""), "invoice_iam_user_closes is '2026-02-30', which is not a time"),
        (("s", "", "2026-03-06T24:00Z", "", ""), "which is not a time"),
        (("s", "", "2026-03-06T17:00+01:99", "", ""), "which is not a time"),
        (("s", "", "2026-03-06T17:00+99:00", "", ""), "which is not a time"),
        (("s", "", "9999-12-31", "", ""), "which is not a time"),
        (("s", "", "٢٠٢٦-03-06", "", ""), "which is not a time"),
        (("s", "", "2026-03-06T17:00", "", ""), "is '2026-03-06T17:00' without a time zone; add an offset, as in"),
        (("s", "", "2026-03-06T17:00", "Mars", ""), "timezone is 'Mars', which is not a time zone"),
        (("s", "", "2026-03-06T17:00", "../etc", ""), "timezone is '../etc', which is not a time zone"),
        (("s", "", "2026-03-06T17:00", "Europe", ""), "timezone is 'Europe', which is not a time zone"),
        (
            ("s", "2026-03-29T02:30", "", BERLIN, ""),
            "no such time in Europe/Berlin: the clocks go forward then",
        ),
        (
            ("s", "2026-10-25T02:30", "", BERLIN, ""),
            "occurs twice in Europe/Berlin: the clocks go back then",
        ),
        (("s", "2026-03-06", "2026-03-06T00:00Z", "", ""), "closes has to be later than invoice_iam_user_opens"),
        (
            ("s", "", "2026-03-06T17:00Z", "", "2026-03-05"),
            "invoice_iam_user_expires is '2026-03-05', but",
        ),
        (
            ("s", "", "2026-03-06T17:00Z", "", "2026-03-07"),
            "write 2026-03-06, or leave out one of invoice_iam_user_expires",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(said: tuple[str, str, str, str, str], sentence: str) -> None:
    found = wish(*said)
    assert found.hours is None
    (problem,) = found.problems
    assert sentence in problem


def test_a_class_that_is_over_is_refused_with_what_to_do_instead() -> None:
    hours = Hours(closes=at("2026-03-06T17:00:00+00:00"))
    assert _hours.past_problem(hours, at("2026-03-06T16:59:59+00:00")) is None
    said = _hours.past_problem(hours, at("2026-03-06T17:00:00+00:00"))
    assert said
    assert "2026-03-06T17:00:00Z, which has passed" in said
    assert "invoice_iam_user_hours=pause" in said


# What a policy says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        "{}",
        "[]",
        '{"Version": "2012-10-17", "Statement": []}',
        '{"Version": "2012-10-17", "Statement": [{"Sid": "Paused", "Effect": "Deny", "Action": "*", "Resource": "*"}]}',
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}',
        json.dumps({**Hours(paused=True).document, "Id": "more"}),
        json.dumps(Hours(opens=at("2026-03-02T08:00:00+00:00")).document).replace("08:00:00Z", "soon"),
    ],
)
def test_what_somebody_else_wrote_is_not_taken_for_hours(document: str) -> None:
    assert Hours.of_document(document) is None


@pytest.mark.parametrize(
    ("hours", "now", "said"),
    [
        (
            Hours(opens=at("2026-03-02T08:00:00+00:00")),
            "2026-03-01T00:00:00+00:00",
            "is not open yet: it opens on Mon ",
        ),
        (Hours(opens=at("2026-03-02T08:00:00+00:00")), "2026-03-02T08:00:00+00:00", "class 'spring' is open"),
        (
            Hours(closes=at("2026-03-06T16:00:00+00:00")),
            "2026-03-06T15:00:00+00:00",
            "is open: it closes on Fri 2026-03",
        ),
        (
            Hours(closes=at("2026-03-06T16:00:00+00:00")),
            "2026-03-06T16:00:00+00:00",
            "closed on Fri 2026-03-06 17:00 CET",
        ),
        (
            Hours(closes=at("2026-03-06T16:00:00+00:00"), paused=True),
            "2026-03-06T15:00:00+00:00",
            "is paused; without ",
        ),
    ],
)
def test_what_holds_is_said_in_the_time_of_the_class(hours: Hours, now: str, said: str) -> None:
    assert said in hours.sentence("spring", at(now), zoneinfo.ZoneInfo(BERLIN))


def test_a_diff_reads_like_a_timetable() -> None:
    hours = Hours(at("2026-03-02T08:00:00+00:00"), at("2026-03-06T16:00:30+00:00"))
    assert hours.timetable(zoneinfo.ZoneInfo(BERLIN)) == (
        "opens:  Mon 2026-03-02 09:00 CET\ncloses: Fri 2026-03-06 17:00:30 CET\npaused: no\n"
    )
    assert Hours(paused=True).timetable(UTC) == "opens:  at once\ncloses: never\npaused: yes\n"
