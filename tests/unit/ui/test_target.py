"""Tools write only where the target allows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.ui.tools.pixels.target import UNLABELLED, Rule, Target, allowed, write

ids = arrays(np.uint8, (6, 7), elements=st.sampled_from([0, 1, 2, 3, UNLABELLED]))
masks = arrays(np.bool_, (6, 7))
targets = st.builds(
    Target, st.sampled_from(list(Rule)), st.integers(0, 3), st.frozensets(st.integers(0, 3))
)


@given(ids, st.none() | ids, masks, st.sampled_from([0, 1, UNLABELLED]), targets)
def test_nothing_is_written_outside_mask_and_target(labels, prediction, mask, value, target):
    before = labels.copy()
    may = mask & allowed(before, prediction, target)
    write(labels, prediction, mask, value, target)
    assert np.array_equal(labels[~may], before[~may])
    assert (labels[may] == value).all()


@given(ids, ids)
def test_a_class_as_target_means_what_is_shown(labels, prediction) -> None:
    shown = np.where(labels == UNLABELLED, prediction, labels)
    assert np.array_equal(allowed(labels, prediction, Target(Rule.CLASS, 2)), shown == 2)


@given(ids, ids, st.frozensets(st.integers(0, 3)))
def test_locked_pixels_of_the_person_are_never_allowed(labels, prediction, locked) -> None:
    may = allowed(labels, prediction, Target(Rule.ALL, 0, locked))
    assert not np.isin(labels[may], sorted(locked)).any()
