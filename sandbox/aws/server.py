# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""An HTTP/1.1 server on loopback with persistent connections, since opening one takes longer than a call.

Paths below C(/_sandbox/) are for tests; all others are AWS.
"""

from __future__ import annotations

import io
import typing as t
from http import HTTPStatus

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from . import control
from .call import Environ, read_call
from .errors import ConnectionDropped

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .endpoint import Endpoint

    StartResponse = Callable[[str, list[tuple[str, str]]], t.Any]
    Application = Callable[[Environ, StartResponse], Iterable[bytes]]

HOST = "127.0.0.1"


class Handler(MotoRequestHandler):
    """Keeps connections open, unlike werkzeug's handler, because it always reads the whole request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # TCP_NODELAY, because header and body of a reply are two small writes.
    timeout = 600

    def run_wsgi(self) -> None:
        """Handle one request of a connection."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._body(environ))
        caught: list[t.Any] = []
        try:
            body = b"".join(self.server.app(environ, lambda *answer: caught.extend(answer)))  # type: ignore[arg-type]
        except ConnectionDropped:
            self.close_connection = True
            return
        self._send(caught[0], caught[1], body)

    def _body(self, environ: dict[str, t.Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):
            body: bytes = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            return body
        return self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _unused, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding", "date", "server"}:
                self.send_header(name, value)
        has_length = any(name.lower() == "content-length" for name, _value in headers)
        if self.command == "HEAD" and has_length:
            self.send_header("Content-Length", next(v for n, v in headers if n.lower() == "content-length"))
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log(self, type: str, message: str, *args: t.Any) -> None:  # noqa: A002
        """Log nothing, because /_sandbox/log has all calls, without secrets."""


def application(endpoint: Endpoint) -> Application:
    """Return the WSGI application of an endpoint."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        is_control = environ["PATH_INFO"].startswith(control.PREFIX)
        reply = control.answer(endpoint, environ) if is_control else endpoint.serve(read_call(environ))
        start_response(f"{reply.status} {_phrase(reply.status)}", reply.headers)
        return [reply.body]

    return answer


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def listen(endpoint: Endpoint, port: int) -> BaseWSGIServer:
    """Bind the port, or a free one if it is 0."""
    return make_server(HOST, port, application(endpoint), threaded=True, request_handler=Handler)
