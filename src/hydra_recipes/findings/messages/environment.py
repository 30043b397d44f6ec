"""Messages about what commands run in: variables of the environment, packages, Python."""

from __future__ import annotations

from hydra_recipes.findings.messages.base import Detail, Text


class VariableNotUtf8(Detail, kind="variable-not-utf8"):
    """A variable of the environment with half a character."""

    name: str

    def text(self) -> Text:
        return Text(
            f"the environment's variable {self.name} is not UTF-8, and a file couldn't hold it"
        )


class MissingExtra(Detail, kind="missing-extra"):
    """A package that isn't installed.

    Attributes:
        module: The package.
        extra: The extra of ours that brings it.
    """

    module: str
    extra: str

    def text(self) -> Text:
        return Text(f"this needs {self.module}", f"pip install {self.module}")


class HydraForPython(Detail, kind="hydra-for-python"):
    """A release of Hydra that starts no app on this Python."""

    python: str
    hydra: str

    def text(self) -> Text:
        return Text(
            f"on Python {self.python} a plain Hydra app needs hydra-core 1.4, and this is "
            f"{self.hydra} (recipe commands work with it)",
            "pip install 'hydra-core>=1.4.0rc3,<1.5'",
        )
