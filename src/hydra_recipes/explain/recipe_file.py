"""Explaining a recipe file: what the command in its first line gave, and what was edited since."""

from __future__ import annotations

from hydra_recipes.checking.recipe_file import check_document, hints_for
from hydra_recipes.composing.compose import compose
from hydra_recipes.composing.history import History, Write, replayed
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document, recipe_in
from hydra_recipes.documents.header import command_in
from hydra_recipes.explain.explanation import Explained, written_at
from hydra_recipes.findings.errors import OverrideError, RecipeError
from hydra_recipes.findings.messages.overrides import FirstLineOfOthers, FirstLineRefused
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import of_tree
from hydra_recipes.repair.suggesting import of_file
from hydra_recipes.tree import ABSENT, MOUNT, equal, flat, lookup, within


def explained_file(document: Document, libraries: Libraries) -> Explained:
    """Return a recipe file, ready to be explained.

    If its first line is the command that composed it, a value that is still what the command gives
    has the history of that; a value that was edited since came from the file.

    Raises:
        DocumentError: If the file holds no mapping.
    """
    tree, beside = recipe_in(document)
    scope = Scope(expand_shell_links(tree), beside)
    hints, asked = hints_for(document.text, libraries)
    report, _ = of_file(
        document, hints, check_document(document, hints, asked, libraries), libraries
    )
    judge = of_tree(scope.recipe, beside, hints, libraries).judge
    composed = _composed(document, libraries)
    recipe = composed if isinstance(composed, Recipe) else None
    source: Explained | None = None
    if recipe is not None:
        histories = replayed(recipe)
        source = Explained(recipe.scope, *histories, report, recipe.overrides, libraries, judge)
    return Explained(
        scope=scope,
        made=_laid_over(recipe, dict(source.made) if source else {}, document, scope),
        beside={
            path: (Write(document.origin(path), value),)
            for path, value in flat(beside).items()
            if path
        },
        report=report,
        command=recipe.overrides if recipe else None,
        libraries=libraries,
        judge=judge,
        refused=composed if isinstance(composed, OverrideError) else None,
        source=source,
    )


def _composed(document: Document, libraries: Libraries) -> Recipe | OverrideError | None:
    """Return what the command in a file's first line composes, or the error if it composes nothing.

    None without a command.
    """
    command = command_in(document.text)
    if command is None:
        return None
    named = command.named
    try:
        recipe = compose(command.overrides)
    except RecipeError as error:  # somebody changed the line, or it names libraries
        why = error.detail.line().message
        return OverrideError(FirstLineRefused(reason=why, named=named))
    if not set(named) <= set(libraries.as_options()):
        return OverrideError(FirstLineOfOthers(named=named))
    return recipe


def _laid_over(
    recipe: Recipe | None, histories: dict[KeyPath, History], document: Document, scope: Scope
) -> dict[KeyPath, History]:
    """Return the histories of a file's keys: what composed them, then the edits in the file."""
    values, unknown = recipe.scope.resolve() if recipe else ({}, {})
    composed = flat(values) if recipe else {}
    spelled = (
        [flat(rewrite(recipe.scope, spelling)) for spelling in ("relative", "recipes")]
        if recipe
        else []
    )
    mount: KeyPath = () if recipe_in(document)[0] is document.tree else (MOUNT,)
    present = flat(scope.resolve()[0])
    for path, value in present.items():
        _, written = written_at(scope.recipe, path)
        as_composed = path in composed and equal(composed[path], value)
        # A link that compose wrote is no edit, even if it leads to another value now; whether a
        # link without a value was edited can't be told.
        as_written = contains_link(written) and any(tree.get(path) == written for tree in spelled)
        if not (as_composed or as_written or path in unknown):
            edit = Write(document.origin((*mount, *path)), written)
            histories[path] = (*histories.get(path, ()), edit)
    for path in [path for path in composed if path not in present]:
        section = lookup(scope.recipe, path)  # a value may have become a section
        value = None if section is ABSENT else section
        gone = Write(document.origin((*mount, *path)), value, removed=section is ABSENT)
        histories[path] = (*histories.get(path, ()), gone)
    return histories


def edited(subject: Explained) -> list[tuple[KeyPath, History]]:
    """Return the keys of a file that its first line's command gives otherwise, with histories.

    Of a list whose items changed, only the items; of a value that became a section, only the
    section.
    """
    if subject.command is None:
        return []
    edits = [path for path, history in subject.made.items() if history[-1].is_edit]
    lists = {path[:-1] for path in edits if isinstance(path[-1], int)}
    edits = [path for path in edits if path not in lists]
    sections = set(edits)
    return [(path, subject.made[path]) for path in edits if not within(path[:-1], sections)]
