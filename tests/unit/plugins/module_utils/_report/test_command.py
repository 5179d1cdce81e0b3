# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Commands that people are advised to type: in the form of the run that says them, once for all of its hosts."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import (
    all_at_once,
    command,
    joined,
    limits,
    told,
)

PLAYBOOKS = Path(__file__).resolve().parents[5] / "playbooks"
HERE = "ansible-playbook -i class/roster.yml --ask-vault-pass playbooks/{playbook}.yml -e a=b"


@pytest.mark.parametrize(
    ("whose", "extra", "written"),
    [
        ("", "", "ansible-playbook invoice_scanner.iam.class"),
        ("anna", "a=b", "ansible-playbook invoice_scanner.iam.class --limit anna -e a=b"),
        ("a=b+c@d.e-f", "", "ansible-playbook invoice_scanner.iam.class --limit a=b+c@d.e-f"),
        ("it's", "", r"ansible-playbook invoice_scanner.iam.class --limit '~it\U00000027s$'"),
    ],
)
def test_a_command_can_be_pasted(whose: str, extra: str, written: str) -> None:
    assert command("class", whose, extra) == written


def test_it_is_told_as_the_run_was_started_and_for_the_host() -> None:
    said = f"it is lost. To fix it: {command('class', 'anna', 'x=1')}; and more"
    here = "ansible-playbook -i class/roster.yml --ask-vault-pass playbooks/class.yml -e a=b --limit"
    assert told(said, HERE) == f"it is lost. To fix it: {here} anna -e x=1; and more"
    nested = {"users": [{"msg": said, "failed": True}], "count": 1}
    assert told(nested, HERE, limits({"anna": "seat 7"}))["users"][0] == {
        "msg": f"it is lost. To fix it: {here} '~seat\\U000000207$' -e x=1; and more",
        "failed": True,
    }
    assert told("use ansible-playbook of your own", HERE) == "use ansible-playbook of your own"


@dataclass(frozen=True)
class Warned:
    """As a warning of Ansible's: a text, and what came of it."""

    msg: str
    cause: Warned | None = None


def test_it_is_told_in_a_warning_too() -> None:
    """Ansible keeps warnings as values of a dataclass of its own."""
    warnings = [Warned("to delete it: ansible-playbook invoice_scanner.iam.class --limit anna", Warned("no key"))]
    assert told(warnings, "ansible-playbook -i 'a class' {playbook}.yml") == [
        Warned("to delete it: ansible-playbook -i 'a class' class.yml --limit anna", Warned("no key"))
    ]


def test_commands_that_differ_in_whom_they_are_for_become_one() -> None:
    texts = [f"Mend: {command('class', name, 'x=1')}" for name in ("anna", "bert", "anna")]
    both = "ansible-playbook invoice_scanner.iam.class --limit anna,bert -e x=1"
    assert joined([*texts, "", "other"]) == [f"Mend: {both}", "other"]


@pytest.mark.parametrize(
    ("extras", "together"),
    [
        (["x=1", "y=2"], ["x=1 -e y=2"]),
        (["", "x=1"], ["x=1"]),
        (["x=1", "x=1"], []),
        # It cannot be both.
        (["x=1", "x=2"], []),
        (["x=1"], []),
    ],
)
def test_one_command_does_what_several_add_to_the_same_playbook(extras: list[str], together: list[str]) -> None:
    texts = [told(f"Mend: {command('class', 'anna', one)}", HERE) for one in extras]
    others = [
        told(f"Mend: {command(verb, whose, 'z=3')}", HERE) for verb, whose in (("rotate", "anna"), ("class", "bo"))
    ]
    start = "ansible-playbook -i class/roster.yml --ask-vault-pass playbooks/class.yml -e a=b --limit anna"
    assert all_at_once([*texts, "no command", *others]) == [f"{start} -e {one}" for one in together]


ODD = [
    *(
        "it's",
        'say "hi"',
        "seat 7",
        "a,b",
        "a;b",
        "a:b",
        "$(id)",
        "`id`",
        "a&&b",
        "a|b",
        "*",
        "?",
        "[0]",
        "!anna",
        "~anna",
    ),
    *("@anna", "=anna", "+anna", "-anna", "--limit", "\\", "a\\n", "ä", "王", "😀", "#1", "%41", "a.b", "..", "&anna"),
]


@pytest.mark.parametrize("verb", sorted(path.stem for path in PLAYBOOKS.glob("*.yml")))
def test_the_shell_and_ansible_take_whatever_a_host_is_called(verb: str) -> None:
    """For all verbs, in the form in which a run tells it, for one host and for several."""
    data = InventoryData()
    for name in (*ODD, "anna", "seat-7", "aXb", "a"):
        data.add_host(name)
    data.reconcile_inventory()
    inventory = InventoryManager(DataLoader(), sources=None)
    inventory._inventory = data

    def meant(text: str) -> list[str]:
        line = text.partition("To fix it: ")[2].replace("ansible-playbook", "printf '%s\\0'", 1)
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True, cwd="/")
        words = done.stdout.decode().split("\0")[:-1]
        assert words[:2] == ["-i", "class/roster.yml"]
        assert f"playbooks/{verb}.yml" in words
        assert words[-4:-1:2] == ["--limit", "-e"]
        inventory.subset(words[words.index("--limit") + 1])
        return [host.name for host in inventory.get_hosts("all")]

    texts = [told(f"To fix it: {command(verb, name, 'x=1')}", HERE, limits({name: name})) for name in ODD]
    assert [meant(text) for text in texts] == [[name] for name in ODD]
    (together,) = joined(texts)
    assert sorted(meant(together)) == sorted(ODD)
