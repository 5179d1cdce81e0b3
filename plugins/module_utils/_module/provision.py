# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Apply the plan of one user, with writes to AWS and to the destination in an order that cannot lose a secret."""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.errors import NEW_KEY, NOT_YET, THROTTLED, error_code, reply_was_lost
from .._credentials.destination import DestinationError, StaleError
from .._plans.change import By, Secret
from .._plans.provisioning import plan
from .._users import access_key as _access_key
from .._users import password as _password
from .._users.on_file import Credentials, Intent, OnFile
from . import observe
from .login_profile import put_password

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .._aws.iam import Iam
    from .._credentials.destination import CredentialsDestination
    from .._plans.change import Change, UserPlan
    from .._users.user import Account
    from .planning import Planner

# How often to ask for a key if replies are lost, before giving up
_KEY_ATTEMPTS = 3
_LIST_PAUSE = 1.0


class ProvisioningError(Exception):
    """A user cannot be brought to the wanted state; the message is one sentence."""


class StalePlanError(Exception):
    """The user has changed since the plan was made, and has to be read and planned again."""


@dataclass(frozen=True)
class Workplace:
    """What is needed to apply plans. Any number of threads can share it."""

    iam: Iam
    destination: CredentialsDestination
    account: Account
    verify_key: bool
    # Plans a user again that has changed
    planner: Planner = plan


