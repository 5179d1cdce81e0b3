# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Private to this collection: it may change at any time.

"""Write the last lines of a run: who failed and why, the counts of results, where files are, and the next command."""

from __future__ import annotations

import re
import shlex
import textwrap
import typing as t

from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.csv_files import own_import_file
from ansible_collections.invoice_scanner.iam.plugins.module_utils._credentials.uri import is_uri
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report import summary as _summary
from ansible_collections.invoice_scanner.iam.plugins.module_utils._report.command import HANDOUT, HOURS, VERIFY, joined
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils import _next_steps
from ansible_collections.invoice_scanner.iam.plugins.plugin_utils._command_line import playbook_at

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Result = dict[str, t.Any]
# The maximum number of reasons to repeat; the others are further above.
_REASONS = 4
_COMMAND = re.compile(r"(?:\S*ansible-playbook|aws configure import) .*")


class Seen:
    """Collects the results of a run."""

    def __init__(self) -> None:
        # The playbook of this collection that the current play is from; empty for others
        self._playing = ""
        # That of the latest play with a result, as tags may have left out all tasks of later ones
        self._playbook = ""
        self._outcomes: dict[str, Result] = {}
        self._planned: dict[str, Result] = {}
        self._failure = ""
        self._places = _next_steps.Places()
        self._region = ""
        # The account, if it is only one
        self._account = ""
        # What there is to say about the hours of classes
        self._hours: dict[str, None] = {}
        # Whether the class is paused now
        self._is_paused = False
        # Whether the pages of people are encrypted
        self._sealed = False
        # The path of the instructor's page
        self._page = ""
        # Whether users were selected in the account, not by hosts
        self._by_account = False

    def begin(self, path: str) -> None:
        """Note that a play begins; C(path) is that of its playbook, which another one may have imported."""
        self._playing = playbook_at(path)

    def add(self, result: Mapping[str, t.Any], planned: bool = False) -> None:
        """Add the result of a task for all hosts, or with C(planned) of one that only plans. Later results win."""
        self._by_account = self._by_account or self._is_of_account(result)
        if self._playing == HOURS and "said" in result:
            self._hours |= dict.fromkeys(result["said"])
            self._is_paused = bool(result.get("paused"))
        if self._playing == VERIFY and not {"hosts", "msg"} & result.keys():
            self._page = str(result.get("dest") or self._page)
        if not self._is_of_account(result) and not (isinstance(result.get("hosts"), dict) and "summary" in result):
            return
        self._playbook = self._playing
        known = self._planned if planned else self._outcomes
        # By host if possible, because users of two accounts may have the same name.
        by_name = "others" in result or "hosts" not in result
        known |= {one["name"]: one for one in result["users"]} if by_name else result["hosts"]
        self._places.credentials = str(result.get("place") or self._places.credentials)
        self._places.pages = str(result.get("pages") or self._places.pages)
        self._region = str(result.get("region") or self._region)
        self._account = str(result.get("in_account") or self._account)
        self._sealed = bool(result.get("sealed", self._sealed))
        self._hours |= dict.fromkeys(result.get("hours", ()))

    def fail(self, host: str, result: Mapping[str, t.Any], of_run: bool = False) -> None:
        """Add a failure, unless a user's result reports it. C(of_run): the whole run failed, not just this host."""
        if not {"changes", "findings", "hosts"} & result.keys() and not self._is_of_account(result):
            self._playbook = self._playing
            # For a loop, Ansible's own message only says that an item failed.
            failed = next((one for one in result.get("results", ()) if one.get("failed")), result)
            told = str(failed.get("msg") or "it failed, see above")
            self._failure = told if of_run else f"{host}: {told}"

    def lines(self, check_mode: bool) -> Iterator[str]:
        """Yield at most ten lines."""
        # If the run failed after planning, nobody knows which planned changes were made.
        outcomes = list((self._outcomes if self._failure else self._planned | self._outcomes).values())
        if self._failure:
            yield self._failure
        if not outcomes:
            if self._failure:
                yield _next_steps.again(self._failure)
            elif self._by_account:
                yield "No user in the account matches, so no user is removed"
            yield from self._hours
            if self._is_paused and not check_mode:
                yield _next_steps.resuming()
            return
        yield from self._reasons(outcomes)
        yield from joined(str(one.get("next", "")) for one in outcomes)
        yield _summary.count(outcomes, check_mode)
        if self._account and any(one["changed"] for one in outcomes):
            yield f"The account is {self._account}"
        yield from self._hours
        if not check_mode:
            yield from self._files(outcomes)
        if self._failure and self._playbook in _next_steps.GIVING:
            yield _next_steps.again(self._failure)
        else:
            yield from _next_steps.following(self._playbook, outcomes, self._places, check_mode, self._by_account)

    def _is_of_account(self, result: Mapping[str, t.Any]) -> bool:
        """Return whether a result is that of a teardown of users that were selected in the account."""
        is_teardown = self._playing == _next_steps.TEARDOWN
        return is_teardown and {"users", "policies"} <= result.keys() and "hosts" not in result

    def _reasons(self, outcomes: list[Result]) -> Iterator[str]:
        reasons = [one for one in _summary.reasons(outcomes) if one.partition(": ")[2] not in self._failure]
        yield from reasons[:_REASONS]
        if len(reasons) > _REASONS:
            yield f"{len(reasons) - _REASONS} more reasons are above"

    def _files(self, outcomes: list[Result]) -> Iterator[str]:
        if self._page:
            yield f"The page is {self._page}"
        if self._playbook == HANDOUT and any(not one["failed"] for one in outcomes):
            sealed = "sealed" if self._sealed else "not sealed"
            yield f"The pages are in {self._places.pages}, {sealed}; class.html is for the printer"
        deleted = sum(bool(one.get("deleted_files")) for one in outcomes)
        if deleted:
            whose = "1 user" if deleted == 1 else f"{deleted} users"
            yield f"The passwords, access keys and pages of {whose} are deleted"
        place = self._places.credentials
        if not place or self._playbook not in _next_steps.GIVING or not self._places.have_credentials(outcomes):
            return
        several = any(one.get("account") for one in outcomes)
        yield f"The credentials are in {place}{', each account in its own part' if several else ''}"
        own = own_import_file(outcomes[0]["name"]) if len(outcomes) == 1 and outcomes[0].get("access_key_id") else ""
        if own and not is_uri(place) and not outcomes[0]["failed"] and self._region:
            name = shlex.quote(outcomes[0]["name"])
            source = shlex.quote(f"file://{place}/{own}")
            yield (
                f"For the AWS CLI: aws configure import --csv {source} && "
                f"aws configure set region {self._region} --profile {name}"
            )


def laid_out(line: str, width: int) -> list[str]:
    """Wrap a line for a terminal of this width; 0 means no wrapping. Commands stay in one piece for copying."""
    if not width or len(line) < width:
        return [line]
    found = _COMMAND.search(line)
    words = line[: found.start()] if found else line
    told = textwrap.wrap(words, width - 1, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return [*told, *([f"  {found[0]}"] if found else [])]
