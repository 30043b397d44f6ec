"""Which recipes of a directory the libraries compose: as a person runs it, on copies with edits."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from hydra_recipes import compose
from hydra_recipes.library_tools.against.offered import together
from support.places import SHARED
from support.team_libraries import small_builtin, take_for_builtin, write_library

BEGUN = "# recipe compose model=small\n"
"""A first line that may be about another recipe."""
CHAR_LM = {
    "config": """\
defaults: [_self_, hardware: cpu, model: tiny, method: pretrain]
recipes:
  run: {name: my-run}
  train: {lr: 3.0e-04, steps: 2000, save_steps: "${recipes.train.steps}", batch_size: 32}
""",
    "method/pretrain": "# Learning to write.\n",
    "model/tiny": "# @package recipes.model\nlayers: 2\nwidth: 128\ndropout: 0.0\n",
    "model/small": "# @package recipes.model\nlayers: 6\nwidth: 384\ndropout: 0.2\n",
    "hardware/cpu": "# A laptop.\n",
    "hardware/gpu": "# One GPU.\n",
    "hardware/tpu": "# @package recipes.train\nbatch_size: 64\n",
    "rules/char-lm": """\
families:
  char-lm:
    when: {method: pretrain}
    schema:
      type: object
      required: [run, model, train]
      properties:
        run: {type: object, required: [name], properties: {name: {type: string}}}
        model:
          type: object
          required: [layers, width]
          properties: {layers: {type: integer}, width: {type: integer}, dropout: {type: number}}
        train:
          type: object
          required: [lr, steps, batch_size]
          properties:
            lr: {type: number}
            steps: {type: integer}
            save_steps: {type: integer}
            batch_size: {type: integer}
offers:
  - {model: [tiny, small], method: pretrain, hardware: [cpu, gpu]}
  - {model: [small, tiny], method: pretrain, hardware: tpu}
methods:
  distillation: {about: learning from a teacher, told_by: [{teacher: true}]}
limits:
  tiny-layers:
    when: {model: tiny}
    identifies: model
    keys: {layers: {const: 2}}
    because: Tiny has two layers.
    source: ours
  small-layers:
    when: {model: small}
    identifies: model
    keys: {layers: {const: 6}}
    because: Small has six layers.
    source: ours
  rate: {keys: {lr: {maximum: 0.01}}, because: More diverges., source: our own runs}
rules:
  enough-steps:
    require: steps >= 1000
    message: steps are few
    severity: warning
    because: It takes a thousand to learn to spell.
    source: our own runs
""",
}
"""A library that stands alone, and that no change of the built-in one changes."""


def text_of(*overrides):
    return compose(list(overrides)).to_yaml()


def edited(text, old, new):
    assert text.count(old) == 1
    return text.replace(old, new)


def written(directory, files):
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def release(library):
    """A new release: copies of what is composed, with edits, and what is no recipe of ours."""

    def text_of(*overrides):
        return compose(list(overrides), libraries=[library]).to_yaml()

    tiny, small = text_of(), text_of("model=small")
    return {
        "exact/small.yaml": tiny,  # what it is called is no evidence
        "exact/tiny.yml": BEGUN + tiny,  # nor is its first line
        "exact/default.yaml": small,
        "exact/tpu.yaml": text_of("model=small", "hardware=tpu"),
        "edited/value.yaml": edited(tiny, "lr: 0.0003", "lr: 0.1"),
        "edited/value-2.yaml": BEGUN + edited(tiny, "lr: 0.0003", "lr: 0.1"),
        "edited/value-of-small.yaml": edited(small, "lr: 0.0003", "lr: 0.1"),
        "edited/type.yaml": edited(small, "width: 384", "width: 384.0"),
        "edited/extra.yaml": edited(small, "  layers:", "  queue: null\n  layers:"),
        "edited/missing.yaml": edited(tiny, "  dropout: 0.0\n", ""),
        "edited/linked.yaml": text_of("steps=500"),
        "other/broken.yaml": "run:\n  name: [\n",
        "other/distillation.yaml": edited(tiny, "train:", "teacher: large\ntrain:"),
        "other/empty.yaml": "",
        "other/values.yml": "image: trainer\n",
        "other/notes.txt": "no YAML\n",
        "other/.hidden.yaml": "no recipe\n",
    }


@pytest.fixture
def against(recipe, tmp_path, monkeypatch):
    """Runs the command on files written into a directory ``release``."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(files, *options):
        shutil.rmtree(tmp_path / "release", ignore_errors=True)
        written(tmp_path / "release", files)
        ran = recipe("library", "against", "release", *options)
        assert ran.err == ""
        return ran

    return run


