# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""The process of a module that runs on the controller, from where the collection is installed.

Ansible packs a module and all it imports into an archive, which a Python then unpacks and compiles. On the machine that
has the collection installed that takes longer than the work itself. Here the same Python imports the module in place.

This file is a script: C(python _module_process.py <module in full> <directory of collections>...), with the arguments
of the module as JSON on its standard input.
"""

from __future__ import annotations

import gc
import runpy
import signal
import sys
from types import ModuleType


def main() -> None:
    """Run the module as Ansible's own wrapper would: as a script whose result is on its standard output."""
    # What is imported stays. Looking through it for garbage over and over takes a seventh of a short module's time.
    gc.set_threshold(100_000)
    module, *directories = sys.argv[1:]
    namespace, collection, name = module.split(".")
    root = ModuleType("ansible_collections")
    root.__path__ = directories
    sys.modules[root.__name__] = root
    # Who interrupts a run means all of it. Python would let other threads end what they were given: minutes of work.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Nothing is left on the command line, and so the module reads its arguments from the standard input.
    sys.argv[1:] = []
    runpy.run_module(f"{root.__name__}.{namespace}.{collection}.plugins.modules.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
