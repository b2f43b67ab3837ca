"""The File menu."""

from __future__ import annotations

from app.ui.actions.spec import SEPARATOR, ActionSpec, Needs

FILE: tuple[ActionSpec, ...] = (
    ActionSpec(
        "file.open",
        "Open folder…",
        ("Ctrl+O", "Ctrl+U"),
        "Open a folder of images; everything is kept inside it",
        "folder",
        needs=Needs.NOTHING,
    ),
    ActionSpec(
        "file.sample",
        "Try the sample",
        (),
        "Make a small folder of pictures to try things",
        needs=Needs.NOTHING,
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
    ActionSpec(
        "file.restore",
        "Restore…",
        (),
        "Unpack a backup beside the same images",
        needs=Needs.NOTHING,
    ),
    ActionSpec(
        "file.encrypt", "Encrypt project…", (), "Keep labels and models behind a passphrase"
    ),
    ActionSpec(
        "file.passphrase", "Change passphrase…", (), "Give an encrypted project another passphrase"
    ),
    SEPARATOR,
    ActionSpec(
        "file.settings",
        "Settings…",
        (),
        "The largest image that is opened; privacy",
        needs=Needs.NOTHING,
    ),
    ActionSpec("file.close", "Close folder", ("Ctrl+W",)),
    ActionSpec("file.quit", "Quit", ("Ctrl+Q",), needs=Needs.NOTHING),
)
