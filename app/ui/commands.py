"""What each action of the table does: one action, one short function."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.ui.help_page import HelpDialog
from app.ui.pretrained_dialog import PretrainedDialog
from app.ui.recent import remember_folder
from app.ui.tools.mend import mend_class
from app.ui.tools.pixels.morphology import Mending
from app.ui.tools.toolbox import TOOLS
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class Commands:
    """The commands of a window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._class_before = 1

    def table(self) -> dict[str, Callable[[], object]]:
        """The command of every action id."""
        session, canvas, options = self._session, self._window.canvas, self._window.toolbox.options
        table: dict[str, Callable[[], object]] = {
            "file.open": self.ask_folder,
            "file.sample": self.open_sample,
            "file.save": self._settled(session.save_labels),
            "file.import": self._settled(self.import_labels),
            "file.export": self._settled(self.export),
            "file.close": self._settled(session.close),
            "file.quit": self._window.close,
            "edit.undo": self._settled(session.undo),
            "edit.redo": self._settled(session.redo),
            "edit.accept": self._settled(session.accept_prediction),
            "image.next": self._settled(session.show_next),
            "image.previous": self._settled(session.show_previous),
            "image.unreviewed": self._settled(session.show_next_unreviewed),
            "image.reviewed": self._settled(session.mark_reviewed_and_next),
            "image.segment": session.segment_folder,
            "brush.smaller": partial(options.grow, -1),
            "brush.larger": partial(options.grow, 1),
            "class.add": self._window.class_dock.add,
            "class.swap": self.swap_class,
            "class.lock": self.lock_class,
            "view.fit": canvas.fit,
            "view.actual": canvas.show_actual_size,
            "view.zoom_in": partial(canvas.zoom, 1.25),
            "view.zoom_out": partial(canvas.zoom, 0.8),
            "view.overlay": partial(self._display_toggle, "view.overlay", "shows_overlay"),
            "view.outline": partial(self._display_toggle, "view.outline", "is_outline_only"),
            "view.confidence": partial(self._display_toggle, "view.confidence", "shows_confidence"),
            "view.full_screen": self.full_screen,
            "model.learning": self._window.learning_dock.toggle,
            "model.pretrained": self.use_pretrained,
            "help.page": self.help,
            "help.keys": self.change_keys,
            "help.about": self.about,
        }
        for tool in TOOLS:
            table[tool.id] = partial(self._window.toolbox.use, tool.id)
        for mending in Mending:
            mend = partial(mend_class, session, options, mending)
            table[f"mend.{mending}"] = self._settled(mend)
        for number in range(10):
            table[f"class.{number}"] = partial(session.select_class, number)
        return table

    def open_folder(self, folder: Path) -> None:
        """Open a folder and remember it."""
        self._window.toolbox.settle()
        if self._session.open_folder(folder.resolve()):
            remember_folder(folder.resolve())

    def ask_folder(self) -> None:
        """Ask for a folder and open it."""
        start = self._session.project.folder.parent if self._session.project else Path.home()
        folder = QFileDialog.getExistingDirectory(
            self._window, tr("Open a folder of images"), str(start)
        )
        if folder:
            self.open_folder(Path(folder))

    def open_sample(self) -> None:
        """Write the sample pictures where the person's pictures are, and open them."""
        from app.sample import write_samples

        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        home = Path(place or tempfile.gettempdir()) / "Maskloop sample"
        images = home / "images"
        if not images.is_dir():
            images, _ = write_samples(home)
        self.open_folder(images)

    def export(self) -> None:
        """Ask what to export, and start it."""
        project = self._session.project
        if project is None:
            return
        # The formats bring much with them, which the first paint should not wait for.
        from app.ui.export_dialog import ExportDialog

        folder = project.folder.with_name(f"{project.folder.name} masks")
        dialog = ExportDialog(folder, self._window)
        if dialog.exec():
            self._session.export(dialog.format_name, dialog.folder, which=dialog.which)

    def import_labels(self) -> None:
        """Ask for a folder of id PNGs and take them."""
        folder = QFileDialog.getExistingDirectory(self._window, tr("Import id PNGs from"))
        if folder:
            self._session.import_labels(Path(folder))

    def swap_class(self) -> None:
        """Background, or the class that was selected before it."""
        current = self._session.current_class
        if current != 0:
            self._class_before = current
        self._session.select_class(self._class_before if current == 0 else 0)

    def lock_class(self) -> None:
        """Lock the selected class, or unlock it."""
        options = self._window.toolbox.options
        options.set_locked(options.target.locked ^ {self._session.current_class})

    def full_screen(self) -> None:
        """Use the whole screen, or a window again."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def use_pretrained(self) -> None:
        """Offer the published models; the engine fetches the chosen one."""
        dialog = PretrainedDialog(self._session.pretrained_models(), self._window)
        if dialog.exec():
            self._session.use_pretrained(dialog.model_name)

    def help(self) -> None:
        """Show the help page beside the work."""
        dialog = HelpDialog(self._window.actions_by_id.keys(), self._window)
        dialog.show()

    def change_keys(self) -> None:
        """Let the person choose other keys; they are kept for the next time."""
        from app.ui.shortcut_dialog import ShortcutDialog

        dialog = ShortcutDialog(self._window.actions_by_id.keys(), self._window)
        if dialog.exec():
            self._window.actions_by_id.set_keys(dialog.keys)

    def about(self) -> None:
        """Name, version, licence."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("maskloop")
        except PackageNotFoundError:
            number = tr("(not installed)")
        QMessageBox.about(
            self._window,
            tr("About Maskloop"),
            tr(
                "<h3>Maskloop {number}</h3><p>Masks for people who have images and no masks.</p>"
                "<p>Free software under the BSD 3-Clause licence. Your images stay on this "
                "computer.</p>",
                number=number,
            ),
        )

    def _settled(self, command: Callable[[], object]) -> Callable[[], None]:
        """The command, after what the tool has unfinished was taken back."""

        def run() -> None:
            self._window.toolbox.settle()
            command()

        return run

    def _display_toggle(self, action_id: str, name: str) -> None:
        self._window.display.set_value(name, self._window.actions_by_id[action_id].isChecked())
