"""The only file that imports Hydra: the override grammar, and composing.

Composes with Hydra's own loader, without ``hydra.*`` settings and global state: re-entrant, safe
inside an ``@hydra.main`` app, and at half the cost of ``hydra.compose``. For Hydra 1.3 and 1.4.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import hydra
from hydra import version
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository, ConfigRepository
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins import importlib_resources_config_source as packaged
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.core_plugins.structured_config_source import StructuredConfigSource
from hydra._internal.defaults_list import create_defaults_list
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    Override,
    OverrideType,
    Quote,
    QuotedString,
    ValueType,
)
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict
from omegaconf.errors import ConfigKeyError, GrammarParseError, OmegaConfBaseException

from hydra_recipes.composing.cache import CacheKey, choices_of
from hydra_recipes.composing.composition import Composition
from hydra_recipes.composing.mistakes import find_clash, find_mistake
from hydra_recipes.composing.override_columns import link_column, unparsed
from hydra_recipes.composing.override_functions import (
    CallError,
    GrammarFunctions,
    check_parsed,
    with_quotes,
)
from hydra_recipes.composing.override_limits import check_depth, check_size, too_deep
from hydra_recipes.composing.parsed_override import OverrideKind, ParsedOverride
from hydra_recipes.composing.provenance import Source, sources_of
from hydra_recipes.composing.unsaid import unsaid
from hydra_recipes.findings.errors import OverrideError, RecipeError
from hydra_recipes.findings.messages.environment import HydraForPython
from hydra_recipes.findings.messages.grammar import BadLink, BadOverride
from hydra_recipes.findings.messages.overrides import (
    CannotCompose,
    CannotOverride,
    KeyNotInMapping,
    NotItsValue,
)
from hydra_recipes.library.circles import check_circles
from hydra_recipes.library.model import PRIMARY, Libraries, Library
from hydra_recipes.library.option_file import OptionFile, read_option_file
from hydra_recipes.library.reading import unusable
from hydra_recipes.links.arithmetic import RESOLVERS
from hydra_recipes.links.masking import masked, unmasked
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.literals import in_quotes
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.sources.active import active_libraries

_KINDS: dict[str, OverrideKind] = {
    "CHANGE": "change",
    "ADD": "add",
    "FORCE_ADD": "force-add",
    "DEL": "delete",
    "EXTEND_LIST": "extend",
}
_TYPES = {kind: name for name, kind in _KINDS.items()}
_lock = threading.Lock()
# It holds Hydra's functions only, and nothing of what it parses.
_PARSER = OverridesParser(cast("Any", GrammarFunctions(OverridesParser.create().functions)))

if getattr(version, "_UNSPECIFIED_", None) is version.getbase():
    version.setbase("1.3")  # unless an app sets it, Hydra 1.3 composes as 1.1 did


def parse_override(text: str, typed: str | None = None) -> ParsedOverride:
    """Parse one override.

    Args:
        text: The override in Hydra's grammar.
        typed: What the user typed, if that differs.

    Raises:
        OverrideError: If Hydra's grammar doesn't accept it (its ``column`` says where), or if it is
            too long, too deep, or has too many values or digits.
    """
    typed = typed or text
    check_size(text, typed)
    try:
        parsed = _PARSER.parse_rule(text, "override")
        check_parsed(text, parsed._value)
    except (HydraException, CallError) as error:
        raise unparsed(error, text, typed) from None
    except RecursionError:
        raise too_deep(typed) from None
    if not parsed.key_or_group or "[" in parsed.key_or_group:  # only Hydra 1.4 knows ``key[0]``
        column = max(text.find("["), 0) if parsed.key_or_group else 0
        raise OverrideError(BadOverride(override=typed, column=column), OverrideOrigin(typed))
    sweeps = parsed.is_sweep_override()
    value = None if sweeps else parsed.value()
    kind = _KINDS[OverrideType(parsed.type).name]
    override = ParsedOverride(typed, kind, parsed.key_or_group, value, sweeps, parsed)
    check_depth(override.group, value, typed)
    return override


def spell_parsed(value: Any) -> str:
    """Return a parsed value of an axis as Hydra's grammar reads it back, text as text: ``'1'``.

    ``spell_value`` puts quotes around other texts than Hydra does, and sweeps that are resumed are
    told by the text of their overrides, so it isn't used here. Links are quoted too.
    """
    if isinstance(value, str) and ("${" in value or '"' in value):
        return in_quotes(value, "'")
    with_texts_quoted = with_quotes(value, _is_text, partial(QuotedString, quote=Quote.single))
    text: str = Override._get_value_element_as_str(with_texts_quoted)
    return text


def _is_text(text: str) -> bool:
    """Return whether the grammar reads a text without quotes as that text."""
    try:
        unquoted = Override._get_value_element_as_str(text)
        return bool(_PARSER.parse_rule(unquoted, "primitive") == text)
    except HydraException:
        return False


class _LibrarySource(FileConfigSource):
    """A library on the search path, whose files are read by our own reader instead of Hydra's.

    Our reader limits what a file may hold, stays in the library, and knows old names. This is no
    plugin: Hydra looks for those in ``hydra_plugins`` only.
    """

    def __init__(self, library: Library, cache_key: CacheKey, read: dict[str, OptionFile]) -> None:
        super().__init__(library.name, f"file://{library.root}")
        self.library = library
        self.cache_key = cache_key
        self.read = read

    def is_group(self, config_path: str) -> bool:
        self.cache_key.look(f"{self.path}/{config_path}")
        return super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        self.cache_key.look(f"{self.path}/{self._normalize_file_name(config_path)}")
        return super().is_config(config_path)

    def load_config(self, config_path: str) -> ConfigResult:
        name = self._normalize_file_name(config_path)
        path, config_path = Path(self.path, name), name.removesuffix(".yaml")
        option = read_option_file(self.library, path, config_path, self.cache_key.moves)
        self.read[config_path] = option
        self.cache_key.texts[str(path)] = option.text
        try:
            config = OmegaConf.create(masked(option.tree))
            header = self._get_header_dict(option.text[:512])  # as much as Hydra reads of it
        except (OmegaConfBaseException, ValueError) as error:
            raise unusable(path, error) from None
        return ConfigResult(self.provider, f"file://{self.path}", config, header)


class _Repository(CachingConfigRepository):
    """Hydra's repository, without copies of what it loads: nobody else has it here."""

    def __init__(self, delegate: ConfigRepository) -> None:
        self.delegate = delegate
        self.cache = {}

    @property
    def loaded(self) -> list[str]:
        """The names of the configs that were loaded, in that order."""
        return [key.partition("=")[2] for key, config in self.cache.items() if config is not None]


