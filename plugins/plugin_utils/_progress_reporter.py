# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Shows how far a module is while it runs."""

from __future__ import annotations

import os
import sys
import threading

from ansible.utils.display import Display

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.progress import Progress, drawn, line

_LOOK_SECONDS = 0.5
_LINE_SECONDS = float(os.environ.get("INVOICE_SCANNER_PROGRESS_SECONDS", "5"))
# Ansible imports this in its main process; the process in which the task runs then has no terminal. A controller gives
# its jobs one, but shows what they print as lines.
_IN_CONTROLLER = "AWX_ISOLATED_DATA_DIR" in os.environ or "RUNNER_OMIT_EVENTS" in os.environ
_IN_TERMINAL = sys.stdout.isatty() and not _IN_CONTROLLER


class ProgressReporter(threading.Thread):
    """Reads what the module writes down of its progress, and shows it: a bar in a terminal, lines elsewhere."""

    def __init__(self, path: str, total: int) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._progress = Progress(total)
        self._done = threading.Event()
        self._display = Display()
        self._shown = ""

    def run(self) -> None:
        """Show progress until told to stop."""
        pause = _LOOK_SECONDS if _IN_TERMINAL else _LINE_SECONDS
        while not self._done.wait(pause):
            self._show()

    def _show(self) -> None:
        with open(self._path, encoding="ascii") as stream:
            self._progress.read(stream.read())
        shown = drawn(self._progress) if _IN_TERMINAL else line(self._progress)
        if shown != self._shown:
            self._shown = shown
            self._print(shown)

    def _print(self, shown: str) -> None:
        if _IN_TERMINAL:
            self._display.display(f"\r{shown}", newline=False)
        elif _IN_CONTROLLER:
            # ansible-runner before 2.4.2 puts a function of its own around Display.display, which writes to the task's
            # own stdout. Ansible then warns of data that was errantly sent there. It leaves verbose() alone.
            self._display.verbose(shown, caplevel=-1)
        else:
            self._display.display(shown)

    def stop(self) -> None:
        """End, and leave the line if there is one."""
        self._done.set()
        if not self.is_alive():
            return
        self.join()
        if self._shown and _IN_TERMINAL:
            self._show()
            self._display.display("")
