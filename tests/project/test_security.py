"""The promises of ``docs/security.md``, each by a test."""

import json
import marshal
import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from hydra_recipes import check, compose
from hydra_recipes.cli.terminal import style_for, visible
from hydra_recipes.findings.errors import LibraryError, OverrideError, RecipeError
from hydra_recipes.library_tools.diff.versions import versions
from hydra_recipes.sources.active import using
from support.places import ROOT
from support.team_libraries import write_library, write_package

DOC = ROOT / "docs" / "security.md"
READY = ["data_s3_path=s3://acme/a/b.jsonl", "output_s3_path=s3://acme/a/"]
RUN = "# @package recipes.run\n# An option.\n"
LITE = f"{RUN}defaults: [/model/nova-lite, _self_]\n"


def test_each_promise_names_its_tests_and_each_test_is_named():
    text = DOC.read_text(encoding="utf-8")
    promises = re.split(r"^### ", text.partition("\n## What is not")[0], flags=re.MULTILINE)[1:]
    named = [re.findall(r"^- `(test_\w+)`$", promise, re.MULTILINE) for promise in promises]
    assert all(named)
    written = re.findall(r"^def (test_\w+)", Path(__file__).read_text(), re.MULTILINE)
    assert [name for names in named for name in names] == written[1:]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def library(here, **files):
    return write_library(here / "team", {k.replace("__", "/"): v for k, v in files.items()})


def refused(*overrides, named=("team",), **more):
    with pytest.raises(RecipeError) as caught:
        compose(list(overrides), libraries=named, **more)
    return caught.value


COMMANDS = (
    "compose +preset=trap",
    "check made.yaml",
    "sweep +preset=trap lr=1e-5,2e-5 --dir grid",
    "list",
    "list preset/trap",
    "explain --all +preset=trap",
    "diff +preset=trap model=nova-lite",
    "import made.yaml",
    "schema +preset=trap",
    "library list",
    "library docs team",
    "library lock",
)


def run_all(recipe, here, *named):
    """Runs every command, most of them with a recipe of the library ``team``."""
    (here / "made.yaml").write_text(compose(READY).to_yaml())
    for command in COMMANDS:
        ran = recipe(*command.split(), *named)
        assert ran.status in (0, 1), (command, ran.err)


def test_a_target_is_a_value_and_never_called(here, recipe):
    path = f"{{_target_: pathlib.Path, _args_: [{here}/ran]}}"
    call = f"{{_target_: pathlib.Path.touch, self: {path}}}"
    text = f"# @package _global_\n# A trap.\nrecipes: {{run: {{trap: {call}}}}}\n"
    library(here, preset__trap=text)
    run_all(recipe, here, "--library", "team")
    found = compose(["+preset=trap"], libraries=["team"])
    assert found["run.trap._target_"] == "pathlib.Path.touch"
    assert "unknown-key" in {one.rule for one in check(found).findings}
    assert not (here / "ran").exists()


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.mkdir", "!!python/name:os.mkdir", "!x"])
def test_yaml_makes_plain_values_only(here, tag):
    library(here, model__x=f"{LITE}name: {tag} [{here}/ran]\n")
    error = refused("model=x")
    assert (error.kind, error.origin.line) == ("bad-library-file", 4)
    library(here, model__x=LITE, rules__x=f"limits: {tag} [{here}/ran]\n")
    assert refused("model=x").origin.line == 1
    assert not (here / "ran").exists()


def test_no_command_imports_a_librarys_package(here, recipe, monkeypatch):
    preset = "# @package _global_\n# A preset.\nrecipes: {run: {name: x}}\n"
    write_package(here / "site", "team", {"preset/trap": preset}, "team")
    write_package(here / "site", "other_recipes", {"preset/other": preset})
    monkeypatch.setattr(sys, "path", [*sys.path, str(here / "site")])
    run_all(recipe, here, "--library", "other_recipes")
    assert not (here / "site" / "ran").exists()
    assert {"team", "other_recipes"} & set(sys.modules) == set()


FAMILY = (
    "import pathlib, pydantic\n"
    "pathlib.Path(__file__).with_name('ran').touch()\n"
    "class Run(pydantic.BaseModel):\n    name: str\n"
    "class Probe(pydantic.BaseModel):\n    run: Run\n"
)
PROBE = {
    "config": "defaults:\n  - method: sft\n  - _self_\n",
    "method/sft": "# @package recipes.run\n# A probe.\nname: probe\n",
    "rules/probe": "shadows: [config, method/sft]\noffers: [{method: sft}]\n"
    "families: {probe: {when: {method: sft}, model: 'trap_families:Probe'}}\n",
}


@pytest.fixture
def family(here, monkeypatch):
    """A module with a family; the file that is there once it ran."""
    (here / "code").mkdir()
    (here / "code" / "trap_families.py").write_text(FAMILY)
    monkeypatch.setattr(sys, "path", [*sys.path, str(here / "code")])
    yield here / "code" / "ran"
    sys.modules.pop("trap_families", None)


