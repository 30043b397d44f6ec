"""Messages: each kind provoked for real, and read as a stranger reads it."""

import json
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import hydra
import pytest

from hydra_recipes import check, compose
from hydra_recipes.checking.composed import check_tree
from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.cli.commands import recipe as commands
from hydra_recipes.cli.inputs import given_twice, recipe_files
from hydra_recipes.composing import hydra_bridge
from hydra_recipes.documents.editing.backups import exchanged
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.editing.editor import mended
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.environment import allowing
from hydra_recipes.explain.explanation import explained
from hydra_recipes.explain.recipe_file import explained_file
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.findings.messages import (
    choices,
    environment,
    files,
    grammar,
    limits,
    links,
    offers,
    packages,
    values,
    yaml,
)
from hydra_recipes.findings.messages import families as of_families
from hydra_recipes.findings.messages import overrides as of_keys
from hydra_recipes.findings.messages import rules as of_rules
from hydra_recipes.findings.rendering import error_text, finding_text, github_lines, report_text
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.library.reading import load_yaml
from hydra_recipes.rules import families
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.catalogue import resolve_subject
from hydra_recipes.rules.evaluation import active_rules, evaluate, find_key
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.writing import write_whole
from support.kinds import kinds_of

pytestmark = pytest.mark.quick

NOVA_1 = "hydra_recipes.families.nova_1_sft:Nova1Sft"


def composed(kind, *overrides):
    return named(kind, check(compose(overrides)).findings)


def in_file(kind, *edits):
    """The finding about the default recipe's file after some replacements in its text."""
    text = compose().to_yaml()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    Path("recipe.yaml").write_text(text, encoding="utf-8")
    return named(kind, check_file(Path("recipe.yaml")).findings)


def beside_a_file(kind, *choices):
    Path("recipe.yaml").write_text(compose().to_yaml(), encoding="utf-8")
    return named(kind, check_file(Path("recipe.yaml"), known=choices).findings)


def named(kind, findings):
    return next(finding for finding in findings if finding.kind == kind)


def raised(kind, function, *arguments, **options):
    with pytest.raises(RecipeError) as caught:
        function(*arguments, **options)
    assert caught.value.kind == kind
    return caught.value


def overrides(kind, *texts):
    return raised(kind, compose, texts)


def of_text(kind, text, name="recipe.yaml"):
    data = text if isinstance(text, bytes) else text.encode()
    Path(name).write_bytes(data)
    return raised(kind, check_file, Path(name))


def first_line(_):
    """Why the command in a file's first line composes nothing: its library isn't here."""
    text = f"# recipe compose --library team +preset=team/bot\n{compose().to_yaml()}"
    return explained_file(parse_document(text, "recipe.yaml"), active_libraries()).refused


def first_line_of_others(_):
    """A first line whose command composes something here too, with other libraries."""
    text = f"# recipe compose --library team model=nova-lite\n{compose().to_yaml()}"
    return explained_file(parse_document(text, "recipe.yaml"), active_libraries()).refused


def variable_not_utf8(kind):
    with mock.patch.dict(os.environ, {"ACME": "caf\udce9"}), allowing(["ACME"]):
        return overrides(kind, "run.name=${oc.env:ACME}")


def hydra_for_python(kind):
    """An app on the first Python that the stable line of Hydra can't read arguments on."""
    python = mock.patch.object(hydra_bridge, "sys", SimpleNamespace(version_info=(3, 14, 0)))
    with python, mock.patch.object(hydra, "__version__", "1.3.8"):
        return raised(kind, hydra_bridge.hydra_app, print)


def command(kind, *words):
    return raised(kind, lambda: commands.main(list(words), standalone_mode=False))


def team(**files):
    """A library of a team with these files; a double underscore is a slash."""
    shutil.rmtree("team", ignore_errors=True)
    for name, text in files.items():
        path = Path("team") / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Path("team").mkdir(exist_ok=True)
    return Libraries((Library("team", Path("team")),))


def rules(kind, text):
    return raised(kind, rule_book, team(rules__team=text))


