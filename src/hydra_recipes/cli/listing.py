"""``recipe list``: show the groups, the options of a group, or one option."""

from __future__ import annotations

from typing import Any

import click

from hydra_recipes.cli.terminal import Command, json_option, json_text, say
from hydra_recipes.rules.allowed import USUAL
from hydra_recipes.rules.catalogue import (
    GroupEntry,
    LimitLine,
    OptionEntry,
    RuleLine,
    group_entries,
    group_entry,
    option_entry,
    resolve_subject,
)
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.text import one_line, with_source


@click.command(
    "list",
    cls=Command,
    follows_links=False,
    examples=["recipe list", "recipe list model", "recipe list model/nova-lite"],
)
@click.argument("subject", nargs=-1, metavar="[GROUP[/OPTION]]")
@json_option
def listing(subject: tuple[str, ...], as_json: bool) -> int:
    """Show the groups, the options of a group, or one option.

    Of an option: what it sets, with what it is offered, and what limits it.
    """
    if len(subject) > 1:
        raise click.UsageError(f"one at a time; for an option: recipe list {'/'.join(subject[:2])}")
    libraries = active_libraries()
    if not subject:
        entries = group_entries(libraries)
        _show(as_json, [entry.as_json() for entry in entries], _groups(entries))
        return 0
    group, option = resolve_subject(libraries, subject[0])
    if option is None:
        entry = group_entry(libraries, group)
        _show(as_json, entry.as_json(), _options(entry))
    else:
        detail = option_entry(libraries, group, option)
        _show(as_json, detail.as_json(), _detail(detail))
    return 0


def _show(as_json: bool, data: Any, lines: list[str]) -> None:
    """Print the answer as JSON or as lines of text."""
    say(json_text(data, indent=2) if as_json else "\n".join(map(one_line, lines)))


def _groups(entries: list[GroupEntry]) -> list[str]:
    """Return the lines for all groups."""
    chosen = [entry for entry in entries if not entry.derived and entry.default]
    added = [entry for entry in entries if not entry.derived and not entry.default]
    derived = [entry.name for entry in entries if entry.derived]
    lines = ["choose with GROUP=OPTION (* is what you get otherwise)", *_table(chosen)]
    if added:
        lines += ["", "add with +GROUP=OPTION", *_table(added)]
    if derived:
        lines += ["", "derived from these, not chosen by hand", *_wrapped(", ".join(derived))]
    return [*lines, "", "recipe list GROUP and recipe list GROUP/OPTION say more."]


def _table(entries: list[GroupEntry]) -> list[str]:
    """Return lines for groups, each with its options below."""
    width = max((len(entry.name) for entry in entries), default=0)
    lines = []
    for entry in entries:
        lines.append(f"  {entry.name:<{width}}  {entry.about}")
        names = ", ".join(_starred(option.name, entry) for option in entry.options)
        lines += _wrapped(names, " " * (width + 4))
    return lines


def _starred(option: str, entry: GroupEntry) -> str:
    """Return an option's name, with a star if it is the default of its group."""
    return f"{option}*" if option == entry.default else option


def _options(entry: GroupEntry) -> list[str]:
    """Return the lines for the options of a group."""
    how = "+" if entry.default is None and not entry.derived else ""
    lines = [f"{entry.name}: {entry.about}" if entry.about else entry.name]
    names = [_starred(option.name, entry) for option in entry.options]
    width = max(map(len, names), default=0)
    for name, option in zip(names, entry.options, strict=True):
        text = f"{name:<{width}}  {option.about}" if option.about else name
        lines += _wrapped(text, "  ", " " * (width + 4))
        for group, options in option.offered.items():
            indent = " " * (width + 4)
            lines += _wrapped(f"{group}: {', '.join(options)}", indent, indent + "  ")
    if entry.derived:
        lines += ["", "derived from choices, not chosen by hand"]
    else:
        otherwise = "; * is what you get otherwise" if entry.default else ""
        lines += ["", f"choose one with {how}{entry.name}=OPTION{otherwise}"]
    return lines


def _detail(entry: OptionEntry) -> list[str]:
    """Return the lines for one option."""
    lines = [f"{entry.group}={entry.name}"]
    if entry.about:
        lines += _wrapped(entry.about)
    lines.append(f"  (library {entry.library}, {entry.file})")
    if entry.sets:
        lines += ["", "sets"]
        lines += [f"  {key}: {value}" for key, value in entry.sets.items()]
    if entry.brings:
        lines += ["", "brings"]
        lines += [
            f"  ~{group}" if option is None else f"  {group}={option}"
            for group, option in entry.brings.items()
        ]
    if entry.offers:
        lines += ["", "offered with"]
        for offer in entry.offers:
            parts = [f"{group}={', '.join(options)}" for group, options in offer.items()]
            lines += _wrapped("  ".join(parts), "  ", "    ")
    if entry.limits or entry.rules:
        lines += ["", "limits"]
    for limit in entry.limits:
        lines += _limit(f"{limit.key}: {USUAL.get(limit.severity, '')}{limit.allowed}", limit)
    for rule in entry.rules:
        lines += _limit(rule.message, rule)
    if entry.related:
        lines += ["", "more limits", *(f"  recipe list {name}" for name in entry.related)]
    return lines


def _limit(text: str, entry: LimitLine | RuleLine) -> list[str]:
    """Return the lines for a limit or rule, with its reason and id."""
    why = with_source(entry.because, entry.source)
    lines = _wrapped(text, "  ", "    ")
    if entry.when:
        lines += _wrapped(f"with {entry.when}", "    ", "      ")
    return lines + _wrapped(f"{why} [{entry.id}]", "    ")


def _wrapped(text: str, first: str = "  ", rest: str | None = None) -> list[str]:
    """Return text in lines of at most 80 characters, except for longer words."""
    import textwrap

    return textwrap.wrap(
        text,
        80,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
