"""Explaining: what set a value, what lost, where its link leads, and what bears on it."""

import json
import re
import shlex

import pytest

from hydra_recipes import check, compose
from hydra_recipes.explain.explanation import explained
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import canonical
from support.pseudo_terminal import in_terminal
from support.published_recipes import PRESETS
from support.team_libraries import write_library

pytestmark = pytest.mark.quick

QUESTIONS = {
    "override": ("lr", "model=nova-lite", "peft=full", "lr=2e-6"),
    "link": ("mlflow_run_name",),
    "select": ("every_n_train_steps", "+preset=quickstart_sft"),
    "list": ("betas", "betas.1=0.5"),
    "item": ("betas.1", "betas.1=0.5"),
    "finding": ("replicas", "model=nova-pro", "replicas=8"),
    "deleted": ("mlflow_run_name", "~mlflow_run_name"),
    "absent": ("bucket_cap_mb",),
    "section": ("optim", "+preset=complete_lora"),
    "all": ("--all",),
    "not-lost": ("lr", "lr=3e-6", "--not", "1e-5"),
    "not-forbidden": ("replicas", "model=nova-pro", "--not", "8"),
    "not-written": ("lr", "--not", "2e-5"),
    "not-of-list": ("betas.1", "--not", "3"),
    "not-of-section": ("alpha", "peft=full", "--not", "32"),
    "deleted-section": ("lora_tuning", "~lora_tuning"),
}
WIDTHS = [80, 200]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_text_for_people(recipe, golden, monkeypatch, name, width):
    monkeypatch.setenv("COLUMNS", str(width))
    ran = recipe("explain", *QUESTIONS[name])
    assert (ran.status, ran.err) == (0, "")
    golden(f"explain/{name}-{width}.txt", ran.out)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["override", "finding"])
def test_colours_in_a_terminal(golden, tmp_path, name, width):
    out = in_terminal(tmp_path, width, "explain", *QUESTIONS[name])
    golden(f"explain/{name}-{width}-colours.txt", out)


def test_json_of_one_key(recipe):
    answer = json.loads(recipe("explain", *QUESTIONS["override"], "--json").out)
    _, first, last = answer["history"]
    assert answer["key"] == "training_config.model.optim.lr"
    assert (first["library"], first["choice"], first["value"]) == (
        "nova",
        "by_peft=nova-1/sft/full",
        5e-6,
    )
    assert first["origin"]["file"].endswith("/conf/by_peft/nova-1/sft/full.yaml")
    assert (last["origin"], last["value"]) == ({"override": "lr=2e-6"}, 2e-6)
    assert [limit["id"] for limit in answer["limits"]] == [
        "nova-1-full-lr",
        "nova-1-lr-usual",
        "min-lr-below-lr",
    ]
    assert all(limit["because"] for limit in answer["limits"])


def test_json_of_all_keys_has_every_value_in_order(recipe):
    answer = json.loads(recipe("explain", "--all", "+preset=complete_sft", "--json").out)
    found = compose(["+preset=complete_sft"])
    assert [one["key"] for one in answer][:2] == ["run.name", "run.model_type"]
    for one in answer:
        assert canonical(one["value"]) == canonical(found[one["key"]])
        assert not one["history"][-1]["removed"]


@pytest.mark.parametrize("preset", PRESETS)
def test_hops_lead_to_the_literal_that_is_the_value(preset):
    recipe = compose([f"+preset={preset}"])
    subject = explained(recipe, active_libraries())
    linked = 0
    for path in subject.leaves():
        one = subject.explain(path)
        if one.hops:
            linked += 1
            assert "${" not in str(one.hops[-1].value)
            assert one.hops[-1].origin is not None
            if len({hop.depth for hop in one.hops}) == len(one.hops):
                assert str(one.hops[-1].value) in str(one.value)
    assert linked or preset == "complete_sft"  # which has no links


def test_a_cycle_of_links_ends(recipe):
    ran = recipe("explain", "run.name", "run.name=$<recipes.run.name>")
    assert ran.status == 0
    assert "the links go in a circle" in ran.out


