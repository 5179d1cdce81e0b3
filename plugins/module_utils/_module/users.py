# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Plan many users at once and bring them to the wanted state, each with an outcome of its own."""

from __future__ import annotations

import contextlib
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.iam import Iam, explain
from .._credentials.destination import (
    CredentialsDestination,
    DestinationError,
)
from .._credentials.run import Run
from .._plans import diff as _diff
from .._plans import preflight as _preflight
from .._plans.provisioning import Plan, plan
from .._users import user_name as _user_name
from .._users.on_file import OnFile
from . import observe, planning, report
from .arguments import wanted_user
from .destination import open_destination
from .marking import marking
from .provision import (
    Provisioning,
    ProvisioningError,
    StalePlanError,
    Tools,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._users.on_file import Credentials


_LOOK_PAUSE = 1.0
# More users than it pays to read in bulk for the sake of one
_MANY = 1_000_000


@dataclass(frozen=True)
class Request:
    """What the task asks for."""

    users: Sequence[Mapping[str, t.Any]]
    credentials_dest: str
    verify_key: bool
    account: Mapping[str, t.Any] | None
    pending_policies: Sequence[str]
    wait_timeout: int
    threads: int
    slices: int
    progress_file: str | None
    # The run of which this process is a part, as C(Run) notes it
    run: Mapping[str, t.Any] | None = None


@dataclass(frozen=True)
class Result:
    """How one user came out of it."""

    plan: Plan
    saved: OnFile
    failure: str | None = None


def run(iam: Iam, request: Request, check_mode: bool, planner: planning.Planner = plan) -> report.Result:
    """Plan, and unless in check mode apply. Raises planning.ClassError, AnsibleIAMError and DestinationError."""
    wanted = [wanted_user(options) for options in request.users]
    account = planning.account_for(iam, wanted, request.account, request.pending_policies)
    part_of = Run.read(request.run) if request.run else None
    directory = open_destination(request.credentials_dest, lambda: iam.connection, part_of=part_of)
    plans = planning.Planning(iam, account, directory, request).plan_all(wanted, planner)
    new = sum(1 for one, _saved in plans if one.has("create_user"))
    planning.refuse_all(_preflight.class_problems(new, account), plans)
    if check_mode:
        results = [Result(one, saved, _refusal(one)) for one, saved in plans]
        files_changed = bool(directory.class_files_with(_saved(directory, results)))
    else:
        tools = Tools(iam, directory, account, request.verify_key, request.wait_timeout, planner)
        results = _apply(plans, tools, request)
        files_changed = directory.save_class_files(_saved(directory, results))
    return {
        "warnings": _preflight.slice_warnings(new, request.slices, account),
        "changed": files_changed or any(result.plan.changes for result in results),
        "account": report.account_result(account),
        "users": [_outcome(result) for result in results],
        "diff": [_diff.diff(result.plan) for result in results if result.plan.changes],
    }


def _saved(directory: CredentialsDestination, results: Sequence[Result]) -> Iterator[Credentials]:
    for result in results:
        name = result.plan.wanted.name
        # An impossible name has no file, and a damaged file is the failure of its user alone.
        if _user_name.problem(name):
            continue
        try:
            one = directory.saved(name)
        except DestinationError:
            continue
        yield one


def _refusal(one: Plan) -> str | None:
    return report.enumerated(one.problems) if one.problems else None


def _apply(plans: Sequence[tuple[Plan, OnFile]], tools: Tools, request: Request) -> list[Result]:
    names = [one.wanted.name for one, _saved in plans if one.changes]
    if names:
        tools.directory.prepare()
    with contextlib.ExitStack() as stack:
        if len(plans) > 1 and names:
            stack.enter_context(tools.directory.alone(names))
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=request.threads))
        mark = stack.enter_context(marking(request.progress_file))

        def serve(planned: tuple[Plan, OnFile]) -> Result:
            result = _serve(tools, *planned)
            mark(result.failure is not None)
            return result

        return list(pool.map(serve, plans))


def _serve(tools: Tools, one: Plan, saved: OnFile) -> Result:
    """Apply one plan. Whatever goes wrong is this user's failure and nobody else's."""
    if not one.changes:
        return Result(one, saved, _refusal(one))
    work = Provisioning(tools, one)

    def failed(why: str) -> Result:
        return Result(replace(one, changes=tuple(work.applied)), saved, why)

    try:
        try:
            work.run()
        except StalePlanError:
            one = _look_again(tools, one)
            if one.problems:
                return failed(report.enumerated(one.problems))
            work = Provisioning(tools, one, work.applied)
            work.run()
        return Result(replace(one, changes=tuple(work.applied)), observe.on_file(tools.directory, one.wanted.name))
    except AnsibleIAMError as error:
        return failed(explain(error))
    except StalePlanError:
        return failed(f"somebody else is changing user {one.wanted.name!r} at the same time; run again")
    except (ProvisioningError, DestinationError) as error:
        return failed(str(error))


def _look_again(tools: Tools, one: Plan) -> Plan:
    """Plan a user anew that appeared after the first look, once AWS shows it."""
    name = one.wanted.name
    deadline = time.monotonic() + tools.patience
    live = observe.users(tools.iam, [name], existing=_MANY)[name]
    namesake = observe.namesake(tools.iam, name) if live is None else ""
    if namesake:
        raise ProvisioningError(_preflight.namesake_problem(name, namesake))
    while live is None and time.monotonic() <= deadline:
        time.sleep(_LOOK_PAUSE)
        live = observe.users(tools.iam, [name], existing=_MANY)[name]
    saved = observe.on_file(tools.directory, name)
    live = observe.with_unlisted_key(tools.iam, tools.directory, live, saved, tools.patience)
    return tools.planner(one.wanted, live, saved, tools.account)


def _outcome(result: Result) -> report.Result:
    one = result.plan
    return {
        "name": one.wanted.name,
        "changed": bool(one.changes),
        "failed": result.failure is not None,
        "msg": result.failure or "",
        "problems": list(one.problems),
        "warnings": list(one.warnings),
        "changes": one.sentences,
        "actions": [{"action": change.action, "subject": change.subject} for change in one.changes],
        "managed_policies": list(one.managed_policies),
        "permissions_boundary": one.permissions_boundary,
        "tags": one.wanted.all_tags,
        "intends": one.intends,
        "access_key_ids": [key.id for key in one.observed.access_keys] if one.observed else [],
        "access_key_id": result.saved.access_key_id,
        "interrupted": bool(result.saved.intent),
        "diff": _diff.diff(one) if one.changes else [],
    }
