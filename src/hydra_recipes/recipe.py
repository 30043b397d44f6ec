"""Recipe: the composed tree a trainer reads, with the choices it was composed from."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hydra_recipes.errors import LinkError
from hydra_recipes.links import LinkStyle, Scope, rewrite
from hydra_recipes.links.resolver import MOUNT, LinkProblem
from hydra_recipes.origins import KeyPath


@dataclass(frozen=True)
class Recipe:
    """A composed recipe. It doesn't change; what it hands out are copies.

    Attributes:
        choices: Group to option.
        overrides: The overrides it was composed with, as they were given.
        set_by: The override that set each key, where one did.
    """

    choices: Mapping[str, str]
    overrides: tuple[str, ...]
    set_by: Mapping[KeyPath, str] = field(repr=False)
    _tree: Mapping[str, Any] = field(repr=False)
    _beside: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def tree(self) -> dict[str, Any]:
        """The recipe as it was composed, links unresolved."""
        return copy.deepcopy(dict(self._tree))

    @cached_property
    def scope(self) -> Scope:
        """For following the recipe's links."""
        return Scope(self._tree, self._beside)

    def resolved(self) -> dict[str, Any]:
        """The recipe with every link replaced by its value.

        Raises:
            LinkError: If a link has no value.
        """
        tree, problems = self.scope.resolve()
        for path, problem in problems.items():
            raise _link_error(path, problem)
        return tree

    def __getitem__(self, key: str) -> Any:
        """The resolved value of a key: ``recipe["run.replicas"]``.

        Raises:
            KeyError: If the recipe has no such key.
            LinkError: If the value is a link that has no value.
        """
        path = tuple(key.removeprefix(f"{MOUNT}.").split("."))
        try:
            return self.scope.value(path)
        except KeyError:
            raise KeyError(key) from None
        except LinkProblem as problem:
            raise _link_error(path, problem) from None

    def get(self, key: str, default: Any = None) -> Any:
        """The resolved value of a key, or ``default`` if the recipe doesn't have it."""
        try:
            return self[key]
        except KeyError:
            return default

    @cached_property
    def id(self) -> str:
        """12 hexadecimal digits that depend on what is trained, not on how the run is called."""
        return recipe_id(self.scope.resolve()[0])

    def to_yaml(self, links: LinkStyle = "resolved") -> str:
        """The recipe as YAML.

        Args:
            links: ``resolved`` writes values, ``relative`` and ``recipes`` keep links.
        """
        from hydra_recipes.emit import to_yaml

        return to_yaml(rewrite(self.scope, links))

    def to_json(self, links: LinkStyle = "resolved") -> str:
        """The recipe as JSON."""
        from hydra_recipes.emit import to_json

        return to_json(rewrite(self.scope, links))


def recipe_id(resolved: Mapping[str, Any]) -> str:
    """The id of a resolved recipe: a hash over all but its run name.

    A key of ``run`` that repeats the run name (as ``mlflow_run_name`` does by default) counts as
    the name too, so that a renamed recipe keeps its id whether its links are resolved or not.
    """
    tree = dict(resolved)
    run = tree.get("run")
    if isinstance(run, Mapping) and isinstance(run.get("name"), str):
        name = run["name"]
        tree["run"] = {k: None if v == name else v for k, v in run.items() if k != "name"}
    text = json.dumps(tree, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _link_error(path: KeyPath, problem: LinkProblem) -> LinkError:
    return LinkError(problem.kind, key=path, hops=problem.hops, **problem.data)
