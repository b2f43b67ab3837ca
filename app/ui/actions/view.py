"""The View menu: zoom, and what is drawn over the picture."""

from __future__ import annotations

from app.ui.actions.spec import SEPARATOR, ActionSpec, Needs

VIEW: tuple[ActionSpec, ...] = (
    ActionSpec("view.fit", "Fit the image", ("Ctrl+0",), "", "fit", needs=Needs.IMAGE),
    ActionSpec("view.actual", "100 %", ("Ctrl+1",), needs=Needs.IMAGE),
    ActionSpec("view.zoom_in", "Zoom in", ("Ctrl++", "Ctrl+="), "", "zoom_in", needs=Needs.IMAGE),
    ActionSpec("view.zoom_out", "Zoom out", ("Ctrl+-",), "", "zoom_out", needs=Needs.IMAGE),
    SEPARATOR,
    ActionSpec(
        "view.overlay",
        "Show the masks",
        ("V",),
        "Hide or show the masks; hold Tab to look below them for a moment",
        "eye",
        True,
    ),
    ActionSpec(
        "view.outline",
        "Outlines only",
        ("O",),
        "Show only the edges of the masks",
        "outline",
        True,
    ),
    ActionSpec(
        "view.confidence",
        "Confidence",
        ("C",),
        "Colour by how sure the model is: red is unsure",
        "confidence",
        True,
    ),
    SEPARATOR,
    ActionSpec(
        "view.split",
        "Compare two versions",
        ("Shift+V",),
        "Left of the line another version of the model, right of it the one in use; drag the line",
        "",
        True,
        needs=Needs.IMAGE,
    ),
    ActionSpec(
        "view.blink",
        "Blink what differs",
        ("Shift+B",),
        "Only the pixels in which two versions of the model differ, in turn",
        "",
        True,
        needs=Needs.IMAGE,
    ),
    SEPARATOR,
    ActionSpec("view.full_screen", "Full screen", ("F11",), "", "", True, needs=Needs.NOTHING),
)
