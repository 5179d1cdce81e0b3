#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: amazon_aws
short_description: Run a module of amazon.aws with an assumed IAM role
version_added: 1.0.0
description:
  - Modules of amazon.aws cannot assume an IAM role. With O(assume_role_arn), this module assumes the role and runs the
    other module with the credentials of that session. Without it, the other module runs with its usual credentials.
  - The session's credentials never appear in a result, variable or file.
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
    details:
      - If the module supports it.
  diff_mode:
    support: full
    details:
      - If the module supports it.
  idempotent:
    support: full
    details:
      - If the module is idempotent.
options:
  module:
    description:
      - Fully qualified name of the module.
    type: str
    required: true
  arguments:
    description:
      - Options of the module, without the connection options.
    type: dict
    default: {}
notes:
  - Each task starts its own session, which must last as long as the module runs.
"""

EXAMPLES = r"""
- name: Create a policy in the account of a class
  invoice_scanner.iam.amazon_aws:
    assume_role_arn: arn:aws:iam::123456789012:role/Workshop
    module: amazon.aws.iam_managed_policy
    arguments:
      name: AIInvoiceScannerFullPolicy
      policy: "{{ lookup('ansible.builtin.file', 'AIInvoiceScannerFullPolicy.json') }}"
"""

RETURN = r"""
changed:
  description: Whether the module changed something. Everything else that it returns is returned as well.
  type: bool
  returned: always
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common

ARGUMENTS: dict[str, t.Any] = {
    **common.ROLE,
    "module": {"type": "str", "required": True},
    "arguments": {"type": "dict", "default": {}},
}


def main() -> None:
    """Return the credentials of the session to the action plugin, which shows them to nobody."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        session = Connection(module).keys()
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    module.exit_json(changed=False, session=session)


if __name__ == "__main__":
    main()
