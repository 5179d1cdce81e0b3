# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""One module serves all hosts of a play: what it is told, and what each host hears."""

from __future__ import annotations

import json
import types
import typing as t
import weakref
from pathlib import Path

import pytest
from ansible import constants as C
from ansible.errors import AnsibleActionFail

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _whole_play
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._host_variables import HostVariables
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._progress_reporter import ProgressReporter
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._whole_play import WholePlay
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import (
    Play,
    Result,
    a_plugin,
    a_task,
    trusted,
)

WANTED = {"name": "{{ invoice_iam_user_name }}", "path": "{{ invoice_iam_user_path }}"}
SAID = {"wanted": WANTED, "invoice_iam_user_path": "/", "invoice_iam_user_name": "{{ inventory_hostname }}"}


def outcome(name: str, **more: t.Any) -> Result:
    """What a module returns of a user."""
    one = {"name": name, "changed": True, "failed": False, "fate": "created", "msg": "", "changes": [f"create {name}"]}
    return one | {"diff": {}, **more}


def everybody_is_created(arguments: Result) -> Result:
    return {"changed": True, "users": [outcome(user["name"]) for user in arguments["users"]]}


class Served(WholePlay):
    """Runs no module, but answers as one does; and keeps what it was told."""

    told: t.ClassVar[list[Result]] = []
    answer: t.ClassVar[t.Callable[[Result], Result]] = staticmethod(everybody_is_created)

    def execute(self, arguments: Result, variables: Result) -> Result:
        assert variables["ansible_play_batch"]
        Served.told.append(dict(arguments))
        return Served.answer(arguments)


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with a module that creates everybody."""
    monkeypatch.setattr(Served, "told", [])
    monkeypatch.setattr(Served, "answer", staticmethod(everybody_is_created))


def run(play: Play, task: t.Any, **variables: t.Any) -> Result:
    """Run the task for all hosts."""
    known = play.task_vars(**variables)
    return a_plugin(Served, task, known).run(None, known)


def a_class(*names: str, **said: t.Any) -> Play:
    return Play(**{name: {**SAID, **said} for name in names or ("anna", "bert", "carl")})


def a_play(strategy: str = "linear", serial: t.Sequence[t.Any] = ()) -> t.Any:
    """A play as Ansible knows it, without a task."""
    no_tasks = dict.fromkeys(("pre_tasks", "tasks", "post_tasks", "roles"), ())
    return types.SimpleNamespace(hosts="all", strategy=strategy, serial=serial, **no_tasks)


def a_class_task(**said: t.Any) -> t.Any:
    return a_task(**{"users_from": "wanted", **said})


def failures(result: Result) -> dict[str, str]:
    return {host: one["msg"] for host, one in result["hosts"].items() if one["failed"]}


# What the module is told ---------------------------------------------------------------------------------------------


def test_the_users_of_all_hosts_are_collected() -> None:
    result = run(a_class(), a_class_task(threads=4))
    (told,) = Served.told
    assert told["users"] == [{"name": name, "path": "/"} for name in ("anna", "bert", "carl")]
    assert (told["hosts"], told["threads"]) == (["anna", "bert", "carl"], 4)
    assert "users_from" not in told
    assert list(result["hosts"]) == ["anna", "bert", "carl"]
    assert result["hosts"]["bert"]["name"] == "bert"
    assert failures(result) == {}
    # Twice would be twice the memory.
    assert "users" not in result


def test_only_those_of_the_batch_are_served() -> None:
    play = a_class()
    play.batch = ["bert"]
    run(play, a_class_task())
    assert Served.told[0]["hosts"] == ["bert"]


def test_diffs_that_differ_only_in_the_name_are_shown_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_diffs(told: Result) -> Result:
        names = [user["name"] for user in told["users"]]
        diffs = [{"after_header": one, "before": {}, "after": {"files": [f"{one}_accessKeys.csv"]}} for one in names]
        diffs[1]["after"] = {"path": "/other/"}
        return {"changed": True, "users": [outcome(n, diff=diff) for n, diff in zip(names, diffs, strict=True)]}

    Served.answer = staticmethod(with_diffs)
    hosts = run(a_class("anna", "bert", "carl", "dora"), a_class_task())["hosts"]
    assert hosts["anna"]["diff"]["after_header"] == "anna (the same for 2 others; -v shows all)"
    assert hosts["bert"]["diff"]["after_header"] == "bert"
    assert hosts["carl"]["diff"] == hosts["dora"]["diff"] == {}
    monkeypatch.setattr(C, "DEFAULT_VERBOSITY", 1)
    assert run(a_class("anna", "carl"), a_class_task())["hosts"]["carl"]["diff"]["after_header"] == "carl"
    task = a_class_task()
    task.inherited["diff"] = False
    assert run(a_class("anna", "carl"), task)["hosts"]["carl"]["diff"] == {}, "nobody asked for diffs"


def test_the_variables_of_few_hosts_are_in_memory_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of 5,000 hosts would take a gigabyte."""
    alive: weakref.WeakSet[HostVariables] = weakref.WeakSet()
    most = 0

    class Counted(HostVariables):
        def __init__(self, *said: t.Any) -> None:
            nonlocal most
            super().__init__(*said)
            alive.add(self)
            most = max(most, len(alive))

    monkeypatch.setattr(_whole_play, "HostVariables", Counted)
    names = [f"student-{number}" for number in range(30)]
    assert list(run(a_class(*names), a_class_task())["hosts"]) == names
    assert 0 < most < 5


