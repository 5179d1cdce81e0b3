# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Users go with everything that hangs on them, whatever interrupts it, and nobody else is touched."""

from __future__ import annotations

import csv
import json
import typing as t

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import teardown
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.common import RefusedError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.marks import Marks

from .conftest import Workshop
from .support.durable import BUCKET, Stores, uri
from .support.leavers import ARN, DENY, OWNERSHIP, Gateway, InterruptedRun, account, user_with_everything

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.aws.client import Sandbox

KINDS = {
    "access_keys": 2,
    "groups": 1,
    "inline_policies": 1,
    "login_profile": 1,
    "managed_policies": 2,
    "mfa_devices": 1,
    "permissions_boundary": 1,
    "service_specific_credentials": 2,
    "signing_certificates": 1,
    "ssh_public_keys": 1,
}


LOGIN = "\ufeffUser name,Password,Console sign-in URL\r\n{},p,u\r\n"


class Desk:
    """An account with a stranger, who has everything too, and somebody who removes others."""

    def __init__(self, aws: Sandbox, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.aws = aws
        self.iam = Workshop.client_for(aws.url, aws.connection, "iam")
        self._gateway = Gateway(aws, patch)
        self.credentials = folder / "credentials"
        self.params: dict[str, t.Any] = {
            "users": None,
            "tags": {},
            "expired": False,
            "class_name": "",
            "confirm": 1,
            "policies": (),
            "archive_dest": str(self.credentials / "removed"),
            "handouts_dest": None,
            "credentials_dest": str(self.credentials),
            "delete_files": False,
            "threads": 1,
        }
        self.iam.create_group(GroupName="students")
        user_with_everything(self.iam, "stranger", ours=False)
        self.before = account(self.iam)

    def gateway(self) -> Gateway:
        """The one gateway: to make one takes longer than a removal."""
        self._gateway.mend()
        return self._gateway

    def run(self, *, check_mode: bool = False, gateway: Gateway | None = None, **options: t.Any) -> dict[str, t.Any]:
        return teardown.run(gateway or self.gateway(), self.params | options, Marks(), check_mode)

    def writes(self) -> list[str]:
        reads = ("iam:Get", "iam:List", "sts:")
        return [one["action"] for one in self.aws.log() if not one["action"].startswith(reads)]

    def archived(self, name: str) -> dict[str, t.Any]:
        (path,) = (self.credentials / "removed").glob(f"{name}.AIDA*.json")
        assert path.stat().st_mode & 0o777 == 0o600
        return t.cast("dict[str, t.Any]", json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture
def desk(endpoint: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    endpoint.reset()
    return Desk(endpoint, tmp_path, monkeypatch)


def test_all_that_blocks_deletion_goes_and_nothing_else(desk: Desk) -> None:
    user_with_everything(desk.iam, "student")
    (outcome,) = desk.run(users=["student"])["users"]
    assert (outcome["changed"], outcome["failed"], outcome["msg"]) == (True, False, "")
    assert account(desk.iam) == desk.before
    archived = desk.archived("student")
    assert {name: len(archived[name]) for name in KINDS} == KINDS
    assert "Deny" in json.dumps(archived["inline_policies"])
    assert desk.run(users=["student"])["changed"] is False


def test_everybody_is_locked_out_before_anybody_is_stripped(desk: Desk) -> None:
    for name in ("first", "second"):
        user_with_everything(desk.iam, name)
    seen = len(desk.writes())
    desk.run(users=["first", "second"], confirm=2)
    writes = desk.writes()[seen:]
    locks = {"iam:DeleteLoginProfile", "iam:UpdateAccessKey", "iam:UpdateServiceSpecificCredential"}
    locks |= {"iam:UpdateSSHPublicKey", "iam:UpdateSigningCertificate"}
    last = max(number for number, one in enumerate(writes) if one in locks)
    assert last < min(number for number, one in enumerate(writes) if one not in locks)
    assert writes.count("iam:DeleteLoginProfile") == 2


def test_check_mode_foretells_and_touches_nothing(desk: Desk) -> None:
    user_with_everything(desk.iam, "student")
    before = account(desk.iam)
    told = desk.run(users=["student"], check_mode=True)
    assert account(desk.iam) == before
    assert not desk.credentials.exists()
    done = desk.run(users=["student"])
    assert told["users"][0]["changes"] == done["users"][0]["changes"]
    assert told["diff"] == done["diff"]
    assert told["diff"][0]["before"]["groups"] == ["students"]
    assert told["diff"][0]["after"] == {}


@pytest.mark.parametrize("selection", [{"users": ["student", "stranger"]}, {"tags": {"class": "a"}}])
def test_who_is_not_ours_stays(desk: Desk, selection: dict[str, t.Any]) -> None:
    user_with_everything(desk.iam, "student")
    desk.iam.tag_user(UserName="student", Tags=[{"Key": "class", "Value": "a"}])
    desk.iam.tag_user(UserName="stranger", Tags=[{"Key": "class", "Value": "a"}])
    outcomes = {one["name"]: one for one in desk.run(**selection)["users"]}
    assert outcomes["student"]["changed"]
    if "users" in selection:
        assert outcomes["stranger"]["failed"]
        assert "does not carry the tag managed-by=invoice_scanner.iam" in outcomes["stranger"]["msg"]
    else:
        assert "stranger" not in outcomes
    desk.iam.untag_user(UserName="stranger", TagKeys=["class"])
    assert account(desk.iam) == desk.before


def test_the_operator_does_not_remove_itself(desk: Desk) -> None:
    desk.iam.tag_user(UserName="sandbox-operator", Tags=[OWNERSHIP])
    (outcome,) = desk.run(users=["sandbox-operator"])["users"]
    assert outcome["failed"]
    assert "this run uses the credentials of user" in outcome["msg"]


def test_who_has_expired_goes(desk: Desk) -> None:
    days = {"past": "2020-01-01", "future": "2999-12-31", "unclear": "next week"}
    for name, day in days.items():
        desk.iam.create_user(UserName=name, Tags=[OWNERSHIP, {"Key": "expires", "Value": day}])
    desk.iam.create_user(UserName="forever", Tags=[OWNERSHIP])
    desk.iam.create_user(UserName="theirs", Tags=[{"Key": "expires", "Value": "2020-01-01"}])
    result = desk.run(expired=True)
    assert [one["name"] for one in result["users"] if one["changed"]] == ["past"]
    assert any("'next week', not a date" in text for one in result["users"] for text in one["warnings"])
    left = {one["UserName"] for one in desk.iam.list_users()["Users"]}
    assert left == {"future", "unclear", "forever", "theirs", "stranger", "sandbox-operator"}
    named = desk.run(users=["future", "forever"], expired=True, confirm=9)
    assert [one["changed"] for one in named["users"]] == [False, False]


def test_more_than_one_takes_a_confirmation(desk: Desk) -> None:
    names = ["anna", "ben", "carla"]
    for name in names:
        desk.iam.create_user(UserName=name, Tags=[OWNERSHIP])
    before = account(desk.iam)
    for confirm in (1, 2):
        with pytest.raises(RefusedError, match=r"3 users would be removed.*anna, ben, carla.*_confirm=3"):
            desk.run(users=names, confirm=confirm)
    assert account(desk.iam) == before
    told = desk.run(users=names, check_mode=True)
    assert "3 users would be removed" in told["warnings"][0]
    desk.run(users=names, confirm=3)
    assert account(desk.iam) == desk.before


def test_without_names_something_has_to_say_who(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="say which users to remove"):
        desk.run()


def interruptions(desk: Desk) -> int:
    """How many calls change something when a user with everything goes."""
    user_with_everything(desk.iam, "student")
    gateway = desk.gateway()
    desk.run(users=["student"], gateway=gateway)
    return gateway.changes


@pytest.mark.slow
def test_interrupted_anywhere_it_is_finished_by_the_next_run(desk: Desk, long: bool) -> None:
    # After one call is before the next.
    wheres = ["cut_before", "cut_after"] if long else ["cut_after"]
    for number in range(1, interruptions(desk) + 1):
        for where in wheres:
            user_with_everything(desk.iam, "student")
            gateway = desk.gateway()
            setattr(gateway, where, number)
            with pytest.raises(InterruptedRun):
                desk.run(users=["student"], gateway=gateway)
            (outcome,) = desk.run(users=["student"])["users"]
            assert not outcome["failed"], (number, where, outcome["msg"])
            assert account(desk.iam) == desk.before, (number, where)
    for path in (desk.credentials / "removed").iterdir():
        archived = json.loads(path.read_text(encoding="utf-8"))
        assert {name: len(archived[name]) for name in KINDS} == KINDS, "an archive lost what the first run knew"


def test_what_is_added_meanwhile_goes_too(desk: Desk) -> None:
    user_with_everything(desk.iam, "student")
    gateway = desk.gateway()
    take = gateway.take

    def add_before_the_end(words: str, operation: str, parameters: t.Any) -> None:
        if operation == "delete_user" and gateway.changes < 50:
            gateway.changes = 50
            desk.iam.create_access_key(UserName="student")
            desk.iam.put_user_policy(UserName="student", PolicyName="late", PolicyDocument=DENY)
        take(words, operation, parameters)

    gateway.take = add_before_the_end  # type: ignore[method-assign]
    (outcome,) = desk.run(users=["student"], gateway=gateway)["users"]
    assert not outcome["failed"], outcome["msg"]
    assert account(desk.iam) == desk.before


def test_what_aws_calls_temporary_is_waited_out(desk: Desk) -> None:
    user_with_everything(desk.iam, "student")
    desk.run(users=["student"])
    desk.iam.create_user(UserName="student", Tags=[OWNERSHIP])
    desk.iam.create_login_profile(UserName="student", Password="Correct-Horse-7")
    desk.aws.weather(unmodifiable_after_recreate_for={"calls": 2})
    desk.iam.delete_login_profile(UserName="student")
    with pytest.raises(desk.iam.exceptions.EntityTemporarilyUnmodifiableException):
        desk.iam.delete_login_profile(UserName="student")
    (outcome,) = desk.run(users=["student"])["users"]
    desk.aws.weather()
    assert not outcome["failed"], outcome["msg"]
    assert account(desk.iam) == desk.before


def test_policies_go_when_nothing_uses_them_any_more(desk: Desk) -> None:
    documents = {"Ours": [OWNERSHIP], "Theirs": []}
    for name, tags in documents.items():
        desk.iam.create_policy(PolicyName=name, PolicyDocument=DENY, Tags=tags)
    desk.iam.create_policy_version(PolicyArn=f"{ARN}Ours", PolicyDocument=DENY, SetAsDefault=True)
    for name in ("anna", "ben"):
        desk.iam.create_user(UserName=name, Tags=[OWNERSHIP])
        desk.iam.attach_user_policy(UserName=name, PolicyArn=f"{ARN}Ours")
    names = ["Ours", "Theirs", "Missing"]
    (ours, theirs) = desk.run(users=["anna"], policies=names)["policies"]
    assert (ours["changed"], theirs["changed"]) == (False, False)
    assert "still attached 1 times" in ours["msg"]
    assert "does not carry the tag" in theirs["msg"]
    told = desk.run(users=["ben"], policies=names, check_mode=True)["policies"]
    assert [one["changed"] for one in told] == [True, False]
    assert [one["changed"] for one in desk.run(users=["ben"], policies=names)["policies"]] == [True, False]
    desk.iam.delete_policy(PolicyArn=f"{ARN}Theirs")
    assert account(desk.iam) == desk.before


def test_files_go_on_request_only(desk: Desk) -> None:
    (desk.credentials / "superseded").mkdir(parents=True)
    for path in (desk.credentials, desk.credentials / "superseded"):
        path.chmod(0o700)
    files = {
        "anna_credentials.csv": LOGIN.format("anna"),
        "anna_accessKeys.csv": "\ufeffAccess key ID,Secret access key\r\nAKIAA,s\r\n",
        "anna_aws_configure_import.csv": "User name,Access key ID,Secret access key\nanna,AKIAA,s\n",
        "superseded/anna_aws_configure_import.20260101T000000Z.csv": "c",
        "superseded/anna_accessKeys.20260101T000000Z.csv": "c",
        "superseded/anna_accessKeys.20260101T000000Z.1.csv": "c",
        "anna.b_accessKeys.csv": "stays",
        "anna.b_aws_configure_import.csv": "stays",
        "superseded/anna.b_accessKeys.20260101T000000Z.csv": "stays",
        "class_credentials.csv": "\ufeffUser name,Password,Access key ID,Secret access key,Console login link\r\n"
        "anna,p,AKIAA,s,u\r\nben,p,AKIAB,s,u\r\n",
        "aws_configure_import.csv": "User name,Access key ID,Secret access key\nanna,AKIAA,s\nben,AKIAB,s\n",
    }
    for name, content in files.items():
        (desk.credentials / name).write_bytes(content.encode())
    for name in ("anna", "ben"):
        desk.iam.create_user(UserName=name, Tags=[OWNERSHIP])
    desk.run(users=["anna"])
    assert all((desk.credentials / name).read_bytes() == content.encode() for name, content in files.items())
    told = desk.run(users=["anna"], delete_files=True, check_mode=True)
    assert all((desk.credentials / name).read_bytes() == content.encode() for name, content in files.items())
    done = desk.run(users=["anna"], delete_files=True)
    assert told["users"] == done["users"]
    assert done["changed"]
    left = {str(path.relative_to(desk.credentials)) for path in desk.credentials.rglob("*.csv")}
    assert left == {name for name, content in files.items() if content == "stays"} | {
        "class_credentials.csv",
        "aws_configure_import.csv",
    }
    for name in ("class_credentials.csv", "aws_configure_import.csv"):
        with (desk.credentials / name).open(encoding="utf-8-sig", newline="") as stream:
            assert [row["User name"] for row in csv.DictReader(stream)] == ["ben"]
    assert desk.run(users=["anna"], delete_files=True)["changed"] is False


class Shelves(Stores):
    """Stores in which somebody else has saved things."""

    def save(self, kind: str, name: str, text: str, tags: t.Sequence[t.Mapping[str, str]] = (OWNERSHIP,)) -> None:
        """Save something, twice, as it is when a password was exchanged."""
        if kind == "secretsmanager":
            self.secrets.create_secret(Name=f"class/{name}", SecretString="{}", Tags=list(tags))
        for version in ("{}", text):
            self.put(kind, f"class/{name}", version)

    def left(self, kind: str) -> set[str]:
        """What can be had back, in whatever way: versions, and secrets that wait for their deletion."""
        if kind == "secretsmanager":
            return set(self.names(kind))
        said = self.s3.list_object_versions(Bucket=BUCKET)
        return {one["Key"].removesuffix(".json") for one in [*said.get("Versions", []), *said.get("DeleteMarkers", [])]}


@pytest.mark.parametrize(("kind", "versioned"), [("s3", True), ("s3", False), ("secretsmanager", True)])
def test_documents_in_a_store_go_on_request_only(desk: Desk, kind: str, versioned: bool) -> None:
    shelves = Shelves(desk.aws)
    shelves.make_bucket(versioned=versioned)
    names = ["anna", "anna.b", "ben", "carl"]
    for name in names:
        desk.iam.create_user(UserName=name, Tags=[OWNERSHIP])
        shelves.save(kind, name, json.dumps({"user_name": "somebody" if name == "ben" else name}))
    everything = {f"class/{name}" for name in names}
    place: dict[str, t.Any] = {"credentials_dest": uri(kind), "confirm": 9}
    desk.run(users=["carl"], **place)
    told = desk.run(users=["anna", "ben"], **place, delete_files=True, check_mode=True)
    assert shelves.left(kind) == everything
    done = desk.run(users=["anna", "ben"], **place, delete_files=True)
    assert shelves.left(kind) == everything - {"class/anna"}
    anna, ben = done["users"]
    assert told["users"][0]["changes"] == anna["changes"]
    assert anna["deleted_files"] == ["class/anna.json" if kind == "s3" else "class/anna"]
    assert (ben["failed"], ben["deleted_files"]) == (True, [])
    assert "somebody" in ben["msg"]
    again = desk.run(users=["anna", "carl"], **place, delete_files=True)
    assert [one["changed"] for one in again["users"]] == [False, True]
    assert shelves.left(kind) == {"class/anna.b", "class/ben"}


def test_what_others_keep_in_secrets_manager_stays(desk: Desk) -> None:
    shelves = Shelves(desk.aws)
    desk.iam.create_user(UserName="anna", Tags=[OWNERSHIP])
    shelves.save("secretsmanager", "anna", json.dumps({"user_name": "anna"}), tags=[])
    (anna,) = desk.run(users=["anna"], credentials_dest=uri("secretsmanager"), delete_files=True)["users"]
    assert anna["failed"]
    assert "somebody else's" in anna["msg"]
    assert shelves.left("secretsmanager") == {"class/anna"}


def test_damaged_files_of_the_class_are_found_out_before_anybody_goes(desk: Desk) -> None:
    desk.credentials.mkdir(mode=0o700)
    (desk.credentials / "class_credentials.csv").write_text("my notes\n", encoding="utf-8")
    desk.iam.create_user(UserName="anna", Tags=[OWNERSHIP])
    with pytest.raises(DestinationError, match="changed by hand"):
        desk.run(users=["anna"], delete_files=True)
    assert desk.iam.get_user(UserName="anna")


@pytest.mark.parametrize("there", [True, False], ids=["who is there", "who is gone already"])
def test_the_files_of_somebody_else_do_not_go(desk: Desk, there: bool) -> None:
    desk.credentials.mkdir(mode=0o700)
    theirs = desk.credentials / "anna_credentials.csv"
    theirs.write_bytes(LOGIN.format("bert").encode())
    if there:
        desk.iam.create_user(UserName="anna", Tags=[OWNERSHIP])
    before = account(desk.iam)
    (outcome,) = desk.run(users=["anna"], delete_files=True)["users"]
    assert outcome["failed"]
    assert f"{str(theirs)!r} names user 'bert' and should name 'anna'" in outcome["msg"]
    assert theirs.read_bytes() == LOGIN.format("bert").encode()
    assert account(desk.iam) == before
