"""Models made in a thread of their own: a download must not hold up strokes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from app.engine.events import DownloadProgress, Event, Failed, ModelStarted, PretrainedReady
from app.engine.requests import InstallModel, StartFrom, UsePretrained
from app.engine.trouble import sentence_of

logger = logging.getLogger(__name__)


class Making:
    """One model in the making, a new one for `classes` at least.

    Its thread calls `ask` when it is there, or `emit` with `Failed`; neither once `cancel` has
    returned.
    """

    def __init__(
        self,
        request: StartFrom | UsePretrained,
        *,
        classes: int,
        device: str,
        ask: Callable[[InstallModel], None],
        emit: Callable[[Event], None],
    ) -> None:
        from segmodels.downloading import Download  # it brings torch

        self._request = request
        self._classes = classes
        self._device = device
        self._ask = ask
        self._emit = emit
        self._download = Download(self._report)
        self._telling = threading.Lock()
        self._is_cancelled = False
        self._thread = threading.Thread(target=self._work, name="maskloop-download", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def cancel(self) -> None:
        """It is not wanted any more: what is being downloaded stops at once. Any thread."""
        with self._telling:
            self._is_cancelled = True
        self._download.cancel()

    def is_wanted(self) -> bool:
        """Whether nobody has cancelled it."""
        return not self._is_cancelled

    def _work(self) -> None:
        from segmodels.errors import DownloadCancelled

        try:
            if isinstance(self._request, StartFrom):
                made = self._new_model(self._request)
            else:
                made = self._published(self._request)
        except DownloadCancelled:
            return
        except Exception as error:
            logger.exception("could not make %s", self._request.name)
            self._tell(Failed(f"{sentence_of(error)} The model in use stays."))
        else:
            with self._telling:
                if self.is_wanted():
                    self._ask(replace(made, is_wanted=self.is_wanted))

    def _new_model(self, request: StartFrom) -> InstallModel:
        from segmodels import Learner

        learner = Learner(
            classes=self._classes,
            model=request.name,
            weights=request.weights,
            device=self._device,
            download=self._download,
        )
        return InstallModel(learner, ModelStarted(request.name, request.weights))

    def _published(self, request: UsePretrained) -> InstallModel:
        from segmodels.pretrained import load_pretrained

        learner = load_pretrained(
            request.name, class_ids=request.class_ids, download=self._download
        )
        return InstallModel(learner, PretrainedReady(request.name, request.class_ids))

    def _report(self, done: int, total: int) -> None:
        self._tell(DownloadProgress(self._request.name, done, total))

    def _tell(self, event: Event) -> None:
        with self._telling:
            if self.is_wanted():
                self._emit(event)
