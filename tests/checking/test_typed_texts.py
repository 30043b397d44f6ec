"""What was typed is what is suggested and written, where text is due and a number was read."""

import json

import pytest

from hydra_recipes import check, compose
from hydra_recipes.checking.typed_texts import typed_in, typed_values
from hydra_recipes.composing.compose import recipe_of
from hydra_recipes.composing.provenance import Step
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.messages.limits import BrokenLimit
from hydra_recipes.importing.imported import import_file
from hydra_recipes.override import Override
from hydra_recipes.sources.active import active_libraries

DATA = ("data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/out")
KEY = "mlflow_experiment_name"
IN_YAML = [
    "1.10",
    "1_000",
    "1_1_1",
    "0x1F",
    "1E234",
    "1e5",
    "1.0e5",
    "+5",
    "-0",
    "TRUE",
    "False",
    "yes",
    "NO",
    "on",
    "017",
    "1:30",
    "1:30.50",
    "0b101",
    ".5",
    "1.",
    ".inf",
    "-.INF",
    ".NaN",
    "1.5E-3",
]
IN_HYDRA = [
    "1.10",
    "1_000",
    "1_1_1",
    "1E234",
    "1e5",
    "1e5_0",
    "+5",
    "-5",
    "TRUE",
    "False",
    ".5",
    "1.",
    "inf",
    "-Inf",
    "NaN",
    "1.0_0",
]


def with_name(text, value):
    return text.replace(f"{KEY}: my-lora-experiment", f"{KEY}: {value}")


@pytest.fixture
def base():
    return compose(DATA).to_yaml()


@pytest.mark.parametrize("text", IN_YAML)
def test_a_file_is_mended_to_the_text_that_was_typed(recipe, tmp_path, base, text):
    (tmp_path / "recipe.yaml").write_text(with_name(base, f"{text}  # ours"))
    said = recipe("check", "recipe.yaml").out
    assert f'  try: {KEY}="{text}"\n' in said
    assert f"repair: '{KEY}=\"{text}\"'\n" in said
    assert recipe("check", "recipe.yaml", "--fix").status == 0
    assert (tmp_path / "recipe.yaml").read_text() == with_name(base, f'"{text}"  # ours')


@pytest.mark.parametrize("text", IN_HYDRA)
def test_an_override_is_answered_with_the_text_that_was_typed(recipe, text):
    said = recipe("compose", *DATA, f"{KEY}={text}").err
    assert f"  try: '{KEY}=\"{text}\"'\n" in said
    assert f"repair: '{KEY}=\"{text}\"'\n" in said


def test_the_last_override_of_a_key_counts(recipe):
    said = recipe("check", *DATA, f"{KEY}=1.10", f"run.{KEY}=1_0").out
    assert f"  try: '{KEY}=\"1_0\"'\n" in said


def test_what_a_preset_of_a_library_says_is_quoted_as_it_stands_there(recipe, tmp_path):
    (tmp_path / "lib/preset").mkdir(parents=True)
    text = f"# @package _global_\nrecipes:\n  run: {{{KEY}: 1_000}}\n"
    (tmp_path / "lib/preset/ours.yaml").write_text(text)
    said = recipe("check", *DATA, "+preset=ours", "--library", "lib").out
    assert "as YAML takes 1_000; it has to be text [type]\n" in said
    assert f"repair: '{KEY}=\"1_000\"'\n" in said


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_misspelled_key_keeps_the_text_too(recipe, tmp_path, base, kind):
    wrong = "mlflow_experimnt_name"
    if kind == "yaml":
        file, text = "recipe.yaml", with_name(base, "1.10").replace(KEY, wrong)
    else:
        file, text = "recipe.json", compose(DATA).to_json()
        text = text.replace(f'"{KEY}": "my-lora-experiment"', f'"{wrong}": 1.10')
    (tmp_path / file).write_text(text)
    assert "1.10" in text
    assert recipe("check", file, "--fix").status == 0
    assert check(file).findings == ()
    now = parse_document((tmp_path / file).read_text(), file).tree["run"]
    assert now[KEY] == "1.10"
    assert wrong not in now


def test_an_added_key_that_is_misspelled_keeps_the_text(recipe):
    said = recipe("check", *DATA, f"~{KEY}", "+run.mlflow_experimnt_name=1.10").out
    assert f"'+{KEY}=\"1.10\"'" in said


def test_an_alias_and_a_merge_have_the_text_of_their_anchor(recipe, tmp_path, base):
    anchored = with_name(base, "*ours").replace(
        "run:\n", "run:\n  <<: &all {mlflow_run_name: 1_0}\n"
    )
    anchored = anchored.replace("  mlflow_run_name: my-lora-run\n", "")
    (tmp_path / "recipe.yaml").write_text("ours: &ours 1.10\nrecipes:\n" + indented(anchored))
    said = recipe("check", "recipe.yaml").out
    assert f'{KEY}="1.10"' in said
    assert 'mlflow_run_name="1_0"' in said


def indented(text):
    return "".join(f"  {line}\n" for line in text.splitlines())


