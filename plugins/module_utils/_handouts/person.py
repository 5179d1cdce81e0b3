# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The person that a handout is for, and checks of the options about them."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .._users import hours
from .._users.text import one_line, printable

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# The allowed schemes of a link. Others, such as javascript:, could run code on the page.
_SCHEMES = ("http", "https", "mailto")


class HandoutError(Exception):
    """The options allow no handout; the message is one sentence for the user."""


@dataclass(frozen=True)
class Link:
    """A link on a handout, such as to the first steps."""

    title: str
    url: str


@dataclass(frozen=True)
class Person:
    """The person that a handout is for, from the inventory."""

    name: str
    display_name: str = ""
    email: str = ""
    # The cells of the roster's row, by column
    cells: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    contact: str = ""
    # The last day, as in 2026-12-31; empty if none was given
    expires: str = ""
    # Whether an access key is handed out, and whether the AWS CLI signs in with the console password
    access_key: bool = True
    cli_sign_in: bool = False

    @classmethod
    def of(cls, options: Mapping[str, t.Any]) -> Person:
        """Build a person from a module's options. Raises HandoutError."""
        return cls(
            name=options["name"],
            display_name=one_line(options["display_name"]) or options["name"],
            email=printable(options["email"]).strip(),
            cells={one_line(key): one_line(cell) for key, cell in (options["cells"] or {}).items()},
            links=tuple(_link(one) for one in options["links"] or ()),
            contact=printable(options["contact"]).strip(),
            expires=_last_day(*(printable(options.get(name)).strip() for name in ("expires", "closes", "timezone"))),
            access_key=options.get("access_key", True),
            cli_sign_in=options.get("cli_sign_in", False),
        )


def _link(one: Mapping[str, t.Any]) -> Link:
    url = printable(one.get("url")).strip()
    title = printable(one.get("title")).strip() or url
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        scheme = ""
    if scheme not in _SCHEMES or any(char.isspace() for char in url):
        raise HandoutError(
            f"the link {title!r} in invoice_iam_user_handout_links leads to {url!r}; give an address that begins with "
            "https://, http:// or mailto: and has no spaces"
        )
    return Link(title, url)


def _last_day(expires: str, closes: str, timezone: str) -> str:
    """Return the last day: as given, or else that on which the class closes."""
    try:
        if not expires and closes:
            return hours.last_day(closes, timezone)
        return datetime.date.fromisoformat(expires).isoformat() if expires else ""
    except ValueError as error:
        said = (
            str(error) if not expires else f"invoice_iam_user_expires is {expires!r}; write the day as in '2026-12-31'"
        )
        raise HandoutError(said) from error


def people(users: Sequence[Mapping[str, t.Any]]) -> list[Person]:
    """Build all people. Raises HandoutError with everything that is wrong, each problem once."""
    found: list[Person] = []
    problems: dict[str, None] = {}
    for options in users:
        try:
            found.append(Person.of(options))
        except HandoutError as error:
            problems[str(error)] = None
    if problems:
        raise HandoutError("; ".join(_few(list(problems))))
    return found


def _few(problems: Sequence[str], most: int = 5) -> Iterator[str]:
    yield from problems[:most]
    if len(problems) > most:
        yield f"and {len(problems) - most} more of that kind"
