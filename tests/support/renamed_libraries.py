"""A library that renamed what it has, one that uses the old names, and what is said of them."""

from hydra_recipes import check

RUN = "# @package recipes.run\n"
READY = ["data_s3_path=s3://acme/a/b.jsonl", "output_s3_path=s3://acme/a/"]
NEW = {
    "model/acme-lite-2": f"{RUN}defaults: [/model/nova-lite, _self_]\nreplicas: 8\n",
    "team/support": f"{RUN}# The support team.\nname: bot\n",
    "rules/acme": """\
moved:
  model/acme-lite: model/acme-lite-2
  model/acme-small: model/acme-lite
  squad: team
  team/helpdesk: team/support
  run.instances: run.replicas
  step_width: lr
""",
}
OLD = {
    "preset/bot": """\
# @package _global_
# A bot.
defaults:
  - /squad: helpdesk
  - _self_
  - override /model: acme-lite
recipes:
  run:
    instances: 4
  training_config:
    model:
      optim:
        step_width: 2e-5
""",
    "model/old-lite": f"{RUN}defaults: [/model/acme-lite, _self_]\ninstances: 16\n",
    "sweep/look": """\
# A look.
overrides: [model=acme-lite, +squad=helpdesk]
axes:
  step_width: [1e-5, 2e-5]
  run.instances: 4,8
where: step_width < 2e-5 || run.instances == 4
""",
    "rules/old": """\
limits:
  few:
    when: {model: acme-lite, squad: helpdesk}
    keys: {run.instances: {maximum: 4}}
    because: So.
rules:
  slow: {when: {model: acme-lite}, require: step_width < 3e-5, message: too high, because: So.}
""",
}


def told(recipe):
    found = [one for one in check(recipe).findings if one.rule == "moved"]
    assert {one.severity for one in found} <= {"warning"}
    return [one.message for one in found]
