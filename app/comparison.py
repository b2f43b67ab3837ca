"""The image on screen as another version of the model sees it, beside the version in use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.document.classes import UNLABELLED
from app.document.id_pyramid import IdPyramid
from app.engine.events import PredictedWith

if TYPE_CHECKING:
    from app.session import Session

Ids = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Compared:
    """What two versions make of the image on screen.

    `other` is all of the other version; `before` and `after` are where the two differ, as the other
    and the one in use have it; `changed` is the number of these pixels.
    """

    name: str
    image_id: int
    other: IdPyramid
    before: IdPyramid
    after: IdPyramid
    changed: int


class Comparison:
    """Which version is compared with; `comparison_changed` of the session tells. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._other: Ids | None = None
        self.version: str | None = None
        self.compared: Compared | None = None
        session.image_changed.connect(self._ask)
        session.prediction_changed.connect(self._build)
        session.project_closed.connect(self.end)
        session.versions_changed.connect(self._end_without_another)

    def begin(self, version: str | None = None) -> bool:
        """Compare with this version, or with the latest other one; whether there is one."""
        if version is None:
            others = [row.name for row in self._session.versions.rows() if not row.is_current]
            latest = others[-1] if others else None
            version = self.version if self.version in others else latest
        if version is None:
            tr = self._session.tr
            self._session.tell(
                tr("There is no other version to compare with: keep one in Model, Versions.")
            )
            return False
        self.version = version
        self._ask()
        return True

    def end(self) -> None:
        """Compare no more."""
        was_on = self.version is not None
        self.version = self._other = self.compared = None
        if was_on:
            self._session.comparison_changed.emit()

    def _end_without_another(self) -> None:
        """The version was deleted, or is in use now: there is nothing to compare."""
        others = [row.name for row in self._session.versions.rows() if not row.is_current]
        if self.version is not None and self.version not in others:
            self.end()

    def take(self, event: PredictedWith) -> None:
        """The other version has predicted an image."""
        image = self._session.image
        is_wanted = event.name == self.version and image is not None
        if is_wanted and image is not None and image.item.name == event.image.key:
            self._other = event.labels
            self._build()

    def _ask(self) -> None:
        self._other = None
        self._set(None)
        image, link = self._session.image, self._session.modelling.link
        if self.version is not None and image is not None and link is not None:
            link.predict_with(image.item, self.version, first=self._session.visible)

    def _build(self) -> None:
        """Find what differs, off the GUI thread: it passes over the whole image."""
        image, other, version = self._session.image, self._other, self.version
        if image is None or other is None or version is None:
            return
        now = image.layers.prediction
        if now is None or now.shape != other.shape:
            return

        def build() -> None:
            compared = _compared(version, image.item.id, other, now)
            self._session.do_in_front(partial(self._take_built, compared, other))

        self._session.do_behind(build)

    def _take_built(self, compared: Compared, other: Ids) -> None:
        if other is self._other:
            self._set(compared)

    def _set(self, compared: Compared | None) -> None:
        if compared is not self.compared:
            self.compared = compared
            self._session.comparison_changed.emit()


def _compared(name: str, image_id: int, other: Ids, now: Ids) -> Compared:
    differs = other != now
    before = np.where(differs, other, np.uint8(UNLABELLED))
    after = np.where(differs, now, np.uint8(UNLABELLED))
    count = int(np.count_nonzero(differs))
    return Compared(name, image_id, IdPyramid(other), IdPyramid(before), IdPyramid(after), count)
