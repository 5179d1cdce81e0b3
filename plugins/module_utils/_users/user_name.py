# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""IAM user names: what AWS accepts, and a file name for each."""

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

# Characters that are safe in a file name everywhere and mean nothing to a shell or a spreadsheet.
_PLAIN_IN_FILE_NAME = re.compile(r"[A-Za-z0-9_.@+-]")


def problem(name: str) -> str | None:
    """Say in one sentence why AWS would refuse C(name) as an IAM user name, or return None."""
    if not name:
        return "the user name is empty; give 1 to 64 characters: letters, digits and _+=,.@-"
    if len(name) > _MAX_LENGTH:
        return f"the user name {name!r} has {len(name)} characters; AWS allows {_MAX_LENGTH}"
    wrong = "".join(sorted(set(name) - _ALLOWED))
    if wrong:
        return f"the user name {name!r} holds {wrong!r}; AWS allows letters, digits and _+=,.@- only"
    return None


def path_problem(path: str) -> str | None:
    """Say in one sentence why AWS would refuse C(path) as the path of a user, or return None."""
    if len(path) > _PATH_MAX_LENGTH:
        return f"the path {path!r} has {len(path)} characters; AWS allows {_PATH_MAX_LENGTH}"
    if not _PATH.fullmatch(path) or "//" in path:
        return f"the path {path!r} is not one; it begins and ends with a slash, as in '/workshop/', without spaces"
    return None


def file_name_stem(name: str) -> str:
    """Make the beginning of a file name from a user name.

    Two different names (regardless of case, as IAM compares them) never share a stem, and a stem is never hidden,
    never C(.) or C(..), and never holds a path separator. Most names are their own stem.
    """
    stem = "".join(char if _PLAIN_IN_FILE_NAME.match(char) else f"%{ord(char):02X}" for char in name)
    # A leading dot hides the file (and . and .. are directories); a leading dash looks like an option to commands.
    return f"%{ord(stem[0]):02X}{stem[1:]}" if stem[:1] in (".", "-") else stem
