"""Tells a bad image from a broken model, so that the person is offered the right remedy."""

from __future__ import annotations

import errno
from collections import Counter

from app.document.errors import DocumentError
from app.document.save_trouble import reason_of
from app.engine.events import Failed
from app.engine.requests import AnswerStroke, Learn, OpenModel, PredictImage, Request, SegmentFolder

_PATIENCE = 2
"""So many failures of one kind in a row, with no success of that kind between, tell a broken model.

Other kinds may go on all the while: a suggestion needs no model.
"""

_OF_THE_MODEL = (AnswerStroke, PredictImage, SegmentFolder, Learn)


class Trouble:
    """Counts what goes wrong. The engine's thread."""

    def __init__(self) -> None:
        self._in_a_row: Counter[type] = Counter()

    def note_success(self, request: Request) -> None:
        """A request was done to its end."""
        self._in_a_row.pop(type(request), None)

    def failure(self, request: Request, error: Exception) -> Failed:
        """What to tell of a request that failed, and whether only a new engine helps."""
        image = request.image if isinstance(request, AnswerStroke | PredictImage) else None
        sentence = sentence_of(error).rstrip(".")
        if _is_out_of_memory(error):
            text = "There is not enough memory for the model: close other programs, then go on"
            return _hopeless(text, error)
        if isinstance(request, OpenModel):
            return _hopeless(f"The model cannot be opened: {sentence}", error, is_model_broken=True)
        if isinstance(error, ArithmeticError):
            return _hopeless(sentence, error, is_model_broken=True)
        if not isinstance(error, DocumentError | OSError) and isinstance(request, _OF_THE_MODEL):
            self._in_a_row[type(request)] += 1
            if self._in_a_row[type(request)] >= _PATIENCE:
                text = f"The model fails again and again: {sentence}"
                return _hopeless(text, error, is_model_broken=True)
        if isinstance(request, Learn):
            text = f"Learning stopped: {sentence}. Your strokes are safe; they start it again."
            return Failed(text, image, detail=repr(error))
        return Failed(sentence_of(error), image, detail=repr(error))


def sentence_of(error: BaseException) -> str:
    """What an error says; of one that all who write can meet, what the person can do about."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{reason_of(error)} (make room)."
    return str(error) or type(error).__name__


def death(error: BaseException) -> Failed:
    """What to tell when the engine's thread ends by an error."""
    return _hopeless(f"The engine stopped: {sentence_of(error)}", error)


def _is_out_of_memory(error: Exception) -> bool:
    from segmodels.device import is_out_of_memory  # it brings torch

    return is_out_of_memory(error)


def _hopeless(sentence: str, error: BaseException, *, is_model_broken: bool = False) -> Failed:
    return Failed(
        f"{sentence}. Your strokes are safe.",
        detail=repr(error),
        needs_restart=True,
        is_model_broken=is_model_broken,
    )
