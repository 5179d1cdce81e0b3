# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Connect to AWS: one botocore session, and clients as the operator has configured them."""

from __future__ import annotations

import functools
import inspect
import os
import threading
import typing as t

try:
    import boto3
    import botocore.config
    import botocore.credentials
    import botocore.exceptions
    import botocore.session
except ImportError:
    pass  # AnsibleAWSModule reports what is missing and how to install it.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import (
    get_aws_connection_info,
    get_aws_region,
)
from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError, IAMErrorHandler
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from . import assumed_role as _assumed_role
from . import shared_data as _shared_data

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

# Used if no region is configured, as in AWX. IAM and STS answer in the partition's main region.
_DEFAULT_REGION = "us-east-1"
_ATTEMPTS = 10
# The environment variables that amazon.aws reads if a connection option is not given
_VARIABLES = {
    "profile": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    "access_key": ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"),
    "secret_key": ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"),
    "session_token": ("AWS_SESSION_TOKEN",),
}


def _named(handle: Callable[[t.Any], t.Any]) -> Callable[[t.Any], t.Any]:
    """Wrap an error handler of amazon.aws so that its messages contain the arguments of the failed method."""

    def wrapper(verb: t.Any) -> t.Any:
        handled, signature = handle(verb), inspect.signature(verb)

        @functools.wraps(verb)
        def named(*args: t.Any, **kwargs: t.Any) -> t.Any:
            try:
                return handled(*args, **kwargs)
            except AnsibleIAMError as error:
                for name, value in signature.bind(*args, **kwargs).arguments.items():
                    error.message = error.message.replace(f"{{{name}}}", str(value))
                raise

        return named

    return wrapper


class ErrorHandler(IAMErrorHandler):
    """Fills arguments into error messages. amazon.aws does that since version 11, but with their C(repr)."""

    @classmethod
    def common_error_handler(cls, description: str) -> Callable[[t.Any], t.Any]:
        """Handle a method whose errors are all errors."""
        return _named(super().common_error_handler(description))

    @classmethod
    def list_error_handler(cls, description: str, default_value: t.Any = None) -> Callable[[t.Any], t.Any]:
        """Handle a method that reads: if the object does not exist, it returns the default."""
        return _named(super().list_error_handler(description, default_value))

    @classmethod
    def deletion_error_handler(cls, description: str) -> Callable[[t.Any], t.Any]:
        """Handle a method that deletes: if the object does not exist, that counts as deleted."""
        return _named(super().deletion_error_handler(description))


def options_of_aws() -> dict[str, t.Any]:
    """Return amazon.aws's options for one of several accounts: without defaults, which the module itself applies."""
    return {
        name: {key: value for key, value in one.items() if key not in ("default", "fallback")}
        for name, one in aws_argument_spec().items()
    }


def region_of(module: AnsibleAWSModule) -> str:
    """Return the region that the operator has configured, or "". Does not call AWS."""
    return str(get_aws_region(module) or "")


def _check_one_way_to_sign_in(params: Mapping[str, t.Any]) -> None:
    """Refuse a profile together with keys, as amazon.aws does. Raises AnsibleIAMError, which says where each is set.

    The AWS CLI prefers keys to a profile in the environment, but a profile on its command line to keys. So it is not
    clear which the operator means.
    """
    profile = _source_of("profile", params)
    keys = " and ".join(filter(None, (_source_of(option, params) for option in _VARIABLES if option != "profile")))
    if profile and keys:
        raise AnsibleIAMError(
            message=f"{profile} and {keys} are set, but only one way to sign in to AWS can be used; unset {profile} to "
            f"use the key, or unset {keys} to use the profile"
        )


def _source_of(option: str, params: Mapping[str, t.Any]) -> str:
    """Return where a connection option comes from, or "" if it is not given."""
    if not params.get(option):
        return ""
    found = (name for name in _VARIABLES[option] if os.environ.get(name) == params[option])
    return next(found, f"{option} in aws_connection")


