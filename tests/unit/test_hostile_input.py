# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Whatever people write is either refused in a sentence, or taken as it is and kept where it belongs.

The rules of AWS are written down here a second time, from their documents, and not taken from the code under test.
Rosters have such tests of their own.
"""

from __future__ import annotations

import contextlib
import csv
import re
import stat
import string
import tempfile
import typing as t
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files as _credentials_files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import managed_policy as _managed_policy
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import password as _password
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import tag as _tag
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import user_name as _user_name
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials

# "IAM and AWS STS quotas" and CreateUser in the IAM API Reference
USER_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
# TagUser in the IAM API Reference: letters, digits and white space of any script, and these
TAG_VALUE = "_.:/=+-@"
URL = "https://123456789012.signin.aws.amazon.com/console"

names = st.text(string.ascii_letters + string.digits + "_+=,.@-", min_size=1, max_size=64)
# What people paste: all of Unicode but what no file can hold, and what has hurt others before
hostile = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        [
            "..",
            ".",
            "/etc/passwd",
            "../../x",
            "a/b",
            "a\\b",
            "~",
            "-rf",
            "CON",
            "a\nb",
            "a\0b",
            "\u202e",
            "x" * 65,
            "x" * 257,
        ]
    ),
    st.sampled_from(
        ["=1+1", "@SUM(A1)", "{{ 7*7 }}", "%s", "{0}", "${HOME}", "$(id)", "`id`", "'; --", "ä" * 255, " ", ""]
    ),
)
passwords = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), min_size=1)


def one_line(sentence: str) -> bool:
    """Whether a terminal would show this as one line, whatever stands in it."""
    return sentence.isprintable() or all(char.isprintable() or char in "\u00a0" for char in sentence)


@given(name=st.one_of(hostile, names))
def test_a_user_name_is_refused_exactly_where_iam_refuses_it(name: str) -> None:
    refused = _user_name.problem(name)
    assert (refused is None) == bool(USER_NAME.fullmatch(name))
    assert refused is None or one_line(refused)


@given(first=names, second=names)
def test_no_two_users_share_a_file_and_no_file_is_elsewhere(first: str, second: str) -> None:
    assume(first.lower() != second.lower())
    for make in (_credentials_files.login_file, _credentials_files.access_key_file, _credentials_files.intent_file):
        file = make(first)
        assert Path(file).name == file
        assert len(file.encode()) <= 255
        # Some file systems do not tell names apart by case.
        assert file.lower() != make(second).lower()
    # Neither hidden nor an option to some command
    assert _credentials_files.login_file(first)[0] not in ".-"
    assert _credentials_files.access_key_file(first)[0] not in ".-"


@given(name=names, password=passwords)
def test_what_is_saved_stays_in_its_directory_and_is_read_as_it_was(name: str, password: str) -> None:
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "credentials"
        directory = CredentialsDirectory(str(folder))
        directory.prepare()
        directory.save_login(Credentials(name, password, URL))
        (file,) = (path for path in Path(top).rglob("*") if path.is_file() and path.name != ".lock")
        assert file.parent == folder
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with file.open(encoding="utf-8-sig", newline="") as stream:
            assert list(csv.reader(stream))[1] == [name, password, URL]


@given(name=names, content=st.binary())
def test_what_is_not_ours_is_neither_read_nor_overwritten(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as top:
        directory = CredentialsDirectory(top)
        file = Path(top) / _credentials_files.login_file(name)
        file.write_bytes(content)
        with contextlib.suppress(DestinationError):
            directory.save_login(Credentials(name, "a-New-passw0rd", URL))
        files = [file, *(Path(top) / "superseded").glob("*")]
        assert content in [path.read_bytes() for path in files]


@given(
    policy=st.builds(
        _password.PasswordPolicy,
        minimum_length=st.integers(6, 128),
        require_symbols=st.booleans(),
        require_numbers=st.booleans(),
        require_uppercase=st.booleans(),
        require_lowercase=st.booleans(),
        minimum_classes=st.integers(0, 4),
        is_default=st.booleans(),
    )
)
def test_a_generated_password_keeps_to_the_policy_and_can_be_read_aloud(policy: t.Any) -> None:
    password = _password.generate(policy)
    assert policy.minimum_length <= len(password) <= 128
    classes = {
        "require_lowercase": set(string.ascii_lowercase),
        "require_uppercase": set(string.ascii_uppercase),
        "require_numbers": set(string.digits),
        "require_symbols": set("!@#$%^&*()_+-=[]{}|'"),
    }
    there = {name for name, characters in classes.items() if characters & set(password)}
    assert {name for name in classes if getattr(policy, name)} <= there
    assert len(there) >= policy.minimum_classes
    assert password[0] in string.ascii_letters
    assert not set(password) & set("0O1lI,\"'")
    assert _password.problems(password, policy, "somebody", "school", "123456789012") == []


@given(password=st.one_of(passwords, hostile.filter(bool)), name=names)
def test_a_password_is_judged_in_sentences_that_do_not_hold_it(password: str, name: str) -> None:
    policy = _password.PasswordPolicy()
    for problem in _password.problems(password, policy, name, "school", "123456789012"):
        assert one_line(problem)
        assert len(password) < 12 or password not in problem or password in {name, "school", "123456789012"}


@given(value=hostile)
def test_a_description_is_refused_exactly_where_iam_refuses_it(value: str) -> None:
    fine = len(value) <= 256 and all(char.isalnum() or char.isspace() or char in TAG_VALUE for char in value)
    refused = _tag.value_problem("the access key description", value)
    # Letters and digits are those of any script; what Python and Java call by other names is left out of this.
    if value.isascii():
        assert (refused is None) == fine or not value.isprintable()
    assert refused is None or one_line(refused)


@given(policy=hostile)
def test_a_policy_is_found_or_refused(policy: str) -> None:
    arn, problem = _managed_policy.resolve(policy, {"Known": "arn:aws:iam::123456789012:policy/Known"}, "123456789012")
    assert (arn is None) != (problem is None)
    assert problem is None or one_line(problem)
