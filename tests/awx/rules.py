# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""AWX's rules for what it is given, where the tests would not notice a fault otherwise. Sources are those of 24.6.1."""

from __future__ import annotations

import re
import typing as t

Object = dict[str, t.Any]

QUESTION_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (int, float),
}
# As the models' ImplicitRoleFields name them
OBJECT_ROLES = {
    "organizations": ["admin", "execute", "auditor", "member", "read", "approval", "project_admin", "inventory_admin"],
    "projects": ["admin", "use", "update", "read"],
    "inventories": ["admin", "update", "adhoc", "use", "read"],
    "job_templates": ["admin", "execute", "read"],
    "workflow_job_templates": ["admin", "execute", "read", "approval"],
    "credentials": ["admin", "use", "read"],
    "teams": ["admin", "member", "read"],
}


def survey_problems(survey: Object) -> list[str]:
    """What JobTemplateSurveySpec._validate_spec_data in awx/api/views would refuse, and how a launch would fail."""
    if not survey:
        return []
    found = [
        f"{name} is missing or of the wrong type"
        for name, kind in (("name", str), ("description", str), ("spec", list))
        if not isinstance(survey.get(name), kind)
    ]
    questions = survey.get("spec", [])
    if not questions:
        found.append("'spec' doesn't contain any items")
    variables = [question.get("variable") for question in questions]
    found += [f"{name} is asked twice" for name in set(variables) if variables.count(name) > 1]
    return found + [f"{one.get('variable')}: {problem}" for one in questions for problem in question_problems(one)]


def question_problems(question: Object) -> list[str]:
    """What AWX would refuse of one question."""
    found = [
        f"{name} is missing or of the wrong type"
        for name, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool))
        if not isinstance(question.get(name), kind)
    ]
    kind = question.get("type", "")
    if kind not in QUESTION_TYPES:
        return [*found, f"the type {kind} does not exist"]
    default = question.get("default", "")
    if default != "" and (not isinstance(default, QUESTION_TYPES[kind]) or isinstance(default, bool)):
        found.append(f"the default {default!r} has the wrong type")
    found += [f"{name} is no integer" for name in ("min", "max") if not isinstance(question.get(name, 0), int)]
    if isinstance(default, str) and default.startswith("$encrypted$"):
        found.append("$encrypted$ is a reserved keyword")
    return found + (
        _choice_problems(question, default) if kind.startswith("multi") else _limit_problems(question, default)
    )


def _choice_problems(question: Object, default: t.Any) -> list[str]:
    choices = question.get("choices")
    if isinstance(choices, str):
        choices = [line for line in choices.splitlines() if line.strip()]
    if not choices or not all(isinstance(choice, str) for choice in choices):
        return ["choices are missing or not strings"]
    defaults = [line for line in default.splitlines() if line.strip()]
    if question["type"] == "multiplechoice" and len(defaults) > 1:
        return ["there can only be one default"]
    return [f"the default {one!r} is none of the choices" for one in defaults if one not in choices]


def _limit_problems(question: Object, default: t.Any) -> list[str]:
    # SurveyJobTemplateMixin._survey_element_validation drops a default silently that the launch would refuse.
    if default == "":
        return []
    size = default if isinstance(default, (int, float)) else len(default)
    low, high = question.get("min"), question.get("max")
    bad = (low is not None and size < low) or (high is not None and size > high)
    return [f"the default {default!r} is out of the limits"] if bad else []


def rrule_problems(rrule: str) -> list[str]:
    """What SchedulePreviewSerializer.validate_rrule would refuse."""
    found = []
    starts = re.findall(r"DTSTART(?:;TZID=[^:]+)?:[0-9]{8}T[0-9]{6}Z?", rrule)
    if len(starts) != 1 or not rrule.startswith("DTSTART"):
        found.append("one DTSTART is needed")
    if re.search(r"DTSTART:[0-9]+T[0-9]+ ", rrule):
        found.append("DTSTART cannot be a naive datetime")
    rules = re.findall(r" RRULE:(\S*)", rrule)
    if not rules or any("INTERVAL=" not in rule or "FREQ=" not in rule or "SECONDLY" in rule for rule in rules):
        found.append("a rule with FREQ and INTERVAL is needed")
    return found


def credential_type_problems(inputs: Object, injectors: Object) -> list[str]:
    """What CredentialTypeInputField and CredentialTypeInjectorField would refuse."""
    found = [f"inputs have no {name}" for name in inputs if name not in ("fields", "required")]
    allowed = {
        "id",
        "label",
        "type",
        "format",
        "choices",
        "help_text",
        "multiline",
        "secret",
        "ask_at_runtime",
        "default",
    }
    for field in inputs.get("fields", []):
        found += [f"a field has no {name}" for name in set(field) - allowed]
        if not re.match(r"^[a-zA-Z_]\w*$", field.get("id", "")) or not field.get("label"):
            found.append("every field has an id and a label")
    known = {field["id"] for field in inputs.get("fields", [])} | {"tower"}
    found += [f"there are no {kind} injectors" for kind in injectors if kind not in ("file", "env", "extra_vars")]
    found += [f"{name} is not allowed" for name in injectors.get("env", {}) if name.startswith("ANSIBLE_")]
    for injected in injectors.values():
        for name, template in injected.items():
            words = re.findall(r"\{\{\s*(\w+)", template)
            found += [f"{name} names {word}, which is no field" for word in words if word not in known]
    return found


def launch_problems(template: Object, survey: Object, extra_data: Object, prompts: Object) -> list[str]:
    """What a launch, a schedule or a workflow's node may not give to a template."""
    questions = {one["variable"]: one for one in survey.get("spec", [])} if template.get("survey_enabled") else {}
    found = [f"Variables {name} are not allowed on launch" for name in extra_data if name not in questions]
    for name, question in questions.items():
        if name not in extra_data:
            if question["required"] and question.get("default") in (None, ""):
                found.append(f"'{name}' value missing")
        elif question["type"] == "multiplechoice" and extra_data[name] not in question["choices"]:
            found.append(f"Value {extra_data[name]} for '{name}' expected to be one of {question['choices']}")
    asked = {name for name, value in prompts.items() if value not in (None, "", [])}
    return found + [
        f"Field is not configured to prompt on launch: {name}"
        for name in sorted(asked)
        if not template.get(f"ask_{name}_on_launch")
    ]
