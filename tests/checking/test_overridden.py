"""A recipe file with overrides on top."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydra_recipes import compose
from hydra_recipes.checking.overridden import with_overrides
from hydra_recipes.checking.recipe_file import check_document
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.origin import FileOrigin, OverrideOrigin
from hydra_recipes.sources.active import active_libraries

pytestmark = pytest.mark.quick


@pytest.fixture
def document() -> Document:
    return parse_document(compose(["model=nova-micro"]).to_yaml(), "recipe.yaml")


def overridden(document: Document, *overrides: str) -> Document:
    libraries = active_libraries()
    keys = read_overrides(overrides, libraries).keys
    return with_overrides(document, keys, {}, libraries)


def test_a_value_is_set_and_the_file_stays_as_it_was(document):
    changed = overridden(document, "lr=2e-6", "run.replicas=4")
    assert changed.tree["training_config"]["model"]["optim"]["lr"] == 2e-6
    assert changed.tree["run"]["replicas"] == 4
    assert document.tree["training_config"]["model"]["optim"]["lr"] == 1e-5
    assert changed.text == document.text


def test_the_later_of_two_overrides_counts(document):
    assert overridden(document, "lr=2e-6", "lr=3e-6").tree == overridden(document, "lr=3e-6").tree


def test_a_mapping_is_merged_and_a_force_added_one_replaces(document):
    optim = document.tree["training_config"]["model"]["optim"]
    merged = overridden(document, "optim={lr:2e-6}").tree["training_config"]["model"]["optim"]
    assert merged == {**optim, "lr": 2e-6}
    replaced = overridden(document, "++optim={lr:2e-6}").tree["training_config"]["model"]["optim"]
    assert replaced == {"lr": 2e-6}


def test_a_key_is_added_and_deleted(document):
    changed = overridden(document, "+run.note=late", "~run.replicas")
    assert changed.tree["run"]["note"] == "late"
    assert "replicas" not in changed.tree["run"]


@pytest.mark.parametrize(
    ("override", "kind"),
    [
        ("lrr=1", "unknown-key"),
        ("+run.replicas=3", "key-exists"),
        ("~run.replicas=77", "not-its-value"),
        ("+run.name.part=x", "cannot-override"),
    ],
)
def test_what_cannot_be_overridden_is_an_error(document, override, kind):
    with pytest.raises(OverrideError) as caught:
        overridden(document, override)
    assert caught.value.kind == kind


def test_findings_name_the_override_or_the_line(document):
    libraries = active_libraries()
    changed = overridden(document, "lr=2", "run.replicas=3")
    report = check_document(changed, {}, {}, libraries)
    origins = {finding.key: finding.origin for finding in report.findings}
    assert origins["run.replicas"] == OverrideOrigin("run.replicas=3")
    assert origins["training_config.model.optim.lr"] == OverrideOrigin("lr=2")
    assert isinstance(origins["run.output_s3_path"], FileOrigin)


def test_a_recipe_under_recipes_is_overridden_like_one_at_the_root(document):
    text = "recipes:\n" + "".join(f"  {line}\n" for line in document.text.splitlines())
    changed = overridden(parse_document(text, "recipe.yaml"), "run.replicas=3")
    assert changed.tree["recipes"]["run"]["replicas"] == 3
    assert list(changed.set_by) == [("recipes", "run", "replicas")]


def test_check_takes_files_with_values_beside_them(recipe, tmp_path: Path):
    recipe("compose", "model=nova-micro", "-o", "a.yaml")
    before = Path("a.yaml").read_bytes()
    ran = recipe("check", "a.yaml", "run.replicas=3")
    assert ran.status == 1
    assert "run.replicas is 3; allowed: 2, 4 or 8" in ran.out
    assert "from: run.replicas=3" in ran.out
    assert recipe("check", "a.yaml", "lr=2e-6").status == 0
    assert Path("a.yaml").read_bytes() == before
