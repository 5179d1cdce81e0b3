# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Create the README's picture: a terminal in which the example class is served, with the sandbox as AWS."""

from __future__ import annotations

import io
import itertools
import re
import shutil
import tempfile
import typing as t
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sandbox.aws.client import Sandbox

from ..conftest import PROJECT, environment, managed_policies
from ..newcomers.desk import screen_of

if t.TYPE_CHECKING:
    import pyte

COMMAND = "ansible-playbook -i my-class/roster.yml invoice_scanner.iam.class"
COLUMNS = 120
HOME = "/home/ada"
# rich's names for colours that pyte names differently
COLOURS = {"brown": "yellow", "default": "default"}


def picture_of_a_class() -> str:
    """Run the command, and draw its final screen as an SVG that loads nothing."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(managed_policies()) as aws:
        shutil.copytree(PROJECT / "examples" / "class", Path(folder) / "my-class")
        env = {name: value for name, value in environment().items() if name != "ANSIBLE_NOCOLOR"}
        env |= aws.env() | {"TERM": "xterm-256color"}
        status, screen = screen_of(["/bin/sh", "-c", COMMAND], Path(folder), env, (COLUMNS, 60))
    assert status == 0, "\n".join(screen.display)
    # Show a home directory instead of the temporary one.
    shown = [Text(one.plain.replace(folder, HOME)) if folder in one.plain else one for one in lines(screen)]
    return drawn([Text(f"$ {COMMAND}", style="bold"), *shown])


def lines(screen: pyte.Screen) -> list[Text]:
    """Return the lines of a screen, up to the last one that is not empty."""
    found = []
    for number in range(screen.lines):
        line = Text()
        row = [screen.buffer[number][column] for column in range(screen.columns)]
        for style, chars in itertools.groupby(row, lambda char: (char.fg, char.bold)):
            line.append("".join(char.data for char in chars), style=style_of(*style))
        line.rstrip()
        found.append(line)
    while found and not found[-1].plain:
        found.pop()
    return found


def style_of(colour: str, bold: bool) -> str:
    """Return a style by its name in rich."""
    return f"{'bold ' if bold else ''}{COLOURS.get(colour, colour.replace('bright', 'bright_'))}"


def drawn(content: list[Text]) -> str:
    """Draw a terminal window. It uses the reader's fonts, because an SVG in a README must not load any."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in content:
        console.print(line, soft_wrap=True)
    svg = console.export_svg(title="A class of six")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
