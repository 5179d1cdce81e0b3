# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Draw QR codes with segno, an optional library."""

from __future__ import annotations

import contextlib
import functools
import io
import typing as t

segno: t.Any = None
with contextlib.suppress(ImportError):
    import segno  # type: ignore[import-not-found,import-untyped,no-redef,unused-ignore]


def can_draw() -> bool:
    """Return whether segno is installed."""
    return segno is not None


@functools.lru_cache(maxsize=64)
def svg(text: str) -> str:
    """Draw a QR code as SVG for a page. Without segno, or without text, it is empty.

    It is always dark on light, because many readers cannot read the opposite.
    """
    if segno is None or not text:
        return ""
    drawn = io.BytesIO()
    # ISO/IEC 18004 requires a quiet zone of 4 modules. A strict CSP does not allow class names and styles.
    segno.make(text, micro=False, error="m").save(
        drawn,
        kind="svg",
        border=4,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=True,
        omitsize=True,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return drawn.getvalue().decode("utf-8")
