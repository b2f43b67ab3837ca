"""Labels from elsewhere: what they are, what their classes become, what would change; then yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.document.errors import LabelImportError
from app.document.importing import (
    TITLES,
    TWO_VALUED,
    Choices,
    Effect,
    LabelImport,
    Surveyed,
    detect,
    effect,
    merged,
)
from app.ui.dialogs.class_choice import ClassChoice
from app.ui.dialogs.import_guide import ImportGuide
from app.ui.dialogs.survey_list import SurveyList
from app.ui.dialogs.work_dialog import WorkDialog
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.project import Project
    from app.session import Session


@dataclass(frozen=True)
class _Seen:
    """What the look through a source gave; `together` are all masks summed up."""

    label_import: LabelImport
    files: list[Surveyed]
    together: tuple[Surveyed, ...]


class ImportDialog(WorkDialog):
    """Looks through the source as soon as it is chosen; nothing changes before *Import*."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, tr("Import labels"), tr("Import"), parent)
        self.resize(820, 640)
        self._import: LabelImport | None = None
        self._all: tuple[Surveyed, ...] = ()
        self._surveyed: list[Surveyed] = []
        self._compose()
        self._forget()
        self.choose_button.setFocus()

    def _compose(self) -> None:
        self.source_edit = QLineEdit()
        self.source_edit.setReadOnly(True)
        self.source_edit.setPlaceholderText(tr("A folder of masks, or a JSON file"))
        self.choose_button = QPushButton(tr("Choose"))
        menu = QMenu(self.choose_button)
        menu.addAction(tr("Folder…"), self._ask_folder)
        menu.addAction(tr("JSON file…"), self._ask_file)
        self.choose_button.setMenu(menu)
        row = QHBoxLayout()
        row.addWidget(self.source_edit, 1)
        row.addWidget(self.choose_button)
        self.formats = QComboBox()
        self.formats.addItem(tr("Tell it from what is inside"), None)
        for name, title in TITLES.items():
            self.formats.addItem(tr(title), name)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.classes = ClassChoice()
        self.files = SurveyList(self)
        view = QTableView()
        view.setModel(self.files)
        view.verticalHeader().hide()
        view.setShowGrid(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.horizontalHeader().setStretchLastSection(True)
        view.setColumnWidth(0, 220)
        view.setColumnWidth(1, 190)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.classes, tr("Classes"))
        self.tabs.addTab(view, tr("Files"))
        self.pages = QStackedWidget()
        self.pages.addWidget(ImportGuide())
        self.pages.addWidget(self.tabs)
        self.resizes = QCheckBox()
        self.keeps_labels = QCheckBox(tr("Keep what I have labelled: fill only the other pixels"))
        form = QFormLayout()
        form.addRow(tr("Labels"), row)
        form.addRow(tr("Format"), self.formats)
        layout = QVBoxLayout(self.page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addWidget(self.summary)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.keeps_labels)
        layout.addWidget(self.resizes)
        self.formats.activated.connect(self._look_again)
        self.classes.changed.connect(self._show_effect)
        self.resizes.toggled.connect(self._show_effect)
        self.keeps_labels.toggled.connect(self._show_effect)

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        return Choices(
            self.classes.targets,
            resizes=self.resizes.isChecked(),
            keeps_labels=self.keeps_labels.isChecked(),
        )

    def look_at(self, source: Path, format_name: str | None = None) -> None:
        """Look through a folder or file, behind; without a format, find out which it is."""
        self._forget()
        self.source_edit.setText(str(source))
        self.formats.setCurrentIndex(self.formats.findData(format_name))

        def steps(project: Project) -> Iterator[Surveyed]:
            name = format_name or detect(source)
            if name is None:
                raise LabelImportError(
                    f"There are no labels in {source.name}: choose another folder, or say the "
                    "format."
                )
            label_import = LabelImport(project, source, name)
            surveyed = []
            for one in label_import.survey():
                surveyed.append(one)
                yield one
            seen.append(_Seen(label_import, sorted(surveyed, key=_urgency), merged(surveyed)))

        def done(_surveyed: list[Surveyed], _is_cancelled: bool) -> None:
            if seen:
                self._show_survey(seen[0])
            else:
                self.tell(tr("Stopped: choose the labels again."))

        seen: list[_Seen] = []
        self.work(tr("Looking through"), steps, done)

    def act(self) -> None:
        """Import, and close when it is done."""
        if self._import is None:
            return
        self.set_working(True)
        self.session.files.take_labels(
            self._import,
            self.choices,
            total=len(self._surveyed),
            show=self.show_progress,
            finished=self.finish,
        )

    def _show_survey(self, seen: _Seen) -> None:
        project = self.session.project
        if project is None:
            return
        self._import, self._surveyed, self._all = seen.label_import, seen.files, seen.together
        self.formats.setCurrentIndex(self.formats.findData(self._import.format_name))
        pixels: dict[int, int] = {}
        for part in self._all:
            for number, _, count in part.pairs:
                pixels[number] = pixels.get(number, 0) + count
        self.classes.show_classes(self._import.classes, pixels, project.classes)
        names = {image_id: item.name for image_id, item in project.images.items()}
        self.files.show_files(self._surveyed, names)
        self._show_sizes(sum(one.has_other_size for one in _usable(self._surveyed)))
        summary = _summary(self._surveyed, len(names))
        is_told = self._import.classes.are_two_valued
        self.summary.setText(f"{summary} {tr(TWO_VALUED)}" if is_told else summary)
        self.pages.setCurrentWidget(self.tabs)
        self._show_effect()

    def _show_sizes(self, count: int) -> None:
        self.resizes.setVisible(count > 0)
        text = tr("Fit the {count} masks of another size (nearest neighbour)", count=count)
        self.resizes.setText(
            text if count != 1 else tr("Fit the mask of another size (nearest neighbour)")
        )

    def _show_effect(self) -> None:
        if self._import is None or not self._all:
            return
        choices = self.choices
        lookup = self._import.mapping(choices).lookup()
        self.files.show_choices(lookup, choices)
        parts = [effect(part, lookup, choices) for part in self._all]
        done = Effect(sum(p.changed for p in parts), sum(p.replaced for p in parts))
        self.keeps_labels.setVisible(
            self.keeps_labels.isChecked() or any(p.replaced for p in parts)
        )
        self.action_button.setEnabled(done.changed > 0)
        self.tell(_effect_sentence(done))

    def work_failed(self) -> None:
        """What is there is no source of labels."""
        self._import = None
        self.action_button.setEnabled(False)

    def _forget(self) -> None:
        self._import, self._all, self._surveyed = None, (), []
        self.classes.setRowCount(0)
        self.files.show_files((), {})
        self.summary.clear()
        self.pages.setCurrentIndex(0)
        self.resizes.setChecked(False)
        self.resizes.hide()
        self.keeps_labels.setChecked(False)
        self.keeps_labels.hide()
        self.action_button.setEnabled(False)

    def _look_again(self) -> None:
        if self.source_edit.text():
            self.look_at(Path(self.source_edit.text()), self.formats.currentData())

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Labels in a folder"), self._start())
        if folder:
            self.look_at(Path(folder))

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Labels in a JSON file"), self._start(), tr("JSON files (*.json)")
        )
        if path:
            self.look_at(Path(path))

    def _start(self) -> str:
        project = self.session.project
        return self.source_edit.text() or (str(project.folder.parent) if project else "")


