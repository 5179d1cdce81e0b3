# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The command line that started this run, as far as another of our playbooks takes it."""

from __future__ import annotations

import json
import os
import re
import shlex
import typing as t
from pathlib import Path

import yaml
from ansible import constants as C
from ansible import context
from ansible.parsing.splitter import parse_kv

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import EVERYWHERE, PLAYBOOK

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = "invoice_scanner.iam."
_PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
# What a run was told for once; another one must be told anew.
_ONCE = re.compile(
    r"invoice_iam_user_(lost_secret|update_password|adopt_existing|restore_access|verify_report"
    r"|(rotate|revoke|teardown|collect|handout|hours)_\w+)"
)
# The role's update_password says when to set one, and is none.
_SECRET = re.compile(r"(?<!update_)password$|passphrase|secret_key|secret_access_key|session_token|security_token")
# Stands for a secret. It is shorter than any that an account takes, should somebody forget to fill it in.
PLACEHOLDER = "<...>"
_PLAIN_VALUE = re.compile(r"[^\s'\"\\{}]*")
# Jobs of a controller are launched, not typed.
_IN_CONTROLLER = ("AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS")


def command_line(anew: bool = False, changed: Mapping[str, str] | None = None) -> str:
    """Write the command that starts a playbook as this run was started.

    C(anew): with all that it was told. C(changed): variables to tell instead of what it was told of them.
    """
    options = context.CLIARGS
    instead = changed or {}
    if not options or any(name in os.environ for name in _IN_CONTROLLER):
        typed, extra = [EVERYWHERE], []
    else:
        words = ["ansible-playbook", *_inventory(options), *_vault(options)]
        typed = [shlex.quote(word) for word in words] + [_playbook(options.get("args") or ())]
        extra = [_kept(str(told), anew, instead) for told in options.get("extra_vars") or ()]
    for kept in (*filter(None, extra), *(_written({name: value}) for name, value in instead.items())):
        typed += ["-e", shlex.quote(kept)]
    return " ".join(typed)


def playbook() -> str:
    """Name the playbook of ours that this run was started with; empty where it was somebody else's."""
    return next(filter(None, map(_ours, context.CLIARGS.get("args") or ())), "")


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
    """Write a path as it was most likely typed."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def _ours(argument: str) -> str:
    if argument.startswith(_NAME):
        return argument.removeprefix(_NAME)
    path = Path(argument)
    return path.stem if path.resolve().parent == _PLAYBOOKS else ""


def _playbook(arguments: tuple[str, ...]) -> str:
    """Name a playbook by its path where this one was named by it, and else by its full name."""
    paths = [Path(one) for one in arguments if not one.startswith(_NAME) and _ours(one)]
    return f"{shlex.quote(str(paths[0].parent))}/{PLAYBOOK}.yml" if paths else f"{_NAME}{PLAYBOOK}"


def _kept(told: str, anew: bool, instead: Mapping[str, str]) -> str:
    """Return what of C(-e) is told again, with a placeholder for each secret. C(instead): what is told anew."""
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
    """Write variables as C(-e) takes them. Ansible takes a value with blanks or quotes in it apart, except in JSON."""
    plain = not is_data and all(_PLAIN_VALUE.fullmatch(str(value)) for value in variables.values())
    return " ".join(f"{name}={value}" for name, value in variables.items()) if plain else json.dumps(variables)


def _masked(name: str, value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _masked(str(key), one) for key, one in value.items()}
    return PLACEHOLDER if _SECRET.search(name) else value
