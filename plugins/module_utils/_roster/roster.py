# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""A class roster: which column is what, and a valid, unique, stable IAM user name for every student."""

from __future__ import annotations

import functools
import re
import string
import typing as t
import unicodedata
from dataclasses import dataclass, field

from .._users import user_name as _user_name
from .table import (
    RosterError,
    Row,
    read_table,
    trim,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# The headers of the common learning systems and of spreadsheets, in the languages that we meet; compared without
# case, accents, spaces and punctuation.
_ALIASES = {
    "email": """email emailaddress mail mailaddress emailadresse mailadresse courriel adresseemail adressemail
        adressedecourriel correo correoelectronico direcciondecorreo direcciondecorreoelectronico indirizzoemail
        enderecodeemail emailadres epost epostadress epostadresse sahkoposti adresemail eposta""",
    "first_name": """firstname forename givenname vorname rufname prenom nombre nombres nome primeironome voornaam
        fornavn fornamn etunimi imie jmeno keresztnev""",
    "last_name": """lastname surname familyname nachname familienname zuname nomdefamille apellido apellidos cognome
        sobrenome apelido achternaam efternavn etternavn efternamn sukunimi nazwisko prijmeni vezeteknev""",
    "full_name": """fullname name displayname student studentname participant teilnehmer teilnehmerin vollername
        vollstandigername namevorname nomprenom nomcomplet nombrecompleto nombreyapellidos nomecompleto
        volledigenaam""",
    "student_id": """studentid studentnumber studentno idnumber id sisuserid matriculationnumber matrikelnummer
        matrikelnr matrnr numeroetudiant numerodematricula matricola numerodealuno studentnummer opiskelijanumero
        numeralbumu""",
    "user_name": "iamusername iamuser awsusername invoiceiamusername",
}
_ROLE_OF_HEADER = {alias: role for role, aliases in _ALIASES.items() for alias in aliases.split()}

# "Name" beside "Vorname", and "Nom" beside "Prénom", is the last name.
_LAST_NAME_BESIDE_FIRST = ("name", "nom")

# Rows about the assignments, between the header and the students, in the exports of Canvas and of Google Classroom
_NOBODY = frozenset(("pointspossible", "manualposting", "date", "points"))

ROLES = (*_ALIASES, "password")
_PASSWORD_HEADER = re.compile(
    "passw|passcode|passphrase|kennwort|motdepasse|contrasena|senha|wachtwoord|haslo|losenord|adgangskode|salasana|^pwd?$"
)

# Letters that Unicode does not decompose. Accents, ligatures and full-width forms need no entry.
_LATIN = {
    **dict(zip("øđðłħŧŋıĸəɛɔɖɓɗƙƴɨ", "oddlhtnikeeodbdkyi", strict=True)),
    **{"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"},
}
# O'Brien is one word, whichever of these somebody typed: quotation marks, modifier letters, primes, spacing accents.
_APOSTROPHES = frozenset("'`\u2018\u2019\u02b9\u02bb\u02bc\u00b4\u2032")

_TO_DASH = re.compile(r"[^a-z0-9_+=.@-]+")
# One cell cannot make more of a name than AWS takes; a longer one is a cell in the wrong place.
_CELL_MAX_LENGTH = 256

_GROUP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Ansible gives these a meaning of its own, as groups, patterns or as the machine on which it runs.
_RESERVED = frozenset(("all", "ungrouped", "localhost", "127.0.0.1"))


@dataclass(frozen=True)
class Options:
    """What the teacher chose, under the names of the inventory plugin's options; None means: find out."""

    user_name: str = "{email_local_part}"
    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    encoding: str | None = None
    group: str = "class"


@dataclass(frozen=True)
class Student:
    """One student: the cells are by normalised header and never hold a password."""

    line: int
    user_name: str
    cells: Mapping[str, str]
    password: str | None = field(default=None, repr=False)
    # As people write it; empty where the roster does not say it
    display_name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Roster:
    """The students, in the order of the file, and what the teacher should look at."""

    students: tuple[Student, ...]
    warnings: tuple[str, ...]


class _RowProblem(Exception):
    """A row has no user name; the text is the reason and the remedy."""


def column_key(header: str) -> str:
    """Turn a header into a word for templates: C(E-Mail Adresse) is C(e_mail_adresse), C(Prénom) is C(prenom)."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", header) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "_", plain.casefold()).strip("_")


def _squeezed(header: str) -> str:
    return column_key(header).replace("_", "")


@functools.lru_cache(maxsize=4096)
def _transliterated(char: str) -> str | None:
    """Write one character in ASCII, or return None for a letter or symbol that has no such form."""
    if char in _APOSTROPHES:
        return ""
    written = []
    for part in unicodedata.normalize("NFKD", char).lower():
        category = unicodedata.category(part)
        digit = unicodedata.decimal(part, None)
        if part.isascii() and (part.isprintable() or part.isspace()):
            written.append(part)
        elif part in _LATIN or part in _APOSTROPHES:
            written.append(_LATIN.get(part, ""))
        elif digit is not None:
            written.append(str(digit))
        elif category[0] in "PZ":
            written.append("-")
        elif category not in ("Mn", "Me", "Cf"):
            return None
    return "".join(written)


def transliterate(text: str) -> str:
    """Write a name or address with lower-case Latin letters, digits and C(_+=.@-); refuse to lose a letter on the way.

    Leaving out what cannot be written would make one user name of two people, so that raises ValueError.
    """
    written = [(char, _transliterated(char)) for char in unicodedata.normalize("NFC", text)]
    lost = "".join(sorted({char for char, ascii_form in written if ascii_form is None}))
    if lost:
        raise ValueError(lost)
    words = _TO_DASH.split("".join(ascii_form or "" for _char, ascii_form in written))
    # A spreadsheet would run what begins with = + - @ as a formula, and a leading dot hides a file.
    return "-".join(filter(None, (word.strip(".-") for word in words))).strip("+=.@-")


class Template:
    """The option user_name, such as C({first_name:.1}.{last_name}): words in braces, each perhaps cut to a length."""

    def __init__(self, text: str) -> None:
        self._text = text
        if "{{" in text or "{%" in text:
            raise self._refused("is not a Jinja template; write one pair of braces, as in '{first_name}.{last_name}'")
        try:
            self._parts = list(string.Formatter().parse(text))
        except ValueError:
            raise self._refused("has a brace without its partner") from None
        for _literal, name, limit, conversion in self._parts:
            if name is None:
                continue
            if not re.fullmatch(r"\w+", name) or conversion or not re.fullmatch(r"(\.[1-9][0-9]?)?", limit or ""):
                raise self._refused("may hold {column} and {column:.3} (its first 3 characters), and no more in braces")
        if "row" in self.fields:
            # One new line would give everybody below it another user, and leave the old users behind in AWS.
            raise self._refused("numbers the rows, so that a new row would rename everybody below it; use a cell")
        if not self.fields:
            raise self._refused("gives everybody the same name; use a column, as in '{email_local_part}'")

    def _refused(self, reason: str) -> RosterError:
        return RosterError(f"the option user_name, {self._text!r}, {reason}")

    @property
    def fields(self) -> list[str]:
        """The words in braces, in order."""
        return [name for _literal, name, _limit, _conversion in self._parts if name is not None]

    def render(self, value: Callable[[str], str]) -> str:
        """Fill in the template; C(value) gives the transliterated text of a field."""
        rendered = []
        for literal, name, limit, _conversion in self._parts:
            rendered.append(literal)
            if name is not None:
                # Cutting may leave a dash or dot at the end.
                rendered.append(value(name)[: int(limit[1:])].rstrip("+=.@-") if limit else value(name))
        return "".join(rendered)


class Columns:
    """Which column is what."""

    def __init__(self, header: Iterable[str], mapping: Mapping[str, str], source: str) -> None:
        self.headers = list(header)
        self.keys = _unique_keys(self.headers)
        self._source = source
        self._ambiguous: dict[str, list[str]] = {}
        self._roles: dict[str, int] = {}
        self._detect()
        for role, wanted in mapping.items():
            self._map(role, wanted)
        mapped = self._roles.get("password")
        self.secret = {
            index
            for index, header in enumerate(self.headers)
            if index == mapped or _PASSWORD_HEADER.search(_squeezed(header))
        }

    def _detect(self) -> None:
        candidates: dict[str, list[int]] = {}
        squeezed = [_squeezed(header) for header in self.headers]
        has_first = any(_ROLE_OF_HEADER.get(header) == "first_name" for header in squeezed)
        has_last = any(_ROLE_OF_HEADER.get(header) == "last_name" for header in squeezed)
        for index, header in enumerate(squeezed):
            role = _ROLE_OF_HEADER.get(header)
            if header in _LAST_NAME_BESIDE_FIRST and has_first and not has_last:
                role = "last_name"
            if role:
                candidates.setdefault(role, []).append(index)
        for role, found in candidates.items():
            if len(found) == 1:
                self._roles[role] = found[0]
            else:
                self._ambiguous[role] = [self.keys[index] for index in found]

    def _map(self, role: str, wanted: object) -> None:
        if role not in ROLES:
            raise RosterError(f"the option columns has no {role!r}; it takes {', '.join(ROLES)}")
        if column_key(str(wanted)) not in self.keys:
            raise RosterError(
                f"the option columns.{role} is {str(wanted)!r}, and the roster {self._source!r} has no such column;"
                f" it has {self.listed()}"
            )
        self._roles[role] = self.keys.index(column_key(str(wanted)))
        self._ambiguous.pop(role, None)

    def listed(self) -> str:
        """Name the columns for a message."""
        return ", ".join(repr(header) for header in self.headers if header)

    def index(self, name: str) -> int | None:
        """Find a column by its role, else by its normalised header; never one that holds a password."""
        found = self._roles.get(name)
        if found is None and name not in self._ambiguous and name in self.keys:
            found = self.keys.index(name)
        return None if found in self.secret else found

    def is_nobody(self, row: Row) -> bool:
        """Tell whether a row is about the assignments of a class: it says so, and nothing of a person."""
        personal = {*self._roles.values(), *(self.keys.index(key) for keys in self._ambiguous.values() for key in keys)}
        told = [_squeezed(row.cells[index]) for index in personal if trim(row.cells[index])]
        first = next((_squeezed(cell) for cell in row.cells if trim(cell)), "")
        return first in _NOBODY and told in ([], [first])

    @property
    def password(self) -> int | None:
        """The column that is mapped as the one of the console passwords."""
        return self._roles.get("password")

    def missing(self, name: str) -> str:
        """Say why a field of the template has no column."""
        if name in self._ambiguous:
            either = " and ".join(repr(key) for key in self._ambiguous[name])
            return f"the columns {either} could both be it; name one of them in columns.{name}"
        if name in self.keys:
            return "that column seems to hold passwords, which never become part of a name"
        remedy = f"name one of them in columns.{name}, or " if name in ROLES else ""
        return f"it has {self.listed()}; {remedy}use another template"


def _unique_keys(headers: list[str]) -> list[str]:
    keys: list[str] = []
    for position, header in enumerate(headers, start=1):
        base = key = column_key(header) or f"column_{position}"
        number = 1
        while key in keys:
            number += 1
            key = f"{base}_{number}"
        keys.append(key)
    return keys


def _is_address(text: str) -> bool:
    local, at, domain = text.partition("@")
    return bool(local and at and domain) and "@" not in domain and not re.search(r"\s", text)


# Fields that are made from columns which the roster has: field -> columns, all of which are needed.
_MADE_FROM = {"email_local_part": ("email",), "full_name": ("first_name", "last_name")}


class _Namer:
    """Makes the user name of a row."""

    def __init__(self, template: Template, columns: Columns, source: str) -> None:
        self._template = template
        self._columns = columns
        # field -> the columns from which it comes
        self._sources = {name: self._columns_of(name, source) for name in template.fields}

    def _columns_of(self, name: str, source: str) -> list[int]:
        index = self._columns.index(name)
        if index is not None:
            return [index]
        wanted = _MADE_FROM.get(name, (name,))
        found = [index for index in map(self._columns.index, wanted) if index is not None]
        if len(found) == len(wanted):
            return found
        lacking = name if name == "full_name" else next(one for one in wanted if self._columns.index(one) is None)
        raise RosterError(
            f"the option user_name needs {{{name}}}, and the roster {source!r} has no column {lacking!r}:"
            f" {self._columns.missing(lacking)}"
        )

    def _value(self, row: Row, name: str) -> str:
        text = " ".join(trim(row.cells[index]) for index in self._sources[name])
        header = " or ".join(repr(self._columns.headers[index]) for index in self._sources[name])
        for index in self._sources[name]:
            if not trim(row.cells[index]):
                empty = repr(self._columns.headers[index])
                raise _RowProblem(f"the cell {empty} is empty and the user name is made from it; fill it in")
        if len(text) > _CELL_MAX_LENGTH:
            raise _RowProblem(f"the cell {header} has {len(text)} characters; no user name can be made from that")
        # A row that has slipped may hold a password here: the message does not repeat the cell.
        if name in ("email", "email_local_part"):
            if not _is_address(text):
                raise _RowProblem(f"the cell {header} is not an e-mail address; write one, as in anna@example.org")
            text = text.partition("@")[0] if name == "email_local_part" else text
        return self._written(text, header)

    @staticmethod
    def _written(text: str, header: str) -> str:
        remedy = "make the user name from the e-mail address or student ID, or give one in a column 'IAM user name'"
        try:
            written = transliterate(text)
        except ValueError as error:
            raise _RowProblem(f"the cell {header} contains {str(error)!r}, which is not Latin; {remedy}") from None
        if not written:
            raise _RowProblem(f"the cell {header} holds no letter or digit that a user name could take; {remedy}")
        return written

    def name(self, row: Row) -> str:
        own = self._columns.index("user_name")
        name = trim(row.cells[own]) if own is not None else ""
        return name or self._template.render(functools.partial(self._value, row))


def name_problem(name: str, group: str) -> str | None:
    """Say why C(name) cannot be the user and the inventory host of a student, or return None."""
    problem = _user_name.problem(name)
    if problem:
        return f"{problem}; shorten or change it, in the roster or in the option user_name"
    if "," in name:
        return f"the user name {name!r} holds a comma, on which the AWS CLI's import splits; use another character"
    if name[0] in "=+-@.":
        return f"the user name {name!r} begins with {name[0]!r}, which a spreadsheet misreads; begin with a letter"
    if name.lower() in _RESERVED or name == group:
        return f"the user name {name!r} has a special meaning in Ansible; add something to it, as in 'x-{name}'"
    return None


def _identities(row: Row, columns: Columns) -> Iterator[tuple[str, str]]:
    """What tells a person from another: not a placeholder such as C(n/a), which several rows may share."""
    email, student_id = columns.index("email"), columns.index("student_id")
    if email is not None and _is_address(address := trim(row.cells[email])):
        yield "e-mail address", address.lower()
    if student_id is not None and re.search(r"\d", number := trim(row.cells[student_id])):
        yield "student ID", number.casefold()


def _cell(row: Row, columns: Columns, role: str) -> str:
    index = columns.index(role)
    return trim(row.cells[index]) if index is not None else ""


def _display_name(row: Row, columns: Columns) -> str:
    """Write a student's name as people do: as the roster has it in one cell, else the first name and the last."""
    in_two = " ".join(filter(None, (_cell(row, columns, role) for role in ("first_name", "last_name"))))
    return " ".join((_cell(row, columns, "full_name") or in_two).split())


def _email(row: Row, columns: Columns) -> str:
    """Find a student's e-mail address; not a placeholder such as C(n/a)."""
    found = _cell(row, columns, "email")
    return found if _is_address(found) else ""


def _compare(row: Row, earlier: Row, what: str) -> str | None:
    """Say what is wrong with two rows of the same person; rows that are the same in every cell are one row twice."""
    if tuple(map(trim, row.cells)) == tuple(map(trim, earlier.cells)):
        return None
    return f"the {what} is that of line {earlier.line}, and the rows differ; keep the right one of the two"


class _Reading:
    """One pass over the rows, which collects everything that is wrong with them."""

    def __init__(self, options: Options, columns: Columns, namer: _Namer) -> None:
        self._group = options.group
        self._columns = columns
        self._namer = namer
        self._people: dict[tuple[str, str], Row] = {}
        self._taken: dict[str, int] = {}
        self.problems: list[tuple[int, str]] = []
        self.warnings: list[str] = []
        self.students: list[Student] = []

    def _is_repeated(self, row: Row) -> bool:
        """Tell whether the person has had a row, and whether that one is the same."""
        for identity in _identities(row, self._columns):
            earlier = self._people.setdefault(identity, row)
            if earlier is row:
                continue
            problem = _compare(row, earlier, identity[0])
            if problem:
                self.problems.append((row.line, problem))
            else:
                self.warnings.append(f"line {row.line} repeats line {earlier.line} in every cell and was left out")
            return True
        return False

    def add(self, row: Row) -> None:
        repeated = self._is_repeated(row)
        try:
            name = self._namer.name(row)
        except _RowProblem as error:
            self.problems.append((row.line, str(error)))
            return
        if repeated:
            return
        problem = name_problem(name, self._group) or self._collision(name, row.line)
        if problem:
            self.problems.append((row.line, problem))
        else:
            self.students.append(self._student(row, name))

    def _collision(self, name: str, line: int) -> str | None:
        # IAM compares user names without regard to case. A number behind the second name would not do: who is the
        # second depends on the order of the rows, and a newcomer must never rename somebody who has a user.
        earlier = self._taken.setdefault(name.lower(), line)
        if earlier == line:
            return None
        return (
            f"the user name {name!r} is that of line {earlier} too; tell the two apart in the option user_name"
            " (e-mail address, student ID), or give one a name of its own in a column 'IAM user name'"
        )

    def _student(self, row: Row, name: str) -> Student:
        columns = self._columns
        cells = {
            key: trim(cell)
            for index, (key, cell) in enumerate(zip(columns.keys, row.cells, strict=True))
            if columns.headers[index] and index not in columns.secret
        }
        password = None
        if columns.password is not None and trim(row.cells[columns.password]):
            # Taken as it stands: a changed password is a wrong password.
            password = row.cells[columns.password]
        return Student(row.line, name, cells, password, _display_name(row, columns), _email(row, columns))


def _check_header(header: tuple[str, ...], source: str) -> None:
    if any("@" in cell for cell in header):
        # The cells are not repeated: one of them may be a password.
        raise RosterError(
            f"the roster {source!r} (option path) has no header: its first line holds an e-mail address;"
            " put a line of column names above it, as in 'First name;Last name;E-mail'"
        )


def _is_known(mapping: Mapping[str, str]) -> Callable[[str], bool]:
    wanted = {column_key(str(header)) for header in mapping.values()}
    return lambda header: _squeezed(header) in _ROLE_OF_HEADER or column_key(header) in wanted


def _all_problems(source: str, problems: list[tuple[int, str]]) -> str:
    listed = "\n".join(f"  line {line}: {sentence}" for line, sentence in sorted(problems))
    rows = "1 row that" if len(problems) == 1 else f"{len(problems)} rows that"
    return f"the roster {source!r} has {rows} cannot be used, so no student was read from it:\n{listed}"


def _withheld(columns: Columns) -> list[str]:
    return [
        f"the column {columns.headers[index]!r} seems to hold passwords and was left out;"
        " to use them as console passwords, name it in columns.password"
        for index in sorted(columns.secret)
        if index != columns.password
    ]


def read(data: bytes, source: str, options: Options) -> Roster:
    """Read the roster C(source), whose content is C(data); raise RosterError, which lists every bad row at once."""
    template = Template(options.user_name)
    if not _GROUP.fullmatch(options.group):
        raise RosterError(f"the option group, {options.group!r}, is not a group name: use letters, digits and _")
    table = read_table(data, source, options.encoding, options.separator, _is_known(options.columns))
    if not table.header:
        raise RosterError(_all_problems(source, list(table.problems)))
    _check_header(table.header, source)
    columns = Columns(table.header, options.columns, source)
    reading = _Reading(options, columns, _Namer(template, columns, source))
    for row in table.rows:
        if not columns.is_nobody(row):
            reading.add(row)
    problems = [*table.problems, *reading.problems]
    if problems:
        raise RosterError(_all_problems(source, problems))
    if not reading.students:
        raise RosterError(f"the roster {source!r} (option path) has a header and no students; add a row for each")
    warnings = [f"the roster {source!r}: {warning}" for warning in [*_withheld(columns), *reading.warnings]]
    return Roster(tuple(reading.students), (*table.warnings, *warnings))