def test_users_that_are_given_are_not_collected() -> None:
    result = run(a_class(), a_task(users=[{"name": "dora"}]))
    assert Served.told[0]["users"] == [{"name": "dora"}]
    assert "hosts" not in result
    with pytest.raises(AnsibleActionFail, match="users and users_from exclude each other; give one of them"):
        run(a_class(), a_class_task(users=[]))


def test_what_each_host_says_is_a_name_where_that_is_enough() -> None:
    play = a_class(just="{{ inventory_hostname }}")
    Served.answer = staticmethod(lambda told: {"changed": True, "users": [outcome(one) for one in told["users"]]})
    result = run(play, a_task("iam_users_teardown", users_from="just"))
    assert Served.told[0]["users"] == ["anna", "bert", "carl"]
    assert [one["name"] for one in result["hosts"].values()] == ["anna", "bert", "carl"]


@pytest.mark.parametrize(("module", "said"), [("iam_users_verify", "bert"), ("iam_users", "anna")])
def test_a_command_is_for_the_host_that_is_meant(module: str, said: str) -> None:
    """A host may have the name of another host's user; verifying, which writes files too, names hosts itself."""
    play = Play(anna={**SAID, "invoice_iam_user_name": "bert"}, bert={**SAID, "invoice_iam_user_name": "carl"})

    def answer(told: Result) -> Result:
        command = "ansible-playbook invoice_scanner.iam.class --limit bert"
        return {"changed": False, "users": [outcome(user["name"], msg=command) for user in told["users"]]}

    Served.answer = staticmethod(answer)
    result = run(play, a_task(module, users_from="wanted"))
    assert result["hosts"]["bert"]["msg"].endswith(f"invoice_scanner.iam.class --limit {said}")


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_progress_of_what_is_done_is_written_down(check_mode: bool) -> None:
    files: list[bool] = []

    def answer(told: Result) -> Result:
        files.extend(Path(told[name]).exists() for name in ("progress_file", "plan_file") if name in told)
        return everybody_is_created(told)

    Served.answer = staticmethod(answer)
    run(a_class(), a_class_task(check_mode=check_mode))
    (told,) = Served.told
    assert ("progress_file" in told) is not check_mode
    assert all(files)
    assert not Path(told["plan_file"]).exists(), "and is gone afterwards"


def test_a_reporter_ends_whatever_becomes_of_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    stop = ProgressReporter.stop

    def stopped(self: ProgressReporter) -> None:
        ended.append(True)
        stop(self)

    monkeypatch.setattr(ProgressReporter, "stop", stopped)

    def fail(_told: Result) -> Result:
        raise AnsibleActionFail("no")

    Served.answer = staticmethod(fail)
    with pytest.raises(AnsibleActionFail, match=r"^no$"):
        run(a_class(), a_class_task())
    assert ended == [True]


def test_a_module_that_failed_for_all_is_handed_on() -> None:
    Served.answer = staticmethod(lambda _told: {"failed": True, "msg": "no"})
    assert run(a_class(), a_class_task()) == {"failed": True, "msg": "none of the 3 hosts was served: no"}
    assert run(a_class("anna"), a_class_task()) == {"failed": True, "msg": "no"}


# What each host hears ------------------------------------------------------------------------------------------------


