# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Plan many users and bring them to the wanted state, each with its own result."""

from __future__ import annotations

import contextlib
import datetime
import json
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import error_code
from .._credentials.destination import CredentialsDestination, DestinationError
from .._plans import class_hours, provisioning
from .._plans import preflight as _preflight
from .._plans.change import Secret
from .._users import expiry as _expiry
from .._users import managed_policy as _managed_policy
from .._users import tag as _tag
from .._users.belonging import MANAGED_POLICIES, PERMISSIONS_BOUNDARY
from . import hours as _hours
from . import observe, results
from .accounts import alone
from .common import RefusedError, enumerated, open_destination, place_for, run_of, sentence, wanted_user
from .planning import Planner, Planning, account_for, refuse_all
from .provision import Provisioning, ProvisioningError, StalePlanError, Workplace

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .._aws.iam import Iam
    from .._credentials.destination import Names
    from .._plans.change import Change, UserPlan
    from .._users.on_file import Credentials, OnFile
    from .._users.user import Account, User
    from .accounts import Ready
    from .marks import Marks

Result = dict[str, t.Any]
# Errors that fail one user only
_FAILURES = (AnsibleIAMError, DestinationError, ProvisioningError, RefusedError)


StillMissing = t.Callable[["UserPlan", "User | None", str, "Account"], "list[Change]"]
# What is read again at the end; AWS has confirmed the rest in other ways.
_SHOWN = (MANAGED_POLICIES, PERMISSIONS_BOUNDARY)


@dataclass(frozen=True)
class Task:
    """The options of a task that are not about a single user."""

    destination: str
    planner: Planner
    # Whether new keys are tried
    verify_key: bool = True
    # Finds what AWS does not show yet of a changed user, if the task can check that
    still_missing: StillMissing | None = None
    # The account as an earlier task has returned it
    account: Mapping[str, t.Any] | None = None
    pending_policies: Sequence[str] = ()
    # The documents of those pending policies that this task creates if they are missing
    policy_documents: Mapping[str, str] = field(default_factory=dict)
    # Whether policies for the hours of classes are created and attached
    keeps_hours: bool = False

    @classmethod
    def of(cls, params: Mapping[str, t.Any]) -> Task:
        """Build the task from the options of iam_users."""
        others = {name: params[name] for name in ("verify_key", "account", "pending_policies", "policy_documents")}
        missing = provisioning.still_missing
        return cls(params["credentials_dest"], provisioning.plan, still_missing=missing, keeps_hours=True, **others)


@dataclass(frozen=True)
class Outcome:
    """The result for one user."""

    plan: UserPlan
    on_file: OnFile
    # What was done, or in check mode what would be done
    changes: tuple[Change, ...] = ()
    failure: str | None = None


