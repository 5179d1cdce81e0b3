# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Code that all modules share: argument specifications, opening AWS and destinations, errors and warnings."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

# Not AnsibleAWSModule.warn, as it passes warnings to exit_json, which ansible-core has deprecated.
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.connection import options_of_aws
from .._aws.errors import explain
from .._aws.iam import Iam
from .._aws.patience import Patience
from .._aws.rate_governor import RateGovernor, share
from .._credentials import uri as _uri
from .._credentials.destination import DestinationError
from .._credentials.directory import CredentialsDirectory
from .._credentials.git import tracking_warning
from .._credentials.open_store import open_store
from .._credentials.run import Run
from .._users import hours as _hours
from .._users.managed_policy import CLI_SIGN_IN
from .._users.user import WantedUser
from .marks import Marks, marking

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

    from .._aws.connection import Connection
    from .._credentials.destination import CredentialsDestination

ArgumentSpec = dict[str, t.Any]


class RefusedError(Exception):
    """Nothing was done; the message says why, in one sentence or a list of sentences."""


# The errors with which a module may fail
ERRORS = (AnsibleIAMError, DestinationError, RefusedError)

WANTED_USER: ArgumentSpec = {
    "name": {"type": "str", "required": True},
    "console_password": {"type": "str", "no_log": True},
    "password_reset_required": {"type": "bool", "default": False, "no_log": False},
    "update_password": {"type": "str", "choices": ["on_create", "always"], "default": "on_create", "no_log": False},
    "managed_policies": {"type": "list", "elements": "str", "default": []},
    "purge_policies": {"type": "bool", "default": False},
    "permissions_boundary": {"type": "str"},
    "path": {"type": "str", "default": "/"},
    "tags": {"type": "dict", "default": {}},
    "class_name": {"type": "str", "default": ""},
    "access_key_description": {"type": "str", "no_log": False, "default": "AI Invoice Scanner Project"},
    "lost_secret": {"type": "str", "choices": ["keep", "fail", "replace"], "default": "keep", "no_log": False},
    "access_key": {"type": "bool", "default": True, "no_log": False},
    "delete_access_key": {"type": "bool", "default": False, "no_log": False},
    "cli_sign_in": {"type": "bool", "default": False},
    "adopt_existing": {"type": "bool", "default": False},
    "restore_access": {"type": "bool", "default": False},
    "expires": {"type": "str", "default": ""},
    "display_name": {"type": "str", "default": ""},
    "email": {"type": "str", "default": ""},
    "opens": {"type": "str", "default": ""},
    "closes": {"type": "str", "default": ""},
    "timezone": {"type": "str", "default": ""},
}
# Options that WantedUser has as one value
_HOURS = ("opens", "closes", "timezone")
# For modules that bring users to a wanted state, or check it
WANTED: ArgumentSpec = {"users": {"type": "list", "elements": "dict", "options": WANTED_USER}}
# For modules whose action plugin collects the users of a play
PLAY: ArgumentSpec = {
    "users_from": {"type": "str"},
    "hosts": {"type": "list", "elements": "str", "default": []},
    "run": {"type": "dict"},
    "progress_file": {"type": "path"},
}
# For modules that connect to AWS
ROLE: ArgumentSpec = {
    "assume_role_arn": {"type": "str"},
    "assume_role_external_id": {"type": "str"},
    "assume_role_session_name": {"type": "str"},
    "assume_role_duration": {"type": "int"},
}
# For modules that serve users of several accounts. An account's options win over the module's own.
ACCOUNTS: ArgumentSpec = {
    "accounts": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "hosts": {"type": "list", "elements": "str", "required": True},
            "account_id": {"type": "str"},
            **ROLE,
            **options_of_aws(),
        },
    },
    "divided": {"type": "bool", "default": False},
}
SOMEBODY = [("users", "users_from")]
# For modules that connect to AWS, with the account that is meant
ACCOUNT: ArgumentSpec = {"account_id": {"type": "str", "default": ""}, **ROLE}
# For modules that call IAM for each user
PACE: ArgumentSpec = {"threads": {"type": "int", "default": 8}, "max_requests_per_second": {"type": "float"}}
# For modules of which several may run at the same time, each for a part of the users
SLICES: ArgumentSpec = {"slices": {"type": "int", "default": 1}}
# For modules that take part in provisioning in steps
PLANNING: ArgumentSpec = {
    "pending_policies": {"type": "list", "elements": "str", "default": []},
    "policy_documents": {"type": "dict", "default": {}},
    "account": {"type": "dict"},
    "planned_by": {"type": "str"},
    "plan_file": {"type": "path"},
}