def beside_the_recipe(kind):
    Path("team/dataset").mkdir(parents=True)
    Path("team/dataset/ours.yaml").write_text("# @package run\nreplicas: 4\nname: ours\n")
    report = check(compose(["+dataset=ours"], libraries=["team"]))
    return next(finding for finding in report.findings if finding.kind == kind)


def hydra_setting(kind):
    Path("team/preset").mkdir(parents=True, exist_ok=True)
    Path("team/preset/ours.yaml").write_text("# @package hydra.job\nname: ours\n")
    return named(kind, check(compose(["+preset=ours"], libraries=["team"])).findings)


def no_family(kind):
    shelf = team(config="defaults: [{model: ours}]", rules__team="offers: [{model: ours}]")
    report = check_tree("recipe", {"run": {}}, {}, {}, lambda _: None, (), shelf)
    return named(kind, report.findings)


def bad_cel(kind):
    text = "rules: {ours: {require: min_lr <, message: too high, because: we said so}}"
    book = rule_book(team(rules__team=text))
    return raised(kind, active_rules, book, {}, NOVA_1)


def no_answer(kind):
    text = "rules: {ours: {require: lr * 2 < 1, message: too high, because: we said so}}"
    active = active_rules(rule_book(team(rules__team=text)), {}, NOVA_1)
    recipe = {"training_config": {"model": {"optim": {"lr": 1e-5}}}}
    return named(kind, [one for _, one in evaluate(active, recipe, frozenset(), NOVA_1)])


def existing(kind):
    Path("there.yaml").write_text("")
    return command(kind, "compose", "-o", "there.yaml")


def no_recipes(kind):
    Path("empty").mkdir(exist_ok=True)
    return raised(kind, lambda: list(recipe_files("empty")))


def cannot_fix(kind):
    document = parse_document("a: 1\na: 2\n", "recipe.yaml")
    return raised(kind, mended, document, [Change("change", ("a",), 3)])