def run(
    iam: Iam, params: Mapping[str, t.Any], task: Task, marks: Marks, check_mode: bool, ready: Ready = alone
) -> Result:
    """Plan, and apply unless in check mode. Raises RefusedError, AnsibleIAMError and DestinationError."""
    wanted = [wanted_user(options) for options in params["users"]]
    known = results.account_from(task.account) if task.account else None
    asked = {policy for user in wanted for policy in (*user.managed_policies, user.permissions_boundary)}
    pending = [policy for policy in task.pending_policies if policy in asked]
    there = account_for(iam, wanted, known, pending)
    missing = [policy for policy in pending if policy not in there.managed_policies]
    hours = _hours.of_play(iam, wanted, there) if task.keeps_hours else _hours.ClassHours({}, {}, {})
    account = observe.with_pending_policies(there, [*pending, *hours.missing_policies])
    if task.keeps_hours:
        wanted = [class_hours.with_policy(one, account) for one in wanted]
    place = place_for(params, account.id, lambda: iam.connection, task.destination)
    destination = open_destination(place, lambda: iam.connection, part_of=run_of(params))
    plans = Planning(iam, account, destination, params["threads"]).plan_all(wanted, task.planner)
    new = sum(1 for plan in plans if plan.has("create_user"))
    today = datetime.datetime.now(tz=datetime.UTC)
    of_hours = class_hours.problems(wanted, there, len(hours.missing), today) if task.keeps_hours else []
    refuse_all([*_preflight.class_problems(new, account), *of_hours], plans)
    # No hours policy is created for a class if all its users are refused.
    served = {plan.wanted.class_name for plan in plans if not plan.problems}
    missing_hours = {name: one for name, one in hours.missing.items() if name in served}
    ready(len(plans))
    if check_mode:
        outcomes = [Outcome(plan, plan.on_file, plan.changes, _refusal(plan) or _undecided(plan)) for plan in plans]
        files_changed = bool(destination.class_files_with(_saved(destination, outcomes)))
    else:
        workplace = Workplace(iam, destination, account, task.verify_key, task.planner)
        engine = Engine(workplace, params["threads"], marks)
        for name in missing:
            if name in task.policy_documents:
                _make_policy(iam, name, task.policy_documents[name])
        for class_name, one in missing_hours.items():
            _hours.make(iam, class_name, one)
        outcomes = engine.apply(plans)
        if task.still_missing:
            outcomes = engine.look_again(outcomes, task.still_missing)
        files_changed = destination.save_class_files(_saved(destination, outcomes))
    decided = {
        "account": results.account_result(account),
        "region": iam.region,
        "place": place,
        "missing_policies": missing,
        "missing_hours": [_hours.as_wish(*one) for one in missing_hours.items()],
        "to_do": files_changed or bool(missing_hours) or any(one.changes for one in outcomes),
        "users": [_decided(plan) for plan in plans],
    }
    users = [_result(one, account, destination, check_mode) for one in outcomes]
    return {
        "warnings": [
            *_preflight.account_warnings(account),
            *_preflight.slice_warnings(new, params["slices"], account),
            *(warning for one in outcomes for warning in one.plan.warnings),
            *filter(None, (_expiry.passed_warning(user.name, user.expires, today.date()) for user in wanted)),
            *hours.warnings,
        ],
        "hours": hours.sentences,
        "policies_made": [
            f"policy {name} {'would be' if check_mode else 'is'} created in account {account.id}"
            for name in missing
            if name in task.policy_documents
        ],
        "changed": files_changed or bool(missing_hours) or any(one.changes for one in outcomes),
        "account": results.account_result(account),
        "decided": decided,
        "place": str(destination),
        "users": users,
        "diff": [user["diff"] for user in users if user["diff"]],
    }


def _make_policy(iam: Iam, name: str, document: str) -> None:
    tags = [{"Key": _tag.OWNERSHIP_KEY, "Value": _tag.OWNERSHIP_VALUE}]
    try:
        iam.write(
            f"create policy {name}", "create_policy", {"PolicyName": name, "PolicyDocument": document, "Tags": tags}
        )
    except AnsibleIAMError as error:
        # Another slice of the class may create it at the same time.
        if error_code(error) != "EntityAlreadyExists":
            raise


def _saved(destination: CredentialsDestination, outcomes: Iterable[Outcome]) -> Iterator[Credentials]:
    for outcome in outcomes:
        # Files for a refused user may be somebody else's, and an impossible name has no files.
        if outcome.plan.problems and not outcome.changes:
            continue
        # A damaged file only fails its own user, which was reported already.
        with contextlib.suppress(DestinationError):
            wanted = outcome.plan.wanted
            yield replace(destination.saved(wanted.name), display_name=wanted.display_name, email=wanted.email)


def _refusal(plan: UserPlan, changed: bool = False) -> str | None:
    return enumerated(list(plan.problems), changed) if plan.problems else None


def _undecided(plan: UserPlan) -> str | None:
    return enumerated(list(plan.undecided), changed=True) if plan.undecided else None


