"""The only file that imports Hydra: the override grammar, and composing.

Composes with Hydra's own loader, less Hydra's own node: no ``hydra.*`` settings, no global state.
So it is re-entrant, leaves a surrounding ``@hydra.main`` app alone, and costs half of
``hydra.compose``. Supports hydra-core 1.3 and 1.4; a test holds it against ``hydra.compose``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.defaults_list import create_defaults_list
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hydra_recipes.errors import LibraryError, OverrideError
from hydra_recipes.library import PRIMARY, libraries
from hydra_recipes.links.resolver import RESOLVERS
from hydra_recipes.origins import OverrideOrigin

OverrideKind = Literal["change", "add", "force-add", "delete", "extend"]

_KINDS: dict[str, OverrideKind] = {
    "CHANGE": "change",
    "ADD": "add",
    "FORCE_ADD": "force-add",
    "DEL": "delete",
    "EXTEND_LIST": "extend",
}
_lock = threading.Lock()


@dataclass(frozen=True)
class ParsedOverride:
    """An override, parsed by Hydra.

    Attributes:
        text: The override as it was typed.
        kind: Whether it changes, adds, replaces or adds, deletes, or extends a list.
        key: The group or key it names.
        value: Its value, or None; for a sweep, nothing useful.
        sweeps: Whether it has several values.
        parsed: Hydra's own object.
    """

    text: str
    kind: OverrideKind
    key: str
    value: Any
    sweeps: bool
    parsed: Override

    def at(self, key: str) -> ParsedOverride:
        """The same override of another key."""
        return replace(self, key=key, parsed=replace(self.parsed, key_or_group=key))


@dataclass(frozen=True)
class Composition:
    """What Hydra composed: the whole config, links unresolved.

    Attributes:
        config: The composed config; not to be changed from outside this file.
        choices: Group to option, in the order of the defaults list.
    """

    config: DictConfig
    choices: dict[str, str]

    def tree(self) -> dict[str, Any]:
        """The config as plain dicts, lists and scalars, links as they are written."""
        plain = OmegaConf.to_container(self.config, resolve=False)
        assert isinstance(plain, dict)
        return {str(key): value for key, value in plain.items()}


def parse_override(text: str, typed: str | None = None) -> ParsedOverride:
    """Parses one override.

    Args:
        text: The override in Hydra's grammar.
        typed: What the user typed, if that differs.

    Raises:
        OverrideError: If Hydra's grammar doesn't accept it; ``data["column"]`` is where, from 0.
    """
    typed = typed or text
    try:
        parsed = OverridesParser.create().parse_rule(text, "override")
    except HydraException as error:
        cause = error.__cause__
        token = getattr(cause, "offendingToken", None)
        column = getattr(token, "column", None)
        if column is None:
            column = getattr(cause, "startIndex", None)
        raise OverrideError(
            "bad-override", OverrideOrigin(typed), text=typed, column=column
        ) from None
    value = None if parsed.is_sweep_override() else parsed.value()
    kind = _KINDS[OverrideType(parsed.type).name]
    return ParsedOverride(
        typed, kind, parsed.key_or_group, value, parsed.is_sweep_override(), parsed
    )


def compose_groups(
    search_path: Iterable[tuple[str, str]], overrides: Sequence[ParsedOverride]
) -> Composition:
    """Composes the primary config with overrides of groups only.

    Raises:
        OverrideError: If Hydra refuses the combination of options.
    """
    loader = ConfigLoaderImpl(_search_path(search_path))
    repository = CachingConfigRepository(loader.repository)
    try:
        defaults = create_defaults_list(
            repo=repository,
            config_name=PRIMARY,
            overrides_list=[override.parsed for override in overrides],
            prepend_hydra=False,
            skip_missing=False,
        )
        config = loader._compose_config_from_defaults_list(defaults.defaults, repository)
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        typed = [override.text for override in overrides]
        raise OverrideError("cannot-compose", overrides=typed, reason=str(error)) from None
    except Exception as error:  # a YAML error in an option file has no common root
        if type(error).__module__.split(".")[0] != "yaml":
            raise
        raise LibraryError("bad-library-file", file=str(error), reason=str(error)) from None
    OmegaConf.set_struct(config, True)
    known = defaults.overrides.known_choices
    return Composition(config, {k: v for k, v in reversed(known.items()) if v is not None})


def apply(composition: Composition, override: ParsedOverride) -> None:
    """Applies an override of a key to what was composed, as Hydra does.

    Raises:
        OverrideError: If it can't be applied: the value doesn't fit where it should go.
    """
    try:
        ConfigLoaderImpl._apply_overrides_to_config([override.parsed], composition.config)
    except (HydraException, OmegaConfBaseException, ValueError, TypeError) as error:
        origin = OverrideOrigin(override.text)
        reason = str(error.__cause__ or error).splitlines()[0]
        data = {"text": override.text, "key": override.key, "reason": reason}
        raise OverrideError("cannot-override", origin, **data) from None


def _search_path(directories: Iterable[tuple[str, str]]) -> ConfigSearchPathImpl:
    with _lock:  # Hydra's plugin registry fills itself on first use, and isn't thread-safe
        Plugins.instance()
    path = ConfigSearchPathImpl()
    for provider, directory in directories:
        path.append(provider, f"file://{directory}")
    path.append("schema", "structured://")
    return path


def hydra_app(job: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    """A plain ``@hydra.main`` app over the libraries.

    Args:
        job: What the app does with its config, as a plain tree with links unresolved.
    """
    import hydra

    for name, function in RESOLVERS.items():
        if not OmegaConf.has_resolver(name):
            OmegaConf.register_new_resolver(name, function)
    # Hydra 1.3 asks for a version base, Hydra 1.4 warns of one.
    options = {"version_base": "1.3"} if hydra.__version__.startswith("1.3") else {}
    directory = libraries().members[0].root

    def app(config: DictConfig) -> None:
        plain = OmegaConf.to_container(config, resolve=False)
        assert isinstance(plain, dict)
        job({str(key): value for key, value in plain.items()})

    decorate = hydra.main(config_path=str(directory), config_name=PRIMARY, **options)
    decorated: Callable[[], None] = decorate(app)
    return decorated
