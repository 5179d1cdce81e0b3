# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Encrypt a page with a passphrase, so that it can be mailed or put in a public place.

It uses AES-256-GCM with a key that PBKDF2-HMAC-SHA256 derives from the passphrase. Every browser has both (WebCrypto).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

with contextlib.suppress(ImportError):  # ansible-core installs it.
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
    """Return one sentence saying why a passphrase is too weak, or None. It does not quote the passphrase."""
    text = normal(passphrase)
    if len(re.findall(r"\w{2,}", text)) >= _WORDS or len(text) >= _CHARACTERS:
        return None
    return (
        "invoice_iam_user_handout_passphrase is too short: whoever gets a page can try passphrases for as long as they "
        f"like; give at least {_WORDS} words or {_CHARACTERS} characters"
    )


def normal(passphrase: str) -> str:
    """Normalise a passphrase as the page's script does, since keyboards differ in accents and people in spaces."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).split())


@dataclass(frozen=True)
class Seal:
    """What a sealed page contains; none of it is secret."""

    salt: str
    nonce: str
    sealed: str

    @property
    def sum(self) -> str:
        """A checksum that shows whether a page was damaged."""
        return hashlib.sha256(self.sealed.encode()).hexdigest()


class Sealer:
    """Encrypts pages with one passphrase.

    Salt and nonce are derived from the passphrase and the text. So the same text gives the same page, and another text
    gets another key. Deriving them takes as many rounds as opening a page, so they do not help to guess a passphrase.
    """

    def __init__(self, passphrase: str, rounds: int = ROUNDS) -> None:
        self._passphrase = normal(passphrase).encode()
        self.rounds = rounds
        self._own = self._derived(b"invoice_scanner.iam: salts of handouts")

    def _derived(self, salt: bytes) -> bytes:
        # hashlib releases the GIL, so other threads run meanwhile.
        return hashlib.pbkdf2_hmac("sha256", self._passphrase, salt, self.rounds, _KEY_BYTES)

    def marks(self, who: str, text: bytes) -> tuple[bytes, bytes]:
        """Derive the salt and the nonce for a person's text."""
        made = hmac.new(self._own, who.encode() + b"\0" + text, hashlib.sha512).digest()
        return made[:_SALT_BYTES], made[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]

    def seal(self, who: str, text: bytes) -> Seal:
        """Encrypt a person's text."""
        salt, nonce = self.marks(who, text)
        sealed = AESGCM(self._derived(salt)).encrypt(nonce, text, None)
        return Seal(_base64(salt), _base64(nonce), _base64(sealed))

    def found(self, who: str, text: bytes, page: str) -> Seal | None:
        """Return the seal from an existing page if it fits this text and passphrase, to save the time for a new one."""
        on_page = dict(_ATTRIBUTES.findall(page))
        salt, nonce = map(_base64, self.marks(who, text))
        seal = Seal(salt, nonce, on_page.get("sealed", ""))
        same = (on_page.get("salt"), on_page.get("nonce"), on_page.get("sum")) == (salt, nonce, seal.sum)
        return seal if same and on_page.get("rounds") == str(self.rounds) else None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
