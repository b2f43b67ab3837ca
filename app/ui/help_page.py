"""The help page: how the work goes, and every key, made from the action table."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from app.ui.actions import GESTURES, MENUS, SEPARATOR
from app.ui.translation import tr

HOW_IT_GOES = (
    "Open a folder. Maskloop makes a first guess of every image (dotted, pale).",
    "Choose a class and paint a few strokes of each over what is wrong. Your pixels are solid, "
    "and no model ever changes them.",
    "The model answers each stroke with a new prediction, and goes on learning while you rest.",
    "Ctrl+Return when an image is right: reviewed, and on to the next one.",
    "Export the masks. Everything you did is in the folder “maskloop” beside your images.",
)


class HelpDialog(QDialog):
    """Shows the page beside the work; it does not stop the window."""

    def __init__(self, keys: dict[str, tuple[str, ...]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys and help"))
        self.resize(640, 720)
        browser = QTextBrowser()
        browser.setHtml(help_html(keys))
        browser.setFrameShape(QTextBrowser.Shape.NoFrame)
        browser.document().setDocumentMargin(18)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(browser)


def help_html(keys: dict[str, tuple[str, ...]]) -> str:
    """The whole page; `keys` are the portable key texts of every action."""
    steps = "".join(f"<li>{escape(tr(step))}</li>" for step in HOW_IT_GOES)
    tables = "".join(_menu_table(menu, keys) for menu in MENUS)
    gestures = "".join(_row(tr(g.keys), tr(g.text)) for g in GESTURES)
    return (
        f"<h2>{tr('How it goes')}</h2><ol>{steps}</ol>"
        f"<h2>{tr('On the canvas')}</h2><table cellpadding='3' width='100%'>{gestures}</table>"
        f"{tables}"
    )


def native(keys: tuple[str, ...]) -> str:
    """Keys as this system writes them."""
    form = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(form) for key in keys)


def _menu_table(menu: str, keys: dict[str, tuple[str, ...]]) -> str:
    specs = [spec for spec in MENUS[menu] if spec is not SEPARATOR]
    rows = "".join(
        _row(native(keys[spec.id]), tr(spec.text), tr(spec.tip) if spec.tip else "")
        for spec in specs
    )
    return f"<h2>{escape(tr(menu))}</h2><table cellpadding='3' width='100%'>{rows}</table>"


def _row(keys: str, text: str, tip: str = "") -> str:
    note = f"<br/><small>{escape(tip)}</small>" if tip else ""
    return (
        f"<tr><td width='32%'><b>{escape(keys)}</b></td>"
        f"<td>{escape(text.rstrip('…'))}{note}</td></tr>"
    )
