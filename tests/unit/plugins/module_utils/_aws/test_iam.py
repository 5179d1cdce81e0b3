# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The gateway: what goes over the wire when, and how often."""

from __future__ import annotations

import inspect
import io
import types
import typing as t
import urllib.parse
from collections import deque

import boto3.session
import botocore.awsrequest
import botocore.compat
import botocore.config
import botocore.endpoint
import botocore.exceptions
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import connection as _connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.errors import (
    BUSY,
    NOT_YET,
    error_code,
    reply_was_lost,
    was_sent_before,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.iam import Iam
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.patience import Patience
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import ENDPOINT, Clock

if t.TYPE_CHECKING:
    from collections.abc import Iterator


class Body(io.BytesIO):
    """The body of an answer as urllib3 gives it."""

    def stream(self, **_options: t.Any) -> Iterator[bytes]:
        yield self.read()


class Wire:
    """Answers in AWS's place what a test has queued, and writes down what was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.keys: list[str] = []
        self.answers: deque[tuple[int, str] | Exception] = deque()

    def __call__(self, request: t.Any, **_kwargs: t.Any) -> botocore.awsrequest.AWSResponse:
        self.asked.append(dict(urllib.parse.parse_qsl(request.body)))
        self.keys.append(str(request.headers["Authorization"]).partition("Credential=")[2].partition("/")[0])
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return botocore.awsrequest.AWSResponse(
            request.url, answer[0], botocore.compat.HTTPHeaders(), Body(answer[1].encode())
        )

    @property
    def actions(self) -> list[str]:
        return [one["Action"] for one in self.asked]

    def ok(self, action: str, result: str = "", metadata: str = "<RequestId>1</RequestId>") -> None:
        body = f"<{action}Result>{result}</{action}Result><ResponseMetadata>{metadata}</ResponseMetadata>"
        self.answers.append((200, f"<{action}Response>{body}</{action}Response>"))

    def error(self, code: str, status: int = 400) -> None:
        self.answers.append((status, f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"))


class Governor:
    """Hears what a governor hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __getattr__(self, name: str) -> t.Callable[[], None]:
        return lambda: self.heard.append(name)


def connect(wire: Wire, governor: Governor | None, patience: Patience | None = None, **options: t.Any) -> Iam:
    """Make a gateway whose clients, those made later too, talk to C(wire)."""
    session: t.Any = boto3.session.Session()
    for service in ("iam", "sts"):
        session.events.register_last(f"before-send.{service}", wire)
    keys = {"aws_access_key_id": "AKIAOPERATOR", "aws_secret_access_key": "x", "aws_session_token": None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3.session, "Session", lambda **_profile: session)
        patch.setattr(_connection, "get_aws_connection_info", lambda _module: (None, None, {**keys, **options}))
        return Iam(
            t.cast("t.Any", types.SimpleNamespace(params={})), governor=t.cast("t.Any", governor), patience=patience
        )


@pytest.fixture(scope="module")
def connection() -> Iterator[tuple[Iam, Wire, Governor]]:
    """Connect once: to load the model of IAM takes time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "time", Clock())
        wire, governor = Wire(), Governor()
        yield connect(wire, governor, Patience(300)), wire, governor


@pytest.fixture
def iam(connection: tuple[Iam, Wire, Governor]) -> Iterator[Iam]:
    """The gateway, with nothing queued from an earlier test, and with nothing left afterwards."""
    gateway, wire, governor = connection
    wire.asked, wire.keys, governor.heard = [], [], []
    wire.answers.clear()
    yield gateway
    assert not wire.answers, "the gateway asked less than the test expected"


@pytest.fixture
def wire(connection: tuple[Iam, Wire, Governor]) -> Wire:
    """The wire of that gateway."""
    return connection[1]


@pytest.fixture
def governor(connection: tuple[Iam, Wire, Governor]) -> Governor:
    """The governor of that gateway."""
    return connection[2]


BROKEN = botocore.exceptions.ConnectionClosedError(endpoint_url=ENDPOINT)


def test_an_access_key_is_asked_for_once(iam: Iam, wire: Wire) -> None:
    """A blind repetition after a lost reply makes a second key that nobody knows."""
    wire.answers.append(BROKEN)
    with pytest.raises(AnsibleIAMError) as caught:
        iam.create_access_key("anna")
    assert reply_was_lost(caught.value)
    wire.error("ServiceUnavailable", 503)
    with pytest.raises(AnsibleIAMError, match="Failed to create an access key for anna"):
        iam.create_access_key("anna")
    assert wire.actions == ["CreateAccessKey"] * 2


def test_an_operator_cannot_have_a_key_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operator configured wins for every other call."""
    monkeypatch.setattr(botocore.endpoint, "time", Clock())
    wire = Wire()
    theirs = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 3}, read_timeout=7)
    iam = connect(wire, None, aws_config=theirs)
    wire.answers.extend([BROKEN] * 4)
    for call in (iam.create_access_key, iam.user):
        with pytest.raises(AnsibleIAMError):
            call("anna")
    assert wire.actions == ["CreateAccessKey"] + ["GetUser"] * 3
    assert iam._iam_once.meta.config.read_timeout == 7


