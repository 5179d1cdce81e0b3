#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: credentials_csv
short_description: Save the console login and access key of an IAM user as CSV files
version_added: 1.0.0
description:
  - Writes the files that the AWS Management Console offers for download when a user or an access key is created, and
    one that the AWS CLI can import. Each is written to a temporary file, flushed to the disk and renamed, so that it is
    always complete. A file that is replaced moves to C(superseded/) beside it.
  - It also reports what is on file for a user, without the secrets, and can leave an intent. An intent is a note that a
    secret is about to be requested, which AWS shows only once. It tells the next run that this one was interrupted.
  - The files are V(<user>_credentials.csv) with user name, password and sign-in URL, V(<user>_accessKeys.csv) with
    access key ID and secret, V(<user>_aws_configure_import.csv) with the same for
    C(aws configure import --csv file://...) of the AWS CLI v2, V(aws_configure_import.csv) with that for everybody, and
    V(class_credentials.csv) with a row for each user. The last one also has the account ID, and the display name and
    e-mail address that M(invoice_scanner.iam.iam_users) was given.
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
    support: full
    details:
      - The diff names the files and the values that are on file. It shows no secret.
  idempotent:
    support: full
options:
  dest:
    description:
      - Directory on the host that runs the module. It is created with mode 0700 if it is missing.
      - An existing directory that other accounts can read is refused, as is a symbolic link.
      - Or a durable store, V(s3://bucket/prefix) or V(secretsmanager://prefix), with one document for each user that
        holds the same as the files. C(?kms_key=) names the KMS key that encrypts it. A bucket that is public or keeps
        no versions is refused, unless C(?accept=public,unversioned) tolerates that.
    type: path
    required: true
  user_name:
    description:
      - Name of the IAM user. The files contain it as it is. In file names, C(%) and a code replace characters that are
        not safe there.
    type: str
    required: true
    aliases: [name]
  state:
    description:
      - V(present) saves what is given, completes the files of the class, and removes the intent for it.
      - V(intent) proves that O(dest) can be written and notes that the secrets in O(intends) are about to be requested.
      - V(no_intent) removes the intent for the secrets in O(intends), because they were not requested after all.
      - V(read) changes nothing and reports what is on file.
    type: str
    choices: [present, intent, no_intent, read]
    default: present
  password:
    description:
      - The console password.
    type: str
  sign_in_url:
    description:
      - The console sign-in URL, saved beside the password.
    type: str
  access_key_id:
    description:
      - ID of the access key.
    type: str
  secret_access_key:
    description:
      - The secret access key.
    type: str
  keep_intent:
    description:
      - Whether to keep the intent for an access key although its secret is saved. It stays until somebody has checked
        that no other key was created meanwhile.
    type: bool
    default: false
  intends:
    description:
      - The secrets that are about to be requested with O(state=intent), or that were not requested with
        O(state=no_intent). If the list is empty, O(state=intent) only proves that O(dest) can be written.
    type: list
    elements: str
    choices: [login_profile, access_key]
    default: []
  known_access_key_ids:
    description:
      - IDs of the access keys that the user has when O(state=intent). A key that appears later, is not on file and has
        no description is taken for one whose secret was lost, and M(invoice_scanner.iam.iam_users) deletes it.
      - Required if O(intends) contains V(access_key).
    type: list
    elements: str
  planned_access_key_id:
    description:
      - ID of the access key that was on file when the run made its plan; empty if there was none. If another one is on
        file by now, another run has served the user meanwhile, and the task fails.
    type: str
  run:
    description:
      - The process to which the intent belongs. Set by the action plugin.
    type: dict
notes:
  - While the run that left an intent is at work, the intent of another run for the same user is refused.
  - A cell that begins with C(=), C(+), C(-) or C(@) is run as a formula by spreadsheet programs. Such a password is
    written unchanged, with a warning, because a changed password would not work.
seealso:
  - module: invoice_scanner.iam.iam_login_profile
  - module: amazon.aws.iam_access_key
  - name: aws configure import
    description: The AWS CLI command reference.
    link: https://docs.aws.amazon.com/cli/latest/reference/configure/import.html
"""

EXAMPLES = r"""
- name: Read what is on file
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    state: read
  register: on_file

- name: List the user's access keys
  amazon.aws.iam_access_key_info:
    user_name: ai-invoice-scanner-user
  register: keys

- name: Note that an access key is about to be created
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    state: intent
    intends: [access_key]
    known_access_key_ids: "{{ keys.access_keys | map(attribute='access_key_id') }}"

- name: Create the access key
  amazon.aws.iam_access_key:
    user_name: ai-invoice-scanner-user
  register: created
  no_log: true

- name: Save its secret
  invoice_scanner.iam.credentials_csv:
    dest: credentials
    user_name: ai-invoice-scanner-user
    access_key_id: "{{ created.access_key_id }}"
    secret_access_key: "{{ created.secret_access_key }}"
"""

RETURN = r"""
dest:
  description: The directory or store.
  type: str
  returned: success
  sample: /home/me/workshop/credentials
files:
  description: Names of the files that hold credentials of the user. In a store, it is one document.
  type: dict
  returned: success
  contains:
    login:
      description: The console login.
      type: str
      sample: ai-invoice-scanner-user_credentials.csv
    access_key:
      description: The access key.
      type: str
      sample: ai-invoice-scanner-user_accessKeys.csv
    import:
      description: The access key as the AWS CLI imports it; empty where that cannot take the user's name.
      type: str
      sample: ai-invoice-scanner-user_aws_configure_import.csv
changed_files:
  description: Names of the files that were written, or would be in check mode.
  type: list
  elements: str
  returned: success
on_file:
  description: What the files hold, without the secrets.
  type: dict
  returned: success
  contains:
    password:
      description: Whether a console password is on file.
      type: bool
    access_key_id:
      description: ID of the access key whose secret is on file; empty if there is none.
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    intends:
      description: Secrets that an earlier run was about to request and did not save.
      type: list
      elements: str
    known_access_key_ids:
      description: Access keys that existed when the intent was left.
      type: list
      elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._aws.connection import Connection
from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import common, saving


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(
        argument_spec={**saving.ARGUMENTS, **common.ROLE},
        required_together=saving.REQUIRED_TOGETHER,
        supports_check_mode=True,
    )
    params = module.params
    problem = saving.option_problem(params)
    if problem:
        module.fail_json(msg=problem)
    try:
        destination = common.open_destination(params["dest"], lambda: Connection(module), common.run_of(params))
        saved = saving.bring_about(destination, params, module.check_mode)
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    common.warn_all(saving.hazards(params))
    common.warn_of_git(module, params["dest"], bool(saved.changed_files))
    module.exit_json(**saving.result_of(saved, params["dest"]))


if __name__ == "__main__":
    main()
