"""Imported recipes saved as presets: the same recipe, and the file's comments."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from hydra_recipes import compose
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import CannotWrite
from hydra_recipes.importing import presets
from hydra_recipes.importing.comments import comments_in
from hydra_recipes.importing.imported import import_file
from hydra_recipes.importing.presets import preset_file, preset_name, preset_text, save_presets
from hydra_recipes.library.model import Libraries, Library, builtin
from hydra_recipes.library.reading import about_option
from hydra_recipes.tree import canonical
from support.import_requests import composed, requests

HANDWRITTEN = """\
# The support bot of our shop.
# Trained every Monday.

run:
  # as the dashboards know it
  name: support-bot  # keep it short
  model_type: amazon.nova-lite-v1:0:300k  # not Pro
  model_name_or_path: nova-lite/prod
  replicas: 8 # two racks
  data_s3_path: "s3://acme/week#7.jsonl"

  # where dashboards look
  output_s3_path: s3://acme/out
  mlflow_tracking_uri: ""
  mlflow_experiment_name: my-fullrank-experiment
  mlflow_run_name: ${.name}
# how it trains
training_config:
  max_length: 32768
  global_batch_size: 16
  trainer:
    max_epochs: 1
  model:
    hidden_dropout: 0.0
    attention_dropout: 0.0
    ffn_dropout: 0.0
    optim:
      lr: 2e-6 # careful
      name: distributed_fused_adam
      adam_w_mode: true
      eps: 1e-06
      weight_decay: 0.0
      betas: [0.9, 0.98] # lower than usual
      sched:
        # first
        # second
        warmup_steps: 5
        constant_steps: 0
        min_lr: 5e-7
    peft:
      peft_scheme: null