class Provisioning:
    """Applies one plan in one thread, so that keys of one user are never created in parallel."""

    def __init__(self, workplace: Workplace, plan: UserPlan, applied: list[Change]) -> None:
        self._workplace = workplace
        self._iam = workplace.iam
        self._destination = workplace.destination
        self._plan = plan
        self._wanted = plan.wanted
        self._name = plan.name
        # The intent that was there before this run left its own
        self._found = Intent()
        # The changes made so far; the caller sees it grow
        self._applied = applied
        # Whether there may be a key that nobody knows: an earlier run left an intent, or a reply was lost in this run
        self._in_doubt = False

    def run(self) -> None:
        """Apply the plan. Raises ProvisioningError, StalePlanError, AnsibleIAMError and DestinationError."""
        make: dict[By, Callable[[Change], None]] = {
            By.CALLS: self._call,
            By.PASSWORD: self._set_password,
            By.ACCESS_KEY: self._create_access_key,
            By.PROOF: self._prove_saved,
            By.SIGN_IN_URL: self._save_sign_in_url,
            By.FILES: self._make_files_again,
            By.SETTING_ASIDE: self._set_access_key_aside,
            By.SETTLING: self._applied.append,
        }
        for change in self._plan.changes:
            if change.intent:
                # Not earlier: if this run fails before asking for a key, its intent would make orphans of others' keys.
                self._leave_intent(change.intent)
            make[change.by](change)
        if self._plan.on_file.intent or self._plan.asks_for:
            self._destination.settle_intent(self._name, Intent())

    def _leave_intent(self, secret: Secret) -> None:
        intent = Intent(login_profile=True)
        if secret is Secret.ACCESS_KEY:
            keys = self._plan.user.access_keys if self._plan.user else ()
            intent = Intent(access_key=True, known_access_key_ids=tuple(key.id for key in keys))
        try:
            self._found = self._destination.leave_intent(self._name, intent, self._plan.on_file.access_key_id)
        except StaleError as error:
            # Another run has served this user since the plan was made. Going on would create a second key.
            raise StalePlanError from error
        self._in_doubt = self._in_doubt or self._found.access_key

    def _call(self, change: Change) -> None:
        for call in change.calls:
            write = self._iam.take if call.if_there else self._iam.write
            try:
                # A new user or policy is not known everywhere at once.
                self._iam.wait_out(lambda: write(change.words, call.operation, call.parameters), NOT_YET)  # noqa: B023
            except AnsibleIAMError as error:
                if call.operation == "create_user" and error_code(error) == "EntityAlreadyExists":
                    # The user exists: it was created by a call whose reply was lost, by another run, or so recently
                    # that AWS did not list it before.
                    raise StalePlanError from error
                raise
            if change not in self._applied:
                self._applied.append(change)

    # The password ------------------------------------------------------------------------------------------------

    def _set_password(self, change: Change) -> None:
        password = self._wanted.console_password or _password.generate(self._workplace.account.password_policy)
        reset, create = self._wanted.password_reset_required, change.action == "create_login_profile"
        if not put_password(self._iam, self._name, password, reset, create=create):
            # Without an intent, the next run does not take the other's password for a lost one, which it would replace.
            self._settle_login()
            raise ProvisioningError(f"somebody else enabled console sign-in for {self._name!r} just now; run again")
        self._applied.append(change)
        self._destination.save_login(Credentials(self._name, password, self._workplace.account.sign_in_url))
        # At once, so that the next run does not set another password if anything fails after this.
        self._settle_login()

    def _settle_login(self) -> None:
        self._destination.settle_intent(self._name, self._found.without(login_profile=True, access_key=False))

    def _save_sign_in_url(self, change: Change) -> None:
        saved = self._destination.saved(self._name)
        self._destination.save_login(replace(saved, sign_in_url=change.subject))
        self._applied.append(change)

    def _make_files_again(self, change: Change) -> None:
        saved, missing = self._destination.saved(self._name), self._destination.missing(self._name)
        if missing.login:
            self._destination.save_login(saved)
        if missing.access_key or missing.own_import:
            self._destination.save_access_key(saved)
        self._applied.append(change)

    def _set_access_key_aside(self, change: Change) -> None:
        self._destination.set_access_key_aside(self._name)
        self._applied.append(change)

    # The access key ---------------------------------------------------------------------------------------------

    def _create_access_key(self, change: Change) -> None:
        key_id, secret = self._new_key()
        self._save_key(Credentials(self._name, access_key_id=key_id, secret_access_key=secret))
        self._applied.append(change)
        description = {"UserName": self._name, "Tags": [{"Key": key_id, "Value": self._wanted.access_key_description}]}
        words = f"set the description of access key {key_id} of {self._name}"
        self._iam.wait_out(lambda: self._iam.write(words, "tag_user", description), NOT_YET)
        if self._in_doubt:
            self._sweep(key_id)
        if self._workplace.verify_key:
            self._prove(key_id, secret)

    def _save_key(self, one: Credentials) -> None:
        try:
            self._destination.save_access_key(one)
        except DestinationError:
            # The secret is lost, so the key is deleted now: if the intent is lost too, the next run could not find it.
            if not self._is_saved(one):
                with contextlib.suppress(AnsibleIAMError):
                    self._delete_key(one.access_key_id)
            raise

    def _is_saved(self, one: Credentials) -> bool:
        """Return whether one of the files with the key was written before another failed."""
        try:
            return self._destination.saved(self._name).access_key_id == one.access_key_id
        except DestinationError:
            return False

    def _delete_key(self, key_id: str) -> None:
        parameters = {"UserName": self._name, "AccessKeyId": key_id}
        self._iam.take(f"delete access key {key_id} of {self._name}", "delete_access_key", parameters)

    def _new_key(self) -> tuple[str, str]:
        for _attempt in range(1, _KEY_ATTEMPTS):
            try:
                return self._ask_for_key()
            except AnsibleIAMError as error:
                if not reply_was_lost(error):
                    raise
                # AWS may have created a key whose secret nobody has. It is deleted before asking for another.
                self._in_doubt = True
                self._delete_orphans()
        return self._ask_for_key()

    def _ask_for_key(self) -> tuple[str, str]:
        key: tuple[str, str] = self._iam.wait_out(lambda: self._iam.create_access_key(self._name), NOT_YET | THROTTLED)
        return key

    def _delete_orphans(self) -> None:
        user = observe.existing_user(self._iam, self._name, [])
        if user is None:
            return
        keys = observe.access_keys(self._iam, user)
        saved = self._destination.saved(self._name)
        intent = self._destination.intent(self._name) or Intent()
        for key in _access_key.orphans(keys, OnFile(access_key_id=saved.access_key_id, intent=intent)):
            self._delete_key(key.id)

    def _sweep(self, new_key_id: str) -> None:
        """Delete lost keys once AWS's list is up to date, that is, when it shows the new key."""
        deadline = time.monotonic() + self._iam.patience.seconds
        user = observe.existing_user(self._iam, self._name, [])
        while user and all(key.id != new_key_id for key in observe.access_keys(self._iam, user)):
            if time.monotonic() > deadline:
                raise ProvisioningError(
                    f"AWS does not list the new access key of {self._name!r} yet, so a key that an interrupted run "
                    "created cannot be found; run again in some minutes"
                )
            time.sleep(_LIST_PAUSE)
        self._delete_orphans()

    def _prove_saved(self, change: Change) -> None:
        saved = self._destination.saved(self._name)
        self._prove(saved.access_key_id, saved.secret_access_key)
        self._applied.append(change)

    def _prove(self, key_id: str, secret: str) -> None:
        arn = self._iam.wait_out(lambda: self._iam.caller_of(key_id, secret), NEW_KEY)
        if arn.rsplit("/", 1)[-1] != self._name:
            raise ProvisioningError(f"AWS says that access key {key_id} of {self._name!r} belongs to {arn}")
