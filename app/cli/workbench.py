"""A project with its model, for commands: the engine's jobs run to their end in this thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.download_bar import shown_download
from app.cli.passphrase import unlocked
from app.cli.terminal import CommandError, complain, progress, progress_bar
from app.cli.threads import leave_a_core
from app.document import grouping
from app.document.project import ImageItem, ImageState, Project
from app.document.reclass import finish_reclass, is_reclass_unfinished
from app.engine.events import (
    Event,
    Failed,
    FolderProgress,
    Learned,
    LearningStopped,
    Predicted,
    Published,
    VersionKept,
    VersionOpened,
)
from app.engine.requests import ImageRef, ImportModel, UseVersion
from app.version_classes import ids_by_name, kept_details, opening, published_details

if TYPE_CHECKING:
    from app.engine.inbox import Slices
    from app.engine.workshop import Workshop


@contextmanager
def open_project(folder: Path, *, read_only: bool = False) -> Iterator[Project]:
    """The project of a folder with all its images known; closed, and all kept, at the end."""
    project = unlocked(
        lambda passphrase: Project.open(folder, read_only=read_only, passphrase=passphrase)
    )
    said = len(project.notices)
    try:
        for notice in project.notices:
            complain(notice)
        for _ in progress(project.rescan(), "Looking for images"):
            pass
        if not project.is_read_only and is_reclass_unfinished(project):
            complain("A change of classes was stopped half-way: it is finished now.")
            for _ in progress(finish_reclass(project), "Changing the classes"):
                pass
        yield project
    finally:
        is_saved = project.close()
        for notice in project.notices[said:]:
            complain(notice)
    if not is_saved:
        raise CommandError(f"Not everything could be written to {project.data_folder}.")


class Workbench:
    """What commands do with a model and a project."""

    def __init__(self, project: Project) -> None:
        from app.engine.workshop import Workshop

        leave_a_core()
        self.project = project
        self.failures = 0
        self.workshop: Workshop = Workshop(project.models_folder)
        self.workshop.numbering = project.numbering.number

    def open_model(self) -> None:
        """The model in use of the project, or the starter; then learn the labels at once."""
        self._run(self.workshop.open_model(opening(self.project)))
        self._learn_labels()

    def begin_model(self, name: str, weights: str | None) -> None:
        """A new model called `name` instead of the one in use; then learn the labels at once.

        Raises `LearnerError` when there is no such model, and changes nothing.
        """
        from segmodels import Learner

        classes, device = self.project.classes.count_for_model, self.workshop.device
        with shown_download(f"Fetching {name}") as download:
            learner = Learner(
                classes=classes, model=name, weights=weights, device=device, download=download
            )
        self._run(self.workshop.install(learner))
        self.project.set_current_version(None)
        self._learn_labels()

    def _learn_labels(self) -> None:
        self.workshop.set_grouping(str(self.project.setting(grouping.SETTING, "")))
        images = self.project.images
        samples = [
            (self.ref(images[image_id]), self.project.label_path(image_id))
            for image_id in self.project.labelled_images()
            if image_id in images
        ]
        if samples:
            self._run(self.workshop.load_samples(samples))

    def import_model(self, file: Path) -> str:
        """Make the model in a file a version of the project and use it, as it is; its name.

        Classes are known by their names; missing ones are added.
        """
        from app.engine.versions import Versions
        from segmodels.archive import read_class_names

        table, ids = ids_by_name(read_class_names(file), self.project.classes)
        versions = Versions(self.workshop)
        before = {version.name for version in self.project.versions()}
        for event in versions.take_in(ImportModel(file, ids, table.count_for_model)):
            if isinstance(event, VersionKept):
                self.project.set_classes(table)
            self.hear(event)
        (name,) = {version.name for version in self.project.versions()} - before
        self._run(versions.use(UseVersion(name, self.project.version_folder(name))))
        return name

    def predict_all(self, averaging: str = "off") -> None:
        """Predict every image into the project, as `predict` does."""
        self.predict(self.project.images.values(), averaging)

    def predict(self, items: Iterable[ImageItem], averaging: str) -> None:
        """Predict images into the project; `failures` counts those that cannot be read.

        `averaging` is off, flips or full.
        """
        self._run(self.workshop.set_averaging(averaging))
        refs = [self.ref(item) for item in items]
        with progress_bar("Predicting", total=len(refs), unit="image") as bar:
            for event in self.workshop.segment_folder(refs):
                if isinstance(event, FolderProgress):
                    bar.update(event.done - bar.n)
                self.hear(event)
        self.project.flush()

    def learn(self, seconds: float, say: Callable[[str], None] = complain) -> int:
        """Fine-tune for that long, or until nothing is gained; how many versions are better."""
        published = 0
        with progress_bar("Learning", total=round(seconds), unit="s") as bar:
            for event in self.workshop.learn(seconds=seconds):
                match event:
                    case Learned():
                        bar.set_postfix(step=event.step, loss=f"{event.loss:.3f}", refresh=False)
                        bar.update(min(int(event.seconds), bar.total) - bar.n)
                    case Published():
                        published += 1
                    case LearningStopped():
                        say(event.sentence)
                self.hear(event)
        return published

    def keep_model(self) -> None:
        """Keep the model in use for the next command and the window."""
        self.workshop.save_working_model()
        self.project.flush()

    def ref(self, item: ImageItem) -> ImageRef:
        """How the engine knows an image."""
        return ImageRef(item.name, self.project.folder / item.name)

    def _run(self, slices: Slices) -> None:
        for event in slices:
            self.hear(event)

    def hear(self, event: Event | None) -> None:
        """Put what a job told into the project."""
        match event:
            case Predicted():
                self._keep_prediction(event)
            case Published():
                told = published_details(event, self.project.classes)
                self.project.add_version(event.version, told)
            case VersionKept():
                told = kept_details(event, self.project.classes)
                self.project.add_version(event.name, told, is_current=not event.origin)
            case VersionOpened():
                self.project.set_current_version(event.name)
            case Failed():
                self._take_failure(event)

    def _keep_prediction(self, event: Predicted) -> None:
        if event.is_suggestion and not self.project.classes.has_suggested:
            return
        self.project.save_prediction(
            self.project.item_by_name(event.image.key).id,
            event.labels,
            event.confidence,
            is_suggestion=event.is_suggestion,
            version=event.version,
            runner_up=event.runner_up,
        )

    def _take_failure(self, event: Failed) -> None:
        self.failures += 1
        complain(event.sentence)
        item = self.project.item_by_name(event.image.key) if event.image else None
        if item is not None and item.state not in (ImageState.EDITED, ImageState.REVIEWED):
            self.project.set_state(item.id, ImageState.FAILED, event.sentence)
