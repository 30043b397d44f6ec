"""Of many files, what is told at once is what checking each tells."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_recipes import compose
from hydra_recipes.checking.alike import Alike
from hydra_recipes.checking.recipe_file import check_document, hints_for
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.header import header
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.sources.active import active_libraries, using
from support.places import GOLDEN
from support.team_libraries import ACME, write_library
from support.varied_texts import seen_in, varied

FILLED = {
    r"(data_s3_path: ).*": r"\1s3://acme-data/train.jsonl",
    r"(output_s3_path: ).*": r"\1s3://acme-data/out/",
    r"(reward_lambda_arn: ).*": r"\1arn:aws:lambda:us-east-1:123456789012:function:SageMaker-r",
    r"(global_batch_size: )\?\?\?": r"\g<1>64",
}


def filled(text):
    """A recipe with what is still to be filled in."""
    for pattern, value in FILLED.items():
        text = re.sub(pattern, value, text)
    return text


PUBLISHED = [
    filled(path.read_text(encoding="utf-8")) for path in sorted((GOLDEN / "recipes").glob("*.yaml"))
]
SEEN = seen_in(PUBLISHED)


class Side:
    """Files that are checked one after another, each both ways."""

    def __init__(self, *words):
        self.libraries = active_libraries()
        self.known = read_overrides(words, self.libraries).groups
        self.alike = Alike(self.libraries, self.known)
        self.valid = self.told = 0

    def checked(self, text, file="x.yaml"):
        try:
            document = parse_document(text, file)
            hints = hints_for(text, self.libraries, self.known)
            report = check_document(document, *hints, self.libraries)
        except RecipeError as error:
            return None, error
        return document, report

    def look(self, text, file="x.yaml"):
        """Looks at a file both ways; what is told at once has to be what checking tells."""
        told = self.alike.report(text, file)
        document, report = self.checked(text, file)
        if told is not None:
            assert told == report, text
        elif document is not None:
            self.alike.learn(document, report)
        self.valid += isinstance(document, Document) and not report.findings
        self.told += told is not None


def test_the_published_recipes_are_told_once_each_was_seen_twice():
    side = Side()
    for _ in range(3):
        before = side.told
        for text in PUBLISHED:
            side.look(text)
    reports = [side.checked(text)[1] for text in PUBLISHED if "${" not in text]
    good = sum(not report.findings for report in reports)
    assert side.told - before == good > len(PUBLISHED) / 2


@pytest.fixture(scope="module")
def good():
    """The published recipes without a finding."""
    side = Side()
    return [text for text in PUBLISHED if not side.checked(text)[1].findings]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([(), ("platform=training-job",)]))
def test_what_is_told_at_once_is_what_checking_tells(good, seed, words):
    side, rng = Side(*words), random.Random(seed)
    texts = rng.sample(good, 2)
    for text in texts * 2:
        side.look(text)
    for _ in range(25):
        side.look(varied(rng.choice(texts), rng, SEEN))


TRIED = {"warmup_steps": (5, 7, 10, 15, 20), "alpha": (32, 64, 128, 192)}


def test_of_team_libraries_as_well(tmp_path, good):
    rules = """
limits:
  acme-steps: {keys: {warmup_steps: {multipleOf: 5}}, because: We count so.}
  acme-alpha: {severity: warning, keys: {alpha: {maximum: 128}}, because: More is wasted.}
rules:
  acme-pair: {require: "warmup_steps < 15 || alpha > 64", message: too long, because: It was.}
