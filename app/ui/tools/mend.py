"""Mending the selected class in the whole image: one command, one edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.ui.tools.pixels.morphology import Mending, mended
from app.ui.tools.pixels.target import UNLABELLED, write
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session
    from app.ui.tools.options import ToolOptions

NAMES = {
    Mending.FILL_HOLES: "Fill holes",
    Mending.REMOVE_SPECKS: "Remove specks",
    Mending.SMOOTH: "Smooth",
    Mending.GROW: "Grow",
    Mending.SHRINK: "Shrink",
}


def mend_class(session: Session, options: ToolOptions, mending: Mending) -> None:
    """Mend the shown area of the selected class, within the target.

    Pixels that come in get the class; pixels that go out become the background (0), or, of the
    background itself, UNLABELLED.
    """
    image = session.image
    if image is None:
        return
    class_id, layers = session.current_class, image.layers
    before = layers.composite() == class_id
    after = mended(before, mending)
    changed = before != after
    if not changed.any():
        return
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    area = np.s_[y0:y1, x0:x1]
    gone = UNLABELLED if class_id == 0 else 0
    values = np.where(after[area], class_id, gone).astype(np.uint8)
    recorder = session.editing.begin()
    recorder.touch(x0, y0, x1, y1)
    prediction = None if layers.prediction is None else layers.prediction[area]
    write(layers.labels[area], prediction, changed[area], values, options.target)
    session.editing.commit(recorder, tr(NAMES[mending]))
