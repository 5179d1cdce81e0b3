# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What controller/ tells the modules of awx.awx, templated as Ansible would, without a controller."""

from __future__ import annotations

import importlib
import typing as t
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from .schema import Object

PROJECT = Path(__file__).parents[2]
CONTROLLER = PROJECT / "controller"
GIVEN = {
    "controller_image": "registry.example.org/workshop:1",
    "controller_classes_scm_url": "https://git.example.org/classes.git",
    "controller_credentials_dest": "s3://workshop/credentials",
    "controller_notifications": [
        {"name": "n", "notification_type": "email", "notification_configuration": {"port": 25}}
    ],
    "controller_instance_groups": ["default"],
}
# What only a controller could tell: here, it has nothing yet.
THERE: Object = {
    "__controller_login": {"ansible_facts": {"controller_token": {"id": 1, "token": "of-the-test"}}},
    "__controller_projects": [],
    "__controller_there": [],
}


class Spec(Exception):
    """Carries what a module tells AnsibleModule about its arguments."""


def load(name: str) -> t.Any:
    """The content of a file of controller/, its templates to be templated."""
    return DataLoader().load_from_file(str(CONTROLLER / name), trusted_as_template=True)


@cache
def play() -> Object:
    """The playbook's one play."""
    [found] = load("apply.yml")
    return t.cast(Object, found)


@cache
def variables() -> Object:
    """The variables of the playbook, as they are without any of a department's own but the three that must be given."""
    found: Object = {"omit": "__omit__"}
    for file in play()["vars_files"]:
        found |= load(file)
    return found | {name: value for name, value in play()["vars"].items() if name.startswith("__")} | GIVEN | THERE


def templated(value: t.Any, **more: t.Any) -> t.Any:
    """What Ansible makes of a value."""
    return Templar(loader=DataLoader(), variables=variables() | more).template(value)


def objects(kind: str) -> list[Object]:
    """The templated objects of one kind."""
    return t.cast(list[Object], templated(variables()[f"controller_{kind}"]))


def survey(template: Object) -> Object:
    """The survey that is sent for a template."""
    return t.cast(Object, templated(variables()["__controller_survey"], item=template))


def items(task: Object) -> list[t.Any]:
    """What a task loops over."""
    if "loop" not in task:
        return [None]
    return t.cast(list[t.Any], templated(task["loop"]))


def tasks(block: list[Object]) -> list[Object]:
    """The tasks of a block, and of the blocks and files in it."""
    found = []
    for task in block:
        if "ansible.builtin.import_tasks" in task:
            found += tasks(load(task["ansible.builtin.import_tasks"]))
        elif "block" in task:
            found += tasks(task["block"] + task["always"])
        else:
            found.append(task)
    return found


@cache
def calls() -> list[tuple[str, str, Object]]:
    """Every call of a module that the playbook makes in an empty controller: the task's name, the module, arguments."""
    found = []
    for task in tasks(play()["tasks"]):
        if "action" not in task:
            continue
        module = templated(task["action"]).removeprefix("awx.awx.")
        own = {name: value for name, value in task.get("vars", {}).items() if name not in THERE}
        for item in items(task):
            arguments = {name: templated(value, item=item, **own) for name, value in task["args"].items()}
            found.append(
                (task["name"], module, {name: value for name, value in arguments.items() if value != "__omit__"})
            )
    return found


@cache
def validator(module: str) -> ModuleArgumentSpecValidator:
    """What validates the arguments of a module of awx.awx, as the module itself would."""
    code = importlib.import_module(f"ansible_collections.awx.awx.plugins.modules.{module}")
    with mock.patch.object(code, "ControllerAPIModule", side_effect=Spec) as made, pytest.raises(Spec):
        code.main()
    told = dict(made.call_args.kwargs)
    return ModuleArgumentSpecValidator(told.pop("argument_spec"), **told)


@cache
def argument_specs() -> Object:
    """The options of the role, by entry point."""
    text = (PROJECT / "roles" / "invoice_iam_user" / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    return {name: spec["options"] for name, spec in yaml.safe_load(text)["argument_specs"].items()}
