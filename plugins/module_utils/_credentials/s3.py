# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Save documents and pages as objects in an S3 bucket, and refuse unsafe buckets.

Writes are conditional: S3 compares the object's ETag, so a write fails if somebody else has changed the object.
"""

from __future__ import annotations

import functools
import mimetypes
import typing as t
from urllib.parse import urlsplit

from ansible_collections.amazon.aws.plugins.module_utils.iam import AnsibleIAMError

from .._aws.connection import ErrorHandler
from .._aws.errors import error_code
from .._users.user_name import file_name_stem
from .destination import DestinationError
from .shelf import Sheet, explained

if t.TYPE_CHECKING:
    from .._aws.connection import Connection
    from .uri import Store

Answer = dict[str, t.Any]

# "Conditional writes" in the S3 User Guide: the object was changed, is being changed, or is gone.
_CONFLICTS = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey"})
_MISSING = frozenset({"NoSuchKey", "404"})
_NOT_SET = frozenset({"NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration"})
_EVERYBODY = "http://acs.amazonaws.com/groups/global/"
_AWS = (".amazonaws.com", ".amazonaws.com.cn")
# Never the name of a user's document, as user names that begin with a dot are escaped.
_NOTE = ".account.json"
_PROBE = b'{"user_name": "nobody"}\n'
# More than anybody's credentials need; S3's own limit is far higher.
_OBJECT_BYTES = 1_048_576


class _Bucket:
    """Objects below a prefix of a bucket."""

    def __init__(self, connection: Connection, store: Store) -> None:
        self._store = store
        self._s3 = connection.client("s3")
        if not str(urlsplit(self._s3.meta.endpoint_url).hostname).endswith(_AWS):
            # Servers other than AWS's rarely give buckets host names of their own.
            self._s3 = connection.client("s3", options={"s3": {"addressing_style": "path"}})
        kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": store.kms_key, "BucketKeyEnabled": True}
        # Without a key, the bucket's default encryption applies, which every bucket has.
        self._encryption: Answer = kms if store.kms_key else {}

    def __str__(self) -> str:
        return str(self._store)

    # Checks ----------------------------------------------------------------------------------------------------

    def problem(self) -> str | None:
        """Return one sentence saying why nothing can be saved here, or None."""
        return self._problem

    @functools.cached_property
    def _problem(self) -> str | None:
        try:
            with explained(self):
                return self._versioning_problem() or self._public_problem()
        except DestinationError as error:
            return str(error)

    def _versioning_problem(self) -> str | None:
        if self._versioning() == "Enabled" or "unversioned" in self._store.accept:
            return None
        return (
            f"the bucket of {str(self)!r} is not versioned, so anyone who may write there can destroy what is saved; "
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
        """Find out whether the bucket is public, as S3 does: blocks win over a policy and ACLs that grant access."""
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
            if error.response["Error"]["Code"] not in _NOT_SET:
                raise
            return {}

    # Objects ---------------------------------------------------------------------------------------------------

    def prove(self) -> None:
        """Write an object without secrets to prove that writing works. In a versioned bucket, its versions remain."""
        with explained(self):
            self._put(f"{self._store.prefix}.probe", _PROBE)

    def _found(self, key: str) -> tuple[bytes | None, str]:
        try:
            found: tuple[bytes, str] = self._get(key)
        except AnsibleIAMError as error:
            if error_code(error) in _MISSING:
                return None, ""
            raise
        return found

    def _is_put(self, key: str, content: bytes, replacing: str | None) -> bool:
        condition = {"IfMatch": replacing} if replacing else {"IfNoneMatch": "*"}
        try:
            self._put(key, content, **condition)
        except AnsibleIAMError as error:
            if error_code(error) in _CONFLICTS:
                return False
            raise
        return True

    @ErrorHandler.common_error_handler("list the versions of {key}")
    def _versions(self, key: str) -> list[str]:
        """List the versions of an object, the oldest first. Without versioning, there is one called C(null)."""
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
        self._s3.put_object(**what | condition, **self._encryption)

    def _forget(self, key: str) -> None:
        """Delete every version of an object, the newest last, so that the next run finds it if this one is killed."""
        for version in self._versions(key):
            self._delete(key, version)


class S3Shelf(_Bucket):
    """Documents as objects below a prefix of a bucket."""

    capacity = _OBJECT_BYTES

    def name(self, user_name: str) -> str:
        """Return the key of a user's object."""
        return f"{self._store.prefix}{file_name_stem(user_name)}.json"

    def note(self) -> bytes | None:
        """C(s3:GetObject) for the note about all documents."""
        with explained(self):
            return self._found(f"{self._store.prefix}{_NOTE}")[0]

    def put_note(self, content: bytes) -> None:
        """C(s3:PutObject), unless there is a note already."""
        with explained(self):
            self._is_put(f"{self._store.prefix}{_NOTE}", content, None)

    def get(self, user_name: str) -> Sheet | None:
        """C(s3:GetObject)."""
        with explained(self):
            content, version = self._found(self.name(user_name))
        return None if content is None else Sheet(content, version)

    def put(self, user_name: str, content: bytes, replacing: str | None) -> bool:
        """C(s3:PutObject), if the object's ETag is still the same."""
        with explained(self):
            return self._is_put(self.name(user_name), content, replacing)

    def delete(self, user_name: str) -> None:
        """C(s3:DeleteObjectVersion) for every version."""
        key = self.name(user_name)
        with explained(self):
            self._forget(key)


class S3Folder(_Bucket):
    """Pages as objects below a prefix of a bucket, with the same checks as for documents."""

    def prepare(self) -> None:
        """Prove that objects can be written."""
        problem = self.problem()
        if problem:
            raise DestinationError(problem)
        self.prove()

    def get(self, name: str) -> bytes | None:
        """C(s3:GetObject)."""
        with explained(self):
            return self._found(f"{self._store.prefix}{name}")[0]

    def put(self, name: str, content: bytes, keep_old: bool = False) -> bool:
        """C(s3:PutObject), unless the content is the same. The old content stays as an older version of the object."""
        if self.get(name) == content:
            return False
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        with explained(self):
            self._put(f"{self._store.prefix}{name}", content, ContentType=f"{kind}; charset=utf-8")
        return True

    @staticmethod
    def former(name: str) -> list[str]:
        """Return nothing: C(remove) deletes the older versions with the object."""
        return []

    def remove(self, *names: str) -> None:
        """C(s3:DeleteObjectVersion) for every version."""
        with explained(self):
            for name in names:
                self._forget(f"{self._store.prefix}{name}")
