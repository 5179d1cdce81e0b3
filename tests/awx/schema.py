# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""What AWX's API consists of: the fields, the references, the sub-paths and the roles of each type of object."""

from __future__ import annotations

import typing as t

Object = dict[str, t.Any]

_NAMED: Object = {"name": "", "description": ""}
PROMPTS: Object = {"limit": None, "job_type": None, "inventory": None, "scm_branch": None, "verbosity": None}
_ASK = {
    f"ask_{name}_on_launch": False for name in ("limit", "job_type", "inventory", "scm_branch", "variables", "tags")
}
_JOB: Object = {
    **_NAMED, "unified_job_template": None, "status": "pending", "failed": False, "finished": None,
    "event_processing_finished": False, "created_by": None, "elapsed": 0.0, "started": None,
}  # fmt: skip

# What each endpoint keeps, with AWX's default. What is not here is dropped without a word, as AWX does.
FIELDS: dict[str, Object] = {
    "users": {"username": "", "is_superuser": False},
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
        **_NAMED, "organization": None, "notification_type": "", "notification_configuration": {},
        "messages": {"started": None, "success": None, "error": None, "workflow_approval": None},
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
        "all_parents_must_converge": False, **PROMPTS,
    },
    "workflow_approval_templates": {**_NAMED, "timeout": 0},
    "schedules": {**_NAMED, "unified_job_template": None, "rrule": "", "enabled": True, "extra_data": {}, **PROMPTS},
    "teams": {**_NAMED, "organization": None},
    "instance_groups": dict(_NAMED),
}  # fmt: skip
# What runs. Nobody makes these by a POST to their list.
JOBS: dict[str, Object] = {
    "project_updates": {**_JOB, "project": None, "scm_revision": ""},
    "inventory_updates": {**_JOB, "inventory_source": None},
    "jobs": {
        **_JOB, "job_template": None, "inventory": None, "job_type": "run", "limit": "", "extra_vars": "",
        "artifacts": {}, "job_slice_number": 0, "job_slice_count": 1,
    },
    "workflow_jobs": {
        **_JOB, "workflow_job_template": None, "job_template": None, "is_sliced_job": False, "limit": "",
        "extra_vars": "",
    },
    "workflow_job_nodes": {"identifier": "", "workflow_job": None, "unified_job_template": None, "job": None},
    "workflow_approvals": {**_JOB, "workflow_approval_template": None, "workflow_job": None},
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
TYPES = {"inventories": "inventory"}

# The lists that can be changed, as awx/api/urls has them for each type.
_NOTIFIED = ("notification_templates_started", "notification_templates_success", "notification_templates_error")
NODE_LINKS = ("always_nodes", "success_nodes", "failure_nodes")
_LAUNCH_CONFIG = ("credentials", "instance_groups", "labels")
ASSOCIATIONS: dict[str, tuple[str, ...]] = {
    "organizations": (*_NOTIFIED, "notification_templates_approvals", "instance_groups", "galaxy_credentials"),
    "projects": _NOTIFIED,
    "inventories": ("instance_groups", "labels", "input_inventories"),
    "inventory_sources": (*_NOTIFIED, "credentials"),
    "job_templates": (*_NOTIFIED, *_LAUNCH_CONFIG),
    "workflow_job_templates": (*_NOTIFIED, "notification_templates_approvals", "labels"),
    "workflow_job_template_nodes": (*NODE_LINKS, *_LAUNCH_CONFIG),
    "schedules": _LAUNCH_CONFIG,
    "teams": ("users",),
    "roles": ("users", "teams"),
}
# What else each type answers to below an object of it, of what the tests and the modules ask for.
VIEWS: dict[str, tuple[str, ...]] = {
    "projects": ("update", "project_updates"),
    "inventories": ("hosts",),
    "inventory_sources": ("update",),
    "job_templates": ("launch", "survey_spec"),
    "workflow_job_templates": ("launch", "survey_spec"),
    "workflow_job_template_nodes": ("create_approval_template",),
    "project_updates": ("stdout", "cancel"),
    "inventory_updates": ("stdout", "cancel"),
    "jobs": ("stdout", "cancel", "relaunch"),
    "workflow_jobs": ("cancel", "relaunch", "workflow_nodes"),
    "workflow_approvals": ("approve", "deny"),
}

# The roles that an object has, and what each implies, as the models' ImplicitRoleFields say.
_ORGANIZATION_ROLES = (
    "execute", "approval", "project_admin", "inventory_admin", "credential_admin", "workflow_admin",
    "notification_admin", "job_template_admin", "execution_environment_admin", "member",
)  # fmt: skip
ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "organizations": {
        "admin": _ORGANIZATION_ROLES,
        **dict.fromkeys((*_ORGANIZATION_ROLES, "auditor"), ("read",)),
        "read": (),
    },
    "projects": {"admin": ("use", "update"), "use": ("read",), "update": ("read",), "read": ()},
    "inventories": {
        "admin": ("update", "adhoc"),
        "adhoc": ("use",),
        "use": ("read",),
        "update": ("read",),
        "read": (),
    },
    "job_templates": {"admin": ("execute",), "execute": ("read",), "read": ()},
    "workflow_job_templates": {
        "admin": ("execute", "approval"),
        "execute": ("read",),
        "approval": ("read",),
        "read": (),
    },
    "credentials": {"admin": ("use",), "use": ("read",), "read": ()},
    "teams": {"admin": ("member",), "member": ("read",), "read": ()},
}
# Which role in the organization stands for which role on each object of it.
INHERITED: dict[str, dict[str, str]] = {
    "projects": {"project_admin": "admin", "auditor": "read"},
    "inventories": {"inventory_admin": "admin", "auditor": "read"},
    "job_templates": {"job_template_admin": "admin", "execute": "execute", "auditor": "read"},
    "workflow_job_templates": {
        "workflow_admin": "admin",
        "execute": "execute",
        "approval": "approval",
        "auditor": "read",
    },
    "credentials": {"credential_admin": "admin", "auditor": "read"},
    "teams": {"admin": "admin", "auditor": "read"},
}


def type_of(endpoint: str) -> str:
    """What an object of an endpoint calls itself."""
    return TYPES.get(endpoint, endpoint.rstrip("s"))


def has(endpoint: str, sub: str) -> bool:
    """Tell whether objects of an endpoint answer to this sub-path."""
    return sub in ASSOCIATIONS.get(endpoint, ()) + VIEWS.get(endpoint, ())
