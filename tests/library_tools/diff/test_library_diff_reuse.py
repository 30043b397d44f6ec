"""What a comparison doesn't compose again would come out the same."""

import pytest

from hydra_recipes.library_tools.diff import effects
from hydra_recipes.library_tools.diff.reuse import Changed
from hydra_recipes.library_tools.diff.versions import versions
from support.team_libraries import ACME, write_library

RULES = """\
rules:
  acme-lr: {require: lr > min_lr, message: it is low, because: We say so.}
families:
  acme: {when: {method: dpo}, model: "hydra_recipes.families.nova_1_sft:Nova1Sft"}
"""
BASE = {
    **{name: ACME[name] for name in ("model/acme-lite", "rules/acme", "sweep/acme/look")},
    "rules/team": RULES,
    "bucket/main": "# @package recipes.run\ndata_s3_path: s3://acme/main.jsonl\n",
    "preset/acme/big": "# @package _global_\ndefaults: [override /model: acme-lite, _self_]\n",
    "sweep/acme/all": "axes: {model: glob(acme-*)}\n",
    "preset/acme/opens": "# @package _global_\ndefaults: [optional /bucket/later, _self_]\n",
}
CHANGES = {
    "an option": {"model/acme-lite": ACME["model/acme-lite"].replace("8", "16")},
    "an option that was looked for": {
        "by_model/sft/acme-lite-lora": "# @package recipes.run\nx: 1\n"
    },
    "a config that was looked for": {"bucket/later": "# @package recipes.run\nname: later\n"},
    "an option that an axis finds": {
        "model/acme-small": ACME["model/acme-lite"].replace("8", "16")
    },
    "a rule": {"rules/team": RULES.replace("lr > min_lr", "lr > 1.0")},
    "a family": {"rules/team": RULES.replace("dpo", "sft")},
    "a sweep": {"sweep/acme/look": ACME["sweep/acme/look"].replace("2.0e-05", "3.0e-05")},
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_composed_again_would_come_out_the_same(tmp_path, monkeypatch, small, name):
    write_library(tmp_path / "old" / "acme", BASE)
    write_library(tmp_path / "new" / "acme", {**BASE, **CHANGES[name]})
    real, composed = effects.outcome, []
    monkeypatch.setattr(effects, "outcome", lambda *a: (composed.append(a[0]), real(*a))[1])
    with versions(str(tmp_path / "old" / "acme"), str(tmp_path / "new" / "acme")) as pair:
        quick, count = effects.Comparing(*pair).run(), len(composed)
        monkeypatch.setattr(Changed, "outcome", lambda *_: None)
        whole = effects.Comparing(*pair).run()
    assert whole.as_json() == quick.as_json()
    assert quick
    assert (count < len(composed) - count) == (name != "a family")
