# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""IAM user names and paths: what AWS accepts, and a file name for each user."""

from __future__ import annotations

import re
import string

# CreateUser, parameter UserName, in the IAM API Reference: [\w+=,.@-]+ where \w is ASCII, 64 characters at most.
_ALLOWED = frozenset(string.ascii_letters + string.digits + "_+=,.@-")
_MAX_LENGTH = 64

# CreateUser, parameter Path: "either a forward slash by itself or a string that must begin and end with forward
# slashes", 512 characters, any ASCII character from ! to DEL.
_PATH = re.compile(r"/|/[\u0021-\u007f]+/", re.ASCII)
_PATH_MAX_LENGTH = 512

# Safe in a file name on every system, and without a meaning to a shell or a spreadsheet
_PLAIN_IN_FILE_NAME = re.compile(r"[A-Za-z0-9_.@+-]")


def problem(name: str) -> str | None:
    """Return one sentence saying why AWS would refuse C(name) as an IAM user name, or None."""
    if not name:
        return "the user name is empty; give 1 to 64 characters: letters, digits and _+=,.@-"
    if len(name) > _MAX_LENGTH:
        return f"the user name {name!r} has {len(name)} characters; AWS allows {_MAX_LENGTH}"
    wrong = "".join(sorted(set(name) - _ALLOWED))
    if wrong:
        return f"the user name {name!r} contains {wrong!r}; AWS allows letters, digits and _+=,.@- only"
    return None


def path_problem(path: str) -> str | None:
    """Return one sentence saying why AWS would refuse C(path) as the path of a user, or None."""
    if len(path) > _PATH_MAX_LENGTH:
        return f"the path {path!r} has {len(path)} characters; AWS allows {_PATH_MAX_LENGTH}"
    if not _PATH.fullmatch(path) or "//" in path:
        return f"the path {path!r} is not valid; paths begin and end with a slash, as in '/workshop/', without spaces"
    return None


def file_name_stem(name: str) -> str:
    """Convert a user name to the first part of a file name.

    Two names that IAM treats as different, which ignores case, never share a stem. A stem never makes a hidden file,
    is never C(.) or C(..), and never contains a path separator. Most names are their own stem.
    """
    stem = "".join(char if _PLAIN_IN_FILE_NAME.match(char) else f"%{ord(char):02X}" for char in name)
    # A leading dot hides the file (and . and .. are directories); a leading dash looks like an option to commands.
    return f"%{ord(stem[0]):02X}{stem[1:]}" if stem[:1] in (".", "-") else stem
