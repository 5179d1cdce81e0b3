# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What the role's argument specification says of the variables of each host."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._role_variables import PREFIX, RoleVariables
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.plugin_utils.play import ROLE

KNOWN = RoleVariables.of_role(str(ROLE))
NAME = f"{PREFIX}name"


def test_they_are_those_of_all_entry_points() -> None:
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    options = {name for spec in specs.values() for name in spec["options"]}
    assert len(specs) > 4
    assert all(KNOWN.has(name) for name in options)
    assert not KNOWN.has(f"{PREFIX}nothing")


def test_a_role_is_read_once(tmp_path: Path) -> None:
    """Fifty hosts have the same."""
    (tmp_path / "meta").mkdir()
    path = tmp_path / "meta" / "argument_specs.yml"
    path.write_text("argument_specs: {main: {options: {invoice_iam_user_x: {type: str}}}}\n", encoding="ascii")
    first = RoleVariables.of_role(str(tmp_path))
    path.unlink()
    assert RoleVariables.of_role(str(tmp_path)) is first
    assert first.has("invoice_iam_user_x")


def test_a_name_that_is_none_is_said_with_the_one_that_is_meant() -> None:
    names = [f"{PREFIX}pasword_reset_required", NAME, "invoice_iam_users", "inventory_hostname", f"__{PREFIX}x"]
    (said,) = KNOWN.unknown(names)
    assert said == (
        f"there is no variable {PREFIX}pasword_reset_required; did you mean {PREFIX}password_reset_required? "
        "'ansible-doc -t role invoice_scanner.iam.invoice_iam_user' lists all of them"
    )


def test_a_name_that_is_like_no_other_is_said_alone() -> None:
    few = RoleVariables({NAME: {"type": "str"}})
    (said,) = few.unknown([f"{PREFIX}qqqqqqqqqqqqqqqqqqqqqqqqqqqqq"])
    assert "did you mean" not in said
    assert [one.split(";")[0] for one in few.unknown({f"{PREFIX}b": 1, f"{PREFIX}a": 2})] == [
        f"there is no variable {PREFIX}a",
        f"there is no variable {PREFIX}b",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lost_secret", "keep", None),
        ("lost_secret", "ignore", "is 'ignore' and has to be one of keep, fail, replace"),
        ("handout_per_page", 8, None),
        ("handout_per_page", "8", None),
        ("handout_per_page", "6", "is '6' and has to be one of 1, 4, 8"),
        ("adopt_existing", True, None),
        # On a command line, every value is a text.
        ("adopt_existing", "yes", None),
        ("adopt_existing", "maybe", "is 'maybe' and has to be of type bool"),
        ("slices", "3", None),
        ("slices", "three", "is 'three' and has to be of type int"),
        ("tags", {"a": "b"}, None),
        ("tags", "a=b", None),
        ("tags", "a b", "is 'a b' and has to be of type dict"),
        ("managed_policies", "A,B", None),
        ("managed_policies", {"a": "b"}, "is {'a': 'b'} and has to be of type list"),
        # Who writes nothing means nothing.
        ("adopt_existing", "", None),
        ("slices", None, None),
        ("nothing", "x", None),
    ],
)
def test_values_that_are_none(name: str, value: t.Any, said: str | None) -> None:
    problem = KNOWN.problem(f"{PREFIX}{name}", value)
    assert problem == (f"{PREFIX}{name} {said}" if said else None)


def test_a_secret_of_the_wrong_type_is_not_quoted() -> None:
    problem = KNOWN.problem(f"{PREFIX}console_password", {"pass": "Zq7-Geheim!"})
    few = RoleVariables({NAME: {"type": "int", "no_log": True}})
    assert few.problem(NAME, "Zq7-Geheim!") == f"{NAME} is not valid and has to be of type int"
    assert "Geheim" not in (problem or "")


def test_what_ansible_s_own_validation_says_is_said_of_each_default() -> None:
    """No variable is refused with the value that the role gives it."""
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
    plain = {name: value for name, value in defaults.items() if "{{" not in str(value)}
    assert len(plain) > 20
    assert [KNOWN.problem(name, value) for name, value in plain.items()] == [None] * len(plain)
    assert {name for name in defaults if not KNOWN.has(name)} == set()
    spec = {name: dict(KNOWN.spec(name)) for name in plain}
    given = {name: value for name, value in plain.items() if value not in (None, "")}
    assert ArgumentSpecValidator(spec).validate(given).error_messages == []