@ErrorHandler.common_error_handler("sign in to AWS")
def _session(profile: str | None) -> t.Any:
    """Open a session. Raises AnsibleIAMError if the profile does not exist."""
    session = botocore.session.Session(profile=profile)
    made = boto3.session.Session(botocore_session=session)
    _shared_data.share(session)
    return made


class Connection:
    """Creates clients for AWS's services from the module's connection options. Any number of threads can use it."""

    def __init__(self, module: AnsibleAWSModule, connections: int = 10) -> None:
        _check_one_way_to_sign_in(module.params)
        region, endpoint, options = get_aws_connection_info(module)
        self._extra = options.pop("aws_config", None)
        self._profile = options.pop("profile_name", None)
        self._session: t.Any = _session(self._profile)
        self._where: dict[str, t.Any] = {
            "region_name": region or self._session.region_name or _DEFAULT_REGION,
            "endpoint_url": endpoint,
            "verify": options.pop("verify", None),
        }
        self._credentials = options
        self._connections = connections
        # Creating a client from a session is not thread-safe; using one is.
        self._making = threading.Lock()
        self._role_session: t.Any = None
        role = _assumed_role.Role.of(module.params)
        if role:
            self._assume(role)

    @property
    def region(self) -> str:
        """The region of the clients."""
        return str(self._where["region_name"])

    @property
    def access_key_id(self) -> str:
        """The operator's access key, even if it is used to assume a role; empty if there is none."""
        own = self._credentials.get("aws_access_key_id")
        found = None if own else self._session.get_credentials()
        return str(own or (found.access_key if found else ""))

    @ErrorHandler.common_error_handler("assume {role}")
    def _assume(self, role: _assumed_role.Role) -> None:
        """Use a role for all clients from now on. Its session is renewed if the run takes longer."""
        keys = [
            self._credentials.get(f"aws_{name}") for name in ("access_key_id", "secret_access_key", "session_token")
        ]
        source = botocore.credentials.Credentials(*keys) if keys[0] else self._session.get_credentials()
        if source is None:
            raise botocore.exceptions.NoCredentialsError
        credentials = _assumed_role.assume(role, source, self._sts)
        self._role_session = _assumed_role.session_with(credentials, self._profile)

    def keys(self) -> dict[str, str | None]:
        """Return the credentials in use, as options for a module of amazon.aws. They contain secrets."""
        found = (self._role_session or self._session).get_credentials().get_frozen_credentials()
        return {"access_key": found.access_key, "secret_key": found.secret_key, "session_token": found.token}

    def _sts(self, service: str, **credentials: t.Any) -> t.Any:
        """Create the STS client that assumes a role, with the given credentials."""
        with self._making:
            return self._session.client(service, config=self._config(), **self._where, **credentials)

    # botocore looks for credentials at this point, and may find that a session has expired.
    @ErrorHandler.common_error_handler("sign in to AWS")
    def client(self, service: str, *, once: bool = False, options: Mapping[str, t.Any] | None = None) -> t.Any:
        """Create a client with the operator's credentials. With C(once), it never repeats a request."""
        config = self._config(once, options)
        with self._making:
            if self._role_session:
                return self._role_session.client(service, config=config, **self._where)
            return self._session.client(service, config=config, **self._where, **self._credentials)

    def _config(self, once: bool = False, options: Mapping[str, t.Any] | None = None) -> t.Any:
        retries: t.Any = {"mode": "standard", "total_max_attempts": 1 if once else _ATTEMPTS}
        config = botocore.config.Config(retries=retries, max_pool_connections=self._connections, **(options or {}))
        if self._extra is not None:
            # The operator's configuration wins, except that it cannot make C(once) repeat requests.
            config = config.merge(self._extra)
            if once:
                config = config.merge(botocore.config.Config(retries=retries))
        return config
