"""``recipe sweep``: write a grid that holds only valid recipes."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from hydra_recipes.checking.composed import moved_finding
from hydra_recipes.cli.progress import progress
from hydra_recipes.cli.terminal import (
    Command,
    hold_to_lock,
    json_option,
    json_text,
    overrides_argument,
    refuse_file,
    say,
    style_for,
)
from hydra_recipes.environment import as_options
from hydra_recipes.findings.errors import OutputError, OverrideError
from hydra_recipes.findings.messages.sweep import NoAxis
from hydra_recipes.findings.messages.sweep_files import NoDirectory, SampleApart
from hydra_recipes.findings.rendering import finding_text, report_text
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.rules.book import rule_book
from hydra_recipes.shell_words import join, quote
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.report.left_open import open_in_all
from hydra_recipes.sweep.report.text import ledger_text
from hydra_recipes.sweep.report.why import report_on
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.directory import SweepDirectory
from hydra_recipes.sweep.write.formats import FORMATS
from hydra_recipes.sweep.write.naming import clean, template_of
from hydra_recipes.sweep.write.narrowed import refuse_narrower, refuse_other_libraries
from hydra_recipes.sweep.write.recorded import (
    Asked,
    WriteOptions,
    most_in_sample,
    recorded_request,
    refuse_to_begin_over,
    sample_apart,
)
from hydra_recipes.sweep.write.write import Interrupted, Outcome, write_plan
from hydra_recipes.text import counted

_METHOD = "method"
"""The group whose option is the training method."""


@click.command(
    cls=Command,
    meant={
        "--force": "a sweep goes on with --resume or --extend, or give another --dir",
        "--overwrite": "a sweep goes on with --resume or --extend, or give another --dir",
        "--continue": "did you mean --resume?",
        "--dry-run": "did you mean --plan?",
        **dict.fromkeys(("-o", "--out", "--output"), "did you mean --dir DIR?"),
        **dict.fromkeys(("-n", "--n", "--limit", "--max"), "did you mean --sample N?"),
        "--from": "make a preset of the file: recipe import FILE --save NAME --library DIR",
    },
    examples=(
        "recipe sweep model=nova-micro,nova-lite run.replicas=2,4,8 --plan",
        "recipe sweep lr='choice(1e-5,2e-5)' warmup_steps='range(5,21,5)'",
        "recipe sweep +sweep=lora_first_look model=nova-pro --dir multirun/look-sft",
        "recipe sweep lr=1e-5,2e-5 min_lr=1e-6,2e-6 --zip lr,min_lr",
        "recipe sweep lr='tag(log,interval(1e-6,1e-4))' --sampler sobol --sample 16",
    ),
)
@overrides_argument
@click.option("--plan", "plan_only", is_flag=True, help="Show what is valid; write nothing.")
@click.option("--zip", "zips", multiple=True, metavar="KEY,KEY", help="Axes that go together.")
@click.option("--where", multiple=True, metavar="CEL", help="Keep points that satisfy this.")
@click.option("--why", metavar="KEY=VALUE,...", help="Say what is wrong with one point.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Draw N valid points; a larger N adds to them.",
)
@click.option("--seed", type=int, help="What the drawing depends on.")
@click.option(
    "--sampler", type=click.Choice(["sobol"]), help="Draw from all of the space, intervals too."
)
@click.option("--name", metavar="TEMPLATE", help="Run names, such as {name}-{model}-{lr}.")
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path),
    help="Where to write; by default multirun/DATE/TIME-METHOD.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="One file a recipe (the default), one stream, or a table.",
)
@click.option("--json-column", is_flag=True, help="In a table, each whole recipe as JSON too.")
@click.option("--resume", is_flag=True, help="Go on with the sweep in --dir, as it was asked for.")
@click.option("--extend", is_flag=True, help="Add the points of a changed request to --dir.")
@click.option(
    "--validate", type=click.Choice(["full"]), help="Run the whole model over every point."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Make recipes in N processes; they are the same however many.",
)
@json_option
def sweep(
    overrides: tuple[str, ...],
    plan_only: bool,
    zips: tuple[str, ...],
    where: tuple[str, ...],
    why: str | None,
    sample: int | None,
    seed: int | None,
    sampler: str | None,
    name: str | None,
    directory: Path | None,
    form: str | None,
    json_column: bool,
    resume: bool,
    extend: bool,
    validate: str | None,
    workers: int,
    as_json: bool,
) -> int:
    """Write a grid that holds only valid recipes.

    What was left out is told, with the reasons. Several values make an axis:
    model=nova-micro,nova-lite, lr='choice(1e-5,2e-5)', warmup_steps='range(5,21,5)'. The exit
    status is 1 if no point is valid. With --resume or --extend and no overrides, the request is
    the one that the sweep in --dir was written for, with the options given in place of its own.
    """
    refuse_file(
        overrides,
        lambda file, _: f"put those of the file in its place: {join(['recipe', 'import', file])}",
    )
    tied = tuple(tuple(names.split(",")) for names in zips)
    libraries = active_libraries()
    options = SweepOptions(
        zips=tied, where=where, sample=sample, seed=seed, name=name, sampler=sampler
    )
    asked = Asked(overrides, options, form, json_column)
    flag = "--extend" if extend else "--resume" if resume else None
    if flag:
        asked = _with_recorded(asked, flag, directory, libraries)
    elif not overrides:
        refuse_to_begin_over(directory)
        raise OverrideError(_no_axis(libraries))
    space = read_space(asked.overrides, asked.options, libraries)
    if directory and (flag or not plan_only) and SweepDirectory(directory).has_finished:
        refuse_narrower(asked, space, libraries, directory, flag)
        apart = sample_apart(space, libraries, directory)
        if extend:
            _say_what_a_sample_lacks(apart)
    if why is not None:
        return _why(space, why, as_json)
    with progress(0, "planning") as progressed:
        plan = plan_sample(space, libraries, progressed)
    _say_what_has_moved(plan)
    if not plan.ledger.valid:
        _show_ledger(plan, asked, as_json, err=not plan_only)
        return 1
    template_of(plan)  # raises for a bad one, with --plan too
    if plan_only:
        _say_what_is_left_aside(is_read=not overrides)
        _show_ledger(plan, asked, as_json, err=False)
        return 0
    root = directory or _dated(plan)
    order = WriteOptions(
        asked.format or "yaml",
        validate == "full",
        resume,
        extend,
        json_column=asked.json_column,
        lock=hold_to_lock(),
        workers=workers,
    )
    if not as_json:
        _show_ledger(plan, asked, as_json=False, err=True)
    outcome = _write(plan, root, order)
    _show_outcome(plan, outcome, order, as_json)
    return 0


def _with_recorded(asked: Asked, flag: str, directory: Path | None, libraries: Libraries) -> Asked:
    """Return what is asked of a sweep to go on with; without overrides, as it was asked for.

    Raises:
        OutputError: If no directory is named, its request can't be read, or it was made with
            libraries that aren't named.
    """
    if directory is None:
        raise OutputError(NoDirectory(flag=flag, latest=_latest()))
    if asked.overrides and not SweepDirectory(directory).has_sweep:
        return asked  # which begins here, as a job that is started again and again may ask
    recorded = recorded_request(directory)
    refuse_other_libraries(libraries, directory)
    return asked.over(recorded)


def _say_what_a_sample_lacks(apart: SampleApart | None) -> None:
    """Print a warning if a sample doesn't begin with the one that it is to extend."""
    if apart is not None:
        message, hint = apart.line()
        say(f"{message}{f' ({hint})' if hint else ''}", err=True)


