# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Write handouts from saved credentials, without calls to IAM."""

from __future__ import annotations

import functools
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from .._aws.connection import Connection, region_of
from .._credentials import csv_files
from .._credentials import uri as _uri
from .._credentials.destination import DestinationError, account_problem
from .._credentials.open_store import open_folder
from .._handouts import mail_merge, qr, sealing
from .._handouts.handout import CLASS_FILE, PER_PAGE, Handout, Printer, page_file
from .._handouts.pages import Pages
from .._handouts.person import HandoutError, Person, people
from .._users import user_name as _user_name
from .._users.on_file import Credentials
from .common import RefusedError, is_taken, open_destination, place_for

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._credentials.destination import CredentialsDestination
    from .._credentials.folder import Folder
    from .accounts import Ready
    from .marks import Marks

Result = dict[str, t.Any]


@dataclass
class Outcome:
    """The result for one person."""

    name: str
    failure: str = ""
    written: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class HandedOut:
    """The results for all people, and which files of the class were written."""

    outcomes: Sequence[Outcome]
    class_files: Sequence[str]
    warnings: Sequence[str]


def run(
    params: Mapping[str, t.Any], connect: Callable[[], Connection], region: str, marks: Marks, check_mode: bool
) -> HandedOut:
    """Write everybody's page and the files of the class. Raises RefusedError and DestinationError."""
    everybody, printer = _prepared(params)
    source = open_destination(params["credentials_dest"], connect)
    folder = open_folder(params["dest"], connect)
    problem = folder.problem()
    if problem:
        raise DestinationError(problem)
    work = _Work(source, folder, printer, region, check_mode)
    with ThreadPoolExecutor(max_workers=params["threads"]) as pool:
        done = list(pool.map(lambda person: work.serve(person, marks), everybody))
    handouts = [handout for _outcome, handout in done if handout]
    without = [person for person, (_outcome, handout) in zip(everybody, done, strict=True) if not handout]
    class_files = work.class_files(handouts, without, params["per_page"])
    return HandedOut([outcome for outcome, _handout in done], class_files, list(_warnings(handouts, params)))


def hand_out(
    module: AnsibleAWSModule, params: Mapping[str, t.Any], marks: Marks, ready: Ready, check_mode: bool
) -> Result:
    """Write the pages of the users of one account. Raises RefusedError and DestinationError."""
    connect = functools.partial(Connection, module, params["threads"])
    place, dest = params["credentials_dest"], params["dest"]
    if params["accounts"] or (params["divided"] and not is_taken(open_destination(place, connect))):
        place = place_for(params, account_of(module), connect)
        dest = _uri.within(dest, account_of(module)) if place != params["credentials_dest"] else dest
    meant = str(params["account_id"] or "")
    problem = account_problem(open_destination(place, connect), meant) if meant else None
    if problem:
        raise RefusedError(problem)
    ready(len(params["users"]))
    done = run({**params, "credentials_dest": place, "dest": dest}, connect, region_of(module), marks, check_mode)
    return result_of(done, dest) | {"sealed": bool(params["passphrase"]), "warnings": list(done.warnings)}


def account_of(module: AnsibleAWSModule) -> str:
    """Return the account that the options name. Raises RefusedError if they do not, as AWS is not called here."""
    account = str(module.params["account_id"] or "")
    if not account:
        raise RefusedError(
            "the inventory has users of several accounts, and pages are made from saved credentials without asking "
            "AWS; set invoice_iam_user_account_id for the hosts of each account"
        )
    return account


def _prepared(params: Mapping[str, t.Any]) -> tuple[list[Person], Printer]:
    """Validate the options, and open what they name. Raises RefusedError."""
    if params["per_page"] not in PER_PAGE:
        raise RefusedError(f"per_page is {params['per_page']} and has to be one of {', '.join(map(str, PER_PAGE))}")
    store = _uri.parse(params["dest"])
    if store and store.kind != _uri.S3:
        raise RefusedError(
            f"dest is {params['dest']!r}, but pages cannot be saved in AWS Secrets Manager; give a directory or "
            "s3://bucket/prefix"
        )
    passphrase = params["passphrase"] or ""
    weak = sealing.problem(passphrase) if passphrase else None
    if weak:
        raise RefusedError(weak)
    try:
        sealer = sealing.Sealer(passphrase) if passphrase else None
        pages = Pages(params["material"], params["texts"])
        return people(params["users"]), Printer(pages, params["title"] or "", params["template"] or "", sealer)
    except HandoutError as error:
        raise RefusedError(str(error)) from error


