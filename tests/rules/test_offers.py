"""Offers: the combinations of options that they stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.rules.model import Offer

pytestmark = pytest.mark.quick

OPTIONS = st.lists(st.sampled_from("xyz"), max_size=3, unique=True).map(tuple)
GROUPS = st.dictionaries(st.sampled_from("abc"), OPTIONS)


@given(GROUPS, GROUPS)
def test_what_is_narrowed_stands_for_the_combinations_that_are_wanted(groups, wanted):
    offer = Offer(tuple(groups.items()), "nova")
    assert list(offer.narrowed(wanted).combinations()) == [
        one
        for one in offer.combinations()
        if all(option in wanted.get(group, "xyz") for group, option in one.items())
    ]
