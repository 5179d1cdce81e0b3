# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Wherever credentials are to go, and whatever lies there already: they go exactly there, or nowhere.

The directory is used as modules use it, and read by Python's csv module and the file system.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import itertools
import os
import re
import signal
import socket
import stat
import string
import subprocess
import tempfile
import typing as t
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.csv_files import (
    access_key_csv,
    class_csv,
    import_csv,
    login_csv,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.notes import intent_json
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent

if t.TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://123456789012.signin.aws.amazon.com/console"
PASSWORDS, SECRETS = ("first-passw0rd", "second-passw0rd"), ("firstSecret/" * 3, "secondSecret" * 3)
# "IAM and AWS STS quotas", and CreateUser in the IAM API Reference
NAME = string.ascii_letters + string.digits + "_+=,.@-"
names = st.one_of(
    st.text(NAME, min_size=1, max_size=64),
    st.sampled_from([".", "..", "...", ",=@+", "," * 64, "=" * 64, "-rf", "-", "class", "CLASS", ".lock", "x" * 64]),
    st.sampled_from(["a_credentials.csv", "aws_configure_import", "superseded", "%2E", "CON", "NUL.txt", "@file"]),
)
# What Linux takes, with the zero at its end
PATH_MAX = 4095
# Parts of what people may write as a directory
PARTS = [
    ".",
    "..",
    "credentials",
    "with blank",
    "blank at the end ",
    " blank at the beginning",
    "dot at the end.",
    "...",
    "-rf",
    "--help",
    "~",
    "~root",
    "~nobody-of-that-name",
    "$HOME",
    "${HOME}",
    "$(id)",
    "`id`",
    "{{ 7*7 }}",
    "{% raw %}",
    "{# comment #}",
    "%s",
    "{0}",
    "a\\b",
    "a;b",
    "a'b\"c",
    "*",
    "[a-z]",
    "a:b",
    "\U0001f511",
    "\U0001f469\u200d\U0001f393",
    "e\u0301",
    "\u202egnp.exe",
    "\u00a0",
    "\u3000",
    "a\nb",
    "a\n",
    "\x1b[2J",
    "\x7f",
    "\u2028",
    "a\0b",
    "\ud800",
    "\udcff",
    "x" * 255,
    "x" * 256,
    "ä" * 127,
    "ä" * 128,
    "\U0001f511" * 64,
    "",
]
parts = st.one_of(st.sampled_from(PARTS), st.text(max_size=12).filter(lambda text: "/" not in text))


@pytest.fixture(scope="module", autouse=True)
def _no_power_cut() -> Iterator[None]:
    """Wait for no disk: what a power cut leaves is tried elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _handle: None)
        yield


class Hangs(BaseException):
    """A run waits for what never comes."""


@contextlib.contextmanager
def within_reason() -> Iterator[None]:
    """End what hangs: a test that fails says more than one that is killed."""

    def end(*_args: object) -> t.NoReturn:
        raise Hangs

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(30)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def one_line(sentence: str) -> bool:
    """Whether a terminal shows this as one line and nothing else."""
    return sentence.isprintable()


def look(place: str, name: str) -> CredentialsDirectory:
    """Do what every run does before it asks AWS for anything. Raises DestinationError."""
    directory = CredentialsDirectory(place)
    problem = directory.problem() or directory.class_files_problem()
    if problem:
        raise DestinationError(problem)
    directory.look(name)
    return directory


def refusal(attempt: t.Callable[[], object]) -> str:
    """Get the sentence with which something is refused, or nothing."""
    try:
        attempt()
    except DestinationError as error:
        return str(error)
    return ""


def serve(
    directory: CredentialsDirectory, *everybody: Credentials, meanwhile: t.Callable[[], None] | None = None
) -> None:
    """Save credentials as a run does, one after the other. Raises DestinationError."""
    directory.prepare()
    for one in everybody:
        with directory.alone([one.user_name]):
            directory.leave_intent(one.user_name, Intent(True, True))
            if meanwhile:
                meanwhile()
                meanwhile = None
            directory.save_login(one)
            directory.save_access_key(one)
            directory.settle_intent(one.user_name, Intent())
        directory.save_class_files([one])


def both(name: str) -> list[Credentials]:
    """What somebody gets first, and what after that: the first goes to superseded/."""
    ids = ("AKIAFIRSTFIRSTFIRST1", "AKIASECONDSECONDSEC2")
    return [Credentials(name, *one) for one in zip(PASSWORDS, (URL, URL), ids, SECRETS, strict=True)]


def rows(path: Path) -> list[list[str]]:
    """Read a file as Python's csv module does."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, strict=True))


def everything_in(folder: Path) -> dict[str, tuple[t.Any, ...]]:
    """All that a folder holds, links not followed: what it is, with its mode, its owner, its age and its bytes."""
    found: dict[str, tuple[t.Any, ...]] = {}
    for top, folders, files in os.walk(folder):
        for path in (Path(top), *(Path(top) / one for one in (*folders, *files))):
            status = path.lstat()
            held = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            found[str(path)] = (status.st_mode, status.st_uid, status.st_ino, held)
    return found


def holders(folder: Path, *secrets: str) -> set[Path]:
    """Find every file that holds one of these, by its bytes and not by its name."""
    found = everything_in(folder)
    return {Path(path) for path, (*_status, held) in found.items() if any(one.encode() in held for one in secrets)}


# Where ---------------------------------------------------------------------------------------------------------------


def has_to_be_refused(place: str) -> bool:
    """Whether nobody can mean this directory, or no file system has it."""
    if not place.strip() or place.startswith("~"):
        return True
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in place):
        return True
    try:
        return any(len(os.fsencode(part)) > 255 for part in place.split("/"))
    except UnicodeEncodeError:
        return True


