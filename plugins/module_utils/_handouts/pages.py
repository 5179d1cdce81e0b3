# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Render HTML pages. Everything that people wrote is escaped, and the pages load nothing from anywhere."""

from __future__ import annotations

import base64
import contextlib
import datetime
import functools
import hashlib
import re
import typing as t
from pathlib import Path

with contextlib.suppress(ImportError):  # where playbooks run, ansible-core has installed it.
    import jinja2
    from markupsafe import Markup

from .person import HandoutError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

Texts = dict[str, t.Any]
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Pages:
    """Renders the templates of one folder with the texts of one language."""

    def __init__(self, material: str, texts: Texts) -> None:
        self._material = Path(material)
        self.texts = texts
        self._environment = jinja2.Environment(
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            loader=jinja2.FileSystemLoader(material),
        )
        self._environment.filters |= {
            "breakable": breakable,
            "day": self.day,
            "minute": minute,
            "moment": self.moment,
            "with_mail_links": with_mail_links,
        }
        self._environment.globals |= {"words": texts, "language": texts["language"]}

    # What is the same on every page ----------------------------------------------------------------------------

    def content(self, name: str) -> str:
        """Read a file that a page includes unchanged: a stylesheet or the script."""
        text = (self._material / name).read_text(encoding="utf-8")
        # Without the licence comment, as it does not apply to people's pages
        return re.sub(r"\A/\*.*?\*/", "", text, flags=re.DOTALL).strip()

    @functools.cached_property
    def style(self) -> Markup:
        """The stylesheet."""
        return Markup(self.content("style.css"))

    @functools.cached_property
    def script(self) -> Markup:
        """The script that opens sealed pages."""
        return Markup(self.content("unseal.js"))

    def render(self, name: str, **values: t.Any) -> str:
        """Render a template of this collection, with the stylesheet and a content security policy for it."""
        usual = {"style": self.style, "policy": self.policy()}
        return self._environment.get_template(name).render(usual | values)

    def policy(self, *, script: bool = False, style: bool = True) -> str:
        """Return a content security policy that only allows the stylesheet and the script, both by their hashes.

        Without C(style), any inline style is allowed, for an instructor's own template.
        """
        styles = _hash(self.style) if style else "'unsafe-inline'"
        scripts = f"script-src {_hash(self.script)}; " if script else ""
        return f"default-src 'none'; {scripts}style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'"

    # An instructor's own template ------------------------------------------------------------------------------

    def own(self, path: str) -> jinja2.Template:
        """Load an instructor's own template. Raises HandoutError."""
        what = f"invoice_iam_user_handout_template is {path!r}"
        try:
            return self._environment.from_string(Path(path).read_text(encoding="utf-8"))
        except jinja2.TemplateSyntaxError as error:
            raise HandoutError(f"{what}, and its line {error.lineno} is not valid Jinja: {error.message}") from error
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not a text in UTF-8"
            raise HandoutError(f"{what}, which cannot be read: {why}") from error

    def render_own(self, template: jinja2.Template, path: str, values: Mapping[str, t.Any]) -> str:
        """Render an instructor's own template. Raises HandoutError."""
        try:
            return template.render(style=self.style, policy=self.policy(style=False), **values)
        except Exception as error:
            # A template can raise anything. Other messages are not shown, as they may contain secrets.
            why = error.message if isinstance(error, jinja2.UndefinedError) else type(error).__name__
            raise HandoutError(
                f"invoice_iam_user_handout_template is {path!r}, but it cannot be filled in: {why}"
            ) from error

    # Formats ---------------------------------------------------------------------------------------------------

    def day(self, iso: str) -> str:
        """Format a day in the page's language."""
        day = datetime.date.fromisoformat(iso)
        return str(self.texts["date"]).format(day=day.day, month=self.texts["months"][day.month - 1], year=day.year)

    def moment(self, iso: str) -> str:
        """Format a time in the page's language, to the minute, in UTC."""
        day, _space, time = minute(iso).partition(" ")
        return f"{self.day(day)}, {time} UTC"


def minute(iso: str) -> str:
    """Format a time in short form, to the minute, in UTC."""
    return f"{datetime.datetime.fromisoformat(iso).astimezone(datetime.UTC):%Y-%m-%d %H:%M}"


def breakable(address: str) -> Markup:
    """Allow line breaks after the dots and slashes of an address."""
    return Markup("<wbr>").join(part for part in re.split(r"(?<=[./])(?=[^./])", address) if part)


def with_mail_links(text: str) -> Markup:
    """Turn the e-mail addresses in a text into links."""
    made, end = Markup(), 0
    for found in _EMAIL.finditer(text):
        made += text[end : found.start()]
        made += Markup('<a href="mailto:{0}">{0}</a>').format(found[0])
        end = found.end()
    return made + text[end:]


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
