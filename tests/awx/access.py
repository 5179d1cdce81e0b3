# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Who may do what, as awx/main/access.py of 24.6.1 decides it."""

from __future__ import annotations

import typing as t

from .schema import INHERITED, JOBS, ROLES, Object

if t.TYPE_CHECKING:
    from .store import Store

# Where a job's rights come from: the field that names it, and the endpoint that it is in.
_PARENTS = {
    "jobs": ("job_template", "job_templates"),
    "project_updates": ("project", "projects"),
    "inventory_updates": ("inventory_source", "inventory_sources"),
}


class Access:
    """The rights of one user."""

    def __init__(self, store: Store, user: Object) -> None:
        self._store = store
        self._user = user

    @property
    def is_superuser(self) -> bool:
        """Whether everything is allowed."""
        return bool(self._user["is_superuser"])

    def has_role(self, endpoint: str, one: Object, role: str) -> bool:
        """Tell whether the user, or a team of theirs, has a role on an object, or one that implies it."""
        if self.is_superuser:
            return True
        held = {name for name in ROLES.get(endpoint, ()) if self._holds(one, name)}
        if endpoint != "organizations" and one.get("organization"):
            organization = self._store.find("organizations", one["organization"])
            inherited = INHERITED.get(endpoint, {})
            held |= {own for above, own in inherited.items() if self.has_role("organizations", organization, above)}
        return role in _implied(endpoint, held)

    def _holds(self, one: Object, role: str) -> bool:
        ident = one["summary_fields"]["object_roles"][f"{role}_role"]["id"]
        teams = self._store.linked_ids(ident, "teams")
        return self._user["id"] in self._store.linked_ids(ident, "users") or any(
            self._user["id"] in self._store.linked_ids(team, "users") for team in teams
        )

    def may_read(self, endpoint: str, one: Object) -> bool:
        """Tell whether the user sees an object or a job."""
        if self.is_superuser or (endpoint == "organizations" and self.has_role(endpoint, one, "read")):
            return True
        if endpoint in JOBS:
            return self._may_read_job(endpoint, one)
        if endpoint == "inventory_sources":
            return self.has_role("inventories", self._store.find("inventories", one["inventory"]), "read")
        if endpoint == "workflow_job_template_nodes":
            return self._has_on("workflow_job_templates", one["workflow_job_template"], "read")
        if endpoint == "schedules":
            kind = self._store.endpoint_of("unified_job_templates", one["unified_job_template"])
            return self._has_on(kind, one["unified_job_template"], "read")
        return endpoint in ROLES and self.has_role(endpoint, one, "read")

    def _may_read_job(self, endpoint: str, one: Object) -> bool:
        if endpoint in ("workflow_job_nodes", "workflow_approvals"):
            return self._may_read_job("workflow_jobs", self._store.find("workflow_jobs", one["workflow_job"]))
        if endpoint == "workflow_jobs":
            # A job in slices is a workflow job of its job template.
            kind = "job_templates" if one["is_sliced_job"] else "workflow_job_templates"
            return self._has_on(kind, one["unified_job_template"], "read")
        name, parent = _PARENTS[endpoint]
        return self.may_read(parent, self._store.find(parent, one[name]))

    def _has_on(self, endpoint: str, ident: int, role: str) -> bool:
        return self.has_role(endpoint, self._store.find(endpoint, ident), role)

    def may_start(self, endpoint: str, one: Object) -> bool:
        """Tell whether the user may launch a template, or sync a project or an inventory source."""
        if endpoint == "inventory_sources":
            return self._has_on("inventories", one["inventory"], "update")
        return self.has_role(endpoint, one, "update" if endpoint == "projects" else "execute")

    def relaunch_problem(self, endpoint: str, job: Object, given: Object) -> str:
        """Why the user may not relaunch a job that was started with these answers and prompts; empty if they may."""
        is_workflow = endpoint == "workflow_jobs" and not job["is_sliced_job"]
        kind = "workflow_job_templates" if is_workflow else "job_templates"
        template = self._store.find(kind, job["unified_job_template"])
        if self.is_superuser:
            return ""
        if not self.has_role(kind, template, "execute"):
            return "You do not have permission to perform this action."
        questions = {one["variable"]: one for one in self._store.survey(template).get("spec", [])}
        secrets = {name for name, question in questions.items() if question["type"] == "password"}
        if job["created_by"] != self._user["id"] and secrets & set(given):
            return "Job was launched with secret prompts provided by another user."
        asked = set(questions) | {name for name in given if template.get(f"ask_{name}_on_launch")}
        if set(given) - asked and not self._has_on("organizations", template["organization"], "execute"):
            return "Job was launched with prompted fields you do not have access to."
        return ""

    def may_cancel(self, endpoint: str, job: Object) -> bool:
        """Tell whether the user may cancel a job: their own, and those of templates that they administer."""
        if self.is_superuser or job["created_by"] == self._user["id"]:
            return True
        if job.get("is_sliced_job"):
            return False
        kind = self._store.endpoint_of("unified_job_templates", job["unified_job_template"])
        if kind == "inventory_sources":
            source = self._store.find(kind, job["unified_job_template"])
            return self._has_on("inventories", source["inventory"], "admin")
        return self._has_on(kind, job["unified_job_template"], "admin")

    def may_approve(self, approval: Object) -> bool:
        """Tell whether the user may approve or deny."""
        workflow_job = self._store.find("workflow_jobs", approval["workflow_job"])
        return self._has_on("workflow_job_templates", workflow_job["unified_job_template"], "approval")

    def may_change(self, endpoint: str, one: Object) -> bool:
        """Tell whether the user may change an object."""
        return self.is_superuser or (endpoint in ROLES and self.has_role(endpoint, one, "admin"))


def _implied(endpoint: str, held: set[str]) -> set[str]:
    found, left = set(), list(held)
    while left:
        role = left.pop()
        found.add(role)
        left += [name for name in ROLES[endpoint][role] if name not in found]
    return found
