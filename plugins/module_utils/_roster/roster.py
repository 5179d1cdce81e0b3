# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Read a class roster: find out what its columns mean, and give each student a valid, unique, stable user name."""

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

# Column headers of common learning systems and spreadsheets in several languages. Compared without case, accents,
# spaces and punctuation.
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

# If there is a column for the first name, such as "Vorname" or "Prénom", these are the last name.
_LAST_NAME_BESIDE_FIRST = ("name", "nom")

# First cells of rows about assignments, which Canvas and Google Classroom export between the header and the students
_NOBODY = frozenset(("pointspossible", "manualposting", "date", "points"))

ROLES = (*_ALIASES, "password")
_PASSWORD_HEADER = re.compile(
    "passw|passcode|passphrase|kennwort|motdepasse|contrasena|senha|wachtwoord|haslo|losenord|adgangskode|salasana|^pwd?$"
)

# Letters that Unicode does not decompose. Letters with accents, ligatures and full-width forms need no entry.
_LATIN = {
    **dict(zip("øđðłħŧŋıĸəɛɔɖɓɗƙƴɨ", "oddlhtnikeeodbdkyi", strict=True)),
    **{"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"},
}
# What people type as the apostrophe in O'Brien: quotation marks, modifier letters, primes, spacing accents
_APOSTROPHES = frozenset("'`\u2018\u2019\u02b9\u02bb\u02bc\u00b4\u2032")

_TO_DASH = re.compile(r"[^a-z0-9_+=.@-]+")
# A longer cell cannot be part of a user name; it is probably in the wrong column.
_CELL_MAX_LENGTH = 256

_GROUP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names that have a meaning in Ansible: groups, patterns, and the machine that it runs on
_RESERVED = frozenset(("all", "ungrouped", "localhost", "127.0.0.1"))


@dataclass(frozen=True)
class Options:
    """The inventory plugin's options; None means that the value is guessed from the file."""

    user_name: str = "{email_local_part}"
    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    encoding: str | None = None
    group: str = "class"


@dataclass(frozen=True)
class Student:
    """One student. The cells are by normalised header and never contain a password."""

    line: int
    user_name: str
    cells: Mapping[str, str]
    password: str | None = field(default=None, repr=False)
    # As the roster writes it; empty if it does not
    display_name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Roster:
    """The students, in the order of the file, and warnings for the teacher."""

    students: tuple[Student, ...]
    warnings: tuple[str, ...]


class _RowProblem(Exception):
    """No user name can be made for a row; the message is the reason and the remedy."""


