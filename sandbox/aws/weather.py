# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Let AWS have a bad day if a test asks for it: latency, throttling, faults and eventual consistency.

README.md lists the settings.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field, replace

from . import faults
from .access import invalid_token
from .errors import AwsError, Reply, no_such_entity

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Call
    from .faults import Fault
    from .request import Answer, Request

Clock = t.Callable[[], float]
LOGIN_PROFILE_CHANGES = frozenset({"UpdateLoginProfile", "DeleteLoginProfile"})
_USER_CHANGES = frozenset(
    {
        "CreateUser",
        "DeleteUser",
        "DeleteUserPermissionsBoundary",
        "PutUserPermissionsBoundary",
        "TagUser",
        "UntagUser",
        "UpdateUser",
    }
)
# Reads about a user, the setting that makes each stale, and the writes after which it is
STALE_READS = (
    ("GetUser", "stale_get_user_for", _USER_CHANGES),
    ("GetLoginProfile", "stale_get_login_profile_for", LOGIN_PROFILE_CHANGES | {"CreateLoginProfile"}),
)


class Span:
    """A duration, either in seconds or in calls."""

    def __init__(self, setting: float | dict[str, float], clock: Clock) -> None:
        if isinstance(setting, dict):
            if set(setting) not in ({"calls"}, {"seconds"}):
                raise ValueError(f'a duration is a number of seconds, {{"seconds": n}} or {{"calls": n}}: {setting}')
            self._calls: float | None = setting.get("calls")
            seconds = setting.get("seconds", 0)
        else:
            self._calls, seconds = None, setting
        self._clock = clock
        self._end = clock() + float(seconds)

    def holds(self) -> bool:
        """Count a call. Returns whether the duration has not ended yet."""
        if self._calls is None:
            return self._clock() < self._end
        self._calls -= 1
        return self._calls >= 0