class Engine:
    """Applies plans: several users at the same time, but one change of a user after the other."""

    def __init__(self, workplace: Workplace, threads: int, marks: Marks) -> None:
        self._workplace = workplace
        self._iam = workplace.iam
        self._destination = workplace.destination
        self._threads = threads
        self._marks = marks

    def apply(self, plans: Sequence[UserPlan]) -> list[Outcome]:
        """Apply all plans. If one user fails, the others are not affected."""
        names = [plan.name for plan in plans if plan.changes]
        if names:
            self._destination.prepare(self._workplace.account.id)
        with contextlib.ExitStack() as stack:
            if len(plans) > 1 and names:
                stack.enter_context(self._destination.alone(names))
            pool = stack.enter_context(ThreadPoolExecutor(max_workers=self._threads))
            return list(pool.map(self._marked, plans))

    def _marked(self, plan: UserPlan) -> Outcome:
        outcome = self._serve(plan)
        self._marks.done(outcome.failure is not None)
        return outcome

    def _serve(self, plan: UserPlan) -> Outcome:
        if not plan.changes:
            return Outcome(plan, plan.on_file, (), _refusal(plan) or _undecided(plan))
        applied: list[Change] = []
        failure, told = None, plan
        try:
            try:
                Provisioning(self._workplace, plan, applied).run()
            except StalePlanError:
                plan = self._planned_again(plan)
                # Report what was done already relative to the state before this run.
                told = replace(plan, user=told.user, on_file=told.on_file) if applied else plan
                failure = _refusal(plan, bool(applied))
                if not failure:
                    Provisioning(self._workplace, plan, applied).run()
        except StalePlanError:
            failure = f"somebody else is changing user {plan.name!r} at the same time; run again"
        except _FAILURES as error:
            failure = sentence(error)
        on_file = told.on_file
        try:
            on_file = observe.on_file(self._destination, plan.name)
        except DestinationError as error:
            failure = failure or sentence(error)
        return Outcome(told, on_file, tuple(applied), failure or _undecided(plan))

    def look_again(self, outcomes: Sequence[Outcome], still_missing: StillMissing) -> list[Outcome]:
        """Check that AWS shows what was changed: all users at once, repeatedly while it does not."""
        account = self._workplace.account
        looked_for = {one.plan.name: one for one in outcomes if one.changes and one.failure is None}
        existing = account.summary.get("Users", 0) + len(looked_for)

        def unseen() -> dict[str, list[Change]]:
            seen = observe.users(self._iam, list(looked_for), existing, self._threads, _SHOWN).users
            missing = {
                name: still_missing(one.plan, seen[name], one.on_file.access_key_id, account)
                for name, one in looked_for.items()
            }
            return {name: changes for name, changes in missing.items() if changes}

        missing = unseen() if looked_for else {}
        pauses = self._iam.patience.pauses()
        while missing and next(pauses, None) is not None:
            looked_for = {name: looked_for[name] for name in missing}
            missing = unseen()
        return [_with_missing(one, missing.get(one.plan.name, [])) for one in outcomes]

    def _planned_again(self, plan: UserPlan) -> UserPlan:
        """Plan a user again that was created after the first plan was made, once AWS shows it."""
        name = plan.name
        user = observe.user(self._iam, name)
        if user is None:
            seen = observe.users(self._iam, [name], existing=0)
            if seen.namesakes:
                raise RefusedError(_preflight.namesake_problem(name, seen.namesakes[name]))
            user = seen.users[name]
        pauses = self._iam.patience.pauses()
        while user is None and next(pauses, None) is not None:
            user = observe.user(self._iam, name)
        on_file = observe.on_file(self._destination, name)
        user = observe.with_unlisted_key(self._iam, self._destination, user, on_file)
        user = observe.with_unlisted_login(self._iam, user, on_file)
        return self._workplace.planner(plan.wanted, user, on_file, self._workplace.account)


def _with_missing(outcome: Outcome, missing: Sequence[Change]) -> Outcome:
    if not missing:
        return outcome
    faults = "; ".join(change.fault.words for change in missing if change.fault)
    failure = f"AWS does not show what this run changed for user {outcome.plan.name!r}: {faults}. Run again"
    return replace(outcome, failure=failure)


# Results -------------------------------------------------------------------------------------------------------------


