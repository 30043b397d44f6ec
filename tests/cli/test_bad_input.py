"""Bad input: what nobody should type, but somebody will, and the one line that answers it."""

import shlex

import pytest

from hydra_recipes import compose, plan
from hydra_recipes.cli.hydra_app import run
from hydra_recipes.findings.errors import OverrideError
from support.refusals import one_line

pytestmark = pytest.mark.quick

# Unknown things


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("compose", "modle=nova-lite"), "no key or group modle; did you mean model"),
        (("compose", "model=nova-lit"), "model has no option 'nova-lit'"),
        (("compose", "model=Nova-Lite"), "did you mean nova-lite"),
        (
            ("compose", "optimizer=sgd"),
            "it has adam, cpt-nova-1, cpt-nova-2, distributed_fused_adam, none",
        ),
        (("compose", "warmup_step=5"), "no key or group warmup_step; did you mean warmup_steps?"),
        (("compose", "zzz=5"), "no key or group zzz; recipe list shows the groups"),
        (("compose", "max_steps=5"), "put a + before it to add it: +max_steps=5"),
        (("check", "actor_train_replicas=2"), "; ppo recipes have it; for one: method=ppo"),
        (("compose", "beta=0.1"), "no key beta here; dpo recipes have it; for one: method=dpo"),
        (("compose", "method=ppo", "alpha=32"), "; sft, dpo, rft recipes have it; for one: meth"),
        (("explain", "beta"), "no key beta here; dpo recipes have it"),
        (
            ("check", "method=ppo", "replicas=4"),
            "one: method=sft; here it is actor_train_replicas, rm_replicas, cm_replicas, actor_gen",
        ),
        (("sweep", "beta=0.1,0.2"), "no key beta here; dpo recipes have it"),
        (("compose", "method=dop"), "method has no option 'dop'; it has cpt, distillation, dpo, "),
        (("compose", "method=dop"), "did you mean dpo?"),
        (("compose", "evaluation=math"), "no option 'math'; it is an option of benchmark; benchm"),
        (("check", "benchmark=general-text-benchmark"), "; evaluation=general-text-benchmark"),
        (("sweep", "model=lora,full"), "no option 'lora'; it is an option of peft; peft=lora"),
        (("compose", "benchmark=rft"), "of evaluation and of method; evaluation=rft or method=rft"),
        (("check", "lerning_rate=5"), "no key or group lerning_rate"),
        (("schema", "model=nova"), "model has no option 'nova'"),
        (("list", "modle"), "did you mean model"),
        (("list", "nova-lite"), "did you mean model/nova-lite?"),
        (("list", "modle/nova-lite"), "did you mean model/nova-lite?"),
        (("list", "modle/nova"), "did you mean model?"),
        (("list", "lr"), "there is no group or option lr, it is a key; recipe explain lr tells"),
        (("check", "lr"), "can't read lr: No such file or directory; for an override: lr=VALUE"),
        (("compose", "-o", ""), "-o names no file; is a variable of the shell empty?"),
        (("a" * 300,), "there is no command aaa"),
        (
            ("list", "model/nova"),
            "it has nova-2-lite, nova-lite, nova-micro, nova-premier",
        ),
        (("comopse",), "no command comopse; did you mean compose?"),
        (("COMPOSE",), "did you mean compose?"),
        (("frobnicate",), "there are compose, check, "),
        (("model=nova-lite",), "did you mean recipe compose model=nova-lite?"),
        (("support-bot.yaml",), "did you mean recipe check support-bot.yaml?"),
        (("--verbos",), "no option --verbos"),
        (("compose", "--froce"), "no option --froce; did you mean --force?"),
        (("compose", "--links", "relativ"), "'relativ' is not one of 'resolved', 'relative'"),
        (("compose", "-o"), "option '-o' requires an argument"),
        (("check",), "missing argument 'FILE... [OVERRIDE...] | OVERRIDE...'"),
        (
            ("list", "model", "nova-lite"),
            "one at a time; for an option: recipe list model/nova-lite",
        ),
        (("check", ""), "one of the inputs is empty; is a variable of the shell empty?"),
        (("compose", "--lr=2e-6"), "overrides have no dashes: recipe compose lr=2e-6 (see"),
        (("compose", "--file", "my.yaml"), "no option --file; did you mean --from FILE?"),
        (("check", "--from", "my.yaml"), "type the file's name alone: recipe check FILE"),
        (("sweep", "lr=1,2", "--force"), "goes on with --resume or --extend"),
        (("sweep", "lr=1,2", "--dry-run"), "did you mean --plan?"),
        (("sweep", "lr=1,2", "--out", "x"), "did you mean --dir DIR?"),
        (("sweep", "lr=1,2", "-n", "3"), "did you mean --sample N?"),
        (("--config-dir", "mine", "compose"), "after the command: recipe compose --config-dir"),
        (("-cd", "mine", "compose"), "go after the command: recipe compose -cd DIR"),
        (("compose", "-cp", "mine"), "no option -c; did you mean --config-dir DIR?"),
        (("compose", "--config-path", "mine"), "did you mean --config-dir DIR?"),
        (("compose", "-m", "lr=1e-5,2e-5"), "several values make a grid: recipe sweep"),
        (("-v",), "no option -v; did you mean --version?"),
        (("compose", "--outputt=x"), "did you mean --output?"),
        (("compose", "--json", "--annotate"), "--annotate writes comments, and JSON has none"),
        (("compose", "--json", "--format", "yaml"), "contradict each other"),
        (("check", "--json", "--format", "github", "lr=1"), "(see recipe check --help)"),
        (("compose", "--json", "--annotate"), "(see recipe compose --help)"),
        (("compose", "nova-lite", "lora"), "GROUP=OPTION; type model=nova-lite peft=lora"),
        (("compose", "ml.p5.48xlarge"), "type hardware=ml.p5.48xlarge"),
        (("compose", "complete_lora"), "is an option of preset, and an"),
        (("compose", "complete_lora", "lr=1e-5"), "type +preset=complete_lora lr=1e-5"),
        (("compose", "nova-lite", "nonsense"), "GROUP=OPTION; type model=nova-lite"),
        (("compose", "nonsense", "lr=1e-5"), "can't parse the override 'nonsense'"),
        (("sweep", "nova-lite", "lr=1e-5,2e-5"), "type model=nova-lite lr=1e-5,2e-5"),
        (("sweep", "nova-lite,nova-pro", "lora"), "type model=nova-lite,nova-pro peft=lora"),
        (("sweep", "nova-lite,nova-pr"), "can't parse the override 'nova-lite,nova-pr'"),
        (("check", "-", "nova-pro"), "GROUP=OPTION; type - model=nova-pro"),
        (("check", "none.yaml", "nova-pro"), "GROUP=OPTION; type model=nova-pro"),
        (("check", "nova-lite", "lora"), "type model=nova-lite peft=lora"),
        (("compose", "lr", "=", "2e-6"), "'lr = 2e-6' has spaces around the ="),
        (("compose", "nova-lite", "lr", "=2e-6"), "type model=nova-lite lr=2e-6"),
        (("compose", "lr=", "2e-6", "~tracking"), "type lr=2e-6 '~tracking'"),
        (("check", "lr=", "2e-6"), "type lr=2e-6"),
        (("compose", "--lr", "2e-6"), "no option --lr; overrides have no dashes: recipe compose"),
        (
            (
                "compose",
                "--model",
                "nova-lite",
                "a=b c",
                "--peft=lora",
                "-o",
                "x",
                "--max-steps",
                "5",
            ),
            "dashes: recipe compose model=nova-lite 'a=b c' peft=lora -o x max_steps=5 (see",
        ),
        (("compose", "--lr", "--json"), "no option --lr; did you mean"),
        (("list", "--model", "nova-lite"), "no option --model; did you mean --help?"),
        (("validate", "a.yaml"), "no command validate; did you mean recipe check?"),
        (("help", "compose"), "no command help; did you mean recipe compose --help?"),
        (("help",), "no command help; did you mean recipe --help?"),
        (("help", "bogus"), "no command help; did you mean recipe --help?"),
        (("help", "sweeep"), "no command help; did you mean recipe sweep --help?"),
        (("model=nova-lite", "a=b c"), "mean recipe compose model=nova-lite 'a=b c'?"),
        (("lr", "=", "2e-6"), "did you mean recipe compose lr=2e-6?"),
        (("annotate", "a.yaml"), "no command annotate; did you mean recipe compose --annotate?"),
        (
            ("sweep", "my.yaml", "lr=1e-5,2e-5"),
            "sweep takes overrides; put those of the file in its place: recipe import my.yaml",
        ),
        (("version",), "no command version; did you mean recipe --version?"),
        (("init",), "no command init; did you mean recipe library init?"),
        (("compose", "hardware=ml.p5.48xlarg"), "did you mean ml.p5.48xlarge"),
        (("check", "2e-6", "lr="), "no spaces around the =: lr=2e-6"),
        (("check", "recipe.yaml", "lr=2e-6", "--fix"), "lr=2e-6 is in none"),
        (("compose", "lr=1e-5,2e-5"), "has several values, and a recipe has one"),
        (("compose", "model=nova-lite,nova-pro"), "a recipe has one; for a grid: recipe sweep"),
        (("compose", "hydra.verbose=true"), "use it with python -m hydra_recipes"),
    ],
)
def test_the_unknown_is_answered_in_one_line_with_what_is_near(recipe, arguments, answer):
    assert answer in one_line(recipe(*arguments))


