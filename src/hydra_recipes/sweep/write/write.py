"""Writes the recipes of a plan to a directory, resumably, with the same bytes each time.

Say that a directory has 1000 recipes of an earlier request, and a request that adds a value to an
axis was stopped after 200 new ones. With ``resume`` and ``extend``, ``write_plan`` checks the 1000,
compares the 200 with what belongs there, and writes the rest behind them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra_recipes.environment import as_options
from hydra_recipes.files import reason_of
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import (
    EarlierDamaged,
    FormatChanged,
    NameTaken,
    NoTable,
    NotASweep,
    SweepChanged,
    SweepExists,
    SweepInterrupted,
    SweepStopped,
    SweepUnfinished,
)
from hydra_recipes.library.model import Libraries
from hydra_recipes.sweep.plan.grid import Progressed, untold
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.write.chunk import Made
from hydra_recipes.sweep.write.columns import Columns
from hydra_recipes.sweep.write.directory import MANIFEST, Progress, SweepDirectory
from hydra_recipes.sweep.write.earlier import read_earlier
from hydra_recipes.sweep.write.formats import (
    TABLES,
    Format,
    JsonLines,
    YamlFiles,
    ZstdLines,
    write_all,
)
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.naming import template_of
from hydra_recipes.sweep.write.points import Rendering
from hydra_recipes.sweep.write.recipe_index import RecipeIndex
from hydra_recipes.sweep.write.recorded import (
    WriteOptions,
    changed_between,
    is_same_request,
    missing_options,
    request_of,
)
from hydra_recipes.sweep.write.sweep_file import digest_of_earlier
from hydra_recipes.sweep.write.tables import Csv, Parquet
from hydra_recipes.sweep.write.there import count_in, there
from hydra_recipes.sweep.write.workers import Parts, made_by

Watch = Callable[[int, str], AbstractContextManager[Progressed]]
"""From a number of steps and what they are, watches what takes these steps, if anything does."""
_MOST = 500
"""How many entries of a list ``sweep.yaml`` keeps: a larger file couldn't be read again."""


