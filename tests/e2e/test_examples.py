# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The examples of every module do what they say, and no harm together with what people do next."""

from __future__ import annotations

import ast
import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from .conftest import BIN, PROJECT, USER, Workshop, environment, in_a_log
from .support.durable import Stores
from .support.promise import rows

pytestmark = pytest.mark.slow

MODULES = PROJECT / "plugins" / "modules"
LEAKED = "AKIAIOSFODNN7EXAMPLE"
PASSWORD = "A-vaulted-Passw0rd"


def examples(module: str) -> list[dict[str, t.Any]]:
    """The tasks that a module's documentation shows."""
    body = ast.parse((MODULES / f"{module}.py").read_text(encoding="utf-8")).body
    (text,) = (
        ast.literal_eval(one.value)
        for one in body
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id == "EXAMPLES"
    )
    return t.cast("list[dict[str, t.Any]]", yaml.safe_load(text))


def play(workshop: Workshop, *tasks: dict[str, t.Any], **variables: t.Any) -> str:
    """Run tasks as somebody does who has copied them into a playbook of their own."""
    content = {
        "hosts": "all",
        "gather_facts": False,
        "vars": {"vaulted_console_password": PASSWORD, "workshop_user": {"name": "student-09"}, **variables},
        "module_defaults": {"group/invoice_scanner.iam.iam": workshop.aws.connection},
        "tasks": list(tasks),
    }
    playbook = workshop.path / "playbook.yml"
    playbook.write_text(json.dumps([content]), encoding="utf-8")
    command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(playbook)]
    done = in_a_log(command, workshop.path, environment() | {"ANSIBLE_PYTHON_INTERPRETER": str(BIN / "python")})
    assert done.returncode == 0, done.stdout
    return done.stdout


def active(iam: t.Any, name: str) -> list[str]:
    """The keys of a user that somebody can use."""
    listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    return [key["AccessKeyId"] for key in listed if key["Status"] == "Active"]


def key_on_file(folder: Path, name: str) -> str:
    """The access key that is saved."""
    (row,) = rows(folder / f"{name}_accessKeys.csv")
    return row["Access key ID"]


def test_what_is_saved_step_by_step_is_taken_up_by_what_follows(workshop: Workshop) -> None:
    """A person's own key is no orphan, whatever example was copied before."""
    iam = workshop.client("iam")
    for name in (USER, "student-07"):
        iam.create_user(UserName=name)
    own = iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    wanted: list[dict[str, t.Any]] = [{"name": name, "adopt_existing": True} for name in (USER, "student-07")]
    # What the example sets is on file nowhere.
    wanted[0] |= {"console_password": PASSWORD, "update_password": "always"}
    noted = [one for one in examples("credentials_csv") if "secret_access_key" not in str(one)][:3]
    following = {"invoice_scanner.iam.iam_users": {"credentials_dest": "credentials", "users": wanted}}
    # Somebody leaves off after the note, and lets the class be served instead.
    play(workshop, *noted, *examples("iam_login_profile")[:2], following)
    assert own in active(iam, USER)
    assert len(active(iam, USER)) == 2
    assert iam.get_login_profile(UserName=USER)
    (login,) = rows(workshop.credentials / "student-07_credentials.csv")
    assert login["Password"] in workshop.aws.secrets()
    iam.delete_access_key(UserName=USER, AccessKeyId=key_on_file(workshop.credentials, USER))
    play(workshop, *examples("credentials_csv"), *examples("iam_login_profile")[2:])
    assert own in active(iam, USER)
    assert key_on_file(workshop.credentials, USER) in active(iam, USER)
    assert not [one for one in workshop.aws.log() if one["action"] == "iam:DeleteLoginProfile" and one["error"]]


