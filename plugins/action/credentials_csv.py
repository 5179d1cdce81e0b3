# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Save credentials as part of the ansible-playbook process that the task belongs to."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.git import tracking_warning
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import saving
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun


class ActionModule(PartOfRun):
    """Saves files without a module process if possible. Intents belong to ansible-playbook, which outlives the task."""

    def execute(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Save files in this process if they are for this machine: starting another Python would take longer."""
        # Connection options from module_defaults are ignored here. With unknown options, let the module refuse them.
        written = self._task._ds.get(self._task.action) if isinstance(self._task._ds, dict) else None
        unknown = {*written} - {*saving.ARGUMENTS, "name"} if isinstance(written, dict) else {"an option"}
        here = self._connection.transport == "local" and not self._play_context.become
        if not here or unknown or is_uri(str(arguments.get("dest"))):
            return super().execute(arguments, variables)
        own = {name: value for name, value in arguments.items() if name in (*saving.ARGUMENTS, "name")}
        valid = ArgumentSpecValidator(saving.ARGUMENTS, required_together=saving.REQUIRED_TOGETHER).validate(own)
        if valid.error_messages:
            raise AnsibleActionFail("; ".join(valid.error_messages))
        return self._save_here(valid.validated_parameters)

    def _save_here(self, params: dict[str, t.Any]) -> dict[str, t.Any]:
        problem = saving.option_problem(params)
        if problem:
            raise AnsibleActionFail(problem)
        check_mode = self._task.check_mode
        try:
            destination = CredentialsDirectory(params["dest"], Run.read(params["run"]))
            saved = saving.bring_about(destination, params, check_mode)
        except DestinationError as error:
            raise AnsibleActionFail(str(error)) from error
        warnings = list(saving.hazards(params))
        if saved.changed_files and not check_mode:
            warnings += filter(None, [tracking_warning(params["dest"])])
        return saving.result_of(saved, params["dest"]) | {"warnings": warnings}
