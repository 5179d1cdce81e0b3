# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Every change with its calls, its words and its diff; and plans, which are lists of them."""

from __future__ import annotations

import copy
import functools
import inspect
import typing as t
from dataclasses import replace

import botocore.session
import pytest
from botocore.validate import ParamValidator

from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans import change as _change
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.change import (
    By,
    Call,
    Change,
    Check,
    Plan,
    Secret,
    described,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._plans.provisioning import plan
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import KINDS, Kind
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import User
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    AMPLIFY,
    BOUNDARY,
    DESCRIPTION,
    FULL,
    OURS,
    POLICIES,
    READ_ONLY,
    SAVED,
    a_key,
    a_wanted_user,
    an_account,
    an_observed_user,
)

# Every kind of change -----------------------------------------------------------------------------------------------

KEY, OTHER = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
SERIAL = f"arn:aws:iam::{ACCOUNT_ID}:mfa/anna"
SECRET = "Zq7-Geheim!"
TAGS = OURS | {"course": "old", "revoked": "2026-07-01"}
USER = an_observed_user(
    a_key(KEY),
    a_key(OTHER, None, "Inactive"),
    tags=TAGS,
    permissions_boundary=BOUNDARY,
    service_specific_credentials=["ACCAEXAMPLE123EXAMPLE"],
    ssh_public_keys=["APKAEIBAERJR2EXAMPLEX"],
    signing_certificates=["TA7SMP42TDN5Z26OBPJE7EXAMPLE"],
    mfa_devices=[SERIAL],
    inline_policies=["their own"],
    groups=["students", "staff"],
)
NAME = {"UserName": "anna"}
ACTIVE, INACTIVE = {"status": "Active"}, {"status": "Inactive"}
KEYS = {KEY: ACTIVE | {"description": DESCRIPTION}, OTHER: INACTIVE | {"description": "none"}}
WANTED = a_wanted_user(tags={"course": "new"})
GIVEN = a_wanted_user(console_password=SECRET)


def one_of(kind: str) -> t.Any:
    """Find the first thing of a kind that the user has."""
    return next(one for one in USER.belongings if one.kind.name == kind)


class Row(t.NamedTuple):
    """A change, and what is expected of it."""

    change: Change
    # With boto3's names, and a question mark where it is no error that nothing is there
    calls: list[tuple[str, dict[str, t.Any]]]
    # What it changes in the description of the user
    after: dict[str, t.Any]
    check: Check | None = None
    by: By = By.CALLS
    intent: Secret | None = None


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


