# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""S3 and Secrets Manager: the permissions that requests need, and AWS's rules that moto lacks.

moto handles the requests themselves.
"""

from __future__ import annotations

import re
import typing as t
from http import HTTPStatus

from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from .account import PARTITION
from .errors import AwsError, Reply

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .call import Call

# Permissions whose names differ from the operation ("Actions ... for Amazon S3", Service Authorization)
_S3_PERMISSIONS = {
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
# "CreateSecret" in the Secrets Manager API Reference
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_SECRET_BYTES = 65_536
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


# Permissions -----------------------------------------------------------------------------------------------------


def permissions(call: Call) -> list[str]:
    """Return the permissions that a call needs."""
    if call.service == "s3":
        operation = _S3_PERMISSIONS.get(call.action, call.action)
        return [f"s3:{operation}Version" if call.parameters.get("VersionId") else f"s3:{operation}"]
    tags = ["secretsmanager:TagResource"] if call.action == "CreateSecret" and call.parameters.get("Tags") else []
    return [call.name, *tags]


def resource(call: Call) -> str:
    """Return the ARN to match with C(Resource) in policies."""
    if call.service == "s3":
        bucket, key = call.parameters.get("Bucket"), call.parameters.get("Key")
        path = f"{bucket}/{key}" if key else bucket
        return f"arn:{PARTITION}:s3:::{path}" if path else "*"
    name = call.parameters.get("Name") or call.parameters.get("SecretId")
    if not name:
        return "*"
    secret = _secret(call)
    # AWS appends six characters to the name, even for a secret that does not exist yet.
    return (
        secret.arn
        if secret
        else f"arn:{PARTITION}:secretsmanager:{_region(call)}:{call.account_id}:secret:{name}-AbCdEf"
    )


def resource_tags(call: Call) -> dict[str, str]:
    """Return the tags of the secret that a call is about."""
    secret = _secret(call) if call.service == "secretsmanager" else None
    return {tag["Key"]: tag.get("Value", "") for tag in (secret.tags if secret else None) or []}


def _region(call: Call) -> str:
    return call.credential.region if call.credential else ""


def _secret(call: Call) -> t.Any:
    # moto's dictionary of secrets accepts names and ARNs, and does not create missing ones.
    return secretsmanager_backends[call.account_id][_region(call)].secrets.get(
        call.parameters.get("Name") or call.parameters.get("SecretId") or ""
    )


# Rules that moto lacks -------------------------------------------------------------------------------------------


def check(call: Call, allowed: Callable[[str, str], bool]) -> None:
    """Refuse a call that AWS would refuse. C(allowed) returns whether the caller has a permission on a resource."""
    for rule in _RULES.get(call.name, ()):
        rule(call, allowed)


def _missing_object(call: Call, allowed: Callable[[str, str], bool]) -> None:
    """Deny access to a missing object if the caller may not list the bucket ("GetObject", S3 API Reference)."""
    bucket, key = call.parameters["Bucket"], call.parameters["Key"]
    backend = s3_backends[call.account_id][PARTITION]
    if bucket not in backend.buckets or backend.get_object(bucket, key) is not None:
        return
    if not allowed("s3:ListBucket", f"arn:{PARTITION}:s3:::{bucket}"):
        raise AwsError("AccessDenied", "Access Denied")


def _object_key(call: Call, _allowed: object) -> None:
    key = call.parameters.get("SSEKMSKeyId")
    if key and not _kms_key_exists(call, key):
        raise AwsError("KMS.NotFoundException", f"Key '{key}' does not exist")


def _secret_name(call: Call, _allowed: object) -> None:
    if not _SECRET_NAME.fullmatch(call.parameters.get("Name", "")):
        raise AwsError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        )


def _not_deleted(call: Call, _allowed: object) -> None:
    secret = _secret(call)
    if secret is not None and secret.is_deleted():
        raise AwsError(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        )


def _secret_size(call: Call, _allowed: object) -> None:
    if len(call.parameters.get("SecretString", "").encode()) > _SECRET_BYTES:
        raise AwsError("InvalidParameterException", "The secret value is larger than 65536 bytes.")


def _secret_key(call: Call, _allowed: object) -> None:
    key = call.parameters.get("KmsKeyId")
    if key and not _kms_key_exists(call, key):
        message = "Secrets Manager can't encrypt the protected secret text using the provided KMS key."
        raise AwsError("EncryptionFailure", message)


def _kms_key_exists(call: Call, key: str) -> bool:
    backend = kms_backends[call.account_id][_region(call)]
    alias = backend.get_alias_name(key)
    if alias.startswith("alias/"):
        return backend.get_key_id_from_alias(alias) is not None
    return backend.get_key_id(key) in backend.keys


_RULES: dict[str, Iterable[Callable[[Call, Callable[[str, str], bool]], None]]] = {
    "s3:GetObject": (_missing_object,),
    "s3:HeadObject": (_missing_object,),
    "s3:PutObject": (_object_key,),
    "secretsmanager:CreateSecret": (_secret_name, _not_deleted, _secret_size, _secret_key),
    "secretsmanager:GetSecretValue": (_not_deleted,),
    "secretsmanager:PutSecretValue": (_not_deleted, _secret_size),
}


def complete(call: Call, reply: Reply) -> None:
    """Apply AWS's defaults: block public access to new buckets, and encrypt all objects.

    "Blocking public access" and "Setting default server-side encryption behavior" in the S3 User Guide.
    """
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return
    backend = s3_backends[call.account_id][PARTITION]
    if call.name == "s3:CreateBucket":
        backend.put_public_access_block(call.parameters["Bucket"], dict.fromkeys(_BLOCKS, "true"))
    elif call.name == "s3:PutObject" and "ServerSideEncryption" not in call.parameters:
        made = backend.get_object(call.parameters["Bucket"], call.parameters["Key"])
        if made is not None and made.encryption is None:
            made.encryption = "AES256"
            reply.headers.append(("x-amz-server-side-encryption", made.encryption))
