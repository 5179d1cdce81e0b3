# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Accounts are served side by side: none waits for one that has failed, and none writes before all were looked at."""

from __future__ import annotations

import threading
import types
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, common
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.accounts import Gate, serve
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError

Result = dict[str, t.Any]
ONE, OTHER = "111111111111", "222222222222"
OF_PROFILE = {"a": ONE, "b": OTHER, "again": ONE}


class Opened:
    """A gateway to the account of a profile."""

    def __init__(self, module: t.Any, _threads: int, governor: t.Any, _patience: t.Any) -> None:
        self.profile = module.params.get("profile")
        self.governor = governor
        if self.profile == "both":
            module.fail_json(msg="Passing both a profile and access tokens is not supported.")

    def caller_identity(self) -> Result:
        if self.profile not in OF_PROFILE:
            raise RefusedError("AWS cannot be reached")
        return {"Account": OF_PROFILE[self.profile]}


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "Iam", Opened)


def a_module(**accounts_of: list[str]) -> t.Any:
    """A module with users of several accounts, by profile; each is on a host of the same name."""
    hosts = sorted(host for hosts in accounts_of.values() for host in hosts)
    said = [{"profile": profile, "hosts": own, "region": None} for profile, own in accounts_of.items()]
    params = {"accounts": said, "hosts": hosts, "users": [{"name": host} for host in hosts], "region": "us-east-1"}
    others = {"wait_timeout": 1, "progress_file": None, "credentials_dest": "/c"}
    return types.SimpleNamespace(params=params | others, _diff=False, _verbosity=0)


def everybody(_iam: t.Any, params: t.Any, _marks: t.Any, ready: t.Any) -> Result:
    """Create everybody, as a module does."""
    count = ready(len(params["users"]))
    users = [{"name": user["name"], "changed": True, "failed": False, "msg": str(count)} for user in params["users"]]
    return {
        "changed": True,
        "users": users,
        "warnings": [params["profile"]],
        "hours": ["spring is open"],
        "account_id": OF_PROFILE[params["profile"]],
        "account": {"id": "is a dictionary"},
    }


def test_what_nobody_sees_is_left_out() -> None:
    def run(*given: t.Any) -> Result:
        return everybody(*given) | {"diff": [{"before": {}, "after": {}}]}

    module = a_module(a=["anna"])
    result = serve(module, run)
    assert ("diff" in result, result["invocation"]) == (False, {})
    module._diff, module._verbosity = True, 3
    result = serve(module, run)
    # Where there is no invocation, Ansible adds it.
    assert (result["diff"], "invocation" in result) == ([{"before": {}, "after": {}}], False)


def test_each_account_has_its_own_users_options_and_rate() -> None:
    seen: dict[str, t.Any] = {}

    def run(iam: t.Any, params: t.Any, marks: t.Any, ready: t.Any) -> Result:
        seen[params["profile"]] = (iam.governor, params["hosts"], params["region"])
        return everybody(iam, params, marks, ready)

    result = serve(a_module(a=["anna", "carl"], b=["bert"]), run)
    assert [(one["name"], one["account_id"], one["account"]) for one in result["users"]] == [
        ("anna", ONE, f"account {ONE}"),
        ("bert", OTHER, f"account {OTHER}"),
        ("carl", ONE, f"account {ONE}"),
    ]
    assert (seen["a"][1:], seen["b"][1:]) == ((["anna", "carl"], "us-east-1"), (["bert"], "us-east-1"))
    assert seen["a"][0] is not seen["b"][0]
    assert {one["msg"] for one in result["users"]} == {"3"}, "each knows how many all are"
    assert (result["changed"], result["warnings"], result["hours"]) == (True, ["a", "b"], ["spring is open"])
    assert result["account_id"] == f"{ONE}, {OTHER}"
    assert "account" not in result


def test_nothing_is_written_before_all_were_looked_at() -> None:
    looked: list[str] = []
    both = threading.Event()

    def run(iam: t.Any, params: t.Any, marks: t.Any, ready: t.Any) -> Result:
        if params["profile"] == "b":
            assert not both.wait(0.05), "the other one waits"
        looked.append(params["profile"])
        found = everybody(iam, params, marks, ready)
        assert sorted(looked) == ["a", "b"]
        both.set()
        return found

    serve(a_module(a=["anna"], b=["bert"]), run)


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("c", "profile 'c': AWS cannot be reached"),
        ("both", "profile 'both': Passing both a profile and access tokens is not supported."),
    ],
)
def test_an_account_that_cannot_be_reached_fails_its_own_users(profile: str, said: str) -> None:
    result = serve(a_module(**{"a": ["anna"], profile: ["bert"]}), everybody)
    assert [(one["failed"], one["msg"]) for one in result["users"]] == [(False, "1"), (True, said)]


def test_an_account_that_is_refused_later_fails_its_own_users_and_keeps_nobody_waiting() -> None:
    def run(iam: t.Any, params: t.Any, marks: t.Any, ready: t.Any) -> Result:
        if params["profile"] == "b":
            raise RefusedError("no room")
        return everybody(iam, params, marks, ready)

    result = serve(a_module(a=["anna"], b=["bert"]), run)
    assert [one["msg"] for one in result["users"]] == ["1", f"account {OTHER}: no room"]


def test_where_no_account_can_be_served_the_module_fails() -> None:
    with pytest.raises(RefusedError) as caught:
        serve(a_module(c=["anna"], d=["bert"]), everybody)
    assert str(caught.value) == "profile 'c': AWS cannot be reached; profile 'd': AWS cannot be reached"


def test_two_ways_to_one_account_are_refused() -> None:
    result = serve(a_module(a=["anna"], again=["bert"], b=["carl"]), everybody)
    assert [one["failed"] for one in result["users"]] == [True, True, False]
    assert f"the hosts anna and bert are in the same account, {ONE}, but have different" in result["users"][0]["msg"]


def test_what_was_decided_is_gathered() -> None:
    def run(iam: t.Any, params: t.Any, marks: t.Any, ready: t.Any) -> Result:
        plans = [{"actions": [f"for {host}"]} for host in params["hosts"]]
        decided = {"users": plans, "to_do": params["profile"] == "b", "missing_policies": ["P"]}
        return everybody(iam, params, marks, ready) | {"decided": decided, "table": ["x"]}

    result = serve(a_module(a=["anna"], b=["bert"], c=["carl"]), run)
    assert [one["actions"] for one in result["decided"]["users"]] == [["for anna"], ["for bert"], []]
    assert result["decided"]["to_do"] is True
    assert result["decided"]["missing_policies"] == [], "each account makes its own"
    assert result["table"] == [f"account {ONE}", "x", f"account {OTHER}", "x"]


def test_the_only_account_is_served_by_the_modules_own_options() -> None:
    module = a_module()
    module.params |= {"users": [{"name": "anna"}], "profile": "a"}
    assert serve(module, everybody)["account"] == {"id": "is a dictionary"}


def test_a_gate_opens_for_those_who_are_left() -> None:
    first, second = object(), object()
    gate = Gate([first, second])
    arrived = threading.Thread(target=gate.arrive, args=(first, 2))
    arrived.start()
    arrived.join(0.05)
    assert arrived.is_alive()
    gate.leave(second)
    arrived.join(5)
    assert not arrived.is_alive()
    assert accounts.alone(3) == 3
