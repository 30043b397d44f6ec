"""The formats of a sweep: what stands in each file, and that all of them say the same."""

import csv
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from hydra_recipes import compose
from hydra_recipes.documents.emitter import with_points
from hydra_recipes.sweep.write.chunk import Chunk
from hydra_recipes.sweep.write.columns import Columns, kind_of
from hydra_recipes.sweep.write.tables import Parquet
from hydra_recipes.tree import leaves

SPACE = (
    *("model=nova-micro,nova-lite", "peft=lora,full", "lr=5e-6,1e-5", "alpha=32,64"),
    *("run.replicas=2,4", "mlflow_experiment_name=a,'b: \"é\"',1e-6"),
)


def manifest(root: Path) -> list[dict]:
    """The manifest's lines."""
    return [json.loads(line) for line in (root / "manifest.jsonl").read_text().splitlines()]


def written(recipe, form, *space, directory="there"):
    """Writes a sweep and gives its manifest."""
    ended = recipe("sweep", *space, "--format", form, "--dir", directory)
    assert ended.status == 0, ended.err
    return manifest(Path(directory))


def test_the_manifest_says_of_each_recipe_what_it_is_and_what_gives_it(recipe):
    lines = written(recipe, "jsonl", *SPACE)
    assert [line["index"] for line in lines] == list(range(len(lines)))
    assert len({line["id"] for line in lines}) == len(lines) > 20
    for line in lines:
        assert list(line) == ["index", "id", "choices", "axes", "overrides", "file"]
        assert line["file"] == "recipes.jsonl"
        assert ("alpha" in line["axes"]) == (line["choices"]["peft"] == "lora")
    for line in lines[::6]:
        found = compose(line["overrides"])
        assert found.choices == line["choices"]
        for axis in ("model", "peft"):
            assert line["axes"][axis] == found.choices[axis]
        assert line["axes"]["lr"] == found["training_config.model.optim.lr"]
        assert line["axes"]["run.replicas"] == found["run.replicas"]


def test_a_yaml_file_is_what_compose_writes_for_its_overrides(recipe):
    lines = written(recipe, "yaml", *SPACE)
    for line in lines[::5]:
        composed = recipe("compose", *line["overrides"])
        assert Path("there", line["file"]).read_text() == composed.out
    names = {Path(line["file"]).name for line in lines}
    assert {path.name for path in Path("there/recipes").iterdir()} == names
    assert len(names) == len(lines)


def test_every_format_has_the_same_recipes(recipe):
    by_yaml = written(recipe, "yaml", *SPACE, directory="yaml")
    by_lines = written(recipe, "jsonl", *SPACE, directory="lines")
    assert [{**line, "file": None} for line in by_yaml] == [
        {**line, "file": None} for line in by_lines
    ]
    stream = Path("lines/recipes.jsonl").read_text().splitlines()
    assert [json.loads(text)["id"] for text in stream] == [line["id"] for line in by_yaml]
    for line, text in list(zip(by_yaml, stream, strict=True))[::6]:
        entry = json.loads(text)
        assert list(entry) == ["id", "recipe"]
        assert entry["recipe"] == compose(line["overrides"]).resolved()
        file = Path("yaml", line["file"]).read_text()
        assert json.dumps(yaml.safe_load(file)["run"]) == json.dumps(entry["recipe"]["run"])


def test_the_compressed_stream_is_the_stream(recipe):
    zstandard = pytest.importorskip("zstandard")
    written(recipe, "jsonl", *SPACE, directory="plain")
    lines = written(recipe, "jsonl.zst", *SPACE, directory="packed")
    with Path("packed/recipes.jsonl.zst").open("rb") as stream:
        reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
        assert reader.read() == Path("plain/recipes.jsonl").read_bytes()
    assert {line["file"] for line in lines} == {"recipes.jsonl.zst"}


def flat(tree):
    """The values of a recipe by dotted key, lists as JSON."""
    return {
        ".".join(path): with_points(json.dumps(value)) if isinstance(value, list) else value
        for path, value in leaves(tree)
    }


