# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Replaces the get-pip.py that ansible-test would download for each of its environments.

It uses the pip that comes with Python, so that everything else comes from the package index.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Options of get-pip.py that pip does not have
GET_PIP_OPTIONS = {"--no-setuptools", "--no-wheel"}

if __name__ == "__main__":
    # Python compiles the few files that a test uses; compiling all of them takes longer than most of the tests.
    (Path(sys.prefix) / "pip.conf").write_text("[install]\nno-compile = true\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ensurepip", "--upgrade"], check=True)
    pip_arguments = [argument for argument in sys.argv[1:] if argument not in GET_PIP_OPTIONS]
    sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", *pip_arguments], check=False).returncode)
