# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Whatever people get wrong is one sentence that says so, and nothing is created."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import Run, Workshop

# Host name: its variables, without the role's prefix, and what the sentence must say.
BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "empty-name": ({"name": ""}, "the user name is empty; give 1 to 64 characters"),
    "long-name": ({"name": "n" * 65}, "has 65 characters; AWS allows 64"),
    "strange-name": ({"name": "bad name!"}, "the user name 'bad name!' contains ' !'; AWS allows letters, digits and"),
    "accented-name": ({"name": "zoë"}, "the user name 'zoë' contains 'ë'"),
    "bad-path": ({"path": "workshop"}, "the path 'workshop' is not valid; paths begin and end with a slash"),
    "unknown-policy": ({"managed_policies": ["NoSuchPolicy"]}, "there is no managed policy 'NoSuchPolicy' in account"),
    "broken-arn": ({"managed_policies": ["arn:aws:iam::x"]}, "'arn:aws:iam::x' is not the ARN of a managed policy"),
    "foreign-policy": (
        {"managed_policies": ["arn:aws:iam::999999999999:policy/Theirs"]},
        "belongs to account 999999999999, but the users to 123456789012",
    ),
    "unknown-boundary": (
        {"permissions_boundary": "NoSuch"},
        "permissions boundary: there is no managed policy 'NoSuch'",
    ),
    "weak-password": (
        {"console_password": "abc"},
        "the console password of 'weak-password' breaks AWS's default password policy: it has 3 characters, but the "
        "account requires 8",
    ),
    "name-as-password": ({"console_password": "Name-as-password"}, "it is the user's or the account's name"),
    "odd-description": ({"access_key_description": "key #1"}, "the access key description 'key #1' contains '#'"),
    "long-description": ({"access_key_description": "d" * 257}, "has 257 characters; AWS allows 256"),
    "bad-tag": ({"tags": {"course": "a;b"}}, "the value of the tag 'course' 'a;b' contains ';'"),
    "stolen-tag": ({"tags": {"managed-by": "me"}}, "the tag 'managed-by' marks users of this collection"),
    "many-faults": ({"name": "two\nlines", "path": "/x", "access_key_description": "#"}, "3 things are wrong"),
    "twin-1": ({"name": "Twin"}, "The hosts twin-1, twin-2 all have the IAM user name"),
    "twin-2": ({"name": "twin"}, "The hosts twin-1, twin-2 all have the IAM user name"),
    "bad-choice": (
        {"lost_secret": "maybe"},
        "invoice_iam_user_lost_secret is 'maybe' and has to be one of keep, fail, replace",
    ),
}


def hosts(bad: dict[str, tuple[dict[str, t.Any], str]]) -> dict[str, dict[str, t.Any]]:
    """Inventory hosts from a table like the one above."""
    return {
        host: {f"invoice_iam_user_{name}": value for name, value in ({"name": host} | variables).items()}
        for host, (variables, _sentence) in bad.items()
    }


def message(run: Run, host: str) -> str:
    """What the run said when it failed a host, white space folded."""
    return run.flat().split(f"fatal: [{host}]: FAILED!", 1)[1].split("fatal: [", 1)[0].split("PLAY RECAP")[0]


@pytest.fixture(scope="module")
def refused(module_workshop: Workshop) -> tuple[Workshop, Run]:
    """A play in which every host has something wrong, and one has not."""
    module_workshop.hosts(hosts(BAD) | {"good": {"invoice_iam_user_name": "good"}})
    return module_workshop, module_workshop.run("playbooks/setup.yml")


@pytest.mark.parametrize("host", BAD)
def test_bad_input_is_one_sentence(refused: tuple[Workshop, Run], host: str) -> None:
    _workshop, run = refused
    assert run.recap(host)["failed"] == 1
    assert run.recap(host)["changed"] == 0
    assert BAD[host][1] in message(run, host)


def test_no_traceback_and_no_password_in_the_output(refused: tuple[Workshop, Run]) -> None:
    _workshop, run = refused
    assert run.status != 0
    assert "Traceback" not in run.output
    assert "'abc'" not in run.output