def column_key(header: str) -> str:
    """Convert a header to a word for templates: C(E-Mail Adresse) to C(e_mail_adresse), C(Prénom) to C(prenom)."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", header) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "_", plain.casefold()).strip("_")


def _squeezed(header: str) -> str:
    return column_key(header).replace("_", "")


@functools.lru_cache(maxsize=4096)
def _transliterated(char: str) -> str | None:
    """Return an ASCII form of a character, or None for a letter or symbol without one."""
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
    """Convert a name or address to lower-case Latin letters, digits and C(_+=.@-).

    Raises ValueError if a letter cannot be converted: leaving it out could give two people the same user name.
    """
    written = [(char, _transliterated(char)) for char in unicodedata.normalize("NFC", text)]
    lost = "".join(sorted({char for char, ascii_form in written if ascii_form is None}))
    if lost:
        raise ValueError(lost)
    words = _TO_DASH.split("".join(ascii_form or "" for _char, ascii_form in written))
    # A spreadsheet would run a name that begins with = + - @ as a formula, and a leading dot hides a file.
    return "-".join(filter(None, (word.strip(".-") for word in words))).strip("+=.@-")


class Template:
    """The option user_name, such as C({first_name:.1}.{last_name}): fields in braces, with an optional length."""

    def __init__(self, text: str) -> None:
        self._text = text
        if "{{" in text or "{%" in text:
            raise self._refused("is not a Jinja template; write one pair of braces, as in '{first_name}.{last_name}'")
        try:
            self._parts = list(string.Formatter().parse(text))
        except ValueError:
            raise self._refused("has a brace that is not closed or not opened") from None
        for _literal, name, limit, conversion in self._parts:
            if name is None:
                continue
            if not re.fullmatch(r"\w+", name) or conversion or not re.fullmatch(r"(\.[1-9][0-9]?)?", limit or ""):
                raise self._refused("may contain only {column} or {column:.3} (its first 3 characters) in braces")
        if "row" in self.fields:
            # Adding a row would give everybody below it another user, and leave the old users behind in AWS.
            raise self._refused("numbers the rows, so that a new row would rename everybody below it; use a cell")
        if not self.fields:
            raise self._refused("gives everybody the same name; use a column, as in '{email_local_part}'")

    def _refused(self, reason: str) -> RosterError:
        return RosterError(f"the option user_name, {self._text!r}, {reason}")

    @property
    def fields(self) -> list[str]:
        """The fields in braces, in order."""
        return [name for _literal, name, _limit, _conversion in self._parts if name is not None]

    def render(self, value: Callable[[str], str]) -> str:
        """Fill in the template. C(value) returns the transliterated text of a field."""
        rendered = []
        for literal, name, limit, _conversion in self._parts:
            rendered.append(literal)
            if name is not None:
                # Cutting may leave a dash or dot at the end.
                rendered.append(value(name)[: int(limit[1:])].rstrip("+=.@-") if limit else value(name))
        return "".join(rendered)


class Columns:
    """The columns of a roster and what they mean."""

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
        """Return the columns' headers for a message."""
        return ", ".join(repr(header) for header in self.headers if header)

    def index(self, name: str) -> int | None:
        """Find a column by its role or else by its normalised header. Never returns a column of passwords."""
        found = self._roles.get(name)
        if found is None and name not in self._ambiguous and name in self.keys:
            found = self.keys.index(name)
        return None if found in self.secret else found

    def is_nobody(self, row: Row) -> bool:
        """Return whether a row is about assignments, not about a person."""
        personal = {*self._roles.values(), *(self.keys.index(key) for keys in self._ambiguous.values() for key in keys)}
        told = [_squeezed(row.cells[index]) for index in personal if trim(row.cells[index])]
        first = next((_squeezed(cell) for cell in row.cells if trim(cell)), "")
        return first in _NOBODY and told in ([], [first])

    @property
    def password(self) -> int | None:
        """The column that the options name for the console passwords."""
        return self._roles.get("password")

    def missing(self, name: str) -> str:
        """Return why a field of the template has no column."""
        if name in self._ambiguous:
            either = " and ".join(repr(key) for key in self._ambiguous[name])
            return f"the columns {either} both fit; name one of them in columns.{name}"
        if name in self.keys:
            return "that column seems to contain passwords, which never become part of a name"
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


# Fields that are not columns themselves, and the columns that they are made from, all of which are needed
_MADE_FROM = {"email_local_part": ("email",), "full_name": ("first_name", "last_name")}


class _Namer:
    """Makes user names for rows."""

    def __init__(self, template: Template, columns: Columns, source: str) -> None:
        self._template = template
        self._columns = columns
        # The columns that each field of the template comes from
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
            f"the option user_name needs {{{name}}}, but the roster {source!r} has no column {lacking!r}:"
            f" {self._columns.missing(lacking)}"
        )

    def _value(self, row: Row, name: str) -> str:
        text = " ".join(trim(row.cells[index]) for index in self._sources[name])
        header = " or ".join(repr(self._columns.headers[index]) for index in self._sources[name])
        for index in self._sources[name]:
            if not trim(row.cells[index]):
                empty = repr(self._columns.headers[index])
                raise _RowProblem(f"the cell {empty} is empty, but the user name is made from it; fill it in")
        if len(text) > _CELL_MAX_LENGTH:
            raise _RowProblem(f"the cell {header} has {len(text)} characters; no user name can be made from that")
        # Messages do not quote the cell: in a shifted row, it may be a password.
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
            raise _RowProblem(f"the cell {header} contains no letter or digit for a user name; {remedy}")
        return written

    def name(self, row: Row) -> str:
        own = self._columns.index("user_name")
        name = trim(row.cells[own]) if own is not None else ""
        return name or self._template.render(functools.partial(self._value, row))


