"""Requests to go on with a sweep that leave out some of it, or ask for other libraries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from hydra_recipes.environment import as_options
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import SweepExists
from hydra_recipes.findings.messages.sweep_requests import LacksOverrides, MadeWith, SampleOfWhole
from hydra_recipes.library.model import Libraries
from hydra_recipes.override import Override
from hydra_recipes.sweep.space.space import Space
from hydra_recipes.sweep.write.directory import SweepDirectory
from hydra_recipes.sweep.write.recorded import Asked, recorded_request
from hydra_recipes.tree import matches, path_of


def refuse_other_libraries(libraries: Libraries, root: Path) -> None:
    """Raise if the options that named the libraries of a directory's sweep aren't given now.

    Raises:
        OutputError: If a library, the primary config or a variable is missing.
    """
    recorded = SweepDirectory(root).request()
    options: list[str] = recorded.get("options") or []
    given = _pairs([*libraries.as_options(), *as_options()])
    names = {library.name for library in libraries.members}
    lacks_library = any(name not in names for name in recorded["libraries"])
    # A library may have been moved, so it is known by its name; all else has to be the same.
    others = {pair for pair in _pairs(options) if pair[0] in ("--config-name", "--allow-env")}
    if options and (lacks_library or not others <= given):
        raise OutputError(MadeWith(directory=str(root), options=options))


def refuse_narrower(
    asked: Asked, space: Space, libraries: Libraries, root: Path, flag: str | None
) -> None:
    """Raise if a request leaves out some of what the finished sweep in its directory has.

    Args:
        asked: The request.
        space: Its space.
        libraries: The libraries in force.
        root: The directory.
        flag: ``--resume`` or ``--extend``; None without either.

    Raises:
        OutputError: If it sets fewer groups and keys, or is a sample where all was written.
    """
    recorded = recorded_request(root)
    # The space has the keys of a sweep that a library holds, too.
    present = [*_names(asked.overrides), *(item.key for item in space.items)]
    lacking = [name for name in _names(recorded.overrides) if not _is_among(name, present)]
    sample = space.options.sample if recorded.options.sample is None else None
    where = str(root)
    if flag is None and (lacking or sample):
        detail = SweepExists(directory=where, is_same=False, is_finished=True, is_wider=True)
        raise OutputError(detail)
    if flag and lacking:
        is_locked = "lock" in SweepDirectory(root).request()["request"]
        options = [*libraries.as_options(), *as_options(), *(["--locked"] if is_locked else [])]
        words = _whole(asked, recorded).words
        raise OutputError(
            LacksOverrides(
                directory=where, options=options, flag=flag, lacking=lacking, words=words
            )
        )
    if sample:
        raise OutputError(SampleOfWhole(directory=where, sample=sample))


def _whole(asked: Asked, recorded: Asked) -> Asked:
    """Return a request with what it leaves out of the recorded one, and no smaller a sample."""
    whole = replace(asked, overrides=()).over(recorded)
    before, sample = recorded.options.sample, whole.options.sample
    size = before if before is None or sample is None else max(before, sample)
    return replace(
        whole,
        overrides=_together(recorded.overrides, asked.overrides),
        options=replace(whole.options, sample=size),
    )


def _together(recorded: Sequence[str], typed: Sequence[str]) -> tuple[str, ...]:
    """Return the recorded overrides, with those typed in place of the ones of the same key."""
    texts: list[str] = []
    for text in recorded:
        name = Override.read(text).name
        texts += [new for new in typed if _is_among(name, _names([new]))] or [text]
    return tuple(dict.fromkeys([*texts, *typed]))


def _names(overrides: Iterable[str]) -> list[str]:
    """Return the group or key of each override."""
    return [Override.read(text).name for text in overrides]


def _is_among(name: str, names: Iterable[str]) -> bool:
    """Return whether a group or key is one of these, written as short as it may be."""
    path, paths = path_of(name), [path_of(other) for other in names]
    return bool(matches(path, paths)) or any(matches(other, [path]) for other in paths)


def _pairs(words: Sequence[str]) -> set[tuple[str, str]]:
    """Return options, each with its value."""
    return set(zip(words[::2], words[1::2], strict=False))
