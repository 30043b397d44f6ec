"""Words about packages: what puts a file's content where it goes, and what to do about it."""

from __future__ import annotations

from hydra_recipes.findings.messages.base import Data

_BESIDE = {
    "header": "the header says {header}",
    "none": "without a header in its first line the file goes to {package}",
    "entry": "a defaults list gives it the package {package}",
    "defaults": "a defaults list is called defaults",
    "key": "it is not under recipes:",
}


def goes_where(d: Data) -> str:
    """What puts a file's content where it goes."""
    nothing = d["way"] == "header" and d["header"] is None
    return _BESIDE["none" if nothing else d["way"]].format_map(d)


def other_package(d: Data) -> str:
    """What to do about the package that a defaults list gives."""
    told = "leave out" if d["leave_out"] else f"write @{d['right']} in place of"
    return f"{told} @{d['written']}"


def hydras_own(keys: str, d: Data) -> tuple[str, str]:
    """What is said of keys that are settings of Hydra's own, and what to do about them."""
    what, are, it = (
        ("a setting", "is", "it") if len(d["keys"]) == 1 else ("settings", "are", "them")
    )
    told = f"{keys} {are} {what} of Hydra's own: a plain Hydra app uses {it}, recipe commands don't"
    hint = f"put {it} into the primary config of an app"
    if d["mounted"] and (d["certain"] or d["leave_out"]):
        begin = f"begin the file with # @package {d['right']}"
        mend = other_package(d) if d["way"] == "entry" else begin
        hint = f"{hint}; if meant for the recipe, {mend}"
    return told, hint
