# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Rewrite moto's replies as AWS would send them: with AWS's error messages, and without members that AWS leaves out.

moto's reply is parsed as a client would, so that this does not depend on moto's internals.
"""

from __future__ import annotations

import re
import typing as t
from http import HTTPStatus

from botocore.awsrequest import HeadersDict
from botocore.parsers import QueryParser

from . import xml
from .errors import AwsError, Reply

if t.TYPE_CHECKING:
    from .call import Call

# moto's messages that differ from AWS's, and AWS's
_SENTENCES = (
    (r"Certificate (.*) is malformed", r"Certificate \1 is malformed."),
    (r"The SSH Public Key with id (\S+) cannot be found", r"The Public Key with id \1 cannot be found."),
    (r"The Access Key with id (\S+) cannot be found", r"The Access Key with id \1 cannot be found."),
    (r"Has prohibited field Resource\.", r"Has prohibited field Resource"),
    (r"Trust Policy statement actions can only .*", r"AssumeRole policy may only specify STS AssumeRole actions."),
    (r"Credential report not present", ""),
)


def translate(call: Call, reply: Reply) -> Reply:
    """Return moto's reply as AWS would send it. Raises AwsError for an error."""
    operation: t.Any = call.operation
    response = {"status_code": reply.status, "headers": HeadersDict(dict(reply.headers)), "body": reply.body}
    answer: dict[str, t.Any] = QueryParser().parse(response, operation.output_shape)
    if reply.status >= HTTPStatus.BAD_REQUEST:
        raise AwsError(answer["Error"]["Code"], _sentence(answer["Error"].get("Message", "")))
    return xml.reply(operation, call.service, answer)


def _sentence(said: str) -> str:
    for pattern, sentence in _SENTENCES:
        if match := re.fullmatch(pattern, said, re.DOTALL):
            return match.expand(sentence)
    return said
