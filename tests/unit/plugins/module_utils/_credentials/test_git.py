# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Whether git would take credential files along into a commit, asked of the real git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.git import tracking_warning

CREDENTIALS = "credentials"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory in a work tree of its own."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    one = tmp_path / CREDENTIALS
    one.mkdir()
    return one


def test_a_work_tree_that_would_take_them(directory: Path) -> None:
    warning = tracking_warning(str(directory))
    assert warning == (
        f"SECRETS MAY END UP IN GIT: {str(directory)!r} is in a git work tree that does not ignore it; add it to "
        ".gitignore now, before the next commit"
    )


@pytest.mark.parametrize("ignored", ["credentials/", "*.csv"])
def test_a_work_tree_that_ignores_them(directory: Path, ignored: str) -> None:
    (directory.parent / ".gitignore").write_text(f"{ignored}\n")
    assert tracking_warning(str(directory)) is None


def test_ignored_too_late(directory: Path) -> None:
    """What git tracks already it goes on to track, ignored or not."""
    (directory / "aws_configure_import.csv").write_text("secret")
    subprocess.run(["git", "add", "--all"], cwd=directory, check=True)
    (directory.parent / ".gitignore").write_text("credentials/\n")
    assert tracking_warning(str(directory)) is not None


def test_no_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert tracking_warning(str(tmp_path)) is None


def test_no_git(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Execution environments often have none; the secrets are saved by now, and the module must not end there."""
    monkeypatch.setenv("PATH", "")
    assert tracking_warning(str(directory)) is None
