"""A tour of the image on screen: from one doubtful region to the next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.opening import OpenImage

if TYPE_CHECKING:
    from app.session import Session

Region = tuple[int, int, int, int]
"""x0, y0, x1, y1 in image pixels."""


class DoubtTour:
    """Brings the regions into view where the model is least sure. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: list[Region] = []
        session.image_changed.connect(self._seen.clear)

    def show_next(self) -> None:
        """Look at the most doubtful region that was not looked at yet; `place_found` tells it."""
        session, image = self._session, self._session.image
        if image is None:
            return
        confidence = image.layers.confidence
        if confidence is None or not session.learning.is_ready:
            session.tell(session.tr("There is no prediction yet: wait a moment and ask again."))
            return
        project = session.project
        if project is None:
            return

        def find() -> None:
            from segmodels.doubt import doubtful_regions

            labels = project.committed_labels(image.item.id)
            boxes = doubtful_regions(confidence, labels)
            regions = [(box.x0, box.y0, box.x1, box.y1) for box in boxes]
            session.do_in_front(partial(self._show, image, regions))

        session.do_behind(find)

    def _show(self, image: OpenImage, regions: list[Region]) -> None:
        session = self._session
        if image is not session.image:
            return
        if not regions:
            text = session.tr("The model is sure of all that you have not painted here.")
            session.tell(text, action_text=session.tr("Go on"), action=session.show_next_unreviewed)
            return
        found = next((region for region in regions if not self._was_seen(region)), None)
        if found is None:  # once round: begin again
            self._seen.clear()
            found = regions[0]
        self._seen.append(found)
        session.place_found.emit(*found)

    def _was_seen(self, region: Region) -> bool:
        """Whether its middle lies in a region that was looked at: after a stroke they shift."""
        x, y = (region[0] + region[2]) / 2, (region[1] + region[3]) / 2
        return any(x0 <= x < x1 and y0 <= y < y1 for x0, y0, x1, y1 in self._seen)
