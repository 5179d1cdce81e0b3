# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What is in the stand-in: objects, associations, surveys and roles, kept and refused as AWX does."""

from __future__ import annotations

import json
import typing as t
from collections import Counter

from . import rules
from .schema import (
    ASSOCIATIONS,
    FIELDS,
    IDENTITY,
    JOBS,
    NODE_LINKS,
    PROMPTS,
    REFERENCES,
    ROLES,
    UNIFIED,
    VIEWS,
    Object,
    type_of,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable

_MANAGED_TYPES = {
    "Amazon Web Services": ["username", "password", "security_token"],
    "Vault": ["vault_password", "vault_id"],
    "Source Control": ["username", "password", "ssh_key_data", "ssh_key_unlock"],
}
_NO_SECRETS = ("username", "vault_id")


class Refused(Exception):
    """A request that AWX answers with a status of 400 or more."""

    def __init__(self, status: int, **details: t.Any) -> None:
        super().__init__(details)
        self.status = status
        self.details = details


class Store:
    """What is in the controller, and how often it was written to."""

    def __init__(self, playbooks: list[str]) -> None:
        self._playbooks = playbooks
        self._last_id = 0
        self.objects: dict[str, dict[int, Object]] = {endpoint: {} for endpoint in (*FIELDS, *JOBS)}
        self.surveys: dict[int, Object] = {}
        self.associations: dict[tuple[int, str], list[int]] = {}
        self.roles: dict[int, tuple[int, str]] = {}
        self.secrets: dict[int, Object] = {}
        self.writes: Counter[str] = Counter()
        for name, inputs in _MANAGED_TYPES.items():
            fields = [{"id": one, "label": one, "secret": one not in _NO_SECRETS} for one in inputs]
            self.create("credential_types", {"name": name, "managed": True, "inputs": {"fields": fields}})
        self.create("instance_groups", {"name": "default"})
        self.create("organizations", {"name": "Default"})
        self.writes.clear()

    def next_id(self) -> int:
        """A number that nothing has yet."""
        self._last_id += 1
        return self._last_id

    def named(self, endpoint: str, name: str) -> Object:
        """The one object of this name."""
        [found] = [one for one in self.objects[endpoint].values() if one.get("name", one.get("identifier")) == name]
        return found

    def names(self, endpoint: str) -> list[str]:
        """The names of all objects of an endpoint."""
        return [one["name"] for one in self.objects[endpoint].values()]

    def linked(self, one: Object, association: str) -> list[str]:
        """The names of what is associated with an object."""
        found = [self.find("any", ident) for ident in self.linked_ids(one["id"], association)]
        return [thing.get("name") or thing.get("identifier") or thing["username"] for thing in found]

    def linked_ids(self, ident: int, association: str) -> list[int]:
        """The IDs of what is associated with an object."""
        return self.associations.get((ident, association), [])

    def find(self, endpoint: str, ident: int) -> Object:
        """An object by its ID."""
        return self.objects[self.endpoint_of(endpoint, ident)][ident]

    def endpoint_of(self, endpoint: str, ident: int) -> str:
        """Where an object of one of several endpoints is kept."""
        for candidate in list(self.objects) if endpoint == "any" else self._pool(endpoint):
            if ident in self.objects.get(candidate, {}):
                return candidate
        raise Refused(404, detail=f"there is no {endpoint}/{ident}")

    def _pool(self, endpoint: str) -> tuple[str, ...]:
        return UNIFIED if endpoint == "unified_job_templates" else (endpoint,)

    def search(self, endpoint: str, query: dict[str, str]) -> list[Object]:
        """Objects that a query finds."""
        if not set(self._pool(endpoint)) <= set(self.objects):
            raise Refused(404, detail=f"there is no {endpoint}")
        found = [one for each in self._pool(endpoint) for one in self.objects[each].values()]
        if len(self._pool(endpoint)) == 1:
            unknown = [name for name in query if name.partition("__")[0] not in ("id", *(FIELDS | JOBS)[endpoint])]
            if unknown:
                raise Refused(400, detail=f"{type_of(endpoint)} has no field named '{unknown[0]}'")
        return [one for one in found if all(self._matches(one, name, value) for name, value in query.items())]

    def _matches(self, one: Object, name: str, value: str) -> bool:
        field, _, rest = name.partition("__")
        found = one.get(field)
        if rest == "in":
            return str(found) in value.split(",")
        if rest == "startswith":
            return str(found).startswith(value)
        if rest:
            return found is not None and self._matches(self.find(REFERENCES[field], found), rest, value)
        return str(found) == value

    def create(self, endpoint: str, data: Object) -> Object:
        """Make an object."""
        ident = self.next_id()
        known = (FIELDS | JOBS)[endpoint]
        one = {
            **json.loads(json.dumps(known)),
            **{name: value for name, value in data.items() if name in known},
            "id": ident,
            "type": type_of(endpoint),
            "url": f"/api/v2/{endpoint}/{ident}/",
        }
        self._see_that_it_is_unique(endpoint, one)
        self._check(endpoint, one)
        one["related"] = {name: f"{one['url']}{name}/" for name in VIEWS.get(endpoint, ())}
        one["summary_fields"] = {"object_roles": {f"{role}_role": {"id": 0} for role in ROLES.get(endpoint, ())}}
        for role in ROLES.get(endpoint, ()):
            role_id = self.next_id()
            self.roles[role_id] = (ident, role)
            one["summary_fields"]["object_roles"][f"{role}_role"] = {"id": role_id}
        self.objects[endpoint][ident] = one
        self._complete(endpoint, one, data)
        self.writes[f"POST {endpoint}"] += endpoint in FIELDS
        return one

    def change(self, endpoint: str, ident: int, data: Object) -> Object:
        """Change an object."""
        one = self.find(endpoint, ident)
        after = one | {name: value for name, value in data.items() if name in FIELDS[endpoint]}
        if endpoint == "execution_environments" and after["organization"] != one["organization"]:
            raise Refused(400, organization=["The organization of an execution environment cannot be changed."])
        self._see_that_it_is_unique(endpoint, after)
        self._check(endpoint, after)
        one.update(after)
        self._complete(endpoint, one, data)
        for other in (other for each in self.objects.values() for other in each.values()):
            for summary in other["summary_fields"].values():
                if summary.get("id") == ident and "name" in summary:
                    summary["name"] = one["name"]
        self.writes[f"PATCH {endpoint}"] += 1
        return one

    def delete(self, endpoint: str, ident: int) -> None:
        """Delete an object, with all that names it."""
        self.find(endpoint, ident)
        del self.objects[endpoint][ident]
        for linked in self.associations.values():
            if ident in linked:
                linked.remove(ident)
        self.writes[f"DELETE {endpoint}"] += 1

    def _see_that_it_is_unique(self, endpoint: str, one: Object) -> None:
        # AWX knows one execution environment of a name, whatever the organization.
        names = ["name"] if endpoint == "execution_environments" else [name for name in IDENTITY if name in one]
        if endpoint in JOBS or endpoint == "users":
            return
        for other in self.objects[endpoint].values():
            if other["id"] != one["id"] and all(other[name] == one[name] for name in names):
                raise Refused(400, __all__=[f"{endpoint} with this {', '.join(names)} already exists"])

    def _check(self, endpoint: str, one: Object) -> None:
        for name, target in REFERENCES.items():
            if one.get(name) is not None:
                self.find(target, one[name])
        check: Callable[[Object], Object | list[str]] | None = getattr(self, f"_check_{endpoint}", None)
        problems = check(one) if check else []
        if problems:
            raise Refused(400, **(problems if isinstance(problems, dict) else {"detail": problems}))

    def _check_credential_types(self, one: Object) -> list[str]:
        for field in one["inputs"].get("fields", []):
            field.setdefault("type", "string")
        return rules.credential_type_problems(one["inputs"], one["injectors"])

    def _check_credentials(self, one: Object) -> list[str]:
        fields = self.find("credential_types", one["credential_type"])["inputs"]["fields"]
        return [f"there is no input {name}" for name in one["inputs"] if name not in {field["id"] for field in fields}]

    def _check_job_templates(self, one: Object) -> Object:
        if not one["inventory"] or not one["project"]:
            return {"detail": "it takes a project and an inventory"}
        # AWX learns which playbooks there are from the project's last sync that succeeded.
        synced = self.find("projects", one["project"])["scm_revision"]
        known = self._playbooks if synced else []
        return {} if one["playbook"] in known else {"playbook": ["Playbook not found for project."]}

    def _check_inventories(self, one: Object) -> list[str]:
        return [] if one["kind"] in ("", "smart", "constructed") else [f"{one['kind']!r} is not a valid choice"]

    def _check_notification_templates(self, one: Object) -> list[str]:
        events = FIELDS["notification_templates"]["messages"]
        return [f"Event '{name}' invalid" for name in one["messages"] if name not in events]

    def _check_schedules(self, one: Object) -> Object:
        found = rules.rrule_problems(one["rrule"])
        return {"rrule": found} if found else self._config_problems(one, node=False)

    def _check_workflow_job_template_nodes(self, one: Object) -> Object:
        return self._config_problems(one, node=True)

    def _config_problems(self, one: Object, node: bool) -> Object:
        if one["unified_job_template"] is None:
            return {}
        template = self.find("unified_job_templates", one["unified_job_template"])
        prompts = {name: one[name] for name in PROMPTS}
        return rules.config_problems(template, self.survey(template), one["extra_data"], prompts, node)

    def survey(self, template: Object) -> Object:
        """What a template asks."""
        return self.surveys.get(template["id"], {}) if template.get("survey_enabled") else {}

    def _complete(self, endpoint: str, one: Object, data: Object) -> None:
        if endpoint == "credentials" and "inputs" in data:
            self._hide_inputs(one)
        if endpoint == "notification_templates":
            self._hide_configuration(one, data)
        if endpoint == "projects":
            one.setdefault("scm_revision", "")
            one.setdefault("status", "never updated")
        for name in ("organization", "unified_job_template", "credential_type"):
            if one.get(name):
                other = self.find(REFERENCES[name], one[name])
                one["related"][name] = other["url"]
                one["summary_fields"][name] = {"id": other["id"], "name": other["name"]}

    def _hide_inputs(self, one: Object) -> None:
        fields = self.find("credential_types", one["credential_type"])["inputs"]["fields"]
        secret = {field["id"] for field in fields if field.get("secret")}
        self.secrets[one["id"]] = given = self._forwarded(one["id"], one["inputs"])
        one["inputs"] = {name: "$encrypted$" if name in secret and value else value for name, value in given.items()}

    def _hide_configuration(self, one: Object, data: Object) -> None:
        if "notification_configuration" in data:
            self.secrets[one["id"]] = given = self._forwarded(one["id"], one["notification_configuration"])
            hidden = {name: "$encrypted$" for name in ("token", "password") if given.get(name)}
            one["notification_configuration"] = given | hidden
        # What is said of no event stays as it was.
        one["messages"] = FIELDS["notification_templates"]["messages"] | one["messages"]

    def _forwarded(self, ident: int, given: Object) -> Object:
        before = self.secrets.get(ident, {})
        return {name: before.get(name) if value == "$encrypted$" else value for name, value in given.items()}

    def set_survey(self, ident: int, survey: Object) -> None:
        """Keep a survey, or refuse it."""
        if problems := rules.survey_problems(survey):
            raise Refused(400, error=problems)
        self.surveys[ident] = survey
        self.writes["POST survey_spec"] += 1

    def associate(self, endpoint: str, ident: int, association: str, data: Object) -> None:
        """Attach an object to another one, or detach it."""
        if association not in ASSOCIATIONS.get(endpoint, ()):
            raise Refused(405, detail=f"{association} cannot be changed")
        linked = self.associations.setdefault((ident, association), [])
        other = self.find("any", data["id"])
        if data.get("disassociate"):
            linked.remove(other["id"])
        elif other["id"] not in linked:
            self._check_association(ident, association, other)
            linked.append(other["id"])
        self.writes[f"POST {association}"] += 1

    def _check_association(self, ident: int, association: str, other: Object) -> None:
        if association == "credentials":
            kinds = [self.find("credentials", one)["credential_type"] for one in self.linked_ids(ident, association)]
            if other["credential_type"] in kinds:
                raise Refused(400, error="Cannot assign multiple credentials of one type.")
        if association in NODE_LINKS:
            nodes = self.objects["workflow_job_template_nodes"]
            links = {one: {x for link in NODE_LINKS for x in self.linked_ids(one, link)} for one in nodes}
            elsewhere = {x for link in NODE_LINKS if link != association for x in self.linked_ids(ident, link)}
            if problem := rules.link_problems(links, elsewhere, ident, other["id"]):
                raise Refused(400, Error=problem)

    def approval(self, node: int, data: Object) -> Object:
        """Make the approval that a node waits for. The node then stands for it, and keeps its links itself."""
        one = self.create("workflow_approval_templates", data)
        self.change("workflow_job_template_nodes", node, {"unified_job_template": one["id"]})
        return one