PEFT = "    peft:" + compose().to_yaml().partition("    peft:")[2]
"""The block of adapters, which is the last of the default recipe."""
FINDINGS = {
    "limit": lambda k: composed(k, "run.replicas=5"),
    "rule": lambda k: composed(k, "min_lr=1e-4"),
    "no-answer": no_answer,
    "wrong-type": lambda k: composed(k, 'max_length="8192"'),
    "not-offered": lambda k: composed(k, "model=nova-pro", "hardware=g5-12x"),
    "no-choice-fits": lambda k: in_file(k, ("replicas: 2", "replicas: 1")),
    "required-key": lambda k: composed(k, "~global_batch_size"),
    "missing-key": lambda k: composed(k, "~max_length"),
    "forbidden-key": lambda k: composed(
        k, "peft=full", "+lora_tuning={alpha:32,loraplus_lr_ratio:8.0,adapter_dropout:0.0}"
    ),
    "unknown-key-in-recipe": lambda k: in_file(k, ("max_length", "max_lenght")),
    "unset": lambda k: composed(k, "run.name=???"),
    "misplaced-option": lambda k: composed(k, "+preset=quickstart_sft", "model=nova-2-lite"),
    "derived-group": lambda k: composed(k, "shape=nova-2/sft"),
    "contradicted-choice": lambda k: beside_a_file(k, "model=nova-lite"),
    "mixed-methods": lambda k: in_file(k, ("    peft:", "    rollout: {}\n    peft:")),
    "told-by-absence": lambda k: in_file(k, (PEFT, "")),
    "unclear-value": lambda k: in_file(k, ("warmup_steps: 10", "warmup_steps: 010")),
    "text-to-some": lambda k: in_file(k, ("lr: 1.0e-05", "lr: 1e-5")),
    "mounted-link": lambda k: in_file(
        k, ("replicas: 2", "replicas: ${oc.select:recipes.run.few,2}")
    ),
    "more-items": lambda k: composed(k, f"betas=[{','.join('ab' * 4)}]"),
    "beside-recipe": beside_the_recipe,
    "hydra-setting": hydra_setting,
    "no-family": no_family,
    "equal-keys": lambda k: in_file(k, ("  replicas: 2\n", "  replicas: 2\n  1: a\n  true: b\n")),
    "duplicate-key": lambda k: in_file(k, ("  replicas: 2\n", "  replicas: 2\n  replicas: 4\n")),
    "merge-conflict": lambda k: in_file(
        k, ("  replicas: 2\n", "  <<: [{replicas: 2},\n    {replicas: 4}]\n")
    ),
    "tag": lambda k: in_file(k, ("my-lora-run", "!!python/name:os.system my-lora-run")),
    "link-cycle": lambda k: composed(
        k, "run.name=${recipes.run.mlflow_run_name}", "mlflow_run_name=$<recipes.run.name>"
    ),
    "link-missing": lambda k: composed(k, "max_length=${recipes.run.max_length}"),
    "link-unset": lambda k: composed(k, "run.name=???"),
    "link-syntax": lambda k: in_file(k, ("my-lora-run", '"${run.replicas"')),
    "link-failed": lambda k: composed(k, "max_length=${divide_ceil:1024,0}"),
    "link-resolver": lambda k: composed(k, "run.name=${oc.decode:HOME}"),
}
OVERRIDES = {
    "bad-override": lambda k: overrides(k, "run.name=[a,b"),
    "bad-link": lambda k: overrides(k, 'run.name="x-$<.replicas"'),
    "not-utf8-override": lambda k: overrides(k, 'mlflow_experiment_name="caf\udce9"'),
    "variable-not-utf8": variable_not_utf8,
    "override-too-large": lambda k: overrides(k, f"run.replicas={'9' * 5000}"),
    "sweep-override": lambda k: overrides(k, "lr=1e-5,2e-5"),
    "hydra-override": lambda k: overrides(k, "hydra.job.name=x"),
    "hydra-for-python": hydra_for_python,
    "unknown-option": lambda k: overrides(k, "model=nova-mico"),
    "group-not-chosen": lambda k: overrides(k, "~trainer"),
    "group-not-default": lambda k: overrides(k, "preset=quickstart_sft"),
    "group-is-default": lambda k: overrides(k, "+model=nova-lite"),
    "group-needed": lambda k: overrides(k, "~optimizer"),
    "one-option": lambda k: overrides(k, "model=[nova-micro]"),
    "outside-recipe": lambda k: overrides(k, "+model@foo=nova-lite"),
    "added-twice": lambda k: overrides(k, "+preset=complete_lora", "+preset=complete_sft"),
    "given-twice": lambda k: named(k, given_twice(["model=nova-lite", "lr=1", "model=nova-pro"])),
    "key-not-in-mapping": lambda k: overrides(k, "optim={momentum: 1}"),
    "unknown-key": lambda k: overrides(k, "warmup_step=5"),
    "group-not-key": lambda k: raised(k, explained(compose(), active_libraries()).find, "hardware"),
    "first-line-refused": first_line,
    "first-line-of-others": first_line_of_others,
    "ambiguous-key": lambda k: overrides(k, "name=x"),
    "key-exists": lambda k: overrides(k, "+lr=1e-5"),
    "key-not-set": lambda k: overrides(k, "max_steps=16"),
    "key-not-offered": lambda k: overrides(k, "method=rft", "model=nova-micro", "data_s3_path=x"),
    "bare-option": lambda k: overrides(k, "nova-lite", "lora", "lr=2e-5"),
    "spaced-override": lambda k: overrides(k, "lr", "=", "2e-5"),
    "not-its-value": lambda k: overrides(k, "~lr=3"),
    "cannot-override": lambda k: overrides(k, "run=[1]"),
    "cannot-compose": lambda k: overrides(k, "~batch=nova-2"),
}
FILES = {
    "unreadable-file": lambda k: raised(k, check_file, Path("nothing.yaml")),
    "too-large": lambda k: of_text(k, b"#" * 4_000_001),
    "not-utf8": lambda k: of_text(k, b"run:\n  name: \xff\n"),
    "bad-json": lambda k: of_text(k, '{"run" {"name": 1}}', "recipe.json"),
    "stream": lambda k: of_text(k, "", "recipes.jsonl"),
    "bad-yaml": lambda k: of_text(k, "run:\n\treplicas: 2\n"),
    "several-documents": lambda k: of_text(k, "run: 1\n---\nrun: 2\n"),
    "empty-file": lambda k: of_text(k, "# nothing\n"),
    "too-deep": lambda k: of_text(k, "{a: " * 80 + "1" + "}" * 80),
    "too-many-values": lambda k: of_text(k, "a: [" + "1, " * 100_000 + "1]"),
    "too-many-digits": lambda k: of_text(k, f"run: {{replicas: {'9' * 1001}}}\n"),
    "bad-alias": lambda k: of_text(k, "run: *name\n"),
    "key-not-scalar": lambda k: of_text(k, "run:\n  ? [a, b]\n  : 1\n"),
    "bad-merge": lambda k: of_text(k, "run:\n  <<: 3\n"),
    "bad-scalar": lambda k: of_text(k, "run: !!int many\n"),
    "not-a-mapping": lambda k: of_text(k, "- run\n- training_config\n"),
    "no-input": lambda k: raised(k, lambda: list(recipe_files(""))),
    "no-recipes": no_recipes,
    "not-a-directory": lambda k: command(k, "library", "against", "recipes"),
    "mixed-inputs": lambda k: command(k, "check", "2e-6", "lr="),
    "directory-and-recipe": lambda k: command(k, "diff", ".", "recipe.yaml"),
    "cannot-fix": cannot_fix,
    "no-backup": lambda k: raised(k, exchanged, Path("recipe.yaml"), write=False),
    "file-exists": existing,
    "cannot-write": lambda k: raised(k, write_whole, Path("nowhere/recipe.yaml"), ""),
    "not-in-json": lambda k: raised(k, compose(["lr=inf"]).to_json),
    "unknown-subject": lambda k: raised(k, resolve_subject, active_libraries(), "modle"),
}
LIBRARIES = {
    "no-primary-config": lambda k: raised(k, default_choices, team()),
    "bad-library-file": lambda k: raised(
        k, load_yaml, team(config="a: [").members[0].root / "config.yaml"
    ),
    "bad-family": lambda k: raised(k, families.model, "hydra_recipes.families.base:Nothing"),
    "family-not-installed": lambda k: raised(k, families.model, "char_lm.shape:CharLm"),
    "bad-rules-section": lambda k: rules(k, "limit: {}\n"),
    "bad-rules-entry": lambda k: rules(k, "limits:\n  ours: {keys: {lr: {maximum: 1}}}\n"),
    "bad-rules-field": lambda k: rules(k, "limits:\n  ours:\n    key: {lr: {maximum: 1}}\n"),
    "bad-keyword": lambda k: rules(
        k, "limits:\n  ours:\n    keys: {lr: {maxium: 1}}\n    because: we said so\n"
    ),
    "ambiguous-rule-key": lambda k: raised(k, find_key, "name", NOVA_1, "ours"),
    "bad-cel": bad_cel,
}
GROUPS = {"findings": FINDINGS, "overrides": OVERRIDES, "files": FILES, "libraries": LIBRARIES}
PROVOKED = {kind: provoke for group in GROUPS.values() for kind, provoke in group.items()}
FOREIGN = ("cannot-override", "cannot-compose", "bad-library-file", "bad-family", "bad-cel")
"""These quote another library, whose words change with its version."""


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What is said of each kind: a finding or an error, provoked once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("provoked"))
        return {kind: provoke(kind) for kind, provoke in PROVOKED.items()}


