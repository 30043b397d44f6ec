"""A recipe file that is explained: what the command in its first line gave, and what was edited."""

from __future__ import annotations

from hydra_recipes.checking.recipe_file import check_document, hints_for
from hydra_recipes.composing.compose import compose
from hydra_recipes.composing.history import History, Write, flat, replayed
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document, recipe_in
from hydra_recipes.documents.header import libraries_in_header, overrides_in_header
from hydra_recipes.explain.explanation import Explained, is_edit, written_at
from hydra_recipes.findings.errors import OverrideError, RecipeError
from hydra_recipes.findings.messages.registry import message_of
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import of_tree
from hydra_recipes.repair.suggesting import of_file
from hydra_recipes.tree import ABSENT, MOUNT, canonical, lookup, within


def explained_file(document: Document, libraries: Libraries) -> Explained:
    """A recipe file, ready to be explained.

    If its first line gives the command that composed it, each value that still is what the command
    gives has the history of that; what was edited since came from the file.

    Raises:
        DocumentError: If the file holds no mapping.
    """
    tree, beside = recipe_in(document)
    scope = Scope(expand_shell_links(tree), beside)
    hints, asked = hints_for(document, libraries)
    report, _ = of_file(
        document, hints, check_document(document, hints, asked, libraries), libraries
    )
    judge = of_tree(scope.recipe, beside, hints, libraries).judge
    found = _composed(document, libraries)
    recipe = found if isinstance(found, Recipe) else None
    source: Explained | None = None
    if recipe is not None:
        made = replayed(recipe)
        source = Explained(recipe.scope, *made, report, recipe.overrides, libraries, judge)
    return Explained(
        scope=scope,
        made=_laid_over(recipe, dict(source.made) if source else {}, document, scope),
        beside={at: (Write(document.origin(at), v),) for at, v in flat(beside).items() if at},
        report=report,
        command=recipe.overrides if recipe else None,
        libraries=libraries,
        judge=judge,
        refused=found if isinstance(found, OverrideError) else None,
        source=source,
    )


def _composed(document: Document, libraries: Libraries) -> Recipe | OverrideError | None:
    """What the command in a file's first line composes, or why nothing; None without a command."""
    command = overrides_in_header(document.text)
    if command is None:
        return None
    named = libraries_in_header(document.text)
    try:
        recipe = compose(command)
    except RecipeError as error:  # somebody changed the line, or it names libraries
        why = message_of(error.kind, error.data).message
        return OverrideError("first-line-refused", reason=why, libraries=named)
    if not set(named) <= set(libraries.as_options()):
        return OverrideError("first-line-of-others", libraries=named)
    return recipe


def _laid_over(
    recipe: Recipe | None, made: dict[KeyPath, History], document: Document, scope: Scope
) -> dict[KeyPath, History]:
    """The histories of a file's keys: what composed them, and then what was edited."""
    values, unknown = recipe.scope.resolve() if recipe else ({}, {})
    composed = flat(values) if recipe else {}
    spelled = [flat(rewrite(recipe.scope, s)) for s in ("relative", "recipes")] if recipe else []
    mount: KeyPath = () if recipe_in(document)[0] is document.tree else (MOUNT,)
    real = flat(scope.resolve()[0])
    for path, value in real.items():
        _, written = written_at(scope.recipe, path)
        as_composed = path in composed and canonical(composed[path]) == canonical(value)
        # A link that compose wrote may lead elsewhere now, and one without a value tells nothing.
        as_written = contains_link(written) and any(one.get(path) == written for one in spelled)
        if not (as_composed or as_written or path in unknown):
            made[path] = (*made.get(path, ()), Write(document.origin((*mount, *path)), written))
    for path in [path for path in composed if path not in real]:
        section = lookup(scope.recipe, path)  # what is one now was a value
        value = None if section is ABSENT else section
        gone = Write(document.origin((*mount, *path)), value, removed=section is ABSENT)
        made[path] = (*made.get(path, ()), gone)
    return made


def edited(subject: Explained) -> list[tuple[KeyPath, History]]:
    """The keys of a file that are no longer what its first line's command gives, with theirs.

    Of a list whose items changed these are told, not the list; of what became a section only that.
    """
    if subject.command is None:
        return []
    found = [path for path, made in subject.made.items() if is_edit(made[-1])]
    lists = {path[:-1] for path in found if isinstance(path[-1], int)}
    told = [path for path in found if path not in lists]
    sections = set(told)
    told = [path for path in told if not within(path[:-1], sections)]
    return [(path, subject.made[path]) for path in told]
