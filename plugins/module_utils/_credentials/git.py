# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Whether git would take credential files along into a commit."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

_IGNORED = 0
_NOT_IGNORED = 1


def tracking_warning(directory: str, run: Callable[..., tuple[int, str, str]]) -> str | None:
    """Warn where git would track files in C(directory); C(run) is C(AnsibleModule.run_command).

    No git, or no work tree around the directory, is no reason to warn.
    """
    try:
        command = ["git", "check-ignore", "--quiet", "aws_configure_import.csv"]
        # Without handle_exceptions=False, a missing git would be the module's failure.
        status, _out, _err = run(command, cwd=directory, handle_exceptions=False)
    except OSError:
        return None
    if status != _NOT_IGNORED:
        return None
    return (
        f"SECRETS MAY END UP IN GIT: {directory!r} lies in a git work tree that does not ignore it; add it to "
        ".gitignore now, before the next commit"
    )