def test_a_table_has_a_typed_column_for_each_axis_and_each_key(recipe):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    lines = written(recipe, "parquet", *SPACE)
    table = parquet.read_table("there/recipes.parquet/part-00000.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    axes = ("model", "peft", "lr", "alpha", "mlflow_experiment_name")
    assert list(types)[:7] == ["index", "id", *axes]
    assert types["index"] == types["run.replicas"] == "int64"
    assert types["lr"] == types["training_config.model.optim.lr"] == "double"
    assert types["training_config.model.optim.adam_w_mode"] == "bool"
    assert types["training_config.model.optim.betas"] == types["model"] == types["id"] == "string"
    for row, line in zip(table.to_pylist(), lines, strict=True):
        assert (row["index"], row["id"]) == (line["index"], line["id"])
        assert {axis: row[axis] for axis in axes} == {axis: line["axes"].get(axis) for axis in axes}
        keys = {key: row[key] for key in list(types)[7:] if row[key] is not None}
        if line["index"] % 6 == 0:
            recipe_keys = flat(compose(line["overrides"]).resolved())
            assert keys == {key: value for key, value in recipe_keys.items() if value is not None}
        assert line["file"] == "recipes.parquet/part-00000.parquet"


def test_lines_of_text_have_the_columns_of_the_table(recipe):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    lines = written(recipe, "csv", *SPACE, "--json-column", directory="text")
    written(recipe, "parquet", *SPACE, "--json-column")
    table = parquet.read_table("there/recipes.parquet").to_pylist()
    with Path("text/recipes.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {line["file"] for line in lines} == {"recipes.csv"}
    assert list(rows[0]) == list(table[0])
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    for row, typed in zip(rows, table, strict=True):
        for name, value in typed.items():
            told = "" if value is None else value if isinstance(value, str) else json.dumps(value)
            assert row[name] == with_points(told) or name == "recipe"
        assert json.loads(row["recipe"]) == json.loads(typed["recipe"])


def test_the_whole_recipe_is_a_column_where_it_is_asked_for(recipe):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    lines = written(recipe, "parquet", *SPACE, "--json-column")
    table = parquet.read_table("there/recipes.parquet")
    assert table.column_names[-1] == "recipe"
    for text, line in list(zip(table["recipe"].to_pylist(), lines, strict=True))[::6]:
        assert json.loads(text) == compose(line["overrides"]).resolved()
    ran = recipe("sweep", "--resume", "--dir", "there", "--json")
    assert (ran.status, json.loads(ran.out)["written"]) == (0, 0)
    ran = recipe("sweep", *SPACE, "--format", "parquet", "--resume", "--dir", "there")
    assert ran.status == 0, ran.err  # in the form that is there
    assert "nothing was left to write" in ran.err


def test_text_with_line_breaks_and_commas_is_one_row(recipe):
    names = "mlflow_experiment_name='a,b','say \"so\"','two\nlines',plain"
    lines = written(recipe, "csv", names.replace("\\n", "\n"), "lr=1e-5,2e-5")
    text = Path("there/recipes.csv").read_text()
    assert text.count("\n") == len(lines) + 1 == 9
    found = {row["mlflow_experiment_name"] for row in csv.DictReader(text.splitlines())}
    assert found == {"a,b", 'say "so"', json.dumps("two\nlines"), "plain"}


def test_keys_that_are_called_like_other_columns_have_names_of_their_own():
    columns = Columns(SimpleNamespace(space=of_axes(is_group=True, model=["a"]), grids=()), False)
    point = Point(0, "0f", "", '{"model": 7, "index": {"id": 1}, "id": true}', {"model": "a"})
    assert columns.row(point) == {
        "index": 0,
        "id": "0f",
        "model": "a",
        "recipes.model": 7,
        "index.id": 1,
        "recipes.id": True,
    }


def test_lines_of_text_are_added_to_under_the_columns_that_are_there(recipe):
    both = ("model=nova-micro", "peft=full,lora", "lr=1e-5,2e-5")
    written(recipe, "csv", *both)
    before = Path("there/recipes.csv").read_text()
    more = ("model=nova-micro", "peft=full", "lr=1e-5,2e-5,3e-5")
    ran = recipe("sweep", *more, "--format", "csv", "--extend", "--dir", "there")
    assert ran.status == 0, ran.err
    after = Path("there/recipes.csv").read_text()
    assert after.startswith(before)
    (row,) = list(csv.DictReader(after.splitlines()))[4:]
    assert (row["peft"], row["lr"], row["training_config.model.optim.lr"]) == (
        *("full", "3.0e-05", "3.0e-05"),
    )
    other = ("model=nova-micro", "peft=full,lora", "lr=1e-5,2e-5", "alpha=32,64")
    ran = recipe("sweep", *other, "--format", "csv", "--extend", "--dir", "there")
    assert ran.status == 2
    assert "alpha is a column that the table in there doesn't have" in ran.err
    assert Path("there/recipes.csv").read_text() == after
    assert recipe("sweep", "--resume", "--dir", "there").status == 0


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        ([1, 2.5], "double", [1.0, 2.5]),
        ([True, False], "bool", [True, False]),
        ([None, 3], "int64", [None, 3]),
        ([1, "a"], "string", ["1", "a"]),
        ([1, 2**70], "string", ["1", str(2**70)]),
        ([True, 2], "string", ["true", "2"]),
        ([[1, 2], {"a": 1}], "string", ["[1, 2]", '{"a": 1}']),
    ],
)
def test_a_column_has_the_narrowest_type_that_holds_its_values(tmp_path, values, kind, read):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = Columns(SimpleNamespace(space=of_axes(key=values), grids=()), has_recipe=False)
    table = Parquet(tmp_path, columns, first=0)
    file = table.file_of(0, "")
    points = [Point(at, "id", file, "{}", {"key": value}) for at, value in enumerate(values)]
    table.made(Chunk(points))
    found = parquet.read_table(tmp_path / file)
    assert str(found.schema.field("key").type) == kind
    assert found["key"].to_pylist() == read


