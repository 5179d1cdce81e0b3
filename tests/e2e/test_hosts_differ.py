# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Every host speaks for itself: what is said once for all has to be the same on every host, and a fault is its own."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from .conftest import PROJECT, Workshop

NAMED = {"invoice_iam_user_name": "{{ inventory_hostname }}"}
HOSTS = ("anna", "bert", "carla")


@pytest.fixture
def three(workshop: Workshop) -> Workshop:
    """Three hosts, each of which is a user that is not there yet."""
    workshop.variables(NAMED)
    workshop.hosts({host: {} for host in HOSTS})
    return workshop


def differing(workshop: Workshop, **variables: t.Any) -> None:
    """Give bert alone these variables."""
    own = {f"invoice_iam_user_{name}": value for name, value in variables.items()}
    workshop.hosts({host: own if host == "bert" else {} for host in HOSTS})


@pytest.mark.parametrize(
    ("playbook", "variable", "value"),
    [
        ("setup", "lane", "steps"),
        pytest.param("setup", "create_policies", True, marks=pytest.mark.long),
        pytest.param("setup", "credentials_dest", "elsewhere", marks=pytest.mark.long),
        ("class", "verify_key", False),
        pytest.param("verify", "credentials_dest", "elsewhere", marks=pytest.mark.long),
        ("verify", "credentials_kms_key", "alias/other"),
        ("rotate", "rotate_grace_days", 3),
        ("revoke", "revoke_access_key_ids", ["AKIAIOSFODNN7EXAMPLE"]),
        pytest.param("revoke", "revoke_sign_in", True, marks=pytest.mark.long),
        pytest.param("teardown", "teardown_expired", True, marks=pytest.mark.long),
        ("teardown", "teardown_tags", {"course": "invoices"}),
        pytest.param("teardown", "teardown_policies", True, marks=pytest.mark.long),
        pytest.param("teardown", "teardown_users", "account", marks=pytest.mark.long),
    ],
)
def test_what_is_said_once_is_the_same_for_all_or_refused(
    three: Workshop, playbook: str, variable: str, value: t.Any
) -> None:
    store: dict[str, t.Any] = {"credentials_dest": "s3://bucket/class"} if variable == "credentials_kms_key" else {}
    differing(three, **{variable: value})
    run = three.run(f"playbooks/{playbook}.yml", **store)
    assert run.status != 0
    said = f"the hosts anna and bert have different values of invoice_iam_user_{variable}"
    assert f"{said}, but one run can use only one value" in run.flat()
    assert not three.writes()


def own_playbook(folder: Path, **keywords: t.Any) -> str:
    """A playbook that somebody wrote after the example of class.yml, with more keywords of a play."""
    (play,) = yaml.safe_load((PROJECT / "playbooks" / "class.yml").read_text(encoding="utf-8"))
    own = folder / "own.yml"
    own.write_text(yaml.safe_dump([play | keywords]), encoding="utf-8")
    return str(own)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("environment", {"AWS_PROFILE": "{{ own }}"}),
        ("check_mode", "{{ own == 'bert' }}"),
        pytest.param("become_user", "{{ own }}", marks=pytest.mark.long),
    ],
)
def test_keywords_of_a_play_are_the_same_for_all_or_refused(
    three: Workshop, tmp_path: Path, keyword: str, value: t.Any
) -> None:
    """The first host's environment would choose the account of all."""
    three.hosts({host: {"own": host} for host in HOSTS})
    run = three.run(own_playbook(tmp_path, **{keyword: value}))
    assert run.status != 0
    assert "the hosts anna and bert have different values of own, but one run can use only one value" in run.flat()
    assert not three.writes()


SOME: dict[str, t.Any] = {"ansible.builtin.assert": {"that": "own != 'anna'"}}
CLASS = {
    "ansible.builtin.import_role": {
        "name": "invoice_scanner.iam.invoice_iam_user",
        "tasks_from": "class",
        "rolespec_validate": False,
    }
}
USERS = {"invoice_scanner.iam.iam_users": {"users_from": "described"}, "run_once": True}


