# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The last lines of a run: at most ten, and those that matter."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible import context
from ansible.module_utils.common.collections import ImmutableDict

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._last_lines import Seen, laid_out

PLAYBOOKS = Path(__file__).resolve().parents[4] / "playbooks"


def user(name: str, fate: str = "created", msg: str = "") -> dict[str, t.Any]:
    """An outcome, as modules return it."""
    told = {"name": name, "failed": bool(msg), "changed": not msg, "fate": fate, "msg": msg, "changes": [], "next": ""}
    return {**told, "access_key_id": "AKIA", "removed": fate == "removed", "deleted_files": []}


def served(*users: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    """The result of a task that serves all hosts."""
    return {"hosts": {one["name"]: one for one in users}, "users": list(users), "summary": [], "place": "/c", **more}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A directory with credentials."""
    (tmp_path / "class_credentials.csv").touch()
    return str(tmp_path)


@pytest.fixture(autouse=True)
def _run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWX_ISOLATED_DATA_DIR", "RUNNER_OMIT_EVENTS"):
        monkeypatch.delenv(name, raising=False)
    started(monkeypatch, "class", subset="anna")


def started(monkeypatch: pytest.MonkeyPatch, playbook: str, **more: t.Any) -> None:
    """Start a run of another playbook."""
    options = ImmutableDict({"args": (f"invoice_scanner.iam.{playbook}",), "inventory": ["a,b"], **more})
    monkeypatch.setattr(context, "CLIARGS", options)


def begun(path: str = "") -> Seen:
    """A run whose play has begun: one of the playbook that was typed, or of this one."""
    seen = Seen()
    seen.begin(path or str(PLAYBOOKS / f"{context.CLIARGS['args'][0].rpartition('.')[2]}.yml"))
    return seen


def lines(*results: dict[str, t.Any], check_mode: bool = False) -> list[str]:
    """Show results to it, one after the other."""
    seen = begun()
    for result in results:
        seen.add(result)
    return list(seen.lines(check_mode))


def test_rounds_of_a_class_are_told_of_together(folder: str) -> None:
    anna, bert = (served(user(name), place=folder) for name in ("anna", "bert"))
    assert lines(anna, {"msg": "something else"}, bert) == [
        "2 users: 2 created",
        f"The credentials are in {folder}",
        "To see whether everybody has what they need: ansible-playbook -i a,b invoice_scanner.iam.verify --limit anna",
    ]


def test_where_something_changes_the_account_is_told_and_what_hours_a_class_has(folder: str) -> None:
    of_class = "class 'spring' is not open yet: it opens on Mon 2026-03-02 09:00 CET"
    where = {"in_account": "123456789012 at http://127.0.0.1:4566", "hours": [of_class], "place": folder}
    assert lines(served(user("anna"), user("bert"), **where))[:3] == [
        "2 users: 2 created",
        "The account is 123456789012 at http://127.0.0.1:4566",
        of_class,
    ]
    assert lines(served(user("anna"), **where), check_mode=True)[1].startswith("The account is 123456789012")
    unchanged = {**user("anna", "unchanged"), "changed": False}
    assert not any("The account" in line for line in lines(served(unchanged, **where)))


def test_however_much_goes_wrong_it_is_ten_lines() -> None:
    told = lines(served(*(user(f"user-{number:02}", "unchanged", f"fault {number}") for number in range(40))))
    assert len(told) <= 10
    assert told[4:6] == ["36 more reasons are above", "40 users: 40 failed"]
    assert told[-1] == (
        "When that is fixed, run the same command again: ansible-playbook -i a,b invoice_scanner.iam.class --limit anna"
    )


def test_check_mode_says_what_lets_it_happen() -> None:
    assert lines(served(user("anna"), user("bert")), check_mode=True) == [
        "2 users: 2 would be created",
        "To make these changes: ansible-playbook -i a,b invoice_scanner.iam.class --limit anna",
    ]


def test_credentials_are_told_of_only_where_there_are_some(tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        assert not any("credentials are" in line for line in lines(served(user("anna", msg="no"), place=str(place))))
    there = "The credentials are in s3://b/p"
    assert there in lines(served(user("anna"), user("bert", msg="no"), place="s3://b/p"))
    assert there not in lines(served(user("bert", msg="no"), place="s3://b/p"))


def test_one_who_is_alone_is_told_of_the_cli_with_its_region(folder: str) -> None:
    told = lines(served(user("anna"), region="eu-central-1", place=folder))
    assert told[2] == (
        f"For the AWS CLI: aws configure import --csv file://{folder}/anna_aws_configure_import.csv && "
        "aws configure set region eu-central-1 --profile anna"
    )
    for other in (
        served(user("anna"), place="s3://b/p", region="x"),
        served(user("an,na"), region="x", place=folder),
        served({**user("anna"), "access_key_id": ""}, region="x", place=folder),
    ):
        assert not any("aws configure" in line for line in lines(other))


def test_a_failure_of_the_run_is_told_of_as_such() -> None:
    seen = begun()
    seen.fail("anna", {"failed": True, "msg": "none of the 2 hosts was served: no credentials"})
    assert next(seen.lines(False)) == "anna: none of the 2 hosts was served: no credentials"
    seen.fail("anna", {"failed": True, "msg": "none of the 2 hosts was served: no credentials"}, of_run=True)
    assert next(seen.lines(False)) == "none of the 2 hosts was served: no credentials"
    assert list(begun().lines(False)) == []
    items = [{"failed": False}, {"failed": True, "msg": "Failed to create policy: it may not"}]
    seen.fail("anna", {"failed": True, "msg": "One or more items failed", "results": items})
    assert next(seen.lines(False)) == "anna: Failed to create policy: it may not"


def test_a_run_that_fails_after_its_plan_has_not_done_what_was_planned() -> None:
    seen = begun()
    seen.add(served(user("anna"), user("bert")), planned=True)
    assert next(seen.lines(False)) == "2 users: 2 created", "as long as nothing fails, and nothing is left to do"
    seen.fail("anna", {"failed": True, "msg": "Failed to create policy: it may not"})
    again = "ansible-playbook -i a,b invoice_scanner.iam.class --limit anna"
    assert list(seen.lines(False)) == [
        "anna: Failed to create policy: it may not",
        f"When that is fixed, run the same command again: {again}",
    ]
    # The rounds before it did what they say.
    seen.add(served(user("carl")))
    told = list(seen.lines(False))
    assert told[:2] == ["anna: Failed to create policy: it may not", "1 user: 1 created"]
    assert told[-1].startswith("When that is fixed")


def test_a_line_is_broken_for_the_terminal_and_a_command_is_not() -> None:
    command = "ansible-playbook -i a,b invoice_scanner.iam.class --limit anna,bert,carl"
    told = laid_out(f"anna, bert, carl: it is lost and more words than fit. To fix it: {command}", 50)
    assert told[-1] == f"  {command}"
    assert all(len(line) < 50 for line in told[:-1])
    assert laid_out(f"To see it: .venv/bin/{command}", 50) == ["To see it:", f"  .venv/bin/{command}"]
    command = "aws configure import --csv file:///a && aws configure set region x --profile anna"
    assert laid_out(f"For the AWS CLI: {command}", 50) == ["For the AWS CLI:", f"  {command}"]
    assert laid_out("x" * 200, 0) == ["x" * 200]


def test_users_of_two_accounts_may_have_one_name(tmp_path: Path) -> None:
    (tmp_path / "123456789012").mkdir()
    (tmp_path / "123456789012" / "class_credentials.csv").touch()
    seen = begun()
    outcomes = {f"seat{n}": {**user("anna"), "account": f"account {n}"} for n in (1, 2)}
    seen.add({"hosts": outcomes, "summary": [], "users": [*outcomes.values()], "place": str(tmp_path)})
    told = list(seen.lines(False))
    assert told[0] == "2 users: 2 created"
    assert told[1] == f"The credentials are in {tmp_path}, each account in its own part"


def test_a_refusal_of_the_run_is_followed_by_the_command_that_lets_it_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    started(monkeypatch, "teardown", extra_vars=("invoice_iam_user_teardown_confirm=6 a=b",))
    said = "2 users would be removed: anna, bert. To remove them, run again with invoice_iam_user_teardown_confirm=2"
    seen = begun()
    seen.fail("anna", {"failed": True, "msg": said}, of_run=True)
    assert list(seen.lines(False)) == [
        said,
        "To do so: ansible-playbook -i a,b invoice_scanner.iam.teardown -e a=b -e invoice_iam_user_teardown_confirm=2",
    ]


def test_what_the_run_and_an_outcome_say_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started(monkeypatch, "revoke")
    said = "user 'eve' is not ours; run again with invoice_iam_user_revoke_strangers=true"
    seen = begun()
    seen.add(served({**user("eve", msg=said), "access_key_id": ""}))
    seen.fail("anna", {"failed": True, "msg": said}, of_run=True)
    assert list(seen.lines(False)) == [
        said,
        "1 user: 1 failed",
        "To do so: ansible-playbook -i a,b invoice_scanner.iam.revoke -e invoice_iam_user_revoke_strangers=true",
    ]


def test_handouts_and_the_instructors_page_are_where_it_says(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    started(monkeypatch, "handout")
    told = lines(served(user("anna", "written"), place="/c", pages="/c/handouts"))
    assert told[1] == "The pages are in /c/handouts, not sealed; class.html is for the printer"
    sealed = lines(served(user("anna", "written"), place="/c", pages="/c/handouts", sealed=True))
    assert sealed[1] == "The pages are in /c/handouts, sealed; class.html is for the printer"
    assert not any("/c/handouts" in line for line in lines(served(user("anna", msg="no"), pages="/c/handouts")))
    started(monkeypatch, "verify")
    page = {"changed": False, "dest": "/c/class_report.html"}
    verified = served({**user("anna", "ready"), "changed": False})
    assert lines(verified, page) == ["1 user: 1 ready", "The page is /c/class_report.html"]
    assert lines(verified, page, check_mode=True) == ["1 user: 1 ready"]


def test_a_playbook_that_is_imported_is_told_of_as_if_it_was_typed(
    monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """What ran is known by its path; the command to run it again is still the one that was typed."""
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict({"args": ("mine.yml",), "inventory": ["a,b"]}))
    seen = begun(str(PLAYBOOKS / "class.yml"))
    seen.add(served(user("anna"), user("bert"), place=folder))
    assert list(seen.lines(False)) == [
        "2 users: 2 created",
        f"The credentials are in {folder}",
        "To see whether everybody has what they need: ansible-playbook -i a,b invoice_scanner.iam.verify",
    ]
    assert list(seen.lines(True))[-1] == "To make these changes: ansible-playbook -i a,b mine.yml"
    seen.fail("anna", {"failed": True, "msg": "no credentials"}, of_run=True)
    assert list(seen.lines(False))[-1].endswith("run the same command again: ansible-playbook -i a,b mine.yml")


def test_a_play_without_a_result_is_not_what_ran(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """With tags, a playbook that imports ours may run the class, and nothing of the teardown after it."""
    monkeypatch.setattr(
        context, "CLIARGS", ImmutableDict({"args": ("mine.yml",), "inventory": ["a,b"], "tags": ("create",)})
    )
    seen = begun(str(PLAYBOOKS / "class.yml"))
    seen.add(served(user("anna"), user("bert"), place=folder))
    seen.begin(str(PLAYBOOKS / "teardown.yml"))
    assert list(seen.lines(True))[-1] == "To make these changes: ansible-playbook -i a,b mine.yml --tags create"
    assert list(seen.lines(False))[1:] == [
        f"The credentials are in {folder}",
        "To see whether everybody has what they need: ansible-playbook -i a,b invoice_scanner.iam.verify",
    ]


def test_what_comes_after_a_playbook_of_somebodys_own_is_for_them_to_know(
    monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict({"args": ("mine.yml",), "inventory": ["a,b"]}))
    seen = begun("mine.yml")
    seen.add(served(user("anna"), user("bert"), place=folder))
    assert list(seen.lines(False)) == ["2 users: 2 created"]
    assert list(seen.lines(True))[-1] == "To make these changes: ansible-playbook -i a,b mine.yml"
    seen.fail("anna", {"failed": True, "msg": "no credentials"}, of_run=True)
    assert next(seen.lines(False)) == "no credentials"


def test_who_came_late_gets_a_page_too(monkeypatch: pytest.MonkeyPatch, folder: str, tmp_path: Path) -> None:
    started(monkeypatch, "verify")
    pages = tmp_path / "handouts"
    pages.mkdir()
    ready = [{**user(name, "ready"), "changed": False} for name in ("anna", "late")]
    told = "To make a page for each person to hand out: ansible-playbook -i a,b invoice_scanner.iam.handout"
    for page in ("", "anna.html"):
        (pages / page).touch()
        assert lines(served(*ready, place=folder, pages=str(pages)))[-1] == told
    assert told not in lines(served(ready[0], place=folder, pages=str(pages)))
    (pages / "late.html").touch()
    assert told not in lines(served(*ready, place=folder, pages=str(pages)))


def test_the_hours_of_a_class_are_told_of_and_how_to_resume_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started(monkeypatch, "hours", extra_vars=("invoice_iam_user_hours=pause a=b",))
    said = ["class 'spring' is paused", "2 users have its policy InvoiceScannerHours-spring"]
    resume = "ansible-playbook -i a,b invoice_scanner.iam.hours -e a=b -e invoice_iam_user_hours=resume"
    assert lines({"said": said, "paused": True}) == [*said, f"To resume the class: {resume}"]
    assert lines({"said": said, "paused": True}, check_mode=True) == said
    assert lines({"said": said[1:], "paused": False}) == said[1:]


def test_a_teardown_of_an_account_says_what_became_of_whom_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    started(monkeypatch, "teardown", extra_vars=("invoice_iam_user_teardown_expired=true",))
    result = {"changed": True, "users": [user("anna", "removed"), user("bert", "removed")], "policies": []}
    assert lines(result, check_mode=True) == [
        "2 users: 2 would be removed",
        "To make these changes: ansible-playbook -i a,b invoice_scanner.iam.teardown "
        "-e invoice_iam_user_teardown_expired=true -e invoice_iam_user_teardown_confirm=2",
    ]
    where = {**result, "in_account": "123456789012"}
    assert lines(where) == ["2 users: 2 removed", "The account is 123456789012"]
    assert lines({**result, "users": []}) == ["No user in the account matches, so no user is removed"]
    seen = begun()
    failed = {**result, "users": [user("anna", msg="it is in use")], "failed": True, "msg": "one failed"}
    seen.add(failed)
    seen.fail("a", failed, of_run=True)
    assert next(seen.lines(False)) == "anna: it is in use"