_WITHOUT_WORDS = (ValueError, TypeError, AssertionError)
"""What Hydra raises on its way to a message about a defaults list or a package."""
_BASE = ".".join(hydra.__version__.split(".")[:2])
"""The version that each Hydra behaves like unless an app asks for another."""
_HYDRAS_OWN = {"hydra", "_dummy_empty_config_.yaml"}  # what Hydra puts into its store itself


def store_is_used() -> bool:
    """Return whether Hydra's store has configs of an app, on which composing may then depend."""
    return bool(ConfigStore.instance().repo.keys() - _HYDRAS_OWN)


def other_base() -> str:
    """Return the version that an app wants Hydra to behave like; empty if it is the usual one."""
    base = str(version.getbase())
    return "" if base == _BASE else base


def compose_groups(
    libraries: Libraries, overrides: Sequence[ParsedOverride], cache_key: CacheKey
) -> Composition:
    """Compose the primary config by Hydra with overrides of groups only.

    An app's own primary config may override groups of Hydra's, so those are composed for it too and
    left out of the result.

    Args:
        libraries: The libraries.
        overrides: The choices.
        cache_key: Takes note of what is looked for and read.

    Raises:
        OverrideError: If Hydra refuses the combination of options.
        LibraryError: If a file can't be used, or options extend each other in a circle.
    """
    in_app = libraries.primary != PRIMARY
    option_files: dict[str, OptionFile] = {}
    loader = ConfigLoaderImpl(ConfigSearchPathImpl())
    loader.repository.sources = [
        *_settings(in_app),
        *(_LibrarySource(library, cache_key, option_files) for library in libraries.members),
        StructuredConfigSource("schema", "structured://"),  # Hydra requires it as the last
    ]
    repository = _Repository(loader.repository)
    merged: list[Source] = []
    try:
        defaults = create_defaults_list(
            repo=repository,
            config_name=libraries.primary,
            overrides_list=[_hydras(override) for override in overrides],
            prepend_hydra=in_app,
            skip_missing=False,
        )
        configs = [(node.config_path or "", node.package or "") for node in defaults.defaults]
        merged += sources_of(configs, libraries)
        config = loader._compose_config_from_defaults_list(defaults.defaults, repository)
    except RecursionError:
        check_circles(libraries)
        raise OverrideError(CannotCompose(reason="the defaults lists go too deep")) from None
    except (HydraException, OmegaConfBaseException, OSError, *_WITHOUT_WORDS) as error:
        find_clash(merged)
        missing = getattr(error, "missing_cfg_file", None)
        find_mistake(libraries, repository.loaded, missing, {item.key for item in overrides})
        reason = "the choices and the defaults lists don't go together"
        raise OverrideError(CannotCompose(reason=reason)) from None
    if in_app:
        config.pop("hydra")
    for *parents, last in () if in_app else unsaid(merged, option_files):  # an app's jobs lack it
        node: Any = config
        for key in parents:
            node = node._get_node(key)
        node[last] = UNSET
    moved = dict.fromkeys(old for option in option_files.values() for old in option.moved)
    choices = choices_of(defaults.overrides.known_choices)
    return Composition(_plain(config), choices, tuple(merged), tuple(moved))


