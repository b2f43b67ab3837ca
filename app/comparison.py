"""The image on screen as two versions of the model see it, one of them mostly that in use."""

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
    """What two versions make of the image on screen: `name`, and `against` or "" for that in use.

    `other` is all of the first, `right` all of the second unless that is in use; `before` and
    `after` are where the two differ, as the first and the second have it; `changed` is the number
    of these pixels.
    """

    name: str
    against: str
    image_id: int
    other: IdPyramid
    right: IdPyramid | None
    before: IdPyramid
    after: IdPyramid
    changed: int


class Comparison:
    """Which versions are compared; `comparison_changed` of the session tells. GUI thread.

    `version` is compared with `against`, "" for the one in use.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[str, Ids] = {}
        self.version: str | None = None
        self.against = ""
        self.compared: Compared | None = None
        session.image_changed.connect(self._ask)
        session.prediction_changed.connect(self._build_again)
        session.project_closed.connect(self.end)
        session.versions_changed.connect(self._follow_versions)

    def begin(self, version: str | None = None, against: str = "") -> bool:
        """Compare a version with another one or that in use; whether there is something to compare.

        None: those that are compared now, else the latest other one.
        """
        others = self._others()
        if version is None and self.version in others:
            version, against = self.version, self.against
        elif version is None:
            version = others[-1] if others else None
        if version is None:
            tr = self._session.tr
            self._session.tell(
                tr("There is no other version to compare with: keep one in Model, Versions.")
            )
            return False
        self.version, self.against = version, against if against in others else ""
        self._ask()
        return True

    def end(self) -> None:
        """Compare no more."""
        was_on = self.version is not None
        self.version, self.against, self.compared = None, "", None
        self._found.clear()
        if was_on:
            self._session.comparison_changed.emit()

    def take(self, event: PredictedWith) -> None:
        """A version has predicted an image."""
        image = self._session.image
        if image is None or image.item.name != event.image.key:
            return
        if event.name in self._pair:
            self._found[event.name] = event.labels
            self._ask_for_next()
            self._build()

    def _others(self) -> list[str]:
        """The versions that are not in use, oldest first."""
        return [row.name for row in self._session.versions.rows() if not row.is_current]

    def _follow_versions(self) -> None:
        """One was deleted, or is in use now: then what it predicts is what is on screen."""
        if self.version is None:
            return
        rows, pair = self._session.versions.rows(), self._pair
        others = [row.name for row in rows if row.name in pair and not row.is_current]
        in_use = [row.name for row in rows if row.name in pair and row.is_current]
        if len(others) == len(pair):
            return
        if others and in_use:
            self.begin(others[0])
        else:
            self.end()

    @property
    def _pair(self) -> list[str]:
        """The versions that must predict: not that in use."""
        return [name for name in (self.version, self.against) if name]

    def _ask(self) -> None:
        self._found.clear()
        self._set(None)
        self._ask_for_next()

    def _ask_for_next(self) -> None:
        """One after the other: the engine drops an older request of this kind for a newer one."""
        image, link = self._session.image, self._session.modelling.link
        if self.version is None or image is None or link is None:
            return
        missing = [name for name in self._pair if name not in self._found]
        if missing:
            link.predict_with(image.item, missing[0], first=self._session.visible)

    def _build_again(self) -> None:
        """The model in use has predicted."""
        if not self.against:
            self._build()

    def _build(self) -> None:
        """Find what differs, off the GUI thread: it passes over the whole image."""
        image, version, against = self._session.image, self.version, self.against
        if image is None or version is None:
            return
        other = self._found.get(version)
        right = self._found.get(against) if against else image.layers.prediction
        if other is None or right is None or right.shape != other.shape:
            return

        def build() -> None:
            compared = _compared(version, against, image.item.id, other, right)
            self._session.do_in_front(partial(self._take_built, compared, other))

        self._session.do_behind(build)

    def _take_built(self, compared: Compared, other: Ids) -> None:
        if self._found.get(compared.name) is other and compared.against == self.against:
            self._set(compared)

    def _set(self, compared: Compared | None) -> None:
        if compared is not self.compared:
            self.compared = compared
            self._session.comparison_changed.emit()


def _compared(name: str, against: str, image_id: int, other: Ids, right: Ids) -> Compared:
    differs = other != right
    return Compared(
        name=name,
        against=against,
        image_id=image_id,
        other=IdPyramid(other),
        right=IdPyramid(right) if against else None,
        before=IdPyramid(np.where(differs, other, np.uint8(UNLABELLED))),
        after=IdPyramid(np.where(differs, right, np.uint8(UNLABELLED))),
        changed=int(np.count_nonzero(differs)),
    )
