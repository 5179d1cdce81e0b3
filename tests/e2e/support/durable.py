# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Durable stores for tests, whose contents are read with boto3."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path
from types import SimpleNamespace

import boto3
import botocore.exceptions

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials import uri as _destination_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.run import Run
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.s3 import S3Shelf
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.secrets_manager import (
    SecretsManagerShelf,
)

from ..conftest import WRITES
from .engine_lane import POLICIES, Done, EngineLane
from .promise import DESCRIPTION, OWNERSHIP, URL, Account, Promise

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.aws.client import Sandbox

BUCKET = "workshop-credentials"
KINDS = ("s3", "secretsmanager")
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}


class Stores:
    """A bucket and a Secrets Manager, accessed with the operator's keys."""

    def __init__(self, aws: Sandbox) -> None:
        make: t.Any = boto3.session.Session().client
        keys = {
            "endpoint_url": aws.url,
            "region_name": "us-east-1",
            "aws_access_key_id": aws.connection["access_key"],
            "aws_secret_access_key": aws.connection["secret_key"],
        }
        self.s3 = make("s3", **keys)
        self.secrets = make("secretsmanager", **keys)
        self.kms = make("kms", **keys)

    def make_bucket(self, *, versioned: bool = True, public: bool = False) -> None:
        """Create the bucket. AWS's default is neither versioned nor public."""
        self.s3.create_bucket(Bucket=BUCKET)
        if versioned:
            self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        if public:
            self.s3.delete_public_access_block(Bucket=BUCKET)
            self.s3.put_bucket_policy(
                Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [PUBLIC]})
            )

    def make_key(self) -> str:
        """Create a KMS key. Returns its ID."""
        return str(self.kms.create_key()["KeyMetadata"]["KeyId"])

    def text(self, kind: str, name: str) -> str:
        """Return the text that is saved under a name."""
        if kind == "s3":
            return str(self.s3.get_object(Bucket=BUCKET, Key=f"{name}.json")["Body"].read().decode())
        return str(self.secrets.get_secret_value(SecretId=name)["SecretString"])

    def document(self, kind: str, name: str) -> dict[str, t.Any]:
        """Return the document that is saved for a user."""
        return t.cast("dict[str, t.Any]", json.loads(self.text(kind, name)))

    def put(self, kind: str, name: str, text: str) -> None:
        """Replace the text that is saved under a name."""
        if kind == "s3":
            self.s3.put_object(Bucket=BUCKET, Key=f"{name}.json", Body=text.encode())
        else:
            self.secrets.put_secret_value(SecretId=name, SecretString=text)

    def names(self, kind: str) -> list[str]:
        """List all names in the store."""
        if kind == "s3":
            return [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        pages = self.secrets.get_paginator("list_secrets").paginate(IncludePlannedDeletion=True)
        return sorted(one["Name"] for page in pages for one in page["SecretList"])


def uri(kind: str, prefix: str = "class", options: str = "") -> str:
    """Return the URI of a store."""
    return f"s3://{BUCKET}/{prefix}{options}" if kind == "s3" else f"secretsmanager://{prefix}{options}"


class StoreLane(EngineLane):
    """The engine lane, with a durable store instead of a directory, and a new student for each test."""

    def __init__(self, aws: Sandbox, folder: Path) -> None:
        self.aws = aws
        self.folder = folder
        self.account = Account(aws)
        self.account.let_users_change_their_passwords()
        self.account.add_stranger("stranger")
        self.stores = Stores(aws)
        self._count = 0

    def student(self) -> str:
        """Return a new user name."""
        self._count += 1
        return f"student-{self._count:03d}"

    def writes(self) -> int:
        """Return the number of calls that have changed something in the account."""
        return sum(count for action, count in self.aws.calls().items() if WRITES.match(action))

    @staticmethod
    def at_work() -> dict[str, t.Any]:
        """Return a run that has not ended: this process."""
        return Run.of(os.getpid()).noted()

    def shelf(self, kind: str) -> t.Any:
        """Return the collection's shelf for a kind of store."""
        store = _destination_uri.parse(uri(kind))
        assert store is not None
        return {"s3": S3Shelf, "secretsmanager": SecretsManagerShelf}[kind](self.connect(), store)

    def connect(self) -> Connection:
        """Return the operator's connection, as modules create it."""
        missing = dict.fromkeys(("session_token", "profile", "aws_ca_bundle", "aws_config"))
        given = {name: self.aws.connection[name] for name in ("endpoint_url", "access_key", "secret_key", "region")}
        module: t.Any = SimpleNamespace(params={**missing, **given, "validate_certs": True})
        return Connection(module)

    def serve(self, kind: str, *names: str, options: str = "", **weather: t.Any) -> Done:
        """Run the module for these users."""
        parameters = self.parameters(Path(), *names)
        done = self.run({**parameters, "credentials_dest": uri(kind, options=options)}, **weather)
        assert "Traceback" not in done.said, done.said
        return done

    def served(self, kind: str, *names: str) -> None:
        """Run the module, and assert that it succeeds and keeps the promise."""
        done = self.serve(kind, *names)
        assert done.status == 0, done.said
        assert not [one["msg"] for one in done.result["users"] if one["failed"]]
        self.assert_kept(kind, *names)

    def assert_kept(self, kind: str, *names: str) -> None:
        """Assert that the promise is kept."""
        broken = StorePromise(self.account, self.stores, kind).broken(*names)
        assert not broken, broken


class StorePromise(Promise):
    """The promise about people whose credentials are in a store."""

    def __init__(self, account: Account, stores: Stores, kind: str) -> None:
        super().__init__(account, Path(), POLICIES)
        self._stores = stores
        self._kind = kind

    def broken(self, *names: str) -> list[str]:
        """Return a sentence for everything in the promise that is broken."""
        found = list(self._account.changed_strangers())
        for name in names:
            try:
                found += [f"{name}: {one}" for one in self._saved(name)]
            except (ValueError, KeyError, botocore.exceptions.ClientError) as error:
                found.append(f"{name}: {error!r}")
        return found

    def _saved(self, name: str) -> Iterator[str]:
        one = self._stores.document(self._kind, f"class/{name}")
        if set(one) - {"superseded"} != {"user_name", "password", "sign_in_url", "access_key_id", "secret_access_key"}:
            yield f"its document has {sorted(one)}"
        if (one["user_name"], one["sign_in_url"]) != (name, URL):
            yield f"its document is about {one['user_name']} and {one['sign_in_url']}"
        yield from self._key(name, one["access_key_id"], one["secret_access_key"])
        yield from self._password(name, one["password"], one["access_key_id"], one["secret_access_key"])

    def _key(self, name: str, key_id: str, secret: str) -> Iterator[str]:
        listed = [one["AccessKeyId"] for one in self._iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]
        if listed != [key_id]:
            yield f"{key_id} is saved and AWS lists {listed}"
        tags: Sequence[Mapping[str, str]] = self._iam.get_user(UserName=name)["User"]["Tags"]
        if {(tag["Key"], tag["Value"]) for tag in tags} != {OWNERSHIP, (key_id, DESCRIPTION)}:
            yield f"it is tagged {tags}"
        if self._account.client("sts", key_id, secret).get_caller_identity()["Arn"].rpartition("/")[2] != name:
            yield "its key is somebody else's"
