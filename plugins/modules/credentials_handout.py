#!/usr/bin/python
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
module: credentials_handout
short_description: Write pages with people's credentials, to print or to send
version_added: 1.0.0
description:
  - Writes a page for each person with the credentials that M(invoice_scanner.iam.iam_users) and
    M(invoice_scanner.iam.credentials_csv) saved, cards of the class for the printer, and a table for a mail merge. It
    does not call IAM.
  - The same input gives the same bytes. A file that would not change is not written.
  - If nothing is saved for a user, that user fails. The page, card and row from an earlier run stay as they are. A page
    with a password or an access key that is no longer saved moves to C(superseded/) when a new page replaces it. A
    bucket keeps it as an older version.
  - A page is one file and loads nothing. With O(passphrase), each person's page is sealed and may be mailed. The files
    of the class are never sealed.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
requirements:
  - segno for QR codes; without it the pages have none
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
  account_id:
    description:
      - The 12 digits of the AWS account of the users, in quotes. Credentials that were saved for another account are
        refused. This does not call AWS.
      - Required if the inventory has users of several accounts.
    type: str
    default: ""
  credentials_dest:
    description:
      - Where the credentials are saved, a directory, V(s3://bucket/prefix) or V(secretsmanager://prefix).
    type: path
    required: true
  dest:
    description:
      - Directory for the pages, which is made with mode 0700, or V(s3://bucket/prefix).
    type: path
    required: true
  users:
    description:
      - The people to write pages for, in the order of the cards. Required unless O(users_from) is given.
    type: list
    elements: dict
    suboptions:
      name:
        description: IAM user name.
        type: str
        required: true
      display_name:
        description: The person's name as people write it; without it, the user name.
        type: str
        default: ''
      email:
        description: The person's address, for the table.
        type: str
        default: ''
      cells:
        description: The person's cells in the roster, by column.
        type: dict
        default: {}
      links:
        description: The first steps, each with RV(ignore:title) and RV(ignore:url).
        type: list
        elements: dict
        default: []
        suboptions:
          title:
            description: Text of the link; without it, the address.
            type: str
            default: ''
          url:
            description: Address that begins with V(https://), V(http://) or V(mailto:).
            type: str
            required: true
      contact:
        description: Whom to ask if it does not work.
        type: str
        default: ''
      expires:
        description: The last day, as in V(2026-12-31).
        type: str
        default: ''
      access_key:
        description: Whether the page shows the access key that is saved.
        type: bool
        default: true
      cli_sign_in:
        description: Whether the page tells somebody without an access key to sign in to the command line with C(aws
          login).
        type: bool
        default: false
  title:
    description: Line above everybody's name, such as the name of the workshop.
    type: str
    default: ''
  language:
    description:
      - Language of the pages, V(en) or V(de), or the path of a YAML file with the texts of another one. Read by the
        action plugin.
    type: str
    default: en
  per_page:
    description: How many cards a sheet of C(class.html) has.
    type: int
    choices: [1, 4, 8]
    default: 4
  template:
    description:
      - A Jinja2 file of your own for the page of one person. The guide
        R(Class day and handouts,ansible_collections.invoice_scanner.iam.docsite.class_day) lists what it may use.
    type: path
  passphrase:
    description:
      - Seals each person's page; the page opens with this passphrase. It has at least four words or 14 characters.
    type: str
  material:
    description: Directory of the templates. Set by the action plugin.
    type: path
  texts:
    description: The texts of the language. Set by the action plugin.
    type: dict
  threads:
    description:
      - How many people to serve at the same time.
    type: int
    default: 8
seealso:
  - module: invoice_scanner.iam.credentials_csv
  - module: invoice_scanner.iam.credentials_collect
  - module: invoice_scanner.iam.iam_user_outcome
"""

EXAMPLES = r"""
- name: Write the pages of two people
  invoice_scanner.iam.credentials_handout:
    credentials_dest: credentials
    dest: credentials/handouts
    title: Serverless Invoices
    users:
      - name: anna
        display_name: Anna Müller
        links:
          - title: Slides
            url: https://workshop.example.org/slides
      - name: bert
"""

RETURN = r"""
users:
  description: The outcome for each person, in the order of O(users).
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: User name.
      type: str
    changed:
      description: Whether the page was written, or would be.
      type: bool
    failed:
      description: Whether no page was made, because nothing is saved or it could not be read.
      type: bool
    msg:
      description: Why not, in one sentence.
      type: str
    changes:
      description: What was written, a sentence each.
      type: list
      elements: str
hosts:
  description: The same for each host of the play.
  type: dict
  returned: when O(users_from) was given
class_files:
  description: Names of the files of the class that were written, or would be.
  type: list
  elements: str
  returned: success
dest:
  description: Where the pages are.
  type: str
  returned: success
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.invoice_scanner.iam.plugins.module_utils._module import accounts, common, handing_out

LINK: dict[str, t.Any] = {"title": {"type": "str", "default": ""}, "url": {"type": "str", "required": True}}
PERSON: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "display_name": {"type": "str", "default": ""},
    "email": {"type": "str", "default": ""},
    "cells": {"type": "dict", "default": {}},
    "links": {"type": "list", "elements": "dict", "options": LINK, "default": []},
    "contact": {"type": "str", "default": ""},
    "expires": {"type": "str", "default": ""},
    "access_key": {"type": "bool", "default": True, "no_log": False},
    "cli_sign_in": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, t.Any] = {
    **common.ACCOUNT,
    **common.PLAY,
    **common.ACCOUNTS,
    "credentials_dest": {"type": "path", "required": True},
    "dest": {"type": "path", "required": True},
    "users": {"type": "list", "elements": "dict", "options": PERSON},
    "title": {"type": "str", "default": ""},
    "language": {"type": "str", "default": "en"},
    "per_page": {"type": "int", "choices": [1, 4, 8], "default": 4},
    "template": {"type": "path"},
    "passphrase": {"type": "str", "no_log": True},
    "material": {"type": "path"},
    "texts": {"type": "dict"},
    "threads": {"type": "int", "default": 8},
}
DOOR = accounts.Door(lambda module, _marks: module, handing_out.account_of)


def main() -> None:
    """Wire the module."""
    module = AnsibleAWSModule(argument_spec=ARGUMENTS, required_one_of=common.SOMEBODY, supports_check_mode=True)
    params = module.params
    try:
        result = accounts.serve(
            module, lambda one, own, marks, ready: handing_out.hand_out(one, own, marks, ready, module.check_mode), DOOR
        )
    except common.ERRORS as error:
        module.fail_json(msg=common.sentence(error))
    common.warn_all(result.pop("warnings"))
    common.warn_of_git(module, params["dest"], result["changed"])
    module.exit_json(**result | common.failure_of(params, result))


if __name__ == "__main__":
    main()
