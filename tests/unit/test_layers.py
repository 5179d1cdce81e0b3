# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The rooms of the house, and that arrows run down only.

playbooks -> role -> modules -> _module -> _plans, _credentials, _roster, _handouts -> _users, _aws, _report
"""

from __future__ import annotations

import ast
import typing as t
from collections.abc import Mapping
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
OWN = "ansible_collections.invoice_scanner.iam.plugins."
AMAZON = "ansible_collections.amazon"
ERROR = "ansible_collections.amazon.aws.plugins.module_utils.iam"
MODULE = "ansible_collections.amazon.aws.plugins.module_utils.modules"
SDK = ("boto3", "botocore")
# From the top. Rooms on one floor do not know each other.
FLOORS = (("_module",), ("_plans", "_credentials", "_roster", "_handouts"), ("_users", "_aws", "_report"))
# Plain values and rules: neither Ansible nor AWS's SDK
PURE = ("_plans", "_roster", "_handouts", "_users", "_report")
# The doors to AWS: what is there is asked for and told, and nothing decided.
DOORS = ("_aws", "_credentials.s3", "_credentials.secrets_manager")
FILES = {
    ".".join(path.relative_to(PLUGINS).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in sorted(PLUGINS.rglob("*.py"))
}
MODULES = [name for name in FILES if name.startswith("modules.")]
UTILS = [name for name in FILES if name.startswith("module_utils.")]
# What has a test of its name in its place: C(_plans/change.py) and C(_plans/test_change.py)
MIRRORED = ("module_utils.", "plugin_utils.", "action.", "inventory.")
TESTED = Path(__file__).resolve().parent / "plugins"
TESTS = {
    ".".join(path.relative_to(TESTED).with_name(path.name.removeprefix("test_")).with_suffix("").parts)
    for path in TESTED.rglob("test_*.py")
}


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


def statements(text: str, types: bool = True) -> t.Iterator[ast.AST]:
    """Walk through a file; without C(types), not through what is there for those who check types only."""
    left: list[ast.AST] = [ast.parse(text)]
    while left:
        node = left.pop()
        yield node
        if types or not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            left.extend(ast.iter_child_nodes(node))


def imports(text: str, package: str = "a.b", types: bool = True) -> set[str]:
    """Name everything that a file imports, within functions too, and as a rule for types only."""
    return {name for node in statements(text, types) for name in modules_in(node, package)}


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Tell whether a module is one of the packages or lies in one."""
    return any(name == one or name.startswith(f"{one}.") for one in packages)


def imported(name: str, *packages: str, files: Mapping[str, str] = FILES, types: bool = True) -> set[str]:
    """Find what a file imports of these packages."""
    found = imports(files[name], f"{OWN}{name}".rpartition(".")[0], types)
    return {one for one in found if within(one, packages)}


def own(name: str, files: Mapping[str, str] = FILES) -> set[str]:
    """Find which files of ours a file imports."""
    found = {one.removeprefix(OWN) for one in imported(name, OWN.rstrip("."), files=files)}
    return {one for one in found if one in files}


# The walls. Each names what is wrong with a file, in a text that people can look for. ---------------------------------


def arrows_up(name: str, files: Mapping[str, str] = FILES) -> set[str]:
    """Name the rooms on its own floor or above that a file of module_utils knows, and what is outside."""
    others = {room(one) if one.startswith("module_utils.") else one for one in own(name, files)} - {room(name)}
    return {one for one in others if not one.startswith("_") or floor(one) <= floor(room(name))}


def sdk_outside_of_doors(name: str, files: Mapping[str, str] = FILES) -> set[str]:
    """Name what a file knows of AWS's SDK, unless it is a door."""
    return set() if name.startswith("module_utils.") and is_door(name) else imported(name, *SDK, files=files)


