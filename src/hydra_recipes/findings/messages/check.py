"""The messages about recipes and the rules they are checked by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hydra_recipes.findings.messages.base import Data, Text, candidates, hops, reason, some_keys
from hydra_recipes.findings.messages.packages import goes_where, hydras_own, other_package
from hydra_recipes.literals import primitive, scalar, spell_choice
from hydra_recipes.text import WIDEST, Bare, cut, one_of, perhaps, shown, spell
from hydra_recipes.tree import MOUNT


def _limit(d: Data) -> Text:
    short = d["short"]
    what = f"{short} is {shown(d['value'])}"
    if d["value"] == "" and d["allowed"] == "not empty":
        return Text(f"{short} is empty", f"{short}=VALUE")
    near = d["nearest"]
    hint: str | None = f"{short}={_typed(near)}"
    if near is None and d["allowed"] == "null":
        hint = f"{short}=null"
    elif near is None and d["value"] is not None:
        hint = f"{short}=VALUE" if isinstance(d["value"], str) else None
    allowed = {"warning": "usual", "incomplete": "to submit"}.get(d["severity"], "allowed")
    if d.get("alternatives"):
        ways = "; ".join(_alternative(text, groups) for text, groups in d["alternatives"].items())
        return Text(f"{what}; {allowed}: {ways}", hint)
    where = f" on any offered {' and '.join(d['unknown'])}" if d.get("unknown") else ""
    return Text(f"{what}; {allowed}{where}: {d['allowed']}", hint)


def _typed(value: Any) -> str:
    """A value as it is typed in an override: text that would be read as a number is in quotes."""
    is_text = isinstance(value, str) and bool(value)
    return f"'\"{value}\"'" if is_text and primitive(value) != value else spell(value)


def _alternative(text: str, options: list[str]) -> str:
    return f"{text} ({', '.join(options)})" if options else text


def _forbidden_key(d: Data) -> Text:
    must = "is better left out" if d["severity"] == "warning" else "must not be there"
    return Text(f"{d['short']} {must}", f"~{d['short']}")


def _rule(d: Data) -> Text:
    values = ", ".join(f"{name} is {shown(value)}" for name, value in d["values"].items())
    return Text(f"{d['text']} ({values})" if values else str(d["text"]), d["hint"])


def _no_answer(d: Data) -> Text:
    values = ", ".join(f"{name} is {shown(value)}" for name, value in d["values"].items())
    where = f" where {values}" if values else ""
    return Text(f"{shown(d['expression'])} has no answer{where}: {d['reason']}")


def _wrong_type(d: Data) -> Text:
    value = d["value"]
    found = f'the text "{value}"' if isinstance(value, str) else shown(value)
    meant, hint = d["meant"], None
    if isinstance(meant, str):
        hint = f"{d['short']}='\"{meant}\"'"
    elif meant is not None:
        hint = f"{d['short']}={spell(meant)}"
    if "written" in d and d["written"] != found:
        found += f", as {d['reader']} takes {cut(d['written'])}"
    return Text(f"{d['short']} is {found}; it has to be {d['expected']}", hint)


def _text_to_some(d: Data) -> Text:
    return Text(
        f"{d['key']} is {cut(d['written'])}, which readers of YAML 1.1 take for text",
        f"write {scalar(d['value'])}",
    )


def _unclear_value(d: Data) -> Text:
    text, value = cut(d["written"]), d["value"]
    quoted = f'"{text}"'
    right = quoted if isinstance(value, str) else f"{spell(value)}, or {quoted} if text is meant"
    return Text(
        f"{d['key']} is {text} without quotes, which readers of YAML take for different values",
        f"write {right}",
    )


def _not_offered(d: Data) -> Text:
    asked = _choices(d["choices"])
    group, ways = d["group"], d["ways"]
    if not ways:
        return Text(f"{asked} is not offered", "recipe list shows what is")
    others = {name: option for name, option in d["choices"].items() if name != group}
    rest = f" with {_choices(others)}" if others else ""
    offered = one_of([Bare(way) for way in ways])
    return Text(
        f"{asked} is not offered; offered{rest}: {group}={offered}", spell_choice(group, ways[0])
    )


def _misplaced_option(d: Data) -> Text:
    group, keys = d["needed"], d["keys"]
    ways = one_of([Bare(way) for way in d["ways"]])
    return Text(
        f"{d['value']} is for {group}={ways}; a recipe of {group}={d['option']} doesn't have its "
        f"{'keys' if len(keys) > 1 else 'key'} {some_keys(keys)}",
        spell_choice(group, d["near"]),
    )


def _contradicted_choice(d: Data) -> Text:
    options = [Bare(option) for option in d["possible"]]
    told = f", whose values say {d['key']}={one_of(options)}" if options else ""
    return Text(f"{d['key']}={d['value']} contradicts the recipe{told}; leave it out")


def _choices(choices: Mapping[str, str]) -> str:
    return " ".join(f"{group}={option}" for group, option in choices.items())


def _no_choice_fits(d: Data) -> Text:
    unknown = " and ".join(d["unknown"])
    near = _choices(d["choices"])
    broken = "; ".join(
        f"{short} is {shown(value)}, allowed: {allowed}" if allowed else f"{short} doesn't fit"
        for short, value, allowed in d["broken"]
    )
    told = f"no offered {unknown} allows all values together; nearest is {near}, where {broken}"
    if d["against"]:
        told += f"; where that is allowed, {' or '.join(d['against'])} would not be"
    return Text(told, d["hint"])


def _a_value(d: Data) -> str:
    """What to type in place of a link."""
    return f"{d['key']}=VALUE"


def _link_missing(d: Data) -> Text:
    near = [f"${{{'.'.join(map(str, path))}}}" for path in d.get("nearest", ())]
    return Text(
        f"the link leads to {d['target']}, which isn't there ({hops(d)})",
        perhaps(near, _a_value(d)),
    )


def _mounted_link(d: Data) -> Text:
    ways = [d["relative"]] if d["relative"] else []
    plain = d["resolved"]
    if plain is not None and len(spell(plain)) <= WIDEST:
        ways.append(spell(plain))
    return Text(
        f"{d['key']} is {shown(d['value'])}, which resolves only under {MOUNT}",
        f"write {one_of([Bare(way) for way in ways])}" if ways else None,
    )


def _derived_group(d: Data) -> Text:
    return Text(
        f"{d['key']}={d['value']} contradicts the other choices: {d['key']} follows from "
        f"{' and '.join(d['from'])}, which make it {d['right']}; leave it out"
    )


def _unknown_subject(d: Data) -> Text:
    told = f"there is no group or option {d['name']}"
    if d["is_key"]:
        return Text(f"{told}, it is a key", f"recipe explain {d['name']} tells of it")
    return Text(told, perhaps(d["nearest"], "recipe list shows what there is"))


def _beside_recipe(d: Data) -> Text:
    keys, way = d["keys"], d["way"]
    verb, it = ("stands", "it") if len(keys) == 1 else ("stand", "them")
    told = f"{some_keys(keys)} {verb} beside the recipe, and no link reads {it}"
    hint = f"begin the file with # @package {d['right']}"
    if d["useful"] or not d["certain"]:
        hint = f"read it by a link, ${{{keys[0]}}}, remove it, or {hint}"
    if way == "entry":
        hint = other_package(d)
    elif way == "key":
        hint = f"put it under {MOUNT}:"
    elif way == "defaults":
        hint = "did you mean defaults"
    return Text(f"{told}: {goes_where(d)}", hint)


def _allowed_fields(d: Data) -> str:
    return ", ".join(d["known"])


MESSAGES: dict[str, Callable[[Data], Text]] = {
    # findings
    "limit": _limit,
    "rule": _rule,
    "no-answer": _no_answer,
    "wrong-type": _wrong_type,
    "unclear-value": _unclear_value,
    "text-to-some": _text_to_some,
    "more-items": lambda d: Text(f"{d['more']:,} more values in {d['key']} are wrong like these"),
    "not-offered": _not_offered,
    "misplaced-option": _misplaced_option,
    "derived-group": _derived_group,
    "contradicted-choice": _contradicted_choice,
    "no-choice-fits": _no_choice_fits,
    "required-key": lambda d: Text(
        f"{d['short']} is not set ({d['about']})",
        None if d["severity"] == "warning" else f"+{d['short']}=VALUE",
    ),
    "missing-key": lambda d: Text(
        f"{d['key']} is missing ({d['about']})",
        f"+{d['key']}{'.KEY' if d['mapping'] else ''}=VALUE",
    ),
    "forbidden-key": _forbidden_key,
    "unknown-key-in-recipe": lambda d: Text(
        f"{d['key']} is not a key of this recipe"
        + (f", which has {d['nearest'][0]} for it" if "by" in d else ""),
        perhaps(d["nearest"], f"~{d['key']}"),
    ),
    "unset": lambda d: Text(f"{d['key']} is still ???", f"{d['key']}=VALUE"),
    "beside-recipe": _beside_recipe,
    "hydra-setting": lambda d: Text(*hydras_own(some_keys(d["keys"]), d)),
    "no-family": lambda d: Text(
        "no library has a family for " + _choices(d["choices"]),
        "say in a rules file, under families, which it is",
    ),
    "duplicate-key": lambda d: Text(
        f"{d['name']} is written twice, first on line {d['first']}",
        "remove it here" if d["same"] else "keep one of the two; most readers take this one",
    ),
    "equal-keys": lambda d: Text(
        f"{d['other']} and {d['name']} are two keys, and many readers of YAML keep one of them",
        f'quote it where text is meant: "{d["name"]}"',
    ),
    "merge-conflict": lambda d: Text(
        f"{d['name']} is merged with another value on line {d['other']}, and readers of YAML "
        "differ on which counts",
        f"write {d['name']} beside the <<",
    ),
    "tag": lambda d: (
        Text(
            f"the tag {d['tag']} is not allowed: a recipe holds plain values only",
            "leave the tag out",
        )
        if d["tag"] != "!!value"
        else Text("a lone = has a meaning of its own in YAML", 'write "=" in quotes')
    ),
    "mounted-link": _mounted_link,
    "link-cycle": lambda d: Text(f"the links go in a circle ({hops(d)})", _a_value(d)),
    "link-missing": _link_missing,
    "link-unset": lambda d: Text(
        f"the link leads to {d['target']}, which is still ??? ({hops(d)})",
        f"{d['target'].removeprefix(f'{MOUNT}.')}=VALUE",
    ),
    "link-syntax": lambda d: Text(f"this is not a link: {d['text']}", "write \\${ for a plain ${"),
    "link-failed": lambda d: Text(
        f"{d['name']} has no result: {d['reason']} ({hops(d)})", _a_value(d)
    ),
    "link-resolver": lambda d: Text(
        f"the resolver {d['name']} is not allowed; allowed: {', '.join(d['known'])} ({hops(d)})",
        _a_value(d),
    ),
    # libraries
    "no-primary-config": lambda d: Text(
        f"no config.yaml in {', '.join(d['libraries'])}",
        "a library without one adds to others: name one that has it as well",
    ),
    "bad-library-file": lambda d: Text(f"can't use {d['file']}: {reason(d)}", d.get("hint")),
    "bad-family": lambda d: Text(f"can't use the family model {d['family']}: {d['reason']}"),
    "bad-rules-section": lambda d: Text(
        f"no section is called {d['section']}; there are {_allowed_fields(d)}"
    ),
    "bad-rules-entry": lambda d: Text(f"{d['entry']} can't be used: {d['reason']}"),
    "bad-rules-field": lambda d: Text(
        f"{d['entry']}: no field is called {d['field']}; there are {_allowed_fields(d)}"
    ),
    "bad-keyword": lambda d: Text(
        f"{d['entry']}: {', '.join(d['keywords'])} for {d['key']} is no keyword that is supported",
        perhaps(d["nearest"], "keywords are those of JSON Schema, such as minimum or enum"),
    ),
    "ambiguous-rule-key": lambda d: Text(
        f"the key {d['key']} of {d['entry']} could be {candidates(d)}"
    ),
    "bad-cel": lambda d: Text(
        f"the expression of {d['entry']} can't be used: {d['reason']} ({d['expression']})"
    ),
    "unknown-subject": _unknown_subject,
}
