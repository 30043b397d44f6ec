"""How Sphinx makes the site: ``sphinx-build -W docs build/docs``."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from hydra_recipes import __version__

project = "hydra-recipes"
author = "the authors of hydra-recipes"
version = release = __version__

extensions = ["myst_parser", "sphinx_copybutton"]
myst_heading_anchors = 3  # as on GitHub, which links of the pages rely on
html_theme = "furo"
html_title = f"hydra-recipes {version}"
html_show_copyright = False
html_copy_source = False
nitpicky = True

# What is copied of a block is what was typed, without prompts and answers.
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

DOCS = Path(__file__).parent
PAGES_OF_THE_ROOT = {"CONTRIBUTING.md": "contributing", "CHANGELOG.md": "changelog"}
"""The files of the project's root that are pages of the site, too."""


def with_root(app: Sphinx, name: str, source: list[str]) -> None:  # noqa: ARG001 - what Sphinx calls
    """Put the files of the project's root in place of the pages that only lead to them.

    A link between the two is one between pages of the site; one to another file of the project is
    told by its path.
    """
    place = DOCS
    for file, page in PAGES_OF_THE_ROOT.items():
        if page == name:
            place = DOCS.parent
            source[0] = (place / file).read_text(encoding="utf-8")

    def led(link: re.Match[str]) -> str:
        path, _, heading = link[2].partition("#")
        target = (place / path).resolve()
        if target.parent == DOCS:
            page = target.name
        elif target.name in PAGES_OF_THE_ROOT:
            page = f"{PAGES_OF_THE_ROOT[target.name]}.md"
        else:
            return link[1]
        return f"[{link[1]}]({page}{'#' * bool(heading)}{heading})"

    source[0] = re.sub(r"(?<!!)\[([^\]\n]+)\]\((?!https?:|#)([^)\s]+)\)", led, source[0])


def setup(app: Sphinx) -> None:
    """Read the pages through ``with_root``."""
    app.connect("source-read", with_root)