def _usable(surveyed: list[Surveyed]) -> list[Surveyed]:
    return [one for one in surveyed if one.problem is None and one.image_id is not None]


def _urgency(one: Surveyed) -> tuple[int, str]:
    """What cannot be used first, then what has another size, what fits, and strangers."""
    if one.problem is not None:
        return 0, one.name
    if one.image_id is None:
        return 3, one.name
    return (1 if one.has_other_size else 2), one.name


def _summary(surveyed: list[Surveyed], images: int) -> str:
    usable = _usable(surveyed)
    bare = images - len({one.image_id for one in surveyed} - {None})
    strangers = sum(one.image_id is None and one.problem is None for one in surveyed)
    broken = sum(one.problem is not None for one in surveyed)
    parts = [tr("{count} masks for {images} images.", count=len(usable), images=images)]
    if bare:
        parts.append(tr("Images without a mask: {count}.", count=bare))
    if strangers:
        parts.append(tr("Files of no image: {count}.", count=strangers))
    if broken:
        parts.append(tr("Files that cannot be used: {count} (see Files).", count=broken))
    return " ".join(parts)


def _effect_sentence(done: Effect) -> str:
    if not done.changed:
        return tr("Nothing would change.")
    text = tr("{count} pixels would change", count=f"{done.changed:,}")
    if done.replaced:
        text += tr("; {count} of them you have labelled otherwise", count=f"{done.replaced:,}")
    return text + tr(". Each image can be undone with Ctrl+Z.")
