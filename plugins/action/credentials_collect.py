# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Runs the module credentials_collect for a whole play."""

from __future__ import annotations

import typing as t

from ansible_collections.invoice_scanner.iam.plugins.action.iam_users import ActionModule as ForAPlay

_MODULE = "invoice_scanner.iam.credentials_collect"


class ActionModule(ForAPlay):
    """Collects the names of the users of the play, as iam_users does with all that is to be known of them."""

    def _run_module(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        del arguments["run"]
        if "users" in arguments:
            arguments["user_names"] = arguments.pop("users")
        result: dict[str, t.Any] = self._execute_module(module_name=_MODULE, module_args=arguments, task_vars=variables)
        return result
