# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Write the commands that people are advised to type.

They are first written in a form that works wherever the collection is installed. Before people see them, they are
rewritten in the form of the current run: with its inventory, vault and other options, and its way to name a playbook.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CLASS = "class"
HANDOUT = "handout"
HOURS = "hours"
REVOKE = "revoke"
ROTATE = "rotate"
VERIFY = "verify"
# Stands for the name of a playbook in the command line of a run
PLAYBOOK = "{playbook}"
EVERYWHERE = f"ansible-playbook invoice_scanner.iam.{PLAYBOOK}"

# Stands for a host while commands are compared. No host has this name.
_SOMEBODY = "\0"
# A word as shlex quotes it
_WORD = r"""((?:'[^']*'|"[^"]*"|[^\s;'"])+)"""
_LIMIT = re.compile(rf" --limit {_WORD}")
# A command with its extra variables at the end of a text
_ENDING = re.compile(rf"(\S*ansible-playbook .*? --limit {_WORD})((?: -e {_WORD})*)$")
_EXTRA = re.compile(rf" -e {_WORD}")
_COMMAND = re.compile(rf"ansible-playbook invoice_scanner\.iam\.(\w+)(?: --limit {_WORD})?")
# What Ansible treats as a name in a pattern of hosts, not as an option, file or list
_PLAIN = re.compile(r"[A-Za-z0-9_=+.][A-Za-z0-9_=+.@-]*", re.ASCII)


def command(playbook: str, whose: str = "", extra_vars: str = "") -> str:
    """Return the command for a playbook of this collection; C(whose) is a user or its host."""
    limit = f" --limit {shlex.quote(pattern(whose))}" if whose else ""
    extra = f" -e {extra_vars}" if extra_vars else ""
    return f"{EVERYWHERE.replace(PLAYBOOK, playbook)}{limit}{extra}"


def pattern(host: str) -> str:
    """Return the pattern that matches only this host.

    In a limit, Ansible splits at commas, colons and blanks, and treats C(@) as a file and a dash as an option.
    """
    if _PLAIN.fullmatch(host):
        return host
    escaped = (char if char.isascii() and char.isalnum() else f"\\U{ord(char):08x}" for char in host)
    return f"~{''.join(escaped)}$"


def without_limits(text: str) -> str:
    """Remove the limits from the commands in a text, to compare it with another text."""
    return _LIMIT.sub("", text)


def joined(texts: Iterable[str]) -> list[str]:
    """Merge texts that differ only in the hosts of their commands."""
    found: dict[str, list[str]] = {}
    for text in filter(None, texts):
        limits = _LIMIT.findall(text)
        found.setdefault(_LIMIT.sub(f" --limit {_SOMEBODY}", text), []).extend(shlex.split(" ".join(limits[:1])))
    return [
        text.replace(f" --limit {_SOMEBODY}", f" --limit {shlex.quote(','.join(dict.fromkeys(hosts)))}")
        for text, hosts in found.items()
    ]


def all_at_once(texts: Iterable[str]) -> list[str]:
    """Merge commands at the end of texts that run the same playbook with different extra variables."""
    found: dict[str, list[list[str]]] = {}
    for ending in filter(None, map(_ENDING.search, texts)):
        extra = _EXTRA.findall(ending[3])
        if extra not in found.setdefault(ending[1], []):
            found[ending[1]].append(extra)
    together = {
        start: dict.fromkeys(word for extra in extras for word in extra)
        for start, extras in found.items()
        if len(extras) > 1
    }
    return [
        "".join((start, *(f" -e {word}" for word in words)))
        for start, words in together.items()
        # Commands that set the same variable to different values cannot be merged.
        if len({word.partition("=")[0] for word in words}) == len(words)
    ]


def limits(hosts: Mapping[str, str]) -> dict[str, str]:
    """Map each user, quoted as in the limit of a command, to the host that stands for it, quoted the same way."""
    return {shlex.quote(pattern(user)): shlex.quote(pattern(host)) for user, host in hosts.items()}


def told(value: t.Any, command_line: str, limits_of_hosts: Mapping[str, str] | None = None) -> t.Any:
    """Rewrite the commands in C(value) in the form of the current run, and replace users by their hosts.

    C(value) is a text, or a structure that contains texts. C(limits_of_hosts) comes from C(limits).
    """
    hosts = limits_of_hosts or {}

    def exchanged(found: re.Match[str]) -> str:
        limit = hosts.get(found[2], found[2])
        return command_line.replace(PLAYBOOK, found[1]) + (f" --limit {limit}" if limit else "")

    def exchange(one: t.Any) -> t.Any:
        if isinstance(one, dict):
            return {key: exchange(part) for key, part in one.items()}
        if isinstance(one, list):
            return [exchange(part) for part in one]
        if dataclasses.is_dataclass(one) and not isinstance(one, type):  # As Ansible keeps a module's warnings
            parts = {field.name: exchange(getattr(one, field.name)) for field in dataclasses.fields(one)}
            return dataclasses.replace(one, **parts)
        return _COMMAND.sub(exchanged, one) if isinstance(one, str) and "ansible-playbook " in one else one

    return exchange(value)