def of_axes(*, is_group=False, **axes):
    """What columns read of a space with these axes, each with its values."""
    overrides = {key: [SimpleNamespace(value=value) for value in axes[key]] for key in axes}
    fields = [{"key": key, "overrides": overrides[key], "is_group": is_group} for key in axes]
    return SimpleNamespace(axes=[SimpleNamespace(**own) for own in fields])


@dataclass(frozen=True)
class Point:
    """What a table reads of a point."""

    index: int
    id: str
    file: str
    text: str
    values: dict

    def axes(self):
        """Axis to value."""
        return self.values


@pytest.mark.parametrize(
    ("values", "kind"), [([], "text"), ([None], "text"), ([2**63], "text"), ([2**63 - 1], "int")]
)
def test_the_type_of_values_at_the_edges(values, kind):
    assert kind_of(values) == kind


def test_beyond_a_thousand_recipes_a_directory_has_a_thousand(recipe):
    rates = ",".join(f"{at / 100}e-5" for at in range(100, 118))
    lines = written(
        *(recipe, "yaml", "model=nova-micro", "peft=lora", f"lr={rates}"),
        *("warmup_steps=range(1,21)", "run.replicas=2,4,8"),
    )
    assert len(lines) == 1080
    folders = sorted(Path("there/recipes").iterdir())
    assert [(f.name, len(list(f.iterdir()))) for f in folders] == [("0000", 1000), ("0001", 80)]
    for line in lines:
        assert line["file"].startswith(f"recipes/{line['index'] // 1000:04d}/")
        assert Path("there", line["file"]).is_file()
    composed = recipe("compose", *lines[1001]["overrides"])
    assert Path("there", lines[1001]["file"]).read_text() == composed.out


def test_the_sweep_file_says_what_was_asked_and_of_what(recipe):
    from hydra_recipes import __version__
    from hydra_recipes.sources.active import active_libraries

    lines = written(recipe, "jsonl", *SPACE)
    found = yaml.safe_load(Path("there/sweep.yaml").read_text())
    assert found["request"]["overrides"] == list(SPACE)
    assert found["request"]["format"] == "jsonl"
    assert found["versions"] == {"hydra-recipes": __version__}
    assert found["libraries"] == {one.name: one.digest() for one in active_libraries().members}
    assert found["recipes"] == len(lines)
    assert found["sizes"] == {
        name: Path("there", name).stat().st_size for name in ("recipes.jsonl", "manifest.jsonl")
    }
    planned = json.loads(recipe("sweep", *SPACE, "--plan", "--json").out)
    assert {name: found["ledger"][name] for name in ("asked", "valid", "left_out")} == {
        name: planned[name] for name in ("asked", "valid", "left_out")
    }


@pytest.mark.parametrize(("form", "module"), [("jsonl.zst", "zstandard"), ("parquet", "pyarrow")])
def test_a_format_whose_library_is_missing_says_what_to_install(recipe, monkeypatch, form, module):
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    ended = recipe("sweep", *SPACE, "--format", form, "--dir", "there")
    assert ended.status == 2
    assert f"this needs {module}" in ended.err
    assert "pip install" in ended.err
    assert not Path("there/sweep.yaml").exists()


MEMORY = """
import resource, sys
from contextlib import nullcontext
from pathlib import Path
from hydra_recipes import plan
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.write.recorded import WriteOptions
from hydra_recipes.sweep.write.write import write_plan

peaks = []
space = [
    *("model=nova-micro", "peft=lora", "warmup_steps=range(1,21)", "run.replicas=2,4,8"),
    *("lr=range(1e-5,2e-5,1e-8)", "global_batch_size=16,32"),
]
write_plan(
    plan(space), Path("there"), WriteOptions(sys.argv[1]), active_libraries(),
    lambda *_: nullcontext(
        lambda *_: peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    ),
)
assert len(peaks) > 50
print(peaks[5], peaks[-1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_memory_does_not_grow_with_the_number_of_recipes(form, tmp_path):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, form],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    early, late = map(int, done.stdout.split())
    assert late - early < 24, f"{early} MiB after five chunks, {late} MiB after all"


def test_the_next_line_after_a_table_shows_its_first_recipe(recipe, tmp_path):
    pytest.importorskip("pyarrow")
    ran = recipe("sweep", "lr=1e-5,2e-5", "--format", "parquet", "--dir", "it's a table")
    (line,) = (x for x in ran.err.splitlines() if x.startswith("next: python -c "))
    words = shlex.split(line.removeprefix("next: python "))
    shown = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "'lr': 1e-05" in shown.stdout


@pytest.mark.parametrize("torn", [True, False])
def test_a_row_that_somebody_added_is_refused_and_a_torn_one_is_written_again(recipe, torn):
    written(recipe, "csv", *SPACE)
    file = Path("there/recipes.csv")
    whole = file.read_text()
    added = whole.splitlines(keepends=True)[1].replace("0,", "99,", 1)
    file.write_text(whole[:-20] if torn else whole + added)
    before = file.read_text()
    ran = recipe("sweep", "--resume", "--dir", "there")
    assert ran.status == (0 if torn else 2)
    assert file.read_text() == (whole if torn else before)
    assert torn or "recipes.csv, line" in ran.err
