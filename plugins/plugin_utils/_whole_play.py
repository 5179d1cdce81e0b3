# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Run a module once for all hosts of a play: collect their variables, show progress, and give each host its result."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import tempfile
import typing as t
from collections import ChainMap, Counter
from pathlib import Path

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleTemplateError
from ansible.module_utils.common.sentinel import Sentinel
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler
from ansible.template import Templar

from ansible_collections.invoice_scanner.iam.plugins.module_utils._report import command as _command
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report import summary as _summary
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.summary import FAILED
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _guards
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._command_line import command_line
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._host_variables import HostVariables, referenced
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._part_of_run import PartOfRun
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._progress_reporter import ProgressReporter
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._role_variables import PREFIX, RoleVariables

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Result = dict[str, t.Any]
# The arguments that name a variable
_NAMES_OF_VARIABLES = ("users_from", "planned_by")
# The keywords of a task that decide whether anything is changed, in which account, as which user of which machine
_KEYWORDS = ("check_mode", "environment", "become", "become_user", "delegate_to")
# The ends of the names of strategies that ignore run_once
_EACH_HOST = ("free", "host_pinned")
# Environment variables with which botocore and amazon.aws turn to another endpoint, such as an emulator's
_ENDPOINTS = ("AWS_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL")
# The role's variable for the place of handout pages
_PAGES = "__invoice_iam_user_handout_destination"
# The prefix of the role's internal variables
_INTERNAL = "__"
# May differ between hosts of several accounts, as may the module defaults, which say how to sign in
_OF_ACCOUNT = "account_id"
# Ansible's message if a dictionary, such as a row of the roster, lacks a key
_MISSING = re.compile(r"has no attribute '(.+?)'")
# What is also in a user's changes and in the summary, once the user has been served
_TOLD = ("actions", "planned", "state")
# The modules that serve several accounts
_MANY_ACCOUNTS = frozenset(
    {
        "credentials_collect",
        "credentials_handout",
        "iam_access_keys_revoke",
        "iam_access_keys_rotate",
        "iam_users",
        "iam_users_teardown",
        "iam_users_verify",
    }
)


