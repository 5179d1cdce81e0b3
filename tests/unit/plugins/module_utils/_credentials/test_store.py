# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The contract of a destination, kept by a directory and by stores alike; and what stores alone have to see to."""

from __future__ import annotations

import os
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import document as _credentials_document
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import store as _credentials_store
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import (
    CredentialsDestination,
    DestinationError,
    Look,
    StaleError,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.document import Document
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.shelf import Sheet
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.store import CredentialsStore
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URL = "https://123456789012.signin.aws.amazon.com/console"
ANNA = Credentials("anna", "Admin@123", URL, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NEWER = Credentials("anna", "Other@456", URL, "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
KEY = Intent(access_key=True, known_access_key_ids=("AKIAOLD",))
ELSEWHERE = Run("elsewhere", "another machine", 7, "now")
GONE = replace(Run.of(os.getpid()), started="long ago")


class FakeShelf:
    """A store in memory, in which others may get ahead, replies get lost, and so on."""

    capacity = 100_000

    def __init__(self) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.writes = 0
        self.refusal: str | None = None
        self.proofs = 0
        # What happens just before the next writes are looked at
        self.meanwhile: list[Callable[[], object]] = []
        self.lost_replies = 0
        self.noted: bytes | None = None

    def __str__(self) -> str:
        return "fake://shelf"

    def problem(self) -> str | None:
        return self.refusal

    def prove(self) -> None:
        self.proofs += 1

    def name(self, user_name: str) -> str:
        return f"{user_name}.json"

    def get(self, user_name: str) -> Sheet | None:
        return self.sheets.get(user_name)

    def put(self, user_name: str, content: bytes, replacing: str | None) -> bool:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        there = self.sheets.get(user_name)
        if (there.version if there else None) != replacing:
            return False
        self.writes += 1
        self.sheets[user_name] = Sheet(content, str(self.writes))
        if self.lost_replies:
            # The client asks again, and finds the version that it asked for gone.
            self.lost_replies -= 1
            return False
        return True

    def delete(self, user_name: str) -> None:
        del self.sheets[user_name]

    def note(self) -> bytes | None:
        return self.noted

    def put_note(self, content: bytes) -> None:
        self.noted = self.noted or content

    def document(self) -> Document:
        return _credentials_document.parse(self.sheets["anna"].content, "anna")


@pytest.fixture
def shelf() -> FakeShelf:
    """An empty store."""
    return FakeShelf()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let no test wait."""
    one = Clock()
    monkeypatch.setattr(_credentials_store, "time", one)
    return one


Opened = t.Callable[..., CredentialsDestination]


@pytest.fixture(params=["directory", "store"])
def opened(request: pytest.FixtureRequest, shelf: FakeShelf, tmp_path: Path) -> Opened:
    """Open the same place again and again, as processes of one run or of several do."""

    def open_it(run: Run | None = None, part_of: Run | None = None) -> CredentialsDestination:
        if request.param == "store":
            return CredentialsStore(shelf, run, part_of)
        one = CredentialsDirectory(str(tmp_path / "credentials"), run, part_of)
        one.prepare()
        return one

    return open_it


# The contract --------------------------------------------------------------------------------------------------------


def test_nothing_is_there_at_first(opened: Opened) -> None:
    place = opened()
    assert place.problem() is None
    assert place.class_files_problem() is None
    assert place.look("anna") == Look(Credentials("anna"), Intent())
    assert (place.saved("anna"), place.intent("anna")) == (Credentials("anna"), None)


def test_what_was_saved_is_read_back(opened: Opened) -> None:
    place = opened()
    assert place.save_login(ANNA)
    assert place.saved("anna") == Credentials("anna", ANNA.password, URL)
    assert place.save_access_key(ANNA)
    assert opened().saved("anna") == ANNA
    assert opened().look("anna") == Look(ANNA, Intent())
    assert opened().saved("bert") == Credentials("bert")


def test_what_is_there_already_is_not_written_again(opened: Opened) -> None:
    place = opened()
    for changed in (True, False):
        assert place.save_login(ANNA) is changed
        assert place.save_access_key(ANNA) is changed


def test_one_secret_leaves_the_other_alone(opened: Opened) -> None:
    place = opened()
    place.save_login(ANNA)
    place.save_access_key(ANNA)
    place.save_login(NEWER)
    assert place.saved("anna") == replace(ANNA, password=NEWER.password)
    place.save_access_key(NEWER)
    assert place.saved("anna") == NEWER


def test_an_access_key_is_set_aside(opened: Opened) -> None:
    place = opened()
    assert not place.set_access_key_aside("anna")
    place.save_login(ANNA)
    place.save_access_key(ANNA)
    place.save_class_files([ANNA])
    assert opened().set_access_key_aside("anna")
    assert opened().saved("anna") == Credentials("anna", ANNA.password, URL)
    assert not opened().missing("anna").access_key
    assert not opened().set_access_key_aside("anna")


def test_an_intent_is_left_and_settled(opened: Opened) -> None:
    place = opened()
    place.save_login(ANNA)
    assert place.leave_intent("anna", Intent(login_profile=True)) == Intent()
    assert place.leave_intent("anna", KEY) == Intent(login_profile=True)
    assert place.intent("anna") == Intent(True, True, ("AKIAOLD",))
    place.settle_intent("anna", KEY)
    assert place.intent("anna") == KEY
    place.settle_intent("anna", Intent())
    place.settle_intent("anna", Intent())
    assert place.intent("anna") is None
    assert place.saved("anna").password == ANNA.password


def test_what_the_first_intent_knew_stays(opened: Opened) -> None:
    place = opened()
    place.leave_intent("anna", KEY)
    found = place.leave_intent("anna", Intent(True, True, ("AKIAOLD", "AKIAORPHAN")))
    assert found == KEY
    assert place.intent("anna") == Intent(True, True, ("AKIAOLD",))


def test_a_plan_that_another_run_made_old_is_stale(opened: Opened) -> None:
    place = opened()
    place.save_access_key(ANNA)
    for planned in ("", NEWER.access_key_id):
        with pytest.raises(StaleError):
            place.leave_intent("anna", KEY, planned)
    assert place.intent("anna") is None
    place.leave_intent("anna", KEY, ANNA.access_key_id)
    assert place.intent("anna") == KEY


def test_a_run_at_work_is_not_disturbed(opened: Opened) -> None:
    parent = Run.of(os.getppid())
    opened(parent).leave_intent("anna", KEY)
    sentence = f"another run ({parent}) is setting credentials of 'anna'; run again when it has ended"
    other = opened()
    assert other.look("anna").other_run == sentence
    with pytest.raises(DestinationError) as caught:
        other.leave_intent("anna", KEY)
    assert str(caught.value) == sentence
    assert not opened(parent).look("anna").other_run
    part = opened(part_of=parent)
    assert not part.look("anna").other_run
    part.leave_intent("anna", KEY)


def test_what_an_interrupted_run_left_is_taken_over(opened: Opened) -> None:
    opened(GONE).leave_intent("anna", KEY)
    place = opened()
    assert place.look("anna") == Look(Credentials("anna"), KEY)
    assert place.leave_intent("anna", Intent(login_profile=True)) == KEY
    left = place.intent("anna")
    assert left == Intent(True, True, ("AKIAOLD",))
    with pytest.raises(DestinationError, match=f"process {os.getpid()} "):
        opened(Run.of(os.getppid())).leave_intent("anna", KEY)
    place.save_access_key(ANNA)
    place.settle_intent("anna", Intent())
    assert opened().look("anna") == Look(replace(ANNA, password="", sign_in_url=""), Intent())


def test_users_at_once_get_along(opened: Opened) -> None:
    place, other = opened(), opened(Run.of(os.getppid()))
    place.prepare()
    with place.alone(["anna"]), other.alone(["bert"]):
        place.leave_intent("anna", KEY)
        other.leave_intent("bert", KEY)
        assert other.save_access_key(replace(NEWER, user_name="bert"))
        assert place.save_access_key(ANNA)
    assert place.saved("anna").access_key_id == ANNA.access_key_id


def test_it_belongs_to_the_account_for_which_it_was_prepared(opened: Opened) -> None:
    place = opened()
    assert place.account() is None
    place.prepare()
    assert place.account() is None
    place.prepare("123456789012")
    assert opened().account() == "123456789012"


# What is the store's own ---------------------------------------------------------------------------------------------


@pytest.fixture
def store(shelf: FakeShelf) -> CredentialsStore:
    """A store, opened by this process."""
    return CredentialsStore(shelf)


def test_a_refused_store_is_refused(store: CredentialsStore, shelf: FakeShelf) -> None:
    shelf.refusal = "it is public"
    assert store.problem() == "it is public"
    with pytest.raises(DestinationError, match=r"^it is public$"):
        store.prepare()
    assert shelf.proofs == 0


def test_it_is_proven_once(store: CredentialsStore, shelf: FakeShelf) -> None:
    store.prepare()
    store.prepare()
    assert shelf.proofs == 1


def test_the_class_has_no_files_there(store: CredentialsStore, shelf: FakeShelf) -> None:
    assert not store.save_class_files([ANNA])
    assert store.class_files_with([ANNA]) == {}
    assert set(store.names("anna")) == {"anna.json"}
    assert shelf.sheets == {}


def test_what_is_replaced_is_kept(store: CredentialsStore, shelf: FakeShelf) -> None:
    for one in (ANNA, NEWER, ANNA):
        store.save_login(one)
        store.save_access_key(one)
    kept = [set(one) - {"at"} for one in shelf.document().superseded]
    assert kept == [{"password", "sign_in_url"}, {"access_key_id", "secret_access_key"}] * 2
    assert [one.get("password") for one in shelf.document().superseded[::2]] == [ANNA.password, NEWER.password]


EVERY_WRITE: list[Callable[[CredentialsStore], object]] = [
    lambda store: store.leave_intent("anna", KEY),
    lambda store: store.save_login(NEWER),
    lambda store: store.save_access_key(NEWER),
    lambda store: store.settle_intent("anna", Intent()),
]


@pytest.mark.parametrize("write", range(4))
def test_a_lost_reply_is_seen_through(store: CredentialsStore, shelf: FakeShelf, write: int) -> None:
    store.save_login(ANNA)
    store.save_access_key(ANNA)
    CredentialsStore(shelf, GONE).leave_intent("anna", Intent(login_profile=True))
    found: list[object] = []
    for number, call in enumerate(EVERY_WRITE):
        shelf.lost_replies = int(number == write)
        found.append(call(store))
    assert found == [Intent(login_profile=True), True, True, None], (
        "the intent of the run before is not mistaken for our own"
    )
    assert shelf.document() == replace(
        Document.of("anna").with_login(ANNA, "").with_access_key(ANNA, ""),
        credentials=NEWER,
        superseded=shelf.document().superseded,
    )
    assert len(shelf.document().superseded) == 2


@pytest.mark.parametrize("write", range(4))
def test_whoever_gets_ahead_is_not_overwritten(store: CredentialsStore, shelf: FakeShelf, write: int) -> None:
    """Another program may change a document between our reading and our writing."""

    def add() -> None:
        there = shelf.document()
        ahead = there.beside(Credentials("anna", access_key_id="AKIAAHEAD", secret_access_key="x"), "then")
        shelf.sheets["anna"] = Sheet(ahead.json(), "ahead")

    store.save_login(ANNA)
    for number, call in enumerate(EVERY_WRITE):
        shelf.meanwhile = [add] if number == write else []
        call(store)
    assert shelf.document().credentials == NEWER
    assert [one["access_key_id"] for one in shelf.document().superseded if "access_key_id" in one] == ["AKIAAHEAD"]


def test_the_first_of_two_that_begin_at_once_wins(store: CredentialsStore, shelf: FakeShelf) -> None:
    parent = CredentialsStore(shelf, Run.of(os.getppid()))

    def be_quicker() -> None:
        parent.leave_intent("anna", KEY, "")

    shelf.meanwhile = [be_quicker]
    with pytest.raises(DestinationError, match="is setting credentials of 'anna'; run again when it has ended"):
        store.leave_intent("anna", KEY, "")
    document = shelf.document()
    assert document.run == Run.of(os.getppid())


def test_a_plan_becomes_stale_at_the_last_moment(store: CredentialsStore, shelf: FakeShelf) -> None:
    shelf.meanwhile = [lambda: CredentialsStore(shelf, GONE).save_access_key(ANNA)]
    with pytest.raises(StaleError):
        store.leave_intent("anna", KEY, "")
    assert not shelf.document().intent


def test_others_that_never_rest_are_told_of(store: CredentialsStore, shelf: FakeShelf, clock: Clock) -> None:
    def touch() -> None:
        shelf.sheets["anna"] = Sheet(Document.of("anna").json(), f"touched {len(shelf.meanwhile)}")

    shelf.meanwhile = [touch] * 100
    with pytest.raises(DestinationError, match=r"'anna.json' in 'fake://shelf' keeps being changed by other runs"):
        store.save_login(ANNA)
    assert 1 < sum(clock.slept) < 30


@pytest.mark.parametrize("save", ["save_login", "save_access_key"])
def test_a_run_whose_intent_was_taken_over_gives_way(store: CredentialsStore, shelf: FakeShelf, save: str) -> None:
    """On a controller, nobody sees the other container's processes; what came too late is kept all the same."""
    store.leave_intent("anna", Intent(True, True))
    taken = Document(NEWER, KEY, ELSEWHERE)
    shelf.sheets["anna"] = Sheet(taken.json(), "taken over")
    with pytest.raises(DestinationError) as caught:
        getattr(store, save)(ANNA)
    assert str(caught.value) == (
        "another run (process 7 on elsewhere) has started to set credentials of 'anna' in the meantime, and it takes "
        "precedence; run again when it has ended"
    )
    with pytest.raises(DestinationError, match="has started to set credentials of 'anna' in the meantime"):
        store.settle_intent("anna", Intent())
    document = shelf.document()
    assert document.credentials == NEWER
    assert document.run == ELSEWHERE
    assert ANNA.password in document.superseded[-1].values()


def test_what_a_run_in_another_container_left_can_be_cleared(store: CredentialsStore, shelf: FakeShelf) -> None:
    CredentialsStore(shelf, ELSEWHERE).leave_intent("anna", KEY)
    assert not store.look("anna").other_run
    store.settle_intent("anna", Intent())
    assert not shelf.document().intent


def test_a_full_document_takes_no_intent(store: CredentialsStore, shelf: FakeShelf) -> None:
    store.save_login(ANNA)
    shelf.capacity = 5_000
    store.leave_intent("anna", KEY)
    store.settle_intent("anna", Intent())
    shelf.capacity = 4_000
    said = r"'anna.json' in 'fake://shelf' is full; save a copy elsewhere, then delete entries"
    with pytest.raises(DestinationError, match=said):
        store.leave_intent("anna", KEY)


def test_something_else_in_place_of_a_document_is_refused(store: CredentialsStore, shelf: FakeShelf) -> None:
    shelf.sheets["anna"] = Sheet(b"my notes", "1")
    reads: list[Callable[[CredentialsStore], object]] = [lambda one: one.look("anna"), lambda one: one.saved("anna")]
    said = r"'anna.json' in 'fake://shelf' is not a credentials document of this collection; it was"
    for call in (*EVERY_WRITE, *reads):
        with pytest.raises(DestinationError, match=said):
            call(store)
    assert shelf.sheets["anna"].content == b"my notes"


def test_a_document_goes_and_is_named(store: CredentialsStore, shelf: FakeShelf) -> None:
    assert store.forget("anna") == []
    store.save_login(ANNA)
    assert store.files_of("anna") == ["anna.json"]
    assert store.forget("anna") == ["anna.json"]
    assert shelf.sheets == {}


def test_a_document_that_is_not_ours_stays(store: CredentialsStore, shelf: FakeShelf) -> None:
    shelf.sheets["anna"] = Sheet(b"my notes", "1")
    with pytest.raises(DestinationError, match="is not a credentials document of this collection"):
        store.forget("anna")
    assert "anna" in shelf.sheets


def test_each_document_says_itself_whose_it_is(store: CredentialsStore) -> None:
    store.save_access_key(ANNA)
    assert store.key_owners() == {}
    assert store.rows_of(["anna"]) == {"anna": []}


def test_whose_it_is_is_noted_once(store: CredentialsStore, shelf: FakeShelf) -> None:
    """Two runs of different accounts may begin at the same time: the first one has it."""
    store.prepare("123456789012")
    before = shelf.noted
    store.prepare("999999999999")
    assert shelf.noted == before


def test_a_note_that_is_none_is_refused(store: CredentialsStore, shelf: FakeShelf) -> None:
    shelf.noted = b"my notes"
    with pytest.raises(DestinationError, match="the note of the account in 'fake://shelf' does not name an account; r"):
        store.account()
