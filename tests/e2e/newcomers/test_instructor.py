# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An instructor with a school's roster, in a directory of their own and without any configuration of ours."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from ..conftest import Workshop
from .desk import Desk, Seen, on_a_terminal, people

ROSTER = "plugin: invoice_scanner.iam.roster\npath: students.csv\n"
CLASS = "ansible-playbook -i roster.yml invoice_scanner.iam.class"
MOODLE = (
    '"First name","Last name","ID number","Email address"\r\nAnna,Weiß,1047,anna.weiss@example.org\r\n'
    "Jörg,Müller,1051,joerg.mueller@example.org\r\n"
)
MOODLES_PEOPLE = {
    "anna.weiss": ("Anna Weiß", "anna.weiss@example.org"),
    "joerg.mueller": ("Jörg Müller", "joerg.mueller@example.org"),
}
EXCEL = (
    "sep=;\r\nNachname;Vorname;E-Mail-Adresse\r\nWeiß;Anna;anna.weiss@example.org\r\n"
    "Müller;Jörg;joerg.mueller@example.org\r\n"
)
GOOGLE = (
    "Email,Name\nanna.weiss@example.org,Anna Weiß\njoerg.mueller@example.org,Jörg Müller\n"
    "gozde@example.org,Gözde Şahin\nwang.wei@example.org,王伟\n"
)


@pytest.fixture
def desk(workshop: Workshop, tmp_path: Path) -> Desk:
    """A desk with a roster."""
    desk = Desk(tmp_path / "my class", workshop.aws.env())
    desk.write("roster.yml", ROSTER)
    return desk


@pytest.mark.parametrize(
    ("exported", "count"),
    [
        (MOODLE.encode("utf-8-sig"), 2),
        (EXCEL.encode("cp1252"), 2),
        (EXCEL.encode("utf-16"), 2),
        (GOOGLE.encode(), 4),
    ],
)
def test_what_learning_systems_and_spreadsheets_export(desk: Desk, exported: bytes, count: int) -> None:
    desk.write("students.csv", exported)
    seen = desk.type("ansible-inventory -i roster.yml --graph")
    assert (seen.status, seen.output.count("|  |--")) == (0, count), seen.output
    assert "anna.weiss" in seen.output


def test_a_roster_that_cannot_be_used_ends_the_run_with_its_own_sentence(desk: Desk) -> None:
    desk.write("students.csv", MOODLE + "Eve,Weiß,1047,anna.weiss@example.org\r\n")
    for command in (CLASS, f"{CLASS} --limit anna.weiss", "ansible-inventory -i roster.yml --graph"):
        seen = desk.type(command)
        assert seen.status == 4, seen.output
        assert "line 4: the e-mail address is that of line 2, but the rows differ" in seen.output
        assert "Failed to parse" not in seen.output
        assert len(seen.output.splitlines()) <= 3
    desk.write("students.csv", b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)))
    seen = desk.type(CLASS)
    assert seen.status == 4
    assert "is an Excel workbook; save it as 'CSV UTF-8'" in seen.output


def test_a_command_without_an_inventory_serves_nobody_and_fails(desk: Desk) -> None:
    for command in (
        "ansible-playbook invoice_scanner.iam.class",
        "ansible-playbook -i nowhere.yml invoice_scanner.iam.teardown",
    ):
        seen = desk.type(command)
        assert seen.status != 0
        assert "the inventory has no hosts; pass yours with -i" in seen.output


