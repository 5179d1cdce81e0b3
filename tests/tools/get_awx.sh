#!/bin/sh
# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Usage: get_awx.sh VENV
# Installs the collection awx.awx, which controller/ needs, into VENV for tests.
# The package ansible contains it up to release 13. If 14 is installed, only awx.awx is taken from 13.

set -eu
python=$1/bin/python
site_packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
collections=$site_packages/ansible_collections
[ ! -e "$collections/awx" ] || exit 0

folder=$(mktemp -d "$1/awx-XXXXXX")
trap 'rm -rf "$folder"' EXIT
if uv --version >/dev/null 2>&1; then
    uv pip install --quiet --python "$python" --target "$folder" --no-deps 'ansible>=13,<14'
else
    "$python" -m pip install -qq --disable-pip-version-check --no-compile --target "$folder" --no-deps 'ansible>=13,<14'
fi
mv "$folder/ansible_collections/awx" "$collections/awx"
