# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The gateway to durable stores: S3 and Secrets Manager, as shelves for documents, and what makes them unfit.

Both can be asked to write only if nobody else did since a document was read: S3 by the object's ETag, and Secrets
Manager because a version has a name that is taken once and for all, and the next one's follows from the last one's.
"""

from __future__ import annotations

import contextlib
import functools
import random
import typing as t
import uuid
from urllib.parse import urlsplit

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from ansible_collections.invoice_scanner.iam.plugins.module_utils._connection import ErrorHandler
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials_store import Sheet
from ansible_collections.invoice_scanner.iam.plugins.module_utils._iam import error_code, explain
from ansible_collections.invoice_scanner.iam.plugins.module_utils._tag import OWNERSHIP_KEY, OWNERSHIP_VALUE
from ansible_collections.invoice_scanner.iam.plugins.module_utils._user_name import file_name_stem

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.invoice_scanner.iam.plugins.module_utils._connection import Connection
    from ansible_collections.invoice_scanner.iam.plugins.module_utils._destination_uri import Store

Answer = dict[str, t.Any]

# "Conditional writes" in the S3 User Guide: it was changed, is being changed, or is gone.
_S3_CONFLICTS = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey"})
_S3_MISSING = frozenset({"NoSuchKey", "404"})
_S3_NOT_SET = frozenset({"NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration"})
_EVERYBODY = "http://acs.amazonaws.com/groups/global/"
_AWS = (".amazonaws.com", ".amazonaws.com.cn")
_SECRET_IN_THE_WAY = frozenset({"ResourceExistsException", "InvalidRequestException"})
_PROBES = 16
_PROBE = b'{"user_name": "nobody"}\n'
# The size of an object is limited to far more; nobody's credentials are.
_OBJECT_BYTES = 1_048_576
# "AWS Secrets Manager quotas" in its User Guide
_SECRET_BYTES = 65_536
_REMEDIES = {
    "AccessDenied": "docs/stores_policy.json lists what the operator needs for a store",
    "AccessDeniedException": "docs/stores_policy.json lists what the operator needs for a store",
    "NoSuchBucket": "make the bucket, private and versioned, or name another",
    "KMS.NotFoundException": "check invoice_iam_user_credentials_kms_key and the region",
    "EncryptionFailure": "check invoice_iam_user_credentials_kms_key and the region",
}


@contextlib.contextmanager
def _explained(place: object) -> Iterator[None]:
    try:
        yield
    except AnsibleIAMError as error:
        remedy = _REMEDIES.get(error_code(error))
        why = explain(error).partition("; ")[0] if remedy else explain(error)
        raise DestinationError(
            f"{str(place)!r} cannot be used for credentials: {why}" + (f"; {remedy}" if remedy else "")
        ) from error


class S3Shelf:
    """Documents as objects below a prefix of a bucket."""

    capacity = _OBJECT_BYTES

    def __init__(self, connection: Connection, store: Store) -> None:
        self._store = store
        self._s3 = connection.client("s3")
        if not str(urlsplit(self._s3.meta.endpoint_url).hostname).endswith(_AWS):
            # Elsewhere, buckets rarely have host names of their own.
            self._s3 = connection.client("s3", options={"s3": {"addressing_style": "path"}})
        kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": store.kms_key, "BucketKeyEnabled": True}
        # Without a key the bucket's own default holds, and S3 encrypts everything by one.
        self._encryption: Answer = kms if store.kms_key else {}

    def __str__(self) -> str:
        return str(self._store)

    def name(self, user_name: str) -> str:
        """Tell the key of a user's object."""
        return f"{self._store.prefix}{file_name_stem(user_name)}.json"

    # What could go wrong ---------------------------------------------------------------------------------------

    def problem(self) -> str | None:
        """Say in one sentence why nothing can be saved here, or return None."""
        return self._problem

    @functools.cached_property
    def _problem(self) -> str | None:
        try:
            with _explained(self):
                return self._versioning_problem() or self._public_problem()
        except DestinationError as error:
            return str(error)

    def _versioning_problem(self) -> str | None:
        if self._versioning() == "Enabled" or "unversioned" in self._store.accept:
            return None
        return (
            f"the bucket of {str(self)!r} keeps no versions, so whoever may write there can destroy what is saved; "
            "enable versioning, or put 'unversioned' into invoice_iam_user_credentials_accept"
        )

    def _public_problem(self) -> str | None:
        if "public" in self._store.accept or not self._is_public():
            return None
        return (
            f"the bucket of {str(self)!r} is public; block public access to it, or put 'public' into "
            "invoice_iam_user_credentials_accept"
        )

    @ErrorHandler.common_error_handler("read whether the bucket keeps versions")
    def _versioning(self) -> str:
        return str(self._s3.get_bucket_versioning(Bucket=self._store.bucket).get("Status", ""))

    @ErrorHandler.common_error_handler("read whether the bucket is public")
    def _is_public(self) -> bool:
        """Ask as S3 does: what blocks public access wins over a policy and access control lists that grant it."""
        bucket = {"Bucket": self._store.bucket}
        blocked = self._unless_missing(self._s3.get_public_access_block, **bucket)
        blocked = blocked.get("PublicAccessBlockConfiguration", {})
        if not blocked.get("RestrictPublicBuckets"):
            status = self._unless_missing(self._s3.get_bucket_policy_status, **bucket)
            if status.get("PolicyStatus", {}).get("IsPublic"):
                return True
        if blocked.get("IgnorePublicAcls"):
            return False
        grants = self._s3.get_bucket_acl(**bucket)["Grants"]
        return any(grant.get("Grantee", {}).get("URI", "").startswith(_EVERYBODY) for grant in grants)

    def _unless_missing(self, ask: t.Callable[..., Answer], **parameters: str) -> Answer:
        try:
            return ask(**parameters)
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in _S3_NOT_SET:
                raise
            return {}

    # Documents -------------------------------------------------------------------------------------------------

    def prove(self) -> None:
        """Write an object that holds nothing; where versions are kept, a few bytes stay behind."""
        with _explained(self):
            self._put(f"{self._store.prefix}.probe", _PROBE)

    def get(self, user_name: str) -> Sheet | None:
        """C(s3:GetObject)."""
        with _explained(self):
            try:
                content, version = self._get(self.name(user_name))
            except AnsibleIAMError as error:
                if error_code(error) in _S3_MISSING:
                    return None
                raise
        return Sheet(content, version)

    def put(self, user_name: str, content: bytes, replacing: str | None) -> bool:
        """C(s3:PutObject), if the object's ETag is the same still."""
        condition = {"IfMatch": replacing} if replacing else {"IfNoneMatch": "*"}
        with _explained(self):
            try:
                self._put(self.name(user_name), content, **condition)
            except AnsibleIAMError as error:
                if error_code(error) in _S3_CONFLICTS:
                    return False
                raise
        return True

    def delete(self, user_name: str) -> None:
        """C(s3:DeleteObjectVersion) for every version, the newest last, so that an interrupted run finds it again."""
        key = self.name(user_name)
        with _explained(self):
            for version in self._versions(key):
                self._delete(key, version)

    @ErrorHandler.common_error_handler("list the versions of {key}")
    def _versions(self, key: str) -> list[str]:
        """Name them, the oldest first. Without versioning, an object has one that is called C(null)."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._store.bucket, Prefix=key)
        listed = [one for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, [])]
        own = [one for one in listed if one["Key"] == key]
        return [one["VersionId"] for one in sorted(own, key=lambda one: (one["IsLatest"], one["LastModified"]))]

    @ErrorHandler.common_error_handler("delete {key}")
    def _delete(self, key: str, version: str) -> None:
        self._s3.delete_object(Bucket=self._store.bucket, Key=key, VersionId=version)

    @ErrorHandler.common_error_handler("read {key}")
    def _get(self, key: str) -> tuple[bytes, str]:
        answer = self._s3.get_object(Bucket=self._store.bucket, Key=key)
        return answer["Body"].read(), answer["ETag"]

    @ErrorHandler.common_error_handler("write {key}")
    def _put(self, key: str, content: bytes, **condition: str) -> None:
        what = {"Bucket": self._store.bucket, "Key": key, "Body": content, "ContentType": "application/json"}
        self._s3.put_object(**what, **condition, **self._encryption)


class SecretsManagerShelf:
    """Documents as secrets below a prefix, each with our tag."""

    capacity = _SECRET_BYTES

    def __init__(self, connection: Connection, store: Store) -> None:
        self._store = store
        self._secrets = connection.client("secretsmanager")
        self._encryption: Answer = {"KmsKeyId": store.kms_key} if store.kms_key else {}
        self._tags = [{"Key": OWNERSHIP_KEY, "Value": OWNERSHIP_VALUE}]
        # Names of secrets that are known to carry our tag
        self._known: set[str] = set()

    def __str__(self) -> str:
        return str(self._store)

    def name(self, user_name: str) -> str:
        """Tell the name of a user's secret; a name of AWS's may hold any character of a user's except a comma."""
        return f"{self._store.prefix}{user_name.replace(',', '/2C/')}"

    def problem(self) -> str | None:
        """Return None: there is nothing to look at before the first secret."""
        return None

    def prove(self) -> None:
        """Make a secret that holds nothing, and delete it at once and for good.

        The names are few, so that one which a killed run has left is met again, and goes; and more than one, since
        AWS takes a moment until a name is free ("DeleteSecret" in the Secrets Manager API Reference).
        """
        with _explained(self):
            for number in random.sample(range(_PROBES), _PROBES):
                name = f"{self._store.prefix}.probe-{number}"
                made = self._is_made(name)
                self._delete(name)
                if made:
                    return
        raise DestinationError(f"{str(self)!r} is tried out by too many runs at the same time; run again later")

    def _is_made(self, name: str) -> bool:
        """Make a secret, and tell whether the name was free."""
        try:
            self._create(name, _PROBE.decode(), str(uuid.uuid4()))
        except AnsibleIAMError as error:
            if error_code(error) in _SECRET_IN_THE_WAY:
                return False
            raise
        return True

    def get(self, user_name: str) -> Sheet | None:
        """C(secretsmanager:GetSecretValue), of a secret that is ours."""
        name = self.name(user_name)
        with _explained(self):
            if name not in self._known and not self._is_there(name):
                return None
            answer = self._get(name)
        return Sheet(answer.get("SecretString", "").encode(), answer["VersionId"])

    def _is_there(self, name: str) -> bool:
        """C(secretsmanager:DescribeSecret). Refuses a secret that is not ours to read or write."""
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
        with _explained(self):
            try:
                if replacing is None:
                    self._create(name, text, str(uuid.uuid4()))
                else:
                    # Whoever read the same version asks for the same name for the next one, and one of them gets it.
                    self._put(name, text, str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {replacing}")))
            except AnsibleIAMError as error:
                if error_code(error) == "ResourceExistsException":
                    return False
                raise
        self._known.add(name)
        return True

    def delete(self, user_name: str) -> None:
        """C(secretsmanager:DeleteSecret), without the days in which the next class could not use the name."""
        name = self.name(user_name)
        with _explained(self):
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