class Throttle:
    """Throttles requests with a token bucket for each account."""

    def __init__(self, rate: float, burst: float, clock: Clock) -> None:
        self._rate, self._burst, self._clock = float(rate), float(burst), clock
        # By account, the number of tokens and the time at which it was that
        self._left: dict[str, tuple[float, float]] = {}

    def admit(self, account: str = "") -> None:
        """Take a token of an account, or raise Throttling without taking one."""
        now = self._clock()
        tokens, at = self._left.get(account, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        self._left[account] = (tokens, now)
        if tokens < 1:
            raise AwsError("Throttling", "Rate exceeded")
        self._left[account] = (tokens - 1, now)


@dataclass
class _Shadow:
    """A deleted access key that is still listed for a while."""

    key: t.Any
    span: Span


@dataclass(frozen=True)
class Past:
    """The state just before a write."""

    reads: tuple[tuple[str, str, Reply | AwsError], ...] = ()  # action, setting, outcome
    key: t.Any = None


@dataclass
class Weather:
    """The current weather. Setting new weather discards all of its state."""

    latency: float = 0.0
    throttle: Throttle | None = None
    faults: list[Fault] = field(default_factory=list)
    durations: dict[str, t.Any] = field(default_factory=dict)
    clock: Clock = time.monotonic
    _due: list[Fault] = field(default_factory=list)
    _missing_users: dict[str, Span] = field(default_factory=dict)
    _missing_policies: dict[str, Span] = field(default_factory=dict)
    _invalid_keys: dict[str, Span] = field(default_factory=dict)
    _hidden_keys: dict[str, Span] = field(default_factory=dict)
    _shadows: dict[str, list[_Shadow]] = field(default_factory=dict)
    _deleted_profiles: dict[str, Span] = field(default_factory=dict)
    _new_profiles: dict[str, Span] = field(default_factory=dict)
    _past: dict[tuple[str, str], list[tuple[Span, Reply | AwsError]]] = field(default_factory=dict)

    # Around a call -------------------------------------------------------------------------------------------------

    def before(self, call: Call) -> Reply | None:
        """Return a reply that replaces the call, or None."""
        if self.throttle and call.service == "iam":
            self.throttle.admit(call.account_id)
        self._due = [fault for fault in self.faults if fault.strikes(call)]
        return self._strike(call, True)

    def after(self, call: Call) -> Reply | None:
        """Return a reply that replaces that of the applied call, or None."""
        return self._strike(call, False)

    def _strike(self, call: Call, before: bool) -> Reply | None:
        replies = (fault.strike(call) for fault in self._due if fault.before is before)
        return next((reply for reply in replies if reply), None)

    # Eventual consistency ------------------------------------------------------------------------------------------

    def check_key(self, key_id: str) -> None:
        """Refuse a key that is not known everywhere yet."""
        if _lasts(self._invalid_keys, key_id):
            raise invalid_token()

    def check_request(self, request: Request) -> None:
        """Refuse a call about a user that is not visible yet, or a login profile that is being created or deleted."""
        name = request.get("UserName")
        if name is None:
            return
        if request.action != "CreateUser" and _lasts(self._missing_users, name):
            raise no_such_entity(f"The user with name {name} cannot be found.")
        changes = request.action in LOGIN_PROFILE_CHANGES
        in_between = (changes or request.action == "CreateLoginProfile") and _lasts(self._deleted_profiles, name)
        if in_between or (changes and _lasts(self._new_profiles, name)):
            message = f"Login Profile for User {name} cannot be modified while login profile is being created."
            raise AwsError("EntityTemporarilyUnmodifiable", message)

    def unseen_policies(self, parameters: dict[str, t.Any]) -> frozenset[str]:
        """Return those policies in a call that are not visible yet."""
        named = (parameters.get("PolicyArn"), parameters.get("PermissionsBoundary"))
        return frozenset(arn for arn in named if arn and _lasts(self._missing_policies, arn))

    def recall(self, request: Request) -> Reply | None:
        """Return the old reply of a stale read, from before the oldest write that it does not show yet, or None."""
        if request.action not in {read for read, _setting, _writes in STALE_READS}:
            return None
        past = self._past.get((request.action, request.user_name), [])
        outcome = next((outcome for span, outcome in past if span.holds()), None)
        if isinstance(outcome, AwsError):
            raise outcome
        return outcome

    def listed_keys(self, user_name: str, keys: list[t.Any]) -> list[t.Any]:
        """Return the access keys that ListAccessKeys shows."""
        shown = [key for key in keys if not _lasts(self._hidden_keys, key.access_key_id)]
        return shown + [shadow.key for shadow in self._shadows.get(user_name, []) if shadow.span.holds()]

    def look_back(self, request: Request, outcome: Callable[[Request], Reply | AwsError]) -> Past:
        """Save the state that a write is about to change. C(outcome) returns the current reply of a read."""
        reads = []
        for read, setting, writes in STALE_READS:
            if setting in self.durations and request.action in writes:
                about = {"UserName": request.user_name}
                reads.append((read, setting, outcome(replace(request, action=read, parameters=about))))
        key_id = request.get("AccessKeyId") if request.action == "DeleteAccessKey" else None
        return Past(tuple(reads), request.account.backend.access_keys.get(key_id))

    def observe(self, request: Request, answer: Answer, past: Past) -> None:
        """Start the durations after a call was applied."""
        name = request.get("UserName", "")
        for read, setting, outcome in past.reads:
            span = Span(self.durations[setting], self.clock)
            self._past.setdefault((read, request.user_name), []).append((span, outcome))
        if request.action == "CreateUser":
            self._begin("new_user_missing_for", self._missing_users, name)
        elif request.action == "CreatePolicy":
            self._begin("new_policy_missing_for", self._missing_policies, answer["Policy"].arn)
        elif request.action == "CreateAccessKey":
            key_id = answer["AccessKey"].access_key_id
            self._begin("new_key_invalid_for", self._invalid_keys, key_id)
            self._begin("stale_key_lists_for", self._hidden_keys, key_id)
        elif request.action == "DeleteAccessKey" and "stale_key_lists_for" in self.durations:
            span = Span(self.durations["stale_key_lists_for"], self.clock)
            self._shadows.setdefault(request.user_name, []).append(_Shadow(past.key, span))
        elif request.action == "CreateLoginProfile":
            self._begin("unmodifiable_after_create_for", self._new_profiles, name)
        elif request.action in ("DeleteUser", "DeleteLoginProfile"):
            self._begin("unmodifiable_after_recreate_for", self._deleted_profiles, name)

    def _begin(self, setting: str, spans: dict[str, Span], name: str) -> None:
        if setting in self.durations:
            spans[name] = Span(self.durations[setting], self.clock)


def _lasts(spans: dict[str, Span], name: str) -> bool:
    span = spans.get(name)
    if span is None:
        return False
    if span.holds():
        return True
    del spans[name]
    return False


DURATIONS = frozenset(
    {
        "new_key_invalid_for",
        "new_policy_missing_for",
        "new_user_missing_for",
        "stale_key_lists_for",
        "unmodifiable_after_create_for",
        "unmodifiable_after_recreate_for",
        *(setting for _read, setting, _writes in STALE_READS),
    }
)


def make(settings: dict[str, t.Any], clock: Callable[[], float] = time.monotonic) -> Weather:
    """Build the weather from a test's settings. Raises ValueError if they are invalid."""
    unknown = set(settings) - DURATIONS - set(faults.KINDS) - {"latency_ms", "throttle"}
    if unknown:
        raise ValueError(f"unknown weather: {', '.join(sorted(unknown))}")
    weather = Weather(latency=float(settings.get("latency_ms", 0)) / 1000, clock=clock)
    weather.durations = {name: settings[name] for name in DURATIONS & set(settings)}
    for setting in weather.durations.values():
        Span(setting, clock)  # Refuse an invalid duration now, not in the middle of a test.
    if settings.get("throttle"):
        weather.throttle = Throttle(settings["throttle"]["rate"], settings["throttle"]["burst"], clock)
    for kind in set(settings) & set(faults.KINDS):
        wanted = settings[kind] if isinstance(settings[kind], list) else [settings[kind]]
        weather.faults += [faults.make(kind, setting) for setting in wanted]
    return weather