def impurities(name: str, files: Mapping[str, str] = FILES) -> set[str]:
    """Name what a file of a pure room knows of Ansible and AWS."""
    return imported(name, "ansible", AMAZON, files=files) if room(name) in PURE else set()


def of_amazon(name: str, files: Mapping[str, str] = FILES) -> set[str]:
    """Name what a file knows of amazon.aws beside its error, unless it is a door; for types, the module as well."""
    if is_door(name):
        return set()
    known = imported(name, AMAZON, files=files, types=False)
    typed = imported(name, AMAZON, files=files) - known
    return {one for one in known if not within(one, (ERROR,))} | {one for one in typed if not within(one, (MODULE,))}


def decisions(name: str, files: Mapping[str, str] = FILES) -> set[str]:
    """Name what a door decides."""
    return {"check_mode"} & called(files[name]) if is_door(name) else set()


def circle(files: Mapping[str, str] = FILES) -> set[str]:
    """Name the files that import each other in a circle, and those that need them."""
    left = {name: own(name, files) - {name} for name in files}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    return set(left)


def without_tests(files: Mapping[str, str] = FILES, tests: t.Collection[str] | None = None) -> set[str]:
    """Name the files with logic that have no test of their name in their place."""
    there = tests if tests is not None else TESTS
    return {name for name, text in files.items() if name.startswith(MIRRORED) and has_logic(text)} - {*there}


