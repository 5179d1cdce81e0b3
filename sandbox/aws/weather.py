# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What AWS does on a bad day, only where a test asks for it. README.md has the table of the settings."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .access import invalid_token
from .errors import AwsError, ConnectionDropped, Reply, no_such_entity

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .call import Call
    from .request import Request

Clock = t.Callable[[], float]
LOGIN_PROFILE_WRITES = frozenset({"CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"})


class Span:
    """How long something lasts: seconds, or the number of calls that it meets."""

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
        """Tell whether it still lasts, and count this call."""
        if self._calls is None:
            return self._clock() < self._end
        self._calls -= 1
        return self._calls >= 0


class Throttle:
    """A token bucket for the whole account."""

    def __init__(self, rate: float, burst: float, clock: Clock) -> None:
        self._rate, self._burst, self._clock = float(rate), float(burst), clock
        self._tokens, self._at = self._burst, clock()

    def admit(self) -> None:
        """Take a token or refuse; a refused call costs none."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            raise AwsError("Throttling", "Rate exceeded")
        self._tokens -= 1


@dataclass
class Fault:
    """Something that goes wrong at the n-th call of an action, counted from when the weather was set."""

    kind: str
    action: str
    nth: int
    times: int
    before: bool
    extra: dict[str, t.Any]
    seen: int = 0

    def strikes(self, call: Call) -> bool:
        """Count a call, and tell whether this is the one."""
        if self.action not in ("any", call.action, call.name):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


_FAULT_SETTINGS: dict[str, frozenset[str]] = {
    "reset_before": frozenset(),
    "reset_after": frozenset(),
    "html_error": frozenset({"status", "applied"}),
    "kill": frozenset({"pid", "when"}),
}


def _fault(kind: str, setting: dict[str, t.Any]) -> Fault:
    unknown = set(setting) - {"action", "nth", "times"} - _FAULT_SETTINGS[kind]
    if unknown:
        raise ValueError(f"{kind} does not know {', '.join(sorted(unknown))}")
    before = {
        "reset_before": True,
        "reset_after": False,
        "html_error": not setting.get("applied", False),
        "kill": setting.get("when", "after") == "before",
    }[kind]
    if kind == "kill" and int(setting["pid"]) in (0, 1, os.getpgrp()):
        raise ValueError(f"will not kill process group {setting['pid']}")
    return Fault(kind, setting["action"], int(setting.get("nth", 1)), int(setting.get("times", 1)), before, setting)


@dataclass
class _Shadow:
    """A deleted access key that lists still show."""

    key: t.Any
    span: Span


@dataclass
class Weather:
    """The weather of now. Setting it anew forgets all of the old."""

    latency: float = 0.0
    throttle: Throttle | None = None
    faults: list[Fault] = field(default_factory=list)
    durations: dict[str, t.Any] = field(default_factory=dict)
    clock: Clock = time.monotonic
    _due: list[Fault] = field(default_factory=list)
    _missing_users: dict[str, Span] = field(default_factory=dict)
    _invalid_keys: dict[str, Span] = field(default_factory=dict)
    _hidden_keys: dict[str, Span] = field(default_factory=dict)
    _shadows: dict[str, list[_Shadow]] = field(default_factory=dict)
    _unmodifiable: dict[str, Span] = field(default_factory=dict)

    # Around a call -------------------------------------------------------------------------------------------------

    def before(self, call: Call) -> Reply | None:
        """What happens instead of the call."""
        if self.throttle and call.service == "iam":
            self.throttle.admit()
        self._due = [fault for fault in self.faults if fault.strikes(call)]
        return self._strike(True)

    def after(self) -> Reply | None:
        """What happens instead of the reply, once the call was answered."""
        return self._strike(False)

    def _strike(self, before: bool) -> Reply | None:
        for fault in self._due:
            if fault.before is not before:
                continue
            if fault.kind == "kill":
                _kill(int(fault.extra["pid"]))
                if before:
                    raise ConnectionDropped  # Somebody killed before the call never sent it.
            elif fault.kind == "html_error":
                return _html(int(fault.extra.get("status", 500)))
            else:
                raise ConnectionDropped
        return None

    # Eventual consistency ------------------------------------------------------------------------------------------

    def check_key(self, key_id: str) -> None:
        """Refuse a key that is too new to be known."""
        if _lasts(self._invalid_keys, key_id):
            raise invalid_token()

    def check_request(self, request: Request) -> None:
        """Refuse a call about a user who is too new, or about a login profile in between."""
        name = request.get("UserName")
        if name is None:
            return
        if request.action != "CreateUser" and _lasts(self._missing_users, name):
            raise no_such_entity(f"The user with name {name} cannot be found.")
        if request.action in LOGIN_PROFILE_WRITES and _lasts(self._unmodifiable, name):
            message = f"Login Profile for User {name} cannot be modified while login profile is being created."
            raise AwsError("EntityTemporarilyUnmodifiable", message)

    def listed_keys(self, user_name: str, keys: list[t.Any]) -> list[t.Any]:
        """The access keys that ListAccessKeys shows."""
        shown = [key for key in keys if not _lasts(self._hidden_keys, key.access_key_id)]
        return shown + [shadow.key for shadow in self._shadows.get(user_name, []) if shadow.span.holds()]

    def observe(self, request: Request, answer: dict[str, t.Any], deleted_key: t.Any) -> None:
        """Begin what a call that was just applied sets off."""
        name = request.get("UserName", "")
        if request.action == "CreateUser":
            self._begin("new_user_missing_for", self._missing_users, name)
        elif request.action == "CreateAccessKey":
            key_id = answer["AccessKey"].access_key_id
            self._begin("new_key_invalid_for", self._invalid_keys, key_id)
            self._begin("stale_key_lists_for", self._hidden_keys, key_id)
        elif request.action == "DeleteAccessKey" and "stale_key_lists_for" in self.durations:
            span = Span(self.durations["stale_key_lists_for"], self.clock)
            self._shadows.setdefault(request.user_name, []).append(_Shadow(deleted_key, span))
        elif request.action in ("DeleteUser", "DeleteLoginProfile"):
            self._begin("unmodifiable_after_recreate_for", self._unmodifiable, name)

    def _begin(self, setting: str, spans: dict[str, Span], name: str) -> None:
        if setting in self.durations:
            spans[name] = Span(self.durations[setting], self.clock)


def _kill(group: int) -> None:
    """Kill a process group and all that it started, which may have groups of its own, as Ansible's tasks have."""
    family = {group}
    for pid, parent, its_group in sorted(_processes()):  # parents have lower IDs, as a rule
        if its_group == group or parent in family:
            family.add(pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    for pid in family - {group, os.getpid()}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _processes() -> Iterator[tuple[int, int, int]]:
    """List all processes with their parents and groups, where there is a C(/proc)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # proc(5): after the name, which may hold anything, come the state, the parent and the group.
            state, parent, group = path.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if state != "Z":
                yield int(path.parent.name), int(parent), int(group)


def _lasts(spans: dict[str, Span], name: str) -> bool:
    span = spans.get(name)
    if span is None:
        return False
    if span.holds():
        return True
    del spans[name]
    return False


def _html(status: int) -> Reply:
    """A load balancer's page: no XML, no error code, no request ID."""
    title = {500: "500 Internal Server Error", 503: "503 Service Temporarily Unavailable"}.get(status, str(status))
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>"
    return Reply(status, page.encode(), [("Content-Type", "text/html")])


DURATIONS = frozenset(
    {"new_user_missing_for", "new_key_invalid_for", "stale_key_lists_for", "unmodifiable_after_recreate_for"}
)


def make(settings: dict[str, t.Any], clock: Callable[[], float] = time.monotonic) -> Weather:
    """Read the settings that a test sent; ValueError says what is wrong with them."""
    unknown = set(settings) - DURATIONS - set(_FAULT_SETTINGS) - {"latency_ms", "throttle"}
    if unknown:
        raise ValueError(f"unknown weather: {', '.join(sorted(unknown))}")
    weather = Weather(latency=float(settings.get("latency_ms", 0)) / 1000, clock=clock)
    weather.durations = {name: settings[name] for name in DURATIONS & set(settings)}
    for setting in weather.durations.values():
        Span(setting, clock)  # A wrong one is refused now and not in the middle of a test.
    if settings.get("throttle"):
        weather.throttle = Throttle(settings["throttle"]["rate"], settings["throttle"]["burst"], clock)
    for kind in set(settings) & set(_FAULT_SETTINGS):
        wanted = settings[kind] if isinstance(settings[kind], list) else [settings[kind]]
        weather.faults += [_fault(kind, setting) for setting in wanted]
    return weather
