# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The controller's objects keep to awx.awx's argument specs, AWX's rules and the role's argument spec."""

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

from tests.awx import rules
from tests.awx.rules import Object

PROJECT = Path(__file__).parents[3]
CONTROLLER = PROJECT / "controller"
ROLE = "invoice_iam_user_"
GIVEN = {
    "controller_image": "registry.example.org/workshop:1",
    "controller_classes_scm_url": "https://git.example.org/classes.git",
    "controller_credentials_dest": "s3://workshop/credentials",
    "controller_notifications": [
        {"name": "n", "notification_type": "email", "notification_configuration": {"port": 25}}
    ],
    "controller_instance_groups": ["default"],
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
    return found | {name: value for name, value in play()["vars"].items() if name.startswith("__")} | GIVEN


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


def calls() -> list[tuple[str, str, Object]]:
    """Every call of a module that the playbook makes: the task's name, the module and its arguments."""
    found = []
    for task in play()["tasks"]:
        if "action" not in task:
            continue
        module = templated(task["action"]).removeprefix("awx.awx.")
        for item in items(task):
            arguments = {name: templated(value, item=item) for name, value in task["args"].items()}
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


def options_of(template: Object) -> Object:
    """The role's options that a template's playbook takes."""
    [play_] = yaml.safe_load((PROJECT / template["playbook"]).read_text(encoding="utf-8"))
    tasks = [task for task in play_.get("tasks", []) if "ansible.builtin.import_role" in task]
    entry = tasks[0]["ansible.builtin.import_role"].get("tasks_from", "main") if tasks else "main"
    return t.cast(Object, argument_specs()[entry])


def test_every_call_fits_the_argument_spec_of_its_module() -> None:
    assert len(calls()) > 15
    for task, module, arguments in calls():
        problems = validator(module).validate(arguments).error_messages
        assert not problems, f"{task}: {arguments}: {problems}"


def test_every_kind_of_object_is_made() -> None:
    kinds = {module for _task, module, _arguments in calls()}
    assert kinds == {
        "organization",
        "execution_environment",
        "credential_type",
        "credential",
        "project",
        "inventory",
        "inventory_source",
        "notification_template",
        "job_template",
        "workflow_job_template",
        "workflow_job_template_node",
        "schedule",
        "team",
        "role",
    }


def test_surveys_keep_to_the_rules_of_awx() -> None:
    surveys = [survey(template) for template in objects("job_templates") + objects("workflows")]
    assert sum(map(len, surveys)) > 0
    for one in surveys:
        assert rules.survey_problems(one) == []


def test_surveys_ask_for_variables_of_the_role_in_words_that_it_takes() -> None:
    for template in objects("job_templates"):
        options = options_of(template)
        for question in survey(template).get("spec", []):
            check_question(question, options[question["variable"]])


def check_question(question: Object, option: Object) -> None:
    """See that every answer is one that the role takes, and that what need not be seen is not."""
    name = question["variable"]
    assert (question["type"] == "password") == bool(option.get("no_log")), name
    if option["type"] == "bool":
        assert question["choices"] == ["false", "true"], name
    elif "choices" in option:
        assert question["choices"] == option["choices"], name
    else:
        assert question["type"] in ("password", "text", "integer", "multiplechoice"), name
    if question["type"] == "integer":
        assert option["type"] == "int", name
    if question["type"] in ("multiplechoice", "integer"):
        assert str(question["default"]) == str(option.get("default", question["default"])).lower(), name


def test_every_question_is_asked_and_every_survey_gets_all_of_its_questions() -> None:
    templates = objects("job_templates") + objects("workflows")
    assert {name for one in templates for name in one["survey"]} == {one["variable"] for one in objects("questions")}
    for template in templates:
        asked = [one["variable"] for one in survey(template).get("spec", [])]
        assert sorted(asked) == sorted(template["survey"])


def test_job_templates_run_the_playbooks_that_there_are() -> None:
    playbooks = {f"playbooks/{file.name}" for file in (PROJECT / "playbooks").glob("*.yml")}
    assert {template["playbook"] for template in objects("job_templates")} == playbooks


def test_runs_that_would_fight_are_not_simultaneous() -> None:
    simultaneous = {one["name"] for one in objects("job_templates") + objects("workflows") if one["allow_simultaneous"]}
    assert simultaneous <= {"Workshop | verify"}


def test_credential_types_keep_to_the_rules_of_awx_and_show_no_secret() -> None:
    for one in objects("credential_types"):
        assert rules.credential_type_problems(one["inputs"], one["injectors"]) == []
        # AWX adds the type of a field, and a second run would find a difference
        assert all(field["type"] and field["secret"] for field in one["inputs"]["fields"])
        # ansible-runner writes the environment of a job into its artifacts
        assert "env" not in one["injectors"]
        for name in one["injectors"]["extra_vars"]:
            assert argument_specs()["main"][name]["no_log"]


def test_the_roster_repository_decides_neither_where_secrets_go_nor_which_aws_is_meant() -> None:
    templates = [arguments for _task, module, arguments in calls() if module == "job_template"]
    for template in templates:
        assert template["extra_vars"]["invoice_iam_user_credentials_dest"] == "s3://workshop/credentials"
        assert template["extra_vars"]["aws_connection"] == {"region": "us-east-1"}
        assert not template.get("ask_variables_on_launch")


def test_what_is_fixed_for_a_template_is_a_variable_of_its_role() -> None:
    for template in objects("job_templates"):
        assert set(template.get("extra_vars", {})) <= set(options_of(template))
        if "job_slice_count" in template:
            assert template["extra_vars"]["invoice_iam_user_slices"] == template["job_slice_count"]


def test_schedules_keep_to_the_rules_of_awx() -> None:
    templates = {one["name"]: one for one in objects("job_templates") + objects("workflows")}
    for one in objects("schedules"):
        assert rules.rrule_problems(one["rrule"]) == []
        template = templates[one["unified_job_template"]]
        launched = {**template, "survey_enabled": True}
        assert rules.launch_problems(launched, survey(template), one.get("extra_data", {}), {}) == []


def test_nodes_stand_before_those_that_follow_them() -> None:
    for workflow in objects("workflows"):
        names = [node["identifier"] for node in workflow["nodes"]]
        for place, node in enumerate(workflow["nodes"]):
            links = [other for kind in ("success", "always", "failure") for other in node.get(f"{kind}_nodes", [])]
            assert set(links) <= set(names[place + 1 :]), f"{workflow['name']}, {node['identifier']}"


def test_only_an_approval_leads_to_a_teardown_in_a_workflow() -> None:
    for workflow in objects("workflows"):
        nodes = {node["identifier"]: node for node in workflow["nodes"]}
        for node in nodes.values():
            if node.get("unified_job_template") == "Workshop | teardown" and node.get("job_type") != "check":
                parents = [one for one in nodes.values() if node["identifier"] in one.get("success_nodes", [])]
                others = [
                    one
                    for one in nodes.values()
                    if node["identifier"] in one.get("always_nodes", []) + one.get("failure_nodes", [])
                ]
                assert parents
                assert all("approval_node" in one for one in parents)
                assert not others


def test_the_guide_names_every_object() -> None:
    guide = (PROJECT / "docs" / "training_department.md").read_text(encoding="utf-8").replace("\\|", "|")
    for task, module, arguments in calls():
        if module not in ("role", "notification_template", "workflow_job_template_node"):
            assert arguments["name"] in guide, task