ROWS = {
    "update_path": Row(
        _change.update_path("anna", "/class/"),
        [("update_user", NAME | {"NewPath": "/class/"})],
        {"path": "/class/"},
        Check.USER,
    ),
    "put_permissions_boundary": Row(
        _change.put_permissions_boundary("anna", READ_ONLY),
        [("put_user_permissions_boundary", NAME | {"PermissionsBoundary": READ_ONLY})],
        {"permissions_boundary": READ_ONLY},
        Check.POLICIES,
    ),
    "tag_user": Row(
        _change.tag_user("anna", {"course": "new", "seat": "7"}),
        [("tag_user", NAME | {"Tags": tags(course="new", seat="7")})],
        {"tags": TAGS | {"course": "new", "seat": "7"}},
        Check.USER,
    ),
    "attach_user_policy": Row(
        _change.attach_user_policy("anna", READ_ONLY),
        [("attach_user_policy", NAME | {"PolicyArn": READ_ONLY})],
        {"managed_policies": sorted([FULL, AMPLIFY, READ_ONLY])},
        Check.POLICIES,
    ),
    "detach_user_policy": Row(
        _change.detach_user_policy("anna", FULL),
        [("detach_user_policy?", NAME | {"PolicyArn": FULL})],
        {"managed_policies": [AMPLIFY]},
        Check.POLICIES,
    ),
    "set_password create": Row(
        _change.set_password(GIVEN, create=True),
        [],
        {"console_sign_in": "enabled, with the password that was given"},
        Check.SIGN_IN,
        By.PASSWORD,
        Secret.PASSWORD,
    ),
    "set_password": Row(
        _change.set_password(WANTED, create=False),
        [],
        {"console_sign_in": "enabled, with a generated password"},
        Check.SIGN_IN,
        By.PASSWORD,
        Secret.PASSWORD,
    ),
    "update_sign_in_url": Row(
        _change.update_sign_in_url("anna", "https://acme.signin.aws.amazon.com/console"),
        [],
        {},
        Check.ON_FILE,
        By.SIGN_IN_URL,
    ),
    "make_files_again": Row(
        _change.make_files_again("anna", ["anna_accessKeys.csv"]),
        [],
        {},
        Check.ON_FILE,
        By.FILES,
    ),
    "create_access_key": Row(
        _change.create_access_key(WANTED),
        [],
        {"access_keys": KEYS | {"(new)": ACTIVE | {"description": DESCRIPTION}}},
        Check.ACCESS_KEY,
        By.ACCESS_KEY,
        Secret.ACCESS_KEY,
    ),
    "describe_access_key": Row(
        _change.describe_access_key("anna", OTHER, DESCRIPTION),
        [("tag_user", NAME | {"Tags": tags(**{OTHER: DESCRIPTION})})],
        {"access_keys": KEYS | {OTHER: INACTIVE | {"description": DESCRIPTION}}},
        Check.ACCESS_KEY,
    ),
    "retire_access_key": Row(
        _change.retire_access_key("anna", KEY, "rotated 2026-01-12"),
        [("tag_user", NAME | {"Tags": tags(**{KEY: "rotated 2026-01-12"})})],
        {"access_keys": KEYS | {KEY: ACTIVE | {"description": "rotated 2026-01-12"}}},
    ),
    "prove_access_key": Row(_change.prove_access_key("anna", KEY), [], {}, by=By.PROOF),
    "deactivate_access_key": Row(
        _change.deactivate_access_key("anna", KEY),
        [("update_access_key?", NAME | {"AccessKeyId": KEY, "Status": "Inactive"})],
        {"access_keys": KEYS | {KEY: INACTIVE | {"description": DESCRIPTION}}},
    ),
    "delete_orphaned_access_key": Row(
        _change.delete_orphaned_access_key("anna", OTHER),
        [("delete_access_key?", NAME | {"AccessKeyId": OTHER})],
        {"access_keys": {KEY: KEYS[KEY]}},
        Check.ACCESS_KEY,
        intent=Secret.ACCESS_KEY,
    ),
    "delete_lost_access_key": Row(
        _change.delete_lost_access_key("anna", KEY),
        [("delete_access_key?", NAME | {"AccessKeyId": KEY}), ("untag_user?", NAME | {"TagKeys": [KEY]})],
        {"access_keys": {OTHER: KEYS[OTHER]}},
        Check.ON_FILE,
    ),
    "delete_unwanted_access_key": Row(
        _change.delete_unwanted_access_key("anna", KEY),
        [("delete_access_key?", NAME | {"AccessKeyId": KEY}), ("untag_user?", NAME | {"TagKeys": [KEY]})],
        {"access_keys": {OTHER: KEYS[OTHER]}},
        Check.ACCESS_KEY,
    ),
    "delete_rotated_access_key": Row(
        _change.delete_rotated_access_key("anna", KEY),
        [("delete_access_key?", NAME | {"AccessKeyId": KEY}), ("untag_user?", NAME | {"TagKeys": [KEY]})],
        {"access_keys": {OTHER: KEYS[OTHER]}},
    ),
    "delete_other_access_key": Row(
        _change.delete_other_access_key("anna", OTHER),
        [("delete_access_key?", NAME | {"AccessKeyId": OTHER}), ("untag_user?", NAME | {"TagKeys": [OTHER]})],
        {"access_keys": {KEY: KEYS[KEY]}},
    ),
    "delete_revoked_access_key": Row(
        _change.delete_revoked_access_key("anna", OTHER),
        [("delete_access_key?", NAME | {"AccessKeyId": OTHER}), ("untag_user?", NAME | {"TagKeys": [OTHER]})],
        {"access_keys": {KEY: KEYS[KEY]}},
    ),
    "note_revocation": Row(
        _change.note_revocation("anna", "2026-07-02"),
        [("tag_user", NAME | {"Tags": tags(revoked="2026-07-02")})],
        {"tags": TAGS | {"revoked": "2026-07-02"}},
    ),
    "lift_revocation": Row(
        _change.lift_revocation("anna"),
        [("untag_user?", NAME | {"TagKeys": ["revoked"]})],
        {"tags": OURS | {"course": "old"}},
    ),
    "remove_descriptions": Row(
        _change.remove_descriptions("anna", [KEY, "course"]),
        [("untag_user?", NAME | {"TagKeys": [KEY, "course"]})],
        {
            "tags": OURS | {"revoked": "2026-07-01"},
            "access_keys": KEYS | {KEY: ACTIVE | {"description": "none"}},
        },
    ),
    "lock access_keys": Row(
        _change.lock(USER, one_of("access_keys")),
        [("update_access_key?", NAME | {"AccessKeyId": KEY, "Status": "Inactive"})],
        {"access_keys": KEYS | {KEY: INACTIVE | {"description": DESCRIPTION}}},
    ),
    "lock service_specific_credentials": Row(
        _change.lock(USER, one_of("service_specific_credentials")),
        [
            (
                "update_service_specific_credential?",
                NAME | {"ServiceSpecificCredentialId": "ACCAEXAMPLE123EXAMPLE", "Status": "Inactive"},
            )
        ],
        {},
    ),
    "lock ssh_public_keys": Row(
        _change.lock(USER, one_of("ssh_public_keys")),
        [("update_ssh_public_key?", NAME | {"SSHPublicKeyId": "APKAEIBAERJR2EXAMPLEX", "Status": "Inactive"})],
        {},
    ),
    "lock signing_certificates": Row(
        _change.lock(USER, one_of("signing_certificates")),
        [
            (
                "update_signing_certificate?",
                NAME | {"CertificateId": "TA7SMP42TDN5Z26OBPJE7EXAMPLE", "Status": "Inactive"},
            )
        ],
        {},
    ),
    "take login_profile": Row(
        _change.take(USER, one_of("login_profile")),
        [("delete_login_profile?", NAME)],
        {"console_sign_in": "disabled"},
    ),
    "take access_keys": Row(
        _change.take(USER, one_of("access_keys")),
        [("delete_access_key?", NAME | {"AccessKeyId": KEY})],
        {"access_keys": {OTHER: KEYS[OTHER]}},
    ),
    "take service_specific_credentials": Row(
        _change.take(USER, one_of("service_specific_credentials")),
        [("delete_service_specific_credential?", NAME | {"ServiceSpecificCredentialId": "ACCAEXAMPLE123EXAMPLE"})],
        {"service_specific_credentials": []},
    ),
    "take ssh_public_keys": Row(
        _change.take(USER, one_of("ssh_public_keys")),
        [("delete_ssh_public_key?", NAME | {"SSHPublicKeyId": "APKAEIBAERJR2EXAMPLEX"})],
        {"ssh_public_keys": []},
    ),
    "take signing_certificates": Row(
        _change.take(USER, one_of("signing_certificates")),
        [("delete_signing_certificate?", NAME | {"CertificateId": "TA7SMP42TDN5Z26OBPJE7EXAMPLE"})],
        {"signing_certificates": []},
    ),
    "take mfa_devices": Row(
        _change.take(USER, one_of("mfa_devices")),
        [("deactivate_mfa_device?", NAME | {"SerialNumber": SERIAL})],
        {"mfa_devices": []},
    ),
    "take inline_policies": Row(
        _change.take(USER, one_of("inline_policies")),
        [("delete_user_policy?", NAME | {"PolicyName": "their own"})],
        {"inline_policies": []},
    ),
    "take managed_policies": Row(
        _change.take(USER, one_of("managed_policies")),
        [("detach_user_policy?", NAME | {"PolicyArn": FULL})],
        {"managed_policies": [AMPLIFY]},
    ),
    "take groups": Row(
        _change.take(USER, one_of("groups")),
        [("remove_user_from_group?", NAME | {"GroupName": "students"})],
        {"groups": ["staff"]},
    ),
    "take permissions_boundary": Row(
        _change.take(USER, one_of("permissions_boundary")),
        [("delete_user_permissions_boundary?", NAME)],
        {"permissions_boundary": "none"},
    ),
    "delete_virtual_mfa_device": Row(
        _change.delete_virtual_mfa_device("anna", SERIAL),
        [("delete_virtual_mfa_device?", {"SerialNumber": SERIAL})],
        {},
    ),
    "end_sessions": Row(
        _change.end_sessions("anna"),
        [],
        {"sessions": "those that began before now are ended"},
        by=By.SESSIONS,
    ),
    "set_access_key_aside": Row(_change.set_access_key_aside("anna", KEY), [], {}, Check.ON_FILE, By.SETTING_ASIDE),
    "settle_intent": Row(_change.settle_intent("anna"), [], {}, Check.ON_FILE, By.SETTLING),
}
# These leave or find no user behind whose description could differ in a part only.
CREATE = _change.create_user(a_wanted_user(path="/class/", tags={"course": "x"}), BOUNDARY)
DELETE = _change.delete_user("anna")
EVERY = [row.change for row in ROWS.values()] + [CREATE, DELETE]
each = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))


