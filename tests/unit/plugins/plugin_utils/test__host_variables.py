# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The variables of each host, evaluated as Ansible evaluates them."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleUndefinedVariable, AnsibleValueOmittedError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._host_variables import HostVariables, referenced


def variables(**values: t.Any) -> HostVariables:
    return HostVariables({name: trusted(value) for name, value in values.items()}, DataLoader())


def trusted(value: t.Any) -> t.Any:
    """Mark texts as what an inventory or a role says."""
    if isinstance(value, dict):
        return {key: trusted(one) for key, one in value.items()}
    return trust_as_template(value) if isinstance(value, str) else value


HOST = {
    "wanted": {"name": "{{ user }}", "tags": "{{ tags }}", "note": "about {{ user }}", "path": "/"},
    "user": "{{ inventory_hostname }}",
    "inventory_hostname": "anna",
    "tags": {"team": "{{ team }}", "size": 3},
    "team": "{{ 'red' | upper }}",
}


def test_what_is_followed_without_jinja_is_what_jinja_gives() -> None:
    known = variables(**HOST)
    templar = Templar(loader=DataLoader(), variables={name: trusted(value) for name, value in HOST.items()})
    wanted = {"name": "anna", "tags": {"team": "RED", "size": 3}, "note": "about anna", "path": "/"}
    assert known.value_of("wanted") == wanted
    assert templar.template(trusted("{{ wanted }}")) == wanted


def test_what_only_looks_like_a_template_is_data() -> None:
    known = HostVariables(
        {"cell": "{{ secret }}", "secret": "not for you", "name": trusted("{{ cell }}")}, DataLoader()
    )
    assert known.value_of("cell") == "{{ secret }}"
    assert known.value_of("name") == "{{ secret }}"


def test_a_variable_that_is_not_defined_is_missed() -> None:
    assert variables().value_of("nothing") is None
    with pytest.raises(AnsibleUndefinedVariable):
        variables(name="{{ nothing }}").value_of("name")


def test_what_is_left_out_is_nothing() -> None:
    """The filter C(default(omit)), as modules know it."""
    known = variables()
    with pytest.raises(AnsibleValueOmittedError):
        known.evaluated(trusted("{{ nothing | default(omit) }}"))
    assert known.said(trusted("{{ nothing | default(omit) }}")) is None
    assert known.said(trusted("{{ 'x' }}")) == "x"


def test_a_member_that_is_left_out_leaves_the_others() -> None:
    nothing = trusted("{{ nothing | default(omit) }}")
    raw = {"region": nothing, "profile": trusted("{{ who }}"), "list": ["x", nothing, {"y": nothing}]}
    known = variables(who="anna")
    assert known.evaluated(raw) == {"profile": "anna", "list": ["x", {}]}
    assert known.evaluated(raw) == Templar(loader=DataLoader(), variables={"who": "anna"}).template(raw)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("{{ dest }}", {"dest", "top", "c", "srv"}),
        ({"x": "{{ dest }}"}, {"x", "dest", "top", "c", "srv"}),
        (["{{ top }}", 7], {"top", "srv", "7"}),
        # A word too many does no harm: at worst, two hosts are compared by their values.
        ("the top of the dest", {"dest", "top", "the", "of", "c", "srv"}),
        # It may be a variable of another host.
        ("{{ nothing }}", {"nothing"}),
        ("", set()),
    ],
)
def test_all_variables_behind_a_value_are_found(raw: t.Any, found: set[str]) -> None:
    assert variables(dest="{{ top }}/c", top="/srv", other="{{ dest }}").behind(raw) == found


@pytest.mark.parametrize(
    ("raw", "name"),
    [("{{ name }}", "name"), ("{{ name }} x", ""), ("{{ name | upper }}", ""), ("name", ""), (7, ""), (None, "")],
)
def test_a_plain_reference_is_told_from_more(raw: t.Any, name: str) -> None:
    assert referenced(raw) == name


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"dest": "/srv"}, {"dest": "/srv"}, True),
        ({"dest": "/srv"}, {"dest": "/tmp"}, False),
        ({}, {}, True),
        ({"dest": "/srv"}, {}, False),
        ({"dest": "{{ top }}/c", "top": "/srv"}, {"dest": "{{ top }}/c", "top": "/srv"}, True),
        ({"dest": "{{ top }}/c", "top": "/srv"}, {"dest": "{{ top }}/c", "top": "/tmp"}, False),
        ({"dest": "{{ top }}/c", "top": "/tmp"}, {"dest": "{{ top }}/c"}, False),
        ({"dest": "{{ a }}", "a": "{{ b }}", "b": "1"}, {"dest": "{{ a }}", "a": "{{ b }}", "b": "2"}, False),
        ({"dest": {"x": "{{ a }}"}, "a": "1"}, {"dest": {"x": "{{ a }}"}, "a": "2"}, False),
        ({"dest": "{{ vars['a'] }}", "a": "1"}, {"dest": "{{ vars['a'] }}", "a": "2"}, False),
        ({"dest": "{{ dest }}"}, {"dest": "{{ dest }}"}, True),
    ],
)
def test_a_value_is_the_same_where_all_that_it_mentions_is(
    first: dict[str, t.Any], second: dict[str, t.Any], same: bool
) -> None:
    one, other = variables(**first), variables(**second)
    assert (one.differing(other, one.behind("{{ dest }}")) == []) is same
