"""Writes the recipes of a plan to a directory, resumably, with the same bytes each time.

Say that a directory has 1000 recipes of an earlier request, and a request that adds a value to an
axis was stopped after 200 new ones. With ``resume`` and ``extend``, ``write_plan`` checks the 1000,
compares the 200 with what belongs there, and writes the rest behind them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hydra_recipes.files import reason_of
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import (
    EarlierDamaged,
    FormatChanged,
    NameTaken,
    NotASweep,
    SweepChanged,
    SweepExists,
    SweepInterrupted,
    SweepStopped,
    SweepUnfinished,
)
from hydra_recipes.library.model import Libraries
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.write.directory import MANIFEST, Progress, SweepDirectory
from hydra_recipes.sweep.write.earlier import read_earlier
from hydra_recipes.sweep.write.formats import (
    Format,
    JsonLines,
    Parquet,
    YamlFiles,
    ZstdLines,
    write_all,
)
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.naming import template_of
from hydra_recipes.sweep.write.points import Rendering
from hydra_recipes.sweep.write.recipe_index import RecipeIndex
from hydra_recipes.sweep.write.sweep_file import digest_of_earlier
from hydra_recipes.sweep.write.there import chunked, count_in, manifest_lines, there
from hydra_recipes.version import __version__

_OWN = "hydra-recipes"
_MOST = 500
"""How many entries of a list ``sweep.yaml`` keeps: a larger file couldn't be read again."""


@dataclass(frozen=True)
class WriteOptions:
    """The way a plan is to be written.

    Attributes:
        format: ``yaml``, ``jsonl``, ``jsonl.zst`` or ``parquet``.
        validate: Whether to run the family's whole model over every point.
        resume: Whether to go on with the sweep that was begun in the directory.
        extend: Whether to add the new points of a changed request to the directory.
        lock: The digest of the lock for the first lines, or None.
    """

    format: str = "yaml"
    validate: bool = False
    resume: bool = False
    extend: bool = False
    lock: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What was written: the directory, the number of recipes in it, and the number of new ones."""

    directory: Path
    recipes: int
    written: int


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while a sweep is written. What is written completely stays, and can be resumed.

    Attributes:
        detail: The data of the message.
    """

    def __init__(self, directory: Path, recipes: int, of: int) -> None:
        super().__init__(directory, recipes, of)
        self.detail = SweepInterrupted(directory=str(directory), recipes=recipes, of=of)


