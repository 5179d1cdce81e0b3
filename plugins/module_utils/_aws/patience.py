# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""How long to wait for what AWS says will pass, and who hears of the wait."""

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
# Below this, nobody wonders what is going on.
_NOTICED_AFTER = 5.0
_T = t.TypeVar("_T")


class Patience:
    """Repeats calls for C(seconds) at most; then AWS's answer stands.

    IAM is eventually consistent, and says so with some of its errors. amazon.aws's retry decorator counts attempts
    where this bounds the time, and repeats what may not be repeated blindly.
    """

    def __init__(self, seconds: float = 0, notice: Callable[[bool], None] | None = None) -> None:
        """C(notice) hears that a wait has lasted for some seconds, and that it is over."""
        self.seconds = seconds
        self._notice = notice or (lambda _waits: None)

    def wait_out(self, call: Callable[[], _T], codes: frozenset[str], seconds: float | None = None) -> _T:
        """Repeat a call while AWS answers one of C(codes)."""
        for _waited in self.pauses(seconds):
            try:
                return call()
            except AnsibleIAMError as error:
                if error_code(error) not in codes:
                    raise
        return call()

    def pauses(self, seconds: float | None = None) -> Iterator[float]:
        """Give the seconds waited so far, and pause in between, as long as there is patience for another try."""
        began = time.monotonic()
        deadline = began + (self.seconds if seconds is None else seconds)
        pause, noticed = _SHORTEST, False
        try:
            while time.monotonic() + pause <= deadline:
                yield time.monotonic() - began
                if not noticed and time.monotonic() - began >= _NOTICED_AFTER:
                    noticed = True
                    self._notice(True)
                # Threads that were refused together do not come back together.
                time.sleep(pause * random.uniform(0.75, 1.0))
                pause = min(pause * 2, _LONGEST)
        finally:
            if noticed:
                self._notice(False)
