"""Light and dark: palettes and a small style sheet, following the system."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

Role = QPalette.ColorRole

LIGHT = {
    Role.Window: "#f3f4f6",
    Role.WindowText: "#22262c",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f7f8fa",
    Role.Text: "#22262c",
    Role.PlaceholderText: "#6d7580",
    Role.Button: "#eceef1",
    Role.ButtonText: "#22262c",
    Role.BrightText: "#b3261e",
    Role.Highlight: "#2a6fdb",
    Role.HighlightedText: "#ffffff",
    Role.Link: "#2a6fdb",
    Role.ToolTipBase: "#ffffff",
    Role.ToolTipText: "#22262c",
    Role.Light: "#ffffff",
    Role.Midlight: "#e3e6ea",
    Role.Mid: "#d4d8de",
    Role.Dark: "#dfe2e7",
    Role.Shadow: "#9aa1ab",
}
DARK = {
    Role.Window: "#2b3037",
    Role.WindowText: "#d9dde3",
    Role.Base: "#191c21",
    Role.AlternateBase: "#1f2328",
    Role.Text: "#d9dde3",
    Role.PlaceholderText: "#8d96a2",
    Role.Button: "#3a404a",
    Role.ButtonText: "#d9dde3",
    Role.BrightText: "#ff8a80",
    Role.Highlight: "#57a5ff",
    Role.HighlightedText: "#0e1420",
    Role.Link: "#7ab8ff",
    Role.ToolTipBase: "#2e333b",
    Role.ToolTipText: "#e6e9ee",
    Role.Light: "#454c57",
    Role.Midlight: "#3d444e",
    Role.Mid: "#454c57",
    Role.Dark: "#15181c",
    Role.Shadow: "#0d0f12",
}


def apply_theme(application: QApplication) -> None:
    """Set palette and style sheet, now and whenever the system changes between light and dark."""
    application.setStyle("Fusion")
    hints = application.styleHints()
    hints.colorSchemeChanged.connect(lambda scheme: _apply(application, scheme))
    _apply(application, hints.colorScheme())


def _apply(application: QApplication, scheme: Qt.ColorScheme) -> None:
    application.setPalette(palette(is_dark=scheme is Qt.ColorScheme.Dark))
    sheet = files("resources") / "style.qss"
    application.setStyleSheet(sheet.read_text(encoding="utf-8"))


def palette(*, is_dark: bool) -> QPalette:
    """The colours of the window."""
    result = QPalette()
    for role, colour in (DARK if is_dark else LIGHT).items():
        result.setColor(role, QColor(colour))
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        faint = result.color(role)
        faint.setAlphaF(0.4)
        result.setColor(QPalette.ColorGroup.Disabled, role, faint)
    return result