def test_only_the_good_user_is_created(refused: tuple[Workshop, Run]) -> None:
    workshop, run = refused
    assert run.recap("good")["failed"] == 0
    users = workshop.client("iam").list_users()["Users"]
    assert {user["UserName"] for user in users} - {"sandbox-operator"} == {"good"}
    assert {path.name.split("_")[0] for path in workshop.credentials.glob("*_credentials.csv")} == {"good", "class"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("connection", "sentence"),
    [
        ({"endpoint_url": "http://127.0.0.1:9"}, "AWS cannot be reached"),
        ({"access_key": "AKIAUNKNOWNUNKNOWN00"}, "AWS does not know the operator's access key"),
        ({"secret_key": "not the secret of that key"}, "the operator's secret access key is wrong"),
        ({"access_key": "", "secret_key": ""}, "no AWS credentials were found"),
    ],
    ids=["unreachable", "unknown-key", "wrong-secret", "no-credentials"],
)
def test_a_bad_connection_is_one_sentence(workshop: Workshop, connection: dict[str, str], sentence: str) -> None:
    workshop.variables({"aws_connection": {**workshop.aws.connection, **connection}}, "connection")
    nowhere = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    run = workshop.run("playbooks/setup.yml", env={**nowhere, "AWS_EC2_METADATA_DISABLED": "true"})
    assert run.status != 0
    assert sentence in run.flat()
    assert "Traceback" not in run.output
    assert not workshop.credentials.exists()
    assert not workshop.writes()


@pytest.mark.slow
def test_a_bad_destination_is_one_sentence_before_aws_is_touched(workshop: Workshop, long: bool) -> None:
    path = workshop.path
    (path / "a-file").write_text("not a directory")
    (path / "open").mkdir(mode=0o755)
    (path / "open").chmod(0o755)
    (path / "elsewhere").mkdir(mode=0o700)
    (path / "link").symlink_to(path / "elsewhere")
    (path / "foreign").mkdir(mode=0o700)
    (path / "foreign" / "foreign_accessKeys.csv").write_text("my shopping list")
    (path / "linked").mkdir(mode=0o700)
    (path / "linked" / "linked_credentials.csv").symlink_to("/etc/hostname")
    expected = {
        "file": ("a-file", "there is a file where a directory is needed"),
        "below-file": ("a-file/below", "there is a file where a directory is needed"),
        "open": ("open", "can be read by other users of this machine (mode 0755); run: chmod 700"),
        "link": ("link", "is a symbolic link; name its target: "),
        "foreign": ("foreign", "it was changed by hand or by another program: move it away"),
        "linked": ("linked", "is a symbolic link; move it away"),
        "inventory": ("inventory/credentials", "Ansible would read the credential files as inventories"),
        # A file system where even root may not make a directory
        "read-only": ("/proc/credentials", "credentials cannot be saved in '/proc/credentials'"),
    }
    workshop.hosts({name: {"invoice_iam_user_name": name} for name in expected})
    # The unit tests have all of them.
    for name in expected if long else ("open", "foreign", "inventory", "read-only"):
        place, sentence = expected[name]
        run = workshop.run("playbooks/setup.yml", "--limit", name, credentials_dest=str(path / place))
        assert sentence in message(run, name), name
        assert run.recap(name)["changed"] == 0
        assert "Traceback" not in run.output
    assert not workshop.writes()
    assert (path / "foreign" / "foreign_accessKeys.csv").read_text() == "my shopping list"


@pytest.mark.parametrize(
    ("playbook", "variable", "value"),
    [
        ("class", "create_policies", "ture"),
        ("verify", "verify_key", "nope"),
        ("rotate", "rotate_delete_other_key", "y es"),
        ("collect", "credentials_dest_outlives_job", "ture"),
        ("revoke", "revoke_delete", "ture"),
        ("teardown", "teardown_files", "delte"),
    ],
)
def test_a_typing_error_is_not_taken_for_a_no(workshop: Workshop, playbook: str, variable: str, value: str) -> None:
    wishes: dict[str, t.Any] = {variable: value}
    if playbook == "collect":
        wishes["credentials_dest"] = "s3://bucket/class"
    run = workshop.run(f"playbooks/{playbook}.yml", **wishes)
    assert run.status != 0
    assert f"invoice_iam_user_{variable}" in run.flat()
    assert value in run.flat()
    assert "Traceback" not in run.output
    assert workshop.aws.calls() == {}
