# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Apply the plan of one user: AWS's writes and the destination's in the one order in which no secret can be lost."""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.iam import (
    NEW_KEY,
    PASSING,
    THROTTLED,
    Iam,
    error_code,
    reply_was_lost,
    wait_out,
)
from .._credentials.destination import (
    DestinationError,
    StaleError,
)
from .._plans.provisioning import plan
from .._users import access_key as _access_key
from .._users import password as _password
from .._users.on_file import Credentials, Intent, OnFile
from . import observe
from .login_profile import put_password

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._credentials.destination import (
        CredentialsDestination,
    )
    from .._plans.provisioning import Change, Plan
    from .._users.user import Account
    from .planning import Planner

# How often a key is asked for whose reply keeps getting lost, before the operator has to look.
_KEY_ATTEMPTS = 3
_LIST_PAUSE = 1.0
_TOUCH_KEYS = ("create_access_key", "delete_orphaned_access_key")
_SET_A_PASSWORD = ("create_login_profile", "update_login_profile")


class ProvisioningError(Exception):
    """A user cannot be brought to the wanted state; the message is one sentence."""


class StalePlanError(Exception):
    """The user is not as it was when the plan was made: look again, and plan anew."""


@dataclass(frozen=True)
class Tools:
    """What applying plans needs; any number of threads may share it."""

    iam: Iam
    directory: CredentialsDestination
    account: Account
    verify_key: bool
    # Seconds to wait at most for what AWS says will pass.
    patience: float
    # How a user is planned anew who is not as it was any more
    planner: Planner = plan


