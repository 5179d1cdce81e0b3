# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The layers, and that no arrow runs the other way.

modules -> _module -> _iam (boto3), and _module -> _plan -> nouns, which know neither Ansible nor AWS's SDK.
"""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
OWN = "ansible_collections.invoice_scanner.iam.plugins."
ERROR = "ansible_collections.amazon.aws.plugins.module_utils.iam.AnsibleIAMError"
SDK = ("boto3", "botocore")
ANSIBLE = ("ansible", "ansible_collections.amazon")
GATEWAY = "module_utils._iam"
# Beside it: how AWS is reached, and what its errors mean
GATEWAYS = (GATEWAY, "module_utils._connection", "module_utils._iam_errors")
# Another door, to where secrets are kept; it has the nouns that this takes.
STORES = "module_utils._stores"
STORE_NOUNS = {
    f"module_utils.{one}"
    for one in ("_credentials_destination", "_credentials_store", "_destination_uri", "_tag", "_user_name")
}
FILES = {
    ".".join(path.relative_to(PLUGINS).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in sorted(PLUGINS.rglob("*.py"))
}
MODULES = [name for name in FILES if name.startswith("modules.")]
UTILS = [name for name in FILES if name.startswith("module_utils.")]
PURE = [name for name in UTILS if name not in (*GATEWAYS, STORES) and "._module." not in name]


def modules_in(node: ast.AST) -> t.Iterator[str]:
    """Name what a statement imports; of C(from a import b), both C(a) and C(a.b)."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "Ansible packs modules by absolute imports"
        yield str(node.module)
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports(text: str) -> set[str]:
    """Name everything that a file imports, for types only or within functions too."""
    return {name for node in ast.walk(ast.parse(text)) for name in modules_in(node)}


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Tell whether a module is one of the packages or lies in one."""
    return any(name == one or name.startswith(f"{one}.") for one in packages)


def imported(name: str, *packages: str) -> set[str]:
    """Find what a file imports of these packages."""
    return {one for one in imports(FILES[name]) if within(one, packages)}


def own(name: str) -> set[str]:
    """Find which files of ours a file imports."""
    found = {one.removeprefix(OWN) for one in imports(FILES[name]) if one.startswith(OWN)}
    return {one for one in found if one in FILES}


def called(text: str) -> set[str]:
    """Name what a file calls or hands on, whatever it belongs to: C(module.fail_json) is C(fail_json)."""
    nodes = list(ast.walk(ast.parse(text)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}


def test_there_is_something_to_check() -> None:
    assert {"modules.iam_users", "modules.iam_login_profile", "modules.credentials_csv"} <= set(MODULES)
    assert {f"module_utils.{one}" for one in ("_plan", "_preflight", "_diff", "_access_key", "_user")} <= set(PURE)
    assert own("modules.iam_users") >= {GATEWAY, "module_utils._module.users"}
    assert all(imported(name, *SDK) for name in GATEWAYS)


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
    ],
)
def test_no_way_to_import_is_overlooked(text: str, found: set[str]) -> None:
    assert imports(text) == found


@pytest.mark.parametrize("name", [name for name in FILES if name not in GATEWAYS])
def test_only_the_gateway_knows_the_sdk(name: str) -> None:
    assert imported(name, *SDK) == set()


@pytest.mark.parametrize("name", PURE)
def test_the_domain_knows_neither_ansible_nor_aws(name: str) -> None:
    assert imported(name, *ANSIBLE, *SDK) == set()
    outer = {one for one in own(name) if one not in PURE}
    assert outer == set()


@pytest.mark.parametrize("name", [name for name in UTILS if "._module." in name])
def test_what_serves_the_modules_takes_only_the_error_from_amazon_aws(name: str) -> None:
    assert imported(name, "ansible") == set()
    assert imported(name, "ansible_collections.amazon") <= {ERROR, ERROR.rpartition(".")[0]}


@pytest.mark.parametrize("name", UTILS)
def test_no_arrow_runs_back_to_modules(name: str) -> None:
    assert {one for one in own(name) if not one.startswith("module_utils.")} == set()


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_decides_nothing(name: str) -> None:
    assert own(name) <= {*GATEWAYS, "module_utils._rate_governor"}
    assert "check_mode" not in called(FILES[name])


def test_the_door_to_stores_decides_nothing_about_users() -> None:
    assert own(STORES) <= {*GATEWAYS, *STORE_NOUNS}
    assert "check_mode" not in called(FILES[STORES])


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_another(name: str) -> None:
    assert {one for one in own(name) if not one.startswith("module_utils.")} == set()


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("modules.")])
def test_only_modules_end_themselves(name: str) -> None:
    assert called(FILES[name]) & {"fail_json", "exit_json", "fail_json_aws"} == set()


@pytest.mark.parametrize("name", [name for name in MODULES if "exit_json" in called(FILES[name])])
def test_a_module_ends_in_main_only(name: str) -> None:
    ends = [
        function.name
        for function in ast.walk(ast.parse(FILES[name]))
        if isinstance(function, ast.FunctionDef) and called(ast.unparse(function)) & {"fail_json", "exit_json"}
    ]
    assert ends == ["main"]


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
    assert name.split(".")[1].startswith("_")
    assert "\n# Private to this collection: it may change at any time.\n" in FILES[name]
