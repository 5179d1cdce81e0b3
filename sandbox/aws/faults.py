# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Faults of single calls: dropped connections, errors of a load balancer, kills, conflicts, expired sessions."""

from __future__ import annotations

import contextlib
import os
import signal
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .call import is_write
from .errors import AwsError, ConnectionDropped, Reply

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .call import Call

Setting = dict[str, t.Any]
CONFLICT = "concurrent_modification"
EXPIRED = "expired_token"

# For each kind its own settings, and a function that returns whether it happens before the call is applied
KINDS: dict[str, tuple[frozenset[str], t.Callable[[Setting], bool]]] = {
    "reset_before": (frozenset(), lambda _setting: True),
    "reset_after": (frozenset(), lambda _setting: False),
    "html_error": (frozenset({"status", "applied"}), lambda setting: not setting.get("applied", False)),
    "kill": (frozenset({"pid", "when"}), lambda setting: setting.get("when", "after") == "before"),
    CONFLICT: (frozenset(), lambda _setting: True),
    EXPIRED: (frozenset(), lambda _setting: True),
}


@dataclass
class Fault:
    """A fault at the n-th call of an action since the weather was set."""

    kind: str
    action: str
    nth: int
    times: int
    every: int
    before: bool
    extra: Setting
    # The only account with this fault; empty for all accounts
    account: str = ""
    seen: int = 0

    def strikes(self, call: Call) -> bool:
        """Count a call. Returns whether the fault happens at this one."""
        if self.action not in ("any", call.action, call.name) or self.account not in ("", call.account_id):
            return False
        if self.kind == CONFLICT and not is_write(call.name):
            return False
        self.seen += 1
        if self.every:
            return self.seen % self.every == 0
        return self.nth <= self.seen < self.nth + self.times

    def strike(self, call: Call) -> Reply | None:
        """Return or raise the caller's reply. None means that the caller was killed, but the call is still applied."""
        if self.kind == "html_error":
            return _html(int(self.extra.get("status", 500)))
        if self.kind == CONFLICT:
            raise _conflict(call)
        if self.kind == EXPIRED:
            raise AwsError("ExpiredToken", "The security token included in the request is expired")
        if self.kind == "kill":
            _kill(int(self.extra["pid"]))
            if not self.before:
                return None
        raise ConnectionDropped  # The caller was killed before the call, so the call is not applied.


def make(kind: str, setting: Setting) -> Fault:
    """Build a fault from a test's settings. Raises ValueError and KeyError if they are invalid."""
    own, comes_before = KINDS[kind]
    when = {"every"} if "every" in setting else {"nth", "times"}
    if unknown := set(setting) - {"account", "action"} - when - own:
        raise ValueError(f"{kind} does not know {', '.join(sorted(unknown))}")
    every = int(setting.get("every", 0))
    if "every" in setting and every < 1:
        raise ValueError(f"every must be 1 or more, not {every}")
    action = setting.get("action", "any") if every else setting["action"]
    if kind == CONFLICT and action != "any" and not is_write(action):
        raise ValueError(f"{action} writes nothing")
    if kind == "kill" and int(setting["pid"]) in (0, 1, os.getpgrp()):
        raise ValueError(f"will not kill process group {setting['pid']}")
    nth, times = int(setting.get("nth", 1)), int(setting.get("times", 1))
    account = str(setting.get("account", ""))
    return Fault(kind, action, nth, times, every, comes_before(setting), setting, account)


def _conflict(call: Call) -> AwsError:
    """Return IAM's error for a busy account. Only for calls with tags, it has a message."""
    is_tagging = call.action.startswith(("Tag", "Untag")) or call.parameters.get("Tags")
    message = (
        "The previous tagging operation is still ongoing. Please wait for a while and perform the next tagging "
        "operation until it finishes."
    )
    return AwsError("ConcurrentModification", message if is_tagging else "")


def _kill(group: int) -> None:
    """Kill a process group and all its descendants, which may have their own groups, as Ansible's tasks do."""
    family = {group}
    for pid, parent, its_group in sorted(_processes()):  # parents usually have lower IDs
        if its_group == group or parent in family:
            family.add(pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    for pid in family - {group, os.getpid()}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _processes() -> Iterator[tuple[int, int, int]]:
    """List all processes with their parents and groups, if the system has C(/proc)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # proc(5): after the name, which may contain anything, come the state, the parent and the group.
            state, parent, group = path.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if state != "Z":
                yield int(path.parent.name), int(parent), int(group)


def _html(status: int) -> Reply:
    """Return a load balancer's error page: no XML, no error code, no request ID."""
    title = {500: "500 Internal Server Error", 503: "503 Service Temporarily Unavailable"}.get(status, str(status))
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>"
    return Reply(status, page.encode(), [("Content-Type", "text/html")])
