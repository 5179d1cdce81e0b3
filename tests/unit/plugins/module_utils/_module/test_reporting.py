# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

import stat
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import reporting
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _handouts
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils._credentials.fake_aws import Aws, refusal

if t.TYPE_CHECKING:
    from pathlib import Path

VERIFIED = {"account_id": "123456789012", "verified_at": "2026-11-24T08:55:00Z", "arrivals": False, "hosts": {}}


def write(dest: str, check_mode: bool = False, aws: Aws | None = None, **more: t.Any) -> bool:
    texts = _handouts.texts("en")
    usual = {"dest": dest, "title": "", "verified": VERIFIED, "people": {}, "material": str(_handouts.MATERIAL)}
    return reporting.run({**usual, "texts": texts, **more}, lambda: t.cast("t.Any", aws), check_mode)


def test_the_page_is_for_oneself_and_the_old_one_goes(tmp_path: Path) -> None:
    dest = tmp_path / "class_report.html"
    dest.write_text("<!DOCTYPE html>old", encoding="utf-8")
    dest.chmod(0o644)
    assert write(str(dest))
    assert "The class is empty." in dest.read_text(encoding="utf-8")
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["class_report.html"]


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    assert write(str(tmp_path / "x.html"), check_mode=True)
    assert list(tmp_path.iterdir()) == []


def test_its_directory_is_made_for_oneself(tmp_path: Path) -> None:
    write(str(tmp_path / "new" / "x.html"))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"cannot be written: Is a directory"):
        write(str(tmp_path))


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_file_that_is_no_page_stays(tmp_path: Path, check_mode: bool) -> None:
    """A name may be mistyped, and name the credentials or the inventory."""
    dest = tmp_path / "class_credentials.csv"
    dest.write_text("User name,Password", encoding="utf-8")
    with pytest.raises(RefusedError, match=r"class_credentials.csv', but that file is not a page; choose another name"):
        write(str(dest), check_mode)
    assert dest.read_text(encoding="utf-8") == "User name,Password"
    dest.write_text("", encoding="utf-8")
    assert write(str(dest), check_mode)


def test_every_page_starts_like_one(tmp_path: Path) -> None:
    write(str(tmp_path / "x.html"))
    assert write(str(tmp_path / "x.html"))


def test_it_may_go_into_a_bucket() -> None:
    aws = Aws()
    aws.answers["get_object"] = refusal("NoSuchKey")
    write("s3://a-bucket/class/report.html?accept=public", aws=aws)
    (put,) = aws.parameters("put_object")
    assert (put["Key"], put["ContentType"]) == ("class/report.html", "text/html; charset=utf-8")
    assert b"The class is empty" in put["Body"]


@pytest.mark.parametrize("dest", ["s3://a-bucket", "s3://a-bucket/", "secretsmanager://class/report.html"])
def test_it_needs_a_name_there(dest: str) -> None:
    with pytest.raises(RefusedError, match=r"give a file, or s3://bucket/prefix/class_report.html"):
        write(dest, aws=Aws())


def test_without_the_action_plugin_there_is_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"which did not run"):
        write(str(tmp_path / "x.html"), verified=None)
