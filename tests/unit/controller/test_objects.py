# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The controller's objects keep to awx.awx's argument specs, AWX's rules and the role's argument spec."""

from __future__ import annotations

import typing as t

import yaml

from tests.awx import rules
from tests.awx.objects import (
    PROJECT,
    argument_specs,
    calls,
    load,
    objects,
    play,
    survey,
    tasks,
    templated,
    validator,
)
from tests.awx.schema import Object, type_of


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
        "token",
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
    assert {template["playbook"] for template in objects("job_templates")} == playbooks | {"controller/summary.yml"}


def test_runs_that_would_fight_are_not_simultaneous() -> None:
    simultaneous = {one["name"] for one in objects("job_templates") + objects("workflows") if one["allow_simultaneous"]}
    assert simultaneous <= {"Workshop | verify", "Workshop | summary"}


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


def test_pages_lie_beside_the_documents_where_there_is_no_volume() -> None:
    made = {arguments["name"]: arguments for _task, module, arguments in calls() if module == "job_template"}
    pages = "s3://workshop/credentials/handouts"
    assert made["Workshop | handout"]["extra_vars"]["invoice_iam_user_handout_dest"] == pages
    # Else the role refuses a directory that ends with the job.
    assert made["Workshop | handout"]["extra_vars"]["invoice_iam_user_credentials_dest_outlives_job"] is False
    assert made["Workshop | verify"]["extra_vars"]["invoice_iam_user_verify_page"] == f"{pages}/class_report.html"
    assert made["Workshop | teardown"]["extra_vars"]["invoice_iam_user_handout_dest"] == pages


def launched() -> dict[str, Object]:
    """Everything that can be launched, as AWX has it."""
    templates = objects("job_templates") + objects("workflows")
    return {one["name"]: {**one, "survey_enabled": bool(one["survey"])} for one in templates}


def required(template: Object) -> set[str]:
    """What a launch of a template has to answer, for AWX fills in nothing."""
    return {question["variable"] for question in survey(template).get("spec", []) if question["required"]}


def test_schedules_keep_to_the_rules_of_awx_and_give_every_answer() -> None:
    for one in objects("schedules"):
        assert rules.rrule_problems(one["rrule"]) == []
        template = launched()[one["unified_job_template"]]
        answers = one.get("extra_data", {})
        assert rules.config_problems(template, survey(template), answers, {}) == {}
        assert set(answers) == set(template["survey"])


def test_nodes_keep_to_the_rules_of_awx_and_get_every_answer_from_their_workflow() -> None:
    for workflow in objects("workflows"):
        for node in workflow["nodes"]:
            template = launched().get(node.get("unified_job_template", ""))
            if template is None:
                continue  # an approval or a sync, which asks nothing
            answers, prompts = node.get("extra_data", {}), {"job_type": node.get("job_type")}
            assert rules.config_problems(template, survey(template), answers, prompts, node=True) == {}
            assert required(template) <= set(workflow["survey"]) | set(answers)
            # A job that ran with variables that its own form does not ask for, AWX relaunches for administrators only.
            if template["survey"]:
                assert set(workflow["survey"]) <= set(template["survey"])


def test_only_what_has_no_safe_answer_has_to_be_answered() -> None:
    must = {question["variable"] for question in objects("questions") if question["required"]}
    assert must == {"invoice_iam_user_revoke_access_key_ids"}
    for question in objects("questions"):
        assert not (question["required"] and "default" in question)


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


def test_what_stays_behind_is_looked_for_wherever_a_setting_gives_a_name() -> None:
    kinds = {type_of(kind["endpoint"]) for kind in load("objects/leftovers.yml")["__controller_kinds"]}
    made = {module for _task, module, arguments in calls() if "name" in arguments}
    # These have fixed names, and hold nothing that runs by itself or gives a right.
    fixed = {"organization", "execution_environment", "credential_type", "inventory", "inventory_source"}
    assert kinds == made - fixed


def test_what_is_listed_as_left_can_be_removed_so() -> None:
    [task] = [one for one in tasks(play()["tasks"]) if one["name"] == "Report how to remove each object"]
    for kind in load("objects/leftovers.yml")["__controller_kinds"]:
        item = {"name": "Old", "named_by": "name", "type": type_of(kind["endpoint"]), "where": templated(kind["where"])}
        item |= {"summary_fields": {"credential_type": {"name": "Vault"}}}
        arguments = templated(task["vars"]["__controller_remove"], item=item, **task["vars"])
        assert validator(item["type"]).validate(arguments).error_messages == []
