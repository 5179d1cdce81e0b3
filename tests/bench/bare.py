# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The lower limit: the same calls and files with only boto3 and threads, without checks, recovery or a second run."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config

THREADS = 8


def save(path: Path, text: str) -> None:
    """Write a file atomically and flush it to the disk."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def main() -> None:
    """Create all users. The connection, policies, students and directory are read as JSON from standard input."""
    job = json.load(sys.stdin)
    session = boto3.session.Session()
    where = {"endpoint_url": job["endpoint_url"], "region_name": "us-east-1"}
    config = Config(max_pool_connections=THREADS, retries={"mode": "standard", "total_max_attempts": 10})
    operator = {"aws_access_key_id": job["access_key"], "aws_secret_access_key": job["secret_key"]}
    iam = session.client("iam", config=config, **where, **operator)
    folder = Path(job["credentials"])
    folder.mkdir(mode=0o700)

    def serve(name: str) -> str:
        iam.create_user(UserName=name, Tags=[{"Key": "managed-by", "Value": "a bare script"}])
        for arn in job["policies"]:
            iam.attach_user_policy(UserName=name, PolicyArn=arn)
        iam.create_login_profile(UserName=name, Password="Admin@123")
        save(folder / f"{name}_credentials.csv", f"User name,Password\r\n{name},Admin@123\r\n")
        key = iam.create_access_key(UserName=name)["AccessKey"]
        save(folder / f"{name}_accessKeys.csv", f"{key['AccessKeyId']},{key['SecretAccessKey']}\r\n")
        row = f"{name},{key['AccessKeyId']},{key['SecretAccessKey']}\n"
        save(folder / f"{name}_aws_configure_import.csv", row)
        iam.tag_user(UserName=name, Tags=[{"Key": key["AccessKeyId"], "Value": "AI Invoice Scanner Project"}])
        own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        session.client("sts", config=config, **where, **own).get_caller_identity()
        return row

    with ThreadPoolExecutor(THREADS) as pool:
        save(folder / "aws_configure_import.csv", "".join(pool.map(serve, job["students"])))


if __name__ == "__main__":
    main()
