# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The inventory plugin as Ansible's own commands run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.inventory import roster as plugin

LOOKUP = "{{ lookup('pipe', 'id') }}"
REPOSITORY = Path(__file__).resolve().parents[4]


class Run(t.NamedTuple):
    """What a command printed."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def hosts(self) -> dict[str, dict[str, t.Any]]:
        """The hosts' variables, from the output of C(ansible-inventory --list --export)."""
        found: dict[str, dict[str, t.Any]] = json.loads(self.stdout)["_meta"]["hostvars"]
        return found


class Folder:
    """An inventory folder, and Ansible's commands run on it."""

    def __init__(self, path: Path) -> None:
        self.path = path / "class"
        self.path.mkdir()
        self.config = path / "ansible.cfg"
        self.configure("")

    def configure(self, inventory_section: str) -> None:
        self.config.write_text(f"[inventory]\n{inventory_section}\n")

    def write(self, roster: str | bytes | None, *options: str) -> None:
        lines = ("---", "plugin: invoice_scanner.iam.roster", *options)
        self.path.joinpath("roster.yml").write_text("\n".join(lines) + "\n")
        if roster is not None:
            content = roster.encode() if isinstance(roster, str) else roster
            self.path.joinpath("students.csv").write_bytes(content)

    def run(self, command: str, *arguments: str, source: str = "class/roster.yml") -> Run:
        collections = plugin.__file__.partition("/ansible_collections/")[0]
        env = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        env |= {"ANSIBLE_CONFIG": str(self.config), "ANSIBLE_COLLECTIONS_PATH": collections, "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(
            [Path(sys.executable).parent / command, "-i", source, *arguments],
            cwd=self.path.parent,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, " ".join(done.stderr.split()))

    def list(self, source: str = "class/roster.yml") -> Run:
        return self.run("ansible-inventory", "--list", "--export", source=source)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def plain(value: object) -> object:
    """Take off the marks with which ansible-inventory tells that a text is not to be evaluated."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if "__ansible_unsafe" in value else {k: plain(v) for k, v in value.items()}
    return value


@pytest.mark.parametrize(
    ("name", "taken"),
    [("roster.yml", True), ("class.roster.yaml", True), ("roster.csv", False), ("roster.yml.bak", False)],
)
def test_verify_file(tmp_path: Path, name: str, taken: bool) -> None:
    tmp_path.joinpath(name).touch()
    assert plugin.InventoryModule().verify_file(str(tmp_path / name)) is taken
    assert not plugin.InventoryModule().verify_file(str(tmp_path / "elsewhere" / name))


def test_a_host_has_its_name_and_the_rosters_cells(folder: Folder) -> None:
    folder.write("Vorname;E-Mail\nZoë;Z@example.org\n", "path: students.csv", "group: evening")
    run = folder.list()
    assert json.loads(run.stdout)["evening"]["hosts"] == ["z"]
    assert plain(run.hosts) == {
        "z": {
            "invoice_iam_user_name": "z",
            "invoice_iam_user_display_name": "Zoë",
            "invoice_iam_user_email": "Z@example.org",
            "roster": {"vorname": "Zoë", "e_mail": "Z@example.org"},
        }
    }
    assert run.stderr == ""


def test_all_options_reach_the_roster(folder: Folder) -> None:
    folder.write(
        "Imię,x;Kto;Hasło\nŁukasz;007;s3cret\n".encode("cp1250"),
        f"path: {folder.path}/students.csv",
        "user_name: ws-{student_id}",
        "columns: {student_id: kto, password: hasło}",
        "separator: semicolon",
        "encoding: cp1250",
    )
    assert plain(folder.list().hosts) == {
        "ws-007": {
            "invoice_iam_user_name": "ws-007",
            "roster": {"imie_x": "Łukasz", "kto": "007"},
            "invoice_iam_user_console_password": "s3cret",
        }
    }


@pytest.mark.parametrize("said_in", ["group_vars/all.yml", "group_vars/class/names.yml", "group_vars/evening.yml"])
def test_what_group_vars_say_of_names_counts(folder: Folder, said_in: str) -> None:
    """They were the only way once. A host's variable would hide them."""
    folder.write("Vorname;Name;E-Mail\nZoë;Heide;z@example.org\n", "path: students.csv", "group: class")
    path = folder.path / said_in
    path.parent.mkdir(parents=True)
    path.write_text('invoice_iam_user_display_name: "{{ roster.name }}, {{ roster.vorname }}"\n')
    shown = folder.run("ansible", "z", "-m", "debug", "-a", "msg='<{{ invoice_iam_user_display_name }}>'").stdout
    assert ("<Zoë Heide>" if "evening" in said_in else "<Heide, Zoë>") in shown
    assert plain(folder.list().hosts["z"])["invoice_iam_user_email"] == "z@example.org"  # type: ignore[index]