@pytest.mark.parametrize(
    ("tasks", "handlers"),
    [
        ([{"block": [SOME], "rescue": [CLASS]}], []),
        ([{"block": [SOME], "rescue": [{"block": [USERS]}]}], []),
        ([{"ansible.builtin.debug": {}, "changed_when": "own == 'bert'", "notify": "us"}], [USERS | {"name": "us"}]),
    ],
)
def test_a_task_that_is_for_some_hosts_does_not_serve_all(
    three: Workshop, tmp_path: Path, tasks: list[t.Any], handlers: list[t.Any]
) -> None:
    """Ansible runs a rescue for the hosts that failed, and a handler for those that notified it."""
    three.variables({"described": {"name": "{{ inventory_hostname }}"}}, "described")
    three.hosts({host: {"own": host} for host in HOSTS})
    run = three.run(own_playbook(tmp_path, tasks=tasks, handlers=handlers))
    assert "a handler or a rescue is for some hosts of the play, but this task serves all of them" in run.flat()
    assert not three.writes()


def test_a_task_beside_a_rescue_serves_all(three: Workshop, tmp_path: Path) -> None:
    noop = {"ansible.builtin.meta": "noop"}
    run = three.run(own_playbook(tmp_path, tasks=[{"block": [{"block": [CLASS]}], "rescue": [noop]}]))
    assert run.status == 0, run.output
    assert three.writes()["iam:CreateUser"] == len(HOSTS)


@pytest.mark.parametrize(
    ("apply", "keywords"),
    [
        ({}, {"when": "own != 'anna'"}),
        ({}, {"when": "own != 'bert'"}),
        ({"apply": {"environment": {"AWS_PROFILE": "{{ own }}"}}}, {}),
    ],
)
def test_an_include_is_the_same_for_all_or_refused(
    three: Workshop, tmp_path: Path, apply: dict[str, t.Any], keywords: dict[str, t.Any]
) -> None:
    """Ansible would leave a host out of the include, and the role would still serve it."""
    role = {"name": "invoice_scanner.iam.invoice_iam_user", "tasks_from": "class", "rolespec_validate": False, **apply}
    three.hosts({host: {"own": host} for host in HOSTS})
    run = three.run(own_playbook(tmp_path, tasks=[{"ansible.builtin.include_role": role, **keywords}]))
    assert run.status != 0
    assert "the hosts anna and bert have different values of own, but one run can use only one value" in run.flat()
    assert not three.writes()


def test_the_connection_of_the_inventory_counts_in_a_play_of_ones_own(three: Workshop, tmp_path: Path) -> None:
    """The role takes it, not the playbooks. Without it, the environment would choose the account."""
    run = three.run(own_playbook(tmp_path, tasks=[CLASS]), env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert run.status == 0, run.output
    assert three.writes()["iam:CreateUser"] == len(HOSTS)


def test_a_strategy_that_runs_a_task_for_each_host_is_overruled_or_refused(three: Workshop, tmp_path: Path) -> None:
    """Each host would serve the whole class."""
    run = three.run(own_playbook(tmp_path, strategy="free"))
    assert run.status != 0
    assert "the strategy free would run this task for each host, but one task serves all hosts" in run.flat()
    assert not three.writes()
    run = three.run("playbooks/class.yml", env={"ANSIBLE_STRATEGY": "free"})
    assert run.status == 0, run.output
    assert three.writes()["iam:CreateUser"] == len(HOSTS)


@pytest.mark.parametrize("lane", ["engine", pytest.param("steps", marks=pytest.mark.long)])
def test_no_host_makes_ansible_another_user(three: Workshop, lane: str) -> None:
    """Inventories say so of machines. The files would be another user's, for all if the first host says so."""
    three.hosts({host: {"ansible_become": True, "ansible_become_user": "nobody"} for host in HOSTS})
    three.setup(lane=lane)
    assert three.writes()["iam:CreateUser"] == len(HOSTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "playbook",
    [
        "setup",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("class", "verify", "rotate", "revoke")),
        "teardown",
        "collect",
    ],
)
def test_hosts_of_one_account_sign_in_alike(three: Workshop, playbook: str) -> None:
    elsewhere = {"aws_connection": {**three.aws.connection, "region": "eu-central-1"}}
    three.hosts({"anna": {}, "bert": elsewhere, "carla": {}})
    store = {"credentials_dest": "s3://bucket/class"} if playbook == "collect" else {}
    run = three.run(f"playbooks/{playbook}.yml", **t.cast("t.Any", store))
    assert run.status != 0
    assert (
        "the hosts anna and bert are in the same account, 123456789012, but have different values of aws_connection"
        in run.flat()
    )
    assert not three.writes()


