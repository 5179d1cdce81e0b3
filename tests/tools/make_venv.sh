#!/bin/sh
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Usage: make_venv.sh VENV
# Creates an empty virtual environment in VENV, in which this checkout is the collection invoice_scanner.iam.
# If the environment variable PYTHON is set, it names the only interpreter to consider.

set -eu
venv=$1
checkout=$(cd "$(dirname "$0")/../.." && pwd -P)

has_uv() { uv --version >/dev/null 2>&1; }

# Each candidate is run, because a name in PATH may not work: pyenv adds one for every Python that it could provide.
# The base interpreter is used, in case the candidate belongs to a virtual environment, perhaps the one to be replaced.
base_of() { "$1" -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys._base_executable)' 2>/dev/null; }
can_make_venv() { has_uv || "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The distribution's Python comes before another one of its version: distributions compile with profile-guided
# optimization, and pyenv by default does not. With it, the tests take a fifth less time.
candidates=${PYTHON:-/usr/bin/python3.13 python3.13 /usr/bin/python3.12 python3.12 /usr/bin/python3.11 python3.11 python3}
python='' unable=''
for candidate in $candidates; do
    base=$(base_of "$candidate") || continue
    if can_make_venv "$base"; then python=$base; break; fi
    unable=${unable:-$base}
done

if [ -z "$python" ] && [ -n "$unable" ]; then
    package=$("$unable" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "$unable lacks the modules venv and ensurepip: install them (Debian and Ubuntu: apt-get install $package)." >&2
    exit 1
elif [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed, and none of these is one: $candidates." >&2
    exit 1
fi

rm -rf "$venv"
if has_uv; then
    uv venv --quiet --python "$python" "$venv"
else
    "$python" -m venv "$venv"
fi

# Ansible, pytest and mypy all look in site-packages, so with this link they need no configured path.
site_packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mkdir -p "$site_packages/ansible_collections/invoice_scanner"
ln -s "$checkout" "$site_packages/ansible_collections/invoice_scanner/iam"
