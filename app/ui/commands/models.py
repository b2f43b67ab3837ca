"""The Model menu: pause learning, published models."""

from __future__ import annotations

from app.ui.commands.command import Table, WindowCommands
from app.ui.pretrained_dialog import PretrainedDialog


class ModelCommands(WindowCommands):
    """What the model does."""

    def table(self) -> Table:
        """The commands by action id."""
        return {
            "model.learning": self._window.learning_dock.toggle,
            "model.pretrained": self.use_pretrained,
        }

    def use_pretrained(self) -> None:
        """Offer the published models; the engine fetches the chosen one."""
        dialog = PretrainedDialog(self._session.modelling.pretrained(), self._window)
        if dialog.exec():
            self._session.modelling.use_pretrained(dialog.model_name)
