# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Argument specifications as values, and what people wrote into them as domain values."""

from __future__ import annotations

import typing as t

from .._users.user import WantedUser

if t.TYPE_CHECKING:
    from collections.abc import Mapping

ArgumentSpec = dict[str, t.Any]

WANTED_USER: ArgumentSpec = {
    "name": {"type": "str", "required": True},
    "console_password": {"type": "str", "no_log": True},
    "password_reset_required": {"type": "bool", "default": False, "no_log": False},
    "update_password": {"type": "str", "choices": ["on_create", "always"], "default": "on_create", "no_log": False},
    "managed_policies": {"type": "list", "elements": "str", "default": []},
    "purge_policies": {"type": "bool", "default": False},
    "permissions_boundary": {"type": "str"},
    "path": {"type": "str", "default": "/"},
    "tags": {"type": "dict", "default": {}},
    "access_key_description": {"type": "str", "no_log": False, "default": "AI Invoice Scanner Project"},
    "lost_secret": {"type": "str", "choices": ["keep", "fail", "replace"], "default": "keep", "no_log": False},
    "adopt_existing": {"type": "bool", "default": False},
    "expires": {"type": "str", "default": ""},
}

_AT_LEAST = {"threads": 1, "slices": 1, "wait_timeout": 0}


def number_problem(options: Mapping[str, t.Any]) -> str | None:
    """Say in one sentence which number makes no sense, or return None."""
    for name, smallest in _AT_LEAST.items():
        if options[name] < smallest:
            return f"{name} is {options[name]}; give {smallest} or more, or leave it out"
    rate = options["max_requests_per_second"]
    if rate is not None and not rate > 0:
        return f"max_requests_per_second is {rate:g}; give a number above 0, or leave it out for no ceiling"
    return None


def wanted_user(options: Mapping[str, t.Any]) -> WantedUser:
    """Build the wanted user from module options that follow C(WANTED_USER)."""
    values = {name: options[name] for name in WANTED_USER}
    # Who writes them as one text may write spaces after the commas.
    values["managed_policies"] = tuple(filter(None, map(str.strip, values["managed_policies"])))
    values["tags"] = {str(key): str(value) for key, value in values["tags"].items()}
    values["expires"] = (values["expires"] or "").strip()
    values["permissions_boundary"] = values["permissions_boundary"] or None
    return WantedUser(**values)
