# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Rosters: which column is what, and the users' names."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.invoice_scanner.iam.plugins.module_utils._roster.roster import (
    Options,
    Roster,
    column_key,
    read,
    transliterate,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._roster.table import RosterError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users import user_name as _user_name

SAFE = re.compile(r"(?![=+@.-])[A-Za-z0-9_+=.@-]{1,64}", re.ASCII)


def roster(text: str, user_name: str = "{email_local_part}", columns: dict[str, str] | None = None) -> Roster:
    return read(text.encode(), "class.csv", Options(user_name=user_name, columns=columns or {}))


def names(text: str, user_name: str = "{email_local_part}", columns: dict[str, str] | None = None) -> list[str]:
    return [student.user_name for student in roster(text, user_name, columns).students]


def fault(text: str, user_name: str = "{email_local_part}", columns: dict[str, str] | None = None) -> str:
    with pytest.raises(RosterError) as caught:
        roster(text, user_name, columns)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë Müller-Łuk", "zoe-muller-luk"),
        ("José García  Ñáñez", "jose-garcia-nanez"),
        ("Jose\u0301", "jose"),
        ("Søren Ærø Þórðarson", "soren-aero-thordarson"),
        ("GROẞ Straße", "gross-strasse"),
        ("İpek Işık", "ipek-isik"),  # noqa: RUF001
        ("Đặng Thị Hòa", "dang-thi-hoa"),
        ("Siobhán O\u2019Brien", "siobhan-obrien"),
        ("O'Brien O`Brien O\u00b4Brien O\u02bbBrien", "obrien-obrien-obrien-obrien"),
        ("J. R. Smith, Jr.", "j-r-smith-jr"),
        ("Anna - Maria", "anna-maria"),
        ("\uff21\uff4e\uff4e\uff41", "anna"),
        ("١٢٣", "123"),
        ("an\u200bna\u00ad", "anna"),
        ("a\nb\u00a0c", "a-b-c"),
        ("anna.b_c+d=e@x", "anna.b_c+d=e@x"),
        ("=cmd()", "cmd"),
        ("- ... -", ""),
    ],
)
def test_transliterate(text: str, expected: str) -> None:
    assert transliterate(text) == expected


@pytest.mark.parametrize("text", ["Мария", "王 Anna", "Ελένη", "Anna 😀", "Anna\0", "김민준", "½"])
def test_no_letter_is_lost_silently(text: str) -> None:
    with pytest.raises(ValueError, match=r"[^ -~]"):
        transliterate(text)


@given(st.text(max_size=80))
def test_any_text_becomes_a_part_of_a_name_or_an_error(text: str) -> None:
    try:
        written = transliterate(text)
    except ValueError:
        return
    assert re.fullmatch(r"(?![=+@.-])[a-z0-9_+=.@-]*", written)
    assert transliterate(written) == written


@given(st.lists(st.tuples(st.text(max_size=70), st.text(max_size=70)), min_size=1, max_size=5))
@example([("=1+1", "x"), ("{{ lookup('pipe', 'id') }}", "{x}")])
@example([("Anna", "Weiß"), ("anna", "weiss")])
def test_any_roster_gives_safe_unique_names_or_an_error(people: list[tuple[str, str]]) -> None:
    quoted = [";".join('"' + cell.replace('"', '""') + '"' for cell in (*one, "x")) for one in people]
    text = "\n".join(("First name;Last name;Remark", *quoted))
    try:
        made = read(text.encode("utf-8", "surrogatepass"), "c", Options(user_name="{first_name}.{last_name}")).students
    except RosterError as error:
        message = str(error)
        made = ()
    else:
        message = ""
    assert bool(made) is not ("line " in message)
    if not made:
        return
    assert len({student.user_name.lower() for student in made}) == len(made) == len(people)
    for student in made:
        assert SAFE.fullmatch(student.user_name)
        assert _user_name.problem(student.user_name) is None


PEOPLE = [
    (f"{first};{last};{first[0]}.{last}{number}@example.org".replace(" ", ""), number)
    for number, (first, last) in enumerate(
        (a, b) for a in ("Zoë", "Łukasz", "Jörg") for b in ("Müller", "O\u2019Hara", "Ng")
    )
]


