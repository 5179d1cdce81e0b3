# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Save documents as secrets in AWS Secrets Manager.

Writes are conditional: the ID of a new version is derived from that of the version that was read. AWS accepts each ID
once, so a write fails if somebody else has changed the document.
"""

from __future__ import annotations

import random
import typing as t
import uuid

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.connection import ErrorHandler
from .._aws.errors import error_code
from .._users.tag import OWNERSHIP_KEY, OWNERSHIP_VALUE
from .destination import DestinationError
from .shelf import Sheet, explained

if t.TYPE_CHECKING:
    from .._aws.connection import Connection
    from .uri import Store

Answer = dict[str, t.Any]

_IN_THE_WAY = frozenset({"ResourceExistsException", "InvalidRequestException"})
_PROBES = 16
# Never the name of a user's secret, as user names contain no slash.
_NOTE = ".account/id"
_PROBE = '{"user_name": "nobody"}\n'
# "AWS Secrets Manager quotas" in its User Guide
_SECRET_BYTES = 65_536


class SecretsManagerShelf:
    """Documents as secrets below a prefix, each with this collection's tag."""

    capacity = _SECRET_BYTES

    def __init__(self, connection: Connection, store: Store) -> None:
        self._store = store
        self._secrets = connection.client("secretsmanager")
        self._encryption: Answer = {"KmsKeyId": store.kms_key} if store.kms_key else {}
        self._tags = [{"Key": OWNERSHIP_KEY, "Value": OWNERSHIP_VALUE}]
        # Names of secrets that are known to have the tag
        self._known: set[str] = set()

    def __str__(self) -> str:
        return str(self._store)

    def name(self, user_name: str) -> str:
        """Return the name of a user's secret. AWS allows all characters of user names in it, except the comma."""
        return f"{self._store.prefix}{user_name.replace(',', '/2C/')}"

    def problem(self) -> str | None:
        """Return None: there is nothing to check before the first secret is written."""
        return None

    def prove(self) -> None:
        """Create a secret without content, and delete it at once and for good, to prove that saving works.

        There are several names, as AWS takes a moment to free a name ("DeleteSecret" in the Secrets Manager API
        Reference). There are only a few, so that later runs find and delete a secret that a killed run has left.
        """
        with explained(self):
            for number in random.sample(range(_PROBES), _PROBES):
                name = f"{self._store.prefix}.probe-{number}"
                made = self._is_made(name)
                self._delete(name)
                if made:
                    return
        raise DestinationError(f"too many runs are testing {str(self)!r} at the same time; run again later")

    def _is_made(self, name: str, text: str = _PROBE) -> bool:
        """Create a secret. Returns whether the name was free."""
        try:
            self._create(name, text, str(uuid.uuid4()))
        except AnsibleIAMError as error:
            if error_code(error) in _IN_THE_WAY:
                return False
            raise
        return True

    def note(self) -> bytes | None:
        """C(secretsmanager:GetSecretValue) for the note about all documents."""
        name = f"{self._store.prefix}{_NOTE}"
        with explained(self):
            return self._get(name).get("SecretString", "").encode() if self._is_there(name) else None

    def put_note(self, content: bytes) -> None:
        """C(secretsmanager:CreateSecret), unless there is a note already."""
        with explained(self):
            self._is_made(f"{self._store.prefix}{_NOTE}", content.decode())

    def get(self, user_name: str) -> Sheet | None:
        """C(secretsmanager:GetSecretValue), for a secret with this collection's tag."""
        name = self.name(user_name)
        with explained(self):
            if name not in self._known and not self._is_there(name):
                return None
            answer = self._get(name)
        return Sheet(answer.get("SecretString", "").encode(), answer["VersionId"])

    def _is_there(self, name: str) -> bool:
        """C(secretsmanager:DescribeSecret). Refuses a secret without this collection's tag."""
        described = self._describe(name)
        if described is None:
            return False
        if described.get("DeletedDate"):
            raise DestinationError(
                f"the secret {name!r} in {str(self)!r} is marked for deletion; restore it (aws secretsmanager "
                "restore-secret), or choose another prefix"
            )
        if not all(tag in described.get("Tags", []) for tag in self._tags):
            raise DestinationError(
                f"the secret {name!r} in {str(self)!r} does not carry the tag "
                f"{OWNERSHIP_KEY}={OWNERSHIP_VALUE}, so it is somebody else's; choose another prefix"
            )
        self._known.add(name)
        return True

    def put(self, user_name: str, content: bytes, replacing: str | None) -> bool:
        """C(secretsmanager:PutSecretValue), or C(secretsmanager:CreateSecret) for the first version."""
        name, text = self.name(user_name), content.decode()
        with explained(self):
            try:
                if replacing is None:
                    self._create(name, text, str(uuid.uuid4()))
                else:
                    # All runs that read the same version derive the same ID for the next one. Only one of them gets it.
                    self._put(name, text, str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {replacing}")))
            except AnsibleIAMError as error:
                if error_code(error) == "ResourceExistsException":
                    return False
                raise
        self._known.add(name)
        return True

    def delete(self, user_name: str) -> None:
        """C(secretsmanager:DeleteSecret), without a recovery window, in which the next class could not use the name."""
        name = self.name(user_name)
        with explained(self):
            self._delete(name)
        self._known.discard(name)

    @ErrorHandler.common_error_handler("read the secret {name}")
    def _get(self, name: str) -> Answer:
        return dict(self._secrets.get_secret_value(SecretId=name))

    @ErrorHandler.common_error_handler("look for the secret {name}")
    def _describe(self, name: str) -> Answer | None:
        try:
            return dict(self._secrets.describe_secret(SecretId=name))
        except self._secrets.exceptions.ResourceNotFoundException:
            return None

    @ErrorHandler.common_error_handler("make the secret {name}")
    def _create(self, name: str, text: str, version: str) -> None:
        what = {"Name": name, "SecretString": text, "ClientRequestToken": version, "Tags": self._tags}
        self._secrets.create_secret(**what, **self._encryption, Description="Credentials of an IAM user")

    @ErrorHandler.common_error_handler("write the secret {name}")
    def _put(self, name: str, text: str, version: str) -> None:
        self._secrets.put_secret_value(SecretId=name, SecretString=text, ClientRequestToken=version)

    @ErrorHandler.common_error_handler("delete the secret {name}")
    def _delete(self, name: str) -> None:
        self._secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