def has_logic(text: str) -> bool:
    """Tell whether a file has a function that does something; one of a protocol only says what it does."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    bodies = [statement for function in functions for statement in function.body]
    return any(not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)) for one in bodies)


def called(text: str) -> set[str]:
    """Name what a file calls or hands on, whatever it belongs to: C(module.fail_json) is C(fail_json)."""
    nodes = list(ast.walk(ast.parse(text)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}


def test_there_is_something_to_check() -> None:
    assert {"modules.iam_users", "modules.iam_login_profile", "modules.credentials_csv"} <= set(MODULES)
    assert {room(name) for name in UTILS} == {one for rooms in FLOORS for one in rooms}
    assert own("module_utils._module.engine") >= {"module_utils._plans.provisioning", "module_utils._aws.iam"}
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
    assert arrows_up(name) == set()


@pytest.mark.parametrize("name", FILES)
def test_only_the_doors_know_the_sdk(name: str) -> None:
    assert sdk_outside_of_doors(name) == set()


@pytest.mark.parametrize("name", UTILS)
def test_plans_and_values_know_neither_ansible_nor_aws(name: str) -> None:
    assert impurities(name) == set()


@pytest.mark.parametrize("name", UTILS)
def test_what_serves_the_modules_takes_only_the_error_from_amazon_aws(name: str) -> None:
    assert of_amazon(name) == set()


@pytest.mark.parametrize("name", UTILS)
def test_a_door_decides_nothing(name: str) -> None:
    assert decisions(name) == set()


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_another(name: str) -> None:
    assert {one for one in own(name) if not one.startswith("module_utils.")} == set()


@pytest.mark.parametrize("name", MODULES)
def test_main_only_wires(name: str) -> None:
    mains = [node for node in ast.walk(ast.parse(FILES[name])) if isinstance(node, ast.FunctionDef)]
    assert [1 + (one.end_lineno or 0) - one.lineno for one in mains if one.name == "main"] < [21]


def test_no_two_files_import_each_other() -> None:
    assert circle() == set()


def test_what_does_something_is_tested_in_its_place() -> None:
    assert without_tests() == set()


def test_every_test_of_a_file_has_a_file() -> None:
    """A test whose file was renamed is looked for in vain."""
    assert {name for name in TESTS if name.startswith(MIRRORED)} - FILES.keys() == set()


PLAN, GATEWAY = "module_utils._plans.planted", "module_utils._aws.planted"
AMAZON_MODULE = f"from {MODULE} import AnsibleAWSModule"


@pytest.mark.parametrize(
    ("wall", "name", "text", "found"),
    [
        (arrows_up, PLAN, "from .._module import engine", {"_module"}),
        (arrows_up, PLAN, "from .._credentials.run import Run", {"_credentials"}),
        (arrows_up, PLAN, "def f():\n    from .._credentials import run", {"_credentials"}),
        (arrows_up, PLAN, "if t.TYPE_CHECKING:\n    from .._module.common import check", {"_module"}),
        (arrows_up, PLAN, f"from {OWN}modules import iam_users", {"modules.iam_users"}),
        (arrows_up, PLAN, f"import {OWN}plugin_utils._guards", {"plugin_utils._guards"}),
        (arrows_up, PLAN, "from . import change\nfrom .._users import tag", set()),
        (arrows_up, GATEWAY, "from .._users import tag", {"_users"}),
        (sdk_outside_of_doors, PLAN, "import boto3", {"boto3"}),
        (sdk_outside_of_doors, "modules.planted", "from botocore import config", {"botocore", "botocore.config"}),
        (sdk_outside_of_doors, GATEWAY, "import boto3", set()),
        (
            impurities,
            PLAN,
            "from ansible.errors import AnsibleError",
            {"ansible.errors", "ansible.errors.AnsibleError"},
        ),
        (impurities, PLAN, f"if t.TYPE_CHECKING:\n    import {ERROR}", {ERROR}),
        (impurities, "module_utils._module.planted", "import ansible.errors", set()),
        (of_amazon, PLAN, f"import {MODULE}", {MODULE}),
        (
            of_amazon,
            "module_utils._module.planted",
            f"def f():\n    {AMAZON_MODULE}",
            {MODULE, f"{MODULE}.AnsibleAWSModule"},
        ),
        (of_amazon, "module_utils._module.planted", f"if t.TYPE_CHECKING:\n    {AMAZON_MODULE}", set()),
        (of_amazon, "module_utils._module.planted", f"from {ERROR} import AnsibleIAMError", set()),
        (of_amazon, GATEWAY, f"import {MODULE}", set()),
        (decisions, GATEWAY, "def f(module):\n    return module.check_mode", {"check_mode"}),
        (decisions, GATEWAY, "def f(check_mode):\n    g(check_mode)", {"check_mode"}),
        (decisions, "module_utils._module.planted", "def f(m):\n    return m.check_mode", set()),
    ],
)
def test_a_wall_that_is_broken_is_noticed(
    wall: t.Callable[[str, Mapping[str, str]], set[str]], name: str, text: str, found: set[str]
) -> None:
    assert wall(name, {**FILES, name: text}) == found


def test_a_circle_is_noticed() -> None:
    one, other = "module_utils._users.one", "module_utils._users.other"
    files = {**FILES, one: "from . import other", other: "def f():\n    from .one import x"}
    assert circle(files) == {one, other}
    assert circle({**files, other: ""}) == set()


@pytest.mark.parametrize(
    ("text", "logic"),
    [
        ("def f():\n    return 1", True),
        ("class A:\n    def f(self):\n        'Say.'\n        g()", True),
        ("class A(Protocol):\n    def f(self):\n        'Say what it does.'", False),
        ("class AError(Exception):\n    'It is so.'\nX = 1", False),
    ],
)
def test_a_file_with_logic_and_without_a_test_is_noticed(text: str, logic: bool) -> None:
    files = {**FILES, PLAN: text}
    assert without_tests(files) == ({PLAN} if logic else set())
    assert without_tests(files, {*TESTS, PLAN}) == set()


def test_no_package_files() -> None:
    """Ansible makes packages of its own; a file of ours would end up in every module."""
    assert list(PLUGINS.rglob("__init__.py")) == []


@pytest.mark.parametrize("name", UTILS)
def test_all_that_serves_is_private(name: str) -> None:
    assert room(name).startswith("_")
    assert "\n# Private to this collection: it may change at any time.\n" in FILES[name]
