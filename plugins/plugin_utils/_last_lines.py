# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""The last lines of a run: who failed and why, how many came out how, where the files are, and the next command."""

from __future__ import annotations

import re
import shlex
import textwrap
import typing as t

from ansible import context

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.csv_files import own_import_file
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report import summary as _summary
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import PLAYBOOK, VERIFY, joined
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._command_line import command_line, playbook

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Result = dict[str, t.Any]
# So many reasons are told; the others stand further above.
_REASONS = 4
# What gives people something to hand out
_GIVING = ("class", "setup", "rotate", "collect")
_COMMAND = re.compile(r"(?:ansible-playbook|aws configure import) .*")


class Seen:
    """What a run has shown so far of its users."""

    def __init__(self) -> None:
        self._outcomes: dict[str, Result] = {}
        self._planned: dict[str, Result] = {}
        self._failure = ""
        self._place = ""
        self._region = ""

    def add(self, result: Mapping[str, t.Any], planned: bool = False) -> None:
        """Remember the result of a task that serves all hosts, or only plans to; the last one knows best."""
        if not isinstance(result.get("hosts"), dict) or "summary" not in result:
            return
        known = self._planned if planned else self._outcomes
        # A name may be that of users of two accounts, who are on two hosts.
        known |= {one["name"]: one for one in result["users"]} if "others" in result else result["hosts"]
        self._place = str(result.get("place") or self._place)
        self._region = str(result.get("region") or self._region)

    def fail(self, host: str, result: Mapping[str, t.Any]) -> None:
        """Remember a failure, if it is not one that the outcome of a host says."""
        if not {"changes", "findings", "hosts"} & result.keys():
            # Of a loop, Ansible says only that an item failed.
            failed = next((one for one in result.get("results", ()) if one.get("failed")), result)
            self._failure = f"{host}: {failed.get('msg') or 'it failed, see above'}"

    def lines(self, check_mode: bool) -> Iterator[str]:
        """Tell it in at most ten lines."""
        # Where the run failed after its plan, nobody knows how much of that came about.
        outcomes = list((self._outcomes if self._failure else self._planned | self._outcomes).values())
        failed = bool(self._failure) or any(one["failed"] for one in outcomes)
        if self._failure:
            yield self._failure
        if not outcomes:
            if self._failure:
                yield f"When that is fixed, run the same command again: {_again()}"
            return
        reasons = _summary.reasons(outcomes)
        yield from reasons[:_REASONS]
        if len(reasons) > _REASONS:
            yield f"{len(reasons) - _REASONS} more reasons are above"
        yield from joined(str(one.get("next", "")) for one in outcomes)
        yield _summary.count(outcomes, check_mode)
        if self._place and not check_mode and playbook() in _GIVING:
            yield from self._files(outcomes)
        following = _following(outcomes, failed, check_mode)
        if following:
            yield following

    def _files(self, outcomes: list[Result]) -> Iterator[str]:
        several = any(one.get("account") for one in outcomes)
        yield f"The credentials are in {self._place}{', each account in a part of its own' if several else ''}"
        own = own_import_file(outcomes[0]["name"]) if len(outcomes) == 1 and outcomes[0].get("access_key_id") else ""
        if own and not is_uri(self._place) and not outcomes[0]["failed"] and self._region:
            name = shlex.quote(outcomes[0]["name"])
            source = shlex.quote(f"file://{self._place}/{own}")
            yield (
                f"For the AWS CLI: aws configure import --csv {source} && "
                f"aws configure set region {self._region} --profile {name}"
            )


def _again() -> str:
    return _for_the_same(command_line(anew=True), playbook())


def _for_the_same(line: str, name: str) -> str:
    limit = context.CLIARGS.get("subset")
    return line.replace(PLAYBOOK, name) + (f" --limit {shlex.quote(limit)}" if limit else "")


def _following(outcomes: list[Result], failed: bool, check_mode: bool) -> str:
    verb = playbook()
    if not verb:
        return ""
    if check_mode and any(one["changed"] for one in outcomes):
        return "" if verb == "teardown" else f"To make these changes: {_again()}"
    if verb not in _GIVING:
        return ""
    if failed:
        return f"When that is fixed, run the same command again: {_again()}"
    return "" if check_mode else f"To see whether everybody has what they need: {_for_the_same(command_line(), VERIFY)}"


def laid_out(line: str, width: int) -> list[str]:
    """Break a line for a terminal of this width, 0 for none; a command stays in one piece, so that it can be copied."""
    if not width or len(line) < width:
        return [line]
    found = _COMMAND.search(line)
    words = line[: found.start()] if found else line
    told = textwrap.wrap(words, width - 1, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return [*told, *([f"  {found[0]}"] if found else [])]
