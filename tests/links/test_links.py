"""Links: read as OmegaConf reads them, written for where they will be read, and never a trap."""

import warnings

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hydra_recipes.links.arithmetic import RESOLVERS
from hydra_recipes.links.grammar import LinkSyntaxError, expand_shell_links, parse, to_braces
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import LINK_STYLES, escape, rewrite

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module", autouse=True)
def _resolvers():
    """The launcher's resolvers, known to OmegaConf for as long as these tests run."""
    new = [name for name in RESOLVERS if not OmegaConf.has_resolver(name)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # OmegaConf 2.4 has a new name for the function
        for name in new:
            OmegaConf.register_new_resolver(name, RESOLVERS[name])
    yield
    for name in new:
        OmegaConf.clear_resolver(name)


class NoValue(Exception):  # noqa: N818 - not an error here
    """OmegaConf gives no value."""


def unwrapped(value):
    """A value without OmegaConf's containers, links in it resolved."""
    if OmegaConf.is_config(value):
        return OmegaConf.to_container(value, resolve=True)
    if isinstance(value, dict):
        return {key: unwrapped(item) for key, item in value.items()}
    return [unwrapped(item) for item in value] if isinstance(value, list) else value


def by_omegaconf(root, path):
    """What OmegaConf resolves a key to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            node = OmegaConf.create(root)
            for key in path[:-1]:
                node = node._get_node(key)
            value = node[path[-1]]
            value = unwrapped(value)
        except (OmegaConfBaseException, RecursionError, TypeError, ValueError, KeyError) as error:
            raise NoValue(str(error)) from None
    return value


def leaves(node, path=()):
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        return [leaf for key, item in pairs for leaf in leaves(item, (*path, key))]
    return [(path, node)]


def mappings(node, path=()):
    if isinstance(node, dict):
        yield path
        for key, item in node.items():
            yield from mappings(item, (*path, key))


def dig(node, path):
    for key in path:
        node = node[key]
    return node


def spelled(path, at, form):
    """A key as a link at ``at`` may have it: absolute, relative or with brackets."""
    if form == "recipes":
        return ".".join(map(str, ("recipes", *path)))
    if form == "brackets":
        return "recipes" + "".join(f"[{key}]" for key in path)
    shared = 0
    while shared < min(len(at), len(path)) - 1 and at[shared] == path[shared]:
        shared += 1
    return "." * (len(at) - shared) + ".".join(map(str, path[shared:]))


plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-20, 20),
    st.sampled_from(
        [1e-05, 0.5, 16.0, "text", "", "a.b", "x y", "null", "1", "???", "\\", "$x", "é"]
    ),
)
names = st.sampled_from(["a", "b", "run", "replicas", "k-1", "lr", "0"])
shapes = st.dictionaries(
    names,
    st.recursive(
        plain,
        lambda inner: (
            st.dictionaries(names, inner, max_size=3) | st.lists(inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)
beside_it = st.sampled_from(
    [{}, {"model": "micro", "other": {"x": 3, "y": "${.x}", "z": "${recipes.a}", "n": None}}]
)


@st.composite
def a_link(draw, at, paths, beside, depth=0):
    """The text of a link that stands at ``at``."""
    targets = [spelled(path, at, form) for path in paths for form in ("recipes", "relative")]
    targets += [spelled(draw(st.sampled_from(paths)), at, "brackets"), ".gone", "recipes.gone.x"]
    targets += [f"other.{key}" for key in beside.get("other", ())] + list(beside)
    target = draw(st.sampled_from(targets))
    form = draw(st.sampled_from(["plain", "plain", "plain", "select", "call", "inside"]))
    inner = a_link(at, paths, beside, depth + 1)
    if form == "plain" or depth > 1:
        return "${" + target + "}"
    if form == "inside":
        return draw(st.sampled_from(["x", "", "\\\\", "\\${z} "])) + draw(inner) + "-" + draw(inner)
    literal = st.sampled_from(
        [
            "1",
            "-2.5",
            "null",
            "true",
            "'a b'",
            '"x"',
            "[1, {a: b}]",
            "s3://b/c",
            "1_0",
            "010",
            "\\,",
        ]
    )
    argument = literal | inner | inner.map(lambda text: f"'{text}'")
    if form == "select":
        key = f"'{target}'" if "[" in target or draw(st.booleans()) else target
        default = draw(st.just("") | argument.map(lambda text: f", {text}"))
        return f"${{oc.select:{key}{default}}}"
    name = draw(st.sampled_from(sorted(RESOLVERS)))
    return f"${{{name}:{draw(argument)},{draw(argument)}}}"


@st.composite
def linked(draw):
    """A recipe with links in it, and what stands beside it."""
    tree = draw(shapes)
    beside = draw(beside_it)
    places = [path for path, _ in leaves(tree)] + [path for path in mappings(tree) if path]
    assume(places)
    for at in [path for path, _ in leaves(tree)]:
        if draw(st.booleans()):
            dig(tree, at[:-1])[at[-1]] = draw(a_link(at, places, beside))
    return tree, beside


def typed(node):
    if isinstance(node, dict):
        return {key: typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [typed(value) for value in node]
    return type(node), repr(node)


many = settings(deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(linked())
def test_links_resolve_as_omegaconf_resolves_them(made):
    tree, beside = made
    resolved, problems = Scope(tree, beside).resolve()
    for path, text in leaves(tree):
        if not isinstance(text, str) or "${" not in text:
            continue
        try:
            wanted = by_omegaconf({"recipes": tree, **beside}, ("recipes", *path))
        except NoValue as no:
            # Only OmegaConf minds a default for a place that a list can't have.
            told = path in problems or "is not an int" in str(no)
            assert told, text
            continue
        assert path not in problems, (text, problems[path])
        assert typed(dig(resolved, path)) == typed(wanted), text


PIECES = """
    ${ } \\ \\\\ $ { [ ] ' " , : . a 0 x 1 1e5 .5 - + _ null true inf 010 1_0 = ( ) é # / @ | b-c $<
    oc.select: oc.select:zz, ${oc.select:zz, multiply: recipes. ${.a} ${recipes.l[0]} \\, \\$
""".split() + [" ", "\t", "\n", "\\ "]  # fmt: skip  # noqa: SIM905, RUF005 - easier to read
texts = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
KNOWN = {"a": 5, "l": ["x", None], "k": "a", "b-c": {"x": 1}, "e": "a.b"}
BESIDE = {"a": 6, "l": "l", "k": ["l"], "b-c": None, "e": {}, "text": "t"}


@many
@given(texts | texts.map(lambda text: f"${{oc.select:zz,{text}}}") | texts.map("'${{{}}}".format))
@example("${oc.select:zz,[1,a b,{c: 1e5, null: []}, '${.a}', ${.l}]}")
@example("${oc.select:zz,a\\ }${oc.select:zz, \\\\ }")
@example("${${.k}}")
@example("${recipes.${.k}}\\\\\\${x}\\${.a}\\\\${.a}")
@example("${oc.select:zz,'\\'a\\\\'}")
@example("${ recipes.a }${\trecipes.l[1]}${oc.select : zz , 3 }")
@example("${a\n}")
@example("${oc.select:zz,-inf}-${oc.select:zz,1__0}-${oc.select:zz,1_0e1_0}")
def test_text_is_read_as_omegaconf_reads_it(text):
    recipe = {"text": text, **KNOWN}
    resolved, problems = Scope(recipe, BESIDE).resolve()
    try:
        wanted = by_omegaconf({"recipes": recipe, **BESIDE}, ("recipes", "text"))
    except NoValue:
        assume("${" in text)
        assert ("text",) in problems
        return
    if "recipes" in str(wanted):
        return  # to OmegaConf an empty key is the whole config; ours refuses it
    assert ("text",) not in problems, problems
    assert typed(resolved["text"]) == typed(wanted)


def test_a_link_finds_its_key_whether_the_recipe_is_mounted_or_not():
    recipe = {
        "run": {"replicas": 4},
        "a": "${recipes.run.replicas}",
        "b": "${run.replicas}",
        "c": "${.run.replicas}",
        "d": "${oc.select:run.replicas}",
        "e": "${oc.select:recipes.run.replicas}",
        "f": "${model}",
    }
    resolved, problems = Scope(recipe, {"model": "nova-micro"}).resolve()
    assert problems == {}
    assert [resolved[key] for key in "abcdef"] == [4, 4, 4, 4, 4, "nova-micro"]


@pytest.mark.parametrize(
    ("link", "value"),
    [
        ("${multiply:${.n},2.5}", 10.0),
        ("${divide_ceil:7,2}", 4),
        ("${divide_floor:7,2}", 3),
        ("${add:1,2,${.n}}", 7),
        ("${oc.select:.gone,${.n}}", 4),
    ],
)
def test_the_launchers_resolvers_give_numbers(link, value):
    assert typed(Scope({"n": 4, "x": link}).resolve()[0]["x"]) == typed(value)


@many
@given(linked())
def test_every_style_resolves_to_the_same_recipe(made):
    tree, beside = made
    resolved, problems = Scope(tree, beside).resolve()
    assume(not problems)
    for style in LINK_STYLES:
        written = rewrite(Scope(tree, beside), style)
        assert Scope(written).resolve() == (resolved, {}), style
        mounted = OmegaConf.to_container(OmegaConf.create({"recipes": written}), resolve=True)
        assert typed(mounted["recipes"]) == typed(resolved), style
        if style != "recipes":
            root = OmegaConf.to_container(OmegaConf.create(written), resolve=True)
            assert typed(root) == typed(resolved), style
        if style == "resolved":
            assert typed(written) == typed(escape(resolved))


RECIPE = {
    "run": {"replicas": "${recipes.training_config.nodes}", "name": "n-${recipes.run.replicas}"},
    "training_config": {
        "nodes": 2,
        "steps": "${oc.select:training_config.max, ${.nodes}}",
        "again": {"nodes": "${oc.select:'recipes.training_config.nodes'}", "model": "${model}"},
        "list": ["${..nodes}", "${multiply:${recipes.run.replicas},8}"],
        "mixed": "${model}-${..run.replicas}",
        "literal": "\\${x}",
    },
}


def test_relative_links_stay_inside_the_recipe_and_say_where_from_here():
    written = rewrite(Scope(RECIPE, {"model": "micro"}), "relative")
    assert written == {
        "run": {"replicas": "${..training_config.nodes}", "name": "n-${.replicas}"},
        "training_config": {
            "nodes": 2,
            "steps": "${oc.select:.max, ${.nodes}}",
            "again": {"nodes": "${oc.select:..nodes}", "model": "micro"},
            "list": ["${..nodes}", "${multiply:${...run.replicas},8}"],
            "mixed": "micro-2",
            "literal": "\\${x}",
        },
    }


def test_links_under_recipes_are_absolute():
    written = rewrite(Scope(RECIPE, {"model": "micro"}), "recipes")
    assert written["run"]["name"] == "n-${recipes.run.replicas}"
    assert written["training_config"]["list"][0] == "${recipes.training_config.nodes}"
    assert written["training_config"]["steps"] == (
        "${oc.select:recipes.training_config.max,${recipes.training_config.nodes}}"
    )
    assert written["training_config"]["again"]["model"] == "micro"


def test_a_link_that_has_no_value_is_left_as_it_is_written():
    recipe = {"a": "${recipes.gone}", "b": "${recipes.c}", "c": 1}
    for style in LINK_STYLES:
        assert rewrite(Scope(recipe), style)["a"] == "${recipes.gone}"


@many
@given(texts)
def test_escaped_text_resolves_to_itself(text):
    assert Scope({"x": escape(text)}).resolve() == ({"x": text}, {})


@pytest.mark.parametrize(
    ("shell", "braces"),
    [
        ("$<recipes.run.replicas>", "${recipes.run.replicas}"),
        ("a$<.x>b$<.y>", "a${.x}b${.y}"),
        ("$<multiply:$<.x>,2>", "${multiply:${.x},2}"),
        ("$<oc.select:.x,${.y}>", "${oc.select:.x,${.y}}"),
        ("\\$<x>", "\\$<x>"),
        ("a > b < c", "a > b < c"),
        ("${x}>", "${x}>"),
    ],
)
def test_the_shell_safe_spelling_is_the_same_link(shell, braces):
    assert to_braces(shell) == braces
    assert expand_shell_links({"a": [shell, 1]}) == {"a": [braces, 1]}


@many
@given(linked())
def test_a_recipe_in_the_shell_safe_spelling_resolves_the_same(made):
    tree, _ = made
    assume(not any("\\$" in text for _, text in leaves(tree) if isinstance(text, str)))
    shell = shelled(tree)
    assert expand_shell_links(shell) == tree


def shelled(node):
    if isinstance(node, dict):
        return {key: shelled(item) for key, item in node.items()}
    if isinstance(node, list):
        return [shelled(item) for item in node]
    if not isinstance(node, str) or "{a" in node:
        return node
    return node.replace("${", "$<").replace("}", ">")


noise = st.recursive(
    texts | st.integers() | st.just("???"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "l", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@many
@given(st.dictionaries(st.sampled_from(["a", "b", "x", "recipes"]), noise, max_size=3), noise)
def test_no_text_brings_another_exception(tree, other):
    scope = Scope(tree, {"other": other, "k": "${recipes.a}"})
    _, problems = scope.resolve()
    for path in problems:
        with pytest.raises(LinkProblem):
            scope.value(path)
    for style in LINK_STYLES:
        rewrite(scope, style)


@many
@given(texts)
def test_parsing_gives_parts_or_a_syntax_error(text):
    try:
        parts = parse(text)
    except LinkSyntaxError:
        assert "${" in text
        return
    if all(isinstance(part, str) for part in parts):
        assert "".join(parts) == text.replace("\\${", "${") or "\\\\" in text
    for part in parts:
        if not isinstance(part, str):
            assert text[part.start : part.stop][:2] + text[part.stop - 1] == "${}"