def text_of(said):
    text = finding_text(said) if isinstance(said, Finding) else error_text(said)
    if said.kind in FOREIGN:
        reason = " ".join(said.detail.reason.split()).removesuffix(".")
        assert f": {reason}" in text
        text = text.replace(f": {reason}", ": <what the other library says>", 1)
    return text


def as_finding(said):
    if isinstance(said, Finding):
        return said
    return Finding("error", said.kind, said.detail, origin=said.origin)


def test_each_kind_has_a_snapshot():
    elsewhere = {"sweep-option", "bad-range", "missing-extra"}  # test_sweep_messages.py
    elsewhere |= {"not-a-recipe", "unknown-family", "other-method"}  # test_import_messages.py
    elsewhere |= {"wrong-part", "link-environment"}  # test_library_bad_input.py
    elsewhere.add("recipe-of-other-lock")  # test_library_lock.py
    of_errors = kinds_of(choices, environment, files, grammar, of_keys, of_rules)
    of_findings = kinds_of(values, limits, offers, links, packages, yaml, of_families)
    assert set(PROVOKED) == (of_errors | of_findings) - elsewhere


@pytest.mark.parametrize("name", GROUPS)
def test_text_for_people(golden, said, name):
    blocks = [f"== {kind}\n{text_of(said[kind])}\n" for kind in GROUPS[name]]
    golden(f"messages/{name}.txt", "\n".join(blocks))


