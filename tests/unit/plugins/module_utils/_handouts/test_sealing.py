# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import base64
import dataclasses

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts import sealing
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._handouts.handed import PASSPHRASE

FEW = 10  # Rounds; how many there are is tested once.


def opened(seal: sealing.Seal, passphrase: str, rounds: int = FEW) -> bytes:
    """Open it as anybody would who has read the documentation."""
    salt, nonce, sealed = (base64.b64decode(part) for part in (seal.salt, seal.nonce, seal.sealed))
    key = PBKDF2HMAC(hashes.SHA256(), 32, salt, rounds).derive(passphrase.encode())
    return AESGCM(key).decrypt(nonce, sealed, None)


@given(st.binary())
def test_who_has_the_passphrase_reads_what_was_sealed(text: bytes) -> None:
    assert opened(sealing.Sealer(PASSPHRASE, FEW).seal("anna", text), PASSPHRASE) == text


def test_nobody_else_does() -> None:
    seal = sealing.Sealer(PASSPHRASE, FEW).seal("anna", b"a text")
    with pytest.raises(InvalidTag):
        opened(seal, "wrong horse battery staple")


def test_it_takes_as_long_as_is_promised() -> None:
    sealer = sealing.Sealer(PASSPHRASE)
    assert sealer.rounds == 600_000
    assert opened(sealer.seal("anna", b"a text"), PASSPHRASE, 600_000) == b"a text"


def test_the_same_text_gives_the_same_page_and_every_other_one_another_salt_and_nonce() -> None:
    sealer = sealing.Sealer(PASSPHRASE, FEW)
    first = sealer.seal("anna", b"a text")
    assert sealing.Sealer(PASSPHRASE, FEW).seal("anna", b"a text") == first
    others = [
        sealer.seal("bert", b"a text"),
        sealer.seal("anna", b"a newer text"),
        sealing.Sealer("x" * 14, FEW).seal("anna", b"a text"),
    ]
    assert len({(one.salt, one.nonce) for one in [first, *others]}) == 4


def page_with(seal: sealing.Seal, rounds: int = FEW) -> str:
    return (
        f'<main data-salt="{seal.salt}" data-nonce="{seal.nonce}" data-rounds="{rounds}" data-sum="{seal.sum}" '
        f'data-sealed="{seal.sealed}">'
    )


def test_a_page_that_says_the_same_is_known_again() -> None:
    sealer = sealing.Sealer(PASSPHRASE, FEW)
    seal = sealer.seal("anna", b"a text")
    assert sealer.found("anna", b"a text", page_with(seal)) == seal


def test_a_page_that_says_something_else_or_is_damaged_is_not() -> None:
    sealer = sealing.Sealer(PASSPHRASE, FEW)
    seal = sealer.seal("anna", b"a text")
    damaged = page_with(seal).replace(seal.sealed, dataclasses.replace(seal, sealed="AAAA" + seal.sealed[4:]).sealed)
    assert sealer.found("anna", b"another", page_with(seal)) is None
    assert sealer.found("anna", b"a text", damaged) is None
    assert sealer.found("anna", b"a text", page_with(seal, rounds=1)) is None
    assert sealer.found("anna", b"a text", "") is None
    assert sealing.Sealer("y" * 14, FEW).found("anna", b"a text", page_with(seal)) is None


@pytest.mark.parametrize("passphrase", ["correct horse battery staple", "ab cd ef gh", "x" * 14, "käse-brot-und-wein"])
def test_such_passphrases_will_do(passphrase: str) -> None:
    assert sealing.problem(passphrase) is None


@pytest.mark.parametrize("passphrase", ["", "hunter2", "x" * 13, "a b c d", "one two abc", " " * 20])
def test_a_weak_one_is_refused_without_being_shown(passphrase: str) -> None:
    problem = sealing.problem(passphrase) or ""
    assert "at least 4 words or 14 characters" in problem
    assert not passphrase.strip() or passphrase not in problem


def test_how_a_keyboard_writes_accents_and_spaces_does_not_matter() -> None:
    composed, decomposed = "K\u00e4se und Brot und Wein", "  Ka\u0308se  und Brot\tund Wein "
    assert sealing.normal(composed) == sealing.normal(decomposed)
