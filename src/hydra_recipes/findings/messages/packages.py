"""Words about packages: what decides where a file's content goes, and how to change it."""

from __future__ import annotations

from hydra_recipes.findings.messages.base import Data

_BESIDE = {
    "header": "the header says {header}",
    "none": "without a header in its first line the file goes to {package}",
    "entry": "a defaults list gives it the package {package}",
    "defaults": "a defaults list is called defaults",
    "key": "it is not under recipes:",
}


def goes_where(data: Data) -> str:
    """Return what decides where a file's content goes."""
    nothing = data["way"] == "header" and data["header"] is None
    return _BESIDE["none" if nothing else data["way"]].format_map(data)


def other_package(data: Data) -> str:
    """Return what to do about the package that a defaults list gives."""
    action = "leave out" if data["leave_out"] else f"write @{data['right']} in place of"
    return f"{action} @{data['written']}"


def hydras_own(keys: str, data: Data) -> tuple[str, str]:
    """Return what is wrong with keys that are Hydra's own settings, and what to do about it."""
    what, are, it = (
        ("a setting", "is", "it") if len(data["keys"]) == 1 else ("settings", "are", "them")
    )
    message = (
        f"{keys} {are} {what} of Hydra's own: a plain Hydra app uses {it}, recipe commands don't"
    )
    hint = f"put {it} into the primary config of an app"
    if data["mounted"] and (data["certain"] or data["leave_out"]):
        header = f"begin the file with # @package {data['right']}"
        repair = other_package(data) if data["way"] == "entry" else header
        hint = f"{hint}; if meant for the recipe, {repair}"
    return message, hint
