"""Importing: the shortest list of choices and overrides that composes a recipe file."""

import json
import shlex
from pathlib import Path

import pytest
import yaml

from hydra_recipes import compose
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.composing.spelling import spell_value
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.importing.imported import import_file, shared
from hydra_recipes.importing.search import Search
from hydra_recipes.library.model import Libraries, Library, builtin
from support.nested_trees import nested
from support.unknown_family import NEW_FAMILY


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def of_text(text, **options):
    Path("recipe.yaml").write_text(text, encoding="utf-8")
    return import_file(Path("recipe.yaml"), **options)


def of(*overrides, links="resolved", edits=(), **options):
    """What the file is imported as that these overrides compose, after replacements in it."""
    text = compose(overrides).to_yaml(links)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return of_text(text, **options)


def said(*overrides, **options):
    found = of(*overrides, **options)
    assert found.exact
    return list(found.overrides)


@pytest.mark.parametrize("mounted", [False, True])
def test_the_published_recipes_are_choices_and_no_values(published, mounted):
    assert len(published) == 13
    for one in published:
        tree = nested(one["values"])
        found = of_text(yaml.safe_dump({"recipes": tree} if mounted else tree))
        assert found.good or not found.report.valid
        assert found.exact
        groups = {text.partition("=")[0] for text in found.overrides}
        assert groups <= {"model", "peft", "hardware"}, one["id"]
        choices = found.recipe.choices
        assert (choices["model"], choices["peft"]) == (
            one["choices"]["model"],
            one["choices"]["peft"],
        )
        assert choices["hardware"] in {*one["choices"]["hardware"], "g5-12x"}


def test_the_published_choices_come_back_from_a_file_that_names_them(published):
    from hydra_recipes.documents.header import header

    for one in published:
        for hardware in one["choices"]["hardware"]:
            choices = {**one["choices"], "hardware": hardware}
            overrides = [f"{g}={choices[g]}" for g in ("model", "peft", "hardware")]
            found = of_text(header(overrides) + compose(overrides).to_yaml())
            assert found.exact
            assert {g: found.recipe.choices[g] for g in choices} == choices


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        ("tracking=mlflow model=nova-lite peft=lora", ("model=nova-lite",)),  # the default, twice
        ("model=nova-lite hardware=p5en", ("model=nova-lite", "hardware=p5en")),  # not in the file
        ("+preset=complete_sft model=nova-lite", ("model=nova-lite",)),  # not so
        ("model=nova-pro", ("model=nova-lite",)),
        ("optimizer=adam", ("model=nova-lite",)),  # not offered with what the file tells
    ],
)
def test_what_a_first_line_names_is_kept_if_it_is_a_choice_of_its_own(tmp_path, first, wanted):
    file = tmp_path / "a.yaml"
    text = compose(["model=nova-lite"]).to_yaml()
    file.write_text(f"# recipe compose {first}\n{text}", encoding="utf-8")
    assert import_file(file).overrides == wanted


def test_a_first_line_is_read_with_its_options(recipe):
    options = ("--links", "relative", "--annotate", "--schema", "x.json")
    ran = recipe("compose", *options, "hardware=p4d", "+preset=complete_lora")
    assert ran.out.startswith("# recipe compose --links relative --annotate")
    found = of_text(ran.out)
    assert found.overrides == ("+preset=complete_lora", "hardware=p4d")


def test_a_first_line_that_makes_no_sense_is_passed_over():
    for line in ("# recipe compose model=", "# recipe compose 'x", "# recipe composed", "# lr=3"):
        assert of_text(f"{line}\n{compose(['lr=2e-6']).to_yaml()}").overrides == ("lr=2e-06",)


def test_what_was_edited_is_told_from_what_the_first_line_says():
    from hydra_recipes.documents.header import header

    text = header(["model=nova-lite", "peft=full"]) + compose(["peft=full"]).to_yaml()
    assert of_text(text).overrides == ("peft=full",)


@pytest.mark.parametrize("preset", ["quickstart_sft", "complete_sft", "complete_lora"])
@pytest.mark.parametrize("links", ["resolved", "relative", "recipes"])
def test_a_preset_is_a_preset(preset, links):
    assert said(f"+preset={preset}", links=links) == [f"+preset={preset}"]