def test_a_familys_model_is_imported_for_its_recipes_only(here, family, recipe):
    family_only = PROBE["rules/probe"].partition("\n")[2].partition("\n")[2]
    library(here, rules__probe=family_only.replace("method: sft}", "method: probe}"))
    assert recipe("compose", *READY, "--library", "team").status == 0
    assert recipe("library", "list", "--library", "team").status == 0
    assert not family.exists()
    write_library(here / "team", PROBE)
    assert "name: probe" in recipe("compose", "--library", "team").out
    assert family.exists()


def test_a_library_that_is_not_named_gives_no_family(here, family, recipe):
    write_library(here / "team", PROBE)
    write_library(here / "conf", PROBE)  # also not for being where one works
    assert recipe("compose", *READY).status == 0
    assert recipe("library", "list").status == 0
    assert not family.exists()


@pytest.mark.parametrize(
    "link", ["${os.system:ls}", "${eval:1}", "${hydra:job.name}", "${oc.decode:1}"]
)
def test_a_resolver_that_is_not_listed_is_refused(here, link):
    library(here, model__x=f"{LITE}name: {link}\n")
    found = check(compose(["model=x", *READY], libraries=["team"])).findings
    assert [one.rule for one in found if one.severity == "error"] == ["link-resolver"]


def test_a_resolver_that_an_app_registered_is_refused_too(here):
    import hydra
    from omegaconf import OmegaConf

    first = hydra.__version__.startswith("1.3")  # either line warns of the other's name
    register = OmegaConf.register_new_resolver if first else OmegaConf.register_resolver
    register("touch", lambda name: Path(name).touch(), replace=True)
    try:
        library(here, model__x=f"{LITE}name: ${{touch:ran}}\n")
        found = compose(["model=x", *READY], libraries=["team"])
        assert not check(found).valid
        assert "${touch:ran}" in found.to_yaml("relative")
    finally:
        OmegaConf.clear_resolver("touch")
    assert not (here / "ran").exists()


@pytest.mark.parametrize("entry", ["${oc.env:HOME}", "/model: ${oc.env:HOME}", "${touch:x}: y"])
def test_a_defaults_list_calls_no_resolver(here, entry):
    library(here, model__x=f"{RUN}defaults:\n  - {entry}\n  - _self_\n")
    assert refused("model=x").kind == "resolver-in-defaults"
    assert refused("model=x", allow_env=["HOME"]).kind == "resolver-in-defaults"


def test_the_environment_needs_permission_by_name(here, recipe, monkeypatch):
    monkeypatch.setenv("SECRET", "bot-of-mine")
    library(here, model__x=f"{LITE}name: ${{oc.env:SECRET,x}}\n")
    words = ("model=x", *READY, "--library", "team")
    for more in ((), ("--allow-env", "OTHER")):
        ran = recipe("compose", *words, *more)
        assert (ran.status, ran.out) == (1, "")
        assert "--allow-env SECRET" in ran.err
        assert "bot-of-mine" not in ran.err
    assert "name: bot-of-mine" in recipe("compose", *words, "--allow-env", "SECRET").out
    given = compose(["model=x"], libraries=["team"], allow_env=["SECRET"])
    assert given.resolved()["run"]["name"] == "bot-of-mine"
    assert not check(compose(["model=x"], libraries=["team"])).valid


def test_what_was_read_from_the_environment_is_not_told(here, recipe, monkeypatch):
    monkeypatch.setenv("SECRET", "s3://hush/hush")
    library(here, model__x=f"{LITE}data_s3_path: ${{oc.env:SECRET}}\n")
    words = ("model=x", "--library", "team", "--allow-env", "SECRET")
    told = ("check", "explain data_s3_path", "explain --all", "diff model=nova-lite")
    for command in (*told, *(f"{one} --json" for one in told)):
        ran = recipe(*command.split(), *words)
        assert ran.status in (0, 1), ran.err
        assert "hush" not in ran.out + ran.err
        assert re.search(r"\$SECRET|\$\{oc.env:SECRET\}", ran.out + ran.err)
    assert recipe("library", "docs", "team", "--allow-env", "SECRET").status == 2


