"""CEL: what expressions come to, and how those are told that are none or have no value."""

import re
import subprocess
import sys

import pytest

from hydra_recipes import check, compose
from hydra_recipes.rules import cel
from hydra_recipes.rules.cel import (
    CelRuntimeError,
    CelSyntaxError,
    _compile,
    compile_expression,
)
from support.team_libraries import write_library

NO_VALUE = object()
"""The expression has no value: an operation isn't defined for these types."""

OUTCOMES = [
    # numbers of either kind compare by value
    ("a < b", {"a": 1, "b": 2}, True),
    ("a < b", {"a": 1, "b": 1.5}, True),
    ("a < b", {"a": 1e-6, "b": 1}, True),
    ("a <= b", {"a": 1.0, "b": 1}, True),
    ("a >= b", {"a": 2, "b": 2.5}, False),
    ("a > b", {"a": 2.5, "b": 2}, True),
    ("a == b", {"a": 1, "b": 1.0}, True),
    ("a != b", {"a": 1, "b": 1.0}, False),
    ("a == 1", {"a": 1.0}, True),
    ("a < 1", {"a": 0.5}, True),
    ("a >= 1", {"a": -1}, False),
    # a negative literal, and a negative value
    ("a != -1", {"a": -1}, False),
    ("a == -1.0", {"a": -1}, True),
    # anything compares for equality with anything; order needs one kind
    ("a == b", {"a": 1, "b": "1"}, False),
    ("a != b", {"a": 1, "b": "1"}, True),
    ("a == b", {"a": True, "b": 1}, False),
    ("a == b", {"a": [1, 2], "b": [1, 2]}, True),
    ("a == b", {"a": None, "b": None}, True),
    ("a < b", {"a": "a", "b": "b"}, True),
    ("a < b", {"a": 1, "b": "2"}, NO_VALUE),
    ("a < b", {"a": True, "b": 2}, NO_VALUE),
    ("a > b", {"a": [1], "b": [0]}, NO_VALUE),
    # a key that isn't there is null
    ("a == null", {"a": None}, True),
    ("a != null", {"a": None}, False),
    ("a == null", {"a": 0}, False),
    ("a == null", {"a": ""}, False),
    ("a < 1", {"a": None}, NO_VALUE),
    ("a <= b", {"a": None, "b": 1}, NO_VALUE),
    # what decides alone decides, whatever the other side is
    ("a < 1 || b == null", {"a": None, "b": None}, True),
    ("b == null || a < 1", {"a": None, "b": None}, True),
    ("a < 1 && b != null", {"a": None, "b": None}, False),
    ("a < 1 || b == null", {"a": None, "b": 1}, NO_VALUE),
    ("!(a == 1)", {"a": 2}, True),
    # arithmetic is strict about kinds
    ("a * 100 <= b * 15", {"a": 15, "b": 100}, True),
    ("a * 100 <= b * 15", {"a": 16, "b": 100}, False),
    ("double(a) <= 0.15 * double(b)", {"a": 16, "b": 100}, False),
    ("a * 0.5 < b", {"a": 1, "b": 1}, NO_VALUE),
    ("a + b == 3", {"a": 1, "b": 2}, True),
    ("a + b == 3.5", {"a": 1, "b": 2.5}, NO_VALUE),
    ("a - b == 0.5", {"a": 1.0, "b": 0.5}, True),
    ("a % 4 == 0", {"a": 6}, False),
    ("a / 2 == 3", {"a": 7}, True),
    ("a / 0 == 1", {"a": 7}, NO_VALUE),
    # texts, lists, fields
    ("a == 'lora'", {"a": "lora"}, True),
    ('a in ["x", "y"]', {"a": "y"}, True),
    ("a in [1, 2]", {"a": 3}, False),
    ("a.startsWith('s3://')", {"a": "s3://acme"}, True),
    ("a.matches('^[a-z]+$')", {"a": "run1"}, False),
    ("size(a) == 2", {"a": [0.9, 0.999]}, True),
    ("a.all(x, x < 1.0)", {"a": [0.9, 0.999]}, True),
    ("a[0] < a[1]", {"a": [0.9, 0.999]}, True),
    ("run.replicas > 1", {"run": {"replicas": 2}}, True),
    ("a ? b : false", {"a": True, "b": True}, True),
    ("false", {}, False),
    # names without a value
    ("a < b", {"a": 1}, NO_VALUE),
    ("run.nodes > 1", {"run": {"replicas": 2}}, NO_VALUE),
]