@pytest.mark.parametrize(
    ("overrides", "hint"),
    [
        (
            ("method=evaluation", "benchmark=mmmu", "model=nova-lite"),
            "evaluation=general-multi-modal-benchmark",
        ),
        (("model=nova-premier",), "method=distillation"),
        (("hardware=r5-24x",), "method=distillation"),
        (("method=evaluation", "task=math"), "benchmark=math"),
        (("method=evaluation", "task=gen_qa"), "evaluation=bring-your-own-dataset"),
        (("model_type=amazon.nova-pro-v1:0:300k",), "model=nova-pro"),
    ],
)
def test_what_was_typed_stays_where_another_choice_will_do(recipe, overrides, hint):
    ran = recipe("check", *overrides)
    assert ran.status == 1
    assert f"  from: {overrides[-1]}\n" in ran.out or f"  from: {overrides[1]}\n" in ran.out
    assert f"  try: {hint}\n" in ran.out
    assert recipe("check", *overrides, hint).status == 0


@pytest.mark.parametrize(
    ("overrides", "answer"),
    [
        (
            ("method=rft", "model=nova-micro", "data_s3_path=s3://a/b"),
            "with method=rft: model=n",
        ),
        (("method=ppo", "peft=lora", "alpha=64"), "method=ppo takes no peft; leave peft=lora out"),
        (("model=nova-pro", "hardware=g5-12x", "zzz=1"), "offered with model=nova-pro: hardware="),
    ],
)
@pytest.mark.parametrize("command", ["compose", "check"])
def test_of_choices_that_are_not_offered_no_key_is_missing(recipe, command, overrides, answer):
    line = one_line(recipe(command, *overrides))
    assert answer in line
    assert "+" not in line


