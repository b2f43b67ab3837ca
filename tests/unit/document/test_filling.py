"""Accepting a prediction fills what is unlabelled, and only that, as an edit that can be undone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.edit import apply_edit, revert_edit
from app.document.filling import fill, filling


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_the_edit_gives_what_a_plain_copy_gives(height, width, seed, share) -> None:
    random = np.random.default_rng(seed)
    labels = np.where(random.random((height, width)) < share, 255, 1).astype(np.uint8)
    labels[: height // 2] = 255 if seed % 2 else 3
    prediction = random.integers(0, 4, (height, width)).astype(np.uint8)
    prediction[:, : width // 2] = 2
    expected = np.where(labels == 255, prediction, labels)
    before = labels.copy()
    edit = filling(labels, prediction, "Accept")
    assert np.array_equal(labels, before)
    if edit is None:
        assert np.array_equal(labels, expected)
        return
    fill(labels, prediction)
    assert np.array_equal(labels, expected)
    revert_edit(labels, edit)
    assert np.array_equal(labels, before)
    apply_edit(labels, edit)
    assert np.array_equal(labels, expected)
