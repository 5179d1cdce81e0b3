# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Runs modules that belong on the controller from where the collection is installed."""

from __future__ import annotations

import json
import shlex
import sys
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
from ansible.plugins.action import ActionBase

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _module_process

# How Ansible writes the arguments of modules that ask for nothing else
_PROFILE = "legacy"


class InPlace(ActionBase):
    """Spares a module the archive that Ansible makes for other machines and other Pythons.

    It costs as much as two connections to AWS: more than all that a module has to do where everybody has everything.
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
        """Tell whether the task would run on this machine, as this user and with this Python anyway."""
        task = self._task
        if self._connection.transport != "local" or self._play_context.become or task.delegate_to or task.async_val:
            return False
        python = self._templar.template(variables.get("ansible_python_interpreter"))
        return bool(python) and python == sys.executable


def _result(module_name: str, printed: dict[str, t.Any]) -> dict[str, t.Any]:
    """Read what a module printed. Raises AnsibleActionFail where it ended without a result."""
    try:
        found = json.loads(printed["stdout"], cls=get_module_decoder(_PROFILE, Direction.MODULE_TO_CONTROLLER))
    except ValueError:
        said = (printed["stderr"].strip().splitlines() or ["nothing"])[-1]
        raise AnsibleActionFail(
            f"{module_name} ended without a result, with exit code {printed['rc']}; the last it said was: {said}"
        ) from None
    # How a result is treated is Ansible's own business, and what the traceback is about is in the message.
    return {key: value for key, value in found.items() if not key.startswith("_ansible_") and key != "exception"}


def _collections() -> list[str]:
    """Return the directories in which Ansible looks for collections, in its order."""
    return list(sys.modules["ansible_collections"].__path__)