def test_a_sweep_leaves_out_what_is_not_offered_whatever_keys_it_lacks(recipe):
    words = ("method=rft", "model=nova-micro,nova-2-lite", "max_steps=7,8")
    said = "2  offer  model=nova-micro method=rft is not offered; offered with method=rft: model=no"
    assert said in recipe("sweep", *words, "--plan").out
    why = recipe("sweep", *words, "--why", "model=nova-micro,max_steps=8")
    assert "offered with method=rft: model=nova-2-lite" in why.out


def test_a_sweep_says_of_what_is_not_offered_what_compose_says(recipe):
    shown = recipe("sweep", "method=ppo", "peft=lora,full", "--plan").out
    answer = one_line(recipe("compose", "method=ppo", "peft=lora", "alpha=64"))
    why = answer.removeprefix("error: ").partition("; peft=none")[0]
    assert why == "method=ppo takes no peft; leave peft=lora out"
    assert f"  2  offer  {why} (and 1 more like it)\n" in shown
    assert f"  offer  {why} (and 1 more like it)\n" in shown


def test_what_is_not_offered_is_one_finding_with_what_is(recipe):
    ran = recipe("check", "model=nova-pro", "hardware=g5-12x")
    assert ran.status == 1
    finding, *rest = ran.out.splitlines()
    assert finding.startswith("error: model=nova-pro hardware=g5-12x is not offered;")
    assert "hardware=p5, p5en or p4d" in finding
    assert any(line.endswith("not valid (1 error)") for line in rest)


