# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What the README and the guides tell people to type works as it stands there."""

from __future__ import annotations

import html
import os
import re
import shutil
import typing as t
from pathlib import Path

import yaml

from tests.guides import GUIDES, guide

from .conftest import PROJECT, USER, Workshop, environment, in_a_terminal
from .support.leavers import ARN

README = (PROJECT / "README.md").read_text(encoding="utf-8")
SPECS = yaml.safe_load((PROJECT / "roles/invoice_iam_user/meta/argument_specs.yml").read_text(encoding="utf-8"))


def section(title: str) -> str:
    """The text of one section."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands(text: str) -> list[str]:
    """What stands behind the prompt of its console blocks."""
    return re.findall(r"^ *\$ (.+)$", text, re.MULTILINE)


def run(command: str, folder: Path, aws: dict[str, str]) -> str:
    """Run a command as a person does, who types a vault password when asked."""
    return in_a_terminal(["/bin/sh", "-c", command], folder, environment() | {"TERM": "dumb"} | aws, "a password")


def test_the_shell_is_pointed_to_the_emulator_that_make_demo_starts() -> None:
    """tests/sandbox/test_command_line.py types such a command; here it is about the place that it names."""
    (pointed,) = [one for one in commands(section("Try it without AWS")) if one.startswith("eval ")]
    (place,) = re.findall(r"python -m sandbox\.aws env --run-dir (\S+)\)", pointed)
    started = (PROJECT / "sandbox" / "start.yml").read_text(encoding="utf-8")
    assert PROJECT / place == PROJECT / "sandbox" / "run"
    assert "default(playbook_dir ~ '/run')" in started


def test_the_way_into_ones_own_account(workshop: Workshop, tmp_path: Path) -> None:
    text = section("Your own account")
    (hosts,) = re.findall(r"```yaml\n +# (\S+)\n(.+?) +```", text, re.DOTALL)
    path = tmp_path / hosts[0]
    path.parent.mkdir(parents=True)
    path.write_text(hosts[1], encoding="utf-8")
    listed = commands(text)
    assert len(listed) == 4
    assert listed == commands(guide("getting_started"))
    (variable,) = re.findall(r"`(invoice_iam_user_console_password: .+)`", text)
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\ncat > "$1" <<EOF\n{variable}\nEOF\n', encoding="utf-8")
    editor.chmod(0o700)
    for command in listed[:2]:
        run(command, tmp_path, workshop.aws.env() | {"EDITOR": str(editor)})
    assert (path.parent / "group_vars/all/vault.yml").read_text().startswith("$ANSIBLE_VAULT;1.1;AES256")
    checked = run(listed[2], tmp_path, workshop.aws.env())
    assert f"create IAM user {USER}" in checked
    run(listed[3], tmp_path, workshop.aws.env())
    assert "Your-own-Passw0rd" in (path.parent / "credentials" / f"{USER}_credentials.csv").read_text("utf-8-sig")


def test_the_way_to_a_class(workshop: Workshop, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "examples", tmp_path / "examples")
    # Stands for the browser of whoever reads this.
    opener = tmp_path / "xdg-open"
    opener.write_text('#!/bin/sh\ntest -s "$1" && echo "opened $1"\n', encoding="utf-8")
    opener.chmod(0o700)
    aws = workshop.aws.env() | {"PATH": f"{tmp_path}{os.pathsep}{environment()['PATH']}"}
    listed = commands(guide("class"))
    # The README opens the cards by saying so.
    assert commands(section("A class")) == [one for one in listed if not one.startswith("xdg-open")]
    copied, names, checked, done, handed, opened, verified = (run(one, tmp_path, aws) for one in listed)
    assert copied == ""
    assert names.count("|  |--") == 6
    assert checked.replace('"', "").count("console_sign_in: enabled, with a generated password") == 1
    assert "(the same for 5 others; -v shows all)" in checked
    assert done.count("changed=1") == 6
    assert "6 users: 6 written" in handed
    assert "opened my-class/credentials/handouts/class.html" in opened
    assert "6 users: 6 ready" in verified
    assert "0 of 6 have signed in" in (tmp_path / "my-class/credentials/class_report.html").read_text(encoding="utf-8")


def test_the_guide_to_the_hours_of_a_class(workshop: Workshop, tmp_path: Path) -> None:
    """Every command, in its order, with the variables and days of the guide in a year that is still to come."""
    text = guide("hours").replace("2026-", "2099-")
    (variables,) = re.findall(r"```yaml\n# (\S+) .+\n([^`]+)```", text)
    path = tmp_path / variables[0]
    path.parent.mkdir(parents=True)
    path.write_text(variables[1], encoding="utf-8")
    (tmp_path / "my-class" / "roster.csv").write_text("Name,E-mail\nAnna,anna@example.org\n", encoding="utf-8")
    plugin = "plugin: invoice_scanner.iam.roster\npath: roster.csv\n"
    (tmp_path / "my-class" / "roster.yml").write_text(plugin, encoding="utf-8")
    listed = commands(text)
    run(listed[0].replace(".hours", ".class"), tmp_path, workshop.aws.env())
    shown = [run(command, tmp_path, workshop.aws.env()) for command in listed]
    said, paused, resumed, changed = (re.sub(r"\s+", " ", one) for one in shown)
    assert "class 'spring' is not open yet: it opens on" in said
    assert "class 'spring' is paused" in paused
    for output in (resumed, changed):
        assert "changed=1" in output
        assert "is paused" not in output
    iam = workshop.client("iam")
    arn = f"{ARN}InvoiceScannerHours-spring"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert "2099-03-02T08:00:00Z" in str(document)
    assert "2099-03-06T17:00:00Z" in str(document)


def test_the_tables_are_complete() -> None:
    text = section("What else there is")
    named = re.findall(r"^\| `(\w+)`", text, re.MULTILINE)
    plugins = [*PROJECT.glob("plugins/modules/*.py"), *PROJECT.glob("plugins/inventory/*.py")]
    assert sorted(named) == sorted(path.stem for path in [*PROJECT.glob("playbooks/*.yml"), *plugins])
    linked = re.findall(r"\(docs/docsite/rst/(\w+)\.rst\)", text)
    assert sorted(linked) == sorted(path.stem for path in GUIDES.glob("*.rst"))


def test_what_is_to_be_installed_is_what_the_requirements_are() -> None:
    files = [PROJECT / "requirements.txt", PROJECT / "meta/requirements.txt"]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    needed = {found[0] for line in lines if (found := re.match(r"[a-z0-9]+", line))}
    for text in (README, guide("getting_started")):
        (named,) = re.findall(r"`pip install ([a-z0-9 ]+)`", text)
        assert {*named.split(), "botocore"} == needed  # boto3 brings botocore


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", README):
        assert (PROJECT / target).exists(), target


def test_the_picture_shows_the_readmes_command_and_loads_nothing() -> None:
    picture = (PROJECT / "docs/pictures/class.svg").read_text(encoding="utf-8")
    shown = html.unescape(re.sub(r"<[^>]+>", "", picture)).replace("\xa0", " ")
    assert commands(section("A class"))[3] in shown
    assert "6 users: 6 created" in shown
    assert re.findall(r"url\((?!#)|href=|@import", picture) == []


def test_the_defaults_of_the_role_are_those_in_its_specification() -> None:
    defaults = yaml.safe_load((PROJECT / "roles/invoice_iam_user/defaults/main.yml").read_text(encoding="utf-8"))
    options: dict[str, t.Any] = {}
    for entry_point in SPECS["argument_specs"].values():
        options |= entry_point["options"]
    for name, value in defaults.items():
        if "{{" not in str(value):
            assert options[name].get("default", "") == ("" if value is None else value), name


def test_every_test_that_the_steps_name_exists() -> None:
    text = (PROJECT / "tests/e2e/test_seed_steps.py").read_text(encoding="utf-8")
    named = re.findall(r"`(test_step_\d\w+)`", guide("workshop"))
    assert len(named) == 9
    assert all(f"def {name}(" in text for name in named)