def test_every_change_is_looked_at() -> None:
    made = {
        name
        for name, one in inspect.getmembers(_change, inspect.isfunction)
        if one.__module__ == _change.__name__ and one.__annotations__.get("return") == "Change" and name[0] != "_"
    }
    assert made == {name.split()[0] for name in ROWS} | {"create_user", "delete_user"}
    assert {f"take {kind.name}" for kind in KINDS} <= set(ROWS)
    assert {f"lock {kind.name}" for kind in KINDS if kind.locking} == {name for name in ROWS if "lock" in name}


@each
def test_its_calls(row: Row) -> None:
    calls = [(f"{one.operation}{'?' if one.if_there else ''}", one.parameters) for one in row.change.calls]
    assert calls == row.calls
    assert bool(calls) is (row.change.by is By.CALLS)


@each
def test_what_a_diff_shows_of_it(row: Row) -> None:
    before = described(USER)
    after = copy.deepcopy(before)
    row.change.effect(after)
    assert {name: value for name, value in after.items() if value != before.get(name)} == row.after
    assert before.keys() <= after.keys()


@each
def test_what_is_wrong_as_long_as_it_is_not_made(row: Row) -> None:
    fault = row.change.fault
    assert (fault and fault.check) == row.check
    if fault:
        assert "'anna'" in fault.words
        assert "\n" not in fault.words


