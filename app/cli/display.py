"""Whether this machine can show a window."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """Whether a window can be seen. Windows and macOS always have a display."""
    if os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def without_display() -> dict[str, str]:
    """The environment in which Qt draws into memory where there is no display."""
    if has_display():
        return dict(os.environ)
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
