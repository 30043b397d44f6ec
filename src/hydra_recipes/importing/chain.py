"""A recipe that continues another: it begins with the checkpoint that the other one's job leaves.

What holds for both is carried over as overrides, before those that are asked for: choices, values,
and the run's name with the method added. A library's ``chains`` say what that is. Where the
checkpoint is, only the finished job knows, so it is left open (``???``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from hydra_recipes.checking.family_match import raise_unless_family
from hydra_recipes.checking.recipe_file import check_document, hints_for
from hydra_recipes.checking.recognition import recognise
from hydra_recipes.composing.compose import chosen, compose_groups, compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document, mount_of, recipe_in
from hydra_recipes.documents.emitter import Comment, to_yaml
from hydra_recipes.environment import redact
from hydra_recipes.findings.errors import DocumentError, OverrideError
from hydra_recipes.findings.messages.chains import (
    NoBeginning,
    NoCheckpoint,
    NoOfferToContinue,
    NotCarried,
    OtherChoice,
)
from hydra_recipes.findings.messages.offers import NOTHING
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.dependencies import leading
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.links.resolver import UNSET, Scope
from hydra_recipes.links.rewriting import LinkStyle, rewrite
from hydra_recipes.literals import spell_choice, spell_value
from hydra_recipes.origin import FileOrigin, KeyPath, dotted
from hydra_recipes.rules.book import looked_at_once, rule_book
from hydra_recipes.rules.model import Chain, RuleBook, When
from hydra_recipes.rules.offers import METHOD, alternatives, is_possible
from hydra_recipes.tree import equal, find, path_of, value_at


@dataclass(frozen=True)
class Earlier:
    """The recipe that is continued.

    Attributes:
        document: Its file.
        choices: Its choices.
        told: Those of them that the file itself or its first line tells.
        scope: The recipe, to follow its links.
        faulty: The keys that have no usable value: it is wrong, or a placeholder.
    """

    document: Document
    choices: Mapping[str, str]
    told: Mapping[str, str]
    scope: Scope
    faulty: frozenset[str]

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """Return the recipe without links."""
        return self.scope.resolve()[0]

    def path(self, key: str) -> KeyPath | None:
        """Return the key path that a short key stands for; None if it stands for none."""
        return _only(key, self.scope)

    def value(self, path: KeyPath | None) -> Any:
        """Return a key's value, as a link if it comes from the environment; None if unusable."""
        if path is None or dotted(path) in self.faulty:
            return None
        value = value_at(self.resolved, path, None)
        if redact(value, self.scope.environment) != value:
            return value_at(self.scope.recipe, path)
        return value

    def place(self, path: KeyPath) -> FileOrigin | None:
        """Return where a key stands in the file."""
        return self.document.origin((*mount_of(self.document), *path))


class Carried(NamedTuple):
    """A value that was carried over.

    Attributes:
        path: Its key path in the new recipe.
        value: The value.
        origin: Where it stands in the file of the earlier one.
    """

    path: KeyPath
    value: Any
    origin: FileOrigin | None

    @property
    def override(self) -> str:
        """The override that sets it."""
        return f"{dotted(self.path)}={spell_value(self.value)}"


@dataclass(frozen=True)
class Continuation:
    """A recipe that continues another.

    Attributes:
        recipe: The new recipe.
        choices: The choices that were carried over, as overrides.
        carried: The values that were carried over, those too that were asked for just so.
        left: The values that weren't, as they hold for the other method only.
        same: The groups whose option has to stay.
    """

    recipe: Recipe
    choices: tuple[str, ...]
    carried: tuple[Carried, ...]
    left: tuple[NotCarried, ...]
    same: tuple[str, ...]

    links: ClassVar[LinkStyle] = "resolved"
    """The style of its links, if no other is asked for."""

    @property
    def origins(self) -> dict[KeyPath, FileOrigin]:
        """Return where each value that was carried over stands in the earlier recipe's file."""
        return {one.path: one.origin for one in self.carried if one.origin is not None}

    def to_yaml(self, links: LinkStyle, header: str, comment: Comment | None = None) -> str:
        """Return the recipe as YAML text, as a variant does."""
        return to_yaml(rewrite(self.recipe.scope, links), comment, header)

    def with_line_ends(self, text: str) -> str:
        """Return text with the line ends of a new file."""
        return text


