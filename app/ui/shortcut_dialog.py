"""The shortcut editor: a key for every action, with a warning when two want the same."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.actions import ACTIONS, MENUS, SEPARATOR
from app.ui.translation import tr

ID_ROLE = Qt.ItemDataRole.UserRole

Keys = dict[str, tuple[str, ...]]


class ShortcutDialog(QDialog):
    """Edits a copy; `keys` holds the portable key texts of every action after it was accepted."""

    def __init__(self, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.resize(520, 640)
        self.keys: Keys = dict(keys)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([tr("Action"), tr("Keys")])
        self.tree.setColumnWidth(0, 280)
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setClearButtonEnabled(True)
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(QLabel(tr("New key")))
        row.addWidget(self.edit, 1)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree)
        layout.addLayout(row)
        layout.addWidget(self.warning)
        layout.addWidget(self.buttons)
        self._fill()
        self.tree.currentItemChanged.connect(self._show_chosen)
        self.edit.editingFinished.connect(self._take)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        restore = self.buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        restore.clicked.connect(self._restore)
        self._warn()

    def set_key(self, action_id: str, key: str) -> None:
        """Give an action this one key, or none when it is empty."""
        self.keys[action_id] = (key,) if key else ()
        self._fill()
        self._warn()

    def _fill(self) -> None:
        chosen = self._chosen()
        self.tree.clear()
        for menu, specs in MENUS.items():
            head = QTreeWidgetItem([tr(menu)])
            self.tree.addTopLevelItem(head)
            for spec in specs:
                if spec is SEPARATOR:
                    continue
                text = ", ".join(QKeySequence(k).toString() for k in self.keys[spec.id])
                item = QTreeWidgetItem([tr(spec.text).rstrip("…"), text])
                item.setData(0, ID_ROLE, spec.id)
                head.addChild(item)
                if spec.id == chosen:
                    self.tree.setCurrentItem(item)
        self.tree.expandAll()

    def _chosen(self) -> str | None:
        item = self.tree.currentItem()
        return None if item is None else item.data(0, ID_ROLE)

    def _show_chosen(self) -> None:
        chosen = self._chosen()
        keys = self.keys[chosen] if chosen else ()
        self.edit.setKeySequence(QKeySequence(keys[0] if keys else ""))
        self.edit.setEnabled(chosen is not None)

    def _take(self) -> None:
        chosen = self._chosen()
        if chosen:
            key = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
            if (key,) != self.keys[chosen]:
                self.set_key(chosen, key)

    def _restore(self) -> None:
        self.keys = {spec.id: spec.shortcuts for spec in ACTIONS.values()}
        self._fill()
        self._warn()

    def _warn(self) -> None:
        shared = conflicts(self.keys)
        lines = [
            tr("{key} is wanted by {names}.", key=key, names=" and ".join(names))
            for key, names in shared.items()
        ]
        self.warning.setText("\n".join(lines))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not shared)


def conflicts(keys: Keys) -> dict[str, list[str]]:
    """Keys that more than one action wants, with the names of those actions."""
    wanted: dict[str, list[str]] = {}
    for action_id, texts in keys.items():
        for text in texts:
            key = QKeySequence(text).toString()
            wanted.setdefault(key, []).append(tr(ACTIONS[action_id].text).rstrip("…"))
    return {key: names for key, names in wanted.items() if len(names) > 1}
