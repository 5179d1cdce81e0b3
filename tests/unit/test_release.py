# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What a release consists of fits together, and the check before a tag sees where it does not."""

from __future__ import annotations

import tomllib
import typing as t
from pathlib import Path

import pytest
import yaml

from ..tools import release_check
from ..tools.release_check import PROJECT, in_yaml

GALAXY = {"namespace": "n", "name": "c", "version": "1.0.0", "dependencies": {"amazon.aws": ">=10.1.0,<12.0.0"}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which nothing is missing."""
    installed = [{"name": "n-c-1.0.0.tar.gz"}, {"name": "amazon.aws", "version": ">=10.1.0,<12.0.0"}]
    write(tmp_path / "galaxy.yml", GALAXY)
    write(tmp_path / "execution-environment.yml", {"dependencies": {"galaxy": {"collections": installed}}})
    write(tmp_path / "changelogs" / "changelog.yaml", {"releases": {"1.0.0": {}}})
    (tmp_path / "CHANGELOG.md").write_text("## v1\\.0\\.0\n", encoding="utf-8")
    return tmp_path


def write(path: Path, content: t.Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def missing(project: Path) -> list[str]:
    return [*release_check.missing_in_metadata(project), *release_check.missing_in_changelog(project)]


def test_this_projects_metadata_is_fit_for_a_release() -> None:
    assert not list(release_check.missing_in_metadata(PROJECT))


def test_nothing_is_missing_where_all_is_there(project: Path) -> None:
    assert not missing(project)


@pytest.mark.parametrize(
    ("galaxy", "sentences"),
    [
        (
            {"version": "1.0.0-dev"},
            [
                "galaxy.yml: version 1.0.0-dev is not a release; write MAJOR.MINOR.PATCH.",
                "execution-environment.yml: does not install version 1.0.0-dev of this collection.",
                "changelogs/changelog.yaml: lacks 1.0.0-dev; run `make changelog`.",
            ],
        ),
        (
            {"dependencies": {"amazon.aws": ">=10.1.0"}},
            [
                "galaxy.yml: amazon.aws '>=10.1.0' has no upper bound; write '>=OLDEST,<NEXT_MAJOR'.",
                "execution-environment.yml: amazon.aws is not bounded by '>=10.1.0' as in galaxy.yml.",
            ],
        ),
    ],
)
def test_metadata_that_is_not_fit_is_named(project: Path, galaxy: dict[str, t.Any], sentences: list[str]) -> None:
    write(project / "galaxy.yml", GALAXY | galaxy)
    assert missing(project) == sentences


def test_a_fragment_that_no_release_has_is_named(project: Path) -> None:
    write(project / "changelogs" / "fragments" / "later.yml", {"bugfixes": ["one"]})
    sentence = "changelogs/changelog.yaml: holds 1.0.0 and has not taken in later.yml; run `make changelog`."
    assert missing(project) == [sentence]


def test_a_changelog_that_says_nothing_of_the_release_is_named(project: Path) -> None:
    (project / "CHANGELOG.md").unlink()
    assert missing(project) == ["CHANGELOG.md: says nothing of 1.0.0; run `make changelog`."]


def test_files_that_the_tarball_lacks_are_named(tmp_path: Path) -> None:
    for name in release_check.EXPECTED:
        (tmp_path / name).touch()
    page = "[a](docs/there.md#part) [b](docs/gone.md) [c](https://a.test) [d](tests/e2e/test_x.py) roles/r/gone.yml"
    (tmp_path / "README.md").write_text(page, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.md").write_text("[back](../README.md), examples/c/credentials/x.csv", encoding="utf-8")
    (tmp_path / "SUPPORT.md").unlink()
    assert list(release_check.missing_in_tarball(tmp_path)) == [
        "tarball: lacks SUPPORT.md.",
        "tarball: README.md names docs/gone.md, which is not in it.",
        "tarball: README.md names roles/r/gone.yml, which is not in it.",
    ]


def test_continuous_integration_runs_what_has_to_pass() -> None:
    workflow = in_yaml(PROJECT / ".github" / "workflows" / "ci.yml")
    assert [step["run"] for step in workflow["jobs"]["ci"]["steps"] if "run" in step][-1] == ".ci/run"
    assert workflow["permissions"] == {"contents": "read"}
    assert (PROJECT / ".ci" / "run").is_file()


def test_what_is_supported_is_what_is_tested() -> None:
    support = (PROJECT / "SUPPORT.md").read_text(encoding="utf-8")
    _oldest, next_major = in_yaml(PROJECT / "galaxy.yml")["dependencies"]["amazon.aws"].split(",")
    assert f"not\nincluding, {next_major.removeprefix('<').split('.')[0]} are accepted" in support
    assert in_yaml(PROJECT / "meta" / "runtime.yml")["requires_ansible"] == ">=2.19.0"
    assert "| 3.11 | 2.19 | 10.1 |" in support


def test_the_image_that_is_tried_is_the_one_that_is_described() -> None:
    """antsibull-nox cannot read execution-environment.yml, so antsibull-nox.toml says the same once more."""
    described = in_yaml(PROJECT / "execution-environment.yml")
    checked = tomllib.loads((PROJECT / "antsibull-nox.toml").read_text(encoding="utf-8"))["sessions"]["ee_check"]
    (tried,) = checked["execution_environments"]
    needs = described["dependencies"]
    assert tried["base_image_name"] == described["images"]["base_image"]["name"]
    assert tried["python_interpreter_package"] == needs["python_interpreter"]["package_system"]
    assert tried["python_path"] == needs["python_interpreter"]["python_path"]
    assert tried["ansible_core_package"] == needs["ansible_core"]["package_pip"]
    assert tried["ansible_runner_package"] == needs["ansible_runner"]["package_pip"]
    assert all((PROJECT / playbook).is_file() for playbook in tried["test_playbooks"])
