# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""List what is missing before a version can be tagged. ``make release-check`` runs this; it changes nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
import typing as t
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
# The files that readers expect at the top of a release
EXPECTED = (
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "COPYING",
    "MAINTAINERS.md",
    "README.md",
    "SECURITY.md",
    "SUPPORT.md",
)
# Only in a checkout. Documents in the tarball may mention these.
ONLY_IN_A_CHECKOUT = ("tests/", "sandbox/", ".ci/", "execution-environment.yml", "Makefile")
# Created by a run, and never shipped
_MADE_BY_A_RUN = "/credentials/"
_RELEASE = re.compile(r"\d+\.\d+\.\d+")
_BOUNDED = re.compile(r">=[\d.]+,<[\d.]+")
_MARKDOWN_LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
_NAMED_FILE = re.compile(r"(?<![\w./{}-])(?:controller|docs|examples|extensions|playbooks|roles)/[\w./-]*\w\.[a-z]\w*")


def in_yaml(path: Path) -> t.Any:
    """Read a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def git(project: Path, *arguments: str) -> str:
    """Run git and return its output, which is empty outside a checkout."""
    asked = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def missing_in_metadata(project: Path) -> t.Iterator[str]:
    """Yield what is wrong with galaxy.yml, and where another file contradicts it."""
    galaxy = in_yaml(project / "galaxy.yml")
    version = str(galaxy["version"])
    if not _RELEASE.fullmatch(version):
        yield f"galaxy.yml: version {version} is not a release; write MAJOR.MINOR.PATCH."
    environment = project / "execution-environment.yml"
    collections = {one["name"]: one for one in in_yaml(environment)["dependencies"]["galaxy"]["collections"]}
    for name, bounds in galaxy["dependencies"].items():
        if not _BOUNDED.fullmatch(bounds):
            yield f"galaxy.yml: {name} '{bounds}' has no upper bound; write '>=OLDEST,<NEXT_MAJOR'."
        if collections.get(name, {}).get("version") != bounds:
            yield f"execution-environment.yml: {name} is not bounded by '{bounds}' as in galaxy.yml."
    if f"{galaxy['namespace']}-{galaxy['name']}-{version}.tar.gz" not in environment.read_text(encoding="utf-8"):
        yield f"execution-environment.yml: does not install version {version} of this collection."


def missing_in_changelog(project: Path) -> t.Iterator[str]:
    """Yield whether the changelog lacks this version, or fragments are left."""
    version = str(in_yaml(project / "galaxy.yml")["version"])
    releases = in_yaml(project / "changelogs" / "changelog.yaml")["releases"]
    fragments = sorted(path.name for path in (project / "changelogs" / "fragments").glob("*.y*ml"))
    page = project / "CHANGELOG.md"
    # antsibull-changelog escapes every dot.
    told = page.read_text(encoding="utf-8").replace("\\", "") if page.exists() else ""
    if version not in releases or fragments:
        left = f" and has not taken in {', '.join(fragments)}" if fragments else ""
        what = "holds" if version in releases else "lacks"
        yield f"changelogs/changelog.yaml: {what} {version}{left}; run `make changelog`."
    if version in releases and f"v{version}" not in told:
        yield f"CHANGELOG.md: says nothing of {version}; run `make changelog`."


def missing_in_git(project: Path) -> t.Iterator[str]:
    """Yield why the current commit cannot be tagged."""
    version = str(in_yaml(project / "galaxy.yml")["version"])
    if git(project, "status", "--porcelain"):
        yield "git: files are changed or untracked; commit them."
    if git(project, "tag", "--list", version, f"v{version}"):
        yield f"git: the tag {version} exists; choose another version in galaxy.yml."


def missing_in_tarball(tree: Path) -> t.Iterator[str]:
    """Yield what the unpacked tarball lacks: files that every release has, and files that its texts mention."""
    for name in EXPECTED:
        if not (tree / name).is_file():
            yield f"tarball: lacks {name}."
    for path in sorted(tree.rglob("*")):
        if path.suffix in {".md", ".rst", ".py", ".yml"}:
            text = path.read_text(encoding="utf-8")
            for target in sorted(links(path, text, tree) | set(_NAMED_FILE.findall(text))):
                if not (shipped_elsewhere(target) or (tree / target).exists()):
                    yield f"tarball: {path.relative_to(tree)} names {target}, which is not in it."


def shipped_elsewhere(target: str) -> bool:
    """Return whether a file that a text mentions need not be in the tarball."""
    return target.startswith(ONLY_IN_A_CHECKOUT) or _MADE_BY_A_RUN in target


def links(path: Path, text: str, tree: Path) -> set[str]:
    """Return the files that a Markdown page links to, as paths in the tarball."""
    if path.suffix != ".md":
        return set()
    local = [target for target in _MARKDOWN_LINK.findall(text) if ":" not in target]
    return {str((path.parent / target).resolve().relative_to(tree.resolve())) for target in local}


def unpacked(project: Path, folder: Path) -> Path:
    """Build the collection as for a release, and unpack it."""
    built = ["ansible-galaxy", "collection", "build", str(project), "--output-path", str(folder), "--force"]
    command = [str(Path(sys.executable).parent / built[0]), *built[1:]]
    subprocess.run(command, capture_output=True, text=True, check=True)
    (tarball,) = folder.glob("*.tar.gz")
    tree = folder / "unpacked"
    with tarfile.open(tarball) as archive:
        # Python 3.11.2 of Debian 12 has no filters yet.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tree)
    return tree


def main() -> int:
    """Print what is missing, then what a person has to check."""
    with tempfile.TemporaryDirectory() as folder:
        in_tarball = list(missing_in_tarball(unpacked(PROJECT, Path(folder))))
    missing = [
        *missing_in_metadata(PROJECT),
        *missing_in_changelog(PROJECT),
        *in_tarball,
        *missing_in_git(PROJECT),
    ]
    galaxy = in_yaml(PROJECT / "galaxy.yml")
    for sentence in missing:
        print(f"missing   {sentence}")
    print(f"check that `.ci/run` passed for commit {git(PROJECT, 'rev-parse', '--short', 'HEAD')}.")
    print(f"check that {galaxy['repository']} is the repository that readers can reach.")
    if not missing:
        print(f"Nothing else is missing. Tag it: git tag --annotate {galaxy['version']}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
