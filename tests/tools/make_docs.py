# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

"""Build the documentation site without the Internet. Usage: make_docs.py [FOLDER], by default site/.

antsibull-docs writes a page for each plugin and role, and copies the guides. Sphinx renders them as HTML. Every warning
is an error, and so is a broken link within the site.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROJECT = Path(__file__).parents[2]
SITE = Path(sys.argv[1]).absolute() if __name__ == "__main__" and sys.argv[1:] else PROJECT / "site"
COLLECTION = "invoice_scanner.iam"
INSTALLED = Path(sysconfig.get_path("purelib"))
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"
# The pages of Ansible's guides that antsibull-docs links to: label, address, title
GUIDES = (
    ("action_plugins", "plugins/action.html#action-plugins", "Action plugins"),
    ("ansible_configuration_settings", "reference_appendices/config.html", "Ansible Configuration Settings"),
    ("common_return_values", "reference_appendices/common_return_values.html", "Return Values"),
    ("inventory_plugins", "plugins/inventory.html#inventory-plugins", "Inventory plugins"),
)
# antsibull-docs writes the rest of conf.py. The theme's defaults load advertisements.
CONFIGURATION = f"""
intersphinx_mapping = {{"ansible": ({ANSIBLE!r}, "../ansible.inv")}}
html_theme_options = {{"show_extranav": False, "show_rtd_ethical_ads": False}}


def lead_on(app, page, template, context, doctree):
    # The theme takes one address for the pages of all folders, and without links above it shows Ansible's own.
    to = context["pathto"]
    context["theme_documentation_home_url"] = to("index")
    guides = {{"Getting started": "getting_started", "A class": "class", "Troubleshooting": "troubleshooting"}}
    context["theme_topbar_links"] = {{title: to(f"docsite/{{name}}") for title, name in guides.items()}}


def setup(app):
    app.connect("html-page-context", lead_on)
"""


class Page(HTMLParser):
    """Collects the links and the anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors = {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the link and the anchor of an element."""
        self.links |= {value for name, value in attrs if value and name in {"href", "src"}}
        self.anchors |= {value for name, value in attrs if value and name in {"id", "name"}}


def main() -> None:
    """Build the site and check its links."""
    for made in ("rst", "html"):
        shutil.rmtree(SITE / made, ignore_errors=True)
    SITE.mkdir(exist_ok=True)
    # antsibull-docs refuses directories that others can write to.
    os.umask(0o022)
    own = ["--use-current", "--squash-hierarchy", "--fail-on-error"]
    theme = ["--sphinx-theme", "sphinx_ansible_theme", "--project", COLLECTION, "--title", COLLECTION]
    run("antsibull-docs", "sphinx-init", *own, *theme, "--dest-dir", ".", COLLECTION)
    say_how_it_is_installed()
    run("antsibull-docs", "--config-file", "antsibull-docs.cfg", "collection", *own, "--dest-dir", "rst", COLLECTION)
    add_what_antsibull_docs_leaves_out()
    run("sphinx-build", "-q", "-W", "--keep-going", "-j", "2", "-c", ".", "rst", "html")
    if broken := broken_links(SITE / "html"):
        sys.exit("\n".join(["These links lead nowhere:", *broken]))
    print(f"The documentation is in {SITE / 'html' / 'index.html'}")


def run(*command: str) -> None:
    """Run a command of the same virtual environment, which only finds installed collections."""
    folder = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(INSTALLED),
        # Otherwise antsibull-docs would ask git for amazon.aws's files, which git ignores in a virtual environment.
        "GIT_CEILING_DIRECTORIES": str(Path(sys.prefix).resolve()),
    }
    program, *arguments = command
    # The tools list their files on stdout. Errors and warnings go to stderr.
    done = subprocess.run(
        [str(folder / program), *arguments], cwd=SITE, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[:2])} ended with exit code {done.returncode}")


def add_what_antsibull_docs_leaves_out() -> None:
    """Add pictures, policies and the inventory of Ansible's documentation, as antsibull-docs only copies .rst files."""
    shutil.copytree(PROJECT / "docs" / "pictures", SITE / "rst" / "pictures")
    for policy in (PROJECT / "docs").glob("*.json"):
        shutil.copy(policy, SITE / "rst")
    (SITE / "ansible.inv").write_bytes(inventory())
    with (SITE / "conf.py").open("a", encoding="utf-8") as file:
        file.write(CONFIGURATION)


def say_how_it_is_installed() -> None:
    """Let the pages show the README's command for installation, not that for Galaxy."""
    settings = SITE / "antsibull-docs.cfg"
    text = settings.read_text(encoding="utf-8")
    from_galaxy = "collection install {namespace}.{name}"
    settings.write_text(text.replace(from_galaxy, "collection install {namespace}-{name}-VERSION.tar.gz"), "utf-8")


def inventory() -> bytes:
    """Return an intersphinx inventory of the guides above and of the modules that the documentation links to."""
    lines = [f"{label} std:label -1 {address} {title}" for label, address, title in GUIDES]
    for name, folder in (
        ("amazon.aws", INSTALLED / "ansible_collections/amazon/aws/plugins/modules"),
        ("ansible.builtin", INSTALLED / "ansible/modules"),
    ):
        for module in sorted(path.stem for path in folder.glob("[a-z]*.py")):
            label = f"ansible_collections.{name}.{module}_module"
            address = f"collections/{name.replace('.', '/')}/{module}_module.html"
            lines.append(f"{label} std:label -1 {address} {name}.{module}")
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: \n"
    head += "# The remainder of this file is compressed using zlib.\n"
    return head.encode() + zlib.compress("\n".join(lines).encode() + b"\n")


def broken_links(html: Path) -> list[str]:
    """Return the links within a site whose page or anchor does not exist."""
    pages = {path: Page(path) for path in sorted(html.rglob("*.html"))}
    broken = []
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            found = pages[target].anchors if target in pages else {parts.fragment}
            if not target.is_file() or unquote(parts.fragment) not in found:
                broken.append(f"{path.relative_to(html)}: {link}")
    return broken


if __name__ == "__main__":
    main()
