"""Models made in a thread of their own: a download must not hold up strokes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.engine.events import Download, Event, Failed, ModelStarted, PretrainedReady
from app.engine.requests import InstallModel, StartFrom, UsePretrained
from app.engine.trouble import sentence_of

logger = logging.getLogger(__name__)


def make_behind(
    request: StartFrom | UsePretrained,
    *,
    classes: int,
    device: str,
    ask: Callable[[InstallModel], None],
    emit: Callable[[Event], None],
) -> None:
    """Begin to make a model, a new one for `classes` at least; returns at once.

    Calls `ask` when it is there, or `emit` with `Failed`, in that other thread.
    """

    def work() -> None:
        try:
            if isinstance(request, StartFrom):
                made = _new_model(request, classes, device)
            else:
                made = _published(request, emit)
        except Exception as error:
            logger.exception("could not make %s", request.name)
            emit(Failed(f"{sentence_of(error)} The model in use stays."))
        else:
            ask(made)

    threading.Thread(target=work, name="maskloop-download", daemon=True).start()


def _new_model(request: StartFrom, classes: int, device: str) -> InstallModel:
    from segmodels import Learner

    learner = Learner(classes=classes, model=request.name, weights=request.weights, device=device)
    return InstallModel(learner, ModelStarted(request.name, request.weights))


def _published(request: UsePretrained, emit: Callable[[Event], None]) -> InstallModel:
    from segmodels.pretrained import load_pretrained

    def report(done: int, total: int) -> None:
        emit(Download(request.name, done, total))

    learner = load_pretrained(request.name, class_ids=request.class_ids, progress=report)
    return InstallModel(learner, PretrainedReady(request.name, request.class_ids))
