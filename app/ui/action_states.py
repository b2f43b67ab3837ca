"""What the actions look like: grey or not, checked or not, and their texts follow the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.ui.actions import ACTIONS, Needs
from app.ui.canvas.display import Comparing
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow


class ActionStates(QObject):
    """Follows the session, the display and the tool in use."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session, actions = window.session, window.actions_by_id
        self._session = session
        self._actions = actions
        self._display = window.display
        for signal in (
            session.project_opened,
            session.project_closed,
            session.image_changed,
            session.opening_changed,
        ):
            signal.connect(self._show_needs)
        session.history_changed.connect(self._show_history)
        session.learning_changed.connect(self._show_learning)
        session.queue_changed.connect(self._show_settings)
        session.averaging_changed.connect(self._show_settings)
        session.project_opened.connect(self._show_settings)
        window.display.changed.connect(self._show_display)
        window.toolbox.tool_changed.connect(lambda tool: actions[tool].setChecked(True))
        actions[window.toolbox.current.id].setChecked(True)
        self._show_needs()
        self._show_display()

    def _show_needs(self) -> None:
        """Nothing is done to a project while another one is being opened in its place."""
        session = self._session
        is_free = session.opening.folder is None
        there = [Needs.NOTHING]
        there += [Needs.PROJECT] if is_free and session.project is not None else []
        there += [Needs.IMAGE] if is_free and session.image is not None else []
        self._actions.enable(*there)
        self._show_encryption()
        self._show_history()

    def _show_encryption(self) -> None:
        project = self._session.project
        is_encrypted = project is not None and project.is_encrypted
        encrypt, passphrase = self._actions["file.encrypt"], self._actions["file.passphrase"]
        text = tr("Make the project plain…") if is_encrypted else tr(ACTIONS["file.encrypt"].text)
        encrypt.setText(text)
        passphrase.setEnabled(is_encrypted and passphrase.isEnabled())

    def _show_history(self) -> None:
        image = self._session.image if self._session.opening.folder is None else None
        history = image.history if image is not None else None
        undo, redo = self._actions["edit.undo"], self._actions["edit.redo"]
        undo_name = history.undo_name if history is not None else None
        redo_name = history.redo_name if history is not None else None
        undo.setEnabled(undo_name is not None)
        redo.setEnabled(redo_name is not None)
        undo.setText(tr("Undo {name}", name=undo_name) if undo_name else tr("Undo"))
        redo.setText(tr("Redo {name}", name=redo_name) if redo_name else tr("Redo"))

    def _show_learning(self) -> None:
        is_paused = self._session.learning.is_paused
        action = self._actions["model.learning"]
        action.setText(tr("Resume learning") if is_paused else tr(ACTIONS["model.learning"].text))
        self._actions.set_icon("model.learning", "play" if is_paused else "pause")

    def _show_settings(self) -> None:
        self._actions["image.queue"].setChecked(self._session.queue.is_followed)
        averaging = self._session.modelling.averaging
        self._actions["model.averaging"].setChecked(averaging == "flips")
        self._actions["model.averaging_more"].setChecked(averaging == "full")

    def _show_display(self) -> None:
        self._actions["view.overlay"].setChecked(self._display.shows_overlay)
        self._actions["view.outline"].setChecked(self._display.is_outline_only)
        self._actions["view.confidence"].setChecked(self._display.shows_confidence)
        for comparing in (Comparing.SPLIT, Comparing.BLINK):
            action = self._actions[f"view.{comparing.value}"]
            action.setChecked(self._display.comparing is comparing)