@each
def test_what_it_asks_for_and_how_it_is_made(row: Row) -> None:
    change = row.change
    assert (change.by, change.intent) == (row.by, row.intent)
    assert change.asks_for == (row.intent if change.by in (By.PASSWORD, By.ACCESS_KEY) else None)


@pytest.mark.parametrize("change", EVERY, ids=lambda change: change.action)
def test_it_is_said_to_people_in_one_sentence_without_a_secret(change: Change) -> None:
    assert "anna" in change.words
    assert change.subject in change.words or change.by is By.PASSWORD
    assert "{" not in change.words
    assert "\n" not in change.words
    assert SECRET not in repr(change)


@functools.cache
def operations() -> dict[str, t.Any]:
    """What IAM can do, by boto3's names, from the model that boto3 has of it."""
    model = botocore.session.get_session().get_service_model("iam")
    return {botocore.xform_name(name): model.operation_model(name) for name in model.operation_names}


@pytest.mark.parametrize("call", [call for change in EVERY for call in change.calls], ids=lambda call: call.operation)
def test_boto3_takes_its_calls(call: Call) -> None:
    report = ParamValidator().validate(dict(call.parameters), operations()[call.operation].input_shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    ("boundary", "shown", "words"),
    [
        (BOUNDARY, BOUNDARY, f"create IAM user anna with path /class/ and permissions boundary {BOUNDARY}"),
        (None, "none", "create IAM user anna with path /class/ and no permissions boundary"),
    ],
)
def test_a_user_is_created_with_all_that_the_call_takes(boundary: str | None, shown: str, words: str) -> None:
    """It is bounded and tagged from its first instant."""
    change = _change.create_user(a_wanted_user(path="/class/", tags={"course": "x"}), boundary)
    (call,) = change.calls
    bounded = {"PermissionsBoundary": boundary} if boundary else {}
    assert call == Call(
        "create_user",
        {"UserName": "anna", "Path": "/class/", "Tags": tags(course="x", **OURS)} | bounded,
    )
    assert change.words == words
    assert change.fault == (Check.USER, "user 'anna' does not exist")
    state: dict[str, t.Any] = {}
    change.effect(state)
    assert state == {
        "path": "/class/",
        "permissions_boundary": shown,
        "tags": OURS | {"course": "x"},
        "managed_policies": [],
        "console_sign_in": "disabled",
        "access_keys": {},
    }


