#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: credentials_collect
short_description: Bring credentials from a durable store to a directory
version_added: 1.0.0
description:
  - Reads what M(invoice_scanner.iam.iam_users) and M(invoice_scanner.iam.credentials_csv) saved in S3 or AWS Secrets
    Manager, and writes the files that they would have written into a directory, those of the class among them.
  - The store stays as it is. A file with other credentials in it is kept in C(superseded/).
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._attributes.action_group
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
      - Directory for the files, as M(invoice_scanner.iam.credentials_csv) takes it.
    type: path
    required: true
  user_names:
    description:
      - Names of the users whose credentials are wanted. This or O(users_from) is needed.
    type: list
    elements: str
  threads:
    description:
      - How many users are read at a time.
    type: int
    default: 8
seealso:
  - module: invoice_scanner.iam.credentials_csv
  - module: invoice_scanner.iam.iam_user_outcome
"""

EXAMPLES = r"""
- name: Bring the credentials of two people here
  invoice_scanner.iam.credentials_collect:
    src: s3://workshop-credentials/class
    dest: credentials
    user_names: [anna, bert]
"""

RETURN = r"""
users:
  description: How each user came out of it, in the order of O(user_names).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    changed:
      description: Whether files of this user were written, or would be.
      type: bool
    failed:
      description: Whether this user's credentials could not be had or not be saved.
      type: bool
    msg:
      description: Why not, in one sentence.
      type: str
    changes:
      description: What was written, a sentence each.
      type: list
      elements: str
    access_key_id:
      description: Access key whose secret is on file; empty if there is none.
      type: str
    interrupted:
      description: Whether the store holds an intent, because a run is at work or did not get to its end.
      type: bool
hosts:
  description: The same for each host of the play.
  type: dict
  returned: when O(users_from) was given
class_files:
  description: Names of the files of the class that were written, or would be.
  type: list
  elements: str
  returned: success
"""

import typing as t

# Not AnsibleAWSModule.warn: it hands warnings to exit_json, which ansible-core deprecates.
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.destination import DestinationError
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.git import tracking_warning
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.collecting import (
    Collected,
    Collection,
    collect,
)
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module.destination import open_destination

ARGUMENTS: dict[str, t.Any] = {
    "src": {"type": "str", "required": True},
    "dest": {"type": "path", "required": True},
    "user_names": {"type": "list", "elements": "str"},
    "users_from": {"type": "str"},
    "same_for_all": {"type": "list", "elements": "str", "default": []},
    "threads": {"type": "int", "default": 8},
}


def problem(params: dict[str, t.Any]) -> str | None:
    """Say in one sentence what is wrong with the options, or return None."""
    if params["user_names"] is None:
        return "users_from is for the action plugin of this module; give user_names"
    if not is_uri(params["src"]):
        return f"src is {params['src']!r}, which is no store; give s3://bucket/prefix or secretsmanager://prefix"
    if is_uri(params["dest"]):
        return f"dest is {params['dest']!r}, which is a store; give a directory"
    return None


def outcome(one: Collected) -> dict[str, t.Any]:
    """Describe how one user came out of it."""
    return {
        "name": one.name,
        "changed": bool(one.files),
        "failed": bool(one.failure),
        "msg": one.failure,
        "changes": [f"save {file}" for file in one.files],
        "access_key_id": one.access_key_id,
        "interrupted": one.interrupted,
        "diff": [{"before": "", "after": "".join(f"{file}\n" for file in one.files)}] if one.files else [],
    }


def warn_of_hazards(module: AnsibleAWSModule, collection: Collection) -> None:
    """Warn of what is not as it should be; a warning never holds a secret."""
    for one in collection.users:
        if one.interrupted:
            warn(f"a run for user {one.name!r} is at work or was interrupted; run it again, and then collect again")
        if "," in one.name:
            warn(f"user {one.name!r} is left out of aws_configure_import.csv: the AWS CLI takes no name with a comma")
    if not module.check_mode:
        tracked = tracking_warning(module.params["dest"], module.run_command)
        if tracked:
            warn(tracked)


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(
        argument_spec=ARGUMENTS, required_one_of=[("user_names", "users_from")], supports_check_mode=True
    )
    params = module.params
    wrong = problem(params)
    if wrong:
        module.fail_json(msg=wrong)
    try:
        store = open_destination(params["src"], lambda: Connection(module, params["threads"]))
        directory = open_destination(params["dest"], lambda: Connection(module))
        collection = collect(store, directory, params["user_names"], params["threads"], module.check_mode)
    except DestinationError as error:
        module.fail_json(msg=str(error))
    warn_of_hazards(module, collection)
    users = [outcome(one) for one in collection.users]
    changed = bool(collection.class_files) or any(one["changed"] for one in users)
    module.exit_json(changed=changed, users=users, class_files=list(collection.class_files))


if __name__ == "__main__":
    main()
