# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The pattern for Ansible Automation Platform keeps to its schema's rules and asks for settings that exist."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from tests.awx.objects import PROJECT, load

PATTERN = PROJECT / "extensions" / "patterns" / "workshop_classes"
DEFINITION = json.loads((PATTERN / "meta" / "pattern.json").read_text(encoding="utf-8"))
(TEMPLATE,) = DEFINITION["aap_resources"]["controller_job_templates"]
QUESTIONS = TEMPLATE["survey"]["spec"]


def test_it_is_named_after_its_directory_and_has_all_its_files() -> None:
    assert DEFINITION["name"] == PATTERN.name
    assert len(DEFINITION["title"]) <= 64
    assert not DEFINITION["short_description"].endswith(".")
    assert (PATTERN / "README.md").is_file()
    assert (PATTERN / "playbooks" / TEMPLATE["playbook"]).is_file()
    assert set(TEMPLATE["labels"]) <= set(DEFINITION["aap_resources"]["controller_labels"])


def test_the_survey_asks_for_settings_that_exist_and_for_all_without_a_default() -> None:
    asked = {question["variable"]: question for question in QUESTIONS}
    text = (PROJECT / "controller" / "settings.yml").read_text(encoding="utf-8")
    must_be_given = set(re.findall(r"(?m)^#   (controller_\w+)", text))
    assert must_be_given <= set(asked)
    assert set(asked) <= must_be_given | set(load("settings.yml"))
    assert all(asked[name]["required"] for name in must_be_given)


def test_the_playbooks_arguments_are_those_of_the_survey() -> None:
    meta = yaml.safe_load((PATTERN / "playbooks" / "apply.meta.yml").read_text(encoding="utf-8"))
    options: dict[str, t.Any] = meta["argument_specs"]["apply"]["options"]
    assert set(options) == {question["variable"] for question in QUESTIONS}
    defaults = load("settings.yml")
    assert all(one["default"] == defaults[name] for name, one in options.items() if "default" in one)


def test_its_playbook_is_the_one_that_is_run_by_hand() -> None:
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,"]
    command += [str(PATTERN / "playbooks" / "apply.yml"), "-e", "controller_image=registry/image"]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CONTROLLER_"))}
    done = subprocess.run(command, env=env | {"LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "controller_classes_scm_url is not set; controller/settings.yml explains it." in " ".join(
        done.stdout.split()
    )
