# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What a durable store holds for one user: one JSON document, with the intent, and everything that was replaced.

One document, so that it can be exchanged in one write that fails if somebody else was quicker. What was replaced stays
in it, since stores drop old versions sooner or later: the lifecycle rules of a bucket do, and so does Secrets Manager.
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
    """One user's credentials, the secrets that are being asked for, and what there was before, oldest first."""

    credentials: Credentials
    intent: Intent = field(default_factory=Intent)
    # Who asks for them
    run: Run | None = None
    superseded: tuple[Superseded, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, user_name: str) -> Document:
        """Begin one."""
        return cls(Credentials(user_name))

    def with_login(self, new: Credentials, at: str) -> Document:
        """Put a login in the place of the one before."""
        return self._with(_LOGIN, new, at)

    def with_access_key(self, new: Credentials, at: str) -> Document:
        """Put an access key in the place of the one before."""
        return self._with(_ACCESS_KEY, new, at)

    def beside(self, new: Credentials, at: str) -> Document:
        """Keep what is not, or no longer, the right one; only once."""
        known = [{name: text for name, text in one.items() if name != "at"} for one in self.superseded]
        kept = _part(new, (*_LOGIN, *_ACCESS_KEY))
        return self if kept in known else replace(self, superseded=(*self.superseded, {"at": at, **kept}))

    def with_intent(self, intent: Intent, run: Run) -> Document:
        """Note which secrets a run is asking for; none takes the note back."""
        return replace(self, intent=intent, run=run if intent else None)

    def _with(self, names: tuple[str, ...], new: Credentials, at: str) -> Document:
        values, old = _part(new, names), _part(self.credentials, names)
        if values == old:
            return self
        kept = (*self.superseded, {"at": at, **old}) if any(old.values()) else self.superseded
        cleared = dict.fromkeys(names, "") | values
        return replace(self, credentials=replace(self.credentials, **cleared), superseded=kept)

    def json(self) -> bytes:
        """Render it; what is empty is left out, so that it is usually a flat list of names and texts."""
        noted: dict[str, t.Any] = {name: text for name, text in asdict(self.credentials).items() if text}
        if self.intent:
            noted["intent"] = notes.intent_noted(self.intent, self.run)
        if self.superseded:
            noted["superseded"] = list(self.superseded)
        return (json.dumps(noted, indent=2) + "\n").encode("ascii")


def _part(one: Credentials, names: tuple[str, ...]) -> dict[str, str]:
    return {name: text for name, text in asdict(one).items() if name in names and text}


def parse(content: bytes, user_name: str) -> Document:
    """Read a document back. Raises NotOurFileError in words that follow its name."""
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
