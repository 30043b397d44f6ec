"""The law of importing: a file comes back, and no override can be left out."""

import os

import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from hydra_recipes import check, compose, plan
from hydra_recipes.composing.history import flat
from hydra_recipes.composing.spelling import spell_value
from hydra_recipes.documents.header import header
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.importing.imported import import_file
from hydra_recipes.links import contains_link, rewrite
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import libraries
from hydra_recipes.tree import canonical

settings.register_profile(
    "import",
    max_examples=int(os.environ.get("LAW_EXAMPLES", "10")),
    suppress_health_check=list(HealthCheck),
)

POINTS = sorted(
    {
        tuple(f"{group}={point[group]}" for group in ("model", "peft", "hardware"))
        for offer in rule_book(libraries()).offers
        for point in offer.combinations()
    }
)
PARTS = [
    "platform=training-job", "~tracking", "+exp_manager=logging", "+exp_manager=checkpoints",
    "+exp_manager=early_stopping", "+trainer=steps", "+mm_cfg=frozen_projectors",
    "+training_validation=loader", "+preset=quickstart_sft", "+preset=complete_sft",
    "+preset=complete_lora",
]  # fmt: skip
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8
)
BUCKET = st.sampled_from(["s3://acme/train.jsonl", "s3://acme/a b/t'\"x=,{}.jsonl", ""])
VALUES = {
    "run.name": st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    "run.replicas": st.sampled_from([1, 2, 4, 8, 6, 12, 16]),
    "run.data_s3_path": BUCKET,
    "run.output_s3_path": st.sampled_from(["s3://acme/out", "s3://acme/${x}", "s3://acme/\\"]),
    "mlflow_experiment_name": TEXT,
    "mlflow_run_name": TEXT | st.just("my-lora-run"),
    "max_length": st.sampled_from([1024, 4096, 8192, 32768, 65536]),
    "global_batch_size": st.sampled_from([16, 32, 64, 128]),
    "lr": st.sampled_from([1e-5, 5e-6, 2e-6, 1e-4, 0.001]),
    "min_lr": st.sampled_from([1e-6, 5e-7, 0, 0.0]),
    "weight_decay": st.sampled_from([0.0, 0.1, 0, 1]),
    "max_epochs": st.sampled_from([1, 2, 3]),
    "warmup_steps": st.sampled_from([1, 10, 15]),
    "betas": st.sampled_from([[0.9, 0.999], [0.9, 0.95], [0, 1.0]]),
    "alpha": st.sampled_from([32, 64, 128]),
    "reasoning_enabled": st.booleans(),
    "save_steps": st.sampled_from([50, 100]),
}
LINKS = [
    "save_steps=${recipes.training_config.max_steps}", "mlflow_experiment_name=$<.name>",
    "mlflow_run_name=$<recipes.run.name>", "mlflow_run_name=$<.name>-$<.replicas>",
    "run.name=$<.model_type>", "min_lr=$<..weight_decay>",
]  # fmt: skip
DROPPED = [
    "~global_batch_size",
    "~mlflow_run_name",
    "~mlflow_experiment_name",
    "~validation_data_s3_path",
    "~save_top_k",
]
ADDED = [
    "+validation_data_s3_path=s3://acme/val.jsonl", "+trainer.max_steps=10", "+micro_batch_size=1",
    "+exp_manager.exp_dir=null", "+save_steps=7", "+mm_cfg={llm:{freeze:true}}",
]  # fmt: skip


@st.composite
def requests(draw):
    """Overrides: an offered point, perhaps parts of the library, and keys."""
    texts = list(draw(st.sampled_from(POINTS)))
    first = "model=nova-2-lite" not in texts  # a preset of the first generation makes it a chimera
    parts = [part for part in PARTS if first or not part.startswith("+preset")]
    texts += draw(
        st.lists(st.sampled_from(parts), max_size=2, unique_by=lambda one: one.split("=")[0])
    )
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=4, unique=True))
    for key in keys:
        value = draw(VALUES[key])
        texts.append(f"{key}={spell_value(value)}")
    texts += draw(st.lists(st.sampled_from([*LINKS, *DROPPED, *ADDED]), max_size=2, unique=True))
    return tuple(texts)


def composed(texts):
    """What the overrides compose, without those that can't be applied."""
    while True:
        try:
            return compose(texts)
        except OverrideError as error:
            refused = error.data.get("text", texts[-1])
            texts = tuple(text for text in texts if text != refused)


