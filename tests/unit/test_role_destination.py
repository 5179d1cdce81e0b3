# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The role hands the destination on together with all that a store has to be told."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).resolve().parents[2] / "roles" / "invoice_iam_user"
DESTINATION = "{{ __invoice_iam_user_destination }}"
# Where the plan found that the credentials of the account are: that, or a part of it, with its options
PLANNED = "{{ __invoice_iam_user_planned.place }}"


def tasks(found: t.Any) -> t.Iterator[dict[str, t.Any]]:
    """Walk through the tasks of a file, those in blocks too."""
    for task in found or []:
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks(task.get(part))


def loaded(path: Path) -> t.Any:
    """Read a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted((ROLE / "tasks").glob("*.yml")), ids=lambda path: path.name)
def test_no_task_forgets_the_options_of_a_store(path: Path) -> None:
    for task in tasks(loaded(path)):
        for module, option in (
            ("credentials_csv", "dest"),
            ("credentials_collect", "src"),
            ("iam_access_keys_rotate", "credentials_dest"),
            ("iam_users", "credentials_dest"),
            ("iam_users_info", "credentials_dest"),
            ("iam_users_verify", "credentials_dest"),
        ):
            arguments = task.get(f"invoice_scanner.iam.{module}") or {}
            assert arguments.get(option, DESTINATION) in (DESTINATION, PLANNED), task["name"]


@pytest.mark.parametrize(
    ("dest", "key", "accept", "handed_on"),
    [
        ("/home/me/credentials", "", [], "/home/me/credentials"),
        ("/home/me/credentials", "alias/x", ["public"], "/home/me/credentials"),
        ("s3://b/p", "", [], "s3://b/p"),
        ("s3://b/p", "arn:aws:kms:eu-west-1:1:key/x", [], "s3://b/p?kms_key=arn%3Aaws%3Akms%3Aeu-west-1%3A1%3Akey%2Fx"),
        ("s3://b/p", "", ["public", "unversioned"], "s3://b/p?accept=public%2Cunversioned"),
        ("s3://b/p", "", "public, unversioned", "s3://b/p?accept=public%2Cunversioned"),
        ("s3://b/p?accept=public", "alias/x", [], "s3://b/p?accept=public&kms_key=alias%2Fx"),
        ("secretsmanager://p", "alias/x", [], "secretsmanager://p?kms_key=alias%2Fx"),
    ],
)
def test_what_is_handed_on(dest: str, key: str, accept: list[str] | str, handed_on: str) -> None:
    variables = {name: trust_as_template(str(text)) for name, text in loaded(ROLE / "vars" / "main.yml").items()}
    given = {"credentials_dest": dest, "credentials_kms_key": key, "credentials_accept": accept}
    variables |= {f"invoice_iam_user_{name}": value for name, value in given.items()}
    templar = Templar(loader=DataLoader(), variables=variables)
    assert templar.template(trust_as_template(DESTINATION)) == handed_on