@pytest.mark.parametrize(
    ("file", "preset"),
    [
        ("quickstart_sft_full", "quickstart_sft"),
        ("complete_sft_full", "complete_sft"),
        ("lora_sft", "complete_lora"),
    ],
)
def test_the_guides_recipes_are_presets(seed_recipes, file, preset):
    found = import_file(seed_recipes / f"{file}.yaml")
    assert found.exact
    assert found.overrides == (f"+preset={preset}",)


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["model=nova-lite", "peft=full", "lr=2e-06"],
        ["model=nova-2-lite"],
        ["model=nova-2-lite", "peft=full", "save_top_k=3"],
        ["hardware=g5-12x"],
        ["model=nova-pro", "run.name=bot"],
        ["model=nova-2-lite", "platform=training-job"],
        ["~tracking"],
        ["+exp_manager=early_stopping"],
        ["~tracking", "+trainer=steps", "+exp_manager=checkpoints"],
        ["+preset=quickstart_sft", "replicas=4"],
        ["+preset=quickstart_sft", "exp_manager=checkpoints"],
        ["+preset=complete_lora", "+global_batch_size=32"],
        ["~global_batch_size"],
        ["~training_config.trainer"],
        ["+max_steps=5"],
        ["+mm_cfg={llm:{freeze:true},image_projector:{freeze:false}}"],
        ["model=nova-2-lite", "+validation_data_s3_path_list={a:s3://acme/a.jsonl,b:{c:1}}"],
        ["run.name=???"],
        ["mlflow_run_name=null"],
        ['mlflow_run_name="null"'],
        ["warmup_steps=10.0"],
        ["betas=[0.9,0.98]"],
        ["betas=[]"],
        ["lora_tuning=5"],
    ],
)
def test_the_shortest_list_is_found(overrides):
    found = said(*overrides)
    assert sorted(found) == sorted(overrides)


def test_a_choice_is_not_said_if_a_default_does(tmp_path):
    assert said("model=nova-micro", "peft=lora", "hardware=p4d", "lr=1e-05") == []


def test_a_choice_is_preferred_under_which_the_recipe_is_valid():
    # As long with hardware=p5 and two values, but that wouldn't be valid.
    assert said("hardware=g5-12x", "max_length=2048") == ["hardware=g5-12x", "max_length=2048"]


def test_a_longer_way_over_a_preset_is_not_taken():
    overrides = ["model=nova-lite", "output_s3_path=s3://my-bucket/output"]
    assert said(*overrides) == overrides


def test_a_value_that_follows_by_a_link_is_not_said():
    assert said("run.name=bot") == ["run.name=bot"]
    assert said("+preset=quickstart_sft", "run.replicas=8") == [
        "+preset=quickstart_sft",
        "replicas=8",
    ]


def test_a_value_that_would_follow_by_a_link_and_does_not_is_said():
    found = of(edits=[("name: my-lora-run", "name: bot")])
    assert found.overrides == ("run.name=bot", "mlflow_run_name=my-lora-run")
    assert found.exact


def test_equal_links_in_any_spelling_are_no_difference():
    for link in ("${.max_steps}", "${recipes.training_config.max_steps}",
                 "${oc.select: training_config.max_steps}", "$<.max_steps>"):  # fmt: skip
        edits = [("save_steps: 100", f'save_steps: "{link}"')]
        assert said("model=nova-2-lite", edits=edits) == ["model=nova-2-lite"]


def test_a_link_of_the_file_that_is_not_composed_is_kept():
    edits = [("warmup_steps: 10", "warmup_steps: ${..weight_decay}"), ("decay: 0.0", "decay: 10")]
    found = said(edits=edits)
    link = "warmup_steps=${recipes.training_config.model.optim.weight_decay}"
    assert found == ["weight_decay=10", link]
    assert (
        compose([*found, "weight_decay=3"])["training_config.model.optim.sched.warmup_steps"] == 3
    )


def test_a_link_to_what_stands_beside_the_recipe_is_said_as_its_value():
    text = "label: ours\nrecipes:\n" + "".join(
        f"  {line}\n" for line in compose().to_yaml().splitlines()
    )
    found = of_text(text.replace("name: my-lora-run", "name: my-${label}-bot"))
    assert "run.name=my-ours-bot" in found.overrides
    assert found.exact


def test_a_broken_link_comes_back_as_it_is():
    for link in ("${.nowhere}", "${oc.env:HOME}"):
        found = of(edits=[("mlflow_run_name: my-lora-run", f"mlflow_run_name: '{link}'")])
        assert found.exact
        assert not found.report.valid
        assert compose(found.overrides).tree["run"]["mlflow_run_name"] == link