def values(recipe):
    """The values and types of a recipe; a link that has none counts as it is written."""
    return canonical(recipe.scope.resolve()[0])


def links_of(recipe):
    """The links of a recipe by key, in the spelling that all equal ones share."""
    written = flat(rewrite(recipe.scope, "recipes"))
    return {path: text for path, text in written.items() if contains_link(text)}


def has_links_of(one, recipe):
    """Whether a recipe has another's values and all its links.

    It may have more of them: a file of plain values doesn't tell which of them a link would give.
    """
    more = links_of(one)
    same = all(more.get(path) == text for path, text in links_of(recipe).items())
    return same and values(one) == values(recipe)


def minimal(found, same):
    for at, text in enumerate(found.overrides):
        rest = found.overrides[:at] + found.overrides[at + 1 :]
        try:
            less = compose(rest)
        except OverrideError:  # what is left doesn't go together
            continue
        assert not same(less), f"{text} can be left out"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("law") / "recipe.yaml"


@settings(settings.get_profile("import"))
@given(requests(), st.sampled_from(["yaml", "json", "mounted"]))
@example((*POINTS[0], "weight_decay=0"), "yaml")  # types count: the library has 0.0
def test_a_recipe_comes_back_and_no_override_can_be_left_out(file, texts, form):
    recipe = composed(texts)
    note(recipe.overrides)
    text = recipe.to_json() if form == "json" else recipe.to_yaml()
    if form == "mounted":
        text = "recipes:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    file.write_text(text, encoding="utf-8")
    found = import_file(file, allow_unknown=True)
    note(found.command)
    assert values(compose(found.overrides)) == values(recipe)
    assert found.exact
    minimal(found, lambda less: values(less) == values(recipe))


@settings(settings.get_profile("import"))
@given(requests(), st.sampled_from(["relative", "recipes"]))
@example((*POINTS[0], "mlflow_run_name=my-lora-run"), "relative")  # what its link gives anyway
def test_the_links_of_a_file_come_back_too(file, texts, links):
    recipe = composed(texts)
    note(recipe.overrides)
    file.write_text(recipe.to_yaml(links), encoding="utf-8")
    found = import_file(file, allow_unknown=True)
    note(found.command)
    assert has_links_of(compose(found.overrides), recipe)
    assert found.exact
    minimal(found, lambda less: has_links_of(less, recipe))


@settings(settings.get_profile("import"))
@given(requests())
def test_the_choices_of_a_first_line_come_back_too(file, texts):
    recipe = composed(texts)
    note(recipe.overrides)
    file.write_text(header(recipe.overrides) + recipe.to_yaml(), encoding="utf-8")
    found = import_file(file, allow_unknown=True)
    note(found.command)
    assert values(compose(found.overrides)) == values(recipe)
    offered = ("model", "method", "peft", "hardware", "optimizer")
    assert [found.recipe.choices[g] for g in offered] == [recipe.choices[g] for g in offered]


GRID = plan(
    [
        "model=nova-micro,nova-lite,nova-pro,nova-2-lite",
        "peft=full,lora",
        "hardware=p5,p4d,g5-12x,g6-48x",
        "platform=hyperpod,training-job",
        "run.replicas=1,2,4,6,8,16",
        "lr=2e-6,1e-5,5e-5",
        "max_length=4096,8192,32768",
        "weight_decay=0.0,0,0.1",
    ]
)


@settings(settings.get_profile("import"))
@given(
    st.integers(0, len(GRID) - 1), st.booleans(), st.sampled_from(["yaml", "json", "mounted json"])
)
def test_of_any_valid_recipe_importing_what_is_emitted_composes_it(file, at, told, form):
    recipe = next(GRID.shard(at, len(GRID)).recipes())
    note(recipe.overrides)
    assert check(recipe).valid
    text = recipe.to_yaml() if form == "yaml" else recipe.to_json()
    text = f'{{"recipes": {text}}}' if form == "mounted json" else text
    told = told and form == "yaml"
    file.write_text(header(recipe.overrides) + text if told else text, encoding="utf-8")
    found = import_file(file)
    assert found.exact
    if told or recipe.choices["platform"] == "hyperpod":  # which a file alone doesn't tell
        assert found.report.valid

    def same(other):
        """A first line tells the choices as well; without one those that fit will do."""
        return (other == recipe) if told else values(other) == values(recipe)

    assert same(compose(found.overrides))
    minimal(found, same)