def test_a_file_tells_what_was_edited_since_it_was_composed(recipe, tmp_path):
    recipe("compose", "model=nova-lite", "lr=3e-6", "--links", "relative", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("replicas: 4", "replicas: 8"), encoding="utf-8")
    edited = recipe("explain", "replicas", "a.yaml")
    line = text[: text.index("replicas: 4")].count("\n") + 1
    assert f"8  a.yaml:{line}\n    4  nova:size/nova-lite.yaml:" in edited.out
    assert "edited since the command in the first line: run.replicas (4 → 8)\n" in edited.err
    kept = recipe("explain", "lr", "a.yaml")
    assert "3e-06  lr=3e-6\n    1e-05  nova:" in kept.out


def test_a_file_as_it_was_composed_is_not_edited(recipe):
    for links in ("resolved", "relative", "recipes"):
        recipe("compose", "+preset=quickstart_sft", "--links", links, "-o", f"{links}.yaml")
        ran = recipe("explain", "--all", f"{links}.yaml")
        assert (ran.status, ran.err) == (0, "")
        assert f"{links}.yaml" not in ran.out


def test_a_file_that_has_values_for_links_tells_where_these_led(recipe):
    recipe("compose", "-o", "a.yaml")
    words = ("explain", "run.mlflow_run_name", "--json")
    file, command = (json.loads(recipe(*words, *more).out) for more in (["a.yaml"], []))
    assert file["link"] == command["link"]
    assert file["link"][0]["key"] == "run.name"


def test_many_edits_are_all_told(recipe, tmp_path):
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    text = re.sub(r": (\d+)$", r": \g<1>1", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    told = [recipe("explain", "lr", "a.yaml", *more).err for more in ([], ["--json"])]
    assert told[0] == told[1]
    assert "global_batch_size (64 → 641)" in told[0]
    assert "run.replicas (2 → 21)" in told[0]
    answer = json.loads(recipe("explain", "--all", "a.yaml", "--json").out)
    since = {one["key"] for one in answer if one["edited"]}
    assert all(f"{key} (" in told[0] for key in since)
    assert len(since) == told[0].count("→")


def test_a_list_with_an_edited_item_is_told_once(recipe, tmp_path):
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("- 0.999", "- 0.95"))
    said = recipe("explain", "lr", "a.yaml").err
    assert said.endswith("first line: training_config.model.optim.betas.1 (0.999 → 0.95)\n")