def test_null_is_hardly_text_and_so_the_last_that_is_suggested(recipe, tmp_path, base):
    (tmp_path / "recipe.yaml").write_text(with_name(base, "~"))
    said = recipe("check", "recipe.yaml").out
    assert "is null, as YAML takes ~; it has to be text" in said
    assert f"  try: {KEY}=my-lora-experiment\n" in said
    assert f"    or: '{KEY}=\"~\"'\n" in said


def test_a_key_that_is_written_twice_has_the_text_of_the_last():
    twice = parse_document("a: 1.10\na: x\nb: 1\nb: 0x10\nc: 012\nc: d\n", "recipe.yaml")
    assert (twice.plain, twice.unclear) == ({("b",): "0x10"}, {})


def test_no_text_is_cut(recipe, tmp_path, base):
    text = "0" + "1234567_" * 12 + "7"
    (tmp_path / "recipe.yaml").write_text(with_name(base, text))
    assert recipe("check", "recipe.yaml", "--fix", "--no-backup").status == 0
    assert f'{KEY}: "{text}"\n' in (tmp_path / "recipe.yaml").read_text()


@pytest.mark.parametrize("text", ["1.10", "0x1F", "1_000", "TRUE", "1E234"])
def test_a_file_is_imported_with_the_text_that_was_typed(recipe, tmp_path, base, text):
    (tmp_path / "recipe.yaml").write_text(with_name(base, text))
    imported = import_file(tmp_path / "recipe.yaml")
    assert imported.overrides == (*DATA, f'{KEY}="{text}"')
    assert imported.recipe[f"run.{KEY}"] == text
    assert check(imported.recipe).valid
    assert not imported.exact
    (left,) = imported.unexpressed
    assert left.kind == "said-as-text"
    ran = recipe("import", "recipe.yaml", "--save", "ours", "--library", "lib", "--json")
    assert ran.status == 1  # the file itself isn't valid
    assert f'    {KEY}: "{text}"\n' in json.loads(ran.out)["preset"]["text"]


def test_a_link_follows_the_text_that_is_imported(recipe, tmp_path, base):
    linked = base.replace("name: my-lora-run", "name: 1E5", 1)
    linked = linked.replace("mlflow_run_name: my-lora-run", "mlflow_run_name: ${run.name}")
    (tmp_path / "recipe.yaml").write_text(linked)
    imported = import_file(tmp_path / "recipe.yaml")
    assert imported.overrides[0] == 'run.name="1E5"'
    assert imported.recipe["run.mlflow_run_name"] == "1E5"


def test_a_point_of_a_sweep_is_explained_with_what_was_typed(recipe):
    axis = f"{KEY}=1_000,choice-b"
    said = recipe("sweep", *DATA, axis, "--why", f"{KEY}=1_000").out
    assert f"  from: {KEY}=1_000\n" in said
    assert f"  try: {KEY}='\"1_000\"'\n" in said


def test_the_texts_in_an_override_are_told_by_key():
    text = "run={a:1.10,b:[+5,'1_0',x,[1.]],c:\"2\",d:{e:TRUE},f:float(1.10),g:a\\,1}"
    step = Step(Override.read(text), ("run",), (("run", "a"), ("run", "b"), ("run", "d", "e")), {})
    assert typed_in([step]) == {
        "run.a": "1.10",
        "run.b.0": "+5",
        "run.b.3.0": "1.",
        "run.d.e": "TRUE",
    }
    again = Step(Override.read("run.b=null"), ("run", "b"), (("run", "b"),), {})
    assert typed_in([step, again]) == {"run.a": "1.10", "run.b": "null", "run.d.e": "TRUE"}


def test_what_stands_beside_the_recipe_has_no_key_of_it():
    assert typed_in([Step(Override.read("name=1.10"), ("name",), (), {})]) == {}


@pytest.mark.parametrize(
    ("text", "values", "typed"),
    [
        ("a=1.10,x,0.5", [1.1, "x", 0.5], ["1.10", None, "0.5"]),
        ("a=choice(1_0, TRUE)", [10, True], ["1_0", "TRUE"]),
        ("a=[1.0],2", [[1.0], 2], [None, "2"]),
        ("a=range(1,3)", [1, 2], [None, None]),
        ("a=sort(2,1)", [1, 2], [None, None]),
    ],
)
def test_the_texts_of_an_axis_stand_beside_its_values(text, values, typed):
    assert typed_values(text, values) == typed


def test_a_text_like_a_number_that_a_limit_names_is_suggested_in_quotes():
    limit = BrokenLimit(short="version", value="1.3", allowed="1.10", severity="warning")
    assert limit.but(nearest="1.10").text().hint == "version='\"1.10\"'"
    assert limit.but(nearest="v1").text().hint == "version=v1"


def test_overrides_of_a_plain_hydra_app_are_typed_too():
    tree = compose(DATA).resolved()
    tree["run"][KEY] = 1.1
    choices, texts = compose(DATA).choices, (f"recipes.run.{KEY}=1.10",)
    report = check(recipe_of({"recipes": tree}, choices, texts, active_libraries()))
    (finding,) = (one for one in report.findings if one.key == f"run.{KEY}")
    assert finding.hint == f"{KEY}='\"1.10\"'"
