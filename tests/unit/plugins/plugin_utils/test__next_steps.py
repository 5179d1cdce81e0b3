# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What comes after a run is a command that works as it stands, and no more than there is to do."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible import context
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._next_steps import Places, again, following

RUN = "ansible-playbook -i a,b invoice_scanner.iam"
CONFIRM = "invoice_iam_user_teardown_confirm"


def user(name: str, fate: str, **more: t.Any) -> dict[str, t.Any]:
    """An outcome, as modules return it."""
    return {"name": name, "failed": False, "changed": fate != "unchanged", "fate": fate, "msg": "", **more}


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., None]:
    """Start a run."""
    for name in ("AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS"):
        monkeypatch.delenv(name, raising=False)

    def started(playbook: str, **more: t.Any) -> None:
        options = {"args": (f"invoice_scanner.iam.{playbook}",), "inventory": ["a,b"], **more}
        monkeypatch.setattr(context, "CLIARGS", ImmutableDict(options))

    return started


def lines(outcomes: list[dict[str, t.Any]], places: Places, check_mode: bool = False, by_account: bool = False) -> str:
    """What is said after the playbook that was started, in one text."""
    playbook = context.CLIARGS["args"][0].rpartition(".")[2]
    return "\n".join(following(playbook, outcomes, places, check_mode, by_account))


def test_the_same_command_is_the_same(start: t.Callable[..., None]) -> None:
    start("class", check=True, diff=True, subset="anna", extra_vars=("invoice_iam_user_console_password=Qz-1",))
    assert again() == (
        "When that is fixed, run the same command again, with your secret in place of <...>: "
        f"{RUN}.class -e 'invoice_iam_user_console_password=<...>' --limit anna --check --diff"
    )


def test_who_gave_no_vault_password_is_told_how_to_be_asked_for_it(start: t.Callable[..., None]) -> None:
    said = "Task failed: Decryption failed (no vault secrets were found that could decrypt)."
    start("class", subset="anna")
    assert again(said) == f"To be asked for the vault password: {RUN}.class --limit anna --ask-vault-pass"
    start("class", vault_password_files=("key",))
    assert "--ask-vault-pass" not in again(said)


def test_who_can_work_gets_a_page_next(start: t.Callable[..., None], tmp_path: Path) -> None:
    start("verify")
    places = Places(str(tmp_path), str(tmp_path / "handouts"))
    ready, late = user("anna", "ready"), user("bert", "needs action", failed=True)
    assert lines([ready], places) == ""
    (tmp_path / "anna_credentials.csv").touch()
    assert lines([ready], places) == f"To make a page for each person to hand out: {RUN}.handout"
    assert lines([ready, late], places) == ""
    assert lines([ready], Places(str(tmp_path), "s3://b/pages")) == "", "the page may be there"
    (tmp_path / "handouts").mkdir()
    (tmp_path / "handouts" / "anna.html").touch()
    assert lines([ready], places) == ""


def test_a_refusal_of_some_names_what_lets_it_happen(start: t.Callable[..., None]) -> None:
    start("revoke", extra_vars=("invoice_iam_user_revoke_access_key_ids=AKIA",))
    refused = user("eve", "unchanged", failed=True, msg="to revoke it, run again with\n invoice_x=true")
    assert lines([user("anna", "revoked"), refused], Places()) == (
        f"To do so: {RUN}.revoke -e invoice_iam_user_revoke_access_key_ids=AKIA -e invoice_x=true"
    )
    assert lines([user("eve", "unchanged", failed=True, msg="run again with credentials of account 1")], Places()) == ""


def test_a_teardown_that_was_looked_at_is_confirmed_by_the_next_command(start: t.Callable[..., None]) -> None:
    start("teardown", extra_vars=(f"{CONFIRM}=6",))
    going = [user(name, "removed") for name in ("anna", "bert")]
    told = lines([*going, user("carl", "unchanged")], Places("/c"), check_mode=True)
    assert told == f"To make these changes: {RUN}.teardown -e {CONFIRM}=2"
    start("teardown")
    assert lines(going[:1], Places("/c"), check_mode=True) == f"To make these changes: {RUN}.teardown"