@dataclass(frozen=True)
class Outcome:
    """What was written.

    Attributes:
        directory: The directory.
        recipes: The number of recipes in it.
        written: The number of new ones.
        was_whole: Whether all was there, so that nothing was left to write.
    """

    directory: Path
    recipes: int
    written: int
    was_whole: bool = False


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while a sweep is written. What is written completely stays, and can be resumed.

    Attributes:
        detail: The data of the message.
    """

    def __init__(self, directory: Path, recipes: int, of: int, options: Sequence[str]) -> None:
        super().__init__(directory, recipes, of)
        self.detail = SweepInterrupted(
            directory=str(directory), recipes=recipes, of=of, options=options
        )


@contextlib.contextmanager
def _unwatched(_total: int, _label: str) -> Iterator[Progressed]:
    yield untold


def write_plan(
    plan: Plan,
    root: Path,
    order: WriteOptions,
    libraries: Libraries,
    watch: Watch = _unwatched,
) -> Outcome:
    """Write the recipes of a plan.

    Args:
        plan: The plan.
        root: The directory.
        order: How to write them.
        libraries: The libraries that the plan was made from.
        watch: Watches what is there being compared, and then the new recipes being written, of
            which it is told chunk by chunk; to show progress.

    Raises:
        OverrideError: If the template of run names can't be used.
        RecipeError: If the format needs an extra that isn't installed.
        OutputError: If the directory has another sweep, is in use, or can't be written to. What is
            written stays, and can be resumed.
        Interrupted: If Ctrl-C is pressed once writing has begun.
    """
    # Called for their errors, so that none leaves a directory behind.
    template_of(plan)
    format_of(plan, root, order, plan.size, 0)
    target = SweepDirectory(root)
    with target.locked():
        try:
            return _write(plan, target, order, libraries, watch)
        except OSError as error:
            detail = SweepStopped(
                file=str(error.filename or root),
                reason=reason_of(error),
                directory=str(root),
                options=_options(order, libraries),
            )
            raise OutputError(detail) from None


def _options(order: WriteOptions, libraries: Libraries) -> list[str]:
    """Return the options, beside the directory, of a command that goes on with the sweep."""
    return [*libraries.as_options(), *as_options(), *(["--locked"] if order.lock else [])]


def _write(
    plan: Plan,
    target: SweepDirectory,
    order: WriteOptions,
    libraries: Libraries,
    watch: Watch,
) -> Outcome:
    """Write the recipes of a plan to a locked directory."""
    form = format_of(plan, target.root, order, plan.size, 0)
    identity = request_of(plan, order, form, libraries)
    options = _options(order, libraries)
    with watch(0, "comparing") as progressed:
        before, earlier_recipes = _earlier(target, order, identity, options)
        known = earlier_recipes
        new_recipes = _count_new(plan, known, progressed) if known else plan.size
    total = len(earlier_recipes) + new_recipes
    if earlier_recipes and not new_recipes and _asks_otherwise(target, identity):
        # The request that is recorded stays: that of now may have fewer points than are here.
        return Outcome(target.root, total, 0, was_whole=True)
    # Anew, as where files end and whether YAML is split into directories depends on the counts.
    form = format_of(plan, target.root, order, total, len(earlier_recipes))
    manifest = Grown(target.root / MANIFEST)
    progress = Progress(len(earlier_recipes), dict(before[-1]["sizes"]) if before else {})
    rendering = Rendering(plan, form.as_yaml, form.file_of, lock=order.lock)
    is_begun = target.has_sweep and is_same_request(target.request(), identity)
    if is_begun:
        with watch(plan.size, "comparing") as progressed:
            chunks = rendering.chunks(
                form.chunk, 0, earlier_recipes, len(earlier_recipes), progressed
            )
            progress = there(chunks, form, manifest, progress)
    remaining = total - progress.points
    earlier_fields = {"before": before, "digest": digest_of_earlier(before)} if before else {}
    ledger = _in_short(plan.ledger.as_json())
    words = [*libraries.as_options(), *as_options()]
    named = {"options": words} if words else {}
    request = {**identity, **named, **earlier_fields, "recipes": total, "ledger": ledger}
    streams = {**form.streams, MANIFEST: manifest}
    if is_begun and not remaining and all(stream.is_whole for stream in streams.values()):
        target.finish(request, progress, streams)
        return Outcome(target.root, total, 0, was_whole=True)
    try:
        target.begin(request)
        target.clear()
        for name, stream in streams.items():
            stream.go_on(progress.sizes.get(name, 0))
        rendering = replace(rendering, validate=order.validate)
        with watch(remaining, "recipes") as progressed:
            parts = _parts(rendering, form, progress.points, earlier_recipes)
            with contextlib.closing(made_by(order.workers, parts)) as made_chunks:
                _chunks(made_chunks, target, form, manifest, progress, progressed)
        for stream in streams.values():
            stream.finish()
        target.finish(request, progress, streams)
    except (OSError, KeyboardInterrupt) as stop:
        for name, stream in streams.items():
            stream.take_back(progress.sizes.get(name, 0))
        with contextlib.suppress(OSError):
            target.clear()
        if isinstance(stop, KeyboardInterrupt):
            raise Interrupted(target.root, progress.points, total, options) from None
        raise
    return Outcome(target.root, total, remaining - form.kept)


def _asks_otherwise(target: SweepDirectory, identity: Mapping[str, Any]) -> bool:
    """Return whether the request in the directory asks for something else, whatever made it."""
    recorded = target.request()["request"]
    return bool(recorded != identity["request"])


def _count_new(plan: Plan, index: RecipeIndex, progressed: Progressed) -> int:
    """Return the number of points in a plan that aren't in the index.

    Raises:
        OutputError: If a new point would have the run name of one in the index.
    """
    rendering = Rendering(plan, as_yaml=False, file_of=lambda _, name: name)
    count = 0
    progressed(0, plan.size)
    for point in rendering.points(known=index, told=progressed):
        if index.has_name(point.file):
            raise OutputError(NameTaken(name=point.file))
        count += 1
    return count


def _parts(rendering: Rendering, form: Format, done: int, earlier_recipes: RecipeIndex) -> Parts:
    """Return what makes the chunks that are left once so many points are written."""
    first = len(earlier_recipes)

    def parts(more: int, number: int, of: int) -> Iterator[Made]:
        skip = done + more - first
        chunks = rendering.chunks(form.chunk, skip, earlier_recipes, first, part=(number, of))
        return map(form.made, chunks)

    return parts


def _chunks(
    chunks: Iterable[Made],
    target: SweepDirectory,
    form: Format,
    manifest: Grown,
    progress: Progress,
    progressed: Progressed,
) -> None:
    """Write chunk by chunk, each with its manifest lines and progress."""
    with manifest.opened() as stream:
        for made in chunks:
            form.append(made)
            for lines in made.manifest:
                write_all(stream, lines)
            count_in(progress, made.count, form, manifest, made.size)
            target.save(progress)
            progressed(made.count, 0)


def _earlier(
    target: SweepDirectory,
    order: WriteOptions,
    identity: Mapping[str, Any],
    options: Sequence[str],
) -> tuple[list[Any], RecipeIndex]:
    """Return the records of requests written to the directory before this one, and their recipes.

    Raises:
        OutputError: If the directory has recipes, and the options don't allow to add to them.
    """
    if not target.has_sweep:
        if not target.is_empty:
            raise OutputError(NotASweep(directory=str(target.root)))
        return [], RecipeIndex()
    recorded = target.request()
    _check_flags(target, order, recorded, identity, options)
    before: list[Any] = recorded.get("before") or []
    if is_same_request(recorded, identity):
        return before, read_earlier(target, before, identity["request"]["format"])
    count = recorded["recipes"] - sum(record["recipes"] for record in before)
    names = [name for name in ("request", "sizes", "digests") if name in recorded]
    latest: dict[str, Any] = {"recipes": count, **{name: recorded[name] for name in names}}
    before = [*before, latest]
    try:
        return before, read_earlier(target, before, recorded["request"]["format"])
    except OutputError as error:
        if not isinstance(error.detail, EarlierDamaged):
            raise
    raise OutputError(SweepUnfinished(directory=str(target.root), options=options))


def _check_flags(
    target: SweepDirectory,
    order: WriteOptions,
    recorded: Mapping[str, Any],
    identity: Mapping[str, Any],
    options: Sequence[str],
) -> None:
    """Raise if the sweep in the directory can't be gone on with as the options say."""
    changed = changed_between(recorded, identity)
    is_finished = target.is_finished(recorded)
    where: dict[str, Any] = {"directory": str(target.root), "options": options}
    if not (order.resume or order.extend):
        raise OutputError(SweepExists(**where, is_same=not changed, is_finished=is_finished))
    if "format" in {name for name, _, _ in changed}:  # --extend doesn't help here
        old_format = recorded["request"]["format"]
        raise OutputError(FormatChanged(directory=str(target.root), old=old_format))
    if changed and not order.extend:
        missing = missing_options(recorded, identity)
        detail = SweepChanged(**where, changed=changed, missing=missing, is_finished=is_finished)
        raise OutputError(detail)
    if not is_finished and (changed or not order.resume):
        raise OutputError(SweepUnfinished(**where))


def _in_short(ledger: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ledger with its lists cut to a length that can be read again."""
    return {
        name: value[:_MOST] if isinstance(value, list) else value for name, value in ledger.items()
    }


def format_of(plan: Plan, root: Path, order: WriteOptions, total: int, first: int) -> Format:
    """Return a format.

    Args:
        plan: The plan.
        root: The directory.
        order: How to write it.
        total: How many recipes the directory will have.
        first: How many recipes of earlier requests it has.

    Raises:
        OutputError: If a column of JSON is asked for where there are none, or the recipes that are
            there lack a column.
        RecipeError: If the format needs an extra that isn't installed.
    """
    if order.format in TABLES:
        columns = Columns(plan, order.json_column)
        return (Csv if order.format == "csv" else Parquet)(root, columns, first)
    if order.json_column:
        raise OutputError(NoTable(format=order.format, tables=TABLES))
    if order.format == "yaml":
        return YamlFiles(root, total)
    return ZstdLines(root) if order.format == "jsonl.zst" else JsonLines(root)
