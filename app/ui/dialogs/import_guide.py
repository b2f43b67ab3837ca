"""What the import dialogue shows before labels are chosen: how it goes, and what it can read."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from app.document.importing import TITLES
from app.ui.translation import tr

STEPS = (
    "Choose the folder of your masks, or one JSON file. It is only looked through.",
    "Masks are matched with the images by name: cell 7.png belongs to cell 7.jpg.",
    "Say what each class becomes, see how many pixels would change, then press Import. "
    "Each image can be undone.",
)


class ImportGuide(QLabel):
    """A page of text in place of the empty tables."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        steps = "".join(f"<li>{escape(tr(step))}</li>" for step in STEPS)
        formats = "".join(f"<li>{escape(tr(title))}</li>" for title in TITLES.values())
        self.setText(
            f"<p><b>{tr('How it goes')}</b></p><ol>{steps}</ol>"
            f"<p><b>{tr('What can be read')}</b></p><ul>{formats}</ul>"
        )
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setMargin(18)
