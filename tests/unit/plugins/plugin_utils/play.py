# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A task and the hosts of its play, as far as an action plugin looks at them."""

from __future__ import annotations

import types
import typing as t
from pathlib import Path

from ansible.module_utils.common.sentinel import Sentinel
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

if t.TYPE_CHECKING:
    from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun

ROLE = Path(__file__).resolve().parents[4] / "roles" / "invoice_iam_user"
Result = dict[str, t.Any]


def trusted(value: t.Any) -> t.Any:
    """Mark texts as what an inventory or a role says."""
    if isinstance(value, dict):
        return {key: trusted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [trusted(one) for one in value]
    return trust_as_template(value) if isinstance(value, str) else value


class Play:
    """Hosts with the variables of each. It stands for Ansible's variable manager and its inventory, too."""

    def __init__(self, **hosts: Result) -> None:
        self.hosts = {name: trusted({"inventory_hostname": name, **said}) for name, said in hosts.items()}
        self._inventory = self
        self._variable_manager = self
        # Those of the batch, where a play has several
        self.batch = list(hosts)

    def get_host(self, name: str) -> str:
        return name

    def get_hosts(self, _pattern: str, **_whom: bool) -> list[t.Any]:
        return [types.SimpleNamespace(name=name) for name in self.hosts]

    def get_vars(self, host: str, **_where: t.Any) -> Result:
        return dict(self.hosts[host])

    def task_vars(self, **more: t.Any) -> Result:
        """What a task on the first host sees."""
        return {
            **self.hosts[self.batch[0]],
            "ansible_play_batch": self.batch,
            "ansible_play_hosts_all": list(self.hosts),
            "hostvars": self,
            **more,
        }


def a_task(module: str = "iam_users", role: bool = False, check_mode: bool = False, **said: t.Any) -> t.Any:
    """A task as it is written; its arguments are what a run makes of them, for texts that are no templates."""
    name = f"invoice_scanner.iam.{module}"
    unset = dict.fromkeys(("check_mode", "become", "become_user", "delegate_to"), Sentinel)
    inherited: Result = {**unset, "environment": [], "diff": True}
    return types.SimpleNamespace(
        action=name,
        args=dict(said),
        _ds={"name": "a task", name: trusted(said)},
        module_defaults=[],
        when=[],
        check_mode=check_mode,
        diff=False,
        async_val=0,
        delegate_to=None,
        run_once=True,
        loop=None,
        _uuid="task",
        environment=[],
        _parent=None,
        inherited=inherited,
        _get_parent_attribute=lambda name, omit: inherited[name] if omit else None,
        get_play=lambda: None,
        _role=types.SimpleNamespace(_role_path=str(ROLE), _role_name="invoice_iam_user") if role else None,
    )


_Plugin = t.TypeVar("_Plugin", bound="PartOfRun")


def a_plugin(kind: type[_Plugin], task: t.Any, variables: Result | None = None, transport: str = "local") -> _Plugin:
    """Make an action plugin for a task."""
    loader = DataLoader()
    return kind(
        task=task,
        connection=t.cast(
            "t.Any", types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="x"), transport=transport)
        ),
        play_context=t.cast("t.Any", types.SimpleNamespace(become=False, remote_addr="anna")),
        loader=loader,
        templar=Templar(loader=loader, variables=variables or {}),
    )