def test_no_repair_is_made_of_what_was_read(here, recipe, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2_pw!")
    monkeypatch.setenv("COUNT", "4")
    wrong = ("run.name=${oc.env:SECRET}", "run.name=x-${oc.env:SECRET}", "replicas=${oc.env:COUNT}")
    library(here, model__x=f"{LITE}name: ${{oc.env:SECRET}}\n")
    cases = [*((one,) for one in wrong), ("model=x", "--library", "team")]
    cases += [("model=x", "run.name=a_b", "--library", "team")]
    for words in cases:
        for command in ("compose", "check", "check --json", "explain --all", "explain replicas"):
            allowed = ("--allow-env", "SECRET", "--allow-env", "COUNT")
            ran = recipe(*command.split(), *words, *READY, *allowed)
            assert ran.status == int("explain" not in command)
            assert not re.search(r"hunter2|replicas=4", ran.out + ran.err)


LEAKS = {
    "beside": "env: {token: '${oc.env:S3CRET}'}\nrecipes: {run: {name: '${env.token}'}}\n",
    "default": "run: {name: '${oc.select:nope,${oc.env:S3CRET}}'}\n",
    "direct": "run: {name: '${oc.env:S3CRET}'}\n",
}


@pytest.mark.parametrize("name", LEAKS)
def test_diff_never_tells_what_the_environment_holds(recipe, tmp_path, monkeypatch, name):
    monkeypatch.setenv("S3CRET", "verysecret")
    (tmp_path / "a.yaml").write_text(LEAKS[name])
    (tmp_path / "b.yaml").write_text("run: {name: x}\n")
    for more in ((), ("--json",)):
        ran = recipe("diff", "--allow-env", "S3CRET", "a.yaml", "b.yaml", *more)
        assert ran.status == 1
        assert "S3CRET" in ran.out
        assert "verysecret" not in ran.out + ran.err


def test_what_happens_to_be_in_the_environment_is_no_difference(recipe, tmp_path, monkeypatch):
    monkeypatch.setenv("PLACE", "/root")
    (tmp_path / "a.yaml").write_text("run: {name: a, d: /root/x}\n")
    (tmp_path / "b.yaml").write_text("run: {name: a, d: /root/x, o: '${.name}'}\n")
    ran = recipe("diff", "--allow-env", "PLACE", "a.yaml", "b.yaml", "--json")
    assert [one["key"] for one in json.loads(ran.out)] == ["run.o"]


TELLING = (
    ("--name", "{name}-{lr}", "--dir", "there"),
    ("--name", "{name}", "--dir", "there", "--format", "jsonl"),
    ("--dir", "there", "--json"),
    ("--plan", "--json"),
    ("--plan", "--where", "run.name == 'b' || data_s3_path == 'c' || lr > 1.0"),
    ("--why", "lr=1e-5"),
    ("--why", "lr=1e-5", "--json"),
)


@pytest.mark.parametrize("more", TELLING)
@pytest.mark.parametrize("name", ["x-${oc.env:SHORT}-${oc.env:LONG}", "$<.mlflow_run_name>", "b_!"])
def test_a_sweep_tells_what_the_environment_holds_in_its_recipes_only(
    here, recipe, monkeypatch, name, more
):
    held = {"LONG": "top-secret-value", "SHORT": "zq7"}
    for variable, value in held.items():
        monkeypatch.setenv(variable, value)
    words = [
        *(f"run.name={name.replace('!', '${oc.env:SHORT}')},7", "lr=1e-5,2e-5"),
        *(
            "mlflow_run_name=${oc.env:LONG}",
            "data_s3_path=s3://${oc.env:LONG}/${oc.env:SHORT}.jsonl",
        ),
    ]
    ran = recipe("sweep", *words, "--allow-env", "LONG", "--allow-env", "SHORT", *more)
    assert ran.status in (0, 1), ran.err
    is_recipe = re.compile(r"there/recipes(\.jsonl|/.*)")
    files = [path for path in here.rglob("*") if path.is_file()]
    told = [ran.out, ran.err, *(str(path) for path in files)]
    told += [p.read_text() for p in files if not is_recipe.fullmatch(str(p.relative_to(here)))]
    assert not [text for text in told if any(value in text for value in held.values())]
    if "there" in more and "!" not in name:
        assert any("s3://top-secret-value/zq7.jsonl" in path.read_text() for path in files)
        lines = (here / "there" / "manifest.jsonl").read_text().splitlines()
        for line in map(json.loads, lines):
            with_env = compose(line["overrides"], allow_env=["LONG", "SHORT"])
            assert with_env.id == line["id"] or "x" not in name
            assert with_env["run.name"].startswith("x-short-long" if "x" in name else "long")


@pytest.mark.parametrize(
    "word", ["https://example.com/x", "s3://bucket/x", "git+ssh://host/x", "http://x", "zip://x"]
)
def test_a_library_is_a_directory_or_a_package(here, monkeypatch, word):
    library(here, model__x=LITE)
    write_package(here / "site", "acme_recipes", {"model/x": LITE})
    monkeypatch.setattr(sys, "path", [*sys.path, str(here / "site")])
    assert refused("model=x", named=[word]).kind == "not-local"
    for fine in (f"file://{here}/team", "pkg://acme_recipes"):
        assert compose(["model=x"], libraries=[fine]).choices["model"] == "x"
    for wrong in (f"pkg://{here}/team", "pkg://team", "file://acme_recipes"):
        assert refused("model=x", named=[wrong]).kind in ("no-library", "not-a-library")


def test_a_library_adds_nothing_to_the_search_path(here):
    write_library(here / "elsewhere", {"model/hidden": LITE})
    path = f"hydra: {{searchpath: ['file://{here}/elsewhere', 'pkg://elsewhere']}}\n"
    primary = f"defaults: [/elsewhere/config@_here_, _self_]\n{path}"
    library(
        here,
        config=primary,
        rules__x="shadows: [config]\n",
        preset__x=f"# @package _global_\n{path}",
    )
    assert refused("model=hidden").kind in ("unknown-option", "nothing-to-extend")
    assert isinstance(refused("+preset=x"), RecipeError)


@pytest.mark.parametrize(
    "text",
    ["model=../secret", "model={}/secret", "+preset=../../secret", "+sweep=../secret", "x/../y=z"],
)
def test_no_override_leaves_the_library(here, recipe, text):
    (here / "secret.yaml").write_text(f"{RUN}name: hush\n")
    (here / "team").mkdir()
    (here / "team" / "secret.yaml").write_text(f"{RUN}name: hush\n")
    library(here, model__x=LITE)
    typed = text.format(here)
    for command in ("compose", "sweep"):
        ran = recipe(command, typed, "--library", "team")
        assert (ran.status, ran.out) == (2, "")
        assert "hush" not in ran.err
    with pytest.raises(OverrideError):
        compose([typed], libraries=["team"])


@pytest.mark.parametrize(
    "entry", ["../../secret", "/../secret", "/model/../../secret", "{}/secret", "file://{}/secret"]
)
def test_no_defaults_list_leaves_the_library(here, entry):
    (here / "secret.yaml").write_text(f"{RUN}name: hush\n")
    library(here, model__x=f"{RUN}defaults: ['{entry.format(here)}', _self_]\n")
    error = refused("model=x")
    assert error.kind in ("nothing-to-extend", "outside-library")
    assert "hush" not in str(error)


@pytest.mark.parametrize("link", ["model/x.yaml", "model", "rules/x.yaml", "sweep/x.yaml"])
def test_no_symbolic_link_leaves_the_library(here, recipe, link):
    write_library(here / "secret", {"x": f"{LITE}name: hush\n"})
    library(here, peft__x=RUN)
    path = here / "team" / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(here / "secret" / ("x.yaml" if path.suffix else ""))
    for words in (
        ["compose", "model=x"],
        ["sweep", "+sweep=x"],
        ["library", "list"],
        ["library", "lock"],
    ):
        ran = recipe(*words, "--library", "team")
        assert (ran.status, ran.out) == (2, "")
        assert "hush" not in ran.err
    assert "leads out of the library team" in recipe("library", "list", "--library", "team").err


def test_a_library_itself_does_not_stand_elsewhere(here, recipe):
    write_library(here / "elsewhere" / "conf", {"model/x": LITE})
    (here / "team").mkdir()
    (here / "team" / "conf").symlink_to(here / "elsewhere" / "conf")
    for words in (["compose", "--library", "team"], ["library", "check", "team"]):
        ran = recipe(*words)
        assert (ran.status, ran.out) == (2, "")
        assert "team/conf leads out of the library team" in ran.err


@pytest.mark.parametrize("link", ["model/x.yaml", "model/deep", "zz"])
def test_no_symbolic_link_leaves_the_library_in_a_hydra_app(here, link):
    write_library(here / "secret", {"x": f"{LITE}name: hush\n"})
    library(here, model__y=LITE)
    path = here / "team" / link
    path.symlink_to(here / "secret" / ("x.yaml" if path.suffix else ""))
    environment = {**os.environ, "HYDRA_RECIPES_LIBRARIES": "team"}
    (here / "app.py").write_text(APP)
    for command in (["-m", "hydra_recipes", "--cfg", "job"], ["app.py", "+zz=x"]):
        ran = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
        )
        assert "leads out of the library team" in ran.stderr
        assert "hush" not in ran.stdout + ran.stderr


