# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
name: last_lines
type: aggregate
short_description: Show everybody's outcome and the next step after the recap
version_added: 1.0.0
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
description:
  - Ansible loads this callback together with the playbooks in the parent directory, also if another playbook imports
    them. It needs no configuration.
"""

import shutil
import sys
import typing as t

from ansible import context
from ansible.plugins.callback import CallbackBase

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _last_lines

if t.TYPE_CHECKING:
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.playbook.play import Play


class CallbackModule(CallbackBase):
    """Collects the results of tasks that work on all hosts, and shows them at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "last_lines"

    def __init__(self) -> None:
        super().__init__()
        self._seen = _last_lines.Seen()

    def v2_playbook_on_play_start(self, play: Play) -> None:
        """Remember which playbook the play is from."""
        self._seen.begin(play.get_path().rpartition(":")[0])

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """Remember the outcomes of users."""
        # A host's own outcome is already known from the task for all hosts, and Ansible copies each result on access.
        if not str(result.task.action).endswith(".iam_user_outcome"):
            self._add(result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        """Remember a failure of the whole run."""
        self._add(result)
        if not ignore_errors:
            self._seen.fail(result.host.get_name(), result.result, of_run=bool(result.task.run_once))

    def _add(self, result: CallbackTaskResult) -> None:
        in_check_mode = bool(context.CLIARGS.get("check"))
        self._seen.add(result.result, planned=bool(result.task.check_mode) and not in_check_mode)

    def v2_playbook_on_stats(self, _stats: t.Any) -> None:
        """Show the last lines after the recap."""
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        for line in self._seen.lines(bool(context.CLIARGS.get("check"))):
            self._display.display("\n".join(_last_lines.laid_out(line, width)))
        self._seen = _last_lines.Seen()
