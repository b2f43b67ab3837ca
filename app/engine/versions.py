"""The jobs on versions of the model: use one, keep one, take one from a file, compare with one."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.engine.inbox import Slices
from app.engine.messages import (
    ImportModel,
    PredictedWith,
    PredictWith,
    UseVersion,
    VersionKept,
    VersionOpened,
)
from app.engine.workshop import Workshop, next_version
from segmodels import Learner
from segmodels.archive import unpack_model


class Versions:
    """Works on the learner of a workshop. Not thread-safe: the engine's thread owns it."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._compared: tuple[str, Learner] | None = None

    def use(self, request: UseVersion) -> Slices:
        """Roll back or forth: the model in use is that version, as it was kept."""
        workshop = self._workshop
        learner = Learner.load(request.folder, device=workshop.device)
        yield None
        workshop.use(learner, request.name)
        yield VersionOpened(request.name, learner.model_name, workshop.knowledge)

    def keep(self) -> Slices:
        """Write the model in use as a version."""
        workshop = self._workshop
        if not workshop.learner.can_predict:
            raise ValueError("The model has learned nothing yet: paint a few strokes first.")
        name = next_version(workshop.models_folder)
        workshop.learner.save(workshop.models_folder / name)
        yield VersionKept(name, *workshop.labels_used)

    def take_in(self, request: ImportModel) -> Slices:
        """Unpack a model and give its classes the project's ids."""
        models = self._workshop.models_folder
        name = next_version(models)
        aside = models / f".{name}-import"
        shutil.rmtree(aside, ignore_errors=True)
        try:
            unpack_model(request.file, aside)
            yield None
            learner = Learner.load(aside, device=self._workshop.device)
            learner.renumber(request.class_ids, request.classes)
            learner.save(models / name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        yield VersionKept(name, 0, 0, request.file.name)

    def predict_with(self, request: PredictWith) -> Slices:
        """Predict an image by another version; the model in use is not touched."""
        learner = self._learner(request.name, request.folder)
        image = self._workshop.read(request.image)
        yield None
        prediction = yield from learner.predict_steps(image, key=request.image.key)
        prediction.labels.setflags(write=False)
        yield PredictedWith(request.image, request.name, prediction.labels)

    def _learner(self, name: str, folder: Path) -> Learner:
        if self._compared is None or self._compared[0] != name:
            self._compared = name, Learner.load(folder, device=self._workshop.device)
        return self._compared[1]