WRONG: dict[str, tuple[str, t.Any, str]] = {
    "bert": ("tags", ["a", "b"], "of type dict"),
    "dora": ("tags", {"course": None}, "the tag 'course' has no value; write '' for an empty one"),
    "emil": ("purge_policies", "flase", "of type bool"),
    "fritz": ("update_password", "sometimes", "one of on_create, always"),
    "gerda": (
        "permision_boundary",
        "X",
        "there is no variable invoice_iam_user_permision_boundary; did you mean invoice_iam_user_permissions_boundary?",
    ),
}


@pytest.mark.parametrize("lane", ["engine", "steps"])
def test_a_wrong_value_is_the_failure_of_its_own_host(three: Workshop, lane: str) -> None:
    own = {host: {f"invoice_iam_user_{name}": value} for host, (name, value, _said) in WRONG.items()}
    three.hosts({"anna": {}, "carla": {}, **own})
    run = three.run("playbooks/setup.yml", "-e", f"invoice_iam_user_lane={lane}")
    assert {host: run.recap(host)["failed"] for host in ("anna", "carla", *WRONG)} == {
        "anna": 0,
        "carla": 0,
        **dict.fromkeys(WRONG, 1),
    }
    for host, (name, _value, said) in WRONG.items():
        told = run.flat().split(f"fatal: [{host}]: FAILED!", 1)[1].split("fatal: [", 1)[0]
        assert said.replace("''", "'") in told
        assert f"invoice_iam_user_{name}" in told or "tag" in said
    assert "Traceback" not in run.output


def test_a_misspelt_variable_for_all_stops_all(three: Workshop) -> None:
    run = three.run("playbooks/class.yml", permision_boundary="AIInvoiceScannerPermissionsBoundary")
    assert run.status != 0
    assert "did you mean invoice_iam_user_permissions_boundary?" in run.flat()
    assert not three.writes()


@pytest.mark.parametrize("batch", ["1", "100%"])
def test_no_two_hosts_mean_one_user_in_rounds_either(workshop: Workshop, batch: str) -> None:
    workshop.hosts({"anna": {"invoice_iam_user_name": "same"}, "bert": {"invoice_iam_user_name": "Same"}})
    run = workshop.run("playbooks/class.yml", "-e", f"class_batch_size={batch}")
    assert run.status != 0
    assert "all have the IAM user name" in run.flat()
    assert not workshop.writes()


def test_each_host_gets_what_it_says(workshop: Workshop) -> None:
    workshop.variables(NAMED)
    workshop.hosts(
        {
            "anna": {"invoice_iam_user_path": "/a/", "invoice_iam_user_tags": {"seat": 1}},
            "bert": {"invoice_iam_user_managed_policies": ["AmplifyAdminPolicy"]},
        }
    )
    workshop.setup()
    iam = workshop.client("iam")
    assert [iam.get_user(UserName=name)["User"]["Path"] for name in ("anna", "bert")] == ["/a/", "/"]
    assert {"Key": "seat", "Value": "1"} in iam.list_user_tags(UserName="anna")["Tags"]
    assert len(iam.list_attached_user_policies(UserName="bert")["AttachedPolicies"]) == 1