@pytest.mark.parametrize(("source", "values", "outcome"), OUTCOMES)
def test_an_expression_has_this_outcome(source, values, outcome):
    expression = compile_expression(source)
    if outcome is NO_VALUE:
        with pytest.raises(CelRuntimeError):
            expression.run(values)
    else:
        assert expression.run(values) is outcome


@pytest.mark.parametrize(
    "source", ["", "a <", "a b", "a = 1", "(a", "a < 'x", "a <> b", "min_lr !"]
)
def test_what_is_not_cel_is_a_syntax_error_of_one_line(source):
    with pytest.raises(CelSyntaxError) as caught:
        compile_expression(source)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("min_lr < lr", ("min_lr", "lr")),
        ("trainer.max_steps == null || max_epochs < 1", ("trainer.max_steps", "max_epochs")),
        ("double(a) <= 0.15 * double(b)", ("a", "b")),
        ("a == 'b' || \"c.d\" == r'\\d'", ("a",)),
        ("a < a * 2", ("a",)),
        ("1 < 2", ()),
        ("1.5e-3 < a && 0xFF > b && 3u == c", ("a", "b", "c")),
        ("true && a in [1.0, null, b]", ("a", "b")),
        ("type(a) == double", ("a",)),
        ("run.name.startsWith('x') && size(run.name) > 2", ("run.name",)),
        ("run . name . size () > 2", ("run.name",)),
        ("a[b].c > d // e", ("a", "b", "d")),
        ("[1, 2].all(x, x > a)", ("a",)),
        ("a.all(x, x.y < b) && x < 2", ("a", "b", "x")),
        ("a.map(y, y * 2).all(z, z > b)", ("a", "b")),
        ("a.exists(x, b.all(y, x < y))", ("a", "b")),
    ],
)
def test_an_expression_tells_the_names_it_reads(source, names):
    assert compile_expression(source).names == names


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("foo(a)", "there is no function foo; there is bool, bytes, double"),
        ("a.foo(1)", "there is no method foo; there is all, contains"),
        ("f(a).at.size() > 1", "there is no function f"),
        ("startsWith(a, 'x')", "startsWith is written after a value: VALUE.startsWith(...)"),
        ("has(run.name)", "has() is always true here"),
        ("a < 1 || min(a, b) < 2", "there is no function min"),
    ],
)
def test_a_call_of_what_cel_has_not_is_a_syntax_error(source, reason):
    with pytest.raises(CelSyntaxError, match=re.escape(reason)):
        compile_expression(source)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a / 0 == 1", "it divides by zero"),
        ("a % 0 == 1", "it divides by zero"),
        ("a + 9223372036854775807 > 0", "a number in it has no room in the 64 bits"),
        ("int(string(a) + 'x') == 1", "a text in it is no number"),
        ("double('x') == 1.0", "a text in it is no number"),
        ("[a][2] == 1", "a list in it has no such position"),
        ("{'x': a}.y == 1", "a mapping in it has no such key"),
        ("{'x': a}['IndexError'] == 1", "a mapping in it has no such key"),
        ("string(a).matches('(')", "a pattern in it is no regular expression"),
        ("a * 0.5 < 1.0", "CEL doesn't do this with such values; an int and a double"),
        ("a.b == 1", "CEL doesn't do this with such values"),
    ],
)
def test_why_there_is_no_value_is_said(source, reason):
    with pytest.raises(CelRuntimeError, match=reason):
        compile_expression(source).run({"a": 1})


@pytest.mark.parametrize("huge", [2**63, -(2**63) - 1, 10**400])
def test_a_number_too_large_for_cel_compares_all_the_same(huge):
    assert compile_expression("a > 1").run({"a": huge}) is (huge > 1)
    assert compile_expression("run.steps > 1").run({"run": {"steps": huge}}) is (huge > 1)


@pytest.mark.parametrize("value", [2, 1.5, "x", True, None, [1, 1.5, ["x"]], {"a": [1], "b": None}])
def test_a_value_is_pythons_own(value):
    def kinds(one):
        if isinstance(one, dict):
            return {key: kinds(item) for key, item in one.items()}
        return [kinds(item) for item in one] if isinstance(one, list) else type(one)

    got = compile_expression("a").run({"a": value})
    assert got == value
    assert kinds(got) == kinds(value)


