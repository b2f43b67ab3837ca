"""Changes of the class table: add, rename, recolour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.document.classes import ClassTable
from app.document.errors import ClassError

if TYPE_CHECKING:
    from app.session import Session


class ClassEditing:
    """An id never changes its meaning, so nothing of this touches a pixel. GUI thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str) -> int:
        """Add a class at the end and select it; gives the selected class.

        A name that cannot be is said; then the selected class stays.
        """
        session = self._session
        if self._change(lambda: session.classes.with_added(name)):
            added = session.classes.by_name(name.strip())
            if added is not None:
                session.select_class(added.id)
        return session.current_class

    def rename(self, class_id: int, name: str) -> None:
        """Give a class another name."""
        self._change(lambda: self._session.classes.with_renamed(class_id, name))

    def recolour(self, class_id: int, colour: tuple[int, int, int]) -> None:
        """Give a class another colour, RGB 0..255."""
        self._change(lambda: self._session.classes.with_recoloured(class_id, colour))

    def replace(self, classes: ClassTable) -> None:
        """Use this table from now on; the model makes room for its classes."""
        session = self._session
        if session.project is None or session.project.is_read_only:
            return
        session.project.set_classes(classes)
        session.modelling.set_classes(classes.count_for_model)
        session.classes_changed.emit()

    def _change(self, change: Callable[[], ClassTable]) -> bool:
        try:
            self.replace(change())
        except ClassError as error:
            self._session.tell(str(error), is_error=True)
            return False
        return True
