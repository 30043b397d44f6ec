"""Hydra config source for ``file://`` that also reads files with a byte-order mark correctly.

Hydra's own source doesn't see the header of such a file (``# @package``). In an app, and in the
jobs of a sweep, the file's values would then land elsewhere than where ``recipe`` puts them. All
other files are read by Hydra's source.
"""

import os
from collections.abc import Iterator
from typing import Any

from hydra._internal.core_plugins import file_config_source, importlib_resources_config_source
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.errors import CompactHydraException
from hydra.plugins.config_source import ConfigResult
from omegaconf import OmegaConf

PACKAGED = "pkg://hydra_recipes.conf"
"""The place of the built-in library as apps name it, whether or not it is inside the package."""
_MARK = "utf-8-sig"
"""The encoding that skips a byte-order mark."""
_PRIMARY = "config.yaml"
"""The file of a library's primary config."""
_HEAD = 512
"""How many characters of a file are searched for its header, as in Hydra."""


class FileConfigSource(file_config_source.FileConfigSource):
    """Config source that reads a file with a byte-order mark like one without.

    It has the name of Hydra's class: Hydra's registry refuses a class of another name for the
    scheme.
    """

    def load_config(self, config_path: str) -> ConfigResult:
        """Load a config; refuse one that isn't UTF-8 text in one line."""
        path = os.path.join(self.path, self._normalize_file_name(config_path))  # noqa: PTH118
        try:
            with open(path, "rb") as stream:  # noqa: PTH123 - as Hydra does
                marked = stream.read(3) == b"\xef\xbb\xbf"
            if not marked:
                return super().load_config(config_path)
        except UnicodeDecodeError:
            raise CompactHydraException(f"{path} is not UTF-8 text; save it as UTF-8") from None
        except OSError:
            return super().load_config(config_path)  # raises Hydra's own error
        with open(path, encoding=_MARK) as text:  # noqa: PTH123
            header = self._get_header_dict(text.read(_HEAD))
            text.seek(0)
            config = OmegaConf.load(text)
        return ConfigResult(self.provider, self.full_path(), config, header)


class ImportlibResourcesConfigSource(
    importlib_resources_config_source.ImportlibResourcesConfigSource
):
    """Config source for packages that reads the built-in library from its directory.

    That is outside of the package in an editable install. It has the name of Hydra's class too.
    """

    def __new__(cls, provider: str = "", path: str = "") -> Any:
        """Return the source of a directory or, for all other packages, Hydra's own."""
        from hydra_recipes.library.model import builtin

        if path == PACKAGED:
            return FileConfigSource(provider, f"file://{builtin().root}")
        return super().__new__(cls)


class OfferedSource(FileConfigSource):
    """Config source that has nothing until the primary config of its directory is asked for.

    An app without configs of its own may be one over the built-in library, or have nothing to do
    with it: then its ``+model=x`` must stay the key that it is, and no group is listed. Which one
    it is shows when Hydra loads the primary config, which it does before all else.

    Attributes:
        around: The search path that it is on, whose other places come first.
        is_used: Whether the primary config was asked for. Hydra copies sources, so this is told of
            all of them; there is one app at a time.
    """

    around: ConfigSearchPath | None = None
    is_used = False

    @staticmethod
    def scheme() -> str:
        """Return the scheme of such places."""
        return "recipes"

    def load_config(self, config_path: str) -> ConfigResult:
        """Load a config; the primary config brings all others into use."""
        if self._is_primary(config_path):
            type(self).is_used = True
        return super().load_config(config_path)

    def is_group(self, config_path: str) -> bool:
        """Return whether it is a group, in use."""
        return self.is_used and super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        """Return whether it is a config, in use or the primary one that nobody else has."""
        if self.is_used:
            return super().is_config(config_path)
        return self._is_primary(config_path) and not any(map(_has_primary, self._others()))

    def list(self, config_path: str, results_filter: ObjectType | None) -> "list[str]":
        """List what is in a group, in use."""
        return super().list(config_path, results_filter) if self.is_used else []

    def available(self) -> bool:
        """Return true."""
        return True

    def _is_primary(self, config_path: str) -> bool:
        return bool(self._normalize_file_name(config_path) == _PRIMARY)

    def _others(self) -> Iterator[str]:
        """Yield the directories on the search path, such as that of ``--config-dir``."""
        for entry in self.around.get_path() if self.around else ():
            if (entry.path or "").startswith("file://"):
                yield entry.path.removeprefix("file://")


def _has_primary(directory: str) -> bool:
    """Return whether a directory has a config of the primary config's name."""
    return os.path.isfile(os.path.join(directory, _PRIMARY))  # noqa: PTH113, PTH118 - as above


def offer(around: ConfigSearchPath) -> str:
    """Return the scheme of a place that is offered to an app with this search path."""
    from hydra._internal.sources_registry import SourcesRegistry

    scheme = OfferedSource.scheme()
    # Hydra may have executed this file twice; its class counts.
    source: Any = SourcesRegistry.instance().resolve(scheme)
    source.around, source.is_used = around, False
    return scheme


def find_packaged() -> None:
    """Make Hydra find the built-in library where ``hydra.searchpath`` of an app names it."""
    from hydra._internal.sources_registry import SourcesRegistry

    source = ImportlibResourcesConfigSource
    SourcesRegistry.instance().types[source.scheme()] = source


def take_over() -> None:
    """Make Hydra read files with this source from now on."""
    from hydra._internal.sources_registry import SourcesRegistry

    SourcesRegistry.instance().types[FileConfigSource.scheme()] = FileConfigSource
