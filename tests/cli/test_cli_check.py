"""``recipe check``: many inputs at once, of every sort, in every format."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hydra_recipes import compose
from hydra_recipes.cli import inputs
from hydra_recipes.sweep.write import directory as target

KEYS = ["input", "valid", "ready", "findings", "repairs", "conflict", "search_ended", "off"]
GOOD = ("platform=training-job",)  # nothing to fill in, nothing to warn of


@pytest.fixture
def write(recipe, tmp_path):
    """Writes a recipe file, with a replacement in its text if one is given."""

    def write(name, old="", new="", *overrides):
        ran = recipe("compose", *(overrides or GOOD))
        assert old in ran.out
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ran.out.replace(old, new, 1) if old else ran.out, encoding="utf-8")

    return write


def summaries(out):
    return [line for line in out.splitlines() if ": valid" in line or ": not valid" in line]


def test_a_good_recipe(recipe, write):
    write("good.yaml")
    ran = recipe("check", "good.yaml")
    assert (ran.status, ran.out, ran.err) == (0, "good.yaml: valid\n", "")


def test_every_input_is_answered_and_the_gravest_counts(recipe, write):
    write("good.yaml")
    write("bad.yaml", "replicas: 2", "replicas: 3")
    assert recipe("check", "good.yaml", "good.yaml").status == 0
    assert recipe("check", "bad.yaml", "good.yaml").status == 1
    ran = recipe("check", "gone.yaml", "bad.yaml", "good.yaml")
    assert ran.status == 2
    assert ran.err == "error: can't read gone.yaml: No such file or directory\n"
    assert summaries(ran.out) == ["good.yaml: valid", "bad.yaml: not valid (1 error)"]
    assert ran.out.splitlines()[-1] == "3 files: 1 valid, 1 not valid, 1 not read"


def test_directories_are_searched_in_order_without_hidden_ones_and_other_files(
    recipe, write, tmp_path
):
    for name in ("all/b.yaml", "all/a/c.yml", "all/a.json", "all/.hidden.yaml", "all/.git/d.yaml"):
        write(name)
    # JSON has no first line that names the platform, so this one is for HyperPod.
    paths = ("data_s3_path=s3://acme-data/train.jsonl", "output_s3_path=s3://acme-data/out")
    (tmp_path / "all" / "a.json").write_text(recipe("compose", *paths, "--json").out)
    (tmp_path / "all" / "notes.txt").write_text("not a recipe")
    ran = recipe("check", "all")
    assert ran.out.splitlines() == [
        "all/a.json: valid",
        "all/b.yaml: valid",
        "all/a/c.yml: valid",
        "3 files: 3 valid",
    ]
    assert ran.status == 0


def test_what_a_sweep_tells_of_itself_is_no_recipe(recipe, write):
    assert (inputs.MANIFEST, inputs.REQUEST) == (target.MANIFEST, target.REQUEST)
    write("all/recipes/a.yaml")
    write("all/manifest.jsonl")
    write("all/sweep.yaml")
    assert recipe("check", "all").out == "all/recipes/a.yaml: valid\n1 file: 1 valid\n"
    write("alone/sweep.yaml")  # perhaps a recipe by that name
    assert recipe("check", "alone").out == "alone/sweep.yaml: valid\n1 file: 1 valid\n"


def test_of_many_those_that_are_not_valid_come_last_and_what_they_share_is_counted(recipe, write):
    for number in range(4):
        write(f"all/{number}.yaml", "replicas: 2", f"replicas: {3 if number < 3 else 2}")
    ran = recipe("check", "all")
    assert ran.status == 1
    lines = ran.out.splitlines()
    assert lines[0] == "all/3.yaml: valid"
    assert summaries(ran.out)[1:] == [f"all/{number}.yaml: not valid (1 error)" for number in "012"]
    why = [line for line in lines if line.startswith("  because: ")]
    assert len(why) == 1
    assert lines[-2].startswith("3 \N{MULTIPLICATION SIGN} error: run.replicas is 3; allowed: ")
    assert lines[-1] == "4 files: 1 valid, 3 not valid"


def test_quiet_shows_only_what_is_not_valid(recipe, write):
    write("good.yaml")
    write("bad.yaml", "replicas: 2", "replicas: 3")
    assert recipe("check", "-q", "good.yaml").out == ""
    ran = recipe("check", "-q", "good.yaml", "bad.yaml")
    assert "good.yaml" not in ran.out
    assert ran.out.splitlines()[-1] == "2 files: 1 valid, 1 not valid"
    data = recipe("check", "-q", "--json", "good.yaml", "bad.yaml").out
    assert [json.loads(line)["input"] for line in data.splitlines()] == ["bad.yaml"]


def test_findings_are_in_the_order_of_the_files_lines(recipe, write, tmp_path):
    write("bad.yaml", "replicas: 2", "replicas: 3")
    text = (tmp_path / "bad.yaml").read_text().replace("lr: 1.0e-05", "lr: 1.0e-02")
    (tmp_path / "bad.yaml").write_text(text.replace("max_epochs: 2", "max_epochs: 99"))
    found = json.loads(recipe("check", "--json", "bad.yaml").out)["findings"]
    assert len({finding["severity"] for finding in found}) > 1
    lines = [finding["origin"]["line"] for finding in found]
    assert lines == sorted(lines)


STREAM = ("sweep", "model=nova-micro", "hardware=p4d", "replicas=2,4", "lr=1e-5,2e-5", *GOOD)


def test_a_stream_of_a_sweep_is_checked_recipe_by_recipe(recipe):
    assert recipe(*STREAM, "--format", "jsonl", "--dir", "swept").status == 0
    ran = recipe("check", "swept/recipes.jsonl")
    assert (ran.status, ran.out, ran.err) == (0, "4 recipes: 4 valid\n", "")
    assert recipe("check", "swept").out == ran.out
    stream = Path("swept/recipes.jsonl")
    lines = stream.read_text().splitlines(keepends=True)
    lines[1] = re.sub('"replicas":.', '"replicas":3', lines[1])
    lines[2] = "{" + lines[2]
    stream.write_text("".join(lines))
    ran = recipe("check", "swept/recipes.jsonl")
    assert ran.status == 2
    # The manifest says which hardware it is for, so only its limit is told.
    assert ran.out.startswith("swept/recipes.jsonl:2:")
    assert "error: run.replicas is 3; allowed: 2, 4 or 8 [" in ran.out
    assert ran.err.startswith("swept/recipes.jsonl:3:2: error: this file is not JSON: ")
    assert ran.out.splitlines()[-1] == "4 recipes: 2 valid, 1 not valid, 1 not read"
    found = json.loads(recipe("check", "--json", "swept/recipes.jsonl").out.splitlines()[1])
    assert found["input"] == "swept/recipes.jsonl:2"
    assert "repair: " in ran.out
    assert "repair: " not in recipe("check", "swept/recipes.jsonl", "run.replicas=3").out
    assert found["findings"][0]["origin"] == {"file": "swept/recipes.jsonl", "line": 2}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"[" * 100_000, "nested deeper than"),
        (b"[1, 2]", "holds a list; a recipe is a mapping"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'{"id": 3, "recipe": 4}', ""),
        (b'{"a": 1}', ""),
    ],
)
def test_lines_of_a_stream_that_are_no_recipes_are_told(recipe, tmp_path, line, answer):
    (tmp_path / "x.jsonl").write_bytes(b"\n" + line + b"\n")
    ran = recipe("check", "x.jsonl")
    assert ran.status == 2
    assert answer in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == "1 recipe: 1 not read\n"


def test_a_stream_is_not_fixed(recipe, tmp_path):
    (tmp_path / "x.jsonl").write_text("{}\n")
    ran = recipe("check", "--fix", "x.jsonl")
    assert (ran.status, ran.out) == (2, "")
    assert "x.jsonl is a stream of a sweep" in ran.err


def test_choices_that_are_not_offered_are_told_where_they_are_named(recipe, tmp_path):
    text = compose(["model=nova-lite", "peft=full"]).to_yaml()
    command = "# recipe compose hardware=g5-12x\n"
    (tmp_path / "a.yaml").write_text(command + text, encoding="utf-8")
    ran = recipe("check", "a.yaml")
    assert ran.out.startswith("a.yaml:1:1: error: model=nova-lite peft=full hardware=g5-12x is not")
    (tmp_path / "b.yaml").write_text(text, encoding="utf-8")
    ran = recipe("check", "b.yaml", "hardware=g5-12x")
    assert ran.out.splitlines()[1] == "  from: hardware=g5-12x"


def test_a_loop_of_links_between_directories_ends(recipe, write, tmp_path):
    write("all/a.yaml")
    (tmp_path / "all" / "again").symlink_to(tmp_path / "all", target_is_directory=True)
    (tmp_path / "all" / "gone.yaml").symlink_to("nowhere.yaml")
    ran = recipe("check", "all")
    assert ran.out == "all/a.yaml: valid\n2 files: 1 valid, 1 not read\n"
    assert ran.err == "error: can't read all/gone.yaml: No such file or directory\n"
    assert ran.status == 2


def test_an_unreadable_file_in_a_directory_keeps_none_of_the_others_back(recipe, write, tmp_path):
    write("all/a.yaml")
    write("all/c.yaml", "replicas: 2", "replicas: 3")
    (tmp_path / "all" / "b.yaml").write_text("run: [")
    ran = recipe("check", "all")
    assert ran.status == 2
    assert summaries(ran.out) == ["all/a.yaml: valid", "all/c.yaml: not valid (1 error)"]
    assert ran.err.startswith("all/b.yaml:")


def test_a_file_with_an_equals_sign_in_its_name_is_a_file(recipe, write):
    write("lr=2.yaml")
    assert recipe("check", "lr=2.yaml").out == "lr=2.yaml: valid\n"


def test_overrides_are_checked_as_what_they_compose(recipe):
    ran = recipe("check", "model=nova-pro", "run.replicas=5", "warmup_steps=50", *GOOD)
    assert ran.status == 1
    assert "error: run.replicas is 5; allowed: " in ran.out
    assert "  from: warmup_steps=50\n" in ran.out
    assert summaries(ran.out)[0].endswith("not valid (2 errors)")


@pytest.mark.parametrize("order", [("good.yaml", "lr=2e-6"), ("lr=2e-6", "good.yaml")])
def test_files_are_checked_with_the_overrides_beside_them(recipe, write, order):
    write("good.yaml")
    ran = recipe("check", *order)
    assert (ran.status, ran.out) == (0, "good.yaml: valid\n")


JOB = ("platform=training-job", "hardware=p4d")


@pytest.fixture
def by_hand(recipe, tmp_path):
    """Writes a recipe without a first line, as people write them."""

    def write(name, *overrides, old="", new=""):
        text = recipe("compose", *overrides).out.partition("\n")[2]
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new, 1))

    return write


def test_choices_beside_files_say_what_a_file_cannot(recipe, by_hand):
    by_hand("job.yaml", *JOB)
    by_hand("other.yaml", *JOB, old="replicas: 2", new="replicas: 1")
    assert recipe("check", "job.yaml").out.endswith("not ready to submit (2 values to fill in)\n")
    assert recipe("check", "job.yaml", *JOB).out == "job.yaml: valid\n"
    assert recipe("check", "other.yaml", "platform=training-job").out == "other.yaml: valid\n"
    ran = recipe("check", *JOB, "job.yaml", "other.yaml")
    assert summaries(ran.out) == ["job.yaml: valid", "other.yaml: not valid (1 error)"]
    assert "[nova-micro-job-replicas-p4d]" in ran.out


def test_choices_beside_a_file_count_more_than_its_first_line(recipe, write):
    write("job.yaml", "replicas: 2", "replicas: 1")
    assert recipe("check", "job.yaml").out == "job.yaml: valid\n"  # a training job on P5
    ran = recipe("check", "job.yaml", "hardware=p4d")
    assert "[nova-micro-job-replicas-p4d]" in ran.out
    ran = recipe("check", "job.yaml", "platform=hyperpod")
    assert "[nova-micro-replicas]" in ran.out


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        (
            "model=nova-pro",
            "model=nova-pro contradicts the recipe, whose values say model=nova-micro",
        ),
        ("peft=full", "peft=full contradicts the recipe, whose values say peft=lora"),
        ("model=nova-2-lite", "model=nova-2-lite contradicts the recipe"),
    ],
)
def test_a_choice_that_the_file_contradicts_is_a_finding(recipe, write, choice, answer):
    write("job.yaml")
    ran = recipe("check", "job.yaml", choice)
    assert ran.status == 1
    first, second, *_ = ran.out.splitlines()
    assert answer in first
    assert second == f"  from: {choice}"


def test_hardware_that_is_not_offered_for_the_file_is_a_finding(recipe, write):
    write("pro.yaml", "", "", "model=nova-pro", *GOOD)
    ran = recipe("check", "pro.yaml", "hardware=g5-12x")
    assert ran.status == 1
    assert "hardware=g5-12x is not offered" in ran.out


def test_a_choice_that_is_not_there_is_not_understood(recipe, write):
    write("job.yaml")
    ran = recipe("check", "job.yaml", "hardware=p9")
    assert (ran.status, ran.out) == (2, "")
    assert "hardware has no option 'p9'" in ran.err


def test_pipes_in_a_directory_are_passed_over_and_one_alone_is_refused(recipe, write, tmp_path):
    write("all/a.yaml")
    write("all/B.YAML")
    os.mkfifo(tmp_path / "all" / "pipe.yaml")
    valid = ("all/B.YAML: valid", "all/a.yaml: valid", "2 files: 2 valid")
    assert recipe("check", "all").out.splitlines() == [*valid]
    ran = recipe("check", "all/pipe.yaml")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "error: can't read all/pipe.yaml: it is a pipe, not a file\n"


def test_what_a_shell_substitutes_is_read_though_it_is_a_pipe(recipe, tmp_path):
    if not Path("/dev/fd").exists():
        pytest.skip("this system has no /dev/fd")
    read, write = os.pipe()
    os.write(write, recipe("compose", *GOOD).out.encode())
    os.close(write)
    ran = recipe("check", f"/dev/fd/{read}")
    os.close(read)
    assert ran.out == f"/dev/fd/{read}: valid\n"


def test_strict_lets_warnings_fail_but_not_what_is_to_be_filled_in(recipe):
    assert recipe("check", *GOOD, "lr=1e-3").status == 0
    ran = recipe("check", *GOOD, "lr=1e-3", "--strict")
    assert ran.status == 1
    assert ran.out.endswith(": not valid with --strict (1 warning)\n")
    assert recipe("check", "--strict", *GOOD).status == 0
    ran = recipe("check", "--strict", "platform=hyperpod")
    assert "valid, not ready to submit" in ran.out
    assert ran.status == 0


def test_json_is_one_line_for_each_input_also_for_one_that_cannot_be_read(recipe, write, tmp_path):
    write("good.yaml")
    write("bad.yaml", "replicas: 2", "replicas: 3")
    (tmp_path / "broken.yaml").write_text("run: [\n")
    ran = recipe("check", "--json", "good.yaml", "bad.yaml", "broken.yaml", "gone.yaml")
    assert (ran.status, ran.err) == (2, "")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [list(answer) for answer in answers] == [KEYS] * 4
    assert [(a["input"], a["valid"], a["ready"], len(a["findings"])) for a in answers] == [
        ("good.yaml", True, True, 0),
        ("bad.yaml", False, False, 1),
        ("broken.yaml", False, False, 1),
        ("gone.yaml", False, False, 1),
    ]
    limit, broken, gone = (answer["findings"][0] for answer in answers[1:])
    assert (limit["key"], limit["value"]) == ("run.replicas", 3)
    assert limit["origin"]["file"] == "bad.yaml"
    assert (broken["rule"], broken["origin"]["file"]) == ("bad-yaml", "broken.yaml")
    assert (gone["rule"], gone["origin"]) == ("unreadable-file", {"file": "gone.yaml", "line": 1})


def test_json_has_the_same_advice_for_a_file_as_the_text(recipe, write):
    write("bad.yaml", "  max_length: 32768\n", "  zzz: 1\n")
    text = recipe("check", "bad.yaml").out
    (answer,) = map(json.loads, recipe("check", "--json", "bad.yaml").out.splitlines())
    hints = [finding["hint"] for finding in answer["findings"]]
    assert hints == ["+max_length=32768", "remove it"]
    assert all(f"  try: {hint}\n" in text for hint in hints)


def test_json_and_github_name_the_file_that_cannot_be_read(recipe, tmp_path):
    (tmp_path / "odd.yaml").write_bytes(b"run:\n  name: \xff\n")
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "empty").mkdir()
    lines = recipe("check", "--json", "odd.yaml", "list.yaml", "empty").out.splitlines()
    origins = [json.loads(line)["findings"][0]["origin"] for line in lines]
    assert origins == [{"file": "odd.yaml", "line": 2}, {"file": "list.yaml", "line": 1}, None]
    ran = recipe("check", "--format", "github", "odd.yaml", "gone.yaml")
    assert [line.partition(",title")[0] for line in ran.out.splitlines()] == [
        "::error file=odd.yaml,line=2,col=1",
        "::error file=gone.yaml,line=1,col=1",
    ]


def test_json_answers_overrides_too_even_those_that_make_no_sense(recipe):
    good = recipe("check", "--json", *GOOD)
    assert json.loads(good.out) == {
        "input": "platform=training-job",
        "valid": True,
        "ready": True,
        "findings": [],
        "repairs": [],
        "conflict": [],
        "search_ended": False,
        "off": [],
    }
    ran = recipe("check", "--format", "json", "modle=nova-lite")
    assert (ran.status, ran.err) == (2, "")
    (finding,) = json.loads(ran.out)["findings"]
    assert finding["rule"] == "unknown-key"
    assert finding["origin"] == {"override": "modle=nova-lite"}


def test_github_marks_the_line_and_also_a_file_that_cannot_be_read(recipe, write, tmp_path):
    write("bad.yaml", "replicas: 2", "replicas: 3")
    (tmp_path / "broken.yaml").write_text("run: [\n")
    ran = recipe("check", "--format", "github", "bad.yaml", "broken.yaml")
    assert (ran.status, ran.err) == (2, "")
    limit, broken = ran.out.splitlines()
    assert limit.startswith("::error file=bad.yaml,line=6,col=13,title=nova-micro-")
    assert re.match(r"::error file=broken.yaml,line=\d+,col=\d+,title=bad-yaml::", broken)


def test_a_good_recipe_gives_github_nothing(recipe):
    assert recipe("check", "--format", "github", *GOOD).out == ""


def test_a_dash_is_standard_input(recipe, tmp_path):
    text = recipe("compose", *GOOD).out
    script = "from hydra_recipes.cli.main import run; run()"
    command = [sys.executable, "-c", script, "check", "-"]
    for given, status, answer in (
        (text, 0, "<stdin>: valid\n"),
        (text.replace("replicas: 2", "replicas: 3"), 1, "<stdin>:6:13: error: run.replicas is 3"),
    ):
        done = subprocess.run(
            command, input=given, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (status, "")
        assert done.stdout.startswith(answer)


def test_colours_only_for_a_terminal_that_wants_them(recipe, monkeypatch):
    from hydra_recipes.cli.terminal import style_for, visible

    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setenv("NO_COLOR", "1")
    assert style_for(Terminal())("error", "error") == "error"
    monkeypatch.setenv("NO_COLOR", "")
    assert visible(style_for(Terminal())("error", "error")) == "\x1b[31m\x1b[1merror\x1b[0m"
    assert "\x1b" not in recipe("check", "lr=2").out


@pytest.fixture
def many(recipe, tmp_path):
    """Many files of every sort: valid, with warnings, invalid, incomplete, unreadable."""
    good = recipe("compose", *GOOD).out
    texts = {
        "bad": good.replace("replicas: 2", "replicas: 3"),
        "odd": good.replace("1.0e-05", "1e-5"),
        "open": recipe("compose", "data_s3_path=???").out,
        "full": recipe("compose", "peft=full", *GOOD).out,
        "list": "- 1\n",
        "broken": "run: [\n",
        "other": "a: 1\n",
    }
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(260):
        name = ["good", *texts][number % 9] if number % 9 < 8 and number % 4 == 0 else "good"
        text = texts.get(name, good.replace("my-lora-run", f"run-{number}"))
        (folder / f"{number:03}-{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "260-latin.yaml").write_bytes(b"run: \xe9\n")
    (folder / "261-gone.yaml").symlink_to("nowhere")


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("options", [[], ["-q"], ["--strict"], ["--json"], ["--format", "github"]])
def test_the_answer_is_the_same_however_many_processes_share_the_work(recipe, options):
    alone = recipe("check", "many", *options, "--workers", "1")
    assert alone.status == 2
    assert recipe("check", "many", *options, "--workers", "3") == alone
    assert recipe("check", "many", *options) == alone


@pytest.mark.usefixtures("many")
def test_each_of_many_files_is_answered_as_it_is_alone(recipe, tmp_path):
    found = recipe("check", "many", "--json").out.splitlines()
    paths = sorted(path.name for path in (tmp_path / "many").iterdir())
    assert len(found) == len(paths)
    for path, answer in list(zip(paths, found, strict=True))[::4]:
        assert recipe("check", f"many/{path}", "--json").out == f"{answer}\n"


def test_an_unreadable_stream_leaves_the_files_after_it_to_be_checked(recipe, write, tmp_path):
    write("all/a/good.yaml")
    write("all/z.yaml")
    (tmp_path / "all/a/manifest.jsonl").touch()
    (tmp_path / "all/a/recipes.jsonl").symlink_to("nowhere")
    ran = recipe("check", "all")
    assert ran.status == 2
    assert ran.out.splitlines()[-1] == "3 recipes: 2 valid, 1 not read"