def saved_there_or_nowhere(prefix: str, below: list[str]) -> None:
    """See that credentials for a place are saved in it, and nowhere else, or are refused before anything is touched."""
    with tempfile.TemporaryDirectory() as outer:
        top = Path(outer, *"12345")
        for one in (*reversed(top.parents), top):
            one.mkdir(mode=0o700, exist_ok=True)
        place = f"{prefix.format(top=top)}{'/'.join(below)}"
        # At the top of the file system is more than this test's own.
        place = place if prefix else place.lstrip("/")
        before = everything_in(Path(outer))
        with contextlib.chdir(top):
            if has_to_be_refused(place):
                said = refusal(lambda: look(place, "anna"))
                assert repr(place) in said or repr(str(Path(place))) in said
                assert one_line(said)
                assert everything_in(Path(outer)) == before
                return
            meant = Path(os.path.realpath(place))
            directory = look(place, "anna")
            assert everything_in(Path(outer)) == before, "to look changes nothing"
            serve(directory, *both("anna"))
            kept = {path.relative_to(meant) for path in holders(Path(outer), *PASSWORDS, *SECRETS)}
        names = {re.sub(r"\.\d{8}T\d{6}Z\.csv$", "", str(path)) for path in kept}
        assert names == {
            "anna_credentials.csv",
            "anna_accessKeys.csv",
            "anna_aws_configure_import.csv",
            "class_credentials.csv",
            "aws_configure_import.csv",
            "superseded/anna_credentials",
            "superseded/anna_accessKeys",
            "superseded/anna_aws_configure_import",
        }
        assert rows(meant / "anna_credentials.csv")[1:] == [["anna", PASSWORDS[1], URL]]
        assert rows(meant / "anna_accessKeys.csv")[1:] == [["AKIASECONDSECONDSEC2", SECRETS[1]]]
        for path, (mode, *_status) in everything_in(Path(outer)).items():
            assert stat.S_IMODE(mode) == (0o700 if stat.S_ISDIR(mode) else 0o600), path


@given(part=st.sampled_from(PARTS))
def test_a_directory_of_any_name_gets_the_credentials_or_is_refused(part: str) -> None:
    saved_there_or_nowhere("", [part])


@given(
    prefix=st.sampled_from(["", "./", "{top}/", "{top}//", "{top}/./"]), below=st.lists(parts, min_size=1, max_size=4)
)
def test_a_place_of_any_form_gets_the_credentials_or_is_refused(prefix: str, below: list[str]) -> None:
    saved_there_or_nowhere(prefix, below)