def data_of(ran):
    data = json.loads(ran.out)
    return data, {file["file"]: file for file in data["files"]}


def test_what_is_composed_what_differs_and_what_cant_be_composed_is_told(against, golden, tmp_path):
    library = write_library(tmp_path / "char-lm", CHAR_LM)
    files = release(library)
    for answer, end in (("text", "txt"), ("markdown", "md")):
        ran = against(files, "--library", "char-lm", "--format", answer)
        assert ran.status == 1
        golden(f"library/against.{end}", ran.out)
    ran = against(files, "--library", "char-lm", "--json")
    data, told = data_of(ran)
    for file in told.values():
        for one in file["differences"]:
            if one["origin"]:
                place = Path(one["origin"]["file"])
                one["origin"]["file"] = place.relative_to(library).as_posix()
    golden("library/against.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    assert against(files, "--library", "char-lm", "--format", "json").out == ran.out
    assert list(told) == sorted(set(files) - {"other/notes.txt", "other/.hidden.yaml"})
    for state in ("exact", "different", "not-composed"):
        folder = {"exact": "exact", "different": "edited", "not-composed": "other"}[state]
        named = [name for name, file in told.items() if file["state"] == state]
        assert named == [name for name in told if name.startswith(folder)]
        assert data["counts"][state] == len(named) > 3


def test_each_file_as_the_libraries_compose_it_is_exact(against, recipe, tmp_path):
    files = {f"{model}.yaml": text_of(f"model={model}") for model in ("nova-lite", "nova-pro")}
    ran = against(files, "--json")
    data, told = data_of(ran)
    assert (ran.status, data["exact"], data["counts"]["exact"]) == (0, True, 2)
    for name, text in files.items():
        for overrides in told[name]["overrides"]:
            composed = recipe("compose", *overrides).out
            assert yaml.safe_load(composed) == yaml.safe_load(text)
    named = [row for file in told.values() for row in file["overrides"]]
    assert ["model=nova-lite", "hardware=p5en"] in named
    assert len(named) + len(data["missing"]) == data["counts"]["offered"] >= 33
    missing = list(map(set, data["missing"]))
    assert any({"model=nova-lite", "peft=full", "hardware=p5"} <= row for row in missing)
    sft = [row for row in missing if "method=sft" in row]
    assert not any({"model=nova-lite", "peft=lora", "hardware=p5"} <= row for row in sft)


@pytest.mark.parametrize(
    ("old", "new", "mine", "theirs"),
    [
        ("replicas: 4", "replicas: 4.0", 4, 4.0),
        ("replicas: 4", 'replicas: "4"', 4, "4"),
        ("replicas: 4", "replicas: null", 4, None),
        ("hidden_dropout: 0.0", "hidden_dropout: 0", 0.0, 0),
        ("hidden_dropout: 0.0", "hidden_dropout: false", 0.0, False),
        ('data_s3_path: ""', "data_s3_path: null", "", None),
        ('data_s3_path: ""', 'data_s3_path: "null"', "", "null"),
        ('data_s3_path: ""', "data_s3_path: s3://my-bucket-name/train.jsonl", "", None),
    ],
)
def test_types_and_placeholders_count(against, old, new, mine, theirs):
    text = edited(text_of("model=nova-lite"), old, new)
    theirs = yaml.safe_load(new)[old.partition(":")[0]] if "s3:" in new else theirs
    ran = against({"a.yaml": text}, "--json")
    (change,) = data_of(ran)[1]["a.yaml"]["differences"]
    assert (ran.status, change["op"]) == (1, "change")
    assert (repr(change["old"]), repr(change["new"])) == (repr(mine), repr(theirs))


def test_neither_the_order_of_keys_nor_links_with_the_same_values_count(against):
    tree = yaml.safe_load(text_of("model=nova-2-lite"))
    steps = tree["training_config"]["save_steps"]
    backwards = {name: dict(reversed(tree[name].items())) for name in reversed(tree)}
    for link in ("${oc.select: training_config.max_steps}", "${recipes.training_config.max_steps}"):
        backwards["training_config"]["save_steps"] = link
        assert against({"a.yaml": yaml.safe_dump(backwards, sort_keys=False)}).status == 0
    mounted = {"recipes": backwards, "cluster": {"instance_type": "p5"}}
    assert against({"a.yaml": yaml.safe_dump(mounted, sort_keys=False)}).status == 0
    backwards["training_config"]["save_steps"] = "${oc.select: training_config.nothing}"
    ran = against({"a.yaml": yaml.safe_dump(backwards, sort_keys=False)}, "--json")
    (change,) = data_of(ran)[1]["a.yaml"]["differences"]
    assert (change["key"], change["old"]) == ("training_config.save_steps", steps)


def test_all_keys_that_differ_are_told_also_those_that_follow_others(against):
    text = text_of("model=nova-2-lite", "max_steps=200")
    keys = {
        one["key"]
        for one in data_of(against({"a.yaml": text}, "--json"))[1]["a.yaml"]["differences"]
    }
    assert keys == {"training_config.max_steps", "training_config.save_steps"}


def test_what_a_file_lacks_is_told_value_by_value_with_its_origin(against):
    tree = yaml.safe_load(text_of())
    del tree["training_config"]["model"]["optim"]
    file = data_of(against({"a.yaml": yaml.safe_dump(tree)}, "--json"))[1]["a.yaml"]
    lacking = [one for one in file["differences"] if one["op"] == "delete"]
    assert len(lacking) == len(file["differences"]) > 5
    assert all("conf/" in one["origin"]["file"] and one["origin"]["line"] for one in lacking)


def test_a_key_written_twice_is_told_even_if_the_values_are_ours(against):
    text = edited(text_of(), "  replicas: 2\n", "  replicas: 8\n  replicas: 2\n")
    ran = against({"a.yaml": text})
    assert ran.status == 0
    assert "replicas is written twice" in ran.out


def test_presets_and_the_options_of_a_team_compose_files_too(against, tmp_path, monkeypatch):
    few = small_builtin(tmp_path / "nova", ("lora", "full"), ["p5", "p5en"])
    take_for_builtin(few, monkeypatch.setattr)
    lite = "# @package recipes.run\ndefaults: [/model/nova-lite, _self_]\nreplicas: 8\n"
    write_library(tmp_path / "team", {"model/team-lite": lite})
    files = {"a.yaml": text_of("+preset=complete_lora"), "b.yaml": text_of("model=nova-lite")}
    files["b.yaml"] = edited(files["b.yaml"], "replicas: 4", "replicas: 8")
    data, told = data_of(against(files, "--json"))
    assert [told[name]["state"] for name in files] == ["exact", "different"]
    ran = against(files, "--library", "team", "--json")
    data, told = data_of(ran)
    assert (ran.status, data["libraries"]) == (0, ["team", "nova"])
    assert told["a.yaml"]["overrides"] == [["+preset=complete_lora"]]
    named = [set(row) for row in told["b.yaml"]["overrides"]]
    assert {"model=team-lite", "hardware=p5en", "platform=hyperpod"} in named
    missing = [set(row) for row in data["missing"]]
    assert any({"model=team-lite", "peft=full", "hardware=p5"} <= row for row in missing)


def test_a_choice_that_another_brings_is_left_out_and_a_default_that_it_replaces_is_named(
    against, recipe, tmp_path
):
    files = {
        **CHAR_LM,
        "method/pretrain": "# @package _global_\ndefaults: [override /hardware: gpu]\n",
        "hardware/gpu": "# @package recipes.train\nbatch_size: 128\n",
        "config": CHAR_LM["config"].replace(
            "hardware: cpu", "hardware: cpu, extras: [a, b], beside: null"
        ),
        "extras/a": "# @package recipes.run\nname: a\n",
        "extras/b": "# @package recipes.run\nname: b\n",
        "beside/c": "# @package recipes.run\nname: c\n",
    }
    library = write_library(tmp_path / "char-lm", files)
    shown = {(): [], ("hardware=cpu",): ["hardware=cpu"], ("model=small",): ["model=small"]}
    release = {
        f"{number}.yaml": compose(list(overrides), libraries=[library]).to_yaml()
        for number, overrides in enumerate(shown)
    }
    ran = against(release, "--library", "char-lm", "--json")
    assert ran.status == 0
    told = data_of(ran)[1].values()
    assert [file["overrides"] for file in told] == [[row] for row in shown.values()]
    assert "0.yaml  no override\n" in against(release, "--library", "char-lm").out
    assert "`no override`" in against(release, "--library", "char-lm", "--format", "markdown").out


def test_a_directory_that_isnt_there_or_has_no_yaml_is_an_error(recipe, tmp_path):
    (tmp_path / "empty").mkdir()
    written(tmp_path, {"file.yaml": text_of(), "json/a.json": "{}"})
    for name, told in (
        ("nowhere", "there is no directory nowhere"),
        ("file.yaml", "file.yaml is a file, not a directory"),
        ("empty", "there is no .yaml or .yml file in empty"),
        ("json", "there is no .yaml or .yml file in json"),
        ("", "one of the inputs is empty"),
        ("x" * 300, "there is no directory xxx"),
    ):
        ran = recipe("library", "against", name)
        assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
        assert told in ran.err
    ran = recipe("library", "against", "empty", "--library", "nowhere")
    assert (ran.status, "nowhere" in ran.err) == (2, True)


def test_files_that_cant_be_read_keep_no_other_from_being_told(recipe, tmp_path):
    written(tmp_path / "release", {"a.yaml": text_of(), "deep.yaml": "[" * 2000})
    (tmp_path / "release" / "latin.yaml").write_bytes(b"a: \xff")
    (tmp_path / "release" / "gone.yaml").symlink_to("nowhere")
    ran = recipe("library", "against", "release", "--json")
    told = data_of(ran)[1]
    assert (ran.status, told["a.yaml"]["state"]) == (1, "exact")
    kinds = {name: file["reason"]["kind"] for name, file in told.items() if file["reason"]}
    assert kinds == {
        "deep.yaml": "too-deep",
        "gone.yaml": "unreadable-file",
        "latin.yaml": "not-utf8",
    }


def test_options_that_go_with_the_same_others_are_put_together():
    rows = [("a=1", "b=1"), ("a=1", "b=2"), ("a=2", "b=1"), ("a=2", "b=2"), ("a=3", "b=1")]
    assert together(rows) == [("a=1,2", "b=1,2"), ("a=3", "b=1")]
    assert together([("a=1", "+b=x"), ("a=1",), ()]) == [("a=1", "+b=x"), ("a=1",), ()]
    assert together([]) == []


def test_the_published_recipes_of_supervised_fine_tuning_are_all_composed_exactly(against):
    path = SHARED / "published" / "nova.json"
    if not path.exists():
        pytest.skip("the published recipes are not here: shared/published/nova.json")
    published = {f"{one['id']}.yaml": one for one in json.loads(path.read_text())}
    files = {name: yaml.safe_dump(tree_of(one["values"])) for name, one in published.items()}
    data, told = data_of(against(files, "--json"))
    for name, one in published.items():
        if one["choices"]["method"] == "sft":
            assert told[name]["state"] == "exact"
            hardware = {
                text for row in told[name]["overrides"] for text in row if "hardware" in text
            }
            assert hardware >= {f"hardware={option}" for option in one["choices"]["hardware"]}
    others = [{text for text in row if text.startswith("method=")} for row in data["missing"]]
    assert all(row and row != {"method=sft"} for row in others)


def tree_of(values):
    tree = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        node = tree
        for section in sections:
            node = node.setdefault(section, {})
        node[name] = value
    return tree
