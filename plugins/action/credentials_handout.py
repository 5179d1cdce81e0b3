# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Write the handouts of all hosts of a play, with the templates and texts of this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _guards, _handouts
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._whole_play import WholePlay


class ActionModule(WholePlay):
    """Passes the templates and texts to the module, whose archive may contain Python only."""

    def prepared(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return the arguments for the module."""
        found = super().prepared(arguments, variables)
        if found.get("template"):
            found["template"] = _guards.absolute(str(found["template"]))
        texts = _handouts.texts(str(found.get("language") or "en"))
        return {**found, "material": str(_handouts.MATERIAL), "texts": texts}
