"""The main window: composes the canvas, the panels and the actions, and decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QSettings, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDockWidget,
    QLabel,
    QMainWindow,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.action_set import ActionSet
from app.ui.action_states import ActionStates
from app.ui.canvas.display import Comparing, Display
from app.ui.canvas.input import CanvasInput
from app.ui.canvas.minimap import Minimap
from app.ui.canvas.widget import Canvas
from app.ui.commands import Commands
from app.ui.docks.class_dock import ClassDock
from app.ui.docks.history_dock import HistoryDock
from app.ui.docks.image_dock import ImageDock
from app.ui.docks.learning_dock import LearningDock
from app.ui.empty_page import EmptyPage
from app.ui.icons import icon_file
from app.ui.leaving import Leaving
from app.ui.message_strip import MessageStrip
from app.ui.opening_page import OpeningPage
from app.ui.options_bar import ButtonBar, OptionsBar
from app.ui.rail import Rail
from app.ui.settings import apply_settings
from app.ui.status_bar import StatusBar
from app.ui.tools.toolbox import Toolbox
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.session import Session


_FRAME = QSize(16, 48)
"""What a window manager puts around a dialogue, about."""


_LEAST_PAGE = 320
_LEAST_LEFT_DOCK = 200


class MainWindow(QMainWindow):
    """One window on one session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setWindowTitle("Maskloop")
        self.setWindowIcon(QIcon(icon_file("maskloop")))
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks)
        self._panels_shown: bool | None = None
        self._panel_sizes: QByteArray | None = None

        apply_settings()
        self.toolbox = Toolbox(session, self)
        self.display = Display(self)
        self.canvas = Canvas(session, self.toolbox, self.display)
        self.pointer = CanvasInput(self.canvas)
        self.minimap = Minimap(self.canvas)
        self.class_dock = ClassDock(session, self.display, self.toolbox.options)
        self.history_dock = HistoryDock(session)
        self.image_dock = ImageDock(session)
        self.learning_dock = LearningDock(session)
        self.strip = MessageStrip(session)
        self.empty_page = EmptyPage()
        self.opening_page = OpeningPage(session)
        self.options_bar = OptionsBar(session, self.toolbox, self.display)
        self.setStatusBar(StatusBar(session, self.canvas, self.pointer))

        self.actions_by_id = ActionSet(self)
        self.leaving = Leaving(self)
        self.commands = Commands(self)
        self._compose()
        self.actions_by_id.connect(self.commands.table())
        self._connect()
        self._show_project()
        ActionStates(self)
        self.resize(QSize(1400, 880).boundedTo(self.screen().availableSize()))
        self._restore()

    def _compose(self) -> None:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.pages = QStackedWidget()
        for shown in (self.empty_page, self.opening_page, self.canvas):
            self.pages.addWidget(shown)
        # The canvas may be narrower than the pages before it.
        self.empty_page.setMinimumWidth(_LEAST_PAGE)
        self.opening_page.setMinimumWidth(_LEAST_PAGE)
        layout.addWidget(self.strip)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(page)

        self.rail = Rail(self.actions_by_id)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.rail)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.options_bar)
        actions = self.actions_by_id
        self.button_bar = ButtonBar(
            [actions[name] for name in ("edit.undo", "edit.redo", "image.previous", "image.next")],
            actions["image.reviewed"],
        )
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.button_bar)

        self.image_dock.add_queue_action(actions["image.queue"])

        learning = _scrolled(self.learning_dock)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.docks = {
            "classes": self._dock("classes", tr("Classes"), self.class_dock, left),
            "history": self._dock("history", tr("History"), self.history_dock, left),
            "images": self._dock("images", tr("Images"), self.image_dock, right),
            "learning": self._dock("learning", tr("Learning"), learning, right),
        }
        self.docks["classes"].setMinimumWidth(_LEAST_LEFT_DOCK)
        self.resizeDocks([self.docks["classes"]], [220], Qt.Orientation.Horizontal)
        self.resizeDocks(
            [self.docks["classes"], self.docks["history"]], [520, 220], Qt.Orientation.Vertical
        )
        self.resizeDocks([self.docks["images"]], [300], Qt.Orientation.Horizontal)
        self.resizeDocks(
            [self.docks["images"], self.docks["learning"]], [270, 530], Qt.Orientation.Vertical
        )

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title)
        dock.setObjectName(name)
        # A title that the style draws is cut off below the line of its letters.
        heading = QLabel(title)
        heading.setObjectName("dock_title")
        dock.setTitleBarWidget(heading)
        dock.setWidget(widget)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        session = self.session
        for signal in (
            session.project_opened,
            session.project_closed,
            session.image_changed,
            session.opening_changed,
            self.opening_page.became_due,
        ):
            signal.connect(self._show_project)
        session.comparison_wanted.connect(
            lambda: self.display.set_value("comparing", Comparing.SPLIT)
        )
        session.comparison_changed.connect(self._show_comparison)
        self.class_dock.list.addAction(self.actions_by_id["class.all"])
        self.empty_page.open_wanted.connect(self.commands.files.ask_folder)
        self.empty_page.sample_wanted.connect(self.commands.files.open_sample)
        self.empty_page.folder_chosen.connect(self.commands.files.open_folder)

    # What follows the session

    def _show_project(self) -> None:
        project, image = self.session.project, self.session.image
        page = self.canvas if project is not None else self.empty_page
        self.pages.setCurrentWidget(self.opening_page if self.opening_page.is_due else page)
        self._show_panels(self.pages.currentWidget() is self.canvas)
        name = image.item.name.replace("\n", " ") + " — " if image is not None else ""
        folder = f"{project.folder.name} — " if project is not None else ""
        self.setWindowTitle(f"{name}{folder}Maskloop")

    def _show_panels(self, is_shown: bool) -> None:
        """Show or hide all around the canvas; hidden docks would forget their sizes."""
        if is_shown == self._panels_shown:
            return
        self._panels_shown = is_shown
        if not is_shown:
            self._panel_sizes = self.saveState()
        for part in (*self.docks.values(), self.rail, self.options_bar, self.button_bar):
            part.setVisible(is_shown)
        if is_shown and self._panel_sizes is not None:
            self.restoreState(self._panel_sizes)

    def _show_comparison(self) -> None:
        if self.session.comparison.version is None:
            self.display.set_value("comparing", Comparing.OFF)

    # The window itself

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A folder, or a file in a folder, may be dropped anywhere."""
        if _dropped_folder(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped folder."""
        folder = _dropped_folder(event)
        if folder is not None:
            event.acceptProposedAction()
            self.commands.files.open_folder(folder)

    def childEvent(self, event: QChildEvent) -> None:
        """A dialogue fits on the screen, and after it the keys are for the canvas again."""
        super().childEvent(event)
        child = event.child()
        if event.type() == QEvent.Type.ChildPolished and isinstance(child, QDialog):
            child.resize(child.size().boundedTo(self.screen().availableSize() - _FRAME))
            child.finished.connect(self._return_to_canvas)

    def _return_to_canvas(self) -> None:
        if QApplication.activeModalWidget() is None:
            self.activateWindow()
            self.canvas.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "actions_by_id"):
            self.actions_by_id.take_palette()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep everything before the window goes; it stays while that cannot be done."""
        if not self.leaving.may_leave(self.close):
            event.ignore()
            return
        QSettings().setValue("geometry", self.saveGeometry())
        self.toolbox.background.close()
        self.session.close()
        super().closeEvent(event)

    def _restore(self) -> None:
        geometry = QSettings().value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)


def _scrolled(widget: QWidget) -> QScrollArea:
    """A widget that may be higher than there is room for it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidget(widget)
    bar = area.verticalScrollBar().sizeHint().width()
    area.setMinimumWidth(widget.minimumSizeHint().width() + bar)
    return area


def _dropped_folder(event: QDropEvent) -> Path | None:
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile())
        if path.is_dir():
            return path
        if path.is_file():
            return path.parent
    return None