def test_other_calls_are_repeated_and_the_governor_times_each(iam: Iam, wire: Wire, governor: Governor) -> None:
    wire.answers.append(BROKEN)
    wire.error("Throttling")
    wire.ok("CreateLoginProfile")
    iam.create_login_profile("anna", "Zq7-Geheim!", True)
    assert wire.asked[-1]["PasswordResetRequired"] == "true"
    assert wire.actions == ["CreateLoginProfile"] * 3
    assert governor.heard.count("wait") == 3
    assert [one for one in governor.heard if one != "wait"] == ["throttled", "accepted"]


def test_a_throttled_key_is_known_to_the_governor(iam: Iam, wire: Wire, governor: Governor) -> None:
    wire.error("Throttling")
    with pytest.raises(AnsibleIAMError):
        iam.create_access_key("anna")
    assert governor.heard == ["wait", "throttled"]


# Reading ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (lambda iam: iam.user("anna"), None),
        (lambda iam: iam.password_policy(), None),
        (lambda iam: iam.listed("anna", "get_login_profile", "LoginProfile"), []),
        (lambda iam: iam.listed("anna", "list_access_keys", "AccessKeyMetadata"), []),
        (lambda iam: iam.user_policy("anna", "P"), {}),
        (lambda iam: iam.policy("arn:aws:iam::123456789012:policy/P"), None),
        (lambda iam: iam.policy_versions("arn:aws:iam::123456789012:policy/P"), []),
        (lambda iam: iam.policy_version("arn:aws:iam::123456789012:policy/P", "v1"), {}),
        (lambda iam: iam.key_last_used("AKIAIOSFODNN7EXAMPLE"), None),
    ],
)
def test_to_read_what_is_not_there_is_no_error(
    iam: Iam, wire: Wire, call: t.Callable[[Iam], t.Any], missing: t.Any
) -> None:
    wire.error("NoSuchEntity", 404)
    assert call(iam) == missing
    wire.error("AccessDenied", 403)
    with pytest.raises(AnsibleIAMError, match="Failed to "):
        call(iam)


def key_of(key_id: str, date: str) -> str:
    return f"<member><AccessKeyId>{key_id}</AccessKeyId><CreateDate>{date}T00:00:00Z</CreateDate></member>"


def test_a_list_comes_from_all_pages(iam: Iam, wire: Wire) -> None:
    for truncated, key_id, date in (("true", "AKIANEW", "2026-02-02"), ("false", "AKIAOLD", "2026-01-01")):
        listed = f"<AccessKeyMetadata>{key_of(key_id, date)}</AccessKeyMetadata>"
        wire.ok("ListAccessKeys", f"<IsTruncated>{truncated}</IsTruncated><Marker>m</Marker>{listed}")
    keys = iam.listed("anna", "list_access_keys", "AccessKeyMetadata")
    assert [key["AccessKeyId"] for key in keys] == ["AKIANEW", "AKIAOLD"]
    assert wire.asked[1]["Marker"] == "m"
    assert {one["UserName"] for one in wire.asked} == {"anna"}