APP = """\
import hydra


@hydra.main(config_path=None, version_base="1.3")
def main(config):
    print(config)


main()
"""


def locked(recipe, *words):
    return recipe("compose", "--library", "team", "--locked", *words)


@pytest.mark.parametrize("folder", ["model/.h", ".h", "preset/_h", "model/.a/.b"])
def test_a_lock_covers_hidden_folders(here, recipe, folder):
    config = f"/{folder}/secret@recipes.run"
    library(here, preset__p=f"# @package _global_\ndefaults: [_self_, {config}]\n")
    file = here / "team" / folder / "secret.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("replicas: 4\n")
    assert recipe("library", "lock", "--library", "team").status == 0
    before = recipe("library", "list", "--library", "team").out
    assert "replicas: 4" in locked(recipe, "+preset=p").out
    file.write_text("replicas: 8\n")
    ran = locked(recipe, "+preset=p")
    assert (ran.status, ran.out) == (2, "")
    assert f"{file} has changed" in ran.err
    assert recipe("library", "list", "--library", "team").out != before
    file.unlink()
    assert "not there any more" in locked(recipe).err


def test_a_lock_covers_where_a_link_to_a_folder_leads(here, recipe):
    for name in ("v1", "v2"):
        text = f"# @package _global_\nrecipes: {{run: {{replicas: {4 * int(name[1])}}}}}\n"
        library(here, **{f"preset__{name}__p": text})
    link = here / "team" / "preset" / "now"
    link.symlink_to("v1")
    assert recipe("library", "lock", "--library", "team").status == 0
    assert "replicas: 4" in locked(recipe, "+preset=now/p").out
    link.unlink()
    link.symlink_to(here / "team" / "preset" / "v1")  # the same, said otherwise
    assert locked(recipe, "+preset=now/p").status == 0
    link.unlink()
    link.symlink_to("v2")
    assert "has changed" in locked(recipe, "+preset=now/p").err


