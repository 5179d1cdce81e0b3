# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Handle requests below C(/_sandbox/), which control the endpoint. Their password is the operator's secret key."""

from __future__ import annotations

import hmac
import json
import os
import re
import typing as t
from datetime import datetime

from moto.core.utils import utcnow

from . import weather
from .account import operator_keys
from .errors import Reply

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Environ
    from .endpoint import Endpoint

PREFIX = "/_sandbox/"
Body = dict[str, t.Any]


def _reset(endpoint: Endpoint, body: Body) -> Body:
    endpoint.reset(body.get("operator_policy"))
    return _quota(endpoint, body.get("quotas") or {})


def _account(endpoint: Endpoint, body: Body) -> Body:
    """Create another account. Returns the keys of its operator."""
    identifier = str(body["id"])
    with endpoint.lock:
        if not re.fullmatch(r"\d{12}", identifier) or identifier in {
            one.id for one in (endpoint.account, *endpoint.others)
        }:
            raise ValueError(f"{identifier!r} is not the 12 digits of a new account")
        made = endpoint.account.beside(*operator_keys(), identifier)
        endpoint.add(made)
    return {"access_key": made.access_key, "secret_key": made.secret_key}


def _quota(endpoint: Endpoint, body: Body) -> Body:
    with endpoint.lock:
        for name, value in body.items():
            endpoint.account.set_quota(name, value)
    return {}


def _weather(endpoint: Endpoint, body: Body) -> Body:
    made = weather.make(body)
    with endpoint.lock:
        endpoint.weather = made
    return {}


def _clock(endpoint: Endpoint, body: Body) -> Body:
    at = body.get("at")
    moment = datetime.fromisoformat(at) if at else None
    if moment and moment.tzinfo is None:
        raise ValueError(f"{at} has no offset")
    with endpoint.lock:
        endpoint.account.clock = moment
    return {}


def _sessions(endpoint: Endpoint, body: Body) -> Body:
    """Set the duration of role sessions, even below AWS's minimum. It is kept in moto's object until a reset."""
    with endpoint.lock:
        endpoint.account.sts.seconds_of_sessions = body["seconds"]
    return {}


def _calls(endpoint: Endpoint, _body: Body) -> Body:
    with endpoint.lock:
        return {"calls": dict(endpoint.counts)}


def _log(endpoint: Endpoint, _body: Body) -> Body:
    with endpoint.lock:
        return {"log": list(endpoint.entries)}


def _sign_in(endpoint: Endpoint, body: Body) -> Body:
    """Set PasswordLastUsed, as signing in to the console does. There is no console here."""
    with endpoint.lock:
        user = endpoint.account.backend.get_user(body["user"])
        if not user.password or user.password != body["password"]:
            raise ValueError("Your authentication information is incorrect. Please try again.")
        user.password_last_used = utcnow()
    return {}


def _secrets(endpoint: Endpoint, _body: Body) -> Body:
    with endpoint.lock:
        return {"secrets": sorted(endpoint.secrets)}


COMMANDS: dict[str, Callable[[Endpoint, Body], Body]] = {
    "reset": _reset,
    "account": _account,
    "quota": _quota,
    "weather": _weather,
    "clock": _clock,
    "sessions": _sessions,
    "calls": _calls,
    "log": _log,
    "secrets": _secrets,
    "sign_in": _sign_in,
}


def answer(endpoint: Endpoint, environ: Environ) -> Reply:
    """Handle a control request."""
    name = environ["PATH_INFO"].removeprefix(PREFIX)
    if name == "ping":
        return _json(200, {"pid": os.getpid()})
    password = environ.get("HTTP_X_SANDBOX_SECRET", "")
    if not hmac.compare_digest(password.encode(), endpoint.account.secret_key.encode()):
        return _json(403, {"error": "X-Sandbox-Secret must be the operator's secret key"})
    if name not in COMMANDS:
        return _json(404, {"error": f"unknown command {name}"})
    try:
        return _json(200, COMMANDS[name](endpoint, json.loads(environ["wsgi.input"].read() or b"{}")))
    except (ValueError, KeyError, TypeError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, body: Body) -> Reply:
    return Reply(status, json.dumps(body, default=str).encode(), [("Content-Type", "application/json")])
