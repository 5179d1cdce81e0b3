# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What somebody marked as data stays data, though it looks like a template."""

from __future__ import annotations

import typing as t

import pytest

from .support.promise import rows

if t.TYPE_CHECKING:
    from .conftest import Workshop

TEMPLATE = "Aa1-{{ 7 * 191 }}{% set x = 1 %}"
# Another one: Ansible hides a password wherever it stands.
PASSWORD = "Bb2-{{ 7 * 191 }}{# none #}"
INVENTORY = f"""
all:
  hosts:
    chosen:
      invoice_iam_user_console_password: !unsafe '{PASSWORD}'
    tagged:
      invoice_iam_user_tags: {{course: !unsafe '{TEMPLATE}'}}
    described:
      invoice_iam_user_access_key_description: !unsafe '{TEMPLATE}'
    named:
      invoice_iam_user_name: !unsafe '{TEMPLATE}'
"""
REFUSED = {
    "tagged": f"'{TEMPLATE}'",
    "described": f"the access key description '{TEMPLATE}'",
    "named": f"'{TEMPLATE}'",
}


@pytest.mark.parametrize("lane", [pytest.param("class", marks=pytest.mark.long), "setup"])
def test_what_looks_like_a_template_is_data(workshop: Workshop, lane: str) -> None:
    workshop.variables({"invoice_iam_user_name": "{{ inventory_hostname }}"})
    (workshop.inventory / "hosts.yml").write_text(INVENTORY, encoding="utf-8")
    run = workshop.run(f"playbooks/{lane}.yml")
    assert "Traceback" not in run.output
    assert run.recap("chosen")["failed"] == 0, run.output
    for host, said in REFUSED.items():
        assert run.recap(host)["failed"] == 1, run.output
        assert said in run.flat()
    assert "1337" not in run.output
    (login,) = rows(workshop.credentials / "chosen_credentials.csv")
    assert login["Password"] == PASSWORD
    assert PASSWORD in workshop.aws.secrets()
    assert {user["UserName"] for user in workshop.client("iam").list_users()["Users"]} == {"chosen", "sandbox-operator"}
    # What is on file is read again, and is no template either.
    again = workshop.run(f"playbooks/{lane}.yml", "--limit", "chosen", update_password="always")
    assert again.status == 0, again.output
    assert rows(workshop.credentials / "chosen_credentials.csv") == [login]
