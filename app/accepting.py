"""Accepting the prediction of the image on screen, without standing still for a large image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.document.edit import Edit
from app.document.filling import fill, filling
from app.notices import Progress
from app.opening import OpenImage

if TYPE_CHECKING:
    from app.session import Session

AT_ONCE = 1_500_000
"""Pixels up to which it is done within a frame."""


@dataclass(eq=False)
class _Wish:
    """What was asked, and what the history was when its edit was begun."""

    image: OpenImage
    prediction: NDArray[np.uint8]
    then: Callable[[], None]
    mark: object = None


class Accepting:
    """Makes the edit in another thread; what is painted meanwhile wins, and it is made again.

    GUI thread. `is_painting` tells whether an edit is in work.
    """

    def __init__(self, session: Session, is_painting: Callable[[], bool]) -> None:
        self._session = session
        self._is_painting = is_painting
        self._wish: _Wish | None = None
        self._is_due = False

    def begin(self, image: OpenImage, then: Callable[[], None]) -> None:
        """Accept the prediction of the image; `then` is called when it is in its labels."""
        assert image.layers.prediction is not None
        self._wish = _Wish(image, image.layers.prediction, then)
        if image.layers.labels.size <= AT_ONCE:
            self._take(self._wish, self._edit(self._wish))
            return
        text = self._session.tr("Accepting the prediction")
        self._session.show_progress(Progress(text, 0, 0, can_cancel=False))
        self._prepare(self._wish)

    def go_on(self) -> None:
        """An edit that was in work has ended."""
        if self._is_due and self._wish is not None and not self._is_painting():
            self._prepare(self._wish)

    def forget(self) -> None:
        """The image leaves the screen."""
        if self._wish is not None:
            self._wish = None
            self._session.show_progress(None)

    def _prepare(self, wish: _Wish) -> None:
        self._is_due = False
        wish.mark = wish.image.history.latest

        def make() -> None:
            self._session.do_in_front(partial(self._take, wish, self._edit(wish)))

        self._session.do_behind(make)

    def _edit(self, wish: _Wish) -> Edit | None:
        name = self._session.tr("Accept prediction")
        return filling(wish.image.layers.labels, wish.prediction, name)

    def _take(self, wish: _Wish, edit: Edit | None) -> None:
        if wish is not self._wish or wish.image is not self._session.image:
            return
        is_small = wish.mark is None
        if self._is_painting():
            self._is_due = True
            return
        if not is_small and wish.mark is not wish.image.history.latest:
            self._prepare(wish)
            return
        self._wish = None
        if not is_small:
            self._session.show_progress(None)
        if edit is not None:
            fill(wish.image.layers.labels, wish.prediction)
            self._session.editing.take_edit(edit)
        wish.then()
