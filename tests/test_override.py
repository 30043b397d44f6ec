"""The parts of an override as it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.composing.hydra_bridge import parse_override
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.override import Override

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("lr=2e-6", ("", "lr", None, "2e-6")),
        ("+trainer.max_steps=", ("+", "trainer.max_steps", None, "")),
        ("++model@recipes.teacher=nova-pro", ("++", "model", "recipes.teacher", "nova-pro")),
        ("~preset", ("~", "preset", None, None)),
        ("~model@recipes.teacher", ("~", "model", "recipes.teacher", None)),
        ("model@=x", ("", "model", "", "x")),
        ("link=${a}=b@c", ("", "link", None, "${a}=b@c")),
        ("", ("", "", None, None)),
    ],
)
def test_an_override_is_read_into_its_parts(text, parts):
    assert Override.read(text) == parts


@given(st.text(alphabet="+~@=ab. '\n", max_size=12))
def test_the_parts_of_an_override_are_its_text(text):
    override = Override.read(text)
    assert override.text == text
    assert override.element == text.partition("=")[0]
    assert override.value == text.partition("=")[2]


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("dataset=plain", "plain"),
        ('+dataset="10"', "10"),
        ("dataset= 'it\\'s'", "it's"),
        ("~dataset", ""),
    ],
)
def test_an_option_is_named_without_its_quotes(text, option):
    assert Override.read(text).option == option


@given(
    st.sampled_from(["", "+", "++", "~"]),
    st.from_regex(r"[a-z]{1,3}(\.[a-z]{1,3}|/[a-z]{1,3})?", fullmatch=True),
    st.sampled_from(["", "@ab", "@ab.c"]),
    st.sampled_from(["", "=", "=1", "=[a,b]", "='a=b'", "=a@b"]),
)
def test_hydra_reads_the_same_parts(sign, key, package, assigned):
    text = f"{sign}{key}{package}{assigned}"
    override = Override.read(text)
    try:
        parsed = parse_override(text)
    except OverrideError:
        return  # such as a key without a value, which only ``~`` allows
    assert (override.key, override.package) == (parsed.key, parsed.package)
    assert override.element == parsed.element == parsed.parsed.get_key_element()
    assert (override.sign == "~") is (parsed.kind == "delete")


def test_an_override_without_its_sign_changes_what_is_there():
    assert Override.read("++lr@x='a=b'").unsigned.text == "lr@x='a=b'"
    assert Override.read("~model").unsigned.text == "model"
