"""The Edit and Image menus: undo, accept, the way through the folder."""

from __future__ import annotations

from app.ui.actions.spec import SEPARATOR, ActionSpec, Needs

EDIT: tuple[ActionSpec, ...] = (
    ActionSpec(
        "edit.undo", "Undo", ("Ctrl+Z",), "Take back the last edit", "undo", needs=Needs.IMAGE
    ),
    ActionSpec(
        "edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do it again", "redo", needs=Needs.IMAGE
    ),
    SEPARATOR,
    ActionSpec(
        "edit.accept",
        "Accept the prediction",
        ("Ctrl+Shift+A",),
        "Make the predicted pixels of this image your own, where you painted nothing",
        "accept",
        needs=Needs.IMAGE,
    ),
)

IMAGE: tuple[ActionSpec, ...] = (
    ActionSpec("image.next", "Next image", ("D", "PgDown"), "", "next"),
    ActionSpec("image.previous", "Previous image", ("A", "PgUp"), "", "previous"),
    ActionSpec("image.unreviewed", "Next unreviewed", ("Ctrl+Shift+D",)),
    ActionSpec(
        "image.useful",
        "Most useful next",
        ("Ctrl+D",),
        "Go to the image that the model would learn most from",
    ),
    ActionSpec(
        "image.queue",
        "Most useful first",
        (),
        "Sort the list by what the model would learn most from; Next unreviewed follows it",
        "queue",
        True,
    ),
    ActionSpec(
        "image.doubt",
        "Most doubtful region",
        ("J",),
        "Look where the model is least sure; again: the next such place",
        needs=Needs.IMAGE,
    ),
    SEPARATOR,
    ActionSpec(
        "image.reviewed",
        "Reviewed, next",
        ("Ctrl+Return", "Ctrl+Enter"),
        "You are done with this image: what is shown becomes its labels; go on with the next",
        "reviewed",
        needs=Needs.IMAGE,
    ),
    ActionSpec("image.segment", "Segment the folder again"),
    ActionSpec(
        "image.interpolate",
        "Interpolate between two images…",
        ("Ctrl+I",),
        "Fill the images of a sequence between two that you painted",
    ),
)
