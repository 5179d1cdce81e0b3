# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Repeat calls that fail with temporary errors, for a limited time."""

from __future__ import annotations

import random
import time
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .errors import error_code

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHORTEST = 0.25  # seconds
_LONGEST = 15.0
# Seconds after which people may wonder what is going on
_NOTICED_AFTER = 5.0
_T = t.TypeVar("_T")


class Patience:
    """Repeats calls for at most C(seconds); then AWS's error is final.

    IAM is eventually consistent, so some of its errors are temporary. amazon.aws's retry decorator limits the attempts,
    not the time, and also repeats calls that must not be repeated blindly.
    """

    def __init__(self, seconds: float = 0, notice: Callable[[bool], None] | None = None) -> None:
        """C(notice) is called with True if a wait takes longer than some seconds, and with False at its end."""
        self.seconds = seconds
        self._notice = notice or (lambda _waits: None)

    def wait_out(self, call: Callable[[], _T], codes: frozenset[str], seconds: float | None = None) -> _T:
        """Repeat a call while AWS replies with one of C(codes)."""
        for _waited in self.pauses(seconds):
            try:
                return call()
            except AnsibleIAMError as error:
                if error_code(error) not in codes:
                    raise
        return call()

    def pauses(self, seconds: float | None = None) -> Iterator[float]:
        """Yield before each attempt the seconds waited so far, and pause in between, until the time is up."""
        began = time.monotonic()
        deadline = began + (self.seconds if seconds is None else seconds)
        pause, noticed = _SHORTEST, False
        try:
            while time.monotonic() + pause <= deadline:
                yield time.monotonic() - began
                if not noticed and time.monotonic() - began >= _NOTICED_AFTER:
                    noticed = True
                    self._notice(True)
                # Random pauses, so that threads that were refused together do not all try again together.
                time.sleep(pause * random.uniform(0.75, 1.0))
                pause = min(pause * 2, _LONGEST)
        finally:
            if noticed:
                self._notice(False)
