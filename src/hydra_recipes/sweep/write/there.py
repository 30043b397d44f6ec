"""How much of a sweep is in its directory, found by comparing files with what belongs there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from hydra_recipes.sweep.write.directory import MANIFEST, Progress
from hydra_recipes.sweep.write.formats import Format
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.points import Written


def there(points: Iterator[Written], form: Format, manifest: Grown, start: Progress) -> Progress:
    """Return how far a sweep is written, counting points whose recipe and manifest line are right.

    Writes nothing.

    Args:
        points: The points that the request asks for.
        form: The format of the files.
        manifest: The manifest.
        start: How far earlier requests wrote.

    Raises:
        OutputError: If something else is in the place of a recipe or a manifest line.
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
            size = form.has(chunk)
            is_whole = manifest.has(manifest_lines(chunk)) and size is not None and is_whole
            if is_whole:
                count_in(progress, len(chunk), form, manifest, size or 0)
        else:
            is_all = True
        # The manifest comes first, so that an error names it if more than one file is wrong.
        for stream in reversed(streams.values()):
            stream.check_end(is_all=is_all)
    finally:
        for stream in streams.values():
            stream.close()
    return progress


def count_in(progress: Progress, points: int, form: Format, manifest: Grown, taken: int) -> None:
    """Add a complete chunk to the progress.

    Args:
        progress: How far the sweep is written; it is changed.
        points: How many points the chunk has.
        form: The format of the files.
        manifest: The manifest.
        taken: The size of the chunk in the format's folder, in bytes.
    """
    progress.points += points
    streams = {**form.streams, MANIFEST: manifest}
    progress.sizes.update((name, stream.count_in()) for name, stream in streams.items())
    if form.folder:
        progress.sizes[form.folder] = progress.sizes.get(form.folder, 0) + taken


def chunked(points: Iterator[Written], size: int, first: int) -> Iterator[list[Written]]:
    """Yield the points in chunks that end where the index is a multiple of ``size``.

    Args:
        points: The points.
        size: The largest number of points in a chunk.
        first: The index of the first point.
    """
    while True:
        chunk = list(itertools.islice(points, size - first % size))
        if not chunk:
            return
        first += len(chunk)
        yield chunk


def manifest_lines(points: Sequence[Written]) -> bytes:
    """Return the manifest lines of points, each with its line break."""
    return "\n".join([*[point.manifest for point in points], ""]).encode()
