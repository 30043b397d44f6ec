"""Composing: take overrides, return a recipe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.composing import engine
from hydra_recipes.composing.composition import Composition
from hydra_recipes.composing.key_finder import KeyFinder
from hydra_recipes.composing.mistakes import find_unasked
from hydra_recipes.composing.override_limits import check_depth
from hydra_recipes.composing.overrides import Request, read_overrides
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.composing.provenance import Provenance, Step
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import LibraryError, OverrideError
from hydra_recipes.findings.messages.choices import (
    AddedTwice,
    GroupIsDefault,
    GroupNeeded,
    GroupNotChosen,
    GroupNotDefault,
    OneOption,
    OutsideRecipe,
)
from hydra_recipes.findings.messages.overrides import CannotCompose, CannotOverride
from hydra_recipes.findings.messages.rules import BadLibraryFile
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.aliases import key_meant
from hydra_recipes.rules.book import looked_at_once, moves_of, rule_book
from hydra_recipes.rules.offers import offered_groups
from hydra_recipes.rules.other_methods import methods_with
from hydra_recipes.rules.unoffered import unoffered
from hydra_recipes.sources.active import Named, using
from hydra_recipes.tree import MOUNT, key_path, leaves, lookup, matches, walk

_PACKAGES = (MOUNT, "_global_")
"""What the package in a choice, such as ``model@recipes.teacher``, may begin with."""


def compose(
    overrides: str | Iterable[str] = (), *, libraries: Named = (), allow_env: Iterable[str] = ()
) -> Recipe:
    """Compose a recipe.

    Re-entrant and thread-safe; neither reads nor changes Hydra's global state.

    Args:
        overrides: Overrides in Hydra's grammar: ``model=nova-lite``, ``lr=2e-6``, ``+key=value``,
            ``~key``. A key may be any dotted suffix that is unique in the recipe. A single text is
            one override.
        libraries: Directories or packages to compose from, before those in force anyway.
        allow_env: The environment variables that links may read.

    Returns:
        The recipe. It may be invalid; ``check`` tells.

    Raises:
        RecipeError: If the overrides can't be understood, or a library can't be used.
        TypeError: If an override isn't text.
    """
    texts = (overrides,) if isinstance(overrides, str) else tuple(overrides)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"an override is text, such as 'lr=2e-6', not {type(text).__name__}")
    with using(libraries, allow_env) as in_force, looked_at_once():
        return compose_request(read_overrides(texts, in_force), texts, in_force)


@looked_at_once()
def compose_request(request: Request, texts: tuple[str, ...], libraries: Libraries) -> Recipe:
    """Compose a recipe from overrides that are parsed already.

    Args:
        request: The overrides, parsed.
        texts: The overrides as they were given.
        libraries: The libraries to compose from.

    Raises:
        OverrideError: If an override can't be applied.
        LibraryError: If a library can't be used, or its primary config composes no recipe.
    """
    composition = compose_groups(request.groups, libraries)
    if not isinstance(composition.tree.get(MOUNT), dict):
        file = str(libraries.members[0].root / f"{libraries.primary}.yaml")
        raise LibraryError(BadLibraryFile(file=file, reason=f"it composes no {MOUNT}: mapping"))
    steps: list[Step] = []
    moved = [*request.moved, *composition.moved]
    for override in request.keys:
        tree = composition.tree
        placed = key_finder(tree, composition.choices, libraries).place(override)
        if placed.key == MOUNT and not isinstance(placed.value, dict):
            refuse(override, "a recipe stays a mapping")
        check_depth(placed.key, placed.value, override.text)
        composition = engine.apply(composition, placed)
        moved += placed.moved
        path = key_path(placed.key, tree)[1:]
        steps.append(Step(override.written, path, tuple(_keys_set(placed, tree)), tree))
    chosen_by = {override.group: override for override in request.groups}
    provenance = Provenance(
        composition.sources, composition.choices, chosen_by, tuple(steps), libraries, tuple(moved)
    )
    return recipe_of(composition.tree, composition.choices, texts, libraries, provenance)


def refuse(override: ParsedOverride, reason: str) -> None:
    """Raise the error about an override that can't be applied."""
    detail = CannotOverride(override=override.text, key=override.key, reason=reason)
    raise OverrideError(detail, override.origin)


def key_finder(
    tree: Mapping[str, Any], choices: Mapping[str, str], libraries: Libraries
) -> KeyFinder:
    """Return a finder of whole keys in what was composed so far."""
    book = rule_book(libraries)
    kept_choices = chosen(choices, libraries)
    family = book.family_of(kept_choices)
    derived = book.derived

    def meant(path: KeyPath) -> tuple[KeyPath, str | None] | None:
        alias_match = (
            key_meant(book, path, book.kinds(kept_choices), families.keys(family))
            if family
            else None
        )
        return (alias_match[0], alias_match[1].because) if alias_match else None

    return KeyFinder(
        recipe=tree[MOUNT],
        beside={key: value for key, value in tree.items() if key != MOUNT},
        family_keys=lambda: families.keys(family) if family else (),
        groups=[group for group in libraries.groups() if group not in derived],
        moves=moves_of(libraries),
        meant=meant,
        methods_with=lambda path: methods_with(path, book, kept_choices, is_short=True),
        unoffered=lambda: None if book.is_offered(kept_choices) else unoffered(book, kept_choices),
    )


