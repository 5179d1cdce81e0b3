# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Parse where to save credentials: a directory, C(s3://bucket/prefix) or C(secretsmanager://prefix).

A store's options follow as in any URI: C(?kms_key=alias/workshop&accept=unversioned,public).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from .destination import DestinationError

S3 = "s3"
SECRETS_MANAGER = "secretsmanager"
# Unsafe properties of a bucket that people may choose to accept
ACCEPTABLE = ("public", "unversioned")

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
# "Bucket naming rules" in the S3 User Guide
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# "CreateSecret" in the Secrets Manager API Reference; in S3 these are the characters that are safe everywhere.
_PREFIX = re.compile(r"[A-Za-z0-9/_+=.@-]*")
_PREFIX_LENGTH = 400  # Of the 512 characters that Secrets Manager allows, a user's name takes up to 64.
_OPTIONS = {S3: {"kms_key", "accept"}, SECRETS_MANAGER: {"kms_key"}}


@dataclass(frozen=True)
class Store:
    """A durable store, the prefix in it, and its options."""

    kind: str
    # Ends with a slash, unless it is empty
    prefix: str
    bucket: str = ""
    kms_key: str | None = None
    accept: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}://{'/'.join(part for part in (self.bucket, self.prefix.rstrip('/')) if part)}"


def is_uri(text: str) -> bool:
    """Return whether this is meant to be a store, not a directory."""
    return bool(_URI.match(text))


def within(place: str, name: str) -> str:
    """Return a place within another one, a directory or a store. The options of a store stay the same."""
    if not is_uri(place):
        return os.path.join(place, name)
    store, mark, options = place.partition("?")
    return f"{store.rstrip('/')}/{name}{mark}{options}"


def parse(text: str) -> Store | None:
    """Parse the URI of a store, or return None for a directory. Raises DestinationError."""
    if not is_uri(text):
        return None
    try:
        scheme, place, path, query, fragment = urlsplit(text)
        options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError as error:
        raise _problem(text, f"it is not a URI ({error})") from error
    if scheme not in _OPTIONS or not text.lower().startswith(f"{scheme}://") or fragment:
        raise _problem(text, "give a directory, s3://bucket/prefix or secretsmanager://prefix")
    unknown = sorted(set(options) - _OPTIONS[scheme])
    if unknown:
        raise _problem(text, f"it does not take {', '.join(unknown)}; known are {', '.join(sorted(_OPTIONS[scheme]))}")
    bucket, prefix = (place, path) if scheme == S3 else ("", f"{place}{path}")
    _check_place(text, scheme, bucket, prefix)
    accept = frozenset(part.strip() for part in options.get("accept", "").split(",") if part.strip())
    if accept - {*ACCEPTABLE}:
        raise _problem(
            text, f"accept takes {' and '.join(ACCEPTABLE)}, not {', '.join(sorted(accept - {*ACCEPTABLE}))}"
        )
    prefix = f"{prefix.strip('/')}/".lstrip("/")
    return Store(scheme, prefix, bucket, options.get("kms_key") or None, accept)


def _check_place(text: str, scheme: str, bucket: str, prefix: str) -> None:
    if scheme == S3 and not _BUCKET.fullmatch(bucket):
        raise _problem(text, f"{bucket!r} is not the name of a bucket")
    if scheme == SECRETS_MANAGER and not prefix.strip("/"):
        # All secrets of an account share one namespace.
        raise _problem(text, "a prefix is missing, as in secretsmanager://workshop")
    if not _PREFIX.fullmatch(prefix) or "//" in prefix.strip("/") or len(prefix) > _PREFIX_LENGTH:
        raise _problem(
            text, f"the prefix {prefix!r} may have up to {_PREFIX_LENGTH} letters, digits and _+=.@- in parts between /"
        )


def _problem(text: str, why: str) -> DestinationError:
    return DestinationError(f"credentials cannot be saved in {text!r}: {why}")
