# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""A server that keeps what it is told as AWX's API does: objects, associations, surveys, approvals and roles."""

from __future__ import annotations

import itertools
import json
import threading
import typing as t
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from . import rules
from .rules import Object

# What each endpoint keeps, with AWX's default. What is not here is dropped without a word, as AWX does.
_NAMED: Object = {"name": "", "description": ""}
_PROMPTS: Object = {"limit": None, "job_type": None, "inventory": None, "scm_branch": None, "verbosity": None}
_ASK = {
    f"ask_{name}_on_launch": False for name in ("limit", "job_type", "inventory", "scm_branch", "variables", "tags")
}
FIELDS: dict[str, Object] = {
    "organizations": {**_NAMED, "max_hosts": 0, "default_environment": None},
    "execution_environments": {**_NAMED, "organization": None, "image": "", "credential": None, "pull": ""},
    "credential_types": {**_NAMED, "kind": "", "inputs": {}, "injectors": {}, "managed": False},
    "credentials": {**_NAMED, "organization": None, "credential_type": None, "inputs": {}},
    "projects": {
        **_NAMED, "organization": None, "scm_type": "", "scm_url": "", "scm_branch": "", "scm_refspec": "",
        "scm_clean": False, "scm_update_on_launch": False, "scm_update_cache_timeout": 0, "allow_override": False,
        "credential": None, "default_environment": None, "timeout": 0,
    },
    "inventories": {**_NAMED, "organization": None, "kind": "", "host_filter": None, "variables": ""},
    "inventory_sources": {
        **_NAMED, "inventory": None, "source": "", "source_path": "", "source_vars": "", "source_project": None,
        "execution_environment": None, "credential": None, "overwrite": False, "overwrite_vars": False,
        "update_on_launch": False, "update_cache_timeout": 0, "limit": "", "timeout": 0, "verbosity": 1,
    },
    "notification_templates": {
        **_NAMED, "organization": None, "notification_type": "", "notification_configuration": {}, "messages": {},
    },
    "job_templates": {
        **_NAMED, "organization": None, "job_type": "run", "inventory": None, "project": None, "playbook": "",
        "execution_environment": None, "extra_vars": "", "limit": "", "forks": 0, "verbosity": 0, "timeout": 0,
        "job_slice_count": 1, "allow_simultaneous": False, "survey_enabled": False, "use_fact_cache": False, **_ASK,
    },
    "workflow_job_templates": {
        **_NAMED, "organization": None, "extra_vars": "", "allow_simultaneous": False, "survey_enabled": False, **_ASK,
    },
    "workflow_job_template_nodes": {
        "identifier": "", "workflow_job_template": None, "unified_job_template": None, "extra_data": {},
        "all_parents_must_converge": False, **_PROMPTS,
    },
    "workflow_approval_templates": {**_NAMED, "timeout": 0},
    "schedules": {**_NAMED, "unified_job_template": None, "rrule": "", "enabled": True, "extra_data": {}, **_PROMPTS},
    "teams": {**_NAMED, "organization": None},
    "instance_groups": dict(_NAMED),
}  # fmt: skip
REFERENCES = {
    "organization": "organizations",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "credential": "credentials",
    "credential_type": "credential_types",
    "execution_environment": "execution_environments",
    "default_environment": "execution_environments",
    "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "unified_job_templates",
}
IDENTITY = ("name", "identifier", "organization", "inventory", "workflow_job_template", "credential_type")
UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")
TYPES = {"inventories": "inventory", "workflow_approval_templates": "workflow_approval_template"}


class Refused(Exception):
    """A request that AWX answers with a status of 400 or 404."""

    def __init__(self, status: int, **details: t.Any) -> None:
        super().__init__(details)
        self.status = status
        self.details = details


