# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import re
import typing as t

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.report import report
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import shown, the_pages

PAGES = the_pages()


def one(name: str, **more: t.Any) -> dict[str, t.Any]:
    """What was found of a user for whom all is well."""
    return {"name": name, "failed": False, "msg": "", "exists": True, "access_key_id": f"AKIA{name.upper()}", **more}


def wrong(name: str, **more: t.Any) -> dict[str, t.Any]:
    finding = {"finding": f"access key of {name} is Inactive", "command": f"ansible-playbook x --limit {name}"}
    return one(name, failed=True, findings=[finding], **more)


def page(*found: dict[str, t.Any], arrivals: bool = False, people: t.Any = None, language: str = "en") -> bytes:
    verified = {
        "account_id": "123456789012",
        "verified_at": "2026-11-24T08:55:00Z",
        "arrivals": arrivals,
        "hosts": {f"host-{user['name']}": user for user in found},
    }
    return report(PAGES if language == "en" else the_pages(language), "Invoices", verified, people or {})


def rows(content: bytes) -> list[list[str]]:
    """The table, a list of cells a line."""
    lines = re.findall(r"<tr role=\"row\" class.*?</tr>", content.decode(), re.DOTALL)
    return [
        [
            shown(f"<body>{cell}".encode()).removeprefix("> ")
            for cell in re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL)
        ]
        for line in lines
    ]


def test_how_many_are_how_far_is_said_in_words_and_in_a_bar() -> None:
    content = page(one("anna"), wrong("bert"), wrong("carl", exists=False), one("dora"))
    assert "4 people : 2 ready , 1 needs action , 1 no user" in shown(content)
    bars = re.findall(r'<rect class="(\w+)" x="(\d)" y="0" width="(\d)"', content.decode())
    assert bars == [("ready", "0", "2"), ("needs_action", "2", "1"), ("not_there", "3", "1")]


def test_who_needs_help_is_first_with_the_command_that_mends_it() -> None:
    content = page(one("anna"), wrong("bert"))
    assert [row[1] for row in rows(content)] == ["bert", "anna"]
    text = shown(content)
    assert "access key of bert is Inactive To fix it: ansible-playbook x --limit bert" in text
    assert text.index("Needs action") < text.index("Everybody")


def test_what_one_command_mends_is_offered_as_one_command() -> None:
    mend = "ansible-playbook x --limit bert -e"
    findings = [{"finding": f"no {what}", "command": f"{mend} {what}=always"} for what in ("password", "key")]
    text = shown(page(one("bert", failed=True, findings=findings)))
    assert f"To do all of this at once: {mend} password=always -e key=always" in text
    assert "at once" not in shown(page(wrong("bert")))


def test_then_comes_who_has_not_arrived() -> None:
    when = "2026-11-24T08:31:00+00:00"
    content = page(
        one("anna", signed_in=when),
        one("bert", key_used=when, key_used_for="sts"),
        one("carl", key_used=when, key_used_for="s3"),
        one("dora"),
        arrivals=True,
    )
    assert [row[1] for row in rows(content)] == ["bert", "dora", "anna", "carl"]
    text = shown(content)
    assert "1 of 4 have signed in" in text
    assert "1 of 4 have used their access key" in text
    assert "2026-11-24 08:31 (only tested)" in text


def test_without_arrivals_nobody_is_said_not_to_have_come() -> None:
    text = shown(page(one("anna")))
    assert "not yet" not in text
    assert "Signed in" not in text


def test_people_are_called_by_their_names_and_groups() -> None:
    people = {"host-anna": {"display_name": "Anna Müller", "group": "A"}}
    ((name, user, state, group, account, key, _seen),) = rows(page(one("anna"), people=people))
    assert (name, user, state, group, account, key) == ("Anna Müller", "anna", "ready", "A", "123456789012", "AKIAANNA")


def test_who_failed_before_anything_was_looked_at_needs_action() -> None:
    content = page({"name": "anna", "failed": True, "msg": "invoice_iam_user_path is wrong"})
    assert "invoice_iam_user_path is wrong" in shown(content)
    assert "1 needs action" in shown(content)


def test_whose_access_was_taken_is_not_ready() -> None:
    said = shown(page(one("anna", revoked="2026-11-01"), one("bert")))
    assert "1 ready , 1 access revoked" in said
    assert "Everybody is ready." not in said
    assert "Nobody needs help." in said


def test_where_all_is_well_or_nobody_is_there_that_is_said() -> None:
    assert "Everybody is ready." in shown(page(one("anna")))
    assert "The class is empty." in shown(page())


def test_sentences_keep_their_language_on_a_german_page() -> None:
    content = page(wrong("bert"), language="de").decode()
    assert '<html lang="de">' in content
    assert '<p lang="en">access key of bert is Inactive</p>' in content


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.text())
def test_whatever_people_write_is_a_text(name: str, group: str, finding: str) -> None:
    user = one("anna", failed=True, findings=[{"finding": finding + "<script>", "command": ""}])
    content = page(user, people={"host-anna": {"display_name": name + "<img src=x>", "group": group}})
    assert b"<script" not in content
    assert b"<img" not in content
