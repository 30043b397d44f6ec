"""``recipe check --fix``: a file mended in place, what is kept of it, and what is refused."""

import json
import re
import shlex

import pytest

from hydra_recipes import compose
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.editing.editor import mended as mended_text
from hydra_recipes.documents.reader import parse_document
from support.pseudo_terminal import in_terminal

READY = ("platform=training-job",)

ASKED = {
    "one": ("model=nova-pro", "run.replicas=5"),
    "several": ("model=nova-pro", "peft=full", "run.replicas=5", "lr=2e-3", "+run.foo=1"),
    "together": ("lr=1e-7",),
    "rename": ("+run.replica=8", "~replicas"),
    "not-offered": ("model=nova-pro", "hardware=g5-12x"),
}


@pytest.mark.parametrize("name", ASKED)
def test_each_error_ends_with_a_repair(recipe, golden, name):
    ran = recipe("check", *ASKED[name])
    assert (ran.status, ran.err) == (1, "")
    golden(f"repair/{name}.txt", ran.out)


def test_what_compose_refuses_ends_with_a_repair(recipe):
    ran = recipe("compose", *ASKED["several"])
    assert (ran.status, ran.out) == (1, "")
    assert "repair: '~foo' lr=0.0001 replicas=6\n" in ran.err


@pytest.mark.parametrize("width", [80, 200])
def test_colours_in_a_terminal(golden, tmp_path, width):
    golden(f"repair/colours-{width}.txt", in_terminal(tmp_path, width, "check", *ASKED["several"]))


@pytest.fixture
def broken(tmp_path):
    """A recipe file with two errors and a comment."""
    text = "# ours\n" + compose().to_yaml()
    text = text.replace("replicas: 2", "replicas: 3  # instances")
    text = text.replace("warmup_steps: 10", 'warmup_steps: "10"')
    path = tmp_path / "bot.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_mended_and_kept_as_it_was(recipe, broken):
    before = broken.read_text(encoding="utf-8")
    ran = recipe("check", "bot.yaml", "--fix")
    assert ran.status == 0
    assert ran.err == (
        "fixed bot.yaml: warmup_steps=10 replicas=2; as it was: bot.yaml.bak\n"
        "2 changed, 0 suggestions left\n"
    )
    assert ran.out.endswith("bot.yaml: valid, not ready to submit (2 values to fill in)\n")
    after = broken.read_text(encoding="utf-8")
    wanted = before.replace("replicas: 3", "replicas: 2").replace('"10"', "10")
    assert after == wanted
    assert broken.with_name("bot.yaml.bak").read_text(encoding="utf-8") == before
    again = recipe("check", "bot.yaml", "--fix")
    assert (again.status, again.err) == (0, "0 changed, 0 suggestions left\n")


def test_a_dry_run_shows_what_would_change_and_writes_nothing(recipe, broken, golden):
    before = broken.read_bytes()
    ran = recipe("check", "bot.yaml", "--fix", "--dry-run")
    assert ran.status == 1
    golden("repair/dry-run.txt", ran.err)
    assert broken.read_bytes() == before
    assert [path.name for path in broken.parent.iterdir()] == ["bot.yaml"]


def test_a_byte_order_mark_stays(recipe, broken):
    broken.write_text("\ufeff" + broken.read_text(encoding="utf-8"), encoding="utf-8")
    before = broken.read_bytes()
    assert recipe("check", "bot.yaml", "--fix").status == 0
    wanted = before.replace(b"replicas: 3", b"replicas: 2").replace(b'"10"', b"10")
    assert broken.read_bytes() == wanted
    assert broken.with_name("bot.yaml.bak").read_bytes() == before


def test_without_a_backup(recipe, broken):
    ran = recipe("check", "bot.yaml", "--fix", "--no-backup", "--json")
    assert ran.status == 0
    assert json.loads(ran.out)["valid"]
    assert [path.name for path in broken.parent.iterdir()] == ["bot.yaml"]


