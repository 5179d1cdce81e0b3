# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Data flows one way through the endpoint's own files."""

from __future__ import annotations

import ast
import typing as t
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

AWS = Path(__file__).resolve().parents[2] / "sandbox" / "aws"
PACKAGE = "sandbox.aws"


def _name(path: Path) -> str:
    parts = (PACKAGE, *path.relative_to(AWS).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


FILES = {_name(path): path for path in sorted(AWS.rglob("*.py"))}


def _meant(name: str, node: ast.AST) -> t.Iterator[str]:
    """Name what a statement imports: of C(from a import b), the file C(a.b) where there is one, or else C(a)."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        parts = name.split(".") if FILES[name].stem == "__init__" else name.split(".")[:-1]
        here = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
        source = ".".join(filter(None, [here, node.module]))
        yield from (one if (one := f"{source}.{alias.name}") in FILES else source for alias in node.names)


def imported(name: str) -> set[str]:
    """Find which of the endpoint's files one imports, for types only or within functions too."""
    nodes = ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8")))
    return {one for node in nodes for one in _meant(name, node)} & set(FILES)


def test_imports_are_found() -> None:
    assert imported(f"{PACKAGE}.control") >= {f"{PACKAGE}.weather", f"{PACKAGE}.endpoint"}
    assert imported(f"{PACKAGE}.daemon") >= {f"{PACKAGE}.server"}
    assert imported(f"{PACKAGE}.rules.policies") >= {f"{PACKAGE}.account", f"{PACKAGE}.request"}
    assert imported(f"{PACKAGE}.rules") >= {f"{PACKAGE}.rules.policies"}
    assert imported(f"{PACKAGE}.endpoint") >= {f"{PACKAGE}.rules", f"{PACKAGE}.rules.constraints"}


def test_no_file_imports_itself_in_the_end() -> None:
    graph = {name: imported(name) for name in FILES}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")
    assert set(order) == set(FILES)
