"""The request that a directory records: read again, and compared with one of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from hydra_recipes.environment import as_options
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import (
    NoSweep,
    NotASweep,
    SampleApart,
    SmallerSample,
    SweepExists,
)
from hydra_recipes.library.model import PRIMARY, SWEEPS, Libraries
from hydra_recipes.override import Override
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import Space
from hydra_recipes.sweep.write.directory import SweepDirectory
from hydra_recipes.sweep.write.formats import TABLES, Format
from hydra_recipes.version import __version__

_OWN = "hydra-recipes"
_DECISIVE = ("zips", "where", "sampler")
"""The options, beside the seed, that decide which points a sample is drawn from."""


@dataclass(frozen=True)
class WriteOptions:
    """The way a plan is to be written.

    Attributes:
        format: One of ``FORMATS``.
        validate: Whether to run the family's whole model over every point.
        resume: Whether to go on with the sweep that was begun in the directory.
        extend: Whether to add the new points of a changed request to the directory.
        json_column: Whether a table has a column with the whole recipe, as JSON.
        lock: The digest of the lock for the first lines, or None.
        workers: How many processes make the recipes; they are the same however many.
    """

    format: str = "yaml"
    validate: bool = False
    resume: bool = False
    extend: bool = False
    json_column: bool = False
    lock: str | None = None
    workers: int = 1


@dataclass(frozen=True)
class Asked:
    """What a sweep is asked for.

    Attributes:
        overrides: The overrides.
        options: The options beside them.
        format: The name of the format; None for that of the sweep it goes on with, or the default.
        json_column: Whether a table has a column with the whole recipe.
    """

    overrides: tuple[str, ...]
    options: SweepOptions
    format: str | None
    json_column: bool

    def over(self, recorded: Asked) -> Asked:
        """Return this request with what it leaves open as it was recorded.

        Without overrides that is each option that isn't given; with overrides, the format.
        """
        form = self.format or recorded.format
        has_json = self.json_column or (recorded.json_column and form == recorded.format)
        if self.overrides:
            return replace(self, format=form, json_column=has_json)
        given = {
            name: value for name, value in vars(self.options).items() if value not in (None, ())
        }
        return Asked(recorded.overrides, replace(recorded.options, **given), form, has_json)

    @property
    def words(self) -> list[str]:
        """The words that ask for it on a command line, beside the libraries and the directory."""
        options = self.options
        words = [*self.overrides]
        words += [word for tie in options.zips for word in ("--zip", ",".join(tie))]
        words += [word for expression in options.where for word in ("--where", expression)]
        # Without it, the seed would be that of a sweep that a library holds.
        is_held = any(Override.read(text).name == SWEEPS for text in self.overrides)
        values = {
            "--sampler": options.sampler,
            "--sample": options.sample,
            "--seed": options.seed if options.seed or is_held else None,
            "--name": options.name,
            "--format": self.format if self.format != "yaml" else None,
        }
        given = [(flag, str(value)) for flag, value in values.items() if value is not None]
        words += [word for pair in given for word in pair]
        return [*words, "--json-column"] if self.json_column else words


def recorded_request(root: Path) -> Asked:
    """Return what the sweep in a directory was asked for.

    Raises:
        OutputError: If there is no sweep, or ``sweep.yaml`` isn't what a sweep writes.
    """
    target = SweepDirectory(root)
    if not target.has_sweep:
        kind = NoSweep if target.is_empty else NotASweep
        raise OutputError(kind(directory=str(root)))
    request = target.request()["request"]
    names = [field.name for field in fields(SweepOptions) if field.name in request]
    # The options of a sweep that a library holds are among them, so 0 isn't left to its seed.
    options = {"seed": 0, **{name: _hashable(request[name]) for name in names}}
    overrides, has_json = tuple(request["overrides"]), bool(request.get("json_column"))
    return Asked(overrides, SweepOptions(**options), request["format"], has_json)


def refuse_to_begin_over(root: Path | None) -> None:
    """Raise if a directory has a sweep, whose request isn't that of now since there is none.

    Raises:
        OutputError: If it has one, or ``sweep.yaml`` isn't what a sweep writes.
    """
    target = SweepDirectory(root) if root else None
    if target is not None and target.has_sweep:
        is_finished = target.has_finished
        raise OutputError(SweepExists(directory=str(root), is_same=None, is_finished=is_finished))


def sample_apart(space: Space, libraries: Libraries, root: Path) -> SampleApart | None:
    """Return what to say if a sample to extend a sweep doesn't begin with the sample there.

    Raises:
        OutputError: If it has nothing to add, or ``sweep.yaml`` isn't what a sweep writes.
    """
    target = SweepDirectory(root)
    recorded, options = recorded_request(root), space.options
    before = recorded.options.sample
    if before is None or options.sample is None:
        return None
    here = {library.name: library.digest() for library in libraries.members}
    pairs = {
        "overrides": (recorded.overrides, space.texts),
        "seed": (recorded.options.seed or 0, options.seed or 0),
        **{name: (getattr(recorded.options, name), getattr(options, name)) for name in _DECISIVE},
        "libraries": (target.request()["libraries"], here),
    }
    changed = [name for name, (old, new) in pairs.items() if old != new]
    words = [*libraries.as_options(), *as_options()]
    most = most_in_sample(root)
    sizes: dict[str, Any] = {"before": before, "sample": options.sample, "most": most}
    if changed:
        return SampleApart(directory=str(root), options=words, **sizes, changed=changed)
    if options.sample < before:
        raise OutputError(SmallerSample(directory=str(root), options=words, **sizes))
    return None


def most_in_sample(root: Path) -> int | None:
    """Return how many points a larger sample of a directory's sweep is known to have at most.

    None is any number, as points of an interval never end.
    """
    request = SweepDirectory(root).request()
    ledger: Mapping[Any, Any] = request.get("ledger") or {}
    if "drawn" in ledger and ledger.get("asked") is None:
        return None
    # Nobody has counted how many of the points that a sampler draws from are valid.
    valid, duplicates = ledger.get("valid"), ledger.get("duplicates")
    if "drawn" in ledger or not isinstance(valid, int) or not isinstance(duplicates, int):
        return int(request["recipes"])
    return valid - duplicates


def _hashable(value: Any) -> Any:
    """Return a value with lists as tuples, as options have them."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def missing_options(recorded: Mapping[str, Any], identity: Mapping[str, Any]) -> list[str]:
    """Return the options that a recorded request was given and one of now lacks."""
    names = [name for name in recorded["libraries"] if name not in identity["libraries"]]
    lacks_lock = "lock" in recorded["request"] and "lock" not in identity["request"]
    return [*(f"--library {name}" for name in names), *(["--locked"] if lacks_lock else [])]


