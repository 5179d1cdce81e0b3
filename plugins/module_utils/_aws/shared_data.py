# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""What sessions need not read once more each: the models of AWS's services.

Those of IAM and STS take 12 megabytes and a quarter of a second of a processor, and a run for several accounts has a
session, or two, for each.
"""

from __future__ import annotations

import typing as t

_LOADERS: dict[tuple[str, ...], t.Any] = {}


def share(session: t.Any) -> t.Any:
    """Let a session of botocore use what another one with the same places to look has read; return it."""
    own = session.get_component("data_loader")
    session.register_component("data_loader", _LOADERS.setdefault(tuple(own.search_paths), own))
    return session
