# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""How clients are made as the operator configured them, and what the errors of verbs say."""

from __future__ import annotations

import types
import typing as t

import boto3.session
import botocore.config
import botocore.exceptions
import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import connection as _connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws import shared_data as _shared_data
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection, ErrorHandler
from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.errors import explain

KEYS = {"aws_access_key_id": "AKIAOPERATOR", "aws_secret_access_key": "x", "aws_session_token": None}


class Session:
    """Stands for boto3's session, and writes down which clients are made."""

    region_name: str | None = None

    def __init__(self, botocore_session: t.Any) -> None:
        self.profile = botocore_session.profile
        self.made: list[tuple[str, dict[str, t.Any]]] = []

    def client(self, service: str, **options: t.Any) -> str:
        self.made.append((service, options))
        return f"client for {service}"


def connect(
    monkeypatch: pytest.MonkeyPatch,
    region: str | None = None,
    connections: int = 10,
    params: dict[str, t.Any] | None = None,
    **options: t.Any,
) -> tuple[Connection, Session]:
    """Connect as a module with these options does."""
    sessions: list[Session] = []

    def session(**given: t.Any) -> Session:
        sessions.append(Session(**given))
        return sessions[-1]

    monkeypatch.setattr(boto3.session, "Session", session)
    # No configuration of this machine has their profiles.
    monkeypatch.setattr(_shared_data, "share", lambda one: one)
    monkeypatch.setattr(
        _connection, "get_aws_connection_info", lambda _module: (region, "https://endpoint", {**KEYS, **options})
    )
    connection = Connection(t.cast("t.Any", types.SimpleNamespace(params=params or {})), connections)
    return connection, sessions[0]


def config_of(session: Session) -> t.Any:
    return session.made[-1][1]["config"]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (
            {"profile": "workshop", "access_key": "AKIAENV", "secret_key": "env-secret"},
            "AWS_PROFILE and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, but only one way to sign in to AWS "
            "can be used; unset AWS_PROFILE to use the key, or unset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to "
            "use the profile",
        ),
        (
            {"profile": "other", "session_token": "env-token"},
            "profile in aws_connection and AWS_SESSION_TOKEN are set, but only one way to sign in to AWS can be used; "
            "unset profile in aws_connection to use the key, or unset AWS_SESSION_TOKEN to use the profile",
        ),
        ({"profile": "", "access_key": "AKIAENV", "secret_key": "env-secret"}, None),
        ({"profile": "workshop", "access_key": None}, None),
    ],
)
def test_a_profile_beside_keys_is_refused_with_where_each_is_from(
    monkeypatch: pytest.MonkeyPatch, params: dict[str, t.Any], sentence: str | None
) -> None:
    for name, value in (
        ("AWS_PROFILE", "workshop"),
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "env-secret"),
        ("AWS_SESSION_TOKEN", "env-token"),
    ):
        monkeypatch.setenv(name, value)
    if sentence is None:
        connect(monkeypatch, params=params)
        return
    with pytest.raises(AnsibleIAMError) as caught:
        connect(monkeypatch, params=params)
    assert explain(caught.value) == sentence


@pytest.mark.parametrize(
    ("given", "of_profile", "region"),
    [("eu-west-1", "us-gov-west-1", "eu-west-1"), (None, "cn-north-1", "cn-north-1"), (None, None, "us-east-1")],
)
def test_the_region(monkeypatch: pytest.MonkeyPatch, given: str | None, of_profile: str | None, region: str) -> None:
    """A controller configures none, and IAM has one endpoint a partition."""
    monkeypatch.setattr(Session, "region_name", of_profile)
    connection, session = connect(monkeypatch, given)
    assert connection.region == region
    assert connection.client("iam") == "client for iam"
    assert session.made[0][1]["region_name"] == region


def test_a_client_gets_what_the_operator_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    connection, session = connect(monkeypatch, profile_name="school", verify="/etc/ca.pem")
    connection.client("sts")
    ((service, options),) = session.made
    del options["config"]
    assert (session.profile, service) == ("school", "sts")
    assert options == {
        **KEYS,
        "region_name": "us-east-1",
        "endpoint_url": "https://endpoint",
        "verify": "/etc/ca.pem",
    }


def test_a_call_is_repeated_and_one_that_must_not_be_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    connection, session = connect(monkeypatch)
    connection.client("iam")
    assert config_of(session).retries == {"mode": "standard", "total_max_attempts": 10}
    connection.client("iam", once=True)
    assert config_of(session).retries["total_max_attempts"] == 1


@pytest.mark.parametrize("once", [True, False])
def test_the_operator_s_configuration_wins_but_for_what_is_sent_once(
    monkeypatch: pytest.MonkeyPatch, once: bool
) -> None:
    theirs = botocore.config.Config(retries={"total_max_attempts": 3, "mode": "adaptive"}, read_timeout=7)
    connection, session = connect(monkeypatch, aws_config=theirs)
    connection.client("iam", once=once)
    assert config_of(session).retries["total_max_attempts"] == (1 if once else 3)
    assert config_of(session).read_timeout == 7


def test_there_is_a_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    connection, session = connect(monkeypatch, connections=32)
    connection.client("iam")
    assert config_of(session).max_pool_connections == 32


def test_a_service_may_need_more(monkeypatch: pytest.MonkeyPatch) -> None:
    connection, session = connect(monkeypatch)
    connection.client("s3", options={"s3": {"addressing_style": "path"}})
    assert config_of(session).s3 == {"addressing_style": "path"}


# Errors --------------------------------------------------------------------------------------------------------------


def refused(code: str) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "No."}}, "AnyOperation")


class Gateway:
    """Verbs that fail as they are told to."""

    @ErrorHandler.common_error_handler("make {name} at {place}")
    def make(self, name: str, place: str, error: Exception | None = None) -> str:
        if error:
            raise error
        return f"{name} at {place}"

    @ErrorHandler.list_error_handler("read {name}", "nothing")
    def read(self, name: str, error: Exception) -> str:
        raise error

    @ErrorHandler.deletion_error_handler("take {name}")
    def take(self, name: str, error: Exception) -> bool:
        raise error


def test_a_verb_that_does_not_fail_is_left_alone() -> None:
    assert Gateway().make("anna", place="/") == "anna at /"


@pytest.mark.parametrize("error", [refused("AccessDenied"), botocore.exceptions.NoCredentialsError()])
def test_an_error_says_what_was_tried_with_whom(error: Exception) -> None:
    calls: list[t.Callable[[], object]] = [
        lambda: Gateway().make("anna", "/class/", error),
        lambda: Gateway().make(name="anna", place="/class/", error=error),
    ]
    for call in calls:
        with pytest.raises(AnsibleIAMError) as caught:
            call()
        assert caught.value.message == "Failed to make anna at /class/"
        assert caught.value.exception is error


def test_what_is_missing_is_read_as_nothing_and_taken_already() -> None:
    missing, denied = refused("NoSuchEntity"), refused("AccessDenied")
    assert Gateway().read("anna", missing) == "nothing"
    assert not Gateway().take("anna", missing)
    with pytest.raises(AnsibleIAMError, match="Failed to read anna"):
        Gateway().read("anna", denied)
    with pytest.raises(AnsibleIAMError, match="Failed to take anna"):
        Gateway().take("anna", denied)
    with pytest.raises(AnsibleIAMError, match="Failed to make anna at /"):
        Gateway().make("anna", "/", missing)


def test_what_is_no_error_of_aws_s_is_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match=r"^mine$"):
        Gateway().make("anna", "/", ValueError("mine"))