class Awx:
    """What is in the controller, and what was asked of it."""

    def __init__(self, playbooks: list[str]) -> None:
        self._playbooks = playbooks
        self._ids = itertools.count(1)
        self.objects: dict[str, dict[int, Object]] = {endpoint: {} for endpoint in FIELDS}
        self.surveys: dict[int, Object] = {}
        self.associations: dict[tuple[int, str], list[int]] = {}
        self.roles: dict[int, tuple[int, str]] = {}
        self.secrets: dict[int, Object] = {}
        self.writes: Counter[str] = Counter()
        for name, inputs in (
            ("Amazon Web Services", ["username", "password", "security_token"]),
            ("Vault", ["vault_password", "vault_id"]),
            ("Source Control", ["username", "password", "ssh_key_data"]),
        ):
            fields = [{"id": one, "label": one, "secret": one not in ("username", "vault_id")} for one in inputs]
            self.create("credential_types", {"name": name, "managed": True, "inputs": {"fields": fields}})
        self.create("instance_groups", {"name": "default"})
        self.writes.clear()

    def named(self, endpoint: str, name: str) -> Object:
        """The one object of this name."""
        [found] = [one for one in self.objects[endpoint].values() if one.get("name", one.get("identifier")) == name]
        return found

    def linked(self, one: Object, association: str) -> list[str]:
        """The names of what is associated with an object."""
        ids = self.associations.get((one["id"], association), [])
        found = [self.find("any", ident) for ident in ids]
        return [thing.get("name") or thing["identifier"] for thing in found]

    def find(self, endpoint: str, ident: int) -> Object:
        """An object by its ID."""
        pool = (
            list(self.objects) if endpoint == "any" else UNIFIED if endpoint == "unified_job_templates" else [endpoint]
        )
        for candidate in pool:
            if ident in self.objects[candidate]:
                return self.objects[candidate][ident]
        raise Refused(404, detail=f"there is no {endpoint}/{ident}")

    def search(self, endpoint: str, query: dict[str, str]) -> list[Object]:
        """Objects that have these values."""
        pool = UNIFIED if endpoint == "unified_job_templates" else (endpoint,)
        if not set(pool) <= set(self.objects):
            raise Refused(404, detail=f"there is no {endpoint}")
        found = [one for each in pool for one in self.objects[each].values()]
        return [one for one in found if all(str(one.get(name)) == value for name, value in query.items())]

    def create(self, endpoint: str, data: Object) -> Object:
        """Make an object."""
        ident = next(self._ids)
        fields = json.loads(json.dumps(FIELDS[endpoint])) | {k: v for k, v in data.items() if k in FIELDS[endpoint]}
        one = {
            **fields,
            "id": ident,
            "type": TYPES.get(endpoint, endpoint.rstrip("s")),
            "url": f"/api/v2/{endpoint}/{ident}/",
        }
        self._see_that_it_is_unique(endpoint, one)
        one["related"] = {}
        one["summary_fields"] = {"object_roles": {}}
        for role in rules.OBJECT_ROLES.get(endpoint, []):
            role_id = next(self._ids)
            self.roles[role_id] = (ident, role)
            one["summary_fields"]["object_roles"][f"{role}_role"] = {"id": role_id}
        if endpoint in ("job_templates", "workflow_job_templates"):
            one["related"]["survey_spec"] = one["url"] + "survey_spec/"
        if endpoint == "projects":
            one |= {"scm_revision": "0" * 40}
            one["summary_fields"]["current_update"] = {"id": ident}
        self._check(endpoint, one)
        self.objects[endpoint][ident] = one
        self._hide_secrets(endpoint, one, data)
        self.writes[f"POST {endpoint}"] += 1
        return one

    def change(self, endpoint: str, ident: int, data: Object) -> Object:
        """Change an object."""
        one = self.find(endpoint, ident)
        after = one | {name: value for name, value in data.items() if name in FIELDS[endpoint]}
        self._see_that_it_is_unique(endpoint, after)
        self._check(endpoint, after)
        one.update(after)
        self._hide_secrets(endpoint, one, data)
        self.writes[f"PATCH {endpoint}"] += 1
        return one

    def _see_that_it_is_unique(self, endpoint: str, one: Object) -> None:
        names = [name for name in IDENTITY if name in one]
        for other in self.objects[endpoint].values():
            if other["id"] != one["id"] and all(other[name] == one[name] for name in names):
                raise Refused(400, __all__=[f"{endpoint} with this {', '.join(names)} already exists"])

    def _check(self, endpoint: str, one: Object) -> None:
        for name, target in REFERENCES.items():
            if one.get(name) is not None:
                self.find(target, one[name])
        check: Callable[[Object], list[str]] | None = getattr(self, f"_check_{endpoint}", None)
        if problems := check(one) if check else []:
            raise Refused(400, detail=problems)

    def _check_credential_types(self, one: Object) -> list[str]:
        for field in one["inputs"].get("fields", []):
            field.setdefault("type", "string")
        return rules.credential_type_problems(one["inputs"], one["injectors"])

    def _check_credentials(self, one: Object) -> list[str]:
        fields = self.find("credential_types", one["credential_type"])["inputs"]["fields"]
        return [f"there is no input {name}" for name in one["inputs"] if name not in {field["id"] for field in fields}]

    def _check_job_templates(self, one: Object) -> list[str]:
        problems = [] if one["playbook"] in self._playbooks else ["Playbook not found for project."]
        return problems + ([] if one["inventory"] and one["project"] else ["it takes a project and an inventory"])

    def _check_inventories(self, one: Object) -> list[str]:
        return [] if one["kind"] in ("", "smart", "constructed") else [f"{one['kind']!r} is not a valid choice"]

    def _check_schedules(self, one: Object) -> list[str]:
        return rules.rrule_problems(one["rrule"]) + self._check_workflow_job_template_nodes(one)

    def _check_workflow_job_template_nodes(self, one: Object) -> list[str]:
        if one["unified_job_template"] is None:
            return []
        template = self.find("unified_job_templates", one["unified_job_template"])
        prompts = {name: one[name] for name in _PROMPTS}
        return rules.launch_problems(template, self.surveys.get(template["id"], {}), one["extra_data"], prompts)

    def _hide_secrets(self, endpoint: str, one: Object, data: Object) -> None:
        if endpoint == "credentials" and "inputs" in data:
            fields = self.find("credential_types", one["credential_type"])["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            before = self.secrets.get(one["id"], {})
            given = {
                name: before.get(name) if value == "$encrypted$" else value for name, value in one["inputs"].items()
            }
            self.secrets[one["id"]] = given
            one["inputs"] = {
                name: "$encrypted$" if name in secret and value else value for name, value in given.items()
            }
        if endpoint == "notification_templates":
            hidden = {
                name: "$encrypted$" for name in ("token", "password") if one["notification_configuration"].get(name)
            }
            one["notification_configuration"] = one["notification_configuration"] | hidden
        if one.get("unified_job_template"):
            one["related"]["unified_job_template"] = self.find("unified_job_templates", one["unified_job_template"])[
                "url"
            ]

    def set_survey(self, ident: int, survey: Object) -> None:
        """Give a template its survey."""
        if problems := rules.survey_problems(survey):
            raise Refused(400, error="; ".join(problems))
        self.surveys[ident] = survey
        self.writes["POST survey_spec"] += 1

    def associate(self, ident: int, association: str, data: Object) -> None:
        """Link an object with another one, or part them."""
        linked = self.associations.setdefault((ident, association), [])
        other = self.find("any", data["id"])
        if data.get("disassociate"):
            linked.remove(other["id"])
        elif other["id"] not in linked:
            kinds = [self.find("any", one).get("credential_type") for one in linked]
            if association == "credentials" and other["credential_type"] in kinds:
                raise Refused(400, detail="Cannot assign multiple credentials of one type.")
            linked.append(other["id"])
        self.writes[f"POST {association}"] += 1

    def approval(self, node: int, data: Object) -> Object:
        """Make the approval that a node waits for."""
        one = self.create("workflow_approval_templates", data)
        self.change("workflow_job_template_nodes", node, {"unified_job_template": one["id"]})
        return one


class _Request(t.NamedTuple):
    """What is asked for: /api/v2/endpoint/ident/sub/."""

    method: str
    endpoint: str
    ident: int
    sub: str
    query: dict[str, str]
    data: Object


def _get(awx: Awx, request: _Request) -> tuple[int, t.Any]:
    if request.endpoint == "project_updates":
        awx.find("projects", request.ident)["summary_fields"].pop("current_update", None)
        return 200, {"status": "successful"}
    if request.sub == "survey_spec":
        return 200, awx.surveys.get(request.ident, {})
    if request.ident and not request.sub:
        return 200, awx.find(request.endpoint, request.ident)
    if request.sub:
        found = [awx.find("any", one) for one in awx.associations.get((request.ident, request.sub), [])]
    else:
        found = awx.search(request.endpoint, request.query)
    return 200, {"count": len(found), "next": None, "previous": None, "results": found}


def _post(awx: Awx, request: _Request) -> tuple[int, t.Any]:
    if request.endpoint == "tokens":
        return 201, {"id": 1, "token": "of-the-test"}
    if request.sub == "survey_spec":
        awx.set_survey(request.ident, request.data)
        return 200, {}
    if request.sub == "create_approval_template":
        return 201, awx.approval(request.ident, request.data)
    if request.sub:
        awx.associate(request.ident, request.sub, request.data)
        return 204, None
    if request.endpoint not in FIELDS:
        raise Refused(404, detail=f"there is no {request.endpoint}")
    return 201, awx.create(request.endpoint, request.data)


def _patch(awx: Awx, request: _Request) -> tuple[int, t.Any]:
    return 200, awx.change(request.endpoint, request.ident, request.data)


def _delete(awx: Awx, request: _Request) -> tuple[int, t.Any]:
    if request.sub == "survey_spec":
        awx.surveys.pop(request.ident, None)
        return 200, {}
    # A token that a module is done with
    return 204, None


_ANSWERS: dict[str, Callable[[Awx, _Request], tuple[int, t.Any]]] = {
    "GET": _get,
    "POST": _post,
    "PATCH": _patch,
    "DELETE": _delete,
}


class Server:
    """The stand-in on a port of this machine, for the time of a with statement."""

    def __init__(self, playbooks: list[str]) -> None:
        self.awx = awx = Awx(playbooks)
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            """Reads a request, answers it in JSON."""

            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                split = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                # awx.awx sends a body with everything, with a GET too
                data = json.loads(body) if body and self.command in ("POST", "PATCH") else {}
                path = str(split.path).removeprefix("/api/v2/").strip("/")
                parts = [*path.split("/"), "0", ""]
                query = dict(parse_qsl(split.query))
                request = _Request(
                    self.command, parts[0], int(parts[1]), parts[2] if len(parts) > 4 else "", query, data
                )
                with lock:
                    try:
                        status, content = _ANSWERS[self.command](awx, request)
                    except Refused as error:
                        status, content = error.status, error.details
                    text = b"" if content is None else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("X-API-Product-Name", "AWX")
                self.send_header("X-API-Product-Version", "24.6.1")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = do_DELETE = _serve  # the names that http.server calls

            def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 -- as http.server has it
                """Keep silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
