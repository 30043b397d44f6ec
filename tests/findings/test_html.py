"""What notebooks show in place of a ``repr``."""

from html.parser import HTMLParser

from hydra_recipes import check, compose


class Page(HTMLParser):
    """A page as it is seen: its tags, all closed, and its texts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_a_recipe_is_its_choices_its_id_and_its_yaml():
    recipe = compose(["model=nova-lite"])
    page = Page(recipe._repr_html_())
    assert "model=nova-lite" in page.texts[0]
    assert recipe.id in page.texts[1]
    assert page.texts[-1] == recipe.to_yaml()


def test_a_report_is_a_table_of_its_findings():
    report = check(compose(["model=nova-lite", "replicas=7", "data_s3_path=s3://acme/a.jsonl"]))
    page = Page(report._repr_html_())
    seen = "|".join(page.texts)
    assert "not valid" in seen
    assert "nova-lite-replicas|run.replicas is 7; allowed: 4, 8, 16 or 32|" in seen
    assert "Nova Lite trains on 4, 8, 16 or 32 P instances. (guide, published)|" in seen
    assert page.tags.count("tr") == 1 + len(report.findings) + len(report.repairs)


def test_a_valid_report_is_one_line():
    paths = ["data_s3_path=s3://acme/a.jsonl", "output_s3_path=s3://acme/out"]
    page = Page(check(compose(paths))._repr_html_())
    assert "table" not in page.tags
    assert page.texts[-1].strip() == "valid"


def test_nothing_in_a_recipe_becomes_markup():
    recipe = compose(["run.name='<script>alert(1)</script>&amp;'"])
    for shown in (recipe._repr_html_(), check(recipe)._repr_html_()):
        page = Page(shown)
        assert "script" not in page.tags
    assert "<script>alert(1)</script>&amp;" in Page(recipe._repr_html_()).texts[-1]