def saved(desk: Desk, name: str) -> dict[str, str]:
    """A user's access key, as any program reads it."""
    with (desk.path / "credentials" / f"{name}_accessKeys.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    return row


def whose(desk: Desk) -> dict[str, tuple[str, str]]:
    """Whose each user is, by the sheet of the class."""
    with (desk.path / "credentials" / "class_credentials.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {row["User name"]: (row["Display name"], row["E-mail"]) for row in csv.DictReader(stream)}


def account_of(workshop: Workshop) -> str:
    """The line that tells the account, which is at an endpoint of its own."""
    return f"The account is 123456789012 at {workshop.aws.url}"


def test_the_life_of_a_class(workshop: Workshop, desk: Desk) -> None:
    iam = workshop.client("iam")
    desk.write("students.csv", MOODLE)

    def keys(name: str) -> list[str]:
        return [one["AccessKeyId"] for one in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]

    seen = desk.type(CLASS, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_EC2_METADATA_DISABLED="true")
    # It is nobody's fault in particular, and there is no file yet to tell of.
    refusal, *rest = seen.end
    assert re.match("none of the 2 hosts was served: .*no AWS credentials were found", refusal)
    assert (seen.status, rest) == (2, [f"When that is fixed, run the same command again: {CLASS}"])

    seen = desk.type(f"{CLASS} --check --diff")
    assert seen.output.count("+++ after: ") == 1
    assert "(the same for 1 other; -v shows all)" in seen.output
    assert "2 users: 2 would be created" in seen.end
    (let_it_happen,) = seen.advised()
    assert let_it_happen == CLASS
    assert not people(iam)

    seen = desk.type(let_it_happen)
    assert (*seen.end[:3], whose(desk)) == (
        *("2 users: 2 created", account_of(workshop)),
        f"The credentials are in {desk.path}/credentials",
        MOODLES_PEOPLE,
    )
    (verify,) = seen.advised()
    before = saved(desk, "anna.weiss")

    # A file gets lost, while what was in it is still in the sheet of the class.
    (desk.path / "credentials" / "anna.weiss_accessKeys.csv").unlink()
    seen = desk.type(verify)
    assert "'anna.weiss' lacks anna.weiss_accessKeys.csv, whose content is still in other files" in seen.end[0]
    assert "lost_secret=replace" not in seen.output
    (mend,) = seen.advised()
    assert (seen.status, desk.type(mend).status) == (2, 0)
    assert saved(desk, "anna.weiss") == before
    assert desk.type(verify).status == 0
    assert keys("anna.weiss") == [before["Access key ID"]]

    # It gets lost everywhere, and the password with it.
    for name in (
        *("anna.weiss_accessKeys.csv", "anna.weiss_aws_configure_import.csv", "anna.weiss_credentials.csv"),
        *("class_credentials.csv", "aws_configure_import.csv"),
    ):
        (desk.path / "credentials" / name).unlink()
    seen = desk.type(CLASS)
    assert "exists, but its secret is not saved; the key is kept" in seen.end[1]
    assert "2 users: 1 unchanged, 1 needs action" in seen.end
    password, key, both, _again = seen.advised()
    assert both == f"{password} {key.removeprefix(f'{CLASS} --limit anna.weiss ')}"
    assert (seen.status, desk.type(both).status) == (2, 0)
    assert keys("anna.weiss") == [saved(desk, "anna.weiss")["Access key ID"]] != [before["Access key ID"]]

    # Somebody comes late.
    desk.write("students.csv", MOODLE + "Gözde,Şahin,1060,gozde.sahin@example.org\r\n")
    assert "3 users: 1 created, 2 unchanged" in desk.type(CLASS).end

    # A key leaks: nobody gets a new one who does not ask for it.
    leaked = saved(desk, "gozde.sahin")["Access key ID"]
    revoke = "ansible-playbook -i roster.yml invoice_scanner.iam.revoke -e invoice_iam_user_revoke_access_key_ids="
    (restore,) = desk.type(f"{revoke}{leaked}").advised()
    assert restore == f"{CLASS} --limit gozde.sahin -e invoice_iam_user_restore_access=true"
    seen = desk.type(CLASS)
    assert (seen.status, seen.advised()[0]) == (0, restore)
    assert keys("gozde.sahin") == [leaked]
    assert desk.type(restore).status == 0
    assert keys("gozde.sahin") == [saved(desk, "gozde.sahin")["Access key ID"]] != [leaked]
    assert desk.type(verify).end == [
        "3 users: 3 ready",
        f"To make a page for each person to hand out: {CLASS.replace('.class', '.handout')}",
    ]

    seen = desk.type(
        "ansible-playbook -i roster.yml invoice_scanner.iam.teardown -e invoice_iam_user_teardown_confirm=3"
    )
    assert all(line in seen.end for line in ("3 users: 3 removed", account_of(workshop)))
    assert not people(iam)


@pytest.mark.slow
def test_what_a_refusal_tells_to_type_is_enough(workshop: Workshop, desk: Desk) -> None:
    iam = workshop.client("iam")
    desk.write("students.csv", MOODLE)
    assert desk.type(CLASS).status == 0

    # Somebody has opened the directory to everybody on this machine.
    (desk.path / "credentials").chmod(0o755)
    refused = desk.type(CLASS)
    assert refused.status == 2
    (close,) = set(re.findall("run: (chmod 700 '.+?')", " ".join(refused.output.split())))
    assert desk.type(close).status == 0
    assert "2 users: 2 unchanged" in desk.type(CLASS).end

    # The key of somebody who is not of the class leaks.
    iam.create_user(UserName="visitor")
    leaked = iam.create_access_key(UserName="visitor")["AccessKey"]["AccessKeyId"]
    revoke = "ansible-playbook -i roster.yml invoice_scanner.iam.revoke"
    seen = again_with(desk, f"{revoke} -e invoice_iam_user_revoke_access_key_ids={leaked}")
    assert [one["Status"] for one in iam.list_access_keys(UserName="visitor")["AccessKeyMetadata"]] == ["Inactive"]
    assert "no host in this inventory has the user 'visitor', so no command can give access again" in seen.end[0]

    seen = again_with(desk, "ansible-playbook -i roster.yml invoice_scanner.iam.teardown")
    assert "2 users: 2 removed" in seen.end
    assert people(iam) == ["visitor"]
    assert f"are still in {desk.path}/credentials; to delete them: " in seen.end[-1]
    assert desk.type(seen.advised()[0]).status == 0
    assert not list((desk.path / "credentials").glob("anna.weiss*"))
    assert whose(desk) == {}


def again_with(desk: Desk, command: str) -> Seen:
    """Type a command that is refused, and then the last line, which has the variable that the refusal names."""
    refused = desk.type(command)
    assert refused.status == 2, refused.output
    (variable,) = set(re.findall(r"run again with (\w+=\w+)", " ".join(refused.output.split())))
    assert refused.advised()[-1] == f"{command} -e {variable}"
    seen = desk.type(refused.advised()[-1])
    assert seen.status == 0, seen.output
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("playbook", ["setup", pytest.param("class", marks=pytest.mark.long)])
def test_a_password_that_is_lost_everywhere(workshop: Workshop, desk: Desk, playbook: str) -> None:
    """Both playbooks and verify agree that the person cannot be served, and advise the one command that mends it."""
    desk.write("students.csv", MOODLE)
    serve = f"{CLASS.replace('class', playbook)} --limit anna.weiss"
    assert desk.type(serve).status == 0
    key = saved(desk, "anna.weiss")
    sheet = desk.path / "credentials" / "anna.weiss_credentials.csv"
    for path in (sheet, desk.path / "credentials" / "class_credentials.csv"):
        path.unlink()

    seen = desk.type(serve)
    assert seen.status == 2
    assert "the console password of 'anna.weiss' was set before, but it is not saved; it stays valid" in seen.end[0]
    assert "1 user: 1 needs action" in seen.end
    mend = seen.advised()[0]
    looked = desk.type("ansible-playbook -i roster.yml invoice_scanner.iam.verify")
    assert looked.status == 2
    assert mend == f"{CLASS} --limit anna.weiss -e invoice_iam_user_update_password=always"
    assert mend in looked.advised()
    assert not sheet.exists()

    assert desk.type(mend).status == 0
    assert desk.type(f"{CLASS.replace('class', 'verify')} --limit anna.weiss").status == 0
    assert saved(desk, "anna.weiss") == key
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        (login,) = csv.DictReader(stream)
    themselves = workshop.client_for(
        workshop.aws.url, {"access_key": key["Access key ID"], "secret_key": key["Secret access key"]}, "iam"
    )
    workshop.client("iam").update_account_password_policy(AllowUsersToChangePassword=True)
    themselves.change_password(OldPassword=login["Password"], NewPassword=f"{login['Password']}x")


def test_verify_says_ok_only_of_what_it_has_seen(workshop: Workshop, desk: Desk) -> None:
    desk.write("students.csv", MOODLE)
    workshop.client("iam").create_user(UserName="anna.weiss")
    lines = {
        line.split()[0].strip('"'): line.strip(' ",').split()[1:]
        for line in desk.type("ansible-playbook -i roster.yml invoice_scanner.iam.verify").output.splitlines()
        if line.strip(' "').startswith(("anna.weiss  ", "joerg.mueller  ")) and ":" not in line
    }
    assert lines == {"anna.weiss": ["WRONG", *"-----"], "joerg.mueller": ["WRONG", *"-----"]}


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "env"), [(100, {}), (80, {"TERM": "dumb", "NO_COLOR": "1"})])
def test_the_last_screen_is_the_one_that_matters(
    workshop: Workshop, desk: Desk, columns: int, env: dict[str, str]
) -> None:
    people = "".join(f"First {number},Last,{number},student-{number:02}@example.org\r\n" for number in range(30))
    desk.write("students.csv", MOODLE.splitlines()[0] + "\r\n" + people)
    for number in (3, 4, 5):
        workshop.client("iam").create_user(UserName=f"student-{number:02}")
    kept = {name: value for name, value in desk.env.items() if name != "ANSIBLE_NOCOLOR"}
    command = ["/bin/sh", "-c", CLASS]
    status, screen = on_a_terminal(command, desk.path, {"TERM": "xterm"} | kept | env, (columns, 30))
    assert status == 2
    end = [line for line in screen if line][-12:]
    told = " ".join(line.strip() for line in end)
    assert "student-03, student-04, student-05: an IAM user" in told
    assert "30 users: 27 created, 3 failed" in end
    assert f"When that is fixed, run the same command again: {CLASS}" in told
    assert not any(len(line) > columns for line in screen)