def write_plan(
    plan: Plan,
    root: Path,
    order: WriteOptions,
    libraries: Libraries,
    progressed: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Write the recipes of a plan.

    Args:
        plan: The plan.
        root: The directory.
        order: How to write them.
        libraries: The libraries that the plan was made from.
        progressed: Called with the number of new points that are there already, and then after each
            chunk with the number of points in it.

    Raises:
        OverrideError: If the template of run names can't be used.
        RecipeError: If the format needs an extra that isn't installed.
        OutputError: If the directory has another sweep, is in use, or can't be written to. What is
            written stays, and can be resumed.
        Interrupted: If Ctrl-C is pressed once writing has begun.
    """
    # Called for their errors, so that none leaves a directory behind.
    template_of(plan)
    format_of(plan, root, order.format, plan.size, 0)
    target = SweepDirectory(root)
    with target.locked():
        try:
            return _write(plan, target, order, libraries, progressed)
        except OSError as error:
            file = error.filename or str(root)
            raise OutputError(SweepStopped(file=str(file), reason=reason_of(error))) from None


def _write(
    plan: Plan,
    target: SweepDirectory,
    order: WriteOptions,
    libraries: Libraries,
    progressed: Callable[[int], None],
) -> Outcome:
    """Write the recipes of a plan to a locked directory."""
    form = format_of(plan, target.root, order.format, plan.size, 0)
    identity = request_of(plan, order, form, libraries)
    before, earlier_recipes = _earlier(target, order, identity)
    new_recipes = _count_new(plan, earlier_recipes) if earlier_recipes else plan.size
    total = len(earlier_recipes) + new_recipes
    # Anew, as where files end and whether YAML is split into directories depends on the counts.
    form = format_of(plan, target.root, order.format, total, len(earlier_recipes))
    manifest = Grown(target.root / MANIFEST)
    progress = Progress(len(earlier_recipes), dict(before[-1]["sizes"]) if before else {})
    rendering = Rendering(plan, form.as_yaml, form.file_of, lock=order.lock)
    is_begun = target.has_sweep and _is_same(target.request(), identity)
    if is_begun:
        points = rendering.points(known=earlier_recipes, first=len(earlier_recipes))
        progress = there(points, form, manifest, progress)
    remaining = total - progress.points
    earlier_fields = {"before": before, "digest": digest_of_earlier(before)} if before else {}
    ledger = _in_short(plan.ledger.as_json())
    request = {**identity, **earlier_fields, "recipes": total, "ledger": ledger}
    streams = {**form.streams, MANIFEST: manifest}
    if is_begun and not remaining and all(stream.is_whole for stream in streams.values()):
        target.finish(request, progress, streams)
        return Outcome(target.root, total, 0)
    try:
        target.begin(request)
        target.clear()
        for name, stream in streams.items():
            stream.go_on(progress.sizes.get(name, 0))
        rendering = replace(rendering, validate=order.validate)
        _chunks(rendering, target, form, manifest, progress, earlier_recipes, progressed)
        for stream in streams.values():
            stream.finish()
        target.finish(request, progress, streams)
    except (OSError, KeyboardInterrupt) as stop:
        for name, stream in streams.items():
            stream.take_back(progress.sizes.get(name, 0))
        with contextlib.suppress(OSError):
            target.clear()
        if isinstance(stop, KeyboardInterrupt):
            raise Interrupted(target.root, progress.points, total) from None
        raise
    return Outcome(target.root, total, remaining)


def _count_new(plan: Plan, index: RecipeIndex) -> int:
    """Return the number of points in a plan that aren't in the index.

    Raises:
        OutputError: If a new point would have the run name of one in the index.
    """
    rendering = Rendering(plan, as_yaml=False, file_of=lambda _, name: name)
    count = 0
    for point in rendering.points(known=index):
        if index.has_name(point.file):
            raise OutputError(NameTaken(name=point.file))
        count += 1
    return count


def _chunks(
    rendering: Rendering,
    target: SweepDirectory,
    form: Format,
    manifest: Grown,
    progress: Progress,
    earlier_recipes: RecipeIndex,
    progressed: Callable[[int], None],
) -> None:
    """Write the remaining points chunk by chunk, each with its manifest lines and progress."""
    done = progress.points - len(earlier_recipes)
    points = rendering.points(skip=done, known=earlier_recipes, first=len(earlier_recipes))
    progressed(done)
    with manifest.opened() as stream:
        for chunk in chunked(points, form.chunk, progress.points):
            size = form.put(chunk)
            write_all(stream, manifest_lines(chunk))
            count_in(progress, len(chunk), form, manifest, size)
            target.save(progress)
            progressed(len(chunk))


def _earlier(
    target: SweepDirectory, order: WriteOptions, identity: Mapping[str, Any]
) -> tuple[list[Any], RecipeIndex]:
    """Return the records of requests written to the directory before this one, and their recipes.

    Raises:
        OutputError: If the directory has recipes, and the options don't allow to add to them.
    """
    if not target.has_sweep:
        if not target.is_empty:
            raise OutputError(NotASweep(directory=str(target.root)))
        return [], RecipeIndex()
    if not (order.resume or order.extend):
        raise OutputError(SweepExists(directory=str(target.root)))
    recorded = target.request()
    before: list[Any] = recorded.get("before") or []
    if _is_same(recorded, identity):
        return before, read_earlier(target, before, identity["request"]["format"])
    changed = _changed(recorded, identity)
    if "format" in {name for name, _, _ in changed}:  # --extend doesn't help here
        raise OutputError(
            FormatChanged(directory=str(target.root), old=recorded["request"]["format"])
        )
    if not order.extend:
        raise OutputError(SweepChanged(directory=str(target.root), changed=changed))
    sizes = recorded.get("sizes")
    if not sizes or not target.has_sizes(sizes):
        raise OutputError(SweepUnfinished(directory=str(target.root)))
    count = recorded["recipes"] - sum(record["recipes"] for record in before)
    names = [name for name in ("request", "sizes", "digests") if name in recorded]
    latest: dict[str, Any] = {"recipes": count, **{name: recorded[name] for name in names}}
    before = [*before, latest]
    try:
        return before, read_earlier(target, before, recorded["request"]["format"])
    except OutputError as error:
        if not isinstance(error.detail, EarlierDamaged):
            raise
    raise OutputError(SweepUnfinished(directory=str(target.root)))


def request_of(
    plan: Plan, order: WriteOptions, form: Format, libraries: Libraries
) -> dict[str, Any]:
    """Return what identifies a request: the same value means the same files."""
    wishes = {name: value for name, value in asdict(plan.space.wishes).items() if value}
    return {
        "request": {
            "overrides": list(plan.space.texts),
            **{name: _plain(value) for name, value in wishes.items()},
            "format": order.format,
            **({"shard": list(plan.part)} if plan.part else {}),
            **({"lock": order.lock} if order.lock else {}),
        },
        "versions": {_OWN: __version__, **form.needs},
        "libraries": {library.name: library.digest() for library in libraries.members},
    }


def _plain(value: Any) -> Any:
    """Return a value with tuples as lists, as YAML has them."""
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _is_same(recorded: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
    """Return whether two requests are the same."""
    return not _changed(recorded, identity)


def _changed(
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


def _in_short(ledger: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ledger with its lists cut to a length that can be read again."""
    return {
        name: value[:_MOST] if isinstance(value, list) else value for name, value in ledger.items()
    }


def format_of(plan: Plan, root: Path, name: str, total: int, first: int) -> Format:
    """Return a format.

    Args:
        plan: The plan.
        root: The directory.
        name: ``yaml``, ``jsonl``, ``jsonl.zst`` or ``parquet``.
        total: How many recipes the directory will have.
        first: How many recipes of earlier requests it has.
    """
    if name == "yaml":
        return YamlFiles(root, total)
    if name == "parquet":
        axes = {
            axis.key: [override.value for override in axis.overrides] for axis in plan.space.axes
        }
        return Parquet(root, axes, first)
    return ZstdLines(root) if name == "jsonl.zst" else JsonLines(root)
