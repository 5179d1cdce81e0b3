# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What a module lacks that serves all hosts of a play at once: their variables, and a way to say how far it is."""

from __future__ import annotations

import os
import re
import tempfile
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.template import Templar, is_trusted_as_template

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report import summary as _summary
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._progress_reporter import ProgressReporter

_REFERENCE = re.compile(r"\{\{ (\w+) \}\}")
_WORD = re.compile(r"\w+")


class WholePlay(ActionBase):
    """Runs C(MODULE) once for all hosts of the play, or of its batch where the play has C(serial).

    C(users_from) is the name of a variable; its value on each host becomes an entry of the module's C(users).
    C(same_for_all) names variables that one run cannot have two values of. The result gets C(hosts), each host's entry
    of the module's C(users), and C(summary), a line a user; the job's statistics get the same.
    """

    MODULE: t.ClassVar[str]
    # Whether the module has to know which run it belongs to, so that no two work on one user's secrets.
    SAVES_SECRETS: t.ClassVar[bool] = True
    # Whether the module wants to know the hosts, too, to speak of them.
    NAMES_HOSTS: t.ClassVar[bool] = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Collect the users of the play if that was asked for, run the module and show its progress."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        users_from = arguments.pop("users_from", None)
        same_for_all = arguments.pop("same_for_all", None) or []
        hosts: list[str] = []
        if users_from is not None:
            if arguments.get("users") is not None:
                raise AnsibleActionFail("users and users_from exclude each other; give one of them")
            hosts = list(variables["ansible_play_batch"])
            arguments["users"] = self._users(hosts, users_from, same_for_all, variables)
            if self.NAMES_HOSTS:
                arguments["hosts"] = hosts
        if self.SAVES_SECRETS:
            # A task has a process of its own; its parent is the ansible-playbook to which all tasks belong.
            arguments["run"] = Run.of(os.getppid()).noted()
        result = self._run_module(arguments, variables)
        if hosts and "users" in result:
            result["hosts"] = dict(zip(hosts, result["users"], strict=True))
            result["summary"] = _summary.lines(result["users"], self._task.check_mode)
            result["ansible_stats"] = _summary.artifact(result["users"], self._task.check_mode)
        return result

    def _users(
        self, hosts: list[str], users_from: str, same_for_all: list[str], variables: dict[str, t.Any]
    ) -> list[t.Any]:
        users = []
        first: _Variables | None = None
        for host in hosts:
            known = _Variables(self._variables_of(host, variables), self._loader)
            first = first or known
            for name in same_for_all:
                if not known.has_same(name, first) and known.value_of(name) != first.value_of(name):
                    raise AnsibleActionFail(
                        f"the hosts {hosts[0]} and {host} have different values of {name}, and one run serves one "
                        "value only; run the playbook once for each with --limit"
                    )
            users.append(known.value_of(users_from))
        return users

    def _variables_of(self, host: str, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return a host's variables as a task on it sees them: with the role's defaults and the play's variables."""
        # hostvars lacks those two, and a class that ignored them would get users that nobody asked for.
        manager = variables["hostvars"]._variable_manager
        inventory_host = manager._inventory.get_host(host)
        found: dict[str, t.Any] = manager.get_vars(
            play=self._task.get_play(), host=inventory_host, task=self._task, include_hostvars=False
        )
        return found | {"hostvars": variables["hostvars"]}

    def _run_module(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        with tempfile.NamedTemporaryFile(dir=C.DEFAULT_LOCAL_TMP, prefix="progress-") as file:
            reporter = ProgressReporter(file.name, len(arguments.get("users") or []))
            if not self._task.check_mode:
                arguments["progress_file"] = file.name
                reporter.start()
            try:
                result: dict[str, t.Any] = self._execute_module(
                    module_name=self.MODULE, module_args=arguments, task_vars=variables
                )
                return result
            finally:
                reporter.stop()


class _Variables:
    """The variables of one host, evaluated when they are asked for."""

    def __init__(self, variables: dict[str, t.Any], loader: t.Any) -> None:
        self._variables = variables
        self._templar = Templar(loader=loader, variables=variables)

    def value_of(self, name: str) -> t.Any:
        """Return the value of a variable; none where it is not defined."""
        return self._value(self._variables.get(name))

    def has_same(self, name: str, other: _Variables) -> bool:
        """Tell, without Jinja, whether a variable must have the same value on two hosts; if not, it still may."""
        left, seen = {name}, set()
        while left:
            name = left.pop()
            seen.add(name)
            raw = self._variables.get(name)
            if raw != other._variables.get(name):
                return False
            # A word too many does no harm: at worst the two are evaluated.
            words = {word for word in _WORD.findall(str(raw)) if word in self._variables or word in other._variables}
            left |= words - seen
        return True

    def _value(self, raw: t.Any) -> t.Any:
        """Evaluate as Ansible does, but follow plain references without Jinja.

        Ansible compiles each template anew for each host, a millisecond each, and most of what a role hands to a module
        just names one of its variables.
        """
        if isinstance(raw, dict):
            return {key: self._value(value) for key, value in raw.items()}
        if isinstance(raw, str) and is_trusted_as_template(raw):
            reference = _REFERENCE.fullmatch(raw)
            if reference and reference[1] in self._variables:
                return self._value(self._variables[reference[1]])
        return self._templar.template(raw)
