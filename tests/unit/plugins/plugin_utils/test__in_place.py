# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Which modules run from where the collection is installed, and what they are told."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import typing as t

import pytest
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import shell_loader

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _in_place, _module_process
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import Result, a_plugin, a_task

MODULE = "invoice_scanner.iam.iam_users"
HERE = {"ansible_python_interpreter": sys.executable}
Ran = dict[str, t.Any]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """What was run, and how: in an archive of Ansible's, or by a command."""
    ran: Ran = {}

    def archive(_self: ActionBase, name: str, arguments: Result, *_more: t.Any, **_how: t.Any) -> Result:
        ran["archive"] = (name, arguments)
        return {"changed": False}

    class Given(io.BytesIO):
        """What a module reads."""

        def close(self) -> None:
            ran["given"] = json.loads(self.getvalue())
            super().close()

    class Process:
        """A process that prints what a module prints, or C(ran["prints"])."""

        def __init__(self, command: list[str], env: dict[str, str], **how: t.Any) -> None:
            ran["command"], ran["environment"], ran["how"] = command, env, how
            self.returncode = 0
            self.stdin: Given | None = Given()

        def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
            assert timeout or self.stdin, "Ctrl-C would have to wait for the module"
            output, errors, self.returncode = ran.get(
                "prints", (b'{"changed": true, "_ansible_no_log": false}', b"", 0)
            )
            return output, errors

        def kill(self) -> None:
            ran["killed"] = True

    def told(_self: ActionBase, name: str, arguments: Result, _variables: Result) -> None:
        arguments["_ansible_module_name"] = name

    monkeypatch.setattr(ActionBase, "_execute_module", archive)
    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(ActionBase, "_update_module_args", told)
    return ran


def plugin_for(variables: Result, transport: str = "local", become: bool = False, **said: t.Any) -> PartOfRun:
    task = a_task()
    vars(task).update(said)
    plugin = a_plugin(PartOfRun, task, variables, transport)
    plugin._play_context.become = become
    plugin._connection._shell = shell_loader.get("sh")
    return plugin


def execute(variables: Result, **said: t.Any) -> Result:
    return plugin_for(variables, **said)._execute_module(MODULE, {"users": ["anna"]}, task_vars=variables)


def test_a_module_of_this_machine_and_this_python_runs_in_place(ran: Ran) -> None:
    result = execute(HERE)
    assert result["changed"] is True
    assert "_ansible_no_log" not in result
    assert ran["command"][:4] == [sys.executable, "-P", _module_process.__file__, MODULE]
    assert ran["given"] == {"ANSIBLE_MODULE_ARGS": {"users": ["anna"], "_ansible_module_name": MODULE}}
    assert "archive" not in ran


def test_arguments_are_no_part_of_the_command(ran: Ran) -> None:
    execute(HERE)
    assert not any("anna" in word for word in ran["command"])


def test_the_environment_of_the_task_is_that_of_the_module(ran: Ran) -> None:
    execute(HERE, environment=[{"HTTPS_PROXY": "http://proxy:3128"}])
    assert ran["environment"] == {**os.environ, "HTTPS_PROXY": "http://proxy:3128"}


def test_a_module_may_load_its_libraries_before_its_arguments_are_known(ran: Ran) -> None:
    plugin = plugin_for(HERE)
    with plugin.started(MODULE, HERE):
        assert ran["command"][3] == MODULE
        assert "given" not in ran
        assert plugin._execute_module(MODULE, {"users": ["anna"]}, task_vars=HERE)["changed"] is True
        assert ran["given"]["ANSIBLE_MODULE_ARGS"]["users"] == ["anna"]
    assert "killed" not in ran


def test_a_module_whose_arguments_are_refused_is_not_left_waiting(ran: Ran) -> None:
    with pytest.raises(AnsibleActionFail, match="differ"), plugin_for(HERE).started(MODULE, HERE):
        raise AnsibleActionFail("the hosts differ")
    assert ran["killed"]
    assert "given" not in ran


def test_a_module_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_in_place, "_WAIT", 0.05)
    slow = "import sys, time; time.sleep(0.3); given = sys.stdin.read(); time.sleep(0.3)"
    program = f"{slow}; print(given * 2); print('!', file=sys.stderr)"
    pipe = subprocess.PIPE
    # More than a pipe holds
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert _in_place._output(process, b"x" * 200_000) == (b"x" * 400_000 + b"\n", b"!\n")


def test_a_module_may_end_without_reading_its_arguments() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(["false"], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert _in_place._output(process, b"x" * 200_000) == (b"", b"")
        assert process.returncode == 1


def test_ctrl_c_ends_the_wait_even_if_another_thread_receives_it() -> None:
    program = """
import signal, subprocess, sys, threading, time
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _in_place

def receive():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    time.sleep(30)

signal.signal(signal.SIGINT, lambda *_: (module.kill(), sys.exit(3)))
pipe = subprocess.PIPE
module = subprocess.Popen(["sleep", "60"], stdin=pipe, stdout=pipe, stderr=pipe)
threading.Thread(target=receive, daemon=True).start()
_in_place._output(module, b"")
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=20).returncode == 3


@pytest.mark.parametrize(
    ("variables", "how"),
    [
        ({}, {}),
        ({"ansible_python_interpreter": "/usr/bin/another-python"}, {}),
        (HERE, {"transport": "ssh"}),
        (HERE, {"become": True}),
        (HERE, {"delegate_to": "another"}),
        (HERE, {"async_val": 60}),
    ],
    ids=["python not known", "another python", "another machine", "another user", "delegated", "in the background"],
)
def test_any_other_module_is_packed_as_ansible_does(ran: Ran, variables: Result, how: Result) -> None:
    assert execute(variables, **how) == {"changed": False}  # what the archive answers
    assert ran == {"archive": (MODULE, {"users": ["anna"]})}


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (
            (b"", b"Traceback:\n  a line\nRuntimeError: a bug\n", 1),
            f"{MODULE} ended without a result, with exit code 1; its last output was: RuntimeError: a bug",
        ),
        (
            (b"", b"", 137),
            f"{MODULE} ended without a result, with exit code 137; its last output was: nothing",
        ),
    ],
    ids=["a bug", "killed"],
)
def test_a_module_without_a_result_is_a_failure_in_a_sentence(
    ran: Ran, printed: tuple[bytes, bytes, int], said: str
) -> None:
    ran["prints"] = printed
    with pytest.raises(AnsibleActionFail) as caught:
        execute(HERE)
    assert str(caught.value) == said
