# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Write command lines for this collection's playbooks with the options of the current run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import typing as t
from pathlib import Path

import yaml
from ansible import constants as C
from ansible import context
from ansible.parsing.splitter import parse_kv

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import PLAYBOOK

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROGRAM = "ansible-playbook"
_NAME = "invoice_scanner.iam."
_PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
# Variables that are meant for one run only, so a suggested command must not repeat them
_ONCE = re.compile(
    r"invoice_iam_user_(lost_secret|update_password|adopt_existing|restore_access|verify_(report|page|arrivals)"
    r"|(rotate|revoke|teardown|collect|handout|hours)_\w+)"
)
# Names of variables with secrets. update_password is not one: it says when to set a password.
_SECRET = re.compile(r"(?<!update_)password$|passphrase|secret_key|secret_access_key|session_token|security_token")
# Stands for a secret. It is too short for any account's password policy, in case somebody forgets to fill it in.
PLACEHOLDER = "<...>"
# What Ansible means if no tags were typed
_ALL_TAGS = ["all"]
_PLAIN_VALUE = re.compile(r"[^\s'\"\\{}]*")
# In a controller, people launch jobs and type no commands.
_IN_CONTROLLER = ("AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS")


def command_line(anew: bool = False, changed: Mapping[str, str] | None = None) -> str:
    """Return the command that starts a playbook of this collection with the options of this run.

    It contains a placeholder for the playbook's name. C(anew): repeat all extra variables. C(changed): variables that
    replace those of this run.
    """
    return _command_line(_neighbour(), anew, changed or {})


def same_command(changed: Mapping[str, str] | None = None) -> str:
    """Return the command that starts this run again, with the playbooks as they were typed."""
    line = _command_line(shlex.join(_playbooks()), anew=True, instead=changed or {})
    for option in ("tags", "skip_tags"):
        chosen = sorted(context.CLIARGS.get(option) or ())
        if chosen not in ([], _ALL_TAGS):
            line += f" --{option.replace('_', '-')} {shlex.quote(','.join(chosen))}"
    return line + limit()


def limit() -> str:
    """Return the limit of this run, as the end of a command."""
    hosts = context.CLIARGS.get("subset")
    return f" --limit {shlex.quote(hosts)}" if hosts else ""


def _playbooks() -> tuple[str, ...]:
    return tuple(context.CLIARGS.get("args") or ())


def _command_line(playbooks: str, anew: bool, instead: Mapping[str, str]) -> str:
    options = {} if _in_controller() else context.CLIARGS
    words = [shlex.quote(word) for word in (_program(), *_inventory(options), *_vault(options))]
    extra = (_kept(str(told), anew, instead) for told in options.get("extra_vars") or ())
    for kept in (*filter(None, extra), *(_written({name: value}) for name, value in instead.items())):
        playbooks += f" -e {shlex.quote(kept)}"
    return " ".join((*words, playbooks))


def _program() -> str:
    """Return how to start ansible-playbook: by its path if a shell would not find it, as after make demo."""
    typed = sys.argv[0]
    is_found = _in_controller() or shutil.which(_PROGRAM) or Path(typed).name != _PROGRAM
    return _PROGRAM if is_found else short_path(typed)


def _in_controller() -> bool:
    return any(name in os.environ for name in _IN_CONTROLLER)


def _inventory(options: Mapping[str, t.Any]) -> Iterator[str]:
    sources = list(options.get("inventory") or ())
    if sources == list(C.DEFAULT_HOST_LIST):
        return
    for source in sources:
        yield from ("-i", source if "," in source else short_path(source))


def _vault(options: Mapping[str, t.Any]) -> Iterator[str]:
    if options.get("ask_vault_pass"):
        yield "--ask-vault-pass"
    for one in options.get("vault_ids") or ():
        yield from ("--vault-id", one)
    for path in options.get("vault_password_files") or ():
        yield from ("--vault-password-file", short_path(path))


def short_path(path: str) -> str:
    """Return a path as it was probably typed: relative if it is below the current directory."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def playbook_at(path: str) -> str:
    """Return the name of this collection's playbook with this path, or "" for any other path."""
    found = Path(path)
    return found.stem if found.resolve().parent == _PLAYBOOKS else ""


def _neighbour() -> str:
    """Return a placeholder for a playbook: by path if this run's playbook was named by path, otherwise by full name."""
    typed = () if _in_controller() else _playbooks()
    paths = [Path(one) for one in typed if not one.startswith(_NAME) and playbook_at(one)]
    return f"{shlex.quote(str(paths[0].parent))}/{PLAYBOOK}.yml" if paths else f"{_NAME}{PLAYBOOK}"


def _kept(told: str, anew: bool, instead: Mapping[str, str]) -> str:
    """Return the part of an C(-e) argument to repeat, with placeholders for secrets and without C(instead)."""
    if told.startswith("@"):
        return told
    is_data = told.lstrip().startswith(("{", "["))
    variables = yaml.safe_load(told) if is_data else parse_kv(told)
    if not isinstance(variables, dict):
        return told
    kept = {
        name: _masked(name, value)
        for name, value in variables.items()
        if name not in instead and (anew or not _ONCE.fullmatch(str(name)))
    }
    if kept == variables:
        return told
    return _written(kept, is_data) if kept else ""


def _written(variables: Mapping[str, t.Any], is_data: bool = False) -> str:
    """Format variables for C(-e). Values with blanks or quotes need JSON, as Ansible would split them."""
    plain = not is_data and all(_PLAIN_VALUE.fullmatch(str(value)) for value in variables.values())
    return " ".join(f"{name}={value}" for name, value in variables.items()) if plain else json.dumps(variables)


def _masked(name: str, value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _masked(str(key), one) for key, one in value.items()}
    return PLACEHOLDER if _SECRET.search(name) else value
