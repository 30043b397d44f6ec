"""Options that extend others: what they inherit, and what is said where a defaults list fails."""

import pytest

from hydra_recipes import check, compose, plan
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.defaults import _extended
from hydra_recipes.library.model import builtin
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.offers import offered_groups
from hydra_recipes.sources.active import active_libraries, using
from support.team_libraries import write_library

RUN = "# @package recipes.run\n"
READY = ["data_s3_path=s3://acme/x/y.jsonl", "output_s3_path=s3://acme/x/"]
ACME = {
    "model/acme-lite": f"{RUN}# Acme's.\ndefaults: [/model/nova-lite, _self_]\nreplicas: 8\n",
    "optimizer/acme": (
        "# @package recipes.training_config.model.optim\n# Acme's.\n"
        "defaults:\n- distributed_fused_adam\n- _self_\neps: 1.0e-07\n"
    ),
    "rules/acme": """\
limits:
  acme-replicas: {when: {model: acme-lite}, keys: {run.replicas: {maximum: 16}}, because: Ours.}
""",
}
BETA = {
    "model/beta-lite": f"{RUN}# Beta's.\ndefaults:\n  - acme-lite\n  - _self_\nreplicas: 4\n",
    "rules/beta": """\
offers:
  - model: beta-lite
    generation: nova-1
    optimizer: distributed_fused_adam
    method: sft
    peft: full
    hardware: p5
""",
}


@pytest.fixture(autouse=True)
def both(tmp_path, monkeypatch):
    """Two libraries, one of which extends the other, which extends the built-in one."""
    write_library(tmp_path / "acme", ACME)
    write_library(tmp_path / "beta", BETA)
    monkeypatch.chdir(tmp_path)
    with using(["beta", "acme"]) as shelf:
        yield shelf


def broken(*overrides):
    found = check(compose([*READY, *overrides])).findings
    return [one.rule for one in found if one.severity == "error"]


def test_an_option_extends_the_nearest_first(both):
    assert rule_book(both).extended("model", "beta-lite") == ("acme-lite", "nova-lite")
    assert rule_book(both).extended("model", "nova-lite") == ()
    assert rule_book(both).extended("model", "nothing") == ()
    assert rule_book(both).extended("optimizer", "acme") == ("distributed_fused_adam",)


def test_no_built_in_option_extends_another_of_a_group_that_rules_are_about():
    book = rule_book(active_libraries())
    entries = (*book.limits, *book.rules, *book.families)
    groups = {group for entry in entries for group, _ in entry.when.groups}
    assert groups > {"model", "method", "peft", "hardware", "platform"}
    for group in groups | set(offered_groups(book)):
        for option in active_libraries().options(group):
            file = builtin().option_file(group, option)
            assert file is None or _extended(file, 0, group) == ()


def test_what_holds_for_an_option_holds_for_one_that_extends_it():
    assert broken("model=acme-lite") == []
    assert broken("model=acme-lite", "replicas=3") == ["nova-lite-replicas"]
    assert set(broken("model=acme-lite", "replicas=32")) == {"acme-replicas"}
    assert broken("model=nova-lite", "replicas=32") == []
    own = ["peft=full", "hardware=p5"]
    assert broken("model=beta-lite", *own) == []
    assert broken("model=beta-lite", *own, "replicas=3") == ["nova-lite-replicas"]
    assert broken("model=beta-lite", *own, "replicas=32") == ["acme-replicas"]


def test_it_is_offered_as_what_it_extends_unless_it_has_offers_of_its_own():
    assert broken("model=acme-lite", "hardware=g5-12x", "replicas=1") == []
    assert broken("model=acme-lite", "hardware=g5-12x", "peft=full") == ["offer"]
    assert broken("model=beta-lite") == ["offer"]
    assert broken("optimizer=acme") == []


def test_what_is_not_offered_is_told_by_its_own_name(recipe, tmp_path):
    ran = recipe("check", "--library", "acme", "model=acme-lite", "peft=full", "hardware=g5-12x")
    assert "model=acme-lite peft=full hardware=g5-12x is not offered" in ran.out
    assert "try: hardware=p5" in ran.out


