"""What is done with the mouse or a held key on the canvas; listed on the help page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gesture:
    """A gesture, and what it does."""

    keys: str
    text: str


GESTURES: tuple[Gesture, ...] = (
    Gesture("Left button", "Use the tool"),
    Gesture("Right button", "Erase, whatever the tool"),
    Gesture("Shift, then click or drag", "Straight line from the last point"),
    Gesture("Alt+click", "Pick the class under the cursor"),
    Gesture("Wheel", "Zoom at the cursor"),
    Gesture("Alt+wheel", "Brush size"),
    Gesture("Shift+wheel", "Strength of the masks"),
    Gesture("Space+drag, middle button", "Move the picture"),
    Gesture("Arrow keys", "Move the picture"),
    Gesture("Tab, held", "Look below the masks"),
    Gesture("Esc", "Cancel the stroke or the shape"),
    Gesture("Enter, double-click", "Finish the shape"),
    Gesture("Backspace", "Take the last corner of a shape back"),
    Gesture("Drag sideways", "Tolerance of the magic wand"),
    Gesture("Pen", "Press harder for a wider stroke; turned round, it erases"),
)
