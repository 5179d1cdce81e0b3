# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
name: roster
short_description: Make an inventory of a class from its roster, a CSV file
version_added: 1.0.0
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
description:
  - Reads a roster as learning systems and spreadsheets export it, and makes one inventory host of every student.
    The name of the host is the IAM user name of the student.
  - >-
    It is enabled by a file whose name ends with C(roster.yml) or C(roster.yaml) and which says
    C(plugin: invoice_scanner.iam.roster).
  - >-
    A host has two variables: C(invoice_iam_user_name), its IAM user name, and C(roster), a dictionary of the cells of
    its row. The keys of C(roster) are the headers in lower case without accents, with C(_) for everything that is not a
    letter or digit: C(E-Mail Adresse) is C(e_mail_adresse). With O(columns.password) there is a third one,
    C(invoice_iam_user_console_password).
  - >-
    If the roster has them, a host also has C(invoice_iam_user_display_name), the student's full name or first and last
    name, and C(invoice_iam_user_email). The sheet of the class and the handouts show them. A value in C(group_vars)
    beside the inventory takes precedence.
  - Columns may be in any order. Blank lines and empty columns at the end are skipped, and cells may hold line breaks
    when they are in double quotation marks. Rows about assignments, such as C(Points Possible) of Canvas and C(Date) of
    Google Classroom, are skipped. The first line of the file that is not blank must hold the headers.
  - Cells are data. They are never evaluated as templates, whatever they hold.
