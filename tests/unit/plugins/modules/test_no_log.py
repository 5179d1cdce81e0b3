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


def secrets(module: str) -> dict[str, bool]:
    """Find the options that hold a secret: they are called so, and take any text."""
    loaded = importlib.import_module(f"ansible_collections.invoice_scanner.iam.plugins.modules.{module}")
    specs = [spec for name, spec in vars(loaded).items() if name.endswith("ARGUMENTS")]
    found = [one for spec in specs for one in options(spec)]
    return {
        name: option.get("no_log") is True
        for name, option in found
        if SECRET.search(name) and option["type"] == "str" and "choices" not in option
    }


@pytest.mark.parametrize("module", MODULES)
def test_a_secret_argument_is_shown_to_nobody(module: str) -> None:
    assert all(secrets(module).values()), secrets(module)


def test_the_secrets_are_found() -> None:
    assert set(secrets("iam_users")) == {"users.console_password"}
    assert set(secrets("credentials_csv")) == {"password", "secret_access_key"}
    assert set(secrets("iam_login_profile")) == {"password"}
