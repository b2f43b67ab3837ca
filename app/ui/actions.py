"""The table of everything a person can do: the only source of menus, tooltips, keys and help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """One user action. `shortcuts` are portable key texts; `icon` names an SVG in resources."""

    id: str
    text: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    is_checkable: bool = False
    group: str = ""


@dataclass(frozen=True)
class Gesture:
    """Something done with the mouse or a held key on the canvas; listed on the help page."""

    keys: str
    text: str


SEPARATOR = ActionSpec("-", "")

_FILE = (
    ActionSpec(
        "file.open",
        "Open folder…",
        ("Ctrl+O", "Ctrl+U"),
        "Open a folder of images; everything is kept inside it",
        "folder",
    ),
    ActionSpec(
        "file.sample", "Try the sample", (), "Make a small folder of pictures to try things"
    ),
    ActionSpec(
        "file.save",
        "Save now",
        ("Ctrl+S",),
        "Every stroke is kept as you paint; this also writes the label files now",
        "save",
    ),
    SEPARATOR,
    ActionSpec(
        "file.import",
        "Import labels…",
        (),
        "Take masks, COCO, YOLO, labelme and others, matched by file name, as your own labels",
        "import",
    ),
    ActionSpec(
        "file.export", "Export masks…", ("Ctrl+E",), "Write the masks to a folder", "export"
    ),
    ActionSpec(
        "file.report",
        "Report…",
        (),
        "Write how good the model is, with curve, tables and pictures, as one HTML file",
    ),
    SEPARATOR,
    ActionSpec("file.check", "Check project…", (), "Verify every file, and repair on your yes"),
    ActionSpec("file.backup", "Back up…", (), "Put everything but the images into one file"),
    ActionSpec("file.restore", "Restore…", (), "Unpack a backup beside the same images"),
    ActionSpec(
        "file.encrypt", "Encrypt project…", (), "Keep labels and models behind a passphrase"
    ),
    SEPARATOR,
    ActionSpec("file.settings", "Settings…", (), "The largest image that is opened; privacy"),
    ActionSpec("file.close", "Close folder", ("Ctrl+W",)),
    ActionSpec("file.quit", "Quit", ("Ctrl+Q",)),
)

_EDIT = (
    ActionSpec("edit.undo", "Undo", ("Ctrl+Z",), "Take back the last edit", "undo"),
    ActionSpec("edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do it again", "redo"),
    SEPARATOR,
    ActionSpec(
        "edit.accept",
        "Accept the prediction",
        ("Ctrl+Shift+A",),
        "Make the predicted pixels of this image your own, where you painted nothing",
        "accept",
    ),
)

_IMAGE = (
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
    ),
    SEPARATOR,
    ActionSpec(
        "image.reviewed",
        "Reviewed, next",
        ("Ctrl+Return", "Ctrl+Enter"),
        "You are done with this image: what is shown becomes its labels; go on with the next",
        "reviewed",
    ),
    ActionSpec("image.segment", "Segment the folder again"),
    ActionSpec(
        "image.interpolate",
        "Interpolate between two images…",
        ("Ctrl+I",),
        "Fill the images of a sequence between two that you painted",
    ),
)

_TOOLS = (
    ActionSpec("tool.pan", "Pan", ("H",), "Move the picture", "pan", True, "tool"),
    ActionSpec(
        "tool.brush",
        "Brush",
        ("B",),
        "Paint the class; Shift draws a straight line, the right button erases",
        "brush",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.eraser",
        "Eraser",
        ("E",),
        "Take your pixels away, so that the prediction counts there again",
        "eraser",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.fill",
        "Fill",
        ("F",),
        "Give a whole connected area the class; with a tolerance, only what is of like colour",
        "fill",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.background",
        "Background brush",
        ("N",),
        "Paint the background, whatever class is selected",
        "background",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.accept",
        "Accept brush",
        ("K",),
        "Make the prediction under the brush your own",
        "accept_brush",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.second",
        "Second choice brush",
        ("Shift+K",),
        "Change what is under the brush to the model's next most likely class",
        "second_choice",
        True,
        "tool",
    ),
    SEPARATOR,
    ActionSpec(
        "tool.polygon",
        "Polygon",
        ("P",),
        "Click or drag corners, move them; Enter or a double-click fills",
        "polygon",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.lasso",
        "Lasso",
        ("L",),
        "Draw around an area to fill it",
        "lasso",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.scissors",
        "Scissors",
        ("M",),
        "Click along an object: the line keeps to its edge; Enter or a double-click fills",
        "scissors",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.rectangle",
        "Rectangle",
        ("R",),
        "Drag a box to fill it; Shift makes it square",
        "rectangle",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.ellipse",
        "Ellipse",
        ("Shift+R",),
        "Drag a box to fill the ellipse in it; Shift makes it a circle",
        "ellipse",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.wand",
        "Magic wand",
        ("W",),
        "Press on an area of like colour and drag sideways until it fits",
        "wand",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.superpixel",
        "Superpixel brush",
        ("S",),
        "Paint whole areas of like colour",
        "superpixel",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.grabcut",
        "GrabCut",
        ("G",),
        "Drag a box around an object; it is cut out",
        "grabcut",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.threshold",
        "Threshold",
        ("T",),
        "Drag a box and move the level; Enter or a click takes its bright or dark pixels",
        "threshold",
        True,
        "tool",
    ),
    ActionSpec(
        "tool.mend",
        "Mend",
        ("U",),
        "Drag a box: fill holes, remove specks, smooth, grow or shrink the class in it",
        "mend",
        True,
        "tool",
    ),
    SEPARATOR,
    ActionSpec(
        "tool.pick",
        "Pick class",
        ("I",),
        "Paint with the class you click",
        "pick",
        True,
        "tool",
    ),
    SEPARATOR,
    ActionSpec("brush.smaller", "Smaller brush", ("[", ",")),
    ActionSpec("brush.larger", "Larger brush", ("]", ".")),
)

_CLASS = (
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
    ActionSpec("mend.fill_holes", "Fill holes", (), "Fill the holes in areas of the class"),
    ActionSpec("mend.remove_specks", "Remove specks", (), "Remove very small areas of the class"),
    ActionSpec("mend.smooth", "Smooth", (), "Smooth the edges of the class"),
    ActionSpec("mend.grow", "Grow", ("Ctrl+Shift+=",), "Grow the class by a pixel"),
    ActionSpec("mend.shrink", "Shrink", ("Ctrl+Shift+-",), "Shrink the class by a pixel"),
    SEPARATOR,
    ActionSpec("class.0", "Background", ("0",)),
    *(ActionSpec(f"class.{n}", f"Class {n}", (str(n),)) for n in range(1, 10)),
)

_VIEW = (
    ActionSpec("view.fit", "Fit the image", ("Ctrl+0",), "", "fit"),
    ActionSpec("view.actual", "100 %", ("Ctrl+1",)),
    ActionSpec("view.zoom_in", "Zoom in", ("Ctrl++", "Ctrl+="), "", "zoom_in"),
    ActionSpec("view.zoom_out", "Zoom out", ("Ctrl+-",), "", "zoom_out"),
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
    ),
    ActionSpec(
        "view.blink",
        "Blink what differs",
        ("Shift+B",),
        "Only the pixels in which two versions of the model differ, in turn",
        "",
        True,
    ),
    SEPARATOR,
    ActionSpec("view.full_screen", "Full screen", ("F11",), "", "", True),
)

_MODEL = (
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
        "model.groups",
        "Images that belong together…",
        (),
        "Name what images share, as a patient: they are held out together when a model is judged",
    ),
)

_HELP = (
    ActionSpec("help.page", "Keys and help", ("F1",), "", "help"),
    ActionSpec("help.keys", "Change the keys…"),
    ActionSpec("help.about", "About Maskloop"),
)

MENUS: dict[str, tuple[ActionSpec, ...]] = {
    "File": _FILE,
    "Edit": _EDIT,
    "Image": _IMAGE,
    "Tools": _TOOLS,
    "Class": _CLASS,
    "View": _VIEW,
    "Model": _MODEL,
    "Help": _HELP,
}
ACTIONS: dict[str, ActionSpec] = {
    spec.id: spec for specs in MENUS.values() for spec in specs if spec is not SEPARATOR
}

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
