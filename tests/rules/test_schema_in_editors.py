"""JSON Schema in an editor: what yaml-language-server completes, shows and underlines."""

import re

import pytest

from support.yaml_editor import Editor, needs_server

MODELS = {
    "nova-micro": ("2", "4", "8"),
    "nova-lite": ("4", "8", "16", "32"),
    "nova-pro": ("6", "12", "24"),
    "nova-2-lite": ("1", "4", "8", "16", "32"),
}
"""How many instances each trains on, by LoRA."""
MOUNTS = ((), ("--mount",))
LINE = "# yaml-language-server: $schema=nova.schema.json\n"


@pytest.fixture(scope="module")
def editor():
    editor = Editor(needs_server())
    yield editor
    editor.close()


@pytest.fixture(params=MODELS)
def model(request):
    return request.param


@pytest.fixture(params=MOUNTS, ids=["root", "mounted"])
def place(request, model, recipe, editor, tmp_path):
    """Where a recipe of the model is edited, with its schema beside it."""
    schema = recipe("schema", f"model={model}", *request.param)
    (tmp_path / "nova.schema.json").write_text(schema.out)
    return Place(editor, tmp_path / "recipe.yaml", bool(request.param))


class Place:
    """A file that is edited, with the recipe at the root or under ``recipes``."""

    def __init__(self, editor, path, mounted):
        self.editor = editor
        self.path = path
        self.mounted = mounted

    def text(self, recipe):
        lines = recipe.split("\n")
        under = "\n".join(["recipes:", *(f"  {line}" if line else "" for line in lines)])
        return LINE + (under if self.mounted else recipe)

    def underlined(self, recipe):
        return self.editor.diagnostics(self.path, self.text(recipe))

    def offered(self, recipe):
        return self.editor.completions(self.path, self.text(recipe))

    def shown(self, recipe):
        return self.editor.hover(self.path, self.text(recipe)).replace("\\", "")


@pytest.fixture
def text(model, recipe):
    """A recipe of the model, as it is composed."""
    paths = ("data_s3_path=s3://acme/train.jsonl", "output_s3_path=s3://acme/out")
    return recipe("compose", f"model={model}", *paths).out


def test_values_are_completed(place, model):
    assert tuple(place.offered("run:\n  replicas: |")) == MODELS[model]
    assert next(iter(place.offered("run:\n  name: a\n  model_type: |"))).startswith("amazon.nova-")
    assert next(iter(place.offered("run:\n  model_name_or_path: |"))).endswith("/prod")
    peft = "model:\n    peft:\n      " if model != "nova-2-lite" else "peft:\n    "
    assert list(place.offered(f"training_config:\n  {peft}peft_scheme: |")) == ["lora"]
    sizes = list(place.offered("training_config:\n  global_batch_size: |"))
    assert sizes[0] == {"nova-2-lite": "32"}.get(model, "16")


def test_keys_are_completed_and_nothing_else_is(place):
    offered = place.offered("|")
    sections = {"run": "run:\n  ", "training_config": "training_config:\n  "}
    assert offered.items() >= sections.items()
    assert offered.keys() - sections == {
        *("data_mixing", "display_name", "instance_types", "recipe_version"),
        *("skip_recipe_validation", "version", "versions"),
    }
    keys = place.offered("run:\n  |")
    assert keys.items() >= {"name": "name: ", "replicas": "replicas: "}.items()
    assert [key for key in keys if not re.fullmatch(r"[a-z0-9_]+", key)] == []
    assert "name" not in place.offered("run:\n  name: a\n  |")
    inner = place.offered("training_config:\n  |")
    assert inner.keys() >= {"max_length", "global_batch_size"}
    assert [key for key in inner if not re.fullmatch(r"[a-z0-9_]+", key)] == []


def test_whether_a_thing_is_so_is_completed_with_true_and_false(place, model):
    key = "reasoning_enabled" if model == "nova-2-lite" else "model:\n    optim:\n      adam_w_mode"
    assert sorted(place.offered(f"training_config:\n  {key}: |")) == ["false", "true"]


def test_a_key_shows_its_name_its_meaning_and_what_it_may_be(place, model, text):
    *most, last = MODELS[model]
    allowed = f"{', '.join(most)} or {last}"
    shown = place.shown(text.replace("  replicas:", "  rep|licas:"))
    assert shown.startswith("#### run.replicas\n\nnumber of instances that train together; ")
    assert f"together; {allowed}" in shown
    assert all(f"\n* `{count}`\n" in shown for count in MODELS[model])
    assert "model=" not in shown


def test_each_key_shows_its_own_name(place, text):
    at = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        key = re.match(r"( *)([a-z0-9_]+):", line)
        if key is None:
            continue
        indent, name = key.groups()
        at[len(indent) // 2 :] = [name]
        marked = [*lines[:number], line.replace(name, f"|{name}", 1), *lines[number + 1 :]]
        shown = place.shown("\n".join(marked))
        assert shown.startswith(f"#### {'.'.join(at)}\n\n"), shown


def test_a_link_shows_the_key_and_its_meaning(place, text):
    linked = re.sub(r"  replicas: \d+", "  rep|licas: ${..training_config.max_length}", text)
    shown = place.shown(linked)
    assert shown.startswith("#### run.replicas, a link\n\nnumber of instances")


def test_a_recipe_as_it_is_composed_has_nothing_underlined(place, model, recipe, text):
    assert place.underlined(text) == []
    for links in ("relative", "recipes"):
        assert place.underlined(recipe("compose", f"model={model}", "--links", links).out) == []


def test_what_is_wrong_is_underlined_where_it_stands_and_says_what_is_allowed(place, model, text):
    wrong = re.sub(r"replicas: \d+", "replicas: 7", text)
    wrong = re.sub(r"max_length: \d+", "max_length: 1000", wrong)
    wrong = re.sub(r"  name: .*", "  name: -x", wrong, count=1)
    wrong = wrong.replace("training_config:", "training_config:\n  nonsense: 1")
    found = dict(place.underlined(wrong))
    assert found.keys() == {"replicas: 7", "max_length: 1000", "name: -x", "nonsense: 1"}
    counts = ", ".join(MODELS[model])
    assert found["replicas: 7"] == f"Value is not accepted. Valid values: {counts}."
    assert found["nonsense: 1"] == "Property nonsense is not allowed."


def test_what_is_missing_is_underlined(place, text):
    found = place.underlined(re.sub(r"  replicas: .*\n", "", text))
    assert found == [("run:", 'Missing property "replicas".')]


def test_a_file_with_the_recipe_elsewhere_is_underlined(place, text):
    """Each of the two schemas is for one of the two places."""
    other = Place(place.editor, place.path, not place.mounted)
    assert other.underlined(text) != []


def test_of_listed_values_those_that_a_team_allows_are_completed(recipe, editor, tmp_path):
    rules = tmp_path / "team" / "rules"
    rules.mkdir(parents=True)
    (rules / "team.yaml").write_text(
        "limits:\n  few:\n    keys: {run.replicas: {maximum: 8}}\n    because: We have eight.\n"
    )
    schema = recipe("schema", "--library", "team", "model=nova-lite")
    (tmp_path / "nova.schema.json").write_text(schema.out)
    place = Place(editor, tmp_path / "recipe.yaml", mounted=False)
    assert list(place.offered("run:\n  replicas: |")) == ["4", "8"]
    assert place.underlined("run:\n  replicas: 16\n")[0] == (
        "replicas: 16",
        "Value is not accepted. Valid values: 4, 8.",
    )
