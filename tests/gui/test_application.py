"""The start of the program."""

from PySide6.QtWidgets import QWidget

from app.ui.application import after_first_paint


class Watched(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.paints = 0

    def paintEvent(self, event) -> None:
        self.paints += 1


def test_work_begins_once_and_only_after_the_window_was_painted(qtbot) -> None:
    window = Watched()
    qtbot.addWidget(window)
    calls = []
    after_first_paint(window, lambda: calls.append(window.paints))
    qtbot.wait(20)
    assert calls == []
    window.show()
    qtbot.waitUntil(lambda: bool(calls))
    assert calls[0] >= 1
    window.repaint()
    window.repaint()
    qtbot.wait(20)
    assert len(calls) == 1