@pytest.mark.parametrize("content", ["$ANSIBLE_VAULT;1.1;AES256\n3130\n", "a: [\n"])
def test_a_list_needs_no_password_of_a_vault(folder: Folder, content: str) -> None:
    folder.write("E-Mail\nz@example.org\n", "path: students.csv")
    (folder.path / "group_vars").mkdir()
    (folder.path / "group_vars" / "all.yml").write_text(content)
    run = folder.run("ansible-inventory", "--graph")
    assert (run.returncode, "|--z" in run.stdout) == (0, True), run


def test_a_cell_is_never_evaluated(folder: Folder) -> None:
    folder.write(
        f'E-mail;Name;Remark;{LOOKUP};Password\na@example.org;"{LOOKUP}";"{LOOKUP}";x;"{LOOKUP}"\n',
        "path: students.csv",
        "columns: {password: Password}",
    )
    play = folder.path.parent / "play.yml"
    names = "roster.remark, invoice_iam_user_console_password, invoice_iam_user_display_name"
    cells = f"{names}, roster | dict2items | map(attribute='key') | list"
    play.write_text(
        "- hosts: class\n  gather_facts: false\n  tasks:\n"
        '    - debug: {msg: "<{{ roster.remark }}>"}\n'
        "    - copy:\n        dest: '{{ playbook_dir }}/out.json'\n"
        f'        content: "{{{{ [{cells}, roster[roster.keys() | list | last] ] | to_json }}}}"\n'
        "      delegate_to: localhost\n      vars: {ansible_connection: local}\n"
    )
    run = folder.run("ansible-playbook", "play.yml")
    assert run.returncode == 0, run
    assert f"<{LOOKUP}>" in run.stdout
    remark, password, display_name, keys, _last = json.loads(folder.path.parent.joinpath("out.json").read_text())
    assert (remark, password, display_name) == (LOOKUP, LOOKUP, LOOKUP)
    assert keys == ["e_mail", "name", "remark", "lookup_pipe_id"]
    assert "uid=" not in run.stdout + folder.path.parent.joinpath("out.json").read_text()


@pytest.mark.parametrize(
    ("roster", "options", "expected"),
    [
        (None, ["path: students.csv"], "there is no roster '{folder}/students.csv' (option path)"),
        (None, ["path: ."], "the roster '{folder}' (option path) is a directory"),
        ("", ["path: students.csv"], "the roster '{folder}/students.csv' (option path) is empty"),
        ("Mail\na\n", ["path: students.csv"], "line 2: the cell 'Mail' is not an e-mail address"),
        ("Mail\na\n", ["path: students.csv", "colums: {}"], "has no option 'colums'; it takes columns, encoding,"),
        ("Mail\na\n", ["path: students.csv", "separator: x"], "separator"),
        ("Mail\na\n", [], "path"),
    ],
)
def test_a_fault_is_told_alone_and_ends_the_run_whatever_is_configured(
    folder: Folder, roster: str | None, options: list[str], expected: str
) -> None:
    folder.write(roster, *options)
    run = folder.list()
    assert expected.format(folder=folder.path) in run.stderr
    assert run.returncode == 4
    assert "Failed to parse" not in run.stderr


def test_lines_of_the_roster_never_stay_hosts(folder: Folder) -> None:
    folder.write("E-Mail;Name\na@example.org;A\n", "path: a.csv")
    folder.path.joinpath("students.csv").unlink(missing_ok=True)
    folder.path.joinpath("a.csv").write_text("E-Mail;Name\na@example.org;A\n")
    run = folder.list(source="class")
    assert list(run.hosts) == ["a"]
    assert "were removed" in run.stderr
    folder.configure(r"ignore_patterns = \.csv$")
    assert (list(folder.list(source="class").hosts), folder.list(source="class").stderr) == (["a"], "")


def test_an_encrypted_roster_is_read(folder: Folder) -> None:
    folder.write("Mail\na@example.org\n", "path: students.csv")
    folder.path.parent.joinpath("vault-password").write_text("correct horse\n")
    secret = ("--vault-password-file", "vault-password")
    subprocess.run(
        [Path(sys.executable).parent / "ansible-vault", "encrypt", *secret, "class/students.csv"],
        cwd=folder.path.parent,
        check=True,
        capture_output=True,
    )
    assert folder.path.joinpath("students.csv").read_bytes().startswith(b"$ANSIBLE_VAULT")
    assert list(folder.run("ansible-inventory", "--list", "--export", *secret).hosts) == ["a"]


@pytest.mark.parametrize("source", ["", "roster.yml"])
def test_the_example_is_a_class_of_six(folder: Folder, source: str) -> None:
    folder.config = REPOSITORY / "examples/class/ansible.cfg"
    run = folder.list(source=str(REPOSITORY / "examples/class" / source))
    assert json.loads(run.stdout)["class"]["hosts"] == [
        "anna.mueller",
        "joerg.mueller",
        "s.obrien",
        "m.lukaszewicz",
        "zoe.heide",
        "jose.garcia",
    ]
    assert run.stderr == ""
