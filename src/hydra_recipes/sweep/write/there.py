"""How much of a sweep is in its directory, found by comparing files with what belongs there."""

from __future__ import annotations

from collections.abc import Iterator

from hydra_recipes.sweep.write.chunk import Chunk
from hydra_recipes.sweep.write.directory import MANIFEST, Progress
from hydra_recipes.sweep.write.formats import Format
from hydra_recipes.sweep.write.grown import Grown


def there(chunks: Iterator[Chunk], form: Format, manifest: Grown, start: Progress) -> Progress:
    """Return how far a sweep is written, counting points whose recipe and manifest line are right.

    Writes nothing.

    Args:
        chunks: The points that the request asks for.
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
        for chunk in chunks:
            if all(stream.has_ended for stream in streams.values()):
                break
            size = form.has(chunk)
            has_lines = all(manifest.has(lines) for lines in chunk.manifest())
            is_whole = has_lines and size is not None and is_whole
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
