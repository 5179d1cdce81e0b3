# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""controller/apply.yml with awx.awx's real modules, against a stand-in for AWX that refuses what AWX refuses."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import shlex
import shutil
import subprocess
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.awx.server import ADMIN_TOKEN, Awx, Server

from .conftest import BIN, PROJECT, VAULT_PASSWORD, Run, Workshop, environment
from .support.controller_lane import (
    GUIDE,
    LOGIN,
    LOGIN_WITH_PASSWORD,
    PLAYBOOKS,
    SECRETS,
    TOKEN_IN_SLACK,
    Department,
    Person,
    blocks,
    department,
    guides_settings,
)
from .support.slices import Inventory

SETTINGS = guides_settings()
REPOSITORY = SETTINGS["controller_classes_scm_url"]
NOT_SYNCED = f"""\
\x1b[0;34mTASK [Update project using git]\x1b[0m
\x1b[0;31mfatal: [localhost]: FAILED! => {{"msg": "could not read Username for '{REPOSITORY}'"}}\x1b[0m

PLAY RECAP *********************************************************************
"""
STUDENTS = [f"student-{number}" for number in range(1, 11)]
INSTRUCTORS, OPERATORS, APPROVERS = "Workshop instructors", "Workshop operators", "Workshop approvers"
HAND_OUT, TAKE_DOWN = "Workshop | hand out a class", "Workshop | take a class down"