def test_each_host_hears_of_its_own_user() -> None:
    def answer(told: Result) -> Result:
        first, *others = everybody_is_created(told)["users"]
        return {"changed": True, "users": [first | {"failed": True, "msg": "no"}, *others]}

    Served.answer = staticmethod(answer)
    result = run(a_class(), a_class_task())
    assert failures(result) == {"anna": "no"}
    assert result["summary"] == ["anna: no", "3 users: 2 created, 1 failed"]
    assert result["ansible_stats"]["data"]["invoice_iam_user_summary"] == {
        "anna": "failed: no",
        "bert": "created",
        "carl": "created",
    }


def test_a_name_that_is_masked_in_the_result_is_put_back() -> None:
    """Ansible masks whatever contains somebody's password, and somebody may be called like one."""
    Served.answer = staticmethod(
        lambda told: {"changed": True, "users": [outcome("********") for _user in told["users"]]}
    )
    result = run(a_class(), a_class_task())
    assert [one["name"] for one in result["hosts"].values()] == ["anna", "bert", "carl"]


def test_what_was_decided_is_handed_to_tasks_that_go_step_by_step() -> None:
    def answer(told: Result) -> Result:
        plans = [{"actions": [f"for {host}"]} for host in told["hosts"]]
        Path(told["plan_file"]).write_text(json.dumps({"to_do": True, "users": plans}), encoding="utf-8")
        return everybody_is_created(told)

    Served.answer = staticmethod(answer)
    result = run(a_class("anna", "bert"), a_class_task(check_mode=True))
    assert result["plans"] == {"anna": {"actions": ["for anna"]}, "bert": {"actions": ["for bert"]}}
    assert result["to_do"] is True
    applied = run(a_class("anna", "bert"), a_class_task())
    assert (applied["to_do"], "plans" in applied) == (True, False)


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_was_planned_is_told_until_it_is_done(check_mode: bool) -> None:
    plan = {"planned": ["create anna"], "actions": [{"action": "create_user", "subject": ""}]}
    Served.answer = staticmethod(lambda _told: {"changed": True, "users": [outcome("anna", **plan, access_key_id="A")]})
    anna = run(a_class("anna"), a_class_task(check_mode=check_mode))["hosts"]["anna"]
    assert {name: anna.get(name) for name in plan} == (plan if check_mode else dict.fromkeys(plan))
    assert (anna["changes"], anna["access_key_id"]) == (["create anna"], "A")


PLANNED = {
    "changes": ["create anna", "attach a policy to anna", "create a key for anna"],
    "asks_for": ["login_profile", "access_key"],
    "fate": "created",
    "diff": {"before": "nobody"},
}


@pytest.mark.parametrize(
    ("left", "done", "fate", "diff"),
    [
        # All of it was done by the steps before.
        (
            {"changed": False, "changes": [], "planned": [], "fate": "unchanged"},
            PLANNED["changes"],
            "created",
            PLANNED["diff"],
        ),
        # What they left was done now.
        (
            {"changes": ["create a key for anna"], "planned": ["create a key for anna"], "fate": "completed"},
            PLANNED["changes"],
            "created",
            PLANNED["diff"],
        ),
        # Or was to be done, and failed.
        (
            {
                "changes": [],
                "planned": ["attach a policy to anna", "create a key for anna"],
                "failed": True,
                "msg": "no",
                "fate": "unchanged",
            },
            ["create anna"],
            "created",
            {},
        ),
    ],
    ids=["by the steps", "in part", "failed"],
)
def test_what_the_steps_before_have_done_belongs_to_the_outcome(
    left: Result, done: list[str], fate: str, diff: Result
) -> None:
    Served.answer = staticmethod(
        lambda _told: {"changed": True, "users": [outcome("anna", password_on_file=True, **left)]}
    )
    result = run(a_class("anna"), a_class_task(planned_by="before"), before={"hosts": {"anna": PLANNED}})
    anna = result["hosts"]["anna"]
    assert (anna["changes"], anna["changed"], anna["fate"], anna["diff"]) == (done, True, fate, diff)


@pytest.mark.parametrize(("on_file", "failed"), [(True, False), (False, True)])
def test_a_password_that_was_asked_for_and_is_not_on_file_is_somebody_elses(on_file: bool, failed: bool) -> None:
    left = {"changed": False, "changes": [], "planned": [], "fate": "unchanged", "password_on_file": on_file}
    Served.answer = staticmethod(lambda _told: {"changed": False, "users": [outcome("anna", **left)]})
    result = run(a_class("anna"), a_class_task(planned_by="before"), before={"hosts": {"anna": PLANNED}})
    assert failures(result) == (
        {"anna": "somebody else enabled console sign-in for 'anna' just now; run again"} if failed else {}
    )


