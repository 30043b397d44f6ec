"""Digests: hashes over what files hold, written as ``sha256:`` and hexadecimal digits."""

import hashlib
import json
from collections.abc import Mapping
from typing import BinaryIO


def digest_of_content(content: bytes) -> str:
    """A hash over a file's content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def digest_of_stream(stream: BinaryIO, size: int) -> str:
    """A hash over the next bytes of a file, so many or all there are."""
    found = hashlib.sha256()
    while size and (block := stream.read(min(size, 1 << 20))):
        found.update(block)
        size -= len(block)
    return f"sha256:{found.hexdigest()}"


def digest_of(digests: Mapping[str, str]) -> str:
    """A hash over the names and hashes of several files."""
    # As JSON, no name can be taken for another.
    return digest_of_content(json.dumps(dict(digests), sort_keys=True).encode())