class Story(t.NamedTuple):
    """How the department's first day went."""

    unsynced: Run
    applied: Run
    again: Run
    writes: list[int]
    tokens: list[str]
    awx: Awx


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The first sync of the roster fails, for its credential is empty; somebody fills it in; two more runs follow."""
    awx = Awx(PLAYBOOKS)
    awx.jobs.roster = STUDENTS
    awx.jobs.sync_failures[REPOSITORY] = NOT_SYNCED
    old_key = SETTINGS | {"controller_aws_secret_key": "an-old-key-of-the-test"}
    with Server(awx) as server:
        here = department(tmp_path_factory.mktemp("department"), server)
        unsynced = here.apply(old_key, env=LOGIN_WITH_PASSWORD)
        tokens = list(awx.tokens)
        awx.jobs.sync_failures.clear()
        applied, writes = counted(here, SETTINGS, "-e", "controller_update_secrets=true")
        again, writes_again = counted(here, SETTINGS)
    return Story(unsynced, applied, again, [writes, writes_again], tokens, awx)


def counted(here: Department, settings: dict[str, t.Any], *arguments: str) -> tuple[Run, int]:
    """Apply settings. Returns the run, and how much it wrote."""
    here.awx.writes.clear()
    return here.apply(settings, *arguments), here.awx.writes.total()


@pytest.fixture
def here(story: Story, tmp_path: Path) -> Iterator[Department]:
    """The department as it is when all is applied, for one test alone."""
    assert story.applied.status == 0, story.applied.output
    with Server(copy.deepcopy(story.awx)) as server:
        yield department(tmp_path, server)


@pytest.fixture
def awx(story: Story) -> Awx:
    """What is in the controller when all is applied, to look at."""
    assert story.applied.status == 0, story.applied.output
    return story.awx


@pytest.fixture
def with_a_class(here: Department) -> Department:
    """The department, when the roster was synced."""
    assert sync_the_roster(here.admin, here.awx)["status"] == "successful"
    return here


def sync_the_roster(person: Person, awx: Awx) -> dict[str, t.Any]:
    """Sync the roster as the guide says, and return the job."""
    status, update = person.post(f"inventory_sources/{awx.named('inventory_sources', 'Workshop roster')['id']}/update")
    assert status == 202
    awx.jobs.work()
    return awx.find("inventory_updates", update["id"])


# Applying


def test_a_second_run_changes_nothing(story: Story) -> None:
    assert [story.applied.status, story.again.status] == [0, 0], story.applied.output + story.again.output
    assert story.applied.recap("localhost")["changed"] > 5
    assert story.again.recap("localhost")["changed"] == 0, story.again.output
    assert story.writes[0] > 25
    assert story.writes[1] == 0
    assert "WARNING" not in story.again.output.replace("[WARNING]: No inventory was parsed", "")


def test_no_secret_of_the_department_is_shown(story: Story) -> None:
    # Nor a name or password with which somebody logs in, or the token that it gets them
    logins = [ADMIN_TOKEN, LOGIN_WITH_PASSWORD["CONTROLLER_PASSWORD"], "token-"]
    output = story.unsynced.output + story.applied.output + story.again.output
    for secret in [*SECRETS.values(), "an-old-key-of-the-test", TOKEN_IN_SLACK, *logins]:
        assert secret not in output


def test_secrets_are_brought_and_brought_anew_where_that_is_asked_for(story: Story) -> None:
    aws = story.awx.secrets[story.awx.named("credentials", "Workshop AWS account")["id"]]
    assert aws == {"username": "AKIAOFTHETEST0000000", "password": "a-secret-key-of-the-test"}
    slack = story.awx.secrets[story.awx.named("notification_templates", "Training channel")["id"]]
    assert slack["token"] == TOKEN_IN_SLACK


def test_a_login_ends_with_the_run(story: Story) -> None:
    assert story.tokens == [ADMIN_TOKEN]


def test_a_failed_sync_says_why_and_the_next_run_syncs_again(story: Story) -> None:
    assert story.unsynced.status != 0
    why = f"AWX could not sync the project Workshop classes from {REPOSITORY}. Its job reports: fatal: [localhost]:"
    assert why in story.unsynced.flat()
    assert f"could not read Username for '{REPOSITORY}'" in story.unsynced.flat()
    assert "Fix this, and apply again: the project is then synced again." in story.unsynced.flat()
    assert "Create the job templates" not in story.unsynced.output
    assert story.awx.named("projects", "Workshop classes")["status"] == "successful"
    # Who has fixed it without a change of the settings has fixed it.
    assert "Sync projects that are not synced" in story.applied.output


def test_a_sync_that_does_not_end_is_not_waited_for_forever(here: Department) -> None:
    project = here.awx.named("projects", "Workshop playbooks")
    here.awx.jobs.sync("projects", project, None)
    here.awx.jobs.work = lambda: None  # type: ignore[method-assign]
    run = here.apply(SETTINGS, "-e", "controller_sync_timeout=2")
    assert run.status != 0
    assert "After 2 seconds, AWX has not synced Workshop playbooks." in run.flat()


def test_a_credential_without_a_secret_is_left_to_be_filled_in_by_hand(awx: Awx) -> None:
    for name in ("Workshop console password", "Workshop git"):
        assert awx.named("credentials", name)["inputs"] == {}
    one = awx.named("credentials", "Workshop console password")
    assert awx.find("credential_types", one["credential_type"])["injectors"]["extra_vars"] == {
        "invoice_iam_user_console_password": "{{ console_password }}"
    }


def test_the_repository_of_the_classes_is_read_with_a_credential_that_is_made(awx: Awx) -> None:
    credential = awx.named("credentials", SETTINGS["controller_classes_scm_credential"])
    assert awx.named("projects", "Workshop classes")["credential"] == credential["id"]
    assert awx.named("projects", "Workshop playbooks")["credential"] is None


def test_the_roster_is_the_inventorys_source_and_read_where_the_collection_is(here: Department) -> None:
    source = here.awx.named("inventory_sources", "Workshop roster")
    assert here.awx.find("projects", source["source_project"])["scm_url"] == REPOSITORY
    assert source["source_path"] == "roster.yml"
    assert source["overwrite"]
    assert source["update_on_launch"]
    assert sync_the_roster(here.admin, here.awx)["status"] == "successful"
    inventory = here.awx.named("inventories", "Workshop class")
    hosts = here.admin.get(f"inventories/{inventory['id']}/hosts")[1]["results"]
    assert [host["name"] for host in hosts] == STUDENTS

    here.admin.patch(f"inventory_sources/{source['id']}", execution_environment=None)
    assert sync_the_roster(here.admin, here.awx)["status"] == "failed"


def test_the_class_runs_in_slices_one_run_at_a_time(awx: Awx) -> None:
    template = awx.named("job_templates", "Workshop | class")
    assert template["job_slice_count"] == 4
    assert not template["allow_simultaneous"]
    assert awx.linked(template, "credentials") == ["Workshop AWS account"]
    dest = SETTINGS["controller_credentials_dest"]
    assert json.loads(template["extra_vars"])["invoice_iam_user_credentials_dest"] == dest
    questions = {one["variable"]: one["type"] for one in awx.surveys[template["id"]]["spec"]}
    assert questions["invoice_iam_user_console_password"] == "password"


def test_a_failed_verification_at_night_is_told(awx: Awx) -> None:
    template = awx.named("job_templates", "Workshop | verify")
    assert awx.named("schedules", "Workshop | verify every night")["unified_job_template"] == template["id"]
    assert set(awx.linked(template, "notification_templates_error")) == {"Training office", "Training channel"}
    assert awx.linked(awx.named("job_templates", "Workshop | class"), "notification_templates_error") == []


def test_a_class_is_summed_up_and_verified_whether_or_not_somebody_failed(awx: Awx) -> None:
    assert awx.linked(awx.named("workflow_job_template_nodes", "roster"), "success_nodes") == ["class"]
    assert awx.linked(awx.named("workflow_job_template_nodes", "class"), "always_nodes") == ["summary"]
    assert awx.linked(awx.named("workflow_job_template_nodes", "summary"), "always_nodes") == ["verify"]


def test_only_an_approval_leads_to_a_teardown(awx: Awx) -> None:
    workflow = awx.named("workflow_job_templates", TAKE_DOWN)
    nodes = {
        node["identifier"]: node
        for node in awx.search("workflow_job_template_nodes", {"workflow_job_template": str(workflow["id"])})
    }
    assert awx.linked(nodes["preview"], "success_nodes") == ["approval"]
    assert nodes["preview"]["job_type"] == "check"
    assert awx.linked(nodes["approval"], "success_nodes") == ["teardown"]
    approval = awx.find("workflow_approval_templates", nodes["approval"]["unified_job_template"])
    assert approval["timeout"] == 259200
    assert not nodes["teardown"]["job_type"]
    for event in ("success", "error", "approvals"):
        told = awx.linked(workflow, f"notification_templates_{event}")
        assert set(told) == {"Training office", "Training channel"}


@pytest.mark.parametrize("missing", ["controller_image", "controller_classes_scm_url", "controller_credentials_dest"])
def test_what_the_department_must_say_is_asked_for(missing: str, here: Department) -> None:
    run = here.apply({name: value for name, value in SETTINGS.items() if name != missing})
    assert run.status != 0
    assert f"{missing} is not set; controller/settings.yml explains it." in run.flat()


def test_a_directory_is_no_place_for_a_jobs_secrets(here: Department) -> None:
    run = here.apply(SETTINGS | {"controller_credentials_dest": "/srv/credentials"})
    assert run.status != 0
    assert "controller_credentials_dest is '/srv/credentials', a directory; a job's directories" in run.flat()
    assert not re.search("Create the organization", run.output)


# Changes

COMMAND = re.compile(r"(?m)^ +(ansible localhost -m .+)$")


def changed_settings() -> dict[str, t.Any]:
    """Later settings: another name, other recipients, nothing in the channel, no instance groups, no credential."""
    office = copy.deepcopy(SETTINGS["controller_notifications"][0])
    office["notification_configuration"]["recipients"] = ["office@example.org"]
    mine = {"controller_notifications": [office], "controller_organization": "Anna's academy"}
    return SETTINGS | mine | {"controller_class_slices": 2, "controller_classes_scm_credential": ""}


class Change(t.NamedTuple):
    """How the department changed its mind."""

    refused: Run
    writes_of_refused: int
    renamed: Run
    changed: Run
    again: Run
    writes_of_again: int
    removed: list[Run]
    awx: Awx


@pytest.fixture(scope="module")
def change(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Change:
    """Apply the changed settings, and follow the commands that are shown."""
    awx = copy.deepcopy(story.awx)
    office = awx.named("notification_templates", "Training office")
    configuration = {**office["notification_configuration"], "password": "filled-in-by-hand"}
    awx.change("notification_templates", office["id"], {"notification_configuration": configuration})
    template = awx.named("job_templates", "Workshop | class")
    group = awx.named("instance_groups", "default")
    awx.associate("job_templates", template["id"], "instance_groups", {"id": group["id"]})
    # Left from a release that had other names
    awx.create("job_templates", {**template, "name": "Workshop | give out"})
    node = {"workflow_job_template": awx.named("workflow_job_templates", HAND_OUT)["id"], "identifier": "give out"}
    awx.create("workflow_job_template_nodes", {**node, "unified_job_template": template["id"]})
    with Server(awx) as server:
        here = department(tmp_path_factory.mktemp("department"), server)
        refused, writes_of_refused = counted(here, changed_settings())
        [rename] = COMMAND.findall(refused.output)
        renamed = here.run(rename, LOGIN)
        changed = here.apply(changed_settings())
        again, writes_of_again = counted(here, changed_settings())
        removed = [here.run(command, LOGIN) for command in COMMAND.findall(again.output)]
    return Change(refused, writes_of_refused, renamed, changed, again, writes_of_again, removed, awx)


@pytest.mark.slow
def test_another_organization_is_refused_with_the_command_that_renames_it(change: Change) -> None:
    assert change.refused.status != 0
    owner = (
        "'Workshop execution environment' belongs to the organization 'Workshop training', and AWX cannot move it to"
    )
    assert owner in change.refused.flat()
    assert change.writes_of_refused == 0
    assert change.renamed.status == 0, change.renamed.output
    assert change.changed.status == 0, change.changed.output


@pytest.mark.slow
def test_the_same_command_brings_later_changes(change: Change) -> None:
    awx = change.awx
    template = awx.named("job_templates", "Workshop | class")
    assert template["job_slice_count"] == 2
    assert awx.linked(template, "instance_groups") == []
    assert awx.named("projects", "Workshop classes")["credential"] is None
    office = awx.named("notification_templates", "Training office")
    assert office["notification_configuration"]["recipients"] == ["office@example.org"]
    assert awx.secrets[office["id"]]["password"] == "filled-in-by-hand"
    assert change.again.recap("localhost")["changed"] == 0, change.again.output
    assert change.writes_of_again == 0


@pytest.mark.slow
def test_what_stays_behind_is_listed_with_the_command_that_removes_it(change: Change, story: Story) -> None:
    assert "The settings do not name" not in story.again.output
    assert "The settings do not name the notification template 'Training channel'. To remove it:" in change.again.flat()
    assert [run.status for run in change.removed] == [0, 0, 0], change.again.output
    awx = change.awx
    assert awx.names("notification_templates") == ["Training office"]
    assert sorted(awx.names("job_templates")) == sorted(story.awx.names("job_templates"))
    nodes = [{one["identifier"] for one in a.objects["workflow_job_template_nodes"].values()} for a in (awx, story.awx)]
    assert nodes[0] == nodes[1]


# Launching


def launch(person: Person, awx: Awx, name: str, **data: t.Any) -> tuple[int, t.Any]:
    """Launch a template as somebody."""
    kind = "job_templates" if name in awx.names("job_templates") else "workflow_job_templates"
    return person.post(f"{kind}/{awx.named(kind, name)['id']}/launch", **data)


def answers(name: str) -> dict[str, t.Any]:
    """What a launch without a form has to say."""
    return {"extra_vars": {"invoice_iam_user_revoke_access_key_ids": "A" * 20}} if name.endswith("revoke") else {}


def jobs_of(awx: Awx, job: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """A job, and all jobs within it, as they are now."""
    if "workflow" not in job["type"] or "approval" in job["type"]:
        return [job]
    inner = [awx.find("any", node["job"]) for node in awx.jobs.nodes(job) if node["job"]]
    return [job] + [one for each in inner for one in jobs_of(awx, each)]


def test_single_people_are_served_by_the_template_that_the_guide_names(with_a_class: Department) -> None:
    [name] = re.findall(r"Launch \*(.+?)\* with one name in \*Limit\*", GUIDE)
    awx = with_a_class.awx
    _status, job = launch(with_a_class.admin, awx, name, limit=STUDENTS[0])
    awx.jobs.work()
    assert [one["status"] for one in jobs_of(awx, awx.find("any", job["id"]))] == ["successful"]

    _status, sliced = launch(with_a_class.admin, awx, "Workshop | class", limit=STUDENTS[0])
    awx.jobs.work()
    slices = jobs_of(awx, awx.find("any", sliced["id"]))[1:]
    assert sorted(one["status"] for one in slices) == ["failed", "failed", "failed", "successful"]
    [said] = {awx.jobs.output[one["id"]] for one in slices if one["failed"]}
    [quoted] = re.findall("`(--limit leaves .+?)`", GUIDE)
    assert quoted in said


def test_every_template_can_be_launched_without_a_form(with_a_class: Department) -> None:
    awx = with_a_class.awx
    for name in awx.names("job_templates") + awx.names("workflow_job_templates"):
        status, job = launch(with_a_class.admin, awx, name, **answers(name))
        assert status == 201, f"{name}: {job}"
    status, refused = launch(with_a_class.admin, awx, "Workshop | revoke")
    assert status == 400
    assert refused == {"variables_needed_to_start": ["'invoice_iam_user_revoke_access_key_ids' value missing"]}
    assert "`value missing`" in GUIDE


def test_stray_variables_are_ignored_by_a_launch_and_refused_for_a_schedule(with_a_class: Department) -> None:
    awx = with_a_class.awx
    stray = {"invoice_iam_user_path": "/class/"}
    status, job = launch(with_a_class.admin, awx, "Workshop | verify", extra_vars=stray)
    assert (status, job["ignored_fields"]) == (201, {"extra_vars": stray})
    assert "`ignored_fields` in the answer to a launch" in GUIDE
    night = awx.named("schedules", "Workshop | verify every night")
    schedule = {name: night[name] for name in ("unified_job_template", "rrule")}
    status, refused = with_a_class.admin.post("schedules", name="mine", extra_data=stray, **schedule)
    assert status == 400
    [quoted] = re.findall(r"`(Variables .+?)` \(for a schedule\)", GUIDE)
    assert re.match(quoted.replace("...", ".+"), refused["extra_data"][0])


def outcome_of_a_slice(lost: int) -> Callable[[dict[str, t.Any]], tuple[str, dict[str, t.Any]]]:
    """What jobs come to: everybody is served but one, and one slice is lost with its node."""

    def play(job: dict[str, t.Any]) -> tuple[str, dict[str, t.Any]]:
        if job["name"] != "Workshop | class":
            return "successful", {}
        if job["job_slice_number"] == lost:
            return "error", {}
        names = STUDENTS_IN_ORDER[job["job_slice_number"] - 1 :: 4]
        fates = {name: "failed: {{ no template }}" if name == "student-4" else "created" for name in names}
        # As the collection leaves them: under the usual name, and under one of this job's own
        return "successful", {SUMMARY: fates, f"{SUMMARY}_{job['id']}": fates}

    return play


SUMMARY = "invoice_iam_user_summary"
STUDENTS_IN_ORDER = sorted(STUDENTS)


def sum_up(job: dict[str, t.Any], folder: Path) -> tuple[list[str], dict[str, t.Any]]:
    """Run the summary's playbook as a job of AWX's does. Returns the lines that it shows, and the artifacts."""
    inventory = Inventory({name: {"invoice_iam_user_name": name} for name in STUDENTS}, {}, {})
    (folder / "hosts").write_text(inventory.script(1, 1), encoding="utf-8")
    (folder / "hosts").chmod(0o700)
    variables = yaml.dump(json.loads(job["extra_vars"]), Dumper=Unsafe)
    (folder / "extravars").write_text(variables, encoding="utf-8")
    command = [str(BIN / "ansible-playbook"), "-i", str(folder / "hosts"), "controller/summary.yml"]
    env = environment() | {"ANSIBLE_SHOW_CUSTOM_STATS": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(
        [*command, "-e", f"@{folder / 'extravars'}"], cwd=PROJECT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [lines] = re.findall(r'(?s)"msg": (\[.+?\n    \])', done.stdout)
    [left] = re.findall(r"RUN: (\{.+\})", done.stdout)
    return json.loads(lines), json.loads(left)


class Unsafe(yaml.SafeDumper):
    """Writes strings as AWX writes those that came with a launch or from another job: as data, and no templates."""


Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text, style='"'))


def test_the_summary_of_a_class_is_put_together_from_all_slices(with_a_class: Department, tmp_path: Path) -> None:
    awx = with_a_class.awx
    awx.jobs.plays = outcome_of_a_slice(lost=2)
    _status, launched = launch(with_a_class.admin, awx, HAND_OUT)
    awx.jobs.work()
    workflow_job = awx.find("any", launched["id"])
    job = {node["identifier"]: awx.find("any", node["job"]) for node in awx.jobs.nodes(workflow_job)}
    slices = jobs_of(awx, job["class"])[1:]
    assert [one["status"] for one in slices] == ["successful", "error", "successful", "successful"]
    # AWX hands on one value of a name, which is the last slice's; that alone would not be the class's.
    assert len(json.loads(job["summary"]["extra_vars"])[SUMMARY]) < 4
    assert job["verify"]["status"] == workflow_job["status"] == "successful"

    lines, left = sum_up(job["summary"], tmp_path)
    silence = "failed: no job has reported the outcome of this user; launch the class again"
    failed = {**dict.fromkeys(STUDENTS_IN_ORDER[1::4], silence), "student-4": "failed: {{ no template }}"}
    assert left[SUMMARY] == {name: failed.get(name, "created") for name in STUDENTS}
    assert lines == [
        *(f"{name}: created" for name in STUDENTS_IN_ORDER if name not in failed),
        *(f"{name}: {failed[name]}" for name in sorted(failed)),
        "10 users: 6 created, 4 failed",
    ]


# Rights

RIGHTS: dict[str, dict[str, set[str]]] = {
    INSTRUCTORS: {
        "launch": {"hand out a class", "setup", "class", "verify", "rotate", "revoke", "pause", "resume"},
        "see": {
            "hand out a class",
            "setup",
            "class",
            "summary",
            "verify",
            "rotate",
            "revoke",
            "pause",
            "resume",
            "roster",
        },
        "relaunch": {"hand out a class", "setup", "class", "verify", "rotate", "revoke", "pause", "resume"},
        "approve": set(),
    },
    OPERATORS: {
        "launch": {"take a class down"},
        "see": {"take a class down", "teardown"},
        "relaunch": {"take a class down"},
        "approve": set(),
    },
    APPROVERS: {
        "launch": set(),
        "see": {"take a class down", "teardown"},
        "relaunch": set(),
        "approve": {"take a class down"},
    },
}
EVERY_RIGHT = [(team, action) for team, actions in RIGHTS.items() for action in actions]


def everything(awx: Awx) -> dict[str, str]:
    """All that can be launched, with the endpoint that it is in."""
    kinds = ("job_templates", "workflow_job_templates", "inventory_sources", "projects")
    return {name: kind for kind in kinds for name in awx.names(kind)}


def start(person: Person, awx: Awx, name: str) -> tuple[int, t.Any]:
    """Launch or sync something as somebody."""
    kind = everything(awx)[name]
    how = "launch" if "template" in kind else "update"
    return person.post(f"{kind}/{awx.named(kind, name)['id']}/{how}", **answers(name))


def do(person: Person, action: str, here: Department, name: str) -> set[int]:
    """Do something with a template, or with a job of it that somebody else has launched. Returns the statuses."""
    if action == "launch":
        return {start(person, here.awx, name)[0]}
    _status, started = start(here.admin, here.awx, name)
    here.awx.jobs.work()
    jobs = jobs_of(here.awx, here.awx.find("any", started["id"]))
    if action == "approve":
        waiting = [job for job in jobs if job["type"] == "workflow_approval"]
        return {person.post(f"{job['url']}approve/")[0] for job in waiting}
    # Of a workflow, its own job; of a class, its slices, too. Jobs of other templates in it have rights of their own.
    own = [job for job in jobs if job["unified_job_template"] == jobs[0]["unified_job_template"]]
    if action == "see":
        prints = [f"{job['url']}stdout/" for job in own if "stdout" in job["related"]]
        return {person.get(path)[0] for path in [*(job["url"] for job in own), *prints]}
    return {person.post(f"{job['url']}relaunch/")[0] for job in own if "relaunch" in job["related"]}


@pytest.mark.parametrize(("team", "action"), EVERY_RIGHT)
def test_a_team_may_do_this_to_what_is_its_own_and_to_nothing_else(
    team: str, action: str, with_a_class: Department
) -> None:
    person = with_a_class.person("ines", team)
    done = {name: do(person, action, with_a_class, name) for name in everything(with_a_class.awx)}
    allowed = {name for name, statuses in done.items() if statuses and max(statuses) < 300}
    refused = {name for name, statuses in done.items() if statuses == {403}}
    assert {name.removeprefix("Workshop ").removeprefix("| ") for name in allowed} == RIGHTS[team][action]
    nothing_to_do = {name for name, statuses in done.items() if not statuses}
    assert allowed | refused | nothing_to_do == set(done)


@pytest.mark.parametrize("team", RIGHTS)
def test_a_team_may_cancel_what_it_has_launched_and_nothing_else(team: str, with_a_class: Department) -> None:
    awx = with_a_class.awx
    person = with_a_class.person("ines", team)
    launched = 0
    for name in everything(awx):
        _status, others = start(with_a_class.admin, awx, name)
        assert person.post(f"{awx.find('any', others['id'])['url']}cancel/")[0] == 403, name
        status, mine = start(person, awx, name)
        if status == 201:
            launched += 1
            assert person.post(f"{awx.find('any', mine['id'])['url']}cancel/")[0] == 202, name
    assert launched == len(RIGHTS[team]["launch"])


@pytest.mark.parametrize("team", RIGHTS)
def test_a_team_changes_nothing(team: str, here: Department) -> None:
    person = here.person("ines", team)
    for name, kind in everything(here.awx).items():
        assert person.patch(f"{kind}/{here.awx.named(kind, name)['id']}", description="mine")[0] == 403, name
    assert person.get("credentials")[1]["results"] == []


def test_the_guide_says_what_each_team_may_do() -> None:
    table = re.search(r"(?m)^\| +\| \*instructors\* \|.+\n\|[-|]+\n((?:\|.+\n)+)", GUIDE)
    assert table
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table[1].splitlines()]
    said = {row[0].split(",")[0].split(" ")[0]: row[1:] for row in rows}
    for place, rights in enumerate(RIGHTS.values()):
        assert {action: set(re.findall(r"\*(.+?)\*", said[action][place])) for action in rights} == rights
        assert said["cancel"][place] == ("what they have launched" if rights["launch"] else "nothing")


def test_who_hands_out_a_class_sees_all_of_it_and_relaunches_a_slice(with_a_class: Department) -> None:
    awx = with_a_class.awx
    ines, ian = with_a_class.person("ines", INSTRUCTORS), with_a_class.person("ian", INSTRUCTORS)
    status, launched = launch(ines, awx, HAND_OUT)
    assert status == 201
    awx.jobs.work()
    jobs = jobs_of(awx, awx.find("any", launched["id"]))
    assert [ines.get(job["url"])[0] for job in jobs] == [200] * 9
    hosts = f"inventories/{awx.named('inventories', 'Workshop class')['id']}/hosts"
    assert len(ines.get(hosts)[1]["results"]) == len(STUDENTS)
    [second] = [job for job in jobs if job.get("job_slice_number") == 2]
    status, again = ian.post(f"{second['url']}relaunch/")
    assert (status, again["job_slice_number"], again["job_slice_count"]) == (201, 2, 4)
    # Its variables are the workflow's.
    [verify] = [job for job in jobs if job["name"] == "Workshop | verify"]
    assert ines.post(f"{verify['url']}relaunch/")[0] == 403
    assert launch(ines, awx, "Workshop | verify")[0] == 201


def test_a_run_with_somebodys_secret_is_relaunched_by_that_person_only(with_a_class: Department) -> None:
    awx = with_a_class.awx
    ines, ian = with_a_class.person("ines", INSTRUCTORS), with_a_class.person("ian", INSTRUCTORS)
    password = {"invoice_iam_user_console_password": "Open-sesame-1"}
    _status, launched = launch(ines, awx, HAND_OUT, extra_vars=password)
    awx.jobs.work()
    jobs = jobs_of(awx, awx.find("any", launched["id"]))
    for job in [jobs[0], next(job for job in jobs if job.get("job_slice_number") == 2)]:
        status, refused = ian.post(f"{job['url']}relaunch/")
        assert status == 403
        assert f"`{refused['detail'].rstrip('.')}`" in GUIDE
        assert ines.post(f"{job['url']}relaunch/")[0] == 201


def test_a_class_is_taken_down_after_somebody_else_has_seen_the_list_and_approved(with_a_class: Department) -> None:
    awx = with_a_class.awx
    olga, anton = with_a_class.person("olga", OPERATORS), with_a_class.person("anton", APPROVERS)
    status, launched = launch(olga, awx, TAKE_DOWN, limit="student-1*")
    assert status == 201
    awx.jobs.work()
    jobs = {job["type"]: job for job in jobs_of(awx, awx.find("any", launched["id"]))}
    preview, approval = jobs["job"], jobs["workflow_approval"]
    assert (preview["job_type"], preview["limit"], preview["status"]) == ("check", "student-1*", "successful")
    for person in (olga, anton):
        assert person.get(f"{preview['url']}stdout/")[0] == 200
        assert [one["id"] for one in person.get("workflow_approvals")[1]["results"]] == [approval["id"]]
    assert olga.post(f"{approval['url']}approve/")[0] == 403
    assert anton.post(f"{approval['url']}approve/")[0] == 204
    awx.jobs.work()
    [teardown] = [job for job in awx.objects["jobs"].values() if job["id"] > approval["id"]]
    assert (teardown["job_type"], teardown["status"]) == ("run", "successful")


def test_administrators_may_do_everything_and_auditors_see_everything(with_a_class: Department) -> None:
    awx = with_a_class.awx
    roles = awx.named("organizations", "Workshop training")["summary_fields"]["object_roles"]
    people = {}
    for role in ("admin", "auditor"):
        people[role] = with_a_class.person(role)
        associate = {"id": awx.tokens[people[role].token]}
        assert with_a_class.admin.post(f"roles/{roles[f'{role}_role']['id']}/users", **associate)[0] == 204
    for name in everything(awx):
        for action in ("launch", "see", "relaunch", "approve"):
            assert max(do(people["admin"], action, with_a_class, name) or {200}) < 300, f"{action} {name}"
            audited = do(people["auditor"], action, with_a_class, name) or {403}
            assert audited == ({200} if action == "see" else {403}), f"{action} {name}"


# Jobs that really run


class RealJobs:
    """Runs the playbook of each job against the sandbox as AWX does, with what it was given."""

    def __init__(self, awx: Awx, workshop: Workshop, folder: Path, class_variables: dict[str, t.Any]) -> None:
        self._awx = awx
        self._aws = workshop.aws.env()
        self._folder = folder
        self._class_variables = class_variables
        self.output = ""

    def __call__(self, job: dict[str, t.Any]) -> tuple[str, dict[str, t.Any]]:
        here = self._folder / f"job-{job['id']}"
        here.mkdir()
        variables = yaml.safe_load(self._awx.find("inventories", job["inventory"])["variables"] or "{}")
        hosts = {name: {"invoice_iam_user_name": name} for name in STUDENTS}
        script = Inventory(hosts, {"class": STUDENTS}, variables | self._class_variables).script(1, 1)
        (here / "hosts").write_text(script, encoding="utf-8")
        (here / "hosts").chmod(0o700)
        given = yaml.dump(json.loads(job["extra_vars"]), Dumper=Unsafe)
        (here / "extravars").write_text(given, encoding="utf-8")
        playbook = self._awx.find("job_templates", job["job_template"])["playbook"]
        limit = ["--limit", job["limit"]] if job["limit"] else []
        runner = {"RUNNER_OMIT_EVENTS": "False", "AWX_ISOLATED_DATA_DIR": str(here)}
        shown = {"ANSIBLE_SHOW_CUSTOM_STATS": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        done = subprocess.run(
            [
                str(BIN / "ansible-playbook"),
                "-i",
                str(here / "hosts"),
                "-e",
                f"@{here / 'extravars'}",
                *limit,
                playbook,
            ],
            cwd=PROJECT,
            env=environment() | self._aws | runner | shown,
            capture_output=True,
            text=True,
            check=False,
        )
        self.output += done.stdout + done.stderr
        left = re.findall(r"RUN: (\{.+\})", done.stdout)
        return "failed" if done.returncode else "successful", json.loads(left[0]) if left else {}


def test_a_class_is_handed_out_paused_and_resumed_by_jobs(
    with_a_class: Department, workshop: Workshop, tmp_path: Path
) -> None:
    awx, iam, s3 = with_a_class.awx, workshop.client("iam"), workshop.client("s3")
    bucket, _slash, prefix = SETTINGS["controller_credentials_dest"].removeprefix("s3://").partition("/")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    spring = {"invoice_iam_user_class": "spring", "invoice_iam_user_closes": "2099-12-31"}
    awx.jobs.plays = jobs = RealJobs(awx, workshop, tmp_path, spring)
    instructor = with_a_class.person("ines", INSTRUCTORS)

    def run(who: Person, name: str, **data: t.Any) -> dict[str, t.Any]:
        status, job = launch(who, awx, f"Workshop | {name}", **data)
        assert status == 201, job
        awx.jobs.work()
        done: dict[str, t.Any] = awx.find("jobs", job["id"])
        assert done["status"] == "successful", jobs.output
        return done

    def hours() -> str:
        (policy,) = (one for one in iam.list_policies(Scope="Local")["Policies"] if "Hours-spring" in one["PolicyName"])
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        return json.dumps(version["PolicyVersion"]["Document"], sort_keys=True)

    two = {"limit": "student-1,student-2"}
    made = run(instructor, "setup", **two, extra_vars={"invoice_iam_user_create_policies": "true"})
    handed = run(with_a_class.admin, "handout", **two)
    pages = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/handouts/")["Contents"]}
    names = ("student-1.html", "student-2.html", "class.html", "class_mailmerge.csv")
    assert {f"{prefix}/handouts/{name}" for name in names} <= pages
    table = (
        s3.get_object(Bucket=bucket, Key=f"{prefix}/handouts/class_mailmerge.csv")["Body"].read().decode("utf-8-sig")
    )
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["User name"] for row in rows] == ["student-1", "student-2"]
    keys = [iam.list_access_keys(UserName=row["User name"])["AccessKeyMetadata"][0]["AccessKeyId"] for row in rows]
    assert [row["Access key ID"] for row in rows] == keys
    secrets = {row[name] for row in rows for name in ("Password", "Secret access key")}

    opened = hours()
    run(instructor, "pause", **two)
    assert hours() != opened
    run(instructor, "resume", **two)
    assert hours() == opened
    seen = jobs.output + json.dumps([made["artifacts"], handed["artifacts"], awx.jobs.output])
    assert not [secret for secret in secrets if secret in seen]
    assert not list(tmp_path.rglob("*.html")), "nothing is left in the job's container"


# What comes through AWX


@pytest.mark.slow
def test_the_files_are_collected_with_the_guides_command(workshop: Workshop, tmp_path: Path) -> None:
    [command] = [text for text in blocks("shell") if "invoice_scanner.iam.collect" in text]
    *collect, dest = shlex.split(command)
    assert collect == shlex.split("ansible-playbook -i roster.yml invoice_scanner.iam.collect -e")
    bucket = dest.removeprefix("invoice_iam_user_credentials_dest=s3://").partition("/")[0]
    assert dest.endswith(SETTINGS["controller_credentials_dest"])
    s3 = workshop.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    classes = tmp_path / "classes"
    shutil.copytree(PROJECT / "examples" / "class", classes)

    def run(arguments: list[str]) -> None:
        program = [str(BIN / arguments[0]), *arguments[1:]]
        env = environment() | workshop.aws.env()
        done = subprocess.run(program, cwd=classes, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    two = [dest, "--limit", "all[0:1]"]
    run([*shlex.split("ansible-playbook -i roster.yml invoice_scanner.iam.class -e"), *two])
    run([*collect, *two])
    files = {file.name for file in (classes / "credentials").iterdir() if not file.name.startswith(".")}
    assert {name for name in files if name in GUIDE} == {"aws_configure_import.csv", "class_credentials.csv"}
    assert len(files) == 8


def test_a_roster_and_vaulted_values_pass_through_the_controllers_own_inventory(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("First name,E-Mail\nAnn {{ 7 * 7 }},ann@example.org\n", encoding="utf-8")
    (tmp_path / "roster.yml").write_text("plugin: invoice_scanner.iam.roster\npath: roster.csv\n", encoding="utf-8")
    vaulted = VaultLib().encrypt(b"open sesame", secret=VaultSecret(VAULT_PASSWORD.encode()), vault_id="workshop")
    (tmp_path / "group_vars").mkdir()
    lines = "".join(f"  {line}\n" for line in vaulted.decode().splitlines())
    (tmp_path / "group_vars" / "class.yml").write_text(f"vaulted: !vault |\n{lines}", encoding="utf-8")
    (tmp_path / "vault").write_text(VAULT_PASSWORD, encoding="utf-8")

    def run(*command: str, **env: str) -> str:
        program = [str(BIN / command[0]), *command[1:]]
        done = subprocess.run(
            program, cwd=tmp_path, env=environment() | env, capture_output=True, text=True, check=True
        )
        return done.stdout

    # As AWX reads a source of its inventory, without any vault password
    read = run("ansible-inventory", "-i", "roster.yml", "--list", "--export", ANSIBLE_INVENTORY_UNPARSED_FAILED="True")
    inventory = json.loads(read)
    # It keeps the variables of hosts and groups, and hands them to its jobs as a script does.
    kept = json.dumps({"_meta": {"hostvars": inventory["_meta"]["hostvars"]}, "class": inventory["class"]})
    script = tmp_path / "hosts"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{kept}\nEND\n", encoding="utf-8")
    script.chmod(0o700)
    show = ["-m", "debug", "-a", "msg={{ roster.first_name }}/{{ vaulted }}"]
    shown = run("ansible", "-i", str(script), "class", "--vault-id", "workshop@vault", *show)
    assert '"msg": "Ann {{ 7 * 7 }}/open sesame"' in shown