@pytest.mark.parametrize(
    ("overrides", "answer"),
    [
        (("~optimizer",), "'~optimizer' leaves no optimizer, and a recipe needs one"),
        (("~model",), "choose another with model=OPTION: nova-2-lite, nova-lite, "),
        (("~method",), "'~method' leaves no method, and a recipe needs one"),
        (("~fleet",), "'~fleet' leaves no fleet, and a recipe needs one"),
        (
            ("model=[nova-micro]",),
            "chooses a list, and a recipe has one model; choose one: model=n",
        ),
        (("model={a:1}",), "training_config.model has no key a; to add it: +model.a=VALUE"),
        (("run={b: {c: 1}}",), "run has no key b; to add it: +run.b=VALUE"),
        (("optim={sched: {zz: 1}}",), "to add it: +training_config.model.optim.sched.zz=VALUE"),
        (
            ("model=nova-2-lite", "validation_data_s3_path_list={a: 's3://acme/a.jsonl'}"),
            "to add it: +validation_data_s3_path_list.a=VALUE",
        ),
        (
            ("+preset=quickstart_sft", "+preset=complete_sft"),
            "preset is added twice, by '+preset=quickstart_sft' and '+preset=complete_sft'",
        ),
        (("+model@foo=nova-lite",), "foo stands beside it; a package begins with recipes"),
    ],
)
def test_choices_and_mappings_that_cannot_be_are_named_in_our_words(recipe, overrides, answer):
    line = one_line(recipe("compose", *overrides))
    assert answer in line
    assert repr(overrides[-1]) in line or "stands beside it" in line


def test_a_key_of_an_open_mapping_is_added_as_the_message_says(recipe):
    key = "+validation_data_s3_path_list.a=s3://acme/a.jsonl"
    assert recipe("compose", "model=nova-2-lite", key).status == 0


def test_an_option_beside_a_file_is_answered_with_the_override(recipe):
    recipe("compose", "-o", "my.yaml")
    ran = recipe("check", "my.yaml", "nova-pro", "lr", "=", "2e-6")
    assert "type my.yaml model=nova-pro lr=2e-6" in one_line(ran)


# Overrides that can't be parsed


def test_a_file_where_only_overrides_go_is_told_where_files_go(recipe):
    message, shown, caret = recipe("schema", "bot.yaml").err.splitlines()
    assert message.endswith("of a file: recipe compose --from bot.yaml, recipe check bot.yaml")
    assert (shown.strip(), caret.index("^")) == ("bot.yaml", len(shown))


@pytest.mark.parametrize(
    ("override", "place", "hint"),
    [
        ('run.name="abc', '"abc', 'the " is not closed'),
        ("run.name='abc", "'abc", "the ' is not closed"),
        ("run.name=[a,b", "", "[ and ] must be in pairs"),
        ("run.name={a:b", "", "{ and } must be in pairs"),
        ("lr=${run", "{run", "{ and } must be in pairs"),
        ("lr=$<run", "<run", "< and > must be in pairs"),
        ("lr = 1e-5", " = 1e-5", "no spaces around the =: lr=1e-5"),
        ("a b=c", " b=c", "a key is made of letters"),
        ("+", "", "an override is KEY=VALUE"),
        ("~~lr", "~lr", "an override is KEY=VALUE"),
        ("schlüssel=1", "üssel=1", "a key is made of letters"),
        ("日本=1", "日本=1", "a key is made of letters"),
        ("run.name=über", "über", "'run.name=\"über\"'"),
        ("run.name=日本", "日本", "'run.name=\"日本\"'"),
        ("run.name=a=b", "=b", "'run.name=\"a=b\"'"),
        ("run.name=a;b", ";b", "'run.name=\"a;b\"'"),
        ("run.name=#a", "#a", "'run.name=\"#a\"'"),
        ("run.name=it's", "'s", '"\'"\'s"'),
        ("run.name=a\nb", "\nb", "quote the value"),
        ("lr=1e-5 warmup_steps=2", "=2", "write them apart: lr=1e-5 warmup_steps=2"),
        ("model=nova-lite,peft=full", "=full", "write them apart: model=nova-lite peft=full"),
        ("lr=2e-6,", "", "no comma at the end: lr=2e-6"),
        ("lr=2e-6,3e-6,", "", "no comma at the end: lr=2e-6,3e-6"),
        ("lr:2e-6", "2e-6", "an override is KEY=VALUE: lr=2e-6"),
        ("model/nova-lite", "", "an override is KEY=VALUE: model=nova-lite"),
        ("run.name=x(y)", "x(y)", "'run.name=\"x(y)\"'"),
        ("lr=cast(3)", "cast(3)", "'lr=\"cast(3)\"'"),
        ("lr=[1, int(x)]", "int(x)]", "quote the value"),
        ("lr=range(1,2", "", "( and ) must be in pairs"),
        ("run.name='${x'", "${x'", "the link is not closed; a } ends it"),
        ('run.name="x-$<.replicas"', '$<.replicas"', "the link is not closed; a > ends it"),
        ("run.name='a ${x y}'", "${x y}'", "a link is ${KEY}, $<KEY> or ${RESOLVER:VALUE,...}"),
        ("+a={b: '${'}", "${'}", "a link is ${KEY}"),
    ],
)
def test_a_caret_points_at_the_place_that_makes_no_sense(recipe, override, place, hint):
    ran = recipe("compose", override)
    assert hint in one_line(ran)
    _, shown, caret = ran.err.splitlines()
    assert shown == "  " + override.replace("\n", " ")
    assert override[columns_before(shown, caret) - 2 :] == place