class Provisioning:
    """One plan being applied, by one thread: keys of one user are never created in parallel."""

    def __init__(self, tools: Tools, plan: Plan, applied: Sequence[Change] = ()) -> None:
        self._tools = tools
        self._iam = tools.iam
        self._directory = tools.directory
        self._plan = plan
        self._wanted = plan.wanted
        self._name = plan.wanted.name
        # What an earlier run was about to ask for
        self._found = Intent()
        # What has been done of the plan so far
        self.applied: list[Change] = [*applied]
        # Whether a key may exist that nobody knows: an earlier run left an intent, or a reply was lost in this one.
        self._in_doubt = False

    def run(self) -> None:
        """Apply the plan. Raises ProvisioningError, StalePlanError, AnsibleIAMError and
        DestinationError."""
        self._found = self._directory.intent(self._name) or Intent()
        keys = self._plan.observed.access_keys if self._plan.observed else ()
        key = Intent(access_key=True, known_access_key_ids=tuple(key.id for key in keys))
        # What looks like an orphan may be the key that another run is saving, if that one began after we looked.
        asks = dict.fromkeys(_SET_A_PASSWORD, Intent(login_profile=True)) | dict.fromkeys(_TOUCH_KEYS, key)
        for change in self._plan.changes:
            if change.action in asks:
                # Not earlier: an intent of a run that came to ask for nothing would make orphans of others' keys.
                self._leave_intent(asks[change.action])
            getattr(self, f"_{change.action}")(change)
            self.applied.append(change)
        if self._found or self._plan.intends:
            self._directory.settle_intent(self._name, Intent())

    def _leave_intent(self, intent: Intent) -> None:
        try:
            found = self._directory.leave_intent(self._name, intent, self._plan.saved_key)
        except StaleError as error:
            # Another run has served this user since the plan was made; to go on would be to make a second key.
            raise StalePlanError from error
        self._in_doubt = self._in_doubt or found.access_key

    def _settled(self, call: t.Callable[[], t.Any]) -> t.Any:
        return wait_out(call, PASSING, self._tools.patience)

    # The user ---------------------------------------------------------------------------------------------------

    def _create_user(self, change: Change) -> None:
        try:
            self._iam.create_user(self._name, self._wanted.path, change.tags, change.permissions_boundary)
        except AnsibleIAMError as error:
            if error_code(error) != "EntityAlreadyExists":
                raise
            # It was made after all: by a call whose reply was lost, by another run, or too short a while ago to be
            # listed when we looked.
            raise StalePlanError from error

    def _update_path(self, _change: Change) -> None:
        self._iam.update_path(self._name, self._wanted.path)

    def _put_permissions_boundary(self, change: Change) -> None:
        self._iam.put_permissions_boundary(self._name, change.subject)

    def _tag_user(self, change: Change) -> None:
        self._settled(lambda: self._iam.tag_user(self._name, change.tags))

    def _attach_user_policy(self, change: Change) -> None:
        self._settled(lambda: self._iam.attach_user_policy(self._name, change.subject))

    def _detach_user_policy(self, change: Change) -> None:
        self._iam.detach_user_policy(self._name, change.subject)

    # The login profile ------------------------------------------------------------------------------------------

    def _create_login_profile(self, _change: Change) -> None:
        self._set_password(create=True)

    def _update_login_profile(self, _change: Change) -> None:
        self._set_password(create=False)

    def _set_password(self, create: bool) -> None:
        password = self._wanted.console_password or _password.generate(self._tools.account.password_policy)
        reset = self._wanted.password_reset_required
        if not put_password(self._iam, self._name, password, reset, create=create, patience=self._tools.patience):
            # Theirs, then: the next run must not take it for one of ours that was interrupted, and overwrite it.
            self._directory.settle_intent(self._name, self._found.without(login_profile=True, access_key=False))
            raise ProvisioningError(f"somebody else enabled console sign-in for {self._name!r} just now; run again")
        self._directory.save_login(Credentials(self._name, password, self._tools.account.sign_in_url))
        # At once: whatever fails after this, the next run must not set another password.
        asked = self._directory.intent(self._name) or Intent()
        self._directory.settle_intent(self._name, asked.without(login_profile=True, access_key=False))

    # The access key ---------------------------------------------------------------------------------------------

    def _create_access_key(self, _change: Change) -> None:
        key_id, secret = self._new_key()
        self._save_key(Credentials(self._name, access_key_id=key_id, secret_access_key=secret))
        self._settled(lambda: self._iam.tag_user(self._name, {key_id: self._wanted.access_key_description}))
        if self._in_doubt:
            self._sweep(key_id)
        if self._tools.verify_key:
            self._prove(key_id, secret)

    def _save_key(self, one: Credentials) -> None:
        try:
            self._directory.save_access_key(one)
        except DestinationError:
            # Nobody will ever have its secret. The next run would find that out, unless the intent is gone as well.
            with contextlib.suppress(AnsibleIAMError):
                self._iam.delete_access_key(self._name, one.access_key_id)
            raise

    def _new_key(self) -> tuple[str, str]:
        for _attempt in range(1, _KEY_ATTEMPTS):
            try:
                return self._ask_for_key()
            except AnsibleIAMError as error:
                if not reply_was_lost(error):
                    raise
                # AWS may have made a key whose secret nobody has. It goes before another one is asked for.
                self._in_doubt = True
                self._delete_orphans()
        return self._ask_for_key()

    def _ask_for_key(self) -> tuple[str, str]:
        patience = self._tools.patience
        key: tuple[str, str] = wait_out(lambda: self._iam.create_access_key(self._name), PASSING | THROTTLED, patience)
        return key

    def _delete_orphans(self) -> None:
        user = self._iam.user(self._name)
        if user is None:
            return
        keys = observe.observed_user(user, None, self._iam.access_keys(self._name)).access_keys
        saved = self._directory.saved(self._name)
        intent = self._directory.intent(self._name) or Intent()
        for key in _access_key.orphans(keys, OnFile(access_key_id=saved.access_key_id, intent=intent)):
            self._iam.delete_access_key(self._name, key.id)

    def _sweep(self, new_key_id: str) -> None:
        """Delete the key that got lost, once AWS's list is fresh enough to show it: when it shows the newer one."""
        deadline = time.monotonic() + self._tools.patience
        while all(key["AccessKeyId"] != new_key_id for key in self._iam.access_keys(self._name)):
            if time.monotonic() > deadline:
                raise ProvisioningError(
                    f"AWS does not list the new access key of {self._name!r} yet, so one that an interrupted run "
                    "made cannot be looked for; run again in some minutes"
                )
            time.sleep(_LIST_PAUSE)
        self._delete_orphans()

    def _describe_access_key(self, change: Change) -> None:
        self._iam.tag_user(self._name, change.tags)

    def _remove_description(self, change: Change) -> None:
        self._iam.untag_user(self._name, [change.subject])

    def _prove_access_key(self, _change: Change) -> None:
        saved = self._directory.saved(self._name)
        self._prove(saved.access_key_id, saved.secret_access_key)

    def _deactivate_access_key(self, change: Change) -> None:
        self._iam.update_access_key(self._name, change.subject, "Inactive")

    def _retire_access_key(self, change: Change) -> None:
        self._iam.tag_user(self._name, change.tags)

    def _delete_rotated_access_key(self, change: Change) -> None:
        self._delete_lost_access_key(change)

    def _delete_other_access_key(self, change: Change) -> None:
        self._delete_lost_access_key(change)

    def _delete_lost_access_key(self, change: Change) -> None:
        self._iam.delete_access_key(self._name, change.subject)
        # AWS leaves the description of a deleted key behind, as a tag of the user.
        self._iam.untag_user(self._name, [change.subject])

    def _delete_orphaned_access_key(self, change: Change) -> None:
        self._iam.delete_access_key(self._name, change.subject)

    def _clear_intent(self, _change: Change) -> None:
        """Nothing but the intent was left over; it goes at the end of every plan."""

    def _prove(self, key_id: str, secret: str) -> None:
        arn = wait_out(lambda: self._iam.caller_of(key_id, secret), NEW_KEY, self._tools.patience)
        if arn.rsplit("/", 1)[-1] != self._name:
            raise ProvisioningError(f"access key {key_id} of {self._name!r} answers as {arn}")
