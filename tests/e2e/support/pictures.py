# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Create the pictures of the README and of the guide to handouts: a run for a class, and pages of invented people."""

from __future__ import annotations

import sys
import tempfile
import typing as t
from pathlib import Path

from playwright.sync_api import sync_playwright

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.handout import Handout, Printer
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.pages import Pages
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.person import Person
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.report import report
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.sealing import Sealer
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts

from .browser import EXECUTABLE, LAPTOP, PHONE, Browser
from .terminal_picture import picture_of_a_class

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
TITLE = "Serverless Invoices, autumn 2026"
STUDENTS = {
    "anna.mueller": ("Anna Müller", "A"),
    "joerg.mueller": ("Jörg Müller", "B"),
    "s.obrien": ("Siobhán O'Brien", "A"),
    "m.lukaszewicz": ("Michał Łukaszewicz-Nowak", "B"),
    "zoe.heide": ("Zoë Marie von der Heide", "A"),
    "jose.garcia": ("José García Ñáñez", "B"),
}
# The key of AWS's own examples, and passwords like those that are generated
KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
PASSWORDS = ("Kd7-WmqT4rxvNh", "Pw9_hTzkE3mXbu", "Rt4.qVnaY8scGd", "Hb6-ZxeuF9kpWm", "Ty3_mKgsC7vdRq", "Nf8.wJhxA5tbPz")


def handouts() -> list[Handout]:
    """Return the handouts of the students of examples/class."""
    links = [
        {"title": "Slides of the first day", "url": "https://workshop.example.org/slides"},
        {"title": "Your own repository", "url": "https://git.example.org/invoice-scanner"},
    ]
    made = []
    for password, (name, (display_name, _group)) in zip(PASSWORDS, STUDENTS.items(), strict=True):
        said = {"name": name, "display_name": display_name, "email": "", "cells": {}, "links": links}
        person = Person.of({**said, "contact": "Ada Instructor, ada@example.org, room 3.14", "expires": "2026-12-31"})
        url = "https://serverless-invoices.signin.aws.amazon.com/console"
        made.append(Handout(person, Credentials(name, password, url, KEY_ID, SECRET), "123456789012", "eu-central-1"))
    return made


def verified() -> dict[str, t.Any]:
    """Return a result of verify.yml on the first morning."""
    morning = "2026-11-24T08:31:00Z"
    found: dict[str, dict[str, t.Any]] = {
        name: {"name": name, "failed": False, "exists": True, "access_key_id": KEY_ID, "expires": "2026-12-31"}
        for name in STUDENTS
    }
    found["anna.mueller"] |= {"signed_in": morning, "key_used": morning, "key_used_for": "s3"}
    found["jose.garcia"] |= {"signed_in": morning}
    found["joerg.mueller"] |= {"key_used": "2026-11-23T17:40:00Z", "key_used_for": "sts"}
    inactive = f"access key {KEY_ID} of 's.obrien' is Inactive; activate it in IAM"
    missing = "there is no user 'm.lukaszewicz'"
    mends = "ansible-playbook invoice_scanner.iam.class --limit m.lukaszewicz"
    found["s.obrien"] |= {"failed": True, "findings": [{"finding": inactive, "command": ""}]}
    found["m.lukaszewicz"] |= {"failed": True, "exists": False, "access_key_id": "", "expires": ""}
    found["m.lukaszewicz"]["findings"] = [{"finding": missing, "command": mends}]
    when = {"account_id": "123456789012", "verified_at": "2026-11-24T08:55:00Z", "arrivals": True}
    return {**when, "hosts": found}


def picture(browser: Browser, content: bytes, name: str, size: tuple[int, int], **how: t.Any) -> None:
    """Take a picture of a page, or of one of its elements."""
    selector = how.pop("of", "")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_bytes(content)
        with browser.showing(page, size, **how) as shown:
            what = shown.tab.locator(selector) if selector else shown.tab
            options = {} if selector else {"full_page": True}
            what.screenshot(path=str(PICTURES / f"{name}.png"), **options)


def main() -> None:
    """Create all pictures."""
    if EXECUTABLE is None:
        sys.exit("There is no Chromium; Debian and Ubuntu: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "class.svg").write_text(picture_of_a_class(), encoding="utf-8")
    pages = Pages(str(_handouts.MATERIAL), _handouts.texts("en"))
    printer = Printer(pages, TITLE)
    everybody = handouts()
    people = {name: {"display_name": shown, "group": group} for name, (shown, group) in STUDENTS.items()}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        browser = Browser(chromium)
        picture(browser, printer.page(everybody[0], None), "person", LAPTOP)
        picture(browser, printer.page(everybody[0], None), "person_phone", PHONE, scheme="dark")
        picture(browser, printer.cards(everybody[:4], 4), "cards", LAPTOP, of=".sheet")
        sealed = Printer(pages, TITLE, sealer=Sealer("correct horse battery staple")).page(everybody[0], None)
        picture(browser, sealed, "sealed", (900, 480))
        picture(browser, report(pages, TITLE, verified(), people), "report", LAPTOP)
        chromium.close()


if __name__ == "__main__":
    main()
