# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Evaluate variables of any host of a play, as a task on that host would see them."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleValueOmittedError
from ansible.template import Templar, is_trusted_as_template

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REFERENCE = re.compile(r"\{\{ (\w+) \}\}")
_WORD = re.compile(r"\w+")
# Stands for a member of a list or a dictionary that C(omit) leaves out
_OMITTED = object()
# The same for all hosts. Ansible copies the lists of hosts for each host, hundreds of megabytes for some thousands.
_OF_PLAY = ("hostvars", "ansible_play_hosts_all", "ansible_play_hosts", "ansible_play_batch", "play_hosts")


class HostVariables:
    """The variables of one host, evaluated on demand."""

    def __init__(self, variables: Mapping[str, t.Any], loader: t.Any) -> None:
        self.raw = variables
        self._templar = Templar(loader=loader, variables=variables)

    @classmethod
    def of(cls, host: str, task: t.Any, task_vars: Mapping[str, t.Any], loader: t.Any) -> HostVariables:
        """Collect a host's variables, including the role's defaults and the play's variables, which hostvars lacks."""
        manager = task_vars["hostvars"]._variable_manager
        inventory_host = manager._inventory.get_host(host)
        found: dict[str, t.Any] = manager.get_vars(
            play=task.get_play(), host=inventory_host, task=task, include_hostvars=False
        )
        return cls(found | {name: task_vars[name] for name in _OF_PLAY if name in task_vars}, loader)

    def value_of(self, name: str) -> t.Any:
        """Return the value of a variable, or None if it is not defined."""
        return self.evaluated(self.raw.get(name))

    def evaluated(self, raw: t.Any) -> t.Any:
        """Evaluate a value as Ansible does, but resolve plain references without Jinja.

        Ansible compiles each template again for each host, which takes a millisecond. Most arguments in a role are
        plain references to a variable.
        """
        if isinstance(raw, dict):
            members = {key: self._member(value) for key, value in raw.items()}
            return {key: value for key, value in members.items() if value is not _OMITTED}
        if isinstance(raw, list):
            return [value for value in map(self._member, raw) if value is not _OMITTED]
        if isinstance(raw, str) and is_trusted_as_template(raw):
            reference = _REFERENCE.fullmatch(raw)
            if reference and reference[1] in self.raw:
                return self.evaluated(self.raw[reference[1]])
        elif raw is None or isinstance(raw, (str, int)):
            return raw  # Most of the rest is no template, and Ansible takes its time to find that out.
        return self._templar.template(raw)

    def _member(self, raw: t.Any) -> t.Any:
        try:
            return self.evaluated(raw)
        except AnsibleValueOmittedError:
            return _OMITTED

    def said(self, raw: t.Any) -> t.Any:
        """Evaluate a value that may be C(omit), which gives None."""
        try:
            return self.evaluated(raw)
        except AnsibleValueOmittedError:
            return None

    def holds(self, conditions: Iterable[t.Any]) -> bool:
        """Return whether all conditions of a C(when) are true."""
        return all(self._templar.evaluate_conditional(condition) for condition in conditions)

    def behind(self, raw: t.Any) -> set[str]:
        """Return all names that a value may depend on. Any word counts, as it may be a variable on other hosts."""
        left, seen = set(_WORD.findall(str(raw))), set[str]()
        while left:
            name = left.pop()
            seen.add(name)
            if name in self.raw:
                left |= set(_WORD.findall(str(self.raw[name]))) - seen
        return seen

    def differing(self, other: HostVariables, words: set[str]) -> list[str]:
        """Return those variables whose raw values differ on another host. Evaluated, they may still be equal."""
        names = words & (self.raw.keys() | other.raw.keys())
        return sorted(name for name in names if self.raw.get(name) != other.raw.get(name))


def referenced(raw: t.Any) -> str:
    """Return the variable's name if a template is just a reference to one, otherwise ""."""
    reference = _REFERENCE.fullmatch(raw) if isinstance(raw, str) else None
    return reference[1] if reference else ""
