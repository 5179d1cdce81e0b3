# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Prepare the tasks of this collection before their modules run."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _guards
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._in_place import InPlace

_STAYS = "invoice_iam_user_credentials_dest_outlives_job"
# Options that name a file or directory on this machine, or a store
_PLACES = ("credentials_dest", "dest", "archive_dest", "report_dest", "handouts_dest")
# The options with a place in which a module saves secrets, and the role's variable for each
_SAVES = {
    "credentials_csv": {"dest": "invoice_iam_user_credentials_dest"},
    "credentials_collect": {"dest": "invoice_iam_user_collect_dest"},
    "credentials_handout": {"dest": "invoice_iam_user_handout_dest"},
    "iam_access_keys_rotate": {"credentials_dest": "invoice_iam_user_credentials_dest"},
    "iam_login_profile": {"credentials_dest": "invoice_iam_user_credentials_dest"},
    "iam_users": {"credentials_dest": "invoice_iam_user_credentials_dest"},
}


class PartOfRun(InPlace):
    """Runs the task's module after safety checks, as part of the ansible-playbook process that the task belongs to."""

    @property
    def module(self) -> str:
        """The full name of the module."""
        return f"invoice_scanner.iam.{self.short_name}"

    @property
    def short_name(self) -> str:
        """The name of the module without the collection."""
        name: str = self._task.action
        return name.rpartition(".")[2]

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Prepare the arguments, and run the module."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        return self.execute(self.prepared(dict(self._task.args), variables), variables)

    def execute(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Run the module."""
        result: dict[str, t.Any] = self._execute_module(
            module_name=self.module, module_args=arguments, task_vars=variables
        )
        return result

    def prepared(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return the arguments for the module. Raises AnsibleActionFail if it must not run."""
        for refused in _guards.setting_problems():
            raise AnsibleActionFail(refused)
        # Only the role has its credentials beside the inventory by default.
        read = _guards.inventory_problem(variables) if self._task._role else None
        if read:
            raise AnsibleActionFail(read)
        for option in _PLACES:
            if isinstance(arguments.get(option), str) and arguments[option]:
                arguments[option] = _guards.absolute(arguments[option])
        stays = self._templar.template(variables.get(_STAYS, False))
        try:
            outlives_job = boolean(stays)
        except TypeError as error:
            raise AnsibleActionFail(f"{_STAYS} is {stays!r} and has to be true or false") from error
        for option, name in _SAVES.get(self.short_name, {}).items():
            told = name if self._task._role else option
            place = arguments.get(option) or ""
            problem = _guards.place_problem(told, place, variables, outlives_job) if place else None
            if problem:
                raise AnsibleActionFail(problem)
        # Each task has a process of its own. Its parent is the ansible-playbook process that all tasks belong to.
        return {**arguments, "run": Run.of(os.getppid()).noted()}