def test_a_link_that_is_none_has_no_override():
    found = of(edits=[("mlflow_run_name: my-lora-run", "mlflow_run_name: '${'")])
    assert [one.key for one in found.unexpressed] == ["run.mlflow_run_name"]
    assert found.unexpressed[0].line().message == "no override makes run.mlflow_run_name ${"


def test_keys_that_no_recipe_has_are_left_out_and_told():
    edits = [("run:\n", "run:\n  owner: me\n"), ("  max_length", "  a b: {c: 1}\n  max_length")]
    found = of(edits=edits)
    assert found.overrides == ()
    assert [(one.key, one.value) for one in found.unexpressed] == [
        ("run.owner", "me"),
        ("training_config.a b", {"c": 1}),
    ]
    assert not found.exact
    allowed = of(edits=edits, allow_unknown=True)
    assert "+run.owner=me" in allowed.overrides
    # Hydra's grammar has no words for a key with a space.
    assert [one.key for one in allowed.unexpressed] == ["training_config.a b"]


def test_of_a_mapping_the_part_is_said_that_can_be():
    text = "  mm_cfg: {llm: {freeze: true, cold: 1}, ours: 2}\n"
    edits = [("  model:\n", "  model:\n  " + text)]
    found = of(edits=edits)
    assert found.overrides == ("+mm_cfg={llm:{freeze:true}}",)
    assert [one.key for one in found.unexpressed] == [
        "training_config.model.mm_cfg.llm.cold",
        "training_config.model.mm_cfg.ours",
    ]
    whole = of(edits=edits, allow_unknown=True)
    assert whole.overrides == ("+mm_cfg={llm:{freeze:true,cold:1},ours:2}",)
    assert whole.exact
    strange = [(edits[0][0], edits[0][1].replace("cold", '"a\\nb"'))]
    parts = of(edits=strange, allow_unknown=True)
    assert [one.key for one in parts.unexpressed] == ["training_config.model.mm_cfg.llm.a\nb"]


def test_a_mapping_too_large_for_an_override_is_left_out_as_a_whole():
    many = "".join(f"    k{at}: s3://acme/validation-{at}.jsonl\n" for at in range(5_000))
    edits = [("validation_data_s3_path_list: {}\n", f"validation_data_s3_path_list:\n{many}")]
    found = of("model=nova-2-lite", edits=edits)
    assert found.overrides == ("model=nova-2-lite",)
    assert {one.key for one in found.unexpressed} == {"run.validation_data_s3_path_list"}
    assert len(found.unexpressed[0].line().message) < 200


def test_the_findings_are_those_of_the_choices_found():
    found = of("hardware=g5-48x", "peft=full", edits=[("max_length: 4096", "max_length: 4000")])
    assert not found.report.valid
    assert found.exact
    (finding,) = [one for one in found.report.findings if one.severity == "error"]
    assert finding.key == "training_config.max_length"
    assert finding.detail.allowed == "1024 to 65536 and a multiple of 1024"
    assert found.overrides == ("peft=full", "hardware=g5-48x", "max_length=4000")
    assert finding.origin.file == "recipe.yaml"


def test_json_is_read_as_well():
    Path("recipe.json").write_text(compose(["model=nova-lite", "lr=2e-6"]).to_json())
    assert import_file(Path("recipe.json")).overrides == ("model=nova-lite", "lr=2e-06")


def test_the_same_file_gives_the_same_list_each_time():
    lists = {of("model=nova-lite", "hardware=g6-48x").overrides for _ in range(3)}
    assert lists == {("model=nova-lite", "hardware=g5-12x")}


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -3, 10**20, 0.0, -0.0, 1e-06, 1e300, float("inf"), float("-inf"), "",
        "null", "True", "nan", "1", "1e-5", "0x1", "a b", "a,b", "a=b", "[1]", "{a}", "~", "it's",
        'say "no"', "\\", '\\"', "a\\", "tab\there", "line\nbreak", "é", "日本", "s3://a/b.jsonl",
        "amazon.nova-lite-v1:0:300k", "a#b", "# a", "???", "$", "$x", "`x`", "%", "*", "@x", "-",
        [], [1, "a b", [None]], {}, {"a": {"b": [1.0, "x,y"]}, "c d": 1, "e:f": "g"},
    ],
)  # fmt: skip
def test_a_value_is_spelled_as_hydra_reads_it(value):
    text = f"key={spell_value(value)}"
    for typed in (text, *shlex.split(shlex.join([text]))):
        read = parse_override(typed)
        assert not read.sweeps
        assert repr(read.value) == repr(value)


