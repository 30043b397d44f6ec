"""Hydra config source for ``file://`` that also reads files with a byte-order mark correctly.

Hydra's own source doesn't see the header of such a file (``# @package``). In an app, and in the
jobs of a sweep, the file's values would then land elsewhere than where ``recipe`` puts them. All
other files are read by Hydra's source.
"""

import os

from hydra._internal.core_plugins import file_config_source
from hydra.errors import CompactHydraException
from hydra.plugins.config_source import ConfigResult
from omegaconf import OmegaConf

_MARK = "utf-8-sig"
"""The encoding that skips a byte-order mark."""
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


def take_over() -> None:
    """Make Hydra read files with this source from now on."""
    from hydra._internal.sources_registry import SourcesRegistry

    SourcesRegistry.instance().types[FileConfigSource.scheme()] = FileConfigSource
