"""Make docs/window.png: the real window on the generated sample, after some strokes.

    python docs/make_screenshot.py [--folder IMAGES --truth MASKS] [--out docs/window.png]

Needs a display (`xvfb-run -a -s "-screen 0 1600x1000x24"` gives one). Every stroke goes through the
session, as one of a mouse would.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.document.files import read_label_png  # noqa: E402
from app.sample import SAMPLE_CLASSES, write_samples  # noqa: E402
from app.session import Session  # noqa: E402
from app.ui.application import make_application  # noqa: E402
from app.ui.main_window import MainWindow  # noqa: E402


def main() -> None:
    """Open, paint and review three images, paint a fourth, wait for its mask, take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--names", nargs="*", default=list(SAMPLE_CLASSES))
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "window.png")
    parser.add_argument("--reviewed", type=int, default=3)
    arguments = parser.parse_args()
    application = make_application()
    with tempfile.TemporaryDirectory() as temporary:
        images, truth = arguments.folder, arguments.truth
        if images is None:
            images, truth = write_samples(Path(temporary))
        session = Session()
        window = MainWindow(session)
        window.resize(1500, 930)
        window.show()
        session.opening.open(images)
        wait_until(lambda: session.image is not None)
        name_classes(session, arguments.names)
        for _ in range(arguments.reviewed):
            paint(session, truth)
            shown = session.image
            session.reviewing.mark_reviewed_and_next()
            wait_until(lambda shown=shown: session.image not in (None, shown))
            wait_until(lambda: session.image.layers.prediction is not None)
        paint(session, truth)
        wait(8)
        window.grab().save(str(arguments.out))
        window.close()
    application.quit()


def name_classes(session: Session, names: list[str]) -> None:
    """Give the classes of the sample their names."""
    session.class_editing.rename(0, names[0])
    session.class_editing.rename(1, names[1])
    for name in names[2:]:
        session.class_editing.add(name)


def paint(session: Session, truth_folder: Path) -> None:
    """Two rounds of corrections by the simulated annotator; wait for the answer to each."""
    from segmodels.annotator import SimulatedAnnotator

    image = session.image
    name = Path(image.item.name).with_suffix(".png")
    truth, _ = read_label_png(truth_folder / name)
    annotator = SimulatedAnnotator(seed=image.item.id)
    for _ in range(2):
        strokes = (
            annotator.corrections(truth, image.layers.composite())
            if image.layers.prediction is not None and not image.layers.is_suggestion
            else annotator.first_strokes(truth)
        )
        for stroke in strokes:
            recorder = session.editing.begin()
            recorder.touch(*stroke.bounds)
            stroke.draw(image.layers.labels)
            session.editing.commit(recorder, "Brush stroke")
        if strokes:
            before = image.layers.prediction
            wait_until(lambda before=before: image.layers.prediction is not before)
        wait(0.5)


def wait_until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Let the window live until `is_so()`."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.005)


def wait(seconds: float) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


if __name__ == "__main__":
    main()
