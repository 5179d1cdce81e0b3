# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run a module of amazon.aws, and assume a role for it, as those modules have no option for that."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _guards
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._in_place import InPlace

_ROLE = "assume_role_"


class ActionModule(InPlace):
    """Passes the credentials of the role's session to the module only."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Assume the role if there is one, and run the module."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        for refused in _guards.setting_problems():
            raise AnsibleActionFail(refused)
        told = dict(self._task.args)
        module, arguments = told.pop("module", None), told.pop("arguments", None) or {}
        if not str(module).startswith("amazon.aws."):
            raise AnsibleActionFail(f"module is {module!r}; name a module of amazon.aws, such as amazon.aws.iam_user")
        connection = {name: value for name, value in told.items() if not name.startswith(_ROLE)}
        if told != connection:
            session = self._run("invoice_scanner.iam.amazon_aws", {"module": module, **told}, variables)
            if session.get("failed"):
                return session
            # Without an empty profile, amazon.aws would use AWS_PROFILE, and refuse it together with keys.
            connection |= {**session["session"], "profile": ""}
        return self._run(str(module), {**connection, **arguments}, variables)

    def _run(self, module: str, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        result: dict[str, t.Any] = self._execute_module(module_name=module, module_args=arguments, task_vars=variables)
        return result