def test_a_sweep_holds_what_the_limits_of_the_extended_allow():
    points = plan([*READY, "model=acme-lite,nova-lite", "replicas=3,8,32"])
    found = [(one.choices["model"], one["run.replicas"]) for one in points.recipes()]
    assert found == [("acme-lite", 8), ("nova-lite", 32)]  # nova-lite with 8 is the same recipe
    beta = plan([*READY, "model=beta-lite", "hardware=p5,p4d", "peft=lora,full"])
    assert [(one.choices["hardware"], one.choices["peft"]) for one in beta.recipes()] == [
        ("p5", "full")
    ]


def test_a_file_that_says_it_was_composed_of_it_is_checked_as_that(tmp_path, recipe):
    file = tmp_path / "recipe.yaml"
    recipe("compose", *READY, "model=acme-lite", "-o", "recipe.yaml")
    file.write_text(file.read_text().replace("replicas: 8", "replicas: 32"))
    found = check(file)
    assert found.choices["model"] == "acme-lite"
    assert [one.rule for one in found.findings if one.severity == "error"] == ["acme-replicas"]
    file.write_text(file.read_text().replace("model=acme-lite", "model=nova-pro"))
    assert check(file).choices["model"] == "nova-lite"  # what the recipe says wins


def test_it_is_listed_with_what_it_inherits(recipe):
    ran = recipe("list", "--library", "acme", "model/acme-lite")
    for wanted in ("offered with", "nova-lite-replicas", "acme-replicas", "model=nova-lite"):
        assert wanted in ran.out


def test_old_names_and_packages_count(tmp_path):
    write_library(
        tmp_path / "gamma",
        {
            "model/by-old-name": f"{RUN}defaults: [/model/lite-of-old, _self_]\n",
            "model/elsewhere": f"{RUN}defaults: [/model/nova-lite@recipes.other, _self_]\n",
            "rules/gamma": "moved: {model/lite-of-old: model/nova-lite}\n",
        },
    )
    with using(["gamma"]) as shelf:
        assert rule_book(shelf).extended("model", "by-old-name") == ("nova-lite",)
        assert rule_book(shelf).extended("model", "elsewhere") == ()
        assert "lite-of-old" not in rule_book(shelf).offered_as({"model": "by-old-name"}).values()


def refused(tmp_path, entry, *others):
    text = f"{RUN}defaults:\n  - {entry}\n  - _self_\n"
    write_library(tmp_path / "team", {"model/team": text, **dict(others)})
    with using(["team"]), pytest.raises(LibraryError) as caught:
        compose(["model=team"])
    return caught.value


def test_a_circle_of_extensions(tmp_path):
    other = ("model/other", f"{RUN}defaults:\n- team\n- _self_\n")
    error = refused(tmp_path, "/model/other", other)
    assert error.kind == "extension-circle"
    assert (error.origin.file, error.origin.line) == (str(tmp_path / "team/model/team.yaml"), 3)
    assert "model/other -> model/team -> model/other" in str(error)
    itself = refused(tmp_path, "/model/team")
    assert (itself.kind, itself.origin.line) == ("extension-circle", 3)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("/model/nova-lit", "no library has model/nova-lit"),
        ("nova-lit", "did you mean model/nova-lite, "),
        ("/modle/nova-lite", "recipe list shows what there is"),
        ("optional /model/nova-lite", "no library has model/optional /model/nova-lite"),
        ("/nothing: here", "no library has nothing/here"),
        ("/etc/passwd", "no library has etc/passwd"),
        ("file:///etc/passwd", "no library has model/file:///etc/passwd"),
        ("pkg://hydra.conf/config", "no library has model/pkg://hydra.conf/config"),
    ],
)
def test_an_extension_of_what_is_not_there(tmp_path, entry, told):
    error = refused(tmp_path, entry)
    assert error.kind == "nothing-to-extend"
    assert error.origin.line == 3
    assert error.origin.file == str(tmp_path / "team" / "model" / "team.yaml")
    assert told in str(error)


@pytest.mark.parametrize("entry", ["${oc.env:HOME}", "/model: ${oc.env:HOME}", "${now:%Y}: x"])
def test_a_resolver_in_a_defaults_list(tmp_path, entry):
    error = refused(tmp_path, entry)
    assert (error.kind, error.origin.line) == ("resolver-in-defaults", 3)


def test_what_is_optional_need_not_be_there(tmp_path):
    text = f"{RUN}defaults: [nova-lite, optional /nothing: here, _self_]\n"
    write_library(tmp_path / "team", {"model/team": text})
    with using(["team"]):
        assert compose(["model=team"])["run.replicas"] == 4
