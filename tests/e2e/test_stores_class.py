# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A class whose credentials go to a durable store: killed anywhere, with any reply lost."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common, saving

from .support.durable import BUCKET, KINDS, StoreLane, uri
from .support.engine_lane import KILLED

if t.TYPE_CHECKING:
    from sandbox.aws.client import Sandbox

# Every write of a run for one new user, in order: to the account, and to the store.
IN_ACCOUNT = ["CreateUser", "AttachUserPolicy", "AttachUserPolicy", "CreateLoginProfile", "CreateAccessKey", "TagUser"]
IN_STORE = {
    "s3": ["PutObject"] * 7,
    "secretsmanager": ["CreateSecret", "DeleteSecret", "CreateSecret", *["PutSecretValue"] * 5],
}
# Users whose names need care, and how their documents are called
AWKWARD = {
    "s3": {"a,b=c@d": "class/a%2Cb%3Dc@d.json", "..": "class/%2E..json", "-x": "class/%2Dx.json"},
    "secretsmanager": {"a,b=c@e": "class/a/2C/b=c@e", "...": "class/...", "-y": "class/-y"},
}
READS = ("Get", "List", "Describe")


def numbered(actions: list[str]) -> list[tuple[str, int]]:
    """Say of each action which one of its kind it is."""
    return [(action, actions[: place + 1].count(action)) for place, action in enumerate(actions)]


