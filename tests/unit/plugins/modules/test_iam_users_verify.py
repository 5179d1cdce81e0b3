# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The report that the module writes for programs."""

from __future__ import annotations

import json
import os
import shutil
import stat
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.modules import iam_users_verify

RESULT = {
    "account_id": "1",
    "verified_at": "now",
    "arrivals": False,
    "users": [{"name": "änna"}],
    "table": ["for people"],
}


@pytest.fixture(autouse=True)
def _umask() -> t.Iterator[None]:
    """Put back what the module sets for the rest of its process."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def write(dest: Path | None, tmp_path: Path, check_mode: bool = False) -> None:
    def atomic_move(source: str, to: str, keep_dest_attrs: bool) -> None:
        assert not keep_dest_attrs
        shutil.move(source, to)

    module = types.SimpleNamespace(
        params={"report_dest": dest and str(dest)},
        check_mode=check_mode,
        tmpdir=str(tmp_path),
        atomic_move=atomic_move,
    )
    iam_users_verify.write(t.cast("t.Any", module), dict(RESULT))


def test_the_report_holds_what_programs_need_and_is_for_oneself(tmp_path: Path) -> None:
    dest = tmp_path / "report.json"
    write(dest, tmp_path)
    text = dest.read_text(encoding="utf-8")
    assert json.loads(text) == {name: RESULT[name] for name in ("account_id", "verified_at", "arrivals", "users")}
    assert "änna" in text
    assert text.endswith("}\n")
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600


@pytest.mark.parametrize(("there", "check_mode"), [(False, False), (True, True)])
def test_where_none_is_wanted_and_in_check_mode_nothing_is_written(
    tmp_path: Path, there: bool, check_mode: bool
) -> None:
    write(tmp_path / "report.json" if there else None, tmp_path, check_mode)
    assert list(tmp_path.iterdir()) == []


def test_a_place_for_it_is_looked_for_before_anything_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for dest in (None, "", "report.json", str(tmp_path / "report.json")):
        iam_users_verify.see(dest)
    for content in ("[]", "{}", "all: {hosts: }", "\xff"):
        Path("hosts.yml").write_bytes(content.encode("latin-1"))
        with pytest.raises(RefusedError, match=r"'hosts\.yml', but that file is not a report of an earlier run"):
            iam_users_verify.see("hosts.yml")
    for content in ("", json.dumps(dict.fromkeys(iam_users_verify.REPORTED))):
        Path("report.json").write_text(content, encoding="utf-8")
        iam_users_verify.see("report.json")
    with pytest.raises(RefusedError, match="but there is no directory 'nowhere'; create it"):
        iam_users_verify.see("nowhere/report.json")
