# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Set up one IAM user in your own account with the workshop's defaults. `make setup` runs this."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import botocore.exceptions

PROJECT = Path(__file__).resolve().parent
USER = "ai-invoice-scanner-user"
POLICIES = ("AIInvoiceScannerFullPolicy", "AmplifyAdminPolicy")
# Passes the password to Ansible, so that it is neither in the arguments nor in a file.
PASSWORD = "INVOICE_SCANNER_CONSOLE_PASSWORD"


def account() -> tuple[str, str]:
    """Ask AWS which account and identity the credentials belong to. Raises SystemExit."""
    try:
        session = boto3.session.Session()
        region = session.region_name or "us-east-1"
        said = session.client("sts", region_name=region).get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise SystemExit(
            f"AWS does not say which account this is: {error}\n"
            "Sign in as for the AWS CLI (aws configure, aws sso login, AWS_PROFILE), and run make setup again."
        ) from None
    return said["Account"], said["Arn"]


def foretold(account_id: str, arn: str, credentials: Path) -> str:
    """Return a description of what will be done, and where."""
    return f"""
In account {account_id}, as {arn}, this creates

  IAM user        {USER}, with console sign-in and an access key
  policies        {POLICIES[0]} and {POLICIES[1]}, attached to it; created if they are missing
  files           {credentials}, with the password and the secret key, readable by you only

What exists already is kept. With these policies, the user can become the account's administrator, so do this in your
own account. README.md says what to do in an account that you share.
"""


def password() -> str:
    """Ask for the console password, which may be empty."""
    return getpass.getpass("Console password (leave it empty to have one generated): ")


def command(credentials: Path, with_password: bool) -> list[str]:
    """Return the command that sets the user up."""
    variables = {
        "invoice_iam_user_create_policies": True,
        "invoice_iam_user_credentials_dest": str(credentials),
        **({"invoice_iam_user_console_password": f"{{{{ lookup('env', '{PASSWORD}') }}}}"} if with_password else {}),
    }
    playbook = str(PROJECT / "playbooks" / "setup.yml")
    ansible = str(Path(sys.executable).parent / "ansible-playbook")
    return [ansible, "-i", "participant,", playbook, "-e", json.dumps(variables)]


def main() -> int:
    """Describe what will be done, wait for a yes, and do it. The optional argument is the directory for credentials."""
    credentials = Path(*sys.argv[1:] or ["credentials"]).absolute()
    print(foretold(*account(), credentials))
    try:
        chosen = password()
        if input("Type yes to go on: ").strip().lower() != "yes":
            print("Nothing was done.")
            return 1
    except (EOFError, KeyboardInterrupt):
        print("\nNothing was done.")
        return 1
    environment = os.environ | ({PASSWORD: chosen} if chosen else {})
    return subprocess.run(command(credentials, bool(chosen)), cwd=PROJECT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
