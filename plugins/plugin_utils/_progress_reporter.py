# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Show the progress of a module while it runs."""

from __future__ import annotations

import os
import sys
import threading

from ansible.utils.display import Display

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.progress import Progress, drawn, line

_LOOK_SECONDS = 0.5
_LINE_SECONDS = float(os.environ.get("INVOICE_SCANNER_PROGRESS_SECONDS", "5"))
# Evaluated when Ansible's main process imports this, as the process of the task has no terminal. Jobs of a controller
# have one, but the controller shows their output as lines.
_IN_CONTROLLER = "AWX_ISOLATED_DATA_DIR" in os.environ or "RUNNER_OMIT_EVENTS" in os.environ
_IN_TERMINAL = sys.stdout.isatty() and not _IN_CONTROLLER


class ProgressReporter(threading.Thread):
    """Reads the progress from the module's file, and shows it as a bar in a terminal, and as lines elsewhere."""

    def __init__(self, path: str, total: int) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._progress = Progress(total)
        self._done = threading.Event()
        self._display = Display()
        self._shown = ""

    def run(self) -> None:
        """Show the progress until stopped."""
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
            # ansible-runner before 2.4.2 wraps Display.display with a function that writes to the task's own stdout,
            # so that Ansible warns about data that was errantly sent there. It does not wrap verbose().
            self._display.verbose(shown, caplevel=-1)
        else:
            self._display.display(shown)

    def stop(self) -> None:
        """Stop, and end the line of the bar if there is one."""
        self._done.set()
        if not self.is_alive():
            return
        self.join()
        if self._shown and _IN_TERMINAL:
            self._show()
            self._display.display("")
