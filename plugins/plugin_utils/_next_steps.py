# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Suggest what to do after a run: the next command, and files that need attention."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible import context

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import csv_files
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._handouts.handout import CLASS_FILE, page_file
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import (
    HANDOUT,
    HOURS,
    PLAYBOOK,
    VERIFY,
)
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._command_line import (
    PLACEHOLDER,
    command_line,
    limit,
    same_command,
    short_path,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Result = dict[str, t.Any]
TEARDOWN = "teardown"
# Playbooks after which there are credentials to hand out
GIVING = ("class", "setup", "rotate", "collect")
_CONFIRM = "invoice_iam_user_teardown_confirm"
# What Ansible says if a value is encrypted and no password was given
_NO_VAULT_PASSWORD = "no vault secrets"
_VAULT_PASSWORD = ("ask_vault_pass", "vault_ids", "vault_password_files")
# The phrase with which a refusal names the variable that allows the action
_VARIABLE = re.compile(r"run again with (\w+)=(\w+)")


@dataclass
class Places:
    """Where a run keeps files; empty if unknown."""

    credentials: str = ""
    pages: str = ""

    def has(self, folder: str, suffix: str) -> set[str]:
        """List the files in a directory and in its parts for accounts. Stores are not read."""
        if not folder or is_uri(folder):
            return set()
        found = (path for pattern in ("*", "[0-9]*/*") for path in Path(folder).glob(f"{pattern}.{suffix}"))
        return {path.name for path in found}

    def have_credentials(self, outcomes: Sequence[Result]) -> bool:
        """Return whether there are files with credentials."""
        if is_uri(self.credentials):
            return not all(one["failed"] for one in outcomes)
        return bool(self.has(self.credentials, "csv"))


def again(said: str = "") -> str:
    """Return how to run a failed command again. C(said) is the failure, which may name a variable that allows it."""
    changed = dict(_VARIABLE.findall(said))
    line = same_command(changed)
    line += "".join(f" --{name}" for name in ("check", "diff") if context.CLIARGS.get(name))
    start = "To do so" if changed else "When that is fixed, run the same command again"
    if _NO_VAULT_PASSWORD in said and not any(map(context.CLIARGS.get, _VAULT_PASSWORD)):
        start, line = "To be asked for the vault password", f"{line} --ask-vault-pass"
    return f"{_with_secrets(start, line)}: {line}"


def resuming() -> str:
    """Return how to resume a class that is paused."""
    line = _for_the_same(command_line(changed={"invoice_iam_user_hours": "resume"}), HOURS)
    return f"{_with_secrets('To resume the class', line)}: {line}"


def _with_secrets(start: str, line: str) -> str:
    return f"{start}, with your secret in place of {PLACEHOLDER}" if PLACEHOLDER in line else start


def _for_the_same(line: str, playbook: str) -> str:
    return line.replace(PLAYBOOK, playbook) + limit()


def following(
    playbook: str, outcomes: Sequence[Result], places: Places, check_mode: bool, by_account: bool
) -> Iterator[str]:
    """Yield what to do after a playbook of this collection, or after another one, whose name is "".

    C(by_account): users were selected in the account, not by hosts.
    """
    failures = [str(one["msg"]) for one in outcomes if one["failed"]]
    said = " ".join(" ".join(failures).split())
    if check_mode and any(one["changed"] for one in outcomes):
        yield _to_change(outcomes, playbook)
    elif _VARIABLE.search(said) or (failures and playbook in (*GIVING, HANDOUT)):
        yield again(said)
    elif playbook in GIVING and not check_mode:
        yield from _stale_pages(outcomes, places)
        line = _for_the_same(command_line(), VERIFY)
        yield f"{_with_secrets('To see whether everybody has what they need', line)}: {line}"
    elif playbook == VERIFY and not check_mode:
        yield from _missing_pages(outcomes, places)
    elif playbook == HANDOUT and not check_mode:
        yield _arrivals(places)
    elif playbook == TEARDOWN and not check_mode:
        yield from _left_over(outcomes, places, by_account)


def _to_change(outcomes: Sequence[Result], playbook: str) -> str:
    going = sum(bool(one["changed"]) for one in outcomes)
    # Removing one user needs no confirmation.
    changed = {_CONFIRM: str(going)} if playbook == TEARDOWN and going > 1 else {}
    line = same_command(changed)
    return f"{_with_secrets('To make these changes', line)}: {line}"


def _stale_pages(outcomes: Sequence[Result], places: Places) -> Iterator[str]:
    pages = places.has(places.pages, "html")
    if any(_has_new_secrets(one) and page_file(one["name"]) in pages for one in outcomes):
        # Without a limit, as the cards are only those of the hosts of that run.
        line = command_line().replace(PLAYBOOK, HANDOUT)
        yield f"The pages in {places.pages} still have former passwords or access keys; to write them again: {line}"


def _missing_pages(outcomes: Sequence[Result], places: Places) -> Iterator[str]:
    """Yield how to make pages if everybody can work, and somebody has no page yet, such as who came late.

    It is not known which pages are in a store, as stores are not read.
    """
    if is_uri(places.pages):
        return
    ready = all(one["fate"] == "ready" for one in outcomes)
    wanted = {page_file(one["name"]) for one in outcomes}
    if ready and places.has(places.credentials, "csv") and not wanted <= places.has(places.pages, "html"):
        line = _for_the_same(command_line(), HANDOUT)
        yield f"{_with_secrets('To make a page for each person to hand out', line)}: {line}"


def _has_new_secrets(outcome: Result) -> bool:
    return outcome["fate"] == "rotated" or bool(outcome["changed"] and outcome.get("asks_for"))


def _arrivals(places: Places) -> str:
    folder = next((one for one in (places.credentials, places.pages) if one and not is_uri(one)), "")
    page = {"invoice_iam_user_verify_page": short_path(f"{folder}/class_report.html")} if folder else {}
    line = _for_the_same(command_line(changed={**page, "invoice_iam_user_verify_arrivals": "true"}), VERIFY)
    return f"{_with_secrets('To see who has arrived', line)}: {line}"


def _left_over(outcomes: Sequence[Result], places: Places, by_account: bool) -> Iterator[str]:
    """Yield which files of removed users still exist, and how to delete them; or that files of others are gone."""
    deleted = {Path(file).name for one in outcomes for file in one.get("deleted_files") or ()}
    if CLASS_FILE in deleted and places.has(places.pages, "html"):
        line = command_line().replace(PLAYBOOK, HANDOUT)
        yield f"The cards of the others were in the same file; to write them again: {line}"
    gone = [one for one in outcomes if one.get("removed")]
    if is_uri(places.credentials) and not by_account:
        # What an earlier run has left there is not known, as stores are not read.
        left = [one for one in gone if one["changed"] and not one.get("deleted_files")]
    else:
        left = _with_files(gone, places)
    if not left:
        return
    where = places.credentials
    where += f" and {places.pages}" if places.pages and not places.pages.startswith(where) else ""
    kept = f"The passwords, access keys and pages of those removed are still in {where}"
    if by_account:
        # The users, by whose tags the playbook would find the files, are gone.
        yield f"{kept}; delete them there, and next time set invoice_iam_user_teardown_files=delete"
        return
    changed = {"invoice_iam_user_teardown_files": "delete"} | ({_CONFIRM: str(len(left))} if len(left) > 1 else {})
    line = _for_the_same(command_line(anew=True, changed=changed), TEARDOWN)
    yield f"{_with_secrets(f'{kept}; to delete them', line)}: {line}"


def _with_files(users: Sequence[Result], places: Places) -> list[Result]:
    """Return the users that have files on this machine."""
    saved, pages = places.has(places.credentials, "csv"), places.has(places.pages, "html")
    files = (csv_files.login_file, csv_files.access_key_file, csv_files.own_import_file)
    return [
        one
        for one in users
        if page_file(one["name"]) in pages or not saved.isdisjoint({file(one["name"]) for file in files})
    ]
