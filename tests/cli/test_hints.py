"""Hints: what ``recipe check`` says to try works when it is pasted."""

import pytest

PATHS = ("data_s3_path=s3://acme/t.jsonl", "output_s3_path=s3://acme/out")


def hints_in(shown):
    return [line.partition("try: ")[2] for line in shown.splitlines() if "  try: " in line]


@pytest.mark.parametrize("links", ["resolved", "relative", "recipes"])
def test_a_key_that_a_file_lacks_is_added_by_the_hint_and_links_to_it_stay(recipe, tmp_path, links):
    recipe("compose", "method=ppo", *PATHS, "--links", links, "-o", "ppo.yaml")
    lines = (tmp_path / "ppo.yaml").read_text().splitlines(keepends=True)
    kept = [line for line in lines if "  rm_replicas: " not in line]
    (tmp_path / "ppo.yaml").write_text("".join(kept))
    shown = recipe("check", "ppo.yaml").out
    assert set(hints_in(shown)) == {"+rm_replicas=1"}
    pasted = recipe("check", "ppo.yaml", "+rm_replicas=1")
    assert (pasted.status, hints_in(pasted.out)) == (0, [])
