"""``recipe list``: what there is to choose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from hydra_recipes.cli.terminal import json_option

if TYPE_CHECKING:
    from hydra_recipes.catalogue import GroupEntry, OptionEntry


@click.command("list")
@click.argument("subject", required=False, metavar="[GROUP[/OPTION]]")
@json_option
def listing(subject: str | None, as_json: bool) -> int:
    r"""Show the groups, the options of a group, or one option.

    \b
    recipe list
    recipe list model
    recipe list model/nova-lite
    """
    from hydra_recipes.catalogue import group_entries, group_entry, option_entry, resolve_subject
    from hydra_recipes.library import libraries

    shelf = libraries()
    if subject is None:
        entries = group_entries(shelf)
        _show(as_json, [entry.as_json() for entry in entries], "\n".join(_groups(entries)))
        return 0
    group, option = resolve_subject(shelf, subject)
    if option is None:
        entry = group_entry(shelf, group)
        _show(as_json, entry.as_json(), "\n".join(_options(entry)))
    else:
        detail = option_entry(shelf, group, option)
        _show(as_json, detail.as_json(), "\n".join(_detail(detail)))
    return 0


def _show(as_json: bool, data: Any, text: str) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False) if as_json else text)


def _groups(entries: list[GroupEntry]) -> list[str]:
    width = max(len(entry.name) for entry in entries)
    lines = []
    for derived in (False, True):
        chosen = [entry for entry in entries if entry.derived == derived]
        if derived and chosen:
            lines += ["", "derived, not chosen by hand:"]
        for entry in chosen:
            options = ", ".join(
                f"{option.name}*" if option.name == entry.default else option.name
                for option in entry.options
            )
            lines.append(f"{entry.name:<{width}}  {entry.about}")
            if not derived:
                lines.append(f"{'':<{width}}    {options}")
    return [
        *lines,
        "",
        "* is the default. recipe list GROUP and recipe list GROUP/OPTION say more.",
    ]


def _options(entry: GroupEntry) -> list[str]:
    width = max((len(option.name) for option in entry.options), default=0) + 1
    lines = [f"{entry.name}: {entry.about}"]
    for option in entry.options:
        name = f"{option.name}*" if option.name == entry.default else option.name
        lines.append(f"  {name:<{width}}  {option.about or ''}".rstrip())
    return lines


def _detail(entry: OptionEntry) -> list[str]:
    lines = [f"{entry.group}={entry.name}"]
    if entry.about:
        lines.append(f"  {entry.about}")
    lines.append(f"  from {entry.library}: {entry.file}")
    if entry.sets:
        lines += ["", "sets"]
        lines += [f"  {key} = {value}" for key, value in entry.sets.items()]
    if entry.brings:
        lines += ["", "brings"]
        lines += [f"  {group}={option}" for group, option in entry.brings.items()]
    if entry.offers:
        lines += ["", "offered with"]
        lines += [f"  {offer}" for offer in entry.offers]
    if entry.limits:
        lines += ["", "limits"]
        for limit in entry.limits:
            condition = f" ({limit.when})" if limit.when else ""
            lines.append(f"  {limit.key}: {limit.allowed}{condition} [{limit.id}]")
            lines.append(f"    {limit.because}")
    return lines
