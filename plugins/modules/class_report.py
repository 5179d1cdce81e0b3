#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: class_report
short_description: Write the instructor's page about a class
version_added: 1.0.0
description:
  - Writes the findings of M(invoice_scanner.iam.iam_users_verify) as an HTML page for the instructor. People who need
    help come first. The page contains no secret and no script, and loads nothing from elsewhere.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - The page shows when the users were checked.
options:
  verified_from:
    description:
      - Name of the variable in which a task with M(invoice_scanner.iam.iam_users_verify) and
        O(invoice_scanner.iam.iam_users_verify#module:users_from) has registered its result. Read by the action plugin.
    type: str
  people_from:
    description:
      - Name of a variable with a person's RV(ignore:display_name) and RV(ignore:group). It is evaluated for each host
        of the play. Read by the action plugin.
    type: str
  dest:
    description:
      - Where to write the page, a file or V(s3://bucket/key). A file gets mode 0600, and replaces only another page.
        Its directory is created if it is missing.
    type: path
    required: true
  title:
    description: Line above the heading, such as the name of the workshop.
    type: str
    default: ''
  language:
    description:
      - Language of the page, as in M(invoice_scanner.iam.credentials_handout).
    type: str
    default: en
  verified:
    description: The findings. Set by the action plugin.
    type: dict
  people:
    description: What the inventory says about each host. Set by the action plugin.
    type: dict
    default: {}
  material:
    description: Directory of the templates. Set by the action plugin.
    type: path
  texts:
    description: The texts of the language. Set by the action plugin.
    type: dict
  run:
    description: The process that the task belongs to. Set by the action plugin.
    type: dict
seealso:
  - module: invoice_scanner.iam.iam_users_verify
"""

EXAMPLES = r"""
- name: Check everybody
  invoice_scanner.iam.iam_users_verify:
    users_from: wanted
    credentials_dest: credentials
  register: verified
  run_once: true

- name: Write the page
  invoice_scanner.iam.class_report:
    verified_from: verified
    dest: class_report.html
  run_once: true
"""

RETURN = r"""
dest:
  description: The file or S3 URL of the page.
  type: str
  returned: success
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common, reporting

ARGUMENTS: dict[str, t.Any] = {
    **common.ROLE,
    "verified_from": {"type": "str"},
    "people_from": {"type": "str"},
    "dest": {"type": "path", "required": True},
    "title": {"type": "str", "default": ""},
    "language": {"type": "str", "default": "en"},
    "verified": {"type": "dict"},
    "people": {"type": "dict", "default": {}},
    "material": {"type": "path"},
    "texts": {"type": "dict"},
    "run": {"type": "dict"},
}


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        changed = reporting.run(module.params, lambda: Connection(module), module.check_mode)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    module.exit_json(changed=changed, dest=module.params["dest"])


if __name__ == "__main__":
    main()
