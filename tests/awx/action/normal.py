# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Runs a module of awx.awx within the task's process, so that sixty calls take seconds and not a minute.

Ansible takes it where ANSIBLE_ACTION_PLUGINS names this folder. The module's own code runs, with its own arguments.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import typing as t

from ansible.module_utils.common.json import Direction, get_module_decoder
from ansible.module_utils.testing import patch_module_args
from ansible.plugins.action import ActionBase

_THEIRS = "awx.awx."


class ActionModule(ActionBase):
    """What Ansible runs for a module that has no action plugin of its own."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module, and read what it printed."""
        super().run(tmp, task_vars)
        name = self._task.resolved_action or self._task.action
        assert name.startswith(_THEIRS), name
        module = importlib.import_module(f"ansible_collections.awx.awx.plugins.modules.{name.removeprefix(_THEIRS)}")
        arguments = dict(self._task.args)
        self._update_module_args(name, arguments, task_vars)
        printed = io.StringIO()
        with patch_module_args(arguments), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            module.main()
        decoder = get_module_decoder("legacy", Direction.MODULE_TO_CONTROLLER)
        result: dict[str, t.Any] = json.loads(printed.getvalue().splitlines()[-1], cls=decoder)
        return result
