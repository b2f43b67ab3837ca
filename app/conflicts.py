"""Strokes that a held-out model disagrees with: looked for, shown, flipped or kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from app.engine.events import Conflict, ConflictSearch, ConflictsFound
from app.notices import Progress

if TYPE_CHECKING:
    from app.session import Session

_KEPT = "kept_conflicts"
_SAME = 0.5


class Conflicts:
    """The conflicts found last that the person has not decided on yet. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: tuple[str, Callable[[], None]] | None = None
        self.found: tuple[Conflict, ...] = ()
        self.sentence = ""
        self.is_searching = False
        # A turn later: the canvas hears of the image too, and shows all of it first.
        session.image_changed.connect(partial(QTimer.singleShot, 0, self._do_pending))
        session.project_closed.connect(self.forget)

    def find(self) -> None:
        """Look for conflicts among all labels; `conflicts_changed` tells when they are there."""
        if self._session.project is None:
            return
        self.found, self.is_searching = (), True
        self.sentence = self._session.tr("Comparing your strokes …")
        self._session.modelling.find_conflicts()
        self._session.conflicts_changed.emit()

    def take(self, event: ConflictSearch | ConflictsFound) -> None:
        """The engine goes on looking, or has found what there is."""
        session = self._session
        if isinstance(event, ConflictSearch):
            text = session.tr("Comparing your strokes")
            session.show_progress(Progress(text, round(100 * event.share), 100))
            return
        self.is_searching = False
        self.found = tuple(found for found in event.conflicts if not self._is_kept(found))
        self.sentence = event.sentence
        session.show_progress(None)
        session.conflicts_changed.emit()

    def give_up(self) -> None:
        """The engine has failed: nothing more will come of the search."""
        if self.is_searching:
            self.take(ConflictsFound((), self._session.tr("The search failed: look again.")))

    def show(self, conflict: Conflict) -> None:
        """Bring the place to the screen."""
        found = self._session.place_found
        self._when_shown(conflict, partial(found.emit, *_with_room(conflict.box)))

    def flip(self, conflict: Conflict) -> None:
        """Give its pixels the suggested class: one undoable edit of its image."""
        self._when_shown(conflict, partial(self._flip, conflict))

    def keep(self, conflict: Conflict) -> None:
        """The label is right: never ask again."""
        project = self._session.project
        if project is not None and not project.is_read_only:
            project.set_setting(_KEPT, [*project.setting(_KEPT, []), _as_plain(conflict)])
        self._drop(conflict)

    def _flip(self, conflict: Conflict) -> None:
        session = self._session
        if session.image is None or not session.editing.can_edit:
            return
        x0, y0, x1, y1 = conflict.box
        recorder = session.editing.begin()
        recorder.touch(x0, y0, x1, y1)
        labels = session.image.layers.labels[y0:y1, x0:x1]
        # What was painted since then stays.
        labels[conflict.mask & (labels == conflict.class_id)] = conflict.suggested
        if not session.editing.commit(recorder, session.tr("Flip a stroke")):
            session.tell(session.tr("These pixels were painted again meanwhile."))
        self._drop(conflict)

    def _drop(self, conflict: Conflict) -> None:
        self.found = tuple(other for other in self.found if other is not conflict)
        self._session.conflicts_changed.emit()

    def _when_shown(self, conflict: Conflict, then: Callable[[], None]) -> None:
        session = self._session
        item = session.item_named(conflict.key)
        if item is None:
            return
        self._pending = (item.name, then)
        if session.image is not None and session.image.item.id == item.id:
            self._do_pending()
        else:
            session.show_image(item.id)

    def _do_pending(self) -> None:
        image = self._session.image
        if image is None or self._pending is None:
            return
        (name, then), self._pending = self._pending, None
        if image.item.name == name:
            then()

    def _is_kept(self, conflict: Conflict) -> bool:
        project = self._session.project
        kept = project.setting(_KEPT, []) if project is not None else []
        return any(_is_same(_as_plain(conflict), other) for other in kept)

    def forget(self) -> None:
        """What was found is of other classes, or of another project."""
        self.found, self.sentence, self.is_searching, self._pending = (), "", False, None
        self._session.conflicts_changed.emit()


def _as_plain(conflict: Conflict) -> dict[str, Any]:
    return {
        "image": conflict.key,
        "classes": [conflict.class_id, conflict.suggested],
        "box": list(conflict.box),
    }


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """The model changes, and with it the edge of what it disagrees with: boxes may differ a bit."""
    if (one["image"], one["classes"]) != (other["image"], other["classes"]):
        return False
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = one["box"], other["box"]
    width, height = min(ax1, bx1) - max(ax0, bx0), min(ay1, by1) - max(ay0, by0)
    common = max(0, width) * max(0, height)
    union = (ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - common
    return bool(common > _SAME * union)


def _with_room(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The box with some of what is around it: a dot alone says nothing."""
    x0, y0, x1, y1 = box
    more = max(8, (48 - max(x1 - x0, y1 - y0)) // 2)
    return x0 - more, y0 - more, x1 + more, y1 + more
