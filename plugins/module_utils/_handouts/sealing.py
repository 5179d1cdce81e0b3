# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Seal a page with a passphrase, so that it may be mailed or put where others can get it.

AES-256-GCM under a key that PBKDF2-HMAC-SHA256 makes of the passphrase: both are in every browser (WebCrypto).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

with contextlib.suppress(ImportError):  # ansible-core brings it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# "Password Storage Cheat Sheet" of OWASP, for PBKDF2-HMAC-SHA256
ROUNDS = 600_000
_WORDS = 4
_CHARACTERS = 14
_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_BYTES = 32
_ATTRIBUTES = re.compile(r'data-(salt|nonce|rounds|sum|sealed)="([^"]*)"')


def problem(passphrase: str) -> str | None:
    """Say in one sentence why a passphrase is too weak, or return None. The sentence does not hold it."""
    text = normal(passphrase)
    if len(re.findall(r"\w{2,}", text)) >= _WORDS or len(text) >= _CHARACTERS:
        return None
    return (
        "invoice_iam_user_handout_passphrase is too short: whoever gets a page can try passphrases for as long as they "
        f"like; give at least {_WORDS} words or {_CHARACTERS} characters"
    )


def normal(passphrase: str) -> str:
    """Write a passphrase as the page does with what is typed: keyboards differ in accents, people in spaces."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).split())


@dataclass(frozen=True)
class Seal:
    """What is on a sealed page; nothing of it is a secret."""

    salt: str
    nonce: str
    sealed: str

    @property
    def sum(self) -> str:
        """Tell whether a page was damaged."""
        return hashlib.sha256(self.sealed.encode()).hexdigest()


class Sealer:
    """Seals pages with one passphrase.

    Salt and nonce follow from the passphrase and the text, so that the same text gives the same page, and another text
    another key. They are made by a key that costs as many rounds as opening a page does: they help nobody to guess.
    """

    def __init__(self, passphrase: str, rounds: int = ROUNDS) -> None:
        self._passphrase = normal(passphrase).encode()
        self.rounds = rounds
        self._own = self._derived(b"invoice_scanner.iam: salts of handouts")

    def _derived(self, salt: bytes) -> bytes:
        # It lets other threads run meanwhile.
        return hashlib.pbkdf2_hmac("sha256", self._passphrase, salt, self.rounds, _KEY_BYTES)

    def marks(self, who: str, text: bytes) -> tuple[bytes, bytes]:
        """Make the salt and the nonce for a text about somebody."""
        made = hmac.new(self._own, who.encode() + b"\0" + text, hashlib.sha512).digest()
        return made[:_SALT_BYTES], made[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]

    def seal(self, who: str, text: bytes) -> Seal:
        """Seal a text about somebody."""
        salt, nonce = self.marks(who, text)
        sealed = AESGCM(self._derived(salt)).encrypt(nonce, text, None)
        return Seal(_base64(salt), _base64(nonce), _base64(sealed))

    def found(self, who: str, text: bytes, page: str) -> Seal | None:
        """Find the seal of this text and passphrase on a page; to make it again would take its time."""
        on_page = dict(_ATTRIBUTES.findall(page))
        salt, nonce = map(_base64, self.marks(who, text))
        seal = Seal(salt, nonce, on_page.get("sealed", ""))
        same = (on_page.get("salt"), on_page.get("nonce"), on_page.get("sum")) == (salt, nonce, seal.sum)
        return seal if same and on_page.get("rounds") == str(self.rounds) else None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
