"""Spellings that readers of YAML take for different values: told, and written anew by --fix."""

import json

import pytest
import yaml

from hydra_recipes import check, compose
from hydra_recipes.documents.emitter import to_json
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.documents.scalars import is_text_to_some
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.literals import scalar
from hydra_recipes.repair.respelling import respelled

pytestmark = pytest.mark.quick

DATA = ("data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/out")
SPELLINGS = [
    "1e-5",
    "1E-5",
    "1e5",
    "1.0e5",
    "1.e5",
    "+1e-5",
    "-1e5",
    "1_0e-5",
    "1.5E10",
    "5e-324",
    "2e0",
]
LR = "training_config.model.optim.lr"


@pytest.fixture
def base():
    return compose(DATA).to_yaml()


@pytest.mark.parametrize(
    "text", [*SPELLINGS, *["1.0e-5", ".5e-3", "1.", "0.5", "1.0E+5", ".inf", "7", "1:30.5"]]
)
def test_it_is_told_by_what_pyyaml_reads(text):
    value = parse_document(f"a: {text}\n", "recipe.yaml").tree["a"]
    (read,) = yaml.safe_load(f"a: {text}\n").values()
    assert is_text_to_some(text) == isinstance(read, str)
    assert type(yaml.safe_load(scalar(value))) is type(value)


def test_it_is_a_warning_with_its_place_and_the_right_spelling(recipe, tmp_path, base):
    (tmp_path / "recipe.yaml").write_text(base.replace("lr: 1.0e-05", "lr: 1e-5"))
    (finding,) = check("recipe.yaml").findings
    assert (finding.severity, finding.rule, finding.key) == ("warning", "text-to-some", LR)
    assert finding.origin.text == "      lr: 1e-5"
    assert finding.origin.column == len("      lr: ") + 1
    assert finding.hint == "write 1.0e-05"
    assert recipe("check", "recipe.yaml").status == 0
    assert recipe("check", "recipe.yaml", "--strict").status == 1


@pytest.mark.parametrize("text", ["1e-6", "1E-6", "+1e-6", "10e-7"])
def test_a_valid_file_is_mended_and_its_layout_stays(recipe, tmp_path, base, text):
    old = base.replace("lr: 1.0e-05", f"lr:   {text}  # slow").replace(
        "eps: 1.0e-06", f"eps: &eps {text}"
    )
    old = old.replace("min_lr: 1.0e-06", "min_lr: 5e-7")
    (tmp_path / "recipe.yaml").write_text(old)
    ran = recipe("check", "recipe.yaml", "--fix")
    assert ran.status == 0
    new = old.replace(text, "1.0e-06").replace("5e-7", "5.0e-07")
    assert (tmp_path / "recipe.yaml").read_text() == new
    assert (tmp_path / "recipe.yaml.bak").read_text() == old
    assert f"{LR}: 1.0e-06, not {text}" in ran.err
    assert yaml.safe_load(new)["training_config"]["model"]["optim"]["lr"] == 1e-6
    again = recipe("check", "recipe.yaml", "--fix")
    assert again.err == "0 changed, 0 suggestions left\n"
    assert (tmp_path / "recipe.yaml").read_text() == new


def test_a_dry_run_shows_it_and_writes_nothing(recipe, tmp_path, base):
    old = base.replace("lr: 1.0e-05", "lr: 1e-5")
    (tmp_path / "recipe.yaml").write_text(old)
    ran = recipe("check", "recipe.yaml", "--fix", "--dry-run")
    assert "-      lr: 1e-5\n+      lr: 1.0e-05\n" in ran.err
    assert (tmp_path / "recipe.yaml").read_text() == old


def test_it_is_mended_beside_an_error_and_where_an_error_has_no_repair(recipe, tmp_path, base):
    wrong = base.replace("lr: 1.0e-05", "lr: 1e-5").replace("max_epochs: 2", 'max_epochs: "2"')
    (tmp_path / "recipe.yaml").write_text(wrong)
    assert recipe("check", "recipe.yaml", "--fix").status == 0
    assert (tmp_path / "recipe.yaml").read_text() == base


