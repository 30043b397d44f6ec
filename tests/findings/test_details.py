"""Details: what all kinds of findings and errors have in common."""

import importlib
import inspect
import pickle
import pkgutil

import pytest

from hydra_recipes.findings import messages
from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.findings.messages.files import EmptyFile, NotUtf8
from hydra_recipes.findings.messages.overrides import CannotOverride, KeyExists, PastTheEnd

MODULES = [
    importlib.import_module(f"{messages.__name__}.{module.name}")
    for module in pkgutil.iter_modules(messages.__path__)
]


def subclasses(of):
    for subclass in of.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


KINDS = [cls for cls in dict.fromkeys(subclasses(Detail)) if "kind" in vars(cls)]


def fields_of(cls):
    return {name for base in cls.__mro__ for name in inspect.get_annotations(base)}


def test_a_detail_is_frozen():
    detail = EmptyFile(file="a.yaml")
    with pytest.raises(AttributeError):
        detail.file = "b.yaml"
    assert detail == EmptyFile(file="a.yaml")


def test_details_are_equal_if_their_class_and_fields_are():
    detail = KeyExists(override="+lr=1", key="lr")
    same = KeyExists(override="+lr=1", key="lr")
    assert (detail, hash(detail)) == (same, hash(same))
    assert detail != KeyExists(override="+lr=2", key="lr")
    assert EmptyFile(file="a") != NotUtf8(file="a", line_number=1, found=None)
    assert repr(detail) == "KeyExists(override='+lr=1', key='lr')"


def test_a_copy_has_other_values_of_some_fields():
    detail = NotUtf8(file="a.yaml", line_number=3, found=None)
    copy = detail.but(file="this file")
    assert (copy.file, copy.line_number, detail.file) == ("this file", 3, "a.yaml")
    assert copy.line().message == "this file is not UTF-8 text (line 3)"


def test_a_detail_is_the_same_in_another_process():
    detail = PastTheEnd(override="betas.2=0.5", place=("betas", [0.9, 0.99], 2))
    assert pickle.loads(pickle.dumps(detail)) == detail


def test_each_part_of_a_message_is_on_one_line():
    detail = KeyExists(override="+a=1\n2", key="a\nb")
    assert detail.line() == (r"a\nb is there already", r"change it: a=1\n2")


@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.__name__)
def test_each_kind_has_words_of_its_own_and_no_field_hides_them(cls):
    assert cls.text is not Detail.text
    assert fields_of(cls).isdisjoint(dir(Detail))


def test_no_two_kinds_have_one_name_but_those_of_an_override_that_cannot_be_applied():
    by_name = {}
    for cls in KINDS:
        by_name.setdefault(cls.kind, []).append(cls)
    shared = [classes for classes in by_name.values() if len(classes) > 1]
    assert shared == [[CannotOverride, PastTheEnd]]