def _latest() -> str | None:
    """Return the directory below ``multirun`` whose sweep was written last, or None."""
    sweeps = [*Path("multirun").glob("*/sweep.yaml"), *Path("multirun").glob("*/*/sweep.yaml")]
    return str(max(sweeps, key=lambda file: file.stat().st_mtime).parent) if sweeps else None


def _no_axis(libraries: Libraries) -> NoAxis:
    """Return the answer to a sweep of nothing, with an axis and a sweep of the libraries."""
    book = rule_book(libraries)
    choices = (
        f"{group}={','.join(options[:2])}"
        for offer in book.offers
        for group, options in offer.groups
        if len(options) > 1 and group not in book.derived
    )
    return NoAxis(choices=next(choices, None), saved=next(iter(libraries.options(SWEEPS)), None))


def _say_what_has_moved(plan: Plan) -> None:
    """Print a warning for each old name that was used; it goes on working."""
    for move in plan.moved:
        say(finding_text(moved_finding(move), style_for(sys.stderr)), err=True)


def _say_what_is_left_aside(*, is_read: bool) -> None:
    """Print the options that have no effect with --plan, as they say how to write.

    Args:
        is_read: Whether the request was read from the directory.
    """
    context = click.get_current_context()
    reading = () if is_read else ("directory", "resume", "extend")
    names = (*reading, "form", "json_column", "validate", "workers")
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in names
        and context.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT
    ]
    if given:
        say(f"nothing is written with --plan: {', '.join(given)} left aside", err=True)


def _show_ledger(plan: Plan, asked: Asked, as_json: bool, err: bool) -> None:
    """Print how many points are valid, and why the others aren't."""
    ledger = plan.ledger
    if as_json:
        say(json_text(ledger.as_json()))
        return
    text = ledger_text(ledger, style_for(sys.stderr if err else sys.stdout))
    kinds = {reason.rule: reason.kind for reason in ledger.reasons}
    if any(kinds[name] in ("structure", "link") for name in ledger.conflict):
        text += f"\n\nnext: {_command_of(plan, asked)}"
    if plan.size < ledger.recipes:
        text += f"\n\na sample of {plan.size:,} is taken"
    say(text, err=err)