def test_what_a_lock_can_not_cover_is_refused(here, recipe):
    library(here, model__x=LITE)
    hidden = here / "team" / ".h"
    (hidden / "bin").mkdir(parents=True)
    (hidden / "bin" / "python").symlink_to(sys.executable)  # composing has no use for it
    assert recipe("library", "lock", "--library", "team").status == 0

    def refused_with(make, path, words):
        make(path)
        ran = recipe("library", "lock", "--library", "team", "--force")
        assert (ran.status, words in ran.err) == (2, True)
        path.unlink()

    refused_with(os.mkfifo, hidden / "pipe.yaml", "it is no file")
    for target, name in ((here, "out"), (here / "x.yaml", "out.yaml"), ("/dev/zero", "zero.yaml")):
        refused_with(lambda path, to=target: path.symlink_to(to), hidden / name, "leads out of")
    odd = here / "team" / "model" / os.fsdecode(b"\xff.yaml")
    refused_with(Path.touch, odd, "its name is not UTF-8")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("name", ["model/x", "rules/x", "sweep/x", "config"])
@pytest.mark.parametrize(
    "bomb", [BOMB, "a: " + "[" * 5000 + "]" * 5000, f"a: [{'1, ' * 30_000}]", "a: b" * 1_500_000]
)
def test_a_yaml_bomb_is_refused(here, recipe, name, bomb):
    write_library(here / "team", {name: bomb})
    if name == "config":
        write_library(here / "team", {"rules/y": "shadows: [config]\n"})
    command = ("sweep", "+sweep=x", "--plan") if name == "sweep/x" else ("compose", "model=x")
    ran = recipe(*command, "--library", "team")
    assert (ran.status, ran.out, ran.err.startswith(("error:", str(here)))) == (2, "", True)


HUGE = 5 << 30
"""Bytes of a file that takes no room on the disk, and would take all memory if it were read."""
READERS = ("list", "list model/x", "library list", "library docs team", "library lock --force")


@pytest.mark.parametrize("name", ["model/y.yaml", "rules/y.yaml", ".hidden/y.yaml"])
def test_no_file_of_a_library_is_read_that_is_too_large(here, recipe, name):
    library(here, model__x=LITE)
    path = here / "team" / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.truncate(path, HUGE)
    ran = [recipe(*words.split(), "--library", "team") for words in READERS]
    assert all(one.status in (0, 2) for one in ran)
    assert ran[2].err.startswith(f"error: can't use {path}: it ")
    assert "4,000,000 bytes" in ran[2].err or "4 MB" in ran[2].err


@pytest.mark.parametrize("size", [None, HUGE])
@pytest.mark.parametrize("name", ["pyproject.toml", "recipes.lock", "a.yaml"])
def test_what_is_no_file_or_too_large_is_not_waited_for(here, recipe_process, name, size):
    write_library(here / "team" / "conf", {"model/x": LITE})
    place = here / "team" / name if name == "pyproject.toml" else here / name
    if size is None:
        os.mkfifo(place)
    else:
        place.touch()
        os.truncate(place, size)
    command = {
        "pyproject.toml": "library list --library team",
        "recipes.lock": "compose --locked",
        "a.yaml": "check a.yaml",
    }[name]
    ran = recipe_process(*command.split(), timeout=30)
    assert ran.status == (0 if name == "pyproject.toml" else 2)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "link"])
def test_a_device_is_no_recipe(here, recipe, device):
    if device == "link":
        (here / device).symlink_to("/dev/zero")
    for words in (["check"], ["import"], ["explain", "lr"], ["diff", "model=nova-lite"]):
        ran = recipe(*words, device)
        assert (ran.status, ran.out) == (2, "")
        assert "it is a device, not a file" in ran.err


def test_links_that_multiply_are_refused(here):
    doubled = (f"  k{n}: ['${{beside.k{n - 1}}}', '${{beside.k{n - 1}}}']\n" for n in range(1, 40))
    rows = "".join(doubled)
    recipes = "recipes: {run: {name: '${beside.k39}'}}\n"
    text = f"# @package _global_\nbeside:\n  k0: [x]\n{rows}{recipes}"
    library(here, preset__x=text)
    found = check(compose(["+preset=x", *READY], libraries=["team"]))
    kinds = {one.key: one.rule for one in found.findings if one.severity == "error"}
    assert kinds["run.name"] == "link-failed"


