"""Sides: two recipes as they are compared, and the difference between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydra_recipes.diff.operations import Operation, compare
from hydra_recipes.record import Record
from hydra_recipes.tree import leaves, value_at


class Side(Record):
    """One of two recipes that are compared.

    Attributes:
        name: What it is called in texts.
        written: Its tree with links, all spelled from the root: ``${recipes.run.replicas}``. A link
            that leaves the recipe is resolved.
        resolved: Its tree, with every link that has a value resolved.
        choices: Group to option, if they are given; None if they have to be recognised.
        said: For a file, the overrides that its first line names; None if it names none.
    """

    name: str
    written: Mapping[Any, Any]
    resolved: Mapping[Any, Any]
    choices: Mapping[str, str] | None = None
    said: tuple[str, ...] | None = None

    @property
    def has_links(self) -> bool:
        """Return whether the recipe may hold a link."""
        return self.written is not self.resolved


def side_of(
    name: str,
    tree: Mapping[Any, Any],
    beside: Mapping[Any, Any] | None = None,
    choices: Mapping[str, str] | None = None,
) -> Side:
    """Return a tree as a side.

    Args:
        name: What it is called in texts.
        tree: The recipe, links unresolved.
        beside: The keys outside the recipe, for links that leave it.
        choices: Group to option, if they are known.
    """
    if not _may_link(tree):
        return Side(name, tree, tree, choices)
    from hydra_recipes.links.grammar import expand_shell_links
    from hydra_recipes.links.resolver import Scope
    from hydra_recipes.links.rewriting import rewrite

    scope = Scope(expand_shell_links(dict(tree)), beside or {})
    return Side(name, rewrite(scope, "recipes"), scope.resolve()[0], choices)


def _may_link(node: Any) -> bool:
    """Return whether a tree may hold a link; most don't, and are spared the import of links."""
    if isinstance(node, str):
        return "${" in node or "$<" in node
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(map(_may_link, inside))


class Difference(Record):
    """What differs between two recipes.

    Attributes:
        old: The first recipe.
        new: The second.
        operations: What turns ``old.written`` into ``new.written``.
        values: What turns ``old.resolved`` into ``new.resolved``; the same tuple where there are no
            links.
        choices: Group, the first's option, the second's; None where it has none.
        families: The ids of the families, None where the choices don't tell one.
        doubtful: For each side, whether nothing in it tells a choice, so that it may be of no
            family.
    """

    old: Side
    new: Side
    operations: tuple[Operation, ...]
    values: tuple[Operation, ...]
    choices: tuple[tuple[str, str | None, str | None], ...] = ()
    families: tuple[str | None, str | None] = (None, None)
    doubtful: tuple[bool, bool] = (False, False)

    def __bool__(self) -> bool:
        """Return whether any value or link differs."""
        return bool(self.operations or self.values)

    @property
    def links(self) -> tuple[Operation, ...]:
        """Return the operations on links: those not made alike on the resolved values."""
        if self.operations is self.values:
            return ()
        values = set(map(_mark, flat(self.values)))
        return tuple(change for change in flat(self.operations) if _mark(change) not in values)

    def followed(self, operation: Operation) -> str | None:
        """Return the link through which a value changed, if it is the same link in both recipes.

        None for any other change.
        """
        if self.operations is self.values:
            return None
        for length in range(len(operation.path) + 1):
            path = operation.path[:length]
            node = value_at(self.new.written, path, None)
            if isinstance(node, str):  # of a link to a mapping, the keys inside it change
                link_changed = any(change.path == path for change in self.operations)
                return node if "${" in node and not link_changed else None
        return None


def difference(old: Side, new: Side) -> Difference:
    """Return what differs between two recipes.

    Values that may come from the environment are replaced by their variable's name.
    """
    operations = compare(old.written, new.written)
    if not (old.has_links or new.has_links):
        return Difference(old, new, operations, operations)
    from hydra_recipes.environment import environment, redact

    variables = environment()

    def redacted(changes: tuple[Operation, ...]) -> tuple[Operation, ...]:
        if not variables:
            return changes
        return tuple(
            change._replace(old=redact(change.old, variables), new=redact(change.new, variables))
            for change in changes
        )

    return Difference(old, new, redacted(operations), redacted(compare(old.resolved, new.resolved)))


def flat(operations: tuple[Operation, ...]) -> Iterator[Operation]:
    """Yield the operations, a deletion of a mapping as one for each value that it held."""
    for operation in operations:
        if operation.op == "delete":
            for path, leaf in leaves(operation.old, operation.path):
                yield Operation("delete", path, old=leaf)
        else:
            yield operation


def _mark(operation: Operation) -> str:
    return repr(operation)