def request_of(
    plan: Plan, order: WriteOptions, form: Format, libraries: Libraries
) -> dict[str, Any]:
    """Return what identifies a request: the same value means the same files.

    Args:
        plan: The plan.
        order: How it is written.
        form: The format.
        libraries: The libraries that the plan was made from.
    """
    options = {name: value for name, value in asdict(plan.space.options).items() if value}
    return {
        "request": {
            "overrides": list(plan.space.texts),
            **{name: _plain(value) for name, value in options.items()},
            "format": order.format,
            **({"json_column": order.json_column} if order.format in TABLES else {}),
            **({"shard": list(plan.part)} if plan.part else {}),
            **({"config_name": libraries.primary} if libraries.primary != PRIMARY else {}),
            **({"lock": order.lock} if order.lock else {}),
        },
        "versions": {_OWN: __version__, **form.needs},
        "libraries": {library.name: library.digest() for library in libraries.members},
    }


def _plain(value: Any) -> Any:
    """Return a value with tuples as lists, as YAML has them."""
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def is_same_request(recorded: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
    """Return whether two requests are the same."""
    return not changed_between(recorded, identity)


def changed_between(
    recorded: Mapping[str, Any], identity: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    """Return what differs between two requests: the name, the old value, the new value."""
    changes = []
    for section in ("request", "versions", "libraries"):
        old, new = recorded.get(section) or {}, identity[section]
        changes += [
            (name, old.get(name), new.get(name))
            for name in {**old, **new}
            if old.get(name) != new.get(name) and not _is_noted_since(section, name, old)
        ]
    return changes


def _is_noted_since(section: str, name: str, old: Mapping[str, Any]) -> bool:
    """Return whether it is a version that earlier releases didn't record."""
    return section == "versions" and name != _OWN and name not in old
