# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.person import (
    HandoutError,
    Link,
    Person,
    people,
)
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import said


def test_who_has_no_name_is_called_like_the_user() -> None:
    assert Person.of(said("anna")).display_name == "anna"
    assert Person.of(said("anna", display_name=" Anna Müller ")).display_name == "Anna Müller"


def test_cells_of_several_lines_are_one_line() -> None:
    assert Person.of(said(cells={"last name": "Łukaszewicz-\r\nNowak"})).cells == {"last name": "Łukaszewicz- Nowak"}


def test_a_link_without_a_title_shows_its_address() -> None:
    (link,) = Person.of(said(links=[{"url": "https://example.org/a"}])).links
    assert link == Link("https://example.org/a", "https://example.org/a")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "example.org",
        "",
        "https://a b",
        "//x",
        "https://[",
        "file:///etc/passwd",
        "vbscript:x",
    ],
)
def test_a_link_leads_to_a_page_or_a_mailbox(url: str) -> None:
    with pytest.raises(
        HandoutError, match=r"the link .* in invoice_iam_user_handout_links leads to .*; give an address"
    ):
        Person.of(said(links=[{"title": "Slides", "url": url}]))


@pytest.mark.parametrize("url", ["https://example.org", "HTTP://example.org/?a=b#c", "mailto:ada@example.org"])
def test_such_links_are_kept_as_they_are(url: str) -> None:
    assert Person.of(said(links=[{"title": "x", "url": url}])).links[0].url == url


def test_a_day_is_one() -> None:
    assert Person.of(said(expires=" 2026-12-31 ")).expires == "2026-12-31"
    with pytest.raises(HandoutError, match=r"invoice_iam_user_expires is 'tomorrow'; write the day as in '2026-12-31'"):
        Person.of(said(expires="tomorrow"))


def test_the_last_day_of_a_class_that_closes_is_that_of_each_person() -> None:
    closes = {"closes": "2026-12-31T18:00", "timezone": "Europe/Berlin"}
    assert Person.of(said(**closes)).expires == "2026-12-31"
    assert Person.of(said(closes="2026-12-31")).expires == "2026-12-31"
    assert Person.of(said(expires="2026-12-30", **closes)).expires == "2026-12-30"
    with pytest.raises(HandoutError, match=r"invoice_iam_user_timezone is 'Berlin', which is not a time zone"):
        Person.of(said(**closes | {"timezone": "Berlin"}))


def test_all_that_is_wrong_is_said_at_once_and_each_thing_once() -> None:
    wrong = {"links": [{"title": "x", "url": "javascript:1"}]}
    with pytest.raises(HandoutError) as caught:
        people([said("anna", **wrong), said("bert", **wrong), said("carl", expires="never"), said("dora")])
    assert str(caught.value).count("javascript:1") == 1
    assert "'never'" in str(caught.value)


def test_where_everybody_has_another_fault_some_are_named() -> None:
    with pytest.raises(HandoutError, match=r"; and 95 more of that kind"):
        people([said(f"user-{number}", expires=f"day {number}") for number in range(100)])
