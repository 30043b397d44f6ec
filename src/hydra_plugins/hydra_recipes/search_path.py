"""Hydra search path plugin: puts the libraries in force on the search path of ``@hydra.main`` apps.

Hydra calls it for every app, even one that has nothing to do with recipes. So there is one rule:
the libraries are on the search path of an app, after its own configs, if it asks for one. It does

- if somebody named, installed or configured a library where it runs,
- if its own configs are those of a library: ``config_path="pkg://hydra_recipes.conf"`` names the
  built-in one, in an editable install too,
- or if it has no configs of its own, ``config_path=None``, and its primary config is ``config``.

Beside that, ``pkg://hydra_recipes.conf`` may be on an app's own ``hydra.searchpath``.
"""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.config_store import ConfigStore
from hydra.plugins.search_path_plugin import SearchPathPlugin


class LibrariesOnSearchPath(SearchPathPlugin):
    """Plugin that appends the libraries in force, in order, to an app's search path."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the libraries.

        If one can't be used, warn and let the app run without libraries.
        """
        from hydra_plugins.hydra_recipes.file_source import (
            PACKAGED,
            find_packaged,
            offer,
            take_over,
        )
        from hydra_recipes.findings.errors import LibraryError
        from hydra_recipes.library.model import builtin
        from hydra_recipes.sources.active import active_libraries, check_files, is_asked_for

        find_packaged()
        try:
            libraries = active_libraries()
            check_files(libraries)
            is_asked = is_asked_for(libraries)
        except LibraryError as error:
            text = f"hydra-recipes leaves its libraries out of this app: {error}"
            warnings.warn(text, UserWarning, stacklevel=2)
            return
        places = search_path.get_path()
        for place in places:
            if place.path == PACKAGED:
                place.path = f"file://{builtin().root}"
        present = {Path((place.path or "").removeprefix("file://")).resolve() for place in places}
        is_one = any(library.root in present for library in libraries.members)
        has_others = any(place.provider == "main" for place in places) and not is_one
        over_builtin = builtin().root in present  # beside which no other that stands alone goes
        if (has_others and not is_asked) or (over_builtin and not is_one):
            return
        take_over()
        stored = list(_names(ConfigStore.instance().repo, ""))
        if any((library.root / name).is_file() for library in libraries.members for name in stored):
            return  # Hydra would take the file instead of what the app has stored under that name
        scheme = "file" if is_asked or is_one else offer(search_path)
        for library in libraries.members:
            if library.root not in present:
                search_path.append(library.name, f"{scheme}://{library.root}")


def _names(store: Mapping[str, Any], group: str) -> Iterator[str]:
    """Yield the file names of configs in the store, without those of Hydra and its plugins."""
    for name, node in store.items():
        if isinstance(node, dict):
            if group or name != "hydra":
                yield from _names(node, f"{group}{name}/")
        else:
            yield f"{group}{name}"