"""
    library = write_library(tmp_path / "acme", {**ACME, "rules/more": rules})
    rng = random.Random(1)
    with using([str(library)]):
        side = Side()
        texts = [text for text in good if "alpha: " in text and "warmup_steps: " in text]
        texts = [text.replace("acme-data/", "acme/data/") for text in texts]
        for text in [*texts, *texts]:
            side.look(text)
        for _ in range(200):
            text = rng.choice(texts)
            for key, values in (
                ("warmup_steps", (5, 7, 10, 15, 20)),
                ("alpha", (32, 64, 128, 192)),
            ):
                text = re.sub(rf"({key}: ).*", rf"\g<1>{rng.choice(values)}", text)
            side.look(text.replace("s3://acme/", rng.choice(["s3://acme/", "s3://other/"])))
    assert side.told > 20


@pytest.mark.parametrize("words", [[], ["hardware=p5en"]])
def test_nearly_all_valid_recipes_of_a_sweep_are_told(words):
    rng = random.Random(2)
    side = Side()
    for number in range(150):
        overrides = [
            f"model={rng.choice(['nova-micro', 'nova-lite'])}",
            f"peft={rng.choice(['lora', 'full'])}",
            f"lr={rng.choice(['1e-5', '2e-5', '2e-6'])}",
            f"run.name=run-{number}",
            f"warmup_steps={rng.randint(1, 22)}",
            "data_s3_path=s3://acme-data/train.jsonl",
            "output_s3_path=s3://acme-data/out",
            *words,
        ]
        recipe = compose(overrides)
        side.look(header(overrides) + recipe.to_yaml())
    assert 100 < side.valid < 150
    assert side.told >= side.valid - 3 * 4  # twice each of the four, and once the choices of each


@pytest.fixture(scope="module")
def taught(good):
    """What knows a recipe of Nova Micro, and that recipe."""
    side = Side()
    text = next(text for text in good if "nova-micro-v1" in text and "alpha: " in text)
    for _ in range(3):
        side.look(text)
    assert side.told == 1
    return side, text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("replicas", '"2"'),
        ("replicas", "3"),
        ("replicas", "2.0"),
        ("replicas", "010"),
        ("replicas", "null"),
        ("replicas", "true"),
        ("name", "5"),
        ("name", "yes"),
        ("name", '"???"'),
        ("name", "${run.model_type}"),
        ("lr", "1e-5"),
        ("lr", "1.0"),
        ("lr", ".inf"),
        ("min_lr", "1.0e-04"),
        ("model_type", "amazon.nova-lite-v1:0:300k"),
        ("model_type", "amazon.nova-none-v1:0:300k"),
        ("peft_scheme", "null"),
        ("data_s3_path", '""'),
        ("data_s3_path", "s3://acme-data/<file>.jsonl"),
    ],
)
def test_a_value_that_makes_a_difference_is_for_the_check(taught, key, value):
    side, text = taught
    other = re.sub(rf"(\b{key}: ).*", lambda match: match[1] + value, text, count=1)
    assert other != text
    assert side.alike.report(other, "x.yaml") is None
    assert side.checked(other)[0] is None or side.checked(other)[1].findings


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("replicas", "4  # more"),
        ("name", '"another-run"'),
        ("lr", "2.0e-05"),
        ("min_lr", "2.0e-06"),
        ("data_s3_path", "s3://acme-data/other.jsonl"),
    ],
)
def test_a_value_that_makes_none_is_told(taught, key, value):
    side, text = taught
    other = re.sub(rf"(\b{key}: ).*", lambda match: match[1] + value, text, count=1)
    report = side.alike.report(other, "other.yaml")
    assert report == side.checked(other, "other.yaml")[1]
    assert report.subject == "other.yaml"


@pytest.mark.parametrize(
    "words",
    [
        "hardware=p5 lr=2e-5",
        "hardware=g5-12x",
        "model=nova-pro",
        "hardware=none-such",
        "~lr",
        "lr= 5",
        "run.name=x,y",
        "'run.name=a b' hardware=p4d",
        "hydra.verbose=true",
        "nonsense",
        "--library acme hardware=p5",
    ],
)
def test_the_choices_of_the_first_line_count(good, words):
    side = Side()
    for _ in range(4):
        for text in good[:6]:
            side.look(f"# recipe compose {words}\n{text}")
    assert side.told >= side.valid / 2
