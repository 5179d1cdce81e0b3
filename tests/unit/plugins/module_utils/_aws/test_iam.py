# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The gateway: what AWS's errors mean, and what goes over the wire when."""

from __future__ import annotations

import io
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
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import errors as _iam_errors
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import iam as _iam
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.iam import Iam, explain, reply_was_lost, wait_out
from ansible_collections.invoice_scanner.iam.tests.unit.plugins.module_utils.errors import (
    ENDPOINT,
    Clock,
    aws_error,
    lost_reply,
    no_answer,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterator

UNREACHABLE = botocore.exceptions.EndpointConnectionError(endpoint_url=ENDPOINT)


# What errors mean ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (lost_reply(), True),
        (no_answer(botocore.exceptions.ReadTimeoutError(endpoint_url=ENDPOINT)), True),
        (no_answer(botocore.exceptions.ResponseStreamingError(error="cut off")), True),
        (aws_error("500", "Internal Server Error", 500), True),
        (aws_error("ServiceUnavailable", status=503), True),
        (no_answer(UNREACHABLE), False),
        (no_answer(botocore.exceptions.ConnectTimeoutError(endpoint_url=ENDPOINT)), False),
        (no_answer(botocore.exceptions.NoCredentialsError()), False),
        (aws_error("LimitExceeded", status=409), False),
        (aws_error("Throttling"), False),
        (AnsibleIAMError("Failed to do it"), False),
    ],
)
def test_whether_a_reply_was_lost(error: AnsibleIAMError, lost: bool) -> None:
    assert reply_was_lost(error) is lost


def test_codes_and_repetitions() -> None:
    assert _iam.error_code(aws_error("Throttling")) == "Throttling"
    assert _iam.error_code(lost_reply()) == _iam.error_code(AnsibleIAMError("Failed to do it")) == ""
    assert _iam.was_sent_before(aws_error("EntityAlreadyExists", attempts=1))
    assert not _iam.was_sent_before(aws_error("EntityAlreadyExists"))
    assert not _iam.was_sent_before(lost_reply())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AnsibleIAMError("Failed to do it"), "Failed to do it"),
        (
            aws_error("AccessDenied", "User: arn is not authorized."),
            "Failed to do it: User: arn is not authorized (AccessDenied); the operator's AWS credentials may not do "
            "this; see docs/operator_policy.json for what they need, or docs/removal_policy.json to revoke or remove",
        ),
        (aws_error("Strange", "Never heard of it."), "Failed to do it: Never heard of it (Strange)"),
        (aws_error("Strange"), "Failed to do it: Strange (Strange)"),
        (aws_error("ExpiredToken", "x"), "Failed to do it: x (ExpiredToken); the operator's session has expired; "),
        (
            aws_error("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2 (3 - 15 min.)"),
            "Failed to do it: Signature expired: 1 is now earlier than 2 (3 - 15 min.) (SignatureDoesNotMatch); the "
            "clock of this machine is wrong; set it, and run again",
        ),
        (aws_error("SignatureDoesNotMatch", "No."), "Failed to do it: No (SignatureDoesNotMatch); the operator's sec"),
        (aws_error("Throttling", "Rate exceeded"), "Failed to do it: Rate exceeded (Throttling); AWS limits the "),
        (
            no_answer(botocore.exceptions.NoCredentialsError()),
            "Failed to do it: no AWS credentials were found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret",
        ),
        (
            no_answer(botocore.exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY")),
            "Failed to do it: no AWS credentials were found",
        ),
        (no_answer(UNREACHABLE), 'Failed to do it: AWS cannot be reached (Could not connect to the endpoint URL: "'),
        (lost_reply(), "Failed to do it: Connection was closed before we received a valid response"),
    ],
)
def test_errors_are_explained_in_one_sentence(error: AnsibleIAMError, said: str) -> None:
    assert explain(error).startswith(said)
    assert "\n" not in explain(error)


# Waiting -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let no test wait."""
    one = Clock()
    monkeypatch.setattr(_iam_errors, "time", one)
    return one


class Flaky:
    """Fails for a while and then no more."""

    def __init__(self, times: int, error: AnsibleIAMError) -> None:
        self.times = times
        self.error = error
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls > self.times:
            return "done"
        raise self.error


@pytest.mark.parametrize("code", ["EntityTemporarilyUnmodifiable", "NoSuchEntity"])
def test_what_passes_is_waited_out(clock: Clock, code: str) -> None:
    heard: list[tuple[str, float]] = []
    call = Flaky(8, aws_error(code))
    assert wait_out(call, _iam.PASSING, 300, lambda *what: heard.append(what)) == "done"
    assert clock.slept == [0.25, 0.5, 1, 2, 4, 8, 15, 15]
    assert heard == [(code, seconds) for seconds in clock.slept]


