"""What is read and applied without Hydra is what Hydra reads and applies, or is left to it."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hydra_recipes.composing import hydra_bridge
from hydra_recipes.composing.composition import Composition
from hydra_recipes.composing.engine import apply
from hydra_recipes.composing.override_functions import swept_values
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.composing.plain_override import apply_plain, read_plain, spell_plain
from hydra_recipes.findings.errors import OverrideError

PIECES = [
    *("a", "lr", "_", "x-y", "1", "0", "007", "1_000", ".5", "1.", "1e5", "-", "+", "e", "E", "."),
    *("/", ":", "@", "~", "=", "$", "${a}", "'", '"', "\\", "[", "]", "{", "}", "(", ")", ",", "|"),
    *(
        "%",
        "*",
        "?",
        " ",
        "\n",
        "#",
        "true",
        "False",
        "null",
        "inf",
        "NaN",
        "é",
        "\u0661",
        "\u212a",
    ),
]
VALUES = [
    *("1", "-1", "0", "-0", "12345678901234567", "1.0", "-0.5", "1e-5", "1E+5", "2.5e-06", "1e999"),
    *("true", "TRUE", "Null", "none", "yes", "inf", "-inf", "nan", "Infinity", "nova-2-lite", "p5"),
    *("amazon.nova-lite-v1:0:300k", "s3://bucket/a.b_c/d-e", "/fsx/x", "a@b", "a:", "a.", "/"),
    "arn:aws:lambda:us-east-1:123456789012:function:reward",
]
KEYS = [
    "lr",
    "a",
    "a.b",
    "a.c",
    "a.b.c",
    "a.list",
    "a.list.0",
    "b",
    "b.new",
    "new",
    "new.deep",
    "x",
]
value = st.sampled_from(VALUES) | st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
values = value | st.lists(value, min_size=1, max_size=3).map(",".join)
texts = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "+", "++", "~", "+++"]),
    st.sampled_from(KEYS) | st.lists(st.sampled_from(PIECES), max_size=3).map("".join),
    st.sampled_from(["=", "=", "=", "", " = ", "=="]),
    values,
)
TREE = {
    "lr": 1e-5,
    "a": {"b": {"c": 1}, "c": None, "list": [1, {"d": 2}], "1": "one"},
    "b": "${a}",
    "x": "${lr}",
    "open": "???",
}


def outcome(function, *given):
    """What a function returns, or that it refuses."""
    try:
        return function(*given)
    except OverrideError:
        return None


def same(plain: ParsedOverride, hydras: ParsedOverride | None) -> bool:
    """Whether two overrides say the same, the types of their values included."""
    if hydras is None or not all(
        repr(getattr(plain, name)) == repr(getattr(hydras, name))
        for name in ("text", "kind", "key", "value", "sweeps", "package", "group", "element")
    ):
        return False
    swept = swept_values(hydras.parsed, hydras.text) if hydras.sweeps else []
    spelled = [(hydra_bridge.spell_parsed(value), value) for value in swept]
    return repr([(spell_plain(value), value) for value in plain.values]) == repr(spelled)


@settings(max_examples=1000)
@given(text=texts)
@example(text="lr=1e5")
@example(text="~a.b")
@example(text="lr=1e-5,true,Null,-0.5")
def test_what_is_read_without_hydras_grammar_is_what_it_reads(text):
    plain = read_plain(text, text)
    assert plain is None or same(plain, outcome(hydra_bridge.parse_override, text))


def test_the_forms_that_most_overrides_have_are_read_without_it():
    for value in VALUES:
        left_to_hydra = value in ("inf", "-inf", "nan", "1e999")
        assert (read_plain(f"lr={value}", "") is None) == left_to_hydra
    assert all(read_plain(f"{sign}a.b{end}", "") for sign, end in (("~", ""), ("++", "=1")))
    assert read_plain("lr=1e-5,2e-5,text", "").values == (1e-5, 2e-5, "text")


@settings(max_examples=300)
@given(
    sign=st.sampled_from(["", "+", "++", "~"]),
    key=st.sampled_from([*KEYS, "new.deep.er", "open", "b.c", "a.1", "lr.below", "a.c.below"]),
    value=st.sampled_from(["1", "2e-5", "text", "null", "true"]),
)
def test_what_is_applied_without_hydra_is_what_it_applies(sign, key, value):
    override = read_plain(f"{sign}{key}" + ("" if sign == "~" else f"={value}"), "typed")
    if override is None:
        return
    before = repr(TREE)
    plain, hydras = apply_plain(TREE, override), outcome(hydra_bridge.apply, TREE, override)
    assert plain is None or repr(plain) == repr(hydras)
    whole = outcome(apply, Composition(TREE, {}, ()), override)
    assert (whole and repr(whole.tree)) == (hydras and repr(hydras))
    assert repr(TREE) == before


def test_most_overrides_are_applied_without_it():
    applied = [
        "lr=1",
        "a.c=1",
        "+new=1",
        "+a.new=1",
        "++a.new=1",
        "++lr=2",
        "~lr",
        "~a.b",
        "x=1",
        "+new.deep=1",
    ]
    left = ["a.b=1", "+lr=1", "+b.new=1", "++x=1", "lr.below=1", "none=1", "~none"]
    for text in (*applied, *left):
        tree = apply_plain(TREE, read_plain(text, text))
        assert (tree is None) == (text in left), text
