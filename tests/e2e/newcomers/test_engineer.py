# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An engineer who installs the collection and embeds its role in a playbook of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import PROJECT, USER, Workshop
from .desk import Desk

PLAYBOOK = """\
- hosts: localhost
  gather_facts: false
  roles:
    - role: invoice_scanner.iam.invoice_iam_user
      vars:
        invoice_iam_user_tags: {course: invoices}
"""


@pytest.fixture
def desk(workshop: Workshop, tmp_path: Path) -> Desk:
    """A desk in whose own folder collections are installed."""
    installed = tmp_path / "collections"
    return Desk(tmp_path / "project", workshop.aws.env() | {"ANSIBLE_COLLECTIONS_PATH": str(installed)})


@pytest.mark.slow
def test_the_built_collection_serves_whoever_runs_it(workshop: Workshop, desk: Desk) -> None:
    desk.write("mine.yml", PLAYBOOK)
    assert "distlib" in (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    built = desk.type(f"ansible-galaxy collection build '{PROJECT}' --output-path .")
    assert built.status == 0, built.output
    (tarball,) = desk.path.glob("*.tar.gz")
    seen = desk.type(f"ansible-galaxy collection install --no-deps --force {tarball.name} -p ../collections")
    assert seen.status == 0, seen.output

    seen = desk.type("ansible-playbook mine.yml")
    assert seen.status == 0, seen.output
    assert str(desk.path.parent / "collections") in desk.type("ansible-playbook mine.yml --check -vv").output
    assert (desk.path / "credentials" / f"{USER}_accessKeys.csv").exists()
    assert {"Key": "course", "Value": "invoices"} in workshop.client("iam").list_user_tags(UserName=USER)["Tags"]

    seen = desk.type("ansible-playbook invoice_scanner.iam.setup")
    assert seen.status != 0
    seen = desk.type("ansible-playbook -i participant, invoice_scanner.iam.setup -e invoice_iam_user_name=other")
    assert seen.end[-1].endswith(
        "ansible-playbook -i participant, invoice_scanner.iam.verify -e invoice_iam_user_name=other"
    )
    (verify,) = seen.advised()
    assert desk.type(verify).status == 0

    misspelt = "invoice_iam_user_permission_boundary=AIInvoiceScannerPermissionsBoundary"
    seen = desk.type(f"ansible-playbook mine.yml -e {misspelt}")
    assert seen.status == 2
    assert "did you mean invoice_iam_user_permissions_boundary?" in " ".join(seen.output.split())


def test_it_is_installed_from_git(desk: Desk) -> None:
    desk.path.mkdir(parents=True, exist_ok=True)
    seen = desk.type(f"ansible-galaxy collection install --no-deps 'git+file://{PROJECT}' -p ../collections")
    assert seen.status == 0, seen.output
    assert "was installed successfully" in seen.output
