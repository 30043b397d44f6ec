"""Places: ``recipe check`` says where in a file something stands, or where it belongs."""

import pytest

IMAGES = (
    "method=evaluation",
    "evaluation=general-multi-modal-benchmark",
    "model=nova-lite",
)


@pytest.fixture
def edited(recipe, tmp_path):
    """Composes a recipe to a file without its first line, and edits the text of it."""

    def edit(*overrides, changes):
        recipe("compose", *overrides, "-o", "edited.yaml")
        text = (tmp_path / "edited.yaml").read_text().partition("\n")[2]
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "edited.yaml").write_text(text)
        return recipe("check", "edited.yaml"), recipe("check", "--format", "github", "edited.yaml")

    return edit


def line_of(text, start):
    return 1 + [line.startswith(start) for line in text.splitlines()].index(True)


def test_images_on_micro_stand_at_the_line_that_tells_the_model(edited, tmp_path):
    micro = {"nova-lite-v1:0:300k": "nova-micro-v1:0:128k", "nova-lite/prod": "nova-micro/prod"}
    shown, github = edited(*IMAGES, changes=micro)
    line = line_of((tmp_path / "edited.yaml").read_text(), "  model_type:")
    assert shown.out.startswith(f"edited.yaml:{line}:15: error: model=nova-micro benchmark=mmmu is")
    assert "with benchmark=mmmu: model=nova-lite, nova-pro or nova-2-lite [offer]" in shown.out
    assert "  try: task=mmlu\n" in shown.out
    assert f"file=edited.yaml,line={line},col=15,title=offer" in github.out


def test_what_none_of_several_keys_says_stands_at_the_section_where_they_belong(edited, tmp_path):
    shown, github = edited("method=cpt", changes={"max_epochs: ": "num_nodes: "})
    line = line_of((tmp_path / "edited.yaml").read_text(), "  trainer:")
    assert f"edited.yaml:{line}:3: error: neither max_epochs nor max_steps is set" in shown.out
    assert f"file=edited.yaml,line={line},col=3,title=epochs-or-steps" in github.out