def recipe_of(
    tree: Mapping[str, Any],
    choices: Mapping[str, str],
    texts: tuple[str, ...],
    libraries: Libraries,
    provenance: Provenance | None = None,
) -> Recipe:
    """Return the recipe in what Hydra composed.

    Args:
        tree: The whole config, links unresolved.
        choices: Group to option, derived groups included.
        texts: The overrides as they were given.
        libraries: The libraries it was composed from.
        provenance: How it was composed, if that is known.
    """
    kept = chosen(choices, libraries)
    beside = expand_shell_links(dict(tree))
    recipe = beside.pop(MOUNT)
    family = rule_book(libraries).family_of(kept)
    tree = families.ordered(recipe, family) if family else recipe
    return Recipe(kept, texts, tree, beside, provenance or Provenance(libraries=libraries))


def compose_groups(groups: tuple[ParsedOverride, ...], libraries: Libraries) -> Composition:
    """Compose the options that were chosen.

    Raises:
        OverrideError: If Hydra refuses them, or a choice can't be meant.
        LibraryError: If a defaults list leaves no recipe, or puts one in another.
    """
    _refuse_choices(groups, libraries)
    try:
        composition = engine.compose_groups(libraries, groups)
    except OverrideError:
        _raise_for_wrong_sign(groups, libraries)
        raise
    left_out = _needed(libraries) - composition.choices.keys()
    primaries = sum(source.config == libraries.primary for source in composition.sources)
    if left_out or primaries > 1:
        find_unasked(libraries, composition.sources, left_out)
    return composition


def _needed(libraries: Libraries) -> set[str]:
    """Return the groups that every recipe needs: others derive from them, or offers name them."""
    pattern = " ".join(str(option) for option in default_choices(libraries).values())
    return {*re.findall(r"\$\{(\w+)\}", pattern), *offered_groups(rule_book(libraries))}


def _refuse_choices(groups: tuple[ParsedOverride, ...], libraries: Libraries) -> None:
    """Raise for a choice that Hydra would accept, or refuse without naming it."""
    try:
        defaults = default_choices(libraries)
    except RecursionError:
        return  # the defaults lists form a circle, which Hydra refuses
    needed = _needed(libraries)
    times = Counter(override.group for override in groups)
    added: dict[str, str] = {}
    for override in groups:
        text, group, origin = override.text, override.group, override.origin
        if override.kind == "delete" and group in needed and times[group] == 1:
            options = libraries.options(override.key)
            raise OverrideError(GroupNeeded(override=text, group=group, options=options), origin)
        is_single = override.key in defaults and not isinstance(defaults[override.key], list)
        if is_single and isinstance(override.value, list):
            raise OverrideError(
                OneOption(override=text, group=group, options=override.value), origin
            )
        if override.package is not None and override.package.split(".")[0] not in _PACKAGES:
            raise OverrideError(OutsideRecipe(override=text, package=override.package), origin)
        if override.kind == "add":
            if group in added:
                raise OverrideError(
                    AddedTwice(override=text, group=group, first=added[group]), origin
                )
            added[group] = text


def _raise_for_wrong_sign(groups: tuple[ParsedOverride, ...], libraries: Libraries) -> None:
    """Raise if a group was added that is chosen already, or changed or deleted that isn't chosen.

    Hydra's error says so in a text only, so each override is left out in turn to see what is chosen
    without it. If no sign is wrong, raise for the first override without which the others compose.
    """
    refused: OverrideError | None = None
    for index, override in enumerate(groups):
        others = groups[:index] + groups[index + 1 :]
        try:
            composition = engine.compose_groups(libraries, others)
        except OverrideError:
            continue
        text, group, origin = override.text, override.group, override.origin
        match override.kind, group in composition.choices:
            case "add" | "force-add", True:
                raise OverrideError(GroupIsDefault(override=text, group=group), origin)
            case "change", False:
                raise OverrideError(GroupNotDefault(override=text, group=group), origin)
            case "delete", False:
                paths = matches((override.key,), list(walk(composition.tree.get(MOUNT, {}))))
                keys = tuple(map(dotted, paths))
                raise OverrideError(GroupNotChosen(override=text, group=group, keys=keys), origin)
        if refused is None:
            reason = f"{text} doesn't go together with the other choices"
            refused = OverrideError(CannotCompose(reason=reason), origin)
    if refused is not None:
        raise refused


def _keys_set(placed: ParsedOverride, tree: Mapping[str, Any]) -> Iterator[KeyPath]:
    """Yield the key paths that an override sets in the recipe; for a mapping, all its values'."""
    mount, *path = key_path(placed.key, tree)
    if mount == MOUNT:
        for leaf_path, value in leaves(placed.value, tuple(path)):
            present = lookup(tree, (MOUNT, *leaf_path))
            # Merging {} into a mapping sets nothing.
            if value != {} or not isinstance(present, dict):
                yield leaf_path
        if path and isinstance(path[-1], int):
            yield tuple(path[:-1])  # limits are about whole lists


def chosen(choices: Mapping[str, str], libraries: Libraries) -> dict[str, str]:
    """Return the choices without derived groups, and without groups chosen for a package.

    A folder in a group is made part of the option's name: Hydra 1.4's ``preset/team: bot`` becomes
    ``preset: team/bot``, as Hydra 1.3 has it.
    """
    defaults = default_choices(libraries)
    derived = {group for group, option in defaults.items() if "${" in str(option)}
    derived |= rule_book(libraries).derived - defaults.keys()  # brought by a derived option
    own_choices = {
        group: option
        for group, option in choices.items()
        if group.split("/")[0] not in derived and "@" not in group
    }
    times = Counter(group.split("/")[0] for group in own_choices)
    named: dict[str, str] = {}
    for group, option in own_choices.items():
        name, _, folder = group.partition("/")
        alone = folder and times[name] == 1  # choices in two folders of a group stay apart
        named.update({name: f"{folder}/{option}"} if alone else {group: option})
    return named
