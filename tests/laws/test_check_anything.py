"""Checking never raises, whatever it is given."""

import copy
import json
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_recipes import check, compose
from hydra_recipes.findings.errors import DocumentError

HYPERPOD = ["run.data_s3_path=s3://acme/train.jsonl", "run.output_s3_path=s3://acme/out/"]
TREE = compose(HYPERPOD).resolved()
TREE_2 = compose(["model=nova-2-lite", *HYPERPOD]).resolved()


names = st.sampled_from(
    [
        *("run", "training_config", "recipes", "name", "replicas", "model", "optim", "lr"),
        *("sched", "peft", "peft_scheme", "betas"),
    ]
) | st.text(max_size=4)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([10**400, "???", "lora", "\ud800"])
    | st.sampled_from(["${run.name}", "${..x}", "${", "${a:${b}}", "$<run.name>"])
    | st.text(max_size=5)
    | st.text("${}.:,[]'\\ ab", max_size=8)
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(names | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=12,
)


def everything_said(report):
    """All of a report, rendered: a finding that can't be told is no better than an exception."""
    return json.dumps(report.as_json(), default=str)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(names | st.integers() | st.none(), trees, max_size=4))
def test_check_never_raises_for_any_tree_and_says_the_same_again(tree):
    before = repr(tree)
    assert everything_said(check(tree)) == everything_said(check(tree))
    assert repr(tree) == before


def spots(node):
    for key, value in node.items():
        yield node, key
        if isinstance(value, dict):
            yield from spots(value)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from([TREE, TREE_2]), st.data())
def test_check_never_raises_for_a_recipe_with_anything_in_any_place(original, data):
    tree = copy.deepcopy(original)
    for _ in range(data.draw(st.integers(1, 3))):
        node, key = data.draw(st.sampled_from(list(spots(tree)) or [(tree, "run")]))
        if data.draw(st.booleans()):
            node[key] = data.draw(trees)
        else:
            node[data.draw(names)] = data.draw(trees)
    assert everything_said(check(tree)) == everything_said(check(tree))


@pytest.mark.parametrize(("value", "text"), [("123", "123"), ("true", "true"), ("1e5", "1e5")])
def test_a_number_where_text_belongs_is_told_with_its_quotes(value, text):
    report = check(compose(["platform=training-job", "mlflow_run_name=x", f"run.name={value}"]))
    (finding,) = report.findings
    assert finding.text.hint == f"run.name='\"{text}\"'"
    (override,) = shlex.split(finding.text.hint)
    assert compose([override])["run.name"] == text


def test_a_path_is_the_file_there(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(compose(["run.replicas=5"]).to_yaml())
    for way in (path, str(path)):
        finding = check(way).findings[0]
        assert (finding.key, finding.origin.file) == ("run.replicas", str(path))
    with pytest.raises(DocumentError):
        check(tmp_path / "gone.yaml")


@pytest.mark.parametrize("nothing", [None, 3, ["run"], b"run", {"run"}])
def test_what_is_no_recipe_is_a_type_error(nothing):
    kind = type(nothing).__name__
    message = f"a recipe is a Recipe, a mapping or the path of a file, not {kind}"
    with pytest.raises(TypeError, match=message):
        check(nothing)


def test_a_tree_that_no_file_could_hold_is_a_finding():
    tree = compose().resolved()
    tree["run"]["self"] = tree["run"]["list"] = [tree]
    (finding,) = check(tree).findings
    assert (finding.kind, finding.message) == (
        "too-deep",
        "the recipe is nested deeper than 64 levels",
    )
    many = {str(at): at for at in range(20_001)}
    (finding,) = check({**compose().resolved(), "run": many}).findings
    assert finding.kind == "too-many-values"