@looked_at_once()
def continued(document: Document, overrides: Sequence[str], libraries: Libraries) -> Continuation:
    """Return the recipe that continues the one in a file.

    Args:
        document: The file.
        overrides: What is asked for; it takes precedence over what is carried over.
        libraries: The libraries to compose it from.

    Raises:
        DocumentError: If the file is no recipe of a known family, or leaves no checkpoint.
        OverrideError: If an override can't be understood or applied, or what it asks for can't
            continue that recipe.
    """
    book = rule_book(libraries)
    earlier = _earlier(document, book, libraries)
    request = read_overrides(overrides, libraries)
    asked = chosen(compose_groups(request.groups, libraries).choices, libraries)
    chain = _chain(earlier, asked, book)
    chosen_groups = {override.group for override in request.groups}
    groups = tuple(_groups(chain, earlier, asked, chosen_groups, book))
    texts = (*groups, *overrides)
    recipe = compose_request(read_overrides(texts, libraries), texts, libraries)
    same = tuple(group for group, _ in chain.same)
    for group, because in chain.same:
        _refuse_other(book, earlier, group, recipe.choices.get(group), because)
    carried = tuple(_carried(chain, earlier, recipe, book))
    given = recipe.set_by
    values = tuple(one.override for one in carried if one.path not in given)
    texts = (*groups, *values, *overrides)
    new = compose_request(read_overrides(texts, libraries), texts, libraries)
    kept = tuple(one for one in carried if equal(value_at(new.tree, one.path, None), one.value))
    return Continuation(new, groups, kept, tuple(_left(chain, earlier, recipe)), same)


def _earlier(document: Document, book: RuleBook, libraries: Libraries) -> Earlier:
    """Return the recipe in a file; raise DocumentError if there is none."""
    tree, beside = recipe_in(document)
    scope = Scope(expand_shell_links(tree), beside)
    resolved, _ = scope.resolve()
    hints, asked = hints_for(document.text, libraries)
    raise_unless_family(document.file, resolved, book, hints)
    recognised = recognise(book, resolved, hints, default_choices(libraries))
    choices = recognised.candidates[0]
    told = {
        group: option
        for group, option in choices.items()
        if group in {*recognised.told, *hints} - {*recognised.unknown}
    }
    findings = check_document(document, hints, asked, libraries).findings
    faulty = frozenset(
        finding.key
        for finding in findings
        if finding.key is not None and finding.severity != "warning"
    )
    return Earlier(document, choices, told, scope, faulty)


def _chain(earlier: Earlier, asked: Mapping[str, str], book: RuleBook) -> Chain:
    """Return how a recipe of the choices asked for continues the earlier one; raise if it can't."""
    file, kinds = earlier.document.file, book.kinds(earlier.choices)
    leaving = [chain for chain in book.chains if chain.after.matches(kinds)]
    if not leaving:
        methods = _methods(chain.after for chain in book.chains)
        detail = NoCheckpoint(file=file, method=earlier.choices.get(METHOD, ""), methods=methods)
        raise DocumentError(detail)
    kinds = book.kinds(asked)
    for chain in leaving:
        if chain.when.matches(kinds):
            return chain
    methods = _methods(chain.when for chain in leaving)
    raise OverrideError(NoBeginning(file=file, method=asked.get(METHOD, ""), methods=methods))


def _methods(conditions: Iterable[When]) -> tuple[str, ...]:
    """Return the methods that conditions name, each once."""
    named = (dict(when.groups).get(METHOD, ()) for when in conditions)
    return tuple(dict.fromkeys(method for methods in named for method in methods))


