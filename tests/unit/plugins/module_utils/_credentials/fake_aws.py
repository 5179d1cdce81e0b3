# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Clients of S3 and Secrets Manager that answer what a test tells them to."""

from __future__ import annotations

import types
import typing as t

import botocore.exceptions

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import uri as _destination_uri

if t.TYPE_CHECKING:
    from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection

Answers = dict[str, t.Any]


def refusal(code: str) -> botocore.exceptions.ClientError:
    """What botocore raises for an error of AWS's."""
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": f"It is {code}."}}, "AnyOperation")


class NotFound(botocore.exceptions.ClientError):
    """As botocore makes one for a client."""


class Aws:
    """Stands for a connection and its clients: answers what it is told to, and writes down what is asked."""

    def __init__(self, endpoint: str = "https://s3.eu-central-1.amazonaws.com") -> None:
        self.meta = types.SimpleNamespace(endpoint_url=endpoint)
        self.exceptions = types.SimpleNamespace(
            ClientError=botocore.exceptions.ClientError, ResourceNotFoundException=NotFound
        )
        self.answers: dict[str, t.Any] = {"get_bucket_versioning": {"Status": "Enabled"}}
        self.asked: list[tuple[str, dict[str, t.Any]]] = []
        self.options: list[t.Any] = []
        # What a paginator gives, whatever it is asked for
        self.pages: list[Answers] = []

    def client(self, _service: str, options: t.Any = None) -> Aws:
        self.options.append(options)
        return self

    def get_paginator(self, verb: str) -> t.Any:
        def paginate(**parameters: t.Any) -> list[Answers]:
            self.asked.append((verb, parameters))
            return self.pages

        return types.SimpleNamespace(paginate=paginate)

    def __getattr__(self, verb: str) -> t.Callable[..., t.Any]:
        def ask(**parameters: t.Any) -> t.Any:
            self.asked.append((verb, parameters))
            answer = self.answers.get(verb, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return ask

    def parameters(self, verb: str) -> list[dict[str, t.Any]]:
        """All that was asked with one verb."""
        return [parameters for one, parameters in self.asked if one == verb]


def opened(shelf: t.Any, aws: Aws, uri: str) -> t.Any:
    """Open a shelf."""
    store = _destination_uri.parse(uri)
    assert store is not None
    return shelf(t.cast("Connection", aws), store)
