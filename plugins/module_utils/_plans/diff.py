# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""A plan rendered as the two sides of a diff, without any secret."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .._users.user import ObservedUser
    from .provisioning import Change, Plan

State = dict[str, t.Any]


def diff(plan: Plan) -> dict[str, t.Any]:
    """Render what C(--diff) shows for one user."""
    before = _describe(plan.observed)
    after = _describe(plan.observed)
    for change in plan.changes:
        _APPLY[change.action](after, change, plan)
    name = plan.wanted.name
    return {"before_header": name, "after_header": name, "before": before, "after": after}


def _describe(user: ObservedUser | None) -> State:
    if user is None:
        return {}
    keys = {key.id for key in user.access_keys}
    return {
        "path": user.path,
        "permissions_boundary": user.permissions_boundary or "none",
        "tags": {key: value for key, value in user.tags.items() if key not in keys},
        "managed_policies": sorted(user.attached_policies),
        "console_sign_in": "enabled" if user.login_profile else "disabled",
        "access_keys": {
            key.id: {"status": key.status, "description": key.description or "none"} for key in user.access_keys
        },
    }


def _create(after: State, change: Change, plan: Plan) -> None:
    after.update(
        path=plan.wanted.path,
        permissions_boundary=change.permissions_boundary or "none",
        tags=dict(change.tags),
        managed_policies=[],
        console_sign_in="disabled",
        access_keys={},
    )


def _detach(after: State, change: Change, _plan: Plan) -> None:
    after["managed_policies"] = [arn for arn in after["managed_policies"] if arn != change.subject]


def _attach(after: State, change: Change, _plan: Plan) -> None:
    after["managed_policies"] = sorted([*after["managed_policies"], change.subject])


def _set_password(after: State, change: Change, _plan: Plan) -> None:
    after["console_sign_in"] = f"enabled, with {change.subject}"


def _new_key(after: State, _change: Change, plan: Plan) -> None:
    new = {"status": "Active", "description": plan.wanted.access_key_description}
    after["access_keys"] = {**after["access_keys"], "(new)": new}


def _remove_key(after: State, change: Change, _plan: Plan) -> None:
    after["access_keys"] = {key: value for key, value in after["access_keys"].items() if key != change.subject}


def _describe_key(after: State, change: Change, plan: Plan) -> None:
    described = {**after["access_keys"][change.subject], "description": plan.wanted.access_key_description}
    after["access_keys"] = {**after["access_keys"], change.subject: described}


def _deactivate_key(after: State, change: Change, _plan: Plan) -> None:
    inactive = {**after["access_keys"][change.subject], "status": "Inactive"}
    after["access_keys"] = {**after["access_keys"], change.subject: inactive}


def _retire_key(after: State, change: Change, _plan: Plan) -> None:
    retired = {**after["access_keys"][change.subject], "description": change.tags[change.subject]}
    after["access_keys"] = {**after["access_keys"], change.subject: retired}


_APPLY: dict[str, t.Callable[[State, Change, Plan], None]] = {
    "create_user": _create,
    "update_path": lambda after, change, _plan: after.update(path=change.subject),
    "put_permissions_boundary": lambda after, change, _plan: after.update(permissions_boundary=change.subject),
    "tag_user": lambda after, change, _plan: after.update(tags={**after["tags"], **change.tags}),
    "attach_user_policy": _attach,
    "detach_user_policy": _detach,
    "create_login_profile": _set_password,
    "update_login_profile": _set_password,
    "delete_orphaned_access_key": _remove_key,
    "delete_lost_access_key": _remove_key,
    "remove_description": lambda after, change, _plan: after["tags"].pop(change.subject, None),
    "prove_access_key": lambda after, change, _plan: None,
    "deactivate_access_key": _deactivate_key,
    "retire_access_key": _retire_key,
    "delete_rotated_access_key": _remove_key,
    "delete_other_access_key": _remove_key,
    "create_access_key": _new_key,
    "describe_access_key": _describe_key,
    "clear_intent": lambda after, change, _plan: None,
}
