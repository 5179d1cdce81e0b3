# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Runs the module iam_users for a whole play, and shows how far it is."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.template import Templar
from ansible.utils.display import Display

from ansible_collections.invoice_scanner.iam.plugins.module_utils._progress import Progress, drawn, line
from ansible_collections.invoice_scanner.iam.plugins.module_utils._run import Run

_MODULE = "invoice_scanner.iam.iam_users"
_LOOK_SECONDS = 0.5
_LINE_SECONDS = float(os.environ.get("INVOICE_SCANNER_PROGRESS_SECONDS", "5"))
# Ansible imports this in its main process; the process in which the task runs then has no terminal. A controller gives
# its jobs one, but shows what they print as lines.
_IN_CONTROLLER = "AWX_ISOLATED_DATA_DIR" in os.environ or "RUNNER_OMIT_EVENTS" in os.environ
_IN_TERMINAL = sys.stdout.isatty() and not _IN_CONTROLLER


class ActionModule(ActionBase):
    """Adds three things to the module that only the controller can do."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Collect the users of the play if that was asked for, name the run, run the module and show its progress."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        name = arguments.pop("users_from", None)
        self._same_for_all = dict.fromkeys(arguments.pop("same_for_all", None) or [])
        hosts: list[str] = []
        if name is not None:
            if arguments.get("users") is not None:
                raise AnsibleActionFail("users and users_from exclude each other; give one of them")
            hosts = list(variables["ansible_play_hosts"])
            arguments["users"] = [self._variable_of(host, name, variables) for host in hosts]
        # A task has a process of its own; its parent is the ansible-playbook to which all tasks belong.
        arguments["run"] = Run.of(os.getppid()).noted()
        result = self._run_module(arguments, variables)
        if hosts and "users" in result:
            result["hosts"] = dict(zip(hosts, result["users"], strict=True))
        return result

    def _variable_of(self, host: str, name: str, variables: dict[str, t.Any]) -> t.Any:
        """Evaluate a variable as a task on C(host) would: with the role's defaults and the play's variables."""
        # hostvars lacks those two, and a class that ignored them would get users that nobody asked for.
        manager = variables["hostvars"]._variable_manager
        inventory_host = manager._inventory.get_host(host)
        found = manager.get_vars(play=self._task.get_play(), host=inventory_host, task=self._task)
        templar = Templar(loader=self._loader, variables=found)
        for shared in self._same_for_all:
            self._see_that_it_is_the_same(shared, templar.template(found.get(shared)), host)
        return templar.template(found[name])

    def _see_that_it_is_the_same(self, name: str, value: t.Any, host: str) -> None:
        first = self._same_for_all[name] = self._same_for_all[name] or (host, value)
        if first[1] != value:
            raise AnsibleActionFail(
                f"the hosts {first[0]} and {host} have different values of {name}, and one run serves one value only; "
                "run the playbook once for each with --limit"
            )

    def _run_module(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        folder = C.DEFAULT_LOCAL_TMP
        with tempfile.NamedTemporaryFile(dir=folder, prefix="progress-") as file:
            reporter = _Reporter(file.name, len(arguments.get("users") or []))
            if not self._task.check_mode:
                arguments["progress_file"] = file.name
                reporter.start()
            try:
                result: dict[str, t.Any] = self._execute_module(
                    module_name=_MODULE, module_args=arguments, task_vars=variables
                )
                return result
            finally:
                reporter.stop()


class _Reporter(threading.Thread):
    """Reads what the module writes down of its progress, and shows it: a bar in a terminal, lines elsewhere."""

    def __init__(self, path: str, total: int) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._progress = Progress(total)
        self._done = threading.Event()
        self._display = Display()
        self._shown = ""

    def run(self) -> None:
        """Show progress until told to stop."""
        pause = _LOOK_SECONDS if _IN_TERMINAL else _LINE_SECONDS
        while not self._done.wait(pause):
            self._show()

    def _show(self) -> None:
        with open(self._path, encoding="ascii") as stream:
            self._progress.read(stream.read())
        shown = drawn(self._progress) if _IN_TERMINAL else line(self._progress)
        if shown != self._shown:
            self._shown = shown
            self._display.display(f"\r{shown}" if _IN_TERMINAL else shown, newline=not _IN_TERMINAL)

    def stop(self) -> None:
        """End, and leave the line if there is one."""
        self._done.set()
        if not self.is_alive():
            return
        self.join()
        if self._shown and _IN_TERMINAL:
            self._show()
            self._display.display("")