@given(st.permutations(PEOPLE), st.integers(0, len(PEOPLE)), st.sampled_from(["{first_name}.{last_name}", "{id}"]))
def test_names_do_not_depend_on_the_order_or_on_others(people: list[tuple[str, int]], kept: int, template: str) -> None:
    header = "First name;Last name;Contact;ID\n"

    def by_id(rows: list[tuple[str, int]]) -> dict[str, str]:
        text = header + "".join(f"{cells};{number}\n" for cells, number in rows)
        return {student.cells["id"]: student.user_name for student in roster(text, template).students}

    everybody = by_id(PEOPLE)
    assert by_id(people) == everybody
    for number, name in by_id(people[:kept]).items() if kept else ():
        assert everybody[number] == name


@pytest.mark.parametrize(
    ("header", "template"),
    [
        ("First name;Last name;Email address", "{first_name}.{last_name}"),
        ("FIRST NAME;SURNAME;E-MAIL", "{first_name}.{last_name}"),
        ("Vorname;Name;E-Mail-Adresse", "{first_name}.{last_name}"),
        ("Prénom;Nom;Adresse de courriel", "{first_name}.{last_name}"),
        ("Nombre;Apellido(s);Dirección de correo", "{first_name}.{last_name}"),
        ("imię ;\u00a0Nazwisko;e_mail", "{first_name}.{last_name}"),
        ("Förnamn;Efternamn;E-post", "{forename}.{efternamn}"),
        ("Givenname;Familyname;Mail", "{full_name}"),
    ],
)
def test_headers_are_recognised(header: str, template: str) -> None:
    template = template.replace("{forename}", "{fornamn}")
    joint = "-" if template == "{full_name}" else "."
    text = f"{header}\nAnna;Weiß;A.W@example.org\n"
    assert (names(text, template), names(text)) == ([f"anna{joint}weiss"], ["a.w"])


def test_columns_can_be_named() -> None:
    text = "Who;Where;E-mail;E-mail\nAnna;X;a@example.org;b@example.org\n"
    assert names(text, columns={"email": "e-mail_2"}) == ["b"]
    assert names(text, "{where}-{full_name:.2}", {"full_name": "WHO"}) == ["x-an"]


@pytest.mark.parametrize(
    ("header", "template", "columns", "expected"),
    [
        ("Who;Where", "{email_local_part}", {}, "has no column 'email': it has 'Who', 'Where'; name one of them in"),
        ("Who;Last name", "{full_name}", {}, "has no column 'full_name'"),
        ("Who;Where", "{whom}", {}, "has no column 'whom': it has 'Who', 'Where'; use another template"),
        ("E-Mail;Mail", "{email}", {}, "'e_mail' and 'mail' both fit; name one of them in columns.email"),
        ("Who;E-Mail", "{email}", {"email": "Post"}, "columns.email is 'Post', and the roster 'class.csv' has no such"),
        ("Who;E-Mail", "{email}", {"mail": "E-Mail"}, "the option columns has no 'mail'"),
        ("E-Mail;Password", "{password}", {}, "seems to contain passwords"),
        ("E-Mail;Password", "{password}", {"password": "Password"}, "seems to contain passwords"),
        ("anna@example.org;x", "{email}", {}, "has no header: its first line contains an e-mail address"),
    ],
)
def test_columns_that_are_not_there(header: str, template: str, columns: dict[str, str], expected: str) -> None:
    assert expected in fault(f"{header}\na;b\n", template, columns)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ first_name }}", "is not a Jinja template"),
        ("{first_name", "brace that is not closed or not opened"),
        ("{first_name.__class__}", "(its first 3 characters) in braces"),
        ("{first_name!r}", "(its first 3 characters) in braces"),
        ("{first_name:>30}", "(its first 3 characters) in braces"),
        ("{}", "(its first 3 characters) in braces"),
        ("student-{row:.3}", "a new row would rename everybody"),
        ("student", "gives everybody the same name"),
        ("", "gives everybody the same name"),
    ],
)
def test_templates_that_make_no_names(template: str, expected: str) -> None:
    assert f"the option user_name, {template!r}, " in (text := fault("First name\nAnna\n", template))
    assert expected in text


