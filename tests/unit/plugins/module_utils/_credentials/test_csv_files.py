# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The credential files, byte for byte, and by an independent reader."""

from __future__ import annotations

import csv
import io
import string
import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files as files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials

URL = "https://123456789012.signin.aws.amazon.com/console"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ANNA = Credentials("anna", "Admin@123", URL, "AKIAIOSFODNN7EXAMPLE", SECRET)
BERT = Credentials("Bert", "Pässwort1", URL, "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
COMMA = Credentials("c,d", 'a"b,c1A', URL, "AKIAIOSFODNN7EXAMPLF", SECRET)

NAMES = st.text(string.ascii_letters + string.digits + "_+=,.@-", min_size=1, max_size=64)
LATIN_1 = st.characters(max_codepoint=0xFF, exclude_categories=["Cc"])
PASSWORDS = st.text(LATIN_1 | st.sampled_from("\t\r\n"), max_size=40)


@st.composite
def everything(draw: st.DrawFn) -> Credentials:
    """Draw a user of whom everything is known."""
    key_id, secret = draw(st.tuples(st.text("AKI234567", min_size=20, max_size=20), st.text("aZ09/+", min_size=40)))
    return Credentials(draw(NAMES), draw(PASSWORDS), URL, key_id, secret)


def rows(content: bytes) -> list[list[str]]:
    """Read as a spreadsheet does: a mark, then CSV after RFC 4180."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content[3:].decode("utf-8"), newline=""), strict=True))


def test_the_consoles_login_download() -> None:
    assert files.login_csv(ANNA) == (
        b"\xef\xbb\xbfUser name,Password,Console sign-in URL\r\n"
        b"anna,Admin@123,https://123456789012.signin.aws.amazon.com/console\r\n"
    )


def test_the_consoles_key_download() -> None:
    assert files.access_key_csv(ANNA) == (
        b"\xef\xbb\xbfAccess key ID,Secret access key\r\n"
        b"AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\r\n"
    )


def test_the_sheet_of_the_class() -> None:
    anna = replace(ANNA, display_name="Anna Müller", email="a@example.org")
    assert files.class_csv([COMMA, BERT, anna], "123456789012") == (
        b"\xef\xbb\xbfUser name,Password,Access key ID,Secret access key,Console login link,Display name,E-mail,"
        b"Account ID\r\n"
        b"anna,Admin@123,AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY,"
        b"https://123456789012.signin.aws.amazon.com/console,Anna M\xc3\xbcller,a@example.org,123456789012\r\n"
        b"Bert,P\xc3\xa4sswort1,AKIAI44QH8DHBEXAMPLE,je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY,"
        b"https://123456789012.signin.aws.amazon.com/console,,,123456789012\r\n"
        b'"c,d","a""b,c1A",AKIAIOSFODNN7EXAMPLF,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY,'
        b"https://123456789012.signin.aws.amazon.com/console,,,123456789012\r\n"
    )


@pytest.mark.parametrize(
    ("header", "cells", "count"), [(b"", b"", 5), (b",Display name,E-mail", b",Anna,anna@example.org", 7)]
)
def test_a_sheet_of_former_days_is_read(header: bytes, cells: bytes, count: int) -> None:
    content = (
        b"\xef\xbb\xbfUser name,Password,Access key ID,Secret access key,Console login link" + header + b"\r\n"
        b"anna,Admin@123,AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY,"
        b"https://123456789012.signin.aws.amazon.com/console" + cells + b"\r\n"
    )
    person = {"display_name": "Anna", "email": "anna@example.org"} if cells else {}
    assert files.parse_class(content) == {"anna": replace(ANNA, **person)}
    with pytest.raises(files.NotOurFileError, match=f"has a row without exactly {count} cells"):
        files.parse_class(content + b"bert,x,y\r\n")


def test_a_name_that_somebody_typed_is_neither_a_formula_nor_a_line_more() -> None:
    typed = replace(ANNA, display_name="=HYPERLINK(1)\r\n\x00", email="@SUM(1)")
    sheet = files.class_csv([typed])
    assert rows(sheet)[1][-3:-1] == ["'=HYPERLINK(1) \ufffd", "'@SUM(1)"]
    # What was read is written the same.
    assert files.class_csv(files.parse_class(sheet).values()) == sheet


def test_what_the_aws_cli_imports() -> None:
    """ASCII, LF, no mark, no quotes; who cannot be in it is left out."""
    without_key = Credentials("dora", "Admin@123", URL)
    assert files.import_csv([COMMA, BERT, without_key, ANNA]) == (
        b"User name,Access key ID,Secret access key\n"
        b"anna,AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
        b"Bert,AKIAI44QH8DHBEXAMPLE,je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n"
    )


@pytest.mark.parametrize(
    ("one", "importable"),
    [
        (ANNA, True),
        (Credentials("=a@b.c", access_key_id="AKIA", secret_access_key="x"), True),
        (COMMA, False),
        (Credentials("dora", "Admin@123", URL), False),
        (Credentials("dora", access_key_id="AKIA"), False),
    ],
)
def test_whom_the_aws_cli_can_import(one: Credentials, importable: bool) -> None:
    assert files.importable(one) is importable


@given(everything())
def test_a_spreadsheet_reads_what_was_saved(one: Credentials) -> None:
    key = [one.access_key_id, one.secret_access_key]
    assert rows(files.login_csv(one)) == [list(files.LOGIN_HEADER), [one.user_name, one.password, URL]]
    assert rows(files.access_key_csv(one)) == [list(files.ACCESS_KEY_HEADER), key]
    assert rows(files.class_csv([one]))[1:] == [[one.user_name, one.password, *key, URL, "", "", ""]]


@given(everything())
def test_what_was_saved_is_read_back(one: Credentials) -> None:
    login = files.parse_login(files.login_csv(one), one.user_name)
    key = files.parse_access_key(files.access_key_csv(one), one.user_name)
    assert login.completed_by(key) == one
    assert files.parse_class(files.class_csv([one])) == {one.user_name: one}


@given(st.lists(everything(), max_size=4, unique_by=lambda one: one.user_name))
def test_the_aws_cli_reads_what_was_saved(everybody: list[Credentials]) -> None:
    content = files.import_csv(everybody)
    # As `aws configure import` does it: lines, then commas, and no more.
    lines = content.decode("ascii").splitlines()
    assert content.endswith(b"\n")
    assert not content.endswith(b"\n\n")
    assert lines[0] == "User name,Access key ID,Secret access key"
    read = {tuple(line.split(",")) for line in lines[1:]}
    expected = [one for one in everybody if "," not in one.user_name]
    assert read == {(one.user_name, one.access_key_id, one.secret_access_key) for one in expected}
    assert set(files.parse_import(content)) == {one.user_name for one in expected}


@pytest.mark.parametrize(
    ("name", "login", "access_key", "intent"),
    [
        ("anna", "anna_credentials.csv", "anna_accessKeys.csv", "anna_intent.json"),
        ("..", "%2E._credentials.csv", "%2E._accessKeys.csv", "%2E._intent.json"),
        ("a,b", "a%2Cb_credentials.csv", "a%2Cb_accessKeys.csv", "a%2Cb_intent.json"),
    ],
)
def test_file_names(name: str, login: str, access_key: str, intent: str) -> None:
    assert (files.login_file(name), files.access_key_file(name), files.intent_file(name)) == (login, access_key, intent)


@pytest.mark.parametrize("name", ["class", "Class", "aws_configure_import", "anna_credentials.csv"])
def test_no_file_of_a_user_is_one_of_the_class(name: str) -> None:
    """A file system that ignores case must not mix them up either."""
    kinds = (files.login_file, files.access_key_file, files.own_import_file, files.intent_file)
    own = {name_of(name).lower() for name_of in kinds}
    assert not own & {files.CLASS_FILE, files.IMPORT_FILE}


LOGIN = files.login_csv(ANNA)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not begin with 'User name,Password,Console sign-in URL'"),
        (b"User name;Password;Console sign-in URL\r\nanna;x;y\r\n", "does not begin with"),
        (LOGIN.replace(b"Password", b"password"), "does not begin with"),
        (files.access_key_csv(ANNA), "does not begin with"),
        (LOGIN + b"bert,x,y\r\n", "has 2 rows but should have one"),
        (LOGIN[: LOGIN.index(b"\r\n") + 2], "has 0 rows but should have one"),
        (LOGIN + b"bert,x\r\n", "has a row without exactly 3 cells"),
        (LOGIN.replace(b"Admin", b"\xff\xfe"), "is not a CSV file in UTF-8"),
        (LOGIN.replace(b"anna", b'"anna'), "is not a CSV file in UTF-8"),
        (LOGIN.replace(b"anna", b"bert"), "names user 'bert' and should name 'anna'"),
        (LOGIN.replace(b"anna", b"Anna"), "names user 'Anna' and should name 'anna'"),
        (LOGIN.replace(b"anna", b""), "names user '' and should name 'anna'"),
    ],
)
def test_what_is_not_ours_is_not_read(content: bytes, said: str) -> None:
    with pytest.raises(files.NotOurFileError) as caught:
        files.parse_login(content, "anna")
    assert said in str(caught.value)
    assert "Admin" not in str(caught.value)


def test_a_file_that_was_saved_again_without_the_mark_is_read() -> None:
    unmarked = LOGIN.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    assert files.parse_login(unmarked, "anna") == files.parse_login(LOGIN, "anna")


@pytest.mark.parametrize(
    ("new", "older", "expected"),
    [
        ({"password": "new"}, ANNA, ("new", URL, ANNA.access_key_id, SECRET)),
        ({}, None, ("", "", "", "")),
        # A key never gets the secret of another one.
        ({"access_key_id": "AKIANEW"}, ANNA, ("Admin@123", URL, "AKIANEW", "")),
        ({"secret_access_key": "stray"}, ANNA, ("Admin@123", URL, ANNA.access_key_id, SECRET)),
    ],
)
def test_completed_by(new: dict[str, t.Any], older: Credentials | None, expected: tuple[str, ...]) -> None:
    one = Credentials("anna", **new).completed_by(older)
    assert (one.password, one.sign_in_url, one.access_key_id, one.secret_access_key) == expected


def test_a_person_keeps_the_name_until_another_is_told() -> None:
    known = replace(ANNA, display_name="Anna Muller", email="a@example.org")
    assert ANNA.completed_by(known) == known
    assert replace(ANNA, display_name="Anna Müller").completed_by(known).display_name == "Anna Müller"


def test_no_secret_is_shown_by_accident() -> None:
    assert "Admin" not in repr(ANNA)
    assert SECRET not in repr(ANNA)


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("https://123456789012.signin.aws.amazon.com/console", "123456789012"),
        ("https://123456789012.signin.amazonaws.cn/console", "123456789012"),
        ("https://acme.signin.aws.amazon.com/console", ""),
        ("https://1234567890123.signin.aws.amazon.com/console", ""),
        ("https://\u0661\u0662\u0663456789012.signin.aws.amazon.com/console", ""),
        ("", ""),
    ],
)
def test_the_account_stands_in_the_sign_in_url_unless_it_has_an_alias(url: str, account: str) -> None:
    assert files.account_in(url) == account
