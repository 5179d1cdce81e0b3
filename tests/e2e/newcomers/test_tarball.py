# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Somebody who has the tarball and no checkout: they install it, and follow the README in a directory of their own."""

from __future__ import annotations

import os
import re
import sysconfig
import venv
from pathlib import Path

import pytest

from ...tools import release_check
from ..conftest import BIN, PROJECT, USER, Workshop
from ..test_readme import commands, section
from .desk import Desk, people

pytestmark = pytest.mark.slow

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
    roles = follow(desk, "ansible-doc --type role --list invoice_scanner.iam --json")
    assert roles.count('"handout"') == 1

    (hosts,) = re.findall(r"```yaml\n +# (\S+)\n(.+?) +```", section("Your own account"), re.DOTALL)
    desk.write(*hosts)
    # The password is generated here; tests/e2e/test_readme.py types one.
    alone = [one for one in commands(section("Your own account")) if one.startswith("ansible-playbook")]
    checked, _made = (follow(desk, command.replace(" --ask-vault-pass", "")) for command in alone)
    assert f"create IAM user {USER}" in checked
    assert (desk.path / "workshop" / "credentials" / f"{USER}_accessKeys.csv").exists()

    # "from the installed collection", as the README says
    listed = [one.replace(" examples/", f" '{installed}'/examples/") for one in commands(section("A class"))]
    _copied, names, checked, _made, handed, verified = (follow(desk, command) for command in listed)
    assert names.count("|  |--") == 6
    assert checked.count('"console_sign_in": "enabled, with a generated password"') == 1
    assert "6 users: 6 written" in handed
    assert "6 users: 6 ready" in verified
    assert len(people(workshop.client("iam"))) == 7

    after = "ansible-playbook -i my-class/roster.yml invoice_scanner.iam"
    follow(desk, f"{after}.revoke --limit anna.mueller")
    follow(desk, f"{after}.teardown -e invoice_iam_user_teardown_confirm=6")
    assert people(workshop.client("iam")) == [USER]


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
