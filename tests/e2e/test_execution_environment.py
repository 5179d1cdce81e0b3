# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What ansible-builder makes of execution-environment.yml, short of the image itself: that takes a container engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from .conftest import BIN, PROJECT, environment

pytestmark = pytest.mark.slow

INSTALLED = "ansible_collections/invoice_scanner/iam"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command of the environment that this test runs in, and return what it printed."""
    program = [str(BIN / command[0]), *map(str, command[1:])]
    done = subprocess.run(program, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context, made as ``make execution-environment`` makes it, but elsewhere."""
    folder = tmp_path_factory.mktemp("builder")
    run("ansible-galaxy", "collection", "build", "--output-path", folder, cwd=PROJECT)
    shutil.copy(PROJECT / "execution-environment.yml", folder)
    run("ansible-builder", "create", "--output-filename", "Containerfile", cwd=folder)
    return folder / "context"


@pytest.fixture(scope="module")
def installed(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as the image has it: installed from the file that the context's requirements name."""
    folder = tmp_path_factory.mktemp("image")
    wanted = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    [ours] = [one["name"] for one in wanted if one.get("type") == "file"]
    # "COPY _build /build", says the Containerfile
    file = context / "_build" / Path(ours).relative_to("/build")
    run("ansible-galaxy", "collection", "install", file, "--force", "--no-deps", "--offline", "-p", folder, cwd=folder)
    return folder


def ranges(text: str) -> dict[str, str]:
    """Package names and their ranges."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return {found[1]: found[2] for line in lines if (found := re.match(r"([a-z][\w-]+)([<>=].*)$", line))}


def test_the_image_installs_this_collection_and_a_tested_amazon_aws(context: Path, installed: Path) -> None:
    assert "COPY _build /build\n" in (context / "Containerfile").read_text(encoding="utf-8")
    assert (installed / INSTALLED / "plugins" / "modules" / "iam_users.py").is_file()
    wanted = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    [amazon] = [one["version"] for one in wanted if one["name"] == "amazon.aws"]
    galaxy = yaml.safe_load((PROJECT / "galaxy.yml").read_text(encoding="utf-8"))
    assert amazon == galaxy["dependencies"]["amazon.aws"]


def test_builder_finds_the_python_packages_of_the_collection(installed: Path) -> None:
    found = yaml.safe_load(run("ansible-builder", "introspect", installed, cwd=installed))["python"]
    packages = {line.split("#")[0].strip() for line in found if "invoice_scanner.iam" in line}
    meta = ranges((PROJECT / "meta" / "requirements.txt").read_text(encoding="utf-8"))
    assert packages == {f"{name}{span}" for name, span in meta.items()}
    assert {re.split("[<>=]", package)[0] for package in packages} == {"awscrt", "boto3", "botocore", "segno"}


def test_the_image_has_the_releases_that_the_tests_have(context: Path) -> None:
    tested = ranges((PROJECT / "constraints.txt").read_text(encoding="utf-8"))
    containerfile = (context / "Containerfile").read_text(encoding="utf-8")
    for package in ("ansible-core", "ansible-runner"):
        assert f"{package}{tested[package]}" in containerfile


def test_nothing_but_the_collection_is_sent_to_the_image(context: Path) -> None:
    sent = context / "_build"
    files = {path.relative_to(sent).as_posix() for path in sent.rglob("*") if path.is_file()}
    ours = {name for name in files if not name.startswith("scripts/")}
    assert ours == {"requirements.yml", "collections/invoice_scanner-iam-1.0.0.tar.gz"}
    with tarfile.open(context / "_build" / "collections" / "invoice_scanner-iam-1.0.0.tar.gz") as archive:
        assert not [name for name in archive.getnames() if re.search(r"sandbox|tests/|(^|/)credentials/|\.venv", name)]
