"""The Model menu: pause learning, other and published models."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.document import grouping
from app.ui.commands.command import Table, WindowCommands
from app.ui.dialogs.conflict_dialog import ConflictDialog
from app.ui.dialogs.grouping_dialog import GroupingDialog
from app.ui.dialogs.start_dialog import StartDialog
from app.ui.dialogs.versions_dialog import VersionsDialog
from app.ui.pretrained_dialog import PretrainedDialog

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class ModelCommands(WindowCommands):
    """What the model does."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._conflicts: ConflictDialog | None = None

    def table(self) -> Table:
        """The commands by action id."""
        return {
            "model.learning": self._window.learning_dock.toggle,
            "model.restart": self._session.modelling.restart,
            "model.pretrained": self.use_pretrained,
            "model.start": self.start_from,
            "model.versions": self.show_versions,
            "model.conflicts": self.check_strokes,
            "model.averaging": partial(self.average, "flips"),
            "model.averaging_more": partial(self.average, "full"),
            "model.groups": self.group_images,
        }

    def use_pretrained(self) -> None:
        """Offer the published models; the engine fetches the chosen one."""
        models = self._session.new_models
        if not models.is_ready():
            return
        dialog = PretrainedDialog(models.published(), self._window)
        if dialog.exec():
            models.use_published(dialog.model_name)

    def start_from(self) -> None:
        """Ask for another model; the engine makes it, and then uses it."""
        models = self._session.new_models
        if not models.is_ready():
            return
        dialog = StartDialog(models.choices(), self._session.learning.model, self._window)
        if dialog.exec():
            models.start_from(dialog.model_name, is_pretrained=dialog.wants_pretrained)

    def check_strokes(self) -> None:
        """Look for conflicts, and list them beside the canvas."""
        if self._conflicts is None:
            self._conflicts = ConflictDialog(self._session, self._window)
            corner = self._window.geometry().topRight()
            self._conflicts.move(corner.x() - self._conflicts.width() - 12, corner.y() + 60)
        self._session.conflicts.find()
        self._conflicts.show()
        self._conflicts.raise_()

    def average(self, kind: str) -> None:
        """Average predictions in this way; if they are so already, do not."""
        modelling = self._session.modelling
        modelling.set_averaging("off" if modelling.averaging == kind else kind)

    def group_images(self) -> None:
        """Ask which images belong together."""
        project = self._session.project
        if project is None:
            return
        names = [item.name for item in self._session.images()]
        before = str(project.setting(grouping.SETTING, ""))
        dialog = GroupingDialog(names, before, self._window)
        if dialog.exec() and dialog.expression != before:
            self._session.modelling.set_grouping(dialog.expression)

    def show_versions(self) -> None:
        """List the versions beside the work."""
        VersionsDialog(self._session, self._window).show()