def _groups(
    chain: Chain,
    earlier: Earlier,
    asked: Mapping[str, str],
    chosen_groups: set[str],
    book: RuleBook,
) -> Iterator[str]:
    """Yield the choices to carry over, as overrides; raise if the method isn't offered with them.

    Args:
        chain: What holds for both recipes.
        earlier: The recipe that is continued.
        asked: What is chosen without it, group to option.
        chosen_groups: The groups that the overrides choose an option of.
        book: The rules.
    """
    same = {group: earlier.told[group] for group, _ in chain.same if group in earlier.told}
    for group, because in chain.same:
        if group in chosen_groups:
            _refuse_other(book, earlier, group, asked.get(group), because)
    together = {METHOD: asked[METHOD], **same} if METHOD in asked else same
    if not is_possible(book, together, together):
        others = alternatives(book, same, METHOD)
        methods = [method for method in _methods([chain.when]) if method in others]
        raise OverrideError(
            NoOfferToContinue(
                file=earlier.document.file,
                method=asked.get(METHOD, ""),
                choices=same,
                methods=methods,
            )
        )
    usual = {group: earlier.told.get(group, NOTHING) for group in chain.usual}
    for group, option in {**same, **usual}.items():
        offered = is_possible(book, {**together, group: option}, {*together, group})
        if group not in chosen_groups and offered and option != NOTHING:
            yield spell_choice(group, option)


def _refuse_other(
    book: RuleBook, earlier: Earlier, group: str, option: str | None, because: str
) -> None:
    """Raise if an option isn't of the same kind as that of the earlier recipe, if that is known."""
    before = earlier.told.get(group)
    if before is None or option is None:
        return
    if set(book.kinds_of(group, option)).isdisjoint(book.kinds_of(group, before)):
        file = earlier.document.file
        raise OverrideError(
            OtherChoice(file=file, group=group, option=option, earlier=before, because=because)
        )


def _carried(chain: Chain, earlier: Earlier, recipe: Recipe, book: RuleBook) -> Iterator[Carried]:
    """Yield the values that hold for the new recipe too, the name and the open checkpoint."""
    method = recipe.choices.get(METHOD, "")
    is_same = earlier.choices.get(METHOD, "") == method
    for key in (*filter(None, [chain.name]), *chain.keys, *(chain.data if is_same else ())):
        path, before = _only(key, recipe.scope), earlier.path(key)
        value = earlier.value(before)
        if path is None or before is None or value in (None, "") or isinstance(value, list | dict):
            continue
        if key == chain.name:
            suffix = dict(chain.short).get(method, method)
            value = _name(str(value), suffix, _longest(key, recipe, book))
        yield Carried(path, value, earlier.place(before))
    path, before = _only(chain.checkpoint, recipe.scope), earlier.path(chain.checkpoint)
    if path is not None:
        yield Carried(path, UNSET, earlier.place(before or ()))


def _left(chain: Chain, earlier: Earlier, recipe: Recipe) -> Iterator[NotCarried]:
    """Yield the values that hold for the earlier one's method only and aren't set anew."""
    method = earlier.choices.get(METHOD, "")
    if recipe.choices.get(METHOD) == method:
        return
    for key in chain.data:
        path = earlier.path(key)
        value = earlier.value(path)
        if path is not None and path not in recipe.set_by and value not in (None, ""):
            yield NotCarried(key=dotted(path), value=value, method=method)


def _only(key: str, scope: Scope) -> KeyPath | None:
    """Return the one key path that a short key stands for; None if it stands for none."""
    paths = leading(find(path_of(key), scope.recipe), scope)
    return paths[0] if len(paths) == 1 else None


def _longest(key: str, recipe: Recipe, book: RuleBook) -> int | None:
    """Return how long a text may be by the limits that hold for a recipe; None if they don't say.

    Args:
        key: The short key, as limits name it.
        recipe: The recipe.
        book: The rules.
    """
    kinds = book.kinds(recipe.choices)
    schemas = (
        schema
        for limit in book.limits
        if limit.when.matches(kinds)
        for name, schema in limit.keys
        if name == key and isinstance(schema, Mapping)
    )
    return min((schema["maxLength"] for schema in schemas if "maxLength" in schema), default=None)


def _name(before: str, suffix: str, longest: int | None) -> str:
    """Return the name of a run that continues another: its name and a suffix.

    A suffix that is there already is counted: ``bot-sft``, ``bot-sft-2``. What is too long is cut
    before the suffix.
    """
    if again := re.fullmatch(rf"(.+)-{re.escape(suffix)}(?:-(\d+))?", before):
        before, suffix = again[1], f"{suffix}-{int(again[2] or 1) + 1}"
    room = None if longest is None else max(longest - len(suffix) - 1, 1)
    return f"{before[:room].rstrip('-')}-{suffix}"
