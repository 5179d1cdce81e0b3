# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The stand-in for AWX refuses what AWX 24.6.1 refuses."""

from __future__ import annotations

import typing as t

import pytest

from tests.awx import rules
from tests.awx.schema import ASSOCIATIONS, FIELDS, JOBS, VIEWS, has
from tests.awx.server import Api, Awx, Request
from tests.awx.store import Refused

ASKED = {"variable": "size", "type": "integer", "question_name": "?", "min": 1, "max": 9, "required": True}
WORD = {"variable": "word", "type": "multiplechoice", "question_name": "?", "choices": ["a"], "required": False}
SURVEY = {"spec": [{**ASKED, "default": 2}, WORD]}
TEMPLATE = {"survey_enabled": True, "ask_limit_on_launch": True}


@pytest.fixture
def awx() -> Awx:
    """An empty controller."""
    return Awx([])


def ask(awx: Awx, method: str, path: str, **data: t.Any) -> int:
    """Ask as an administrator. Returns the status."""
    endpoint, ident, sub = [*path.split("/"), "", ""][:3]
    try:
        return Api(awx, awx.named_user("admin")).answer(Request(method, endpoint, int(ident or 0), sub, {}, data))[0]
    except Refused as error:
        return error.status


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({}, "'size' value missing"),  # whatever its default is
        ({"size": "2"}, "Value 2 for 'size' expected to be of the type integer."),
        ({"size": 0}, "'size' value 0 is too small (must be at least 1)."),
        ({"size": 10}, "'size' value 10 is too large (must be no more than 9)."),
        ({"size": 2, "word": "b"}, "Value b for 'word' expected to be one of ['a']."),
    ],
)
def test_answers_are_checked_in_launches_and_schedules(answers: dict[str, t.Any], problem: str) -> None:
    expected = {"variables_needed_to_start": [problem]}
    assert rules.read_launch(TEMPLATE, SURVEY, answers, {}).errors == expected
    assert rules.config_problems(TEMPLATE, SURVEY, answers, {}) == expected


def test_a_node_may_leave_answers_to_its_workflow_but_not_give_wrong_ones() -> None:
    assert rules.config_problems(TEMPLATE, SURVEY, {}, {}, node=True) == {}
    assert rules.config_problems(TEMPLATE, SURVEY, {"size": 0}, {}, node=True) != {}


def test_strays_are_ignored_in_launches_and_refused_in_schedules() -> None:
    answers, prompts = {"size": 2, "colour": "red"}, {"limit": "anna", "job_type": "check"}
    read = rules.read_launch(TEMPLATE, SURVEY, answers, prompts)
    assert (read.errors, read.accepted) == ({}, {"size": 2})
    assert read.ignored == {"extra_vars": {"colour": "red"}, "job_type": "check"}
    refused = rules.config_problems(TEMPLATE, SURVEY, answers, prompts)
    assert set(refused) == {"extra_data", "job_type"}


def test_an_object_answers_only_the_paths_of_its_type(awx: Awx) -> None:
    organization = awx.named("organizations", "Default")
    workflow = awx.create("workflow_job_templates", {"name": "w", "organization": organization["id"]})
    node = awx.create("workflow_job_template_nodes", {"identifier": "n", "workflow_job_template": workflow["id"]})
    approval = awx.approval(node["id"], {"name": "a"})
    assert ask(awx, "GET", f"workflow_job_template_nodes/{node['id']}/always_nodes") == 200
    assert ask(awx, "GET", f"workflow_approval_templates/{approval['id']}/always_nodes") == 404
    assert ask(awx, "GET", f"workflow_job_templates/{workflow['id']}/instance_groups") == 404
    assert ask(awx, "GET", "no_such_things") == 404
    assert ask(awx, "POST", "jobs", name="mine") == 405
    assert set(ASSOCIATIONS) | set(VIEWS) <= {*FIELDS, *JOBS, "roles"}
    assert not has("workflow_approval_templates", "success_nodes")


def test_links_between_nodes_make_no_circle_and_no_second_way(awx: Awx) -> None:
    workflow = awx.create("workflow_job_templates", {"name": "w"})
    nodes = [
        awx.create("workflow_job_template_nodes", {"identifier": name, "workflow_job_template": workflow["id"]})
        for name in "abc"
    ]

    def link(start: int, how: str, end: int) -> int:
        return ask(awx, "POST", f"workflow_job_template_nodes/{nodes[start]['id']}/{how}", id=nodes[end]["id"])

    assert [link(0, "success_nodes", 1), link(1, "always_nodes", 2)] == [204, 204]
    assert link(0, "always_nodes", 1) == 400
    assert link(2, "failure_nodes", 0) == 400
    assert link(0, "success_nodes", 0) == 400


def test_an_execution_environment_stays_in_its_organization(awx: Awx) -> None:
    here = awx.named("organizations", "Default")["id"]
    there = awx.create("organizations", {"name": "Elsewhere"})["id"]
    one = awx.create("execution_environments", {"name": "e", "organization": here})
    assert ask(awx, "PATCH", f"execution_environments/{one['id']}", organization=there) == 400
    assert ask(awx, "POST", "execution_environments", name="e", organization=there) == 400


def test_playbooks_are_known_from_the_last_sync_that_succeeded() -> None:
    awx = Awx(["play.yml"])
    awx.jobs.sync_failures["u"] = "fatal: no"
    project = awx.make("projects", {"name": "p", "scm_type": "git", "scm_url": "u"})
    inventory = awx.create("inventories", {"name": "i", "kind": ""})
    template = {"name": "t", "playbook": "play.yml", "project": project["id"], "inventory": inventory["id"]}
    awx.jobs.work()
    assert project["status"] == "failed"
    assert ask(awx, "POST", "job_templates", **template) == 400
    awx.jobs.sync_failures.clear()
    awx.jobs.sync("projects", project, None)
    awx.jobs.work()
    assert ask(awx, "POST", "job_templates", **template) == 201


def test_a_workflow_fails_where_nothing_follows_a_failure(awx: Awx) -> None:
    project = awx.create("projects", {"name": "p", "scm_url": "u"})
    workflow = awx.create("workflow_job_templates", {"name": "w"})
    link = {"workflow_job_template": workflow["id"], "unified_job_template": project["id"]}
    first, second = (awx.create("workflow_job_template_nodes", {"identifier": name, **link}) for name in "ab")
    awx.jobs.sync_failures["u"] = "fatal: no"
    for association, jobs, status in (("success_nodes", 1, "failed"), ("always_nodes", 2, "failed")):
        awx.associations[first["id"], association] = [second["id"]]
        run = awx.find("workflow_jobs", awx.jobs.launch("workflow_job_templates", workflow, 0, {})["id"])
        awx.jobs.work()
        assert [bool(node["job"]) for node in awx.jobs.nodes(run)].count(True) == jobs
        assert run["status"] == status
        awx.associations.clear()
