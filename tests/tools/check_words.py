# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Check texts that people read: the README's length, and phrases that this project does not use.

The README's words are those that a reader sees, including code, but not comments, addresses of links or table rules.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
README_WORDS = 1000
# Old-fashioned phrases and inversions that have to be read twice, and what to write instead
PHRASES = {
    r"\bis remarked\b": "is reported",
    r"\bno fault\b": "not an error",
    r"\bis is\b": "two sentences",
    r"\bfound of (?:each|every)\w*\b": "found about",
    r"\bhave not its\b": "lack its",
    r"\bis meant, perhaps\b": "did you mean",
    r"\bfor none else\b": "for no other",
    r"\bas a rule\b": "usually",
    r"\ball the same\b": "anyway",
    r"\bwhat was chosen\b": "the options",
    r"\bOnly then is\b": "Only then are users",
    r"\b(?:your|this) machine's own\b": "on your machine",
    r"\bis to be had\b": "is available",
    r"(?:^|[.;] )Who (?:has assumed|has both|deletes|kills) [^?]*$": "If you ..., or: Whoever ...",
}
PLACES = [
    *("*.md", "*.rst", "plugins/*.py", "roles/*.yml", "playbooks/*", "controller/*.yml", "examples/*.yml"),
    *("extensions/patterns/*", "own_account.py"),
]
# The same for documentation: words that this project coined, and that its users do not know
COINED = {
    r"\bon file\b": "saved",
    r"\bexchang(?:es?|ed|ing)\b": "rotate, or: replace",
    r"\b(?:of|not) ours\b": "that this collection manages, or: that this collection created",
    r"\bleavers?\b": "users who leave",
    r"\bastray\b": "lost",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bis told\b": "the actor first",
    r"\b(?:is|are|was|were) looked at\b": "checks, or: reads",
    r"\bof its own\b(?! \w)": "its own ..., or: a separate ...",
    r"\bas (?:it|they) (?:is|are|was|were)\b": "unchanged, or: does not change",
    r"\ba (?:sentence|line) each\b": "one sentence for each",
    r"\bnobody to serve\b": "no hosts",
    r"\bout of use\b": "deactivates",
    r"\bthrown away\b": "deleted",
    r"\bdurable store\b": "store",
    r"\bside by side\b": "in parallel, or: at the same time",
    r"\bprove[sn]?\b": "tests, or: checks",
    r"\b(?:made|make|makes) anew\b": "creates again",
    r"\bworth knowing\b": "warnings",
    r"\bstripped\b": "deletes everything that belongs to",
    r"\bbeside the (?:inventory|roster)\b": "next to the inventory",
    r"\b[Ww]hose an? \w+ key is\b": "the key's owner",
}
# Where users read: neither the sandbox's documentation nor comments in code
DOCUMENTATION = re.compile(
    r"(?:README|CONTRIBUTING|SECURITY|SUPPORT|MAINTAINERS|CHANGELOG)\.md|.+\.rst|(?:examples|extensions|controller)/.+"
    r"|(?:roles|playbooks)/.+|plugins/(?:modules|doc_fragments)/.+"
)


def main() -> None:
    """Check all texts, and print a line for each problem."""
    faults = [fault for path in written() for fault in phrases(path)]
    count = len(shown((PROJECT / "README.md").read_text(encoding="utf-8")).split())
    if count > README_WORDS:
        faults.append(f"README.md has {count} words; {README_WORDS} are allowed")
    if faults:
        sys.exit("\n".join(faults))


def written() -> list[Path]:
    """Return the project's files with texts that people read."""
    listed = subprocess.run(["git", "ls-files", *PLACES], cwd=PROJECT, capture_output=True, text=True, check=True)
    return [PROJECT / name for name in listed.stdout.splitlines()]


def phrases(path: Path) -> list[str]:
    """Return a line for each phrase in a file that should be replaced."""
    name = path.relative_to(PROJECT)
    text = path.read_text(encoding="utf-8")
    found = phrases_in(text) + (coined_in(text) if DOCUMENTATION.fullmatch(name.as_posix()) else [])
    return [f"{name}:{number}: '{phrase}': better '{better}'" for number, phrase, better in found]


def phrases_in(text: str) -> list[tuple[int, str, str]]:
    """Return the phrases in a text that should be replaced: line number, phrase and replacement."""
    return [
        (number, found[0].strip(), better)
        for number, line in enumerate(text.splitlines(), 1)
        for phrase, better in PHRASES.items()
        if (found := re.search(phrase, line, re.IGNORECASE))
    ]


def coined_in(text: str) -> list[tuple[int, str, str]]:
    """Return the words that this project coined, even if a line break divides a phrase: line, phrase, replacement."""
    return [
        (text.count("\n", 0, found.start()) + 1, " ".join(found[0].split()), better)
        for phrase, better in COINED.items()
        for found in re.finditer(phrase.replace(" ", r"\s+"), text, re.IGNORECASE)
    ]


def shown(markdown: str) -> str:
    """Return the text of a Markdown page that readers see."""
    text = re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL)
    text = re.sub(r"^ *```\w*$|^\|[-|]+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"!?\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"(?m)^#+ |^ *- |\*\*|`|\|", " ", text)


if __name__ == "__main__":
    main()
