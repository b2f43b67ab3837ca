"""A stamp as an edit of tiles, and written in place: always the same pixels."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.edit import apply_edit, revert_edit
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.target import Rule, Target
from app.ui.tools.pixels.writing import Writing


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(-150, 400),
    st.integers(-150, 300),
    st.sampled_from(list(Rule)),
    st.booleans(),
)
def test_an_edit_made_behind_writes_what_is_written_in_place(seed, x, y, rule, has_ids) -> None:
    random = np.random.default_rng(seed)
    labels = random.choice([0, 1, 255], (280, 390)).astype(np.uint8)
    prediction = random.integers(0, 3, labels.shape).astype(np.uint8)
    layers = SimpleNamespace(labels=labels, prediction=prediction)
    mask = random.random((150, 170)) < 0.7
    value = random.integers(0, 3, mask.shape).astype(np.uint8) if has_ids else 2
    target = Target(rule, 1, frozenset({0}))
    writing = Writing(Stamp(x, y, mask), value, target, "x")
    before = labels.copy()
    edit, box = writing.edit(layers), writing.box(layers)
    assert np.array_equal(labels, before)
    if box is not None:
        writing.write(layers, box)
    behind = before.copy()
    if edit is not None:
        apply_edit(behind, edit)
    assert np.array_equal(behind, labels)
    if edit is not None:
        revert_edit(labels, edit)
    assert np.array_equal(labels, before)
