"""Mending the selected class: in a dragged box, or in the whole image."""

from __future__ import annotations

from functools import partial

import numpy as np

from app.document.edit import Rect
from app.document.layers import ImageLayers
from app.large_edits import AT_ONCE
from app.ui.tools.area import AreaTool, Pixel
from app.ui.tools.pixels.morphology import SIZES, Mending, mended
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.target import UNLABELLED, Ids
from app.ui.tools.tool import Pointer

NAMES = {
    Mending.FILL_HOLES: "Fill holes",
    Mending.REMOVE_SPECKS: "Remove specks",
    Mending.SMOOTH: "Smooth",
    Mending.GROW: "Grow",
    Mending.SHRINK: "Shrink",
}

Mended = tuple[Stamp, Ids]


class Mend(AreaTool):
    """Mends the shown area of the selected class in a box, within the target.

    Pixels that come in get the class; pixels that go out become the background (0), or, of the
    background itself, UNLABELLED.
    """

    id = "tool.mend"
    name = "Mend"
    uses = ("mending", "target")

    def apply(self, start: Pixel, end: Pixel, pointer: Pointer) -> None:
        """Mend what is in the box."""
        box = self.box(start, end)
        if box is not None:
            self.mend(box, self.options.mending, self.options.mend_size)

    def mend_image(self, mending: Mending) -> None:
        """Mend the class in the whole image, by the usual size."""
        image = self.session.image
        if image is not None:
            height, width = image.layers.labels.shape
            self.mend(Rect(0, 0, width, height), mending, SIZES.get(mending, 0))

    def mend(self, box: Rect, mending: Mending, size: int) -> None:
        """One edit; that of a large box is made beside the GUI thread."""
        image, class_id = self.session.image, self.session.current_class
        if image is None:
            return
        work = partial(mending_of, image.layers, class_id, box, mending, size)
        if box.width * box.height <= AT_ONCE:
            self._write(NAMES[mending], work())
        else:
            self.find(lambda _is_dropped: work(), partial(self._write, NAMES[mending]))

    def _write(self, name: str, found: Mended | None) -> None:
        if found is not None:
            self.write_stamp(*found, name)


def mending_of(
    layers: ImageLayers, class_id: int, box: Rect, mending: Mending, size: int
) -> Mended | None:
    """The pixels of a box that change, and the ids they get; None when none does."""
    height, width = layers.labels.shape
    # Seen with some of what is around: the side of the box is no edge of the area.
    x0, y0 = max(0, box.x - 2 * size), max(0, box.y - 2 * size)
    x1 = min(width, box.x + box.width + 2 * size)
    y1 = min(height, box.y + box.height + 2 * size)
    seen = np.s_[y0:y1, x0:x1]
    shown = layers.labels[seen]
    if layers.prediction is not None:
        shown = np.where(shown == UNLABELLED, layers.prediction[seen], shown)
    before = shown == class_id
    after = mended(before, mending, size)
    inside = np.s_[box.y - y0 : box.y - y0 + box.height, box.x - x0 : box.x - x0 + box.width]
    changed = (before != after)[inside]
    if not changed.any():
        return None
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    gone = UNLABELLED if class_id == 0 else 0
    values = np.where(after[inside][part], class_id, gone).astype(np.uint8)
    return Stamp(box.x + int(columns[0]), box.y + int(rows[0]), changed[part]), values