def _command_of(plan: Plan, asked: Asked) -> str:
    """Return the command that says what is wrong with the first point that was asked for."""
    options = asked.options
    axes = (axis for dimension in plan.space.dimensions for axis in dimension.axes)
    words = ["recipe", "sweep", *asked.overrides]
    words += [word for tie in options.zips for word in ("--zip", ",".join(tie))]
    words += [word for expression in options.where for word in ("--where", expression)]
    words += [*plan.libraries.as_options(), *as_options()]
    return join([*words, "--why", ",".join(axis.overrides[0].text for axis in axes)])


def _write(plan: Plan, root: Path, order: WriteOptions) -> Outcome:
    """Write the recipes with progress bars; on Ctrl-C say how to go on."""
    # For a table: pyarrow picks an allocator when it is imported, and its own takes 12 MiB more.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        return write_plan(plan, root, order, active_libraries(), progress)
    except Interrupted as stop:
        text = stop.detail.line()
        raise KeyboardInterrupt(f"{text.message}; go on with: {text.hint}") from None


def _show_outcome(plan: Plan, outcome: Outcome, order: WriteOptions, as_json: bool) -> None:
    """Print what was written where, and a command to look at it."""
    if as_json:
        say(
            json_text(
                {
                    **plan.ledger.as_json(),
                    "directory": str(outcome.directory),
                    "recipes": outcome.recipes,
                    "written": outcome.written,
                },
            )
        )
        return

    if outcome.was_whole:
        way = _how_to_extend(plan, outcome.directory, order)
        say(f"\nnothing was left to write{way}", err=True)
    recipes = counted(outcome.recipes, "recipe")
    new = "" if outcome.written == outcome.recipes else f" ({outcome.written:,} new)"
    say(f"\n{recipes}{new} in {outcome.directory}", err=True)
    if left_open := open_in_all(plan):
        say(f"all are incomplete; to submit them, give {' '.join(left_open)}", err=True)
    inside = partial(_inside, outcome.directory)
    libraries = "".join(f" {quote(word)}" for word in plan.libraries.as_options())
    following = {
        "yaml": f"recipe check {inside('recipes')}{libraries}",
        "jsonl": f"recipe check -q {inside('recipes.jsonl')}{libraries}",
        "csv": f"head -2 {inside('recipes.csv')}",
        "parquet": f"python -c {quote(_first_of(outcome.directory))}",
        "jsonl.zst": f"zstd -dc {inside('recipes.jsonl.zst')} | head -1",
    }
    say(f"next: {following[order.format]}", err=True)


def _inside(directory: Path, name: str) -> str:
    """Return the path of a file in a directory, quoted for a shell."""
    return quote(f"{directory}/{name}")


def _how_to_extend(plan: Plan, directory: Path, order: WriteOptions) -> str:
    """Return what to type to add recipes to a sweep that is finished; empty if nobody knows."""
    recorded = recorded_request(directory)
    options = ["--extend", "--dir", str(directory), *plan.libraries.as_options(), *as_options()]
    options += ["--locked"] if order.lock else []
    sample = recorded.options.sample
    if sample is None:
        words = ["recipe", "sweep", *recorded.words, *options]
        return f"; with a value added to an axis this adds recipes: {join(words)}"
    most = most_in_sample(directory)
    larger = 2 * sample if most is None else min(2 * sample, most)
    if larger <= sample:
        return ""
    words = ["recipe", "sweep", *options, "--sample", str(larger)]
    return f"; a larger sample adds recipes: {join(words)}"


def _first_of(directory: Path) -> str:
    """Return Python code that shows the first recipe of a table."""
    table = repr(str(directory / "recipes.parquet"))
    return f"import pyarrow.parquet as p; print(p.read_table({table}).slice(0, 1).to_pylist())"


def _dated(plan: Plan) -> Path:
    """Return where a sweep is written by default: date, time and training method.

    The method is in the path because HyperPod tells from a recipe's path what kind it is.
    """
    recipes = (grid.branch.recipe for grid in plan.grids)
    methods = dict.fromkeys(
        recipe.choices[_METHOD] for recipe in recipes if recipe and _METHOD in recipe.choices
    )
    return Path("-".join([time.strftime("multirun/%Y-%m-%d/%H-%M-%S"), *map(clean, methods)]))


def _why(space: Any, why: str, as_json: bool) -> int:
    """Print what is wrong with one point, and return the exit status."""
    report = report_on(space, why, active_libraries())
    if as_json:
        say(json_text(report.as_json()))
    else:
        say(report_text(report, style_for(sys.stdout)))
    return 0 if report.valid else 1
