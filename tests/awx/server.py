# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""AWX's API on a port of this machine: who asks, what for, and what they are answered."""

from __future__ import annotations

import base64
import json
import threading
import typing as t
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from . import schema
from .access import Access
from .jobs import ACTIVE, Jobs
from .schema import Object
from .store import Refused, Store

ADMIN_TOKEN = "of-the-test"
ADMIN_PASSWORD = "a-password-of-the-test"
_PAGE = 25


class Awx(Store):
    """The controller: what is in it, what runs, and who is logged in."""

    def __init__(self, playbooks: list[str]) -> None:
        super().__init__(playbooks)
        self.jobs = Jobs(self)
        self.tokens: dict[str, int] = {}
        admin = self.create("users", {"username": "admin", "is_superuser": True})
        self.tokens[ADMIN_TOKEN] = admin["id"]
        self.writes.clear()

    def named_user(self, name: str) -> int:
        """The ID of a user."""
        [found] = [one["id"] for one in self.objects["users"].values() if one["username"] == name]
        return int(found)

    def person(self, name: str, *teams: str) -> str:
        """Let somebody in who is in these teams. Returns the token of their login."""
        user = self.create("users", {"username": name})
        for team in teams:
            self.associate("teams", self.named("teams", team)["id"], "users", {"id": user["id"]})
        self.tokens[f"of-{name}"] = user["id"]
        return f"of-{name}"

    def token_of(self, user: int) -> Object:
        """Make a token for a user."""
        ident = self.next_id()
        self.tokens[f"token-{ident}"] = user
        url = f"/api/v2/tokens/{ident}/"
        return {"id": ident, "token": f"token-{ident}", "type": "o_auth2_access_token", "url": url}

    def make(self, endpoint: str, data: Object) -> Object:
        """Make an object, and sync it if it is a project."""
        one = self.create(endpoint, data)
        if endpoint == "projects":
            self.jobs.sync(endpoint, one, None)
        return one

    def edit(self, endpoint: str, ident: int, data: Object) -> Object:
        """Change an object, and sync a project that is somewhere else now."""
        before = dict(self.find(endpoint, ident))
        one = self.change(endpoint, ident, data)
        if endpoint == "projects" and any(one[name] != before[name] for name in ("scm_url", "scm_branch")):
            self.jobs.sync(endpoint, one, None)
        return one


class Request(t.NamedTuple):
    """What is asked for: /api/v2/endpoint/ident/sub/."""

    method: str
    endpoint: str
    ident: int
    sub: str
    query: dict[str, str]
    data: Object


Answer = tuple[int, t.Any]


