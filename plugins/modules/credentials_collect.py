#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: credentials_collect
short_description: Download credentials from S3 or Secrets Manager to a directory
version_added: 1.0.0
description:
  - Reads the credentials that M(invoice_scanner.iam.iam_users) or M(invoice_scanner.iam.credentials_csv) saved in S3 or
    AWS Secrets Manager. It writes them to a directory as the usual files, including the files for the whole class.
  - The module does not change the store. If a file already contains other credentials, it moves to C(superseded/).
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - invoice_scanner.iam._account
  - invoice_scanner.iam._many_users.accounts
  - invoice_scanner.iam._many_users.play
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff names the files, and shows no secret.
  idempotent:
    support: full
options:
  src:
    description:
      - The store, V(s3://bucket/prefix) or V(secretsmanager://prefix).
    type: str
    required: true
  dest:
    description:
      - Directory for the files, as in O(invoice_scanner.iam.credentials_csv#module:dest).
    type: path
    required: true
  users:
    description:
      - The users to download credentials for. Required unless O(users_from) is given.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - User name.
        type: str
        required: true
      display_name:
        description:
          - The person's name, for C(class_credentials.csv). If omitted, the name in the file does not change.
        type: str
        default: ""
      email:
        description:
          - The person's e-mail address, for the same file.
        type: str
        default: ""
  threads:
    description:
      - How many users to read at the same time.
    type: int
    default: 8
seealso:
  - module: invoice_scanner.iam.credentials_csv
  - module: invoice_scanner.iam.iam_user_outcome
"""

EXAMPLES = r"""
- name: Download the credentials of two people
  invoice_scanner.iam.credentials_collect:
    src: s3://workshop-credentials/class
    dest: credentials
    users:
      - name: anna
        display_name: Anna Müller
      - name: bert
"""

RETURN = r"""
users:
  description: The outcome for each user, in the order of O(users).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    changed:
      description: Whether files of this user were written, or would be in check mode.
      type: bool
    failed:
      description: Whether this user's credentials could not be read or saved.
      type: bool
    msg:
      description: Why the user failed, in one sentence.
      type: str
    changes:
      description: What was written, one sentence for each change.
      type: list
      elements: str
    access_key_id:
      description: ID of the saved access key; empty if none is saved.
      type: str
    interrupted:
      description: Whether the store contains an intent, because another run is in progress or was interrupted.
      type: bool
hosts:
  description: The outcome for each host of the play.
  type: dict
  returned: when O(users_from) was given
class_files:
  description: Names of the class files that were written, or would be in check mode.
  type: list
  elements: str
  returned: success
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, collecting, common

ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    **common.PLAY,
    **common.ACCOUNTS,
    "src": {"type": "str", "required": True},
    "dest": {"type": "path", "required": True},
    "users": {"type": "list", "elements": "dict", "options": collecting.USER},
    "threads": {"type": "int", "default": 8},
}
DOOR = accounts.Door(lambda module, _marks: module, collecting.account_of)


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, required_one_of=common.SOMEBODY, supports_check_mode=True)
    try:
        collecting.check(module.params)
        result = accounts.serve(
            module, lambda one, own, _marks, _ready: collecting.run(one, own, module.check_mode), DOOR
        )
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    common.warn_all(result.pop("warnings"))
    common.warn_of_git(module, module.params["dest"], True)
    module.exit_json(**result | common.failure_of(module.params, result))


if __name__ == "__main__":
    main()