def test_every_bad_row_is_listed_with_its_line_and_its_remedy() -> None:
    text = fault(
        "First name;Last name;Mail;No\n"
        "Anna;Weiß;anna@example.org;1\n"
        ";Blum;b@example.org;2\n"
        "\n"
        "王;芳;w@example.org;3\n"
        "ANNA;Weiss;other@example.org;4\n"
        "Bo;Li;bo@example.org;5;6\n"
        f"Eva;{'x' * 61};e@example.org;7\n"
        "Anna;Weiß;anna@example.org;8\n"
        "...;Li;x@example.org;9\n",
        "{first_name}.{last_name}",
    )
    lines = text.splitlines()
    assert lines[0] == "the roster 'class.csv' has 7 rows that cannot be used, so no student was read from it:"
    for line, (number, expected) in zip(
        lines[1:],
        [
            (3, "the cell 'First name' is empty"),
            (5, "contains '王', which is not Latin; make the user name from the e-mail address or student ID"),
            (6, "the user name 'anna.weiss' is that of line 2 too; use something unique in the option user_name"),
            (7, "a value in column 5, which has no header"),
            (8, "has 65 characters; AWS allows 64"),
            (9, "the e-mail address is that of line 2, but the rows differ"),
            (10, "contains no letter or digit"),
        ],
        strict=True,
    ):
        assert line.startswith(f"  line {number}: ")
        assert expected in line


@pytest.mark.parametrize("address", ["anna", "anna@", "@example.org", "a@b@c", "Anna <anna@example.org>"])
def test_what_is_no_address_is_not_repeated(address: str) -> None:
    text = fault(f"Email\n{address}\n")
    assert "line 2: the cell 'Email' is not an e-mail address" in text
    assert f"'{address}'" not in text


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,b", "contains a comma"),
        ("-anna", "begins with '-'"),
        ("=anna", "begins with '='"),
        ("an na", "contains ' '"),
        ("LocalHost", "has a special meaning in Ansible"),
        ("class", "has a special meaning in Ansible"),
    ],
)
def test_a_name_of_ones_own_is_held_to_the_rules(row: str, expected: str) -> None:
    assert expected in fault(f'Email;IAM user name\nanna@example.org;"{row}"\n')


def test_a_name_of_ones_own_settles_what_the_template_cannot() -> None:
    text = "First name;IAM user name\nAnna;\nAnna;anna2\n王;Wang.Fang\n"
    assert names(text, "{first_name}") == ["anna", "anna2", "Wang.Fang"]
    assert "is that of line 2 too" in fault(text + "Bo;ANNA\n", "{first_name}")


def test_the_same_row_twice_is_one_student() -> None:
    found = roster("Mail;First name\na@example.org;Anna\nb@example.org;Bo\na@example.org;Anna \n")
    assert [student.line for student in found.students] == [2, 3]
    assert found.warnings == ("the roster 'class.csv': line 4 repeats line 2 in every cell and was left out",)


@pytest.mark.parametrize("row", ["a@example.org;Bo;2", "A@EXAMPLE.ORG;Anna;1", "b@example.org;Bo;1"])
def test_one_person_with_two_different_rows_is_an_error(row: str) -> None:
    text = f"Mail;First name;Student ID\na@example.org;Anna;1\n{row}\n"
    assert "is that of line 2, but the rows differ" in fault(text, "{first_name}")


def test_equal_rows_without_anything_that_tells_people_apart_are_not_merged() -> None:
    assert "is that of line 2 too" in fault("First name;Mail\nAnna;n/a\nAnna;n/a\n", "{first_name}")


def test_cells_are_the_rosters_own() -> None:
    [student] = roster(
        "E-Mail Adresse; Größe;#;;\na@example.org; {{ 1 }} ;7;;\n", columns={"email": "e-mail adresse"}
    ).students
    assert student.cells == {"e_mail_adresse": "a@example.org", "grosse": "{{ 1 }}", "column_3": "7"}


