"""What a tool is: it takes the pointer in image coordinates and makes edits of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.large_edits import AT_ONCE, LargeEdit
from app.ui.tools.background import Background
from app.ui.tools.options import ToolOptions
from app.ui.tools.pixels.stroke import Stamp
from app.ui.tools.pixels.target import Ids
from app.ui.tools.pixels.writing import Writing
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session

Found = TypeVar("Found")


class Pointing(Enum):
    """How the canvas shows where the tool would act."""

    BRUSH = auto()
    CROSS = auto()
    HAND = auto()


@dataclass(frozen=True)
class Pointer:
    """A press, move or release: x, y in image pixels (floats at pixel edges).

    `pressure` 0..1 is that of a pen; 1 for a mouse. The second press of a double-click `is_double`.
    """

    x: float
    y: float
    shift: bool = False
    erases: bool = False
    pressure: float = 1.0
    is_double: bool = False

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
        self._awaited: Event | None = None

    @property
    def preview(self) -> Preview | None:
        """What to draw above the image now."""
        return None

    @property
    def is_busy(self) -> bool:
        """True between the start of something and its end; Esc cancels it."""
        return self.is_waiting

    @property
    def is_waiting(self) -> bool:
        """True while something is looked for that will be written without another press."""
        return self._awaited is not None

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
        """Esc was pressed: put everything back. Extend it."""
        self.drop()

    def value(self, pointer: Pointer) -> int:
        """The id to write: the current class, or 255 where the pointer erases."""
        return 255 if pointer.erases else self.session.current_class

    # For tools that make one whole edit

    def find(
        self, work: Callable[[Callable[[], bool]], Found | None], take: Callable[[Found], None]
    ) -> None:
        """Do `work(is_dropped)` beside the GUI thread, then `take` its result here.

        The tool is busy until then; None is not taken. Another `find`, or a cancel, drops it:
        `is_dropped()` is True from then on, and what comes of it is forgotten.
        """
        self.drop()
        dropped = self._awaited = Event()

        def taken(result: Found | None) -> None:
            if self._awaited is dropped and result is not None:
                self._awaited = None
                take(result)

        def done() -> Found | None:
            return None if dropped.is_set() else work(dropped.is_set)

        self.background.run(done, taken)

    def drop(self) -> None:
        """Do not wait any longer for what was to be found."""
        if self._awaited is not None:
            self._awaited.set()
            self._awaited = None

    def write_shape(self, shape: Callable[[], Stamp], size: int, value: int) -> None:
        """Write a shape of about `size` pixels; a large one is drawn beside the GUI thread."""
        if size <= AT_ONCE:
            self.write_stamp(shape(), value)
        else:
            self.find(lambda _is_dropped: shape(), lambda stamp: self.write_stamp(stamp, value))

    def write_stamp(self, stamp: Stamp, value: int | Ids, name: str | None = None) -> None:
        """One whole edit: set `value` (an id, or the stamp's ids) where stamp and target allow.

        It is called like the tool, or `name`. A large one is made beside the window.
        """
        image = self.session.image
        if image is None:
            return
        writing = Writing(stamp, value, self.options.target, tr(name or self.name))
        layers, box = image.layers, writing.box(image.layers)
        if box is None:
            return
        editing = self.session.editing
        if box.width * box.height > AT_ONCE or editing.is_painting:
            editing.make(
                LargeEdit(
                    tr("Writing a large area"),
                    partial(writing.edit, layers),
                    partial(writing.write, layers, box),
                )
            )
            return
        recorder = editing.begin()
        recorder.touch(box.x, box.y, box.x + box.width, box.y + box.height)
        writing.write(layers, box)
        editing.commit(recorder, writing.name)
