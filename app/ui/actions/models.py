"""The Model menu: versions, learning, published models."""

from __future__ import annotations

from app.ui.actions.spec import SEPARATOR, ActionSpec

MODEL: tuple[ActionSpec, ...] = (
    ActionSpec(
        "model.versions",
        "Versions…",
        ("Ctrl+Shift+V",),
        "All versions of the model: use, keep, compare, export, import",
    ),
    ActionSpec(
        "model.learning",
        "Pause learning",
        ("Ctrl+L",),
        "Strokes are answered all the same; only the long learning in idle time pauses",
        "pause",
    ),
    ActionSpec(
        "model.restart",
        "Restart learning",
        (),
        "Start the engine anew, when it does not answer: it learns from your strokes again",
    ),
    ActionSpec(
        "model.pretrained",
        "Use a pretrained model…",
        (),
        "Fetch a published model that knows everyday things",
    ),
    ActionSpec(
        "model.start",
        "Start from another model…",
        (),
        "Another network, as it is or pretrained: it learns from the strokes there are",
    ),
    SEPARATOR,
    ActionSpec(
        "model.conflicts",
        "Check the strokes…",
        ("Ctrl+K",),
        "Look for slips of the brush: strokes that a model disagrees with which has not seen them",
    ),
    ActionSpec(
        "model.averaging",
        "Steadier masks",
        (),
        "Look at each image four ways, flipped and turned, and average: takes four times as long",
        "",
        True,
    ),
    ActionSpec(
        "model.averaging_more",
        "Steadiest masks",
        (),
        "Look at each image twelve ways, also scaled, and average: takes some 15 times as long",
        "",
        True,
    ),
    ActionSpec(
        "model.groups",
        "Images that belong together…",
        (),
        "Name what images share, as a patient: they are held out together when a model is judged",
    ),
)
