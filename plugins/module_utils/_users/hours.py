# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The hours of a class, outside which its users may do nothing: parse what people write, and write it as a policy."""

from __future__ import annotations

import datetime
import json
import re
import typing as t
import zoneinfo
from dataclasses import dataclass

from . import expiry as _expiry

if t.TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "InvoiceScannerHours-"
# CreatePolicy, parameter PolicyName, in the IAM API Reference: [\w+=,.@-]+ where \w is ASCII, 128 characters at most.
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_NAME_MAX_LENGTH = 128 - len(PREFIX)
# Not denied outside the hours or during a pause, if other policies allow it. The second needs no permission anyway.
ALWAYS = ("iam:ChangePassword", "sts:GetCallerIdentity")
_PAUSED, _BEFORE, _AFTER = "Paused", "BeforeTheOpening", "AfterTheClosing"

_CLASS, _OPENS, _CLOSES = "invoice_iam_user_class", "invoice_iam_user_opens", "invoice_iam_user_closes"
_TIMEZONE, _EXPIRES = "invoice_iam_user_timezone", "invoice_iam_user_expires"
_DAY = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
# A space is allowed instead of T, because an unquoted YAML timestamp becomes a text like that.
_TIME = re.compile(
    _DAY + r"(?:[Tt ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_NUMBERS = ("year", "month", "day", "hour", "minute", "second")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SECOND = datetime.timedelta(seconds=1)


@dataclass(frozen=True)
class Hours:
    """When a class opens and closes, in UTC, and whether it is paused.

    None means no limit. At the time C(closes) itself, the class is closed already.
    """

    opens: datetime.datetime | None = None
    closes: datetime.datetime | None = None
    paused: bool = False

    def is_open(self, at: datetime.datetime) -> bool:
        """Return whether users of the class may do what their policies allow."""
        early = self.opens is not None and at < self.opens
        late = self.closes is not None and at >= self.closes
        return not (self.paused or early or late)

    @property
    def document(self) -> dict[str, t.Any]:
        """The policy document with which AWS enforces these hours."""
        statements = []
        if self.paused:
            statements.append(_deny(_PAUSED))
        if self.opens:
            statements.append(_deny(_BEFORE, DateLessThan={"aws:CurrentTime": written(self.opens)}))
        if self.closes:
            statements.append(_deny(_AFTER, DateGreaterThanEquals={"aws:CurrentTime": written(self.closes)}))
        return {"Version": "2012-10-17", "Statement": statements}

    @classmethod
    def of_document(cls, document: t.Any) -> Hours | None:
        """Parse hours from a policy document, or return None if C(document) would not write it like that."""
        parsed = json.loads(document) if isinstance(document, str) else document
        try:
            found = {one["Sid"]: one.get("Condition", {}) for one in parsed["Statement"]}
            hours = cls(
                _read(found[_BEFORE]["DateLessThan"]) if _BEFORE in found else None,
                _read(found[_AFTER]["DateGreaterThanEquals"]) if _AFTER in found else None,
                _PAUSED in found,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        return hours if hours != cls() and hours.document == parsed else None

    def timetable(self, zone: datetime.tzinfo) -> str:
        """Render the hours for a diff."""
        opens = told(self.opens, zone) if self.opens else "at once"
        closes = told(self.closes, zone) if self.closes else "never"
        return f"opens:  {opens}\ncloses: {closes}\npaused: {'yes' if self.paused else 'no'}\n"

    def sentence(self, class_name: str, at: datetime.datetime, zone: datetime.tzinfo = datetime.UTC) -> str:
        """Return a sentence about the class at a given time: open, closed or paused, and what comes next."""
        opens = f"opens on {told(self.opens, zone)}" if self.opens and at < self.opens else ""
        closes = f"closes on {told(self.closes, zone)}" if self.closes and at < self.closes else ""
        over = f"closed on {told(self.closes, zone)}" if self.closes and at >= self.closes else ""
        ahead = " and ".join(filter(None, (opens, closes)))
        if self.paused:
            then = over or ahead
            return f"class {class_name!r} is paused" + (f"; without the pause, it {then}" if then else "")
        if over:
            return f"class {class_name!r} is closed: it {over}"
        state = "is not open yet" if opens else "is open"
        return f"class {class_name!r} {state}" + (f": it {ahead}" if ahead else "")


def _deny(sid: str, **condition: t.Any) -> dict[str, t.Any]:
    statement = {"Sid": sid, "Effect": "Deny", "NotAction": list(ALWAYS), "Resource": "*"}
    return {**statement, "Condition": condition} if condition else statement


def _read(condition: Mapping[str, str]) -> datetime.datetime:
    moment = datetime.datetime.strptime(condition["aws:CurrentTime"], "%Y-%m-%dT%H:%M:%SZ")
    return moment.replace(tzinfo=datetime.UTC)


def written(moment: datetime.datetime) -> str:
    """Format a time as policies need it."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def told(moment: datetime.datetime, zone: datetime.tzinfo = datetime.UTC) -> str:
    """Format a time for people."""
    try:
        there = moment.astimezone(zone)
    except OverflowError:  # the year 1 or 9999, in another zone
        there = moment
    seconds = f":{there:%S}" if there.second else ""
    return f"{_WEEKDAYS[there.weekday()]} {there.isoformat(' ')[:16]}{seconds} {there.tzname()}"


# The policy -----------------------------------------------------------------------------------------------------------


def policy_name(class_name: str) -> str:
    """Return the name of the policy of a class."""
    return f"{PREFIX}{class_name}"


def name_problem(class_name: str) -> str | None:
    """Return one sentence saying why a class of this name cannot have hours, or None."""
    if len(class_name) > _NAME_MAX_LENGTH:
        return f"{_CLASS} has {len(class_name)} characters; a class with hours may have {_NAME_MAX_LENGTH}"
    if not _NAME.fullmatch(class_name):
        return (
            f"{_CLASS} is {class_name!r}, but the policy of a class with hours has the name of the class; IAM allows "
            "letters without accents, digits and _+=,.@- in it"
        )
    return None


# What people write ----------------------------------------------------------------------------------------------------


class Wish(t.NamedTuple):
    """The hours and the last day that the variables ask for, and what is wrong with them."""

    hours: Hours | None
    expires: str
    problems: tuple[str, ...] = ()
    # The time zone in which people are told times
    zone: datetime.tzinfo = datetime.UTC


class _InputError(ValueError):
    """The message is one sentence."""


def wish(class_name: str, opens: str, closes: str, timezone: str, expires: str) -> Wish:
    """Parse the variables. If only one of the last day and the closing time is given, the other follows from it."""
    problems: list[str] = []
    zone = _checked(lambda: zone_of(timezone), problems)
    # The last day is always a day in UTC.
    of_utc = bool(class_name and expires and not closes and not _expiry.problem(expires))
    if not (opens or closes or of_utc):
        return Wish(None, expires, tuple(problems), zone or datetime.UTC)
    problems += filter(None, [_name_wanted(class_name, opens, closes)])
    # In an unknown time zone, times cannot be checked.
    known = bool(zone or not timezone)
    begin = _checked(lambda: _moment(_OPENS, opens, zone), problems) if opens and known else None
    over = _checked(lambda: _moment(_CLOSES, closes, zone, end=True), problems) if closes and known else None
    over = _end_of(expires) if of_utc else over
    hours = Hours(begin, over)
    problems += filter(None, [window_problem(hours)])
    last_day = _last_day(over) if over else ""
    if over and expires and expires != last_day and not _expiry.problem(expires):
        problems.append(
            f"{_EXPIRES} is {expires!r}, but the last day of a class that closes at {written(over)} is {last_day} in "
            f"UTC; write {last_day}, or leave out one of {_EXPIRES} and {_CLOSES}"
        )
    found = None if problems or not (begin or over) else hours
    return Wish(found, expires or last_day, tuple(problems), zone or datetime.UTC)


def last_day(closes: str, timezone: str) -> str:
    """Return the last day of a class, in UTC, from the variables. Raises ValueError whose message is one sentence."""
    return _last_day(_moment(_CLOSES, closes, zone_of(timezone), end=True))


def _last_day(closes: datetime.datetime) -> str:
    return written(closes - _SECOND)[:10]


def window_problem(hours: Hours) -> str | None:
    """Return one sentence saying that a class would never be open, or None."""
    if not (hours.opens and hours.closes and hours.opens >= hours.closes):
        return None
    return (
        f"the class would open at {written(hours.opens)} and close at {written(hours.closes)}; {_CLOSES} has to be "
        f"later than {_OPENS}"
    )


def past_problem(hours: Hours, now: datetime.datetime) -> str | None:
    """Return one sentence saying that the closing time has passed already, or None."""
    if hours.closes is None or now < hours.closes:
        return None
    return (
        f"{_CLOSES} is {written(hours.closes)}, which has passed; give a later time. To close a class at once, run the "
        "playbook hours with invoice_iam_user_hours=pause"
    )


def zone_of(name: str) -> datetime.tzinfo | None:
    """Find a time zone by its name; an empty name gives None. Raises ValueError whose message is one sentence."""
    if not name:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _InputError(
            f"{_TIMEZONE} is {name!r}, which is not a time zone that this machine knows; write it as in 'Europe/Berlin'"
        ) from error


_T = t.TypeVar("_T")


def _checked(read: t.Callable[[], _T], problems: list[str]) -> _T | None:
    try:
        return read()
    except _InputError as error:
        problems.append(str(error))
        return None


def _name_wanted(class_name: str, opens: str, closes: str) -> str | None:
    if class_name:
        return name_problem(class_name)
    variable, value = (_CLOSES, closes) if closes else (_OPENS, opens)
    return f"{variable} is {value!r}, but only a class has hours; name the class with {_CLASS}"


def _end_of(day: str) -> datetime.datetime | None:
    try:
        end = datetime.date.fromisoformat(day) + datetime.timedelta(days=1)
    except OverflowError:  # 9999-12-31
        return None
    return datetime.datetime(end.year, end.month, end.day, tzinfo=datetime.UTC)


def _moment(variable: str, text: str, zone: datetime.tzinfo | None, *, end: bool = False) -> datetime.datetime:
    """Parse a time and convert it to UTC. With C(end), a day without a time means the end of that day."""
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day, hour, minute, second = (int(found[name] or 0) for name in _NUMBERS)
        local = datetime.datetime(year, month, day, hour, minute, second)
        if found["hour"] is None:
            local += datetime.timedelta(days=1) if end else datetime.timedelta()
            # If the clocks change at midnight, the day ends with the old offset; see "fold" in Python's datetime.
            return local.replace(tzinfo=zone or datetime.UTC).astimezone(datetime.UTC)
        if found["offset"]:
            return local.replace(tzinfo=_offset(found["offset"])).astimezone(datetime.UTC)
        if zone:
            return _in_zone(variable, text, local, zone)
    except _InputError:
        raise
    except (ValueError, OverflowError) as error:
        raise _InputError(
            f"{variable} is {text!r}, which is not a time; write it as in '2026-03-02T09:00+01:00', or as in "
            f"'2026-03-02T09:00' together with {_TIMEZONE}"
        ) from error
    raise _InputError(
        f"{variable} is {text!r} without a time zone; add an offset, as in '{text}+01:00', or set {_TIMEZONE}, as in "
        "'Europe/Berlin'"
    )


def _offset(text: str) -> datetime.timezone:
    if text in "Zz":
        return datetime.UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > len("+01") else 0
    if minutes > 59:  # noqa: PLR2004
        raise ValueError(text)
    delta = datetime.timedelta(hours=hours, minutes=minutes)
    return datetime.timezone(-delta if text[0] == "-" else delta)


def _in_zone(variable: str, text: str, local: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    """Convert a zone's local time to UTC. A time that a clock change skips or repeats is refused, not guessed."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    moment = first.astimezone(datetime.UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != local:
        raise _InputError(
            f"{variable} is {text!r}, but there is no such time in {zone}: the clocks go forward then; write a time "
            "before or after"
        )
    if first.utcoffset() != second.utcoffset():
        either, other = (f"'{one.isoformat()}'" for one in (first, second))
        raise _InputError(
            f"{variable} is {text!r}, but that time occurs twice in {zone}: the clocks go back then; write which one "
            f"you mean, {either} or {other}"
        )
    return moment
