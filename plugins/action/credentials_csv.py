# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Runs the module credentials_csv on behalf of the ansible-playbook to which the task belongs."""

from __future__ import annotations

import os
import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run


class ActionModule(ActionBase):
    """Tells the module whose intent it leaves: one that outlives the task, as the wait for the secret does."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Name the run, and run the module."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = {**self._task.args, "run": Run.of(os.getppid()).noted()}
        result.update(self._execute_module(module_args=arguments, task_vars=task_vars))
        return result
