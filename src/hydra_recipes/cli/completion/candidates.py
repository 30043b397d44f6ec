"""Candidates: what the word before the cursor may become."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from hydra_recipes.cli.completion.catalogue import Catalogue, Command, Family, Option

_SUFFIXES = (".yaml", ".yml", ".json", ".jsonl")
_SIGNS = ("++", "+", "~")
_NO_OVERRIDES = ("FILE", "DIR", "LIBRARY", "OLD", "NEW", "A B", "PATH")
Candidate = tuple[str, str]
"""A whole word, and what it means. More may follow one that ends in ``=`` or ``/``."""


def candidates(words: Sequence[str], begun: str, known: Catalogue) -> list[Candidate]:
    """Return what a word may become.

    Args:
        words: The words before it, without the name of the program.
        begun: What is there of it.
        known: What can be typed.
    """
    path, option = _place(words, known)
    command = known.commands[path]
    name, equals, value = begun.partition("=")
    if option is None and begun.startswith("--") and equals:
        option = _option_of(name, command)
        found = [(f"{name}={text}", about) for text, about in _values(option, value)]
    elif option is not None:
        found = list(_values(option, begun))
    elif begun.startswith("-"):
        found = [(option.names[-1], option.about) for option in command.options]
        found += [(option.names[0], option.about) for option in command.options if begun == "-"]
    elif command.commands:
        found = list(command.commands.items())
    else:
        found = list(_arguments(command, path, words, begun, known))
    return [pair for pair in dict(found).items() if pair[0].startswith(begun)]


def named_libraries(words: Sequence[str]) -> list[str]:
    """Return the libraries that ``--library`` names among the words."""
    apart = [value for word, value in pairwise(words) if word == "--library"]
    joined = (word.partition("=")[2] for word in words if word.startswith("--library="))
    return [*apart, *joined]


def _place(words: Sequence[str], known: Catalogue) -> tuple[str, Option | None]:
    """Return the words of the command, and its option that the next word is the value of."""
    path, option = "", None
    for word in words:
        if option is not None:
            option = None
        elif word.startswith("-"):
            option = _option_of(word, known.commands[path])
            option = option if option and option.metavar and "=" not in word else None
        elif word in known.commands[path].commands:
            path = f"{path} {word}".lstrip()
    return path, option


def _option_of(name: str, command: Command) -> Option | None:
    """Return the option of a command with a name, or None."""
    return next((option for option in command.options if name in option.names), None)


def _values(option: Option | None, begun: str) -> Iterator[Candidate]:
    """Yield the values of an option."""
    if option is None:
        return
    yield from ((value, "") for value in option.values)
    if any(word in option.metavar for word in ("FILE", "DIR", "PATH")):
        yield from _files(begun, suffixes=("",) if "FILE" in option.metavar else ())


def _arguments(
    command: Command, path: str, words: Sequence[str], begun: str, known: Catalogue
) -> Iterator[Candidate]:
    """Yield what an argument of a command may become."""
    if "GROUP" in command.arguments:
        yield from _subjects(begun, known)
        return
    if command.arguments.startswith("KEY") and path == words[-1]:
        yield from _keys(begun, _keys_of(_families(words, known)))
        return
    if path == "diff" and "," in begun:  # overrides of one recipe, with commas between them
        start, _, begun = begun.rpartition(",")
        found = _overrides(begun, start.split(","), known)
        yield from ((f"{start},{text}", about) for text, about in found)
        return
    if "OVERRIDE" in command.arguments or path == "diff":
        yield from _overrides(begun, words, known)
    if any(word in command.arguments for word in _NO_OVERRIDES):
        folders_only = not any(word in command.arguments for word in ("FILE", "A B"))
        yield from _files(begun, suffixes=() if folders_only else _SUFFIXES)


def _subjects(begun: str, known: Catalogue) -> Iterator[Candidate]:
    """Yield groups, and behind a slash the options of one."""
    group, slash, _ = begun.partition("/")
    if slash and group in known.groups:
        for option, about in known.groups[group].options.items():
            yield f"{group}/{option}", about
    yield from ((name, entry.about) for name, entry in known.groups.items())


def _overrides(begun: str, others: Sequence[str], known: Catalogue) -> Iterator[Candidate]:
    """Yield the overrides that a word may become beside others: groups, their options, keys."""
    sign = next((sign for sign in _SIGNS if begun.startswith(sign)), "")
    name, equals, value = begun.removeprefix(sign).partition("=")
    if equals:
        several = value.rpartition(",")  # an axis of a sweep
        start = f"{sign}{name}={several[0]}{several[1]}"
        if group := known.groups.get(name):
            is_option = any(option.startswith(several[2]) for option in group.options)
            options = group.options if is_option else group.spellings
            yield from ((f"{start}{option}", about) for option, about in options.items())
        return
    end = "" if sign == "~" else "="
    families = _families(others, known)
    added = {group_name for family in families for group_name in family.added}
    for group_name, entry in known.groups.items():
        fits = bool(entry.default) or not families or group_name in added
        if fits and bool(entry.default) == (sign in ("", "~")):
            yield f"{sign}{group_name}{end}", entry.about
    for key, about in _keys(begun.removeprefix(sign), _keys_of(families)):
        yield f"{sign}{key}{end}", about


def _families(others: Sequence[str], known: Catalogue) -> Sequence[Family]:
    """Return the families of recipes with the choices among some overrides; all if none fits.

    The defaults of groups count as far as they fit what is typed: a method may replace them.
    """
    typed = dict(word.lstrip("+").split("=", 1) for word in others if "=" in word)
    chosen = {name: value for name, value in typed.items() if name in known.groups}
    if all(known.groups[name].default for name in chosen):  # a preset may choose anything
        chosen |= {name: group.default for name, group in known.groups.items() if name not in typed}
    found = known.families
    for group, value in chosen.items():
        options = set(value.split(","))
        fitting = [one for one in found if options & set(one.offered.get(group, options))]
        found = fitting or found
    return found


def _keys_of(families: Iterable[Family]) -> dict[str, str]:
    """Return the keys of the recipes of some families."""
    return {key: about for family in families for key, about in family.keys.items()}


def _keys(begun: str, keys: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield keys, each as short as it stands for itself alone.

    A name that several keys end in is one too: a recipe may have only one of these.
    """
    times = Counter(suffix for key in keys for suffix in _suffixes(key))
    for key, about in keys.items():
        suffixes = _suffixes(key)
        if "." in begun:
            yield from ((suffix, about) for suffix in suffixes)
        else:
            alone = next(suffix for suffix in suffixes if times[suffix] == 1 or suffix == key)
            yield (alone if alone.startswith(begun) else suffixes[0]), about


def _suffixes(key: str) -> list[str]:
    """Return the ends of a dotted key, the shortest first."""
    names = key.split(".")
    return [".".join(names[-length:]) for length in range(1, len(names) + 1)]


def _files(begun: str, *, suffixes: tuple[str, ...]) -> Iterator[Candidate]:
    """Yield the folders that a path may lead to, and the files with one of these suffixes."""
    folder, slash, start = begun.rpartition("/")
    place = os.path.expanduser(folder + slash) or "."  # noqa: PTH111 - text
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") and not start.startswith("."):
            continue
        if entry.is_dir():
            yield f"{folder}{slash}{entry.name}/", ""
        elif suffixes and entry.name.lower().endswith(suffixes):
            yield f"{folder}{slash}{entry.name}", ""