def test_keys_that_were_removed_are_among_all(recipe, tmp_path):
    for words in (["~alpha"], ["~lora_tuning"]):
        said = recipe("explain", "--all", *words).out
        assert re.search(r"alpha: not set +~", said)
        keys = [one["key"] for one in json.loads(recipe("explain", "--all", *words, "--json").out)]
        assert keys.count("training_config.model.peft.lora_tuning.alpha") == 1
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    text = re.sub(r" *constant_steps.*\n", "", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    said = recipe("explain", "--all", "a.yaml").out
    assert re.search(r"min_lr: .*\n +constant_steps: not set +a.yaml:", said)


def test_a_recipe_of_no_known_family_is_told_as_that(recipe, tmp_path):
    (tmp_path / "a.yaml").write_text("run: {name: x, model_type: y}\ntrainer: {max_steps: 3}\n")
    recipe("compose", "-o", "b.yaml")
    told = "a recipe of no known method (sft, dpo, cpt, "
    for command in ("explain --all a.yaml", "check a.yaml", "diff b.yaml a.yaml"):
        ran = recipe(*command.split())
        assert told in ran.out + ran.err
    assert told not in recipe("check", "b.yaml").out


def test_an_item_of_a_list_is_named_in_either_way(recipe):
    dots, brackets = (recipe("explain", key).out for key in ("betas.0", "betas[0]"))
    assert dots == brackets
    assert "betas.0: 0.9" in dots


def test_a_limit_of_hardware_that_a_file_does_not_tell_is_told_with_it(recipe, tmp_path):
    (tmp_path / "hand.yaml").write_text(compose().to_yaml(), encoding="utf-8")
    said = recipe("explain", "replicas", "hand.yaml").out
    assert "1 (hardware=g5-12x, g6-12x, g5-48x or g6-48x)\n" in said
    assert "2, 4 or 8 (hardware=p5, p5en or p4d)\n" in said


def test_why_not_of_a_file_holds_what_check_would_hold_against_it(recipe, tmp_path):
    (tmp_path / "hand.yaml").write_text(compose(["model=nova-pro"]).to_yaml(), encoding="utf-8")
    ran = recipe("explain", "replicas", "hand.yaml", "--not", "8")
    assert ran.status == 0
    assert "error: run.replicas is 8; allowed on any offered hardware: 6, 12 or 24" in ran.out
    assert "not offered" not in ran.out


def test_a_file_with_a_key_taken_out_says_so(recipe, tmp_path):
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    lines = [x for x in file.read_text(encoding="utf-8").splitlines() if "mlflow_run_name" not in x]
    file.write_text("\n".join(lines), encoding="utf-8")
    ran = recipe("explain", "mlflow_run_name", "a.yaml")
    wanted = "run.mlflow_run_name: not set\n  name of the run in MLflow\n  set by\n    removed "
    assert ran.out.startswith(wanted)


def test_a_file_without_a_command_has_its_own_lines(recipe, tmp_path):
    body = compose().to_yaml()
    (tmp_path / "hand.yaml").write_text(body, encoding="utf-8")
    ran = recipe("explain", "lr", "hand.yaml")
    line = body[: body.index(" lr:")].count("\n") + 1
    assert f"1e-05  hand.yaml:{line}" in ran.out
    assert ran.err == "no command in the first line; recipe import finds one\n"


def test_a_file_from_standard_input(recipe_process):
    ran = recipe_process("explain", "replicas", "-", stdin=compose().to_yaml())
    assert (ran.status, ran.out.splitlines()[0]) == (0, "run.replicas: 2")


@pytest.mark.parametrize("name", ["not-lost", "not-forbidden"])
def test_why_not_as_data(recipe, name):
    answer = json.loads(recipe("explain", *QUESTIONS[name], "--json").out)
    if name == "not-lost":
        assert [write["value"] for write in answer["lost"]] == [1e-5]
        assert answer["would_find"] == []
    else:
        assert [finding["rule"] for finding in answer["would_find"]] == ["nova-pro-replicas"]


def test_what_why_not_would_find_is_what_check_finds():
    from hydra_recipes.explain.why_not import why_not

    subject = explained(compose(["model=nova-pro"]), active_libraries())
    _, found = why_not(subject, ("run", "replicas"), 8)
    wanted = check(compose(["model=nova-pro", "run.replicas=8"])).findings
    assert [(f.rule, f.message) for f in found] == [
        (f.rule, f.message) for f in wanted if f.key == "run.replicas"
    ]


def test_why_not_does_not_say_that_the_present_value_wrote_the_other(recipe):
    ran = recipe("explain", "lr", "peft=full", "lr=2e-6", "--not", "2e-3")
    assert "error: lr is 0.002; allowed: 1e-06 to 0.001" in ran.out
    assert "from:" not in ran.out


def test_a_list_that_was_removed_is_told_once(recipe):
    said = recipe("explain", "--all", "~optim").out
    assert re.findall(r"^ *(betas|0|1): .*", said, re.MULTILINE) == ["betas"]


def test_an_override_that_leaves_a_value_alone_did_not_set_it(recipe):
    for words in (["eps", "optim={}"], ["eps", "++optim={}"], ["betas.0", "betas.1=0.5"]):
        said = recipe("explain", *words).out
        assert re.search(r"set by\n +\S+ +nova:optimizer/", said), words
    assert "  0.9  betas=[0.9,0.999]\n" in recipe("explain", "betas.0", "betas=[0.9,0.999]").out


NOT = {
    "a key that isn't there": (
        ["bucket_cap_mb", "--not", "3"],
        "nothing forbids it: +training_config.model.optim.bucket_cap_mb=3",
    ),
    "what a link brought": (
        ["run.name", "run.name=foo", "--not", "my-lora-run"],
        "nova:shape/named.yaml:3 wrote it, and run.name=foo came after it",
    ),
    "a link": (["lr", "--not", "$<.sched.min_lr>"], "error: min_lr must be lower than lr"),
    "an item that isn't there": (
        ["betas.1", "betas=[0.9]", "--not", "0.999"],
        "nothing forbids it: 'training_config.model.optim.betas=[0.9,0.999]'",
    ),
}


@pytest.mark.parametrize("name", NOT)
def test_why_not_of(recipe, name):
    words, wanted = NOT[name]
    ran = recipe("explain", *words)
    assert ran.status == 0
    assert wanted in ran.out
    if "nothing forbids it: " in ran.out:
        pasted = shlex.split(ran.out.rpartition("nothing forbids it: ")[2])
        assert compose(pasted)


def links_of(recipe, *words):
    answer = json.loads(recipe("explain", *words, "--json").out)
    answer = answer[0] if isinstance(answer, list) else answer
    return [(hop["key"], hop["depth"], bool(hop["origin"])) for hop in answer["link"]]


def test_links_are_followed_wherever_they_lead(recipe):
    lr = "training_config.model.optim.lr"
    section = "+run.s=${recipes.training_config.model.optim}"
    assert links_of(recipe, "run.z", section, "+run.z=${.s.lr}") == [
        ("run.s", 1, True),
        (lr, 2, True),
    ]
    dynamic = '+run.z="${recipes.run.${recipes.run.k}}"'
    names = [("run.name", 1, True), ("label", 2, True)]
    assert links_of(recipe, "run.z", "+run.k=name", dynamic) == names
    item = "+run.z=${recipes.training_config.model.optim.betas[1]}"
    assert links_of(recipe, "run.z", item) == [("training_config.model.optim.betas.1", 1, True)]
    assert links_of(recipe, "run.z", '+run.z=[1,"${..name}"]') == names


def test_what_stands_beside_a_recipe_in_a_file_has_its_place(recipe, tmp_path):
    text = compose().to_yaml().replace("name: my-lora-run", "name: ${label}", 1)
    mounted = "".join(f"  {line}\n" for line in text.splitlines())
    (tmp_path / "a.yaml").write_text(f"label: bot\nrecipes:\n{mounted}")
    said = recipe("explain", "run.name", "a.yaml").out
    assert "  link to\n    label: bot  a.yaml:1\n" in said


def test_a_link_that_compose_wrote_is_no_edit_wherever_it_leads_now(recipe, tmp_path):
    recipe("compose", "--links", "relative", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    file.write_text(file.read_text().replace("name: my-lora-run", "name: other", 1))
    ran = recipe("explain", "mlflow_run_name", "a.yaml")
    assert ran.err == "edited since the command in the first line: run.name (my-lora-run → other)\n"
    assert ran.out.startswith("run.mlflow_run_name: other\n")
    assert "${recipes.run.name}  nova:tracking/mlflow.yaml:5" in ran.out


def test_a_value_from_the_environment_is_no_edit(recipe, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter22")
    words = ("mlflow_experiment_name=${oc.env:SECRET}", "--allow-env", "SECRET", "-o", "a.yaml")
    assert recipe("compose", *words).status == 0
    ran = recipe("explain", "mlflow_experiment_name", "a.yaml")
    assert (ran.status, ran.err) == (0, "")


def test_sections_that_came_or_went_are_told_once(recipe, tmp_path):
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    file.write_text(file.read_text().replace("    sched:\n", "    plan:\n"))
    told = recipe("explain", "run.name", "a.yaml").err.splitlines()[-1]
    optim = "training_config.model.optim"
    assert told.endswith(f": {optim}.sched (removed), {optim}.plan (added)")


def test_a_section_shows_what_is_said_of_itself(recipe):
    ran = recipe("explain", "peft_scheme", "peft_scheme={a: 1}")
    assert "    lora     nova:by_peft/nova-1/lora.yaml:6" in ran.out
    assert "error: peft_scheme is {a: 1}; it has to be text" in ran.out
    assert "        a: 1  peft_scheme={a: 1}" in ran.out
    assert "[lora-tuning-set]" in recipe("explain", "lora_tuning").out
    shapes = {
        key: type(json.loads(recipe("explain", key, "--json").out)).__name__
        for key in ("lr", "optim", "trainer", "lora_tuning")
    }
    assert shapes == {"lr": "dict", "optim": "list", "trainer": "list", "lora_tuning": "list"}


def test_an_error_ends_with_what_to_type_as_in_check(recipe, tmp_path):
    words = ["model=nova-lite", "betas=[0.9,1.5]"]
    assert "    try: 'betas=[0.9,1]'\n" in recipe("explain", "betas", *words).out
    (tmp_path / "a.yaml").write_text(compose(words).to_yaml())
    answer = json.loads(recipe("explain", "betas", "a.yaml", "--json").out)
    assert [finding["hint"] for finding in answer["findings"]] == ["betas=[0.9,1]"]


def test_a_long_value_is_whole_where_it_is_asked_for(recipe):
    path = f"s3://acme/{'x' * 200}.jsonl"
    assert recipe("explain", "data_s3_path", f"data_s3_path={path}").out.startswith(
        f"run.data_s3_path: {path}\n"
    )


def test_an_item_of_a_list_of_mappings_is_found(recipe):
    said = recipe("explain", "lst.0", "+run.lst=[{a: 1, b: 2}]").out
    assert re.search(r"^ +a: 1 +\+run.lst=", said, re.MULTILINE)


def test_what_is_read_from_the_environment_under_an_unknown_key_is_a_finding(recipe, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter22")
    for command in (["explain", "run.foo"], ["check"]):
        ran = recipe(*command, "--allow-env", "SECRET", "+run.foo=${oc.env:SECRET}")
        assert "run.foo is not a key of this recipe" in ran.out
        assert "hunter22" not in ran.out + ran.err


LEFT_OUT = [
    (("~mlflow_run_name", "peft=full"), "mlflow_run_name"),
    (("betas=[0.9]",), "betas.1"),
    (("+preset=complete_sft", "~validation_data_s3_path"), "validation_data_s3_path"),
]


@pytest.mark.parametrize(("overrides", "key"), LEFT_OUT)
def test_what_a_first_line_takes_away_is_not_set_in_its_file(recipe, tmp_path, overrides, key):
    text = f"# recipe compose {shlex.join(overrides)}\n{compose(overrides).to_yaml()}"
    (tmp_path / "a.yaml").write_text(text)
    for words in ([key], [key, "--not", "x"], ["--all"], [key, "--json"]):
        whole = [] if words == ["--all"] else words
        ran = recipe("explain", *(whole or words), "a.yaml")
        assert (ran.status, ran.err) == (0, "")
    assert "not set" in recipe("explain", key, "a.yaml").out


def test_an_edited_list_is_told_as_that_in_data_too(recipe, tmp_path):
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    file.write_text(file.read_text().replace("- 0.999", "- 0.95"))
    answer = json.loads(recipe("explain", "--all", "a.yaml", "--json").out)
    assert [one["key"] for one in answer if one["edited"]] == ["training_config.model.optim.betas"]


def test_a_value_that_became_a_section_is_one_edit(recipe, tmp_path):
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    file.write_text(file.read_text().replace("max_length: 32768", "max_length: {a: 1}"))
    told = recipe("explain", "max_length", "a.yaml")
    assert told.err.endswith(": training_config.max_length (32768 → {a: 1})\n")
    assert "32768   nova:shape/nova-1/sft.yaml:6" in told.out


def test_what_a_link_to_a_section_brings_has_its_history(recipe, tmp_path):
    words = ["+run.sec=$<recipes.training_config.model.optim.sched>"]
    said = recipe("explain", "run.sec.min_lr", *words).out
    assert said.startswith("run.sec.min_lr: 1e-06\n  set by\n    ${recipes.training_config")
    text = compose(words).to_yaml("resolved")
    first = f"# recipe compose {shlex.join(words)}\n"
    (tmp_path / "a.yaml").write_text(first + text)
    ran = recipe("explain", "run.sec.min_lr", "a.yaml")
    assert ran.err == ""
    (tmp_path / "a.yaml").write_text(first + text.replace("min_lr: 1.0e-06", "min_lr: 2.0e-06", 1))
    told = recipe("explain", "run.name", "a.yaml").err
    assert "(1e-06 → 2e-06)" in told


def test_a_file_of_other_libraries_is_not_taken_for_edited(recipe, tmp_path):
    text = "eps: 2.0e-06\n"
    write_library(
        tmp_path / "team",
        {"preset/careful": f"# @package recipes.training_config.model.optim\n{text}"},
    )
    recipe("compose", "--library", "team", "+preset=careful", "-o", "a.yaml")
    first, body = (tmp_path / "a.yaml").read_text().split("\n", 1)
    (tmp_path / "a.yaml").write_text(
        first.replace("+preset=careful", "model=nova-micro") + "\n" + body
    )
    ran = recipe("explain", "eps", "a.yaml")
    assert "edited" not in ran.err
    assert "it was composed with --library team" in ran.err


def test_text_that_reads_as_a_number_is_quoted(recipe, tmp_path):
    recipe("compose", "-o", "a.yaml")
    file = tmp_path / "a.yaml"
    file.write_text(file.read_text().replace("replicas: 2", 'replicas: "2"'))
    ran = recipe("explain", "replicas", "a.yaml")
    assert 'run.replicas (2 → "2")' in ran.err
    assert '    "2"  a.yaml:' in ran.out


BAD = {
    "a quote": (("lr", "--not", "it's"), """quote it: '"it'"'"'s"'"""),
    "a double quote": (("lr", "--not", 'a"b'), r"""quote it: '"a\"b"'"""),
    "is that link": (
        ("mlflow_run_name", "--not", "${recipes.run.name}"),
        "run.mlflow_run_name is ${recipes.run.name}",
    ),
    "is no number": (("lr", "lr=nan", "--not", "nan"), "training_config.model.optim.lr is nan"),
    "what a terminal obeys": (("lr", "--not", "\x1b[31mred"), "can't read the VALUE \\x1b[31mred"),
    "nothing": ((), "name a KEY, or give --all"),
    "no key": (("model=nova-lite",), "name a KEY before model=nova-lite"),
    "unknown": (("lrr",), "did you mean lr?"),
    "ambiguous": (("name",), "name could be run.name or "),
    "two inputs": (("lr", "a.yaml", "lr=1"), "explain takes one file, or overrides"),
    "missing file": (("lr", "nowhere.yaml"), "can't read nowhere.yaml"),
    "not of all": (("--all", "--not", "3"), "--not asks about one KEY"),
    "is it": (("replicas", "--not", "2"), "run.replicas is 2"),
    "unparsable": (("replicas", "--not", "[2"), "can't read the VALUE [2; quote it: "),
    "two values": (("replicas", "--not", "2,4"), "--not takes one VALUE"),
    "no value": (("replicas", "--not"), "requires an argument (see recipe explain --help)"),
    "empty word": (("replicas", ""), "one of the inputs is empty"),
    "directory": (("replicas", "."), "explain takes one file, and . is a directory"),
    "bad override": (("lr", "modle=nova-lite"), "did you mean model"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_in_one_line(recipe, name):
    arguments, wanted = BAD[name]
    ran = recipe("explain", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert wanted in ran.err.splitlines()[0]
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("text", ["", "- a\n", "run: [\n", "services: {web: {}}\n"])
def test_a_file_that_is_no_recipe(recipe, tmp_path, text):
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    ran = recipe("explain", "lr", "a.yaml")
    assert (ran.status, ran.out) == (2, "")


def test_what_nothing_forbids_can_be_pasted(recipe):
    said = recipe("explain", "betas", "--not", "[0.9,0.98]").out
    pasted = shlex.split(said.rpartition("nothing forbids it: ")[2])
    assert "betas:\n" in compose(pasted).to_yaml()
    assert "not [0.9, 0.98]" not in recipe("explain", "betas", *pasted).out
    assert "betas: [0.9, 0.98]" in recipe("explain", "betas", *pasted).out


def test_a_short_key_is_explained_as_the_key_that_the_others_link_to(recipe):
    ran = recipe("explain", "replicas", "+preset=quickstart_sft")
    assert ran.out.startswith("run.replicas: 2\n")