class WholePlay(PartOfRun):
    """Runs a module once for all hosts of the play, or of the batch if the play has C(serial).

    C(users_from) is the name of a variable. Its value on each host becomes an entry of the module's C(users). All other
    arguments have to be the same on every host. The result gets C(hosts), the module's result for each host's user, and
    C(summary), the lines of the summary. The job's statistics get each user's result. C(planned_by) names the
    registered result of an earlier task that planned what this one completes.

    Hosts may be in several accounts. Then one process serves the users of all accounts at the same time.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Collect the users of the play if C(users_from) is given, run the module, and show its progress."""
        super(PartOfRun, self).run(tmp, task_vars)
        variables = task_vars or {}
        play = _Play(self._task, variables, self._loader)
        play.check_runs_once()
        # Keys, and users selected by tags, are always those of one account.
        by_host = "users_from" in self._task.args and not self._task.args.get("access_key_ids")
        by_account = by_host and self.short_name in _MANY_ACCOUNTS
        # First, as it refuses settings with which Ansible would print the secrets that are read next.
        arguments = self.prepared(dict(self._task.args), variables)
        with self.started(self.module, variables):
            play.read(arguments.get("users_from"), by_account)
            return self._served(play, arguments, variables, by_account)

    def _served(self, play: _Play, arguments: Result, variables: dict[str, t.Any], by_account: bool) -> Result:
        """Run the module for all users of the play, and give each host its result."""
        users_from = arguments.pop("users_from", None)
        planned_by = arguments.pop("planned_by", None)
        if users_from is None:
            result = self._execute_watched(arguments, variables)
            return result | self._places(arguments, result, variables)
        if arguments.get("users") is not None:
            raise AnsibleActionFail("users and users_from exclude each other; give one of them")
        users, failures = play.users(users_from, by_account)
        names = {host: _name_of(user) for host, user in users.items()}
        # Given access keys may belong to any user, with or without a host.
        by_key = bool(arguments.get("access_key_ids"))
        if not by_key:
            arguments |= {"users": list(users.values()), "hosts": list(users)}
            arguments = play.with_accounts(arguments) if by_account else arguments
        nothing: Result = {"changed": False, "users": []}
        # iam_users_verify rewrites commands itself. Rewriting them twice could take a host for a user of that name.
        tells = self.short_name == "iam_users_verify"
        if tells:
            arguments["command_line"] = command_line()
        result = self._execute_watched(arguments, variables) if users or by_key else nothing
        if not self._shows_diffs():
            _drop_diffs(result.get("users", ()))
        if not tells or "users" not in result:
            result = _told(result, names, by_key)
        if "users" not in result:
            return _failed_for_all(result, len(play.hosts))
        if by_key:
            owners = {outcome["name"]: outcome for outcome in result["users"]}
            told = {host: owners.pop(name, _untouched(name)) for host, name in names.items()}
            owners = {name: {**one, "next": _next_for_other(one)} for name, one in owners.items()}
            result["others"] = list(owners.values())
            result["users"] = [owners.get(one["name"], one) for one in result["users"]]
        else:
            told = dict(zip(users, result["users"], strict=True))
        planned = variables[planned_by].get("hosts", {}) if planned_by else {}
        result["hosts"] = {
            host: failures[host] if host in failures else _outcome(told[host], names[host], planned.get(host))
            for host in play.hosts
        }
        if C.DEFAULT_VERBOSITY == 0:
            _fold_diffs(result["hosts"])
        outcomes: list[Result] = result["users"] if by_key else list(result["hosts"].values())
        *lines, count = _summary.lines(outcomes, self._task.check_mode)
        accounts = _summary.accounts(outcomes, self._task.check_mode)
        result["summary"] = [*lines, *result.get("hours", ()), *result.get("policies_made", ()), *accounts, count]
        result |= self._places(arguments, result, variables)
        result["ansible_stats"] = _summary.artifact(outcomes, self._task.check_mode, variables.get("awx_job_id"))
        return self._shortened(result) if self.short_name == "iam_users" else result

    def _shows_diffs(self) -> bool:
        """Return whether the play shows diffs. This task may show none, because each host shows its own later."""
        inherited = self._task._get_parent_attribute("diff", omit=True)
        return bool(context.CLIARGS.get("diff") if inherited is Sentinel else inherited)

    def _shortened(self, result: Result) -> Result:
        """Leave out what is told twice, as Ansible copies a result several times, and keeps it for the whole play."""
        left_out = () if self._task.check_mode else _TOLD
        hosts = {
            host: {name: value for name, value in one.items() if name not in left_out}
            for host, one in result.pop("hosts").items()
        }
        del result["users"]
        return result | {"hosts": hosts}

    def _places(self, arguments: Result, result: Result, variables: dict[str, t.Any]) -> Result:
        """Return where users are if that is one account, where credentials are, and where pages are or would be."""
        place = arguments.get("credentials_dest") or arguments.get("dest") or ""
        pages = result.get("dest") or ""
        # If no pages are written, variables in the template may be undefined.
        with contextlib.suppress(AnsibleTemplateError):
            pages = pages or self._templar.template(variables.get(_PAGES) or "")
        account = (result.get("account") or {}).get("id", "")
        endpoint = arguments.get("endpoint_url") or next(filter(None, map(os.environ.get, _ENDPOINTS)), "")
        return {
            "in_account": f"{account} at {endpoint}" if account and endpoint else account,
            "place": str(place if arguments.get("accounts") else result.get("place") or place),
            "pages": _guards.absolute(str(pages)) if pages else "",
        }

    def _execute_watched(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> Result:
        with (
            tempfile.NamedTemporaryFile(dir=C.DEFAULT_LOCAL_TMP, prefix="progress-") as marks,
            tempfile.NamedTemporaryFile(dir=C.DEFAULT_LOCAL_TMP, prefix="plan-") as plan,
        ):
            reporter = ProgressReporter(marks.name, len(arguments.get("users") or []))
            if not self._task.check_mode:
                arguments["progress_file"] = marks.name
                if self.short_name != "iam_class_hours":
                    reporter.start()
            if self.short_name == "iam_users":
                arguments["plan_file"] = plan.name
            try:
                result = self.execute(arguments, variables)
            finally:
                reporter.stop()
            return result | self._decided(plan.read(), arguments)

    def _decided(self, written: bytes, arguments: Mapping[str, t.Any]) -> Result:
        """Parse what the module has decided from its file, which Ansible does not mask. Not all modules write it."""
        if not written:
            return {}
        decided: Result = json.loads(written)
        plans = decided.pop("users")
        if self._task.check_mode:
            # Later tasks apply the plan of each host.
            decided["plans"] = dict(zip(arguments.get("hosts") or [], plans, strict=False))
        return decided


class _Play:
    """All hosts that a task serves, and their variables."""

    def __init__(self, task: t.Any, variables: dict[str, t.Any], loader: t.Any) -> None:
        self._task = task
        self._variables = variables
        self._loader = loader
        self.hosts: list[str] = list(variables["ansible_play_batch"])
        self._last: tuple[str, HostVariables] = "", self._first
        # The connection options of accounts, by the raw variables behind them, and by host
        self._sign_ins: dict[str, Result] = {}
        self._sign_in_of: dict[str, Result] = {}
        # The user of each host, with the problems of its variables
        self._user_of: dict[str, tuple[t.Any, list[str]]] = {}
        # The variables that describe a user, with what is wrong with their values on the first host
        self._of_user: dict[str, str | None] = {}
        role = task._role
        self._role = RoleVariables.of_role(role._role_path) if role and role._role_name == "invoice_iam_user" else None

    @functools.cached_property
    def _first(self) -> HostVariables:
        return HostVariables.of(self.hosts[0], self._task, self._variables, self._loader)

    def _of(self, host: str) -> HostVariables:
        """Return the variables of a host. Only the latest are kept: those of 5,000 hosts take hundreds of megabytes."""
        if host == self.hosts[0]:
            return self._first
        if self._last[0] != host:
            self._last = host, HostVariables.of(host, self._task, self._variables, self._loader)
        return self._last[1]

    def check_runs_once(self) -> None:
        """Refuse to serve all hosts again for each of them, or for some of them. Raises AnsibleActionFail."""
        play, serves_all = self._task.get_play(), self._task.run_once or "users_from" in self._task.args
        if play is None or not serves_all:
            return
        in_batches = play.serial and {*self.hosts} != {*self._variables["ansible_play_hosts_all"]}
        if self._short_name == "iam_users_teardown" and in_batches:
            raise AnsibleActionFail(
                "in a play with serial, each batch would be confirmed for itself; remove serial from the play"
            )
        if len(self.hosts) == 1:
            return
        if self._is_of_some_hosts(play):
            raise AnsibleActionFail(
                "a handler or a rescue is for some hosts of the play, but this task serves all of them; put it into "
                "the tasks of another play, whose hosts are those to serve"
            )
        if not self._task.run_once:
            raise AnsibleActionFail("with users_from, one task serves all hosts; add run_once: true to it")
        if "users_from" in self._task.args and self._task.loop is not None:
            raise AnsibleActionFail("users_from has a user for each host, so it needs no loop; in a loop, give users")
        if play.strategy.endswith(_EACH_HOST):
            raise AnsibleActionFail(
                f"the strategy {play.strategy} would run this task for each host, but one task serves all hosts; add "
                "strategy: linear to the play"
            )

    def _is_of_some_hosts(self, play: t.Any) -> bool:
        """Return whether the task is a handler, or in a C(rescue)."""
        around = [self._task, *self._parents]
        # The blocks around an imported task are copies from before their C(rescue) was read, so the play has to tell.
        of_play = [*play.pre_tasks, *(one for role in play.roles for one in role.get_task_blocks()), *play.tasks]
        rescuing = {one._uuid for one in _in_rescue([*of_play, *play.post_tasks, *around])}
        return isinstance(self._task, Handler) or not rescuing.isdisjoint(one._uuid for one in around)

    @functools.cached_property
    def _parents(self) -> list[t.Any]:
        """The blocks and includes around the task, from the inside out."""
        found, one = [], self._task._parent
        while one is not None:
            found.append(one)
            one = one._parent
        return found

    def read(self, users_from: str | None, by_account: bool) -> None:
        """Read the variables of each host, and check that arguments for the whole task are the same on every host.

        C(by_account): hosts may be in several accounts. Raises AnsibleActionFail.
        """
        check = self._comparison(by_account)
        is_known = users_from is None
        for host in self.hosts:
            check(host)
            if users_from is not None:
                is_known = is_known or users_from in self._of(host).raw
                self._user_of[host] = self._user(host, users_from)
            if by_account:
                self._sign_in(host)
        if not is_known:
            raise AnsibleActionFail(f"users_from is {users_from!r}, but no host has a variable of that name")

    # Options for all hosts -------------------------------------------------------------------------------------

    def _comparison(self, by_account: bool) -> t.Callable[[str], None]:
        """Return a function that compares a host with the first one, and raises AnsibleActionFail."""
        said = self._arguments_for_all
        if by_account:
            said = {option: raw for option, raw in said.items() if option != _OF_ACCOUNT and not _is_ours(option)}
        first = self._first
        conditions = [*self._task.when, *(condition for one in self._includes for condition in one.when)]
        behind = {option: first.behind(raw) for option, raw in said.items()}
        behind_conditions = first.behind(conditions)
        # An include leaves out hosts for which its condition is false, even the first one.
        first_holds = functools.cache(lambda: first.holds(conditions))
        words = behind_conditions.union(*behind.values())
        self._check_variables(first, words)

        def check(host: str) -> None:
            other = self._of(host)
            differing = first.differing(other, words)
            # Values made from the same variables are the same. Evaluating them would take milliseconds a host.
            for option, raw in said.items():
                if not behind[option].isdisjoint(differing) and first.said(raw) != other.said(raw):
                    raise AnsibleActionFail(self._disagreement(host, option, raw, differing))
            if not behind_conditions.isdisjoint(differing) and not (first_holds() and other.holds(conditions)):
                raise AnsibleActionFail(self._disagreement(host, "when", conditions, differing))

        return check

    @functools.cached_property
    def _arguments_for_all(self) -> dict[str, t.Any]:
        """The unevaluated arguments and keywords of the task, and the defaults for this collection's modules."""
        written = self._task._ds or {}
        arguments = next((written[key] for key in written if key.rpartition(".")[2] == self._short_name), None)
        found = dict(arguments) if isinstance(arguments, dict) else {}
        for name in _KEYWORDS:
            # By now, Ansible has evaluated the keyword for the first host, but not those of blocks and of the play.
            inherited = self._task._get_parent_attribute(name, omit=True)
            found[name] = [written.get(name), None if inherited is Sentinel else inherited]
        found["apply"] = [_argument(one, "apply") for one in self._includes]
        # Those of the play come first. Later ones replace single options, not all of a scope.
        for number, defaults in enumerate(self._task.module_defaults or []):
            found |= {f"{scope} {number}": values for scope, values in defaults.items() if _is_ours(scope)}
        # Arguments that name a variable are left out, unless the name itself is a template.
        return {option: raw for option, raw in found.items() if option not in _NAMES_OF_VARIABLES or "{{" in str(raw)}

    @functools.cached_property
    def _includes(self) -> list[t.Any]:
        """The dynamic includes around the task. Ansible includes for each host alone, but the task serves all hosts."""
        return [one for one in self._parents if not getattr(one, "statically_loaded", True)]

    @property
    def _short_name(self) -> str:
        return str(self._task.action).rpartition(".")[2]

    def _disagreement(self, host: str, option: str, raw: t.Any, differing: Sequence[str]) -> str:
        behind = self._first.behind(raw)
        named = [name for name in differing if name in behind and not name.startswith(_INTERNAL)]
        if self._role:
            # Prefer the role's own variables, which people have most likely set.
            named = list(filter(self._role.has, named)) or named
        shown = " and ".join(named) or referenced(raw) or option
        return (
            f"the hosts {self.hosts[0]} and {host} have different values of {shown}, but one run can use only one "
            "value; run the playbook once for each with --limit"
        )

    def _check_variables(self, first: HostVariables, words: set[str]) -> None:
        """Validate the variables behind the task's arguments, so that a typing error does not count as false."""
        if self._role is None:
            return
        # Variables with choices are also validated if this task does not use them, such as the lane in a class.
        of_user = first.behind(first.raw.get(self._task.args.get("users_from") or ""))
        chosen = {
            name for name in self._role.with_choices() if name not in of_user and _is_literal(first.raw.get(name))
        }
        for name in filter(self._role.has, sorted(words | chosen)):
            problem = self._role.problem(name, first.value_of(name))
            if problem:
                raise AnsibleActionFail(problem)

    # The accounts ----------------------------------------------------------------------------------------------

    def with_accounts(self, arguments: Result) -> Result:
        """Add the accounts of the users, if not all hosts have the same connection options."""
        of_hosts = {host: self._sign_in(host) for host in self.hosts}
        ways: list[Result] = []
        for host in self.hosts:
            if of_hosts[host] not in ways:
                ways.append(of_hosts[host])
        if len(ways) == 1:
            return arguments | ({"divided": True} if self._has_other_accounts(ways[0]) else {})
        if self._first.value_of("__invoice_iam_user_lane") == "steps":
            raise AnsibleActionFail(
                "invoice_iam_user_lane is steps, but the hosts are in several accounts, which only the lane engine can "
                "serve; leave invoice_iam_user_lane out, or run the playbook once for each account with --limit"
            )
        differing = {name for way in ways for name in way if any(way[name] != one.get(name) for one in ways)}
        accounts = [
            {
                "hosts": [host for host in arguments["hosts"] if of_hosts[host] == way],
                **{name: value for name, value in way.items() if name in differing},
            }
            for way in ways
        ]
        rest = {name: value for name, value in arguments.items() if name not in differing}
        if arguments.get("pending_policies"):
            rest["policy_documents"] = self._documents(arguments["pending_policies"])
        return rest | {"accounts": [one for one in accounts if one["hosts"]]}

    def _documents(self, names: Sequence[str]) -> dict[str, str]:
        """Read the role's policies, for a module that creates them if they are missing."""
        if self._task._role is None:
            return {}
        folder = Path(self._task._role._role_path) / "files" / "policies"
        return {name: (folder / f"{name}.json").read_text(encoding="utf-8") for name in names}

    def _sign_in(self, host: str) -> Result:
        """Return a host's connection options: defaults for this collection's modules, and the account that is meant."""
        if host not in self._sign_in_of:
            self._sign_in_of[host] = self._sign_in_by_variables(host)
        return self._sign_in_of[host]

    def _sign_in_by_variables(self, host: str) -> Result:
        variables = self._of(host)
        said = {
            option: raw for option, raw in self._arguments_for_all.items() if _is_ours(option) or option == _OF_ACCOUNT
        }
        # Cached by raw variables, as evaluating takes a millisecond and most hosts of an account have the same ones.
        words = sorted(variables.behind([*said.values()]) & variables.raw.keys())
        known = repr([(word, variables.raw[word]) for word in words])
        if known not in self._sign_ins:
            self._sign_ins[known] = _sign_in({option: variables.said(raw) for option, raw in said.items()})
        return self._sign_ins[known]

    def _has_other_accounts(self, way: Result) -> bool:
        """Return whether a host that the limit excludes from this run is in another account."""
        for host in self._without_limit():
            try:
                if self._sign_in(host) != way:
                    return True
            except AnsibleError:
                continue  # A run that serves this host reports the error.
        return False

    def _without_limit(self) -> list[str]:
        play = self._task.get_play()
        inventory = self._variables["hostvars"]._variable_manager._inventory
        if play is None:
            return list(self._variables["ansible_play_hosts_all"])
        pattern = Templar(loader=self._loader, variables=self._variables).template(play.hosts)
        return [one.name for one in inventory.get_hosts(pattern, ignore_limits=True, ignore_restrictions=True)]

    # The users of hosts ----------------------------------------------------------------------------------------

    def users(self, users_from: str, by_account: bool = False) -> tuple[dict[str, t.Any], dict[str, Result]]:
        """Return the user of each host, and the failures of hosts with invalid variables."""
        users: dict[str, t.Any] = {}
        failures: dict[str, Result] = {}
        for host in self.hosts:
            user, problems = self._user_of[host]
            if problems:
                failures[host] = _failed(_name_of(user) or host, "; ".join(problems))
            else:
                users[host] = user
        for host, problem in self._repeated(users, users_from, by_account).items():
            failures[host] = _failed(_name_of(users.pop(host)), problem)
        return users, failures

    def _user(self, host: str, users_from: str) -> tuple[t.Any, list[str]]:
        variables = self._of(host)
        problems = self._role.unknown(variables.raw) if self._role else []
        problems += self._wrong(variables, users_from)
        try:
            return variables.value_of(users_from), problems
        except AnsibleTemplateError as error:
            return {}, [*problems, self._undefined_in(host, users_from) or f"variables of {host!r}: {_why(error)}"]

    def _undefined_in(self, host: str, users_from: str) -> str | None:
        """Return which of a host's variables uses something undefined, such as a column that the roster lacks."""
        variables = self._of(host)
        for name in sorted(variables.behind(users_from) & variables.raw.keys()):
            if not name.startswith(PREFIX):
                continue
            try:
                variables.value_of(name)
            except AnsibleTemplateError as error:
                return f"{name} cannot be used for {host!r}: {_missing_column(variables, name, error) or _why(error)}"
        return None

    def _wrong(self, variables: HostVariables, users_from: str) -> list[str]:
        """Return what is wrong with a host's variables. Those with the first host's values are not validated again."""
        if self._role is None:
            return []
        first = self._first
        if not self._of_user:
            names = filter(self._role.has, sorted(first.behind(first.raw.get(users_from))))
            self._of_user = {name: self._problem(first, name) for name in names}
        own = first.differing(variables, set(self._of_user))
        found = self._of_user | {name: self._problem(variables, name) for name in own}
        return [problem for problem in found.values() if problem]

    def _problem(self, variables: HostVariables, name: str) -> str | None:
        try:
            value = variables.value_of(name)
        except AnsibleTemplateError:
            # Something undefined is reported for each host separately, as other hosts may define it.
            return None
        return self._role.problem(name, value) if self._role else None

    def _repeated(self, users: Mapping[str, t.Any], users_from: str, by_account: bool) -> dict[str, str]:
        """Find hosts with the same user as another host, which may be in another batch.

        The same name in two accounts is two users.
        """

        def of(host: str, user: t.Any) -> tuple[str, str]:
            return _name_of(user).lower(), repr(self._sign_in(host)) if by_account else ""

        names = {host: of(host, user) for host, user in users.items()}
        for host in set(self._variables["ansible_play_hosts_all"]) - {*self.hosts}:
            with contextlib.suppress(AnsibleTemplateError):  # The host's own batch reports the error.
                names[host] = of(host, self._of(host).value_of(users_from))
        twice = {name for name, count in Counter(names.values()).items() if count > 1}
        found = {}
        for host, name in names.items():
            if name in twice and host in users:
                together = ", ".join(other for other in names if names[other] == name)
                found[host] = (
                    f"The hosts {together} all have the IAM user name {_name_of(users[host])!r}; set "
                    "invoice_iam_user_name for each host, for example to {{ inventory_hostname }} in group_vars/all"
                )
        return found


def _in_rescue(blocks: Iterable[t.Any]) -> Iterator[t.Any]:
    """Yield the tasks and blocks in the C(rescue) of these blocks, and of the blocks in them."""
    for one in blocks:
        if isinstance(one, Block):
            yield from one.rescue
            yield from _in_rescue([*one.block, *one.rescue, *one.always])


def _argument(task: t.Any, name: str) -> t.Any:
    """Return an unevaluated argument of a task, or None."""
    arguments = next((one for one in (task._ds or {}).values() if isinstance(one, dict) and name in one), {})
    return arguments.get(name)


def _is_ours(scope: str) -> bool:
    """Return whether module defaults are for modules that this collection uses."""
    return "invoice_scanner.iam" in scope or "amazon.aws" in scope


def _why(error: AnsibleTemplateError) -> str:
    return " ".join(str(error).split())


def _missing_column(variables: HostVariables, name: str, error: AnsibleTemplateError) -> str | None:
    """Return an error that names the missing column of the roster that a variable uses, or None."""
    missing = _MISSING.search(_why(error))
    columns = variables.value_of("roster") if "roster" in variables.behind(name) else None
    if not missing or not isinstance(columns, dict) or missing[1] in columns:
        return None
    return f"the roster has no column {missing[1]!r}; its columns are {', '.join(columns)}"


def _is_literal(raw: t.Any) -> bool:
    """Return whether a value is set and not a template, which may use undefined variables if nobody needs it."""
    return raw is not None and "{{" not in str(raw) and "{%" not in str(raw)


def _sign_in(said: Mapping[str, t.Any]) -> Result:
    found: Result = {}
    for scope, values in said.items():
        if isinstance(values, dict):
            found |= values
        elif scope == _OF_ACCOUNT:
            found[_OF_ACCOUNT] = str(values or "")
    return found


def _told(result: Result, names: Mapping[str, str], by_key: bool) -> Result:
    """Rewrite the commands in a result for this run and its hosts. Two hosts may have users of the same name."""
    line = command_line()
    limits = _command.limits({name: host for host, name in names.items()})
    if "users" not in result or by_key:
        return t.cast("Result", _command.told(result, line, limits))
    users = [
        _command.told(one, line, ChainMap(_command.limits({name: host}), limits))
        for (host, name), one in zip(names.items(), result["users"], strict=True)
    ]
    return {**_command.told({**result, "users": None}, line, limits), "users": users}


def _name_of(user: t.Any) -> str:
    return str(user.get("name") or "" if isinstance(user, dict) else user or "")


def _drop_diffs(users: Iterable[Result]) -> None:
    """Remove diffs that nobody sees, as Ansible copies a result several times."""
    for one in users:
        if "diff" in one:
            one["diff"] = {}


def _fold_diffs(hosts: Mapping[str, Result]) -> None:
    """Keep only the first of several diffs that differ only in the user's name, and note the number of others in it."""
    alike: dict[str, list[Result]] = {}
    for outcome in hosts.values():
        if isinstance(outcome.get("diff"), dict) and outcome["diff"].get("after_header"):
            name = re.compile(rf"(?<!\w){re.escape(outcome['name'])}(?![^\W_])")
            alike.setdefault(name.sub("\0", json.dumps(outcome["diff"])), []).append(outcome)
    for first, *others in alike.values():
        if others:
            count = "1 other" if len(others) == 1 else f"{len(others)} others"
            header = f"{first['diff']['after_header']} (the same for {count}; -v shows all)"
            first["diff"] = {**first["diff"], "after_header": header}
        for outcome in others:
            outcome["diff"] = {}


def _failed_for_all(result: Result, hosts: int) -> Result:
    """Note in the message that a failure concerns all hosts, as Ansible shows it for the first one only."""
    if not (result.get("failed") and result.get("msg")) or hosts == 1:
        return result
    return {**result, "msg": f"none of the {hosts} hosts was served: {result['msg']}"}


def _failed(name: str, problem: str) -> Result:
    return {"name": name, "changed": False, "failed": True, "fate": FAILED, "msg": problem, "changes": []}


def _next_for_other(owner: Mapping[str, t.Any]) -> str:
    """Return why no command can restore the access of a key's owner that has no host here."""
    if owner["failed"]:
        return ""
    told = f"no host in this inventory has the user {owner['name']!r}, so no command can give access again; "
    # A user of others has no mark of the revocation, and this collection cannot restore its access.
    remedy = (
        "run the playbook class with invoice_iam_user_restore_access=true and an inventory that has it"
        if owner.get("next")
        else "this collection did not create the user, so do it in IAM"
    )
    return f"{told}{remedy}"


def _untouched(name: str) -> Result:
    return {"name": name, "changed": False, "failed": False, "fate": "nothing to do", "msg": "", "changes": []}


def _outcome(told: Result, name: str, planned: Result | None) -> Result:
    """Complete a user's result: its name, which Ansible may have masked, and what earlier tasks have done."""
    outcome = {**told, "name": name}
    if planned and "planned" in told:
        done = [words for words in planned["changes"] if words not in told["planned"]] + told["changes"]
        fate = planned["fate"] if done and planned["fate"] != "unchanged" else told["fate"]
        outcome |= {"changes": done, "changed": bool(done), "fate": fate, "asks_for": planned["asks_for"]}
        served = not told["failed"] or told["fate"] == "needs action"
        if "login_profile" in planned["asks_for"] and served and not told["password_on_file"]:
            failure = f"somebody else enabled console sign-in for {name!r} just now; run again"
            return outcome | {"failed": True, "msg": failure}
        if not told["failed"]:
            outcome["diff"] = planned["diff"] or told["diff"]
    return outcome