class Api:
    """Answers the requests of one user."""

    def __init__(self, awx: Awx, user: int) -> None:
        self._awx = awx
        self._user = user
        self._access = Access(awx, awx.find("users", user))

    def answer(self, request: Request) -> Answer:
        """Answer, or refuse."""
        if request.endpoint == "tokens":
            return self._tokens(request)
        if request.sub and not schema.has(request.endpoint, request.sub):
            raise Refused(404, detail="The requested resource could not be found.")
        if request.endpoint == "roles":
            return self._role(request)
        if request.endpoint != "unified_job_templates" and request.endpoint not in self._awx.objects:
            raise Refused(404, detail="The requested resource could not be found.")
        answers: dict[str, Callable[[Request], Answer]] = {
            "GET": self._get,
            "POST": self._post,
            "PATCH": self._patch,
            "DELETE": self._delete,
        }
        return answers[request.method](request)

    def _allow(self, allowed: bool) -> None:
        if not allowed:
            raise Refused(403, detail="You do not have permission to perform this action.")

    def _tokens(self, request: Request) -> Answer:
        if request.method == "DELETE":
            self._awx.tokens.pop(f"token-{request.ident}")
            return 204, None
        return 201, self._awx.token_of(self._user)

    def _role(self, request: Request) -> Answer:
        self._allow(self._access.is_superuser)
        if request.method == "GET":
            return 200, self._page(self._linked(request), request)
        self._awx.associate("roles", request.ident, request.sub, request.data)
        return 204, None

    def _linked(self, request: Request) -> list[Object]:
        return [self._awx.find("any", one) for one in self._awx.linked_ids(request.ident, request.sub)]

    def _page(self, found: list[Object], request: Request) -> Object:
        size = min(int(request.query.get("page_size", _PAGE)), 200)
        number = int(request.query.get("page", 1))
        rest = {name: value for name, value in request.query.items() if name != "page"}
        path = "/".join(str(part) for part in (request.endpoint, request.ident, request.sub) if part)
        more = f"/api/v2/{path}/?{urlencode({**rest, 'page': number + 1})}" if len(found) > number * size else None
        shown = found[(number - 1) * size : number * size]
        return {"count": len(found), "next": more, "previous": None, "results": shown}

    def _get(self, request: Request) -> Answer:
        answer = self._get_one(request) if request.ident else self._get_list(request)
        if request.endpoint in ("projects", "project_updates"):
            self._awx.jobs.work()  # Who asks again finds the sync over.
        return 200, answer

    def _get_list(self, request: Request) -> t.Any:
        query = {name: value for name, value in request.query.items() if not name.startswith("page")}
        found = [one for one in self._awx.search(request.endpoint, query) if self._sees(request.endpoint, one)]
        return json.loads(json.dumps(self._page(found, request)))

    def _get_one(self, request: Request) -> t.Any:
        one = self._awx.find(request.endpoint, request.ident)
        self._allow(self._sees(request.endpoint, one))
        shown = {name: value for name, value in one.items() if name != "extra_vars"} | self._links_of(request, one)
        answers: dict[str, Callable[[], t.Any]] = {
            "": lambda: {**shown, "extra_vars": one["extra_vars"]} if "extra_vars" in one else shown,
            "survey_spec": lambda: self._awx.surveys.get(one["id"], {}),
            "stdout": lambda: {"content": self._awx.jobs.output.get(one["id"], "")},
            "workflow_nodes": lambda: self._page(self._awx.jobs.nodes(one), request),
            "hosts": lambda: self._page([{"name": name} for name in self._awx.jobs.hosts.get(one["id"], [])], request),
        }
        answer = answers.get(request.sub, lambda: self._page(self._linked(request), request))()
        return json.loads(json.dumps(answer))

    def _links_of(self, request: Request, one: Object) -> Object:
        # A node shows where it leads to. What it stands for, an approval too, knows nothing of that.
        links = schema.NODE_LINKS if request.endpoint == "workflow_job_template_nodes" else ()
        return {link: self._awx.linked_ids(one["id"], link) for link in links}

    def _sees(self, endpoint: str, one: Object) -> bool:
        if endpoint == "unified_job_templates":
            endpoint = self._awx.endpoint_of(endpoint, one["id"])
        return self._access.may_read(endpoint, one)

    def _post(self, request: Request) -> Answer:
        if not request.ident:
            if request.endpoint in schema.JOBS:
                raise Refused(405, detail='Method "POST" not allowed.')
            self._allow(self._access.is_superuser)
            return 201, self._awx.make(request.endpoint, request.data)
        one = self._awx.find(request.endpoint, request.ident)
        does: dict[str, Callable[[Request, Object], Answer]] = {
            "launch": self._launch,
            "update": self._update,
            "relaunch": self._relaunch,
            "cancel": self._cancel,
            "approve": self._decide,
            "deny": self._decide,
        }
        return does.get(request.sub, self._configure)(request, one)

    def _configure(self, request: Request, one: Object) -> Answer:
        self._allow(self._access.is_superuser)
        if request.sub == "survey_spec":
            self._awx.set_survey(request.ident, request.data)
            return 200, {}
        if request.sub == "create_approval_template":
            return 201, self._awx.approval(one["id"], request.data)
        self._awx.associate(request.endpoint, request.ident, request.sub, request.data)
        return 204, None

    def _launch(self, request: Request, template: Object) -> Answer:
        self._allow(self._access.may_start(request.endpoint, template))
        return 201, self._awx.jobs.launch(request.endpoint, template, self._user, request.data)

    def _update(self, request: Request, template: Object) -> Answer:
        self._allow(self._access.may_start(request.endpoint, template))
        return 202, self._awx.jobs.sync(request.endpoint, template, self._user)

    def _relaunch(self, request: Request, job: Object) -> Answer:
        if problem := self._access.relaunch_problem(request.endpoint, job, self._awx.jobs.given(job)):
            raise Refused(403, detail=problem)
        return 201, self._awx.jobs.relaunch(request.endpoint, job, self._user)

    def _cancel(self, request: Request, job: Object) -> Answer:
        self._allow(self._access.may_cancel(request.endpoint, job))
        if job["status"] not in ACTIVE:
            raise Refused(405, detail='Method "POST" not allowed.')
        self._awx.jobs.end(job, "canceled")
        return 202, None

    def _decide(self, request: Request, approval: Object) -> Answer:
        self._allow(self._access.may_approve(approval))
        if approval["status"] != "pending":
            raise Refused(400, error="This workflow step has already been approved or denied.")
        self._awx.jobs.end(approval, "successful" if request.sub == "approve" else "failed")
        return 204, None

    def _patch(self, request: Request) -> Answer:
        self._allow(self._access.may_change(request.endpoint, self._awx.find(request.endpoint, request.ident)))
        return 200, self._awx.edit(request.endpoint, request.ident, request.data)

    def _delete(self, request: Request) -> Answer:
        self._allow(self._access.is_superuser)
        if request.sub == "survey_spec":
            self._awx.surveys.pop(request.ident, None)
            return 200, {}
        self._awx.delete(request.endpoint, request.ident)
        return 204, None


class Server:
    """The stand-in on a port of this machine, for the time of a with statement."""

    def __init__(self, awx: Awx) -> None:
        self.awx = awx
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            """Reads a request, answers it in JSON."""

            protocol_version = "HTTP/1.1"
            wbufsize = -1  # An answer in one piece: in two, the second would wait for the first to be acknowledged.

            def _serve(self) -> None:
                split = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                # awx.awx sends a body with everything, with a GET too
                data = json.loads(body) if body and self.command in ("POST", "PATCH") else {}
                path = str(split.path).removeprefix("/api/v2/").strip("/")
                endpoint, ident, sub = [*path.split("/"), "", ""][:3]
                query = dict(parse_qsl(split.query))
                with lock:
                    try:
                        api = Api(awx, self._user())
                        status, content = api.answer(Request(self.command, endpoint, int(ident or 0), sub, query, data))
                    except Refused as error:
                        status, content = error.status, error.details
                    text = b"" if content is None else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("X-API-Product-Name", "AWX")
                self.send_header("X-API-Product-Version", "24.6.1")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                self.wfile.flush()

            def _user(self) -> int:
                how, _, what = (self.headers.get("Authorization") or " ").partition(" ")
                if how == "Bearer" and what in awx.tokens:
                    return awx.tokens[what]
                if how == "Basic" and base64.b64decode(what).decode() == f"admin:{ADMIN_PASSWORD}":
                    return awx.tokens[ADMIN_TOKEN]
                raise Refused(401, detail="Authentication credentials were not provided.")

            do_GET = do_POST = do_PATCH = do_DELETE = _serve  # the names that http.server calls

            def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 -- as http.server has it
                """Keep silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
