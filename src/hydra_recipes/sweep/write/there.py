"""There: how much of a sweep is in its directory, found by comparing it with what belongs there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from hydra_recipes.sweep.write.directory import MANIFEST, Progress
from hydra_recipes.sweep.write.formats import Format
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.points import Written


def there(points: Iterator[Written], form: Format, manifest: Grown, start: Progress) -> Progress:
    """How far a sweep is written: each recipe and each manifest line is the one that belongs there.

    Nothing is written.

    Args:
        points: The points that the request asks for.
        form: How they are put on disk.
        manifest: The manifest.
        start: What earlier requests wrote.

    Raises:
        OutputError: If something else is in the place of a recipe, or of a manifest line.
    """
    streams = {**form.streams, MANIFEST: manifest}
    progress = Progress(start.points, dict(start.sizes))
    is_whole, is_all = True, False
    try:
        for name, stream in streams.items():
            stream.compare(start.sizes.get(name, 0), start.points)
        for chunk in chunked(points, form.chunk, start.points):
            if all(stream.has_ended for stream in streams.values()):
                break
            taken = form.has(chunk)
            is_whole = manifest.has(manifest_lines(chunk)) and taken is not None and is_whole
            if is_whole:
                count_in(progress, len(chunk), form, manifest, taken or 0)
        else:
            is_all = True
        for stream in reversed(streams.values()):  # what is wrong is told of the manifest first
            stream.check_end(is_all=is_all)
    finally:
        for stream in streams.values():
            stream.close()
    return progress


def count_in(progress: Progress, points: int, form: Format, manifest: Grown, taken: int) -> None:
    """Counts a chunk that is there whole.

    Args:
        progress: How far the sweep is; it is changed.
        points: How many points the chunk has.
        form: How they are put on disk.
        manifest: The manifest.
        taken: The bytes that they take in the format's folder.
    """
    progress.points += points
    streams = {**form.streams, MANIFEST: manifest}
    progress.sizes.update((name, stream.count_in()) for name, stream in streams.items())
    if form.folder:
        progress.sizes[form.folder] = progress.sizes.get(form.folder, 0) + taken


def chunked(points: Iterator[Written], size: int, first: int) -> Iterator[list[Written]]:
    """The points in chunks that end where the index is a multiple of their size."""
    while True:
        chunk = list(itertools.islice(points, size - first % size))
        if not chunk:
            return
        first += len(chunk)
        yield chunk


def manifest_lines(points: Sequence[Written]) -> bytes:
    """The manifest lines of some points."""
    return "\n".join([*[point.manifest for point in points], ""]).encode()
