# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""People, pages and readers for the tests of handouts."""

from __future__ import annotations

import html
import re
import typing as t

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.handout import Handout
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.pages import Pages
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.person import Person
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts

URL = "https://serverless-invoices.signin.aws.amazon.com/console"
PASSWORD = "Kd7-WmqT4rxvNh"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
PASSPHRASE = "correct horse battery staple"


def said(name: str = "anna", **more: t.Any) -> dict[str, t.Any]:
    """What a module is told of a person."""
    usual = {"display_name": "", "email": "", "cells": {}, "links": [], "contact": "", "expires": ""}
    return {"name": name, **usual, **more}


def saved(name: str = "anna", password: str = PASSWORD, url: str = URL, key_id: str = KEY_ID) -> Credentials:
    """What is saved of a person."""
    return Credentials(name, password, url, key_id, SECRET if key_id else "")


def a_handout(name: str = "anna", credentials: Credentials | None = None, **more: t.Any) -> Handout:
    """What a person is given."""
    return Handout(Person.of(said(name, **more)), credentials or saved(name), "123456789012", "eu-central-1")


def the_pages(language: str = "en") -> Pages:
    """The templates that come with this collection."""
    return Pages(str(_handouts.MATERIAL), _handouts.texts(language))


def shown(page: bytes) -> str:
    """All texts of a page, without its style, as a reader takes them."""
    body = page.decode().partition("<body")[2]
    body = re.sub(r"<script>.*?</script>|<wbr>", "", body, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "\n", body)).split())
