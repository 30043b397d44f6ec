"""``recipe library list``: show the libraries in force and what each has."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from hydra_recipes.cli.terminal import Command, json_option, json_text, say, style_for
from hydra_recipes.findings.rendering import Style
from hydra_recipes.library_tools.contents import Contents, contents
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.text import one_line

SOURCES = {
    "option": "named by --library",
    "config-dir": "named by --config-dir",
    "environment": "named by HYDRA_RECIPES_LIBRARIES",
    "pyproject": "listed in pyproject.toml",
    "installed": "an installed package",
    "built-in": "built in",
}


@click.command(
    "list",
    cls=Command,
    follows_links=False,
    examples=["recipe library list", "recipe library list --json"],
)
@json_option
def listing(as_json: bool) -> int:
    """Show the libraries in order, with what each has.

    The first that has an option gives it; rules of all hold together.
    """
    libraries = contents(active_libraries())
    if as_json:
        data = [library.as_json() for library in libraries]
        say(json_text(data, indent=2))
        return 0
    style = style_for(sys.stdout)
    say("\n\n".join("\n".join(_lines(library, style)) for library in libraries))
    return 0


def _lines(library: Contents, style: Style) -> Iterator[str]:
    """Yield the lines about one library."""
    named = one_line(" ".join(filter(None, (library.name, library.version))))
    yield f"{style(named, 'key')}, {SOURCES[library.source]}"
    yield style(f"  {one_line(library.directory)} ({library.digest[:19]})", "dim")
    options = sum(map(len, library.options.values()))
    counts = (
        (options, f"option in {', '.join(library.options)}"),
        (len(library.presets), "preset"),
        (len(library.sweeps), "sweep"),
        (library.offers, "offer"),
        (len(library.limits), "limit"),
        (len(library.rules), "rule"),
        (len(library.families), "family"),
    )
    yield from _wrapped("; ".join(_counted(count, word) for count, word in counts if count))
    for option, name in library.shadows.items():
        yield one_line(f"  takes the place of {option} of {name}")
    for off in library.off:
        yield one_line(f"  switches off {off['rule']} of {off['library']}: {off['because']}")
    for old, new in library.moved.items():
        yield one_line(f"  {old} is called {new} now")


def _counted(count: int, word: str) -> str:
    """Return a count with its word in the singular or plural; words after the first stay."""
    noun, _, rest = word.partition(" ")
    plural = "families" if noun == "family" else f"{noun}s"
    return " ".join(filter(None, (str(count), noun if count == 1 else plural, rest)))


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 80, initial_indent="  ", subsequent_indent="  ")
