"""The settings of this computer's user: kept by Qt, used from the start of the window."""

from __future__ import annotations

from PySide6.QtCore import QSettings

from app.document.images import PIXEL_LIMIT, set_pixel_limit

_PIXEL_LIMIT = "pixel_limit"
MEGA = 1_000_000


def megapixel_limit() -> int:
    """Images of more million pixels are refused."""
    value = str(QSettings().value(_PIXEL_LIMIT) or "")
    return int(value) if value.isdecimal() and int(value) > 0 else PIXEL_LIMIT // MEGA


def set_megapixel_limit(megapixels: int) -> None:
    """Keep the limit, and use it from now on."""
    QSettings().setValue(_PIXEL_LIMIT, megapixels)
    apply_settings()


def apply_settings() -> None:
    """Use what is kept."""
    set_pixel_limit(megapixel_limit() * MEGA)
