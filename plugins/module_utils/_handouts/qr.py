# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""QR codes, where there is segno, which nothing else needs."""

from __future__ import annotations

import contextlib
import functools
import io
import typing as t

segno: t.Any = None
with contextlib.suppress(ImportError):
    import segno  # type: ignore[import-not-found,import-untyped,no-redef,unused-ignore]


def can_draw() -> bool:
    """Tell whether there is what draws them."""
    return segno is not None


@functools.lru_cache(maxsize=64)
def svg(text: str) -> str:
    """Draw a QR code as SVG that stands in a page as it is; empty where nothing draws it, or there is no text.

    It is dark on light however the page is: many readers know no other.
    """
    if segno is None or not text:
        return ""
    drawn = io.BytesIO()
    # 4 modules of quiet zone: "ISO/IEC 18004". Without class names and styles, which a strict CSP would not allow.
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