@pytest.fixture(scope="module")
def lane(endpoint: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> StoreLane:
    """One account for all tests here that leave it as it is."""
    endpoint.reset()
    one = StoreLane(endpoint, tmp_path_factory.mktemp("class"))
    one.stores.make_bucket()
    for kind in KINDS:
        one.serve(kind, f"first-{kind}")  # with whom the account is noted
    return one


# Whatever happens ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_name_every_write(lane: StoreLane, kind: str) -> None:
    before = len(lane.aws.log())
    name = lane.student()
    lane.serve(kind, name)
    done = [one["action"].partition(":")[::2] for one in lane.aws.log()[before:]]
    writes = [(service, action) for service, action in done if service != "sts" and not action.startswith(READS)]
    assert [action for service, action in writes if service == "iam"] == IN_ACCOUNT
    assert [action for service, action in writes if service == kind] == IN_STORE[kind]
    assert writes[0][0] == kind, "the store is proven before anything is written to the account"
    lane.served(kind, name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_write_that_has_to_do_with_secrets(
    lane: StoreLane, subtests: pytest.Subtests, kind: str
) -> None:
    for action, nth in numbered([*IN_STORE[kind], "CreateLoginProfile", "CreateAccessKey"]):
        with subtests.test("crash matrix", store=kind, at=f"after {action} {nth}"):
            name = lane.student()
            assert lane.serve(kind, name, kill={"action": action, "nth": nth}).status == KILLED
            lane.served(kind, name)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_before_a_secret_is_saved(lane: StoreLane, subtests: pytest.Subtests, kind: str) -> None:
    """It is in nobody's hands then: the one case in which a secret is lost, and must be replaced."""
    puts = {"s3": ("PutObject", 1), "secretsmanager": ("PutSecretValue", -1)}
    action, first = puts[kind]
    for what, place in (("login", 2), ("access key", 5)):
        with subtests.test("crash matrix", store=kind, at=f"before the {what} is saved"):
            name = lane.student()
            fault = {"action": action, "nth": first + place, "when": "before"}
            assert lane.serve(kind, name, kill=fault).status == KILLED
            asked = lane.stores.document(kind, f"class/{name}")["intent"]
            assert asked["access_key" if what == "access key" else "login_profile"]
            lane.served(kind, name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_reply_of_the_store_is_lost(lane: StoreLane, subtests: pytest.Subtests, kind: str) -> None:
    for action, nth in dict.fromkeys(numbered(IN_STORE[kind])):
        with subtests.test("lost replies", store=kind, at=f"{action} {nth}"):
            name = lane.student()
            done = lane.serve(kind, name, reset_after={"action": action, "nth": nth})
            assert not [one["msg"] for one in done.result["users"] if one["failed"]]
            lane.assert_kept(kind, name)
            assert "superseded" not in lane.stores.document(kind, f"class/{name}")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_note_of_the_account_gets_lost_on_its_way(lane: StoreLane, subtests: pytest.Subtests, kind: str) -> None:
    for number, fault in enumerate(("reset_before", "reset_after", "kill")):
        with subtests.test("lost replies", store=kind, at=f"the note of the account: {fault}"):
            name, prefix = lane.student(), f"new-{number}"
            action = {"s3": "PutObject", "secretsmanager": "CreateSecret"}[kind]
            parameters = {**lane.parameters(Path(), name), "credentials_dest": uri(kind, prefix)}
            weather: dict[str, t.Any] = {fault: {"action": action, "nth": 2}}
            done = lane.run(parameters, **weather)
            if fault == "kill":
                assert done.status == KILLED
                done = lane.run(parameters)
            assert done.status == 0, done.said
            note = f"{prefix}/.account" if kind == "s3" else f"{prefix}/.account/id"
            assert lane.stores.document(kind, note) == {"account_id": "123456789012"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_key_is_replaced(lane: StoreLane, kind: str) -> None:
    name = lane.student()
    lane.serve(kind, name, reset_after={"action": "CreateAccessKey"})
    lane.assert_kept(kind, name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_goes_away_loses_nothing(lane: StoreLane, kind: str) -> None:
    """It takes the intent for the key and then nothing more."""
    name = lane.student()
    action, nth = {"s3": ("PutObject", 6), "secretsmanager": ("PutSecretValue", 4)}[kind]
    done = lane.serve(kind, name, html_error={"action": action, "nth": nth, "times": 1000, "status": 400})
    assert f"'{uri(kind)}' cannot be used for credentials" in done.outcome(name)["msg"]
    lane.served(kind, name)


@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_at_once(lane: StoreLane, kind: str) -> None:
    """Whoever comes second is told so; its own names of processes show the first one at work."""
    name = lane.student()
    lane.serve(kind, name)
    document = lane.stores.document(kind, f"class/{name}")
    ourselves = lane.at_work()
    document["intent"] = {"login_profile": False, "access_key": True, "known_access_key_ids": [], "run": ourselves}
    lane.stores.put(kind, f"class/{name}", json.dumps(document))
    before = lane.writes()
    message = lane.serve(kind, name).outcome(name)["msg"]
    assert message.startswith(f"another run (process {ourselves['pid']} on ")
    assert message.endswith(f"is setting credentials of '{name}'; run again when it has ended")
    assert lane.writes() == before
    document["intent"]["run"]["started"] = "long ago"
    lane.stores.put(kind, f"class/{name}", json.dumps(document))
    lane.served(kind, name)


# As it should go -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_one_document_a_user(lane: StoreLane, kind: str) -> None:
    there = set(lane.stores.names(kind))
    names = [lane.student(), *AWKWARD[kind]]
    lane.served(kind, names[0])
    lane.serve(kind, *names[1:])
    before = lane.aws.calls()
    done = lane.serve(kind, *names)
    assert not done.result["changed"]
    changed = {action: n - before.get(action, 0) for action, n in lane.aws.calls().items() if n != before.get(action)}
    assert not [action for action in changed if not action.partition(":")[2].startswith((*READS, "HeadBucket"))]
    found = set(lane.stores.names(kind))
    assert set(AWKWARD[kind].values()) <= found
    assert not [one for one in found if one.endswith(".csv")]
    if kind == "secretsmanager":
        assert not [one for one in found - there if "probe" in one]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_replaced_is_kept(lane: StoreLane, kind: str) -> None:
    name = lane.student()
    lane.serve(kind, name)
    old = lane.stores.document(kind, f"class/{name}")
    parameters = {**lane.parameters(lane.folder, name), "credentials_dest": uri(kind)}
    parameters["users"][0] |= {"update_password": "always"}
    assert lane.run(parameters).status == 0
    new = lane.stores.document(kind, f"class/{name}")
    assert new["password"] != old["password"]
    (kept,) = new["superseded"]
    assert kept["password"] == old["password"]
    lane.assert_kept(kind, name)


def test_what_is_saved_is_encrypted(lane: StoreLane) -> None:
    key = lane.stores.make_key()
    in_bucket, by_default, in_secret = lane.student(), lane.student(), lane.student()
    lane.serve("s3", in_bucket, options=f"?kms_key={key}")
    lane.serve("s3", by_default)
    lane.serve("secretsmanager", in_secret, options=f"?kms_key={key}")
    head = lane.stores.s3.head_object(Bucket=BUCKET, Key=f"class/{in_bucket}.json")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    head = lane.stores.s3.head_object(Bucket=BUCKET, Key=f"class/{by_default}.json")
    assert head["ServerSideEncryption"] == "AES256"
    described = lane.stores.secrets.describe_secret(SecretId=f"class/{in_secret}")
    assert described["KmsKeyId"] == key
    assert described["Tags"] == [{"Key": "managed-by", "Value": "invoice_scanner.iam"}]


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_of_the_persons_module(lane: StoreLane, kind: str) -> None:
    name = lane.student()
    connection = lane.connect()
    options = {option: spec.get("default") for option, spec in saving.ARGUMENTS.items()}

    def run(check_mode: bool = False, **given: t.Any) -> dict[str, t.Any]:
        parameters = {**options, "dest": uri(kind), "user_name": name, **given}
        destination = common.open_destination(uri(kind), lambda: connection)
        return saving.result_of(saving.bring_about(destination, parameters, check_mode), uri(kind))

    own = {"s3": f"class/{name}.json", "secretsmanager": f"class/{name}"}[kind]
    nothing = {"password": False, "access_key_id": "", "intends": [], "known_access_key_ids": []}
    assert run(state="read")["on_file"] == nothing
    intent: dict[str, t.Any] = {
        "state": "intent",
        "intends": ["login_profile", "access_key"],
        "known_access_key_ids": ["AKIAOLD"],
    }
    key: dict[str, t.Any] = {"access_key_id": "AKIANEW", "secret_access_key": "s"}
    for check_mode in (True, False):
        assert run(check_mode, **intent)["changed_files"] == [own]
    for check_mode in (True, False):
        done = run(check_mode, state="present", password="Saved-1!", sign_in_url="https://x")
        assert done["changed_files"] == [own]
    assert run(state="read")["on_file"] == {
        "password": True,
        "access_key_id": "",
        "intends": ["access_key"],
        "known_access_key_ids": ["AKIAOLD"],
    }
    assert run(**key, keep_intent=True)["on_file"]["intends"] == ["access_key"]
    for check_mode in (True, False):
        assert run(check_mode, state="no_intent", intends=["access_key"])["changed_files"] == [own]
    done = run(**key)
    assert not done["changed"]
    assert done["on_file"] == {**nothing, "password": True, "access_key_id": "AKIANEW"}
    assert done["files"] == {"login": own, "access_key": own, "import": own}
    assert lane.stores.document(kind, f"class/{name}") == {
        "user_name": name,
        "password": "Saved-1!",
        "sign_in_url": "https://x",
        **key,
    }
