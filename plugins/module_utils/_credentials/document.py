# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The JSON document that a durable store keeps for one user: credentials, intent, and everything that was replaced.

It is one document so that one conditional write can replace it, which fails if somebody else was quicker. Old
credentials stay in it, because stores delete old versions sooner or later, by the lifecycle rules of a bucket or as
Secrets Manager does.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict, dataclass, field, replace

from .._users.on_file import Credentials, Intent
from . import notes
from .csv_files import NotOurFileError

if t.TYPE_CHECKING:
    from .run import Run

_LOGIN = ("password", "sign_in_url")
_ACCESS_KEY = ("access_key_id", "secret_access_key")

Superseded = dict[str, str]


@dataclass(frozen=True)
class Document:
    """One user's credentials, the secrets that a run is asking for, and the replaced ones, oldest first."""

    credentials: Credentials
    intent: Intent = field(default_factory=Intent)
    # The run that left the intent
    run: Run | None = None
    superseded: tuple[Superseded, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, user_name: str) -> Document:
        """Return an empty document."""
        return cls(Credentials(user_name))

    def with_login(self, new: Credentials, at: str) -> Document:
        """Replace the login, and keep the old one."""
        return self._with(_LOGIN, new, at)

    def with_access_key(self, new: Credentials, at: str) -> Document:
        """Replace the access key, and keep the old one."""
        return self._with(_ACCESS_KEY, new, at)

    def beside(self, new: Credentials, at: str) -> Document:
        """Add credentials that are not the current ones to the replaced ones, unless they are there already."""
        known = [{name: text for name, text in one.items() if name != "at"} for one in self.superseded]
        kept = _part(new, (*_LOGIN, *_ACCESS_KEY))
        return self if kept in known else replace(self, superseded=(*self.superseded, {"at": at, **kept}))

    def with_intent(self, intent: Intent, run: Run) -> Document:
        """Record which secrets a run is asking for. An empty intent removes the record."""
        return replace(self, intent=intent, run=run if intent else None)

    def _with(self, names: tuple[str, ...], new: Credentials, at: str) -> Document:
        values, old = _part(new, names), _part(self.credentials, names)
        if values == old:
            return self
        kept = (*self.superseded, {"at": at, **old}) if any(old.values()) else self.superseded
        cleared = dict.fromkeys(names, "") | values
        return replace(self, credentials=replace(self.credentials, **cleared), superseded=kept)

    def json(self) -> bytes:
        """Render the document without empty parts, so that it is usually a flat mapping of names to texts."""
        noted: dict[str, t.Any] = {name: text for name, text in asdict(self.credentials).items() if text}
        if self.intent:
            noted["intent"] = notes.intent_noted(self.intent, self.run)
        if self.superseded:
            noted["superseded"] = list(self.superseded)
        return (json.dumps(noted, indent=2) + "\n").encode("ascii")


def _part(one: Credentials, names: tuple[str, ...]) -> dict[str, str]:
    return {name: text for name, text in asdict(one).items() if name in names and text}


def parse(content: bytes, user_name: str) -> Document:
    """Parse a document. Raises NotOurFileError whose message follows the document's name."""
    try:
        noted = json.loads(content)
        asked = noted.pop("intent", None)
        superseded = tuple({str(name): str(text) for name, text in one.items()} for one in noted.pop("superseded", ()))
        credentials = Credentials(**noted)
    except (ValueError, TypeError, AttributeError) as error:
        raise NotOurFileError("is not a credentials document of this collection") from error
    if not all(isinstance(text, str) for text in noted.values()):
        raise NotOurFileError("is not a credentials document of this collection")
    if credentials.user_name != user_name:
        raise NotOurFileError(f"is about user {credentials.user_name!r}")
    intent, run = notes.intent_from(asked) if asked else (Intent(), None)
    return Document(credentials, intent, run, superseded)
