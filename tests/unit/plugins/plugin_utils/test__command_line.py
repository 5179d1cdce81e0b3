# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The command that a run advises to type has the inventory, the vault and the options of the run, and no secret."""

from __future__ import annotations

import shlex
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible import constants as C
from ansible import context
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._command_line import (
    PLACEHOLDER,
    command_line,
    playbook_at,
    same_command,
)

PLAYBOOKS = Path(__file__).resolve().parents[4] / "playbooks"
NAMED = {"args": ("invoice_scanner.iam.verify",)}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., str]:
    """Start a run with these options."""
    for name in ("AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS"):
        monkeypatch.delenv(name, raising=False)

    def start(anew: bool = False, changed: dict[str, str] | None = None, **options: t.Any) -> str:
        monkeypatch.setattr(context, "CLIARGS", ImmutableDict(options))
        return command_line(anew, changed)

    return start


def test_the_inventory_and_the_vault(typed: t.Callable[..., str]) -> None:
    found = typed(
        **NAMED,
        inventory=[str(Path.cwd() / "my class" / "hosts.yml"), "a,b", "/elsewhere/hosts"],
        ask_vault_pass=True,
        vault_ids=("dev@prompt",),
        vault_password_files=(str(Path.cwd() / "password"),),
    )
    assert found == (
        "ansible-playbook -i 'my class/hosts.yml' -i a,b -i /elsewhere/hosts --ask-vault-pass --vault-id dev@prompt "
        "--vault-password-file password invoice_scanner.iam.{playbook}"
    )
    assert typed(**NAMED, inventory=list(C.DEFAULT_HOST_LIST)) == "ansible-playbook invoice_scanner.iam.{playbook}"


def test_a_playbook_that_was_named_by_its_path_has_neighbours(
    typed: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PLAYBOOKS.parent)
    assert typed(args=("sandbox/start.yml", "playbooks/setup.yml")) == "ansible-playbook playbooks/{playbook}.yml"
    assert typed(args=("mine.yml",)) == "ansible-playbook invoice_scanner.iam.{playbook}"


def test_the_same_command_has_the_playbooks_that_were_typed(typed: t.Callable[..., str]) -> None:
    """A playbook of somebody's own has no name in this collection."""
    for playbooks in (("sandbox/start.yml", "playbooks/setup.yml"), ("my class.yml",), NAMED["args"]):
        typed(args=playbooks, inventory=["a,b"], extra_vars=("a=b invoice_iam_user_lost_secret=replace",), subset="a")
        assert shlex.split(same_command({"c": "7"})) == [
            *("ansible-playbook", "-i", "a,b", *playbooks),
            *("-e", "a=b invoice_iam_user_lost_secret=replace", "-e", "c=7", "--limit", "a"),
        ]


def test_the_same_command_has_the_tags_that_were_typed(typed: t.Callable[..., str]) -> None:
    """Without them, it would do what this run has left out."""
    typed(args=("site.yml",), tags=("b", "a"), skip_tags=("never",), subset="anna")
    assert same_command() == "ansible-playbook site.yml --tags a,b --skip-tags never --limit anna"
    typed(args=("site.yml",), tags=("all",), skip_tags=())
    assert same_command() == "ansible-playbook site.yml"


def test_a_playbook_of_the_collection_is_known_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PLAYBOOKS.parent)
    assert playbook_at(str(PLAYBOOKS / "setup.yml")) == playbook_at("playbooks/setup.yml") == "setup"
    assert playbook_at("mine.yml") == playbook_at("sandbox/start.yml") == playbook_at("") == ""


