# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Validate the variables of all hosts with the role's argument specification.

Ansible itself validates a role host by host, which would take longer than the work, and ends the play for all hosts if
one has an error.
"""

from __future__ import annotations

import difflib
import functools
import os
import typing as t

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = "invoice_iam_user_"
_LISTED = "'ansible-doc -t role invoice_scanner.iam.invoice_iam_user'"
# The keys of an option that ArgumentSpecValidator supports
_SPECIFIED = ("type", "elements", "choices", "no_log")
# Values that mean that a variable is not set
_NOTHING = (None, "")


class RoleVariables:
    """The variables of all entry points of the role."""

    def __init__(self, options: Mapping[str, Mapping[str, t.Any]]) -> None:
        self._options = {name: {key: one[key] for key in _SPECIFIED if key in one} for name, one in options.items()}

    @classmethod
    def of_role(cls, path: str) -> RoleVariables:
        """Read the specification of a role."""
        return _read(os.path.join(path, "meta", "argument_specs.yml"))

    def has(self, name: str) -> bool:
        """Return whether the role has this variable."""
        return name in self._options

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return a sentence for each name that begins like the role's variables, but is not one of them."""
        return [self._unknown(name) for name in sorted(names) if name.startswith(PREFIX) and name not in self._options]

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._options, n=1)
        meant = f"; did you mean {near[0]}?" if near else ";"
        return f"there is no variable {name}{meant} {_LISTED} lists all of them"

    def problem(self, name: str, value: t.Any) -> str | None:
        """Return one sentence saying why a value is not valid for a variable, or None."""
        option = self._options.get(name)
        if option is None or value in _NOTHING:
            return None
        result = _validator(name, self).validate({name: value})
        if not result.error_messages:
            return None
        shown = "" if option.get("no_log") else f" {value!r}"
        wanted = (
            f"one of {', '.join(map(str, option['choices']))}" if "choices" in option else f"of type {option['type']}"
        )
        return f"{name} is{shown or ' not valid'} and has to be {wanted}"

    def with_choices(self) -> list[str]:
        """List the variables that have choices."""
        return [name for name, option in self._options.items() if "choices" in option]

    def spec(self, name: str) -> Mapping[str, t.Any]:
        """Return the specification of a variable."""
        return self._options[name]


@functools.cache
def _read(path: str) -> RoleVariables:
    with open(path, encoding="utf-8") as stream:
        specs = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"]
    return RoleVariables({name: option for spec in specs.values() for name, option in spec["options"].items()})


@functools.cache
def _validator(name: str, variables: RoleVariables) -> ArgumentSpecValidator:
    return ArgumentSpecValidator({name: dict(variables.spec(name))})
