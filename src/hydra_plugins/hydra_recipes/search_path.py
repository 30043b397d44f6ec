"""Hydra search path plugin: puts the libraries in force on the search path of ``@hydra.main`` apps.

Hydra calls it for every app, even one that has nothing to do with recipes. So it does nothing
unless somebody named or installed a library, and an app's own configs always come first.
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
        from hydra_recipes.findings.errors import LibraryError
        from hydra_recipes.sources.active import active_libraries, check_files, is_asked_for

        try:
            libraries = active_libraries()
            check_files(libraries)
            is_asked = is_asked_for(libraries)
        except LibraryError as error:
            text = f"hydra-recipes leaves its libraries out of this app: {error}"
            warnings.warn(text, UserWarning, stacklevel=2)
            return
        places = [entry.path or "" for entry in search_path.get_path()]
        present = {Path(path.removeprefix("file://")).resolve() for path in places}
        if not is_asked and not any(library.root in present for library in libraries.members):
            return
        from hydra_plugins.hydra_recipes.file_source import take_over

        take_over()
        stored = list(_names(ConfigStore.instance().repo, ""))
        if any((library.root / name).is_file() for library in libraries.members for name in stored):
            return  # Hydra would take the file instead of what the app has stored under that name
        for library in libraries.members:
            if library.root not in present:
                search_path.append(library.name, f"file://{library.root}")


def _names(store: Mapping[str, Any], group: str) -> Iterator[str]:
    """Yield the file names of configs in the store, without those of Hydra and its plugins."""
    for name, node in store.items():
        if isinstance(node, dict):
            if group or name != "hydra":
                yield from _names(node, f"{group}{name}/")
        else:
            yield f"{group}{name}"