def test_what_all_of_a_set_have_is_told():
    one = of("model=nova-lite", "lr=2e-6", "run.name=a")
    two = of("model=nova-lite", "lr=2e-6", "run.name=b")
    assert shared([one, two]) == ("model=nova-lite", "lr=2e-06")
    assert shared([one]) == ()


def test_a_recipe_of_another_family_is_refused_with_what_the_nearest_would_take():
    with pytest.raises(DocumentError) as caught:
        of_text(NEW_FAMILY)
    assert caught.value.kind == "unknown-family"
    detail = caught.value.detail
    assert detail.families[:2] == ("nova-1-sft", "nova-2-sft")
    assert detail.nearest == "nova-2-sft"
    assert "training_config.max_steps" in detail.missing
    assert "training_config.sampling.count" in detail.unknown


@pytest.mark.parametrize("text", ["a: 1\n", "{}\n", "defaults: [x]\nname: y\n"])
def test_what_is_no_recipe_is_refused(text):
    with pytest.raises(DocumentError) as caught:
        of_text(text)
    assert caught.value.kind == "not-a-recipe"


def test_a_recipe_that_lacks_a_little_is_imported():
    lines = compose().to_yaml().splitlines()
    text = "\n".join(line for line in lines if not line.strip().startswith(("eps:", "alpha:")))
    assert of_text(text).overrides == ("~eps", "~alpha")


def test_no_more_is_composed_than_it_takes(monkeypatch):
    counts = []
    run = Search._composed

    def counted(self, groups):
        counts[-1] += 1
        return run(self, groups)

    monkeypatch.setattr(Search, "_composed", counted)
    for overrides in (("model=nova-lite", "hardware=g5-12x"), ()):
        counts.append(0)
        of(*overrides)
    assert 0 < max(counts) <= 9


def test_a_team_library_takes_part(tmp_path):
    team = tmp_path / "team"
    (team / "preset").mkdir(parents=True)
    (team / "preset" / "bot.yaml").write_text(
        "# @package _global_\ndefaults:\n  - _self_\n  - override /model: nova-lite\n"
        "recipes:\n  run: {name: bot, replicas: 8, data_s3_path: s3://acme/a.jsonl}\n"
    )
    libraries = Libraries((Library("team", team), builtin()))
    overrides = ["model=nova-lite", "run.name=bot", "replicas=8", "data_s3_path=s3://acme/a.jsonl"]
    assert said(*overrides, libraries=libraries) == ["+preset=bot"]
    assert said(*overrides, "lr=2e-06", libraries=libraries) == ["+preset=bot", "lr=2e-06"]
    assert said("lr=2e-06", libraries=libraries) == ["lr=2e-06"]


def test_json_of_an_import_says_all(tmp_path):
    found = of("model=nova-lite", "run.name=a b").as_json()
    json.dumps(found, allow_nan=False)
    assert list(found) == [
        "command", "overrides", "choices", "exact", "unexpressed", "findings",
    ]  # fmt: skip
    assert found["command"] == "recipe compose model=nova-lite 'run.name=\"a b\"'"
    assert found["choices"]["model"] == "nova-lite"


def test_a_first_line_with_which_the_recipe_is_not_valid_does_not_count():
    text = compose(["model=nova-lite", "hardware=g5-12x"]).to_yaml()
    stale = "# recipe compose model=nova-lite hardware=p4d\n"
    Path("stale.yaml").write_text(stale + text, encoding="utf-8")
    assert import_file(Path("stale.yaml")).overrides == ("model=nova-lite", "hardware=g5-12x")


def test_an_option_that_changes_meanwhile_is_read_again(tmp_path):
    preset = tmp_path / "team" / "preset" / "bot.yaml"
    preset.parent.mkdir(parents=True)
    libraries = Libraries((Library("team", tmp_path / "team"), builtin()))
    for replicas in (2, 8):
        preset.write_text(
            f"# @package _global_\nrecipes: {{run: {{replicas: {replicas}, name: b}}}}\n"
        )
        overrides = ["run.replicas=8", "run.name=b"]
        found = said(*overrides, libraries=libraries)
        assert ("+preset=bot" in found) == (replicas == 8)
