# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What AWS says, one by one or in bulk, as the same values."""

from __future__ import annotations

import datetime
import json
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.directory import CredentialsDirectory
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import observe
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.belonging import (
    ACCESS_KEYS,
    KINDS,
    LOGIN_PROFILE,
    MFA_DEVICES,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.on_file import Credentials, Intent, OnFile
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.password import PasswordPolicy
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import Proof
from ansible_collections.invoice_scanner.iam.plugins.module_utils._users.user import User as Observed
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import Clock, aws_error, lost_reply
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.fake_iam import FakeIam, User, as_iam
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.values import (
    ACCOUNT_ID,
    BOUNDARY,
    DATE,
    DESCRIPTION,
    FULL,
    OURS,
    POLICIES,
    READ_ONLY,
    URL,
    an_account,
)

MANY = 1_000_000
PHONE = f"arn:aws:iam::{ACCOUNT_ID}:mfa/anna"


@pytest.fixture
def iam() -> FakeIam:
    """An account with somebody who has everything, and somebody who has nothing."""
    fake = FakeIam()
    fake.users["anna"] = User(
        "/class/",
        dict(OURS),
        BOUNDARY,
        [FULL],
        "Zq7-Geheim!",
        True,
        others={
            "inline_policies": ["own"],
            "groups": [{"GroupName": "staff"}],
            "mfa_devices": [{"SerialNumber": PHONE}],
            "ssh_public_keys": [{"SSHPublicKeyId": "APKA1", "Status": "Active"}],
        },
    )
    fake.virtual_devices = [PHONE]
    fake.documents["anna", "own"] = '{"Version": "2012-10-17"}'
    fake.new_key("anna", "AKIAANNA")
    fake.users["bert"] = User()
    fake.calls.clear()
    return fake


def found(iam: FakeIam, *names: str, existing: int = 2, **options: t.Any) -> observe.Seen:
    return observe.users(as_iam(iam), names, existing, **options)


# Users ---------------------------------------------------------------------------------------------------------------


def shape(one: Observed | None) -> t.Any:
    """What plans are made from: bulk and single answers differ in what else they say of a thing."""
    if one is None:
        return None
    return replace(one, belongings=()), {kind.name: one.ids(kind) for kind in KINDS}, one.access_keys


@pytest.mark.parametrize("kinds", [observe.OURS, observe.REMARKED], ids=["ours", "remarked"])
@pytest.mark.parametrize("threads", [1, 4])
def test_many_are_read_in_bulk_and_few_one_by_one_and_look_the_same(iam: FakeIam, kinds: t.Any, threads: int) -> None:
    names = ("bert", "anna", "carl")
    bulk = found(iam, *names, kinds=kinds, threads=threads)
    assert iam.made("all_users")
    assert not iam.made("user")
    iam.calls.clear()
    single = found(iam, *names, existing=MANY, kinds=kinds, threads=threads)
    assert not iam.made("all_users")
    assert len(iam.made("user")) == 3
    assert [shape(one) for one in bulk.users.values()] == [shape(one) for one in single.users.values()]
    assert list(bulk.users) == list(names)
    assert bulk.users["carl"] is None


@pytest.mark.parametrize(
    ("existing", "asked", "in_bulk"), [(99, 1, True), (100, 1, False), (300, 2, False), (299, 2, True), (900, 6, True)]
)
def test_reading_in_bulk_has_to_pay(iam: FakeIam, existing: int, asked: int, in_bulk: bool) -> None:
    """A page has a hundred users as a rule, and to read one user takes several calls."""
    found(iam, *[f"user-{number}" for number in range(asked)], existing=existing)
    assert bool(iam.made("all_users")) is in_bulk


def test_all_that_hangs_on_a_user_is_there(iam: FakeIam) -> None:
    one = observe.user(as_iam(iam), "anna", KINDS)
    assert one is not None
    assert {kind.name: one.ids(kind) for kind in KINDS if one.all(kind)} == {
        "login_profile": [""],
        "access_keys": ["AKIAANNA"],
        "ssh_public_keys": ["APKA1"],
        "mfa_devices": [PHONE],
        "inline_policies": ["own"],
        "managed_policies": [FULL],
        "groups": ["staff"],
        "permissions_boundary": [BOUNDARY],
    }
    (inline,) = [one for one in one.belongings if one.kind.name == "inline_policies"]
    assert json.loads(inline.said["PolicyDocument"]) == {"Version": "2012-10-17"}
    assert (one.path, one.tags, one.password_reset_required) == ("/class/", OURS, True)


def test_only_what_is_asked_for_is_looked_at(iam: FakeIam) -> None:
    one = observe.user(as_iam(iam), "anna", [LOGIN_PROFILE])
    assert one is not None
    assert [belonging.kind for belonging in one.belongings] == [LOGIN_PROFILE]
    assert [call.verb for call in iam.calls] == ["user", "get_login_profile"]


def test_of_mfa_devices_the_virtual_ones_are_seen_in_bulk(iam: FakeIam) -> None:
    """They are listed for the whole account at once, the root user's among them, which nobody owns."""
    key = {"SerialNumber": "GAHT12345678"}
    iam.users["anna"].has("mfa_devices").append(key)
    bulk = found(iam, "anna", kinds=[MFA_DEVICES]).users["anna"]
    single = found(iam, "anna", kinds=[MFA_DEVICES], existing=MANY).users["anna"]
    assert bulk is not None
    assert single is not None
    assert bulk.ids(MFA_DEVICES) == [PHONE]
    assert single.ids(MFA_DEVICES) == [PHONE, "GAHT12345678"]


def test_nobody_is_looked_for(iam: FakeIam) -> None:
    assert found(iam) == observe.Seen({}, {})


@pytest.mark.parametrize("existing", [2, MANY], ids=["in bulk", "one by one"])
@pytest.mark.parametrize(
    ("asked", "namesakes"),
    [
        (["Anna"], {"Anna": "anna"}),
        (["ANNA", "BERT", "carl"], {"ANNA": "anna", "BERT": "bert"}),
        (["anna"], {}),
        # Both are asked for: that is told otherwise.
        (["anna", "Anna"], {}),
    ],
)
def test_a_name_that_differs_in_case_only_is_found(
    iam: FakeIam, existing: int, asked: list[str], namesakes: dict[str, str]
) -> None:
    seen = found(iam, *asked, existing=existing)
    assert seen.namesakes == namesakes
    assert all(seen.users[name] is None for name in namesakes)


def test_all_names_are_listed_only_where_somebody_is_missing(iam: FakeIam) -> None:
    found(iam, "anna", "bert", existing=MANY)
    assert not iam.made("user_names")


def test_whom_get_user_does_not_know_yet_is_found_all_the_same(iam: FakeIam, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = found(iam, "anna", existing=MANY)
    monkeypatch.setattr(iam, "user", lambda _name: None)
    late = found(iam, "anna", "dora", existing=MANY)
    assert shape(late.users["anna"]) == shape(shown.users["anna"])
    assert late.users["dora"] is None
    assert list(observe.said_of(as_iam(iam), ["anna", "dora"])) == ["anna"]


# Keys ----------------------------------------------------------------------------------------------------------------


def test_keys_are_read_anew_with_their_descriptions(iam: FakeIam) -> None:
    one = observe.user(as_iam(iam), "anna")
    assert one is not None
    iam.new_key("anna", "AKIANEWER")
    with_tags = replace(one, tags={"AKIANEWER": DESCRIPTION})
    assert [(key.id, key.description) for key in observe.access_keys(as_iam(iam), with_tags)] == [
        ("AKIAANNA", None),
        ("AKIANEWER", DESCRIPTION),
    ]


@pytest.fixture
def directory(tmp_path: Path) -> CredentialsDirectory:
    """A directory with anna's key in it."""
    one = CredentialsDirectory(str(tmp_path / "credentials"))
    one.prepare()
    saved = Credentials("anna", access_key_id="AKIAANNA", secret_access_key="secret/of+AKIAANNA")
    one.save_access_key(saved)
    return one


def unlisted(iam: FakeIam, directory: CredentialsDirectory | None, on_file: OnFile) -> list[str]:
    """Look at anna while AWS does not list her key."""
    iam.hidden_for["AKIAANNA"] = 1
    seen = found(iam, "anna").users["anna"]
    one = observe.with_unlisted_key(as_iam(iam), directory, seen, on_file)
    return [key.id for key in one.access_keys] if one else []


SAVED = OnFile(access_key_id="AKIAANNA")
ASKED = OnFile(access_key_id="AKIAANNA", intent=Intent(access_key=True))


def test_a_key_that_answers_is_there_whether_it_is_listed_or_not(
    iam: FakeIam, directory: CredentialsDirectory, clock: Clock
) -> None:
    assert unlisted(iam, directory, SAVED) == ["AKIAANNA"]
    assert clock.slept == []


@pytest.mark.parametrize("on_file", [OnFile(), OnFile(access_key_id="")])
def test_without_a_key_on_file_nobody_is_asked(iam: FakeIam, directory: CredentialsDirectory, on_file: OnFile) -> None:
    assert unlisted(iam, directory, on_file) == []
    assert unlisted(iam, None, SAVED) == []
    assert not iam.made("caller_of")


def test_a_key_that_is_listed_is_not_asked(iam: FakeIam, directory: CredentialsDirectory) -> None:
    one = found(iam, "anna").users["anna"]
    assert observe.with_unlisted_key(as_iam(iam), directory, one, SAVED) is one
    assert not iam.made("caller_of")


def test_nobody_has_no_key(iam: FakeIam, directory: CredentialsDirectory) -> None:
    assert observe.with_unlisted_key(as_iam(iam), directory, None, SAVED) is None


@pytest.mark.parametrize(("on_file", "waits"), [(SAVED, False), (ASKED, True)], ids=["settled", "asked"])
def test_only_a_key_that_was_just_made_is_waited_for(
    iam: FakeIam, directory: CredentialsDirectory, clock: Clock, on_file: OnFile, waits: bool
) -> None:
    """One that AWS refused long ago is gone, and waiting does not bring it back."""
    iam.forget_key("anna", "AKIAANNA")
    assert unlisted(iam, directory, on_file) == []
    assert bool(clock.slept) is waits


def test_a_key_of_somebody_else_is_not_hers(iam: FakeIam, directory: CredentialsDirectory) -> None:
    iam.secrets["AKIAANNA"] = ("bert", "secret/of+AKIAANNA")
    assert unlisted(iam, directory, SAVED) == []


def test_a_wrong_secret_is_no_key(iam: FakeIam, directory: CredentialsDirectory) -> None:
    iam.secrets["AKIAANNA"] = ("anna", "another")
    assert unlisted(iam, directory, SAVED) == []


def test_not_to_know_is_no_answer(iam: FakeIam, directory: CredentialsDirectory) -> None:
    iam.fail("caller_of", lost_reply())
    with pytest.raises(AnsibleIAMError):
        unlisted(iam, directory, SAVED)


# Login profiles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "slept"),
    [
        # For three minutes at most, what was saved is believed; and for what is left of them.
        (0, True),
        (179, True),
        (181, False),
        (float("inf"), False),
    ],
)
def test_a_login_that_was_saved_a_moment_ago_is_asked_for_again(
    iam: FakeIam, clock: Clock, age: float, slept: bool
) -> None:
    iam.users["anna"].password = None
    one = observe.user(as_iam(iam), "anna")
    seen = observe.with_unlisted_login(as_iam(iam), one, OnFile(password=True, login_age=age))
    assert seen is one
    assert bool(clock.slept) is slept
    assert sum(clock.slept) <= max(180 - age, 0)


def test_a_login_that_is_seen_late_is_there(iam: FakeIam, clock: Clock) -> None:
    iam.users["anna"].password = None
    one = observe.user(as_iam(iam), "anna")
    iam.fail("get_login_profile", times=2)
    iam.fail("get_login_profile", happens=lambda: setattr(iam.users["anna"], "password", "x"))
    seen = observe.with_unlisted_login(as_iam(iam), one, OnFile(password=True, login_age=1))
    assert seen is not None
    assert seen.signs_in
    assert len(clock.slept) == 2


@pytest.mark.parametrize("on_file", [OnFile(), OnFile(login_age=1)])
def test_without_a_password_on_file_no_login_is_missed(iam: FakeIam, clock: Clock, on_file: OnFile) -> None:
    iam.users["anna"].password = None
    one = observe.user(as_iam(iam), "anna")
    assert observe.with_unlisted_login(as_iam(iam), one, on_file) is one
    assert observe.with_unlisted_login(as_iam(iam), None, OnFile(password=True, login_age=1)) is None
    assert clock.slept == []


def test_where_access_was_taken_no_login_is_missed(iam: FakeIam, clock: Clock) -> None:
    iam.users["anna"].password = None
    iam.users["anna"].tags["revoked"] = "2026-01-05"
    one = observe.user(as_iam(iam), "anna")
    assert observe.with_unlisted_login(as_iam(iam), one, OnFile(password=True, login_age=1)) is one
    assert clock.slept == []


# Proofs --------------------------------------------------------------------------------------------------------------

HERS = Credentials("anna", access_key_id="AKIAANNA", secret_access_key="secret/of+AKIAANNA")


def aged(iam: FakeIam, days: float, status: str = "Active") -> Observed:
    """Anna with her key, as old as that."""
    one = observe.user(as_iam(iam), "anna", [ACCESS_KEYS])
    assert one is not None
    made = datetime.datetime.now(tz=datetime.UTC) - datetime.timedelta(days=days)
    said = {"AccessKeyId": "AKIAANNA", "Status": status, "CreateDate": made}
    return replace(one, belongings=(replace(one.belongings[0], said=said),))


def test_a_key_proves_whose_it_is(iam: FakeIam) -> None:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:user/class/anna"
    assert observe.proof(as_iam(iam), HERS, None) == Proof(arn)


@pytest.mark.parametrize(
    ("days", "status", "waits"), [(0, "Active", True), (1, "Active", False), (0, "Inactive", False)]
)
def test_a_refusal_of_a_new_key_is_waited_out(
    iam: FakeIam, clock: Clock, days: float, status: str, waits: bool
) -> None:
    one = aged(iam, days, status)
    iam.forget_key("anna", "AKIAANNA")
    assert observe.proof(as_iam(iam), HERS, one) == Proof(
        refusal="AWS refuses access key AKIAANNA (InvalidClientTokenId)"
    )
    assert bool(clock.slept) is waits


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (aws_error("SignatureDoesNotMatch"), "AWS refuses access key AKIAANNA (SignatureDoesNotMatch)"),
        (lost_reply(), "Failed to do it: Connection was closed"),
    ],
)
def test_why_a_key_does_not_answer_is_said(iam: FakeIam, error: AnsibleIAMError, said: str) -> None:
    iam.fail("caller_of", error)
    one = observe.proof(as_iam(iam), HERS, None)
    assert one.arn is None
    assert one.refusal.startswith(said)
    assert HERS.secret_access_key not in one.refusal


