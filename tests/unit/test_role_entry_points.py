# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Each entry point of the role documents the variables that it reads, and no others."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _part_of_run

ROLE = Path(__file__).parents[2] / "roles" / "invoice_iam_user"
PREFIX = "invoice_iam_user_"
# What one name says of a user is handed to every module that serves users. These leave some of it aside: no user is
# made, and no secret is asked for or set.
LEFT_ASIDE = {
    "verify": {"console_password", "password_reset_required", "update_password", "lost_secret", "restore_access"},
    "rotate": {
        *{"path", "tags", "restore_access", "expires", "opens", "closes", "timezone", "console_password"},
        *{"password_reset_required", "update_password", "managed_policies", "purge_policies", "permissions_boundary"},
        *{"delete_access_key", "cli_sign_in", "lost_secret"},
    },
}


def in_yaml(name: str) -> t.Any:
    return yaml.safe_load((ROLE / name).read_text(encoding="utf-8"))


SPECS = in_yaml("meta/argument_specs.yml")["argument_specs"]
DOCUMENTED = {name for spec in SPECS.values() for name in spec["options"]}
VARIABLES = in_yaml("defaults/main.yml") | in_yaml("vars/main.yml")


def tasks(name: str) -> str:
    """The text of a file of tasks and of those that it imports or may include."""
    text = (ROLE / "tasks" / name).read_text(encoding="utf-8")
    named = set(re.findall(r"_tasks: ([\w.]+)$", text, re.MULTILINE))
    if "__invoice_iam_user_parts" in text:
        named |= set(re.findall(r"'(\w+\.yml)'", VARIABLES["__invoice_iam_user_parts"]))
    return "\n".join([text, *(tasks(one) for one in sorted(named))])


def read_by(entry_point: str) -> set[str]:
    """The variables of the role on which an entry point depends, without their prefix."""
    text = tasks(f"{entry_point}.yml")
    # Variables that the tasks themselves set hide those of the role.
    own = set(re.findall(rf"^ +(__{PREFIX}\w+):", text, re.MULTILINE))
    left, seen = set(re.findall(rf"(?:__)?{PREFIX}\w+", text)) - own, set[str]()
    while left:
        name = left.pop()
        seen.add(name)
        left |= set(re.findall(rf"(?:__)?{PREFIX}\w+", str(VARIABLES.get(name, "")))) - seen - own
    found = {name.removeprefix(PREFIX) for name in seen & DOCUMENTED}
    modules = set(re.findall(r"invoice_scanner\.iam\.(\w+):", text))
    stays = {_part_of_run._STAYS.removeprefix(PREFIX)} if modules & set(_part_of_run._SAVES) else set()
    return (found | stays) - LEFT_ASIDE.get(entry_point, set())


@pytest.mark.parametrize("entry_point", sorted(SPECS))
def test_an_entry_point_documents_what_it_reads(entry_point: str) -> None:
    documented = {name.removeprefix(PREFIX) for name in SPECS[entry_point]["options"]}
    assert documented == read_by(entry_point)


def test_everything_that_has_a_default_is_documented() -> None:
    assert set(in_yaml("defaults/main.yml")) <= DOCUMENTED


def test_every_entry_point_has_tasks_and_a_playbook() -> None:
    files = {path.stem for path in (ROLE / "tasks").glob("*.yml")}
    assert set(SPECS) <= files
    playbooks = {path.stem for path in (ROLE.parents[1] / "playbooks").glob("*.yml")}
    assert (set(SPECS) - {"main"}) | {"setup"} <= playbooks