def test_circles_are_refused(here):
    library(
        here, model__x=f"{RUN}defaults: [y, _self_]\n", model__y=f"{RUN}defaults: [x, _self_]\n"
    )
    assert refused("model=x").kind == "extension-circle"
    library(here, model__x=f"{LITE}name: ${{recipes.run.name}}\n")
    found = check(compose(["model=x", *READY], libraries=["team"]))
    assert [one.rule for one in found.findings if one.severity == "error"] == ["link-cycle"]
    library(here, rules__x="moved: {model/a: model/b, model/b: model/a}\n")
    with pytest.raises(LibraryError, match="circle"), using(["team"]):
        compose(["model=a"])


def test_git_is_asked_to_read_and_gets_no_option_that_was_typed(here, monkeypatch):
    real = shutil.which("git")
    asked = here / "asked"
    spy = f'#!/bin/sh\necho "$@" >> {asked}\nexec {real} "$@"\n'
    (here / "bin").mkdir()
    (here / "bin" / "git").write_text(spy)
    (here / "bin" / "git").chmod(0o755)
    library(here, conf__model__ours=LITE)
    who = ["-c", "user.name=Acme", "-c", "user.email=acme@example.com"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-q", "-m", "one"]):
        subprocess.run([real, *words], check=True)
    hook = here / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {here / 'ran'}\n")
    hook.chmod(0o755)
    monkeypatch.setenv("PATH", f"{here / 'bin'}{os.pathsep}{os.environ['PATH']}")
    with versions("team@main", "nova") as (old, _):
        assert (old.library.root / "model" / "ours.yaml").read_text() == LITE
    with pytest.raises(LibraryError) as caught, versions("team@--output=written", "nova"):
        pass
    assert caught.value.kind == "unknown-revision"
    lines = asked.read_text().splitlines()
    assert {line.split()[2] for line in lines} == {"rev-parse", "ls-tree", "cat-file"}
    assert not [line for line in lines if "--output" in line]
    assert not (here / "written").exists()
    assert not (here / "ran").exists()


def test_git_runs_no_filter_and_fetches_nothing(here):
    def git(*words):
        who = ["-c", "user.name=Acme", "-c", "user.email=acme@example.com"]
        return subprocess.run(["git", *who, *words], check=True, capture_output=True).stdout

    git("init", "-q", "-b", "main")
    library(here, conf__model__ours=LITE)
    for place in (here / "team", here / "team" / "conf"):
        (place / ".gitattributes").write_text("*.yaml filter=trap\n")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    blob = git("rev-parse", "main:team/conf/model/ours.yaml").decode().strip()
    git("config", "filter.trap.smudge", f"touch {here / 'ran'}; cat")
    with versions("team@main", "nova") as (old, _):
        assert (old.library.root / "model" / "ours.yaml").read_text() == LITE
    git("config", "remote.away.url", str(here))
    git("config", "remote.away.promisor", "true")
    git("config", "remote.away.uploadpack", f"touch {here / 'ran'}; git-upload-pack")
    (here / ".git" / "objects" / blob[:2] / blob[2:]).unlink()  # as a partial clone lacks it
    with pytest.raises(LibraryError) as caught, versions("team@main", "nova"):
        pass
    assert caught.value.kind == "git-failed"
    assert not (here / "ran").exists()


def test_what_a_terminal_obeys_is_not_sent_to_it(here, recipe):
    library(here, model__raw="# @package recipes.run\n# Red \x1b[31m\x9b31m\x07.\n")
    place = write_library(here / "be\x07ll", {"model/written": f'{LITE}name: "a\\e[31m\\a"\n'})
    (here / "team" / "model" / "latin.yaml").write_bytes(b"# caf\xe9\nname: x\n")
    named = ("--library", "team", "--library", str(place))
    for words in (["list", "model"], ["list", "model/written"], ["library", "list"]):
        ran = recipe(*words, *named)
        assert ran.status == 0
        assert all(line.isprintable() for line in ran.out.splitlines())
    library(here, rules__x='limits: {x: {keys: {lr: {maximum: 1}}, because: "a\\ab"}}\n')
    assert refused().origin.line == 1


UNSEEN = "\u202e\u2066\u200b\U000e0041"
SHOWN = r"\u202e\u2066\u200b\U000e0041"
TOLD = (
    "list",
    "list model",
    "list model/evil",
    f"list model/n{UNSEEN}",
    "library list",
    "library docs team",
    "library check team",
    "library check team --format github",
    "library diff old team",
    "library diff old team --format markdown",
    "library against .",
    "library against . --format markdown",
    "explain run.name model=evil",
    "explain --all +preset=evil",
    "diff model=evil model=nova-lite",
    "diff a.yaml model=nova-lite",
    "import a.yaml",
    "check a.yaml",
    "check a.yaml --format github",
    "check model=evil",
    "compose model=evil",
    f"compose model=n{UNSEEN}",
    f"compose --n{UNSEEN}",
    f"n{UNSEEN}",
    "sweep +sweep=evil --plan",
    "schema model=evil",
    "library lock",
)


@pytest.fixture(scope="module")
def texts_that_hide(tmp_path_factory):
    here = tmp_path_factory.mktemp("evil")
    library(
        here,
        model__evil=f"# @package recipes.run\n# About {UNSEEN}.\n"
        f'defaults: [/model/nova-lite, _self_]\nname: "x{UNSEEN}"\n',
        preset__evil=f"# @package _global_\n# P {UNSEEN}.\n"
        f"recipes: {{run: {{name: 'q{UNSEEN}'}}}}\n",
        sweep__evil=f"# S {UNSEEN}.\naxes:\n  run.name: ['a{UNSEEN}', b]\n",
        rules__evil=f"limits:\n  l{UNSEEN}:\n    keys: {{run.name: {{pattern: '^z{UNSEEN}'}}}}\n"
        f"    because: 'Because {UNSEEN}.'\nrules:\n  r:\n    require: run.name != 'x{UNSEEN}'\n"
        f"    message: 'm {UNSEEN}'\n    because: 'x {UNSEEN}'\n",
    )
    (here / "team" / "model" / f"n{UNSEEN}.yaml").write_text(f"{RUN}replicas: 4\n")
    write_library(here / "old", {"model/evil": LITE})
    text = compose(READY).to_yaml().replace("name: my", f'name: "{UNSEEN}" #')
    (here / "a.yaml").write_text(f"{text}  # {UNSEEN}\n")
    return here


@pytest.fixture
def evil(texts_that_hide, recipe, small, monkeypatch):
    """A library and a recipe whose texts turn around and hide in all places."""
    monkeypatch.chdir(texts_that_hide)
    yield
    (texts_that_hide / "recipes.lock").unlink(missing_ok=True)


@pytest.mark.parametrize("command", TOLD)
def test_no_output_turns_text_around_or_hides_it(evil, recipe, command):
    named = () if "diff old" in command else ("--library", "team")
    ran = recipe(*command.split(), *named)
    assert "Traceback" not in ran.err
    assert not set(UNSEEN) & set(ran.out + ran.err)
    if command not in ("library list", "library lock", "import a.yaml"):
        assert SHOWN in ran.out + ran.err or json.dumps(UNSEEN)[1:-1] in ran.out


@pytest.mark.parametrize(
    "command",
    [
        "list model/evil --json",
        "library list --json",
        "library check team --json",
        "explain run.name model=evil --json",
        "diff model=evil model=nova-lite --json",
        "check a.yaml --json",
        "sweep +sweep=evil --plan --json",
        "compose model=nova-lite --format json",
    ],
)
def test_an_answer_in_json_stays_json_and_hides_nothing(evil, recipe, command):
    ran = recipe(*command.split(), "--library", "team")
    assert not set(UNSEEN) & set(ran.out)
    assert "compose" in command or UNSEEN in json.dumps(json.loads(ran.out), ensure_ascii=False)


def test_a_terminal_gets_our_colours_and_nobody_elses(monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setenv("NO_COLOR", "")
    style = style_for(Terminal())
    text = visible(f"\x1b[31m{style(f'a{UNSEEN}' + chr(27) + '[5m', 'error')}\x1b[0m\n\tb")
    ours = f"\x1b[31m\x1b[1ma{SHOWN}\\x1b[5m\x1b[0m"
    assert text == f"\\x1b[31m{ours}\\x1b[0m\n\tb"


@pytest.mark.skipif(os.name != "posix", reason="files have no owners here")
def test_what_others_may_have_written_is_not_read(here, recipe_process):
    kept = here / "kept"
    environment = {"HYDRA_RECIPES_CACHE": str(kept)}
    limit = 'limits: {most: {keys: {run.replicas: {maximum: 1}}, because: "So."}}\n'
    library(here, rules__most=limit)
    command = ("check", "--library", "team", "model=nova-lite", *READY)
    assert "[most]" in recipe_process(*command, **environment).out
    (file,) = kept.glob("rules-*")
    read_from, says = marshal.loads(file.read_bytes()[4:])
    looser = marshal.dumps((read_from, {**says, "limits": []}))
    looser = zlib.crc32(looser).to_bytes(4, "big") + looser
    for mode, is_believed in ((0o600, True), (0o620, False), (0o602, False)):
        file.write_bytes(looser)
        file.chmod(mode)
        said = recipe_process(*command, **environment).out
        assert ("[most]" in said) != is_believed


SWEEP = ("sweep", "lr=1e-5,2e-5", "--dir", "there")
FOLDERS = {"yaml": "recipes", "parquet": "recipes.parquet"}
FILES = ("sweep.yaml", "manifest.jsonl", ".sweep.lock", ".progress.json")


def everything(directory):
    """Each path below a directory, with what it is and holds."""
    return {
        path: path.readlink() if path.is_symlink() else path.is_file() and path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if not path.is_fifo()
    }


def redirected(path, theirs, way):
    """Puts something that leads elsewhere in the place of a file of a sweep's."""
    if path.exists():
        path.rename(theirs)
    elif not theirs.exists():
        theirs.write_text("theirs\n")
    if way == "symbolic":
        path.symlink_to(theirs)
    elif way == "hard":
        path.hardlink_to(theirs)
    elif way == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()


@pytest.mark.parametrize("way", ["symbolic", "hard", "pipe", "directory"])
@pytest.mark.parametrize("name", [*FILES, "recipes.jsonl", "recipes.jsonl.zst", "recipes.csv"])
def test_a_prepared_sweep_directory_redirects_no_write(here, recipe, name, way):
    form = name.partition(".")[2] if name.startswith("recipes") else "jsonl"
    if form == "jsonl.zst":
        pytest.importorskip("zstandard")
    more = ("--format", form)
    assert recipe(*SWEEP, *more).status == 0
    redirected(here / "there" / name, here / "theirs", way)
    before = everything(here)
    for option in ("--resume", "--extend"):
        for words in (SWEEP, (*SWEEP, "peft=lora")):
            ran = recipe(*words, *more, option)
            assert ran.status == 2
            assert len(ran.err.splitlines()[-1]) < 200
            assert "Traceback" not in ran.err
            assert everything(here) == before
    if name in FILES[2:] or (name, way) == ("sweep.yaml", "directory"):
        return
    (here / "there" / "sweep.yaml").unlink()  # nor where nothing seems to have been begun
    before = everything(here)
    assert recipe(*SWEEP, *more).status == 2
    assert everything(here) == before


@pytest.mark.parametrize("place", ["folder", "inner", "file", "hard"])
@pytest.mark.parametrize("form", FOLDERS)
def test_no_folder_of_a_sweep_leads_elsewhere(here, recipe, monkeypatch, form, place):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    elif place == "inner":
        from hydra_recipes.sweep.write import formats

        monkeypatch.setattr(formats, "PER_DIRECTORY", 1)
        monkeypatch.setattr(formats.YamlFiles, "chunk", 1)
    more = ("--format", form)
    assert recipe(*SWEEP, *more).status == 0
    folder = here / "there" / FOLDERS[form]
    inner = min(folder.iterdir())
    path = inner if place in ("file", "inner", "hard") else folder
    redirected(path, here / "theirs", "hard" if place == "hard" else "symbolic")
    for lost in (False, True):
        if lost:
            (here / "there" / "manifest.jsonl").unlink()
        before = everything(here)
        ran = recipe(*SWEEP, *more, "--resume")
        assert (ran.status, "link" in ran.err) == (2, True), ran.err
        after = everything(here)
        assert {p: after.get(p) for p in before if p.name != "sweep.yaml"} == {
            p: found for p, found in before.items() if p.name != "sweep.yaml"
        }


THEIRS = (
    *("recipes.part/mine.yaml", "recipes/mine.part/a", "recipes/notes.yaml", "recipes/a.part"),
    *(".recipe-mine", ".recipe-of-mine/a", ".progress.json.new", "notes.jsonl"),
    ".recipe-" + "g" * 32,
)


@pytest.mark.parametrize("form", ["yaml", "jsonl"])
def test_what_is_not_the_sweeps_own_is_never_deleted(here, recipe, form):
    more = ("--format", form)
    assert recipe(*SWEEP, *more).status == 0
    for name in THEIRS:
        path = here / "there" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theirs\n")
    (here / "there" / "manifest.jsonl").unlink()
    assert recipe(*SWEEP, *more, "--resume").status == 0
    assert recipe(*SWEEP, *more, "--resume").status == 0
    assert recipe("sweep", "lr=3e-5,4e-5", "--dir", "there", *more, "--extend").status == 0
    assert {(here / "there" / name).read_text() for name in THEIRS} == {"theirs\n"}


@pytest.mark.parametrize("change", ["edited", "another"])
def test_a_recipe_that_somebody_changed_is_not_written_over(here, recipe, change):
    assert recipe(*SWEEP).status == 0
    first, second = sorted((here / "there" / "recipes").iterdir())
    first.write_text(second.read_text() if change == "another" else first.read_text() + "# mine\n")
    for lost in (False, True):
        if lost:
            (here / "there" / "manifest.jsonl").unlink()
        kept = first.read_text()
        ran = recipe(*SWEEP, "--resume")
        assert ran.status == 2
        assert f"there/recipes/{first.name} is not what this sweep wrote there" in ran.err
        assert first.read_text() == kept