# The account ---------------------------------------------------------------------------------------------------------


def test_the_account(iam: FakeIam) -> None:
    iam.password_rules = {"MinimumPasswordLength": 20}
    one = observe.account(as_iam(iam), ["AmplifyAdminPolicy"])
    assert (one.id, one.partition, one.alias, one.sign_in_url) == (ACCOUNT_ID, "aws", None, URL)
    assert one.password_policy == PasswordPolicy.from_aws(iam.password_rules)
    assert one.summary["Users"] == 2
    assert READ_ONLY not in one.managed_policies.values()


@pytest.mark.parametrize(
    ("arn", "alias", "partition", "url"),
    [
        (f"arn:aws:iam::{ACCOUNT_ID}:user/op", "acme", "aws", "https://acme.signin.aws.amazon.com/console"),
        (f"arn:aws-cn:sts::{ACCOUNT_ID}:assumed-role/op/x", None, "aws-cn", ""),
        (f"arn:aws-us-gov:iam::{ACCOUNT_ID}:root", "acme", "aws-us-gov", ""),
    ],
)
def test_the_sign_in_url_is_that_of_the_partition(
    iam: FakeIam, monkeypatch: pytest.MonkeyPatch, arn: str, alias: str | None, partition: str, url: str
) -> None:
    iam.operator = arn
    monkeypatch.setattr(iam, "account_alias", lambda: alias)
    one = observe.account(as_iam(iam))
    assert one.partition == partition
    assert observe.sign_in_url_of(as_iam(iam)) == one.sign_in_url
    assert one.sign_in_url == (url or one.sign_in_url)
    assert (alias or ACCOUNT_ID) in one.sign_in_url