_AT_LEAST = {"threads": 1, "slices": 1, "wait_timeout": 0, "older_than_days": 0, "grace_days": 0}


def as_tags(options: Mapping[t.Any, t.Any]) -> dict[str, t.Any]:
    """Convert tags to strings. A tag without a value keeps None, so that it is refused later."""
    return {str(key): None if value is None else str(value) for key, value in options.items()}


def wanted_user(options: Mapping[str, t.Any]) -> WantedUser:
    """Build the wanted user from module options that follow C(WANTED_USER)."""
    values = {name: options[name] for name in WANTED_USER if name not in _HOURS}
    opens, closes, timezone = ((options.get(name) or "").strip() for name in _HOURS)
    # People who write the policies as one text may put spaces after the commas.
    policies = tuple(filter(None, map(str.strip, values["managed_policies"])))
    values["managed_policies"] = (*policies, *([CLI_SIGN_IN] if values["cli_sign_in"] else []))
    values["tags"] = as_tags(values["tags"])
    values["class_name"] = (values["class_name"] or "").strip()
    wish = _hours.wish(values["class_name"], opens, closes, timezone, (values["expires"] or "").strip())
    values |= {"expires": wish.expires, "hours": wish.hours, "hours_problems": wish.problems, "zone": wish.zone}
    values["permissions_boundary"] = values["permissions_boundary"] or None
    return WantedUser(**values)


def check(params: Mapping[str, t.Any], users: str = "users") -> None:
    """Validate the options that every module has. Raises RefusedError."""
    if params.get("users_from") is not None:
        raise RefusedError(f"users_from is for the action plugin of this module; give {users}")
    for name, smallest in _AT_LEAST.items():
        if params.get(name, smallest) < smallest:
            raise RefusedError(f"{name} is {params[name]}; give {smallest} or more, or leave it out")
    rate = params.get("max_requests_per_second")
    if rate is not None and not rate > 0:
        raise RefusedError(
            f"max_requests_per_second is {rate:g}; give a number above 0, or leave it out for no ceiling"
        )


@contextlib.contextmanager
def at_work(module: AnsibleAWSModule) -> Iterator[tuple[Iam, Marks]]:
    """Open the gateway with the module's options, and the file for progress."""
    check(module.params)
    with marking(module.params.get("progress_file")) as marks:
        yield gateway(module, marks), marks


def gateway(module: AnsibleAWSModule, marks: Marks) -> Iam:
    """Open the gateway to an account, with a rate of its own. Raises RefusedError if another account is meant."""
    params = module.params
    governor = RateGovernor(share(params.get("max_requests_per_second"), params.get("slices", 1)))
    iam = Iam(module, params.get("threads", 1), governor, Patience(params["wait_timeout"], marks.waits))
    see_account(iam, (params.get("account_id") or "").strip())
    return iam


class OneAccount:
    """Stands in for a module when connecting to AWS, with the options of one of several accounts."""

    def __init__(self, params: Mapping[str, t.Any]) -> None:
        self.params = params

    @staticmethod
    def fail_json(msg: str, **_more: t.Any) -> t.NoReturn:
        """Fail this account only. amazon.aws calls this if options contradict each other."""
        raise RefusedError(msg)


def see_account(iam: Iam, meant: str) -> None:
    """Check that the operator's credentials belong to the account that is meant. Raises RefusedError."""
    if not meant:
        return
    if not re.fullmatch(r"\d{12}", meant):
        raise RefusedError(f"account_id is {meant!r}; give the 12 digits of the account, in quotes")
    found = str(iam.caller_identity()["Account"])
    if found != meant:
        raise RefusedError(
            f"the AWS credentials belong to account {found}, but account {meant} is meant; use that account's "
            "credentials, or correct account_id (invoice_iam_user_account_id of the role)"
        )


