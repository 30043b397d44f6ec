"""Messages about continued recipes: each kind provoked, and read as a stranger reads it."""

from pathlib import Path

import pytest

from hydra_recipes import compose
from hydra_recipes.documents.reader import read_document
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.messages import chains
from hydra_recipes.importing.chain import continued
from hydra_recipes.sources.active import active_libraries
from support.kinds import kinds_of


def going_on(earlier, *overrides):
    path = Path("sft.yaml")
    path.write_text(compose(earlier).to_yaml())
    return continued(read_document(path), overrides, active_libraries())


def refused(kind, earlier, *overrides):
    with pytest.raises(RecipeError) as caught:
        going_on(earlier, *overrides)
    assert caught.value.kind == kind
    return caught.value.detail.line()


def left(kind, earlier, *overrides):
    (one,) = going_on(earlier, *overrides).left
    assert one.kind == kind
    return one.line()


DATA = ["model=nova-lite", "data_s3_path=s3://acme/train.jsonl"]
PROVOKED = {
    "no-checkpoint": lambda k: refused(k, ["method=evaluation"], "method=dpo"),
    "no-beginning": lambda k: refused(k, [], "method=mtrl"),
    "other-choice": lambda k: refused(k, ["model=nova-lite"], "method=dpo", "model=nova-pro"),
    "no-offer-to-continue": lambda k: refused(k, ["model=nova-lite"], "method=rft"),
    "not-carried": lambda k: left(k, DATA, "method=dpo"),
}
"""By the kind, a function that provokes it."""


def test_each_kind_has_a_snapshot():
    assert set(PROVOKED) == kinds_of(chains)


def test_text_for_people(golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = {kind: provoke(kind) for kind, provoke in PROVOKED.items()}
    assert all(line.message.isprintable() for line in said.values())
    blocks = [
        f"== {kind}\n{text.message}\n" + (f"  try: {text.hint}\n" if text.hint else "")
        for kind, text in said.items()
    ]
    golden("messages/chains.txt", "\n".join(blocks))