"""


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def of_text(text, **options):
    Path("recipe.yaml").write_text(text, encoding="utf-8")
    return import_file(Path("recipe.yaml"), **options)


def with_preset(directory, name):
    """What a saved preset composes, its library before the built-in one."""
    libraries = Libraries((Library("team", Path(directory)), builtin()))
    texts = (f"+preset={name}",)
    return compose_request(read_overrides(texts, libraries), texts, libraries)


def saved(found, name="bot"):
    text = preset_text(found, name)
    save_presets({preset_file(Path("team"), name): text}, force=True)
    return text, with_preset("team", name)


def test_a_handwritten_recipe_keeps_its_comments(golden):
    text, recipe = saved(of_text(HANDWRITTEN))
    golden("import/preset.yaml", text)
    assert canonical(recipe.resolved()) == canonical(of_text(HANDWRITTEN).goal.resolved)
    assert recipe.tree["run"]["mlflow_run_name"] == "${recipes.run.name}"
    about = about_option(Path("team/preset/bot.yaml"))
    assert about == "The support bot of our shop. Trained every Monday."


def test_comments_of_items_and_at_the_end_are_kept():
    text = compose(["model=nova-lite"]).to_yaml()
    text = text.replace("- 0.9\n", "- 0.95  # of the mean\n")
    text = text.replace("- 0.999\n", "# of the square\n        - 0.999\n") + "# that was all\n"
    preset, _ = saved(of_text(text))
    items = (
        "betas:\n          - 0.95  # of the mean\n          # of the square\n          - 0.999\n"
    )
    assert items in preset
    assert preset.endswith("\n# that was all\n")


def test_comments_of_what_the_library_gives_stand_at_the_end():
    text = compose(["model=nova-lite"]).to_yaml()
    text = text.replace("replicas: 4", "# agreed with ops\n  replicas: 4  # two racks")
    preset, _ = saved(of_text(f"{text}# that was all\n"))
    ending = "# run.replicas: agreed with ops\n# run.replicas: two racks\n# that was all\n"
    assert preset.endswith(f"  - override /model: nova-lite\n{ending}")


def test_a_comment_that_reads_like_a_first_line_is_a_comment_below_the_top():
    text = compose(["model=nova-lite"]).to_yaml()
    odd = "  # recipe compose replicas=16 gave OOM\n  # @package thing\n  output_s3_path"
    preset, _ = saved(of_text(text.replace("  output_s3_path", odd, 1)))
    assert "# run.output_s3_path: recipe compose replicas=16 gave OOM\n" in preset
    assert "# run.output_s3_path: @package thing\n" in preset


def test_no_comment_is_lost_wherever_it_stands():
    text = (
        compose(["model=nova-lite"])
        .to_yaml()
        .replace(
            'data_s3_path: ""\n  output_s3_path: ""\n',
            "data_s3_path: |-  # in a block\n    s3://acme/a.jsonl\n"
            "  output_s3_path:  # beside\n    # below\n    s3://acme/o/  # behind\n",
        )
    )
    text = text.replace(
        "      betas:\n        - 0.9\n        - 0.999\n",
        (
            "      betas: [0.8,  # first\n"
            "                # second\n"
            "                0.9]  # closing\n"
        ),
    )
    preset, _ = saved(of_text(f"---\n# head\n{text}# tail\n"))
    said = ("in a block", "beside", "below", "behind", "first", "second", "closing", "head", "tail")
    for one in said:
        assert preset.count(f"# {one}\n") == 1, one


def test_comments_are_kept_under_recipes_too():
    mounted = "recipes:\n" + "".join(f"  {line}\n" for line in HANDWRITTEN.splitlines())
    text, _ = saved(of_text(mounted))
    assert "  # Trained every Monday.\n  run:\n    # as the dashboards know it\n" in text
    assert "name: support-bot  # keep it short\n" in text


def test_the_first_line_of_a_composed_recipe_is_no_comment_of_the_preset():
    text, _ = saved(of_text("# recipe compose model=nova-lite\n# a note\n" + compose().to_yaml()))
    assert text.startswith("# @package _global_\n# a note\n")
    without, _ = saved(of_text("# recipe compose\n" + compose().to_yaml()))
    assert without == "# @package _global_\n# Imported from recipe.yaml.\n"


def test_a_command_among_the_first_comments_does_not_part_them():
    text = "# ours\n# recipe compose model=nova-lite\n\n# of May\nfirst: {}\n"
    assert comments_in(parse_document(text, "a.yaml")).top == ("ours", "of May")


@pytest.mark.parametrize("name", ["quickstart_sft", "complete_sft", "complete_lora"])
def test_a_preset_of_the_library_saved_again_stands_on_its_own(name):
    text, recipe = saved(of_text(compose([f"+preset={name}"]).to_yaml("relative")), "again")
    assert name not in text
    assert canonical(recipe.resolved()) == canonical(compose([f"+preset={name}"]).resolved())


def test_a_preset_in_a_folder_is_found_again():
    saved(of_text(HANDWRITTEN), "bots/support")
    libraries = Libraries((Library("team", Path("team")), builtin()))
    assert of_text(HANDWRITTEN, libraries=libraries).overrides == ("+preset=bots/support",)
    more = of_text(HANDWRITTEN.replace("max_epochs: 1", "max_epochs: 2"), libraries=libraries)
    assert more.overrides == ("+preset=bots/support", "max_epochs=2")


def test_links_of_the_file_are_links_of_the_preset():
    _, recipe = saved(of_text(compose(["+preset=quickstart_sft"]).to_yaml("relative")))
    assert recipe.tree["training_config"]["replicas"] == "${recipes.run.replicas}"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("law") / "recipe.yaml"


@settings(settings.get_profile("import"), max_examples=5, suppress_health_check=list(HealthCheck))
@given(requests())
def test_a_saved_preset_composes_the_recipe(file, texts):
    recipe = composed(texts)
    file.write_text(recipe.to_yaml(), encoding="utf-8")
    found = import_file(file, allow_unknown=True)
    try:
        text = preset_text(found, "bot")
    except OutputError as error:
        assume(error.kind != "preset-cannot-delete")
        assert "???" in str(recipe.tree)
        return
    path = preset_file(file.parent, "bot")
    save_presets({path: text}, force=True)
    again = with_preset(file.parent, "bot")
    assert canonical(again.scope.resolve()[0]) == canonical(recipe.scope.resolve()[0])


def test_what_a_preset_cannot_leave_out_is_told_and_nothing_is_written():
    found = of_text(compose(["~adam_w_mode"]).to_yaml())
    assert found.exact
    with pytest.raises(OutputError) as caught:
        preset_text(found, "bot")
    assert caught.value.kind == "preset-cannot-delete"
    assert caught.value.detail.keys == ("training_config.model.optim.adam_w_mode",)


def test_a_value_to_be_filled_in_is_no_part_of_a_preset():
    # To Hydra ??? in a preset means: as it was before.
    with pytest.raises(OutputError) as caught:
        preset_text(of_text(compose(["run.name=???"]).to_yaml()), "bot")
    assert caught.value.kind == "preset-not-exact"
    assert caught.value.detail.keys == ("run.name",)


def test_unknown_keys_are_saved_only_if_they_are_allowed():
    text = compose().to_yaml().replace("run:\n", "run:\n  owner: me\n", 1)
    with pytest.raises(OutputError) as caught:
        preset_text(of_text(text), "bot")
    assert caught.value.kind == "preset-unknown"
    _, recipe = saved(of_text(text, allow_unknown=True))
    assert recipe["run.owner"] == "me"


def test_a_key_without_an_override_can_stand_in_a_preset():
    text = compose().to_yaml().replace("run:\n", 'run:\n  "a b": 1\n', 1)
    found = of_text(text, allow_unknown=True)
    assert not found.exact
    _, recipe = saved(found)
    assert recipe.tree["run"]["a b"] == 1


def test_presets_are_written_all_or_none(monkeypatch):
    Path("team/preset").mkdir(parents=True)
    two = Path("team/preset/two.yaml")
    two.write_text("mine")
    texts = {Path("team/preset/one.yaml"): "one", two: "two"}
    with pytest.raises(OutputError) as caught:
        save_presets(texts, force=False)
    assert caught.value.kind == "file-exists"
    assert [path.name for path in Path("team/preset").iterdir()] == ["two.yaml"]
    assert two.read_text() == "mine"
    write = presets.write_whole

    def failing(path, text, *, force):
        if path == two:
            raise OutputError(CannotWrite(file=str(path), reason="the disk is full"))
        write(path, text, force=force)

    monkeypatch.setattr(presets, "write_whole", failing)
    with pytest.raises(OutputError):
        save_presets(texts, force=True)
    assert [path.name for path in Path("team/preset").iterdir()] == ["two.yaml"]
    monkeypatch.setattr(presets, "write_whole", write)  # undo() would undo the directory too
    save_presets(texts, force=True)
    assert two.read_text() == "two"


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.yaml", "a"), ("b/c.d.json", "b/c_d"), ("my recipe.yml", "my_recipe"), ("é.yaml", "_")],
)
def test_a_preset_named_by_a_file_can_be_chosen(file, name):
    assert preset_name(Path(file)) == name
    assert presets.is_preset_name(name)


@pytest.mark.parametrize(
    "name", ["", "a b", "../a", "a/", "/a", "a//b", "a.b", "a=b", "a\n", "123", "null", "true"]
)
def test_a_name_that_cannot_be_typed_is_none(name):
    assert not presets.is_preset_name(name)


def test_a_comment_sign_in_a_value_is_none():
    lines = ["# top", "a: 'x # y'  # one", "b: |", "  # text", "  more", "c:  # two", "  - '#'"]
    text = "\n".join([*lines, "# three", "d: [1, 2] # four", ""])
    comments = comments_in(parse_document(text, "x.yaml"))
    assert comments.top == ("top",)
    assert dict(comments.beside) == {("a",): "one", ("c",): "two", ("d",): "four"}
    assert dict(comments.above) == {("d",): ("three",)}
