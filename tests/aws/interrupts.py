# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Ctrl-C and its relatives: the first one ends a run, and none of them ends the cleaning up."""

from __future__ import annotations

import signal
import typing as t

from .report import say


class InterruptedRun(BaseException):
    """Somebody wants the run to end."""


class Interrupts:
    """Handles signals while a run goes on."""

    def __init__(self) -> None:
        self._held = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)

    def hold(self) -> None:
        """Let nothing interrupt what follows."""
        self._held = True

    def _handle(self, number: int, _frame: t.Any) -> None:
        if self._held:
            say("  still removing what was made; please wait")
            return
        self._held = True
        raise InterruptedRun(signal.Signals(number).name)
