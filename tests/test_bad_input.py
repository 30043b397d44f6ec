"""Bad input: what nobody should type, but somebody will, and the one line that answers it."""

import contextlib
import os
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hydra_recipes import compose
from hydra_recipes.errors import OverrideError

SCRIPT = [sys.executable, "-c", "from hydra_recipes.cli.main import run; run()"]


@pytest.fixture
def start(tmp_path):
    """Starts ``recipe`` as a process; it is ended with the test."""
    started = []

    def run(*arguments, **options):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            [*SCRIPT, *arguments],
            cwd=tmp_path,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
            **{**pipes, **options},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def one_line(ran):
    """The answer to what isn't understood: exit 2, nothing on stdout, one line on stderr."""
    assert ran.status == 2, ran
    assert ran.out == ""
    line, *place = ran.err.splitlines()
    assert "error: " in line
    assert place == [] or (len(place) == 2 and place[1].strip(" |\t") == "^"), ran.err
    return line


# Unknown things


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("compose", "modle=nova-lite"), "no key or group modle; did you mean model"),
        (("compose", "model=nova-lit"), "model has no option 'nova-lit'"),
        (("compose", "model=Nova-Lite"), "did you mean nova-lite"),
        (("compose", "optimizer=sgd"), "it has adam, distributed_fused_adam"),
        (("compose", "warmup_step=5"), "no key or group warmup_step; did you mean warmup_steps?"),
        (("compose", "zzz=5"), "no key or group zzz; recipe list shows the groups"),
        (("compose", "max_steps=5"), "put a + before it to add it: +max_steps=5"),
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
        (("list", "model/nova"), "it has nova-2-lite, nova-lite, nova-micro, nova-pro"),
        (("comopse",), "no command comopse; did you mean compose?"),
        (("COMPOSE",), "did you mean compose?"),
        (("frobnicate",), "there are compose, check, "),
        (("model=nova-lite",), "did you mean recipe compose model=nova-lite?"),
        (("support-bot.yaml",), "did you mean recipe check support-bot.yaml?"),
        (("--verbos",), "no option --verbos"),
        (("compose", "--froce"), "no option --froce; did you mean --force?"),
        (("compose", "--links", "relativ"), "'relativ' is not one of 'resolved', 'relative'"),
        (("compose", "-o"), "option '-o' requires an argument"),
        (("check",), "missing argument 'FILE... [CHOICE...] | OVERRIDE...'"),
        (
            ("list", "model", "nova-lite"),
            "one at a time; for an option: recipe list model/nova-lite",
        ),
        (("check", ""), "one of the inputs is empty; is a variable of the shell empty?"),
        (("compose", "--lr=2e-6"), "an override has no dashes: lr=2e-6 (see recipe compose"),
        (("compose", "--outputt=x"), "did you mean --output?"),
        (("compose", "--json", "--annotate"), "--annotate writes comments, and JSON has none"),
        (("compose", "--json", "--format", "yaml"), "contradict each other"),
        (("check", "--json", "--format", "github", "lr=1"), "(see recipe check --help)"),
        (("compose", "--json", "--annotate"), "(see recipe compose --help)"),
        (("check", "recipe.yaml", "lr=2e-6"), "beside files only choices can stand"),
        (("compose", "lr=1e-5,2e-5"), "has several values, and a recipe has one"),
        (("compose", "model=nova-lite,nova-pro"), "a recipe has one; for a grid: recipe sweep"),
        (("compose", "hydra.verbose=true"), "use it with python -m hydra_recipes"),
    ],
)
def test_the_unknown_is_answered_in_one_line_with_what_is_near(recipe, arguments, answer):
    assert answer in one_line(recipe(*arguments))


def test_what_is_not_offered_is_one_finding_with_what_is(recipe):
    ran = recipe("check", "model=nova-pro", "hardware=g5-12x")
    assert ran.status == 1
    finding, *rest = ran.out.splitlines()
    assert finding.startswith("error: model=nova-pro peft=lora hardware=g5-12x is not offered;")
    assert "hardware=p5, p5en or p4d" in finding
    assert rest[-1].endswith("not valid (1 error)")


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