def columns_before(shown, caret):
    """How many characters of a line take as many columns as stand before the caret."""
    wide = {"日", "本"}
    width = len(caret) - 1
    taken = 0
    for at, character in enumerate(shown):
        if taken >= width:
            return at
        taken += 2 if character in wide else 1
    return len(shown)


def test_an_empty_override_is_called_empty(recipe):
    for empty in ("", " "):
        assert "one of the overrides is empty" in one_line(recipe("compose", empty))


@pytest.mark.parametrize(
    ("override", "limit"),
    [
        (f"run.replicas={'9' * 4301}", "1,000 digits in a number"),
        (f"run.replicas={'9_' * 4301}9", "1,000 digits in a number"),
        (f"run.name={'[' * 150}{']' * 150}", "64 levels"),
        (f"run.name={'[' * 1000}{']' * 1000}", "64 levels"),
        (f"+{'x.' * 500}y=1", "64 levels"),
        (f"+{'x.' * 40}y={'{a: ' * 30}1{'}' * 30}", "64 levels"),
        (f"+preset@{'x.' * 500}y=quickstart_sft", "64 levels"),
        (f"betas=[{'1,' * 30_000}1]", "4,000 values"),
        (f"run.name={'a' * 70_000}", "64,000 characters"),
    ],
    ids=lambda value: value[:20],
)
@pytest.mark.parametrize("command", ["compose", "check"])
def test_an_override_that_is_too_large_is_refused_with_the_limit(recipe, command, override, limit):
    ran = recipe(command, override)
    assert one_line(ran).endswith(f"has more than {limit}")
    assert len(ran.err) < 200


def test_a_finding_shows_only_how_a_long_override_begins(recipe):
    ran = recipe("check", f"run.name={'a-' * 5_000}")
    (line,) = [line for line in ran.out.splitlines() if line.startswith("  from: ")]
    assert line == f"  from: {'run.name=' + 'a-' * 144}..."


def test_keys_that_grow_from_one_override_to_the_next_stay_within_the_limit(recipe):
    first = "a." + "x." * 50 + "b"
    ran = recipe("compose", f"+{first}={{}}", f"+b.z={'{a: ' * 50}1{'}' * 50}")
    assert one_line(ran).endswith("has more than 64 levels")


@pytest.mark.parametrize("name", ["a" * 300, f"{'a' * 300}.yaml", f"run.name={'a' * 300}"])
def test_a_name_too_long_for_a_file_is_no_crash(recipe, name):
    ran = recipe("check", name)
    if "=" in name:
        assert ran.status == 0
        assert "run-name-length" in ran.out
    else:
        assert one_line(ran).endswith(f"can't read {name}: File name too long")