SECRET = "Mail;Initial password;Passwort 2\na@example.org; s3cret ;other\nb@example.org;;\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("First name,Last name,Email address\nAnna,Weiß,a@example.org\n", ("Anna Weiß", "a@example.org")),
        ("Name;Vorname;E-Mail\nWeiß;Anna;a@example.org\n", ("Anna Weiß", "a@example.org")),
        ("Email,Name\na@example.org,王伟\n", ("王伟", "a@example.org")),
        ('Student,SIS User ID,ID\n"Weiß, Anna",anna,1\n', ("Weiß, Anna", "")),
        ("Name,First name,Last name,Mail,IAM user\n,Anna,,n/a,a\n", ("Anna", "")),
        ("Nr indeksu,Remark\n1047,x\n", ("", "")),
        ('Name;E-Mail\n"Anna\nMaria Weiß-\r\nOtt";a@example.org\n', ("Anna Maria Weiß-Ott", "a@example.org")),
    ],
)
def test_whose_a_row_is(text: str, expected: tuple[str, str]) -> None:
    """Moodle, Excel, Google, Canvas, cells that are empty, a roster that says no names, and cells in several lines."""
    template = "{remark}" if "Remark" in text else "{sis_user_id}" if "SIS" in text else "{email_local_part}"
    (student,) = roster(text, template, {"full_name": "Name"} if "IAM" in text else {}).students
    assert (student.display_name, student.email) == expected


def test_a_password_is_taken_when_its_column_is_named() -> None:
    found = roster(SECRET, columns={"password": "Initial password"})
    assert [student.password for student in found.students] == [" s3cret ", None]
    assert [dict(student.cells) for student in found.students] == [{"mail": "a@example.org"}, {"mail": "b@example.org"}]
    assert "s3cret" not in repr(found)
    assert ["'Passwort 2' seems to contain passwords" in warning for warning in found.warnings] == [True]


def test_a_password_is_left_out_otherwise() -> None:
    found = roster(SECRET)
    assert [(student.password, list(student.cells)) for student in found.students] == [(None, ["mail"])] * 2
    assert len(found.warnings) == 2


def test_messages_hold_no_password() -> None:
    text = fault(SECRET + "a@example.org;s3cret;x\n;s3cret;\n", columns={"password": "Initial password"})
    assert len(text.splitlines()) == 3
    assert "s3cret" not in text


@pytest.mark.parametrize("text", ["Email", "Email;First name\r\n;\r\n\r\n"])
def test_a_roster_of_nobody(text: str) -> None:
    assert fault(text) == "the roster 'class.csv' (option path) has a header but no students; add a row for each"


def test_the_group_has_a_valid_name() -> None:
    with pytest.raises(RosterError, match="the option group, 'Class 7b', is not a group name"):
        read(b"Email\na@example.org\n", "class.csv", Options(group="Class 7b"))


@given(st.text(max_size=20))
def test_column_keys_are_stable(header: str) -> None:
    assert column_key(column_key(header)) == column_key(header)


def test_five_thousand_students_in_about_no_time() -> None:
    rows = [f"Zoë{number};Müller-Łuk;zoe.{number}@example.org;{number}\r\n" for number in range(5000)]
    random.Random(1).shuffle(rows)
    text = "Vorname;Nachname;E-Mail;Matrikelnummer\r\n" + "".join(rows)
    started = time.process_time()
    assert len(set(names(text, "{first_name}.{last_name}"))) == 5000
    # About 0.1 s on a slow core; anything quadratic takes minutes.
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "user_name"),
    [
        (
            "Student,ID,SIS User ID,SIS Login ID,Section,Quiz (7)\n,,,,,Manual Posting\n    Points Possible,,,,,10\n"
            '"Ode, Ann",101,x1,ann.ode@example.org,Spring,7\n',
            "{sis_login_id}",
        ),
        (
            "Last Name,First Name,Email Address,Quiz\nDate,,,2026-03-04\nPoints,,,10\nOde,Ann,ann.ode@example.org,7\n",
            "{email}",
        ),
    ],
    ids=["Canvas", "Google Classroom"],
)
def test_rows_about_assignments_are_no_people(text: str, user_name: str) -> None:
    assert names(text, user_name) == ["ann.ode@example.org"]


def test_a_person_may_be_called_like_a_row_about_assignments() -> None:
    assert names("Last Name,First Name,Email\nDate,Ann,ann@example.org\nPoints,,p@example.org\n") == ["ann", "p"]
