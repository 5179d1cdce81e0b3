# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What people wrote as domain values, by Ansible's own validation."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.arguments import (
    WANTED_USER,
    number_problem,
    wanted_user,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import WantedUser


def wanted(**options: t.Any) -> WantedUser:
    validated = ArgumentSpecValidator(WANTED_USER).validate(options)
    assert validated.error_messages == []
    return wanted_user(validated.validated_parameters)


def test_a_name_is_enough() -> None:
    assert wanted(name="anna") == WantedUser("anna", access_key_description="AI Invoice Scanner Project")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"managed_policies": ["A", "B"]}, {"managed_policies": ("A", "B")}),
        ({"managed_policies": "A,B"}, {"managed_policies": ("A", "B")}),
        ({"tags": {"seat": 7, "paid": True}}, {"tags": {"seat": "7", "paid": "True"}}),
        ({"permissions_boundary": ""}, {"permissions_boundary": None}),
        ({"console_password": None}, {"console_password": None, "tags": {}}),
        ({"adopt_existing": "yes"}, {"adopt_existing": True}),
        ({"name": 7}, {"name": "7"}),
    ],
)
def test_what_people_write(options: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    one = wanted(**({"name": "anna"} | options))
    assert {name: getattr(one, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "missing required arguments: name"),
        ({"name": "anna", "lost_secret": "ignore"}, "value of lost_secret must be one of: keep, fail, replace"),
        ({"name": "anna", "update_password": "never"}, "value of update_password must be one of: on_create, always"),
        ({"name": "anna", "pasword": "x"}, "pasword. Supported parameters include"),
    ],
)
def test_what_is_refused(options: dict[str, t.Any], said: str) -> None:
    (message,) = ArgumentSpecValidator(WANTED_USER).validate(options).error_messages
    assert said in message


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ({}, None),
        ({"max_requests_per_second": 0.5, "slices": 4, "threads": 1, "wait_timeout": 0}, None),
        ({"max_requests_per_second": 0.0}, "max_requests_per_second is 0; give a number above 0"),
        ({"max_requests_per_second": -1.5}, "max_requests_per_second is -1.5; give"),
        ({"max_requests_per_second": float("nan")}, "max_requests_per_second is nan; give"),
        ({"slices": 0}, "slices is 0; give 1 or more"),
        ({"threads": 0}, "threads is 0; give 1 or more"),
        ({"wait_timeout": -1}, "wait_timeout is -1; give 0 or more"),
    ],
)
def test_numbers_that_make_no_sense(number: dict[str, float], said: str | None) -> None:
    sensible = {"threads": 8, "slices": 1, "wait_timeout": 300, "max_requests_per_second": None}
    problem = number_problem(sensible | number)
    assert problem is said if said is None else (problem or "").startswith(said)


def test_secrets_alone_are_hidden() -> None:
    """Ansible warns of every option whose name sounds like a secret and says nothing of no_log."""
    hidden = {name for name, spec in WANTED_USER.items() if spec.get("no_log")}
    assert hidden == {"console_password"}
    assert "Geheim" not in repr(wanted(name="anna", console_password="Zq7-Geheim!"))


def test_an_option_for_everything_that_can_be_wanted() -> None:
    assert set(WANTED_USER) == set(WantedUser.__dataclass_fields__)
