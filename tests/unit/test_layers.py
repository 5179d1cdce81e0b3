# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The rooms of the house, and that arrows run down only.

playbooks -> role -> modules -> _module -> _plans, _credentials, _roster -> _users, _aws, _report
"""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
OWN = "ansible_collections.invoice_scanner.iam.plugins."
AMAZON = "ansible_collections.amazon"
ERROR = "ansible_collections.amazon.aws.plugins.module_utils.iam"
SDK = ("boto3", "botocore")
# From the top. Rooms on one floor do not know each other.
FLOORS = (("_module",), ("_plans", "_credentials", "_roster"), ("_users", "_aws", "_report"))
# Plain values and rules: neither Ansible nor AWS's SDK
PURE = ("_plans", "_roster", "_users", "_report")
# The doors to AWS: what is there is asked for and told, and nothing decided.
DOORS = ("_aws", "_credentials.s3", "_credentials.secrets_manager")
FILES = {
    ".".join(path.relative_to(PLUGINS).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in sorted(PLUGINS.rglob("*.py"))
}
MODULES = [name for name in FILES if name.startswith("modules.")]
UTILS = [name for name in FILES if name.startswith("module_utils.")]


def room(name: str) -> str:
    """Name the room of a file in module_utils."""
    return name.split(".")[1]


def floor(one: str) -> int:
    """Count the floors above a room."""
    return next(number for number, rooms in enumerate(FLOORS) if one in rooms)


def is_door(name: str) -> bool:
    """Tell whether a file speaks with AWS."""
    return within(name.removeprefix("module_utils."), DOORS)


def modules_in(node: ast.AST, package: str) -> t.Iterator[str]:
    """Name what a statement in a file of this package imports; of C(from a import b), both C(a) and C(a.b)."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        base = ".".join(package.split(".")[: 1 - node.level or None]) if node.level else ""
        origin = ".".join(part for part in (base, node.module) if part)
        yield origin
        yield from (f"{origin}.{alias.name}" for alias in node.names)


def imports(text: str, package: str = "a.b") -> set[str]:
    """Name everything that a file imports, for types only or within functions too."""
    return {name for node in ast.walk(ast.parse(text)) for name in modules_in(node, package)}


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Tell whether a module is one of the packages or lies in one."""
    return any(name == one or name.startswith(f"{one}.") for one in packages)


def imported(name: str, *packages: str) -> set[str]:
    """Find what a file imports of these packages."""
    found = imports(FILES[name], f"{OWN}{name}".rpartition(".")[0])
    return {one for one in found if within(one, packages)}


def own(name: str) -> set[str]:
    """Find which files of ours a file imports."""
    found = {one.removeprefix(OWN) for one in imported(name, OWN.rstrip("."))}
    return {one for one in found if one in FILES}


def called(text: str) -> set[str]:
    """Name what a file calls or hands on, whatever it belongs to: C(module.fail_json) is C(fail_json)."""
    nodes = list(ast.walk(ast.parse(text)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}


def test_there_is_something_to_check() -> None:
    assert {"modules.iam_users", "modules.iam_login_profile", "modules.credentials_csv"} <= set(MODULES)
    assert {room(name) for name in UTILS} == {one for rooms in FLOORS for one in rooms}
    assert own("module_utils._module.users") >= {"module_utils._plans.provisioning", "module_utils._aws.iam"}
    assert any(imported(name, *SDK) for name in UTILS if is_door(name))
    assert all(any(within(name.removeprefix("module_utils."), (door,)) for name in UTILS) for door in DOORS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import boto3", {"boto3"}),
        ("import botocore.config as c", {"botocore.config"}),
        ("from botocore import config", {"botocore", "botocore.config"}),
        ("def f():\n    from boto3 import session", {"boto3", "boto3.session"}),
        ("if t.TYPE_CHECKING:\n    import boto3", {"boto3"}),
        ("try:\n    import boto3\nexcept ImportError: pass", {"boto3"}),
        ("boto3 = 1", set()),
        ("from . import c", {"a.b", "a.b.c"}),
        ("from .c import d", {"a.b.c", "a.b.c.d"}),
        ("from .. import c", {"a", "a.c"}),
        ("from ..c import d", {"a.c", "a.c.d"}),
    ],
)
def test_no_way_to_import_is_overlooked(text: str, found: set[str]) -> None:
    assert imports(text) == found


@pytest.mark.parametrize("name", UTILS)
def test_arrows_run_down_only(name: str) -> None:
    others = {room(one) if one in UTILS else one for one in own(name)} - {room(name)}
    assert {one for one in others if one.startswith(("modules", "action", "plugin_utils"))} == set()
    assert {one for one in others if floor(one) <= floor(room(name))} == set()


@pytest.mark.parametrize("name", [name for name in FILES if not (name in UTILS and is_door(name))])
def test_only_the_doors_know_the_sdk(name: str) -> None:
    assert imported(name, *SDK) == set()


@pytest.mark.parametrize("name", [name for name in UTILS if room(name) in PURE])
def test_plans_and_values_know_neither_ansible_nor_aws(name: str) -> None:
    assert imported(name, "ansible", AMAZON) == set()


@pytest.mark.parametrize("name", [name for name in UTILS if not is_door(name)])
def test_what_serves_the_modules_takes_only_the_error_from_amazon_aws(name: str) -> None:
    assert imported(name, AMAZON) <= {ERROR, f"{ERROR}.AnsibleIAMError"}


@pytest.mark.parametrize("name", [name for name in UTILS if is_door(name)])
def test_a_door_decides_nothing(name: str) -> None:
    assert "check_mode" not in called(FILES[name])


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_another(name: str) -> None:
    assert {one for one in own(name) if not one.startswith("module_utils.")} == set()


@pytest.mark.parametrize("name", MODULES)
def test_main_only_wires(name: str) -> None:
    mains = [node for node in ast.walk(ast.parse(FILES[name])) if isinstance(node, ast.FunctionDef)]
    assert [1 + (one.end_lineno or 0) - one.lineno for one in mains if one.name == "main"] < [21]


def test_no_two_files_import_each_other() -> None:
    left = {name: own(name) - {name} for name in FILES}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert left == {}, "these import each other in a circle"


def test_no_package_files() -> None:
    """Ansible makes packages of its own; a file of ours would end up in every module."""
    assert list(PLUGINS.rglob("__init__.py")) == []


@pytest.mark.parametrize("name", UTILS)
def test_all_that_serves_is_private(name: str) -> None:
    assert room(name).startswith("_")
    assert "\n# Private to this collection: it may change at any time.\n" in FILES[name]
