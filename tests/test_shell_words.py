"""Shell words: what is quoted is read back, by this module and by a real shell."""

import shlex
import shutil
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hydra_recipes.documents.header import command_in, header
from hydra_recipes.shell_words import quote, split

pytestmark = pytest.mark.quick

STRANGE = (
    "a\tb",
    "\x1b[31m",
    "a\u2028b\x85c",
    "it's\n$'x'",
    "\\\t\\",
    "a $'b",
    "\xad\U000e0001",
    "",
)
words = st.lists(st.text(), max_size=4)


@given(words)
@example(list(STRANGE))
def test_what_is_quoted_is_one_printable_line_that_is_read_back(words):
    line = " ".join(map(quote, words))
    assert line.isprintable()
    assert split(line) == words


@given(words)
def test_what_shlex_quotes_is_read_too(words):
    assert split(shlex.join(words)) == words


@given(st.lists(st.text().map(lambda text: f"run.name={text}"), max_size=4))
@example([f"run.name={text}" for text in STRANGE])
def test_a_first_line_gives_the_overrides_of_any_text(overrides):
    first = header(["--links", "relative", *overrides])
    assert first.count("\n") == 1
    assert command_in(first).overrides == tuple(overrides)


def test_a_shell_reads_the_same():
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("there is no bash here")
    line = " ".join(map(quote, STRANGE))
    command = [shell, "-c", f"printf '%s\\0' {line}"]
    env = {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, check=True, env=env)
    assert done.stdout.decode().split("\0")[:-1] == list(STRANGE)


@pytest.mark.parametrize("line", ["'a", '"a', "$'a", "a\\"])
def test_an_unclosed_quote_is_told(line):
    with pytest.raises(ValueError, match=r"[a\\]"):
        split(line)


def test_words_are_read_as_a_shell_reads_them():
    assert split(r'a"b c"d  e\ f "\$x\"\n" $x $') == ["ab cd", "e f", '$x"\\n', "$x", "$"]
