"""The File menu: open, sample, save, import, export, close."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog

from app.document import grouping
from app.ui.commands.command import Table, WindowCommands
from app.ui.dialogs.save_file import ask_target
from app.ui.recent import remember_folder
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.export.scope import Report
    from app.ui.dialogs.export_dialog import ExportDialog

_EXPORT = "export_dialog"
"""The setting of a project that remembers the last export."""


class FileCommands(WindowCommands):
    """Folders and files, chosen by the person."""

    def table(self) -> Table:
        """The commands by action id."""
        return {
            "file.open": self.ask_folder,
            "file.sample": self.open_sample,
            "file.save": self._settled(self._session.editing.save_labels),
            "file.import": self._settled(self.import_labels),
            "file.export": self._settled(self.export),
            "file.report": self.report,
            "file.check": self._settled(self.check),
            "file.backup": self._settled(self.back_up),
            "file.restore": self._settled(self.restore),
            "file.settings": self.settings,
            "file.close": self.close_folder,
            "file.quit": self._window.close,
        }

    def open_folder(self, folder: Path) -> None:
        """Open a folder and remember it."""
        if not self._window.leaving.may_leave(partial(self.open_folder, folder)):
            return
        self._session.opening.open(folder, then=self._remember)

    def _remember(self) -> None:
        if self._session.project is not None:
            remember_folder(self._session.project.folder)

    def close_folder(self) -> None:
        """Close the open folder."""
        if self._window.leaving.may_leave(self.close_folder):
            self._session.close()

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

    def report(self) -> None:
        """Ask where to, and write the report, when there is something to report."""
        project = self._session.project
        if project is None or not self._session.files.can_report():
            return
        suggested = project.folder.with_name(f"{project.folder.name} report.html")
        title, kind = tr("Write a report"), tr("Web page")
        path = ask_target(self._window, title, suggested, kind=kind, suffix=".html")
        if path is not None:
            self._session.files.report(path)

    def export(self) -> None:
        """Ask what to export, and start it."""
        project = self._session.project
        if project is None:
            return
        # The formats bring much with them, which the first paint should not wait for.
        from app.document.export.refusals import suggested_folder
        from app.ui.dialogs.export_dialog import ExportDialog

        folder = suggested_folder(project.folder)
        remembered = dict(project.setting(_EXPORT, {}))
        remembered["group"] = remembered.get("group") or project.setting(grouping.SETTING, "")
        dialog = ExportDialog(folder, self._window, remembered=remembered)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(partial(self._export, dialog))
        self._session.project_closed.connect(dialog.reject)
        dialog.open()

    def _export(self, dialog: ExportDialog) -> None:
        project = self._session.project
        if project is not None and not project.is_read_only:
            project.set_setting(_EXPORT, dialog.memory)
        self._session.files.export(
            dialog.format_name,
            dialog.folder,
            which=dialog.which,
            options=dialog.options,
            show_report=self._show_report,
        )

    def _show_report(self, report: Report) -> None:
        from app.ui.dialogs.report_dialog import ReportDialog

        dialog = ReportDialog(report, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def import_labels(self) -> None:
        """Show what labels from elsewhere would change, and take them on a yes."""
        project = self._session.project
        if project is None:
            return
        if project.is_read_only:
            self._session.tell(tr("This project was opened to look only: nothing can be imported."))
            return
        # The formats bring much with them, which the first paint should not wait for.
        from app.ui.dialogs.import_dialog import ImportDialog

        ImportDialog(self._session, self._window).open()

    def check(self) -> None:
        """Verify the project, and offer to repair."""
        if self._session.project is not None:
            from app.ui.dialogs.check_dialog import CheckDialog  # Seldom needed.

            CheckDialog(self._session, self._window).open()

    def back_up(self) -> None:
        """Ask for a file and put the project into it."""
        project = self._session.project
        if project is None:
            return
        suggested = project.folder.with_name(f"{project.folder.name}.zip")
        title, kind = tr("Back up the project as"), tr("Zip files")
        path = ask_target(self._window, title, suggested, kind=kind, suffix=".zip")
        if path is not None:
            self._session.archiving.back_up(path)

    def restore(self) -> None:
        """Ask for a backup and the folder of its images, unpack it there and open it."""
        if not self._window.leaving.may_leave(self.restore):
            return
        path, _ = QFileDialog.getOpenFileName(
            self._window, tr("Restore a backup"), str(Path.home()), tr("Zip files (*.zip)")
        )
        folder = path and QFileDialog.getExistingDirectory(
            self._window, tr("The folder with the images of this backup"), str(Path(path).parent)
        )
        if path and folder:
            self._session.archiving.restore(Path(path), Path(folder))

    def settings(self) -> None:
        """Show the settings."""
        from app.ui.dialogs.settings_dialog import SettingsDialog  # Seldom needed.

        dialog = SettingsDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
