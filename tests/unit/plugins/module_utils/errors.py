# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What the gateway raises, made by hand as botocore and amazon.aws make it."""

from __future__ import annotations

import typing as t

import botocore.exceptions
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

ENDPOINT = "https://iam.amazonaws.com/"


def aws_error(code: str, message: str = "", status: int = 400, attempts: int = 0) -> AnsibleIAMError:
    """AWS answered with an error; C(attempts) repetitions went before."""
    answer: t.Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": attempts},
    }
    return AnsibleIAMError("Failed to do it", botocore.exceptions.ClientError(answer, "DoIt"))


def lost_reply() -> AnsibleIAMError:
    """The connection broke when the request was out."""
    return no_answer(botocore.exceptions.ConnectionClosedError(endpoint_url=ENDPOINT))


def no_answer(cause: Exception) -> AnsibleIAMError:
    """AWS did not answer at all."""
    return AnsibleIAMError("Failed to do it", cause)


class Clock:
    """Stands in for the module time: sleeping costs nothing and is written down."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Dice:
    """Stands in for the module random: what may be less is as much as it may be."""

    @staticmethod
    def uniform(_low: float, high: float) -> float:
        return high