def _result(outcome: Outcome, account: Account, destination: CredentialsDestination, check_mode: bool) -> Result:
    plan = outcome.plan
    is_so = not outcome.failure and not (check_mode and outcome.changes)
    done = {change.action for change in outcome.changes}
    undecided = outcome.failure is not None and outcome.failure == _undecided(plan)
    return {
        "name": plan.name,
        "changed": bool(outcome.changes),
        "failed": outcome.failure is not None,
        "msg": outcome.failure or "",
        "fate": "needs action" if undecided else _fate(done),
        "next": _next(plan),
        "problems": list(plan.problems),
        "warnings": list(plan.warnings),
        "changes": [change.words for change in outcome.changes],
        "planned": plan.sentences,
        "actions": [{"action": change.action, "subject": change.subject} for change in plan.changes],
        "access_key_id": outcome.on_file.access_key_id,
        "asks_for": plan.asks_for,
        "password_on_file": outcome.on_file.password,
        "state": _state(outcome, account, str(destination)) if is_so else [],
        "diff": _diff(outcome, destination.names(plan.name)),
    }


def _diff(outcome: Outcome, names: Names) -> Result:
    """Render the diff of a user, including its files."""
    diff = outcome.plan.diff(outcome.changes)
    secrets = {change.asks_for for change in outcome.changes} - {None}
    if not diff or not secrets:
        return diff
    had = {Secret.PASSWORD: outcome.plan.on_file.password, Secret.ACCESS_KEY: outcome.plan.on_file.access_key_id}
    files = {
        Secret.PASSWORD: {names.login},
        Secret.ACCESS_KEY: set(filter(None, (names.access_key, names.own_import))),
    }
    before = {file for secret in files if had[secret] for file in files[secret]}
    after = {file for secret in files if had[secret] or secret in secrets for file in files[secret]}
    diff["before"] |= {"files": sorted(before)} if before else {}
    diff["after"] |= {"files": sorted(after)}
    return diff


def _next(plan: UserPlan) -> str:
    """Return how to restore access that was revoked."""
    revoked = plan.user and plan.user.revoked and not plan.wanted.restore_access and not plan.problems
    return _preflight.restoring(plan.name) if revoked else ""


def _fate(done: set[str]) -> str:
    if not done:
        return "unchanged"
    made = {"create_user": "created", "create_access_key": "rotated" if "deactivate_access_key" in done else ""}
    return next((made[action] for action in made if action in done and made[action]), "completed")


def _state(outcome: Outcome, account: Account, place: str) -> list[str]:
    """Describe the final state of a user, as steps 5 and 9 of the workshop's page do."""
    plan = outcome.plan
    key_id = outcome.on_file.access_key_id
    policies = ", ".join(_managed_policy.name_of(arn) for arn in plan.managed_policies)
    key = f"Access key {key_id} is Active" if key_id else "The secret of the access key is not saved"
    if not plan.wanted.access_key:
        by_console = "; sign in to the AWS CLI with aws login" if plan.wanted.cli_sign_in else ""
        key = f"No access key was asked for{by_console}"
    saved = [key, f"Credential files are in {place}"]
    return [
        f"IAM user {plan.name} in account {account.id}",
        f"Console sign-in is enabled{' at ' if account.sign_in_url else ''}{account.sign_in_url}",
        *([f"Policies: {policies}"] if policies else []),
        *(saved if key_id or not plan.wanted.access_key else [f"{key} in {place}"]),
    ]


def _decided(plan: UserPlan) -> Result:
    return {
        "actions": [change.action for change in plan.changes],
        "managed_policies": list(plan.managed_policies),
        "permissions_boundary": plan.permissions_boundary,
        "tags": plan.wanted.all_tags,
        "asks_for": plan.asks_for,
        "access_key_ids": [key.id for key in plan.user.access_keys] if plan.user else [],
        "access_key_id": plan.on_file.access_key_id,
        "interrupted": bool(plan.on_file.intent),
    }


def write_decided(path: str | None, decided: Result) -> None:
    """Write what was decided to a file. In a result, Ansible would mask any text that contains somebody's password."""
    if not path:
        return
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(decided, stream)
