"""What a tool is: it takes the pointer in image coordinates and makes edits of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.ui.tools.background import Background
from app.ui.tools.options import ToolOptions
from app.ui.tools.pixels.target import write

if TYPE_CHECKING:
    from app.session import Session


class Pointing(Enum):
    """How the canvas shows where the tool would act."""

    BRUSH = auto()
    CROSS = auto()
    HAND = auto()


@dataclass(frozen=True)
class Pointer:
    """A press, move or release: x, y in image pixels (floats at pixel edges).

    `pressure` 0..1 is that of a pen; 1 for a mouse.
    """

    x: float
    y: float
    shift: bool = False
    ctrl: bool = False
    erases: bool = False
    pressure: float = 1.0

    @property
    def pixel(self) -> tuple[int, int]:
        """The pixel under the pointer; it may lie outside the image."""
        return int(np.floor(self.x)), int(np.floor(self.y))


@dataclass(frozen=True, eq=False)
class Preview:
    """What a tool shows before it has changed anything, in image coordinates.

    `line` is drawn as an outline, `handles` as small squares, `mask` (h, w) bool tinted with its
    upper left pixel at `mask_x`, `mask_y`.
    """

    line: tuple[tuple[float, float], ...] = ()
    is_closed: bool = False
    handles: tuple[tuple[float, float], ...] = ()
    mask: NDArray[np.bool_] | None = None
    mask_x: int = 0
    mask_y: int = 0


class Tool:
    """Base of all tools: does nothing. Methods run on the GUI thread while an image is shown."""

    id = ""
    name = ""
    pointing = Pointing.CROSS
    uses: tuple[str, ...] = ()

    def __init__(self, session: Session, options: ToolOptions, background: Background) -> None:
        self.session = session
        self.options = options
        self.background = background

    @property
    def preview(self) -> Preview | None:
        """What to draw above the image now."""
        return None

    @property
    def is_busy(self) -> bool:
        """True between the start of something and its end; Esc cancels it."""
        return False

    def enter(self) -> None:
        """The tool was chosen."""

    def leave(self) -> None:
        """Another tool was chosen, or the image goes away: drop what is unfinished."""
        self.cancel()

    def press(self, pointer: Pointer) -> None:
        """The button went down."""

    def move(self, pointer: Pointer) -> None:
        """The pointer moved, with the button down or not."""

    def release(self, pointer: Pointer) -> None:
        """The button went up."""

    def finish(self) -> None:
        """Enter was pressed."""

    def step_back(self) -> None:
        """Backspace was pressed: take the last step of something unfinished back."""

    def cancel(self) -> None:
        """Esc was pressed: put everything back."""

    def value(self, pointer: Pointer) -> int:
        """The id to write: the current class, or 255 where the pointer erases."""
        return 255 if pointer.erases else self.session.current_class

    def write_once(self, name: str, x: int, y: int, mask: NDArray[np.bool_], value: int) -> None:
        """One whole edit: set `value` where `mask` (upper left pixel at x, y) and target allow."""
        image = self.session.image
        if image is None:
            return
        height, width = image.layers.labels.shape
        x0, y0 = max(0, x), max(0, y)
        x1, y1 = min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
        if x0 >= x1 or y0 >= y1:
            return
        recorder = self.session.editing.begin()
        recorder.touch(x0, y0, x1, y1)
        prediction = image.layers.prediction
        write(
            image.layers.labels[y0:y1, x0:x1],
            None if prediction is None else prediction[y0:y1, x0:x1],
            mask[y0 - y : y1 - y, x0 - x : x1 - x],
            value,
            self.options.target,
        )
        self.session.editing.commit(recorder, name)