@pytest.mark.parametrize(
    ("wanted", "scopes"),
    [
        ([], ["Local"]),
        (["AmplifyAdminPolicy", FULL], ["Local"]),
        (["ReadOnlyAccess"], ["Local", "AWS"]),
        ([READ_ONLY], ["Local", "AWS"]),
        (["Nope"], ["Local", "AWS"]),
    ],
)
def test_aws_own_policies_are_listed_only_where_one_is_named(
    iam: FakeIam, wanted: list[str], scopes: list[str]
) -> None:
    observe.account(as_iam(iam), wanted)
    assert [call.arguments[0] for call in iam.made("managed_policies")] == scopes


def test_a_policy_of_the_account_hides_aws_own_of_the_same_name(iam: FakeIam) -> None:
    own = f"arn:aws:iam::{ACCOUNT_ID}:policy/ReadOnlyAccess"
    iam.own_policies[own] = {"PolicyName": "ReadOnlyAccess"}
    assert observe.account(as_iam(iam), ["Nope"]).managed_policies["ReadOnlyAccess"] == own


def test_what_is_known_of_policies_is_not_asked_again(iam: FakeIam) -> None:
    known = an_account()
    assert observe.with_policies(as_iam(iam), known, ["AmplifyAdminPolicy", READ_ONLY]) is known
    assert not iam.calls
    assert observe.with_policies(as_iam(iam), known, ["New"]).managed_policies == POLICIES
    assert iam.calls