def test_files_of_those_removed_are_told_of_while_they_are_there(start: t.Callable[..., None], tmp_path: Path) -> None:
    places = Places(str(tmp_path), str(tmp_path / "handouts"))
    gone = [user(name, "removed", removed=True, deleted_files=[]) for name in ("anna", "bert", "carl")]
    start("teardown")
    assert lines(gone, places) == ""
    (tmp_path / "anna_credentials.csv").touch()
    (tmp_path / "handouts").mkdir()
    (tmp_path / "handouts" / "bert.html").touch()
    kept = f"The passwords, access keys and pages of those removed are still in {tmp_path}"
    delete = "invoice_iam_user_teardown_files=delete"
    assert lines(gone, places) == f"{kept}; to delete them: {RUN}.teardown -e {delete} -e {CONFIRM}=2"
    assert lines(gone[:1], places) == f"{kept}; to delete them: {RUN}.teardown -e {delete}"
    # They are told of again, until they are gone; but not those of a user that this collection has not removed.
    before = [{**one, "changed": False, "fate": "nothing to do"} for one in gone]
    assert lines(before, places) == lines(gone, places)
    assert lines([{**one, "removed": False} for one in before], places) == ""
    assert lines(gone, places, by_account=True) == f"{kept}; delete them there, and next time set {delete}"
    # A store is not asked; what was deleted there is known.
    assert "s3://b/p; to delete them: " in lines(gone, Places("s3://b/p"))
    assert lines([{**one, "deleted_files": ["x"]} for one in gone], Places("s3://b/p")) == ""
    assert lines(before, Places("s3://b/p")) == ""


def test_cards_of_others_that_went_with_those_removed_are_written_again(
    start: t.Callable[..., None], tmp_path: Path
) -> None:
    start("teardown", subset="anna", extra_vars=("invoice_iam_user_teardown_files=delete",))
    places = Places(str(tmp_path), str(tmp_path / "handouts"))
    gone = [user("anna", "removed", removed=True, deleted_files=["anna_credentials.csv", "/c/handouts/class.html"])]
    assert lines(gone, places) == "", "nobody else has a page"
    (tmp_path / "handouts").mkdir()
    (tmp_path / "handouts" / "bert.html").touch()
    again_told = f"The cards of the others were in the same file; to write them again: {RUN}.handout"
    assert lines(gone, places) == again_told


def test_pages_with_former_keys_are_told_of(start: t.Callable[..., None], tmp_path: Path) -> None:
    start("rotate", subset="anna", extra_vars=("invoice_iam_user_rotate_older_than_days=0",))
    places = Places("/c", str(tmp_path))
    verify = f"To see whether everybody has what they need: {RUN}.verify --limit anna"
    assert lines([user("anna", "rotated")], places) == verify
    (tmp_path / "anna.html").touch()
    assert lines([user("anna", "rotated")], places).splitlines() == [
        f"The pages in {tmp_path} still have former passwords or access keys; to write them again: {RUN}.handout",
        verify,
    ]
    assert lines([user("anna", "unchanged")], places) == verify


def test_pages_with_former_passwords_are_told_of(start: t.Callable[..., None], tmp_path: Path) -> None:
    start("class")
    places = Places("/c", str(tmp_path))
    (tmp_path / "anna.html").touch()
    stale = f"The pages in {tmp_path} still have former passwords or access keys"
    assert lines([user("anna", "completed", asks_for=["login_profile"])], places).startswith(stale)
    # A new student has no page yet, and tags are on no page.
    others = [user("bert", "created", asks_for=["login_profile"]), user("anna", "completed", asks_for=[])]
    assert not lines(others, places).startswith(stale)


def test_after_handouts_it_is_seen_who_arrives(start: t.Callable[..., None]) -> None:
    start("handout", extra_vars=("invoice_iam_user_handout_title=x",))
    arrivals = "-e invoice_iam_user_verify_arrivals=true"
    assert lines([user("anna", "written")], Places("/my/c", "/my/c/handouts")) == (
        f"To see who has arrived: {RUN}.verify -e invoice_iam_user_verify_page=/my/c/class_report.html {arrivals}"
    )
    assert lines([user("anna", "written")], Places("s3://b/p", "s3://b/pages")) == (
        f"To see who has arrived: {RUN}.verify {arrivals}"
    )
    failed = [user("anna", "unchanged", failed=True, msg="nothing is saved")]
    again_told = f"When that is fixed, run the same command again: {RUN}.handout -e invoice_iam_user_handout_title=x"
    assert lines(failed, Places("/c")) == again_told
