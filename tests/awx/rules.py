# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""AWX's rules for what it is given, where the tests would not notice a fault otherwise. Sources are those of 24.6.1."""

from __future__ import annotations

import re
import typing as t

from .schema import PROMPTS, Object

QUESTION_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (int, float),
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


class Launch(t.NamedTuple):
    """What a template makes of the variables and prompts that it is given."""

    accepted: Object
    ignored: Object
    errors: Object


def read_launch(template: Object, survey: Object, answers: Object, prompts: Object) -> Launch:
    """Sort what a launch gives, as _accept_or_ignore_job_kwargs does: strays are ignored, bad answers are errors."""
    questions = {one["variable"]: one for one in survey.get("spec", [])} if template.get("survey_enabled") else {}
    given = {name: value for name, value in prompts.items() if value not in (None, "", [])}
    open_to = {name for name in given if template.get(f"ask_{name}_on_launch")}
    # AWX has no defaults for answers here, whatever the form shows.
    problems = [text for question in questions.values() for text in answer_problems(question, answers)]
    return Launch(
        {name: value for name, value in answers.items() if name in questions},
        {
            **{name: value for name, value in given.items() if name not in open_to},
            **_unless_empty("extra_vars", {name: value for name, value in answers.items() if name not in questions}),
        },
        _unless_empty("variables_needed_to_start", problems),
    )


def config_problems(template: Object, survey: Object, answers: Object, prompts: Object, node: bool = False) -> Object:
    """What a schedule or a workflow's node may not give: unlike a launch, no strays; a node may leave answers out."""
    questions = [dict(one, required=False) for one in survey.get("spec", [])] if node else survey.get("spec", [])
    read = read_launch(template, {"spec": questions}, answers, prompts)
    found = dict.fromkeys(set(read.ignored) & set(PROMPTS), "Field is not configured to prompt on launch.")
    strays = ", ".join(read.ignored.get("extra_vars", []))
    refused = f"Variables {strays} are not allowed on launch. Check the Prompt on Launch setting on the Job Template"
    return {**read.errors, **found, **_unless_empty("extra_data", [refused] if strays else [])}


def answer_problems(question: Object, answers: Object) -> list[str]:
    """What SurveyJobTemplateMixin._survey_element_validation would refuse."""
    name = question["variable"]
    if name not in answers:
        return [f"'{name}' value missing"] if question["required"] else []
    value, kind = answers[name], question["type"]
    if kind == "password" and value == "$encrypted$":
        return []
    if not isinstance(value, QUESTION_TYPES[kind]) or isinstance(value, bool):
        return [f"Value {value} for '{name}' expected to be of the type {kind}."]
    if kind == "multiplechoice":
        choices = question["choices"]
        return [] if value in choices else [f"Value {value} for '{name}' expected to be one of {choices}."]
    size = value if isinstance(value, (int, float)) else len(str(value))
    low, high = question.get("min"), question.get("max")
    found = [f"'{name}' value {value} is too small (must be at least {low})."] if low and size < low else []
    return found + (
        [f"'{name}' value {value} is too large (must be no more than {high})."] if _over(size, high) else []
    )


def _over(size: float, high: t.Any) -> bool:
    return high not in ("", None) and size > high


def _unless_empty(name: str, value: t.Any) -> Object:
    return {name: value} if value else {}


def link_problems(links: dict[int, set[int]], other_links: set[int], parent: int, child: int) -> str:
    """What WorkflowJobTemplateNodeChildrenBaseList.is_valid_relation would refuse of a link between two nodes."""
    if child in other_links:
        return "Relationship not allowed."
    reached, left = set(), [child]
    while left:
        node = left.pop()
        reached.add(node)
        left += links.get(node, set()) - reached
    return "Cycle detected." if parent in reached else ""
