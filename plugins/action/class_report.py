# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Write the instructor's page from the results of verification."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun

_VERIFIED = ("account_id", "verified_at", "arrivals", "hosts")
_SHOWN = (
    "name",
    "failed",
    "msg",
    "exists",
    "revoked",
    "access_key_id",
    "expires",
    "signed_in",
    "key_used",
    "key_used_for",
)


class ActionModule(PartOfRun):
    """Passes the results, the inventory's data about people, and the templates and texts to the module."""

    def prepared(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return the arguments for the module."""
        found = super().prepared(arguments, variables)
        # The task only names the variable, because Ansible would template all results if it passed them.
        name = found.pop("verified_from", None)
        verified = variables.get(name or "")
        if not isinstance(verified, dict) or "hosts" not in verified or "verified_at" not in verified:
            raise AnsibleActionFail(
                f"verified_from is {name!r}, but no task with iam_users_verify has registered a result of that name"
            )
        people_from = found.pop("people_from", None)
        people = {
            host: HostVariables.of(host, self._task, variables, self._loader).value_of(people_from)
            for host in (verified["hosts"] if people_from else ())
        }
        shown = {key: verified[key] for key in _VERIFIED if key in verified}
        shown["hosts"] = {host: _without_diff(one) for host, one in verified["hosts"].items()}
        texts = _handouts.texts(str(found.get("language") or "en"))
        own = {"verified": shown, "people": people, "material": str(_handouts.MATERIAL), "texts": texts}
        return {**found, **own}


def _without_diff(one: dict[str, t.Any]) -> dict[str, t.Any]:
    found = {key: one[key] for key in (*_SHOWN, "remarks") if key in one}
    return {**found, "findings": [dict(finding) for finding in one.get("findings", ())]}
