"""Messages about importing: each kind provoked for real, and read as a stranger reads it."""

from pathlib import Path

import pytest

from hydra_recipes import compose
from hydra_recipes.cli.commands import recipe as commands
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.messages import importing
from hydra_recipes.importing.imported import import_file
from hydra_recipes.importing.presets import preset_text
from hydra_recipes.sources.active import using
from support.kinds import kinds_of
from support.unknown_family import NEW_FAMILY


def of_text(text):
    Path("bot.yaml").write_text(text, encoding="utf-8")
    return import_file(Path("bot.yaml"))


def edited(old, new, *overrides):
    return of_text(compose(overrides).to_yaml().replace(old, new, 1))


def raised(kind, function, *arguments):
    with pytest.raises(RecipeError) as caught:
        function(*arguments)
    assert caught.value.kind == kind
    return caught.value.detail.line()


def left_out(kind, found):
    (one,) = found.unexpressed
    assert one.kind == kind
    return one.line()


def twice(kind):
    Path("all").mkdir()
    for name in ("bot.json", "bot.yaml"):
        (Path("all") / name).write_text(compose().to_json())
    words = ["import", "all", "--save", "bots", "--library", "team"]
    return raised(kind, lambda: commands.main(words, standalone_mode=False))


def of_a_method_without_a_family(kind):
    Path("lib/rules").mkdir(parents=True)
    Path("lib/rules/kto.yaml").write_text(KTO)
    with using(["lib"], ()):
        return raised(kind, edited, "    peft:", "    kto_cfg: {weight: 0.1}\n    peft:")


KTO = "methods: {kto: {about: preference by thumbs, told_by: [{kto_cfg: true}]}}\n"
PROVOKED = {
    "not-a-recipe": lambda k: raised(k, of_text, "name: x\n"),
    "unknown-family": lambda k: raised(k, of_text, NEW_FAMILY),
    "other-method": of_a_method_without_a_family,
    "left-out-renamed": lambda k: left_out(k, edited("run:\n", "run:\n  instance_count: 2\n")),
    "said-as-text": lambda k: left_out(k, edited("run_name: my-lora-run", "run_name: 1.10")),
    "left-out-unknown": lambda k: left_out(k, edited("run:\n", "run:\n  owner: me\n")),
    "left-out": lambda k: left_out(k, edited("run_name: my-lora-run", "run_name: '${'")),
    "preset-cannot-delete": lambda k: raised(
        k, preset_text, edited("      adam_w_mode: true\n", ""), "bot"
    ),
    "preset-unknown": lambda k: raised(
        k, preset_text, edited("run:\n", "run:\n  owner: me\n"), "bot"
    ),
    "preset-not-exact": lambda k: raised(
        k, preset_text, edited("name: my-lora-run", "name: ???"), "bot"
    ),
    "preset-name-twice": twice,
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("provoked"))
        return {kind: provoke(kind) for kind, provoke in PROVOKED.items()}


def test_each_kind_has_a_snapshot():
    of_files = {"not-a-recipe", "unknown-family", "other-method"}
    assert set(PROVOKED) == kinds_of(importing) | of_files


def test_text_for_people(golden, said):
    blocks = [
        f"== {kind}\n{text.message}\n" + (f"  try: {text.hint}\n" if text.hint else "")
        for kind, text in said.items()
    ]
    golden("messages/import.txt", "\n".join(blocks))


@pytest.mark.parametrize("kind", PROVOKED)
def test_each_message_is_one_line_without_a_full_stop(said, kind):
    text = said[kind]
    assert text.message.isprintable()
    assert not text.message.endswith(".")
    assert text.hint is None or text.hint.isprintable()
