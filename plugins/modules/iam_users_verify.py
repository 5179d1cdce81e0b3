#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_users_verify
short_description: Check that many people's workshop IAM users are complete and work
version_added: 1.0.0
description:
  - Checks users of M(invoice_scanner.iam.iam_users), and changes nothing. For each user, it checks the user itself, the
    console sign-in, the policies and the permissions boundary, the access key with its status and description, and
    whether the secret is saved. It does not check passwords, because AWS does not reveal them.
  - It tests each saved access key by calling C(sts:GetCallerIdentity) with it.
  - Each problem is listed with the command that fixes it. Additional things that somebody else created for a user, such
    as more keys, policies, groups or MFA devices, are reported, but are not errors.
  - The module reads users in bulk with C(iam:GetAccountAuthorizationDetails) if that takes fewer requests. Each user
    then takes three more requests. A bulk read only shows virtual MFA devices.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
extends_documentation_fragment:
  - invoice_scanner.iam._attributes
  - invoice_scanner.iam._account
  - invoice_scanner.iam._attributes.info_module
  - invoice_scanner.iam._attributes.action_group
  - invoice_scanner.iam._assume_role
  - invoice_scanner.iam._many_users.wanted
  - invoice_scanner.iam._many_users.accounts
  - invoice_scanner.iam._many_users.play
  - invoice_scanner.iam._many_users.pace
  - invoice_scanner.iam._many_users.slices
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
options:
  credentials_dest:
    description:
      - Directory or store with the credentials, as in O(invoice_scanner.iam.credentials_csv#module:dest).
    type: path
    required: true
  verify_key:
    description:
      - Whether to test each saved access key by calling C(sts:GetCallerIdentity) with it.
    type: bool
    default: true
  arrivals:
    description:
      - Whether to find out when each user last signed in, and when an access key was last used. It takes one more
        request for each thousand users of the account, and one for each access key.
    type: bool
    default: false
  report_dest:
    description:
      - File for RV(account_id), RV(verified_at), RV(arrivals) and RV(users) as JSON, for programs. It gets mode 0600,
        and is not written in check mode. It replaces only the report of an earlier run, or an empty file.
    type: path
  command_line:
    description:
      - How the commands in RV(users[].findings) begin, with C({playbook}) for the name of the playbook. The action
        plugin sets it to the command line of its own run.
    type: str
    default: ansible-playbook invoice_scanner.iam.{playbook}
  wait_timeout:
    description:
      - How many seconds to wait for a key that AWS does not know yet.
    type: int
    default: 60
seealso:
  - module: invoice_scanner.iam.iam_users
  - module: invoice_scanner.iam.iam_users_info
"""

EXAMPLES = r"""
- name: Check that two students have what they need
  invoice_scanner.iam.iam_users_verify:
    credentials_dest: credentials
    users:
      - name: student-01
        managed_policies: [AIInvoiceScannerFullPolicy, AmplifyAdminPolicy]
      - name: student-02
        managed_policies: [AIInvoiceScannerFullPolicy, AmplifyAdminPolicy]
    report_dest: verification.json
"""

RETURN = r"""
account_id:
  description: ID of the account.
  type: str
  returned: success
verified_at:
  description: When the users were checked, in ISO 8601, UTC.
  type: str
  returned: success
arrivals:
  description: Whether O(arrivals) was true.
  type: bool
  returned: success
table:
  description: The checks as a table for people to read, with one line for each user.
  type: list
  elements: str
  returned: success
hours:
  description: The hours of the users' classes and whether a class is paused, in sentences. A pause is not an error.
  type: list
  elements: str
  returned: success
hosts:
  description: The outcomes of RV(users), by inventory host.
  type: dict
  returned: when O(users_from) is given
users:
  description: The outcome for each user, in the order of O(users).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    host:
      description: Inventory host.
      type: str
    changed:
      description: Always V(false).
      type: bool
    failed:
      description: Whether something is wrong.
      type: bool
    fate:
      description: V(ready), V(needs action) or V(access revoked). Access is revoked on purpose, so that is not an
        error.
      type: str
    msg:
      description: All problems and how to fix them, in sentences.
      type: str
    checks:
      description: The result of each check. It is V(ok), V(WRONG), or V(-) if the check was not possible.
      type: dict
    findings:
      description: All problems.
      type: list
      elements: dict
      contains:
        check:
          description: The check that failed, a key of RV(users[].checks).
          type: str
        finding:
          description: The problem, in one sentence.
          type: str
        command:
          description: The command that fixes it; empty if the sentence itself says what to do.
          type: str
    exists:
      description: Whether the user exists in AWS.
      type: bool
    access_key_id:
      description: ID of the saved access key; empty if none is saved.
      type: str
    expires:
      description: The last day of the user, from the tag or from O(users[].expires); empty if there is none.
      type: str
    revoked:
      description: The day on which access was revoked on purpose; empty if it was not.
      type: str
    keeps_sign_in:
      description: Whether access keys were revoked on purpose, but console sign-in is still enabled.
      type: bool
    next:
      description: What to do next, with a command; empty if there is nothing.
      type: str
    signed_in:
      description:
        - When the user last signed in to the console, in ISO 8601, or null. AWS may report this hours late.
      type: str
      returned: when O(arrivals=true)
    key_used:
      description:
        - When an access key of the user was last used, in ISO 8601, or null. AWS may report this hours late.
      type: str
      returned: when O(arrivals=true)
    key_used_for:
      description:
        - The service that it was used for, or null. V(sts) may come from the test of O(verify_key=true) in an earlier
          run, or from the run that created the key.
      type: str
      returned: when O(arrivals=true)
    remarks:
      description: Notes that are not errors, such as keys or policies that somebody else created for the user, one
        sentence for each.
      type: list
      elements: str
"""

import json
import os
import tempfile
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, common, verify
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import EVERYWHERE

ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    **common.WANTED,
    **common.PLAY,
    **common.ACCOUNTS,
    **common.PACE,
    **common.SLICES,
    "credentials_dest": {"type": "path", "required": True},
    "verify_key": {"type": "bool", "default": True, "no_log": False},
    "arrivals": {"type": "bool", "default": False},
    "report_dest": {"type": "path"},
    "command_line": {"type": "str", "default": EVERYWHERE},
    "wait_timeout": {"type": "int", "default": 60},
}
REPORTED = ("account_id", "verified_at", "arrivals", "users")


def see(dest: str | None) -> None:
    """Check that the directory of the report exists, and no other file has its name. Raises RefusedError."""
    folder = os.path.dirname(dest or "")
    if dest and not os.path.isdir(folder or "."):
        raise common.RefusedError(f"report_dest is {dest!r}, but there is no directory {folder!r}; create it")
    if dest and os.path.isfile(dest) and not _is_replaceable(dest):
        raise common.RefusedError(
            f"report_dest is {dest!r}, but that file is not a report of an earlier run; choose another name"
        )


def _is_replaceable(path: str) -> bool:
    """Return whether a file is empty, or the report of an earlier run."""
    try:
        with open(path, encoding="utf-8") as stream:
            content = stream.read()
        found = json.loads(content) if content else dict.fromkeys(REPORTED)
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.keys() == {*REPORTED}


def write(module: AnsibleAWSModule, result: dict[str, t.Any]) -> None:
    """Write the report for programs, if one is wanted."""
    dest = module.params["report_dest"]
    if not dest or module.check_mode:
        return
    handle, temporary = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump({name: result[name] for name in REPORTED}, stream, indent=2, ensure_ascii=False)
        stream.write("\n")
    # atomic_move creates a new file with the mode that the umask allows, and keeps the mode of an existing one.
    os.umask(0o077)
    module.atomic_move(temporary, dest, keep_dest_attrs=False)


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, required_one_of=common.SOMEBODY, supports_check_mode=True)
    try:
        see(module.params["report_dest"])
        result = accounts.serve(module, verify.run)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    write(module, result)
    module.exit_json(changed=False, **result | common.failure_of(module.params, result))


if __name__ == "__main__":
    main()