def test_a_key_that_is_renamed_is_respelled_with_the_rest(recipe, tmp_path, base):
    (tmp_path / "recipe.yaml").write_text(base.replace("min_lr: 1.0e-06", "mni_lr: 2e-7  # slow"))
    assert recipe("check", "recipe.yaml", "--fix").status == 0
    new = base.replace("min_lr: 1.0e-06", "min_lr: 2.0e-07  # slow")
    assert (tmp_path / "recipe.yaml").read_text() == new


def test_what_an_alias_or_a_merge_brings_is_told_once_and_mended_at_its_anchor(
    tmp_path, recipe, base
):
    text = base.replace("lr: 1.0e-05", "lr: *rate").replace("eps: 1.0e-06", "<<: {eps: 1E-6}")
    text = "rate: &rate 1e-5\nrecipes:\n" + "".join(f"  {one}\n" for one in text.splitlines())
    (tmp_path / "recipe.yaml").write_text(text, newline="\r\n")
    told = [(f.key, f.origin.line) for f in check("recipe.yaml").findings]
    assert told[0] == (LR, 1)
    assert len(told) == 2
    assert recipe("check", "recipe.yaml", "--fix").status == 0
    new = (tmp_path / "recipe.yaml").read_bytes().decode()
    assert new == text.replace("1e-5", "1.0e-05").replace("1E-6", "1.0e-06").replace("\n", "\r\n")


def test_text_without_quotes_gets_them_and_a_doubtful_number_stays(recipe, tmp_path, base):
    old = base.replace("name: my-lora-run", "name: 2024-01-01", 1)
    old = old.replace("warmup_steps: 10", "warmup_steps: 012")
    (tmp_path / "recipe.yaml").write_text(old)
    recipe("check", "recipe.yaml", "--fix")
    assert (tmp_path / "recipe.yaml").read_text() == old.replace("2024-01-01", '"2024-01-01"')


def test_json_is_as_it_should_be(tmp_path, recipe):
    text = compose(DATA).to_json().replace("1.0e-05", "1e-5")
    assert "1e-5" in text
    (tmp_path / "recipe.json").write_text(text)
    assert check("recipe.json").findings == ()
    recipe("check", "recipe.json", "--fix")
    assert (tmp_path / "recipe.json").read_text() == text


def test_what_should_be_text_stays_as_it_was_typed(base):
    document = parse_document(base.replace("lr: 1.0e-05", "lr: 1e-5"), "recipe.yaml")
    key = "training_config.model.optim.lr"
    wrong_type = WrongType(short="lr", expected="text")
    told = Report("recipe.yaml", (Finding("error", "type", wrong_type, key, 1e-5),))
    assert respelled(document, told) == (document, ())


def test_json_has_numbers_that_readers_of_yaml_1_1_take_for_numbers():
    tree = {
        "a": [1e-05, -1e-05, 1e22, 1.5e-05, 0.1, 12, True, None, 5e-324],
        "1e-05": 'x"1e-05, 2e+22\\',
        "t": ["1e-05", "a\\", 3e-07],
    }
    text = to_json(tree)
    assert yaml.safe_load(text) == tree == json.loads(text)
    assert "    1.0e-05,\n    -1.0e-05,\n    1.0e+22,\n" in text


def test_json_that_is_mended_has_them_too(recipe, tmp_path):
    text = compose(DATA).to_json().replace('"lr": 1.0e-05', '"lr": "1e-5"')
    (tmp_path / "recipe.json").write_text(text)
    assert recipe("check", "recipe.json", "--fix").status == 0
    assert '"lr": 1.0e-05' in (tmp_path / "recipe.json").read_text()


def test_a_sweep_in_json_writes_the_same_numbers(recipe, tmp_path):
    """Those of axes, those that are the same everywhere, and those in the manifest."""
    ran = recipe("sweep", *DATA, "lr=1e-5,2e-5", "--dir", "sweep", "--format", "jsonl")
    assert ran.status == 0
    for file in ("recipes.jsonl", "manifest.jsonl"):
        for line in (tmp_path / "sweep" / file).read_text().splitlines():
            assert "1.0e-0" in line or "2.0e-0" in line
            assert yaml.safe_load(line) == json.loads(line)
    line = json.loads((tmp_path / "sweep/recipes.jsonl").read_text().splitlines()[0])
    assert line["id"] == compose([*DATA, "lr=1e-5"]).id