# Keys by their IDs ----------------------------------------------------------------------------------------------------


def test_keys_that_are_named_are_those_of_whoever_they_are() -> None:
    """Each host hears of its user, and of the others the play does."""
    Served.answer = staticmethod(
        lambda _told: {
            "changed": True,
            "users": [
                outcome("bert", fate="revoked", next="give it again"),
                outcome("eve", fate="revoked", next="give it again"),
                outcome("ida", fate="revoked"),
                outcome("joe", failed=True),
            ],
        }
    )
    play = a_class("anna", "bert", just="{{ inventory_hostname }}")
    task = a_task("iam_access_keys_revoke", users_from="just", access_key_ids=["AKIA1", "AKIA2"])
    result = run(play, task)
    assert not {"users", "hosts"} & set(Served.told[0])
    assert {host: (one["changed"], one["fate"]) for host, one in result["hosts"].items()} == {
        "anna": (False, "nothing to do"),
        "bert": (True, "revoked"),
    }
    assert [one["name"] for one in result["others"]] == ["eve", "ida", "joe"]
    assert result["hosts"]["bert"]["next"] == "give it again"
    assert [one["next"] for one in result["others"]] == [
        "no host in this inventory has the user 'eve', so no command can give access again; run the playbook class "
        "with invoice_iam_user_restore_access=true and an inventory that has it",
        "no host in this inventory has the user 'ida', so no command can give access again; this collection did not "
        "create the user, so do it in IAM",
        "",
    ]
    assert result["summary"][-1] == "4 users: 3 revoked, 1 failed"


# What holds for all ---------------------------------------------------------------------------------------------------


def play_of(*said: Result) -> Play:
    return Play(**{f"host{number}": {**SAID, **one} for number, one in enumerate(said)})


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ([{"x": "1"}, {"x": "2"}], "x"),
        ([{"x": "1"}, {"x": "1"}, {"x": "2"}], "x"),
        ([{"x": "{{ y }}", "y": "1"}, {"x": "{{ y }}", "y": "2"}], "y"),
        # The role's own variables are of no use to people.
        ([{"x": "{{ __in }}", "__in": "{{ y }}", "y": "1"}, {"x": "{{ __in }}", "__in": "{{ y }}", "y": "2"}], "y"),
        ([{"x": "1"}, {}], "x"),
    ],
)
def test_what_is_said_once_has_to_be_the_same_on_every_host(said: list[Result], named: str) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        run(play_of(*said), a_class_task(credentials_dest="{{ x | default('') }}"))
    assert str(caught.value) == (
        f"the hosts host0 and host{len(said) - 1} have different values of {named}, but one run can use only one "
        "value; run the playbook once for each with --limit"
    )
    assert Served.told == []


@pytest.mark.parametrize(
    "said",
    [
        [{"x": "1"}, {"x": "1"}],
        # Another way to say the same, and what only users differ in
        [{"x": "1"}, {"x": "{{ 'a1' | last }}"}],
        [{"x": "1", "invoice_iam_user_path": "/a/"}, {"x": "1", "invoice_iam_user_path": "/b/"}],
        [{}, {}],
        # The name of something else
        [{"class": "spring"}, {"class": "autumn"}],
    ],
)
def test_hosts_that_agree_are_served(said: list[Result]) -> None:
    assert failures(run(play_of(*said), a_class_task(max_requests_per_second="{{ x | default(omit) }}"))) == {}


def test_defaults_for_our_modules_have_to_be_the_same_as_well() -> None:
    """A region or a profile of each host's own would be that of the first, where a module serves one account."""
    task = a_task("iam_class_hours", class_name="spring")
    task.module_defaults = [
        {"group/invoice_scanner.iam.iam": trusted({"region": "{{ x }}"}), "ansible.builtin.debug": {"msg": "{{ y }}"}}
    ]
    said = [{"x": "eu-west-1", "y": "1"}, {"x": "eu-west-2", "y": "2"}]
    with pytest.raises(AnsibleActionFail, match="host0 and host1 have different values of x, but one run"):
        run(play_of(*said), task)


