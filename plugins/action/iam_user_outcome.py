# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Gives one host of a play the outcome that its user had in the class."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = ("name", "changes", "access_key_id", "findings", "remarks", "diff")


class ActionModule(ActionBase):
    """Turns an entry of iam_users' result into this host's own result, without another process."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Fail, change or pass as the user did."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        # Named, and not handed over or chosen by a template: Ansible would template everybody's outcomes for each host.
        names = self._task.args.get("outcome_from")
        outcomes = (_outcome(variables, name) for name in reversed(names if isinstance(names, list) else [names]))
        outcome = next(filter(None, outcomes), None)
        if outcome is None:
            raise AnsibleActionFail(
                f"outcome_from is {names!r}, and no task with users_from has registered such a result for this host"
            )
        result = {name: outcome[name] for name in _SHOWN if name in outcome}
        if outcome["failed"]:
            # One who failed half-way was changed anyway.
            return {**result, "failed": True, "changed": outcome["changed"], "msg": outcome["msg"]}
        return {**result, "changed": outcome["changed"]}


def _outcome(variables: Mapping[str, t.Any], name: t.Any) -> Mapping[str, t.Any] | None:
    try:
        return t.cast("Mapping[str, t.Any]", variables[name]["hosts"][variables["inventory_hostname"]])
    except (KeyError, TypeError):
        return None