def test_one_thing_alone_makes_a_list_of_one(iam: Iam, wire: Wire) -> None:
    """GetLoginProfile has no pages, nor has the list of service-specific credentials."""
    wire.ok("GetLoginProfile", "<LoginProfile><UserName>anna</UserName></LoginProfile>")
    assert iam.listed("anna", "get_login_profile", "LoginProfile") == [{"UserName": "anna"}]
    member = "<member><ServiceSpecificCredentialId>ACCA1</ServiceSpecificCredentialId></member>"
    wire.ok(
        "ListServiceSpecificCredentials",
        f"<ServiceSpecificCredentials>{member}{member}</ServiceSpecificCredentials>",
    )
    listed = iam.listed("anna", "list_service_specific_credentials", "ServiceSpecificCredentials")
    assert [one["ServiceSpecificCredentialId"] for one in listed] == ["ACCA1", "ACCA1"]


def test_users_are_asked_for_a_thousand_at_a_time(iam: Iam, wire: Wire) -> None:
    wire.ok("ListUsers", "<Users><member><UserName>anna</UserName></member></Users><IsTruncated>false</IsTruncated>")
    assert iam.user_names() == ["anna"]
    assert wire.asked[0]["MaxItems"] == "1000"


def test_only_those_who_signed_in_have_a_day(iam: Iam, wire: Wire) -> None:
    day = "<PasswordLastUsed>2026-11-24T08:31:00Z</PasswordLastUsed>"
    anna, bert = "<UserName>anna</UserName>", "<UserName>bert</UserName>"
    wire.ok(
        "ListUsers",
        f"<Users><member>{anna}{day}</member><member>{bert}</member></Users><IsTruncated>false</IsTruncated>",
    )
    assert {name: when.isoformat() for name, when in iam.last_sign_ins().items()} == {
        "anna": "2026-11-24T08:31:00+00:00"
    }


def test_what_failed_is_named(iam: Iam, wire: Wire) -> None:
    wire.error("AccessDenied", 403)
    with pytest.raises(AnsibleIAMError) as caught:
        iam.listed("anna", "list_access_keys", "AccessKeyMetadata")
    assert caught.value.message == "Failed to read what user anna has (list_access_keys)"


def test_a_policy_is_found_in_whatever_case_and_no_page_more_is_asked_for(iam: Iam, wire: Wire) -> None:
    one = "<member><PolicyName>{}</PolicyName><Arn>arn</Arn></member>"
    more = "<IsTruncated>true</IsTruncated><Marker>next</Marker>"
    wire.ok("GetAccountAuthorizationDetails", f"<Policies>{one.format('a')}</Policies>{more}")
    wire.ok("GetAccountAuthorizationDetails", f"<Policies>{one.format('Hours')}</Policies>{more}")
    found = iam.policy_with_versions("hours")
    assert found
    assert found["PolicyName"] == "Hours"
    assert [asked["Filter.member.1"] for asked in wire.asked] == ["LocalManagedPolicy"] * 2


def test_a_policy_version_is_sent_once(iam: Iam, wire: Wire) -> None:
    wire.error("Throttling")
    with pytest.raises(AnsibleIAMError):
        iam.create_policy_version("arn:aws:iam::123456789012:policy/p", "{}")
    assert wire.actions == ["CreatePolicyVersion"]
    assert wire.asked[0]["SetAsDefault"] == "true"


# Writing ------------------------------------------------------------------------------------------------------------

SECRET = "<AccessKeyId>AKIANEW</AccessKeyId><SecretAccessKey>s/e+cret</SecretAccessKey>"
TAG = {"UserName": "anna", "Tags": [{"Key": "course", "Value": "x"}]}


