"""The one door for text that a person reads."""

from PySide6.QtCore import QCoreApplication


def tr(text: str, **values: object) -> str:
    """`text` in the person's language; `{name}` in it is replaced by the keyword of that name."""
    translated = QCoreApplication.translate("Maskloop", text)
    return translated.format(**values) if values else translated
