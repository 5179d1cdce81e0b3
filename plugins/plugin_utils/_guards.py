# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Checks before any task of this collection: settings that would show secrets, and places that would lose them."""

from __future__ import annotations

import os
import typing as t

from ansible import constants as C

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


# Other remedies for options that are not for the credentials themselves
_REMEDIES = {
    "invoice_iam_user_collect_dest": "Collect on your own machine",
    "invoice_iam_user_handout_dest": "Choose s3://bucket/prefix",
}


# The usual directory of credentials beside an inventory, and the ends of the names of files in it
_CREDENTIALS = "credentials"
_SAVED = ("_credentials.csv", "_accessKeys.csv")
_INVENTORIES = (".yml", ".yaml", ".ini")


def setting_problems() -> Iterator[str]:
    """Yield a sentence for each of Ansible's settings that would show secrets."""
    if C.DEFAULT_KEEP_REMOTE_FILES:
        yield (
            "ANSIBLE_KEEP_REMOTE_FILES (keep_remote_files in ansible.cfg) is set, so Ansible leaves the "
            "arguments of every module on the disk, including passwords and secret keys; unset it"
        )
    if C.DEFAULT_DEBUG:
        yield (
            "ANSIBLE_DEBUG is set, so Ansible prints the arguments of every module, including passwords and secret "
            "keys; unset it"
        )


def absolute(place: str) -> str:
    """Make a path absolute, from the current directory. Ansible would start at the playbook's directory."""
    return place if is_uri(place) else os.path.abspath(os.path.expanduser(os.path.expandvars(place)))


def place_problem(option: str, place: str, variables: Mapping[str, t.Any], outlives_job: bool) -> str | None:
    """Return one sentence saying why files with secrets must not be in a place, or None."""
    if is_uri(place):
        return None
    real = os.path.realpath(place)
    for inventory in _inventory_directories(variables.get("ansible_inventory_sources") or ()):
        if _is_within(real, inventory):
            return (
                f"{option} is {place!r}, inside the inventory {inventory!r}; Ansible would read the credential files "
                "as inventories. Choose a directory outside of it"
            )
    collection = _installed_collection(real)
    if collection:
        return (
            f"{option} is {place!r}, inside the installed collection {collection!r}, which its next update replaces; "
            "choose a directory of your own"
        )
    remedy = _REMEDIES.get(option, "Choose s3://bucket/prefix or secretsmanager://prefix")
    if not outlives_job and ("awx_job_id" in variables or "tower_job_id" in variables):
        return (
            f"{option} is {place!r}, a directory in this job's container, which the controller throws away with every "
            f"secret in it when the job ends. {remedy}; or set invoice_iam_user_credentials_dest_outlives_job to true "
            "if the directory is a volume that stays"
        )
    return None


def inventory_problem(variables: Mapping[str, t.Any]) -> str | None:
    """Return one sentence saying that Ansible reads saved credentials as inventories, or None.

    This happens if the inventory is the directory of a class, not its roster. Credentials would then also be saved in
    another place than before.
    """
    for inventory in _inventory_directories(variables.get("ansible_inventory_sources") or ()):
        place = os.path.join(inventory, _CREDENTIALS)
        if any(name.endswith(_SAVED) for name in _names_in(place)):
            files = sorted(name for name in _names_in(inventory) if name.endswith(_INVENTORIES))
            # Prefer a roster, if there is one
            such = [name for name in files if name.endswith("roster.yml")] + files
            example = f", such as {os.path.join(inventory, such[0])!r}" if such else ""
            return (
                f"the inventory {inventory!r} is a directory with saved credentials in {place!r}, and Ansible reads "
                f"every file in it as an inventory; name an inventory file with -i{example}"
            )
    return None


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _inventory_directories(sources: Sequence[str]) -> list[str]:
    """Return the inventories that are directories. Ansible reads all files in them, and quotes what it cannot parse."""
    return [os.path.realpath(source) for source in sources if os.path.isdir(source)]


def _is_within(path: str, directory: str) -> bool:
    return os.path.commonpath([path, directory]) == directory


def _installed_collection(path: str) -> str:
    """Return the directory of the installed collection that contains a path, or ""."""
    while path != os.path.dirname(path):
        if os.path.exists(os.path.join(path, "MANIFEST.json")) and os.path.exists(os.path.join(path, "FILES.json")):
            return path
        path = os.path.dirname(path)
    return ""
