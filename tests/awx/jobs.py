# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Jobs: how AWX 24.6.1 starts them, cuts them into slices, walks through a workflow and hands on what jobs leave."""

from __future__ import annotations

import fnmatch
import json
import typing as t

from . import rules
from .schema import PROMPTS, Object
from .store import Refused, Store

if t.TYPE_CHECKING:
    from collections.abc import Callable

ACTIVE = ("pending", "running")
# What the tests let a job come to: its status and its artifacts.
Outcome = tuple[str, Object]


class Jobs:
    """Everything that runs. A job that was started goes on when work() is called, so that a test can come between."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._given: dict[int, Object] = {}
        self.output: dict[int, str] = {}
        # What a test decides: the hosts that the roster holds, what a repository's sync ends with, and what a job does.
        self.roster: list[str] = []
        self.hosts: dict[int, list[str]] = {}
        self.sync_failures: dict[str, str] = {}
        self.plays: Callable[[Object], Outcome] = lambda job: ("successful", {})

    def given(self, job: Object) -> Object:
        """The answers and prompts with which a job was started."""
        return self._given.get(job["id"], {})

    def launch(self, endpoint: str, template: Object, user: int, data: Object) -> Object:
        """Launch a template. What it does not ask for is ignored, and said to be."""
        prompts = {name: data[name] for name in PROMPTS if data.get(name)}
        read = rules.read_launch(template, self._store.survey(template), data.get("extra_vars") or {}, prompts)
        if read.errors:
            raise Refused(400, **read.errors)
        kept = {name: value for name, value in prompts.items() if name not in read.ignored}
        job = self._start(endpoint, template, user, {**read.accepted, **kept})
        return {**job, job["type"]: job["id"], "ignored_fields": read.ignored}

    def _start(self, endpoint: str, template: Object, user: int | None, given: Object) -> Object:
        if endpoint == "workflow_job_templates":
            return self._start_workflow(template, user, given)
        slices = min(template["job_slice_count"], len(self.hosts.get(template["inventory"], [])))
        return self._start_slices(template, user, given, slices) if slices > 1 else self._job(template, user, given)

    def _job(self, template: Object, user: int | None, given: Object, number: int = 0, count: int = 1) -> Object:
        answers, prompts = _split(given)
        variables = {**_variables(template), **self._defaults(template), **answers}
        return self._record(
            "jobs",
            template,
            user,
            given,
            job_template=template["id"],
            inventory=template["inventory"],
            extra_vars=json.dumps(variables),
            limit=prompts.get("limit") or template["limit"],
            job_type=prompts.get("job_type") or template["job_type"],
            job_slice_number=number,
            job_slice_count=count,
        )

    def _defaults(self, template: Object) -> Object:
        # A job has the answers that the form shows, though a launch must give them where they are required.
        spec = self._store.survey(template).get("spec", [])
        return {one["variable"]: one["default"] for one in spec if one.get("default") is not None}

    def _start_slices(self, template: Object, user: int | None, given: Object, slices: int) -> Object:
        job = self._record("workflow_jobs", template, user, given, job_template=template["id"], is_sliced_job=True)
        for _number in range(slices):
            self._node(job, template["id"], "")
        return job

    def _start_workflow(self, template: Object, user: int | None, given: Object) -> Object:
        answers, prompts = _split(given)
        variables = {**_variables(template), **self._defaults(template), **answers}
        job = self._record(
            "workflow_jobs",
            template,
            user,
            given,
            workflow_job_template=template["id"],
            extra_vars=json.dumps(variables),
            limit=prompts.get("limit", ""),
        )
        for node in self._nodes_of(template):
            self._node(job, node["unified_job_template"], node["identifier"])
        return job

    def _nodes_of(self, template: Object) -> list[Object]:
        nodes = self._store.objects["workflow_job_template_nodes"].values()
        return [node for node in nodes if node["workflow_job_template"] == template["id"]]

    def _node(self, job: Object, template: int, identifier: str) -> None:
        values = {"workflow_job": job["id"], "unified_job_template": template, "identifier": identifier}
        self._store.create("workflow_job_nodes", values)

    def _record(self, endpoint: str, template: Object, user: int | None, given: Object, **values: t.Any) -> Object:
        common = {"name": template["name"], "unified_job_template": template["id"], "created_by": user}
        job = self._store.create(endpoint, {**common, **values})
        self._given[job["id"]] = given
        return job

    def sync(self, endpoint: str, template: Object, user: int | None) -> Object:
        """Start the sync of a project or of an inventory source."""
        if endpoint == "projects":
            update = self._record("project_updates", template, user, {}, project=template["id"])
            template["status"] = "pending"
            template["summary_fields"]["current_update"] = {"id": update["id"]}
            return update
        return self._record("inventory_updates", template, user, {}, inventory_source=template["id"])

    def relaunch(self, endpoint: str, job: Object, user: int) -> Object:
        """Start a job again as it was started, as somebody else's. A slice stays the slice that it was."""
        kind = self._store.endpoint_of("unified_job_templates", job["unified_job_template"])
        template = self._store.find(kind, job["unified_job_template"])
        if endpoint == "workflow_jobs":
            return self._start(kind, template, user, self.given(job))
        return self._job(template, user, self.given(job), job["job_slice_number"], job["job_slice_count"])

    def work(self) -> None:
        """Let everything that was started go on until nothing moves: to the end, or to an approval."""
        while self._step():
            pass

    def _step(self) -> bool:
        moved = [self._advance(job) for job in self._active("workflow_jobs")]
        for endpoint, end in (
            ("jobs", self._end_job),
            ("project_updates", self._end_project_update),
            ("inventory_updates", self._end_inventory_update),
        ):
            for job in self._active(endpoint):
                end(job)
                moved.append(True)
        return any(moved)

    def _active(self, endpoint: str) -> list[Object]:
        return [job for job in self._store.objects[endpoint].values() if job["status"] in ACTIVE]

    def end(self, job: Object, status: str, output: str = "") -> None:
        """Let a job be over."""
        job |= {
            "status": status,
            "failed": status not in ("successful", "canceled"),
            "finished": "2026-11-24T03:00:00Z",
        }
        job["event_processing_finished"] = True
        self.output[job["id"]] = output

    def _end_job(self, job: Object) -> None:
        names = sorted(self.hosts.get(job["inventory"], []))[
            max(job["job_slice_number"] - 1, 0) :: job["job_slice_count"]
        ]
        patterns = [pattern.strip() for pattern in job["limit"].split(",") if pattern.strip()]
        if not any(fnmatch.fnmatch(name, pattern) for name in names for pattern in patterns or ["*"]):
            text = "[ERROR]: Specified inventory, host pattern and/or --limit leaves us with no hosts to target."
            self.end(job, "failed", text)
            return
        status, job["artifacts"] = self.plays(job)
        self.end(job, status)

    def _end_project_update(self, update: Object) -> None:
        project = self._store.find("projects", update["project"])
        failure = self.sync_failures.get(project["scm_url"], "")
        status = "failed" if failure else "successful"
        self.end(update, status, failure)
        update["scm_revision"] = "" if failure else "0" * 40
        project["summary_fields"].pop("current_update", None)
        project["summary_fields"]["last_update"] = {"id": update["id"], "status": status}
        project["status"] = status
        project["scm_revision"] = update["scm_revision"] or project["scm_revision"]

    def _end_inventory_update(self, update: Object) -> None:
        source = self._store.find("inventory_sources", update["inventory_source"])
        if source["execution_environment"] is None:
            # AWX's own image has none of the collection.
            self.end(update, "failed", "unknown plugin 'invoice_scanner.iam.roster'")
            return
        self.hosts[source["inventory"]] = list(self.roster)
        self.end(update, "successful")

    def _advance(self, workflow_job: Object) -> bool:
        nodes = self.nodes(workflow_job)
        due = [node for node in nodes if self._is_due(workflow_job, node)]
        for node in due:
            self._start_node(workflow_job, node)
        if due:
            return True
        jobs = [self._job_of(node) for node in nodes]
        if any(job and job["status"] in ACTIVE for job in jobs):
            return False
        unhandled = [
            node
            for node, job in zip(nodes, jobs, strict=True)
            if job and job["failed"] and not self._children(workflow_job, node, ("always_nodes", "failure_nodes"))
        ]
        self.end(workflow_job, "failed" if unhandled else "successful")
        return True

    def nodes(self, workflow_job: Object) -> list[Object]:
        """The nodes of a workflow job, or the slices of a job."""
        nodes = self._store.objects["workflow_job_nodes"].values()
        return [node for node in nodes if node["workflow_job"] == workflow_job["id"]]

    def _job_of(self, node: Object) -> Object | None:
        return self._store.find("any", node["job"]) if node["job"] else None

    def _children(self, workflow_job: Object, node: Object, links: tuple[str, ...]) -> list[str]:
        if workflow_job["is_sliced_job"]:
            return []
        template = self._store.find("workflow_job_templates", workflow_job["workflow_job_template"])
        [own] = [one for one in self._nodes_of(template) if one["identifier"] == node["identifier"]]
        return [name for link in links for name in self._store.linked(own, link)]

    def _parents(self, workflow_job: Object, node: Object) -> list[tuple[Object, str]]:
        return [
            (other, link)
            for other in self.nodes(workflow_job)
            for link in ("success_nodes", "failure_nodes", "always_nodes")
            if node["identifier"] in self._children(workflow_job, other, (link,))
        ]

    def _is_due(self, workflow_job: Object, node: Object) -> bool:
        if node["job"]:
            return False
        parents = self._parents(workflow_job, node)
        return not parents or any(self._leads_on(self._job_of(parent), link) for parent, link in parents)

    @staticmethod
    def _leads_on(job: Object | None, link: str) -> bool:
        if job is None or job["status"] in ACTIVE:
            return False
        return link == "always_nodes" or (link == "failure_nodes") == job["failed"]

    def _start_node(self, workflow_job: Object, node: Object) -> None:
        kind = self._store.endpoint_of("unified_job_templates", node["unified_job_template"])
        template = self._store.find(kind, node["unified_job_template"])
        user = workflow_job["created_by"]
        if kind == "workflow_approval_templates":
            link = {"workflow_approval_template": template["id"], "workflow_job": workflow_job["id"]}
            job = self._record("workflow_approvals", template, user, {}, **link)
        elif kind in ("projects", "inventory_sources"):
            job = self.sync(kind, template, user)
        elif workflow_job["is_sliced_job"]:
            places = self.nodes(workflow_job)
            job = self._job(template, user, self.given(workflow_job), places.index(node) + 1, len(places))
        else:
            job = self._start(kind, template, user, self._handed_on(workflow_job, node, template))
        node["job"] = job["id"]
        node["summary_fields"]["job"] = {name: job[name] for name in ("id", "name", "type")}

    def _handed_on(self, workflow_job: Object, node: Object, template: Object) -> Object:
        # WorkflowJobNode.get_job_kwargs: what jobs before it left, then the workflow's variables, asked for or not
        [own] = [
            one
            for one in self._nodes_of(self._store.find("workflow_job_templates", workflow_job["workflow_job_template"]))
            if one["identifier"] == node["identifier"]
        ]
        prompts = {name: own[name] for name in PROMPTS if own[name]}
        if workflow_job["limit"]:
            prompts["limit"] = workflow_job["limit"]
        allowed = {name: value for name, value in prompts.items() if template.get(f"ask_{name}_on_launch")}
        return {
            **own["extra_data"],
            **self._ancestors_artifacts(workflow_job, node),
            **json.loads(workflow_job["extra_vars"] or "{}"),
            **allowed,
        }

    def _ancestors_artifacts(self, workflow_job: Object, node: Object) -> Object:
        found: Object = {}
        for parent, _link in self._parents(workflow_job, node):
            found |= self._ancestors_artifacts(workflow_job, parent)
            if job := self._job_of(parent):
                found |= self.artifacts(job)
        return found

    def artifacts(self, job: Object) -> Object:
        """What a job hands on. Of a job in slices, each name is the last slice's: AWX does not look into values."""
        if job["type"] != "workflow_job":
            return dict(job.get("artifacts", {}))
        found: Object = {}
        for node in self.nodes(job):
            one = self._job_of(node)
            if one and one["status"] in ("successful", "failed"):
                found |= self.artifacts(one)
        return found


def _split(given: Object) -> tuple[Object, Object]:
    """The answers and the prompts of what a job was started with."""
    prompts = {name: value for name, value in given.items() if name in PROMPTS}
    return {name: value for name, value in given.items() if name not in PROMPTS}, prompts


def _variables(template: Object) -> Object:
    return t.cast(Object, json.loads(template["extra_vars"] or "{}"))
