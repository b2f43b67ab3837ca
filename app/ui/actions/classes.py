"""The Class menu: the class that is painted, and what is done to it as a whole."""

from __future__ import annotations

from app.ui.actions.spec import SEPARATOR, ActionSpec, Needs

CLASS: tuple[ActionSpec, ...] = (
    ActionSpec("class.add", "Add a class", ("Ctrl+Shift+N",), "", "plus"),
    ActionSpec(
        "class.swap",
        "Swap class and background",
        ("X",),
        "Paint with the background, or with the class before it",
    ),
    ActionSpec("class.lock", "Lock the class", ("Alt+L",), "Protect its pixels", "lock"),
    ActionSpec(
        "class.all",
        "Change the classes of all images…",
        (),
        "Rename, recolour, merge, delete and reorder classes, with a dry run and one undo",
    ),
    SEPARATOR,
    ActionSpec(
        "mend.fill_holes",
        "Fill holes",
        (),
        "Fill the holes in areas of the class",
        needs=Needs.IMAGE,
    ),
    ActionSpec(
        "mend.remove_specks",
        "Remove specks",
        (),
        "Remove very small areas of the class",
        needs=Needs.IMAGE,
    ),
    ActionSpec("mend.smooth", "Smooth", (), "Smooth the edges of the class", needs=Needs.IMAGE),
    ActionSpec(
        "mend.grow", "Grow", ("Ctrl+Shift+=",), "Grow the class by a pixel", needs=Needs.IMAGE
    ),
    ActionSpec(
        "mend.shrink", "Shrink", ("Ctrl+Shift+-",), "Shrink the class by a pixel", needs=Needs.IMAGE
    ),
    SEPARATOR,
    ActionSpec("class.0", "Background", ("0",)),
    *(ActionSpec(f"class.{n}", f"Class {n}", (str(n),)) for n in range(1, 10)),
)
