# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Files land where the command is typed, or beside the inventory, and never in a collection."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from .conftest import BIN, PROJECT, USER, Workshop, environment, in_a_log

NAMED = {"invoice_iam_user_name": "{{ inventory_hostname }}"}
OURS = (f"{USER}_credentials.csv", "zoe_credentials.csv", "verified.json", ".account.json")


def in_the_collection() -> set[Path]:
    """Files of a run, wherever they may be in the collection; what tools have made beside it is none of its."""
    rooms = [path for path in PROJECT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    found = {path for room in rooms for name in OURS for path in room.rglob(name)}
    return found | {PROJECT / name for name in (*OURS, "credentials") if (PROJECT / name).exists()}


def typed(workshop: Workshop, folder: Path, *arguments: str, **variables: t.Any) -> str:
    """Type a command in a folder, which has to succeed."""
    folder.mkdir(exist_ok=True)
    extra = {"aws_connection": workshop.aws.connection, **variables}
    done = in_a_log([str(BIN / "ansible-playbook"), *arguments, "-e", json.dumps(extra)], folder, environment())
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_hosts_on_the_command_line_have_their_files_where_it_is_typed(workshop: Workshop) -> None:
    before = in_the_collection()
    here = workshop.path / "here"
    typed(workshop, here, "-i", "zoe,", "invoice_scanner.iam.setup", **NAMED)
    assert (here / "credentials" / "zoe_credentials.csv").is_file()
    typed(
        workshop, here, "-i", "zoe,", "invoice_scanner.iam.teardown", invoice_iam_user_teardown_files="delete", **NAMED
    )
    assert [path.suffix for path in (here / "credentials" / "removed").iterdir()] == [".json"]
    assert not (here / "credentials" / "zoe_credentials.csv").exists()
    assert in_the_collection() == before


@pytest.mark.slow
def test_relative_places_are_relative_to_where_the_command_is_typed(workshop: Workshop) -> None:
    """The report is README's own command, and there is no earlier one whose directory would be there."""
    before = in_the_collection()
    here = workshop.path / "here"
    dest = {"invoice_iam_user_credentials_dest": "secrets/of-today"}
    inventory = ("-i", str(workshop.inventory))
    typed(workshop, here, *inventory, str(PROJECT / "playbooks" / "setup.yml"), **dest)
    assert (here / "secrets" / "of-today" / f"{USER}_credentials.csv").is_file()
    report = {"invoice_iam_user_verify_report": "verified.json"}
    typed(workshop, here, *inventory, str(PROJECT / "playbooks" / "verify.yml"), **dest, **report)
    assert json.loads((here / "verified.json").read_text(encoding="utf-8"))
    assert in_the_collection() == before
    assert not (workshop.path / "credentials").exists()