def name_problem(name: str, group: str) -> str | None:
    """Return why C(name) cannot be a student's user and inventory host, or None."""
    problem = _user_name.problem(name)
    if problem:
        return f"{problem}; shorten or change it, in the roster or in the option user_name"
    if "," in name:
        return f"the user name {name!r} contains a comma, at which the AWS CLI's import splits; use another character"
    if name[0] in "=+-@.":
        return f"the user name {name!r} begins with {name[0]!r}, which a spreadsheet misreads; begin with a letter"
    if name.lower() in _RESERVED or name == group:
        return f"the user name {name!r} has a special meaning in Ansible; add something to it, as in 'x-{name}'"
    return None


def _identities(row: Row, columns: Columns) -> Iterator[tuple[str, str]]:
    """Yield what identifies a person. Placeholders such as C(n/a) are left out, as several rows may have them."""
    email, student_id = columns.index("email"), columns.index("student_id")
    if email is not None and _is_address(address := trim(row.cells[email])):
        yield "e-mail address", address.lower()
    if student_id is not None and re.search(r"\d", number := trim(row.cells[student_id])):
        yield "student ID", number.casefold()


def _cell(row: Row, columns: Columns, role: str) -> str:
    index = columns.index(role)
    return trim(row.cells[index]) if index is not None else ""


def _display_name(row: Row, columns: Columns) -> str:
    """Return a student's name: the roster's full name if there is one, otherwise the first name and the last name."""
    in_two = " ".join(filter(None, (_cell(row, columns, role) for role in ("first_name", "last_name"))))
    name = _cell(row, columns, "full_name") or in_two
    # A spreadsheet's user may break a long double name after its hyphen.
    return " ".join(re.sub(r"-\s*[\r\n]\s*", "-", name).split())


def _email(row: Row, columns: Columns) -> str:
    """Return a student's e-mail address, but not a placeholder such as C(n/a)."""
    found = _cell(row, columns, "email")
    return found if _is_address(found) else ""


def _compare(row: Row, earlier: Row, what: str) -> str | None:
    """Return what is wrong with two rows of the same person, or None if all their cells are the same."""
    if tuple(map(trim, row.cells)) == tuple(map(trim, earlier.cells)):
        return None
    return f"the {what} is that of line {earlier.line}, but the rows differ; keep the right one of the two"


class _Reading:
    """Reads all rows, and collects everything that is wrong with them."""

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
        """Return whether the person had a row before. Notes a problem if the rows differ, otherwise a warning."""
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
        # IAM ignores case in user names. Appending a number to the second name is no solution: which one is the second
        # depends on the order of the rows, and a new row must never rename somebody who already has a user.
        earlier = self._taken.setdefault(name.lower(), line)
        if earlier == line:
            return None
        return (
            f"the user name {name!r} is that of line {earlier} too; use something unique in the option user_name"
            " (e-mail address, student ID), or give one of them another name in a column 'IAM user name'"
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
            # Not trimmed: a changed password would be wrong.
            password = row.cells[columns.password]
        return Student(row.line, name, cells, password, _display_name(row, columns), _email(row, columns))


def _check_header(header: tuple[str, ...], source: str) -> None:
    if any("@" in cell for cell in header):
        # The message does not quote the cells: one of them may be a password.
        raise RosterError(
            f"the roster {source!r} (option path) has no header: its first line contains an e-mail address;"
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
        f"the column {columns.headers[index]!r} seems to contain passwords and was left out;"
        " to use them as console passwords, name it in columns.password"
        for index in sorted(columns.secret)
        if index != columns.password
    ]


def read(data: bytes, source: str, options: Options) -> Roster:
    """Read the roster C(source), whose content is C(data). Raises RosterError, which lists all bad rows."""
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
        raise RosterError(f"the roster {source!r} (option path) has a header but no students; add a row for each")
    warnings = [f"the roster {source!r}: {warning}" for warning in [*_withheld(columns), *reading.warnings]]
    return Roster(tuple(reading.students), (*table.warnings, *warnings))