@given(part=st.sampled_from([part for part in PARTS if not has_to_be_refused(part) and part not in (".", "..")]))
def test_a_directory_of_any_name_that_others_can_read_is_refused_in_a_line(part: str) -> None:
    with tempfile.TemporaryDirectory() as top:
        place = Path(top) / part
        place.mkdir()
        place.chmod(0o755)
        said = refusal(lambda: look(str(place), "anna"))
        assert said.startswith(f"{str(place)!r} can be read by other users of this machine (mode 0755)")
        assert one_line(said)
        assert stat.S_IMODE(place.stat().st_mode) == 0o755


@pytest.fixture
def deep() -> Iterator[Path]:
    """Make a folder that may become deeper than Python can remove."""
    folder = tempfile.mkdtemp()
    yield Path(folder)
    subprocess.run(["rm", "-rf", folder], check=True)


@pytest.mark.parametrize("part", ["d", "d" * 249], ids=["many short parts", "few long parts"])
def test_the_last_file_has_room_where_the_first_has(deep: Path, part: str) -> None:
    """A directory's name may be so long that a short name fits behind it, and a longer one does not."""
    name, below = "=" * 64, f"{deep}/"
    while len(below) < PATH_MAX - 800:
        below += f"{part}/"
    lengths = [PATH_MAX - 400, PATH_MAX - 225, PATH_MAX - 100, PATH_MAX - 1, PATH_MAX + 1]
    refusals = []
    for length in lengths:
        place = below + ("e/" * 200 + "e" * 200)[: length - len(below)]
        refusals.append(refusal(functools.partial(look, place, name)))
        if not refusals[-1]:
            serve(look(place, name), *both(name))
    assert refusals[0] == ""
    assert all("the name is too long for the file system; choose a shorter one" in one for one in refusals[-3:])


# Whose ---------------------------------------------------------------------------------------------------------------


@given(everybody=st.lists(names, min_size=1, max_size=3, unique_by=str.lower))
@settings(max_examples=60)
def test_everybody_has_files_of_their_own(everybody: list[str]) -> None:
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "credentials"
        people = [
            Credentials(name, f"Passw0rd-{number}.", URL, f"AKIA{number}.", f"S3cret/{number}.")
            for number, name in enumerate(everybody)
        ]
        serve(look(str(folder), everybody[0]), *people)
        shared = {folder / "class_credentials.csv", folder / "aws_configure_import.csv"}
        own: set[str] = set()
        for one in people:
            (login,) = holders(Path(top), one.password) - shared
            key, *imports = sorted(holders(Path(top), one.secret_access_key) - shared)
            assert {path.parent for path in (login, key, *imports)} == {folder}
            assert [rows(path)[1:] for path in imports] == [
                [[one.user_name, one.access_key_id, one.secret_access_key]] for _path in range("," not in one.user_name)
            ]
            assert rows(login)[1:] == [[one.user_name, one.password, URL]]
            assert rows(key)[1:] == [[one.access_key_id, one.secret_access_key]]
            # Neither hidden, nor an option to some command, nor the same where case does not count
            names_of = {path.name.lower() for path in (login, key, *imports)}
            assert not {name[0] for name in names_of} & {".", "-"}
            assert not names_of & own
            own |= names_of
        sheet = {row[0]: row[1:] for row in rows(folder / "class_credentials.csv")[1:]}
        assert sheet == {
            one.user_name: [one.password, one.access_key_id, one.secret_access_key, URL, "", "", ""] for one in people
        }
        imported = [
            tuple(line.split(",")) for line in (folder / "aws_configure_import.csv").read_text("ascii").splitlines()
        ]
        assert sorted(imported[1:]) == sorted(
            (one.user_name, one.access_key_id, one.secret_access_key) for one in people if "," not in one.user_name
        )


# What lies there already ---------------------------------------------------------------------------------------------