@pytest.mark.parametrize(
    "override",
    [
        "lr",
        "=x",
        "=",
        "~",
        "++",
        "+~lr",
        "lr==",
        "lr=$<",
        "a=b]",
        "a=(b)",
        "a=f(x)",
        "/=1",
    ],
)
def test_other_broken_overrides_are_answered_in_one_line_too(recipe, override):
    one_line(recipe("compose", override))


@pytest.mark.parametrize(
    "value",
    ["a=b", "a]", "f(x)", "#a", "über", "it's", 'say "hi"', "a=\\", 'a\\"b', "a;b", "a, b]"],
)
def test_the_quoting_that_a_message_gives_keeps_the_value_as_it_was_typed(value):
    with pytest.raises(OverrideError) as caught:
        compose([f"run.name={value}|"])  # | alone makes any of them unreadable
    _, _, command = str(caught.value).removesuffix(")").partition("for the shell: ")
    (override,) = shlex.split(command)
    assert compose([override])["run.name"] == f"{value}|"


# Arguments that aren't UTF-8: how Python hands on bytes that no file of ours could hold

BYTES = "caf\udce9"


@pytest.mark.parametrize(
    "arguments",
    [
        ("compose", f"run.name={BYTES}"),
        ("compose", f'mlflow_experiment_name="{BYTES}"', "-o", "r.yaml"),
        ("compose", "-o", f"{BYTES}.yaml"),
        ("compose", f"--output={BYTES}.yaml"),
        ("sweep", "lr=1e-5,2e-5", f'mlflow_experiment_name="{BYTES}"', "--dir", "s"),
        ("sweep", "lr=1e-5,2e-5", "--dir", BYTES),
        ("sweep", "lr=1e-5,2e-5", "--dir", "s", "--where", f"run.name != '{BYTES}'"),
        ("sweep", "lr=1e-5,2e-5", "--dir", "s", "--name", BYTES),
        ("sweep", "lr=1e-5,2e-5", "--why", BYTES),
        ("check", f"{BYTES}.yaml"),
        ("list", BYTES),
        ("explain", BYTES),
        ("diff", BYTES, "b.yaml"),
        ("import", BYTES),
        ("schema", f"run.name={BYTES}"),
        ("library", "init", BYTES),
        ("library", "check", BYTES),
        ("--library", BYTES, "list"),
        ("compose", "--allow-env", BYTES),
        (BYTES,),
        ("compose", "run.name=\ud800"),
    ],
)
def test_what_is_not_utf8_is_refused_in_one_line_before_anything_is_written(
    recipe, arguments, tmp_path
):
    before = sorted(tmp_path.iterdir())
    line = one_line(recipe(*arguments))
    assert line.startswith("error: the argument '")
    assert r"caf\xe9" in line or r"\ud800" in line
    assert "is not UTF-8" in line
    assert sorted(tmp_path.iterdir()) == before


def test_bytes_that_a_shell_hands_on_are_refused(recipe_process):
    ran = recipe_process("compose", 'mlflow_experiment_name="caf\udce9"', "-o", "r.yaml")
    assert ran.status == 2
    told = "the argument 'mlflow_experiment_name=\"caf\\xe9\"' is not UTF-8"
    assert one_line(ran) == f"error: {told}; type it in a terminal that is"


def test_hydras_own_app_refuses_them_too(capfd, monkeypatch):
    monkeypatch.setattr("sys.argv", ["hydra_recipes", f"run.name={BYTES}"])
    with pytest.raises(SystemExit) as stop:
        run()
    assert stop.value.code == 2
    assert capfd.readouterr().err.startswith("error: the argument 'run.name=caf\\xe9' is not UTF-8")


def test_from_python_an_override_that_is_not_utf8_is_refused():
    for ask in (compose, plan):
        with pytest.raises(OverrideError) as caught:
            ask([f'mlflow_experiment_name="{BYTES}"'])
        assert caught.value.kind == "not-utf8-override"


def test_a_variable_that_is_not_utf8_gets_into_no_recipe(recipe, monkeypatch):
    monkeypatch.setenv("ACME", BYTES)
    line = one_line(recipe("compose", "--allow-env", "ACME", "run.name='${oc.env:ACME}'"))
    told = "the environment's variable ACME is not UTF-8, and a file couldn't hold it"
    assert line == f"error: {told}"