def test_the_examples_of_a_class_from_its_first_day_to_its_last(workshop: Workshop) -> None:
    stores = Stores(workshop.aws)
    stores.make_bucket()
    iam = workshop.client("iam")
    store = {"users": [{"name": "anna"}, {"name": "bert"}], "credentials_dest": "s3://workshop-credentials/class"}
    third = {"users": [{"name": "student-03"}, {"name": USER}], "credentials_dest": "credentials"}
    output = play(
        workshop,
        *examples("iam_users"),
        {"invoice_scanner.iam.iam_users": store},
        {"invoice_scanner.iam.iam_users": third},
        *examples("credentials_collect"),
        *examples("iam_users_info"),
        *examples("iam_users_verify"),
        *examples("iam_user_outcome"),
    )
    assert "Traceback" not in output
    for name in ("student-01", "student-02", "student-03", "student-09", "anna", "bert"):
        assert active(iam, name) == [key_on_file(workshop.credentials, name)]
    report = json.loads((workshop.path / "verification.json").read_text(encoding="utf-8"))
    assert "student-01" in json.dumps(report)

    leaked = key_on_file(workshop.credentials, "student-01")
    revoke = json.loads(json.dumps(examples("iam_access_keys_revoke")).replace(LEAKED, leaked))
    play(workshop, *examples("iam_access_keys_rotate"), *revoke)
    assert active(iam, "student-01") == active(iam, "student-03") == []
    assert active(iam, "student-02") == [key_on_file(workshop.credentials, "student-02")]
    play(workshop, *examples("iam_users_teardown"))
    left = {user["UserName"] for user in iam.list_users()["Users"]}
    assert "student-03" not in left
    assert {"student-01", "student-02", "student-09", "anna", "bert", USER} <= left
    assert not list(workshop.credentials.glob("student-03_*"))


def test_the_examples_of_the_day_of_a_class(workshop: Workshop) -> None:
    people = [{"name": name, "class_name": "spring", "closes": "2099-06-30"} for name in ("anna", "bert")]
    hours = json.loads(json.dumps(examples("iam_class_hours")).replace("2026-03-06", "2099-03-06"))
    play(
        workshop,
        {"invoice_scanner.iam.iam_users": {"credentials_dest": "credentials", "users": people}},
        *examples("credentials_handout"),
        *hours,
        *examples("class_report"),
        wanted={"name": "anna", "class_name": "spring"},
    )
    page = (workshop.credentials / "handouts" / "anna.html").read_text(encoding="utf-8")
    assert "Anna Müller" in page
    assert key_on_file(workshop.credentials, "anna") in page
    assert "anna" in (workshop.path / "class_report.html").read_text(encoding="utf-8")
    iam = workshop.client("iam")
    (policy,) = (one for one in iam.list_policies(Scope="Local")["Policies"] if "Hours" in one["PolicyName"])
    versions = iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]
    documents = {
        one["VersionId"]: iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=one["VersionId"])
        for one in versions
    }
    assert len(documents) == 3
    assert "2099-03-06T17:00:00Z" in json.dumps(documents[policy["DefaultVersionId"]], default=str)


def test_whom_nobody_knows_is_a_failure_that_says_so(workshop: Workshop) -> None:
    """A name that is mistyped must not look like somebody from whom nothing is left to take."""
    Stores(workshop.aws).make_bucket()
    workshop.client("iam").create_user(UserName="anna", Tags=[{"Key": "managed-by", "Value": "invoice_scanner.iam"}])
    tasks: list[dict[str, t.Any]] = [
        {"invoice_scanner.iam.iam_access_keys_revoke": {"users": ["ana"]}},
        {"invoice_scanner.iam.iam_access_keys_revoke": {"access_key_ids": [LEAKED]}},
        {
            "invoice_scanner.iam.credentials_collect": {
                "src": "s3://workshop-credentials/x",
                "dest": "c",
                "users": [{"name": "ana"}],
            }
        },
    ]
    output = play(workshop, *({**one, "ignore_errors": True} for one in tasks))
    assert "there is no user 'ana'; check the name" in output
    assert f"access key {LEAKED}" in output
    assert "nothing is saved for user 'ana'" in output
    assert "ignored=3" in output or ("ignored=2" in output and "[WARNING]: account" in output)


def test_the_example_of_a_role_makes_the_policy_in_its_account(workshop: Workshop) -> None:
    arn = "arn:aws:iam::123456789012:role/Workshop"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam = workshop.client("iam")
    iam.create_role(
        RoleName="Workshop",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.attach_role_policy(RoleName="Workshop", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    (example,) = examples("amazon_aws")
    assert example["invoice_scanner.iam.amazon_aws"]["assume_role_arn"] == arn
    made = example["invoice_scanner.iam.amazon_aws"]["arguments"]["name"]
    shipped = next(MODULES.parents[1].glob(f"roles/*/files/policies/{made}.json"))
    (workshop.path / shipped.name).write_bytes(shipped.read_bytes())
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        if policy["PolicyName"] == made:
            iam.delete_policy(PolicyArn=policy["Arn"])
    play(workshop, example)
    assert made in {policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]}


def test_every_module_is_tried() -> None:
    tried = set(re.findall(r'examples\("(\w+)"\)', Path(__file__).read_text(encoding="utf-8")))
    assert {path.stem for path in MODULES.glob("*.py")} == tried
