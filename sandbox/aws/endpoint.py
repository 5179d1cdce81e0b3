# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Handle AWS calls one at a time, from signature to reply, and log them for tests."""

from __future__ import annotations

import logging
import threading
import time
import typing as t
from collections import Counter, deque

from moto import settings
from moto.core.authorization import disable_iam_authentication
from moto.core.exceptions import ServiceException
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from . import stores, weather
from .access import UNSIGNED, authorize, identify, may
from .account import Account
from .actions import ACTIONS, render
from .call import Call
from .errors import AwsError, ConnectionDropped, Reply
from .listing import page
from .request import Request
from .rules import RULES, constraints, existence
from .store_calls import STORES
from .translation import translate

log = logging.getLogger(__name__)

# For services that this layer does not check, such as KMS, let moto authorize calls from the first one on.
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

STRICT = frozenset({"iam", "sts"})
LOG_LENGTH = 200_000  # An endpoint may run for weeks.
PASSWORDS = ("Password", "OldPassword", "NewPassword")


class Endpoint:
    """moto's application with the rules, the weather and the log in front."""

    def __init__(self, account: Account) -> None:
        self.account = account
        # More accounts that a test has created, until the next reset
        self.others: list[Account] = []
        self.weather = weather.Weather()
        self.counts: Counter[str] = Counter()
        self.entries: deque[dict[str, t.Any]] = deque(maxlen=LOG_LENGTH)
        self.secrets: set[str] = set()
        self.lock = threading.RLock()  # moto's back ends are not thread-safe.
        self._moto = DomainDispatcherApplication(create_backend_app)

    def serve(self, call: Call) -> Reply:
        """Handle one AWS call and log it, whether it succeeds or not."""
        if self.weather.latency:
            time.sleep(self.weather.latency)
        with self.lock:
            account = self._account_of(call)
        call.account_id = account.id
        entry: dict[str, t.Any] = {
            "account": account.id,
            "action": call.name,
            "access_key_id": call.key_id,
            "parameters": call.public_parameters() if call.service in STRICT | STORES else {},
            "status": 0,
            "error": None,
        }
        with self.lock:
            self.counts[call.name] += 1
            self.entries.append(entry)
            self.secrets |= {call.parameters[name] for name in PASSWORDS if call.parameters.get(name)}
            return self._answer(call, entry, account)

    def _account_of(self, call: Call) -> Account:
        """Return the account whose key signed a call. If there is none, it is the first account."""
        return next((one for one in self.others if one.knows(call.key_id)), self.account)

    def _answer(self, call: Call, entry: dict[str, t.Any], account: Account) -> Reply:
        try:
            reply = self.weather.before(call)
            if reply is None:
                reply = self._applied(call, entry, account)
                reply = self.weather.after(call) or reply
        except AwsError as error:
            entry["error"] = error.code
            reply = error.reply(call.service)
        except ConnectionDropped:
            entry["error"] = "ConnectionDropped"
            raise
        entry["status"] = reply.status
        return reply

    def _applied(self, call: Call, entry: dict[str, t.Any], account: Account) -> Reply:
        try:
            if call.service in STORES:
                return self._store(call, account)
            return self._strictly(call, account) if call.service in STRICT else self._ask_moto(call)
        except AwsError as error:
            refusal = error
        except ServiceException as error:  # moto's own error, in an action of this sandbox
            refusal = AwsError(error.code, error.message)
        except NotImplementedError:
            refusal = AwsError("NotImplemented", f"The sandbox does not have {call.name}.")
        except Exception:
            log.exception("%s failed inside the sandbox", call.name)
            refusal = AwsError("InternalFailure", "The sandbox failed; see its log.")
        entry["error"] = refusal.code
        return refusal.reply(call.service)

    def _strictly(self, call: Call, account: Account) -> Reply:
        """Handle a call to IAM or STS, with checks in the same order as AWS's."""
        if call.name in UNSIGNED:
            return translate(call, self._ask_moto(call))
        caller = identify(call, account)
        self.weather.check_key(caller.key_id)
        operation = call.operation
        if call.malformed:
            raise AwsError("MalformedInput", "The request contains a value of the wrong type.")
        if operation is None:
            raise AwsError(
                "InvalidAction", f"Could not find operation {call.action} for version {call.form.get('Version', '')}"
            )
        constraints.check(operation, call.parameters)
        authorize(call, caller, account)
        region = call.credential.region if call.credential else ""
        unseen = self.weather.unseen_policies(call.parameters)
        request = Request(call.service, call.action, call.parameters, account, caller, region, unseen)
        self.weather.check_request(request)
        remembered = self.weather.recall(request)
        return remembered if remembered else self._perform(call, request)

    def _store(self, call: Call, account: Account) -> Reply:
        """Handle a call to S3 or Secrets Manager."""
        caller = identify(call, account)
        self.weather.check_key(caller.key_id)
        if call.malformed:
            raise AwsError("SerializationException", "The request is not JSON.")
        authorize(call, caller, account)
        stores.check(call, lambda action, about: may(call, caller, account, action, about))
        with disable_iam_authentication():
            reply = self._ask_moto(call)
        stores.complete(call, reply)
        return reply

    def _perform(self, call: Call, request: Request) -> Reply:
        _check(request)
        past = self.weather.look_back(request, _outcome)
        if call.action == "ListAccessKeys":
            return self._access_keys(request)
        answer: dict[str, t.Any] = {}
        if call.action in ACTIONS:
            answer = ACTIONS[call.action](request)
            reply = render(request, answer)
        else:
            with disable_iam_authentication():  # The call is authorized already.
                reply = translate(call, self._ask_moto(call))
        if call.action == "CreateAccessKey":
            self.secrets.add(answer["AccessKey"].secret_access_key)
        if call.action == "AssumeRole":
            self.secrets |= {answer["Credentials"][name] for name in ("SecretAccessKey", "SessionToken")}
        self.weather.observe(request, answer, past)
        return reply

    def _access_keys(self, request: Request) -> Reply:
        keys = self.weather.listed_keys(request.user.name, list(request.user.access_keys))
        items, truncation = page(request, keys)
        return render(request, {"UserName": request.user.name, "AccessKeyMetadata": items, **truncation})

    def _ask_moto(self, call: Call) -> Reply:
        caught: list[t.Any] = []
        call.environ["wsgi.input"].seek(0)
        chunks = self._moto(call.environ, lambda status, headers, _exc_info=None: caught.extend((status, headers)))
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        return Reply(int(caught[0].split()[0]), body, list(caught[1]))

    # Control by tests -----------------------------------------------------------------------------------------------

    def add(self, account: Account) -> None:
        """Add an account until the next reset."""
        with self.lock:
            self.others.append(account)

    def reset(self, operator_policy: dict[str, t.Any] | None = None) -> None:
        """Start again with a new account, without faults and with an empty log."""
        with self.lock:
            self.account.reset(operator_policy)
            self.others.clear()
            self.weather = weather.Weather()
            self.counts.clear()
            self.entries.clear()
            self.secrets.clear()


def _check(request: Request) -> None:
    existence.check(request)
    for check in RULES.get(request.action, ()):
        check(request)


def _outcome(request: Request) -> Reply | AwsError:
    """Return the current reply, or error, of a read that this layer handles itself."""
    try:
        _check(request)
        return render(request, ACTIONS[request.action](request))
    except AwsError as error:
        return error
