# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Parse requests to S3 and Secrets Manager.

Buckets are in the path, as clients put them for an endpoint with an IP address.
"""

from __future__ import annotations

import json
import typing as t
from urllib.parse import parse_qsl

if t.TYPE_CHECKING:
    from collections.abc import Mapping

STORES = frozenset({"s3", "secretsmanager"})

# The supported operations by method, whether there is an object key, and the query parameter that identifies them
_S3_OPERATIONS = {
    ("GET", False, ""): "ListObjectsV2",
    ("GET", False, "acl"): "GetBucketAcl",
    ("GET", False, "encryption"): "GetBucketEncryption",
    ("GET", False, "policy"): "GetBucketPolicy",
    ("GET", False, "policyStatus"): "GetBucketPolicyStatus",
    ("GET", False, "publicAccessBlock"): "GetPublicAccessBlock",
    ("GET", False, "versioning"): "GetBucketVersioning",
    ("GET", False, "versions"): "ListObjectVersions",
    ("HEAD", False, ""): "HeadBucket",
    ("PUT", False, ""): "CreateBucket",
    ("PUT", False, "acl"): "PutBucketAcl",
    ("PUT", False, "encryption"): "PutBucketEncryption",
    ("PUT", False, "policy"): "PutBucketPolicy",
    ("PUT", False, "publicAccessBlock"): "PutPublicAccessBlock",
    ("PUT", False, "versioning"): "PutBucketVersioning",
    ("DELETE", False, ""): "DeleteBucket",
    ("DELETE", False, "publicAccessBlock"): "DeletePublicAccessBlock",
    ("GET", True, ""): "GetObject",
    ("HEAD", True, ""): "HeadObject",
    ("PUT", True, ""): "PutObject",
    ("DELETE", True, ""): "DeleteObject",
}


def read_s3(environ: Mapping[str, t.Any]) -> tuple[str, dict[str, t.Any]]:
    """Return the operation and the parameters of a request to S3."""
    _root, bucket, *rest = f"{environ.get('PATH_INFO', '/')}/".split("/", 2)
    key = rest[0].removesuffix("/") if rest else ""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    method = str(environ.get("REQUEST_METHOD", ""))
    marker = next((name for name in query if (method, bool(key), name) in _S3_OPERATIONS), "")
    operation = _S3_OPERATIONS.get((method, bool(key), marker), method) if bucket else "ListBuckets"
    headers = {
        "IfMatch": environ.get("HTTP_IF_MATCH"),
        "IfNoneMatch": environ.get("HTTP_IF_NONE_MATCH"),
        "SSEKMSKeyId": environ.get("HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION_AWS_KMS_KEY_ID"),
        "ServerSideEncryption": environ.get("HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION"),
    }
    named = {"Bucket": bucket, "Key": key, "VersionId": query.get("versionId"), **headers}
    return operation, {name: value for name, value in named.items() if value}


def read_secrets_manager(body: bytes) -> dict[str, t.Any]:
    """Return the parameters of a request to Secrets Manager. Raises ValueError."""
    parameters = json.loads(body or b"{}")
    if not isinstance(parameters, dict):
        raise ValueError("not an object")
    return parameters