def test_of_a_user_that_is_deleted_nothing_is_left() -> None:
    assert DELETE.calls == (Call("delete_user", NAME, if_there=True),)
    state = described(USER)
    DELETE.effect(state)
    assert state == {}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.locking], ids=lambda kind: kind.name)
def test_what_cannot_be_made_useless_is_not(kind: Kind) -> None:
    with pytest.raises(ValueError, match=kind.name):
        _change.lock(USER, one_of(kind.name))


def test_two_changes_are_the_same_where_all_but_their_diff_is() -> None:
    """So one that was made can be found among those that are planned anew."""
    again = _change.attach_user_policy("anna", READ_ONLY)
    assert again == ROWS["attach_user_policy"].change
    assert again.effect is not ROWS["attach_user_policy"].change.effect
    assert _change.attach_user_policy("anna", FULL) != again


# What is there -------------------------------------------------------------------------------------------------------


def test_a_user_is_described_without_what_is_not_there() -> None:
    bare = an_observed_user(attached_policies=(), login_profile=None)
    assert described(bare) == {
        "path": "/",
        "permissions_boundary": "none",
        "tags": OURS,
        "managed_policies": [],
        "console_sign_in": "disabled",
        "access_keys": {},
    }
    assert described(None) == {}
    assert set(described(USER)) - set(described(bare)) == {
        "service_specific_credentials",
        "ssh_public_keys",
        "signing_certificates",
        "mfa_devices",
        "inline_policies",
        "groups",
    }


def test_the_description_of_a_key_is_shown_with_the_key_and_not_as_a_tag() -> None:
    shown = described(USER)
    assert shown["access_keys"] == KEYS
    assert shown["tags"] == TAGS


# Plans ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", EVERY, ids=lambda change: change.action)
def test_what_was_there_stays_as_it_was_however_it_is_rendered(change: Change) -> None:
    before, had = described(USER), dict(USER.tags)
    one = Plan("anna", USER, (change,))
    rendered = one.diff()
    assert rendered["before"] == before == described(USER)
    assert had == USER.tags
    assert one.diff() == rendered, "and it can be rendered again"
    for part in ("tags", "access_keys"):
        assert rendered["before"][part] is not rendered["after"].get(part)


def test_a_plan_without_changes_has_no_diff() -> None:
    one = Plan("anna", USER, (DELETE,))
    assert Plan("anna", USER).diff() == Plan("anna", None).diff() == one.diff([]) == one.diff(()) == {}


def test_a_diff_shows_what_was_made_and_not_what_was_planned() -> None:
    path, policy = ROWS["update_path"].change, ROWS["attach_user_policy"].change
    one = Plan("anna", USER, (path, policy))
    assert changed(one.diff([path])) == {"path": "/class/"}
    assert set(changed(one.diff())) == {"path", "managed_policies"}


def test_what_a_plan_tells_of_its_changes() -> None:
    names = ("update_path", "set_password create", "delete_orphaned_access_key", "create_access_key")
    one = Plan("anna", USER, tuple(ROWS[name].change for name in names))
    assert one.has("create_access_key")
    assert one.has("delete_user", "update_path")
    assert not one.has("delete_user")
    assert one.asks_for == ["login_profile", "access_key"], "a deletion needs an intent and brings no secret"
    assert one.sentences == [
        "move user anna to path /class/",
        "enable console sign-in for anna with the password that was given",
        f"delete access key {OTHER} of anna, whose secret an interrupted run lost",
        "create an access key for anna and save its secret",
    ]
    assert replace(one, changes=()).asks_for == []


def test_a_key_that_was_made_since_the_look_is_shown_with_its_description() -> None:
    """A plan made anew may speak of a key that the first look did not see."""
    rendered = Plan("anna", an_observed_user()).diff([_change.describe_access_key("anna", KEY, DESCRIPTION)])
    assert rendered["after"]["access_keys"] == {KEY: ACTIVE | {"description": DESCRIPTION}}


# Rendered plans ------------------------------------------------------------------------------------------------------

LATER = "arn:aws:iam::aws:policy/AnotherPolicy"
NEW_KEY = {"status": "Active", "description": DESCRIPTION}


