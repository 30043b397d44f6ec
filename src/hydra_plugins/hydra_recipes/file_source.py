"""Hydra config source for ``file://``: Hydra's own, for files that begin with a byte-order mark.

Hydra doesn't see the header of such a file, so its values would land elsewhere in an app, and in
the jobs of a sweep, than ``recipe`` puts them. All other files are read as ever.
"""

import os

from hydra._internal.core_plugins import file_config_source
from hydra.errors import CompactHydraException
from hydra.plugins.config_source import ConfigResult
from omegaconf import OmegaConf

_MARK = "utf-8-sig"
"""The encoding that takes a byte-order mark for what it is."""
_HEAD = 512
"""So many characters of a file are looked at for its header."""


class FileConfigSource(file_config_source.FileConfigSource):
    """Reads a file with a byte-order mark as it is meant.

    Its name is that of Hydra's: under another the registry would refuse it when plugins are found.
    """

    def load_config(self, config_path: str) -> ConfigResult:
        """Loads a config; one that is no UTF-8 text is refused in one line."""
        path = os.path.join(self.path, self._normalize_file_name(config_path))  # noqa: PTH118
        try:
            with open(path, "rb") as stream:  # noqa: PTH123 - as Hydra does
                marked = stream.read(3) == b"\xef\xbb\xbf"
            if not marked:
                return super().load_config(config_path)
        except UnicodeDecodeError:
            raise CompactHydraException(f"{path} is not UTF-8 text; save it as UTF-8") from None
        except OSError:
            return super().load_config(config_path)  # which says what is wrong
        with open(path, encoding=_MARK) as text:  # noqa: PTH123
            header = self._get_header_dict(text.read(_HEAD))
            text.seek(0)
            config = OmegaConf.load(text)
        return ConfigResult(self.provider, self.full_path(), config, header)


def take_over() -> None:
    """Has Hydra read files by this, from now on."""
    from hydra._internal.sources_registry import SourcesRegistry

    SourcesRegistry.instance().types[FileConfigSource.scheme()] = FileConfigSource
