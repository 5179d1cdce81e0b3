# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Write the instructor's page to a file or into a bucket."""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t

from .._credentials import uri as _uri
from .._credentials.destination import DestinationError
from .._credentials.open_store import open_folder
from .._handouts.pages import Pages
from .._handouts.report import report
from .common import RefusedError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._aws.connection import Connection


# How each page starts
_START = b"<!DOCTYPE html>"


def run(params: Mapping[str, t.Any], connect: Callable[[], Connection], check_mode: bool) -> bool:
    """Write the page. Returns whether it was written, or would be. Raises RefusedError and DestinationError."""
    if not params["verified"] or not params["texts"]:
        raise RefusedError("verified_from is read by the action plugin of this module, which did not run")
    dest = params["dest"]
    pages = Pages(params["material"], params["texts"])
    content = report(pages, params["title"], params["verified"], params["people"])
    if _uri.is_uri(dest):
        folder, name = in_bucket(dest)
        bucket = open_folder(folder, connect)
        problem = bucket.problem()
        if problem:
            raise DestinationError(problem)
        if not check_mode:
            bucket.put(name, content)
        return True
    _check_replaceable(dest)
    if not check_mode:
        _write(dest, content)
    return True


def _check_replaceable(dest: str) -> None:
    """Raise RefusedError if there is a file that is no page, and not empty."""
    with contextlib.suppress(OSError):  # Writing the page says what is wrong.
        with open(dest, "rb") as stream:
            found = stream.read(len(_START))
        if found not in (b"", _START):
            raise RefusedError(f"dest is {dest!r}, but that file is not a page; choose another name")


def in_bucket(dest: str) -> tuple[str, str]:
    """Split the URI of an object into a place for pages and a name. Raises RefusedError."""
    place, mark, options = dest.partition("?")
    folder, _slash, name = place.rpartition("/")
    store = _uri.parse(place)
    if store is None or store.kind != _uri.S3 or folder.count("/") < 2 or not name:  # noqa: PLR2004 - s3://bucket
        raise RefusedError(f"dest is {dest!r}; give a file, or s3://bucket/prefix/class_report.html")
    return f"{folder}{mark}{options}", name


def _write(dest: str, content: bytes) -> None:
    """Write the page to a temporary file with mode 0600, and rename it."""
    try:
        os.makedirs(os.path.dirname(dest) or ".", mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(dest) or ".", prefix=".class_report-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            os.replace(temporary, dest)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        raise RefusedError(f"dest is {dest!r}, but it cannot be written: {error.strerror}") from error
