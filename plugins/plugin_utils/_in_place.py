# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run modules on this machine directly from the installed collection."""

from __future__ import annotations

import json
import shlex
import sys
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
from ansible.plugins.action import ActionBase

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _module_process

# Ansible's default serialization profile for modules
_PROFILE = "legacy"


class InPlace(ActionBase):
    """Runs a module without the archive that Ansible builds for other machines and other Pythons.

    The archive takes as long as two connections to AWS, which is more than a module needs if there is nothing to do.
    """

    def _execute_module(
        self,
        module_name: str | None = None,
        module_args: dict[str, t.Any] | None = None,
        tmp: str | None = None,
        task_vars: dict[str, t.Any] | None = None,
        **how: t.Any,
    ) -> dict[str, t.Any]:
        arguments, variables = module_args or {}, task_vars or {}
        if module_name is None or how or not self.is_here(variables):
            result: dict[str, t.Any] = super()._execute_module(module_name, arguments, tmp, variables, **how)
            return result
        self._update_module_args(module_name, arguments, variables)
        encoder = get_module_encoder(_PROFILE, Direction.CONTROLLER_TO_MODULE)
        told = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder)
        command = [sys.executable, "-P", _module_process.__file__, module_name, *_collections()]
        environment = self._compute_environment_string()
        printed = self._low_level_execute_command(
            f"{environment} {shlex.join(command)}".strip(), sudoable=False, in_data=told.encode()
        )
        return _result(module_name, printed)

    def is_here(self, variables: dict[str, t.Any]) -> bool:
        """Return whether the task would run on this machine anyway, as this user and with this Python."""
        task = self._task
        if self._connection.transport != "local" or self._play_context.become or task.delegate_to or task.async_val:
            return False
        python = self._templar.template(variables.get("ansible_python_interpreter"))
        return bool(python) and python == sys.executable


def _result(module_name: str, printed: dict[str, t.Any]) -> dict[str, t.Any]:
    """Parse what a module printed. Raises AnsibleActionFail if it ended without a result."""
    try:
        found = json.loads(printed["stdout"], cls=get_module_decoder(_PROFILE, Direction.MODULE_TO_CONTROLLER))
    except ValueError:
        said = (printed["stderr"].strip().splitlines() or ["nothing"])[-1]
        raise AnsibleActionFail(
            f"{module_name} ended without a result, with exit code {printed['rc']}; its last output was: {said}"
        ) from None
    # Drop Ansible's internal keys, and the traceback, as the message says what it is about.
    return {key: value for key, value in found.items() if not key.startswith("_ansible_") and key != "exception"}


def _collections() -> list[str]:
    """Return the directories in which Ansible looks for collections, in the same order."""
    return list(sys.modules["ansible_collections"].__path__)