def test_every_file_of_a_directory(recipe, broken):
    good = broken.with_name("good.yaml")
    good.write_text(compose().to_yaml(), encoding="utf-8")
    before = good.read_bytes()
    ran = recipe("check", ".", "--fix")
    assert ran.status == 0
    assert "fixed bot.yaml:" in ran.err
    assert good.read_bytes() == before


def test_what_nothing_mends_stays_and_says_what_conflicts(recipe, broken):
    text = broken.read_text(encoding="utf-8").replace("name: my-lora-run", "name: '!?'", 1)
    broken.write_text(text, encoding="utf-8")
    ran = recipe("check", "bot.yaml", "--fix", "--json")
    answer = json.loads(ran.out)
    assert bool(answer["repairs"]) != bool(answer["conflict"]) or answer["valid"]


BAD = {
    "overrides": (("model=nova-pro", "--fix"), "--fix mends files"),
    "stdin": (("-", "--fix"), "--fix mends files"),
    "dry run alone": (("bot.yaml", "--dry-run"), "--dry-run goes with --fix or --undo"),
    "backup alone": (("bot.yaml", "--no-backup"), "--no-backup goes with --fix"),
    "both": (("bot.yaml", "--fix", "--undo"), "choose one"),
    "undo of overrides": (("model=nova-pro", "--undo"), "name the files"),
    "undo without a backup": (("bot.yaml", "--undo"), "there is no backup of bot.yaml"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_in_one_line(recipe, broken, name):
    arguments, wanted = BAD[name]
    ran = recipe("check", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert wanted in ran.err


def test_a_read_only_file_is_left_alone(recipe, broken):
    broken.chmod(0o444)
    ran = recipe("check", "bot.yaml", "--fix")
    assert ran.status == 2
    assert "can't write bot.yaml: it is read-only; chmod u+w bot.yaml; or --dry-run" in ran.err
    assert "repair: warmup_steps=10 replicas=2" in ran.out


def test_a_file_that_is_no_recipe_is_left_alone(recipe, tmp_path):
    other = tmp_path / "compose.yaml"
    other.write_text("services: {web: {image: x}}\nversion: 3\n", encoding="utf-8")
    before = other.read_bytes()
    ran = recipe("check", "compose.yaml", "--fix")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: compose.yaml is not a recipe: it has no run and no training")
    assert other.read_bytes() == before


def test_sections_spelled_wrong_are_those_of_a_recipe(recipe, tmp_path):
    text = compose().to_yaml().replace("run:", "runs:", 1)
    text = text.replace("training_config", "train_config")
    (tmp_path / "bot.yaml").write_text(text, encoding="utf-8")
    assert recipe("check", "bot.yaml", "--fix").status == 0
    assert (tmp_path / "bot.yaml").read_text(encoding="utf-8") == compose().to_yaml()


def test_what_can_only_be_mended_by_hand_is_left_alone(recipe, broken):
    text = broken.read_text(encoding="utf-8")
    text = text.replace("replicas: 3", "replicas: !ours 3")
    broken.write_text(text, encoding="utf-8")
    ran = recipe("check", "bot.yaml", "--fix")
    assert ran.status == 1
    assert "the tag !ours is not allowed" in ran.out
    assert broken.read_text(encoding="utf-8") == text.replace('"10"', "10")


def test_what_is_shared_with_other_keys_is_left_alone(recipe, tmp_path):
    sched = re.search(r"(?<=sched:\n)(?: {8}.*\n)+", compose(READY).to_yaml())[0]
    inner = compose(READY).to_yaml().replace(f"sched:\n{sched}", "sched: *s\n")
    inner = "".join(f"  {line}\n" for line in inner.splitlines())
    text = f"shared: &s\n{sched.replace('warmup_steps: 10', 'warmup_steps: 50')}recipes:\n{inner}"
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert "mine.yaml:2:23: error: can't mend this file in place: warmup_steps is shared" in ran.err
    assert ran.err.endswith("0 changed, 1 suggestion left\n")
    assert file.read_text() == text


def mended(recipe, tmp_path, text):
    """What --fix makes of a file."""
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 0, ran.err
    return file.read_text()


IN_PLACE = {
    "beside a list over two lines": ("- 0.9\n        - 0.999", "[0.9,  # one\n    0.999]"),
    "beside an item with a comment": ("- 0.9\n", "- 0.9  # one\n"),
    "with a mark of the file's end": ("\nrun:", "\nrun:"),
    "on a line of its own": ("lr: 1.0e-05", "? lr  # the rate\n      : 1.0e-05"),
    "in quotes": ("lr: 1.0e-05", "lr: !!float '1.0e-05'  # the rate"),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_value_is_changed_where_it_stands(recipe, tmp_path, name):
    right = f"# mine\n{compose(READY).to_yaml()}...\n".replace(*IN_PLACE[name])
    assert mended(recipe, tmp_path, right.replace("replicas: 2", "replicas: 3")) == right


def test_a_value_in_a_mapping_over_several_lines_is_changed_where_it_stands(recipe, tmp_path):
    flow = "sched: {warmup_steps: 10,\n   constant_steps: 0,  min_lr: 1.0e-06}  # all of it\n"
    right = re.sub(r"sched:\n(?: {8}.*\n)+", flow, compose(READY).to_yaml())
    assert (
        mended(recipe, tmp_path, right.replace("warmup_steps: 10", "warmup_steps: '10'")) == right
    )


def test_an_item_of_a_list_is_changed_where_it_stands(recipe, tmp_path):
    right = compose(READY).to_yaml().replace("- 0.9\n", "- 0.9   # of the mean\n")
    right = right.replace("- 0.999\n", "# of the square\n        - 1  # as published\n")
    assert mended(recipe, tmp_path, right.replace("- 1 ", "- 1.999 ")) == right


def test_an_alias_and_its_anchor_are_changed_apart(recipe, tmp_path):
    right = compose(READY).to_yaml().replace("replicas: 2\n", "replicas: 8  # machines\n")
    right = right.replace("global_batch_size: 64\n", "global_batch_size: 32  # samples\n")
    text = right.replace("replicas: 8", "replicas: &n 7").replace("size: 32", "size: *n")
    numbers = re.compile(r"(&n )?\d+(?=  #)")
    assert numbers.sub("N", mended(recipe, tmp_path, text)) == numbers.sub("N", right)


def test_an_anchor_and_its_aliases_are_changed_in_one_place(recipe, tmp_path):
    right = compose(READY).to_yaml().replace("hidden_dropout: 0.0", "hidden_dropout: &d 0.0  # all")
    for name in ("attention", "ffn"):
        right = right.replace(f"{name}_dropout: 0.0", f"{name}_dropout: *d")
    assert mended(recipe, tmp_path, right.replace("&d 0.0", "&d 1.5")) == right.replace(
        "0.0  #", "0.2  #"
    )


def test_what_no_change_of_a_key_mends_is_said_beside_the_repair(recipe, broken):
    text = broken.read_text(encoding="utf-8")
    broken.write_text(text.replace("name: my-lora-run", "name: !ours my-lora-run"))
    answer = json.loads(recipe("check", "bot.yaml", "--json").out)
    assert answer["repairs"][0] == ["warmup_steps=10", "replicas=2"]
    assert answer["conflict"] == ["tag"]


@pytest.mark.parametrize(
    ("overrides", "changes"),
    [
        ("model=nova-pro hardware=g5-12x optimizer=adam", 2),
        ("model=nova-pro hardware=g5-12x peft=full replicas=3 optimizer=adam", 3),
    ],
)
def test_two_choices_that_are_not_offered_are_changed_together(recipe, overrides, changes):
    answer = json.loads(recipe("check", *overrides.split(), *READY, "--json").out)
    assert answer["repairs"]
    for one in answer["repairs"]:
        assert len(one) == changes
        assert recipe("check", *overrides.split(), *READY, *one).status == 0


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan"])
def test_what_is_not_finite_gets_no_other_number(recipe, tmp_path, number):
    file = tmp_path / "mine.yaml"
    file.write_text(compose(READY).to_yaml().replace("replicas: 2\n", f"replicas: {number}\n"))
    before = file.read_text()
    assert recipe("check", "mine.yaml", "--fix").status == 1
    assert file.read_text() == before


def test_what_is_said_twice_is_said_once_afterwards(recipe, tmp_path):
    right = compose(READY).to_yaml()
    lines = "replicas: 2\n  # as before\n  replicas: 2\n"
    file = tmp_path / "mine.yaml"
    file.write_text(right.replace("replicas: 2\n", lines))
    ran = recipe("check", "mine.yaml", "--fix", "--no-backup")
    told = "fixed mine.yaml: without what was there twice\n1 changed, 0 suggestions left\n"
    assert (ran.status, ran.err) == (0, told)
    assert file.read_text() == right.replace("replicas: 2\n", "replicas: 2\n  # as before\n")


@pytest.mark.parametrize("between", ["", "  # the other\n", "  name: my-lora-run\n"])
def test_of_two_values_neither_goes_and_the_rest_is_mended(recipe, tmp_path, between):
    right = compose(READY).to_yaml().replace("  name: my-lora-run\n", "")
    last = f"{between}  replicas: 4\n"
    last += "" if "name" in between else "  name: my-lora-run\n"
    twice = right.replace("  replicas: 2\n", f"  replicas: 7\n{last}")
    file = tmp_path / "mine.yaml"
    file.write_text(twice.replace("warmup_steps: 10", "warmup_steps: 50"))
    ran = recipe("check", "mine.yaml", "--fix", "--no-backup")
    assert ran.status == 1
    assert "replicas is written twice" in ran.out
    assert file.read_text() == twice.replace("warmup_steps: 10", "warmup_steps: 20")


@pytest.mark.parametrize(
    ("twice", "once"),
    [
        ("  replicas: 4\n  # or\n  replicas: 7\n", "  replicas: 4\n  # or\n"),
        ("  replicas: 4\n  replicas: 7\n  replicas: 9\n", "  replicas: 4\n"),
        ("  {replicas: 4, replicas: 7}\n", "  {replicas: 4}\n"),
    ],
)
def test_of_two_values_it_is_said_which_to_remove_if_one_is_good(recipe, tmp_path, twice, once):
    right = compose(READY).to_yaml().replace("  replicas: 2\n", once)
    if "{" in once:
        rest = re.findall(
            r"^  (\w+): (.*)$", right[: right.index("training_config:")], re.MULTILINE
        )
        once = f"  {{{', '.join(f'{key}: {value}' for key, value in rest)}, replicas: 4}}\n"
        twice = once.replace("replicas: 4", "replicas: 4, replicas: 7")
        right = f"run:\n{once}{right[right.index('training_config:') :]}"
    (tmp_path / "mine.yaml").write_text(right.replace(once, twice))
    said = recipe("check", "mine.yaml").out
    assert "replicas is written twice" in said
    assert "  try: remove it here\n" in said
    assert "repair:" not in said
    before = (tmp_path / "mine.yaml").read_bytes()
    assert recipe("check", "mine.yaml", "--fix").status == 1
    assert (tmp_path / "mine.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("override", "repairs"),
    [
        ("replicas=-3", [1, 4, 8]),
        ("replicas=0", [1, 4, 8]),
        ("max_epochs=-2", [1, 2]),
        ("alpha=-32", [32, 64, 96]),
        ("max_length=0", [1024, 32768]),
        ("replicas=3", [4, 8, 1]),
        ("betas=[0.9,1.9]", ["[0.9,1]", "[0.9,0.999]"]),
    ],
)
def test_the_nearest_value_is_suggested_first(recipe, override, repairs):
    answer = recipe("check", "model=nova-lite", override, *READY, "--json")
    key = override.partition("=")[0]
    assert json.loads(answer.out)["repairs"] == [[f"{key}={value}"] for value in repairs]


def test_what_nothing_near_mends_says_what_to_leave_out(recipe):
    for wrong in ("optim=3", "~optim", "data_s3_path=s3://a/c"):
        ran = recipe("check", wrong, *READY)
        assert ran.status == 1
        assert f"  try: leave out {shlex.quote(wrong)}\n" in ran.out


def test_an_added_key_that_is_misspelled_is_the_one_that_was_meant(recipe):
    ran = recipe("check", "+run.replica=8", *READY)
    assert "  try: '~replica' replicas=8\n" in ran.out


@pytest.mark.parametrize(
    "block",
    [
        "  strange: 1\n",
        "  strange:\n    a: 1\n",
        "  strange:  # whatever\n    - a  # one\n    - b: [1,\n         2]\n",
        "  strange: |\n    text\n\n    more\n",
    ],
)
@pytest.mark.parametrize("follows", ["  replicas:", "training_config:"])
def test_what_is_not_understood_is_told_and_stays(recipe, tmp_path, block, follows):
    text = compose(READY).to_yaml().replace("name: my-lora-run", "name :   my-lora-run  ")
    text = text.replace(follows, f"# of what follows\n\n  # and this\n{follows}", 1)
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("# of what follows", f"{block}# of what follows", 1))
    before = file.read_text()
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert ran.err == (
        "mine.yaml is left as it is\n"
        "left in mine.yaml: '~strange'; it would take away what somebody wrote\n"
        "0 changed, 1 suggestion left\n"
    )
    assert file.read_text() == before
    document = parse_document(before, "mine.yaml")
    path = next(one for one in document.keys if one[-1] == "strange")
    assert mended_text(document, [Change("delete", path)]) == text


def test_a_backup_is_as_private_as_the_file(recipe, broken):
    broken.chmod(0o640)
    assert recipe("check", broken.name, "--fix").status == 0
    backup = broken.with_name(f"{broken.name}.bak")
    assert [one.stat().st_mode & 0o777 for one in (broken, backup)] == [0o640, 0o640]


def test_no_text_is_wiped_out_to_be_valid(recipe, tmp_path):
    text = compose([*READY, "data_s3_path=s3://acme/a/b.jsonl"]).to_yaml()
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("s3://acme/a/b.jsonl", "s3://a/b", 1))
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert 'data_s3_path=""' not in ran.out + ran.err
    assert "data_s3_path: s3://a/b\n" in file.read_text()


def test_a_number_too_large_goes_to_the_bound_that_is_near(recipe):
    assert "try: adapter_dropout=1\n" in recipe("check", *READY, "adapter_dropout=5").out


@pytest.fixture
def not_offered(recipe, tmp_path):
    """A recipe file whose first line names hardware that isn't offered for it."""
    recipe("compose", "model=nova-pro", "-o", "pro.yaml")
    file = tmp_path / "pro.yaml"
    text = file.read_text(encoding="utf-8").replace("nova-pro\n", "nova-pro hardware=g5-12x\n", 1)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_choice_that_a_file_does_not_tell_is_changed_beside_it(recipe, not_offered):
    said = recipe("check", not_offered.name).out
    assert "repair: hardware=p5\n    or: hardware=p5en\n    or: hardware=p4d" in said
    assert recipe("check", not_offered.name, "hardware=p5").status == 0


@pytest.mark.parametrize("typed", [(), ("hardware=g5-48x",)])
def test_a_choice_is_the_persons(recipe, not_offered, typed):
    before = not_offered.read_text(encoding="utf-8")
    ran = recipe("check", not_offered.name, *typed, "--fix")
    assert ran.status == 1
    assert "left in pro.yaml: hardware=p5; a choice is yours to make\n" in ran.err
    assert not_offered.read_text(encoding="utf-8") == before


def test_in_a_file_a_rename_is_told_as_what_is_done_to_it(recipe, tmp_path):
    text = compose(["model=nova-lite"]).to_yaml().replace("replicas:", "replica:", 1)
    (tmp_path / "bot.yaml").write_text(text, encoding="utf-8")
    said = recipe("check", "bot.yaml").out
    assert said.count("  try: remove replica, run.replicas=4\n") == 2
    assert "repair: '~replica' +run.replicas=4" in said


def test_a_recipe_of_no_family_gets_no_repair_of_another(recipe, tmp_path):
    text = "run: {name: x, foo: 1}\nmodel: {a: 1}\nstuff: {b: 2}\n"
    (tmp_path / "bot.yaml").write_text(text, encoding="utf-8")
    said = recipe("check", "bot.yaml").out
    assert "a recipe of no known method" in said
    assert "nova-micro" not in said
    assert "conflict" not in said


def test_a_key_without_an_override_is_told_in_words(recipe, tmp_path):
    right = compose(READY).to_yaml()
    for name in ('"my notes"', "a.b", "1", "null", "é"):
        text = f"{name}: x  # mine\n{right}"
        (tmp_path / "bot.yaml").write_text(text)
        said = recipe("check", "bot.yaml").out
        assert "repair:" not in said
        ran = recipe("check", "bot.yaml", "--fix", "--no-backup")
        assert ran.status == 1
        assert "left in bot.yaml: without" in ran.err
        assert (tmp_path / "bot.yaml").read_text() == text


def test_many_repeats_end_soon(recipe, tmp_path):
    text = compose(READY).to_yaml().replace("  replicas: 2\n", "  replicas: 2\n" * 1200)
    (tmp_path / "bot.yaml").write_text(text)
    ran = recipe("check", "bot.yaml", "--fix", "--no-backup")
    assert ran.status in (0, 1)
    assert (tmp_path / "bot.yaml").read_text().count("replicas") == 1100


def test_a_backup_is_put_back_and_what_was_there_is_kept(recipe, broken):
    before = broken.read_bytes()
    assert recipe("check", "bot.yaml", "--fix").status == 0
    mended = broken.read_bytes()
    broken.write_bytes(mended + b"# and an edit\n")
    shown = recipe("check", "bot.yaml", "--undo", "--dry-run")
    assert "+  replicas: 3  # instances" in shown.err
    ran = recipe("check", "bot.yaml", "--undo")
    assert ran.status == 1
    assert ran.err == (
        "put back bot.yaml as it was in bot.yaml.bak, which now holds what bot.yaml was\n"
    )
    assert broken.read_bytes() == before
    assert broken.with_name("bot.yaml.bak").read_bytes() == mended + b"# and an edit\n"
    assert recipe("check", "bot.yaml", "--undo").status == 0
    assert broken.read_bytes() == mended + b"# and an edit\n"
    assert sorted(path.name for path in broken.parent.iterdir()) == ["bot.yaml", "bot.yaml.bak"]


def test_of_a_directory_those_files_are_put_back_that_have_a_backup(recipe, broken):
    before = broken.read_bytes()
    broken.with_name("good.yaml").write_text(compose().to_yaml(), encoding="utf-8")
    assert recipe("check", ".", "--fix").status == 0
    assert recipe("check", ".", "--undo").status == 1
    assert broken.read_bytes() == before


def test_the_newest_backup_is_put_back(recipe, broken):
    assert recipe("check", "bot.yaml", "--fix").status == 0
    second = broken.read_bytes().replace(b"replicas: 2", b"replicas: 5")
    broken.write_bytes(second)
    assert recipe("check", "bot.yaml", "--fix").status == 0
    assert recipe("check", "bot.yaml", "--undo").status == 1
    assert broken.read_bytes() == second


SIX = {
    "replicas: 2": ("replicas: 3", "replicas: 2"),
    "warmup_steps: 10": ("warmup_steps: 50", "warmup_steps: 20"),
    "max_length: 32768": ("max_length: 5000", "max_length: 5120"),
    "alpha: 128": ("alpha: 33", "alpha: 32"),
    "global_batch_size: 64": ("global_batch_size: 60", "global_batch_size: 64"),
    "max_epochs: 2": ('max_epochs: "2"', "max_epochs: 2"),
}


def test_what_can_be_mended_is_mended_and_the_rest_said_beside_it(recipe, tmp_path):
    hopeless = compose(READY).to_yaml().replace('data_s3_path: ""', "data_s3_path: nowhere")
    text, wanted = hopeless, hopeless
    for right, (wrong, mended) in SIX.items():
        assert right in hopeless
        text, wanted = text.replace(right, wrong), wanted.replace(right, mended)
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    (repair, *_) = json.loads(recipe("check", "mine.yaml", "--json").out)["repairs"]
    assert len(repair) == 6
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert ran.err.endswith("6 changed, 0 suggestions left\n")
    assert "no repair found within three changes for: run.data_s3_path [s3-data]\n" in ran.out
    assert file.read_text() == wanted


KEPT = {
    "an address with one slash": ("data_s3_path: s3:/acme/t.jsonl", "data_s3_path: s3://acme/t.jsonl"),
    "an address without one": ("data_s3_path: s3:acme/T.jsonl", "data_s3_path: s3://acme/T.jsonl"),
    "an address in capitals": ("data_s3_path: S3://ACME/T.jsonl", "data_s3_path: s3://acme/T.jsonl"),
    "a number as text": ('warmup_steps: "12"', "warmup_steps: 12"),
    "a whole number with a point": ("warmup_steps: 12.0", "warmup_steps: 12"),
    "a scheme in capitals": ("peft_scheme: LoRA", "peft_scheme: lora"),
    "an optimizer misspelled": (
        "name: distributed_fusedadam", "name: distributed_fused_adam"
    ),
    "one step too long on a G instance": ("max_length: 9216", "max_length: 8192"),
    "a key misspelled": ("warm_up_steps: 12", "warmup_steps: 12"),
    "a section misspelled": ("lora_tunning:", "lora_tuning:"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_a_repair_keeps_what_was_written(recipe, tmp_path, name):
    wrong, right = KEPT[name]
    g5 = "one step" in name
    choices = ("hardware=g5-12x",) if g5 else ()
    text = compose([*choices, "data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/o"])
    key = re.escape(right.partition(":")[0])
    lines = rf"^( *){key}:.*$" if "optimizer" not in name else r"^( *)name: distributed.*$"
    good = re.sub(lines, rf"\g<1>{right}", text.to_yaml(), flags=re.MULTILINE)
    assert right in good
    file = tmp_path / "mine.yaml"
    header = "# recipe compose hardware=g5-12x\n" if g5 else ""
    file.write_text(header + good.replace(right, wrong))
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 0, ran.out
    assert file.read_text() == header + good


LOST = {
    "an unknown section": ("run:", "dpo2: {beta: 1}\nrun:", "take away"),
    "weights of another model": ("nova-micro/prod", "nova-lite/prod", "a choice is yours"),
    "a missing key": ("  max_length: .*\n", "", "only you know"),
    "a key without a value": ("lr: .*", "lr:", "only you know"),
    "an empty section": (r"peft:\n(.*\n)*", "peft: {}\n", "only you know"),
    "adapters without settings": (r"lora_tuning:\n(.*\n)*", "lora_tuning: {}\n", "only you know"),
    "text for a number": ("warmup_steps: 10", "warmup_steps: many", "replace"),
    "an optimizer of another kind": ("name: distributed_fused_adam", "name: sgd", "replace"),
    "another kind of adapters": ("peft_scheme: lora", "peft_scheme: qlora", "replace"),
    "what stands for something else": ("warmup_steps: 10", "warmup_steps: -1", "replace"),
    "a number that isn't allowed under its name": (
        "global_batch_size: 64", "batch_size: 48", "under its right name",
    ),
    "one of two numbers that have to agree": (
        "  max_length: ", "  replicas: 8\n  max_length: ", "may not be what was meant",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_what_would_lose_something_is_left_and_it_is_said_why(recipe, tmp_path, name):
    old, new, why = LOST[name]
    text = re.sub(old, new, compose(READY).to_yaml(), count=1)
    (tmp_path / "mine.yaml").write_text(text)
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert why in ran.err
    assert (tmp_path / "mine.yaml").read_text() == text, ran.err


@pytest.mark.parametrize("weights", ["s3:bucket", "arn:aws:sagemaker:x:1:model/y", "s3://a_b/JOB"])
def test_a_checkpoint_is_never_replaced_by_a_base_model(recipe, tmp_path, weights):
    text = compose(READY).to_yaml().replace("nova-micro/prod", weights)
    (tmp_path / "mine.yaml").write_text(text)
    ran = recipe("check", "mine.yaml", "--fix")
    assert ran.status == 1
    assert (tmp_path / "mine.yaml").read_text() == text
    assert "try: model_name_or_path=nova-" not in ran.out


def test_a_checkpoint_written_wrongly_is_that_checkpoint(recipe, tmp_path):
    right = compose([*READY, "model_name_or_path=s3://acme-escrow/JOB/step_3"]).to_yaml()
    (tmp_path / "mine.yaml").write_text(right.replace("s3://acme-escrow", "s3:/acme-escrow"))
    assert recipe("check", "mine.yaml", "--fix").status == 0
    assert (tmp_path / "mine.yaml").read_text() == right


LONG = [
    ("nova-micro", "lora", 9216, 8192),
    ("nova-micro", "lora", 65536, 8192),
    ("nova-lite", "lora", 16384, 8192),
    ("nova-micro", "full", 5120, 4096),
]


@pytest.mark.parametrize(("model", "peft", "length", "wanted"), LONG)
def test_one_instance_is_left_alone_and_the_sample_shortened(
    recipe, tmp_path, model, peft, length, wanted
):
    choices = [f"model={model}", f"peft={peft}", "replicas=1", f"max_length={length}"]
    paths = ["data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/o"]
    text = compose([*choices, *paths]).to_yaml()  # which doesn't say on what it trains
    (tmp_path / "mine.yaml").write_text(text)
    assert recipe("check", "mine.yaml", "--fix").status == 0
    mended = (tmp_path / "mine.yaml").read_text()
    assert mended == text.replace(f"max_length: {length}", f"max_length: {wanted}")


def test_a_key_that_moves_takes_its_comment_along(recipe, tmp_path):
    right = compose(READY).to_yaml()
    text = right.replace("      lr: 1.0e-05\n", "")
    assert text != right
    text = text.replace("  trainer:\n", "  trainer:\n    learning_rate: 3.0e-05  # as agreed\n")
    (tmp_path / "mine.yaml").write_text(text)
    assert recipe("check", "mine.yaml", "--fix").status == 0
    mended = (tmp_path / "mine.yaml").read_text()
    assert "lr: 3.0e-05  # as agreed\n" in mended
    assert mended.count("#") == 1


def test_nothing_is_counted_that_could_not_be_written(recipe, broken):
    broken.chmod(0o444)
    ran = recipe("check", "bot.yaml", "--fix")
    assert ran.err.endswith("\n0 changed, 0 suggestions left\n")