class Write(t.NamedTuple):
    """A verb that writes: how it is called, what AWS calls that and answers, and what an error says."""

    call: t.Callable[[Iam], t.Any]
    action: str
    words: str
    answer: str = ""


WRITES = {
    "write": Write(lambda iam: iam.write("tag user anna", "tag_user", TAG), "TagUser", "tag user anna"),
    "take": Write(
        lambda iam: iam.take("delete user anna", "delete_user", {"UserName": "anna"}),
        "DeleteUser",
        "delete user anna",
    ),
    "create_policy_version": Write(
        lambda iam: iam.create_policy_version("arn:aws:iam::123456789012:policy/p", "{}"),
        "CreatePolicyVersion",
        "write a new version of policy arn:aws:iam::123456789012:policy/p",
    ),
    "create_login_profile": Write(
        lambda iam: iam.create_login_profile("anna", "Zq7-Geheim!", False),
        "CreateLoginProfile",
        "enable console sign-in for anna",
    ),
    "update_login_profile": Write(
        lambda iam: iam.update_login_profile("anna", "Zq7-Geheim!", False),
        "UpdateLoginProfile",
        "set the console password of anna",
    ),
    "create_access_key": Write(
        lambda iam: iam.create_access_key("anna"),
        "CreateAccessKey",
        "create an access key for anna",
        f"<AccessKey>{SECRET}</AccessKey>",
    ),
}
READS = {
    "account_alias",
    "account_of_key",
    "account_summary",
    "all_users",
    "caller_identity",
    "caller_of",
    "key_last_used",
    "last_sign_ins",
    "listed",
    "managed_policies",
    "password_policy",
    "policy",
    "policy_version",
    "policy_versions",
    "policy_with_versions",
    "user",
    "user_names",
    "user_policy",
    "virtual_mfa_devices",
}
each_write = pytest.mark.parametrize("one", WRITES.values(), ids=list(WRITES))


def test_every_verb_is_known_to_read_or_to_write() -> None:
    """A new one has to be put here, and is tried with all others that write."""
    verbs = {name for name, _verb in inspect.getmembers(Iam, inspect.isfunction) if name[0] != "_"}
    assert verbs - {"wait_out"} == READS | set(WRITES)


@each_write
@pytest.mark.parametrize("code", sorted(BUSY))
def test_that_aws_is_busy_is_waited_out_by_every_verb_that_writes(
    iam: Iam, wire: Wire, clock: Clock, code: str, one: Write
) -> None:
    for _time in range(3):
        wire.error(code, 409)
    wire.ok(one.action, one.answer)
    one.call(iam)
    assert wire.actions == [one.action] * 4
    assert clock.slept == [0.25, 0.5, 1]


@each_write
def test_every_other_refusal_stands(iam: Iam, wire: Wire, clock: Clock, one: Write) -> None:
    wire.error("AccessDenied", 403)
    with pytest.raises(AnsibleIAMError) as caught:
        one.call(iam)
    assert caught.value.message == f"Failed to {one.words}"
    assert (wire.actions, clock.slept) == ([one.action], [])


@each_write
def test_patience_with_what_is_busy_ends(iam: Iam, wire: Wire, clock: Clock, one: Write) -> None:
    for _time in range(100):
        wire.error("ConcurrentModification", 409)
    with pytest.raises(AnsibleIAMError, match=one.words) as caught:
        one.call(iam)
    assert error_code(caught.value) == "ConcurrentModification"
    assert 200 < sum(clock.slept) <= 300
    assert wire.actions == [one.action] * (len(clock.slept) + 1)
    wire.answers.clear()


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        ([], False),
        # These were refused, so the profile that is there now is somebody else's.
        (["EntityTemporarilyUnmodifiable"], False),
        (["ConcurrentModification", "ConcurrentModification"], False),
        # Of these, AWS may have applied the first one.
        (["lost"], True),
        (["lost", "EntityTemporarilyUnmodifiable"], True),
        (["ConcurrentModification", "lost", "ConcurrentModification"], True),
        (["Throttling"], False),
        (["Throttling", "lost"], True),
    ],
    ids=lambda one: " then ".join(one) if isinstance(one, list) else "",
)
def test_what_is_there_already_is_ours_only_where_a_reply_was_lost(
    iam: Iam, wire: Wire, clock: Clock, before: list[str], sent: bool
) -> None:
    for code in before:
        if code == "lost":
            wire.answers.append(BROKEN)
        else:
            wire.error(code, 409)
    wire.error("EntityAlreadyExists", 409)
    with pytest.raises(AnsibleIAMError) as caught:
        iam.create_login_profile("anna", "Zq7-Geheim!", False)
    assert error_code(caught.value) == "EntityAlreadyExists"
    assert was_sent_before(caught.value) is sent
    assert len(clock.slept) == len([code for code in before if code not in ("lost", "Throttling")])


