"""Messages about recipes, and the rules they are checked by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hydra_recipes.findings.messages.base import Data, Text, candidates, hops, reason, some_keys
from hydra_recipes.findings.messages.packages import goes_where, hydras_own, other_package
from hydra_recipes.literals import primitive, scalar, spell_choice
from hydra_recipes.text import WIDEST, Bare, cut, one_of, perhaps, shown, spell
from hydra_recipes.tree import MOUNT


def _limit(data: Data) -> Text:
    short = data["short"]
    what = f"{short} is {shown(data['value'])}"
    if data["value"] == "" and data["allowed"] == "not empty":
        return Text(f"{short} is empty", f"{short}=VALUE")
    near = data["nearest"]
    hint: str | None = f"{short}={_typed(near)}"
    if near is None and data["allowed"] == "null":
        hint = f"{short}=null"
    elif near is None and data["value"] is not None:
        hint = f"{short}=VALUE" if isinstance(data["value"], str) else None
    allowed = {"warning": "usual", "incomplete": "to submit"}.get(data["severity"], "allowed")
    if data.get("alternatives"):
        ways = "; ".join(
            _alternative(text, groups) for text, groups in data["alternatives"].items()
        )
        return Text(f"{what}; {allowed}: {ways}", hint)
    where = f" on any offered {' and '.join(data['unknown'])}" if data.get("unknown") else ""
    return Text(f"{what}; {allowed}{where}: {data['allowed']}", hint)


def _typed(value: Any) -> str:
    """Return a value as typed in an override; text that would be read as a number is quoted."""
    is_text = isinstance(value, str) and bool(value)
    return f"'\"{value}\"'" if is_text and primitive(value) != value else spell(value)


def _alternative(text: str, options: list[str]) -> str:
    return f"{text} ({', '.join(options)})" if options else text


def _forbidden_key(data: Data) -> Text:
    must = "is better left out" if data["severity"] == "warning" else "must not be there"
    return Text(f"{data['short']} {must}", f"~{data['short']}")


def _rule(data: Data) -> Text:
    values = ", ".join(f"{name} is {shown(value)}" for name, value in data["values"].items())
    return Text(f"{data['text']} ({values})" if values else str(data["text"]), data["hint"])


def _no_answer(data: Data) -> Text:
    values = ", ".join(f"{name} is {shown(value)}" for name, value in data["values"].items())
    where = f" where {values}" if values else ""
    return Text(f"{shown(data['expression'])} has no answer{where}: {data['reason']}")


def _wrong_type(data: Data) -> Text:
    value = data["value"]
    found = f'the text "{value}"' if isinstance(value, str) else shown(value)
    meant, hint = data["meant"], None
    if isinstance(meant, str):
        hint = f"{data['short']}='\"{meant}\"'"
    elif meant is not None:
        hint = f"{data['short']}={spell(meant)}"
    if "written" in data and data["written"] != found:
        found += f", as {data['reader']} takes {cut(data['written'])}"
    return Text(f"{data['short']} is {found}; it has to be {data['expected']}", hint)


def _text_to_some(data: Data) -> Text:
    return Text(
        f"{data['key']} is {cut(data['written'])}, which readers of YAML 1.1 take for text",
        f"write {scalar(data['value'])}",
    )


def _unclear_value(data: Data) -> Text:
    text, value = cut(data["written"]), data["value"]
    quoted = f'"{text}"'
    right = quoted if isinstance(value, str) else f"{spell(value)}, or {quoted} if text is meant"
    return Text(
        f"{data['key']} is {text} without quotes, which readers of YAML take for different values",
        f"write {right}",
    )


def _not_offered(data: Data) -> Text:
    asked = _choices(data["choices"])
    group, options = data["group"], data["ways"]
    if not options:
        return Text(f"{asked} is not offered", "recipe list shows what is")
    others = {name: option for name, option in data["choices"].items() if name != group}
    rest = f" with {_choices(others)}" if others else ""
    offered = one_of([Bare(option) for option in options])
    return Text(
        f"{asked} is not offered; offered{rest}: {group}={offered}", spell_choice(group, options[0])
    )


def _misplaced_option(data: Data) -> Text:
    group, keys = data["needed"], data["keys"]
    fitting = one_of([Bare(way) for way in data["ways"]])
    return Text(
        f"{data['value']} is for {group}={fitting}; a recipe of {group}={data['option']} doesn't "
        "have its "
        f"{'keys' if len(keys) > 1 else 'key'} {some_keys(keys)}",
        spell_choice(group, data["near"]),
    )


def _contradicted_choice(data: Data) -> Text:
    options = [Bare(option) for option in data["possible"]]
    meaning = f", whose values say {data['key']}={one_of(options)}" if options else ""
    return Text(f"{data['key']}={data['value']} contradicts the recipe{meaning}; leave it out")


def _choices(choices: Mapping[str, str]) -> str:
    return " ".join(f"{group}={option}" for group, option in choices.items())


def _no_choice_fits(data: Data) -> Text:
    unknown = " and ".join(data["unknown"])
    near = _choices(data["choices"])
    broken = "; ".join(
        f"{short} is {shown(value)}, allowed: {allowed}" if allowed else f"{short} doesn't fit"
        for short, value, allowed in data["broken"]
    )
    message = f"no offered {unknown} allows all values together; nearest is {near}, where {broken}"
    if data["against"]:
        message += f"; where that is allowed, {' or '.join(data['against'])} would not be"
    return Text(message, data["hint"])


def _a_value(data: Data) -> str:
    """Return what to type in place of a link."""
    return f"{data['key']}=VALUE"


def _link_missing(data: Data) -> Text:
    near = [f"${{{'.'.join(map(str, path))}}}" for path in data.get("nearest", ())]
    return Text(
        f"the link leads to {data['target']}, which isn't there ({hops(data)})",
        perhaps(near, _a_value(data)),
    )


def _mounted_link(data: Data) -> Text:
    ways = [data["relative"]] if data["relative"] else []
    plain = data["resolved"]
    if plain is not None and len(spell(plain)) <= WIDEST:
        ways.append(spell(plain))
    return Text(
        f"{data['key']} is {shown(data['value'])}, which resolves only under {MOUNT}",
        f"write {one_of([Bare(way) for way in ways])}" if ways else None,
    )


def _derived_group(data: Data) -> Text:
    return Text(
        f"{data['key']}={data['value']} contradicts the other choices: {data['key']} follows from "
        f"{' and '.join(data['from'])}, which make it {data['right']}; leave it out"
    )


def _unknown_subject(data: Data) -> Text:
    message = f"there is no group or option {data['name']}"
    if data["is_key"]:
        return Text(f"{message}, it is a key", f"recipe explain {data['name']} tells of it")
    return Text(message, perhaps(data["nearest"], "recipe list shows what there is"))


def _beside_recipe(data: Data) -> Text:
    keys, way = data["keys"], data["way"]
    verb, it = ("stands", "it") if len(keys) == 1 else ("stand", "them")
    message = f"{some_keys(keys)} {verb} beside the recipe, and no link reads {it}"
    hint = f"begin the file with # @package {data['right']}"
    if data["useful"] or not data["certain"]:
        hint = f"read it by a link, ${{{keys[0]}}}, remove it, or {hint}"
    if way == "entry":
        hint = other_package(data)
    elif way == "key":
        hint = f"put it under {MOUNT}:"
    elif way == "defaults":
        hint = "did you mean defaults"
    return Text(f"{message}: {goes_where(data)}", hint)


def _allowed_fields(data: Data) -> str:
    return ", ".join(data["known"])


MESSAGES: dict[str, Callable[[Data], Text]] = {
    # findings
    "limit": _limit,
    "rule": _rule,
    "no-answer": _no_answer,
    "wrong-type": _wrong_type,
    "unclear-value": _unclear_value,
    "text-to-some": _text_to_some,
    "more-items": lambda data: Text(
        f"{data['more']:,} more values in {data['key']} are wrong like these"
    ),
    "not-offered": _not_offered,
    "misplaced-option": _misplaced_option,
    "derived-group": _derived_group,
    "contradicted-choice": _contradicted_choice,
    "no-choice-fits": _no_choice_fits,
    "required-key": lambda data: Text(
        f"{data['short']} is not set ({data['about']})",
        None if data["severity"] == "warning" else f"+{data['short']}=VALUE",
    ),
    "missing-key": lambda data: Text(
        f"{data['key']} is missing ({data['about']})",
        f"+{data['key']}{'.KEY' if data['mapping'] else ''}=VALUE",
    ),
    "forbidden-key": _forbidden_key,
    "unknown-key-in-recipe": lambda data: Text(
        f"{data['key']} is not a key of this recipe"
        + (f", which has {data['nearest'][0]} for it" if "by" in data else ""),
        perhaps(data["nearest"], f"~{data['key']}"),
    ),
    "unset": lambda data: Text(f"{data['key']} is still ???", f"{data['key']}=VALUE"),
    "beside-recipe": _beside_recipe,
    "hydra-setting": lambda data: Text(*hydras_own(some_keys(data["keys"]), data)),
    "no-family": lambda data: Text(
        "no library has a family for " + _choices(data["choices"]),
        "say in a rules file, under families, which it is",
    ),
    "duplicate-key": lambda data: Text(
        f"{data['name']} is written twice, first on line {data['first']}",
        "remove it here" if data["same"] else "keep one of the two; most readers take this one",
    ),
    "equal-keys": lambda data: Text(
        f"{data['other']} and {data['name']} are two keys, and many readers of YAML keep one "
        "of them",
        f'quote it where text is meant: "{data["name"]}"',
    ),
    "merge-conflict": lambda data: Text(
        f"{data['name']} is merged with another value on line {data['other']}, and readers of YAML "
        "differ on which counts",
        f"write {data['name']} beside the <<",
    ),
    "tag": lambda data: (
        Text(
            f"the tag {data['tag']} is not allowed: a recipe holds plain values only",
            "leave the tag out",
        )
        if data["tag"] != "!!value"
        else Text("a lone = has a meaning of its own in YAML", 'write "=" in quotes')
    ),
    "mounted-link": _mounted_link,
    "link-cycle": lambda data: Text(f"the links go in a circle ({hops(data)})", _a_value(data)),
    "link-missing": _link_missing,
    "link-unset": lambda data: Text(
        f"the link leads to {data['target']}, which is still ??? ({hops(data)})",
        f"{data['target'].removeprefix(f'{MOUNT}.')}=VALUE",
    ),
    "link-syntax": lambda data: Text(
        f"this is not a link: {data['text']}", "write \\${ for a plain ${"
    ),
    "link-failed": lambda data: Text(
        f"{data['name']} has no result: {data['reason']} ({hops(data)})", _a_value(data)
    ),
    "link-resolver": lambda data: Text(
        f"the resolver {data['name']} is not allowed; allowed: {', '.join(data['known'])} "
        f"({hops(data)})",
        _a_value(data),
    ),
    # libraries
    "no-primary-config": lambda data: Text(
        f"no config.yaml in {', '.join(data['libraries'])}",
        "a library without one adds to others: name one that has it as well",
    ),
    "bad-library-file": lambda data: Text(
        f"can't use {data['file']}: {reason(data)}", data.get("hint")
    ),
    "bad-family": lambda data: Text(
        f"can't use the family model {data['family']}: {data['reason']}"
    ),
    "bad-rules-section": lambda data: Text(
        f"no section is called {data['field']}; there are {_allowed_fields(data)}",
        perhaps(data["nearest"]),
    ),
    "bad-rules-entry": lambda data: Text(f"{data['entry']} can't be used: {data['reason']}"),
    "bad-rules-field": lambda data: Text(
        f"{data['entry']}: no field is called {data['field']}; there are {_allowed_fields(data)}",
        perhaps(data["nearest"]),
    ),
    "bad-keyword": lambda data: Text(
        f"{data['entry']}: {', '.join(data['keywords'])} for {data['key']} is no keyword that "
        "is supported",
        perhaps(data["nearest"], "keywords are those of JSON Schema, such as minimum or enum"),
    ),
    "ambiguous-rule-key": lambda data: Text(
        f"the key {data['key']} of {data['entry']} could be {candidates(data)}"
    ),
    "bad-cel": lambda data: Text(
        f"the expression of {data['entry']} can't be used: {data['reason']} ({data['expression']})"
    ),
    "unknown-subject": _unknown_subject,
}