def test_a_policy_that_is_about_to_be_made_counts_as_there_unless_it_is() -> None:
    one = observe.with_pending_policies(an_account(partition="aws-cn"), ["Pending", "AmplifyAdminPolicy"])
    assert one.managed_policies == {**POLICIES, "Pending": f"arn:aws-cn:iam::{ACCOUNT_ID}:policy/Pending"}


# On file -------------------------------------------------------------------------------------------------------------


def test_what_is_on_file_is_known_without_the_secrets(directory: CredentialsDirectory) -> None:
    directory.save_login(Credentials("anna", "Zq7-Geheim!", URL))
    directory.leave_intent("anna", Intent(access_key=True))
    one = observe.on_file(directory, "anna")
    assert one == OnFile(True, "AKIAANNA", Intent(access_key=True), sign_in_url=URL)
    assert 0 <= one.login_age < 60
    assert "Geheim" not in repr(one)
    assert observe.on_file(directory, "bert") == observe.on_file(None, "anna") == OnFile()


def test_a_file_that_is_not_ours_is_an_error(directory: CredentialsDirectory) -> None:
    (Path(str(directory)) / "anna_accessKeys.csv").write_text("my notes\n", encoding="ascii")
    with pytest.raises(DestinationError, match="move it away"):
        observe.on_file(directory, "anna")


def test_a_login_profile_alone(iam: FakeIam) -> None:
    assert observe.login_profile(as_iam(iam), "anna") == {"CreateDate": DATE, "PasswordResetRequired": True}
    assert observe.login_profile(as_iam(iam), "bert") is None
    assert observe.login_profile(as_iam(iam), "nobody") is None
