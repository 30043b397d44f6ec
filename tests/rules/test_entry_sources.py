"""Sources: who says what a limit or rule says, shown wherever the limit or rule is."""

import json

import pytest

from hydra_recipes import check, compose
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.schema import recipe_schema
from hydra_recipes.sources.active import active_libraries
from support.team_libraries import write_library

RULES = """\
limits:
  acme-lr:
    keys: {lr: {maximum: 1.0e-5}}
    because: Ours learn slowly.
    source: our platform team, https://wiki.acme.example/lr
  acme-name:
    keys: {run.name: {pattern: "^acme"}}
    because: So that bills can be told apart.
rules:
  acme-steps:
    require: warmup_steps != 7
    message: warmup_steps is 7
    because: It brings bad luck.
    source: folklore
"""
TEAM = "our platform team, https://wiki.acme.example/lr"


@pytest.fixture
def team(tmp_path):
    return write_library(tmp_path, {"team/rules/t": RULES}) / "team"


def test_every_shipped_limit_and_rule_has_a_source():
    assert [one.id for one in rule_book(active_libraries()).entries if not one.source] == []


@pytest.mark.parametrize("source", ["[a, b]", "{name: guide}", "3"])
def test_a_source_is_text(tmp_path, source):
    rules = RULES.replace("folklore", source)
    root = write_library(tmp_path, {"team/rules/t": rules}) / "team"
    with pytest.raises(LibraryError) as told:
        rule_book(Libraries((Library("team", root, "named"),)))
    assert told.value.detail.reason == "source has to be text"


def test_a_source_is_read_from_the_cache_too(team, recipe_process):
    words = ["check", "--library", "team", "lr=2e-5", "--json"]
    for _ in range(2):
        (report,) = map(json.loads, recipe_process(*words).out.splitlines())
        assert {f["rule"]: f["source"] for f in report["findings"]}["acme-lr"] == TEAM


def test_check_names_the_source_as_text_json_and_annotation(team, recipe):
    words = ["check", "--library", "team", "lr=2e-5", "warmup_steps=7"]
    out = recipe(*words).out
    assert f"  because: Ours learn slowly. ({TEAM})\n" in out
    assert "  because: It brings bad luck. (folklore)\n" in out
    assert "  because: So that bills can be told apart.\n" in out
    found = json.loads(recipe(*words, "--json").out)["findings"]
    sources = {one["rule"]: one["source"] for one in found}
    assert sources["acme-lr"] == TEAM
    assert sources["acme-name"] is None
    assert "%0AIt brings bad luck. (folklore)" in recipe(*words, "--format", "github").out


def test_an_error_of_the_shipped_library_names_its_source():
    report = check(compose(["warmup_steps=50", "max_epochs=6", "replicas=3"]))
    sources = {f.rule: f.source for f in report.findings if f.severity == "error"}
    assert sources.keys() == {"nova-1-warmup", "nova-1-epochs", "nova-micro-replicas"}
    assert all("guide" in source for source in sources.values())


def test_where_several_limits_are_meant_all_their_sources_are_named():
    tree = compose(["replicas=3", "model=nova-lite"]).resolved()
    tree["run"]["model_type"] = "amazon.nova-lite-v1:0:300k"
    found = {f.key: f for f in check(tree).findings}["run.replicas"]
    assert set(found.source.split("; ")) > {"guide, published"}


def test_explain_list_and_docs_name_the_source(team, recipe):
    assert f"Ours learn slowly. ({TEAM})" in " ".join(
        recipe("explain", "--library", "team", "lr").out.split()
    )
    entry = json.loads(recipe("explain", "--library", "team", "lr", "--json").out)
    assert TEAM in [one["source"] for one in entry["limits"]]
    listed = recipe("list", "model/nova-pro").out
    assert "Nova Pro trains on 6, 12 or 24 instances. (guide, published)" in listed
    limits = json.loads(recipe("list", "model/nova-pro", "--json").out)["limits"]
    sources = {limit["id"]: limit["source"] for limit in limits}
    assert sources["nova-pro-type"] == "guide, published"
    page = recipe("library", "docs", "team").out
    assert f"| Ours learn slowly. | {TEAM} |" in page
    assert "| It brings bad luck. | folklore |" in page


def test_the_schema_names_the_sources_of_what_it_says():
    choices = compose(["peft=full"]).choices
    schema = recipe_schema(rule_book(active_libraries()), choices)
    text = json.dumps(schema)
    assert '"$comment": "nova-1-warmup: guide' in text
    assert "full-without-lora-tuning: published" in text
    assert "(The schedule falls from lr to min_lr. (guide))" in schema["$comment"]


def test_library_check_tells_entries_without_a_source_and_lets_them_pass(team, recipe):
    ran = recipe("library", "check", "team")
    assert ran.status == 0
    assert ran.out.count("[no-source]") == 1
    assert "team/rules/t.yaml:6:3: incomplete: limit acme-name doesn't say who says so" in ran.out


def test_who_knows_better_switches_a_limit_off_by_the_id_that_is_told(tmp_path, recipe):
    told = json.loads(recipe("check", "warmup_steps=50", "--json").out)
    (error,) = (one for one in told["findings"] if one["severity"] == "error")
    assert error["source"].startswith("guide")
    off = f"off: {{{error['rule']}: The template accepts it.}}\n"
    write_library(tmp_path, {"team/rules/t": off})
    ran = recipe("check", "warmup_steps=50", "--library", "team")
    assert ran.status == 0
    assert "off: nova-1-warmup of nova, by team: The template accepts it." in ran.out
