"""Draws ``docs/picture.svg``, what happens between choices and a grid of recipes.

Nothing in it is made up: the recipe is composed, the finding is what ``check`` says, and the grid
is planned. ``python docs/picture.py`` draws it anew; a test holds it current.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from hydra_recipes import check, compose, plan

TITLE = "Choices and values become a recipe, check says what is wrong, a sweep keeps what is valid"
CHOICES = ("model=nova-lite", "peft=full", "hardware=p5")
VALUES = ("lr=2e-6", "replicas=8")
WRONG = "replicas=7"
MODELS = ("nova-micro", "nova-lite", "nova-pro")
REPLICAS = (2, 4, 6, 8, 12, 16, 24)
SHOWN_KEYS = {
    *("run", "model_type", "replicas"),
    *("training_config", "global_batch_size", "model", "optim", "lr"),
}

STYLE = """
text { font: 12.5px ui-monospace, Menlo, Consolas, monospace; fill: #24292f }
.head { font: 600 14px system-ui, sans-serif }
.soft { font: 12.5px system-ui, sans-serif; fill: #57606a }
.typed { fill: #0550ae }
.good { fill: #1a7f37 }
.bad { fill: #cf222e }
.card { fill: #ffffff; stroke: #d0d7de }
.arrow { stroke: #57606a; stroke-width: 1.5; fill: none; marker-end: url(#tip) }
"""


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Return a line of text, at its left end."""
    classes = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{classes} xml:space="preserve">{escape(words)}</text>'


def card(x: int, y: int, width: int, height: int, title: str) -> Iterator[str]:
    """Yield a box with a title."""
    yield f'<rect class="card" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'
    yield text(x + 16, y + 26, title, "head")


def arrow(path: str) -> str:
    """Return an arrow along a path."""
    return f'<path class="arrow" d="{path}"/>'


def typed() -> Iterator[str]:
    """Yield the card of what a person types."""
    yield from card(8, 8, 208, 222, "choices and values")
    for number, word in enumerate((*CHOICES, *VALUES)):
        yield text(24, 62 + 22 * number, word, "typed")
    yield text(24, 212, "the library has the rest", "soft")


def composed() -> Iterator[str]:
    """Yield the card of the recipe: some of its lines, those that were typed in colour."""
    recipe = compose([*CHOICES, *VALUES])
    lines = recipe.to_yaml().splitlines()
    shown = [line for line in lines if line.strip().partition(":")[0] in SHOWN_KEYS]
    named = {value.partition("=")[0] for value in VALUES}
    yield from card(256, 8, 328, 222, "a complete recipe")
    for number, line in enumerate(shown):
        kind = "typed" if line.strip().partition(":")[0] in named else ""
        yield text(272, 56 + 19 * number, line, kind)
    yield text(272, 212, f"{len(lines)} lines, each with its origin", "soft")


def checked() -> Iterator[str]:
    """Yield the card of the answers of check, for the recipe and for a wrong one."""
    said = check(compose([*CHOICES, *VALUES[:-1], WRONG])).findings[0]
    message, _, allowed = said.text.message.partition("; ")
    yield from card(624, 8, 268, 222, "check")
    yield text(640, 62, VALUES[-1], "typed")
    yield text(640, 84, "✓ valid", "good")
    yield text(640, 122, WRONG, "typed")
    for number, line in enumerate((f"✗ {message}", f"  {allowed}", f"  try: {said.text.hint}")):
        yield text(640, 144 + 22 * number, line, "bad")
    yield text(640, 212, "before it waits in a queue", "soft")


def swept() -> Iterator[str]:
    """Yield the card of a sweep: its grid, in which only valid points become recipes."""
    models, replicas = ",".join(MODELS), ",".join(map(str, REPLICAS))
    grid = plan([f"model={models}", f"run.replicas={replicas}"])
    valid = {(point.axes["model"], point.axes["run.replicas"]) for point in grid.points()}
    yield from card(8, 262, 884, 172, "sweep")
    yield text(24, 314, f"model={models}", "typed")
    yield text(24, 336, f"run.replicas={replicas}", "typed")
    yield text(24, 380, f"{grid.ledger.asked} points asked,", "soft")
    yield text(24, 400, f"{len(valid)} of them valid", "soft")
    for column, count in enumerate(REPLICAS):
        yield text(500 + 32 * column, 300, f"{count:>2}", "soft")
    for row, model in enumerate(MODELS):
        y = 332 + 32 * row
        yield text(400, y, model)
        for column, count in enumerate(REPLICAS):
            good = (model, count) in valid
            yield text(504 + 32 * column, y, "✓" if good else "✗", "good" if good else "bad")
    yield arrow("M730 360 H766")
    yield text(780, 354, f"{len(valid)} recipes,")
    yield text(780, 374, "all valid", "good")


def draw() -> str:
    """Return the picture as SVG."""
    parts = [
        *typed(),
        arrow("M216 119 H246"),
        *composed(),
        arrow("M584 119 H614"),
        *checked(),
        *swept(),
    ]
    tip = '<marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" '
    tip += 'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#57606a"/></marker>'
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 442" role="img">',
            f"<title>{TITLE}</title>",
            f"<style>{STYLE}</style>",
            f"<defs>{tip}</defs>",
            *parts,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    Path(__file__).with_name("picture.svg").write_text(draw(), encoding="utf-8")
