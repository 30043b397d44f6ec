"""Endings: places that can't be written, readers who leave, and Ctrl-C."""

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
from support.places import SOURCE

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


@pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes")
def test_ctrl_c_ends_all_that_check_many_files(start, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    wrong = compose(["replicas=3", "lr=1"]).to_yaml()
    for number in range(1_000):
        (folder / f"{number}.yaml").write_text(wrong)
    command = ["check", "many", "--json", "--workers", "2"]
    process = start(*command, start_new_session=True)  # the terminal tells a group
    assert process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)  # none of them holds the pipes any more
    assert process.returncode == 130
    assert err.split() == ["interrupted"]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_ctrl_c_is_waited_for_before_anything_is_imported():
    modules = "import sys; before = set(sys.modules); {}; print(*set(sys.modules) - before)"

    def imported(statement):
        command = [sys.executable, "-S", "-c", modules.format(statement)]
        env = {"PYTHONPATH": str(SOURCE)}
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
