# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Every argument that holds a secret is one that Ansible shows nobody."""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest

MODULES = sorted(path.stem for path in (Path(__file__).parents[4] / "plugins" / "modules").glob("*.py"))
SECRET = re.compile(r"(^|_)(password|secret|secret_access_key)$")


def options(spec: dict[str, t.Any], path: str = "") -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Name all options with what is said of them, those within others too."""
    for name, option in spec.items():
        yield f"{path}{name}", option
        yield from options(option.get("options", {}), f"{path}{name}.")


class Begun(Exception):
    """A module begins, with these options."""


def spec_of(module: str) -> dict[str, t.Any]:
    """Let a module begin, and take the options that it hands to Ansible."""
    loaded = importlib.import_module(f"ansible_collections.invoice_scanner.iam.plugins.modules.{module}")
    if not hasattr(loaded, "main"):
        return {}  # Its action plugin does all.

    def begin(argument_spec: dict[str, t.Any], **_others: t.Any) -> t.NoReturn:
        raise Begun(argument_spec)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loaded, "AnsibleAWSModule", begin)
        with pytest.raises(Begun) as begun:
            loaded.main()
    spec: dict[str, t.Any] = begun.value.args[0]
    return spec


def secrets(module: str) -> dict[str, bool]:
    """Find the options that hold a secret: they are called so, and take any text."""
    return {
        name: option.get("no_log") is True
        for name, option in options(spec_of(module))
        if SECRET.search(name) and option["type"] == "str" and "choices" not in option
    }


@pytest.mark.parametrize("module", MODULES)
def test_a_secret_argument_is_shown_to_nobody(module: str) -> None:
    assert all(secrets(module).values()), secrets(module)


def test_the_secrets_are_found() -> None:
    assert set(secrets("iam_users")) == {"users.console_password"}
    assert set(secrets("credentials_csv")) == {"password", "secret_access_key"}
    assert set(secrets("iam_login_profile")) == {"password"}
