# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The checks of ``make lint``. antsibull-nox.toml configures most of them."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import antsibull_nox
import nox
from antsibull_nox.collection import build_collection
from antsibull_nox.sessions import prepare_collections

PROJECT = Path(__file__).parent
ENVIRONMENT = Path(sys.executable).parent
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# ansible-test only checks what Galaxy distributes. ruff and mypy check the sandbox and the tests as well.
SANITY_TARGETS = ["plugins/", "roles/", "playbooks/", "meta/", "changelogs/", "docs/", "examples/", "galaxy.yml"]

# antsibull-nox calls ansible-galaxy before any session has installed it.
os.environ["PATH"] = f"{ENVIRONMENT}{os.pathsep}{os.environ['PATH']}"
# antsibull-nox looks for amazon.aws here first, where the ansible package has installed it, and then asks Galaxy.
os.environ["ANSIBLE_COLLECTIONS_PATH"] = sysconfig.get_path("purelib")
# Otherwise antsibull-docs would ask git for amazon.aws's files, which git ignores in a virtual environment.
os.environ["GIT_CEILING_DIRECTORIES"] = str(Path(sys.prefix).resolve())
# Each session has its own environment. All of them use the same releases.
os.environ["PIP_CONSTRAINT"] = os.environ["UV_CONSTRAINT"] = str(PROJECT / "constraints.txt")

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.envdir = f".nox/{PYTHON}"  # other Pythons have other versions of ansible-core
nox.options.reuse_venv = "yes"

antsibull_nox.load_antsibull_nox_toml()


@nox.session
def changelog(session: nox.Session) -> None:
    """Check the changelog and its fragments."""
    session.install("antsibull-changelog")
    session.run("antsibull-changelog", "lint")
    session.run("antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml")


@nox.session(name="build-import-check")
def build_import_check(session: nox.Session) -> None:
    """Build the collection and import it as Galaxy does. Fails on errors and on warnings."""
    session.install("ansible-core", "distlib", "galaxy-importer")  # distlib: for a manifest in galaxy.yml
    tarball, _collection, _version = build_collection(session)
    assert tarball, "nox must not be run with --install-only"
    # antsibull-nox's own session for this ignores warnings. The importer finds amazon.aws only in Python's path.
    # Without an inventory, the playbooks refuse to run, which ansible-lint would report as a syntax error.
    dependencies = Path(session.create_tmp()).resolve() / "dependencies"
    (dependencies / "ansible_collections").mkdir(parents=True, exist_ok=True)
    amazon = dependencies / "ansible_collections" / "amazon"
    amazon.unlink(missing_ok=True)
    amazon.symlink_to(Path(sysconfig.get_path("purelib")) / "ansible_collections" / "amazon")
    env = {"PYTHONPATH": str(dependencies), "ANSIBLE_INVENTORY": "localhost,"}
    with session.chdir(tarball.parent):
        log = session.run("python", "-m", "galaxy_importer.main", tarball.name, env=env, silent=True)
    if found := [line for line in str(log).splitlines() if line.startswith(("WARNING:", "ERROR:"))]:
        session.error("\n".join(["galaxy-importer is not content:", *found]))


@nox.session(name="ansible-test-sanity")
def ansible_test_sanity(session: nox.Session) -> None:
    """Run ansible-test sanity with the ansible-core for this Python."""
    session.install("ansible-core")
    collections = prepare_collections(session, install_in_site_packages=False, install_out_of_tree=True)
    assert collections, "nox must not be run with --no-venv"
    # antsibull-nox's own session for this needs GitHub and a container. ansible-test keeps its environments in HOME, so
    # a HOME within the project keeps them from one run to the next.
    home = PROJECT / ".nox" / PYTHON / "ansible-test-home"
    offer_get_pip(home / ".ansible" / "test" / "cache")
    with session.chdir(collections.current_path):
        command = ["ansible-test", "sanity", "--venv", "--python", PYTHON]
        session.run(*command, *(session.posargs or SANITY_TARGETS), env={"HOME": str(home)})


def offer_get_pip(cache: Path) -> None:
    """Put a replacement for get-pip.py where ansible-test would download it to."""
    cache.mkdir(parents=True, exist_ok=True)
    for pip_release in ("24_2", "25_2"):  # ansible-core 2.19, 2.21
        shutil.copyfile(PROJECT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{pip_release}.py")


@nox.session
def words(session: nox.Session) -> None:
    """Check spelling, phrases that this project does not use, and the length of the README."""
    session.install("codespell")
    session.run("codespell")
    session.run("python", "tests/tools/check_words.py")
