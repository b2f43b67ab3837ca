"""The image panel: the list, its filters, and how many are reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.docks.image_delegate import ROW_HEIGHT, ImageDelegate
from app.ui.docks.image_list import ITEM_ROLE, ImageModel
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session

FILTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("All images", ()),
    ("Not reviewed", ("new", "suggested", "predicted", "edited", "failed")),
    ("Untouched", ("new", "suggested", "predicted")),
    ("Edited", ("edited",)),
    ("Reviewed", ("reviewed",)),
    ("Failed", ("failed",)),
)


class ImageDock(QWidget):
    """A filtered list of the folder's images."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = ImageModel(session, self)
        self.text_filter = QLineEdit()
        self.text_filter.setPlaceholderText(tr("Filter by name"))
        self.text_filter.setClearButtonEnabled(True)
        self.state_filter = QComboBox()
        for text, states in FILTERS:
            self.state_filter.addItem(tr(text), states)
        self.list = QListView()
        self.list.setMinimumHeight(6 * ROW_HEIGHT)
        self.list.setModel(self.model)
        self.list.setItemDelegate(ImageDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName(tr("Images"))
        self.count = QLabel()
        self.count.setObjectName("quiet")
        self.count.setContentsMargins(8, 2, 8, 4)

        self.queue_button = QToolButton()
        self.queue_button.setAutoRaise(True)

        filters = QHBoxLayout()
        filters.setContentsMargins(6, 4, 6, 4)
        filters.setSpacing(4)
        filters.addWidget(self.text_filter, 1)
        filters.addWidget(self.state_filter)
        filters.addWidget(self.queue_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(filters)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.count)

        self.text_filter.textChanged.connect(self._filter)
        self.state_filter.currentIndexChanged.connect(self._filter)
        self.list.clicked.connect(self._show)
        self.list.activated.connect(self._show)
        session.image_changed.connect(self._select_shown)
        # Counting 20,000 images takes milliseconds, and while the folder is segmented they change
        # many times a second: count once for all changes of a moment.
        self._count_timer = QTimer(self, interval=150, singleShot=True)
        self._count_timer.timeout.connect(self._show_count)
        session.images_changed.connect(self._count_soon)
        session.images_found.connect(self._count_soon)
        session.project_closed.connect(self._show_count)
        self.model.modelReset.connect(self._select_shown)
        self._show_count()

    def add_queue_action(self, action: QAction) -> None:
        """Let the button over the list do this."""
        self.queue_button.setDefaultAction(action)

    def _filter(self) -> None:
        self.model.set_filter(self.text_filter.text(), self.state_filter.currentData())
        self._show_count()

    def _show(self, index: QModelIndex) -> None:
        self._session.show_image(index.data(ITEM_ROLE).id)

    def _select_shown(self) -> None:
        image = self._session.image
        row = None if image is None else self.model.row_of(image.item.id)
        if row is None:
            self.list.clearSelection()
            return
        index = self.model.index(row)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)

    def _count_soon(self) -> None:
        if not self._count_timer.isActive():
            self._count_timer.start()

    def _show_count(self) -> None:
        items = self._session.images()
        reviewed = sum(item.state == "reviewed" for item in items)
        shown = self.model.rowCount()
        text = tr("{reviewed} of {total} reviewed", reviewed=reviewed, total=len(items))
        if shown != len(items):
            text = tr("{shown} shown · {count}", shown=shown, count=text)
        self.count.setText(text if items else "")
        self.count.setAlignment(Qt.AlignmentFlag.AlignLeft)
