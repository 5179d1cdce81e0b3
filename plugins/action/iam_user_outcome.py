# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Give a host the result that its user had in an earlier task for the whole play."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = ("name", "changes", "access_key_id", "findings", "remarks", "diff")


class ActionModule(ActionBase):
    """Returns an entry of an earlier result as this host's own result, without a module process."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return whether the user failed, was changed, or neither."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        # The task only names the variables, because Ansible would template all results for each host if it passed them.
        names = self._task.args.get("outcome_from")
        outcomes = (_outcome(variables, name) for name in reversed(names if isinstance(names, list) else [names]))
        outcome = next(filter(None, outcomes), None)
        if outcome is None:
            raise AnsibleActionFail(
                f"outcome_from is {names!r}, but no task with users_from has registered such a result for this host"
            )
        result = {name: outcome[name] for name in _SHOWN if name in outcome}
        if outcome["failed"]:
            # A user may be changed before it fails.
            return {**result, "failed": True, "changed": outcome["changed"], "msg": outcome["msg"]}
        return {**result, "changed": outcome["changed"]}


def _outcome(variables: Mapping[str, t.Any], name: t.Any) -> Mapping[str, t.Any] | None:
    try:
        return t.cast("Mapping[str, t.Any]", variables[name]["hosts"][variables["inventory_hostname"]])
    except (KeyError, TypeError):
        return None
