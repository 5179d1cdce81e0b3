# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What a role to be assumed may look like, and when its session is renewed."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.assumed_role import Role, assume, session_with

ARN = "arn:aws-cn:iam::123456789012:role/training/Workshop"


def role(**told: t.Any) -> Role | None:
    return Role.of({f"assume_role_{name}": value for name, value in told.items()})


def test_there_may_be_none() -> None:
    assert role() is None
    assert role(arn="", external_id=None, duration=None) is None


def test_sts_is_asked_for_what_was_said() -> None:
    whole = role(arn=f" {ARN} ", external_id="4711", session_name="course-7", duration=900)
    assert whole
    assert (whole.arn, str(whole)) == (ARN, f"role {ARN}")
    assert whole.more == {"ExternalId": "4711", "RoleSessionName": "course-7", "DurationSeconds": 900}
    plain = role(arn=ARN)
    assert plain
    assert plain.more == {"RoleSessionName": "invoice_scanner.iam"}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"arn": "Workshop"}, "assume_role_arn is 'Workshop'; it reads like arn:aws:iam::123456789012:role/NAME"),
        ({"arn": "arn:aws:iam::123456789012:user/anna"}, "assume_role_arn is 'arn:aws:iam::123456789012:user/anna'"),
        ({"arn": ARN, "external_id": "a b"}, "assume_role_external_id is 'a b'"),
        ({"arn": ARN, "session_name": "x"}, "assume_role_session_name is 'x'; it has 2 to 64"),
        ({"arn": ARN, "duration": 0}, "assume_role_duration is 0; give 900 to 43200 seconds"),
        ({"arn": ARN, "duration": 43201}, "assume_role_duration is 43201"),
        ({"duration": 900}, "assume_role_duration is set without assume_role_arn"),
    ],
)
def test_what_cannot_be_is_named(told: dict[str, t.Any], said: str) -> None:
    with pytest.raises(AnsibleIAMError) as caught:
        role(**told)
    assert caught.value.message.startswith(said)


class Sts:
    """Stands for STS: each session lasts as long as it is told."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[dict[str, t.Any]] = []

    def client(self, _service: str, **_keys: t.Any) -> Sts:
        return self

    def assume_role(self, **asked: t.Any) -> dict[str, t.Any]:
        self.asked.append(asked)
        end = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(seconds=self.seconds)
        keys = {"AccessKeyId": f"ASIA{len(self.asked)}", "SecretAccessKey": "x", "SessionToken": "y"}
        return {"Credentials": {**keys, "Expiration": end}, "AssumedRoleUser": {}}

    def get_frozen_credentials(self) -> t.Any:
        return type("Keys", (), {"access_key": "AKIA", "secret_key": "x", "token": None})


def assumed(sts: Sts) -> t.Any:
    wanted = role(arn=ARN)
    assert wanted
    return assume(wanted, sts, sts.client)


@pytest.mark.parametrize("seconds", [900, 3600, 43200])
def test_a_session_is_not_renewed_while_it_lasts(seconds: int) -> None:
    """botocore itself would renew one of 15 minutes with every request."""
    sts = Sts(seconds)
    credentials = assumed(sts)
    for _request in range(3):
        assert credentials.get_frozen_credentials().access_key == "ASIA1"
    assert len(sts.asked) == 1


def test_a_session_is_renewed_before_its_end() -> None:
    sts = Sts(900)
    credentials = assumed(sts)
    credentials._time_fetcher = lambda: datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(seconds=700)
    sts.seconds = 1700
    assert credentials.get_frozen_credentials().access_key == "ASIA2"
    assert credentials.get_frozen_credentials().access_key == "ASIA2"
    assert len(sts.asked) == 2


def test_a_session_that_is_over_at_once_means_a_wrong_clock() -> None:
    with pytest.raises(AnsibleIAMError) as caught:
        assumed(Sts(-5))
    assert caught.value.message == (
        f"the session of role {ARN} has ended already; the clock of this machine is wrong, set it, and run again"
    )


def test_a_session_signs_with_these_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    credentials = assumed(Sts(900))
    session = session_with(credentials, None)
    assert session.get_credentials() is credentials
