# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Somebody who has the tarball and no checkout: they install it, and follow the README in a directory of their own."""

from __future__ import annotations

import os
import sysconfig
import venv
from pathlib import Path

import pytest

from ...tools import release_check
from ..conftest import BIN, PROJECT, USER, Workshop
from .desk import Desk, people

HOSTS = "all:\n  hosts:\n    participant:\n"
INSTALLED = ".ansible/collections/ansible_collections/invoice_scanner/iam"


def environment_without_the_checkout(path: Path) -> Path:
    """Make an environment with all that is installed in ours but the link to the checkout, and return its bin."""
    venv.create(path, with_pip=False, symlinks=True)
    ours = Path(sysconfig.get_path("purelib"))
    theirs = path / "lib" / ours.parent.name / "site-packages"
    (theirs / "ansible_collections").mkdir(parents=True)
    for one in [*ours.iterdir(), *(ours / "ansible_collections").iterdir()]:
        link = theirs / one.relative_to(ours)
        if one.name not in {"ansible_collections", "invoice_scanner"} and not link.exists():
            link.symlink_to(one)
    for name in ("ansible-doc", "ansible-galaxy", "ansible-inventory", "ansible-playbook"):
        _interpreter, *script = (BIN / name).read_text(encoding="utf-8").splitlines(keepends=True)
        command = path / "bin" / name
        command.write_text(f"#!{path}/bin/python\n{''.join(script)}", encoding="utf-8")
        command.chmod(0o755)
    return path / "bin"


@pytest.fixture
def desk(workshop: Workshop, tmp_path: Path) -> Desk:
    """A desk with the tarball on it, a home of its own, and nothing else of ours."""
    programs = environment_without_the_checkout(tmp_path / "venv")
    desk = Desk(
        tmp_path / "desk",
        workshop.aws.env() | {"HOME": str(tmp_path / "home"), "PATH": f"{programs}{os.pathsep}{os.defpath}"},
    )
    desk.path.mkdir()
    built = desk.type(f"'{BIN}/ansible-galaxy' collection build '{PROJECT}'")
    assert built.status == 0, built.output
    return desk


def test_the_readme_is_followed_with_nothing_but_the_tarball(workshop: Workshop, desk: Desk, tmp_path: Path) -> None:
    assert "invoice_scanner.iam" not in desk.type("ansible-galaxy collection list").output
    desk.type("ansible-galaxy collection install --offline invoice_scanner-iam-*.tar.gz")
    installed = tmp_path / "home" / INSTALLED
    listed = desk.type("ansible-doc --type role --list invoice_scanner.iam --json")
    assert (listed.status, listed.output.count('"handout"')) == (0, 1), listed.output

    shown = [follow(desk, command) for command in own_user()]
    assert f"create IAM user {USER}" in shown[0]
    assert (desk.path / "workshop" / "credentials" / f"{USER}_accessKeys.csv").exists()

    assert desk.type(f"cp -r '{installed}/examples/class' class").status == 0
    graph, checked, _made, handed, verified, _opened, _rotated = (follow(desk, command) for command in a_class())
    assert graph.count("|  |--") == 6
    assert checked.count('"console_sign_in": "enabled, with a generated password"') == 1
    assert "6 users: 6 written" in handed
    assert "6 users: 6 ready" in verified
    assert (desk.path / "class/credentials/handouts/class.html").exists()
    assert len(people(workshop.client("iam"))) == 7

    follow(desk, "ansible-playbook -i class/roster.yml invoice_scanner.iam.revoke --limit anna.mueller")
    follow(desk, "ansible-playbook -i class invoice_scanner.iam.teardown -e invoice_iam_user_teardown_confirm=6")
    assert people(workshop.client("iam")) == [USER]


def own_user() -> list[str]:
    """How people make their own user."""
    setup = "ansible-playbook -i workshop/hosts.yml invoice_scanner.iam.setup"
    return [f"mkdir workshop && printf '{HOSTS}' > workshop/hosts.yml && {setup} --check --diff", setup]


def a_class() -> list[str]:
    """How people serve the class of the example."""
    playbook = "ansible-playbook -i class/roster.yml invoice_scanner.iam"
    page = "-e invoice_iam_user_verify_page=page.html -e invoice_iam_user_verify_arrivals=true"
    return [
        "ansible-inventory -i class/roster.yml --graph",
        f"{playbook}.class --check --diff",
        f"{playbook}.class",
        f"{playbook}.handout",
        f"{playbook}.verify {page}",
        "test -s page.html",
        f"{playbook}.rotate --check",
    ]


def follow(desk: Desk, command: str) -> str:
    """Type what the README says, and expect it to work without the checkout."""
    seen = desk.type(command)
    assert seen.status == 0, f"{command}\n{seen.output}"
    assert str(PROJECT) not in seen.output
    return seen.output


def test_the_tarball_holds_what_its_texts_name(tmp_path: Path) -> None:
    """`make changelog` writes CHANGELOG.md when a version is released, and `make release-check` wants it there."""
    missing = set(release_check.missing_in_tarball(release_check.unpacked(PROJECT, tmp_path)))
    assert missing <= {"tarball: lacks CHANGELOG.md."}
