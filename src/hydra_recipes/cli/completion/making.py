"""Making of the catalogue: from all the commands, and from the libraries in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from hydra_recipes.cli.commands import recipe
from hydra_recipes.cli.completion.catalogue import Catalogue, Command, Family, Group, Option
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.library.entries import settings_in
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.option_file import package_of
from hydra_recipes.library.reading import load_yaml, read_text
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.catalogue import group_entries
from hydra_recipes.rules.model import Family as RecipeFamily
from hydra_recipes.rules.model import Offer
from hydra_recipes.sources.active import using
from hydra_recipes.tree import MOUNT, leaves, within


def made(named: Sequence[str]) -> tuple[Catalogue, list[str]]:
    """Return a new catalogue, and the folders of the libraries that it is of.

    If they can't be used, which any command tells, it is of the commands alone, and of no folder.

    Args:
        named: The libraries that ``--library`` names.
    """
    commands = dict(_commands(recipe, ()))
    try:
        with using(named) as libraries:
            book = rule_book(libraries)
            spellings = moves_of(libraries).spellings
            groups = {
                entry.name: Group(
                    entry.default or "",
                    entry.about,
                    {option.name: option.about or "" for option in entry.options},
                    dict(spellings.get(entry.name, {})),
                )
                for entry in group_entries(libraries)
                if not entry.derived
            }
            added = {
                name: [_sets(name, option, libraries) for option in group.options]
                for name, group in groups.items()
                if not group.default
            }
            of_families = tuple(
                _family(family, _offered(family, book.offers, groups), added)
                for family in book.families
            )
    except RecipeError:
        return Catalogue(commands, {}, ()), []
    roots = [str(library.root) for library in libraries.members]
    return Catalogue(commands, groups, of_families), roots


def _commands(
    command: click.Command, words: tuple[str, ...], above: click.Context | None = None
) -> Iterator[tuple[str, Command]]:
    """Yield the words of a command and of all commands below it, each with what it takes."""
    context = click.Context(command, above, **command.context_settings)
    names = command.list_commands(context) if isinstance(command, click.Group) else []
    table: Mapping[str, tuple[str, str]] = getattr(command, "table", {})
    options = (item for item in command.get_params(context) if isinstance(item, click.Option))
    arguments = (item for item in command.params if isinstance(item, click.Argument))
    yield (
        " ".join(words),
        Command(
            {name: table[name][1] for name in names},
            tuple(_option(option, context) for option in options if not option.hidden),
            " ".join(argument.make_metavar(context) for argument in arguments),
        ),
    )
    for name in names:
        below = command.get_command(context, name)  # type: ignore[attr-defined]
        if below is not None:
            yield from _commands(below, (*words, name), context)


def _option(option: click.Option, context: click.Context) -> Option:
    """Return one option of a command."""
    metavar = "" if option.is_flag or option.count else option.make_metavar(context)
    listed = metavar.strip("[]").split("|") if metavar.startswith("[") else ()
    choices = getattr(option.type, "choices", listed)
    names = tuple(sorted((*option.opts, *option.secondary_opts), key=len))
    return Option(names, (option.help or "").partition(". ")[0], metavar, tuple(choices))


def _offered(
    family: RecipeFamily, offers: Iterable[Offer], groups: Mapping[str, Group]
) -> dict[str, list[str]]:
    """Return the options that a family's recipes are offered with, by group to choose from."""
    options: dict[str, set[str]] = {}
    for offer in offers:
        offered = dict(offer.groups)
        wanted = family.when.groups
        if all(set(offered.get(group, names)) & set(names) for group, names in wanted):
            for group in offered.keys() & groups.keys():
                options.setdefault(group, set()).update(offered[group])
    return {group: sorted(names) for group, names in options.items()}


def _sets(group: str, option: str, libraries: Libraries) -> list[KeyPath]:
    """Return the keys of recipes that an option's file sets; none if it can't be read."""
    found = (library.option_file(group, option) for library in libraries.members)
    file = next(place for place in found if place is not None)
    try:
        content, text = load_yaml(file), read_text(file)
    except RecipeError:
        return []
    package = package_of(text, f"{group}/{option}")
    paths = [(*package, *path) for path, _ in leaves(settings_in(content))]
    return [path[1:] for path in paths if path[0] == MOUNT]


def _family(
    family: RecipeFamily,
    offered: Mapping[str, Sequence[str]],
    added: Mapping[str, Sequence[Sequence[KeyPath]]],
) -> Family:
    """Return what can be typed of a family.

    Args:
        family: The family.
        offered: The options that its recipes are offered with, by group.
        added: For each group that is added by ``+``, the keys that each of its options sets.
    """
    described = families.descriptions(family.model)
    sections = {path[:-1] for path in described}
    keys = {path: about for path, about in described.items() if path not in sections}
    fitting = [
        group
        for group, options in added.items()
        if any(all(within(path, keys) for path in option) for option in options)
    ]
    return Family(offered, fitting, {dotted(path): about for path, about in keys.items()})
