# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Run a module in its own process, directly from the installed collection.

Ansible packs a module and everything it imports into an archive, which Python then unpacks and compiles. That takes
longer than the work itself. Here, on the machine with the collection, Python imports the module from where it is.

This file is a script: C(python _module_process.py <full name of module> <directory of collections>...), with the
arguments of the module as JSON on its standard input.
"""

from __future__ import annotations

import gc
import runpy
import signal
import sys
from types import ModuleType


def main() -> None:
    """Run the module as Ansible's own wrapper does: as a script that prints its result to the standard output."""
    # Imported objects are never garbage. Checking them repeatedly takes a seventh of a short module's time.
    gc.set_threshold(100_000)
    module, *directories = sys.argv[1:]
    namespace, collection, name = module.split(".")
    root = ModuleType("ansible_collections")
    root.__path__ = directories
    sys.modules[root.__name__] = root
    # Ctrl-C ends the process at once. By default, Python would wait for other threads to finish minutes of work.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Without command-line arguments, the module reads its arguments from the standard input.
    sys.argv[1:] = []
    runpy.run_module(f"{root.__name__}.{namespace}.{collection}.plugins.modules.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