@pytest.mark.parametrize("seconds", [0, 0.2, 1, 60, 300])
def test_waiting_ends(clock: Clock, seconds: float) -> None:
    call = Flaky(1000, aws_error("NoSuchEntity"))
    with pytest.raises(AnsibleIAMError) as caught:
        wait_out(call, _iam.PASSING, seconds)
    assert caught.value is call.error
    assert sum(clock.slept) <= seconds
    assert call.calls == len(clock.slept) + 1
    assert (call.calls == 1) is (seconds < 0.25)


@pytest.mark.parametrize("error", [aws_error("AccessDenied"), lost_reply(), aws_error("InvalidClientTokenId")])
def test_nothing_else_is_waited_out(clock: Clock, error: AnsibleIAMError) -> None:
    call = Flaky(1, error)
    with pytest.raises(AnsibleIAMError):
        wait_out(call, _iam.PASSING, 300)
    assert (call.calls, clock.slept) == (1, [])


# The wire ------------------------------------------------------------------------------------------------------------


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


def connect(wire: Wire, governor: Governor | None, **options: t.Any) -> Iam:
    """Make a gateway whose clients, those made later too, talk to C(wire)."""
    session: t.Any = boto3.session.Session()
    for service in ("iam", "sts"):
        session.events.register_last(f"before-send.{service}", wire)
    keys = {"aws_access_key_id": "AKIAOPERATOR", "aws_secret_access_key": "x", "aws_session_token": None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3.session, "Session", lambda **_profile: session)
        patch.setattr(_connection, "get_aws_connection_info", lambda _module: (None, None, {**keys, **options}))
        return Iam(t.cast("t.Any", None), governor=t.cast("t.Any", governor))


@pytest.fixture(scope="module")
def connection() -> Iterator[tuple[Iam, Wire, Governor]]:
    """Connect once: to load the model of IAM takes time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "time", Clock())
        wire, governor = Wire(), Governor()
        yield connect(wire, governor), wire, governor


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
    for call in (iam.create_access_key, iam.login_profile):
        with pytest.raises(AnsibleIAMError):
            call("anna")
    assert wire.actions == ["CreateAccessKey"] + ["GetLoginProfile"] * 3
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


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (lambda iam: iam.user("anna"), None),
        (lambda iam: iam.login_profile("anna"), None),
        (lambda iam: iam.password_policy(), None),
        (lambda iam: iam.access_keys("anna"), []),
        (lambda iam: iam.attached_policies("anna"), []),
        (lambda iam: iam.delete_access_key("anna", "AKIAIOSFODNN7EXAMPLE"), False),
        (lambda iam: iam.delete_login_profile("anna"), False),
        (lambda iam: iam.untag_user("anna", ["AKIA"]), False),
        (lambda iam: iam.detach_user_policy("anna", "arn:aws:iam::aws:policy/ReadOnlyAccess"), False),
    ],
)
def test_to_read_or_delete_what_is_not_there_is_no_error(
    iam: Iam, wire: Wire, call: t.Callable[[Iam], t.Any], missing: t.Any
) -> None:
    wire.error("NoSuchEntity", 404)
    assert call(iam) == missing
    wire.error("AccessDenied", 403)
    with pytest.raises(AnsibleIAMError, match="Failed to "):
        call(iam)


def test_a_user_is_created_with_all_that_the_call_takes(iam: Iam, wire: Wire) -> None:
    boundary = "arn:aws:iam::123456789012:policy/B"
    for one in (boundary, None):
        wire.ok("CreateUser")
        iam.create_user("anna", "/class/", {"course": "x"}, one)
    asked = {name: value for name, value in wire.asked[0].items() if name not in ("Action", "Version")}
    expected = {"UserName": "anna", "Path": "/class/", "Tags.member.1.Key": "course", "Tags.member.1.Value": "x"}
    assert asked == expected | {"PermissionsBoundary": boundary}
    assert "PermissionsBoundary" not in wire.asked[1]


def key_of(key_id: str, date: str) -> str:
    return f"<member><AccessKeyId>{key_id}</AccessKeyId><CreateDate>{date}T00:00:00Z</CreateDate></member>"


def test_keys_come_oldest_first_from_all_pages(iam: Iam, wire: Wire) -> None:
    for truncated, key_id, date in (("true", "AKIANEW", "2026-02-02"), ("false", "AKIAOLD", "2026-01-01")):
        listed = f"<AccessKeyMetadata>{key_of(key_id, date)}</AccessKeyMetadata>"
        wire.ok("ListAccessKeys", f"<IsTruncated>{truncated}</IsTruncated><Marker>m</Marker>{listed}")
    assert [key["AccessKeyId"] for key in iam.access_keys("anna")] == ["AKIAOLD", "AKIANEW"]
    assert wire.asked[1]["Marker"] == "m"


def test_a_new_key_hands_over_its_secret(iam: Iam, wire: Wire) -> None:
    secret = "<AccessKeyId>AKIANEW</AccessKeyId><SecretAccessKey>s/e+cret</SecretAccessKey>"
    wire.ok("CreateAccessKey", f"<AccessKey>{secret}</AccessKey>")
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