# Overrides that can't be parsed


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
        ("lr:2e-6", "2e-6", "an override is KEY=VALUE: lr=2e-6"),
        ("model/nova-lite", "", "an override is KEY=VALUE: model=nova-lite"),
        ("bot.yaml", "", "of a file: recipe check bot.yaml"),
        ("run.name=x(y)", "x(y)", "'run.name=\"x(y)\"'"),
        ("lr=cast(3)", "cast(3)", "'lr=\"cast(3)\"'"),
        ("lr=[1, int(x)]", "int(x)]", "quote the value"),
        ("lr=range(1,2", "", "quote the value"),
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


# Files


def deep(levels):
    return "{a: " * levels


FILES = {
    "not UTF-8": (b"run:\n  name: caf\xe9\n", "not UTF-8 text (line 2)"),
    "UTF-16": ("run: 1".encode("utf-16"), "not UTF-8"),
    "empty": (b"", "is empty"),
    "nothing but comments": (b"# a\n# b\n", "is empty"),
    "a list at the top": (b"- run\n", "holds a list; a recipe is a mapping"),
    "a text at the top": (b"run\n", "a recipe is a mapping"),
    "several documents": (b"run: 1\n---\nrun: 2\n", "several YAML documents"),
    "tabs": (b"run:\n\tname: x\n", "indent with spaces"),
    "an unclosed quote": (b'run:\n  name: "x\n', "a quote is not closed"),
    "an unclosed brace": (b"run: {name: x\n", "a { is not closed"),
    "an unclosed bracket": (b"run: [1, 2\n", "a [ is not closed"),
    "two colons": (b"run: name: x\n", "a colon where none can be"),
    "a control character": (b"run: \x01\n", "not YAML"),
    "a bomb of aliases": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (98 + at, 98 + at, b",".join([b"*%c" % (97 + at)] * 9))
            for at in range(9)
        ),
        "values",
    ),
    "a mapping in itself": (b"a: &a {b: *a}\n", "alias *a without an anchor before it"),
    "deep nesting": (deep(100_000).encode(), "nested deeper"),
    "100 MB of nesting": (b"[" * 100_000_000, "too large for a recipe"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_recipe_is_answered_in_one_line(recipe, tmp_path, name):
    data, answer = FILES[name]
    (tmp_path / "bad.yaml").write_bytes(data)
    ran = recipe("check", "bad.yaml")
    assert answer in one_line(ran)
    assert "bad.yaml" in ran.err


@pytest.mark.parametrize("name", ["a bomb of aliases", "deep nesting", "100 MB of nesting"])
def test_a_hostile_file_is_answered_soon(recipe_process, tmp_path, name):
    (tmp_path / "bad.yaml").write_bytes(FILES[name][0])
    ran = recipe_process("check", "bad.yaml", timeout=20)  # under a second on a free machine
    assert FILES[name][1] in one_line(ran)


def test_no_tag_of_a_file_is_carried_out(recipe, tmp_path):
    text = 'run: !!python/object/apply:os.system ["touch done"]\n'
    (tmp_path / "bad.yaml").write_text(text)
    ran = recipe("check", "bad.yaml")
    assert ran.status == 1
    assert "bad.yaml:1:6: error: the tag !!python/object/apply:os.system is not allowed" in ran.out
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("1e999", "replicas is inf; it has to be a whole number"),
        (".nan", "replicas is nan; it has to be a whole number"),
        ("-.inf", "replicas is -inf; it has to be a whole number"),
        ("2\n  replicas: 4", "replicas is written twice, first on line 6"),
    ],
)
def test_a_strange_value_is_a_finding_with_its_line(recipe, tmp_path, value, answer):
    text = recipe("compose").out.replace("replicas: 2", f"replicas: {value}", 1)
    (tmp_path / "bad.yaml").write_text(text)
    ran = recipe("check", "bad.yaml")
    assert ran.status == 1
    line = next(line for line in ran.out.splitlines() if answer in line)
    assert line.startswith(("bad.yaml:6:", "bad.yaml:7:"))


