# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

from __future__ import annotations

DOCUMENTATION = r"""
name: roster
short_description: Create an inventory of a class from its roster, a CSV file
version_added: 1.0.0
author:
  - Serverless Invoices Scanner workshop (@invoice-scanner)
description:
  - Reads a roster that a learning system or a spreadsheet exported, and creates one inventory host for each student.
    The name of the host is the student's IAM user name.
  - >-
    The plugin reads files with names that end with C(roster.yml) or C(roster.yaml) and that contain C(plugin:
    invoice_scanner.iam.roster).
  - >-
    Each host has two variables: C(invoice_iam_user_name), its IAM user name, and C(roster), a dictionary of the cells
    in its row. The keys of C(roster) are the headers in lowercase without accents, with C(_) for everything that is not
    a letter or digit: C(E-Mail Adresse) becomes C(e_mail_adresse). With O(columns.password), there is a third variable,
    C(invoice_iam_user_console_password).
  - >-
    If the roster contains them, a host also has C(invoice_iam_user_display_name), the student's full name or first and
    last name, and C(invoice_iam_user_email). C(class_credentials.csv) and the handouts show them. A value in
    C(group_vars) next to the inventory takes precedence.
  - Columns may be in any order. Blank lines and empty columns at the end are skipped. Cells in double quotation marks
    may contain line breaks. Rows about assignments, such as C(Points Possible) from Canvas and C(Date) from Google
    Classroom, are skipped. The first line that is not blank must contain the headers.
  - Cells are data. They are never evaluated as templates, whatever they contain.
options:
  plugin:
    description: The name of this plugin. It tells Ansible that the file is for this plugin.
    type: str
    required: true
    choices: [invoice_scanner.iam.roster]
  path:
    description:
      - The roster, a CSV file. A relative path is relative to the directory of the file that contains this option.
      - The file may be encrypted with C(ansible-vault).
    type: str
    required: true
  user_name:
    description:
      - Pattern for the students' IAM user names. Cells replace the words in braces; everything else does not change.
      - >-
        The words are V({email_local_part}) (the part before the C(@)), V({email}), V({first_name}), V({last_name}),
        V({full_name}) (first and last name if there is no such column), V({student_id}), and the header of any other
        column, written like a key of C(roster). V({first_name:.1}) is the first character. The pattern is not a Jinja
        template.
      - >-
        Cells are converted to lowercase Latin letters: C(Zoë Müller-Łuk) becomes C(zoe-muller-luk). Accents and
        apostrophes are removed, C(ß) becomes C(ss), and spaces and other punctuation become a dash. If a name contains
        letters without a Latin form, such as Chinese or Greek ones, the row is an error. These letters are never
        removed, because two people could get the same name.
      - >-
        The name only depends on the student's own cells, so it does not change when rows are added, removed or sorted.
        For this reason, there is no row number. If two students would get the same name, an error names both lines. The
        plugin does not add a number, because the number would depend on the order of the rows.
      - A name has at most 64 characters, does not begin with C(= + - @) or a dot, and contains no comma. It is never
        shortened.
      - >-
        To choose another name for some rows, add a column C(IAM user name) (see O(columns.user_name)). A cell that is
        not empty is used without changes.
    type: str
    default: '{email_local_part}'
  columns:
    description:
      - The headers of columns that the plugin does not recognize, or recognizes incorrectly.
      - The plugin recognizes common headers in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish and
        the Nordic languages. Case, accents, spaces and punctuation do not matter.
      - If several columns have the same header, add C(_2) for the second one, and so on.
    type: dict
    default: {}
    suboptions:
      email:
        description: The e-mail address. Two rows with the same address are the same student.
        type: str
      first_name:
        description: The first name.
        type: str
      last_name:
        description: The last name. If there is a column for the first name, a column C(Name) or C(Nom) is the last
          name.
        type: str
      full_name:
        description: The full name in one cell.
        type: str
      student_id:
        description: The student's number at the school. Two rows with the same number are the same student.
        type: str
      user_name:
        description: The student's IAM user name. A cell that is not empty is used instead of O(user_name).
        type: str
      password:
        description:
          - The console password. A cell that is not empty becomes C(invoice_iam_user_console_password). For an empty
            cell, a password is generated for the student.
          - The plugin never recognizes this column by its header. A column that seems to contain passwords and is not
            named here is left out, with a warning. C(roster) never contains a password.
          - A roster with passwords is a secret. Encrypt it with C(ansible-vault), and never put the unencrypted file
            under version control.
        type: str
  separator:
    description: The character between two cells. V(auto) uses the one that matches the headers best.
    type: str
    default: auto
    choices: [auto, semicolon, comma, tab]
  encoding:
    description:
      - The encoding of the file, by its Python name.
      - V(auto) means UTF-8, or UTF-16 if the file has its byte order mark (Excel's C(Unicode text)). A file that is
        neither is read as V(cp1252), the encoding of Excel in Western Europe and America, with a warning.
    type: str
    default: auto
  group:
    description: The inventory group of the students.
    type: str
    default: class
notes:
  - If rows are invalid, the plugin reports all of them at once, with their line numbers, and creates no host. It never
    skips a row silently.
  - Two rows of the same student are an error. If all their cells are the same, one row is left out, with a warning.
  - >-
    If the inventory is a directory, Ansible reads every file in it, and turns the lines of CSV files into hosts,
    including files with credentials. Set C(ignore_patterns = \.csv$) under C([inventory]) in C(ansible.cfg), or pass
    the file C(roster.yml) itself. This plugin removes hosts that Ansible created from the lines of its roster. It
    cannot do so for a file that sorts after C(roster.yml), because Ansible reads that file later.
  - >-
    An invalid roster ends the command with exit code 4, whatever C(ansible.cfg) says. Without this, Ansible would try
    other plugins for the file, show a warning for each, and continue with an empty class.
"""

EXAMPLES = r"""
# class.roster.yml: the shortest example. anna.weiss@example.org becomes the user anna.weiss.
---
plugin: invoice_scanner.iam.roster
path: roster.csv

---
# A roster without e-mail addresses, and user names that contain the course: ws25-anna.weiss
plugin: invoice_scanner.iam.roster
path: roster.csv
user_name: ws25-{first_name}.{last_name}

---
# Unusual headers, Excel in Poland, and another group. The student number 1047 becomes the user student-1047.
plugin: invoice_scanner.iam.roster
path: ~/Downloads/export.csv
user_name: student-{student_id}
columns:
  student_id: Nr indeksu
encoding: cp1250
separator: semicolon
group: evening_class

---
# A roster with console passwords. Encrypt it first: ansible-vault encrypt roster.csv
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