def open_destination(
    place: str, connect: Callable[[], Connection], run: Run | None = None, part_of: Run | None = None
) -> CredentialsDestination:
    """Open a directory, or a store over the connection that C(connect) returns. Raises DestinationError."""
    store = _uri.parse(place)
    if store is None:
        return CredentialsDirectory(place, run, part_of)
    return open_store(store, connect(), run, part_of)


def place_for(params: Mapping[str, t.Any], account: str, connect: Callable[[], Connection], place: str = "") -> str:
    """Return where the credentials of an account are: the given place itself, or the account's own part of it.

    Raises DestinationError if that cannot be determined.
    """
    place = place or params["credentials_dest"]
    own = _uri.within(place, account)
    with contextlib.suppress(DestinationError):  # Code that uses the place reports the error better.
        shared = open_destination(place, connect)
        noted = shared.account()
        if not is_taken(shared):
            divided = params.get("accounts") or params.get("divided") or _has_parts(place)
            return own if divided or open_destination(own, connect).account() == account else place
        if params.get("accounts"):
            raise RefusedError(
                f"{str(shared)!r} holds the credentials of {f'account {noted}' if noted else 'one account'}, but a run "
                "for several accounts saves those of each account in a separate place below it; choose another "
                f"credentials_dest, or move what is there to {_uri.within(str(shared), noted or '<account ID>')!r}"
            )
    return own if params.get("accounts") else place


def _has_parts(place: str) -> bool:
    """Return whether a directory has parts for accounts already, perhaps from a run with another inventory."""
    if _uri.is_uri(place):
        return False
    try:
        return any(re.fullmatch(r"\d{12}", name, re.ASCII) for name in os.listdir(place))
    except OSError:
        return False  # Code that uses the place reports the error.


def is_taken(destination: CredentialsDestination) -> bool:
    """Return whether a place itself contains credentials of any account. Raises DestinationError."""
    return destination.account() is not None or bool(destination.key_owners())


def destination_of(params: Mapping[str, t.Any], connect: Callable[[], Connection]) -> CredentialsDestination | None:
    """Open the destination of a task for one user, if it names one, as part of the run that the task belongs to."""
    place = params["credentials_dest"]
    return open_destination(place, connect, run_of(params)) if place else None


def run_of(params: Mapping[str, t.Any]) -> Run | None:
    """Return the run that this process is part of, as the action plugin has passed it."""
    return Run.read(params["run"]) if params["run"] else None


# Errors, results and warnings ----------------------------------------------------------------------------------------


def sentence(error: Exception) -> str:
    """Return the sentence that people read for one of C(ERRORS)."""
    return explain(error) if isinstance(error, AnsibleIAMError) else str(error)


def enumerated(problems: list[str], changed: bool = False) -> str:
    """Join problems to one sentence or a numbered list. C(changed): something was done before they were found."""
    if len(problems) == 1:
        return problems[0]
    listed = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(problems, start=1))
    nothing = "" if changed else " and nothing was changed"
    return f"{len(problems)} things are wrong{nothing}:\n{listed}"


def failure_of(params: Mapping[str, t.Any], result: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return what makes the task itself fail, if users failed but there are no hosts to report that."""
    failed = [] if params["hosts"] else [one for one in result["users"] if one["failed"]]
    told = [*result.get("problems", ()), *(f"{one['name']}: {one['msg']}" for one in failed)]
    return {"failed": True, "msg": "; ".join(told)} if told else {}


def warn_all(warnings: Iterable[str]) -> None:
    """Show each warning once. Warnings must not contain secrets, as Ansible does not mask them."""
    for warning in dict.fromkeys(warnings):
        warn(warning)


def warn_of_git(module: AnsibleAWSModule, place: str, changed: bool) -> None:
    """Warn if files were saved where git would track them."""
    if changed and not module.check_mode and not _uri.is_uri(place):
        warning = tracking_warning(place)
        if warning:
            warn(warning)
