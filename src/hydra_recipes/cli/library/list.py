"""``recipe library list``: what is shared, where it comes from, and what it does."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from hydra_recipes.cli.terminal import Command, json_option, json_text, say, style_for
from hydra_recipes.findings.rendering import Style
from hydra_recipes.library_tools.contents import Contents, contents
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.text import one_line

_SOURCES = {
    "option": "named by --library",
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
    found = contents(active_libraries())
    if as_json:
        data = [one.as_json() for one in found]
        say(json_text(data, indent=2))
        return 0
    style = style_for(sys.stdout)
    say("\n\n".join("\n".join(_lines(one, style)) for one in found))
    return 0


def _lines(one: Contents, style: Style) -> Iterator[str]:
    named = one_line(" ".join(filter(None, (one.name, one.version))))
    yield f"{style(named, 'key')}, {_SOURCES[one.source]}"
    yield style(f"  {one_line(one.directory)} ({one.digest[:19]})", "dim")
    options = sum(map(len, one.options.values()))
    counts = (
        (options, f"option in {', '.join(one.options)}"),
        (len(one.presets), "preset"),
        (len(one.sweeps), "sweep"),
        (one.offers, "offer"),
        (len(one.limits), "limit"),
        (len(one.rules), "rule"),
        (len(one.families), "family"),
    )
    yield from _wrapped("; ".join(_counted(count, word) for count, word in counts if count))
    for option, name in one.shadows.items():
        yield one_line(f"  takes the place of {option} of {name}")
    for off in one.off:
        yield one_line(f"  switches off {off['rule']} of {off['library']}: {off['because']}")
    for old, new in one.moved.items():
        yield one_line(f"  {old} is called {new} now")


def _counted(count: int, word: str) -> str:
    noun, _, rest = word.partition(" ")
    plural = "families" if noun == "family" else f"{noun}s"
    return " ".join(filter(None, (str(count), noun if count == 1 else plural, rest)))


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 80, initial_indent="  ", subsequent_indent="  ")
