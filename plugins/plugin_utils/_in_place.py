# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run modules on this machine directly from the installed collection."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
from ansible.plugins.action import ActionBase

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _module_process

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# Ansible's default serialization profile for modules
_PROFILE = "legacy"
# Seconds after which Ctrl-C ends a module at the latest
_WAIT = 0.5


class InPlace(ActionBase):
    """Runs a module without the archive that Ansible builds for other machines and other Pythons.

    The archive takes as long as two connections to AWS, which is more than a module needs if there is nothing to do.
    """

    # The process of the module, if it waits for its arguments
    _waiting: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def started(self, module_name: str, variables: dict[str, t.Any]) -> Iterator[None]:
        """Start a module before its arguments are known: it loads boto3 while they are collected from all hosts."""
        if self.is_here(variables):
            self._waiting = self._start(module_name)
        try:
            yield
        finally:
            if self._waiting:
                self._waiting.kill()
                self._waiting.communicate()

    def _execute_module(
        self,
        module_name: str | None = None,
        module_args: dict[str, t.Any] | None = None,
        tmp: str | None = None,
        task_vars: dict[str, t.Any] | None = None,
        **how: t.Any,
    ) -> dict[str, t.Any]:
        arguments, variables = module_args or {}, task_vars or {}
        if module_name is None or how or not self.is_here(variables):
            result: dict[str, t.Any] = super()._execute_module(module_name, arguments, tmp, variables, **how)
            return result
        self._update_module_args(module_name, arguments, variables)
        encoder = get_module_encoder(_PROFILE, Direction.CONTROLLER_TO_MODULE)
        told = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder)
        process, self._waiting = self._waiting or self._start(module_name), None
        output, errors = _output(process, told.encode())
        return _result(module_name, process.returncode, output, errors)

    def _start(self, module_name: str) -> subprocess.Popen[bytes]:
        environment: dict[str, t.Any] = {}
        self._compute_environment_string(environment)
        command = [sys.executable, "-P", _module_process.__file__, module_name, *_collections()]
        self._display.vvv(f"EXEC {shlex.join(command)}", host=self._play_context.remote_addr)
        return subprocess.Popen(
            command,
            cwd=self._loader.get_basedir(),
            env=os.environ | {name: str(value) for name, value in environment.items()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def is_here(self, variables: dict[str, t.Any]) -> bool:
        """Return whether the task would run on this machine anyway, as this user and with this Python."""
        task = self._task
        if self._connection.transport != "local" or self._play_context.become or task.delegate_to or task.async_val:
            return False
        python = self._templar.template(variables.get("ansible_python_interpreter"))
        return bool(python) and python == sys.executable


def _output(process: subprocess.Popen[bytes], told: bytes) -> tuple[bytes, bytes]:
    """Give a module its arguments, and wait for what it prints.

    A signal that another thread of this process receives does not end the wait. Python would only handle Ctrl-C after
    it, when the module has finished its work. So the wait is a short one, and repeated.
    """
    # Repeated, communicate() would not write what it had no time to write before.
    stdin = t.cast("t.IO[bytes]", process.stdin)
    process.stdin = None
    with contextlib.suppress(BrokenPipeError), stdin:
        stdin.write(told)
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_WAIT)


def _result(module_name: str, status: int, output: bytes, errors: bytes) -> dict[str, t.Any]:
    """Parse what a module printed. Raises AnsibleActionFail if it ended without a result."""
    try:
        found = json.loads(output, cls=get_module_decoder(_PROFILE, Direction.MODULE_TO_CONTROLLER))
    except ValueError:
        said = (errors.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
        raise AnsibleActionFail(
            f"{module_name} ended without a result, with exit code {status}; its last output was: {said}"
        ) from None
    # Drop Ansible's internal keys, and the traceback, as the message says what it is about.
    return {key: value for key, value in found.items() if not key.startswith("_ansible_") and key != "exception"}


def _collections() -> list[str]:
    """Return the directories in which Ansible looks for collections, in the same order."""
    return list(sys.modules["ansible_collections"].__path__)
