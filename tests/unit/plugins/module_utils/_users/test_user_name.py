# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""IAM user names: what AWS accepts, and a file name for each."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import user_name as _user_name

NAMES = st.text(string.ascii_letters + string.digits + "_+=,.@-", min_size=1, max_size=64)


@pytest.mark.parametrize("name", ["anna", "A", "x" * 64, ".", "..", "-", "a_b+c=d,e.f@g-h", "007"])
def test_names_that_aws_takes(name: str) -> None:
    assert _user_name.problem(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "the user name is empty"),
        ("x" * 65, "has 65 characters; AWS allows 64"),
        ("no blanks", "'no blanks' contains ' '"),
        ("a/b\\c", r"contains '/\\\\'"),
        ("zoë", "'zoë' contains 'ë'"),
        ("١٢", "contains '١٢'"),  # \w would take these digits, AWS does not
        ("anna\n", r"contains '\\n'"),
        ("a%2C", "contains '%'"),
    ],
)
def test_names_that_aws_refuses(name: str, said: str) -> None:
    sentence = _user_name.problem(name)
    assert sentence
    assert re.search(said, sentence)
    assert "\n" not in sentence


@pytest.mark.parametrize("path", ["/", "/workshop/", "/a/b/c/", "/!~/", f"/{'x' * 510}/"])
def test_paths_that_aws_takes(path: str) -> None:
    assert _user_name.path_problem(path) is None


@pytest.mark.parametrize("path", ["", "workshop", "/workshop", "workshop/", "//", "/a//b/", "/a b/", "/ë/", "/a/\n"])
def test_paths_that_aws_refuses(path: str) -> None:
    assert f"the path {path!r} is not valid" in str(_user_name.path_problem(path))


def test_a_path_may_be_too_long() -> None:
    assert "has 513 characters; AWS allows 512" in str(_user_name.path_problem(f"/{'x' * 511}/"))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("ai-invoice-scanner-user", "ai-invoice-scanner-user"),
        ("Anna_B+c@d.e", "Anna_B+c@d.e"),
        (".", "%2E"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("-rf", "%2Drf"),
        ("a,b=c", "a%2Cb%3Dc"),
        ("../../etc", "%2E.%2F..%2Fetc"),
    ],
)
def test_file_name(name: str, stem: str) -> None:
    assert _user_name.file_name_stem(name) == stem


@given(NAMES, NAMES)
def test_no_two_users_share_a_file_name(one: str, other: str) -> None:
    stems = _user_name.file_name_stem(one), _user_name.file_name_stem(other)
    # A file system that ignores case must not mix them up either.
    assert (stems[0].lower() == stems[1].lower()) is (one.lower() == other.lower())
    assert all(re.fullmatch(r"[A-Za-z0-9_@+%][A-Za-z0-9_.@+%-]*", stem) for stem in stems)
