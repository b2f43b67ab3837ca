"""The status bar: pixel, class, zoom, progress with Cancel, saved, device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSizePolicy, QStatusBar, QWidget

from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.project import Project
    from app.notices import Progress
    from app.opening import OpenImage
    from app.session import Session
    from app.ui.canvas.input import CanvasInput
    from app.ui.canvas.widget import Canvas

UNLABELLED = 255
_MOST_BANDS = 12


class StatusBar(QStatusBar):
    """Small facts about what is on screen."""

    def __init__(
        self, session: Session, canvas: Canvas, pointer: CanvasInput, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._canvas = canvas
        self._pixel: tuple[int, int] | None = None
        self.place = _fact(tr("Pixel under the cursor, and its stored values"), 110)
        self.class_name = _fact(tr("Class under the cursor"), 110)
        self.zoom = _fact(tr("Zoom"), 56)
        self.saved = _fact(_kept_where(None), 64)
        self.device = _fact(tr("Where the model runs"), 40)
        self.difference = QLabel()
        self.difference.hide()
        self.work = QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedSize(150, 12)
        self.bar.setTextVisible(False)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setFlat(True)
        self.setSizeGripEnabled(False)
        # In a narrow window these are cut off: what is said of a pixel never widens it.
        for left, widest in ((self.place, 260), (self.class_name, 400)):
            left.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            left.setMaximumWidth(widest)
            self.addWidget(left, widest)
        for right in (
            self.difference,
            self.work,
            self.bar,
            self.cancel,
            self.zoom,
            self.saved,
            self.device,
        ):
            self.addPermanentWidget(right)

        self.cancel.clicked.connect(session.cancel_work)
        session.progress_changed.connect(self._show_progress)
        session.saved_changed.connect(self._show_saved)
        session.learning_changed.connect(lambda state: self.device.setText(state.device))
        session.image_changed.connect(self._forget)
        session.comparison_changed.connect(self._show_difference)
        session.labels_changed.connect(self._show_pixel)
        session.prediction_changed.connect(self._show_pixel)
        session.project_closed.connect(self._show_project)
        session.project_opened.connect(self._show_project)
        canvas.view_changed.connect(self._show_zoom)
        pointer.pointed_at.connect(self._take_pixel)
        self._show_progress(None)
        self._show_project()

    def _show_project(self) -> None:
        is_open = self._session.project is not None
        for fact in (self.zoom, self.saved, self.device):
            fact.setVisible(is_open)
        self._show_saved(self._session.saving.is_saved)
        self._show_zoom()
        self.saved.setToolTip(_kept_where(self._session.project))

    def _show_difference(self) -> None:
        compared = self._session.comparison.compared
        self.difference.setVisible(compared is not None)
        if compared is not None:
            told = {"count": f"{compared.changed:,}", "version": compared.name}
            if compared.against:
                told["other"] = compared.against
                text = tr("{count} pixels differ between {version} and {other}", **told)
                tip = tr("{version} is left of the line, {other} right of it", **told)
            else:
                text = tr("{count} pixels differ from {version}", **told)
                tip = tr("{version} is left of the line, the one in use right of it", **told)
            self.difference.setText(text)
            self.difference.setToolTip(tip)

    def _show_progress(self, progress: Progress | None) -> None:
        for part in (self.work, self.bar, self.cancel):
            part.setVisible(progress is not None)
        if progress is not None:
            self.work.setText(f"{progress.sentence} {progress.count}".rstrip())
            self.bar.setMaximum(1000 if progress.total else 0)
            self.bar.setValue(1000 * progress.done // progress.total if progress.total else 0)
            self.cancel.setVisible(progress.can_cancel)

    def _show_saved(self, is_saved: bool) -> None:
        project = self._session.project
        is_beside = project is None or project.data_folder.parent == project.folder
        saved = tr("Saved") if is_beside else tr("Saved elsewhere")
        self.saved.setText(saved if is_saved else tr("Saving …"))

    def _show_zoom(self) -> None:
        percent = 100 * self._canvas.view.scale * self._canvas.devicePixelRatioF()
        self.zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def _forget(self) -> None:
        self._take_pixel(None)
        self._show_zoom()

    def _take_pixel(self, pixel: tuple[int, int] | None) -> None:
        self._pixel = pixel
        self._show_pixel()

    def _show_pixel(self, *_changed: int) -> None:
        image, pixel = self._session.image, self._pixel
        if image is None or pixel is None:
            self.place.clear()
            self.class_name.clear()
            return
        x, y = pixel
        if x >= image.rgb.shape[1] or y >= image.rgb.shape[0]:
            return
        self.place.setText(f"{x}, {y}   {_values(image, x, y)}")
        self.class_name.setText(self._class_sentence(x, y))

    def _class_sentence(self, x: int, y: int) -> str:
        assert self._session.image is not None
        layers = self._session.image.layers
        own = int(layers.labels[y, x])
        if own != UNLABELLED:
            return tr("{name}, painted", name=self._name(own))
        if layers.prediction is None:
            return tr("not labelled")
        guess = int(layers.prediction[y, x])
        if guess == UNLABELLED:
            return tr("not labelled")
        how = tr("suggested") if layers.is_suggestion else tr("predicted")
        sure = ""
        if layers.confidence is not None and not layers.is_suggestion:
            sure = f" {100 * int(layers.confidence[y, x]) / 255:.0f} %"
        return f"{self._name(guess)}, {how}{sure}"

    def _name(self, class_id: int) -> str:
        classes = self._session.classes
        return classes.by_id(class_id).name if classes.has(class_id) else str(class_id)


def _kept_where(project: Project | None) -> str:
    """Of the fact that all is saved."""
    text = tr("Every edit is written to disk as you work")
    if project is None:
        return text
    return text + "\n" + tr("Your labels are kept in {folder}", folder=project.data_folder)


def _values(image: OpenImage, x: int, y: int) -> str:
    """What the file stores there: all bands, in their own numbers."""
    if image.bands is None:
        return "rgb " + " ".join(str(value) for value in image.rgb[y, x])
    values = [f"{value:.6g}" for value in image.bands[y, x]]
    return " ".join(values[:_MOST_BANDS]) + (" …" if len(values) > _MOST_BANDS else "")


def _fact(tip: str, width: int) -> QLabel:
    label = QLabel()
    label.setToolTip(tip)
    label.setMinimumWidth(width)
    return label