def test_what_was_sent_before_is_not_remembered_from_call_to_call(iam: Iam, wire: Wire) -> None:
    wire.answers.append(BROKEN)
    wire.ok("CreateLoginProfile")
    iam.create_login_profile("anna", "Zq7-Geheim!", False)
    wire.error("EntityAlreadyExists", 409)
    with pytest.raises(AnsibleIAMError) as caught:
        iam.create_login_profile("bert", "Zq7-Geheim!", False)
    assert not was_sent_before(caught.value)


def test_to_take_what_is_not_there_is_no_error_and_to_write_it_is(iam: Iam, wire: Wire) -> None:
    wire.error("NoSuchEntity", 404)
    iam.take("delete user anna", "delete_user", {"UserName": "anna"})
    wire.error("NoSuchEntity", 404)
    with pytest.raises(AnsibleIAMError, match="Failed to tag user anna"):
        iam.write("tag user anna", "tag_user", TAG)
    assert wire.actions == ["DeleteUser", "TagUser"]


def test_what_is_not_there_yet_is_waited_out_where_that_is_asked_for(iam: Iam, wire: Wire, clock: Clock) -> None:
    wire.error("NoSuchEntity", 404)
    wire.ok("TagUser")
    iam.wait_out(lambda: iam.write("tag user anna", "tag_user", TAG), NOT_YET)
    assert clock.slept == [0.25]
    wire.error("NoSuchEntity", 404)
    with pytest.raises(AnsibleIAMError):
        iam.wait_out(lambda: iam.write("tag user anna", "tag_user", TAG), NOT_YET, 0)


def test_a_write_is_sent_as_it_is_given(iam: Iam, wire: Wire) -> None:
    wire.ok("TagUser")
    iam.write("tag user anna", "tag_user", TAG)
    asked = {name: value for name, value in wire.asked[0].items() if name != "Version"}
    assert asked == {
        "Action": "TagUser",
        "UserName": "anna",
        "Tags.member.1.Key": "course",
        "Tags.member.1.Value": "x",
    }


# Keys ---------------------------------------------------------------------------------------------------------------


def test_a_new_key_hands_over_its_secret(iam: Iam, wire: Wire) -> None:
    wire.ok("CreateAccessKey", f"<AccessKey>{SECRET}</AccessKey>")
    assert iam.create_access_key("anna") == ("AKIANEW", "s/e+cret")


def test_a_key_is_proven_by_its_own_signature(iam: Iam, wire: Wire) -> None:
    wire.ok("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/anna</Arn>")
    assert iam.caller_of("AKIASTUDENT", "s/e+cret") == "arn:aws:iam::123456789012:user/anna"
    wire.ok("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/operator</Arn>")
    assert iam.caller_identity()["Arn"].endswith("operator")
    assert wire.keys == ["AKIASTUDENT", "AKIAOPERATOR"]


@pytest.mark.parametrize(("aliases", "alias"), [("", None), ("<member>acme</member>", "acme")])
def test_an_account_has_one_alias_or_none(iam: Iam, wire: Wire, aliases: str, alias: str | None) -> None:
    wire.ok("ListAccountAliases", f"<AccountAliases>{aliases}</AccountAliases>")
    assert iam.account_alias() == alias