def apply(tree: Mapping[str, Any], override: ParsedOverride) -> dict[str, Any]:
    """Return a composed config with an override of a whole key applied, as Hydra does it.

    Raises:
        OverrideError: If it can't be applied, as when its value doesn't fit where it should go.
    """
    try:
        config = OmegaConf.create(masked(tree))
        OmegaConf.set_struct(config, True)
        if override.kind == "delete" and override.value is None:
            _delete(config, override.key)
        else:
            parsed = _hydras(override)
            masked_value = replace(parsed, _value=masked(parsed.value()))
            ConfigLoaderImpl._apply_overrides_to_config([masked_value], config)
        return _plain(config)
    except RecursionError:
        raise too_deep(override.text) from None
    except (HydraException, OmegaConfBaseException, LookupError, ValueError, TypeError) as error:
        origin = override.origin
        text, key, cause = override.text, override.key, error.__cause__ or error
        if isinstance(cause, GrammarParseError):
            raise OverrideError(BadLink(override=text, column=link_column(text)), origin) from None
        if override.kind == "delete" and override.value is not None:
            raise OverrideError(NotItsValue(override=text, key=key), origin) from None
        if isinstance(cause, ConfigKeyError):  # a key of a mapping that was to be merged
            key = str(cause.full_key)
            raise OverrideError(KeyNotInMapping(override=text, key=key), origin) from None
        reason = unmasked(str(cause).splitlines()[0])
        raise OverrideError(CannotOverride(override=text, key=key, reason=reason), origin) from None


def _delete(config: DictConfig, key: str) -> None:
    """Delete a key whatever its value, as Hydra 1.4 does.

    Hydra 1.3 keeps a null and a position in a list, and both follow a link before they delete it.
    """
    parent, _, last = key.rpartition(".")
    node = OmegaConf.select(config, parent) if parent else config
    with open_dict(config):
        del node[int(last) if isinstance(node, ListConfig) else last]


def _hydras(override: ParsedOverride) -> Override:
    """Return an override as Hydra's own object."""
    if override.parsed is not None:
        return cast("Override", override.parsed)
    return Override(
        type=OverrideType[_TYPES[override.kind]],
        key_or_group=override.key,
        value_type=None if override.kind == "delete" else ValueType.ELEMENT,
        _value=override.value,
        input_line=override.text,
    )


def _settings(in_app: bool) -> Iterator[ConfigSource]:
    """Yield the source of Hydra's settings for an app; without one nothing, and load no plugin."""
    if in_app:
        with _lock:  # Hydra's plugin registry fills itself on first use, and isn't thread-safe
            Plugins.instance()
        yield packaged.ImportlibResourcesConfigSource("hydra", "pkg://hydra.conf")


Job = Callable[[dict[str, Any], dict[str, str], tuple[str, ...]], None]
"""What an app does: with its config as a plain tree, its choices, and its overrides."""


def hydra_app(job: Job) -> Callable[[], None]:
    """Return a plain ``@hydra.main`` app over the libraries; register the launcher's resolvers.

    Raises:
        RecipeError: If this Hydra starts no app on this Python.
    """
    from hydra.core.hydra_config import HydraConfig

    stable = hydra.__version__.startswith("1.3")
    if stable and sys.version_info >= (3, 14):  # argparse refuses a help text of Hydra 1.3's there
        raise RecipeError(HydraForPython(python="3.14", hydra=hydra.__version__))
    # Either line of OmegaConf has both names, and warns of the one that isn't its own.
    register = OmegaConf.register_new_resolver if stable else OmegaConf.register_resolver
    for name, function in RESOLVERS.items():
        register(name, function)
    options = {"version_base": "1.3"} if stable else {}  # Hydra 1.4 warns of a version base
    directory = str(active_libraries().members[0].root)

    def app(config: DictConfig) -> None:
        settings = HydraConfig.get()
        job(_plain(config), choices_of(settings.runtime.choices), tuple(settings.overrides.task))

    app.__module__ = __name__.partition(".")[0]  # Hydra calls the app, and its jobs, by this name
    return cast("Callable[[], None]", hydra.main(directory, PRIMARY, **options)(app))


def _plain(config: DictConfig) -> dict[str, Any]:
    """Return the config as plain dicts, lists and scalars, links as they are written."""
    plain = cast("dict[Any, Any]", unmasked(OmegaConf.to_container(config, resolve=False)))
    return {str(key): value for key, value in plain.items()}