class _Work:
    """Reads credentials from one place and writes handouts to another. Any number of threads can use it."""

    def __init__(
        self, source: CredentialsDestination, folder: Folder, printer: Printer, region: str, check_mode: bool
    ) -> None:
        self._source = source
        self._folder = folder
        self._printer = printer
        self._region = region
        self._check_mode = check_mode
        self._account = source.account() or ""
        self._preparing = threading.Lock()
        self._is_prepared = False
        self._before = {name: folder.get(name) for name in (CLASS_FILE, mail_merge.FILE)}
        self._rows = mail_merge.parse(self._before[mail_merge.FILE] or b"")

    def serve(self, person: Person, marks: Marks) -> tuple[Outcome, Handout | None]:
        """Write the page of one person. If that fails, the others are not affected."""
        outcome = Outcome(person.name)
        try:
            made = self._read(person)
            self._write(made, outcome)
        except (DestinationError, HandoutError) as error:
            outcome.failure = str(error)
        marks.done(bool(outcome.failure))
        return outcome, self._former(person) if outcome.failure else made

    def _read(self, person: Person) -> Handout:
        problem = _user_name.problem(person.name)
        if problem:
            raise HandoutError(problem)
        saved = self._source.saved(person.name)
        if saved == Credentials(person.name):
            raise HandoutError(
                f"nothing is saved for user {person.name!r} in {str(self._source)!r}{self._kept(person)}; run the "
                "playbook setup or class first"
            )
        if not person.access_key:
            saved = replace(saved, access_key_id="", secret_access_key="")
        account = csv_files.account_in(saved.sign_in_url) or self._account
        return Handout(person, saved, account, self._region)

    def _write(self, handout: Handout, outcome: Outcome) -> None:
        name = page_file(handout.person.name)
        before = self._folder.get(name)
        page = self._printer.page(handout, before)
        if page != before:
            outcome.written.append(name)
            self._put(name, page, keep_old=self._lacks_something(handout))

    # Old handouts may have the last copy of a secret -------------------------------------------------------------

    def _kept(self, person: Person) -> str:
        """Return which old handouts of a person are kept, as the end of a sentence."""
        kept = ["page"] if self._folder.get(page_file(person.name)) is not None else []
        kept += ["card"] if self._has_card(person) else []
        kept += ["row"] if person.name in self._rows else []
        if not kept:
            return ""
        *others, last = kept
        return (
            f", so {str(self._folder)!r} keeps the {' and '.join(filter(None, [', '.join(others), last]))} from before"
        )

    def _former(self, person: Person) -> Handout | None:
        """Rebuild the handout of a person without saved credentials from the existing mail-merge table."""
        row = self._rows.get(person.name)
        return Handout(person, *row, self._region) if row else None

    def _has_card(self, person: Person) -> bool:
        # User names contain no characters that HTML has to escape.
        return f'user-name">{person.name}</bdi>'.encode() in (self._before[CLASS_FILE] or b"")

    def _lacks_something(self, handout: Handout) -> bool:
        """Return whether the old page may contain a secret that is neither saved nor replaced by a newer one."""
        now, (before, _account) = handout.credentials, self._rows.get(handout.person.name, (None, ""))
        has_password = before is None or before.password
        has_key = handout.person.access_key and (before is None or before.secret_access_key)
        return bool((has_password and not now.password) or (has_key and not now.secret_access_key))

    # Writing -----------------------------------------------------------------------------------------------------

    def class_files(self, handouts: Sequence[Handout], without: Sequence[Person], per_page: int) -> list[str]:
        """Write the cards and the table. C(without) are the people without a handout. Returns the changed files."""
        if not handouts:
            return []
        rows = [(one.person, one.credentials, one.account_id) for one in handouts]
        wanted = {CLASS_FILE: self._printer.cards(handouts, per_page), mail_merge.FILE: mail_merge.mail_merge(rows)}
        if any(map(self._has_card, without)):
            del wanted[CLASS_FILE]
        changed = [name for name, content in wanted.items() if self._before[name] != content]
        for name in changed:
            self._put(name, wanted[name])
        return changed

    def _put(self, name: str, content: bytes, *, keep_old: bool = False) -> None:
        if self._check_mode:
            return
        with self._preparing:
            # Only now, so that a run with nothing to write leaves nothing behind, not even a test file.
            if not self._is_prepared:
                self._folder.prepare()
            self._is_prepared = True
        self._folder.put(name, content, keep_old)


def _pages_of(folder: Folder, name: str) -> list[str]:
    page = page_file(name)
    return [*([page] if folder.get(page) is not None else []), *folder.former(page)]


def forget(folder: Folder, names: Sequence[str], check_mode: bool) -> dict[str, list[str]]:
    """Delete the pages of removed users, and the files of the class that contain them. Returns the files by user."""
    pages = {name: _pages_of(folder, name) for name in names}
    found = {name: files for name, files in pages.items() if files}
    table = folder.get(mail_merge.FILE)
    listed = {*mail_merge.names_in(table)} if table is not None else {*found}
    for name in names:
        if name in listed:
            # The next run of the playbook handout writes them again for the remaining users.
            there = [file for file in (CLASS_FILE, mail_merge.FILE) if folder.get(file) is not None]
            found.setdefault(name, []).extend(there)
    going = list(dict.fromkeys(file for files in found.values() for file in files))
    if going and not check_mode:
        folder.remove(*going)
    return found


def _warnings(handouts: Sequence[Handout], params: Mapping[str, t.Any]) -> Iterator[str]:
    if not qr.can_draw():
        yield "the pages have no QR codes, as the Python library segno is missing; to get it: pip install segno"
    typed = [one for one in handouts if one.values["commands"]]
    if typed and not typed[0].region:
        yield (
            "no region is known, so the pages do not say how to set one; set AWS_REGION, or region in "
            "aws_connection, and run again"
        )
    if params["passphrase"]:
        yield (
            f"{CLASS_FILE} and {mail_merge.FILE} are not sealed; keep both to yourself, and hand out the pages of "
            "single people"
        )


def result_of(done: HandedOut, dest: str) -> Result:
    """Build the result of the module."""
    users = [_outcome(one) for one in done.outcomes]
    changed = bool(done.class_files) or any(one["changed"] for one in users)
    return {"changed": changed, "users": users, "class_files": list(done.class_files), "dest": dest}


def _outcome(one: Outcome) -> Result:
    changes = [f"write the page of {one.name}"] if one.written else []
    return {
        "name": one.name,
        "changed": bool(changes),
        "failed": bool(one.failure),
        "fate": "written" if one.written else "unchanged",
        "msg": one.failure,
        "changes": changes,
        "diff": [{"before": "", "after": "".join(f"{name}\n" for name in one.written)}] if one.written else [],
    }
