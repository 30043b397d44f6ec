"""Texts of recipes, varied line by line: other values, odd spellings, lines gone or moved."""

import json
import re

from support.awkward_scalars import AWKWARD
from support.random_edits import UNKNOWN, VALUES, WRONG

LINE = re.compile(r"^( *(?:- )*)(\w+)(: )(.+)$")
SAFE = [1, 2, 4, 8, 64, 128, 1.0e-05, 2.0e-05, 0.5, 0.0, True, "my-run", "s3://acme/x.jsonl"]
COMMENTS = ["", "", "", "  # 4, 8 or 16", " #", " # a: b", "#x", " # \u00e9", "\t# x", " "]


def spelled(value, rng):
    """A value as YAML: as most write it, or in quotes."""
    if isinstance(value, str):
        style = rng.choice(["{}", '"{}"', "'{}'"])
        return style.format(value.replace("\n", " "))
    if isinstance(value, float):
        return rng.choice([repr(value), f"{value:.6f}", f"{value:.1e}"])
    return json.dumps(value)


def value_for(key, rng, seen):
    """The text of another value for a key: one that it has elsewhere, one near a limit, or any."""
    roll = rng.random()
    if roll < 0.4 and key in seen:
        return rng.choice(seen[key])
    if roll < 0.75:
        return spelled(rng.choice(VALUES.get(key, SAFE)), rng)
    return spelled(rng.choice(WRONG), rng) if roll < 0.85 else rng.choice(AWKWARD)


def seen_in(texts):
    """The texts of the values of each key."""
    seen = {}
    for text in texts:
        for line in text.splitlines():
            if match := LINE.match(line):
                seen.setdefault(match[2], []).append(match[4])
    return seen


def varied(text, rng, seen):
    """A text with some lines changed."""
    lines = text.splitlines()
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(len(lines))
        match = LINE.match(lines[at])
        roll = rng.random()
        if match and roll < 0.8:
            value = value_for(match[2], rng, seen)
            lines[at] = f"{match[1]}{match[2]}{match[3]}{value}{rng.choice(COMMENTS)}"
        elif roll < 0.85:
            del lines[at]
        elif roll < 0.9:
            lines.insert(at, rng.choice([lines[at], "", "# note", f"  {rng.choice(UNKNOWN)}: 1"]))
        elif roll < 0.95:
            lines[at] = rng.choice(["  ", " "]) + lines[at]
        lines = lines or [""]
    return "\n".join(lines) + rng.choice(["\n", "\n", "", "\n\n", "\n...\n"])