options:
  plugin:
    description: The name of this plugin; it tells Ansible that the file is meant for it.
    type: str
    required: true
    choices: [invoice_scanner.iam.roster]
  path:
    description:
      - The roster, a CSV file. A relative path starts at the folder of the file in which this option stands.
      - The file may be encrypted with C(ansible-vault).
    type: str
    required: true
  user_name:
    description:
      - How to make a student's IAM user name. Words in braces are replaced by cells; everything else stays.
      - >-
        The words are V({email_local_part}) (what stands before the C(@)), V({email}), V({first_name}), V({last_name}),
        V({full_name}) (made from first and last name when there is no such column), V({student_id}), and the header of
        any other column, written as a key of C(roster). V({first_name:.1}) is the first character. It is not a Jinja
        template.
      - >-
        Cells are written in lower-case Latin letters: C(Zoë Müller-Łuk) becomes C(zoe-muller-luk). Accents go, C(ß)
        becomes C(ss), apostrophes go, and spaces and other punctuation become a dash. Letters that have no Latin form,
        as in Chinese or Greek names, are never dropped: the row is an error, because two people could end up with one
        name.
      - >-
        The name depends on the student's own cells only, so that it stays the same when rows are added, removed or
        sorted. For this reason there is no row number. If two students would get the same name, an error names both
        lines: a number at the end would depend on who came first.
      - A name has at most 64 characters, does not begin with C(= + - @) or a dot, and holds no comma. It is never cut.
      - >-
        To choose another name for some rows, add a column C(IAM user name) (see O(columns.user_name)). A cell that is
        not empty is used as it is.
    type: str
    default: '{email_local_part}'
  columns:
    description:
      - The headers of columns that are not recognised, or recognised wrongly.
      - Usual headers in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish and the Nordic languages
        are found without it. Case, accents, spaces and punctuation do not matter.
      - Of several columns with the same header, the second is called with C(_2) at the end, and so on.
    type: dict
    default: {}
    suboptions:
      email:
        description: The e-mail address. Two rows that share one are the same student.
        type: str
      first_name:
        description: The first name.
        type: str
      last_name:
        description: The last name. A column C(Name) or C(Nom) is taken for it beside one for the first name.
        type: str
      full_name:
        description: The whole name in one cell.
        type: str
      student_id:
        description: The student's number at the school. Two rows that share one are the same student.
        type: str
      user_name:
        description: An IAM user name of the student's own, used instead of O(user_name) where the cell is not empty.
        type: str
      password:
        description:
          - The console password. Where the cell is not empty it becomes C(invoice_iam_user_console_password); otherwise
            a password is generated for the student.
          - This column is never found by its header. A column that seems to hold passwords and is not named here is
            left out, with a warning. C(roster) never contains a password.
          - A roster with passwords is a secret. Encrypt it with C(ansible-vault), and never put it under version
            control as it is.
        type: str
  separator:
    description: The character between two cells. V(auto) takes the one that fits the headers best.
    type: str
    default: auto
    choices: [auto, semicolon, comma, tab]
  encoding:
    description:
      - The encoding of the file, by its Python name.
      - With V(auto) it is UTF-8 or, by its byte order mark, UTF-16 (Excel's C(Unicode text)). A file that is neither is
        read as V(cp1252), the encoding of Excel in Western Europe and America, with a warning.
    type: str
    default: auto
  group:
    description: The inventory group of the students.
    type: str
    default: class
notes:
  - All rows that cannot be used are reported at once, with their line numbers, and no host is made. No row is skipped
    silently.
  - Two rows of the same student are an error. When they are the same in every cell, one is left out, with a warning.
  - >-
    When the inventory is given as a folder, Ansible tries every file in it, and makes hosts of the lines of CSV files,
    those with credentials included. Set C(ignore_patterns = \.csv$) under C([inventory]) in C(ansible.cfg), or give the
    file C(roster.yml) itself. This plugin removes hosts that Ansible made of the lines of its roster, but cannot do so
    for a file that sorts after C(roster.yml), because Ansible reads that file later.
  - >-
    A roster that cannot be used ends the command, whatever C(ansible.cfg) says, with exit code 4. Ansible itself would
    try other ways to read the file, warn about each, and continue with an empty class.
"""

EXAMPLES = r"""
# class.roster.yml: the shortest one. anna.weiss@example.org becomes the user anna.weiss.
---
plugin: invoice_scanner.iam.roster
path: roster.csv

---
# A roster without e-mail addresses, and users that tell which course they are from: ws25-anna.weiss
plugin: invoice_scanner.iam.roster
path: roster.csv
user_name: ws25-{first_name}.{last_name}

---
# Headers of its own, Excel in Poland, and another group. The student number 1047 becomes the user student-1047.
plugin: invoice_scanner.iam.roster
path: ~/Downloads/export.csv
user_name: student-{student_id}
columns:
  student_id: Nr indeksu
encoding: cp1250
separator: semicolon
group: evening_class

---
# The roster brings console passwords along. It is encrypted: ansible-vault encrypt roster.csv
plugin: invoice_scanner.iam.roster
path: roster.csv
columns:
  password: Initial password
"""

import os
import typing as t

from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.path import unfrackpath
from ansible.vars.plugins import get_vars_from_inventory_sources

from ansible_collections.invoice_scanner.iam.plugins.module_utils._roster.roster import Options, Student, read
from ansible_collections.invoice_scanner.iam.plugins.module_utils._roster.table import SEPARATORS, RosterError

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from ansible.inventory.data import InventoryData
    from ansible.parsing.dataloader import DataLoader

# The exit code of Ansible's commands after a parser error
_PARSER_ERROR = 4


class InventoryModule(BaseInventoryPlugin):
    """Adds the students of a roster to the inventory. The roster itself is read by module_utils."""

    NAME = "invoice_scanner.iam.roster"

    # Cells contain text that strangers typed. Ansible only evaluates templates that are marked as trusted. This setting
    # keeps it from marking cells; a test runs a playbook against a cell that contains a lookup.
    trusted_by_default = False

    def verify_file(self, path: str) -> bool:
        """Accept files whose name ends with roster.yml or roster.yaml."""
        return bool(super().verify_file(path)) and path.endswith(("roster.yml", "roster.yaml"))

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Add the students of the roster. If it cannot be used, end the command."""
        super().parse(inventory, loader, path, cache)
        try:
            self._parse(path)
        except AnsibleError as error:
            if not (context.CLIARGS and self._is_meant(path)):
                raise
            # After an exception, Ansible would try its other plugins, show the errors of all, and go on without hosts.
            self.display.error(str(error), wrap_text=False)
            raise SystemExit(_PARSER_ERROR) from None

    def _is_meant(self, path: str) -> bool:
        """Return whether a file names this plugin. If ansible.cfg enables it, Ansible tries it on other files too."""
        content = self.loader.load_from_file(path, cache="none")
        return isinstance(content, dict) and content.get("plugin") == self.NAME

    def _parse(self, path: str) -> None:
        unknown = set(self._read_config_data(path)) - set(self._options)
        if unknown:
            known = ", ".join(sorted(self._options))
            raise AnsibleParserError(f"{path} has no option {', '.join(sorted(map(repr, unknown)))}; it takes {known}")
        source = unfrackpath(str(self.get_option("path")), follow=False, basedir=os.path.dirname(path))
        self._forget_lines_of(source)
        try:
            roster = read(self._content(source), source, self._roster_options())
        except RosterError as error:
            raise AnsibleParserError(str(error)) from None
        for warning in roster.warnings:
            self.display.warning(warning)
        group = self.inventory.add_group(self.get_option("group"))
        said = self._said_of_groups(path, group)
        for student in roster.students:
            self._add(student, group, said)

    def _roster_options(self) -> Options:
        separator, encoding = self.get_option("separator"), self.get_option("encoding")
        return Options(
            user_name=self.get_option("user_name"),
            columns=self.get_option("columns"),
            separator=SEPARATORS.get(separator),
            encoding=None if encoding == "auto" else encoding,
            group=self.get_option("group"),
        )

    def _content(self, source: str) -> bytes:
        if os.path.isdir(source):
            raise AnsibleParserError(f"the roster {source!r} (option path) is a directory; name the CSV file in it")
        if not os.path.exists(source):
            raise AnsibleParserError(
                f"there is no roster {source!r} (option path); a relative path starts beside the inventory file"
            )
        # The loader decrypts files that ansible-vault has encrypted. It returns text only; as Latin-1, each character
        # is one byte.
        text: str = self.loader.get_text_file_contents(source, encoding="latin-1")
        return text.encode("latin-1")

    def _forget_lines_of(self, source: str) -> None:
        """Remove the hosts that Ansible's ini plugin has made from the lines of the roster.

        If the inventory is a directory, Ansible tries that plugin on every file, in the order of their names. A play
        would create AWS users for those hosts.
        """
        lines = [host for host in self.inventory.hosts.values() if host.vars.get("inventory_file") == source]
        for host in lines:
            self.inventory.remove_host(host)
        if lines:
            self.display.warning(
                f"Ansible had read lines of the roster {source!r} as an inventory of their own, and they were removed;"
                r" set ignore_patterns = \.csv$ under [inventory] in ansible.cfg"
            )

    def _said_of_groups(self, path: str, group: str) -> set[str]:
        """Return the variables that group_vars beside the inventory set, because a host's own variables would win."""
        groups = [self.inventory.groups[name] for name in ("all", group)]
        try:
            of_files = get_vars_from_inventory_sources(self.loader, [path], groups, "all")
        except AnsibleError:
            # An encrypted or invalid file is reported by commands that need it, but must not end ansible-inventory.
            of_files = {}
        return {*of_files, *(name for one in groups for name in one.vars)}

    def _add(self, student: Student, group: str, said: Collection[str]) -> None:
        name = self.inventory.add_host(student.user_name, group=group)
        self.inventory.set_variable(name, "invoice_iam_user_name", name)
        self.inventory.set_variable(name, "roster", dict(student.cells))
        if student.password is not None:
            self.inventory.set_variable(name, "invoice_iam_user_console_password", student.password)
        person = {"invoice_iam_user_display_name": student.display_name, "invoice_iam_user_email": student.email}
        for variable, value in person.items():
            if value and variable not in said:
                self.inventory.set_variable(name, variable, value)
