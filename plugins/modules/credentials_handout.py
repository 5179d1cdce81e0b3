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
  - Writes a page for each person with the credentials that M(invoice_scanner.iam.iam_users) or
    M(invoice_scanner.iam.credentials_csv) saved, printable cards for the whole class, and a table for a mail merge. It
    does not call IAM.
  - The same input always produces the same files, byte for byte. A file that would not change is not written.
  - If nothing is saved for a user, that user fails. The page, card and row from an earlier run do not change. When a
    new page replaces one with another password or access key, the old page moves to C(superseded/). A bucket keeps it
    as an older version.
  - A page is one file and loads nothing from elsewhere. With O(passphrase), each person's page is encrypted, so that it
    can be mailed. The class files are never encrypted.
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
requirements:
  - segno for QR codes; without it, the pages have no QR codes
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
      - The 12 digits of the users' AWS account, in quotes. Credentials that were saved for another account are refused.
        Checking this does not call AWS.
      - Required if the inventory has users of several accounts.
    type: str
    default: ""
  credentials_dest:
    description:
      - Directory with the saved credentials, V(s3://bucket/prefix) or V(secretsmanager://prefix).
    type: path
    required: true
  dest:
    description:
      - Directory for the pages, created with mode 0700 if it is missing, or V(s3://bucket/prefix).
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
        description: The person's full name, as it should appear on the page. If it is empty, the page shows the user
          name.
        type: str
        default: ''
      email:
        description: The person's e-mail address, for the mail merge table.
        type: str
        default: ''
      cells:
        description: The person's row in the roster, as values by column.
        type: dict
        default: {}
      links:
        description: The first steps, each with RV(ignore:title) and RV(ignore:url).
        type: list
        elements: dict
        default: []
        suboptions:
          title:
            description: Text of the link. If it is empty, the page shows the address.
            type: str
            default: ''
          url:
            description: Address. It must begin with V(https://), V(http://) or V(mailto:).
            type: str
            required: true
      contact:
        description: Whom to ask for help.
        type: str
        default: ''
      expires:
        description: The last day of the user, as in V(2026-12-31).
        type: str
        default: ''
      closes:
        description: When the user's class closes, as in V(2026-12-31T18:00). It gives the last day if
          O(users[].expires) does not.
        type: str
        default: ''
      timezone:
        description: Time zone of O(users[].closes), as in V(Europe/Berlin). If it is empty, plain dates are in UTC.
        type: str
        default: ''
      access_key:
        description: Whether the page shows the saved access key.
        type: bool
        default: true
      cli_sign_in:
        description: Whether the page tells a person without an access key to sign in to the command line with C(aws
          login).
        type: bool
        default: false
  title:
    description: Line above each person's name, such as the name of the workshop.
    type: str
    default: ''
  language:
    description:
      - Language of the pages, V(en) or V(de), or the path of a YAML file with the texts of another one. Read by the
        action plugin.
    type: str
    default: en
  per_page:
    description: How many cards C(class.html) prints on one sheet.
    type: int
    choices: [1, 4, 8]
    default: 4
  template:
    description:
      - Your own Jinja2 template for a person's page. The guide R(Class day and
        handouts,ansible_collections.invoice_scanner.iam.docsite.class_day) lists the variables that it can use.
    type: path
  passphrase:
    description:
      - Encrypts each person's page. Readers enter this passphrase to open it. It needs at least four words or 14
        characters.
    type: str
  material:
    description: Directory of the templates. Set by the action plugin.
    type: path
  texts:
    description: The texts of the language. Set by the action plugin.
    type: dict
  threads:
    description:
      - How many people to process at the same time.
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
      description: Whether the page was written, or would be in check mode.
      type: bool
    failed:
      description: Whether the page could not be written, because nothing is saved or the credentials could not be read.
      type: bool
    msg:
      description: Why the person's page failed, in one sentence.
      type: str
    changes:
      description: What was written, one sentence for each change.
      type: list
      elements: str
hosts:
  description: The outcome for each host of the play.
  type: dict
  returned: when O(users_from) was given
class_files:
  description: Names of the class files that were written, or would be in check mode.
  type: list
  elements: str
  returned: success
dest:
  description: The directory or S3 URL of the pages.
  type: str
  returned: success
sealed:
  description: Whether O(passphrase) encrypts each person's page. The class files are never encrypted.
  type: bool
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
    "closes": {"type": "str", "default": ""},
    "timezone": {"type": "str", "default": ""},
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