@pytest.mark.parametrize(
    ("told", "again", "kept"),
    [
        ("a=b", "a=b", "a=b"),
        ("@file.yml", "@file.yml", "@file.yml"),
        ("a=b invoice_iam_user_lost_secret=replace", "a=b invoice_iam_user_lost_secret=replace", "a=b"),
        (
            "invoice_iam_user_lost_secret=replace invoice_iam_user_handout_title=x a='it is \"so\"'",
            "invoice_iam_user_lost_secret=replace invoice_iam_user_handout_title=x a='it is \"so\"'",
            '{"a": "it is \\"so\\""}',
        ),
        (
            "invoice_iam_user_verify_arrivals=true invoice_iam_user_verify_key=false",
            "invoice_iam_user_verify_arrivals=true invoice_iam_user_verify_key=false",
            "invoice_iam_user_verify_key=false",
        ),
        ('{"invoice_iam_user_revoke_delete": true}', '{"invoice_iam_user_revoke_delete": true}', ""),
        ("invoice_iam_user_console_password=Qz-1", "invoice_iam_user_console_password=<...>", None),
        (
            '{"aws_connection": {"region": "x", "secret_key": "Qz-1"}}',
            '{"aws_connection": {"region": "x", "secret_key": "<...>"}}',
            None,
        ),
    ],
)
def test_extra_variables(typed: t.Callable[..., str], told: str, again: str, kept: str | None) -> None:
    start = shlex.split(typed(**NAMED))
    assert shlex.split(typed(True, **NAMED, extra_vars=(told,)))[len(start) :] == ["-e", again]
    kept = again if kept is None else kept
    assert shlex.split(typed(**NAMED, extra_vars=(told,)))[len(start) :] == (["-e", kept] if kept else [])


def test_only_variables_that_are_secret_are_left_to_be_filled_in(typed: t.Callable[..., str]) -> None:
    text = (PLAYBOOKS.parent / "roles/invoice_iam_user/meta/argument_specs.yml").read_text(encoding="utf-8")
    specs = yaml.safe_load(text)["argument_specs"].values()
    secret = {name: bool(one.get("no_log")) for spec in specs for name, one in spec["options"].items()}
    assert {name for name, is_secret in secret.items() if is_secret} >= {"invoice_iam_user_console_password"}
    assert "invoice_iam_user_update_password" in secret
    for name, is_secret in secret.items():
        (_dash_e, told) = shlex.split(typed(True, **NAMED, extra_vars=(f"{name}=always",)))[-2:]
        assert told == f"{name}={PLACEHOLDER if is_secret else 'always'}"
    assert len(PLACEHOLDER) < 6, "IAM takes no password that is as short"


def test_what_is_told_anew_takes_the_place_of_what_was_told(typed: t.Callable[..., str]) -> None:
    start = len(shlex.split(typed(**NAMED)))
    given = ("c=6 a=b", '{"c": 5, "x": {"y": 1}}', "c=4")
    found = shlex.split(typed(True, {"c": "7"}, **NAMED, extra_vars=given))[start:]
    assert found == ["-e", "a=b", "-e", '{"x": {"y": 1}}', "-e", "c=7"]
    found = shlex.split(typed(True, {"c": "my class/x"}, **NAMED))[start:]
    assert found == ["-e", '{"c": "my class/x"}']


def test_a_program_that_a_shell_would_not_find_has_its_path(
    typed: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As after make demo, where nobody has activated the environment."""
    monkeypatch.setattr("sys.argv", [str(Path.cwd() / ".venv" / "bin" / "ansible-playbook"), "x.yml"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert typed(**NAMED) == ".venv/bin/ansible-playbook invoice_scanner.iam.{playbook}"
    (tmp_path / "ansible-playbook").touch(0o755)
    assert typed(**NAMED) == "ansible-playbook invoice_scanner.iam.{playbook}"


def test_jobs_of_a_controller_are_not_typed(typed: t.Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_OMIT_EVENTS", "False")
    found = typed(**NAMED, inventory=["/runner/inventory/hosts"])
    assert found == "ansible-playbook invoice_scanner.iam.{playbook}"
    assert typed(args=(str(PLAYBOOKS / "setup.yml"),)) == found
    # What a refusal asks for is told there, too.
    assert typed(True, {"c": "7"}, **NAMED, extra_vars=("c=6",)) == f"{found} -e c=7"
