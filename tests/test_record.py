"""Records behave like named tuples."""

import copy
import pickle
from typing import NamedTuple

import pytest

from hydra_recipes.record import Record

pytestmark = pytest.mark.quick


class Plain(NamedTuple):
    one: int
    two: str = "two"
    three: tuple[int, ...] = ()

    @property
    def both(self):
        return (self.one, self.two)


class Made(Record):
    one: int
    two: str = "two"
    three: tuple[int, ...] = ()

    @property
    def both(self):
        return (self.one, self.two)


CALLS = [
    ((1,), {}),
    ((1, "x"), {}),
    ((1, "x", (2,)), {}),
    ((), {"one": 1}),
    ((1,), {"three": (3,)}),
    ((), {"three": (3,), "one": 1, "two": "y"}),
]


@pytest.mark.parametrize(("values", "named"), CALLS)
def test_one_is_made_and_told_as_a_named_tuple_is(values, named):
    plain, made = Plain(*values, **named), Made(*values, **named)
    assert made == plain
    assert hash(made) == hash(plain)
    assert repr(made) == repr(plain).replace("Plain", "Made")
    assert (made.one, made.two, made.three, made.both) == (*plain, plain.both)
    assert made._asdict() == plain._asdict()
    assert made._replace(two="z") == plain._replace(two="z")
    assert (Made._fields, Made._field_defaults) == (Plain._fields, Plain._field_defaults)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda kind: kind(),
        lambda kind: kind(two="x"),
        lambda kind: kind(1, "x", (), 4),
        lambda kind: kind(1, one=1),
        lambda kind: kind(1, four=4),
        lambda kind: kind(1, "x", (), two="y"),
        lambda kind: kind._make([1]),
    ],
)
@pytest.mark.parametrize("kind", [Plain, Made])
def test_what_does_not_fit_its_fields_is_refused(kind, wrong):
    with pytest.raises(TypeError):
        wrong(kind)


def test_no_other_field_can_be_replaced():
    with pytest.raises(TypeError, match="Made has the fields one, two, three"):
        Made(1)._replace(four=4)


def test_it_stays_as_it_is():
    made = Made(1)
    for name in ("one", "four"):
        with pytest.raises(AttributeError):
            setattr(made, name, 2)
    assert made == (1, "two", ())


def test_copies_are_of_the_same_class():
    made = Made(1, three=(2,))
    for same in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert same == made
        assert type(same) is Made