ANNA, NEWER = both("anna")
# Each place where something is written or read, with what it would hold if it were ours
PLANTED = {
    "": b"",
    "anna_credentials.csv": login_csv(ANNA),
    "anna_accessKeys.csv": access_key_csv(ANNA),
    "anna_aws_configure_import.csv": import_csv([ANNA]),
    "anna_intent.json": intent_json(Intent(True, True), None),
    "class_credentials.csv": class_csv([ANNA]),
    "aws_configure_import.csv": import_csv([ANNA]),
    "superseded": b"",
    ".lock": b"",
    ".1-01234567-89abcdef.claim": b"{}",
    ".1-01234567-89abcdef.tmp": b"half a secret",
}
KINDS = [
    "link to a file of ours",
    "link to something else",
    "link to a directory",
    "link to nowhere",
    "hard link",
    "named pipe",
    "socket",
    "directory",
    "file",
    "file of another account",
]


# What may stay: files of ours, as good as those of any run before; and what is none of ours and in nobody's way.
OF_USE = {
    "*": ["hard link", "file", "file of another account"],
    "": ["directory"],
    "superseded": ["directory"],
    ".1-01234567-89abcdef.claim": KINDS,
    ".1-01234567-89abcdef.tmp": KINDS,
}


def plant(kind: str, place: Path, elsewhere: Path, ours: bytes) -> None:
    """Put something in a place, and what it leads to elsewhere."""
    precious = elsewhere / "precious"
    precious.write_bytes(ours if kind in ("link to a file of ours", "hard link") else b"precious")
    precious.chmod(0o644)
    (elsewhere / "folder").mkdir(mode=0o700)
    if kind.startswith("link to"):
        targets = {"link to a directory": elsewhere / "folder", "link to nowhere": elsewhere / "nowhere"}
        place.symlink_to(targets.get(kind, precious))
    elif kind == "hard link":
        place.hardlink_to(precious)
    elif kind == "named pipe":
        os.mkfifo(place, 0o600)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one, contextlib.chdir(place.parent):
            one.bind(place.name)
    elif kind == "directory":
        place.mkdir(mode=0o700)
    else:
        place.write_bytes(ours)
        place.chmod(0o600)
        if kind.endswith("account") and os.geteuid() == 0:
            os.chown(place, 12345, 12345)


@given(planted=st.sampled_from(list(itertools.product(PLANTED, KINDS, ["before", "after the look", "while it saves"]))))
@settings(max_examples=1000)
def test_nothing_that_lies_there_is_followed_changed_or_waited_for(planted: tuple[str, str, str]) -> None:
    name, kind, moment = planted
    with tempfile.TemporaryDirectory() as top, within_reason():
        folder, elsewhere, gone = (Path(top) / one for one in ("credentials", "elsewhere", "gone"))
        elsewhere.mkdir()
        place = folder / name if name else folder
        before: dict[str, tuple[t.Any, ...]] = {}

        def plant_it() -> None:
            if name:
                folder.mkdir(mode=0o700, exist_ok=True)
            # What is planted takes the place of what is there already.
            if os.path.lexists(place):
                place.rename(gone)
            plant(kind, place, elsewhere, PLANTED[name])
            os.utime(place, (0, 0), follow_symlinks=False)
            before.update(everything_in(elsewhere))

        if moment == "before":
            plant_it()
        said = refusal(lambda: look(str(folder), "anna"))
        if not said:
            directory = look(str(folder), "anna")
            if moment == "after the look":
                plant_it()
            meanwhile = plant_it if moment == "while it saves" else None
            said = refusal(lambda: serve(directory, ANNA, NEWER, meanwhile=meanwhile))
            assert not said or moment != "before", "what cannot be saved is not asked for"
        if said:
            assert one_line(said)
            assert repr(str(place)) in said
            assert said.endswith("move it away") or "name its target" in said or not name
            assert not any(one in said for one in (*PASSWORDS, *SECRETS))
        else:
            assert kind in OF_USE.get(name, OF_USE["*"])
            assert rows(folder / "anna_credentials.csv")[1:] == [["anna", PASSWORDS[1], URL]]
            assert rows(folder / "anna_accessKeys.csv")[1:] == [["AKIASECONDSECONDSEC2", SECRETS[1]]]
        assert everything_in(elsewhere) == before
