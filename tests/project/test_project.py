"""The laws of the house that a program can see."""

import ast
import re
import subprocess
import sys
from functools import cache

import pytest

import hydra_recipes
from support.places import ROOT, SOURCE, TESTS

pytestmark = pytest.mark.quick

PACKAGE = SOURCE / "hydra_recipes"
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def in_cli(path):
    return name_of(path).startswith("cli/")


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path):
    """The modules a file imports anywhere in it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} has a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def public(body):
    """The public functions, classes and methods in a body."""
    for node in body:
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_file_is_over_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_only_the_bridge_imports_hydra():
    users = {
        name_of(path)
        for path in MODULES
        if any(re.match(r"(hydra|omegaconf|antlr4)(\.|$)", module) for module in imported(path))
    }
    assert users == {"composing/hydra_bridge.py"}


LAZY = {
    # every Hydra app starts by importing its plugins, most without asking for one of ours
    "hydra_plugins/hydra_recipes/file_source.py",
    "hydra_plugins/hydra_recipes/search_path.py",
    "hydra_plugins/hydra_recipes/valid_grid.py",
    # nothing is imported before Ctrl-C is taken care of
    "hydra_recipes/cli/main.py",
    # most commands end without an error, and without a lock
    "hydra_recipes/cli/terminal.py",
    # a shell waits for completion, which knows mostly all from the cache
    "hydra_recipes/cli/completion/kept.py",
    # what mends a recipe is looked for only if something is wrong with it
    "hydra_recipes/cli/compose.py",
    # Hydra is imported only where what it would do isn't known without it
    "hydra_recipes/composing/engine.py",
    # comparing two files takes a tenth of what composing takes
    "hydra_recipes/cli/diff.py",
    "hydra_recipes/diff/sides.py",
    "hydra_recipes/checking/recognition.py",
    "hydra_recipes/checking/methods.py",
    # most files that are read have no mistake
    "hydra_recipes/documents/document.py",
    "hydra_recipes/documents/reader.py",
    # rules come from the cache, and mostly from the built-in library alone; no YAML is read for it
    "hydra_recipes/library/reading.py",
    "hydra_recipes/rules/book.py",
    "hydra_recipes/rules/cache.py",
    "hydra_recipes/rules/kept.py",
    "hydra_recipes/rules/model.py",
    "hydra_recipes/sources/active.py",
    # pydantic is imported only where a recipe is looked at
    "hydra_recipes/rules/family_schema.py",
    "hydra_recipes/sources/installed.py",
    # the shape of a file is a pydantic model, which is imported only once such a file is read
    "hydra_recipes/library_tools/check/cases.py",
    "hydra_recipes/library_tools/check/examination.py",
    "hydra_recipes/library_tools/lock.py",
    "hydra_recipes/sources/pyproject.py",
    "hydra_recipes/sweep/space/space.py",
    "hydra_recipes/sweep/write/sweep_file.py",
}
"""The files that import some of our own inside functions, so that starting is short, and why."""


def test_own_imports_inside_functions_only_keep_start_up_short():
    inside = set()
    for path in sorted(SOURCE.rglob("*.py")):
        functions = [n for n in ast.walk(parsed(path)) if isinstance(n, ast.FunctionDef)]
        found = [n for f in functions for n in ast.walk(f) if isinstance(n, ast.ImportFrom)]
        if any(str(n.module).startswith(("hydra_recipes", "hydra_plugins")) for n in found):
            inside.add(path.relative_to(SOURCE).as_posix())
    assert inside == LAZY


def test_rooms_hand_nothing_on_and_nothing_imports_the_package_itself():
    """So that no file and the room it stands in can import each other, which no contract sees."""
    rooms = [path for path in MODULES if path.name == "__init__.py" and path.parent != PACKAGE]
    assert [name_of(path) for path in rooms if list(imported(path))] == []
    importers = [path for path in MODULES if "hydra_recipes" in imported(path)]
    assert [name_of(path) for path in importers] == []


def test_the_contract_about_families_names_all_other_rooms():
    contract = (ROOT / "pyproject.toml").read_text().rpartition("forbidden_modules = [")[2]
    named = set(re.findall(r'"hydra_recipes\.(\w+)"', contract.partition("]")[0]))
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert named == rooms - {"families", "__init__", "__main__"}


def test_what_is_not_run_again_on_other_versions_is_there():
    listed = re.search(r"SAME_ON_ALL=\(\n(.*?)\n\)", (ROOT / ".ci" / "run").read_text(), re.DOTALL)
    script = f"printf '%s\\n' {' '.join(listed[1].split())}"
    paths = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert [p for p in paths.stdout.split() if not (ROOT / "tests" / p).exists()] == []
    assert len(paths.stdout.split()) > 10


def test_at_most_fifteen_modules_stand_at_the_top():
    assert len(list(PACKAGE.glob("*.py"))) <= 15


def test_what_is_private_says_so():
    rooms = [path.parent / "__init__.py" for path in PACKAGE.glob("*/__init__.py")]
    alone = [path for path in PACKAGE.glob("*.py") if path.stem[:2] != "__"]
    public = {"families/__init__.py", "testing.py", "version.py"}
    silent = {
        name_of(path)
        for path in (*rooms, *alone)
        if "Private: " not in (ast.get_docstring(parsed(path)) or "")
    }
    assert silent == public


def test_only_the_command_line_knows_click():
    users = {name_of(path) for path in MODULES if not in_cli(path) and "click" in imported(path)}
    assert users == set()


def test_only_the_command_line_writes_to_the_terminal():
    writers = set()
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            prints = isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
            stream = isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "sys.stdout",
                "sys.stderr",
            )
            if prints or stream:
                writers.add(path)
    assert writers
    assert all(in_cli(path) for path in writers), sorted(map(name_of, writers))


def test_nothing_but_main_imports_the_command_line():
    users = {
        name_of(path)
        for path in MODULES
        if not in_cli(path)
        and any(module.startswith("hydra_recipes.cli") for module in imported(path))
    }
    assert users == {"__main__.py"}


def test_the_package_imports_only_what_it_declares():
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"^dependencies = (\[.*?^\])", text, re.MULTILINE | re.DOTALL)[1]
    declared = {re.match(r"[\w-]+", one)[0].lower() for one in ast.literal_eval(listed)}
    distribution = {
        "hydra": "hydra-core",
        "yaml": "pyyaml",
        "cel": "common-expression-language",
        "pydantic_core": "pydantic",  # a part of pydantic, which pins it
    }
    roots = {module.split(".")[0] for path in MODULES for module in imported(path)}
    foreign = roots - sys.stdlib_module_names - {"hydra_recipes"}
    assert {distribution.get(root, root) for root in foreign} <= declared


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_is_public_has_a_docstring(path):
    tree = parsed(path)
    assert ast.get_docstring(tree), "the module has none"
    sections = "families/" in name_of(path)  # sections are told by the key that holds them
    kinds = "findings/messages/" in name_of(path)  # what text() says is told by its class
    without = [
        node.name
        for node in public(tree.body)
        if not ast.get_docstring(node)
        and not (sections and isinstance(node, ast.ClassDef))
        and not (kinds and node.name == "text")
    ]
    assert without == []


def test_the_public_names_are_sorted_and_there():
    assert sorted(hydra_recipes.__all__) == hydra_recipes.__all__
    assert all(getattr(hydra_recipes, name) is not None for name in hydra_recipes.__all__)


def test_the_version_is_the_same_everywhere():
    version = hydra_recipes.__version__
    assert f'\nversion = "{version}"\n' in (ROOT / "pyproject.toml").read_text()
    released = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == version


def test_the_command_line_starts_without_what_only_commands_need():
    code = "import sys, hydra_recipes.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"hydra", "omegaconf", "pydantic", "yaml", "rich"}
    assert heavy & set(done.stdout.split()) == set()


def test_comparing_files_starts_without_the_words_for_what_may_be_wrong_with_them():
    code = "import sys, hydra_recipes.cli.diff; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    words = {name for name in loaded if name.startswith("hydra_recipes.findings.messages.")}
    assert words == {"hydra_recipes.findings.messages.base"}
    rare = {"dataclasses", "json", "hydra_recipes.documents.faults", "pydantic", "hydra"}
    assert rare & loaded == set()


def test_each_room_has_a_look_at_it_among_the_quick_tests():
    rooms = {file.relative_to(TESTS).parts[0] for file in TESTS.rglob("test_*.py")}
    quick = {
        file.relative_to(TESTS).parts[0]
        for file in TESTS.rglob("test_*.py")
        if "pytest.mark.quick\n" in file.read_text()
    }
    assert {room for room in rooms if not room.endswith(".py")} <= quick
