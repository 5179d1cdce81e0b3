# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Every name and command in the training department's guide is this project's, or known to be somebody else's."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import ansible.parsing.mod_args
import ansible.parsing.vault
import pytest
import yaml

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report import summary as _summary
from tests.awx.objects import PROJECT, argument_specs, calls, load
from tests.awx.schema import type_of
from tests.guides import guide

GUIDE = guide("awx")
BLOCK = re.compile(r"(?ms)^ *```(\w+)\n(.+?)^ *```")
PROSE = BLOCK.sub("", GUIDE)

# What AWX calls its own things, in its pages and its types of credentials
AWX = {
    "Projects", "Inventories", "Sources", "Limit", "Artifacts", "Relaunch", "Admin", "Auditor", "all",
    "Amazon Web Services", "Vault", "Source Control", "$encrypted$",
}  # fmt: skip
# Programs of others, and what they take
OTHERS = {
    "amazon.aws", "boto3", "awx.awx", "dnf", "set_stats", "no_log", "ansible-vault encrypt_string",
    "-e controller_collection=ansible.controller", "--build-arg EE_BASE_IMAGE=IMAGE",
}  # fmt: skip
PLACES = (PROJECT, PROJECT / "examples" / "class")
# Words that the reader replaces
READERS_OWN = re.compile(r"\b(BUCKET|PREFIX|IMAGE|REGISTRY)\b|example")
# What the files of credentials and a line of a job say
SAID = {"ok", "changed", "failed", "true", "aws_configure_import.csv", "class_credentials.csv", "class_report.html"}
# Who says what the guide quotes: a file of this project or of Ansible, or AWX (as tests/awx has it)
MESSAGES = {
    "a directory in this job's container": PROJECT / "plugins/plugin_utils/_guards.py",
    "--limit leaves us with no hosts to target": PROJECT / "tests/awx/jobs.py",
    "value missing": PROJECT / "tests/awx/rules.py",
    "ignored_fields": PROJECT / "tests/awx/jobs.py",
    "Variables ... are not allowed on launch": PROJECT / "tests/awx/rules.py",
    "Job was launched with secret prompts provided by another user": PROJECT / "tests/awx/access.py",
    "Attempting to decrypt but no vault secrets found": Path(ansible.parsing.vault.__file__),
    "couldn't resolve module/action 'invoice_scanner.iam...'": Path(ansible.parsing.mod_args.__file__),
}
# Where each command is run: a test with the words of the guide in it, or nowhere, as the guide then says.
COMMANDS = {
    "make execution-environment": "tests/e2e/test_execution_environment.py",
    "podman build": "",
    "podman push": "",
    "export CONTROLLER_HOST": "tests/e2e/support/controller_lane.py",
    "ansible-playbook controller/apply.yml": "tests/e2e/support/controller_lane.py",
    "ansible-playbook -i roster.yml invoice_scanner.iam.collect": "tests/e2e/test_controller.py",
}


def objects() -> set[str]:
    """The names of everything that is made, and of the kinds that the department names itself."""
    return {arguments["name"] for _task, _module, arguments in calls() if "name" in arguments}


def short(name: str) -> str:
    """A name without what all have in common."""
    return name.removeprefix("Workshop ").removeprefix("| ")


def variables() -> set[str]:
    """All settings, and all variables of the role."""
    options = {name for entry_point in argument_specs().values() for name in entry_point}
    text = (PROJECT / "controller" / "settings.yml").read_text(encoding="utf-8")
    must_be_given = set(re.findall(r"(?m)^#   (controller_\w+)", text))
    return set(load("settings.yml")) | must_be_given | options | {_summary.ARTIFACT}


def is_ours(span: str) -> bool:
    """Tell whether something is a variable, perhaps with a value, or a file of ours."""
    name = re.sub(r"^-e |[:=].*", "", span)
    return name in variables() or any((place / span).exists() for place in PLACES)


def test_every_object_that_is_made_is_in_the_guide() -> None:
    rows = re.findall(r"(?m)^\| ([a-z ]+) \| (Workshop [^|]*(?:\| [^|]+)?) \| ", GUIDE)
    listed = {(kind, name.strip()) for kind, name in rows}
    fixed = {"notification_template", "credential_type", "workflow_job_template_node", "role", "token"}
    words = {"workflow_job_template": "workflow"}
    made = {
        (words.get(module, module.replace("_", " ")), arguments["name"])
        for _task, module, arguments in calls()
        if module not in fixed
    }
    assert listed == made


def test_every_name_in_italics_is_an_object_or_awxs() -> None:
    known = objects() | {short(name) for name in objects()} | AWX | SAID | {"Workshop"}
    spans = re.findall(r"\*([^*\n]+)\*", re.sub(r"`[^`]+`|\*\*", "", PROSE))
    assert len(spans) > 50
    assert set(spans) - known == set()


def test_every_word_in_code_is_known() -> None:
    spans = set(re.findall(r"`([^`]+)`", PROSE))
    assert len(spans) > 30
    unknown = {one for one in spans if not is_ours(one) and not READERS_OWN.search(one)}
    assert unknown - set(MESSAGES) - AWX - OTHERS - SAID == set()


@pytest.mark.parametrize(("message", "file"), MESSAGES.items())
def test_every_message_in_the_guide_is_one_that_somebody_says(message: str, file: Path) -> None:
    assert f"`{message}`" in GUIDE
    said = re.sub(r"\s+", " ", file.read_text(encoding="utf-8"))
    for part in re.sub(" '.+", "", message).split("..."):
        assert part.strip() in said


def test_every_setting_in_the_guides_example_exists() -> None:
    [text] = [text for language, text in BLOCK.findall(GUIDE) if language == "yaml"]
    settings: dict[str, t.Any] = yaml.safe_load(text)
    assert set(settings) | set(settings["controller_variables"]) <= variables()


def test_every_command_in_the_guide_is_run_by_a_test_or_said_to_be_the_readers() -> None:
    shell = [text for language, text in BLOCK.findall(GUIDE) if language == "shell"]
    lines = [line.strip() for text in shell for line in text.replace("\\\n", " ").splitlines()]
    assert len(lines) == len(COMMANDS)
    for line in lines:
        [file] = [file for start, file in COMMANDS.items() if line.startswith(start)]
        if file:
            assert (PROJECT / file).exists()
        else:
            assert "no test of this project runs podman" in re.sub(r"\s+", " ", GUIDE)


def test_the_end_of_a_run_can_name_every_kind() -> None:
    # "To remove the job template ..." takes the type for a module's name.
    for kind in load("objects/leftovers.yml")["__controller_kinds"]:
        assert type_of(kind["endpoint"]) in {module for _task, module, _arguments in calls()}
