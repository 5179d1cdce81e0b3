# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Where credentials are to go, as people write it."""

from __future__ import annotations

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import Store, is_uri, parse, within


@pytest.mark.parametrize("text", ["credentials", "/home/me/credentials", "./a:b", "a/s3://b", "~/x", "s3", "s3:x"])
def test_a_directory(text: str) -> None:
    assert not is_uri(text)
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "store", "shown"),
    [
        ("s3://a-bucket/class", Store("s3", "class/", "a-bucket"), "s3://a-bucket/class"),
        ("s3://a-bucket", Store("s3", "", "a-bucket"), "s3://a-bucket"),
        ("s3://a-bucket/", Store("s3", "", "a-bucket"), "s3://a-bucket"),
        ("s3://a.b.c/2026/spring/", Store("s3", "2026/spring/", "a.b.c"), "s3://a.b.c/2026/spring"),
        ("s3://a-bucket/c?accept=", Store("s3", "c/", "a-bucket"), "s3://a-bucket/c"),
        (
            "s3://a-bucket/c?kms_key=arn%3Aaws%3Akms%3Aeu-west-1%3A1%3Akey/x&accept=public, unversioned",
            Store("s3", "c/", "a-bucket", "arn:aws:kms:eu-west-1:1:key/x", frozenset({"public", "unversioned"})),
            "s3://a-bucket/c",
        ),
        ("secretsmanager://Class", Store("secretsmanager", "Class/"), "secretsmanager://Class"),
        ("secretsmanager://a/b_+=.@-c/", Store("secretsmanager", "a/b_+=.@-c/"), "secretsmanager://a/b_+=.@-c"),
        (
            "secretsmanager://a?kms_key=alias/workshop",
            Store("secretsmanager", "a/", kms_key="alias/workshop"),
            "secretsmanager://a",
        ),
    ],
)
def test_a_store(text: str, store: Store, shown: str) -> None:
    assert parse(text) == store
    assert str(store) == shown


KINDS = "give a directory, s3://bucket/prefix or secretsmanager://prefix"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("s3:/a-bucket/class", KINDS),
        ("S3:/a-bucket", KINDS),
        ("https://a-bucket.s3.amazonaws.com/class", KINDS),
        ("file:///home/me", KINDS),
        ("s3://a-bucket/class#x", KINDS),
        ("s3:///class", "'' is not the name of a bucket"),
        ("s3://A_Bucket/class", "'A_Bucket' is not the name of a bucket"),
        ("s3://ab", "'ab' is not the name of a bucket"),
        ("s3://a-bucket/a b", "the prefix '/a b' may have up to 400 letters, digits and _+=.@- in parts between /"),
        ("s3://a-bucket/a//b", "the prefix '/a//b' may have up to"),
        (f"s3://a-bucket/{'x' * 400}", "may have up to 400 letters"),
        ("secretsmanager://", "a prefix is missing, as in secretsmanager://workshop"),
        ("secretsmanager:///", "a prefix is missing, as in secretsmanager://workshop"),
        ("secretsmanager://a,b", "the prefix 'a,b' may have"),
        ("secretsmanager://a?accept=public", "it does not take accept; known are kms_key"),
        ("s3://a-bucket/c?region=x&kms=y", "it does not take kms, region; known are accept, kms_key"),
        ("s3://a-bucket/c?accept=everything", "accept takes public and unversioned, not everything"),
        ("s3://a-bucket/c?x", "it is not a URI"),
        ("s3://[/c", "it is not a URI"),
    ],
)
def test_what_is_neither(text: str, why: str) -> None:
    with pytest.raises(DestinationError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"credentials cannot be saved in {text!r}: ")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/home/me/credentials", "/home/me/credentials/111111111111"),
        ("s3://a-bucket", "s3://a-bucket/111111111111"),
        ("s3://a-bucket/class/?kms_key=alias/x", "s3://a-bucket/class/111111111111?kms_key=alias/x"),
        ("secretsmanager://class", "secretsmanager://class/111111111111"),
    ],
)
def test_a_place_within_another(place: str, expected: str) -> None:
    assert within(place, "111111111111") == expected