def diff(observed: User | None, saved: OnFile | None = None, **wanted: t.Any) -> dict[str, t.Any]:
    account = an_account(managed_policies=POLICIES | {"AnotherPolicy": LATER})
    return plan(a_wanted_user(**wanted), observed, saved or OnFile(), account).diff()


def changed(rendered: dict[str, t.Any]) -> dict[str, t.Any]:
    """Only what differs, as people see it."""
    return {name: value for name, value in rendered["after"].items() if value != rendered["before"].get(name)}


def test_a_new_user() -> None:
    rendered = diff(None, console_password=SECRET, tags={"course": "x"}, permissions_boundary=BOUNDARY)
    assert (rendered["before_header"], rendered["after_header"], rendered["before"]) == ("anna", "anna", {})
    assert rendered["after"] == {
        "path": "/",
        "permissions_boundary": BOUNDARY,
        "tags": OURS | {"course": "x"},
        "managed_policies": [FULL, AMPLIFY],
        "console_sign_in": "enabled, with the password that was given",
        "access_keys": {"(new)": NEW_KEY},
    }
    assert SECRET not in str(rendered)


def test_nothing_to_do() -> None:
    assert diff(an_observed_user(a_key()), SAVED) == {}


@pytest.mark.parametrize(
    ("observed", "saved", "wanted", "after"),
    [
        (an_observed_user(a_key(), path="/old/"), SAVED, {"path": "/class/"}, {"path": "/class/"}),
        (an_observed_user(a_key()), SAVED, {"tags": {"a": "b"}}, {"tags": OURS | {"a": "b"}}),
        (an_observed_user(a_key()), SAVED, {"permissions_boundary": BOUNDARY}, {"permissions_boundary": BOUNDARY}),
        (
            an_observed_user(a_key(), attached_policies=(AMPLIFY, READ_ONLY)),
            SAVED,
            {"purge_policies": True},
            {"managed_policies": [FULL, AMPLIFY]},
        ),
        (
            an_observed_user(a_key()),
            SAVED,
            {"update_password": "always", "console_password": SECRET},
            {"console_sign_in": "enabled, with the password that was given"},
        ),
        (
            an_observed_user(a_key("AKIASAVED", None)),
            SAVED,
            {},
            {"access_keys": {"AKIASAVED": NEW_KEY}},
        ),
        (
            an_observed_user(a_key("AKIALOST"), a_key("AKIATHEIRS", "for CI")),
            OnFile(password=True),
            {"lost_secret": "replace"},
            {"access_keys": {"AKIATHEIRS": NEW_KEY | {"description": "for CI"}, "(new)": NEW_KEY}},
        ),
        (
            an_observed_user(a_key("AKIABARE", None)),
            OnFile(True, "", Intent(access_key=True)),
            {},
            {"access_keys": {"(new)": NEW_KEY}},
        ),
        (an_observed_user(a_key()), OnFile(True, "AKIASAVED", Intent(access_key=True)), {}, {}),
    ],
    ids=["path", "tags", "boundary", "policies", "password", "description", "lost", "orphan", "intent"],
)
def test_only_what_changes_differs(
    observed: User, saved: OnFile, wanted: dict[str, t.Any], after: dict[str, t.Any]
) -> None:
    rendered = diff(observed, saved, **wanted)
    assert changed(rendered) == after
    assert SECRET not in str(rendered)


def test_what_stays_attached_does_not_move() -> None:
    """A diff goes line by line: a policy in another place looks like two changes."""
    attached = (READ_ONLY, FULL, FULL.replace("AIInvoiceScannerFullPolicy", "Zebra"))
    rendered = diff(an_observed_user(a_key(), attached_policies=attached), SAVED, managed_policies=("AnotherPolicy",))
    after = [arn for arn in rendered["after"]["managed_policies"] if arn != LATER]
    assert after == rendered["before"]["managed_policies"]
    assert LATER in rendered["after"]["managed_policies"]


def test_a_part_of_a_plan_shows_nothing_of_the_rest() -> None:
    wanted = a_wanted_user()
    create, key = _change.create_user(wanted, None), _change.create_access_key(wanted)
    plan_of_both = _change.Plan("anna", None, (create, key))
    assert plan_of_both.diff()["after"]["access_keys"]
    assert plan_of_both.diff([create])["after"]["access_keys"] == {}
