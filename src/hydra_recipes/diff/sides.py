"""Sides: two recipes as they are compared, and the difference between them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hydra_recipes.diff.operations import Operation, compare
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import leaves


class Side(NamedTuple):
    """One of two recipes.

    Attributes:
        name: What it is called.
        written: Its tree with links, all in one spelling: ``${recipes.run.replicas}``. A link that
            leaves the recipe is resolved.
        resolved: Its tree with every link that has a value replaced by it.
        choices: Group to option, where they are known; None if they have to be told.
        said: Of a file, the overrides that its first line names; None if it names none.
    """

    name: str
    written: Mapping[Any, Any]
    resolved: Mapping[Any, Any]
    choices: Mapping[str, str] | None = None
    said: tuple[str, ...] | None = None

    @property
    def has_links(self) -> bool:
        """Whether there is a link in it."""
        return self.written is not self.resolved


def side_of(
    name: str,
    tree: Mapping[Any, Any],
    beside: Mapping[Any, Any] | None = None,
    choices: Mapping[str, str] | None = None,
) -> Side:
    """A tree as a side.

    Args:
        name: What it is called.
        tree: The recipe, links as they are written.
        beside: What stands beside it, for links that leave it.
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
    """Whether a tree may hold a link; most files don't, and reading links is an import."""
    if isinstance(node, dict):
        return any(map(_may_link, node.values()))
    if isinstance(node, list):
        return any(map(_may_link, node))
    return isinstance(node, str) and ("${" in node or "$<" in node)


class Difference(NamedTuple):
    """What differs between two recipes.

    Attributes:
        old: The first.
        new: The second.
        operations: What turns ``old.written`` into ``new.written``.
        values: The same of the resolved trees; the same tuple where there are no links.
        choices: Group, the first's option, the second's; None where nothing is chosen in it.
        families: The families, as far as the choices tell them.
        doubtful: Whether nothing in a side tells a choice, so that it may be of no family.
    """

    old: Side
    new: Side
    operations: tuple[Operation, ...]
    values: tuple[Operation, ...]
    choices: tuple[tuple[str, str | None, str | None], ...] = ()
    families: tuple[str | None, str | None] = (None, None)
    doubtful: tuple[bool, bool] = (False, False)

    def __bool__(self) -> bool:
        """Whether anything differs, in a value or in a link."""
        return bool(self.operations or self.values)

    @property
    def links(self) -> tuple[Operation, ...]:
        """What differs as it is written and not just so in its value: links."""
        if self.operations is self.values:
            return ()
        values = set(map(_mark, flat(self.values)))
        return tuple(one for one in flat(self.operations) if _mark(one) not in values)

    def followed(self, operation: Operation) -> str | None:
        """The link that brought a value's change, where the same link stands in both recipes."""
        if self.operations is self.values:
            return None
        node: Any = self.new.written
        at: KeyPath = ()
        while isinstance(node, Mapping | list) and len(at) < len(operation.path):
            key: Any = operation.path[len(at)]
            if isinstance(node, Mapping) and key not in node:
                return None
            node, at = node[key], (*at, key)
        is_link = isinstance(node, str) and "${" in node
        return node if is_link and all(one.path != at for one in self.operations) else None


def difference(old: Side, new: Side) -> Difference:
    """Compares two recipes.

    What the environment may be read for is told by the variable's name.
    """
    operations = compare(old.written, new.written)
    if not (old.has_links or new.has_links):
        return Difference(old, new, operations, operations)
    from hydra_recipes.environment import environment, redact

    known = environment()

    def told(found: tuple[Operation, ...]) -> tuple[Operation, ...]:
        if not known:
            return found
        return tuple(
            one._replace(old=redact(one.old, known), new=redact(one.new, known)) for one in found
        )

    return Difference(old, new, told(operations), told(compare(old.resolved, new.resolved)))


def flat(operations: tuple[Operation, ...]) -> Iterator[Operation]:
    """The operations with those that delete a mapping spread over all it held."""
    for one in operations:
        if one.op == "delete":
            for path, leaf in leaves(one.old, one.path):
                yield Operation("delete", path, old=leaf)
        else:
            yield one


def _mark(operation: Operation) -> str:
    return repr(operation)