@pytest.mark.parametrize("of_play", [True, False])
@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("environment", [{"AWS_PROFILE": "{{ own }}", "AWS_REGION": "{{ nowhere | default(omit) }}"}]),
        ("check_mode", "{{ own == 'a' }}"),
        ("become", "{{ own == 'a' }}"),
        ("become_user", "{{ own }}"),
        ("delegate_to", "{{ own }}"),
    ],
)
def test_keywords_have_to_be_the_same_as_well(keyword: str, said: t.Any, of_play: bool) -> None:
    """One process has one environment: the first host's would choose the account of all."""
    task = a_class_task()
    if of_play:
        task.inherited[keyword] = trusted(said)
    else:
        task._ds[keyword] = trusted(said)
    with pytest.raises(AnsibleActionFail, match="host0 and host1 have different values of own, but one run"):
        run(play_of({"own": "a"}, {"own": "b"}), task)
    assert Served.told == []
    assert failures(run(play_of({"own": "a", "x": 1}, {"own": "a", "x": 2}), task)) == {}


@pytest.mark.parametrize(
    ("when", "arguments"),
    [(["own == 'a'"], {}), ([], {"apply": {"environment": {"AWS_PROFILE": "{{ own }}"}}})],
)
def test_what_includes_a_task_has_to_be_the_same_as_well(when: list[str], arguments: Result) -> None:
    """Ansible leaves hosts out of an include, which a task in it would serve."""
    include = types.SimpleNamespace(
        statically_loaded=False, when=trusted(when), _ds={"include_role": trusted(arguments)}, _parent=None
    )
    task = a_class_task()
    task._parent = types.SimpleNamespace(_parent=include)
    for hosts in ({"own": "a"}, {"own": "b"}), ({"own": "b"}, {"own": "a"}):
        with pytest.raises(AnsibleActionFail, match="host0 and host1 have different values of own, but one run"):
            run(play_of(*hosts), task)
    assert Served.told == []
    assert failures(run(play_of({"own": "a", "x": 1}, {"own": "a", "x": 2}), task)) == {}


@pytest.mark.parametrize(
    ("strategy", "run_once", "said"),
    [
        ("free", True, "the strategy free would run this task for each host"),
        ("ansible.builtin.host_pinned", True, "the strategy ansible.builtin.host_pinned would run"),
        ("linear", False, "with users_from, one task serves all hosts; add run_once: true to it"),
    ],
)
def test_all_hosts_are_not_served_again_for_each_of_them(strategy: str, run_once: bool, said: str) -> None:
    task = a_class_task()
    play = a_play(strategy)
    task.get_play, task.run_once = lambda: play, run_once
    with pytest.raises(AnsibleActionFail, match=said):
        run(a_class(), task)
    assert Served.told == []
    assert failures(run(a_class("anna"), task)) == {}


def test_a_teardown_in_batches_would_be_confirmed_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """With serial: 1, each batch removes one user, which needs no confirmation."""
    task = a_task("iam_users_teardown", users_from="wanted")
    play = a_play(serial=[1])
    task.get_play = lambda: play
    with pytest.raises(AnsibleActionFail, match="in a play with serial, each batch would be confirmed for itself"):
        run(a_class("anna"), task, ansible_play_hosts_all=["anna", "bert"])
    assert Served.told == []
    run(a_class("anna"), task, ansible_play_hosts_all=["anna"])
    assert len(Served.told) == 1


def test_a_variable_that_no_host_has_is_named() -> None:
    with pytest.raises(AnsibleActionFail, match="users_from is 'nope', but no host has a variable of that name"):
        run(a_class(), a_task(users_from="nope"))
    assert Served.told == []


def test_a_loop_has_users_of_its_own() -> None:
    task = a_class_task()
    play = a_play()
    task.get_play, task.loop = lambda: play, ["a", "b"]
    with pytest.raises(AnsibleActionFail, match="users_from has a user for each host, so it needs no loop; in a loop"):
        run(a_class(), task)


