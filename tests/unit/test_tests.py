# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Tests prove something: each of them can fail by more than an error."""

from __future__ import annotations

import ast
import functools
import re
import typing as t
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FILES = {str(path.relative_to(TESTS)): path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py"))}
# What these show is that nothing is refused, and an error is how they fail.
NOTHING_IS_REFUSED = {
    "sandbox/test_passwords.py": {"test_the_default_policy_lets_pass", "test_the_accounts_own_policy_may_be_weaker"},
    "sandbox/test_weather.py": {"test_new_weather_replaces_the_old", "test_killing_nobody_changes_nothing"},
}
# Methods that assert something are called so. The cells of the end-to-end tests run again, and see that all is well.
_ASSERTION = re.compile(r"assert_\w+|again")
_OF_TESTS = re.compile(r"(?:.*\.)?tests\.(.+)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def parsed(text: str) -> ast.Module:
    """Parse each file once."""
    return ast.parse(text)


@functools.cache
def functions(text: str) -> dict[str, Function]:
    """Find all functions and methods of a file, by name."""
    return {node.name: node for node in ast.walk(parsed(text)) if isinstance(node, Function)}


def called(node: ast.AST) -> t.Iterator[tuple[str, bool]]:
    """Name what is called, and tell methods from functions."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name | ast.Attribute):
            yield (one.func.id, False) if isinstance(one.func, ast.Name) else (one.func.attr, True)


def asserts(node: ast.AST) -> bool:
    """Tell whether something is asserted, or an error expected, in what is written here."""
    return any(isinstance(one, ast.Assert) for one in ast.walk(node)) or any(
        method and (name == "raises" or _ASSERTION.fullmatch(name)) for name, method in called(node)
    )


def source(node: ast.ImportFrom, path: str) -> str:
    """Name the file of tests from which something is imported, as the keys of C(FILES) name it."""
    if node.level:
        return (Path(path).parent / f"{node.module}.py").as_posix()
    origin = _OF_TESTS.fullmatch(node.module or "")
    return f"{origin[1].replace('.', '/')}.py" if origin else ""


def helpers(path: str, files: t.Mapping[str, str]) -> dict[str, Function]:
    """Find the functions that a file of tests defines, or takes from other files of tests."""
    found = dict(functions(files[path]))
    for node in parsed(files[path]).body:
        if isinstance(node, ast.ImportFrom):
            found = functions(files.get(source(node, path), "")) | found
    return found


def proving_nothing(path: str, files: t.Mapping[str, str] = FILES) -> set[str]:
    """Name the tests of a file that assert nothing, nor call a function of tests that does."""
    known = helpers(path, files)
    tests = {name: one for name, one in functions(files[path]).items() if name.startswith("test_")}

    def proves(one: Function) -> bool:
        calls = [known[name] for name, method in called(one) if not method and name in known]
        return asserts(one) or any(asserts(other) for other in calls)

    return {name for name, one in tests.items() if not proves(one)}


@pytest.mark.parametrize("path", [path for path in FILES if Path(path).name.startswith("test_")])
def test_every_test_asserts_something(path: str) -> None:
    assert proving_nothing(path) == NOTHING_IS_REFUSED.get(path, set())


def test_what_is_called_an_assertion_is_one() -> None:
    tested = {path: text for path, text in FILES.items() if not path.startswith("bench/")}
    named = {(path, name): one for path, text in tested.items() for name, one in functions(text).items()}
    assertions = {where: one for where, one in named.items() if _ASSERTION.fullmatch(where[1])}
    assert len(assertions) > 3
    assert {where for where, one in assertions.items() if not asserts(one)} == set()


HELPER = "def seen(one):\n    assert one\n\ndef made(one):\n    return one\n"
PEOPLE = "from ansible_collections.invoice_scanner.iam.tests.unit.people import seen, made\n"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("assert made(1)", set()),
        ("with pytest.raises(ValueError):\n        made(1)", set()),
        ("seen(1)", set()),
        ("desk.assert_all_is_well()", set()),
        ("made(1)", {"test_it"}),
        ("desk.seen(1)", {"test_it"}),
        ("pass", {"test_it"}),
        ("'It says something.'", {"test_it"}),
        ("print(1)", {"test_it"}),
    ],
)
@pytest.mark.parametrize("taken", ["", PEOPLE, "from .people import seen, made\n"], ids=["here", "far", "beside"])
def test_a_test_that_proves_nothing_is_found_out(body: str, found: set[str], taken: str) -> None:
    text = f"{taken or HELPER}\ndef test_it():\n    {body}\n"
    assert proving_nothing("unit/test_x.py", {"unit/test_x.py": text, "unit/people.py": HELPER}) == found


def test_those_that_may_are_there_still() -> None:
    for path, names in NOTHING_IS_REFUSED.items():
        assert names <= functions(FILES[path]).keys()
