# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Render the handouts: one page for each person, open or sealed, and the cards of the class."""

from __future__ import annotations

import contextlib
import re
import typing as t
from dataclasses import asdict, dataclass

with contextlib.suppress(ImportError):  # where playbooks run, ansible-core has installed it.
    from markupsafe import Markup

from .._users.user_name import file_name_stem
from . import qr

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._users.on_file import Credentials
    from .pages import Pages
    from .person import Person
    from .sealing import Sealer

CLASS_FILE = "class.html"
PER_PAGE = (1, 4, 8)
# Needs no quotes in any shell
_PLAIN = re.compile(r"[\w.-]+", re.ASCII)
# Longer lines do not fit on a card in the usual font size, or in the smaller one.
_LONG, _VERY_LONG = 26, 52


def page_file(user_name: str) -> str:
    """Return the file name of a user's page. It differs from that of the class, even if the user is called "Class"."""
    name = f"{file_name_stem(user_name)}.html"
    return f"%{ord(name[0]):02X}{name[1:]}" if name.lower() == CLASS_FILE else name


@dataclass(frozen=True)
class Handout:
    """The handout of one person."""

    person: Person
    credentials: Credentials
    account_id: str
    region: str

    @property
    def values(self) -> dict[str, t.Any]:
        """The variables that a template may use; docs/docsite/rst/class_day.rst lists them."""
        one = self.credentials
        return {
            "user_name": self.person.name,
            "display_name": self.person.display_name,
            "email": self.person.email,
            "roster": dict(self.person.cells),
            "account_id": self.account_id,
            "sign_in_url": one.sign_in_url,
            "qr_code": Markup(qr.svg(one.sign_in_url)),
            "password": one.password,
            "access_key_id": one.access_key_id,
            "secret_access_key": one.secret_access_key,
            "region": self.region,
            "commands": list(self._commands()),
            "signs_in_by_console": self._signs_in_by_console,
            "links": [asdict(link) for link in self.person.links],
            "contact": self.person.contact,
            "expires": self.person.expires,
        }

    @property
    def _signs_in_by_console(self) -> bool:
        """Whether the person uses C(aws login); a profile with an access key does not need that."""
        return self.person.cli_sign_in and bool(self.credentials.password) and not self.credentials.access_key_id

    def _commands(self) -> Iterator[str]:
        """Yield the commands to paste into a terminal, for any shell."""
        one = self.credentials
        if not (one.access_key_id or self._signs_in_by_console):
            return
        name = self.person.name
        profile = name if _PLAIN.fullmatch(name) else f'"{name}"'
        if one.access_key_id:
            yield f"aws configure set aws_access_key_id {one.access_key_id} --profile {profile}"
            yield f"aws configure set aws_secret_access_key {one.secret_access_key} --profile {profile}"
        if self.region:
            yield f"aws configure set region {self.region} --profile {profile}"
        if self._signs_in_by_console:
            yield f"aws login --profile {profile}"
        yield f"aws sts get-caller-identity --profile {profile}"

    @property
    def size(self) -> str:
        """The CSS class of the card's font size, so that nothing is cut off."""
        longest = max(map(len, (self.person.name, self.credentials.password, self.person.display_name)))
        return "very-long" if longest > _VERY_LONG else "long" if longest > _LONG else ""


class Printer:
    """Renders pages and cards."""

    def __init__(self, pages: Pages, title: str, template: str = "", sealer: Sealer | None = None) -> None:
        """Take the title, the path of an instructor's own template, and what seals the pages. Raises HandoutError."""
        self._pages = pages
        self._title = title or str(pages.texts["title"])
        self._path = template
        self._own = pages.own(template) if template else None
        self._sealer = sealer

    def page(self, handout: Handout, before: bytes | None) -> bytes:
        """Render the page of one person. If the existing page C(before) has the same content, its seal is reused."""
        values = {"title": self._title, **handout.values}
        if self._sealer is None:
            return self._render("page.html.j2", values).encode()
        text = self._render("person.html.j2", values).encode()
        who, found = handout.person.name, (before or b"").decode("utf-8", "replace")
        seal = self._sealer.found(who, text, found) or self._sealer.seal(who, text)
        return self._pages.render(
            "sealed.html.j2",
            title=self._title,
            seal=seal,
            rounds=self._sealer.rounds,
            script=self._pages.script,
            policy=self._pages.policy(script=True, style=self._own is None),
        ).encode()

    def _render(self, name: str, values: dict[str, t.Any]) -> str:
        if self._own is None:
            return self._pages.render(name, **values)
        return self._pages.render_own(self._own, self._path, values)

    def cards(self, handouts: Sequence[Handout], per_page: int) -> bytes:
        """Render the cards of everybody, for printing."""
        cards = [{**one.values, "size": one.size} for one in handouts]
        sheets = [cards[first : first + per_page] for first in range(0, len(cards), per_page)]
        return self._pages.render("class.html.j2", title=self._title, per_page=per_page, sheets=sheets).encode()
