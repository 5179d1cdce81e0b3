# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Settings that show secrets, and places where they would be lost, are refused before anything begins."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible import constants as C

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _guards

OPTION = "invoice_iam_user_credentials_dest"


# Settings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "debug", "said"),
    [
        (False, False, []),
        (
            True,
            False,
            ["ANSIBLE_KEEP_REMOTE_FILES (keep_remote_files in ansible.cfg) is set, so Ansible leaves"],
        ),
        (False, True, ["ANSIBLE_DEBUG is set, so Ansible prints the arguments of every module, including passwords"]),
        (True, True, ["ANSIBLE_KEEP_REMOTE_FILES", "ANSIBLE_DEBUG"]),
    ],
)
def test_settings_that_show_secrets(monkeypatch: pytest.MonkeyPatch, keep: bool, debug: bool, said: list[str]) -> None:
    monkeypatch.setattr(C, "DEFAULT_KEEP_REMOTE_FILES", keep)
    monkeypatch.setattr(C, "DEFAULT_DEBUG", debug)
    problems = list(_guards.setting_problems())
    assert [problem.startswith(start) for problem, start in zip(problems, said, strict=True)] == [True] * len(said)
    assert all(problem.endswith("unset it") for problem in problems)


# Where a path leads --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        ("credentials", "{here}/credentials"),
        ("./credentials/", "{here}/credentials"),
        ("../credentials", "{above}/credentials"),
        ("/srv/credentials", "/srv/credentials"),
        ("~/credentials", "{home}/credentials"),
        ("$TOP/credentials", "/top/credentials"),
        ("${TOP}/x", "/top/x"),
        # These are no paths.
        ("s3://bucket/prefix?kms_key=alias/x", "s3://bucket/prefix?kms_key=alias/x"),
        ("secretsmanager://prefix", "secretsmanager://prefix"),
        ("ftp://x", "ftp://x"),
    ],
)
def test_a_place_is_where_the_command_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, meant: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("TOP", "/top")
    assert _guards.absolute(place) == meant.format(here=here, above=tmp_path, home="/home/me")


# Places that are refused ---------------------------------------------------------------------------------------------


def problem(place: Path | str, *inventories: str, outlives_job: bool = False, **variables: t.Any) -> str | None:
    known = {"ansible_inventory_sources": list(inventories), **variables}
    return _guards.place_problem(OPTION, str(place), known, outlives_job)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Directories, some of which have names that begin alike or stand elsewhere, too."""
    for name in ("inv/group_vars", "inventory", "home/inv/x", "inv2"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "hosts.yml").touch()
    (tmp_path / "link").symlink_to(tmp_path / "inv")
    return tmp_path


@pytest.mark.parametrize(
    ("place", "refused"),
    [
        ("inv", True),
        ("inv/credentials", True),
        ("inv/group_vars/all/credentials", True),
        ("link/credentials", True),
        ("home/../inv/credentials", True),
        ("home/inv/x", False),
        ("inv2", False),
        ("inventory/credentials", False),
        ("inv/../credentials", False),
        ("credentials", False),
    ],
)
@pytest.mark.parametrize("written", ["{}", "{}/", "{}/../link", "{}/."])
def test_a_place_inside_an_inventory_is_refused(tree: Path, place: str, refused: bool, written: str) -> None:
    """Ansible reads every file in it, and quotes what it cannot read."""
    said = problem(tree / place, written.format(tree / "inv"))
    assert bool(said) is refused
    if said:
        assert said.startswith(f"{OPTION} is {str(tree / place)!r}, inside the inventory {str(tree / 'inv')!r}; ")


def test_a_relative_inventory_is_one_of_where_the_command_was_typed(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    assert problem(tree / "inv" / "credentials", "inv/")
    assert problem(tree / "home" / "inv" / "x", "inv/") is None


def test_an_inventory_that_is_no_directory_is_in_nobodys_way(tree: Path) -> None:
    assert problem(tree / "credentials", str(tree / "hosts.yml"), "anna,bert,") is None
    assert problem(tree / "credentials") is None
    assert _guards.place_problem(OPTION, str(tree / "credentials"), {"ansible_inventory_sources": None}, False) is None


def test_one_of_several_inventories_is_enough(tree: Path) -> None:
    assert problem(tree / "inventory" / "x", str(tree / "inv"), str(tree / "inventory"))


@pytest.mark.parametrize(
    ("files", "refused"),
    [(["MANIFEST.json", "FILES.json"], True), (["MANIFEST.json"], False), (["FILES.json"], False), ([], False)],
)
def test_a_place_inside_an_installed_collection_is_refused(tmp_path: Path, files: list[str], refused: bool) -> None:
    """Its next update replaces it. A checkout has no such files."""
    top = tmp_path / "invoice_scanner" / "iam"
    (top / "playbooks").mkdir(parents=True)
    for name in files:
        (top / name).touch()
    said = problem(top / "playbooks" / "credentials")
    assert bool(said) is refused
    assert bool(problem(top)) is refused
    assert problem(top.parent / "credentials") is None
    if said:
        assert f"inside the installed collection {str(top)!r}, which its next update replaces" in said


@pytest.mark.parametrize("job", ["awx_job_id", "tower_job_id"])
def test_a_directory_of_a_controllers_job_is_refused_unless_it_stays(tmp_path: Path, job: str) -> None:
    known: dict[str, t.Any] = {job: 7}
    said = problem(tmp_path, **known) or ""
    assert "which the controller throws away with every secret in it when the job ends" in said
    assert "invoice_iam_user_credentials_dest_outlives_job" in said
    assert problem(tmp_path, outlives_job=True, **known) is None
    assert problem(tmp_path) is None


@pytest.mark.parametrize("place", ["s3://bucket/prefix", "secretsmanager://prefix"])
def test_a_store_is_no_directory(tree: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.chdir(tree / "inv")
    assert problem(place, str(tree / "inv"), awx_job_id=7) is None


# Inventories ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "beside", "said"),
    [
        (
            "anna_credentials.csv",
            ["group_vars.yml", "roster.yml"],
            "; name an inventory file with -i, such as '{}/roster.yml'",
        ),
        (
            "anna_accessKeys.csv",
            ["hosts.yml", "roster.csv"],
            "; name an inventory file with -i, such as '{}/hosts.yml'",
        ),
        ("class_credentials.csv", [], "; name an inventory file with -i"),
        ("notes.txt", ["roster.yml"], None),
        (None, ["roster.yml"], None),
    ],
)
def test_a_folder_with_credentials_is_no_inventory(
    tmp_path: Path, saved: str | None, beside: list[str], said: str | None
) -> None:
    folder = tmp_path / "my-class"
    for name in [*beside, *([f"credentials/{saved}"] if saved else [])]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    problem = _guards.inventory_problem({"ansible_inventory_sources": [str(folder)]})
    if said is None:
        assert problem is None
    else:
        assert problem == (
            f"the inventory '{folder}' is a directory with saved credentials in '{folder}/credentials', and Ansible "
            f"reads every file in it as an inventory{said.format(folder)}"
        )
    # What is named file by file is not read whole.
    assert _guards.inventory_problem({"ansible_inventory_sources": [str(folder / "roster.yml")]}) is None
    assert _guards.inventory_problem({"ansible_inventory_sources": None}) is None