@pytest.mark.parametrize("kind", PROVOKED)
def test_each_message_and_hint_is_one_line_that_can_be_printed(said, kind):
    text = as_finding(said[kind]).text
    assert text.message.isprintable()
    assert text.hint is None or text.hint.isprintable()
    assert not text.message.endswith(".")


@pytest.mark.parametrize("kind", PROVOKED)
def test_json_has_the_same_keys_for_every_kind(said, kind):
    finding = as_finding(said[kind])
    line = json.dumps(finding.as_json(), allow_nan=False)
    read = json.loads(line)
    assert list(read) == [
        "severity", "rule", "key", "value", "message", "because", "source", "hint", "origin",
    ]  # fmt: skip
    assert read["severity"] in ("error", "warning", "incomplete")
    assert read["origin"] is None or set(read["origin"]) in ({"file", "line"}, {"override"})


@pytest.mark.parametrize("kind", PROVOKED)
def test_github_gets_one_line_that_its_parser_reads_back(said, kind):
    finding = as_finding(said[kind])
    (line,) = github_lines(Report("recipe", (finding,)))
    level, properties, message = read_command(line)
    levels = {"error": "error", "warning": "warning", "incomplete": "notice"}
    assert level == levels[finding.severity]
    assert properties["title"] == finding.rule
    assert message.startswith(finding.message)


def read_command(line):
    """A workflow command as GitHub's runner reads it."""
    found = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
    assert found, line
    pairs = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {k: plain(v) for k, v in pairs.items()}, plain(found[3])


def plain(text):
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_github_keeps_awkward_file_names_and_values_apart():
    file = Path("50%, a:b.yaml")
    file.write_text(compose().to_yaml().replace("my-lora-run", '"100%0A\\n::error::x"', 1))
    lines = list(github_lines(check_file(file)))
    for line in lines:
        _, properties, _ = read_command(line)
        assert properties["file"] == "50%, a:b.yaml"
    name = next(line for line in lines if "run-name" in line)
    assert "100%0A" in read_command(name)[2]
    assert "\n" not in "".join(lines)


def test_an_incomplete_value_is_a_notice():
    (line, *_) = github_lines(check(compose()))
    assert line.startswith("::notice title=hyperpod-paths::")


def test_a_hint_for_a_file_is_an_override_to_add_and_an_edit_to_remove():
    missing = in_file("missing-key", ("  max_length: 32768\n", ""))
    assert "try: +training_config.max_length=VALUE" in finding_text(missing)
    forbidden = in_file("unknown-key-in-recipe", ("  max_length", "  zzz: 1\n  max_length"))
    assert finding_text(forbidden).endswith("try: remove it")


@pytest.mark.parametrize(
    ("overrides", "last"),
    [
        ((), "the default recipe: valid, not ready to submit (2 values to fill in)"),
        (("platform=training-job",), "platform=training-job: valid"),
        (
            ("platform=training-job", "lr=2", "warmup_steps=50"),
            "platform=training-job lr=2 warmup_steps=50: not valid (2 errors)",
        ),
        (
            ("platform=training-job", "lr=1e-3", "hidden_dropout=0.5"),
            "platform=training-job lr=1e-3 hidden_dropout=0.5: valid (2 warnings)",
        ),
    ],
)
def test_the_last_line_sums_up(overrides, last):
    assert report_text(check(compose(overrides))).splitlines()[-1] == last
