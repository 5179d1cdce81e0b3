# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The lower limit for a removal: the same calls with boto3 and threads, without checks, archive or a second run."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

from .bare import THREADS

LISTS = ("list_service_specific_credentials", "list_ssh_public_keys", "list_signing_certificates", "list_mfa_devices")


def main() -> None:
    """Remove all users. The connection and the students are read as JSON from standard input."""
    job = json.load(sys.stdin)
    where = {"endpoint_url": job["endpoint_url"], "region_name": "us-east-1"}
    operator = {"aws_access_key_id": job["access_key"], "aws_secret_access_key": job["secret_key"]}
    config = Config(max_pool_connections=THREADS, retries={"mode": "standard", "total_max_attempts": 10})
    iam = boto3.session.Session().client("iam", config=config, **where, **operator)
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
    users = {user["UserName"]: user for page in pages for user in page["UserDetailList"]}

    def remove(name: str) -> None:
        iam.get_login_profile(UserName=name)
        keys = [key["AccessKeyId"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]]
        for listing in LISTS:
            getattr(iam, listing)(UserName=name)
        iam.delete_login_profile(UserName=name)
        for key in keys:
            iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
            iam.delete_access_key(UserName=name, AccessKeyId=key)
        for policy in users[name]["AttachedManagedPolicies"]:
            iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
        iam.untag_user(UserName=name, TagKeys=keys)
        iam.delete_user(UserName=name)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(remove, job["students"]))


if __name__ == "__main__":
    main()
