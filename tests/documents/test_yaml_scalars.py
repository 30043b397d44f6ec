"""YAML scalars that readers of YAML take for different values: each is told, and no other."""

import re

import pytest
import yaml
from omegaconf import OmegaConf
from ruamel.yaml import YAML

from hydra_recipes import check, compose
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import DocumentError
from support.awkward_scalars import AWKWARD

pytestmark = pytest.mark.quick

READERS = (
    yaml.safe_load,
    lambda text: YAML(typ="safe", pure=True).load(text),
    lambda text: OmegaConf.to_container(OmegaConf.create(text), resolve=False),
)
MORE = ["Off", "2024-1-1", "2024-1-1 10:00:00", "2024-01-01 10:00:00", "00", "007", "010", "-010"]
FLOAT = re.compile(r"[-+]?[0-9_]*(\.[0-9]*)?([eE][-+]?[0-9]+)?")


def typed(reader, text):
    try:
        value = reader(f"key: {text}\n")["key"]
    except Exception as error:  # noqa: BLE001 - each reader has its own
        return type(error)
    return type(value), str(value)


@pytest.mark.parametrize("text", sorted({*AWKWARD, *MORE}))
def test_what_readers_differ_on_is_unclear_and_nothing_else_is(text):
    try:
        document = parse_document(f"key: {text}\n", "recipe.yaml")
    except DocumentError:
        return
    if document.troubles:  # a tag, which is an error
        return
    differ = len({typed(reader, text) for reader in READERS}) > 1
    # Floats that PyYAML takes for text are so common that they aren't told.
    assert bool(document.unclear) == (
        differ and not (FLOAT.fullmatch(text) and set(text) & set(".eE"))
    )


def in_file(tmp_path, old, new):
    file = tmp_path / "recipe.yaml"
    text = compose(["platform=training-job"]).to_yaml()
    assert old in text
    file.write_text("# recipe compose platform=training-job\n" + text.replace(old, new, 1))
    return check(file).findings


@pytest.mark.parametrize(
    ("old", "new", "line", "hint"),
    [
        ("name: my-lora-run", "name: 2024-01-01", 3, 'write "2024-01-01"'),
        ("warmup_steps: 10", "warmup_steps: 012", 31, 'write 10, or "012" if text is meant'),
    ],
)
def test_an_unclear_value_is_a_warning_at_its_place(tmp_path, old, new, line, hint):
    (finding,) = in_file(tmp_path, old, new)
    assert (finding.severity, finding.rule) == ("warning", "unclear-value")
    assert (finding.origin.line, finding.hint) == (line, hint)


def test_quotes_make_it_clear(tmp_path):
    assert in_file(tmp_path, "name: my-lora-run", 'name: "2024-01-01"') == ()


@pytest.mark.parametrize("mount", ["", "recipes:\n"])
@pytest.mark.parametrize(
    ("written", "mended"), [("no", '"no"'), ("12:30:45", '"12-30-45"'), ("012", '"012"')]
)
def test_text_without_quotes_is_mended_to_what_is_written(recipe, tmp_path, written, mended, mount):
    text = compose(["platform=training-job"]).to_yaml().replace("my-lora-run", written, 1)
    if mount:
        text = mount + "".join(f"  {line}\n" for line in text.splitlines())
    (tmp_path / "recipe.yaml").write_text(text)
    found = recipe("check", "recipe.yaml", "platform=training-job").out
    assert f", as YAML takes {written}; it has to be text [type]" in found
    assert f"  try: run.name={mended}\n" in found
    assert recipe("check", "recipe.yaml", "platform=training-job", "--fix").status == 0
    assert f"  name: {mended}\n" in (tmp_path / "recipe.yaml").read_text()