@pytest.mark.parametrize("name", ["AWS_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL"])
def test_an_endpoint_of_the_environment_is_named_with_the_account(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise, a rehearsal looks like the real account."""
    monkeypatch.setenv(name, "http://127.0.0.1:4566")
    answer = lambda told: {**everybody_is_created(told), "account": {"id": "123456789012"}}  # noqa: E731
    monkeypatch.setattr(Served, "answer", staticmethod(answer))
    assert run(a_class(), a_class_task())["in_account"] == "123456789012 at http://127.0.0.1:4566"


def test_a_task_with_users_of_its_own_may_run_for_each_host() -> None:
    task = a_task(users=[{"name": "anna"}])
    task.get_play, task.run_once = lambda: types.SimpleNamespace(hosts="all", strategy="free"), False
    run(a_class(), task)
    (told,) = Served.told
    assert told["users"] == [{"name": "anna"}]


def test_a_typing_error_in_what_is_said_once_does_not_count_as_no() -> None:
    task = a_class_task(role=True, verify_key="{{ invoice_iam_user_verify_key }}")
    with pytest.raises(AnsibleActionFail, match="invoice_iam_user_verify_key is 'flase' and has to be of type bool"):
        run(a_class(invoice_iam_user_verify_key="flase"), task)
    assert Served.told == []
    assert failures(run(a_class(invoice_iam_user_verify_key="no"), task)) == {}


@pytest.mark.parametrize(("lane", "is_served"), [("step", False), ("steps", True), ("{{ nowhere }}", True)])
def test_a_typing_error_in_a_choice_that_a_task_does_not_use_is_said_too(lane: str, is_served: bool) -> None:
    play = a_class(invoice_iam_user_lane=lane)
    if is_served:
        assert failures(run(play, a_class_task(role=True))) == {}
        return
    with pytest.raises(
        AnsibleActionFail, match="invoice_iam_user_lane is 'step' and has to be one of auto, steps, eng"
    ):
        run(play, a_class_task(role=True))
    assert Served.told == []


# What one host says wrong ---------------------------------------------------------------------------------------------


def test_who_says_something_wrong_fails_alone() -> None:
    play = a_class()
    play.hosts["bert"] |= {"invoice_iam_user_path": trusted("{{ [1] }}"), "invoice_iam_user_pth": "/"}
    play.hosts["bert"]["invoice_iam_user_path"] = {"not": "a path"}
    result = run(play, a_class_task(role=True))
    assert Served.told[0]["hosts"] == ["anna", "carl"]
    assert list(result["hosts"]) == ["anna", "bert", "carl"]
    said = failures(result)
    assert list(said) == ["bert"]
    assert "there is no variable invoice_iam_user_pth; did you mean invoice_iam_user_path?" in said["bert"]
    assert result["summary"][-1] == "3 users: 2 created, 1 failed"


@pytest.mark.parametrize("column", ["gruppe", "Group No."])
def test_a_column_that_the_roster_lacks_is_named_and_is_its_hosts_failure(column: str) -> None:
    wanted = {**WANTED, "links": "{{ invoice_iam_user_handout_links }}"}
    links = [{"title": f"Group {{{{ roster['{column}'] | upper }}}}", "url": "https://example.org/"}]
    play = a_class(wanted=wanted, invoice_iam_user_handout_links=trusted_list(links))
    for name, columns in (("anna", ("name", "group")), ("bert", ("name", column)), ("carl", ())):
        play.hosts[name]["roster"] = dict.fromkeys(columns, "A")
    del play.hosts["carl"]["roster"]
    result = run(play, a_class_task(role=True))
    said = failures(result)
    assert list(said) == ["anna", "carl"]
    assert said["anna"] == (
        f"invoice_iam_user_handout_links cannot be used for 'anna': the roster has no column {column!r}; its columns "
        "are name, group"
    )
    assert "invoice_iam_user_handout_links cannot be used for 'carl': 'roster' is undefined" in said["carl"]
    assert Served.told[0]["hosts"] == ["bert"]


def trusted_list(links: list[dict[str, str]]) -> list[t.Any]:
    return [trusted(link) for link in links]


def test_a_choice_that_is_none_is_its_hosts_failure() -> None:
    wanted = {**WANTED, "lost_secret": "{{ invoice_iam_user_lost_secret }}"}
    play = a_class(wanted=wanted, invoice_iam_user_lost_secret="keep")
    play.hosts["carl"]["invoice_iam_user_lost_secret"] = "ignore"
    result = run(play, a_class_task(role=True))
    assert failures(result) == {
        "carl": "invoice_iam_user_lost_secret is 'ignore' and has to be one of keep, fail, replace"
    }


def test_a_choice_that_is_none_anywhere_is_everybodys_failure_and_nobody_elses() -> None:
    wanted = {**WANTED, "lost_secret": "{{ invoice_iam_user_lost_secret }}"}
    play = a_class(wanted=wanted, invoice_iam_user_lost_secret="ignore")
    play.hosts["carl"]["invoice_iam_user_lost_secret"] = "keep"
    result = run(play, a_class_task(role=True))
    assert list(failures(result)) == ["anna", "bert"]
    assert Served.told[0]["hosts"] == ["carl"]


def test_where_nobody_is_left_no_module_runs() -> None:
    result = run(a_class(invoice_iam_user_nme="x"), a_class_task(role=True))
    assert Served.told == []
    assert len(failures(result)) == 3
    assert (result["changed"], result["summary"][-1]) == (False, "3 users: 3 failed")


@pytest.mark.parametrize("names", [("same", "same"), ("same", "SAME")])
def test_hosts_that_mean_the_same_user_are_not_served(names: tuple[str, str]) -> None:
    play = play_of(*[{"invoice_iam_user_name": name} for name in names], {})
    result = run(play, a_class_task())
    assert Served.told[0]["hosts"] == ["host2"]
    assert set(failures(result)) == {"host0", "host1"}
    assert failures(result)["host1"] == (
        f"The hosts host0, host1 all have the IAM user name {names[1]!r}; set invoice_iam_user_name for each host, for "
        "example to {{ inventory_hostname }} in group_vars/all"
    )


def test_a_host_of_another_batch_that_means_the_same_user_is_found() -> None:
    play = play_of({"invoice_iam_user_name": "same"}, {}, {"invoice_iam_user_name": "same"})
    play.batch = ["host0", "host1"]
    result = run(play, a_class_task())
    assert list(failures(result)) == ["host0"]
    assert "The hosts host0, host2 all have the IAM user name 'same'" in failures(result)["host0"]


def test_what_a_later_host_alone_sets_is_not_ignored() -> None:
    with pytest.raises(AnsibleActionFail, match="different values of x"):
        run(play_of({}, {"x": "1"}), a_class_task(max_requests_per_second="{{ x | default(none, true) }}"))


@pytest.mark.parametrize(("first", "second"), [("steps", "engine"), ("engine", "steps")])
def test_a_condition_of_a_task_for_all_has_to_be_the_same(first: str, second: str) -> None:
    task = a_class_task()
    task.when = [trusted(f"lane == {first!r}")]
    with pytest.raises(AnsibleActionFail, match="different values of lane"):
        run(play_of({"lane": first}, {"lane": second}), task)


# Several accounts -----------------------------------------------------------------------------------------------------


def a_task_of_accounts(**said: t.Any) -> t.Any:
    """As the playbooks say it: hosts have the connection in a variable of their group."""
    task = a_class_task(**said)
    task.module_defaults = [{"group/invoice_scanner.iam.iam": trusted("{{ connection | default({}) }}")}]
    return task


def a_department(*profiles: str, **said: t.Any) -> Play:
    return play_of(*[{"connection": {"profile": one, "region": "us-east-1"}, **said} for one in profiles])


def test_hosts_that_sign_in_otherwise_are_in_another_account() -> None:
    result = run(a_department("a", "b", "a"), a_task_of_accounts(profile="a", region="us-east-1", threads=4))
    (told,) = Served.told
    assert told["accounts"] == [
        {"hosts": ["host0", "host2"], "profile": "a"},
        {"hosts": ["host1"], "profile": "b"},
    ]
    assert ("profile" in told, told["region"], told["threads"]) == (False, "us-east-1", 4)
    assert told["hosts"] == ["host0", "host1", "host2"]
    assert list(result["hosts"]) == ["host0", "host1", "host2"]


def test_hosts_of_one_account_are_told_of_as_ever() -> None:
    run(a_department("a", "a"), a_task_of_accounts(profile="a"))
    assert not {"accounts", "divided"} & Served.told[0].keys()
    # Another way to say the same
    run(play_of({"connection": {"profile": "a"}}, {"connection": "{{ {'profile': 'a'} }}"}), a_task_of_accounts())
    assert "accounts" not in Served.told[1]


def test_a_connection_is_that_of_its_own_host_whatever_it_is_made_of() -> None:
    """The same words mean something else where a variable behind them has another value."""
    said = [{"connection": {"profile": "{{ p }}"}, "p": p} for p in ("a", "b", "a")]
    run(play_of({"connection": {"profile": "c"}}, *said), a_task_of_accounts())
    assert [(one["profile"], one["hosts"]) for one in Served.told[0]["accounts"]] == [
        ("c", ["host0"]),
        ("a", ["host1", "host3"]),
        ("b", ["host2"]),
    ]


def test_an_option_that_is_left_out_leaves_the_rest_of_a_connection() -> None:
    """Otherwise, both hosts would have no connection options, and the first one's account would serve both."""
    task = a_class_task()
    defaults = {"profile": "{{ p }}", "region": "{{ nowhere | default(omit) }}"}
    task.module_defaults = [{"group/invoice_scanner.iam.iam": trusted(defaults)}]
    run(play_of({"p": "a"}, {"p": "b"}), task)
    assert [(one["profile"], one["hosts"]) for one in Served.told[0]["accounts"]] == [
        ("a", ["host0"]),
        ("b", ["host1"]),
    ]


def test_what_the_play_says_of_a_connection_counts_beside_what_the_role_says() -> None:
    """The role's defaults replace single options of the play's."""
    task = a_task_of_accounts()
    task.module_defaults.insert(0, {"group/invoice_scanner.iam.iam": trusted({"profile": "{{ p }}"})})
    run(play_of({"p": "a"}, {"p": "b"}, {"p": "a", "connection": {"profile": "c"}}), task)
    assert [(one["profile"], one["hosts"]) for one in Served.told[0]["accounts"]] == [
        ("a", ["host0"]),
        ("b", ["host1"]),
        ("c", ["host2"]),
    ]


def test_the_account_that_is_meant_is_each_hosts_own() -> None:
    play = play_of({"meant": "111111111111"}, {"meant": "222222222222"})
    run(play, a_task_of_accounts(account_id="{{ meant }}"))
    assert [one["account_id"] for one in Served.told[0]["accounts"]] == ["111111111111", "222222222222"]


def test_a_name_in_two_accounts_is_two_people_and_each_command_is_for_its_own() -> None:
    def answer(told: Result) -> Result:
        command = "ansible-playbook invoice_scanner.iam.class --limit same"
        return {"changed": False, "users": [outcome(user["name"], msg=command) for user in told["users"]]}

    Served.answer = staticmethod(answer)
    result = run(a_department("a", "b", "b", invoice_iam_user_name="same"), a_task_of_accounts())
    assert set(failures(result)) == {"host1", "host2"}
    assert result["hosts"]["host0"]["msg"].endswith("--limit host0")
    play = a_department("a", "b", invoice_iam_user_name="same")
    told = run(play, a_task_of_accounts())["hosts"]
    assert [one["msg"].rpartition(" ")[2] for one in told.values()] == ["host0", "host1"]


def test_who_is_left_out_by_a_limit_still_divides_the_destination() -> None:
    play, task = a_department("a", "b"), a_task_of_accounts()
    play.batch = ["host0"]
    task.get_play = a_play
    limited = {"ansible_play_hosts_all": ["host0"]}
    run(play, task, **limited)
    assert Served.told[0]["divided"] is True
    play.hosts["host1"]["connection"] = trusted({"profile": "{{ nowhere }}"})
    run(play, task, **limited)
    assert "divided" not in Served.told[1], "what is wrong with a host that is not served is not said now"


def test_several_accounts_are_not_served_step_by_step() -> None:
    with pytest.raises(
        AnsibleActionFail, match="invoice_iam_user_lane is steps, but the hosts are in several accounts"
    ):
        run(a_department("a", "b", __invoice_iam_user_lane="steps"), a_task_of_accounts())


def test_each_account_makes_the_policies_of_the_role_itself() -> None:
    task = a_task_of_accounts(role=True, pending_policies=["AmplifyAdminPolicy"])
    run(a_department("a", "b"), task)
    assert json.loads(Served.told[0]["policy_documents"]["AmplifyAdminPolicy"])["Statement"]
    run(a_department("a", "a"), task)
    assert "policy_documents" not in Served.told[1], "where there is one, a task of its own does"


def test_a_summary_has_a_line_for_each_account() -> None:
    Served.answer = staticmethod(
        lambda told: {
            "changed": True,
            "place": "told by the module",
            "users": [outcome(user["name"], account=f"account {number}") for number, user in enumerate(told["users"])],
        }
    )
    result = run(a_department("a", "b"), a_task_of_accounts(credentials_dest="/here"))
    assert result["summary"] == [
        "account 0: 1 user: 1 created",
        "account 1: 1 user: 1 created",
        "2 users: 2 created",
    ]
    assert result["place"] == "/here"
    assert run(a_department("a"), a_task_of_accounts())["place"] == "told by the module"