def test_a_missing_file_an_empty_directory_and_a_loop_of_links(recipe, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    assert "can't read gone.yaml: No such file" in one_line(recipe("check", "gone.yaml"))
    assert "no .yaml, .yml or .json file in empty" in one_line(recipe("check", "empty"))
    assert "can't read loop" in one_line(recipe("check", "loop"))


def test_a_file_that_may_not_be_read(recipe_process, recipe, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "secret.yaml").touch(mode=0)
    assert "can't read secret.yaml: Permission denied" in one_line(recipe("check", "secret.yaml"))


# Where to write


def complains(ran, answer):
    """A refusal to write: exit 2, no recipe on stdout, and one line that says why."""
    assert (ran.status, ran.out) == (2, ""), ran
    (line,) = [line for line in ran.err.splitlines() if "error: " in line]
    assert answer in line


def test_a_file_that_is_there_is_only_overwritten_with_force(recipe, tmp_path):
    (tmp_path / "there.yaml").write_text("precious")
    complains(recipe("compose", "-o", "there.yaml"), "there.yaml exists already; overwrite it")
    assert (tmp_path / "there.yaml").read_text() == "precious"
    assert recipe("compose", "-o", "there.yaml", "--force").status == 0
    assert (tmp_path / "there.yaml").read_text() == recipe("compose").out


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("nowhere/x.yaml", "can't write nowhere/x.yaml: there is no directory nowhere"),
        (".", "it is a directory"),
        ("file/x.yaml", "Not a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("x" * 300, "File name too long"),
        ("pipe", "it is not a regular file"),
    ],
)
def test_an_odd_place_is_refused_even_with_force_and_stays_as_it_was(
    recipe, tmp_path, where, answer
):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    complains(recipe("compose", "-o", where, "--force"), answer)
    assert sorted(tmp_path.iterdir()) == before
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_read_only_place_is_refused(recipe, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "shut").mkdir(mode=0o500)
    complains(recipe("compose", "-o", "shut/x.yaml"), "Permission denied")


@pytest.mark.parametrize("arguments", [("compose",), ("list",), ("schema",), ("--help",)])
def test_a_full_disk_is_told_in_one_line(start, arguments):
    if not Path("/dev/full").is_char_device():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        process = start(*arguments, stdout=full)
        _, err = process.communicate()
    assert process.returncode == 2
    assert err.splitlines()[-1] == "error: can't write the output: No space left on device"
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("compose",), ("list",), ("schema",), ("--help",)])
def test_a_reader_who_stops_reading_is_no_error(start, arguments):
    read, write = os.pipe()
    os.close(read)
    process = start(*arguments, stdout=write)
    os.close(write)
    _, err = process.communicate()
    assert process.returncode == 141
    assert "error" not in err
    assert "Traceback" not in err


def test_closed_streams_are_no_error(tmp_path):
    command = " ".join(map(shlex.quote, SCRIPT))
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        line = f"{command} compose -o out.yaml --force {closed}"
        done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done
        assert b"Traceback" not in done.stderr


# Ctrl-C


def test_ctrl_c_ends_with_130_and_one_word(start, tmp_path):
    (tmp_path / "first.yaml").write_text(compose().to_yaml())
    process = start("check", "first.yaml", "-")
    assert process.stdout.readline()  # it works; now it waits for standard input
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.split() == ["interrupted"]


def test_ctrl_c_is_waited_for_before_anything_is_imported():
    modules = "import sys; before = set(sys.modules); {}; print(*set(sys.modules) - before)"
    source = Path(__file__).parents[1] / "src"

    def imported(statement):
        command = [sys.executable, "-S", "-c", modules.format(statement)]
        env = {"PYTHONPATH": str(source)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        return set(done.stdout.split())

    ours = {"hydra_recipes", "hydra_recipes.cli", "hydra_recipes.cli.main"}
    cheap = imported("import __future__, gc, os, signal")
    assert imported("import hydra_recipes.cli.main") - cheap == ours


def test_ctrl_c_before_the_first_command_ends_the_same_way(tmp_path):
    script = """
import os, signal
from hydra_recipes.cli import main
main._prepare_streams = lambda: os.kill(os.getpid(), signal.SIGINT)
main.run(["compose", "-o", "out.yaml"])
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("moment", [0.05, 0.15, 0.25, 0.35, "the first finding"])
def test_ctrl_c_never_leaves_half_a_file(start, tmp_path, moment):
    process = start("compose", "-o", "out.yaml")
    if isinstance(moment, str):
        process.stderr.readline()
    else:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in (0, 130, -signal.SIGINT)  # -SIGINT: before our first line ran
    left = list(tmp_path.iterdir())
    assert left in ([], [tmp_path / "out.yaml"])
    if left:
        assert left[0].read_text().endswith(compose().to_yaml())
    assert left or process.returncode != 0