RACE = """
import sys, threading
{before}
from hydra_recipes.rules.cel import compile_expression
sys.setswitchinterval(1e-6)
failed, gate = [], threading.Barrier(16)
def ask(number):
    gate.wait()
    try:
        assert compile_expression(f"a < {{number}}").run({{"a": -1}})
    except BaseException as error:
        failed.append(repr(error))
threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
{after}
print(failed)
"""


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("import cel", ""), ("", "import cel; assert cel.compile('1')")]
)
def test_the_engine_is_loaded_once_whoever_asks_first(before, after):
    source = RACE.format(before=before, after=after)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


class Panic(BaseException):
    """As pyo3 has it: a panic of Rust's, which is no Exception."""


class Engine:
    """One that stops so."""

    def __init__(self, stop):
        self.stop = stop

    def compile(self, source):
        if "early" in source:
            raise self.stop
        return self

    def execute(self, values):
        raise self.stop


@pytest.fixture
def stopping(monkeypatch):
    """Puts an engine in place that stops with an error."""

    def stop_with(error):
        monkeypatch.setattr(cel, "_engine", lambda: Engine(error))

    return stop_with


def test_a_panic_of_the_engine_is_an_error_that_tells_it(stopping):
    stopping(Panic("out of\nrange"))
    with pytest.raises(CelSyntaxError, match="CEL failed: Panic: out of range"):
        _compile("early < 1")
    with pytest.raises(CelRuntimeError, match="CEL failed: Panic: out of range"):
        _compile("late < 1").run({"late": 1})


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_stops_the_process_is_not_kept_from_it(stopping, stop):
    stopping(stop())
    for expression in ("early < 1", "late < 1"):
        with pytest.raises(stop):
            _compile(expression).run({"late": 1})


def test_a_rule_whose_engine_fails_is_told_with_its_place(stopping, tmp_path):
    rule = "rules: {ours: {require: 'lr < 77.5', message: m, because: x.}}\n"
    write_library(tmp_path / "team", {"rules/x": rule})
    stopping(Panic("boom"))
    compile_expression.cache_clear()
    try:
        found = check(compose(libraries=[tmp_path / "team"])).findings
    finally:
        compile_expression.cache_clear()
    (ours,) = [one for one in found if one.rule == "ours"]
    assert "CEL failed: Panic: boom" in ours.message
    assert ours.origin.line == 1


@pytest.mark.parametrize("part", ["+1", " || true", "!", "-"])
def test_an_expression_as_long_as_a_book_is_refused_before_the_engine_reads_it(part):
    body = part * 100_000
    source = f"1{body} > 0" if part[0] in "+ " else f"{body}true"
    with pytest.raises(CelSyntaxError, match="more than 10,000 characters"):
        compile_expression(source)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a = 4", "CEL writes == for ="),
        ("a === 4", "CEL writes == for ==="),
        ("a <> 4", "CEL writes != for <>"),
        ("a == 4 and b > 1", "CEL writes && for and"),
        ("a == 4 or (b > 1)", "CEL writes || for or"),
        ("not a == 4", "CEL writes ! for not"),
        ("!(a == 4) && not (b)", "CEL writes ! for not"),
        ("a == None", "CEL writes null for None"),
        ("a in (4, 8)", "a list stands in brackets: KEY in [1, 2]"),
        ("a == 99999999999999999999", "a number in it has no room in the 64 bits that CEL has"),
        ("a == 18446744073709551616u", "a number in it has no room in the 64 bits that CEL has"),
        ("a == 1e400", "a number in it has no room in the 64 bits that CEL has"),
        ("a == 1_000", "it can't be read from '_000' on"),
        ("a == 'and' ; 3", "it can't be read from '; 3' on"),
    ],
)
def test_what_other_languages_write_is_told_in_words_that_the_engine_has_not(source, reason):
    with pytest.raises(CelSyntaxError, match=re.escape(reason) + "$"):
        compile_expression(source)


@pytest.mark.parametrize(
    "source", ["and.x == 1", "'a = b' == c", "a == -9223372036854775808", "a < 1.5e300"]
)
def test_a_key_or_a_text_that_looks_like_a_sign_of_another_language_is_none(source):
    assert compile_expression(source).names
