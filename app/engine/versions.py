"""The jobs on versions of the model: use one, keep one, take one from a file, compare with one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from app.engine.events import LearningStopped, PredictedWith, VersionKept, VersionOpened
from app.engine.inbox import Slices
from app.engine.requests import ClassIds, ImportModel, PredictWith, UseVersion
from segmodels import Learner, ModelFileError
from segmodels.archive import packed_labels, unpack_model
from segmodels.model_check import check_model

if TYPE_CHECKING:
    from app.engine.workshop import Workshop


_KEPT = 2
"""So many versions are compared at a time, and stay in memory."""


class Versions:
    """Works on the learner of a workshop. Not thread-safe: the engine's thread owns it."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._compared: dict[tuple[str, ClassIds | None], Learner] = {}

    def use(self, request: UseVersion) -> Slices:
        """Roll back or forth: the model in use is that version, as it was kept."""
        workshop = self._workshop
        learner = self._loaded(request)
        yield None
        workshop.use(learner, request.name)
        yield VersionOpened(request.name, learner.model_name, workshop.knowledge)
        yield LearningStopped(f"{request.name} is in use: new strokes start learning from it.")

    def keep(self) -> Slices:
        """Write the model in use as a version."""
        workshop = self._workshop
        if not workshop.learner.can_predict:
            raise ValueError("The model has learned nothing yet: paint a few strokes first.")
        yield VersionKept(workshop.write_version().name, *workshop.labels_used)

    def take_in(self, request: ImportModel) -> Slices:
        """Unpack a model and give its classes the project's ids."""
        models = self._workshop.models_folder
        name = self._workshop.next_version()
        aside = models / f".{name}-import"
        shutil.rmtree(aside, ignore_errors=True)
        try:
            unpack_model(request.file, aside)
            yield None
            check_model(aside)
            yield None
            learner = Learner.load(aside, device=self._workshop.device)
            if not learner.can_predict or len(request.class_ids) != learner.classes:
                raise ModelFileError(f"The model in {request.file.name} does not know its classes.")
            learner.renumber(request.class_ids, request.classes)
            images, pixels = packed_labels(aside)
            told = {"images": images, "pixels": pixels}
            learner.save(models / name, {"origin": request.file.name, "learned_from": told})
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        yield VersionKept(name, images, pixels, request.file.name)

    def predict_with(self, request: PredictWith) -> Slices:
        """Predict an image by another version; the model in use is not touched."""
        learner = self._learner(request)
        image = self._workshop.read(request.image)
        yield None
        prediction = yield from learner.predict_steps(
            image, first=request.first, averaging=self._workshop.averaging
        )
        prediction.labels.setflags(write=False)
        yield PredictedWith(request.image, request.name, prediction.labels)

    def _learner(self, request: PredictWith) -> Learner:
        key = (request.name, request.class_ids)
        learner = self._compared.pop(key, None) or self._loaded(request)
        newest = [*self._compared.items()][1 - _KEPT :]
        self._compared = {**dict(newest), key: learner}
        return learner

    def _loaded(self, request: UseVersion | PredictWith) -> Learner:
        classes = self._workshop.learner.classes
        return self._workshop.loaded(request.folder, request.class_ids, classes)
