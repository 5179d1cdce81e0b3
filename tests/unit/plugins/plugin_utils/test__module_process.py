# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The process of a module that runs on the controller."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _module_process

MODULE = """
import os, signal, time
from concurrent.futures import ThreadPoolExecutor
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.a_name.a_collection.plugins.module_utils.helper import SAID
module = AnsibleModule(argument_spec={"said": {"type": "str"}}, supports_check_mode=True)
if module.params["said"] == "work":
    with ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 60)
        os.kill(os.getpid(), signal.SIGINT)
if module.params["said"] == "bug":
    raise RuntimeError("a bug")
module.exit_json(said=module.params["said"], helper=SAID, check_mode=module.check_mode)
"""


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    """Two directories with the same collection; Ansible takes the first."""
    roots = [tmp_path / name / "ansible_collections" for name in ("first", "second")]
    for root in roots:
        plugins = root / "a_name" / "a_collection" / "plugins"
        for folder in ("modules", "module_utils"):
            (plugins / folder).mkdir(parents=True)
        (plugins / "modules" / "a_module.py").write_text(MODULE, encoding="utf-8")
        (plugins / "module_utils" / "helper.py").write_text(f"SAID = {root.parent.name!r}\n", encoding="utf-8")
    return roots


def run(roots: list[Path], **arguments: t.Any) -> tuple[int, dict[str, t.Any]]:
    done = subprocess.run(
        [sys.executable, "-P", _module_process.__file__, "a_name.a_collection.a_module", *map(str, roots)],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_the_module_gets_its_arguments_and_what_is_beside_it(roots: list[Path]) -> None:
    status, result = run(roots, said="word", _ansible_check_mode=True)
    assert status == 0
    assert (result["said"], result["helper"], result["check_mode"]) == ("word", "first", True)


def test_a_module_that_fails_says_so_itself(roots: list[Path]) -> None:
    status, result = run(roots, unknown=1)
    assert status == 1
    assert "Unsupported parameters" in result["msg"]


def test_a_bug_is_said_apart_from_results(roots: list[Path]) -> None:
    command = [sys.executable, "-P", _module_process.__file__, "a_name.a_collection.a_module", *map(str, roots)]
    told = json.dumps({"ANSIBLE_MODULE_ARGS": {"said": "bug"}})
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("RuntimeError: a bug\n")


def test_who_interrupts_it_waits_for_no_thread(roots: list[Path]) -> None:
    command = [sys.executable, "-P", _module_process.__file__, "a_name.a_collection.a_module", *map(str, roots)]
    told = json.dumps({"ANSIBLE_MODULE_ARGS": {"said": "work"}})
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == -signal.SIGINT
    assert done.stdout == ""
