"""Recipe: the composed tree that a trainer reads, with the choices it was composed from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hydra_recipes.composing.provenance import Provenance
from hydra_recipes.documents.emitter import to_json, to_yaml
from hydra_recipes.environment import Environment, environment
from hydra_recipes.findings.errors import LinkError
from hydra_recipes.findings.html import text_html
from hydra_recipes.links.dependencies import leading
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import LinkStyle, rewrite
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import canonical, find, leaves, path_of


@dataclass(frozen=True, eq=False, repr=False)
class Recipe:
    """A composed recipe. It never changes; what it returns are copies.

    Recipes are equal if their choices, values, types and links are, whatever overrides they were
    composed with.

    Attributes:
        overrides: The overrides it was composed with, as they were given.
    """

    _choices: Mapping[str, str]
    overrides: tuple[str, ...]
    _tree: Mapping[str, Any]
    _beside: Mapping[str, Any] = field(default_factory=dict)
    _making: Provenance | Callable[[], Provenance] = field(default_factory=Provenance)
    _environment: Environment = field(default_factory=environment)

    def __repr__(self) -> str:
        choices = " ".join(f"{group}={option}" for group, option in self._choices.items())
        return f"Recipe({choices}, id={self.id})"

    def _repr_html_(self) -> str:
        """Return the recipe as notebooks show it: its choices, its id, and its YAML."""
        choices = " ".join(f"{group}={option}" for group, option in self._choices.items())
        return text_html(choices, f"recipe {self.id}", self.to_yaml())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @cached_property
    def _identity(self) -> str:
        """The text that equal recipes have in common."""
        return canonical([self._choices, self._tree, self._beside])

    @property
    def choices(self) -> dict[str, str]:
        """Group to option, without the groups that derive from others."""
        return dict(self._choices)

    @cached_property
    def provenance(self) -> Provenance:
        """How the recipe was composed, to tell where a value came from."""
        return self._making() if callable(self._making) else self._making

    @property
    def set_by(self) -> dict[KeyPath, str]:
        """Key path to the override that set it, where one did."""
        return {key: step.override.text for step in self.provenance.steps for key in step.keys}

    @property
    def tree(self) -> dict[str, Any]:
        """The recipe as it was composed, links unresolved."""
        return copy.deepcopy(dict(self._tree))

    @cached_property
    def scope(self) -> Scope:
        """The recipe and what stands beside it, to follow links in."""
        return Scope(self._tree, self._beside, self._environment)

    def resolved(self) -> dict[str, Any]:
        """Return the recipe with every link replaced by its value.

        Raises:
            LinkError: If a link has no value.
        """
        tree, problems = self.scope.resolve()
        for path, problem in problems.items():
            raise _link_error(path, problem)
        return tree

    def __getitem__(self, key: str) -> Any:
        """Return the resolved value of a key, short as in an override or whole: ``recipe["lr"]``.

        Raises:
            KeyError: If the recipe has no such key, or several that end so.
            LinkError: If the value is a link that has no value.
        """
        path = self._path(key)
        try:
            return self.scope.value(path)
        except KeyError:
            raise KeyError(key) from None
        except LinkProblem as problem:
            raise _link_error(path, problem) from None

    def _path(self, key: str) -> KeyPath:
        """Return the path of a key that may be short; as it is given if the recipe has none.

        Raises:
            KeyError: If several keys end so.
        """
        path = path_of(key)
        matching = leading(find(path, self._tree), self.scope)
        if len(matching) > 1:
            raise KeyError(f"{key} could be {' or '.join(map(dotted, matching))}")
        return matching[0] if matching else path

    def get(self, key: str, default: Any = None) -> Any:
        """Return the resolved value of a key, or ``default`` if the recipe doesn't have it.

        Raises:
            KeyError: If several keys end so.
            LinkError: If the value is a link that has no value.
        """
        whole = dotted(self._path(key))
        try:
            return self[whole]
        except KeyError:
            return default

    @cached_property
    def id(self) -> str:
        """12 hexadecimal digits that depend on what is trained, not on the run's name."""
        return recipe_id(self.scope.resolve()[0])

    def to_yaml(self, links: LinkStyle = "resolved") -> str:
        """Return the recipe as YAML.

        Args:
            links: ``resolved`` writes values, ``relative`` and ``recipes`` keep links; the last
                resolve only where the recipe stands under ``recipes``.

        Raises:
            ValueError: If ``links`` is none of these.
        """
        return to_yaml(rewrite(self.scope, links))

    def to_json(self, links: LinkStyle = "resolved") -> str:
        """Return the recipe as JSON.

        Args:
            links: As for ``to_yaml``.

        Raises:
            OutputError: If a number isn't finite, which JSON has no words for.
            ValueError: If ``links`` is none of its styles.
        """
        return to_json(rewrite(self.scope, links))


_RUN_NAME = "run_name"
"""How the keys of ``run`` end that may repeat the run name: ``mlflow_run_name``."""
_ID_BITS = 48
_ID_MASK = (1 << _ID_BITS) - 1
_BELOW_ID = 128 - _ID_BITS
"""How many bits of the 128-bit sum are below the id, which is made of the highest."""


def recipe_id(resolved: Mapping[str, Any]) -> str:
    """Return the id of a resolved recipe: a hash over all its values but the run name.

    A key like ``mlflow_run_name`` that repeats the run name, as it does by default, counts as the
    run name too, so a renamed recipe keeps its id whether its links are resolved or not.

    The hash is a sum of the hashes of each value with its key. So the order of keys doesn't matter,
    and a sweep can work out a point's id from what differs between two points.
    """
    run = resolved.get("run")
    name = run.get("name") if isinstance(run, Mapping) else None
    total = sum(leaf_hash(path, value, name) for path, value in leaves(resolved))
    return id_of_sum(total)


def leaf_hash(path: KeyPath, value: Any, name: Any) -> int:
    """Return what one value adds to the sum that the id is made from; ``name`` is the run name."""
    if path == ("run", "name"):
        return 0
    if may_repeat_name(path) and value == name:
        value = {"repeats": "the run name"}
    from hashlib import blake2b  # composing alone needs no id

    digest = blake2b(canonical([list(path), value]).encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big")


def may_repeat_name(path: KeyPath) -> bool:
    """Return whether a key is one that may repeat the run name."""
    return len(path) > 1 and path[0] == "run" and str(path[-1]).endswith(_RUN_NAME)


def id_of_sum(total: int) -> str:
    """Return the id for a sum of the hashes of all values."""
    return ids_of_sums((total,))[0]


def ids_of_sums(totals: Iterable[int]) -> list[str]:
    """Return the ids for several such sums; a call for each of a million would be slow."""
    return ["%012x" % (total >> _BELOW_ID & _ID_MASK) for total in totals]


def _link_error(path: KeyPath, problem: LinkProblem) -> LinkError:
    """Return the error about a link at this key path that can't be resolved."""
    return LinkError(problem.at(path))
